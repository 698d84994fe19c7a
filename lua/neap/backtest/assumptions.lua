-- SPDX-License-Identifier: MIT
-- What the figures of a back-test rest on, one line each.
local clock = require "neap.clock"
local config = require "neap.config"

local slippage_text = {
  none = function() return "none" end,
  bps = function(a) return ("%s basis points against the order"):format(a.slippage_bps) end,
  volume_share = function(a) return ("price × %s × (quantity ÷ bar volume)², against the order"):format(a.impact) end,
}

local function describe_product(p)
  local sizes = ""
  if p.base_min_size then sizes = sizes .. ", minimum " .. tostring(p.base_min_size) end
  if p.base_max_size then sizes = sizes .. ", maximum " .. tostring(p.base_max_size) end
  return ("%s: %s, price increment %s, quantity increment %s%s"):format(p.id, p.kind, p.price_increment,
    p.base_increment, sizes ~= "" and sizes or ", no minimum or maximum")
end

local function describe_recording(feed)
  return ("%s: recorded, %d messages of the book with %d changes, %d trades, by the time of their receipt; bars " ..
    "of %s are made of the trades"):format(feed.product, feed.messages, feed.changes, feed.trades,
    clock.format_duration(feed.frame))
end

local function describe_market(market)
  return ("the market is generated, seed %d (%s): nobody traded it, and it has no edge"):format(market.seed,
    market.text)
end

local function describe_feed(feed)
  if feed.messages then return describe_recording(feed) end
  local line = ("%s: %d bars of %s, %s to %s, %s"):format(feed.product, feed.bars, clock.format_duration(feed.frame),
    clock.format(feed.first), clock.format(feed.last),
    feed.dialect == "memory" and "from memory" or "read as " .. feed.dialect)
  if feed.gaps > 0 then line = line .. ("; %d gaps, %d bars missing"):format(feed.gaps, feed.missing_bars) end
  if feed.skipped > 0 then
    line = line .. ("; %d bad bars skipped, first: %s"):format(feed.skipped, feed.skipped_example)
  end
  return line
end

local function has(feeds, recorded)
  for _, feed in ipairs(feeds) do
    if (feed.messages ~= nil) == recorded then return true end
  end
  return false
end

local function describe_way(points)
  local texts = {}
  for i, ns in ipairs(points) do texts[i] = clock.format_duration(ns) end
  if #texts == 1 then return points[1] == 0 and "none" or texts[1] end
  return "drawn between the quantiles " .. table.concat(texts, " ")
end

local queue_text = {
  risk_averse = "by those behind us as long as there are any",
  probabilistic = "by those ahead as often as their share is",
}

-- How orders fill on recorded books.
local function describe_venue(lines, options, amounts)
  lines[#lines + 1] = "recorded books: what takes takes what the book shows when it arrives, nothing twice before " ..
    "the level changes; our orders change nothing else"
  lines[#lines + 1] = ("recorded books: what rests is filled behind what stood there when it arrived (%s: what " ..
    "leaves without a trade was cancelled %s)"):format(options.queue, queue_text[options.queue])
  local order, answer = describe_way(amounts.latency.order), describe_way(amounts.latency.answer)
  lines[#lines + 1] = ("recorded books: latency of orders %s, of answers %s"):format(order, answer)
end

-- Whether a position can be larger than the equity that carries it.
local function is_leveraged(products)
  for _, p in ipairs(products) do
    if p.kind ~= "spot" then return true end
  end
  return false
end

local tables = { tiers = "the reference's table", coinbase = "Coinbase's table" }

local function describe_fees(options, amounts)
  if options.fees == "flat" then
    return ("fees: maker %s, taker %s basis points of the value; rounded once, half-even, at 12 digits"):format(
      amounts.maker_fee_bps, amounts.fee_bps)
  end
  local start = options.fee_tier and (", and tier %d for the first 30 days at least"):format(options.fee_tier) or ""
  return ("fees: by %s, from what the run traded in the 30 days before%s; rounded once, half-even, at 12 digits")
    :format(tables[options.fees], start)
end

local function describe_funding(products)
  local rates = {}
  for _, p in ipairs(products) do
    if p.kind == "perpetual" and p.funding_rate then
      rates[#rates + 1] = ("%s %s every %s"):format(p.id, p.funding_rate, clock.format_duration(p.funding_interval))
    end
  end
  return "funding: " .. (#rates > 0 and table.concat(rates, ", ") or "none")
end

local ends = {
  no = "open positions stay open and count at the last close",
  open = "open positions are closed at the last bar's open",
  close = "open positions are closed at the last bar's close",
}

-- How orders fill on bars.
local function describe_bars(lines, options, amounts)
  lines[#lines + 1] =
    "market orders fill at the next bar's open, limits and stops in a bar's range; at a tie the stop first"
  lines[#lines + 1] = ("volume: %s"):format(amounts.volume_share:is_zero() and "no limit, an order fills whole"
    or ("at most %s of a bar's volume fills"):format(amounts.volume_share))
  lines[#lines + 1] = ("slippage: %s"):format(slippage_text[options.slippage](amounts))
end

local outsides = {
  paper = "the market is the venue's, fills are simulated on its book",
  exchange = "orders were the local exchange's: fills, fees and balances are its own",
  armed = "orders were the venue's: fills, fees and balances are its own",
}

local function describe_outside(options) return outsides[options.mode] end

return function(options, amounts, products, risk, result, market)
  local lines = {}
  if options.outside then lines[1] = describe_outside(options) end
  if has(result.feeds, true) then describe_venue(lines, options, amounts) end
  if has(result.feeds, false) then describe_bars(lines, options, amounts) end
  lines[#lines + 1] = describe_fees(options, amounts)
  lines[#lines + 1] = ("at the end: %s"):format(ends[options.close_at_end])
  if market then lines[#lines + 1] = describe_market(market) end
  for i, p in ipairs(products) do
    lines[#lines + 1] = describe_product(p)
    if result.feeds[i] then lines[#lines + 1] = describe_feed(result.feeds[i]) end
  end
  if is_leveraged(products) then
    lines[#lines + 1] = ("margin: exposure up to %d times the equity, no interest; positions whose maintenance " ..
      "margin of %s of the value is not covered are closed at the mark"):format(risk.limits.max_leverage,
      risk.limits.default_maintenance_margin_rate)
    lines[#lines + 1] = describe_funding(products)
  end
  if risk.limits.slippage_guard_bps > 0 or risk.limits.enable_market_impact_guard then
    lines[#lines + 1] = "liquidity, which the guards of slippage and impact ask: " ..
      require("neap.liquidity").assumption
  end
  if result.truncated > 0 then
    lines[#lines + 1] = ("%d numbers finer than their increment were cut"):format(result.truncated)
  end
  lines[#lines + 1] = config.describe(risk)
  for _, word in ipairs(risk.hidden) do lines[#lines + 1] = config.describe_hidden(word) end
  return lines
end
