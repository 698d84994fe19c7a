-- SPDX-License-Identifier: MIT
-- How long the way from an event back to its input takes in a recording of hours, beside reading all of it. There is no
-- frame of the network in this one, so that each look reads the segment before, too: it is the longest way.
-- bench/run --origin [HOURS]
local core = require "neap.run_c"
local json = require "neap.json"
local recording = require "neap.session.recording"
local replay = require "neap.replay"

local home, hours = ...
local FRAMES, LOOKS = 400000, 50 -- of two large products in an hour, 300 bytes each

-- Digits that differ from frame to frame as prices and sizes do.
local dice = 7
local function digits(count)
  dice = dice * 6364136223846793005 + 1442695040888963407
  return ("%019d"):format(dice & math.maxinteger):sub(3, 2 + count)
end

local FRAME = '{"channel":"l2_data","client_id":"","timestamp":"2026-11-30T10:%s:%sZ","sequence_num":%d,"events":' ..
  '[{"type":"update","product_id":"BTC-USD","updates":[{"side":"bid","event_time":"2026-11-30T10:00:00.000000Z",' ..
  '"price_level":"650%s.%s","new_quantity":"0.%s"}]}]}'

local function record(count)
  local loop = assert(core.open_loop { record = home .. "/inputs" })
  local moments = {}
  loop:life(json.encode { schema = "neap.inputs/1", session = "one" })
  recording.note(loop, "session", "open", { outside = {}, events = 0 })
  for i = 1, count do
    loop:note(FRAME:format(digits(2), digits(9), i, digits(2), digits(2), digits(8)))
    if i % (count // LOOKS) == 0 then moments[#moments + 1] = loop:wall() end
  end
  loop:close()
  return moments
end

local function time(f)
  local begun = os.clock() -- of this process: others use the machine, too
  f()
  return (os.clock() - begun) * 1000
end

hours = tonumber(hours) or 4
local moments = record(math.floor(hours * FRAMES))
local bytes = 0
for _, segment in ipairs(core.segments(home .. "/inputs")) do bytes = bytes + segment.bytes end
print(("%g hours, %d inputs, %.1f MB"):format(hours, hours * FRAMES, bytes / 1e6))
local whole = time(function()
  local loop <close> = core.open_loop { replay = home .. "/inputs" }
  loop:skip(math.maxinteger)
end)
print(("all of it is read in %.0f ms of CPU time"):format(whole))
local times = {}
for i, moment in ipairs(moments) do
  times[i] = time(function() assert(replay.origin(home, { ts_ns = moment, seq = 1 })) end)
end
table.sort(times)
print(("an event's input, %d all over it: p50 %.0f ms, longest %.0f ms"):format(#times, times[#times // 2 + 1],
  times[#times]))
