-- SPDX-License-Identifier: MIT
-- Where the recording of a session begins: with its first event, or behind what was removed or not recorded; and where
-- a life is missing in its middle.
local clock = require "neap.clock"
local event_store = require "neap.event_store"
local fault = require "neap.base.fault"

local beginning = {}

-- The first recorded life that opened a session.
local function first_life(player)
  for _, life in ipairs(player.recorded) do
    if life.began then return life end
  end
end

-- player: of neap.replay.player → { time =, after = the event behind which it begins, is_trimmed = }; nil: it begins
-- with the session.
function beginning.of(player)
  local life = first_life(player)
  if not life or life.after == 0 then return nil end
  return { time = life.began, after = life.after, is_trimmed = player.removed > 0 }
end

-- Why there is no life.
function beginning.nothing(player)
  if player.removed > 0 then
    return fault("trimmed", "what was recorded of this session was removed by neap trim", player.events)
  end
  return fault("not_recorded", "nothing was recorded of this session", player.events)
end

-- An unrecorded life's events lie behind a recorded one's, and say that the session was resumed once more.
local function unrecorded_in(player, life)
  local rows <close>, err = event_store.events(player.events, { type = "session_resumed", since = life.after + 1,
    ["until"] = life.till, limit = 2 })
  if not rows then return nil, err end
  local row
  row, err = rows:next()
  if life.after > 0 and row then return rows:next() end -- the first is its own
  return row, err
end

-- The first recorded life, from the number `first` on, behind which one was not recorded; nil: there is none, or a
-- fault.
function beginning.find_gap(player, first)
  for i = first, #player.recorded do
    local life, row, err = player.recorded[i]
    if life.after < life.till then row, err = unrecorded_in(player, life) end
    if row or err then return row and life, err end
  end
end

function beginning.words(begins)
  return ("the recording begins at %s, behind event %d; what came before was %s"):format(clock.format(begins.time),
    begins.after, begins.is_trimmed and "removed by neap trim" or "not recorded")
end

-- true; or nil and a fault: nothing is recorded up to that moment.
function beginning.check(player, until_ns)
  local life = first_life(player)
  if not life or life.began <= until_ns then return true end
  local begins = beginning.of(player)
  local words = begins and beginning.words(begins) or "the session began at " .. clock.format(life.began)
  return nil, fault("before_beginning", ("%s is before that: %s"):format(clock.format(until_ns), words), player.events)
end

return beginning
