-- SPDX-License-Identifier: MIT
-- Trades on a price: where each began and ended, connected. Few are marked one by one, with their story; many share
-- paths, and what falls on the same tenth of a pixel is drawn once.
local figures = require "neap.base.figures"
local markup = require "neap.report.markup"
local panel = require "neap.report.panel"

local el, n = markup.el, panel.n

local marks = { MARKED = 1500 } -- more trades than these have no marks, only ways

local EACH, DRAWN = 400, 12000 -- trades that are marked one by one; drawn at all

local ROOMY = 60 -- so many marks are drawn large; of more each is smaller, that all leave the price to be seen

-- A mark's size, 1 down to 0.4: twice as many cover hardly more of the picture.
local function size_of(count) return math.max(0.4, math.min(1, math.sqrt(ROOMY / count))) end

local function triangle(x, y, up, size)
  local way, half = up and 1 or -1, 4.5 * size
  return ("M%s %sl-%s %sh%sZ"):format(n(x), n(y + way * 2), n(half), n(way * 8 * size), n(2 * half))
end

local function cross(x, y, size)
  local half, whole = 3 * size, n(6 * size)
  return ("M%s %sl%s %sm0 -%sl-%s %s"):format(n(x - half), n(y - half), whole, whole, whole, whole, whole)
end

-- Where a trade lies: entry and exit; one that is open leads to the last price.
local function place(self, trade, last)
  local exit_time = trade.is_open and self.stop or trade.exit_time
  local exit_price = trade.is_open and (last or trade.entry_price:float()) or trade.exit_price:float()
  return { x1 = panel.x(self, trade.entry_time), y1 = panel.y(self, trade.entry_price:float()),
    x2 = panel.x(self, exit_time), y2 = panel.y(self, exit_price) }
end

local function kind_of(trade)
  if trade.is_open then return "open" end
  return trade.pnl < 0 and "loss" or "gain"
end

local function segment(at) return ("M%s %sL%s %s"):format(n(at.x1), n(at.y1), n(at.x2), n(at.y2)) end

local function story(trade)
  local text = ("%s %s %s, in %s at %s"):format(trade.side == "buy" and "long" or "short", tostring(trade.quantity),
    trade.product, figures.moment(trade.entry_time), figures.money(trade.entry_price))
  if trade.is_open then return text .. ", still open" end
  return ("%s, out %s at %s, %s after fees"):format(text, figures.moment(trade.exit_time),
    figures.money(trade.exit_price), figures.money(trade.pnl))
end

local function draw_one(self, trade, last, size)
  local at = place(self, trade, last)
  local is_long = trade.side == "buy"
  return el("g", { class = "trade " .. kind_of(trade) }, el("title", nil, story(trade)),
    el("path", { class = "way", d = segment(at) }),
    el("path", { class = is_long and "entry long" or "entry short", d = triangle(at.x1, at.y1, is_long, size) }),
    not trade.is_open and el("path", { class = "exit", d = cross(at.x2, at.y2, size) }))
end

local function collect(paths, class, text)
  local path = paths[class] or { seen = {}, list = {} }
  paths[class] = path
  if path.seen[text] then return end
  path.seen[text] = true
  path.list[#path.list + 1] = text
end

local CLASSES = { "way gain", "way loss", "way open", "entry long", "entry short", "exit" }

local function draw_many(self, trades, last)
  local paths, size = {}, size_of(#trades)
  local first = math.max(1, #trades - DRAWN + 1)
  for i = first, #trades do
    local trade = trades[i]
    local at, is_long = place(self, trade, last), trade.side == "buy"
    collect(paths, "way " .. kind_of(trade), segment(at))
    if #trades <= marks.MARKED then
      collect(paths, is_long and "entry long" or "entry short", triangle(at.x1, at.y1, is_long, size))
      if not trade.is_open then collect(paths, "exit", cross(at.x2, at.y2, size)) end
    end
  end
  local parts = {}
  for _, class in ipairs(CLASSES) do
    if paths[class] then parts[#parts + 1] = el("path", { class = class, d = table.concat(paths[class].list) }) end
  end
  local class = #trades > marks.MARKED and "trades many" or "trades dense"
  return el("g", { class = class }, parts), first > 1 and first - 1 or nil
end

-- → what is drawn, and how many of the oldest trades were left out (nil: none).
function marks.draw(self, trades, last)
  if #trades > EACH then return draw_many(self, trades, last) end
  local parts, size = {}, size_of(#trades)
  for i, trade in ipairs(trades) do parts[i] = draw_one(self, trade, last, size) end
  return el("g", { class = #trades > ROOMY and "trades dense" or "trades" }, parts)
end

return marks
