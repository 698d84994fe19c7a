-- SPDX-License-Identifier: MIT
-- A recording that is played from the beginning of a life on, up to a moment or to that life's end, held there, and
-- played on from there: the session of that moment can be looked at.
local call = require "neap.replay.calls"
local core = require "neap.run_c"
local fault = require "neap.base.fault"
local inputs = require "neap.run.inputs"
local lives_of = require "neap.replay.lives"
local pace = require "neap.replay.pace"
local scratch = require "neap.replay.scratch"
local setup = require "neap.backtest.setup"
local unrecorded = require "neap.replay.unrecorded"

local player = {}

-- ---- a life ---------------------------------------------------------------------------------------------------------

-- A script's file outside of an opening: the engine policy.
local function open_policy(self, text)
  self.policy = setup.open_policy(text:match "^[^\0]*", self.loop) or self.policy
end

local function step(self, kind, text)
  if kind == "call" then
    self.loop:pass()
    return call(self, text)
  elseif kind == "file" then
    open_policy(self, text)
  elseif self.object then
    self.object:turn(self.loop, 0)
  else
    self.loop:turn(0)
  end
  return true
end

-- A session's time goes with the loop's from its opening on; in a life that opened none it is the machine's.
local function pace_of(self) return self.life.pace or pace.of(self.loop) end

local function is_later(self, until_ns, time) return until_ns and pace_of(self):session(time) > until_ns end

local function hold(self, until_ns)
  -- The last moment that is not later: the one before the first that is.
  self.loop:hold(until_ns and pace_of(self):moment(until_ns + 1) - 1)
end

-- Plays on to that moment of the session; nil: to its life's end. self.is_held: it stands there, and there is more.
-- → true; or nil and a fault, unless the replay differs.
function player.play(self, until_ns)
  local ok, err = true, nil
  local kind, text, time = self.loop:coming()
  while ok and kind and kind ~= "life" and not is_later(self, until_ns, time) do
    local before = self.loop:input()
    hold(self, until_ns)
    ok, err = step(self, kind, text)
    local is_taken = self.loop:input() ~= before or self.loop:difference()
    if ok and not is_taken and self.is_loose then
      self.loop:pass()
    elseif ok and not is_taken then
      ok, err = nil, fault("not_taken", ("input %d (%s) was recorded, and the replay does not take it"):format(
        before + 1, kind))
    end
    kind, text, time = self.loop:coming()
  end
  self.is_held = ok and kind ~= nil and kind ~= "life"
  return ok, err
end

-- The moment of what came last, of the session's time, and that of what comes next; nil: nothing does.
function player.now(self) return pace_of(self):session(self.loop:now()) end

function player.next_moment(self)
  local _, _, time = self.loop:coming()
  return time and pace_of(self):session(time)
end

-- Begins that life; what is before it is passed.
function player.begin(self, life)
  self.life = life
  self.lives[#self.lives + 1] = life
  self.loop:skip(life.input - self.loop:input())
end

local function close_life(self)
  if self.object then self.object:release() end
  if self.parts then self.parts:close() end
  if self.client then self.client:close() end
  if self.check then self.check:close() end
  for _, part in ipairs { "session", "object", "parts", "client", "policy", "check" } do self[part] = nil end
end

local function found_by(self) return self.check and self.check:result() or { compared = 0, beyond = 0 } end

-- How many events of this life were made again, each the same.
function player.events(self) return found_by(self).compared end

-- What this life's replay differs in so far; nil: in nothing.
function player.difference(self)
  local life, found = self.life, found_by(self)
  life.events, life.beyond = found.compared, found.beyond
  if found.seq then
    return { kind = "event", seq = found.seq, input = found.input, stored = found.stored, replayed = found.replayed }
  end
  local words, at = self.loop:difference()
  if words then return { kind = "input", input = at, words = words } end
  if self.is_held then return nil end
  local missing = life.till - life.after - found.compared
  if missing > 0 then
    local _, segment = self.loop:input()
    return { kind = "missing", count = missing, seq = life.after + found.compared + 1, segment = segment }
  end
  if found.beyond > 0 and life.is_left then return { kind = "beyond", count = found.beyond } end
end

-- Ends the life that is played → what it differs in, or nil.
function player.leave(self)
  local difference = player.difference(self)
  close_life(self)
  return difference
end

-- ---- the recording --------------------------------------------------------------------------------------------------

-- The life that wrote that event.
function player.life_of(self, seq)
  for _, life in ipairs(self.recorded) do
    if seq > life.after and seq <= life.till then return life end
  end
end

local function open_loop(place, way)
  local options = { replay = inputs.directory(place.directory) }
  for name, value in pairs(way) do options[name] = value end
  return core.open_loop(options)
end

-- player.open(place, of neap.replay.place) → { recorded = its lives, changed, removed = as of lives, lives = those that
-- were begun, loop = }, or nil and a fault. `recorded`: of an earlier one, whose lives are known. `way`:
-- { loose = true: it is played to another session, ignores_stops = of cells }, or { may_loosen = true: it may be from
-- some moment on }.
function player.open(place, recorded, way)
  way = way or {}
  local self = { lives = {}, place = place, events = place.events, recorded = recorded,
    is_loose = way.loose or false }
  local err
  if not recorded then self.recorded, self.changed, self.removed = lives_of(place) end
  if not self.recorded then
    return nil, place.stages[1] and self.changed or unrecorded.explain(self.changed, self.events)
  end
  self.scratch, err = scratch.make "a replay"
  if not self.scratch then return nil, err end
  self.loop, err = open_loop(place, way)
  if self.loop then return self end
  scratch.remove(self.scratch)
  return nil, err
end

-- Between two inputs: from here on it is played to another session.
function player.loosen(self, ignores_stops)
  self.loop:loosen(ignores_stops)
  self.is_loose = true
end

function player.close(self)
  close_life(self)
  self.loop:close()
  scratch.remove(self.scratch)
end

return player
