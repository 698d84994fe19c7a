-- SPDX-License-Identifier: MIT
-- How a recorded session's time goes with the loop's: from its opening on, by the machine's clock, or by that of a
-- local exchange, which may be another day's and faster.
local core = require "neap.run_c"
local recording = require "neap.session.recording"

local pace = {}
pace.__index = pace

-- The loop stands at the opening, whose text it is; nil: no session was opened, its time is the machine's.
function pace.of(loop, text)
  local outside = text and recording.read(text)[1].outside or {}
  if outside.at then return setmetatable({ speed = outside.speed, at = outside.at, start = outside.start }, pace) end
  return setmetatable({ speed = 1, at = loop:now(), start = loop:wall() }, pace)
end

-- A float's 53 bits are months of ns: nothing is lost where nothing is hurried.
function pace:session(moment)
  if self.speed == 1 then return self.start + (moment - self.at) end
  return core.session_time(self.speed, self.at, self.start, moment)
end

-- The first moment of the loop at which the session's time is `time`.
function pace:moment(time)
  if self.speed == 1 then return self.at + (time - self.start) end
  return core.wall_time(self.speed, self.at, self.start, time)
end

return pace
