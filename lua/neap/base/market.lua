-- SPDX-License-Identifier: MIT
-- A generated market: hourly bars of a seeded walk with quiet and lively days. Whole numbers only, so that the same
-- seed gives the same bars on every machine.
local decimal = require "neap.decimal"

local HOUR = 3600 * 1000000000

local function generator(seed)
  local state = seed
  return function(n) -- a whole number 0 … n−1
    state = state * 6364136223846793005 + 1442695040888963407
    return (state >> 33) % n
  end
end

-- Cents, drift and spread of the next hour: a trend of some days, then another.
local function step(below, market)
  if market.left == 0 then
    market.left = 48 + below(240)
    market.drift = below(41) - 20
    market.spread = 20 + below(60)
  end
  market.left = market.left - 1
  local noise = below(2 * market.spread + 1) - market.spread
  return market.price + market.price * (4 * noise + market.drift) // 40000
end

-- { seed =, bars =, start = ns, price = cents } → bars for neap.backtest.
return function(options)
  local below, bars = generator(options.seed), {}
  local market = { price = options.price, left = 0 }
  for i = 1, options.bars do
    local open = market.price
    local close = math.max(100, step(below, market))
    local reach = 1 + market.price * market.spread // 20000
    bars[i] = {
      time = options.start + (i - 1) * HOUR, volume = decimal(below(90000) + 10000) / 1000,
      open = decimal(open) / 100, close = decimal(close) / 100,
      high = decimal(math.max(open, close) + below(reach)) / 100,
      low = decimal(math.max(50, math.min(open, close) - below(reach))) / 100,
    }
    market.price = close
  end
  return bars
end
