-- SPDX-License-Identifier: MIT
-- The advanced engine asks the order policy that is configured; without one, nothing.
local factory = require "neap.engine_factory"
local order_policy = require "neap.order_policy"
local orders = require "spec.support.orders"

local function policy(symbol, kinds)
  return assert(order_policy.new { symbols = { ["BTC-USD"] = symbol or { price_increment = "0.01" } },
    capabilities = kinds or { { type = "limit", time_in_force = "gtc" },
      { type = "market", time_in_force = "ioc", post_only = false } } })
end

local function decide(order, snapshot, with, name)
  local engine = factory.create(name or "advanced", { limits = orders.limits(), order_policy = with })
  return engine:decide(orders.snapshot(snapshot), order)
end

local function code(...)
  local decision = decide(...)
  return decision.reason and decision.reason.code, orders.check(decision, "order_policy")
end

describe("the advanced engine: order policy", function()
  it("is asked only where it is configured, and by this engine alone", function()
    assert.is_nil(orders.check(decide { quantity = 1 }, "order_policy"))
    local strict = policy { trading_enabled = false }
    assert.is_nil(orders.check(decide({ quantity = 1 }, nil, strict, "live"), "order_policy"))
    local refused, line = code({ quantity = 1 }, nil, strict)
    assert.equal("trading_disabled", refused)
    assert.same({ "failed", "trading is disabled for the product" }, { line.verdict, line.note })
    local other = { core = function() return 5 end }
    assert.error_matches(function() decide({ quantity = 1 }, nil, other) end, "order_policy")
  end)

  it("passes what it allows: a market order is IOC where it says nothing", function()
    local refused, line = code({ quantity = 1 }, nil, policy())
    assert.is_nil(refused)
    assert.equal("passed", line.verdict)
    assert.is_nil((code({ quantity = 1, limit = 99 }, nil, policy())))
    assert.equal("no_capability", (code({ quantity = 1, limit = 99, time_in_force = "ioc" }, nil, policy())))
    assert.equal("no_policy", (code({ quantity = 1 }, { product = orders.product { id = "ETH-USD" } }, policy())))
  end)

  it("has sizes and increments of its own, with the nearest in the record", function()
    local refused, line = code({ quantity = "0.5", limit = 99 }, nil, policy { size_increment = "0.2" })
    assert.equal("quantity_increment", refused)
    assert.same({ "0.5", "0.4" }, { tostring(line.input), tostring(line.limit) })
    assert.equal("price_increment", (code({ quantity = 1, limit = "99.01" }, nil, policy { price_increment = "0.1" })))
    assert.is_nil((code({ notional = "33.33" }, nil, policy { size_increment = "0.2", min_order_size = "0.2" })))
    assert.equal("quantity_min", (code({ notional = 10 }, nil, policy { size_increment = "0.2" })))
  end)

  it("judges the position with what works, and the day with what was traded and works", function()
    local most = policy { max_position_size = 3 }
    assert.is_nil((code({ quantity = 1 }, { position = 1, open_buy = 1, working_buy = 1 }, most)))
    assert.equal("max_position_size", (code({ quantity = 1 }, { position = 2, open_buy = 1, working_buy = 1 }, most)))
    local day = policy { max_daily_volume = 1000 }
    assert.is_nil((code({ quantity = 1 }, { traded = 800, working_buy = 1 }, day)))
    assert.equal("max_daily_volume", (code({ quantity = 1 }, { traded = "800.01", working_buy = 1 }, day)))
  end)

  it("lets an exit pass, whatever it says", function()
    local decision = decide({ side = "sell", quantity = 1 }, { position = 1 }, policy { trading_enabled = false })
    assert.is_true(decision.accepted)
    assert.equal("skipped", orders.check(decision, "order_policy").verdict)
  end)

  it("refuses what cannot be valued", function()
    local order = { quantity = 1, limit = "100" }
    assert.equal("policy_unknown", (code(order, { traded = 0, position = "10000000000000000000000",
      open_buy = "10000000000000000000000" }, policy())))
  end)
end)
