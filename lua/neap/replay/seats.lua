-- SPDX-License-Identifier: MIT
-- Who has a session's seats while it is played, and which configuration is in force; and what a fork puts in their
-- places.
local configure = require "neap.session.configure"
local fault = require "neap.base.fault"
local policy = require "neap.policy"
local setup = require "neap.backtest.setup"
local what_if = require "neap.replay.what_if"

local seats = {}

-- ---- as it is -------------------------------------------------------------------------------------------------------

function seats.see(self, opening)
  self.seats = { is_single = opening.is_single, strategies = opening.strategies, params = opening.given.params,
    mode = opening.given.mode }
  self.in_force = opening.configuration
end

-- Behind a fork: `opening.given` is what the session was opened with.
function seats.see_own(self, opening)
  local given = opening.given
  self.seats.mode = given.mode
  if not opening.is_single then
    self.seats.strategies = given.strategies
  elseif given.strategy then
    self.seats.strategies, self.seats.params = { { strategy = given.strategy } }, given.params
  end
end

function seats.see_change(self, packed)
  local now = {}
  for key, value in pairs(self.in_force) do now[key] = value end
  now.fields, now.sources, now.engine = packed.fields, packed.sources, packed.engine_after or now.engine
  self.in_force = now
end

-- ---- what is to be another ------------------------------------------------------------------------------------------

local function copy(values)
  local made = {}
  for key, value in pairs(values or {}) do made[key] = value end
  return made
end

-- From here on the player wants what this stage asks for, and nothing else → what it wanted before.
function seats.want(self, stage)
  local before = { wanted = self.wanted or {}, limits = self.limits or {} }
  what_if.begin(self, { strategy = stage.strategy, set = stage.set, engine = stage.engine })
  return before
end

-- All that was asked for by now: what later lives have. Parameters are of the strategy that was given with them.
function seats.take(self, before)
  local wanted = self.wanted
  local set = copy(wanted.strategy and before.limits or before.wanted.set)
  for name, value in pairs(wanted.set or {}) do set[name] = value end
  what_if.begin(self, { strategy = wanted.strategy or before.wanted.strategy, set = set,
    engine = wanted.engine or before.wanted.engine })
end

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

local function list_of(given, now)
  if now.is_single then return { { strategy = given.strategy, params = given.params } } end
  return given.strategies
end

-- By seat: { path =, params = in pairs, reads_file } of who is to have it, or false. `reads_file`: another strategy's
-- file is read as it is now.
function seats.find_strategies(self, reads_file)
  local now, wanted, made = self.seats, self.wanted, {}
  local count = #now.strategies
  for i = 1, count do made[i] = false end
  if not wanted.strategy and not next(self.params) then return made end
  if count == 0 then return nil, fault("no_strategy", "the session has no strategy in whose place one could be") end
  local given = { params = now.params }
  local ok, err = what_if.set_strategies(self, given, now)
  local list, changed = list_of(given, now), find_changed(self, count)
  reads_file = reads_file and wanted.strategy ~= nil
  if ok then ok, err = setup.read_strategies(list, not reads_file) end
  if not ok then return nil, err end
  for i, entry in ipairs(list) do
    made[i] = changed[i] and { path = entry.strategy, params = entry.pairs, reads_file = reads_file }
  end
  wanted.strategy = wanted.strategy and list[1].strategy
  now.strategies, now.params = list, now.is_single and list[1].params or now.params
  return made
end

-- `before`: of seats.want → what is put in force, and is so from here on; nil: nothing is; or nil and a fault.
function seats.find_change(self, before)
  local engine = self.wanted.engine
  if not engine and not next(self.limits) then return nil end
  local own = self.limits
  self.limits = copy(before.limits)
  for name, value in pairs(own) do self.limits[name] = value end
  local loaded, err = what_if.configuration(self, self.in_force)
  self.limits = own
  if not loaded then return nil, err end
  local change = configure({ engine = before.wanted.engine or self.in_force.engine }, loaded, { who = "fork",
    why = "a fork", policy = engine and policy.fixed(engine) or nil })
  change.engine_after = engine or before.wanted.engine or loaded.engine
  return change
end

return seats
