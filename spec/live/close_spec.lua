-- SPDX-License-Identifier: MIT
-- Closing a position: whole, never beyond it, in every mode, and without what protected it.
local trading = require "spec.support.trading"

local MARGIN = { ["BTC-USD"] = { kind = "margin" } }

local function held(s) return s.positions[1] and tostring(s.positions[1].quantity) or "0" end

local function long(changes, more)
  local s = trading.open(changes)
  local order = { quantity = "1.5" }
  for name, value in pairs(more or {}) do order[name] = value end
  s:buy(order)
  s:step(1)
  return s
end

describe("close", function()
  it("sells a long position whole, as reduce-only", function()
    local s <close> = long()
    local order = s:close { why = "enough" }
    assert.same({ "sell", "1.5", "open" }, { order.side, tostring(order.quantity), order.status })
    assert.is_true(assert(s:events { order = order.id })[1].body.reduce_only)
    s:step(1)
    assert.equal("0", held(s))
  end)

  it("buys a short position back (G56)", function()
    local s <close> = trading.open { products = MARGIN }
    s:sell { quantity = 2 }
    s:step(1)
    assert.equal("-2", held(s))
    local order = s:close()
    assert.same({ "buy", "2" }, { order.side, tostring(order.quantity) })
    s:step(1)
    assert.equal("0", held(s))
  end)

  it("does nothing when flat", function()
    local s <close> = trading.open()
    assert.is_nil(s:close())
    assert.equal(0, #s:events { type = "order_intent" })
  end)

  it("asked for twice never flips", function()
    local s <close> = long { products = MARGIN }
    s:close()
    assert.equal("flat", s:close().reason.code)
    s:step(2)
    assert.equal("0", held(s))
  end)

  it("takes stop and target of the position with it", function()
    local s <close> = long(nil, { stop_loss = 50, take_profit = 500 })
    assert.equal(2, #s.orders)
    s:close()
    s:step(1)
    assert.equal(0, #s.orders)
  end)

  it("passes when reduce-only, when halted, under the slippage guard without volume, and with previews", function()
    for _, mode in ipairs { "reduce_only", "kill" } do
      local s <close> = long()
      if mode == "kill" then s:kill "enough" else s:reduce_only(true, "enough") end
      assert.equal("open", s:close().status)
    end
    local bars = trading.bars(20)
    for i = 3, 20 do bars[i].volume = 0 end
    local s <close> = long { data = { ["BTC-USD"] = bars }, env = { RISK_SLIPPAGE_GUARD_BPS = "50" } }
    assert.equal("no_liquidity", s:buy({ quantity = 1 }).reason.code)
    assert.equal("open", s:close().status)
    local shown <close> = long { env = { ORDER_PREVIEW_ENABLED = "1" } }
    assert.matches("^order_intent decision order_submitted", trading.types(shown, shown:close()))
  end)

  it("that the broker fails to take can be asked for again", function()
    local deaf = false
    local s <close> = long { broker = { submit = function()
      if deaf then error("no line", 0) end
      return true
    end } }
    deaf = true
    assert.same({ "rejected", "order_exception" }, { s:close().status, s:close().reason.code })
    deaf = false
    assert.equal("open", s:close().status)
    s:step(1)
    assert.equal("0", held(s))
  end)
end)
