-- SPDX-License-Identifier: MIT
-- neap demo: the main job on a market that is made here; no file, no network.
local flags = require "neap.cli.flags"
local output = require "neap.cli.output"

local demo = {
  summary = "Runs a moving-average strategy over a year of a generated market: no data, no network.",
  usage = "neap demo [--seed N] [--engine live|advanced] [--json]",
  flags = {
    { "seed", value = "N", kind = "integer", min = 0, doc = "of the generated market, default 7" },
    { "engine", value = "NAME", choices = { "live", "advanced" }, doc = "instead of what the policy says" },
    { "store", value = "PATH", doc = "writes the events: a directory, or a file that ends in .db" },
    { "report", value = "FILE", doc = "writes one HTML page of the run" },
  },
}

local START = 1735689600 * 1000000000 -- 2025-01-01

local TITLE = "A year of a generated market (seed %d), hour by hour. It shows the engine at work, not an edge.\n"

function demo.run(args)
  local given, err = flags.parse(demo, args)
  if not given then return output.fail(err, args, output.USAGE) end
  local seed = given.seed or 7
  local bars = require "neap.base.market" { seed = seed, bars = 365 * 24, start = START, price = 6500000 }
  local strategy = require("neap.base.home").root .. "/strategies/ma_cross.lua"
  return require("neap.cli.backtest").run_options({
    strategy = strategy, data = { ["BTC-USD"] = bars }, cash = 10000, fee_bps = 10,
    slippage_bps = 2, params = { fast = 24, slow = 96, fraction = 0.9 },
    products = { ["BTC-USD"] = "price_increment=0.01" }, close_at_end = "close", engine = given.engine,
    store = given.store, seed = seed,
  }, given, TITLE:format(seed))
end

return demo
