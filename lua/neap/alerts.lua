-- SPDX-License-Identifier: MIT
-- Alerts on their way: channels, a bounded queue, retries. What is worth one is not decided here.
local blame = require "neap.base.blame"
local clean = require "neap.base.clean"
local clock = require "neap.clock"
local fill = require "neap.base.fill"
local lists = require "neap.base.lists"
local nearest = require "neap.base.nearest"
local slip = require "neap.base.slip"

local alerts = { severities = { debug = 10, info = 20, warning = 30, error = 40, critical = 50 } }

local SECOND = 1000000000
local HISTORY = 1000
local LAST_WAIT, ROUND = 5 * SECOND, 50 -- of close: ns in all, ms for a channel
local words = { channels = true, env = true, queue = true, tries = true, on_warning = true, context = true }

local function misuse(message, ...) error(message:format(...), 0) end

local function severity_of(name, what)
  local number = alerts.severities[name]
  if number then return number end
  local near = type(name) == "string" and nearest(name, lists.sorted_keys(alerts.severities))
  misuse("%s: '%s' is no severity%s", what, tostring(name), near and ("; did you mean '%s'?"):format(near) or "")
end

-- Appends a line to a file, which is opened for each: it may be moved away by who rotates it.
local function append_to(path)
  return function(line)
    local file, message = io.open(path, "ab")
    if not file then return nil, message end
    local ok
    ok, message = file:write(line, "\n")
    local closed, late = file:close()
    return ok and closed, message or late
  end
end

local function to_stderr(line) return io.stderr:write(line, "\n") end

-- 2025-01-07T03:00:00Z CRITICAL mode_changed session: halted: feed looks wrong
function alerts.line(alert)
  local time = clock.format(alert.time)
  local text = ("%s %-8s %s %s: %s"):format(time, alert.severity:upper(), alert.code, alert.source, alert.message)
  if alert.repeated and alert.repeated > 0 then text = ("%s (%d more since the last)"):format(text, alert.repeated) end
  return clean(text)
end

-- Each makes of a channel's words { send = function(alert, item) }, which gives true; or nil, why, and when again (ns;
-- nil: whenever; false: never). One that takes its time has a `hook` (neap.webhook), which tells later what became of
-- `item`.
local makers = {}

-- One line for each alert: to a file, to a function, or to stderr.
function makers.log(given)
  local write = given.write or given.path and append_to(given.path) or to_stderr
  return { send = function(alert) return write(alerts.line(alert)) end }
end

makers["function"] = function(given)
  if type(given.send) ~= "function" then misuse("channel %s: send is a function", given.name) end
  return { send = given.send }
end

-- JSON to an address.
function makers.webhook(given, context)
  if type(given.url) ~= "string" then misuse("channel %s: url is text", given.name) end
  local webhook = require "neap.webhook"
  local hook, err = webhook.open { url = given.url, authorization = given.authorization, ca = given.ca,
    timeout = given.timeout and tonumber(tostring(given.timeout)) }
  if not hook then misuse("channel %s: %s", given.name, err.message) end
  return { hook = hook, send = function(alert, item)
    return hook:post(webhook.body(alert, alerts.line(alert), context), item)
  end }
end

local channel_words = { type = true, name = true, min = true, path = true, write = true, send = true, url = true,
  authorization = true, ca = true, timeout = true }
local LATER = { "email", "pagerduty", "slack" }
local LEAST = { webhook = "warning" }

-- Text fields with their variables; nil: one is not set, which was said.
local function resolve(self, given)
  local own = {}
  for _, key in ipairs(lists.sorted_keys(given)) do
    local value = given[key]
    if type(value) == "string" then
      local text, missing = fill(value, self.env)
      if not text then
        return self.warn(("alert channel %s is left out: %s wants ${%s}, which is not set"):format(
          given.name or given.type or "?", key, missing))
      end
      value = text
    end
    own[key] = value
  end
  return own
end

local function add_channel(self, given, at)
  if type(given) ~= "table" then misuse("channels[%d] is a table { type = … }", at) end
  if lists.has(LATER, given.type) then
    return self.warn(("alert channel %s is left out: %s is not in this version"):format(given.name or at, given.type))
  end
  local wrong = slip(given, channel_words, "word")
  if wrong then misuse("channels[%d]: %s", at, wrong) end
  local make = makers[given.type]
  if not make then
    misuse("channels[%d]: '%s' is no channel; known: %s", at, tostring(given.type),
      table.concat(lists.sorted_keys(makers), ", "))
  end
  local own = resolve(self, given)
  if not own then return end
  own.name = own.name or given.type
  local channel = make(own, self.context)
  channel.name = own.name
  channel.min = severity_of(own.min or LEAST[given.type] or "info", ("channels[%d].min"):format(at))
  self.channels[#self.channels + 1] = channel
end

local methods = {}

-- The least severe gives way, the oldest of them.
local function make_room(self)
  if #self.waiting < self.limit then return end
  local least = 1
  for i, item in ipairs(self.waiting) do
    if alerts.severities[item.alert.severity] < alerts.severities[self.waiting[least].alert.severity] then least = i end
  end
  table.remove(self.waiting, least)
  self.dropped = self.dropped + 1
end

local function keep(self, item)
  make_room(self)
  self.waiting[#self.waiting + 1] = item
end

local function give_up(self, item, why)
  self.failed = self.failed + 1
  if self.is_closing then return end
  self.warn(("alert channel %s: %s is given up after %d tr%s: %s"):format(item.channel.name, item.alert.code,
    item.tries, item.tries == 1 and "y" or "ies", why))
end

-- It did not arrive: after 1, 2, 4 … seconds again, or when it was asked for, until the tries are used up.
local function miss(self, item, now, why, again)
  if again == false or item.tries >= self.tries or self.is_closing then return give_up(self, item, why) end
  self.warn(("alert channel %s: %s"):format(item.channel.name, why))
  item.due = now + math.max(again or 0, (1 << item.tries - 1) * SECOND)
  keep(self, item)
end

-- What a channel raises is only its own failure. → true: taken; false: it will be tried again; "under way"; "waits":
-- for room in its channel.
local function try(self, item, now)
  local hook = item.channel.hook
  if hook and not hook:has_room() then
    item.due = now
    keep(self, item)
    return "waits"
  end
  item.tries = item.tries + 1
  local ok, sent, why, again = pcall(item.channel.send, item.alert, item)
  if ok and sent then return hook and "under way" or true end
  miss(self, item, now, ok and tostring(why or "it was not taken") or tostring(sent), ok and again)
  return false
end

local function remember(self, alert)
  self.history[#self.history + 1] = alert
  if #self.history > HISTORY then table.remove(self.history, 1) end
end

-- d:send(alert, now) → { [channel's name] = true; false: it will be tried again; "under way" or "waits": it will be
-- known later }; a channel whose least severity is higher is not in it. `now`: of the clock that retries go by, ns.
methods.send = blame(function(self, alert, now)
  local severity = severity_of(alert.severity, "send")
  local results = {}
  remember(self, alert)
  for _, channel in ipairs(self.channels) do
    if severity >= channel.min then
      results[channel.name] = try(self, { channel = channel, alert = alert, tries = 0 }, now)
    end
  end
  return results
end)

-- What was under way and has ended, after at most `ms` for each channel.
local function settle(self, now, ms)
  for _, channel in ipairs(self.channels) do
    for item, sent, why, again in channel.hook and channel.hook:turn(ms) or function() end do
      if not sent then miss(self, item, now, why, again) end
    end
  end
end

local function try_due(self, now)
  local waiting = self.waiting
  self.waiting = {}
  for _, item in ipairs(waiting) do
    if item.due > now then
      self.waiting[#self.waiting + 1] = item
    else
      try(self, item, now)
    end
  end
end

-- The earliest of what waits for its time; what waits for room in its channel waits for the channel.
local function next_due(self, now)
  local due
  for _, item in ipairs(self.waiting) do
    if item.due > now then due = math.min(due or item.due, item.due) end
  end
  for _, channel in ipairs(self.channels) do
    local rest = channel.hook and channel.hook:due()
    if rest then due = math.min(due or now + rest, now + rest) end
  end
  return due
end

-- Goes on with what is under way, tries again what is due. → when the next is due, ns; nil: nothing waits.
function methods.tick(self, now)
  settle(self, now, 0)
  try_due(self, now)
  return next_due(self, now)
end

-- Files that are readable when there is something to do before that.
function methods.files(self)
  local list = {}
  for _, channel in ipairs(self.channels) do
    if channel.hook then list[#list + 1] = channel.hook:file() end
  end
  return list
end

local function is_under_way(self)
  for _, channel in ipairs(self.channels) do
    if channel.hook and channel.hook.count > 0 then return true end
  end
  return false
end

-- Of channels that take their time, what is on its way gets a few seconds more.
local function drain(self, clock_now)
  local now = clock_now()
  local deadline = now + LAST_WAIT
  while now < deadline and (is_under_way(self) or #self.waiting > 0) do
    settle(self, now, ROUND)
    try_due(self, now)
    now = clock_now()
  end
  for _, channel in ipairs(self.channels) do
    self.failed = self.failed + (channel.hook and channel.hook.count or 0)
    if channel.hook then channel.hook:close() end
  end
  self.failed = self.failed + #self.waiting
end

-- The last try of what still waits. → how many alerts did not arrive anywhere they should have. `clock_now`: a
-- function that tells the time; only channels that take their time need it.
function methods.close(self, clock_now)
  if self.is_closing then return self.failed end
  local before = self.failed
  self.is_closing = true
  for _, item in ipairs(self.waiting) do item.due = math.mininteger end
  try_due(self, 0)
  if #methods.files(self) > 0 then drain(self, clock_now) end
  self.waiting = {}
  if self.failed > before then
    self.warn(("%d alerts did not arrive before the end"):format(self.failed - before))
  end
  return self.failed
end

local object = { __index = methods }

function object:__tostring()
  return ("alerts: %d channels, %d wait, %d failed, %d dropped"):format(#self.channels, #self.waiting, self.failed,
    self.dropped)
end

-- alerts.new{ channels = { { type = "log", path =, min = "info", name = } }, queue = 256, tries = 5, env = {},
-- context = { session = } }: `context` goes with each alert that leaves the machine.
alerts.new = blame(function(given)
  given = given or {}
  local wrong = slip(given, words, "option")
  if wrong then misuse("alerts.new: %s", wrong) end
  local self = setmetatable({ channels = {}, waiting = {}, history = {}, failed = 0, dropped = 0,
    limit = given.queue or 256, tries = given.tries or 5, env = given.env or {}, context = given.context,
    warn = given.on_warning or function() end }, object)
  for i, channel in ipairs(given.channels or { { type = "log" } }) do add_channel(self, channel, i) end
  return self
end)

return alerts
