-- SPDX-License-Identifier: MIT
-- Sums up the events risk_metrics of a session: the least, the most, the mean, the latest.
local blame = require "neap.base.blame"
local decimal = require "neap.decimal"
local slip = require "neap.base.slip"

local risk_metrics = {}

local FIELDS = { "equity", "total_notional", "exposure_pct", "max_leverage", "daily_pnl", "daily_pnl_pct" }
local OPTIONS = { since = "integer" }

local function misuse(message, ...) error(message:format(...), 0) end

local function check(rows, options)
  if type(rows) ~= "table" then misuse("summary: a list of events is wanted, not %s", type(rows)) end
  local wrong = slip(options, OPTIONS, "option")
  if wrong then misuse("summary: %s", wrong) end
  if options.since and math.type(options.since) ~= "integer" then
    misuse("summary: since is a whole number of nanoseconds, not '%s'", options.since)
  end
end

-- A row that lacks a figure counts for nothing.
local function read(row)
  local point = {}
  for _, name in ipairs(FIELDS) do
    point[name] = row.body and type(row.body[name]) == "string" and decimal.parse(row.body[name])
    if not point[name] then return nil end
  end
  point.mode, point.time = row.body.mode, row.ts_ns
  return point
end

local function points_of(rows, since)
  local points = {}
  for _, row in ipairs(rows) do
    local point = row.type == "risk_metrics" and row.ts_ns >= since and read(row)
    if point then points[#points + 1] = point end
  end
  return points
end

local function extremes(points, name)
  local least, most = points[1][name], points[1][name]
  for _, point in ipairs(points) do
    if point[name] < least then least = point[name] end
    if point[name] > most then most = point[name] end
  end
  return least, most
end

local function mean(points, name)
  local sum = decimal.new(0)
  for _, point in ipairs(points) do sum = sum + point[name] end
  return sum / #points
end

-- risk_metrics.summary(s:events { type = "risk_metrics" }, { since = ns }) → the figures; `count` 0: there are none.
risk_metrics.summary = blame(function(rows, options)
  options = options or {}
  check(rows, options)
  local points = points_of(rows, options.since or math.mininteger)
  local sum = { count = #points }
  if #points == 0 then return sum end
  local latest = points[#points]
  sum.first, sum.last, sum.latest, sum.mode = points[1].time, latest.time, latest, latest.mode
  sum.exposure_average = mean(points, "exposure_pct")
  local _
  _, sum.exposure_max = extremes(points, "exposure_pct")
  _, sum.leverage_max = extremes(points, "max_leverage")
  _, sum.notional_max = extremes(points, "total_notional")
  sum.equity_min, sum.equity_max = extremes(points, "equity")
  sum.pnl_min, sum.pnl_max = extremes(points, "daily_pnl")
  sum.pnl_pct_min, sum.pnl_pct_max = extremes(points, "daily_pnl_pct")
  return sum
end)

return risk_metrics
