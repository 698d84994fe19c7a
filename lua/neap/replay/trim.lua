-- SPDX-License-Identifier: MIT
-- Takes away what was recorded of a session's oldest lives, each as a whole: a life is played from its beginning.
local core = require "neap.run_c"
local inputs = require "neap.run.inputs"
local openings = require "neap.replay.openings"

-- When it began, of the session's time, and behind which event; a life that opened no session began with the next one.
local function read_beginnings(directory, lives)
  for i = #lives, 1, -1 do
    local loop <close>, err = openings.open(directory, lives[i])
    if not loop then return nil, err end
    local by, after = openings.next(loop)
    local ok, damage = loop:damage()
    if not ok and damage.code ~= "damaged" then return nil, damage end
    local later = lives[i + 1] or {}
    lives[i].begins = by and by:session(by.at) or later.begins
    lives[i].after = by and after or later.after
  end
  return true
end

local function bytes_of(life)
  local bytes = 0
  for _, segment in ipairs(life.segments) do bytes = bytes + segment.bytes end
  return bytes
end

-- How many of the first lives ended before that moment; the newest one ended with the session's events.
local function count_old(lives, before_ns, last_ns)
  local count = 0
  for i = 1, #lives do
    local ended = lives[i + 1] and lives[i + 1].begins or i == #lives and last_ns or nil
    if not ended or ended > before_ns then break end
    count = i
  end
  return count
end

local function remove(directory, lives, count)
  local left = lives[count + 1]
  local place = inputs.directory(directory)
  local ok, err = core.trim_recording(place, left and left.segments[1].number or 0)
  local is_running = not ok and not left and err.code == "locked"
  if not is_running then return ok and count, err end
  if count == 1 then return 0 end
  return remove(directory, lives, count - 1)
end

local function last_moment(directory)
  local rows <close>, err = require("neap.event_store").events(directory .. "/events.db", { newest_first = true,
    limit = 1 })
  if not rows then return nil, err end
  local row, damage = rows:next()
  if damage then return nil, damage end
  return row and row.ts_ns or math.maxinteger
end

-- → { lives =, bytes = that were removed, begins =, after = of the first that is left, or nil }; or nil and a fault.
return function(directory, before_ns)
  local lives, err = openings.lives(directory)
  if not lives then return nil, err end
  local last
  last, err = last_moment(directory)
  if not last then return nil, err end
  local ok
  ok, err = read_beginnings(directory, lives)
  if not ok then return nil, err end
  local count = lives[1].segments[1] and count_old(lives, before_ns, last) or 0
  if count > 0 then count, err = remove(directory, lives, count) end
  if not count then return nil, err end
  local report = { lives = count, bytes = 0 }
  for i = 1, count do report.bytes = report.bytes + bytes_of(lives[i]) end
  local left = lives[count + 1]
  report.begins, report.after = left and left.begins, left and left.after
  return report
end
