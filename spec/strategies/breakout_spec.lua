-- SPDX-License-Identifier: MIT
-- strategies/breakout.lua: on bars of its own, and on a month of 1m bars, of which its 5m and 1h are made.
local neap = require "neap"
local program = require "spec.support.program"
local shared = require "spec.support.shared"
local testing = require "neap.testing"

local REAL = "data/candles_other_1m/FTX-BTC-PERP_1m_2022_01.csv.gz"
local FACTS = { ["BTC-PERP"] = "kind=perpetual,price_increment=1,base_increment=0.0001" }

describe("breakout", function()
  -- Hours that swing between two prices, then a rise through the upper one, and what comes of it.
  local function market(...)
    local through = {}
    for i = 1, 30 do through[i] = i % 2 == 0 and 102 or 100 end
    for _, price in ipairs { ... } do through[#through + 1] = price end
    return testing.trend { through = through, bars = 120, timeframe = "1m", volume = 1000 }
  end

  local function run(bars, params)
    params = params or {}
    params.trend = params.trend or 10
    return testing.run { strategy = "breakout.lua", bars = bars, params = params, cash = 10000 }
  end

  it("buys what closes above the highest hours, with a stop, a target and a trailing exit", function()
    local result = run(market(104))
    local entry = result.orders[1]
    assert.equal("buy", entry.side)
    assert.equal("above the highest hour", entry.why)
    assert.is_true(entry.stop_loss < 102 and entry.take_profit > 104)
    local working = {}
    for _, order in ipairs(result.orders) do
      if order.parent == entry.number then working[#working + 1] = order.type end
    end
    table.sort(working)
    assert.same({ "limit", "stop", "trailing_stop" }, working)
    result:expect_counts { fills = 1, rejected = 0 }
  end)

  it("looks at closed bars of five minutes, and not at others", function()
    for _, order in ipairs(run(market(104, 90, 104)).orders) do
      if not order.parent then assert.equal(0, order.time % (5 * 60 * 1000000000)) end
    end
  end)

  it("takes its profit at the target, and loses its share at the stop", function()
    local won = run(market(130), { trail_bps = 2000 })
    assert.is_true(won.trades[1].pnl > 0)
    local lost = run(market(102.4, 80), { trail_bps = 2000, risk = 0.01 })
    local share = lost.trades[1].pnl:float() / 10000
    assert.is_true(share < 0 and -share < 0.0125, tostring(share))
  end)

  it("trails what rose and turns before the target", function()
    local result = run(market(104, 100), { trail_bps = 50, reward = 20, stop = 3 })
    local last = result.fills[#result.fills]
    for _, order in ipairs(result.orders) do
      if order.number == last.number then assert.equal("trailing_stop", order.type) end
    end
  end)

  it("stays out of a market that keeps between two prices", function()
    run(market(101)):expect_no_order()
  end)

  it("trades a month of bitcoin, losing no more at a stop than it says", function()
    local file = shared.path(REAL)
    if not file then return pending("no ../shared/" .. REAL) end
    local directory <close> = setmetatable({ path = program.directory() }, { __close = function(self)
      program.remove(self.path)
    end })
    local store = directory.path .. "/events.db"
    local result = assert(neap.backtest { strategy = "breakout.lua", data = { ["BTC-PERP"] = file }, products = FACTS,
      fee_bps = 2, store = store, env = {} })
    assert.is_true(#result.trades >= 10)
    assert.is_nil(next(result.rejections))
    local worst = 0
    for _, trade in ipairs(result.trades) do worst = math.min(worst, trade.pnl:float() / 10000) end
    assert.is_true(worst > -0.0075, "a stop cost " .. worst) -- 0.5 % and what the gap to the fill took
    local open, entries = 0, 0
    for row in require("neap.event_store").events(store, { type = "order_filled" }) do
      local position = tonumber(row.body.position)
      assert.is_true(position >= 0)
      if open == 0 and position > 0 then entries = entries + 1 end
      open = position
    end
    assert.is_true(entries >= #result.trades)
  end)
end)
