-- SPDX-License-Identifier: MIT
-- Where an axis has its marks: round values, and round moments of the calendar.
local clock = require "neap.clock"
local figures = require "neap.base.figures"

local scale = {}

local SECOND = 1000000000
local DAY = 86400 * SECOND

local function nice_step(rough)
  local power = 10.0 ^ math.floor(math.log(rough, 10))
  for _, factor in ipairs { 1, 2, 2.5, 5 } do
    if rough <= factor * power * 1.0000001 then return factor * power end
  end
  return 10 * power
end

-- How many digits a multiple of the step needs.
local function digits_of(step)
  for digits = 0, 12 do
    local scaled = step * 10.0 ^ digits
    if math.abs(scaled - math.floor(scaled + 0.5)) < 1e-6 * scaled then return digits end
  end
  return 12
end

-- About `count` round values between low and high: a list of { at =, label = }.
function scale.values(low, high, count)
  if high <= low then return { { at = low, label = figures.fixed(low, 2) } } end
  local step = nice_step((high - low) / count)
  local digits, ticks = digits_of(step), {}
  for i = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9) do
    local text = figures.fixed(i * step, digits)
    local sign, whole, rest = text:match "^(-?)(%d+)(.*)$"
    ticks[#ticks + 1] = { at = i * step, label = sign .. figures.grouped(whole) .. rest }
  end
  return ticks
end

local STEPS = {} -- up to days; longer ones go by the calendar
for text in ("1s 5s 15s 30s 1m 5m 15m 30m 1h 3h 6h 12h 1d 2d 1w"):gmatch "%S+" do
  STEPS[#STEPS + 1] = clock.parse_duration(text)
end
local MONTHS = { 1, 2, 3, 6, 12, 24, 60, 120 }

local NAMES = { "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" }

local function parts(ns)
  local year, month, day, time = clock.format(ns):match "^(%d+)%-(%d+)%-(%d+)T(%d+:%d+)"
  return math.tointeger(tonumber(year)), math.tointeger(tonumber(month)), math.tointeger(tonumber(day)), time
end

local function label_of_clock(ns, step)
  local _, month, day, time = parts(ns)
  if step < DAY and ns % DAY ~= 0 then return step < 60 * SECOND and clock.format(ns):match "T(.*)Z" or time end
  return ("%d %s"):format(day, NAMES[month])
end

local function clock_ticks(start, stop, step)
  local ticks = {}
  local offset = step % (7 * DAY) == 0 and 4 * DAY or 0 -- weeks begin on a Monday
  local at = start + (offset - start) % step
  while at < stop do
    ticks[#ticks + 1] = { at = at, label = label_of_clock(at, step) }
    at = at + step
  end
  return ticks
end

local function month_ticks(start, stop, step)
  local ticks, year, month = {}, parts(start)
  local count = year * 12 + month - 1
  count = count - count % step
  while true do
    year, month = count // 12, count % 12 + 1
    local at = clock.parse(("%04d-%02d-01"):format(year, month))
    if not at or at >= stop then return ticks end
    local label = month == 1 and tostring(year) or NAMES[month]
    if at >= start then ticks[#ticks + 1] = { at = at, label = label } end
    count = count + step
  end
end

-- At most about `count` round moments.
function scale.moments(start, stop, count)
  local rough = (stop - start) / count
  for _, step in ipairs(STEPS) do
    if rough <= step then return clock_ticks(start, stop, step) end
  end
  for _, months in ipairs(MONTHS) do
    if rough <= months * 30.5 * DAY then return month_ticks(start, stop, months) end
  end
  return month_ticks(start, stop, 240)
end

return scale
