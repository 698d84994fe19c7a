-- SPDX-License-Identifier: MIT
-- order_validation_pipeline: the stages in their order, the first that refuses ends it.
local factory = require "neap.engine_factory"
local orders = require "spec.support.orders"
local trading = require "spec.support.trading"

local ADVANCED = { RISK_ENABLE_MARKET_IMPACT_GUARD = "true" }

local function decide(order, snapshot, changes)
  return orders.engine("advanced", changes):decide(orders.snapshot(snapshot), order)
end

local function names(decision)
  local list = {}
  for i, check in ipairs(decision.checks) do list[i] = check.name end
  return list
end

describe("the pipeline", function()
  it("asks in its order, and writes each stage that had a say", function()
    local decision = decide({ quantity = 1, limit = 99, post_only = true }, { bid = "99.5", ask = 100 })
    local list, wanted = names(decision), { "mode", "normalize", "sizing", "product_status", "quantity_increment",
      "price_increment", "post_only_cross", "mark", "slippage", "funds", "circuit_breaker" }
    local at = 1
    for _, name in ipairs(list) do
      if name == wanted[at] then at = at + 1 end
    end
    assert.equal(#wanted + 1, at, table.concat(list, " "))
  end)

  it("ends at the first stage that refuses", function()
    local decision = decide({ quantity = "0.0001", limit = "99.001" }, { mark_time = 0, buying_power = 0 })
    assert.equal("quantity_increment", decision.reason.check)
    assert.equal("quantity_increment", names(decision)[#decision.checks])
    assert.equal("failed", decision.checks[#decision.checks].verdict)
  end)

  it("never says 'unknown', 'exception' or nothing: each refusal has a code, a check, and its line", function()
    local cases = {
      { { quantity = 0 } }, { { id = "" , quantity = 1 } }, { { quantity = 10 } }, { { side = "sell", quantity = 1 } },
      { { quantity = 1 }, { mark_time = 0 } }, { { quantity = 1 }, { mode = "halted" } }, { { quantity = "1.00001" } },
      { { quantity = 1, limit = 101, post_only = true }, { bid = 99, ask = 100 } },
    }
    for _, case in ipairs(cases) do
      local decision = decide(case[1], case[2])
      local last = decision.checks[#decision.checks]
      assert.is_false(decision.accepted)
      assert.matches("^[%l_]+$", decision.reason.code)
      assert.same({ decision.reason.check, "failed" }, { last.name, last.verdict })
    end
  end)

  it("quantizes: what is too fine is refused with the nearest valid value on the passive side", function()
    assert.equal("100.01", decide({ quantity = 1, limit = "100.019" }).reason.limit)
    assert.equal("99.99", decide({ side = "sell", quantity = 1, limit = "99.981" }, { position = 1 }).reason.limit)
    assert.equal("0.5", decide({ quantity = "0.5009" }).reason.limit)
  end)

  it("G42 takes a stop-limit order with its limit, which the reference always refused", function()
    local decision = decide { quantity = 1, stop = 101, limit = 102 }
    assert.is_true(decision.accepted)
    assert.equal("stop_limit", decision.ticket.type)
    assert.equal("price_increment", decide({ quantity = 1, stop = 101, limit = "102.001" }).reason.code)
  end)

  it("G43 bumps no size", function()
    local product = orders.product { base_min_size = "0.5" }
    assert.equal("quantity_min", decide({ quantity = "0.1" }, { product = product }).reason.code)
    assert.equal("no_quantity", decide({ quantity = "-1" }, { product = product }).reason.code)
  end)

  it("lists its stages by name for whoever leaves one out", function()
    local known = {}
    for _, name in ipairs(factory.checks()) do known[name] = true end
    for _, name in ipairs { "normalize", "post_only_cross", "order_kind", "risk" } do
      assert.is_true(known[name], name)
    end
  end)
end)

describe("the pipeline: modes", function()
  it("H7.103 in reduce-only mode a long of 1 may sell 0.1; sizing is not asked", function()
    local decision = decide({ side = "sell", quantity = "0.1" }, { mode = "reduce_only", position = 1 },
      { limits = { enable_dynamic_position_sizing = true } })
    assert.is_true(decision.accepted)
    assert.same({ true, "0.1" }, { decision.ticket.reduce_only, tostring(decision.ticket.quantity) })
    assert.equal("reduce_only_mode", decide({ quantity = "0.1" }, { mode = "reduce_only", position = 1 }).reason.code)
  end)

  it("H7.104 the kill switch refuses by its name, and lets out", function()
    local env = { RISK_KILL_SWITCH_ENABLED = "true" }
    for name, value in pairs(ADVANCED) do env[name] = value end
    local s <close> = trading.open { env = env }
    local order = s:buy { quantity = 1 }
    assert.same({ "halted", "mode" }, { order.reason.code, order.reason.check })
    assert.is_true(decide({ side = "sell", quantity = 1 }, { mode = "halted", position = 1, mark_time = 0 }).accepted)
  end)
end)

describe("the pipeline: stops", function()
  it("H7.106 a stop without a trigger is refused by name, and so is a stop where stops are off", function()
    assert.equal("stop_price_needed", decide({ quantity = 1, type = "stop" }).reason.code)
    assert.equal("stop_price_needed", decide({ quantity = 1, type = "stop_limit", limit = 100 }).reason.code)
    local off = { limits = { enable_stop_orders = false } }
    assert.equal("stop_disabled", decide({ quantity = 1, stop = 101 }, nil, off).reason.code)
  end)

  it("H7.106 leaves nothing behind when the broker raises", function()
    local s <close> = trading.open { env = ADVANCED, broker = {
      submit = function() error "the wire is cut" end, cancel = function() return true end } }
    local order = s:buy { quantity = 1, stop = 150 }
    s:step(1)
    assert.same({ "rejected", "order_exception", 0 }, { order.status, order.reason.code, #s.orders })
  end)
end)
