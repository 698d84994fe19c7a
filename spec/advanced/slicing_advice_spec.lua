-- SPDX-License-Identifier: MIT
-- The advanced engine advises a slice where an order's impact is over the limit; it neither refuses nor changes for it.
local orders = require "spec.support.orders"

local GUARD = { enable_market_impact_guard = "true", max_market_impact_bps = 25, slippage_guard_bps = 0 }
-- Half the share of the best price: 25 bps are 0.5 % of it, 5,000 of a million; at 100 that is a quantity of 50.
local DEEP = { buying_power = 100000, equity = 100000, cash = 100000, liquidity = { spread_bps = 1, depth = 1000000 } }

local function decide(order, snapshot, limits, engine)
  local asked = orders.snapshot(DEEP)
  for name, value in pairs(snapshot or {}) do asked[name] = value end
  return orders.engine(engine or "advanced", { limits = limits or GUARD }):decide(asked, order)
end

local function advice(decision) return orders.check(decision, "slicing_advice") end

describe("the advanced engine: slicing advice", function()
  it("is the greatest quantity whose impact stays within the limit", function()
    local decision = decide { quantity = 200 }
    local line = advice(decision)
    assert.same({ "passed", "200", "50", "50" },
      { line.verdict, tostring(line.input), tostring(line.limit), tostring(decision.slice) })
    assert.equal("market_impact", decision.reason.code)
    assert.equal("200", tostring(decision.ticket.quantity))
    assert.is_nil(advice(decide { quantity = 50 }))
    assert.equal("50", tostring(decide({ quantity = "50.001" }).slice))
  end)

  it("is a quantity for an order by amount and by share, too", function()
    assert.equal("50", tostring(decide({ notional = 20000 }).slice))
    local decision = decide { fraction = "0.2" }
    assert.same({ "200", "50" }, { tostring(advice(decision).input), tostring(decision.slice) })
  end)

  it("is in whole increments of the product, and not under its minimum", function()
    local coarse = orders.product { base_increment = "30" }
    assert.equal("30", tostring(decide({ quantity = 210 }, { product = coarse }).slice))
    local large = orders.product { base_min_size = 60 }
    local decision = decide({ quantity = 200 }, { product = large })
    assert.is_nil(decision.slice)
    assert.equal("skipped", advice(decision).verdict)
  end)

  it("comes by the last bar where there is no book: (25 ÷ 50)² of its turnover", function()
    local bar = { spread_bps = 1, volatility_bps = 50, turnover = 10000 }
    assert.equal("25", tostring(decide({ quantity = 200 }, { liquidity = bar }).slice))
  end)

  it("goes by whoever tells the impact", function()
    local decision = decide({ quantity = 200 }, { impact = { bps = 5, liquid = false } })
    assert.equal("insufficient_liquidity", decision.reason.code)
    assert.equal("no slice would stay within the limit", advice(decision).note)
    assert.is_nil(advice(decide({ quantity = 200 }, { impact = { bps = 25 } })))
  end)

  it("is not given of what takes nothing, of exits, without guard, limit or market, by the other engine", function()
    assert.is_nil(advice(decide { quantity = 200, limit = 99, post_only = true }))
    assert.is_nil(advice(decide({ side = "sell", quantity = 200 }, { position = 200 })))
    assert.is_nil(advice(decide({ quantity = 200 }, nil, { max_market_impact_bps = 25 })))
    assert.is_nil(advice(decide({ quantity = 200 }, nil, { enable_market_impact_guard = "true",
      max_market_impact_bps = 0 })))
    assert.is_nil(advice(decide({ quantity = 200 }, { impact = false })))
    assert.is_nil(advice(decide({ quantity = 200 }, nil, nil, "live")))
  end)

  it("leaves the verdict as the other engine's (property)", function()
    math.randomseed(3)
    for _ = 1, 300 do
      local order = { quantity = math.random(1, 400) }
      local own, other = decide(order), decide(order, nil, nil, "live")
      assert.equal(other.accepted, own.accepted)
      assert.equal(other.reason and other.reason.code, own.reason and own.reason.code)
      assert.equal(own.reason and own.reason.code == "market_impact", own.slice and true)
    end
  end)
end)
