-- SPDX-License-Identifier: MIT
-- order_request_normalizer: an order is taken as it was asked, or refused by the name of what is missing.
local orders = require "spec.support.orders"
local trading = require "spec.support.trading"

local function decide(order, snapshot)
  return orders.engine("advanced"):decide(orders.snapshot(snapshot), order)
end

local function refusal(order, snapshot)
  local reason = decide(order, snapshot).reason
  return reason and { reason.check, reason.code }
end

describe("the normalizer", function()
  it("makes up no id: one that is missing is refused by name", function()
    assert.same({ "normalize", "no_order_id" }, refusal { id = "", quantity = 1 })
    assert.is_true(decide({ quantity = 1 }).accepted)
  end)

  it("keeps the id that was given, which follows from session and number", function()
    local id = decide({ quantity = 1, number = 7 }).ticket.id
    assert.equal(id, decide({ quantity = 2, number = 7, limit = 99 }).ticket.id)
    assert.equal(id, decide({ quantity = 1, id = id }).ticket.id)
    assert.is_not.equal(id, decide({ quantity = 1, number = 8 }).ticket.id)
  end)

  it("G26 gives an order the same id in a session that is run again, and another in another session", function()
    local function ids(seed)
      local s <close> = trading.open { env = { RISK_ENABLE_MARKET_IMPACT_GUARD = "true" }, seed = seed }
      return { s:buy({ quantity = 1 }).id, s:buy({ quantity = 2 }).id }
    end
    local first = ids(1)
    assert.is_not.equal(first[1], first[2])
    assert.same(first, ids(1))
    assert.is_not.equal(first[1], ids(2)[1])
  end)

  it("names each fact that is missing: amount, product, price, trigger, date", function()
    assert.same({ "sizing", "no_quantity" }, refusal { quantity = 0 })
    assert.same({ "order_type", "limit_price_needed" }, refusal { quantity = 1, type = "limit" })
    assert.same({ "order_type", "stop_price_needed" }, refusal { quantity = 1, type = "stop" })
    assert.same({ "order_type", "trail_needed" }, refusal { quantity = 1, type = "trailing_stop" })
    assert.same({ "time_in_force", "good_till_past" }, refusal { quantity = 1, time_in_force = "gtd" })
    local snapshot = orders.snapshot()
    snapshot.product = nil
    assert.equal("unknown_product", orders.engine("advanced"):decide(snapshot, { quantity = 1 }).reason.code)
  end)

  it("makes up no price: a market order without a mark is refused, whatever its size", function()
    local snapshot = orders.snapshot()
    snapshot.mark = nil
    local reason = orders.engine("advanced"):decide(snapshot, { quantity = "0.001" }).reason
    assert.same({ "mark", "no_mark" }, { reason.check, reason.code })
  end)

  it("asks the mode first: in a halt nobody hears of ids", function()
    assert.same({ "mode", "halted" }, refusal({ id = "", quantity = 1 }, { mode = "halted" }))
  end)
end)
