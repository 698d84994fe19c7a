-- SPDX-License-Identifier: MIT
-- post_only_guard: what would take is refused before the venue refuses it.
local orders = require "spec.support.orders"
local trading = require "spec.support.trading"

local quoted = { mark = 50000, bid = 50000, ask = 50001, buying_power = 1000000, equity = 1000000 }

local function decide(order, snapshot, changes)
  order.post_only, order.quantity = true, order.quantity or 1
  return orders.engine("advanced", changes):decide(orders.snapshot(snapshot), order)
end

local function code(...)
  local reason = decide(...).reason
  return reason and reason.code
end

local function held(changes)
  local all = { position = 1 }
  for name, value in pairs(changes) do all[name] = value end
  return all
end

describe("post-only", function()
  it("H7.97 refuses a buy at the ask and a sale at the bid; a cent inside passes", function()
    assert.equal("post_only_cross", code({ limit = 50001 }, quoted))
    assert.equal("post_only_cross", code({ limit = 50002 }, quoted))
    assert.is_nil(code({ limit = "50000.99" }, quoted))
    assert.equal("post_only_cross", code({ side = "sell", limit = 50000 }, held(quoted)))
    assert.is_nil(code({ side = "sell", limit = "50000.01" }, held(quoted)))
  end)

  it("H7.97 looks at nothing with reject_on_cross off, by configuration or by the engine's own part", function()
    local off = { limits = { reject_on_cross = "false" } }
    assert.is_nil(code({ limit = 50001 }, quoted, off))
    assert.is_nil(orders.check(decide({ limit = 50001 }, quoted, off), "post_only_cross"))
    assert.is_nil(code({ limit = 50001 }, quoted, { reject_on_cross = false }))
    assert.is_nil(code({ limit = "99.5" }, { quoted = true }, off))
  end)

  it("shows the limit and the price that it meets", function()
    local reason = decide({ limit = 50001 }, quoted).reason
    assert.same({ "post_only_cross", "50001", "50001" }, { reason.check, reason.input, reason.limit })
  end)

  it("H7.98 refuses an entry where quotes are fed and none is known; an exit goes on", function()
    assert.equal("no_quote", code({ limit = "99" }, { quoted = true }))
    assert.equal("no_quote", code({ side = "sell", limit = "101" }, { quoted = true,
      product = orders.product { kind = "perpetual" } }))
    local exit = decide({ side = "sell", limit = "101" }, { quoted = true, position = 1 })
    assert.is_true(exit.accepted)
    assert.equal("skipped", orders.check(exit, "post_only_cross").verdict)
  end)

  it("leaves a market that has no quotes to the venue, and says so", function()
    local decision = decide { limit = "99" }
    assert.is_true(decision.accepted)
    assert.same({ "skipped", "no quote is known" }, { orders.check(decision, "post_only_cross").verdict,
      orders.check(decision, "post_only_cross").note })
  end)

  it("needs a limit and time to rest", function()
    assert.equal("post_only_needs_limit", code {})
    for _, word in ipairs { "ioc", "fok" } do
      assert.equal("post_only_needs_rest", code { limit = 99, time_in_force = word })
    end
  end)

  it("asks nothing of other orders", function()
    local decision = orders.engine("advanced"):decide(orders.snapshot(quoted), { quantity = 1, limit = 50002 })
    assert.is_nil(orders.check(decision, "post_only_cross"))
  end)

  it("is sent as post-only, and the simulator refuses what would trade at once", function()
    local s <close> = trading.open { env = { RISK_ENABLE_MARKET_IMPACT_GUARD = "true" } }
    local rests, takes = s:buy { quantity = 1, limit = 90, post_only = true }, s:buy { quantity = 1, limit = 150,
      post_only = true }
    assert.is_true(trading.bodies(s, "order_intent")[1].post_only)
    s:step(1)
    assert.same({ "open", "rejected", "post_only_cross" }, { rests.status, takes.status, takes.reason.code })
  end)
end)
