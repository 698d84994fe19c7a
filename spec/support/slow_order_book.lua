-- SPDX-License-Identifier: MIT
-- The order book once more, slow and obvious: one list of orders in the order of their coming, searched from its
-- beginning for each trade. Integers for prices and quantities; what happens is text, one line an event.
local slow = {}
slow.__index = slow

function slow.new() return setmetatable({ orders = {}, events = {}, serial = 0, now = 0 }, slow) end

function slow:tell(...) self.events[#self.events + 1] = table.concat({ ... }, " ") end

-- What was told since the last call.
function slow:told()
  local events = self.events
  self.events = {}
  return events
end

function slow:find(id)
  for i, order in ipairs(self.orders) do
    if order.id == id then return order, i end
  end
end

function slow:drop(order)
  local _, i = self:find(order.id)
  table.remove(self.orders, i)
end

function slow:finish(order, reason)
  if order.serial then self:drop(order) end
  order.over = true
  self:tell("ended", order.id, order.left, reason)
end

local function reaches(order, price)
  if order.type == "market" then return true end
  if order.side == "buy" then return price <= order.price end
  return price >= order.price
end

-- What the order would trade with first: the best price, and at a price who came first.
function slow:opposite(order, passed)
  local best
  for _, other in ipairs(self.orders) do
    if other.side ~= order.side and reaches(order, other.price) and not (passed and passed[other]) then
      local better = not best or (order.side == "buy" and other.price < best.price)
        or (order.side == "sell" and other.price > best.price)
      if better then best = other end
    end
  end
  return best
end

local function is_own(order, other) return order.owner == other.owner and order.self_trade ~= "allow" end

function slow:can_fill(order)
  local wanted, passed = order.left, {}
  while wanted > 0 do
    local other = self:opposite(order, passed)
    if not other then return false end
    passed[other] = true
    if not is_own(order, other) then
      wanted = wanted - other.left
    elseif order.self_trade ~= "cancel_oldest" then
      return false
    end
  end
  return true
end

function slow:decrement(order, other)
  local quantity = math.min(order.left, other.left)
  if other.left == quantity then
    self:finish(other, "self_trade")
  else
    other.left = other.left - quantity
    self:tell("reduced", other.id, other.left)
  end
  if order.left == quantity then return self:finish(order, "self_trade") end
  order.left = order.left - quantity
  self:tell("reduced", order.id, order.left)
end

function slow:trade(order, other)
  local quantity = math.min(order.left, other.left)
  order.left, other.left = order.left - quantity, other.left - quantity
  if other.left == 0 then self:drop(other) end
  self:tell("trade", order.id, order.left, other.id, other.left, other.price, quantity)
end

function slow:meet(order, other)
  if not is_own(order, other) then return self:trade(order, other) end
  local rule = order.self_trade
  if rule == "decrement" then return self:decrement(order, other) end
  if rule ~= "cancel_newest" then self:finish(other, "self_trade") end
  if rule ~= "cancel_oldest" then self:finish(order, "self_trade") end
end

function slow:enter(order)
  if order.post_only and self:opposite(order) then return self:finish(order, "would_take") end
  if order.time_in_force == "fok" and not self:can_fill(order) then return self:finish(order, "unfillable") end
  while order.left > 0 and not order.over do
    local other = self:opposite(order)
    if not other then break end
    self:meet(order, other)
  end
  if order.over or order.left == 0 then return end
  if order.time_in_force == "ioc" then return self:finish(order, "immediate") end
  self.serial = self.serial + 1
  order.serial = self.serial
  self.orders[#self.orders + 1] = order
  self:tell("rests", order.id, order.left, order.price)
end

function slow:advance(now)
  self.now = now
  while true do
    local due
    for _, order in ipairs(self.orders) do
      local ends = order.good_till
      if ends and ends <= now and (not due or ends < due.good_till) then due = order end
    end
    if not due then return end
    self:finish(due, "expired")
  end
end

-- Whether it is taken; its events are told either way.
function slow:submit(given, now)
  local order = {}
  for key, value in pairs(given) do order[key] = value end
  self:advance(now)
  if self:find(order.id) or (order.good_till and order.good_till <= now) then return false end
  order.left = order.quantity
  self:enter(order)
  return true
end

function slow:cancel(id, now)
  self:advance(now)
  local order = self:find(id)
  if order then self:finish(order, "cancelled") end
  return order ~= nil
end

function slow:amend(id, price, quantity, now)
  self:advance(now)
  local order = self:find(id)
  if not order then return false end
  local left = quantity - (order.quantity - order.left)
  if left <= 0 then return false end
  if price == order.price and left <= order.left then
    order.left, order.quantity = left, quantity
    self:tell("amended", id, left, "kept")
    return true
  end
  local moved = setmetatable({ price = price }, { __index = order })
  if order.post_only and self:opposite(moved) then return false end
  self:drop(order)
  order.price, order.quantity, order.left, order.serial = price, quantity, left, nil
  self:tell("amended", id, left, "anew")
  self:enter(order)
  return true
end

-- Left, and the quantity and number of orders before it at its price.
function slow:place(order)
  local ahead, count = 0, 0
  for _, other in ipairs(self.orders) do
    if other == order then return order.left, ahead, count end
    if other.side == order.side and other.price == order.price then ahead, count = ahead + other.left, count + 1 end
  end
end

return slow
