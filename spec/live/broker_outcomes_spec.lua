-- SPDX-License-Identifier: MIT
-- What becomes of an order when the broker says no, gives no order, or fails: one event, one reason, counted once.
local trading = require "spec.support.trading"

local function open(broker, changes)
  local options = { broker = broker }
  for name, value in pairs(changes or {}) do options[name] = value end
  return trading.open(options)
end

local function raises() error("the line is dead", 0) end

local function rejected(s, order)
  return assert(trading.bodies(s, "order_rejected")[1], order.status)
end

describe("a broker's answer", function()
  it("has closed options", function()
    local function try(broker) return function() open(broker) end end
    assert.error_matches(try { submitt = raises }, "unknown option 'submitt'; did you mean 'submit'")
    assert.error_matches(try { submit = 1 }, "submit is a function, not number")
  end)

  it("goes to the simulator where no function is there, and where one lets it pass", function()
    local seen
    local s <close> = open { submit = function(order) seen = order return true end }
    local order = s:buy { quantity = 1, limit = 90 }
    assert.equal("open", order.status)
    assert.same({ "BTC-USD", "buy", "limit", "1", "90", "gtc", order.id }, { seen.product, seen.side, seen.type,
      tostring(seen.quantity), tostring(seen.limit), seen.time_in_force, seen.id })
  end)

  it("H5.70 without an order is order_placement_failed, and nothing works", function()
    local s <close> = open { submit = function() end }
    local order = s:buy { quantity = 1 }
    assert.same({ "rejected", "order_placement_failed", "broker" },
      { order.status, order.reason.code, order.reason.check })
    assert.equal("order_placement_failed", rejected(s, order).code)
    assert.equal("order_intent decision order_submitted order_rejected", trading.types(s, order))
    assert.equal(0, #s.orders)
  end)

  it("H5.71 that raises is order_exception, with what it said", function()
    local s <close> = open { submit = raises }
    local order = s:buy { quantity = 1 }
    assert.same({ "rejected", "order_exception" }, { order.status, order.reason.code })
    assert.matches("the line is dead", order.reason.input)
    assert.matches("the line is dead", rejected(s, order).message)
    assert.equal(0, #s.orders)
  end)

  it("that says no keeps the venue's code and words", function()
    local s <close> = open { submit = function() return nil, { code = "INSUFFICIENT_FUND", message = "no money" } end }
    local order = s:buy { quantity = 1 }
    assert.same({ "INSUFFICIENT_FUND", "no money" }, { order.reason.code, order.reason.input })
  end)

  it("is counted once", function()
    for _, submit in ipairs { raises, function() end, function() return nil, "no" end } do
      local s = open { submit = submit }
      s:buy { quantity = 1 }
      s:buy { quantity = 1 }
      local count = 0
      for _, n in pairs(s:stop().rejections) do count = count + n end
      assert.equal(2, count)
    end
  end)

  it("G73 is asked with a time in force, whatever the strategy left out", function()
    local seen = {}
    local s <close> = open { submit = function(order) seen[#seen + 1] = order.time_in_force return true end }
    s:buy { quantity = 1 }
    s:buy { quantity = 1, limit = 90 }
    s:buy { quantity = 1, limit = 90, time_in_force = "ioc" }
    assert.same({ "gtc", "gtc", "ioc" }, seen)
  end)

  it("G25 finds the intent in the journal already when it is asked", function()
    local s, seen
    s = open { submit = function(order)
      seen = #s:events { order = order.id }
      return true
    end }
    s:buy { quantity = 1 }
    assert.equal(3, seen) -- order_intent, decision, order_submitted
    s:stop()
  end)

  it("G30 is journalled under the advanced engine as under this one", function()
    for _, submit in ipairs { raises, function() return true end } do
      local live <close> = open { submit = submit }
      local advanced <close> = open({ submit = submit }, { engine = "advanced" })
      local one, other = live:buy { quantity = 1 }, advanced:buy { quantity = 1 }
      assert.equal(trading.types(live, one), trading.types(advanced, other))
    end
  end)

  it("that fails leaves the money as it was", function()
    local s <close> = open { submit = raises }
    s:buy { quantity = 50 }
    assert.equal("10000", tostring(s.cash))
    s:step(1)
    assert.equal("10000", tostring(s.equity))
  end)

  it("is replayed from the journal", function()
    local program = require "spec.support.program"
    local directory = program.directory()
    local path = directory .. "/one.db"
    local s = open({ submit = raises }, { store = path })
    s:buy { quantity = 1 }
    local hash = s:state_hash()
    s:stop()
    assert.matches("%x+", hash)
    local out, _, code = program.run("verify " .. path)
    assert.equal(0, code, out)
    program.remove(directory)
  end)
end)
