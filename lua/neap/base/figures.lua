-- SPDX-License-Identifier: MIT
-- Numbers and moments as a person reads them. Display only: what is stored and compared stays exact.
local clock = require "neap.clock"

local figures = {}

-- 1234567 → 1,234,567
function figures.grouped(whole) return (tostring(whole):reverse():gsub("(%d%d%d)", "%1,"):reverse():gsub("^,", "")) end

-- 9270.23010493 → 9,270.23 (rounded half-even).
function figures.money(value, digits)
  local text = value:round(digits or 2):format(digits or 2)
  local sign, whole, rest = text:match "^(-?)(%d+)(.*)$"
  return sign .. figures.grouped(whole) .. rest
end

-- A float with a fixed count of digits, with a point in every locale, and no "-0.00".
function figures.fixed(value, digits)
  local text = ("%." .. digits .. "f"):format(value):gsub(",", ".")
  return text:find "[1-9]" and text or (text:gsub("^%-", ""))
end

function figures.number(value, unit, digits)
  return value and figures.fixed(value, digits or 2) .. (unit or "") or "not defined"
end

function figures.signed(value, unit)
  if not value then return "not defined" end
  return (value >= 0 and "+" or "-") .. figures.fixed(math.abs(value), 2) .. (unit or "")
end

-- 2025-01-07T03:00:00Z → 2025-01-07 03:00, with seconds where there are some.
function figures.moment(ns) return (clock.format(ns):gsub("T", " "):gsub("Z$", ""):gsub("(%d%d:%d%d):00$", "%1")) end

return figures
