-- SPDX-License-Identifier: MIT
-- The moment behind an event of a stored session, in a recording that is played up to it.
local fault = require "neap.base.fault"
local player = require "neap.replay.player"

local moment = {}

-- The number of the last event that was made again.
function moment.made(played) return played.life.after + player.events(played) end

-- An event that was due between two inputs is made by the second: this plays on until that event is there.
function moment.make(played, seq)
  local ok, err = true, nil
  while ok and played.is_held and moment.made(played) < seq do
    ok, err = player.play(played, player.next_moment(played))
  end
  return ok, err
end

function moment.not_recorded_to(path, seq)
  return fault("not_recorded", ("nothing that was recorded leads to event %d"):format(seq), path)
end

-- Why what is played is not that moment; nil: each event up to there is the stored one.
function moment.differs(played, seq)
  local found = player.difference(played)
  if moment.made(played) >= seq and not (found and found.kind ~= "missing") then return nil end
  if not found or found.kind == "missing" then return moment.not_recorded_to(played.events, seq) end
  local where = found.seq or moment.made(played) + 1
  return fault("replay_differs", ("the recording does not lead to event %d again: `neap replay` says how; the first " ..
    "that differs is event %d"):format(seq, where), played.events)
end

return moment
