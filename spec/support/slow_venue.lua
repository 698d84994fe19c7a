-- SPDX-License-Identifier: MIT
-- A venue once more, slow and obvious: one product, its users' wallets and orders, over the slow order book. Integers
-- only: prices in ticks, sizes in lots, money in units of which a lot at a tick is worth VALUE; rates in basis points.
local slow_book = require "spec.support.slow_order_book"

local slow_venue = { VALUE = 1000000, MAKER = 60, TAKER = 120 }
slow_venue.__index = slow_venue

-- rule: of self-trades.
function slow_venue.new(rule)
  local self = setmetatable({ rule = rule, users = {}, orders = {}, prints = {}, changed = {} }, slow_venue)
  self.book = slow_book.new()
  self.book.tell = function(_, ...) self:told(...) end
  return self
end

-- money: the currency's name to what is deposited.
function slow_venue:add_user(name, money)
  self.users[name] = { wallets = {}, fills = {} }
  for currency, amount in pairs(money) do self:deposit(name, currency, amount) end
end

function slow_venue:deposit(name, currency, amount)
  local wallets = self.users[name].wallets
  wallets[currency] = wallets[currency] or { available = 0, hold = 0 }
  wallets[currency].available = wallets[currency].available + amount
end

local function cost(price, size, rate)
  local value = price * size * slow_venue.VALUE
  return value, value // 10000 * rate
end

-- What an order that is open holds.
local function needs(order)
  if order.status ~= "OPEN" then return 0 end
  if order.money then return order.money end
  local open = order.size - order.filled - order.removed
  if order.side == "sell" then return open end
  local value, fee = cost(order.price, open, slow_venue.TAKER)
  return value + fee
end

function slow_venue:wallet(order)
  return self.users[order.owner].wallets[order.side == "sell" and "base" or order.quote]
end

-- Whether there is enough.
function slow_venue:hold_again(order)
  local wallet, wanted = self:wallet(order), needs(order)
  if wallet.available < wanted - order.hold then return false end
  wallet.available = wallet.available - (wanted - order.hold)
  wallet.hold = wallet.hold + (wanted - order.hold)
  order.hold = wanted
  return true
end

function slow_venue:finish(order, status)
  order.status = status
  self.changed[order.id] = order
  self:hold_again(order)
end

function slow_venue:fill(order, price, size, rate, liquidity)
  local value, fee = cost(price, size, rate)
  local wallets, buys = self.users[order.owner].wallets, order.side == "buy"
  order.filled, order.value, order.fees = order.filled + size, order.value + value, order.fees + fee
  if order.money then order.money = order.money - value - fee end
  if order.filled + order.removed == order.size then order.status = "FILLED" end
  self.changed[order.id] = order
  self:hold_again(order)
  local money, base = wallets[order.quote], wallets.base
  money.available = money.available + (buys and -value or value) - fee
  base.available = base.available + (buys and size or -size)
  local fills = self.users[order.owner].fills
  fills[#fills + 1] = { order = order.id, price = price, size = size, fee = fee, liquidity = liquidity, value = value }
end

function slow_venue:lose(order, size)
  order.removed = order.removed + size
  if order.money then
    local value, fee = cost(order.level, size, self.TAKER)
    order.money = order.money - value - fee
  end
  self.changed[order.id] = order
  self:hold_again(order)
end

-- What the book says happened.
function slow_venue:told(kind, id, left, ...)
  local order = self.orders[id]
  if kind == "trade" then
    local maker, maker_left, price, size = ...
    local other = self.orders[maker]
    self.prints[#self.prints + 1] = { price = price, size = size, side = other.side }
    order.left, other.left = left, maker_left
    self:fill(order, price, size, self.TAKER, "TAKER")
    self:fill(other, price, size, self.MAKER, "MAKER")
  elseif kind == "reduced" then
    self:lose(order, order.left - left)
    order.left = left
  elseif kind == "amended" or kind == "rests" then
    order.left = left
  elseif kind == "ended" then
    self:ended(order, left, (...))
  end
end

function slow_venue:ended(order, left, reason)
  if reason == "immediate" and order.money then return end
  if reason == "self_trade" and order.money then
    self:lose(order, left)
    if self.rule == "decrement" then return end
  end
  self:finish(order, reason == "expired" and "EXPIRED" or "CANCELLED")
end

function slow_venue:advance(now) self.book:advance(now) end

local function opposite(self, side, price)
  return self.book:opposite { side = side, price = price, type = price and "limit" or "market" }
end

-- Levels of asks, the best first: price and size.
local function asks(self)
  local sizes, prices = {}, {}
  for _, order in ipairs(self.book.orders) do
    if order.side == "sell" then
      if not sizes[order.price] then prices[#prices + 1] = order.price end
      sizes[order.price] = (sizes[order.price] or 0) + order.left
    end
  end
  table.sort(prices)
  return prices, sizes
end

-- What buying a size costs as the book stands, with the taker's fee; a twentieth more where the wallet has it.
function slow_venue:budget(order)
  local prices, sizes = asks(self)
  local left, sum = order.size, 0
  for _, price in ipairs(prices) do
    local size = math.min(left, sizes[price])
    local value, fee = cost(price, size, self.TAKER)
    left, sum = left - size, sum + value + fee
  end
  return math.max(sum, math.min(sum + sum // 20, self:wallet(order).available))
end

-- A market buy: level by level, as much as its money pays for.
function slow_venue:buy(order, now)
  while order.status == "OPEN" do
    local prices, sizes = asks(self)
    local price = prices[1]
    if not price then break end
    local value, fee = cost(price, 1, self.TAKER)
    local size = math.min(order.money // (value + fee), sizes[price])
    if not order.by_money then size = math.min(size, order.size - order.filled - order.removed) end
    if size == 0 then
      if order.by_money and order.filled > 0 then self:finish(order, "FILLED") end
      break
    end
    order.level, order.left = price, size
    self.book:submit({ id = order.id, owner = order.owner, side = "buy", type = "limit", price = price, quantity = size,
      time_in_force = "ioc", self_trade = self.rule }, now)
  end
  if order.status == "OPEN" then self:finish(order, "CANCELLED") end
end

-- given: id, owner, side, quote, kind ("limit" "market" "money"), price, size, money, time_in_force, post_only,
-- good_till. "taken", or why not.
function slow_venue:create(given, now)
  self:advance(now)
  local order = { status = "OPEN", filled = 0, removed = 0, value = 0, fees = 0, hold = 0, left = given.size or 0 }
  for name, value in pairs(given) do order[name] = value end
  local is_market = given.kind ~= "limit"
  if given.post_only and opposite(self, given.side, given.price) then return "INVALID_LIMIT_PRICE_POST_ONLY" end
  if is_market and not opposite(self, given.side) then return "PREVIEW_INVALID_NO_LIQUIDITY" end
  order.by_money = given.kind == "money"
  if is_market and given.side == "buy" and not order.by_money then order.money = self:budget(order) end
  if not self:hold_again(order) then return "PREVIEW_INSUFFICIENT_FUND" end
  self.orders[order.id], self.changed[order.id] = order, order
  if order.money then
    self:buy(order, now)
  else
    self.book:submit({ id = order.id, owner = order.owner, side = order.side, type = given.kind, price = given.price,
      quantity = given.size, time_in_force = is_market and "ioc" or given.time_in_force, post_only = given.post_only,
      self_trade = self.rule, good_till = given.good_till }, now)
  end
  return "taken"
end

function slow_venue:cancel(id, now)
  self:advance(now)
  local status = self.orders[id].status
  if status == "OPEN" then return self.book:cancel(id, now) and "cancelled" end
  if status == "FILLED" then return "ORDER_IS_FULLY_FILLED" end
  return status == "CANCELLED" and "DUPLICATE_CANCEL_REQUEST" or "UNKNOWN_CANCEL_ORDER"
end

function slow_venue:edit(id, price, size, now)
  self:advance(now)
  local order = self.orders[id]
  if order.status ~= "OPEN" then return "ONLY_OPEN_ORDERS_CAN_BE_EDITED" end
  if order.time_in_force ~= "gtc" then return "ORDER_EDIT_ORDER_TYPE_NOT_SUPPORTED" end
  if size <= order.filled + order.removed then return "CANNOT_EDIT_TO_BELOW_FILLED_SIZE" end
  if price == order.price and size == order.size then return "EDIT_REQUEST_EQUAL_TO_ORIGINAL_REQUEST" end
  if order.post_only and opposite(self, order.side, price) then return "INVALID_EDITED_PRICE" end
  local before = { order.price, order.size }
  order.price, order.size = price, size
  if not self:hold_again(order) then
    order.price, order.size = before[1], before[2]
    return "UNKNOWN_EDIT_ORDER_FAILURE_REASON"
  end
  self.changed[id] = order
  self.book:amend(id, price, size, now)
  return "taken"
end

-- What rests on a side, by price.
function slow_venue:levels(side)
  local sizes = {}
  for _, order in ipairs(self.book.orders) do
    if order.side == side then sizes[order.price] = (sizes[order.price] or 0) + order.left end
  end
  return sizes
end

return slow_venue
