-- SPDX-License-Identifier: MIT
-- Builders of bars for specs: from closes, straight legs, a seeded walk. Each gives a list that a back-test takes.
local blame = require "neap.base.blame"
local clock = require "neap.clock"
local decimal = require "neap.decimal"
local slip = require "neap.base.slip"

local builders = {}

local function misuse(message, ...) error(message:format(...), 0) end

local function start_of(what, value)
  if math.type(value) == "integer" then return value end
  local ns, err = clock.parse(tostring(value))
  return ns or misuse("%s: start: %s", what, err.message)
end

local function frame_of(what, value)
  local ns, err = clock.parse_duration(tostring(value))
  if not ns then misuse("%s: timeframe: %s", what, err.message) end
  return ns > 0 and ns or misuse("%s: timeframe must be more than zero", what)
end

-- The options with their defaults, and first (ns) and frame (ns) of the bars.
local function read(what, given, defaults)
  defaults.start, defaults.timeframe = "2025-01-01", "1h"
  if type(given) ~= "table" then misuse("%s takes a table, not %s", what, type(given)) end
  local wrong = slip(given, defaults, "option")
  if wrong then misuse("%s: %s", what, wrong) end
  local all = setmetatable({}, { __index = defaults })
  for key, value in pairs(given) do all[key] = value end
  all.first, all.frame = start_of(what, all.start), frame_of(what, all.timeframe)
  return all
end

local function number(what, value)
  local good = type(value) == "number" and value == value and math.abs(value) < 1e15
  return good and value or misuse("%s is a number, not %s", what, tostring(value))
end

local function whole(what, value, least)
  if math.type(value) == "integer" and value >= least then return value end
  misuse("%s is a whole number from %d on, not %s", what, least, tostring(value))
end

local FIELDS = { open = true, high = true, low = true, close = true, volume = true }

local function fields_of(given, what)
  if type(given) ~= "table" then return { close = number(what, given) } end
  local wrong = slip(given, FIELDS, "field")
  if wrong then misuse("%s: %s", what, wrong) end
  for key, value in pairs(given) do number(what .. ": " .. key, value) end
  return given.close and given or misuse("%s has no close", what)
end

-- Adds a bar; what is not given: it opens where the bar before closed, and has no wicks.
local function add(list, given, volume)
  local before = list[#list]
  local close = given.close
  local open = given.open or before and before.close or close
  list[#list + 1] = { open = open, close = close, high = given.high or math.max(open, close),
    low = given.low or math.min(open, close), volume = given.volume or volume }
end

local function date(list, all)
  for i, bar in ipairs(list) do bar.time = all.first + (i - 1) * all.frame end
  return list
end

-- testing.bars({ 100, 101, { close = 99, high = 104 } }, { start =, timeframe =, volume = }).
builders.bars = blame(function(closes, given)
  local all, list = read("testing.bars", given or {}, { volume = 10 }), {}
  if type(closes) ~= "table" then misuse("testing.bars takes a list of closes, not %s", type(closes)) end
  for i, close in ipairs(closes) do add(list, fields_of(close, "testing.bars: bar " .. i), all.volume) end
  return date(list, all)
end)

-- What 8 digits hold: the increment of a product without facts.
local function rounded(value) return tonumber(("%.8f"):format(value)) end

-- testing.trend { through = { 100, 150, 80 }, bars = 30 }: straight from price to price, that many bars each.
builders.trend = blame(function(given)
  local all, list = read("testing.trend", given, { through = false, bars = 20, volume = 10 }), {}
  local prices, count = all.through, whole("testing.trend: bars", all.bars, 1)
  if type(prices) ~= "table" or #prices < 2 then misuse "testing.trend: through is a list of two prices or more" end
  for i, price in ipairs(prices) do number("testing.trend: price " .. i, price) end
  add(list, { close = prices[1] }, all.volume)
  for i = 2, #prices do
    local from, to = prices[i - 1], prices[i]
    for k = 1, count do add(list, { close = rounded(from + (to - from) * k / count) }, all.volume) end
  end
  return date(list, all)
end)

local function cents_of(price)
  local exact = decimal.parse(tostring(price))
  local cents = exact and exact <= 1000000000 and math.tointeger((exact * 100):float())
  return cents and cents >= 100 and cents
    or misuse("testing.walk: price is 1 to 1000000000 with two digits at most, not %s", tostring(price))
end

-- testing.walk { count = 500, seed = 1, price = 100 }: a market like the demo's, the same on every machine.
builders.walk = blame(function(given)
  local all = read("testing.walk", given or {}, { count = 500, seed = 1, price = 100 })
  return date(require "neap.base.market" {
    seed = whole("testing.walk: seed", all.seed, 0), bars = whole("testing.walk: count", all.count, 1),
    start = all.first, price = cents_of(all.price),
  }, all)
end)

return builders
