-- SPDX-License-Identifier: MIT
-- A recorded session, played again from its inputs: the same client, feed, broker, session and strategies, without a
-- network and without a clock, into a store of its own, whose events are compared with those that were stored.
local blame = require "neap.base.blame"
local core = require "neap.run_c"
local fault = require "neap.base.fault"
local inputs = require "neap.run.inputs"
local player = require "neap.replay.player"

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

-- replay.run{ directory =, until_ns = } → { same =, difference =, lives =, events =, inputs =, changed = files
-- that say something else by now }; or nil
-- and a fault: what is recorded cannot be read, or cannot be made again.
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
