-- SPDX-License-Identifier: MIT
-- The pace of the clock that this process runs on, under tools/fast_clock/run: it and all that it starts.
local core = require "neap.run_c"

local clock = {}

local PIECE, COUNT_SIZE, MOST = "=i8i8i8", 8, 43690
local NOTICE = 5000000 -- ns of the machine: a piece begins when all have seen it, so that no clock goes back

local path = os.getenv "FAST_CLOCK"
local count, last = 0, { from = 0, ahead = 0, pace = 1 }

-- Seconds of the fast clock in one of the machine's, from now on.
function clock.set_pace(pace)
  assert(path, "this process is not under tools/fast_clock/run")
  assert(count < MOST, "the clock's pace changed too often")
  local from = last.from + (core.now() - last.ahead - last.from) // last.pace + NOTICE
  last = { from = from, ahead = last.ahead + (from - last.from) * (last.pace - 1), pace = pace }
  local file <close> = assert(io.open(path, "r+b"))
  file:seek("set", COUNT_SIZE + count * PIECE:packsize())
  file:write(PIECE:pack(last.from, last.ahead, last.pace))
  file:flush()
  count = count + 1
  file:seek("set", 0)
  file:write(("=i8"):pack(count))
end

-- Of this clock.
function clock.seconds() return core.now() / 1000000000 end

-- Of the machine's.
function clock.machine_seconds()
  local now = core.now()
  return (last.from + (now - last.ahead - last.from) // last.pace) / 1000000000
end

return clock
