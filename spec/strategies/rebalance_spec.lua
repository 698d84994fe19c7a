-- SPDX-License-Identifier: MIT
-- strategies/rebalance.lua on a generated market of ten products.
local neap = require "neap"
local program = require "spec.support.program"

local MARKET = "generated:seed=7,products=10,days=120"
local WEEK = 7 * 24 * 3600 * 1000000000

describe("rebalance", function()
  local directory, path

  before_each(function()
    directory = program.directory()
    path = directory .. "/run.db"
  end)
  after_each(function() program.remove(directory) end)

  local function run(options)
    local all = { strategy = "rebalance.lua", data = MARKET, cash = 100000, store = path, env = {} }
    for name, value in pairs(options or {}) do all[name] = value end
    return assert(neap.backtest(all))
  end

  local function fills()
    local list = {}
    for row in require("neap.event_store").events(path, { type = "order_filled" }) do
      list[#list + 1] = { product = row.product, time = row.ts_ns, body = row.body }
    end
    return list
  end

  it("buys all ten the first time, at equal weights", function()
    local result = run { to = "2024-01-02" }
    assert.equal(10, result.fills)
    assert.is_nil(next(result.rejections))
    for _, fill in ipairs(fills()) do
      local share = tonumber(fill.body.notional) / 100000
      assert.is_true(math.abs(share - 0.095) < 0.002, fill.product .. " " .. share)
    end
  end)

  it("trades once a week, and never more than it has", function()
    local result, moments = run(), {}
    for _, fill in ipairs(fills()) do
      moments[(fill.time - 1704067200 * 1000000000) // WEEK] = true
      assert.is_true(tonumber(fill.body.cash) >= 0)
      assert.is_true(tonumber(fill.body.position) >= 0)
    end
    local weeks = 0
    for _ in pairs(moments) do weeks = weeks + 1 end
    assert.is_true(weeks > 10 and weeks <= 18, weeks .. " weeks with trades")
    assert.is_true(result.fills > 20)
  end)

  -- The weights after a fill, of the products whose latest price is that of their latest bar.
  local function weights_after(until_time)
    local session = assert(neap.session { strategy = "rebalance.lua", data = MARKET, cash = 100000, env = {},
      to = until_time })
    session:run()
    local equity, weights = tonumber(tostring(session.equity)), {}
    for _, position in ipairs(session.positions) do
      weights[position.product] = tonumber(tostring(position.quantity)) * tonumber(tostring(position.mark)) / equity
    end
    session:stop()
    return weights
  end

  it("leaves each weight inside the band behind it", function()
    -- Mondays at 12:00, filled at the open of that hour: an hour later prices have moved a little.
    for _, monday in ipairs { "2024-01-29T13:00", "2024-02-26T13:00", "2024-04-01T13:00" } do
      local count = 0
      for product, weight in pairs(weights_after(monday)) do
        count = count + 1
        assert.is_true(math.abs(weight - 0.095) < 0.01 + 0.004, ("%s %s: %.4f"):format(monday, product, weight))
      end
      assert.equal(10, count)
    end
  end)

  it("trades less the wider the band is", function()
    local narrow = run { params = { band = 0.0 } }.fills
    path = directory .. "/other.db"
    assert.is_true(run { params = { band = 0.03 } }.fills < narrow / 3)
  end)

  it("does the same every time", function()
    local one = run().event_hash
    path = directory .. "/other.db"
    assert.equal(one, run().event_hash)
  end)
end)
