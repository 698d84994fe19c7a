-- SPDX-License-Identifier: MIT
-- The clock of a local exchange that plays another day, or plays it faster: a session there goes by it.
local core = require "neap.run_c"
local output = require "neap.cli.output"

local venue_clock = {}

local LOOKS = 5
local MS = 1000000

local function usage(message, ...) return nil, output.error("usage", message:format(...)) end

-- May --speed be said of this venue? speed: nil where it was not. → true, or nil and an error of usage.
function venue_clock.check(speed, venue)
  if not speed or venue.is_local and speed > 0 then return true end
  if venue.is_local then return usage "--speed max: an exchange has a clock; say the speed that it was started with" end
  return usage("--speed: %s has a clock that nobody hurries; it is for a local exchange that was started with it",
    venue.host)
end

-- Looks at it, if a speed was said → { start = its time, at = the loop's of the same moment, speed = }, of the answer
-- that came soonest; empty: its clock is the machine's. Or nil and a fault.
function venue_clock.read(speed, client)
  local pace, best = { speed = speed }, nil
  for _ = 1, speed and LOOKS or 0 do
    local sent = core.now()
    local answer, err = client:time {}
    if not answer then return nil, err end
    local span = core.now() - sent
    if not best or span < best then
      best, pace.at = span, sent + span // 2
      pace.start = math.tointeger(tonumber(answer.epochMillis)) * MS
    end
  end
  return pace
end

return venue_clock
