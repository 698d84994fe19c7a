-- SPDX-License-Identifier: MIT
-- A made-up market, the same for the same seed: agents without a view send, cancel and take in an order book, and what
-- they do is recorded as a venue would show it: trades at once, changed levels every 100 ms. Ticks and lots of 1.
local order_book = require "neap.order_book"
local recording = require "neap.recording"

local market = {}
market.__index = market

local MILLISECOND = 1000000
local STEP, MESSAGE, CROWD = 5 * MILLISECOND, 100 * MILLISECOND, 300
local OPPOSITE = { buy = "sell", sell = "buy" }
local SIDE = { buy = "bid", sell = "ask" }

function market:random(n)
  self.state = self.state * 6364136223846793005 + 1442695040888963407
  return (self.state >> 33) % n
end

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
    end
  end
  self.touched = {}
end

-- A recording of that many seconds.
function market.record(seed, seconds)
  local self = setmetatable({ state = seed, now = 0, number = 0, taker = "buy", ids = {}, live = {}, touched = {},
    sizes = { buy = {}, sell = {} },
    book = order_book.new { price_increment = 1, size_increment = 1 },
    recording = recording.new { price_increment = 1, size_increment = 1 } }, market)
  self:submit { side = "buy", price = 9999, quantity = 5 }
  self:submit { side = "sell", price = 10001, quantity = 5 }
  while #self.ids < CROWD do self:rest() end
  self:show(true)
  while self.now < seconds * 1000 * MILLISECOND do
    self.now = self.now + STEP
    self:act()
    if self.now % MESSAGE == 0 then self:show(false) end
  end
  self.book:close()
  return self.recording
end

return market
