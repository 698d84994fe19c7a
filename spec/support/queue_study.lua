-- SPDX-License-Identifier: MIT
-- A passive strategy on a recording, under a queue model and a latency: it keeps one bid and one ask at the touch, and
-- follows it. What comes of it is counted, beside the back-tests of tools/queue_study.lua.
local queue_model = require "neap.queue_model"

local study = {}

local SECOND = 1000000000
local ENDED = { filled = true, cancelled = true, refused = true }
local SIDES = { { side = "buy", book = "bid" }, { side = "sell", book = "ask" } }

-- Sends a new order when there is none at the touch; cancels the one that is elsewhere.
local function follow(model, quote, quantity)
  local price = model:best(quote.book)
  if quote.order and ENDED[model:order(quote.order).status] then quote.order = nil end
  if not price or (quote.order and quote.price == price) then return end
  if quote.order then model:cancel(quote.order) end
  quote.order, quote.price = assert(model:place { side = quote.side, price = price, quantity = quantity }), price
  quote.sent = quote.sent + 1
end

local function middle(model)
  local bid, ask = model:best "bid", model:best "ask"
  return bid and ask and (bid:float() + ask:float()) / 2
end

-- The middle that held at a time, by halving; `points` are {time, middle} as they rise.
local function middle_at(points, time)
  local low, high = 1, #points
  while low < high do
    local half = (low + high + 1) // 2
    if points[half][1] <= time then low = half else high = half - 1 end
  end
  return points[low][2]
end

-- What the middle did for each fill within a second, per unit, in the recording's price.
local function markout(fills, points)
  local sum, quantity = 0, 0
  for _, fill in ipairs(fills) do
    local sign, size = fill.side == "buy" and 1 or -1, fill.quantity:float()
    sum = sum + sign * size * (middle_at(points, fill.time + SECOND) - fill.price:float())
    quantity = quantity + size
  end
  return quantity > 0 and sum / quantity or 0, quantity
end

-- run{ recording, queue, latency, seed, quantity } → counts, and the fills as {seconds, quantity so far}
function study.run(options)
  local model <close> = assert(queue_model.new { recording = options.recording, queue = options.queue,
    latency = options.latency, seed = options.seed })
  local quotes, points, first = {}, {}, nil
  for i, each in ipairs(SIDES) do quotes[i] = { side = each.side, book = each.book, sent = 0 } end
  while true do
    local time, err = model:step()
    if err then error(err.message) end
    if not time then break end
    local mid = middle(model)
    if mid then
      first = first or time
      points[#points + 1] = { time, mid }
      for _, quote in ipairs(quotes) do follow(model, quote, options.quantity) end
    end
  end
  local fills, curve, causes, so_far = model:fills(), {}, { queue = 0, beyond = 0, through = 0 }, 0
  for i, fill in ipairs(fills) do
    so_far = so_far + fill.quantity:float()
    causes[fill.cause] = causes[fill.cause] + 1
    curve[i] = { (fill.time - first) / SECOND, so_far }
  end
  local edge, filled = markout(fills, points)
  return { orders = quotes[1].sent + quotes[2].sent, fills = #fills, filled = filled, markout = edge, causes = causes,
    curve = curve, seconds = (points[#points][1] - first) / SECOND }
end

return study
