-- SPDX-License-Identifier: MIT
-- neap repl: Lua lines, with a session in s when data was given.
local backtest = require "neap.cli.backtest"
local flags = require "neap.cli.flags"
local output = require "neap.cli.output"

local repl = {
  summary = "Reads lines of Lua and runs them: sessions, back-tests, help from the reference.",
  usage = "neap repl [STRATEGY] [--data [PRODUCT=]FILE] [--flags]",
  doc = "With --data (or --profile demo) a session is opened and is in s. From a pipe the lines are read without a " ..
    "prompt, and the first error ends it with code 1.",
  arguments = { { "strategy", optional = true, doc = "a strategy file" } },
  configures = true,
  flags = {},
}

-- Those of a back-test that mean a session, too.
local SAME = { "data", "product", "param", "from", "to", "cash", "fee-bps", "maker-fee-bps", "fees", "fee-tier",
  "slippage-bps", "engine", "order-policy", "close-at-end", "bad-bars", "store", "trades", "bars", "latency-ms",
  "queue" }
for _, flag in ipairs(backtest.flags) do
  if require("neap.base.lists").has(SAME, flag[1]) then repl.flags[#repl.flags + 1] = flag end
end
table.move({
  { "strategy", value = "FILE", doc = "the same as STRATEGY" },
  { "operator-cash", value = "AMOUNT", doc = "beside a strategy: the money to trade by hand with" },
  { "resume", doc = "goes on with the session of --store" },
}, 1, 3, #repl.flags + 1, repl.flags)

local function wants_session(given)
  for _, flag in ipairs(repl.flags) do
    if given[flag[1]:gsub("-", "_")] ~= nil then return true end
  end
  return given.strategy ~= nil or given.profile ~= nil or given.set ~= nil
end

local function open(given)
  if given.resume and not given.store then
    return nil, output.error("usage", "--resume goes on with a store: give it with --store PATH")
  end
  local options, err = backtest.convert(given, given.profile == "demo")
  if not options then return nil, err end
  options.operator_cash, options.resume = given.operator_cash, given.resume
  return require("neap").session(options)
end

function repl.run(args)
  local given, err = flags.parse(repl, args)
  if not given then return output.fail(err, args, output.USAGE) end
  local session
  if wants_session(given) then
    session, err = open(given)
    if not session then return output.fail(err, args, backtest.code_of(err)) end
  end
  return require("neap.repl").run { session = session, quiet = given.quiet }
end

return repl
