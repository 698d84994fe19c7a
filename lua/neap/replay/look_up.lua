-- SPDX-License-Identifier: MIT
-- One input of a recording: by its number, or the one that an event came of. Of a life it reads the beginning, where
-- its session was opened, and the segment in which the input is.
local fault = require "neap.base.fault"
local openings = require "neap.replay.openings"

local look_up = {}

local SHOWN = 200

-- Of an answer, its body.
local function beginning(kind, text)
  local from = kind == "answer" and text:find("{", 1, true) or 1
  return text:sub(from, from + SHOWN - 1)
end

local function describe(number, kind, text, segment, time)
  return { number = number, kind = kind, segment = segment, time = time, text = beginning(kind, text) }
end

-- ---- by its number --------------------------------------------------------------------------------------------------

-- The machine's time is known from a life's beginning on; that of a session whose pace is known, everywhere.
local function entry(directory, number, by)
  local found
  for _, life in ipairs(openings.lives(directory) or {}) do
    for i, segment in ipairs(life.segments) do
      local is_known = i == 1 or by and segment.before > 0
      if is_known and segment.before < number then found = segment end
    end
  end
  return found
end

-- → the input, `time` by the pace, or nil.
function look_up.input(directory, number, by)
  local loop <close> = openings.open(directory, nil, entry(directory, number, by))
  if not loop or loop:input() >= number then return nil end
  loop:skip(number - 1 - loop:input())
  local kind, text = loop:coming()
  if not kind then return nil end
  local _, segment = loop:input()
  loop:pass()
  return describe((loop:input()), kind, text, segment, by and by:session(loop:now()) or loop:wall())
end

local FRAMES = { message = true, answer = true }

-- ---- of an event ----------------------------------------------------------------------------------------------------

-- Did this life write it? `event`: ts_ns, and seq where it is known: a session's time says less.
local function has_written(event, by, after)
  if event.seq then return after < event.seq end
  return by:session(by.at) <= event.ts_ns
end

local function not_there(directory, lives)
  local loop <close>, err = openings.open(directory, lives[1])
  if not loop then return err end
  if loop:input() > 0 then
    return fault("trimmed", "the recording of that moment was removed by neap trim", directory)
  end
  return fault("not_recorded", "the recording begins behind that", directory)
end

-- The newest life that did → it, its pace; or nil and a fault.
local function find_life(directory, lives, event)
  local damage
  for i = #lives, 1, -1 do
    local loop <close>, err = openings.open(directory, lives[i])
    if not loop then return nil, err end
    local by, after = openings.next(loop)
    if by and has_written(event, by, after) then return lives[i], by end
    local ok, found = loop:damage()
    damage = damage or not ok and found or nil
  end
  return nil, damage or not_there(directory, lives)
end

-- A life that was in one segment with the one before it, or lies in the tail, is come to from that one.
local function reach(loop, by, event)
  while by do
    local found = table.pack(loop:reach(by:moment(event.ts_ns), event.client_order_id))
    found.pace, found.now = by, loop:now()
    if found[1] then return found end
    local after
    by, after = openings.next(loop)
    if by and not has_written(event, by, after) then return nil end
  end
end

-- As loop:reach has it, `pace` and its moment, `now`, beside it. nil: it is not there, or a fault.
local function find_from(directory, life, at, by, event)
  local loop <close>, err = openings.open(directory, life, life.segments[at])
  if not loop then return nil, err end
  if at == 1 then openings.next(loop) end
  local found = reach(loop, by, event)
  local ok, damage = loop:damage()
  return ok and found, damage
end

local function find(directory, life, by, event)
  local at = openings.segment(directory, life, by:moment(event.ts_ns))
  local found, err = find_from(directory, life, at, by, event)
  local has_frame = not found or FRAMES[found[2]] or found[6] > 0
  if at == 1 or has_frame then return found, err end
  return find_from(directory, life, at - 1, by, event)
end

-- event: { ts_ns =, seq = or nil, client_order_id = or nil } → the input it came of, and where that is none from the
-- network, as `frame` the newest that was, or the newest in its segment that has the order's id in it. nil and a fault:
-- nothing is recorded of that moment.
function look_up.origin(directory, event)
  local lives, err = openings.lives(directory)
  if not lives then return nil, err end
  local life, by = find_life(directory, lives, event)
  if not life then return nil, by end
  local found, damage = find(directory, life, by, event)
  if damage then return nil, damage end
  if not found then return nil, fault("not_recorded", "the recording ends before that", directory) end
  local told = describe(found[1], found[2], found[3], found[4], found.pace:session(found.now))
  if not FRAMES[told.kind] and found[6] > 0 then told.frame = look_up.input(directory, found[6], found.pace) end
  return told
end

return look_up
