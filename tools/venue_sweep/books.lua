-- SPDX-License-Identifier: MIT
-- A session's books against those of the exchange, order by order and to the last digit.
local decimal = require "neap.decimal"
local event_store = require "neap.event_store"

local books = {}

local ZERO = decimal.new(0)

local function number(text) return text and text ~= "" and decimal.parse(tostring(text)) or ZERO end

local function each(client, list, options)
  local rows = {}
  for row, err in client:each(list)(options) do
    if not row then return nil, err end
    rows[#rows + 1] = row
  end
  return rows
end

-- What the exchange says: orders by client_order_id, fills by order_id, totals by currency.
function books.of_venue(client, product)
  local orders, err = each(client, "orders", { product_ids = { product }, limit = 250 })
  if not orders then return nil, err end
  local fills
  fills, err = each(client, "fills", { product_ids = { product }, limit = 250 })
  if not fills then return nil, err end
  local accounts
  accounts, err = each(client, "accounts", { limit = 250 })
  if not accounts then return nil, err end
  local venue = { orders = {}, twice = {}, totals = {}, count = #orders, fills = #fills }
  for _, order in ipairs(orders) do
    if venue.orders[order.client_order_id] then venue.twice[#venue.twice + 1] = order.client_order_id end
    venue.orders[order.client_order_id] = order
  end
  for _, account in ipairs(accounts) do
    local total = number(account.available_balance.value) + number(account.hold.value)
    venue.totals[account.currency] = (venue.totals[account.currency] or ZERO) + total
  end
  return venue
end

local function sum_fills(path)
  local rows <close> = assert(event_store.events(path, { type = "order_filled" }))
  local sums, count, last = {}, 0, nil
  for row in rows do
    local id = row.client_order_id
    local sum = sums[id] or { quantity = ZERO, fees = ZERO, fills = 0 }
    sum.quantity, sum.fees = sum.quantity + number(row.body.quantity), sum.fees + number(row.body.fee)
    sum.fills, count, last = sum.fills + 1, count + 1, row
    sums[id] = sum
  end
  return sums, count, last
end

local function intents_of(path)
  local rows <close> = assert(event_store.events(path, { type = "order_intent" }))
  local intents = {}
  for row in rows do intents[row.client_order_id] = row end
  return intents
end

-- What the session's store says.
function books.of_session(path)
  local state, err = event_store.replay(path)
  if not state then return nil, err end
  local own = { state = state, working = {}, intents = intents_of(path) }
  own.fills, own.count = sum_fills(path)
  for _, order in ipairs(state.orders) do own.working[order.id] = order end
  return own
end

local OPEN = { OPEN = true, PENDING = true, QUEUED = true, CANCEL_QUEUED = true, EDIT_QUEUED = true }

local function compare_order(id, order, own, say)
  if not own.intents[id] then return say("%s is at the exchange and not in the journal", id) end
  local sum = own.fills[id] or { quantity = ZERO, fees = ZERO }
  if sum.quantity ~= number(order.filled_size) then
    say("%s filled %s there, %s here", id, order.filled_size, sum.quantity)
  elseif sum.fees ~= number(order.total_fees) then
    say("%s cost %s there, %s here", id, order.total_fees, sum.fees)
  end
  local works = own.working[id] ~= nil
  if works ~= (OPEN[order.status] == true) then
    say("%s is %s there and %s here", id, order.status, works and own.working[id].status or "ended")
  end
end

-- Works here, and is not a matter of ours alone (a stop that is watched for).
local function compare_working(id, order, venue, say)
  if not venue.orders[id] and order.status ~= "watched" and order.status ~= "pending" then
    say("%s is %s here and not at the exchange", id, order.status)
  end
end

local function position_of(state, product)
  local sum = ZERO
  for _, position in ipairs(state.positions) do
    if position.product == product then sum = sum + position.quantity end
  end
  return sum
end

local function compare_money(own, venue, start, what, say)
  local base, quote = what.product:match "^(%w+)-(%w+)$"
  local held, cash = position_of(own.state, what.product), ZERO
  for _, strategy in ipairs(own.state.strategies) do cash = cash + strategy.cash end
  local moved = venue.totals[base] - start.totals[base]
  if moved ~= held then say("%s: the account moved by %s, the session holds %s", base, moved, held) end
  moved = venue.totals[quote] - start.totals[quote]
  if moved ~= cash - what.cash then
    say("%s: the account moved by %s, the session's cash by %s", quote, moved, cash - what.cash)
  end
end

-- What the strategy counted, in self.state.
local function compare_state(own, say)
  local kept = own.state.states.venue_trader
  if kept and kept.fills ~= own.count then
    say("the strategy heard %s fills, the journal has %d", tostring(kept.fills), own.count)
  end
end

-- → a list of what differs. what: { product =, cash = decimal }; start: of_venue before the session began.
function books.compare(own, venue, start, what)
  local differences = {}
  local function say(...) differences[#differences + 1] = string.format(...) end
  for _, id in ipairs(venue.twice) do say("%s is at the exchange twice", id) end
  for id, order in pairs(venue.orders) do compare_order(id, order, own, say) end
  for id, order in pairs(own.working) do compare_working(id, order, venue, say) end
  compare_money(own, venue, start, what, say)
  compare_state(own, say)
  return differences
end

return books
