-- SPDX-License-Identifier: MIT
-- What of a trade's fees is another, by what it comes of: the price, the quantity, who made and who took, the rates.
local decimal = require "neap.decimal"
local trade = require "neap.drift.trade"

local ZERO = decimal.new(0)

local function rate_words(made)
  local function rate(order) return tostring(trade.bps(order.fees, order.value):round(2)) end
  return ("%s bps, simulated %s bps"):format(rate(made.pair.real), rate(made.pair.simulated))
end

local function maker_share(order) return order.maker_value / order.value end

-- main: the largest part of the price, or nil; rest: the parts of what only one filled (trade.add_share), or nil.
return function(made, main, rest)
  local real, simulated = made.pair.real, made.pair.simulated
  if not (real and simulated) or real.value:is_zero() or simulated.value:is_zero() then
    return trade.add_share(made, rest, made.fee)
  end
  local scaled = simulated.fees * real.value / simulated.value
  local by_rate, by_value = real.fees - scaled, scaled - simulated.fees
  if by_rate:abs() < trade.NOISE then by_rate, by_value = ZERO, made.fee end
  local by_price = rest and simulated.fees * made.price * made.sign / simulated.value or by_value
  trade.add_part(made, main and main.class or "fee", by_price, rate_words(made))
  if rest then trade.add_share(made, rest, by_value - by_price) end
  if maker_share(real) ~= maker_share(simulated) then
    return trade.add_part(made, "latency", by_rate, "one took and the other rested: " .. rate_words(made))
  end
  trade.add_part(made, "fee", by_rate, rate_words(made))
end
