-- SPDX-License-Identifier: MIT
-- Candles of the venue, page by page, each looked at before anybody writes it. Times of asking are whole seconds.
local decimal = require "neap.decimal"
local desks = require "neap.cli.venue_desk"

local candles = { header = "time,open,high,low,close,volume" }

local SECOND = 1000000000
local PAGE = 300 -- of the 350 that the venue gives at most, with both ends

candles.words = { "1m", "5m", "15m", "30m", "1h", "2h", "4h", "6h", "1d" }
candles.frames = { ["1m"] = { 60, "ONE_MINUTE" }, ["5m"] = { 300, "FIVE_MINUTE" }, ["15m"] = { 900, "FIFTEEN_MINUTE" },
  ["30m"] = { 1800, "THIRTY_MINUTE" }, ["1h"] = { 3600, "ONE_HOUR" }, ["2h"] = { 7200, "TWO_HOUR" },
  ["4h"] = { 14400, "FOUR_HOUR" }, ["6h"] = { 21600, "SIX_HOUR" }, ["1d"] = { 86400, "ONE_DAY" } }

local FIELDS = { "open", "high", "low", "close", "volume" }

local function bad(asked, start, words)
  return desks.fail("bad_answer", ("the venue's %s bar %s of %s %s"):format(asked.frame, tostring(start),
    asked.product, words))
end

-- What no market does.
local function wrong_in(values)
  if values.low <= decimal "0" then return "has a price that is not over zero" end
  if values.volume < decimal "0" then return "has a volume below zero" end
  for _, name in ipairs { "open", "close", "low" } do
    if values.high < values[name] then return ("has its high below its %s"):format(name) end
    if values[name] < values.low then return ("has its low above its %s"):format(name) end
  end
end

-- One candle → { at =, line = } or nil and a failure.
local function row_of(asked, candle)
  local start = math.tointeger(tonumber(desks.text(candle.start)))
  if not start then return bad(asked, candle.start, "has no time") end
  if start % asked.seconds ~= 0 then return bad(asked, start, "is not on the grid of its frame") end
  local values, texts = {}, { tostring(start) }
  for i, name in ipairs(FIELDS) do
    local text = desks.text(candle[name])
    values[name] = text and decimal.parse(text)
    if not values[name] then return bad(asked, start, ("has no %s"):format(name)) end
    texts[i + 1] = tostring(values[name])
  end
  local wrong = wrong_in(values)
  if wrong then return bad(asked, start, wrong) end
  return { at = start * SECOND, line = table.concat(texts, ",") }
end

-- The rows of a page that lie in it, oldest first; the same bar twice is one.
local function read_page(asked, answer, first, last)
  local rows, seen = {}, {}
  for _, candle in ipairs(desks.table(answer.candles)) do
    local row, err = row_of(asked, candle)
    if not row then return nil, err end
    local before = seen[row.at]
    if before and before ~= row.line then return bad(asked, candle.start, "comes twice, and differs") end
    if not before and row.at >= first * SECOND and row.at <= last * SECOND then rows[#rows + 1] = row end
    seen[row.at] = row.line
  end
  table.sort(rows, function(a, b) return a.at < b.at end)
  return rows
end

local function ask(desk, asked, first, last, granularity)
  return desk:read("public_candles", { product_id = asked.product, start = tostring(first), ["end"] = tostring(last),
    granularity = granularity })
end

-- Calls each(rows, position) for every page from the second `from` to before `stop`; each gives true to end it. True,
-- or nil and a failure.
function candles.walk(desk, asked, from, stop, each)
  local at = (from + asked.seconds - 1) // asked.seconds * asked.seconds
  while at < stop do
    local last = math.min(at + (PAGE - 1) * asked.seconds, (stop - 1) // asked.seconds * asked.seconds)
    local rows
    local answer, err = ask(desk, asked, at, last, asked.granularity)
    if answer then rows, err = read_page(asked, answer, at, last) end
    if not rows then return nil, err end
    at = last + asked.seconds
    if each(rows, at) then break end
  end
  return true
end

-- The first day from the second `from` on with a trade, as a second; `stop` where there is none before it. What lies
-- before a product's listing is passed over by days.
function candles.first_day(desk, asked, from, stop)
  local day = { product = asked.product, frame = "1d", seconds = 86400, granularity = "ONE_DAY" }
  local found
  local ok, err = candles.walk(desk, day, from // 86400 * 86400, stop, function(rows)
    found = rows[1] and rows[1].at // SECOND
    return found
  end)
  if not ok then return nil, err end
  return math.max(from, found or stop)
end

-- What is over by a second: the bar that still runs is not asked for.
function candles.over_by(asked, second) return second // asked.seconds * asked.seconds end

return candles
