-- SPDX-License-Identifier: MIT
-- The orders, fills and log lines of a session, from its events: money is decimals, times are ns.
local clock = require "neap.clock"
local decimal = require "neap.decimal"

local MONEY = {
  "quantity", "notional", "fraction", "limit", "stop", "stop_loss", "take_profit", "trail_bps", "trailing_stop_bps",
  "price", "fee", "fee_bps", "realized", "position", "cost", "cash",
}

local ZERO = decimal.new(0)

local function order_of(told, row)
  local id = row.client_order_id
  told.by_id[id] = told.by_id[id] or { id = id, filled = ZERO, fees = ZERO, cost = ZERO, fills = {} }
  return told.by_id[id]
end

local function exact(body)
  for _, name in ipairs(MONEY) do
    if body[name] then body[name] = decimal.new(body[name]) end
  end
  return body
end

local handlers = {}

function handlers.order_intent(told, row)
  local order = exact(row.body)
  order.order = nil
  order.id, order.product, order.time = row.client_order_id, row.product, row.ts_ns
  order.status, order.filled, order.fees, order.cost, order.fills = "pending", ZERO, ZERO, ZERO, {}
  told.orders[#told.orders + 1], told.by_id[order.id] = order, order
  if order.execution then told.sliced[order.number] = order end
end

function handlers.decision(told, row)
  local order = order_of(told, row)
  order.accepted, order.engine, order.reason = row.body.accepted, row.body.engine, row.body.reason
end

-- What a slice filled, its whole did; the fill is the slice's.
local function fill_whole(whole, fill)
  whole.filled, whole.fees, whole.cost = whole.filled + fill.quantity, whole.fees + fill.fee,
    whole.cost + fill.notional
  whole.average_price = whole.cost / whole.filled
  if whole.status ~= "cancel_pending" or whole.filled == whole.quantity then
    whole.status = whole.filled == whole.quantity and "filled" or "partially_filled"
  end
end

function handlers.order_filled(told, row)
  local fill, order = exact(row.body), order_of(told, row)
  fill.order, fill.number, fill.why, fill.tag, fill.product = order, order.number, order.why, order.tag, row.product
  fill.time, fill.fee = clock.parse(fill.time), fill.fee or ZERO
  order.filled, order.fees, order.cost = order.filled + fill.quantity, order.fees + fill.fee, order.cost + fill.notional
  order.average_price, order.status, fill.status = order.cost / order.filled, fill.status, nil
  told.fills[#told.fills + 1], order.fills[#order.fills + 1] = fill, fill
  local whole = order.slice_of and told.sliced[order.slice_of]
  if whole then fill_whole(whole, fill) end
end

function handlers.slices_started(told, row) order_of(told, row).status = "working" end

function handlers.log(told, row)
  local body = row.body
  told.log[#told.log + 1] = { level = body.level, text = body.text, fields = body.fields, time = row.ts_ns }
end

local STATUS = {
  trigger_set = "watched", order_submitted = "submitted", order_accepted = "open", order_rejected = "rejected",
  order_cancelled = "cancelled",
  order_expired = "expired", order_cancel_requested = "cancel_pending",
}

local function follow(told, row)
  local order = order_of(told, row)
  order.status = STATUS[row.type]
  if row.type == "order_rejected" and not order.reason then order.reason = row.body end
end

-- { orders =, fills =, log = } of the rows of events, in their order. An order whose intent is not among them is known
-- by its id alone.
return function(rows)
  local told = { orders = {}, fills = {}, log = {}, by_id = {}, sliced = {} }
  for row in rows do
    if handlers[row.type] then
      handlers[row.type](told, row)
    elseif STATUS[row.type] then
      follow(told, row)
    end
  end
  return told
end
