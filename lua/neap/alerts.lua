-- SPDX-License-Identifier: MIT
-- Alerts on their way: channels, a bounded queue, retries. What is worth one is not decided here.
local blame = require "neap.base.blame"
local clean = require "neap.base.clean"
local clock = require "neap.clock"
local lists = require "neap.base.lists"
local nearest = require "neap.base.nearest"
local slip = require "neap.base.slip"

local alerts = { severities = { debug = 10, info = 20, warning = 30, error = 40, critical = 50 } }

local SECOND = 1000000000
local HISTORY = 1000
local words = { channels = true, env = true, queue = true, tries = true, on_warning = true }

local function misuse(message, ...) error(message:format(...), 0) end

local function severity_of(name, what)
  local number = alerts.severities[name]
  if number then return number end
  local near = type(name) == "string" and nearest(name, lists.sorted_keys(alerts.severities))
  misuse("%s: '%s' is no severity%s", what, tostring(name), near and ("; did you mean '%s'?"):format(near) or "")
end

-- ${NAME} in a text, from `env`; or nil and the name that is not set.
local function expand(text, env)
  local missing
  local result = text:gsub("%${([%w_]+)}", function(name)
    missing = missing or not env[name] and name
    return env[name]
  end)
  if missing then return nil, missing end
  return result
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

local makers = {}

-- One line for each alert: to a file, to a function, or to stderr.
function makers.log(given)
  local write = given.write or given.path and append_to(given.path) or to_stderr
  return function(alert) return write(alerts.line(alert)) end
end

makers["function"] = function(given)
  if type(given.send) ~= "function" then misuse("channel %s: send is a function", given.name) end
  return given.send
end

local channel_words = { type = true, name = true, min = true, path = true, write = true, send = true }
local LATER = { "email", "pagerduty", "slack", "webhook" }

-- Text fields with their variables; nil: one is not set, which was said.
local function resolve(self, given)
  local own = {}
  for _, key in ipairs(lists.sorted_keys(given)) do
    local value = given[key]
    if type(value) == "string" then
      local text, missing = expand(value, self.env)
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
  if not make then misuse("channels[%d]: '%s' is no channel; known: function, log", at, tostring(given.type)) end
  local own = resolve(self, given)
  if not own then return end
  own.name = own.name or given.type
  self.channels[#self.channels + 1] = { name = own.name, send = make(own),
    min = severity_of(own.min or "info", ("channels[%d].min"):format(at)) }
end

local methods = {}

-- True, or nil and why; what a channel raises is only its own failure.
local function try(channel, alert)
  local ok, sent, message = pcall(channel.send, alert)
  if not ok then return nil, tostring(sent) end
  if not sent then return nil, tostring(message or "it was not taken") end
  return true
end

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

-- After 1, 2, 4 … seconds again, until the tries are used up.
local function keep(self, channel, alert, now, tries)
  if tries >= self.tries then
    self.failed = self.failed + 1
    return
  end
  make_room(self)
  self.waiting[#self.waiting + 1] = { channel = channel, alert = alert, due = now + (1 << tries - 1) * SECOND,
    tries = tries }
end

local function remember(self, alert)
  self.history[#self.history + 1] = alert
  if #self.history > HISTORY then table.remove(self.history, 1) end
end

-- d:send(alert, now) → { [channel's name] = true, or false: it will be tried again }; a channel whose least severity is
-- higher is not in it. `now`: of the clock that retries go by, ns.
methods.send = blame(function(self, alert, now)
  local severity = severity_of(alert.severity, "send")
  local results = {}
  remember(self, alert)
  for _, channel in ipairs(self.channels) do
    if severity >= channel.min then
      local ok, why = try(channel, alert)
      results[channel.name] = ok == true
      if not ok then
        self.warn(("alert channel %s: %s"):format(channel.name, why))
        keep(self, channel, alert, now, 1)
      end
    end
  end
  return results
end)

-- Tries again what is due. → when the next is due, ns; nil: nothing waits.
function methods.tick(self, now)
  local waiting = self.waiting
  self.waiting = {}
  for _, item in ipairs(waiting) do
    if item.due > now then
      self.waiting[#self.waiting + 1] = item
    elseif not try(item.channel, item.alert) then
      keep(self, item.channel, item.alert, now, item.tries + 1)
    end
  end
  local next_due
  for _, item in ipairs(self.waiting) do next_due = math.min(next_due or item.due, item.due) end
  return next_due
end

-- The last try of what still waits. → how many alerts did not arrive anywhere they should have.
function methods.close(self)
  for _, item in ipairs(self.waiting) do
    if not try(item.channel, item.alert) then self.failed = self.failed + 1 end
  end
  self.waiting = {}
  return self.failed
end

local object = { __index = methods }

function object:__tostring()
  return ("alerts: %d channels, %d wait, %d failed, %d dropped"):format(#self.channels, #self.waiting, self.failed,
    self.dropped)
end

-- alerts.new{ channels = { { type = "log", path =, min = "info", name = } }, queue = 256, tries = 5, env = {} }
alerts.new = blame(function(given)
  given = given or {}
  local wrong = slip(given, words, "option")
  if wrong then misuse("alerts.new: %s", wrong) end
  local self = setmetatable({ channels = {}, waiting = {}, history = {}, failed = 0, dropped = 0,
    limit = given.queue or 256, tries = given.tries or 5, env = given.env or {},
    warn = given.on_warning or function() end }, object)
  for i, channel in ipairs(given.channels or { { type = "log" } }) do add_channel(self, channel, i) end
  return self
end)

return alerts
