-- SPDX-License-Identifier: MIT
-- What a recording says of market impact: what taking at once cost by the books shown, and how far net flow moved the
-- middle, fitted by the square-root law: move = Y × volatility × √(flow ÷ volume). For docs/guide/market_impact.md.
local book = require "neap.book"

local study = {}

local SECOND = 1000000000

-- The middle after each message, and at most once a second what taking each quantity would cost.
local function replay(recorded, options, costs)
  local points, due = {}, math.mininteger
  local b <close> = book.new { price_increment = options.price_increment, size_increment = options.size_increment }
  for number = 1, recorded:counts().messages do
    assert(recorded:apply(number, b))
    local mid, time = b:mid(), recorded:message(number).time
    if mid then
      points[#points + 1] = { time, mid:float() }
      if time >= due then
        costs(b, mid:float())
        due = time + SECOND
      end
    end
  end
  return points
end

local function walk_costs(quantities)
  local sums = {}
  for i, quantity in ipairs(quantities) do sums[i] = { quantity = quantity, sum = 0, count = 0, asked = 0 } end
  return sums, function(b, mid)
    for _, each in ipairs(sums) do
      for side, sign in pairs { buy = 1, sell = -1 } do
        local average = b:vwap(side, tostring(each.quantity))
        each.asked = each.asked + 1
        if average then
          each.sum, each.count = each.sum + sign * (average:float() / mid - 1) * 10000, each.count + 1
        end
      end
    end
  end
end

local function read_trades(recorded)
  local trades, volume = {}, 0
  for number = 1, recorded:counts().trades do
    local trade = recorded:trade(number)
    local size = trade.size:float()
    trades[number], volume = { trade.time, trade.side == "buy" and size or -size }, volume + size
  end
  return trades, volume
end

-- Middles `step` apart: each is the last one before its instant.
local function sampled(points, step)
  local out, at = {}, 1
  for time = points[1][1], points[#points][1], step do
    while points[at + 1] and points[at + 1][1] <= time do at = at + 1 end
    out[#out + 1] = points[at][2]
  end
  return out
end

-- Of the whole recording, from second to second, in bps.
local function volatility(points)
  local mids, sum = sampled(points, SECOND), 0
  for i = 2, #mids do sum = sum + ((mids[i] / mids[i - 1] - 1) * 10000) ^ 2 end
  return math.sqrt(sum)
end

-- {net flow, move in bps} of each interval.
local function intervals(points, trades, step)
  local mids, out, at = sampled(points, step), {}, 1
  while trades[at] and trades[at][1] < points[1][1] do at = at + 1 end
  for i = 2, #mids do
    local flow, stop = 0, points[1][1] + (i - 1) * step
    while trades[at] and trades[at][1] < stop do
      flow, at = flow + trades[at][2], at + 1
    end
    out[#out + 1] = { flow, (mids[i] / mids[i - 1] - 1) * 10000 }
  end
  return out
end

-- Least squares through the origin of the move on sign(flow) × scale × (|flow| ÷ volume)^power.
local function regress(samples, scale, volume, power)
  local xy, xx, yy = 0, 0, 0
  for _, sample in ipairs(samples) do
    local x = scale * (math.abs(sample[1]) / volume) ^ power * (sample[1] < 0 and -1 or 1)
    xy, xx, yy = xy + x * sample[2], xx + x * x, yy + sample[2] * sample[2]
  end
  local slope, rest = xy / xx, yy - xy * xy / xx
  return { y = slope, r2 = 1 - rest / yy, residual = math.sqrt(rest / (#samples - 1)),
    error = math.sqrt(rest / (#samples - 1) / xx), count = #samples }
end

local function best_power(samples, scale, volume)
  local best, r2 = 0, -math.huge
  for power = 5, 150 do
    local found = regress(samples, scale, volume, power / 100).r2
    if found > r2 then best, r2 = power / 100, found end
  end
  return best, r2
end

-- Moves in the direction of the flow, averaged over flows of a like size.
local function bins(samples)
  local by, out = {}, {}
  for _, sample in ipairs(samples) do
    local size = math.abs(sample[1])
    if size > 0 then
      local key = math.floor(math.log(size, 2))
      local bin = by[key] or { flow = 0, move = 0, squares = 0, count = 0 }
      local move = sample[1] < 0 and -sample[2] or sample[2]
      by[key] = bin
      bin.flow, bin.move, bin.count = bin.flow + size, bin.move + move, bin.count + 1
      bin.squares = bin.squares + move * move
    end
  end
  for key = -30, 30 do
    local bin = by[key]
    if bin and bin.count > 3 then
      local mean = bin.move / bin.count
      out[#out + 1] = { flow = bin.flow / bin.count, move = mean, count = bin.count,
        error = math.sqrt(math.max(0, bin.squares / bin.count - mean * mean) / (bin.count - 1)) }
    end
  end
  return out
end

-- run{ recording, price_increment, size_increment, quantities, seconds } → volatility_bps, volume, duration, walk, fits
-- (one for each of `seconds`), bins (of the interval `chosen`)
function study.run(options)
  local sums, ask = walk_costs(options.quantities)
  local points = replay(options.recording, options, ask)
  local trades, volume = read_trades(options.recording)
  local scale, fits, binned = volatility(points), {}, {}
  for i, seconds in ipairs(options.seconds) do
    local samples = intervals(points, trades, seconds * SECOND)
    local fit, linear = regress(samples, scale, volume, 0.5), regress(samples, scale, volume, 1)
    fit.seconds, fit.linear_r2 = seconds, linear.r2
    fit.power, fit.power_r2 = best_power(samples, scale, volume)
    fits[i] = fit
    if seconds == options.chosen then binned = bins(samples) end
  end
  return { volatility_bps = scale, volume = volume, walk = sums, fits = fits, bins = binned,
    duration = (points[#points][1] - points[1][1]) / SECOND }
end

return study
