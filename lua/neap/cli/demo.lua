-- SPDX-License-Identifier: MIT
-- neap demo: the main job at the local exchange, or on a year of a market that is made here; no file, no network beyond
-- this machine.
local flags = require "neap.cli.flags"
local output = require "neap.cli.output"

local demo = {
  summary = "Starts a local exchange and trades at it with a moving-average strategy: no data, no account.",
  usage = "neap demo [--seconds N] [--year] [--seed N] [--engine live|advanced] [--json]",
  doc = "The exchange is a program of its own; orders go to it over TLS, five minutes of its time in a second.",
  flags = {
    { "seconds", value = "N", kind = "integer", min = 1, max = 3600, doc = "for how long, default 15" },
    { "year", doc = "instead: a back-test over a year of a generated market, the same on every machine" },
    { "seed", value = "N", kind = "integer", min = 0, doc = "of the generated market, default 7" },
    { "engine", value = "NAME", choices = { "live", "advanced" }, doc = "instead of what the policy says" },
    { "store", value = "PATH", doc = "writes the events: a directory, or a file that ends in .db" },
    { "report", value = "FILE", doc = "writes one HTML page of the run" },
  },
}

local START = 1735689600 * 1000000000 -- 2025-01-01

local TITLE = "A year of a generated market (seed %d), hour by hour. It shows the engine at work, not an edge.\n"

local VENUE_TITLE = "At a local exchange (seed %d), over TLS, five minutes in a second. It shows the engine at " ..
  "work, not an edge.\n"

-- Orders leave when what led to them is durable: there is a file of events, which goes where nobody asked for it.
local function place_events(given)
  if given.report then return require("neap.cli.reporting").prepare(given, given.report) end
  if given.store then return { store = given.store } end
  local name = os.tmpname()
  given.store = name .. ".db"
  return { name = name, store = given.store }
end

local function show(given, place, result)
  local ok, err = true, nil
  if given.report then
    ok, err = require("neap.report").write(place.store, given.report, { assumptions = result.assumptions })
  end
  if place.name then result.store = nil end
  local summary = require "neap.cli.summary"
  if given.json then output.json(summary.document(result)) else output.write("\n", summary.text(result)) end
  return ok, err
end

local function trade(given, args)
  local seed = given.seed or 7
  local place, err = place_events(given)
  if not place then return output.fail(err, args, output.USAGE) end
  if not given.json then output.write(VENUE_TITLE:format(seed), "\n") end
  local result, ok
  result, err = require("neap.cli.demo_venue").run(given, given.seconds or 15)
  if result then ok, err = show(given, place, result) end
  require("neap.cli.reporting").clean(place)
  return ok and output.OK or output.fail(err, args, output.FAILED)
end

function demo.run(args)
  local given, err = flags.parse(demo, args)
  if not given then return output.fail(err, args, output.USAGE) end
  if not given.year then return trade(given, args) end
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
