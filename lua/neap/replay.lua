-- SPDX-License-Identifier: MIT
-- A recorded session, played again from its inputs: the same client, feed, broker, session and strategies, without a
-- network and without a clock, into a store of its own, whose events are compared with those that were stored.
local blame = require "neap.base.blame"
local core = require "neap.run_c"
local fault = require "neap.base.fault"
local inputs = require "neap.run.inputs"
local pace = require "neap.replay.pace"
local player = require "neap.replay.player"
local recording = require "neap.session.recording"

local replay = {}

local function play_life(self, life, until_ns)
  player.begin(self, life)
  local ok, err = player.play(self, until_ns)
  self.difference = player.leave(self)
  local is_told = self.difference and self.difference.kind ~= "missing"
  if not ok and not is_told then return nil, err end
  return self.loop:damage()
end

local function play_all(self, until_ns)
  for _, life in ipairs(self.recorded) do
    local ok, err = play_life(self, life, until_ns)
    if not ok then return nil, err end
    if self.difference or self.is_held then return true end
  end
  self.loop:coming()
  local ok, err = self.loop:damage()
  if ok and #self.recorded == 0 then
    return nil, fault("not_recorded", "nothing was recorded of this session", self.events)
  end
  return ok, err
end

local function result_of(self, until_ns)
  local events = 0
  for _, life in ipairs(self.lives) do events = events + (life.events or 0) end
  return { same = not self.difference, difference = self.difference, lives = #self.lives, events = events,
    inputs = (self.loop:input()), stopped_at = self.is_held and until_ns or nil, changed = self.changed }
end

-- replay.run{ directory =, until_ns = } → { same =, difference =, lives =, events =, inputs =, changed = files that say
-- something else by now }; or nil and a fault: what is recorded cannot be read, or cannot be made again.
replay.run = blame(function(options)
  local self, err = player.open(options.directory)
  if not self then return nil, err end
  local ok
  ok, err = play_all(self, options.until_ns)
  local result = ok and result_of(self, options.until_ns)
  if not ok and type(err) == "table" then err.input = (self.loop:input()) end
  player.close(self)
  return result or nil, err
end)

-- replay.simulate{ directory =, store = a new one's path (nil: none is kept), strategy = file, set = { name = value },
-- engine =, until_ns =, latency =, queue = as neap.session's latency_ms and queue } → { store =, events =, lives =,
-- inputs =, marks = by product, at = session time of its end, stopped_at =, changed = as above }; or nil and a fault.
-- The market that was recorded is played to a session on paper. `use(path, result)` sees the store of events while it
-- is there.
replay.simulate = blame(function(options, use) return require "neap.replay.simulate"(options, use) end)

-- replay.compare(options of replay.simulate) → its result with { mode =, recorded =, what_if =, unchanged = figures
-- each, difference =, own_difference =, simulator_difference = }; or nil and a fault. What was recorded in earnest is
-- simulated unchanged, too. As docs/reference/replay.md has it.
replay.compare = blame(function(options) return require("neap.replay.comparison").run(options) end)

local SHOWN = 200

-- Of an answer, its body.
local function beginning(kind, text)
  local from = kind == "answer" and text:find("{", 1, true) or 1
  return text:sub(from, from + SHOWN - 1)
end

local function describe(number, kind, text, segment, time)
  return { number = number, kind = kind, segment = segment, time = time, text = beginning(kind, text) }
end

-- replay.input(directory, number) → { number =, kind =, time = ns since 1970, segment =, text = its beginning }.
-- by: the pace of the session's time (neap.replay.pace); nil: `time` is the machine's.
function replay.input(directory, number, by)
  local loop <close> = core.open_loop { replay = inputs.directory(directory) }
  if not loop then return nil end
  loop:skip(number - 1)
  local kind, text = loop:coming()
  if not kind then return nil end
  local _, segment = loop:input()
  loop:pass()
  return describe((loop:input()), kind, text, segment, by and by:session(loop:now()) or loop:wall())
end

-- The first input that is not before that moment of the session's time, which goes on from life to life, as
-- loop:reach has it.
local function reach(loop, ts_ns, word)
  local kind, text = loop:find()
  while kind do
    local found
    if kind == "call" and recording.is_opening(text) then
      local by = pace.of(loop, text)
      found = table.pack(loop:reach(by:moment(ts_ns), word))
      found[5], found.pace = found[5] and by:session(loop:now()), by
    else
      loop:pass()
    end
    if found and found[1] then return found end
    kind, text = loop:find()
  end
end

local FRAMES = { message = true, answer = true }

-- replay.origin(directory, ts_ns, word) → the input that an event of that time came of, as `input` has it, and where
-- that is none from the network, as `frame` the newest that was, or the newest that has the word (an order's id) in it.
-- nil and a fault: nothing is recorded of that moment.
replay.origin = blame(function(directory, ts_ns, word)
  local loop <close>, err = core.open_loop { replay = inputs.directory(directory) }
  if not loop then return nil, err end
  local found = reach(loop, ts_ns, word)
  local ok, damage = loop:damage()
  if not ok then return nil, damage end
  if not found then return nil, fault("not_recorded", "the recording ends before that", directory) end
  local told, frame = describe(table.unpack(found, 1, 5)), found[6]
  if not FRAMES[told.kind] and frame > 0 then told.frame = replay.input(directory, frame, found.pace) end
  return told
end)

return replay
