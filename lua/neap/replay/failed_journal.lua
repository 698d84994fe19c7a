-- SPDX-License-Identifier: MIT
-- That a journal's disk failed is no input: what a session did then has nothing in its recording that it came of.

local event_store = require "neap.event_store"

-- The event by which that life wrote down that its journal could not be written, or nil.
local function failure_of(path, life)
  local rows <close> = event_store.events(path, { type = "mode_changed", since = life.after + 1,
    ["until"] = life.till })
  for row in rows or function() end do
    if row.body.reason == "journal" and row.body.who == "session" then return row end
  end
end

local function time_of(path, seq)
  local rows <close> = event_store.events(path, { since = seq, limit = 1 })
  local row = rows and rows:next()
  return row and row.ts_ns
end

-- What a life that was played differs in, behind `input`: the failure, where the first event that was not made again is
-- of its moment; else as it was found.
return function(path, life, found, input)
  local failure = failure_of(path, life)
  if not failure then return found end
  local first = life.after + (life.events or 0) + 1
  if first > failure.seq or time_of(path, first) ~= failure.ts_ns then return found end
  return { kind = "journal", seq = failure.seq, first = first, ts_ns = failure.ts_ns, input = input,
    why = failure.body.message }
end
