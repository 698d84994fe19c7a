-- SPDX-License-Identifier: MIT
-- Limits that need to remember: what a session sent a moment ago, and what its other positions bind.
local bars = require "spec.support.bars"
local factory = require "neap.engine_factory"
local limits = require "neap.limits"
local neap = require "neap"

local MINUTE = 60 * 10 ^ 9 | 0

-- Bars of 15 s, so that a minute has four.
local function quarter_minutes(count)
  local list = bars.walk(count)
  for i, bar in ipairs(list) do bar.time = bars.START + (i - 1) * MINUTE // 4 end
  return list
end

local function open(set)
  local s = assert(neap.session { data = { ["BTC-USD"] = quarter_minutes(60) }, cash = 1000000, env = {}, set = set })
  s:step(1) -- there is a mark
  return s
end

-- Works without filling: far below the market.
local function order(s, quantity)
  local o = s:buy { product = "BTC-USD", quantity = quantity, limit = 1 }
  return o.status == "rejected" and o.reason.code or "taken", o
end

describe("what a session sent a moment ago", function()
  it("is not sent again within the window, by either engine; something else is", function()
    for _, flag in ipairs { "false", "true" } do
      local s <close> = open { duplicate_window_ms = 20000, enable_dynamic_position_sizing = flag }
      assert.equal("taken", order(s, "0.1"))
      assert.equal("duplicate_order", order(s, "0.1"))
      assert.equal("taken", order(s, "0.2"))
      s:step(1)
      assert.equal("duplicate_order", order(s, "0.1"))
      s:step(1)
      assert.equal("taken", order(s, "0.1"))
    end
  end)

  it("counts for the minute: the next order waits until the first is more than a minute old", function()
    for _, flag in ipairs { "false", "true" } do
      local s <close> = open { max_orders_per_minute = 2, enable_dynamic_position_sizing = flag }
      assert.equal("taken", order(s, "0.1"))
      s:step(1)
      assert.equal("taken", order(s, "0.2"))
      assert.equal("order_rate", order(s, "0.3"))
      s:step(3) -- a minute after the first to the instant: both count
      assert.equal("order_rate", order(s, "0.3"))
      s:step(1)
      assert.equal("taken", order(s, "0.3"))
    end
  end)

  it("lets an exit pass, however much was sent", function()
    local s <close> = open { max_orders_per_minute = 1, duplicate_window_ms = 60000 }
    s:buy { product = "BTC-USD", quantity = "0.1" }
    s:step(1)
    assert.equal("order_rate", order(s, "0.1"))
    local o = s:sell { product = "BTC-USD", quantity = "0.1", reduce_only = true }
    assert.equal("open", o.status)
  end)
end)

describe("what other positions bind", function()
  local P = { id = "BTC-PERP", kind = "perpetual", price_increment = "0.01", base_increment = "0.001" }
  local E = { id = "ETH-PERP", kind = "perpetual", price_increment = "0.01", base_increment = "0.001" }

  local function ask(engine, quantity)
    local risk = limits.new()
    for name, value in pairs { slippage_guard_bps = 0, max_leverage = 2, max_exposure_pct = 1000,
      max_position_pct_per_symbol = 1000, min_liquidation_buffer_pct = 0, enable_pre_trade_liq_projection = false } do
      assert(risk:set(name, tostring(value)))
    end
    return factory.create(engine, { limits = risk }):decide({ product = P, now = 1000000000000, mark = 50000,
      equity = 10000, cash = 10000, buying_power = 1000000,
      holdings = { { product = E, mark = 1000, position = 10 } } }, { quantity = quantity, limit = 50000 })
  end

  it("counts for the leverage of the whole, exactly, by either engine", function()
    for _, engine in ipairs { "live", "advanced" } do
      assert.is_true(ask(engine, "0.2").accepted)
      local refused = ask(engine, "0.201")
      assert.is_false(refused.accepted)
      assert.equal("leverage_global", refused.reason.code)
    end
  end)
end)
