-- SPDX-License-Identifier: MIT
-- What is worth an alert, how bad it is, and how often one says so. Where alerts go is not known here: a function is
-- handed in.
local blame = require "neap.base.blame"
local lists = require "neap.base.lists"
local nearest = require "neap.base.nearest"
local slip = require "neap.base.slip"

local manager = {}

local SECOND = 1000000000
local HOUR = 3600 * SECOND
local HISTORY, SHOWN, ACTIVE, KEPT = 1000, 100, HOUR, 24 * HOUR

local SEVERITIES = { debug = 10, info = 20, warning = 30, error = 40, critical = 50 }

-- What can be alerted, with how bad it is unless the happening says more.
manager.codes = {
  guard_tripped = "error", mode_changed = "error", journal_in_doubt = "error", journal_lost = "critical",
  strategy_quarantined = "error", callback_failed = "warning", policy_failed = "error",
  error_streak = "error", session_failed = "critical", stale_mark = "warning", drawdown = "error",
  alerts_dropped = "warning", liquidation = "critical", dead_man = "error", watcher_lost = "error",
  auth_failed = "critical", auth_restored = "warning", reconcile_difference = "error", product_trading = "warning",
}

-- Limits of what is measured: over them, strictly, is an alert.
local LIMITS = { stale_mark = 60, drawdown = 0.05, error_streak = 3 }
local ERROR_WINDOW = 300 * SECOND

local words = { send = true, cooldown = true, acknowledged = true, limits = true }

local function misuse(message, ...) error(message:format(...), 0) end

local methods = {}

local function check_code(code)
  if manager.codes[code] then return end
  local near = type(code) == "string" and nearest(code, lists.sorted_keys(manager.codes))
  misuse("'%s' is no alert code%s", tostring(code), near and ("; did you mean '%s'?"):format(near) or "")
end

-- Whether one of the same code and source was sent so lately that this one says nothing new. A worse one does; and when
-- the clock has gone back nobody knows.
local function is_covered(self, last, alert)
  if not last or alert.time < last.time then return false end
  if SEVERITIES[alert.severity] > SEVERITIES[last.severity] then return false end
  local quiet = last.is_acknowledged and self.acknowledged or self.cooldown
  return alert.time - last.time <= quiet
end

local function remember(self, alert)
  self.history[#self.history + 1] = alert
  if #self.history > HISTORY then table.remove(self.history, 1) end
end

-- What was sent more than a day ago is forgotten.
local function forget(self, now)
  if now - self.swept < HOUR then return end
  self.swept = now
  for _, key in ipairs(lists.sorted_keys(self.last)) do
    if now - self.last[key].time > KEPT then self.last[key] = nil end
  end
end

-- m:raise{ code =, source =, severity =, message =, time = ns } → the alert that was sent; nil and "cooling down".
methods.raise = blame(function(self, given)
  check_code(given.code)
  local severity = given.severity or manager.codes[given.code]
  if not SEVERITIES[severity] then severity = "error" end
  local alert = { code = given.code, source = given.source or "session", severity = severity,
    message = given.message or given.code, time = given.time }
  local key = alert.code .. "\0" .. alert.source
  local last = self.last[key]
  forget(self, alert.time)
  if is_covered(self, last, alert) then
    last.covered = last.covered + 1
    return nil, "cooling down"
  end
  self.count = self.count + 1
  alert.id, alert.repeated, alert.covered = ("%08x"):format(self.count), last and last.covered or 0, 0
  self.last[key] = alert
  remember(self, alert)
  self.send(alert)
  return alert
end)

-- A person knows: the same stays quiet for an hour, a worse one does not. → how many were open.
methods.acknowledge = blame(function(self, code, who)
  check_code(code)
  local count = 0
  for _, key in ipairs(lists.sorted_keys(self.last)) do
    local alert = self.last[key]
    if alert.code == code and not alert.is_acknowledged then
      alert.is_acknowledged, alert.acknowledged_by, count = true, who, count + 1
    end
  end
  return count
end)

-- Those of the last hour.
function methods.active(self, now)
  local list = {}
  for _, alert in ipairs(self.history) do
    if now - alert.time <= ACTIVE then list[#list + 1] = alert end
  end
  return list
end

-- How many of each severity among the latest 100.
function methods.summary(self)
  local counts = {}
  for i = math.max(1, #self.history - SHOWN + 1), #self.history do
    local severity = self.history[i].severity
    counts[severity] = (counts[severity] or 0) + 1
  end
  return counts
end

-- m:measure("stale_mark", 61, { source =, time = }): an alert when the value is over the limit of that code.
methods.measure = blame(function(self, code, value, given)
  local limit = self.limits[code]
  if not limit then
    misuse("'%s' is not measured; known: %s", tostring(code), table.concat(lists.sorted_keys(LIMITS), ", "))
  end
  if value <= limit then return nil, "within its limit" end
  return methods.raise(self, { code = code, source = given.source, time = given.time,
    message = ("%s is over %s"):format(tostring(value), tostring(limit)) })
end)

-- One more error: more than so many within five minutes are a streak.
function methods.error(self, source, time)
  local recent = {}
  for _, at in ipairs(self.errors) do
    if time - at <= ERROR_WINDOW and at <= time then recent[#recent + 1] = at end
  end
  recent[#recent + 1] = time
  if #recent > HISTORY then table.remove(recent, 1) end
  self.errors = recent
  return methods.measure(self, "error_streak", #recent, { source = source, time = time })
end

local MODES = { normal = 0, reduce_only = 1, halted = 2 }

local seen = {}

function seen.session_started(self, event) self.mode = event.body.guard_mode or "normal" end
seen.session_resumed = seen.session_started

-- Only stricter ones: that it is lifted was a person's own act.
function seen.mode_changed(self, event)
  local before, mode = self.mode, event.body.mode
  self.mode = mode
  if (MODES[mode] or 0) <= (MODES[before] or 0) then return end
  return { code = "mode_changed", severity = mode == "halted" and "critical" or nil,
    message = ("%s: %s, by %s"):format(mode, event.body.reason or "no reason", event.body.who or "nobody") }
end

function seen.guard_tripped(_, event)
  local body = event.body
  local is_worst = body.level == "halted" or body.failed
  return { code = "guard_tripped", source = body.guard, severity = is_worst and "critical" or nil,
    message = ("%s%s against a limit of %s; %s"):format(event.product and event.product .. " " or "",
      tostring(body.input), tostring(body.limit), body.action or "noted") }
end

function seen.liquidation(_, event)
  local body = event.body
  return { code = "liquidation", source = body.strategy,
    message = ("equity %s against a maintenance margin of %s"):format(body.equity, body.maintenance) }
end

function seen.strategy_quarantined(_, event)
  return { code = "strategy_quarantined", source = event.body.strategy, message = event.body.message }
end

function seen.callback_failed(_, event)
  return { code = "callback_failed", source = event.body.strategy, message = event.body.message }
end

function seen.policy_failed(_, event) return { code = "policy_failed", message = event.body.message } end
function seen.session_failed(_, event) return { code = "session_failed", message = event.body.message } end

function seen.watcher_lost(_, event) return { code = "watcher_lost", message = event.body.message } end

-- The venue was out of reach, or is back; or the session stood still.
function seen.dead_man(_, event)
  local body = event.body
  return { code = "dead_man", source = body.source,
    message = ("%s; entries that were told to go: %d"):format(body.reason, math.tointeger(body.entries) or 0) }
end

-- Whoever heard that the key is refused hears that it is over; after that the same is news again.
function seen.venue_access(self, event)
  if not event.body.open then return { code = "auth_failed", source = "venue", message = event.body.message } end
  self.last["auth_failed\0venue"], self.last["auth_restored\0venue"] = nil, nil
  return { code = "auth_restored", source = "venue", message = event.body.message }
end

-- What was found at the venue and nothing explains; or that it has gone, though its products are held until somebody
-- settles it.
function seen.reconcile_difference(_, event)
  local body = event.body
  local id = math.tointeger(body.id)
  if body.difference == "0" then
    return { code = "reconcile_difference", source = body.currency, severity = "info",
      message = ("difference %d has gone; dismiss it with neap reconcile"):format(id) }
  end
  return { code = "reconcile_difference", source = body.currency,
    message = ("difference %d: %s %s that nothing explains, ours %s, at the venue %s; reduce-only: %s; " ..
      "settle it with " ..
      "neap reconcile"):format(id, body.difference, body.currency, body.ours, body.venue,
      table.concat(body.products, ", ")) }
end

local TRADING = { "disabled", "cancel_only", "auction", "post_only", "limit_only" }

-- The venue takes a product's orders no more, or not all of them; or again, where it was told that it did not.
function seen.product_trading(self, event)
  local refused = {}
  for _, word in ipairs(TRADING) do
    if event.body[word] then refused[#refused + 1] = (word:gsub("_", " ")) end
  end
  local was_shut = self.shut[event.product]
  self.shut[event.product] = refused[1] and true or nil
  if not (refused[1] or was_shut) then return nil end
  return { code = "product_trading", source = event.product, severity = not refused[1] and "info" or nil,
    message = refused[1] and ("the venue says: %s; entries that it would not take are refused"):format(
      table.concat(refused, ", ")) or "the venue takes orders again" }
end

-- What the session itself calls an alert, and what no journal takes any more.
function seen.session_alert(_, event)
  if event.body.source ~= "journal" then return nil end
  local is_lost = event.body.message:find("the session halts", 1, true)
  return { code = is_lost and "journal_lost" or "journal_in_doubt", source = "journal", message = event.body.message }
end

-- A check's refusal is an answer; an error is what a broker would not do.
function seen.order_rejected(self, event)
  if not event.body.check then methods.error(self, "broker", event.ts_ns) end
end

function seen.order_cancel_refused(self, event) methods.error(self, "broker", event.ts_ns) end

function seen.events_dropped(_, event)
  return { code = "alerts_dropped", source = "operations",
    message = ("%d events were not looked at: too many at once"):format(event.body.count) }
end

-- m:see(event): a session's event, { type =, ts_ns =, product =, body = }. → the alert that it became, if any.
function methods.see(self, event)
  local look = seen[event.type]
  local found = look and look(self, event)
  if not found then return nil end
  found.time = event.ts_ns
  if found.message then found.message = tostring(found.message):match "^[^\n]*" end
  return methods.raise(self, found)
end

local object = { __index = methods }

function object:__tostring()
  return ("alert manager: %d alerts sent, mode %s"):format(self.count, self.mode)
end

-- manager.new{ send = function(alert) end, cooldown = 300, acknowledged = 3600, limits = { drawdown = 0.1 } }; seconds.
manager.new = blame(function(given)
  local wrong = type(given) ~= "table" and "options are a table" or slip(given, words, "option")
  if wrong then misuse("alert_manager.new: %s", wrong) end
  if type(given.send) ~= "function" then misuse "alert_manager.new: send is a function that takes an alert" end
  local bad = slip(given.limits or {}, LIMITS, "limit")
  if bad then misuse("alert_manager.new: %s", bad) end
  local limits = {}
  for name, limit in pairs(LIMITS) do limits[name] = given.limits and given.limits[name] or limit end
  return setmetatable({ send = given.send, cooldown = (given.cooldown or 300) * SECOND,
    acknowledged = (given.acknowledged or 3600) * SECOND, limits = limits, last = {}, history = {}, errors = {},
    shut = {}, count = 0, swept = math.mininteger // 2, mode = "normal" }, object)
end)

return manager
