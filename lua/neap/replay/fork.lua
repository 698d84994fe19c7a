-- SPDX-License-Identifier: MIT
-- A recorded session is played strictly up to a moment, each event compared, and is another one from there on: on
-- paper, with other strategies, parameters, limits or engine (ADR-108).
local acts = require "neap.replay.acts"
local event_store = require "neap.event_store"
local fault = require "neap.base.fault"
local moments = require "neap.replay.moment"
local player = require "neap.replay.player"
local policy = require "neap.policy"
local replay_core = require "neap.replay_c"
local session = require "neap.session"
local setup = require "neap.backtest.setup"
local what_if = require "neap.replay.what_if"

-- What the recorded calls do up to the moment: what a strict replay's do, and what is in force is remembered.
local fork = { session = {} }

function fork.session.open(self, opening)
  self.opening, self.in_force = opening, opening.configuration
  return acts.session.open(self, opening)
end

function fork.session.configure(self, packed)
  local now = {}
  for key, value in pairs(self.in_force) do now[key] = value end
  now.fields, now.sources, now.engine = packed.fields, packed.sources, packed.engine_after or now.engine
  self.in_force = now
  return acts.session.configure(self, packed)
end

-- ---- what is to be another ------------------------------------------------------------------------------------------

local function has_any(params, names)
  for _, name in ipairs(names or {}) do
    if params[name] ~= nil then return true end
  end
  return false
end

-- By seat: is another to have it?
local function find_changed(self, count)
  local known, changed = what_if.known_params(self.events), {}
  for i = 1, count do
    changed[i] = self.wanted.strategy ~= nil or count == 1 or has_any(self.params, known[i])
  end
  return changed
end

local function list_of(given, opening)
  if opening.is_single then return { { strategy = given.strategy, params = given.params } } end
  return given.strategies
end

-- By seat: { path =, params = in pairs, reads_file = } of who is to have it, or false.
local function find_strategies(self)
  local opening, wanted, made = self.opening, self.wanted, {}
  local count = #opening.strategies
  for i = 1, count do made[i] = false end
  if not wanted.strategy and not next(self.params) then return made end
  if count == 0 then return nil, fault("no_strategy", "the session has no strategy in whose place one could be") end
  local given = { params = opening.given.params }
  local ok, err = what_if.set_strategies(self, given, opening)
  local list, changed = list_of(given, opening), find_changed(self, count)
  local reads_file = wanted.strategy ~= nil
  if ok then ok, err = setup.read_strategies(list, not reads_file) end
  if not ok then return nil, err end
  for i, entry in ipairs(list) do
    made[i] = changed[i] and { path = entry.strategy, params = entry.pairs, reads_file = reads_file }
  end
  return made
end

local function sources_of(loaded)
  local list = {}
  for i, field in ipairs(loaded.limits:fields()) do list[i] = loaded.sources[field.name] or "unknown" end
  return list
end

-- What is put in force; nil: nothing is; or nil and a fault.
local function find_change(self)
  local engine = self.wanted.engine
  if not engine and not next(self.limits) then return nil end
  local loaded, err = what_if.configuration(self, self.in_force)
  if not loaded then return nil, err end
  return { limits = loaded.limits, limit_sources = sources_of(loaded), who = "fork",
    why = "a fork", policy = engine and policy.fixed(engine) or nil,
    engine_before = self.in_force.engine, engine_after = engine or loaded.engine }
end

-- ---- the moment -----------------------------------------------------------------------------------------------------

local function nothing_comes(self, seq)
  return fault("recording_ends", ("the recording ends with event %d: there is no market to go on with"):format(seq),
    self.events)
end

local function differs(self, at)
  local err = moments.differs(self, at.seq)
  if not err and self.life.is_left then
    return fault("ended", ("the session stopped with what came with event %d: a fork leaves it while it runs"):format(
      at.seq), self.events)
  end
  if not err and self.check:result().beyond > 0 then
    return fault("killed", ("the session was killed in the middle of what came with event %d: go to a moment before it")
      :format(at.seq), self.events)
  end
  if not err and not self.loop:coming() then return nothing_comes(self, at.seq) end
  return err
end

local function play_to(self, at)
  player.begin(self, player.life_of(self, at.seq))
  local ok, err = player.play(self, at.moment)
  if ok then ok, err = moments.make(self, at.seq) end
  if ok then ok, err = self.loop:damage() end
  if not ok then return nil, err end
  err = differs(self, at)
  return not err, err
end

-- The digest of the session's events up to that one, in the groups of its chain.
local function chain_of(self, seq)
  local path = self.scratch .. "/chain.db"
  local ok, err = replay_core.copy(self.events, path, seq)
  if not ok then return nil, err end
  local report
  report, err = event_store.verify(path)
  return report and report.tail, err
end

local function is_changed(self)
  local wanted = self.wanted
  return wanted.strategy ~= nil or wanted.engine ~= nil or next(wanted.set or {}) ~= nil or
    self.opening.given.mode ~= "paper"
end

-- The session that stands there becomes the other one.
local function part(self, at)
  local seq, core = moments.made(self), session.inside(self.session).made.core
  local change, strategies, chain, last, err
  change, err = find_change(self)
  if err then return nil, err end
  player.loosen(self, is_changed(self)) -- a strategy's recorded text is found from here on
  strategies, err = find_strategies(self)
  if strategies then chain, err = chain_of(self, seq) end
  if not chain then return nil, err end
  last, err = self.object:fork { session = core.id, event = seq, chain = chain, strategies = strategies,
    change = change, lua_root = core.lua_root, seed = core.seed }
  if not last then return nil, what_if.look_further(self, setup.tidy(err, self.opening.strategies)) end
  self.parts:drop_orders()
  self.acts, self.has_begun, self.was_left, self.least = what_if, true, false, last
  self.from = { event = seq, moment = at.moment }
  return true
end

-- For a player that may loosen; options: of replay.simulate, with `from` = { moment =, seq = }. The session stands
-- there and is another one → true; or nil and a fault (`killed`: before that moment lies what a killed session had not
-- made durable).
function fork.begin(self, options)
  local at = options.from
  what_if.begin(self, options)
  self.acts, self.place = fork, self.store
  local life = player.life_of(self, at.seq)
  if not life then
    self.loop:skip(math.maxinteger)
    local ok, damage = self.loop:damage()
    return nil, not ok and damage or moments.not_recorded_to(self.events, at.seq)
  end
  local ok, err = play_to(self, at)
  if ok then ok, err = part(self, at) end
  return ok, err
end

return fork
