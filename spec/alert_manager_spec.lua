-- SPDX-License-Identifier: MIT
-- neap.alert_manager: what becomes an alert, how bad it is, how often it is said.
local SECOND = 1000000000

describe("neap.alert_manager", function()
  local alert_manager = require "neap.alert_manager"
  local sent, m

  local function new(options)
    sent = {}
    options = options or {}
    options.send = function(alert) sent[#sent + 1] = alert end
    m = alert_manager.new(options)
  end

  before_each(function() new() end)

  local function raise(seconds, more)
    local one = { code = "guard_tripped", source = "daily_loss", time = seconds * SECOND,
      message = "figure " .. seconds }
    for name, value in pairs(more or {}) do one[name] = value end
    return m:raise(one) ~= nil
  end

  local function see(kind, body, seconds, product)
    return m:see { type = kind, ts_ns = (seconds or 0) * SECOND, product = product, body = body or {} }
  end

  it("names slips", function()
    assert.error_matches(function() alert_manager.new {} end, "send is a function")
    assert.error_matches(function() alert_manager.new { send = print, cooldwn = 1 } end, "did you mean 'cooldown'")
    assert.error_matches(function() alert_manager.new { send = print, limits = { drawdwn = 1 } } end, "'drawdown'")
    assert.error_matches(function() m:raise { code = "guard_triped", time = 0 } end, "did you mean 'guard_tripped'")
    assert.error_matches(function() m:acknowledge "x" end, "'x' is no alert code")
    assert.error_matches(function() m:measure("height", 1, {}) end, "'height' is not measured; known: drawdown")
  end)

  it("91: says the same at 0, 299, 300, 301, 602 s: sent, no, no, sent, sent", function()
    local said = {}
    for i, at in ipairs { 0, 299, 300, 301, 602 } do said[i] = raise(at) end
    assert.same({ true, false, false, true, true }, said)
    assert.same({ 0, 2, 0 }, { sent[1].repeated, sent[2].repeated, sent[3].repeated })
  end)

  it("91: goes by code and source, not by figures; a worse one passes", function()
    assert.is_true(raise(0))
    assert.is_true(raise(1, { source = "drawdown" }))
    assert.is_false(raise(2, { message = "another figure" }))
    assert.is_true(raise(3, { severity = "critical" }))
    assert.is_false(raise(4))
    assert.is_false(raise(5, { severity = "critical" }))
    assert.is_false(raise(303, { severity = "critical" }))
    assert.is_true(raise(304))
  end)

  it("knows nothing when the clock has gone back, and speaks", function()
    assert.is_true(raise(100))
    assert.is_true(raise(50))
    assert.is_false(raise(60))
  end)

  it("stays quiet for an hour about what a person knows, unless it becomes worse", function()
    raise(0)
    raise(0, { source = "drawdown" })
    assert.equal(2, m:acknowledge("guard_tripped", "ann"))
    assert.equal(0, m:acknowledge("guard_tripped", "ann"))
    assert.is_false(raise(301))
    assert.is_false(raise(3600))
    assert.is_true(raise(3600, { source = "drawdown", severity = "critical" }))
    assert.is_true(raise(3601))
    assert.equal("ann", sent[1].acknowledged_by)
  end)

  it("94: stale at 60 s no, at 61 yes; the fourth error; a drawdown of 5 % no, of more yes", function()
    local function measure(code, value) return m:measure(code, value, { source = "BTC-USD", time = 0 }) ~= nil end
    assert.is_false(measure("stale_mark", 60))
    assert.is_true(measure("stale_mark", 61))
    assert.is_false(measure("drawdown", (100 - 95) / 100))
    assert.is_true(measure("drawdown", (100 - 94.9) / 100))
    local said = {}
    for i = 1, 4 do said[i] = m:error("broker", i * SECOND) ~= nil end
    assert.same({ false, false, false, true }, said)
  end)

  it("94: errors count for five minutes, and limits can be others", function()
    for _, at in ipairs { 0, 1, 2, 303 } do assert.is_nil((m:error("broker", at * SECOND))) end
    new { limits = { error_streak = 1 } }
    assert.is_nil((m:error("broker", 0)))
    assert.equal("error_streak", m:error("broker", 300 * SECOND).code)
  end)

  it("hears of a stricter mode, not of a lifted one", function()
    see("session_started", { guard_mode = "normal" })
    see("mode_changed", { mode = "reduce_only", reason = "daily_loss_limit", who = "guard_manager" })
    see("mode_changed", { mode = "halted", reason = "feed", who = "ann" })
    see("mode_changed", { mode = "normal", reason = "checked", who = "ann" })
    assert.equal(2, #sent)
    assert.equal("error reduce_only: daily_loss_limit, by guard_manager", sent[1].severity .. " " .. sent[1].message)
    assert.equal("critical halted: feed, by ann", sent[2].severity .. " " .. sent[2].message)
    new()
    see("session_resumed", { guard_mode = "halted" })
    see("mode_changed", { mode = "reduce_only" })
    assert.equal(0, #sent)
  end)

  it("hears of each thing that a person must know", function()
    see("guard_tripped", { guard = "volatility", input = "0.9", limit = "0.5", action = "halted", level = "halted" })
    see("session_alert", { source = "journal", message = "the journal cannot be written: full; entries stop" })
    see("session_alert", { source = "journal", message = "full; the session halts, all orders were told to go" })
    see("session_alert", { source = "guard_manager", message = "said by its event" })
    see("strategy_quarantined", { strategy = "a", message = "boom\ntraceback" })
    see("policy_failed", { message = "no engine" })
    see("liquidation", { strategy = "a", equity = "5", maintenance = "7" })
    see("session_failed", { message = "broken" })
    see("dead_man", { source = "link", reason = "nothing was heard of the venue for 60 s", entries = 2 })
    see("dead_man", { source = "link_back", reason = "the venue is heard again", entries = 0 })
    see("watcher_lost", { message = "it was ended by signal 9" })
    see("reconcile_difference", { id = 2, currency = "USD", ours = "10000", venue = "10700", difference = "-300",
      products = { "BTC-USD", "ETH-USD" } })
    see("events_dropped", { count = 7 })
    see("order_filled", {})
    local codes = {}
    for i, alert in ipairs(sent) do codes[i] = ("%s %s %s"):format(alert.severity, alert.code, alert.source) end
    assert.same({
      "critical guard_tripped volatility", "error journal_in_doubt journal", "critical journal_lost journal",
      "error strategy_quarantined a", "error policy_failed session", "critical liquidation a",
      "critical session_failed session", "error dead_man link", "error dead_man link_back",
      "error watcher_lost session", "error reconcile_difference USD",
      "warning alerts_dropped operations",
    }, codes)
    assert.equal("boom", sent[4].message)
    assert.equal("nothing was heard of the venue for 60 s; entries that were told to go: 2", sent[8].message)
    assert.equal("0.9 against a limit of 0.5; halted", sent[1].message)
    assert.equal("difference 2: -300 USD that nothing explains, ours 10000, at the venue 10700; reduce-only: BTC-USD" ..
      ", " ..
      "ETH-USD; settle it with neap reconcile", sent[11].message)
  end)

  it("hears that a difference has gone", function()
    see("reconcile_difference", { id = 2, currency = "USD", ours = "1", venue = "1", difference = "0", products = {} })
    assert.same({ "info", "difference 2 has gone; dismiss it with neap reconcile" }, { sent[1].severity,
      sent[1].message })
  end)

  it("hears that the venue takes no orders of a product, and that it does again", function()
    see("product_trading", { disabled = false, cancel_only = false }, 1, "BTC-USD")
    see("product_trading", { disabled = true, post_only = true }, 2, "BTC-USD")
    see("product_trading", { disabled = false }, 3, "ETH-USD")
    see("product_trading", { disabled = false }, 400, "BTC-USD")
    see("product_trading", { disabled = false }, 800, "BTC-USD")
    local said = {}
    for i, alert in ipairs(sent) do said[i] = ("%s %s: %s"):format(alert.severity, alert.source, alert.message) end
    assert.same({ "warning BTC-USD: the venue says: disabled, post only; entries that it would not take are refused",
      "info BTC-USD: the venue takes orders again" }, said)
  end)

  it("hears that a key is refused, and each time that it works again", function()
    see("venue_access", { open = false, message = "the venue does not let in the key" }, 1)
    see("venue_access", { open = true, message = "it lets in the key again" }, 2)
    see("venue_access", { open = false, message = "the venue does not let in the key" }, 3)
    see("venue_access", { open = true, message = "it lets in the key again" }, 4)
    local codes = {}
    for i, alert in ipairs(sent) do codes[i] = ("%s %s %s"):format(alert.severity, alert.code, alert.source) end
    assert.same({ "critical auth_failed venue", "warning auth_restored venue", "critical auth_failed venue",
      "warning auth_restored venue" }, codes)
    assert.equal("it lets in the key again", sent[2].message)
  end)

  it("takes what a broker would not do for an error, not what a check refused", function()
    for i = 1, 9 do see("order_rejected", { code = "funds", check = "funds" }, i) end
    assert.equal(0, #sent)
    for i = 1, 3 do see("order_rejected", { code = "venue", message = "no" }, i) end
    see("order_cancel_refused", {}, 4)
    assert.equal("error_streak", sent[1].code)
  end)

  it("keeps a history of 1000, sums up the latest 100, lists the last hour", function()
    for i = 0, 1010 do raise(i * 301) end
    assert.equal(1000, #m.history)
    assert.same({ error = 100 }, m:summary())
    assert.equal(12, #m:active(1010 * 301 * SECOND))
    assert.matches("^%x%x%x%x%x%x%x%x$", m.history[1].id)
    assert.equal("alert manager: 1011 alerts sent, mode normal", tostring(m))
  end)

  it("H6.80: hears of a guard that failed as critical", function()
    see("guard_tripped", { guard = "daily_loss", level = "reduce_only", input = "0", limit = "0", failed = true,
      action = "reduce_only" })
    assert.equal("critical", sent[1].severity)
  end)
end)
