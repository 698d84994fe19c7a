-- SPDX-License-Identifier: MIT
-- Which recorded input an event of a stored session came of, in words.
local clean = require "neap.base.clean"
local clock = require "neap.clock"
local records = require "neap.session.records"

local origin = {}

-- The file of a recording, by its number; 0: what no segment has yet.
function origin.file(segment) return segment > 0 and ("inputs/%04d.seg"):format(segment) or "inputs/tail" end

-- What neap.replay says of an input, for a person and for JSON; `text` is the beginning of what it said.
function origin.describe(input)
  return { number = input.number, kind = input.kind, time = clock.format(input.time),
    segment = origin.file(input.segment),
    text = input.text ~= "" and clean(input.text) or nil, frame = input.frame and origin.describe(input.frame) }
end

-- "input 140 (turn), 2026-02-05T14:30:00Z, inputs/0001.seg"
function origin.line(told)
  return ("input %d (%s), %s, %s"):format(told.number, told.kind, told.time, told.segment)
end

local function text_of(told) return told.text or told.frame and told.frame.text end

-- Lines for the story of an order.
function origin.lines(told)
  local lines, text = { "  came of   " .. origin.line(told) }, text_of(told)
  if told.frame then lines[2] = "  newest    " .. origin.line(told.frame) end
  if text then lines[#lines + 1] = "            " .. text end
  return lines
end

-- The same in one line, for a list of events.
local function body_of(told)
  local text = text_of(told)
  return origin.line(told) .. (told.frame and "; newest: " .. origin.line(told.frame) or "") ..
    (text and ": " .. text or "")
end

-- Behind a fork a number is none of the recorded session's: there the moment says which input.
local function row_in(place, row)
  local first = place.stages[1]
  if not first or not row.seq or row.seq <= first.event then return row end
  return { ts_ns = row.ts_ns, client_order_id = row.client_order_id }
end

-- origin.of(path of the events, one of them: its seq, ts_ns and client_order_id) → that, which prints itself; nil and a
-- fault: `not_recorded`, or the recording cannot be read.
function origin.of(path, row)
  local place, err = require("neap.replay.place").of(path, "an event comes")
  if not place then return nil, err end
  local input
  input, err = require("neap.replay").origin(place.directory, row_in(place, row))
  if not input then return nil, err end
  local told = origin.describe(input)
  told.type, told.json = "input", body_of(told)
  return records.mark_one(told, "input")
end

return origin
