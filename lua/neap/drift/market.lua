-- SPDX-License-Identifier: MIT
-- What the recorded market was while an order was on its way, or rested: the answers to questions about a product and a
-- span of time, found in one pass over the recording.
--
-- A question: { product =, side = of the order, quantity =, limit = or nil, from =, till = in ns, rests = true where
-- only what reaches its limit matters }. Its answer, set beside it:
--   first, last     what the quantity would have cost, a unit, at its beginning and end
--   low, high       the least and the most of that in between
--   near, far       the touch that it would have met, best and worst for the order
--   is_thin         at some moment the book had less than the quantity (within the limit, where there is one)
--   traded          how much the market traded at the limit or beyond it
--   prints          the prices at which it traded, as text; also of half a second behind it
--   is_late         it did before, and that was told only now
--   is_crossed      the other side came to the limit
--   is_blind        at some moment there was no book, or it was in doubt
--   is_seen         there was one
--   is_gapped       messages were lost until half a second behind it
--   is_cut          the recording ends before that
local books = require "neap.book"
local decimal = require "neap.decimal"

local market = {}

local ZERO = decimal.new(0)
local PRINTED = 500000000 -- ns; a venue tells trades in heaps, every quarter of a second

local function is_better(side, a, b) return side == "buy" and a < b or side == "sell" and a > b end

local function reaches(question, price)
  return not is_better(question.side, question.limit, price) -- a buyer's limit is reached from above
end

local SHALLOW = 50 -- levels, mostly enough

local function within_limit(question, book, other, most)
  if not question.limit then return nil end
  local sum, levels = ZERO, book:levels(other, most or SHALLOW)
  for _, level in ipairs(levels) do
    if not reaches(question, level[1]) or sum >= question.quantity then return sum end
    sum = sum + level[2]
  end
  if most or #levels < SHALLOW then return sum end
  return within_limit(question, book, other, book:state()[other .. "s"])
end

local function see_touch(question, touch)
  if not question.near or is_better(question.side, touch, question.near) then question.near = touch end
  if not question.far or is_better(question.side, question.far, touch) then question.far = touch end
  if question.limit and reaches(question, touch) then question.is_crossed = true end
end

local function see_price(question, book)
  local price = book:vwap(question.side, question.quantity)
  if not price then
    question.is_thin = true
    return
  end
  question.first, question.last = question.first or price, price
  if not question.low or price < question.low then question.low = price end
  if not question.high or price > question.high then question.high = price end
end

-- The book as it stands.
local function look(question, held)
  local other = question.side == "buy" and "ask" or "bid"
  local touch = held and held.is_whole and held.book:best(other)
  if not touch then
    question.is_blind = true
    return
  end
  question.is_seen = true
  see_touch(question, touch)
  if question.rests then return end
  see_price(question, held.book)
  local shown = within_limit(question, held.book, other)
  if shown and shown < question.quantity then question.is_thin = true end
end

local function see_trade(question, event)
  question.prints[tostring(event.price)] = true
  if not question.limit or not reaches(question, event.price) then return end
  if event.is_late then
    question.is_late = true
  else
    question.traded = question.traded + event.size
  end
end

local function book_of(self, event)
  local held = self.books[event.product]
  if not held then
    held = { book = books.new { price_increment = event.price_increment, size_increment = event.size_increment } }
    self.books[event.product] = held
  end
  return held
end

-- A new book wants a snapshot first.
local function forget(self)
  for _, held in pairs(self.books) do held.book:close() end
  self.books = {}
end

-- Those whose time has come, with the book as it is before what comes now.
local function begin(self, time)
  local question = self.waiting[self.at]
  while question and question.from <= time do
    self.active[#self.active + 1] = question
    look(question, self.books[question.product])
    self.at = self.at + 1
    question = self.waiting[self.at]
  end
end

local function finish(self, time)
  local kept = {}
  for _, question in ipairs(self.active) do
    if question.till + PRINTED >= time then kept[#kept + 1] = question end
  end
  self.active = kept
end

local function tell(self, event)
  for _, question in ipairs(self.active) do
    if not event.product or question.product == event.product then
      if event.kind == "lost" then question.is_gapped = true end
      if event.kind == "trade" then
        see_trade(question, event)
      elseif event.time <= question.till then
        look(question, self.books[question.product])
      end
    end
  end
end

local function take(self, event)
  begin(self, event.time)
  finish(self, event.time)
  if event.kind == "book" then
    local held = book_of(self, event)
    held.is_whole = event.apply(held.book) ~= nil
  elseif event.kind == "lost" then
    forget(self)
  end
  tell(self, event)
end

-- source: of neap.drift.recorded; questions in any order, answered in place → true; or nil and a fault.
function market.ask(source, questions)
  local self = { books = {}, active = {}, at = 1, waiting = table.move(questions, 1, #questions, 1, {}) }
  for place, question in ipairs(self.waiting) do question.place, question.traded, question.prints = place, ZERO, {} end
  table.sort(self.waiting, function(a, b)
    if a.from ~= b.from then return a.from < b.from end
    return a.place < b.place
  end)
  local ok, err = source(function(event) take(self, event) end)
  begin(self, math.maxinteger)
  for _, question in ipairs(self.active) do question.is_cut = true end
  forget(self)
  return ok, err
end

return market
