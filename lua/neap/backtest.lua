-- SPDX-License-Identifier: MIT
-- Runs a strategy over bars, from the words that a person gives to a result with its assumptions.
local blame = require "neap.base.blame"
local options_of = require "neap.backtest.options"
local setup = require "neap.backtest.setup"
local shape = require "neap.backtest.result"

local backtest = {}

local function check(given)
  local ok, options = pcall(options_of.check, given, "backtest")
  if not ok then error("backtest: " .. options, 0) end
  return options
end

-- backtest.run{strategy=, data=, …} → result, or nil and a fault. Misuse of the options raises.
backtest.run = blame(function(given)
  local made, err = setup.make(check(given), "backtest")
  if not made then return nil, err end
  local raw
  raw, err = require("neap.session_c").backtest(made.core)
  if not raw then
    setup.undo(made, err)
    return nil, setup.tidy(err, made.options.list)
  end
  made.policy:close()
  return shape(made, raw)
end)

return backtest
