-- SPDX-License-Identifier: MIT
-- What a stored session did, order by order: what was decided and when, what the broker said, what was filled.
local clock = require "neap.clock"
local decimal = require "neap.decimal"
local fault = require "neap.base.fault"
local rows = require "neap.pack.rows"

local ZERO = decimal.new(0)

local MONEY = { "quantity", "notional", "fraction", "limit", "stop", "trail_bps" }

local readers = {}

local function add_products(self, list)
  for _, facts in ipairs(list or {}) do
    self.products[facts.id] = { id = facts.id, contract_size = decimal.new(facts.contract_size or "1") }
  end
end

local function begin(self, row)
  local body = row.body
  self.mode, self.currency, self.session = self.mode or body.mode, self.currency or body.currency, body.session
  self.strategy = self.strategy or body.strategy or body.strategies and body.strategies[1] and body.strategies[1].name
  self.taker_bps, self.maker_bps, self.latency = body.taker_bps, body.maker_bps, body.latency
  self.queue = body.queue
  add_products(self, body.products)
end

readers.session_started = begin

-- Of a store that was trimmed it is the first event there is.
function readers.state_snapshot(self, row)
  if not self.mode then begin(self, row) end
end

local function order_of(self, row)
  local id = row.client_order_id
  if not id then return nil end
  local order = self.by_id[id]
  if not order then
    order = { id = id, product = row.product, strategy = self.strategy or "", decided = row.ts_ns, fills = {},
      filled = ZERO, value = ZERO, fees = ZERO, maker_value = ZERO, place = #self.list + 1 }
    self.by_id[id], self.list[#self.list + 1] = order, order
  end
  return order
end

local function take_ticket(order, ticket)
  for _, name in ipairs(MONEY) do
    if ticket[name] then order[name] = decimal.new(ticket[name]) end
  end
  if order.fraction then order.notional = nil end -- the venue is given an amount for it, the simulator is not
  order.side, order.type, order.time_in_force = ticket.side, ticket.type, ticket.time_in_force
  order.post_only, order.reduce_only = ticket.post_only, ticket.reduce_only
end

function readers.order_intent(self, row)
  local order, body = order_of(self, row), row.body
  order.number, order.why = body.number, body.why
  order.origin = self.by_number[body.parent or body.slice_of or 0]
  order.strategy, order.cause = body.strategy or order.strategy, row.cause_seq
  take_ticket(order, body)
  self.by_number[order.number] = order
end

-- An order of several (a slice, one that a preview looked at again) may be decided more than once: the last counts.
function readers.decision(self, row)
  local order, body = order_of(self, row), row.body
  order.accepted, order.refusal, order.checks = body.accepted, body.reason, body.checks
  if body.accepted and body.ticket then take_ticket(order, body.ticket) end
end

local function moment(name)
  return function(self, row)
    local order = order_of(self, row)
    if order then order[name] = order[name] or row.ts_ns end
  end
end

readers.order_submitted, readers.order_accepted = moment "submitted", moment "acknowledged"
readers.order_cancel_requested = moment "cancel_asked"

function readers.order_filled(self, row)
  local order, body = order_of(self, row), row.body
  local fill = { told = row.ts_ns, time = clock.parse(body.time), price = decimal.new(body.price),
    quantity = decimal.new(body.quantity), value = decimal.new(body.notional), fee = decimal.new(body.fee or "0"),
    liquidity = body.liquidity }
  order.side, order.product = order.side or body.side, order.product or row.product
  order.ordered = body.ordered and decimal.new(body.ordered) or order.ordered -- of an amount
  order.fills[#order.fills + 1] = fill
  order.filled, order.value, order.fees = order.filled + fill.quantity, order.value + fill.value, order.fees + fill.fee
  if fill.liquidity == "maker" then order.maker_value = order.maker_value + fill.value end
  self.marks[row.product] = { mark = fill.price, time = row.ts_ns }
end

local function ending(how)
  return function(self, row)
    local order = order_of(self, row)
    if order then
      order.ended = { how = how, time = row.ts_ns, code = row.body.code, message = row.body.message,
        check = row.body.check }
    end
  end
end

readers.order_rejected, readers.order_cancelled = ending "rejected", ending "cancelled"
readers.order_expired = ending "expired"

function readers.book_in_doubt(self, row)
  self.doubts[#self.doubts + 1] = { time = row.ts_ns, product = row.product, code = row.body.code }
end

function readers.session_resumed(self) self.stopped = nil end

function readers.session_failed(self, row) self.stopped = row.ts_ns end

function readers.session_stopped(self, row)
  self.stopped, self.equity = row.ts_ns, row.body.equity
  for _, entry in ipairs(row.body.marks or {}) do
    self.marks[entry.product] = { mark = decimal.new(entry.mark), time = row.ts_ns }
  end
end

local TYPES = require("neap.base.lists").sorted_keys(readers)

local function read(self, until_ns)
  local newest = rows.first(self.path, { newest_first = true })
  self.till = until_ns or newest and newest.ts_ns or 0
  rows.each(self.path, TYPES, function(row)
    if until_ns and row.ts_ns > until_ns then return end
    readers[row.type](self, row)
    self.last = row.ts_ns
  end)
end

-- path: of a session's events, up to that moment (nil: all of them) → { list = orders in the order of their intents,
-- by_id =, by_number =, products =, marks = the last of each product, doubts = when a book was lost, mode =,
-- currency =, last = the moment of the last event that counts here, till = up to when events
-- were read …}; or nil and a fault.
return function(path, until_ns)
  local self = { path = path, list = {}, by_id = {}, by_number = {}, products = {}, marks = {}, doubts = {}, last = 0 }
  local ok, err = pcall(read, self, until_ns)
  if not ok then
    if type(err) == "table" and err.code then return nil, err end
    error(err, 0)
  end
  if not self.mode then return nil, fault("no_session", "the store is no session's", path) end
  return self
end
