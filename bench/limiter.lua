-- SPDX-License-Identifier: MIT
-- What watching a script's time costs: the same back-tests with the limiter and without it, in turns, in one process.
-- Run by bench/run; arguments: a CSV of BTC-USD, how many pairs of runs.
local neap = require "neap"
local core = require "neap.session_c"

local data, pairs_of_runs = arg[1], math.tointeger(tonumber(arg[2]))
local OFF, ON = -1, 0 -- of the core's time_limit: none; the usual one
local limit = ON

local run = core.backtest
core.backtest = function(options)
  options.time_limit = limit
  return run(options)
end

local function seconds(strategy, chosen)
  limit = chosen
  local begin = os.clock()
  assert(neap.backtest { strategy = "bench/strategies/" .. strategy, data = { ["BTC-USD"] = data }, cash = 1000000,
    products = { ["BTC-USD"] = { price_increment = "0.01", base_increment = "0.000001" } }, env = {} })
  return os.clock() - begin
end

-- The least of several runs: what else the machine does only ever adds.
local function least(list) return math.min(table.unpack(list)) end

print(("\n%-28s %10s %10s %8s"):format("limiter", "with, s", "without, s", "ratio"))
for _, strategy in ipairs { "on_bar_empty.lua", "ma_cross_fixed.lua" } do
  local with, without = {}, {}
  for i = 1, pairs_of_runs do
    local first, second = i % 2 == 0 and ON or OFF, i % 2 == 0 and OFF or ON
    local a, b = seconds(strategy, first), seconds(strategy, second)
    with[i], without[i] = first == ON and a or b, first == ON and b or a
  end
  print(("%-28s %10.3f %10.3f %8.3f"):format(strategy, least(with), least(without),
    least(with) / least(without)))
end
