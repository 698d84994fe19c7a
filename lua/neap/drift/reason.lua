-- SPDX-License-Identifier: MIT
-- Why a trade differs, by what the two stores and the recorded market show. The rules are those of
-- docs/reference/drift.md, in its order; what none of them explains is `unknown`.
local add_fee = require "neap.drift.fee"
local decimal = require "neap.decimal"
local decided = require "neap.drift.decided"
local trade = require "neap.drift.trade"

local reason = {}

local ZERO = decimal.new(0)
local SECOND = 1000000000

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

-- Of what only one of them filled, as much as the sizes that were decided are apart; nil: that is not known.
local function gap_of(made)
  local less, more = lesser(made)
  if less.quantity and more.quantity then return more.quantity - less.quantity end
  if not (less.notional and more.notional) or more.value:is_zero() then return nil end
  return (more.notional - less.notional) * more.filled / more.value
end

-- What only one of them filled, by what it comes of: { { quantity =, class =, says = }, … }. `words`: they were decided
-- otherwise, `is_size`: in their sizes alone, which says nothing of what was not filled although both wanted it.
local function split_rest(made, question, words, is_size)
  if words and not is_size then return { { quantity = ZERO, class = "different_decision", says = words } } end
  local quantity = (made.real.quantity - made.simulated.quantity):abs()
  local by_size = ZERO
  if words then by_size = clamp(gap_of(made) or is_whole(made) and quantity or ZERO, ZERO, quantity) end
  local list = {}
  if not by_size:is_zero() then list[1] = { quantity = by_size, class = "different_decision", says = words } end
  if by_size == quantity then return list end
  local class, says = "different_decision", refused_by_venue(made)
  if not says then class, says = class_of_rest(made, question) end
  list[#list + 1] = { quantity = quantity - by_size, class = class, says = says }
  return list
end

-- ---- all of it ------------------------------------------------------------------------------------------------------

-- made: of neap.drift.trade; question: answered, or nil; because: of neap.drift.decided's partings. Sets made.parts and
-- made.class, that of its largest part. What a quotient was rounded by is no difference.
function reason.explain(made, question, because)
  if made.price:is_zero() and made.is_filled_alike and made.fee:abs() < trade.NOISE then
    made.class = "same"
    return
  end
  local words, is_size = decided.otherwise(made, because)
  question = question or { traded = ZERO, prints = {} }
  if words and not is_size then
    trade.add_part(made, "different_decision", made.price, words)
  elseif not made.price:is_zero() then
    explain_price(made, question)
  end
  local main = trade.largest(made)
  local rest = not made.is_filled_alike and split_rest(made, question, words, is_size) or nil
  if rest then trade.add_share(made, rest, made.rest) end
  if not made.fee:is_zero() then add_fee(made, main, rest) end
  main = trade.largest(made)
  made.class, made.says = main and main.class or "same", main and main.says
end

return reason
