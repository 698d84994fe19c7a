-- SPDX-License-Identifier: MIT
-- A made-up market, the same for the same seed: agents without a view send, cancel and take in an order book, and what
-- they do is recorded as a venue would show it: trades at once, changed levels every 100 ms. Ticks and lots of 1. One
-- quoter may take part, whose orders nobody is shown: what it gets is what queue models try to tell.
local order_book = require "neap.order_book"
local recording = require "neap.recording"

local market = {}
market.__index = market

local MILLISECOND, SECOND, START = 1000000, 1000000000, 1735689600 -- 2025-01-01
local OWN = 1 << 40 -- ids of the quoter's orders begin here
local STEP, MESSAGE, CROWD = 5 * MILLISECOND, 100 * MILLISECOND, 300
local OPPOSITE = { buy = "sell", sell = "buy" }
local SIDE = { buy = "bid", sell = "ask" }

function market:random(n)
  self.state = self.state * 6364136223846793005 + 1442695040888963407
  return (self.state >> 33) % n
end

-- In the files the time begins on a day that is one.
function market:clock() return ("%d.%03d"):format(START + self.now // SECOND, self.now % SECOND // MILLISECOND) end

local function integer(amount) return math.tointeger(amount:float()) end

function market:touch_level(side, price, by)
  local sizes = self.sizes[side]
  sizes[price] = (sizes[price] or 0) + by
  self.touched[#self.touched + 1] = { side, price }
end

local function forget(self, id)
  local order = self.live[id]
  local last = self.ids[#self.ids]
  self.ids[order.at], self.live[last].at = last, order.at
  self.ids[#self.ids] = nil
  self.live[id] = nil
end

-- One event of the order book, in the market's own books and in the recording.
function market:take(event)
  if event.order >= OWN then return self:hear_own(event.order, event.side, event.left) end
  if (event.maker or 0) >= OWN then return self:fill_own(event) end
  if event.kind == "rests" then
    local price, left = integer(event.price), integer(event.left)
    self.ids[#self.ids + 1] = event.order
    self.live[event.order] = { side = event.side, price = price, at = #self.ids }
    self:touch_level(event.side, price, left)
  elseif event.kind == "trade" then
    local price, quantity, maker = integer(event.price), integer(event.quantity), self.live[event.maker]
    self:touch_level(maker.side, maker.price, -quantity)
    if event.maker_left:is_zero() then forget(self, event.maker) end
    assert(self.recording:add_trade { time = self.now, side = event.side, price = price, size = quantity })
    self.texts.trades[#self.texts.trades + 1] = ("%s,%d,%d,%s\n"):format(self:clock(), price, quantity, event.side)
  elseif self.live[event.order] then
    local order = self.live[event.order]
    self:touch_level(order.side, order.price, -integer(event.left))
    forget(self, event.order)
  end
end

function market:submit(order)
  self.number = self.number + 1
  order.id, order.owner, order.now = self.number, self.number, self.now
  for _, event in ipairs(assert(self.book:submit(order))) do self:take(event) end
end

-- The quoter keeps an order at the price last shown, and its messages take their time.
function market:quote(side)
  local quoter, price = self.quoter, self.shown[side]
  local open = quoter.open[side]
  if not price or (open and open.price == price) then return end
  local function send(what) quoter.sent[#quoter.sent + 1] = { at = self.now + quoter.latency, what = what } end
  if open then send { cancel = open.id } end
  quoter.orders = quoter.orders + 1
  quoter.open[side] = { id = OWN + quoter.orders, price = price }
  send { id = OWN + quoter.orders, side = side, price = price, quantity = quoter.quantity, post_only = true }
end

function market:deliver()
  local quoter = self.quoter
  while quoter.sent[1] and quoter.sent[1].at <= self.now do
    local what = table.remove(quoter.sent, 1).what
    what.now = self.now
    local id = what.cancel
    local events = id and self.book:cancel { id = id, now = self.now } or not id and assert(self.book:submit(what))
    for _, event in ipairs(events or {}) do self:take(event) end
  end
end

-- It rests, or has ended.
function market:hear_own(id, side, left)
  local open = self.quoter.open[side]
  if open and open.id == id and not self.book:find(id) and not left:is_zero() then self.quoter.open[side] = nil end
end

function market:fill_own(event)
  local quoter, side = self.quoter, OPPOSITE[event.side]
  quoter.filled, quoter.fills = quoter.filled + integer(event.quantity), quoter.fills + 1
  quoter.curve[quoter.fills] = { self.now / (1000 * MILLISECOND), quoter.filled }
  if event.maker_left:is_zero() and quoter.open[side] and quoter.open[side].id == event.maker then
    quoter.open[side] = nil
    self:quote(side)
  end
end

function market:best(side)
  local level = self.book:levels(side, 1)[1]
  return level and integer(level.price)
end

-- At one tick from the other side or further, two thirds as often with each tick.
function market:rest()
  local side = self:random(2) == 0 and "buy" or "sell"
  local other, away = self:best(OPPOSITE[side]), 1
  while self:random(3) < 2 and away < 40 do away = away + 1 end
  local price = other and (side == "buy" and other - away or other + away) or self:best(side) or 10000
  self:submit { side = side, price = price, quantity = 1 + self:random(10) }
end

function market:cancel()
  local id = self.ids[1 + self:random(#self.ids)]
  for _, event in ipairs(assert(self.book:cancel { id = id, now = self.now })) do self:take(event) end
end

-- Takers come in runs of one side.
function market:cross()
  if self:random(10) < 3 then self.taker = OPPOSITE[self.taker] end
  self:submit { side = self.taker, type = "market", quantity = 1 + self:random(15) }
end

function market:act()
  local what = self:random(100)
  if what < 7 then return self:cross() end
  if what < 50 and #self.ids > CROWD then return self:cancel() end
  self:rest()
end

function market:show(is_snapshot)
  local done = { buy = {}, sell = {} }
  for _, level in ipairs(self.touched) do
    local side, price = level[1], level[2]
    local size = self.sizes[side][price]
    if not done[side][price] and not (is_snapshot and size == 0) then
      done[side][price] = true
      assert(self.recording:add_change { time = self.now, snapshot = is_snapshot, side = SIDE[side], price = price,
        size = size })
      self.texts.book[#self.texts.book + 1] = ("%s,%s,%s,%d,%d\n"):format(self:clock(),
        is_snapshot and "snapshot" or "update", SIDE[side], price, size)
    end
  end
  self.touched = {}
  if self.quoter then self:show_quoter() end
end

-- The best price of each side at which somebody else rests.
function market:show_quoter()
  for _, side in ipairs { "buy", "sell" } do
    self.shown[side] = nil
    for _, level in ipairs(self.book:levels(side, 5)) do
      local price = integer(level.price)
      if (self.sizes[side][price] or 0) > 0 then
        self.shown[side] = price
        break
      end
    end
    self:quote(side)
  end
end

-- A recording of that many seconds, what the quoter got: nil without one, else give its `quantity` and `latency`; and
-- the recording as the texts of two files, { book =, trades = }.
function market.record(seed, seconds, quoter)
  local self = setmetatable({ state = seed, now = 0, number = 0, taker = "buy", ids = {}, live = {}, touched = {},
    sizes = { buy = {}, sell = {} }, shown = {},
    texts = { book = { "time,type,side,price,qty\n" }, trades = { "time,price,size,taker_side\n" } },
    book = order_book.new { price_increment = 1, size_increment = 1 },
    recording = recording.new { price_increment = 1, size_increment = 1 } }, market)
  if quoter then
    self.quoter = { quantity = quoter.quantity, latency = quoter.latency, open = {}, sent = {}, curve = {}, orders = 0,
      filled = 0, fills = 0, seconds = seconds }
  end
  self:submit { side = "buy", price = 9999, quantity = 5 }
  self:submit { side = "sell", price = 10001, quantity = 5 }
  while #self.ids < CROWD do self:rest() end
  self:show(true)
  while self.now < seconds * 1000 * MILLISECOND do
    self.now = self.now + STEP
    if self.quoter then self:deliver() end
    self:act()
    if self.now % MESSAGE == 0 then self:show(false) end
  end
  self.book:close()
  local texts = { book = table.concat(self.texts.book), trades = table.concat(self.texts.trades) }
  return self.recording, self.quoter, texts
end

return market
