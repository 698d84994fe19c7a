-- SPDX-License-Identifier: MIT
-- Preview: an entry is shown to the broker before it is sent, its answer is read, and the checks are asked again.
local program = require "spec.support.program"
local trading = require "spec.support.trading"

local ON = { ORDER_PREVIEW_ENABLED = "true" }
local WHOLE = "order_intent decision order_preview order_previewed decision order_submitted order_accepted"
local REFUSED = "order_intent decision order_preview order_previewed order_rejected"

local function open(preview, env, changes)
  local options = { env = { ORDER_PREVIEW_ENABLED = "true" }, broker = preview ~= nil and { preview = preview } or nil }
  for name, value in pairs(env or {}) do options.env[name] = value end
  for name, value in pairs(changes or {}) do options[name] = value end
  return trading.open(options)
end

local function reason(order) return { order.status, order.reason and order.reason.code } end

describe("a preview", function()
  it("is off unless it is asked for", function()
    local s <close> = trading.open()
    assert.equal("order_intent decision order_submitted order_accepted", trading.types(s, s:buy { quantity = 1 }))
  end)

  it("is asked for by ORDER_PREVIEW_ENABLED, in the words of the reference (B0.2)", function()
    local config = require "neap.config"
    for word, on in pairs { ["1"] = true, ["true"] = true, YES = true, no = false, ["0"] = false } do
      local risk = assert(config.load { env = { ORDER_PREVIEW_ENABLED = word } })
      assert.equal(on, risk.limits.enable_order_preview, word)
    end
  end)

  it("shows the order to the simulator, which says price, fee and total; then it is sent", function()
    local s <close> = open(nil, nil, { fee_bps = 10 })
    local order = s:buy { quantity = 2 }
    assert.equal(WHOLE, trading.types(s, order))
    assert.same({ quantity = "2", price = "102", fee = "0.204", total = "204.204", slippage_bps = "0" },
      trading.bodies(s, "order_previewed")[1])
    s:step(1)
    assert.equal("filled", order.status)
  end)

  it("estimates with the run's slippage, and a limit at the better of both", function()
    local s <close> = open(nil, nil, { slippage_bps = 100 })
    s:buy { quantity = 1 }
    s:buy { quantity = 1, limit = 103 }
    s:buy { quantity = 1, limit = 90 }
    local prices = {}
    for i, body in ipairs(trading.bodies(s, "order_previewed")) do prices[i] = body.price end
    assert.same({ "103.02", "103", "90" }, prices)
  end)

  it("sends what was shown: the ticket is final before (G49)", function()
    local shown, sent
    local s <close> = trading.open { env = ON, broker = {
      preview = function(order) shown = order return true end, submit = function(order) sent = order return true end,
    } }
    s:buy { quantity = "1.5", limit = 90, time_in_force = "gtc" }
    for _, name in ipairs { "id", "side", "type", "time_in_force", "reduce_only", "post_only" } do
      assert.equal(shown[name], sent[name], name)
    end
    assert.equal(tostring(shown.quantity) .. tostring(shown.limit), tostring(sent.quantity) .. tostring(sent.limit))
  end)

  it("that says no refuses the order with the venue's words", function()
    local s <close> = open(function() return nil, { code = "PREVIEW_INSUFFICIENT_FUND", message = "too poor" } end)
    local order = s:buy { quantity = 1 }
    assert.same({ "rejected", "PREVIEW_INSUFFICIENT_FUND" }, reason(order))
    assert.same({ "preview", "too poor" }, { order.reason.check, order.reason.input })
    assert.equal(REFUSED, trading.types(s, order))
  end)

  it("H4.55 refuses a price that is worse than the guard, and takes one that is as bad", function()
    local price
    local s <close> = open(function() return { price = price } end, { RISK_SLIPPAGE_GUARD_BPS = "50" })
    local function buy(at, side)
      price = at
      return (side == "sell" and s.sell or s.buy)(s, { quantity = "0.01" })
    end
    assert.equal("open", buy("102.51").status)
    local order = buy "102.52"
    assert.same({ "rejected", "preview_slippage" }, reason(order))
    assert.equal("50", order.reason.limit)
    assert.matches("^50%.98", order.reason.input)
    assert.equal("open", buy("90").status)
  end)

  it("does not judge a price where the guard is off", function()
    local s <close> = open(function() return { price = "999" } end)
    assert.equal("open", s:buy({ quantity = 1 }).status)
  end)

  it("that raises refuses the order", function()
    local s <close> = open(function() error("no line", 0) end)
    local order = s:buy { quantity = 1 }
    assert.same({ "rejected", "preview_failed" }, reason(order))
    assert.matches("no line", order.reason.input)
    assert.equal("order_intent decision order_preview order_rejected", trading.types(s, order))
  end)

  it("that a broker does not offer refuses entries, and lets exits go", function()
    local s <close> = open()
    s:buy { quantity = 1 }
    s:step(1)
    local deaf <close> = open(false)
    assert.same({ "rejected", "preview_unavailable" }, reason(deaf:buy { quantity = 1 }))
    assert.equal("order_intent decision order_submitted order_accepted", trading.types(s, s:close()))
  end)

  it("is followed by the same checks on the newest snapshot", function()
    local s <close> = open(function() return true end)
    local order = s:buy { quantity = 1 }
    local rows = s:events { type = "decision" }
    assert.same({ 2, nil, true }, { #rows, rows[1].body.after_preview, rows[2].body.after_preview })
    assert.equal("it decided before the preview", rows[2].body.engine_reason)
    assert.equal("open", order.status)
  end)

  it("holds the order's money while it waits", function()
    local s <close> = open(function() return "later" end)
    local first = s:buy { quantity = 60 }
    assert.equal("preview", first.status)
    local second = s:buy { quantity = 60 }
    assert.same({ "rejected", "insufficient_funds" }, reason(second))
  end)

  it("that never comes leaves the order unsent, over bars, until it is cancelled, where no time is set", function()
    local s <close> = open(function() return "later" end, { RISK_PREVIEW_TIMEOUT_SECONDS = "0" })
    local order = s:buy { quantity = 1 }
    s:step(3)
    assert.equal("preview", order.status)
    assert.is_true(s.positions[1] == nil or s.positions[1].quantity:is_zero())
    s:cancel(order)
    assert.same({ "cancelled", "not_sent" }, reason(order))
  end)

  it("is cut short by a kill: what waits goes", function()
    local s <close> = open(function() return "later" end)
    local order = s:buy { quantity = 1 }
    s:kill "enough"
    assert.same({ "cancelled", "not_sent" }, reason(order))
  end)

  it("stands under the advanced engine, too", function()
    local s <close> = open(nil, nil, { engine = "advanced" })
    assert.equal(WHOLE, trading.types(s, s:buy { quantity = 1 }))
  end)
end)

describe("an order in preview", function()
  local directory
  before_each(function() directory = program.directory() end)
  after_each(function() program.remove(directory) end)

  local function stored(broker) return { store = directory .. "/one.db", broker = broker, env = ON } end

  -- As a process that ended there.
  local function let_go()
    local s = trading.open(stored { preview = function() return "later" end })
    local id = s:buy({ quantity = 1, why = "let go" }).id
    s = nil -- luacheck: ignore
    collectgarbage()
    collectgarbage()
    return id
  end

  it("was not sent: after a kill of the process it is ended as that", function()
    local id = let_go()
    local options = stored()
    options.resume = true
    local s <close> = assert(require("neap").session(trading.options(options)))
    local last
    for _, row in ipairs(s:events { order = id }) do last = row end
    assert.same({ "order_rejected", "not_sent" }, { last.type, last.body.code })
    assert.equal(0, #s.orders)
    assert.equal("10000", tostring(s.cash))
  end)

  it("is replayed to the session's own state", function()
    let_go()
    local out, _, code = program.run("verify " .. directory .. "/one.db")
    assert.equal(0, code, out)
    local again = stored()
    again.resume = true
    local s = assert(require("neap").session(trading.options(again)))
    s:buy { quantity = 1 }
    s:stop()
    out, _, code = program.run("verify " .. directory .. "/one.db")
    assert.equal(0, code, out)
  end)
end)
