-- SPDX-License-Identifier: MIT
-- The advanced engine: what it does beyond what every order must pass.
local orders = require "spec.support.orders"

local function decide(order, snapshot, changes)
  return orders.engine("advanced", changes):decide(orders.snapshot(snapshot), order)
end

local quoted = { bid = "99.99", ask = "100.01" }

describe("the advanced engine: options", function()
  it("refuses an option that is no boolean", function()
    assert.error_matches(function() orders.engine("advanced", { reject_on_cross = "yes" }) end, "true or false")
  end)
end)

describe("the advanced engine: normalize", function()
  it("needs a client order id", function()
    local decision = decide { id = "", quantity = 1 }
    assert.equal("no_order_id", decision.reason.code)
    assert.equal("normalize", decision.reason.check)
  end)

  it("needs an amount and a known product", function()
    assert.equal("no_quantity", decide({ quantity = 0 }).reason.code)
    local snapshot = orders.snapshot()
    snapshot.product = nil
    assert.equal("unknown_product", orders.engine("advanced"):decide(snapshot, { quantity = 1 }).reason.code)
  end)
end)

describe("the advanced engine: quantize", function()
  it("refuses with the nearest valid value on the passive side", function()
    assert.equal("100.01", decide({ quantity = 1, limit = "100.019" }).reason.limit)
    assert.equal("0.5", decide({ quantity = "0.5009" }).reason.limit)
  end)
end)

describe("the advanced engine: post-only", function()
  local function code(order, snapshot, changes)
    order.post_only, order.quantity = true, 1
    local decision = decide(order, snapshot, changes)
    return decision.reason and decision.reason.code, decision
  end

  it("refuses what would take, equality too", function()
    assert.equal("post_only_cross", (code({ limit = "100.01" }, quoted)))
    assert.equal("post_only_cross", (code({ limit = "100.02" }, quoted)))
    assert.is_nil((code({ limit = "100" }, quoted)))
    local sale = { side = "sell", limit = "99.99" }
    assert.equal("post_only_cross", (code(sale, { bid = "99.99", ask = "100.01", position = 1 })))
    sale.limit = "100"
    assert.is_nil((code(sale, { bid = "99.99", ask = "100.01", position = 1 })))
  end)

  it("says that it could not look without a quote", function()
    local refused, decision = code { limit = "100.01" }
    assert.is_nil(refused)
    assert.equal("skipped", orders.check(decision, "post_only_cross").verdict)
  end)

  it("lets it go where reject_on_cross is off, and asks nothing of other orders", function()
    assert.is_nil((code({ limit = "100.02" }, quoted, { reject_on_cross = false })))
    assert.is_nil(orders.check(decide({ quantity = 1, limit = "100.02" }, quoted), "post_only_cross"))
  end)
end)

describe("the advanced engine: money and modes", function()
  it("stand under it as under the other", function()
    assert.equal("insufficient_funds", decide({ quantity = 10 }).reason.code)
    assert.equal("spot_short", decide({ side = "sell", quantity = 1 }).reason.code)
    assert.equal("stale_mark", decide({ quantity = 1 }, { mark_time = 0 }).reason.code)
    assert.equal("halted", decide({ quantity = 1 }, { mode = "halted" }).reason.code)
    assert.is_true(decide({ side = "sell", quantity = 1 }, { mode = "halted", position = 1, mark_time = 0 }).accepted)
  end)
end)
