-- SPDX-License-Identifier: MIT
-- Where in a recording a process began, an event's life is, a moment is, without reading what is between.
local core = require "neap.run_c"
local fault = require "neap.base.fault"
local files = require "neap.base.files"
local inputs = require "neap.run.inputs"
local pace = require "neap.replay.pace"
local recording = require "neap.session.recording"

local openings = {}

-- A recording of an earlier version does not say how many inputs lie before a segment: it is read from its beginning.
local function is_entry(segment, i) return i == 1 or segment.is_fresh and segment.before > 0 end

-- → the lives, in order: { segments = of core.segments }, at least one; or nil and a fault. One that is in the tail
-- alone, or was killed there, is come to from the one before it.
function openings.lives(directory)
  local place = inputs.directory(directory)
  if files.mode(place) ~= "directory" then
    return nil, fault("not_recorded", "this session was not recorded", place)
  end
  local segments, err = core.segments(place)
  if not segments then return nil, err end
  local lives = #segments == 0 and { { segments = {} } } or {}
  for i, segment in ipairs(segments) do
    if is_entry(segment, i) then lives[#lives + 1] = { segments = {} } end
    table.insert(lives[#lives].segments, segment)
  end
  return lives
end

-- A loop that plays from that life's beginning on, or from one of its segments; or nil and a fault.
function openings.open(directory, life, segment)
  segment = segment or life and life.segments[1]
  return core.open_loop { replay = inputs.directory(directory), from = segment and segment.number or nil }
end

-- The loop goes to the next opening of a session → its pace, and behind which event it began; nil: there is none.
function openings.next(loop)
  local kind, text = loop:find()
  while kind do
    if kind == "call" and recording.is_opening(text) then
      return pace.of(loop, text), recording.read(text)[1].events
    end
    loop:pass()
    kind, text = loop:find()
  end
end

-- The first moment that lies in a segment, on the loop's clock; nil: none begins there.
local function first_moment(directory, segment)
  local loop <close> = openings.open(directory, nil, segment)
  return loop and loop:reach(math.mininteger) and loop:now()
end

-- The last of a life's segments that begins before that moment.
function openings.segment(directory, life, moment)
  local low, high = 1, #life.segments
  while low < high do
    local middle = (low + high + 1) // 2
    local segment = life.segments[middle]
    local first = segment.before > 0 and first_moment(directory, segment)
    if first and first < moment then low = middle else high = middle - 1 end
  end
  return low
end

return openings
