-- SPDX-License-Identifier: MIT
-- What a pair of orders differs by, in money: more than zero is what the real session did worse. Three parts make the
-- sum, exactly: the price of what both filled, what only one of them filled (at the last mark), and the fees.
local decimal = require "neap.decimal"

local trade = { NOISE = decimal.new "0.000000001" } -- a quotient's last digits are no difference

local ZERO, BASIS = decimal.new(0), 10000

local NOTHING = { filled = ZERO, value = ZERO, fees = ZERO, maker_value = ZERO, fills = {} }

-- value × part ÷ whole
local function share(value, part, whole)
  if part == whole then return value end
  return part:is_zero() and ZERO or value * part / whole
end

local function average(order, contract_size)
  if order.filled:is_zero() then return nil end
  return order.value / order.filled / contract_size
end

-- The share of what an order wanted; nil: it is not known.
local function share_of(order)
  local wanted = order.ordered or order.quantity
  if wanted and not wanted:is_zero() then return order.filled / wanted end
  return order.filled:is_zero() and ZERO or nil
end

local function side(order, contract_size)
  if not order then return nil end
  local first = order.fills[1]
  return { id = order.id, number = order.number, decided = order.decided, quantity = order.filled,
    price = average(order, contract_size), fee = order.fees, fills = #order.fills, time = first and first.told,
    share = share_of(order) }
end

-- Amount in basis points of a value; zero of nothing.
function trade.bps(amount, value) return value:is_zero() and ZERO or amount * BASIS / value end

-- Amounts of one sum in basis points of a value, to two digits, so that what is printed adds up: what the last digits
-- are apart goes to the largest.
function trade.rounded_bps(amounts, value)
  local list, left, sum, most = {}, ZERO, ZERO, 1
  for i, amount in ipairs(amounts) do
    list[i] = trade.bps(amount, value):round(2)
    sum, left = sum + amount, left + list[i]
    if amount:abs() > amounts[most]:abs() then most = i end
  end
  if list[most] then list[most] = list[most] + trade.bps(sum, value):round(2) - left end
  return list
end

-- pair: of neap.drift.match, of which one has fills at least; mark: the last of its product.
function trade.new(pair, mark, contract_size)
  local real, simulated = pair.real or NOTHING, pair.simulated or NOTHING
  local order = pair.real or pair.simulated
  local sign = order.side == "buy" and 1 or -1
  local both = real.filled < simulated.filled and real.filled or simulated.filled
  local paid, expected = share(real.value, both, real.filled), share(simulated.value, both, simulated.filled)
  local worth = contract_size * mark
  local over = (real.value - paid) - (real.filled - both) * worth
  local under = (simulated.value - expected) - (simulated.filled - both) * worth
  local made = {
    pair = pair, order = order, sign = sign, both = both, mark = mark, contract_size = contract_size,
    price = (paid - expected) * sign, rest = (over - under) * sign, fee = real.fees - simulated.fees,
    notional = real.value < simulated.value and simulated.value or real.value,
    real = side(pair.real, contract_size), simulated = side(pair.simulated, contract_size), parts = {},
  }
  made.is_filled_alike = real.filled == simulated.filled
  made.sum = made.price + made.rest + made.fee
  if made.real and made.real.time and made.simulated and made.simulated.time then
    made.later = made.real.time - made.simulated.time
  end
  return made
end

-- The part that came of this; one of nothing is none. Of one class the words are those of the most.
function trade.add_part(made, class, amount, says)
  if amount:is_zero() then return end
  for _, part in ipairs(made.parts) do
    if part.class == class then
      part.amount = part.amount + amount
      if amount:abs() > part.most then part.most, part.says = amount:abs(), says or part.says end
      return
    end
  end
  made.parts[#made.parts + 1] = { class = class, amount = amount, says = says, most = amount:abs() }
end

-- An amount over `parts`, { { quantity =, class =, says = }, … }, by their quantities and to the last digit.
function trade.add_share(made, parts, amount)
  local quantity, left = ZERO, amount
  for _, part in ipairs(parts) do quantity = quantity + part.quantity end
  for i, part in ipairs(parts) do
    local own = i == #parts and left or amount * part.quantity / quantity
    trade.add_part(made, part.class, own, part.says)
    left = left - own
  end
end

-- Nil: there is none.
function trade.largest(made)
  local found
  for _, part in ipairs(made.parts) do
    if not found or part.amount:abs() > found.amount:abs() then found = part end
  end
  return found
end

return trade
