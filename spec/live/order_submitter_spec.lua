-- SPDX-License-Identifier: MIT
-- The live engine's order_submitter: the last word on an accepted order, and whether it is shown first.
local factory = require "neap.engine_factory"
local orders = require "spec.support.orders"
local trading = require "spec.support.trading"

local perp = { id = "BTC-PERP", kind = "perpetual", price_increment = "0.01", base_increment = "0.001" }

local function decide(order, snapshot, changes)
  return factory.create("live", { limits = orders.limits(changes) }):decide(orders.snapshot(snapshot), order)
end

describe("the live engine's order_submitter", function()
  it("H5.68 makes an exit reduce-only in reduce-only mode, though it did not ask for it", function()
    local decision = decide({ side = "sell", quantity = "0.005" },
      { product = perp, position = "0.01", mode = "reduce_only" })
    assert.is_true(decision.accepted)
    assert.is_true(decision.ticket.reduce_only)
    assert.equal("adjusted", orders.check(decision, "final_reduce_only").verdict)
  end)

  it("does the same in a halted session, and nothing in a normal one", function()
    local halted = decide({ side = "sell", quantity = 1 }, { position = 1, mode = "halted" })
    assert.is_true(halted.ticket.reduce_only)
    local normal = decide({ side = "sell", quantity = 1 }, { position = 1 })
    assert.is_false(normal.ticket.reduce_only)
    assert.is_nil(orders.check(normal, "final_reduce_only"))
  end)

  it("leaves an order alone that is reduce-only already", function()
    local decision = decide({ side = "sell", quantity = 1, reduce_only = true }, { position = 1, mode = "reduce_only" })
    assert.is_nil(orders.check(decision, "final_reduce_only"))
  end)

  it("says that an entry is previewed, and that an exit is not", function()
    local on = { enable_order_preview = "true" }
    local entry = decide({ quantity = 1 }, nil, on)
    assert.is_true(entry.previews)
    assert.equal("passed", orders.check(entry, "preview").verdict)
    local exit = decide({ side = "sell", quantity = 1 }, { position = 1 }, on)
    assert.is_nil(exit.previews)
    assert.equal("an exit", orders.check(exit, "preview").note)
    assert.is_nil(decide({ quantity = 1 }).previews)
  end)

  it("previews once: not again at the second look", function()
    assert.is_nil(decide({ quantity = 1 }, { is_second_look = true }, { enable_order_preview = "true" }).previews)
  end)

  it("has no last word on what was refused", function()
    local decision = decide({ quantity = 100 }, nil, { enable_order_preview = "true" })
    assert.is_false(decision.accepted)
    assert.is_nil(decision.previews)
    assert.is_nil(orders.check(decision, "preview"))
  end)

  it("H5.68 in a session: what the broker gets is reduce-only, and what the journal has", function()
    local sent
    local s <close> = trading.open { broker = { submit = function(order) sent = order return true end } }
    s:buy { quantity = "0.01" }
    s:step(1)
    s:reduce_only(true, "calm down")
    local order = s:sell { quantity = "0.005" }
    assert.equal("open", order.status)
    assert.is_true(sent.reduce_only)
    assert.is_true(assert(s:events { order = order.id })[1].body.reduce_only)
    assert.equal("reduce_only_mode", s:buy({ quantity = "0.005" }).reason.code)
  end)

  it("stands under the advanced engine, too", function()
    local engine = factory.create("advanced", { limits = orders.limits { enable_order_preview = "true" } })
    local exit = engine:decide(orders.snapshot { position = 1, mode = "reduce_only" }, { side = "sell", quantity = 1 })
    assert.is_true(exit.ticket.reduce_only)
    assert.is_true(engine:decide(orders.snapshot(), { quantity = 1 }).previews)
  end)
end)
