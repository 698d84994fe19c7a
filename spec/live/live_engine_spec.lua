-- SPDX-License-Identifier: MIT
-- The live engine: the venue's rules, a fresh mark, the account's means.
local orders = require "spec.support.orders"

local function decide(order, snapshot) return orders.engine("live"):decide(orders.snapshot(snapshot), order) end

local function refuses(code, order, snapshot)
  local decision = decide(order, snapshot)
  assert.is_false(decision.accepted)
  assert.equal(code, decision.reason.code)
  return decision
end

local function accepts(order, snapshot)
  local decision = decide(order, snapshot)
  assert.is_true(decision.accepted, decision.reason and decision.reason.code)
  return decision
end

describe("the live engine: options", function()
  it("refuses unknown ones with the nearest", function()
    assert.error_matches(function() decide { quantty = 1 } end, "unknown option 'quantty'; did you mean 'quantity'")
    assert.error_matches(function() decide({ quantity = 1 }, { equty = 1 }) end, "did you mean 'equity'")
    assert.error_matches(function() decide { quantity = 1, side = "by" } end,
      "side: unknown word 'by'; did you mean 'buy'")
    assert.error_matches(function() decide { quantity = 1, notional = 1 } end, "exactly one of")
    assert.error_matches(function() decide { quantity = 0.5 } end, "quantity: a float; use text or a decimal")
  end)
end)

describe("the live engine: the order by itself", function()
  it("takes a plain market order and leaves its ticket alone", function()
    local decision = accepts { quantity = "0.5" }
    assert.equal("live", decision.engine)
    assert.equal("0.5", tostring(decision.ticket.quantity))
    assert.equal("market", decision.ticket.type)
  end)

  it("needs an amount, and the prices of its type", function()
    refuses("no_quantity", {})
    refuses("no_quantity", { quantity = "-1" })
    refuses("no_quantity", { notional = 0 })
    refuses("limit_price_needed", { quantity = 1, type = "stop_limit", stop = 90 })
    refuses("stop_price_needed", { quantity = 1, type = "stop" })
    refuses("trail_needed", { quantity = 1, type = "trailing_stop" })
    refuses("post_only_needs_limit", { quantity = 1, post_only = true })
    refuses("post_only_needs_rest", { quantity = 1, limit = 90, post_only = true, time_in_force = "ioc" })
    refuses("good_till_past", { quantity = 1, limit = 90, good_till = 1 })
  end)

  it("refuses when no product is known", function()
    local snapshot = orders.snapshot()
    snapshot.product = nil
    assert.equal("unknown_product", orders.engine("live"):decide(snapshot, { quantity = 1 }).reason.code)
  end)

  it("writes down how floats became exact", function()
    local decision = accepts({ quantity = "0.5" }, { quantity_note = "rounded down" })
    local check = orders.check(decision, "quantity")
    assert.same({ "adjusted", "rounded down" }, { check.verdict, check.note })
  end)
end)

describe("the live engine: the product's rules", function()
  local function with(facts) return { product = orders.product(facts) } end

  it("minds the status", function()
    refuses("product_disabled", { quantity = 1 }, with { is_disabled = true })
    refuses("view_only", { quantity = 1 }, with { view_only = true })
    refuses("cancel_only", { quantity = 1 }, with { cancel_only = true })
    refuses("limit_only", { quantity = 1 }, with { limit_only = true })
    accepts({ quantity = 1, limit = 90 }, with { limit_only = true })
    refuses("post_only_mode", { quantity = 1, limit = 90 }, with { post_only = true })
    accepts({ quantity = 1, limit = 90, post_only = true }, with { post_only = true })
  end)

  it("refuses what is finer than an increment, and shows the nearest valid one", function()
    local decision = refuses("quantity_increment", { quantity = "0.5004" })
    assert.equal("0.5", decision.reason.limit)
    assert.equal("100.01", refuses("price_increment", { quantity = 1, limit = "100.016" }).reason.limit)
    local sale = refuses("price_increment", { side = "sell", quantity = 1, limit = "100.011" }, { position = 1 })
    assert.equal("100.02", sale.reason.limit)
    assert.equal("price_increment", refuses("price_increment", { quantity = 1, stop = "100.005" }).reason.check)
  end)

  it("minds minimum and maximum of quantity and notional", function()
    refuses("quantity_min", { quantity = "0.05" }, with { base_min_size = "0.1" })
    refuses("quantity_max", { quantity = 5 }, with { base_max_size = 4 })
    refuses("notional_min", { quantity = "0.05" }, with { quote_min_size = 10 })
    refuses("notional_max", { quantity = 5, limit = 100 }, with { quote_max_size = 499 })
    refuses("notional_min", { notional = 9 }, with { quote_min_size = 10 })
    local decision = accepts({ fraction = "0.5" }, with { quote_min_size = 10 })
    assert.equal("skipped", orders.check(decision, "notional_min").verdict)
  end)

  it("notes a stop that the mark has reached, and takes it", function()
    assert.matches("triggers at once", orders.check(accepts { quantity = 1, stop = 99 }, "stop_side").note)
    assert.is_nil(orders.check(accepts { quantity = 1, stop = 101 }, "stop_side").note)
  end)
end)

describe("the live engine: mark, position and money", function()
  it("refuses entries without a fresh mark, and lets exits go on", function()
    refuses("stale_mark", { quantity = 1 }, { mark_time = 939999999999 })
    accepts({ quantity = 1 }, { mark_time = 940000000000 })
    local exit = accepts({ side = "sell", quantity = 1 }, { position = 1, mark_time = 0 })
    assert.equal("skipped", orders.check(exit, "mark").verdict)
    local snapshot = orders.snapshot { position = 1 }
    snapshot.mark = nil
    local engine = orders.engine "live"
    assert.equal("no_mark", engine:decide(snapshot, { quantity = 1 }).reason.code)
    assert.is_true(engine:decide(snapshot, { side = "sell", quantity = 1 }).accepted)
  end)

  it("sells on spot only what is held", function()
    refuses("spot_short", { side = "sell", quantity = 1 }, { position = "0.5" })
    refuses("spot_short", { side = "sell", notional = 10 })
    local decision = accepts({ side = "sell", fraction = 1 }, { position = "0.5" })
    assert.matches("up to the position", orders.check(decision, "position").note)
    decision = accepts({ side = "sell", quantity = 1 }, { position = 1, working_sell = 1 })
    assert.matches("other sells are working", orders.check(decision, "position").note)
    accepts({ side = "sell", quantity = 1 }, { product = orders.product { kind = "margin" } })
  end)

  it("clamps reduce_only to the position, and refuses where nothing is to reduce", function()
    refuses("nothing_to_reduce", { side = "sell", quantity = 1, reduce_only = true })
    refuses("nothing_to_reduce", { quantity = 1, reduce_only = true }, { position = 1 })
    refuses("nothing_to_reduce", { side = "sell", quantity = 1, reduce_only = true }, { position = "0.0001" })
    local decision = accepts({ side = "sell", quantity = 3, reduce_only = true }, { position = "1.2345" })
    assert.equal("1.234", tostring(decision.ticket.quantity))
    assert.equal("adjusted", orders.check(decision, "reduce_only").verdict)
  end)

  it("asks what an entry costs, with the taker fee", function()
    accepts({ quantity = "9.99" })
    local decision = refuses("insufficient_funds", { quantity = 10 })
    assert.same({ "1001", "1000" }, { decision.reason.input, decision.reason.limit })
    accepts({ notional = 1000 })
    refuses("insufficient_funds", { notional = "1000.01" })
    refuses("insufficient_funds", { quantity = 10, limit = 100 })
  end)

  it("judges a fraction by equity and leverage", function()
    accepts { fraction = 1 }
    refuses("fraction_range", { fraction = "1.01" })
    refuses("no_equity", { fraction = 1 }, { equity = 0 })
    refuses("insufficient_funds", { fraction = 1 }, { buying_power = 0 })
    accepts({ fraction = 5 }, { product = orders.product { kind = "margin" } })
    refuses("fraction_range", { fraction = "5.1" }, { product = orders.product { kind = "margin" } })
  end)

  it("never refuses an exit for money", function()
    accepts({ side = "sell", quantity = 50 }, { position = 50, buying_power = 0, equity = 0 })
    accepts({ quantity = 50 }, { product = orders.product { kind = "margin" }, position = -50, buying_power = -100 })
  end)

  it("takes an order across zero for an entry of the rest only", function()
    local margin = orders.product { kind = "margin" }
    accepts({ side = "sell", quantity = 14 }, { product = margin, position = 5 })
    refuses("insufficient_funds", { side = "sell", quantity = 15 }, { product = margin, position = 5 })
  end)

  it("does not take what follows a queued close for an exit", function()
    local margin = orders.product { kind = "margin" }
    local after = { product = margin, position = 20, working_sell = 20, entry_after_close = true, mode = "reduce_only" }
    refuses("reduce_only_mode", { side = "sell", quantity = 10 }, after)
    after.mode = "normal"
    refuses("insufficient_funds", { side = "sell", quantity = 10 }, after)
  end)
end)

describe("the live engine: modes", function()
  for mode, code in pairs { reduce_only = "reduce_only_mode", halted = "halted" } do
    it("refuses entries and passes exits when " .. mode, function()
      refuses(code, { quantity = 1 }, { mode = mode })
      refuses(code, { side = "sell", quantity = 2 },
        { mode = mode, position = 1, product = orders.product { kind = "margin" } })
      accepts({ side = "sell", quantity = 1 }, { mode = mode, position = 1 })
      accepts({ side = "sell", fraction = 1 }, { mode = mode, position = 1 })
    end)
  end
end)
