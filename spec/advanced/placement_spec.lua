-- SPDX-License-Identifier: MIT
-- From what a strategy or an operator wants to an order (engines B4), with both flags on, so that the advanced engine
-- serves and sizes: quantity, side, reduce-only, and what a refusal counts for.
local trading = require "spec.support.trading"

local function open(env, changes)
  local all = { RISK_ENABLE_DYNAMIC_POSITION_SIZING = "true", RISK_ENABLE_MARKET_IMPACT_GUARD = "true" }
  for name, value in pairs(env or {}) do all[name] = value end
  local options = { env = all, products = { ["BTC-USD"] = { kind = "perpetual" } } }
  for name, value in pairs(changes or {}) do options[name] = value end
  return trading.open(options)
end

local function intents(s) return trading.bodies(s, "order_intent") end

local function code(order) return order.reason and order.reason.code end

describe("placing under the advanced engine: quantity", function()
  it("H10.130 an amount becomes a quantity at the fill, a size that is none is misuse", function()
    local s <close> = open()
    local order = s:buy { notional = 1030 }
    s:step(1)
    assert.same({ "filled", "advanced" }, { order.status, order.engine })
    assert.is_true(order.filled * order.average_price <= 1030 and order.filled * order.average_price > 1029)
    for _, words in ipairs { {}, { quantity = "abc" }, { quantity = "" }, { notional = "1e" },
      { quantity = 1, notional = 1 } } do
      assert.is_false((pcall(s.buy, s, words)))
    end
    assert.equal(1, #intents(s))
  end)

  it("H10.130 G56 a close is the whole position, reduce-only, on the other side; flat sends nothing", function()
    for _, side in ipairs { "buy", "sell" } do
      local s <close> = open()
      s[side](s, { quantity = "0.5" })
      s:step(1)
      local close = s:close()
      local intent = intents(s)[2]
      assert.same({ side == "buy" and "sell" or "buy", "0.5", true },
        { close.side, tostring(close.quantity), intent.reduce_only })
      s:step(1)
      assert.equal("0", tostring(s.positions[1].quantity))
      s:close()
      assert.equal(2, #intents(s))
    end
  end)

  it("H10.136 there is no word that could be taken for a sale by mistake", function()
    local s <close> = open()
    for _, word in ipairs { "hold", "HOLD", "exit", "wait" } do
      assert.is_false((pcall(function() return s[word](s, { quantity = 1 }) end)))
    end
    assert.equal(0, #intents(s))
  end)
end)

describe("placing under the advanced engine: what it says is what is sent", function()
  it("sends type, prices, time in force and post-only as they were asked (G45, G46)", function()
    local s <close> = open()
    s:buy { quantity = 1, limit = 90, post_only = true, good_till = "2030-01-01" }
    s:sell { quantity = 1, stop = 80, limit = 79 }
    local first, second = table.unpack(intents(s))
    assert.same({ "limit", "90", true, "gtd" }, { first.type, first.limit, first.post_only, first.time_in_force })
    assert.same({ "stop_limit", "80", "79", "gtc" }, { second.type, second.stop, second.limit, second.time_in_force })
  end)

  it("H10.131 refuses by value, then by position; without a mark nothing is entered", function()
    local s <close> = open { RISK_MAX_TRADE_VALUE = "1000", RISK_SYMBOL_POSITION_CAPS = "BTC-USD:1" }
    assert.equal("max_trade_value", code(s:buy { quantity = 20 }))
    assert.equal("position_limit", code(s:sell { quantity = 2 }))
    assert.is_nil(code(s:buy { quantity = 1 }))
    local early <close> = assert(require("neap").session(trading.options { env = {
      RISK_ENABLE_MARKET_IMPACT_GUARD = "true" } }))
    assert.equal("no_mark", code(early:buy { quantity = 1 }))
  end)

  it("H10.133 counts each failed order once, and a refusal of ours neither trips nor clears", function()
    local s <close> = open({ RISK_ERROR_THRESHOLD = "3", RISK_ERROR_COOLDOWN_SECONDS = "36000",
      RISK_MAX_TRADE_VALUE = "1000" }, { broker = { submit = function() return nil, "no" end } })
    for _ = 1, 3 do
      assert.equal("max_trade_value", code(s:buy { quantity = 20 }))
      assert.equal("refused", code(s:buy { quantity = 1 }))
    end
    assert.equal("circuit_breaker", code(s:buy { quantity = 20 }))
    assert.equal("circuit_breaker", code(s:buy { quantity = 1 }))
    assert.equal(1, #trading.bodies(s, "circuit_breaker_tripped"))
  end)
end)
