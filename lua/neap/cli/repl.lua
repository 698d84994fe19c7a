-- SPDX-License-Identifier: MIT
-- neap repl: Lua lines, with a session in s when data was given, or the past of a stored one.
local backtest = require "neap.cli.backtest"
local flags = require "neap.cli.flags"
local output = require "neap.cli.output"
local sessions = require "neap.cli.sessions"

local repl = {
  summary = "Reads lines of Lua and runs them: sessions, back-tests, the past, help from the reference.",
  usage = "neap repl [STRATEGY|SESSION] [--data [PRODUCT=]FILE] [--flags]",
  doc = "With --data (or --profile demo) a session is opened and is in s. With a stored SESSION, s is its past: " ..
    "s:seek(time). From a pipe the lines are read without a prompt, and the first error ends it with code 1.",
  arguments = { { "strategy", optional = true, doc = "a strategy file (.lua), or a session" } },
  configures = true,
  flags = { sessions.flag },
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

-- A flag that only a session which trades has; nil: none was given.
local function trading_flag(given)
  for _, flag in ipairs(repl.flags) do
    if flag[1] ~= "sessions" and flag[1] ~= "strategy" and given[flag[1]:gsub("-", "_")] ~= nil then return flag[1] end
  end
  return given.profile ~= nil and "profile" or given.set ~= nil and "set" or nil
end

local function wants_past(given) return given.strategy ~= nil and not given.strategy:find "%.lua$" end

local function open_past(given)
  local flag = trading_flag(given)
  if flag then
    return nil, output.error("usage", ("--%s is for a session that trades, and '%s' is no strategy file (.lua)"):format(
      flag, given.strategy))
  end
  local path, missing = sessions.find(given.strategy, given.sessions)
  if not path then return nil, missing end
  return require("neap").past(path)
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
  if wants_past(given) then
    session, err = open_past(given)
    if not session and err.code == "usage" then return output.fail(err, args, output.USAGE) end
    if not session then return sessions.fail(err, args) end
  elseif given.strategy or trading_flag(given) then
    session, err = open(given)
    if not session then return output.fail(err, args, backtest.code_of(err)) end
  end
  return require("neap.repl").run { session = session, quiet = given.quiet }
end

return repl
