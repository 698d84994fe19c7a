-- SPDX-License-Identifier: MIT
-- Why an order was refused that came while the session let nothing in: since when, by whom, and which guard's figure it
-- was.
local clean = require "neap.base.clean"

local mode_story = {}

local function is_refused_by_mode(decision)
  return decision and not decision.accepted and decision.reason and decision.reason.check == "mode"
end

local function last_before(rows, seq)
  local found
  for _, row in ipairs(rows or {}) do
    if row.seq < seq then found = row end
  end
  return found
end

-- read(filter) → rows, as stored_story has it. → nil where the mode is the configuration's, or did not decide.
function mode_story.read(told, read)
  if not is_refused_by_mode(told.decision) then return nil end
  local change = last_before(read { type = "mode_changed" }, told.decision_seq)
  if not change then return nil end
  local body = change.body
  local found = { mode = body.mode, reason = body.reason, who = body.who, time = change.time, event = change.seq }
  local trip = last_before(read { type = "guard_tripped" }, change.seq)
  if trip and trip.seq == change.cause_seq then
    found.guard = { guard = trip.body.guard, input = trip.body.input, limit = trip.body.limit, event = trip.seq }
  end
  return found
end

-- What `explain` prints of it.
function mode_story.print(say, found)
  if not found then return end
  say(("  mode      %s since %s: %s, by %s (event %d)"):format(clean(found.mode), found.time, clean(found.reason or ""),
    clean(found.who or "?"), found.event))
  local guard = found.guard
  if not guard then return end
  say(("  guard     %s: %s was over the limit of %s (event %d)"):format(clean(guard.guard), clean(guard.input),
    clean(guard.limit), guard.event))
end

return mode_story
