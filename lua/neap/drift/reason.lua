-- SPDX-License-Identifier: MIT
-- Why a trade differs, by what the two stores and the recorded market show. The rules are those of
-- docs/reference/drift.md, in its order; what none of them explains is `unknown`.
local decimal = require "neap.decimal"
local decided = require "neap.drift.decided"
local trade = require "neap.drift.trade"

local reason = {}

local ZERO = decimal.new(0)
local SECOND = 1000000000
local NOISE = decimal.new "0.000000001" -- a quotient's last digits are no fee

reason.classes = { "same", "latency", "queue", "impact", "fee", "missing_data", "different_decision", "unknown" }

-- What the market tells comes as late as answers do: a moment before and after belongs to the span.
local MARGIN = SECOND // 10

local AT_ONCE = { ioc = true, fok = true }

-- ---- the question to the market -------------------------------------------------------------------------------------

-- May stand in the book for a while.
local function can_rest(order)
  return order.limit ~= nil and not AT_ONCE[order.time_in_force]
end

local function is_stop(order) return order.stop ~= nil or order.trail_bps ~= nil end

local function begins(order)
  local first = order.fills[1]
  if is_stop(order) and first then return math.max(order.decided, first.told - SECOND) end
  return order.submitted or order.decided
end

local function ends(order, last)
  local fill = order.fills[#order.fills]
  local ended = order.ended and order.ended.time or 0
  if not fill and ended == 0 then return last end
  return math.max(fill and fill.told or 0, ended)
end

-- The span in which both were on their way or rested; nil where nothing of the market is to be asked.
function reason.question(made, last)
  local pair, order = made.pair, made.order
  if made.price:is_zero() and made.is_filled_alike then return nil end
  local from, till = math.maxinteger, 0
  for _, one in ipairs { pair.real or order, pair.simulated or order } do
    from, till = math.min(from, begins(one)), math.max(till, ends(one, last))
  end
  local quantity = made.both:is_zero() and (made.real or made.simulated).quantity or made.both
  if quantity:is_zero() then quantity = made.simulated.quantity end
  return { product = order.product, side = order.side, quantity = quantity, limit = order.limit, from = from - MARGIN,
    till = till + MARGIN, rests = can_rest(order) }
end

-- The venue refused one of the two, or took it back by itself, for something else than the market's price.
local BY_PRICE = { post_only_cross = true, no_liquidity = true, ioc = true, fok = true }

local function ended_by_venue(order)
  local ended = order and order.ended
  if not ended or BY_PRICE[ended.code] then return nil end
  if ended.how == "rejected" then return "refused" end
  return ended.how == "cancelled" and ended.message and not order.cancel_asked and "cancelled" or nil
end

local WHOSE = { real = "the venue", simulated = "the simulator" }

local function refused_by_venue(made)
  for _, one in ipairs { "real", "simulated" } do
    local order = made.pair[one]
    local how = ended_by_venue(order)
    if how then return ("%s by %s: %s"):format(how, WHOSE[one], order.ended.message or order.ended.code or "?") end
  end
end

-- ---- the price of what both filled ----------------------------------------------------------------------------------

local function clamp(value, low, high)
  if value < low then return low end
  return value > high and high or value
end

-- The least and the most that the market would have asked for it meanwhile.
local function range(question)
  local low, high = question.low or question.near, question.high or question.far
  if not low then return nil end
  if high < low then low, high = high, low end
  if question.limit and question.is_crossed then
    low, high = clamp(question.limit, question.limit, low), clamp(question.limit, high, question.limit)
  end
  return low, high
end

local function count_prices(order)
  local seen, count = {}, 0
  for _, fill in ipairs(order.fills) do
    local text = tostring(fill.price)
    if not seen[text] then seen[text], count = true, count + 1 end
  end
  return count
end

local function are_printed(made, question)
  for _, fill in ipairs(made.pair.real.fills) do
    if not question.prints[tostring(fill.price)] then return false end
  end
  return true
end

-- What of the market is not in the recording, in words; nil: nothing.
local function missing(question)
  if question.is_blind then return "the book was not known all the time" end
  if question.is_gapped then return "messages of the market were lost" end
  return question.is_cut and "the recording ends before the market told of it" or nil
end

-- What the book did not show at any moment of it.
local function beyond(made, question, amount)
  local took_levels = count_prices(made.pair.real) > 1 or question.is_thin
  if amount > 0 and took_levels then
    return trade.add_part(made, "impact", amount, "filled beyond what the book showed")
  elseif are_printed(made, question) then
    return trade.add_part(made, "latency", amount, "the market traded there between two messages of the book")
  end
  local lost = missing(question)
  if lost then return trade.add_part(made, "missing_data", amount, lost) end
  trade.add_part(made, "unknown", amount, "at a price that the recorded market did not show meanwhile")
end

local WAITED = "the simulator waited for a book that was in doubt"

-- What arrives while the book is not known waits in the simulator.
local function waited_for_book(made, question) return question.is_blind and made.later ~= nil and made.later < 0 end

local function moved_words(made)
  if not made.later then return "the market moved" end
  return "the market moved: filled " .. decided.later(made.later)
end

local function explain_price(made, question)
  local low, high = range(question)
  local amount = made.price
  if not low then
    local class = question.is_blind and "missing_data" or "unknown"
    return trade.add_part(made, class, amount, question.is_blind and "no book was known" or "no recorded market")
  end
  local size, sign = made.both * made.contract_size, made.sign
  local real, simulated = made.real.price, made.simulated.price
  local real_shown, simulated_shown = clamp(real, low, high), clamp(simulated, low, high)
  local outside = (real - real_shown) * size * sign
  local own = (simulated_shown - simulated) * size * sign
  local class, words = "latency", moved_words(made)
  if waited_for_book(made, question) then class, words = "missing_data", WAITED end
  trade.add_part(made, class, amount - outside - own, words)
  if not outside:is_zero() then beyond(made, question, outside) end
  trade.add_part(made, "impact", own, "the simulator had taken of these levels before")
end

-- ---- what only one of them filled -----------------------------------------------------------------------------------

local function lesser(made)
  local pair = made.pair
  if made.real.quantity < made.simulated.quantity then return pair.real, pair.simulated, "session" end
  return pair.simulated, pair.real, "simulator"
end

-- The one that got less was taken back before the other had its fill.
local function taken_back(made)
  local less, more = lesser(made)
  local asked, other = less.cancel_asked, more.cancel_asked
  local last = more.fills[#more.fills].told
  if not asked or asked > last then return nil end
  if other == asked then return "latency", "the fill overtook the cancel" end
  if other and math.abs(other - asked) <= SECOND then return "latency", "cancelled " .. decided.later(asked - other) end
  return "different_decision", "cancelled before its fill"
end

local function is_at_limit(question) return question.is_crossed or not question.traded:is_zero() end

local function explain_resting(made, question)
  local _, _, who = lesser(made)
  local words = ("the %s got less of the queue at %s"):format(who, tostring(made.order.limit or "its price"))
  if question.is_late and who == "session" then return "missing_data", "trades were told late, after a gap" end
  if is_at_limit(question) then return "queue", words end
  local lost = missing(question)
  if lost then return "missing_data", lost end
  return "unknown", "the recorded market did not come to its price"
end

-- Taken at once or not at all: the book moved over its limit, or had too little.
local function explain_taking(made, question)
  local _, _, who = lesser(made)
  if question.is_blind and who == "simulator" then return "missing_data", WAITED end
  local limit = question.limit
  if limit and question.far and question.near then
    local over = made.sign > 0 and question.far > limit or made.sign < 0 and question.far < limit
    if over then return "latency", "the market moved over its limit" end
  end
  if question.is_thin then return "impact", "the book showed less than it wanted" end
  local lost = missing(question)
  if lost then return "missing_data", lost end
  return "unknown", "the recorded book had enough for both"
end

-- A share of the money there was: at the venue in its increments, and after fills that may have been others.
local function share_words(made)
  local pair = made.pair
  return ("the same share was %s, simulated %s"):format(tostring(pair.real.value), tostring(pair.simulated.value))
end

-- Of an amount both had all that it came to: only the price makes the quantity another.
local function is_whole(made)
  local real, simulated = made.pair.real, made.pair.simulated
  return real.value > 0 and simulated.value > 0 and not (real.ended or simulated.ended) and not can_rest(made.order)
end

local function class_of_rest(made, question)
  local order = made.order
  if (order.notional or order.fraction) and is_whole(made) then
    if made.parts[1] then return made.parts[1].class, made.parts[1].says end
    if order.fraction then return "different_decision", share_words(made) end
    return "fee", "less was bought for the amount"
  end
  local class, words = taken_back(made)
  if class then return class, words end
  if not question.is_seen and not question.is_blind then return "unknown", "no recorded market" end
  if can_rest(order) then return explain_resting(made, question) end
  return explain_taking(made, question)
end

-- ---- fees -----------------------------------------------------------------------------------------------------------

local function rate_words(made)
  local function rate(order) return tostring(trade.bps(order.fees, order.value):round(2)) end
  return ("%s bps, simulated %s bps"):format(rate(made.pair.real), rate(made.pair.simulated))
end

local function maker_share(order) return order.maker_value / order.value end

local function largest(made)
  local found
  for _, part in ipairs(made.parts) do
    if not found or part.amount:abs() > found.amount:abs() then found = part end
  end
  return found
end

-- Of what both paid, what comes of the sizes, of who made and who took, and of the rates.
local function explain_fee(made, class, words)
  local real, simulated = made.pair.real, made.pair.simulated
  if not (real and simulated) or real.value:is_zero() or simulated.value:is_zero() then
    return trade.add_part(made, class, made.fee, words)
  end
  local scaled = simulated.fees * real.value / simulated.value
  local by_rate, by_size = real.fees - scaled, scaled - simulated.fees
  if by_rate:abs() < NOISE then by_rate, by_size = ZERO, made.fee end
  local main = largest(made)
  trade.add_part(made, main and main.class or class or "fee", by_size, words or rate_words(made))
  if maker_share(real) ~= maker_share(simulated) then
    return trade.add_part(made, "latency", by_rate, "one took and the other rested: " .. rate_words(made))
  end
  trade.add_part(made, "fee", by_rate, rate_words(made))
end

-- ---- all of it ------------------------------------------------------------------------------------------------------

-- made: of neap.drift.trade; question: answered, or nil; because: of neap.drift.decided's partings. Sets made.parts and
-- made.class, that of its largest part. What a quotient was rounded by is no difference.
function reason.explain(made, question, because)
  if made.price:is_zero() and made.is_filled_alike and made.fee:abs() < NOISE then
    made.class = "same"
    return
  end
  local words, is_size = decided.otherwise(made, because)
  words = words or not made.is_filled_alike and refused_by_venue(made)
  local class = words and "different_decision"
  question = question or { traded = ZERO, prints = {} }
  if class and not is_size then
    trade.add_part(made, class, made.price, words)
  elseif not made.price:is_zero() then
    explain_price(made, question)
  end
  if not made.is_filled_alike then
    if not class then class, words = class_of_rest(made, question) end
    trade.add_part(made, class, made.rest, words)
  end
  if not made.fee:is_zero() then explain_fee(made, class, words) end
  local main = largest(made)
  made.class, made.says = main and main.class or "same", main and main.says
end

return reason
