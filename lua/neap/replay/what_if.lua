-- SPDX-License-Identifier: MIT
-- What the calls of a recording do when another session is to hear its market: strategy, parameters, limits and engine
-- may be others, and orders are the simulator's.
local acts = require "neap.replay.acts"
local factory = require "neap.engine_factory"
local fault = require "neap.base.fault"
local files = require "neap.base.files"
local lists = require "neap.base.lists"
local nearest = require "neap.base.nearest"
local recording = require "neap.session.recording"
local replay_core = require "neap.replay_c"
local session = require "neap.session"
local setup = require "neap.backtest.setup"
local stores = require "neap.backtest.store"

local events_of = stores.events_of

local what_if = { venue = {}, session = {} }

local POLICY = "/config/engine_policy.lua"

-- ---- what is asked for ----------------------------------------------------------------------------------------------

local function copy(params)
  local made = {}
  for key, value in pairs(params or {}) do made[key] = value end
  return made
end

local function limit_names()
  local names = {}
  for i, field in ipairs(require("neap.limits").new():fields()) do names[i] = field.name end
  return names
end

-- Those of `set` that are fields of the configuration, by name; the rest are a strategy's parameters.
local function split(set)
  local limits, params = {}, {}
  for _, name in ipairs(limit_names()) do limits[name] = set[name] end
  for key, value in pairs(set) do
    if limits[key] == nil then params[key] = value end
  end
  return limits, params
end

-- Of several strategies each takes what it has; `known`: of each the names of its parameters.
local function share(list, params, known)
  local all = {}
  for i, entry in ipairs(list) do
    entry.params = copy(entry.params)
    for _, name in ipairs(known[i] or {}) do
      if params[name] ~= nil then entry.params[name] = params[name] end
      all[#all + 1] = name
    end
  end
  for _, name in ipairs(lists.sorted_keys(params)) do
    if not lists.has(all, name) then
      return nil, fault("unknown_parameter", ("no strategy of the session has a parameter '%s'"):format(name), nil,
        nearest(name, all))
    end
  end
  return true
end

-- Names of the parameters of each strategy, as the recorded session began.
function what_if.known_params(path)
  local rows <close> = require("neap.event_store").events(path, { type = "session_started", limit = 1 })
  local row = rows and rows:next()
  local known = {}
  for i, strategy in ipairs(row and row.body.strategies or {}) do
    known[i] = lists.sorted_keys((row.body.params or {})[strategy.name] or {})
  end
  return known
end

-- Into `given` the strategies that are to trade, with their parameters.
function what_if.set_strategies(self, given, opening)
  local list, wanted = opening.strategies, self.wanted
  if opening.is_single then
    local own = list[1] or {}
    given.strategy, given.params = wanted.strategy or own.strategy, wanted.strategy and {} or copy(given.params)
    for key, value in pairs(self.params) do given.params[key] = value end
    return true
  end
  if wanted.strategy then
    return nil, fault("several_strategies", ("the session has %d strategies: another in the place of which is not " ..
      "said"):format(#list))
  end
  given.strategies, given.params = list, nil
  return share(list, self.params, what_if.known_params(self.events))
end

local function set_limits(self, loaded)
  for _, name in ipairs(lists.sorted_keys(self.limits)) do
    local ok, err = loaded.limits:set(name, tostring(self.limits[name]))
    if not ok then return nil, err end
    loaded.sources[name] = "what-if"
  end
  if next(self.limits) then
    local is_advanced, reason = factory.should_use_advanced_engine(loaded.limits)
    loaded.engine, loaded.engine_reason = is_advanced and "advanced" or "live", reason
  end
  return loaded
end

-- The configuration that was recorded, and in it what is to be another.
function what_if.configuration(self, packed)
  local loaded, err = recording.unpack_configuration(packed)
  if not loaded then return nil, err end
  return set_limits(self, loaded)
end

-- The policy that was read last; an engine by name needs none.
local function find_policy(self)
  local path = not self.wanted.engine and self.loop:file(POLICY)
  if not path then return nil end
  return setup.open_policy(path, self.loop)
end

-- A word that is no parameter may have been meant for the configuration.
function what_if.look_further(self, err)
  if err.code ~= "unknown_parameter" or err.nearest then return err end
  for _, name in ipairs(lists.sorted_keys(self.params)) do
    err.nearest = err.nearest or nearest(name, limit_names())
  end
  return err
end

-- ---- the store ------------------------------------------------------------------------------------------------------

local function moment_of(path, seq)
  local rows <close> = require("neap.event_store").events(path, { since = seq, limit = 1 })
  local row = rows and rows:next()
  return row and row.ts_ns
end

local function remove_store(path)
  for _, ending in ipairs { "", "-wal", "-shm", "-journal", "-reserve" } do os.remove(path .. ending) end
end

-- The events of `from` up to `until_seq` are the store, in the groups of `groups` (nil: its own); 0: it is empty.
local function keep_until(self, from, until_seq, groups)
  local path, new = events_of(self.store), events_of(self.store) .. ".new.db"
  local ok, err = true, nil
  if until_seq > 0 then ok, err = replay_core.copy(from, new, until_seq, groups) end
  if not ok then return nil, os.remove(new) and err or err end
  remove_store(path)
  if until_seq == 0 then return true end
  local moved, message = os.rename(new, path)
  if not moved then return nil, fault("cannot_create", message, path) end
  return true
end

-- A life begins behind `events` of the recorded session. One that was killed loses here what came behind the last
-- event that it had made durable there; of a fork its beginning, up to event `least`, stays whole.
local function begin_store(self, events)
  local is_first = not self.has_begun
  self.has_begun, self.resumes = true, not is_first or events > 0
  if is_first and events == 0 or not is_first and self.was_left then return true end
  if is_first then
    local place, err = stores.prepare(self.store, false)
    if not place then return nil, err end
    return keep_until(self, self.events, events)
  end
  local recorded = self.place.directory .. "/events.db"
  local at = events > 0 and moment_of(recorded, events)
  local path = events_of(self.store)
  local seq = at and require("neap.event_store").seq_at(path, at) or 0
  seq = math.max(seq, self.least or 0)
  return keep_until(self, path, seq, seq == events and recorded or nil) -- whoever was killed ended no group
end

-- ---- the calls ------------------------------------------------------------------------------------------------------

-- Orders that were in earnest are not: the account is not asked, the user's stream not heard.
function what_if.venue.open(self, own, text)
  own.orders, own.user_stream = nil, nil
  return acts.venue.open(self, own, text)
end

local function complete(self, opening)
  local given, wanted = opening.given, self.wanted
  given.mode, given.external = "paper", nil
  given.latency_ms, given.queue = wanted.latency or given.latency_ms, wanted.queue or given.queue
  given.engine = wanted.engine or given.engine
  local err
  given.configuration, err = what_if.configuration(self, opening.configuration)
  if not given.configuration then return nil, err end
  given.policy = find_policy(self)
  given.store, given.resume = self.store, self.resumes and files.mode(events_of(self.store)) ~= nil
  given.on_log = function() end
  local outside = recording.outside_of(opening, self.parts)
  outside.reads_files = wanted.strategy ~= nil and not self.is_fork -- which keeps the text of its own
  given.outside = { products = self.products, loop = self.loop, core = outside }
  return given
end

function what_if.session.open(self, opening)
  local ok, err = begin_store(self, opening.events)
  local given
  if ok then given, err = complete(self, opening) end
  if given then ok, err = what_if.set_strategies(self, given, opening) end
  if given and ok then self.session, err = session.open(given, opening.extra) end
  self.refused, self.was_left = err and what_if.look_further(self, err), false
  self.object = self.session and session.inside(self.session).object
  return self.session, err
end

function what_if.session.configure(self, packed)
  local loaded, err = what_if.configuration(self, packed)
  if not loaded then return nil, err end
  local engine = self.wanted.engine or next(self.limits) and loaded.engine
  return self.object:configure { limits = loaded.limits, limit_sources = packed.sources, number = packed.number,
    who = packed.who, why = packed.why, policy = packed.has_policy and find_policy(self) or nil,
    engine_before = engine or packed.engine_before, engine_after = engine or packed.engine_after }
end

function what_if.session.leave(self, reason, how)
  self.was_left = true
  return session.finish(self.session, reason, how)
end

-- For a player of a recording; wanted: { strategy =, set =, engine =, latency =, queue = }
function what_if.begin(self, wanted)
  self.wanted, self.acts = wanted, what_if
  self.limits, self.params = split(wanted.set or {})
end

return what_if
