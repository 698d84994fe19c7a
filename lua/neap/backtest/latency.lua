-- SPDX-License-Identifier: MIT
-- How far the simulated venue is, in milliseconds: a number for both ways, "OUT,BACK", or { order =, answer = }. One
-- way is constant, or drawn between quantiles: "20:40:60:120:400", a list of numbers.
local decimal = require "neap.decimal"
local fault = require "neap.base.fault"
local slip = require "neap.base.slip"

local MOST, NS, DAY = 33, 1000000, 86400000

local ways = { order = true, answer = true }

local function refuse(value, why)
  return nil, fault("out_of_range", ("latency_ms: '%s' %s"):format(tostring(value), why))
end

local function to_ns(value)
  if math.type(value) == "float" then value = ("%.6f"):format(value) end
  local ms = decimal.parse(tostring(value))
  if not ms then return refuse(value, "is no number of milliseconds") end
  if ms < 0 or ms > DAY then return refuse(value, "is not between zero and a day") end
  local ns = ms * NS
  local whole = math.tointeger(tonumber(tostring(ns)))
  if not whole then return refuse(value, "is finer than a nanosecond") end
  return whole
end

-- One way: a list of quantiles in ns that do not fall.
local function way(value)
  local points, list = {}, value
  if type(value) ~= "table" then
    list = {}
    for part in (tostring(value) .. ":"):gmatch "([^:]*):" do list[#list + 1] = part end
  end
  if #list == 0 or #list > MOST then return refuse(value, ("has 1 to %d quantiles"):format(MOST)) end
  for i, point in ipairs(list) do
    local ns, err = to_ns(point)
    if not ns then return nil, err end
    if i > 1 and ns < points[i - 1] then return refuse(point, "is a quantile below the one before it") end
    points[i] = ns
  end
  return points
end

local function split(value)
  if type(value) ~= "string" then return value, value end
  local out, back = value:match "^([^,]*),([^,]*)$"
  return out or value, back or value
end

-- → { order = {ns, …}, answer = {ns, …} }; or nil and a fault.
return function(value)
  local out, back = split(value)
  if type(value) == "table" then
    local wrong = slip(value, ways, "word")
    if wrong then error("latency_ms: " .. wrong, 0) end
    out, back = value.order or 0, value.answer or 0
  end
  local order, answer, err
  order, err = way(out)
  if not order then return nil, err end
  answer, err = way(back)
  return answer and { order = order, answer = answer }, err
end
