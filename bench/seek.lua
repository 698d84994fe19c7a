-- SPDX-License-Identifier: MIT
-- How long a seek in a long session takes: to moments all over it, of a store whose pages the system forgot or not.
-- bench/run --seek [EVENTS]
local core = require "neap.run_c"
local neap = require "neap"

local home, events = ...
local SECOND, A_BAR, SEEKS = 1000000000, 100, 200
local START = 1735689600 * SECOND

-- A line of log is an event: a hundred of them, and an order now and then.
local STRATEGY = [[
return require "neap".strategy { name = "many", params = { lines = { 100 } },
  on_bar = function(self)
    self.state.bars = (self.state.bars or 0) + 1
    for i = 1, self.params.lines do self:info("line", { i = i }) end
    if self.flat then self:buy { quantity = "0.01" } elseif self.state.bars % 7 == 0 then self:close {} end
  end }
]]

local function write(name, text)
  local file <close> = assert(io.open(home .. "/" .. name, "wb"))
  file:write(text)
end

local function make(bars)
  local lines = { "time,open,high,low,close,volume" }
  for i = 1, bars do
    local price = 50000 + i * 7919 % 1000
    lines[i + 1] = ("%d,%d,%d,%d,%d,100"):format((START + 60 * i * SECOND) // SECOND, price, price + 5, price - 5,
      price + 1)
  end
  write("BTC-USD_1m.csv", table.concat(lines, "\n") .. "\n")
  write("many.lua", STRATEGY)
  assert(neap.backtest { strategy = home .. "/many.lua", data = home .. "/BTC-USD_1m.csv", store = home .. "/many",
    env = {} })
end

local function time(f)
  local begun = core.now()
  f()
  return (core.now() - begun) / 1e6
end

local function tell(what, times)
  table.sort(times)
  print(("%-34s p50 %8.2f ms   p99 %8.2f ms   longest %8.2f ms"):format(what, times[#times // 2 + 1],
    times[math.ceil(#times * 0.99)], times[#times]))
end

local bars = (math.tointeger(tonumber(events)) or 1000000) // (A_BAR + 3)
make(bars)
local p = assert(neap.past(home .. "/many"))
print(("%d events in %.1f MB"):format(p.seq, require("lfs").attributes(home .. "/many/events.db", "size") / 1e6))
math.randomseed(1)
local seeks, steps = {}, {}
for i = 1, SEEKS do
  seeks[i] = time(function() assert(p:seek(START + math.random(60, 60 * bars) * SECOND)) end)
  steps[i] = time(function() assert(p:step(1)) end)
end
tell("seek to a random moment", seeks)
tell("one event on", steps)
