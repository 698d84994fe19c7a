-- SPDX-License-Identifier: MIT
-- The live engine's order_validator: the product's rules first, then the mark, then slippage, then risk; the first that
-- refuses ends it. What the reference changed in silence is refused here, with the nearest valid value.
local factory = require "neap.engine_factory"
local orders = require "spec.support.orders"
local trading = require "spec.support.trading"

local P = { id = "BTC-PERP", kind = "perpetual", price_increment = "0.01", base_increment = "0.001",
  base_min_size = "0.001", quote_min_size = 10 }

local function decide(order, snapshot, changes)
  local base = { product = P, mark = 50000, equity = 100000, cash = 100000, buying_power = 500000 }
  for name, value in pairs(snapshot or {}) do base[name] = value end
  return factory.create("live", { limits = orders.limits(changes) }):decide(orders.snapshot(base), order)
end

local function refusal(order, snapshot, changes)
  local reason = decide(order, snapshot, changes).reason
  return reason and { reason.code, reason.limit } or "accepted"
end

describe("the product's rules", function()
  it("H1.1 and H1.2 a price is refused with the nearest on the passive side; a float goes there by itself", function()
    assert.same({ "price_increment", "50000.01" }, refusal { quantity = "0.001", limit = "50000.017" })
    assert.same({ "price_increment", "50000.02" },
      refusal({ side = "sell", quantity = "0.001", limit = "50000.011" }, { position = 1 }))
    local facts = { price_increment = "0.01", base_increment = "0.001" }
    local s <close> = trading.open { products = { ["BTC-USD"] = facts } }
    local order = s:buy { quantity = 0.0015, limit = 90.017 }
    local intent = s:events({ order = order.id })[1].body
    assert.same({ "0.001", "90.01" }, { intent.quantity, intent.limit })
  end)

  it("H1.1 a quantity is refused with the nearest below, not cut", function()
    assert.same({ "quantity_increment", "0.001" }, refusal { quantity = "0.0015", limit = 50000 })
  end)

  it("H1.4 and H1.5 what is worth too little is refused", function()
    assert.same({ "notional_min", "10" }, refusal { quantity = "0.001", limit = 5000 })
    assert.same({ "notional_min", "10" }, refusal { quantity = "0.019", limit = 100 })
    local product = require("neap.product").new("BTC-PERP", { kind = "perpetual", price_increment = "0.01",
      base_increment = "0.001", quote_min_size = 10 })
    for quantity, case in pairs { ["0.001"] = { 5000, "0.002" }, ["0.019"] = { 100, "0.1" } } do
      local _, err = product:check_notional(quantity, case[1])
      assert.same({ "notional_min", case[2] }, { err.code, err.nearest }) -- the reference's suggestion
    end
  end)

  it("H1.7 a market order is judged at the mark", function()
    assert.is_true(decide({ quantity = "0.019" }).accepted)
    assert.same({ "notional_min", "10" }, refusal({ quantity = "0.019" }, { mark = 100 }))
  end)

  it("H1.8 and H1.10 an order without a quantity, of zero or below it is refused, never made the smallest (G43)",
    function()
      assert.equal("no_quantity", refusal({ limit = 50000 })[1])
      assert.equal("no_quantity", refusal({ quantity = 0, limit = 50000 })[1])
      assert.equal("no_quantity", refusal({ quantity = "-0.5", limit = 50000 })[1])
    end)

  it("H1.11 there is no helper for a safe size: the refusals say the same sizes", function()
    local product = require("neap.product").new("BTC-PERP", { kind = "perpetual", price_increment = "0.01",
      base_increment = "0.001", base_min_size = "0.001", quote_min_size = 10 })
    assert.same({ "quantity_min", "0.001" }, refusal { quantity = "0.0005", limit = 50000 })
    assert.is_true(product:check_notional("0.001", 50000))
    assert.equal("0.002", select(2, product:check_notional("0.001", 5000)).nearest)
    assert.equal("accepted", refusal { quantity = "0.002", limit = 5000 })
  end)

  it("H1.13 what is too fine or too little is refused with what would do", function()
    assert.same({ "quantity_increment", "0.012" }, refusal { quantity = "0.0129", limit = "50000.01" })
    assert.same({ "price_increment", "50000.01" }, refusal { quantity = "0.012", limit = "50000.019" })
    assert.equal("accepted", refusal { quantity = "0.012", limit = "50000.01" })
    assert.same({ "quantity_min", "0.001" }, refusal { quantity = "0.0005", limit = 50000 })
    assert.same({ "notional_min", "10" }, refusal { quantity = "0.001", limit = 9000 })
  end)

  it("H1.13 a quantity below the smallest is refused", function()
    local product = { base_min_size = "0.01" }
    for name, value in pairs(P) do product[name] = product[name] or value end
    assert.same({ "quantity_min", "0.01" }, refusal({ quantity = "0.005", limit = 50000 }, { product = product }))
  end)

  it("H5.67 a refusal by a rule is one event with the rule's name (G33)", function()
    local s <close> = trading.open { products = { ["BTC-USD"] = { quote_min_size = 1000 } } }
    local order = s:buy { quantity = 1, limit = "0.5" }
    assert.same({ "rejected", "notional_min" }, { order.status, order.reason.code })
    assert.equal("order_intent decision order_rejected", trading.types(s, order))
    assert.equal("notional_min", trading.bodies(s, "order_rejected")[1].code)
  end)
end)

describe("the order of the checks", function()
  local bad = { mark_time = 0, liquidity = { depth = 0 }, buying_power = 0, mode = "reduce_only" }

  local function first(order, drop)
    local snapshot = {}
    for name, value in pairs(bad) do
      if not drop[name] then snapshot[name] = value end
    end
    return refusal(order, snapshot)[1]
  end

  it("is mode, rules, mark, slippage, money", function()
    local order = { quantity = "0.1" }
    assert.equal("reduce_only_mode", first(order, {}))
    assert.equal("quantity_increment", first({ quantity = "0.10001" }, { mode = true }))
    assert.equal("stale_mark", first(order, { mode = true }))
    assert.equal("no_liquidity", first(order, { mode = true, mark_time = true }))
    assert.equal("insufficient_funds", first(order, { mode = true, mark_time = true, liquidity = true }))
  end)

  it("ends with the first refusal: what is behind it has no line", function()
    local decision = decide({ quantity = "0.10001" })
    assert.equal("failed", decision.checks[#decision.checks].verdict)
    assert.is_nil(orders.check(decision, "mark"))
    assert.is_nil(orders.check(decision, "slippage"))
  end)

  it("refuses no exit for what concerns entries only", function()
    local snapshot = { position = 1 }
    for name, value in pairs(bad) do snapshot[name] = value end
    assert.equal("accepted", refusal({ side = "sell", quantity = 1 }, snapshot))
  end)

  it("always says something of mark and slippage when an entry passed (G19)", function()
    local decision = decide({ quantity = "0.1" })
    assert.is_true(decision.accepted)
    assert.equal("passed", orders.check(decision, "mark").verdict)
    assert.equal("passed", orders.check(decision, "slippage").verdict)
  end)

  it("is the same for the same question (property)", function()
    math.randomseed(11)
    for _ = 1, 300 do
      local order = { side = math.random(2) == 1 and "buy" or "sell", quantity = tostring(math.random(1, 4000) / 1000),
        limit = math.random(2) == 1 and math.random(1, 60000) or nil }
      local snapshot = { position = tostring(math.random(-2, 2)), mark = math.random(1, 60000) }
      local one, other = decide(order, snapshot), decide(order, snapshot)
      assert.equal(one.accepted, other.accepted)
      assert.equal(#one.checks, #other.checks)
      assert.equal(one.reason and one.reason.code, other.reason and other.reason.code)
    end
  end)
end)
