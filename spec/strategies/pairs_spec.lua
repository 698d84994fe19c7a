-- SPDX-License-Identifier: MIT
-- strategies/pairs.lua: both legs or none, opposite, left together; on bars of its own and on two years of BTC and ETH.
local neap = require "neap"
local program = require "spec.support.program"
local shared = require "spec.support.shared"
local store = require "neap.event_store"
local testing = require "neap.testing"

local REAL = "data/candles_coinbase_2024_2026/"
local FACTS = { ["BTC-USD"] = "kind=margin,price_increment=0.01", ["ETH-USD"] = "kind=margin,price_increment=0.01" }

describe("pairs", function()
  -- Two products that swing alike; the first leaves for a while from bar `from` on, by `percent`, and comes back.
  local function market(from, percent)
    local first, second = {}, {}
    for i = 1, 140 do
      local swing = 1 + 0.01 * ((i * 7) % 5 - 2)
      local away = i >= from and i < from + 6 and 1 + percent / 100 or 1
      first[i], second[i] = 1000 * swing * away, 100 * swing * (1 + 0.0005 * (i % 3))
    end
    return { ["BTC-USD"] = testing.bars(first), ["ETH-USD"] = testing.bars(second) }
  end

  local function run(bars, params)
    local all = { length = 40, give_up = 20 }
    for name, value in pairs(params or {}) do all[name] = value end
    return testing.run { strategy = "pairs.lua", bars = bars, products = FACTS, cash = 10000, params = all }
  end

  it("sells the dear one and buys the cheap one, and leaves when they have met", function()
    local result = run(market(100, 4))
    assert.equal("sell BTC-USD", result.orders[1].side .. " " .. result.orders[1].product)
    assert.equal("buy ETH-USD", result.orders[2].side .. " " .. result.orders[2].product)
    assert.equal(result.orders[1].time, result.orders[2].time)
    assert.matches("deviations apart", result.orders[1].why)
    assert.equal("they have met", result.orders[3].why)
    result:expect_flat()
  end)

  it("does not sit still for a year where one of its products is not there", function()
    local data = { ["BTC-USD"] = testing.bars { 1, 2 } }
    local result, err = neap.backtest { strategy = "strategies/pairs.lua", data = data }
    assert.is_nil(result)
    assert.matches("product: unknown product 'ETH%-USD'", err.message)
  end)

  it("does it the other way round when the first is cheap", function()
    local result = run(market(100, -4))
    assert.equal("buy BTC-USD", result.orders[1].side .. " " .. result.orders[1].product)
    assert.equal("sell ETH-USD", result.orders[2].side .. " " .. result.orders[2].product)
  end)

  it("stays out of what is too far apart to come back", function()
    run(market(100, 60), { give_up = 2.1 }):expect_no_order()
  end)

  it("asks for both legs or none: where one may not be sold, the other is not bought", function()
    local result = testing.run { strategy = "pairs.lua", bars = market(100, 4), cash = 10000,
      products = { ["ETH-USD"] = FACTS["ETH-USD"] }, params = { length = 40, give_up = 20 } }
    assert.equal(0, #result.fills)
    assert.is_true(#result.orders >= 2)
  end)

  it("refuses limits that do not rise", function()
    assert.equal("check_failed", testing.refusal { strategy = "pairs.lua", bars = market(100, 4), products = FACTS,
      params = { leave = 1.9, enter = 1.5 } }.code)
  end)

  describe("on two years of hours", function()
    local directory, path
    before_each(function()
      directory = program.directory()
      path = directory .. "/events.db"
    end)
    after_each(function() program.remove(directory) end)

    it("holds both legs, of opposite sides, or none at the end of each hour", function()
      local btc, eth = shared.path(REAL .. "BTC-USD_1h.csv.gz"), shared.path(REAL .. "ETH-USD_1h.csv.gz")
      if not (btc and eth) then return pending("no ../shared/" .. REAL) end
      local result = assert(neap.backtest { strategy = "pairs.lua", data = { ["BTC-USD"] = btc, ["ETH-USD"] = eth },
        products = FACTS, fee_bps = 2, store = path, env = {} })
      assert.is_true(#result.trades >= 40)
      assert.is_nil(next(result.rejections))
      local held, moment, hours = { ["BTC-USD"] = 0, ["ETH-USD"] = 0 }, nil, 0
      local function check()
        local a, b = held["BTC-USD"], held["ETH-USD"]
        assert.is_true(a * b < 0 or a == 0 and b == 0, ("%s and %s"):format(a, b))
        hours = hours + 1
      end
      for row in store.events(path, { type = "order_filled" }) do
        if moment and row.ts_ns > moment then check() end
        moment, held[row.product] = row.ts_ns, tonumber(row.body.position)
      end
      check()
      assert.is_true(hours >= 40)
    end)
  end)
end)
