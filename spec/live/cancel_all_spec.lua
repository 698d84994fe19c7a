-- SPDX-License-Identifier: MIT
-- Cancel-all: every working order is told to go, and one that cannot does not hold back the others.
local trading = require "spec.support.trading"

local function statuses(...)
  local list = {}
  for i, order in ipairs { ... } do list[i] = order.status end
  return list
end

local function resting(s, limit) return s:buy { quantity = 1, limit = limit } end

describe("cancel-all", function()
  it("H5.74 ends the one order that works, and leaves none", function()
    local s <close> = trading.open()
    local order = resting(s, 90)
    s:cancel_all()
    assert.equal("cancelled", order.status)
    assert.equal(0, #s.orders)
  end)

  it("H5.74 goes on when one cancel fails, which works on", function()
    local broken
    local s <close> = trading.open { broker = { cancel = function(number)
      if number == broken then error("no answer", 0) end
      return true
    end } }
    local first, second, third = resting(s, 90), resting(s, 91), resting(s, 92)
    broken = 2
    s:cancel_all()
    assert.same({ "cancelled", "open", "cancelled" }, statuses(first, second, third))
    assert.equal(1, #s.orders)
    assert.equal("order_intent decision order_submitted order_accepted order_cancel_requested order_cancel_refused",
      trading.types(s, second))
  end)

  it("may be asked for again", function()
    local refuses = true
    local s <close> = trading.open { broker = { cancel = function()
      if refuses then return nil, "busy" end
      return true
    end } }
    local order = resting(s, 90)
    s:cancel_all()
    assert.equal("open", order.status)
    refuses = false
    s:cancel_all()
    assert.equal("cancelled", order.status)
  end)

  it("ends nothing where nothing works", function()
    local s <close> = trading.open()
    s:cancel_all()
    assert.equal(0, #s:events { type = "order_cancel_requested" })
  end)

  it("forgets what filled: it is not cancelled again (G31)", function()
    local s <close> = trading.open()
    s:buy { quantity = 1 }
    s:step(1)
    s:cancel_all()
    assert.equal(0, #s:events { type = "order_cancel_requested" })
  end)

  it("reaches an order that waits for its preview, which is then never sent", function()
    local s <close> = trading.open { env = { ORDER_PREVIEW_ENABLED = "1" },
      broker = { preview = function() return "later" end } }
    local order = s:buy { quantity = 1 }
    assert.equal("preview", order.status)
    s:cancel_all()
    assert.same({ "cancelled", "not_sent" }, { order.status, order.reason.code })
    assert.equal(0, #s:events { type = "order_submitted" })
  end)
end)
