-- SPDX-License-Identifier: MIT
-- The advanced engine under the market impact guard, with the figures of the reference's own estimator (engines H8) and
-- with ours on the same books.
local book = require "neap.book"
local impact = require "neap.impact"
local liquidity = require "neap.liquidity"
local orders = require "spec.support.orders"

local PRODUCT = { id = "BTC-USD", price_increment = "0.01", base_increment = "0.001" }

local function five_levels()
  local bids, asks = {}, {}
  for i = 1, 5 do bids[i], asks[i] = { 50000 - 5 * i, 1000 }, { 50000 + 5 * i, 1000 } end
  return { bids = bids, asks = asks }
end

-- An entry of E 100,000 at 50,000, whose impact was assessed.
local function decide(quantity, assessed, cap)
  local engine = orders.engine("advanced", { limits = { enable_market_impact_guard = "true",
    max_market_impact_bps = cap, slippage_guard_bps = 0, max_position_pct_per_symbol = "0.5" } })
  local decision = engine:decide(orders.snapshot { product = PRODUCT, mark = 50000, equity = 100000, cash = 100000,
    buying_power = 100000, impact = assessed }, { quantity = quantity })
  local line = orders.check(decision, "market_impact")
  return decision.reason and decision.reason.code, line and tostring(line.input)
end

local function by_reference(quantity, volume)
  local asked = five_levels()
  asked.side, asked.quantity, asked.volume = "buy", quantity, volume
  local estimate = liquidity.impact(asked)
  return estimate and { bps = estimate.impact_bps } or false
end

local function by_book(quantity)
  local b = assert(book.new { price_increment = "0.01", size_increment = "0.001" })
  assert(b:snapshot(five_levels()))
  local report = impact.estimate { side = "buy", quantity = quantity, book = b }
  return report and { bps = report.estimated_impact_bps, liquid = report.liquidity_sufficient } or false
end

describe("the advanced engine under the impact guard", function()
  it("H4.56 35 bps under a cap of 40 pass; H4.58 without liquidity they do not", function()
    assert.same({ nil, "35" }, { decide("0.5", { bps = 35 }, 40) })
    assert.equal("insufficient_liquidity", (decide("0.5", { bps = 35, liquid = false }, 40)))
    assert.equal("market_impact", (decide("0.5", { bps = "40.0001" }, 40)))
    assert.is_nil((decide("0.5", { bps = 40 }, 40)))
  end)

  it("H4.59 a cap of 0 asks nothing; an estimator that fails refuses", function()
    assert.same({}, { decide("0.5", false, 0) })
    assert.equal("impact_estimator", (decide("0.5", false, 40)))
  end)

  it("H8.121 by the reference's estimate 0.01 passes a cap of 50 with 35.426 bps, 0.02 does not with 50.1", function()
    local code, bps = decide("0.01", by_reference("0.01", 1000), 50)
    assert.is_nil(code)
    assert.matches("^35%.426", bps)
    code, bps = decide("0.02", by_reference("0.02", 1000), 50)
    assert.equal("market_impact", code)
    assert.matches("^50%.1", bps)
  end)

  it("H8.121 a volume of 0 is no estimate, and refuses: the reference counted it as 1,000 USD", function()
    assert.equal("impact_estimator", (decide("0.01", by_reference("0.01", 0), 50)))
  end)

  it("H8.121 by the book itself both cost half the spread: 1 bps", function()
    assert.same({ nil, "1" }, { decide("0.01", by_book("0.01"), 50) })
    assert.same({ nil, "1" }, { decide("0.02", by_book("0.02"), 1) })
  end)
end)
