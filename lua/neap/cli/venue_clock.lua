-- SPDX-License-Identifier: MIT
-- The clock of a local exchange that plays another day, or plays it faster: a session there goes by it.
local core = require "neap.run_c"
local output = require "neap.cli.output"

local venue_clock = {}

local LOOKS = 5
local MS = 1000000
local BLUR = 2 * MS -- it tells whole milliseconds of its own

local function usage(message, ...) return nil, output.error("usage", message:format(...)) end

-- May --speed be said of this venue? speed: nil where it was not. → true, or nil and an error of usage.
function venue_clock.check(speed, venue)
  if not speed or venue.is_local and speed > 0 then return true end
  if venue.is_local then return usage "--speed max: an exchange has a clock; say the speed that it was started with" end
  return usage("--speed: %s has a clock that nobody hurries; it is for a local exchange that was started with it",
    venue.host)
end

-- → { sent =, came = of the loop's clock, time = the exchange's in between }, or nil and a fault.
local function look(client)
  local sent = core.now()
  local answer, err = client:time {}
  if not answer then return nil, err end
  return { sent = sent, came = core.now(), time = math.tointeger(tonumber(answer.epochMillis)) * MS }
end

-- Looks at it, if a speed was said → { start = its time, at = the loop's of the same moment, speed =, first = the look
-- that says so }, of the answer that came soonest; empty: its clock is the machine's. Or nil and a fault.
function venue_clock.read(speed, client)
  local best
  for _ = 1, speed and LOOKS or 0 do
    local seen, err = look(client)
    if not seen then return nil, err end
    if not best or seen.came - seen.sent < best.came - best.sent then best = seen end
  end
  if not best then return {} end
  return { speed = speed, start = best.time, at = (best.sent + best.came) // 2, first = best }
end

-- Its clock has gone on since: at that speed? What cannot be, however long the answers were on their way, is an error
-- of usage.
function venue_clock.confirm(pace, client)
  if not pace.first then return true end
  local first, now, err = pace.first, look(client)
  if not now then return nil, err end
  local gone, least, most = now.time - first.time, now.sent - first.came, now.came - first.sent
  if gone - BLUR <= pace.speed * most and gone + BLUR >= pace.speed * least then return true end
  return usage("--speed %g: the exchange's own clock goes at %.4g to %.4g; say what it was started with", pace.speed,
    (gone - BLUR) / most, (gone + BLUR) / least)
end

return venue_clock
