-- SPDX-License-Identifier: MIT
-- A recorded session, played again from its inputs: the same client, feed, broker, session and strategies, without a
-- network and without a clock, into a store of its own, whose events are compared with those that were stored.
local blame = require "neap.base.blame"
local call = require "neap.replay.calls"
local core = require "neap.run_c"
local fault = require "neap.base.fault"
local files = require "neap.base.files"
local inputs = require "neap.run.inputs"
local lives_of = require "neap.replay.lives"
local setup = require "neap.backtest.setup"

local replay = {}

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

local function is_reached(self)
  return self.until_ns and self.session and self.session.now > self.until_ns
end

local function close_life(self)
  if self.object then self.object:release() end
  if self.parts then self.parts:close() end
  if self.client then self.client:close() end
  self.session, self.object, self.parts, self.client, self.policy = nil, nil, nil, nil, nil
end

-- How a life ended, of what its check found.
local function judge(self)
  local life = self.life
  local found = self.check and self.check:result() or { compared = 0, beyond = 0 }
  life.events, life.beyond = found.compared, found.beyond
  if found.seq then
    return { kind = "event", seq = found.seq, input = found.input, stored = found.stored, replayed = found.replayed }
  end
  local words, at = self.loop:difference()
  if words then return { kind = "input", input = at, words = words } end
  if self.stopped_at then return nil end
  local missing = life.till - life.after - found.compared
  if missing > 0 then return { kind = "missing", count = missing, seq = life.after + found.compared + 1 } end
  if found.beyond > 0 and life.is_left then return { kind = "beyond", count = found.beyond } end
end

-- Plays to the end of a life → true; or nil and a fault. What differs is in self.difference.
local function play_life(self)
  self.loop:pass()
  local ok, err = true, nil
  local kind, text = self.loop:coming()
  while ok and kind and kind ~= "life" and not self.stopped_at do
    local before = self.loop:input()
    ok, err = step(self, kind, text)
    if ok and self.loop:input() == before and not self.loop:difference() then
      ok, err = nil, fault("not_taken", ("input %d (%s) was recorded, and the replay does not take it"):format(
        before + 1, kind))
    end
    if is_reached(self) then self.stopped_at = self.session.now end
    kind, text = self.loop:coming()
  end
  self.difference = judge(self)
  close_life(self)
  if self.check then self.check:close() end
  self.check = nil
  local is_told = self.difference and self.difference.kind ~= "missing"
  if not ok and not is_told then return nil, err end
  return self.loop:damage()
end

-- ---- all of them ----------------------------------------------------------------------------------------------------

local function make_scratch()
  local path = os.tmpname()
  os.remove(path)
  local ok, message = files.lfs.mkdir(path)
  if ok then return path end
  return nil, fault("cannot_create", "no place for a replay: " .. message, path)
end

local function remove(path)
  if files.mode(path) ~= "directory" then return os.remove(path) end
  for name in files.lfs.dir(path) do
    if name ~= "." and name ~= ".." then remove(path .. "/" .. name) end
  end
  files.lfs.rmdir(path)
end

local function play_all(self, lives)
  for _, life in ipairs(lives) do
    self.life = life
    self.lives[#self.lives + 1] = life
    local ok, err = play_life(self)
    if not ok then return nil, err end
    if self.difference or self.stopped_at then return true end
  end
  self.loop:coming()
  local ok, err = self.loop:damage()
  if ok and #lives == 0 then return nil, fault("not_recorded", "nothing was recorded of this session", self.events) end
  return ok, err
end

local function result_of(self)
  local events = 0
  for _, life in ipairs(self.lives) do events = events + (life.events or 0) end
  return { same = not self.difference, difference = self.difference, lives = #self.lives, events = events,
    inputs = (self.loop:input()), stopped_at = self.stopped_at }
end

-- replay.run{ directory =, until_ns = } → { same =, difference =, lives =, events =, inputs =, changed = files
-- that say something else by now }; or nil
-- and a fault: what is recorded cannot be read, or cannot be made again.
replay.run = blame(function(options)
  local directory = options.directory
  local self = { lives = {}, events = directory .. "/events.db", until_ns = options.until_ns }
  local lives, changed = lives_of(directory, self.events)
  if not lives then return nil, changed end
  local err
  self.scratch, err = make_scratch()
  if not self.scratch then return nil, err end
  self.loop, err = core.open_loop { replay = inputs.directory(directory) }
  local ok
  if self.loop then ok, err = play_all(self, lives) end
  local result = ok and result_of(self)
  if result then result.changed = changed end
  if not ok and self.loop and type(err) == "table" then err.input = (self.loop:input()) end
  if self.loop then self.loop:close() end
  remove(self.scratch)
  return result or nil, err
end)

-- replay.input(directory, number) → { number =, kind =, time = ns since 1970, segment =, text = its beginning }
function replay.input(directory, number)
  local loop = core.open_loop { replay = inputs.directory(directory) }
  if not loop then return nil end
  loop:skip(number - 1)
  local kind, text = loop:coming()
  if not kind then return loop:close() end
  local _, segment = loop:input()
  loop:pass()
  local found = { number = number, kind = kind, segment = segment, time = loop:wall(), text = text:sub(1, 200) }
  loop:close()
  return found
end

return replay
