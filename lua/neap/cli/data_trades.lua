-- SPDX-License-Identifier: MIT
-- The market's trades, window by window: of whole seconds, as narrow as it takes for the venue to tell all of one.
local clock = require "neap.clock"
local decimal = require "neap.decimal"
local desks = require "neap.cli.venue_desk"

local trades = { header = "time,price,size,taker_side,trade_id" }

local SECOND = 1000000000
local MOST = 1000 -- that the venue tells at once
local WIDEST = 86400
local TAKER = { BUY = "sell", SELL = "buy" } -- the venue tells the maker's side

local function bad(asked, words)
  return desks.fail("bad_answer", ("a trade of %s from the venue %s"):format(asked.product, words))
end

-- 1767225600.5 of ns.
local function seconds_text(ns)
  local part = ns % SECOND
  return part == 0 and tostring(ns // SECOND) or (("%d.%09d"):format(ns // SECOND, part):gsub("0+$", ""))
end

local function amount(text)
  local value = text and decimal.parse(text)
  return value and decimal "0" < value and tostring(value)
end

local function row_of(asked, trade)
  local time, id = desks.text(trade.time), desks.text(trade.trade_id)
  local at = time and clock.parse(time)
  if not at then return bad(asked, "has no time") end
  if not id or id:find '[,"%c]' then return bad(asked, "has no id") end
  local price, size, side = amount(desks.text(trade.price)), amount(desks.text(trade.size)), TAKER[trade.side]
  if not price or not size then return bad(asked, ("%s has no price or size over zero"):format(id)) end
  if not side then return bad(asked, ("%s has the side '%s'"):format(id, tostring(trade.side))) end
  return { at = at, id = id, line = table.concat({ seconds_text(at), price, size, side, id }, ",") }
end

-- By time; of one moment by id: a shorter number comes first.
local function comes_before(a, b)
  if a.at ~= b.at then return a.at < b.at end
  if #a.id ~= #b.id then return #a.id < #b.id end
  return a.id < b.id
end

-- The trades from one second to before another, oldest first, and how many the venue told.
local function read_window(asked, answer, first, stop)
  local rows, seen, told = {}, {}, desks.table(answer.trades)
  for _, trade in ipairs(told) do
    local row, err = row_of(asked, trade)
    if not row then return nil, err end
    if not seen[row.id] and row.at >= first * SECOND and row.at < stop * SECOND then rows[#rows + 1] = row end
    seen[row.id] = true
  end
  table.sort(rows, comes_before)
  return rows, #told
end

local function ask(desk, asked, first, stop)
  return desk:read("public_trades", { product_id = asked.product, limit = MOST, start = tostring(first),
    ["end"] = tostring(stop) })
end

-- As of candles. A second with more trades than the venue tells is counted in asked.cut.
function trades.walk(desk, asked, from, stop, each)
  local at, width = from, 60
  while at < stop do
    local last = math.min(at + width, stop)
    local rows, told
    local answer, err = ask(desk, asked, at, last)
    if answer then rows, told = read_window(asked, answer, at, last) end
    if not rows then return nil, err or told end
    if told >= MOST and last - at > 1 then
      width = (last - at) // 2
    else
      if told >= MOST then asked.cut = (asked.cut or 0) + 1 end
      at = last
      if told < MOST // 4 then width = math.min(width * 2, WIDEST) end
      if each(rows, at) then break end
    end
  end
  return true
end

function trades.first_day(desk, asked, from, stop)
  return require("neap.cli.data_candles").first_day(desk, asked, from, stop)
end

function trades.over_by(_, second) return second end

return trades
