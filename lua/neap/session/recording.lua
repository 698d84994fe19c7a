-- SPDX-License-Identifier: MIT
-- What the driver of a session calls, noted in the recording so that it can be called again: the client's questions,
-- how the session was opened, what its owner did to it. The network's part and each call's moment are the core's
-- (csrc/base/inputs.h).
local json = require "neap.json"
local lists = require "neap.base.lists"

local recording = {}

-- ---- calls ----------------------------------------------------------------------------------------------------------

local function list_of(...)
  local list = json.array {}
  for i = 1, select("#", ...) do
    local value = select(i, ...)
    list[i] = value == nil and json.null or value
  end
  return list
end

-- `to` ("client", "venue", "session") is about to be called. It is a moment later, recorded or not.
function recording.note(loop, to, call, ...)
  if not loop then return end
  local text = ""
  if loop:is_recording() then
    local ok, made = pcall(json.encode, { to = to, call = call, args = list_of(...) })
    text = ok and made or json.encode { to = to, call = call, lost = tostring(made) }
  end
  loop:note(text)
end

local function value_of(value)
  if value == json.null then return nil end
  return value
end

-- A noted text → { to =, call =, n =, and the arguments from 1 on }
function recording.read(text)
  local noted, err = json.decode(text, { numbers = "float" })
  if type(noted) ~= "table" then return nil, err end
  local made = { to = noted.to, call = noted.call, lost = noted.lost, n = #(noted.args or {}) }
  for i = 1, made.n do made[i] = value_of(noted.args[i]) end
  return made
end

-- ---- configurations -------------------------------------------------------------------------------------------------

local function fields_of(limits)
  local list = json.array {}
  for i, field in ipairs(limits:fields()) do list[i] = json.array { field.name, field.value } end
  return list
end

-- What neap.config.load gave, as plain values; `sources`: a text for each field.
function recording.pack_configuration(loaded, sources)
  local order_policy = loaded.order_policy and require("neap.order_policy").source(loaded.order_policy)
  return { profile = loaded.profile, fields = fields_of(loaded.limits), sources = json.array(sources),
    engine = loaded.engine, engine_reason = loaded.engine_reason, external = loaded.external,
    order_policy = order_policy }
end

-- The same back, or nil and a fault.
function recording.unpack_configuration(packed)
  local limits, sources = require("neap.limits").new(), {}
  for i, field in ipairs(packed.fields) do
    local ok, err = limits:set(field[1], field[2])
    if not ok then return nil, err end
    sources[field[1]] = packed.sources[i]
  end
  local loaded = { profile = packed.profile, limits = limits, sources = sources, engine = packed.engine,
    engine_reason = packed.engine_reason, external = packed.external, hidden = {}, hidden_in_all = {}, words = {},
    files = {}, prints = {} }
  if not packed.order_policy then return loaded end
  local err
  loaded.order_policy, err = require("neap.order_policy").of_source(packed.order_policy)
  return loaded.order_policy and loaded, err
end

-- ---- how a session is opened ----------------------------------------------------------------------------------------

-- Options that are parts of this process or places on this machine; what they came to is noted in other ways.
local LEFT_OUT = { on_log = true, on_progress = true, store = true, env = true, alerts = true, outside = true,
  broker = true, ack_fd = true, data = true, risk_path = true, set = true, strategy = true, strategies = true,
  configuration = true, policy = true, order_policy = true }

local function plain(given)
  local copy = {}
  for _, key in ipairs(lists.sorted_keys(given)) do
    if not LEFT_OUT[key] then copy[key] = given[key] end
  end
  return copy
end

-- Paths as they were found, parameters and money as they were given.
local function strategies_of(options)
  local list = json.array {}
  for i, entry in ipairs(options.list) do
    list[i] = { strategy = entry.strategy, params = entry.params, cash = entry.cash and tostring(entry.cash) }
  end
  return list
end

local function last_event(path)
  local rows <close> = require("neap.event_store").events(path, { newest_first = true, limit = 1 })
  local row = rows and rows:next()
  return row and row.seq or 0
end

-- Is that noted text such an opening?
function recording.is_opening(text)
  return text:find('"to":"session"', 1, true) ~= nil and text:find('"call":"open"', 1, true) ~= nil
end

-- The session is about to be opened. given, extra: of neap.session's open; made: of neap.backtest.setup.
function recording.opening(loop, given, extra, made)
  if not loop:is_recording() then return loop:note "" end
  local options, outside = made.options, made.options.outside.core
  recording.note(loop, "session", "open", {
    given = plain(given), extra = extra, strategies = strategies_of(options),
    is_single = options.strategies == false, -- its cash and parameters stand in the options
    configuration = recording.pack_configuration(made.risk, made.core.limit_sources),
    outside = { bars = outside.bars, history = outside.history, start = outside.start, at = outside.at,
      speed = outside.speed },
    events = options.resume and last_event(made.core.store_path) or 0,
  })
end

-- The same back, of the venue's parts of this process.
function recording.outside_of(opening, parts)
  local noted = opening.outside
  return { pointer = parts:pointer(), owner = parts, bars = noted.bars, history = noted.history, start = noted.start,
    at = noted.at, speed = noted.speed }
end

-- ---- what is done to a session --------------------------------------------------------------------------------------

-- Methods of the core's session object that change nothing, and `turn`, which the core itself notes.
local UNNOTED = {}
for _, name in ipairs { "get", "recent", "orders", "is", "next", "is_quiet", "is_warm", "turn", "release", "book",
  "indicators" } do
  UNNOTED[name] = true
end

local function note_change(loop, change)
  local packed = { fields = fields_of(change.limits), sources = json.array(change.limit_sources),
    number = change.number, who = change.who, why = change.why, has_policy = change.policy ~= nil,
    engine_before = change.engine_before, engine_after = change.engine_after }
  recording.note(loop, "session", "configure", packed)
end

-- The object as its user sees it, whose calls are noted.
function recording.object(object, loop)
  local function method(name)
    local act = object[name]
    if act == nil then return nil end
    if UNNOTED[name] then return function(_, ...) return act(object, ...) end end
    return function(_, ...)
      if name == "configure" then note_change(loop, ...) else recording.note(loop, "session", name, ...) end
      return act(object, ...)
    end
  end
  return setmetatable({}, { __index = function(self, name)
    local made = method(name)
    rawset(self, name, made)
    return made
  end })
end

return recording
