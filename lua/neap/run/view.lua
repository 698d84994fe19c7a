-- SPDX-License-Identifier: MIT
-- What status, positions, orders and fills show, from a session that runs and from one that is stored: the same rows of
-- text, and how they are lined up.
local clock = require "neap.clock"
local json = require "neap.json"
local lists = require "neap.base.lists"

local view = {}

view.columns = {
  positions = {
    { "product" }, { "strategy" }, { "side" }, { "quantity", align = "right" },
    { "entry_price", title = "entry", align = "right" }, { "mark", align = "right" },
    { "unrealized", align = "right" }, { "realized", align = "right" }, { "fees", align = "right" },
  },
  orders = {
    { "order", of = 8 }, { "product" }, { "side" }, { "type" }, { "quantity", align = "right" },
    { "filled", align = "right" }, { "limit", align = "right" }, { "stop", align = "right" }, { "status" },
    { "emulated" }, { "tag" }, { "why" },
  },
  fills = {
    { "time" }, { "order", of = 8 }, { "side" }, { "product" }, { "quantity", align = "right" },
    { "price", align = "right" }, { "fee", align = "right" }, { "liquidity" }, { "why" },
  },
  reconcile = {
    { "currency" }, { "ours", align = "right" }, { "external", align = "right" }, { "venue", align = "right" },
    { "difference", align = "right" }, { "id", align = "right" }, { "since" },
  },
  foreign_orders = {
    { "product" }, { "side" }, { "quantity", align = "right" }, { "filled", align = "right" },
    { "limit", align = "right" }, { "order_id" },
  },
}

local function text(value) return value ~= nil and tostring(value) or nil end

local function side_of(quantity)
  if quantity:is_zero() then return "flat" end
  return quantity > 0 and "long" or "short"
end

local function position_row(p)
  return {
    product = p.product, strategy = p.strategy, side = side_of(p.quantity), quantity = tostring(p.quantity:abs()),
    entry_price = text(p.entry_price), mark = text(p.mark), unrealized = text(p.unrealized),
    realized = text(p.realized), fees = text(p.fees),
  }
end

local function order_row(o, id)
  return {
    order = id, product = o.product, side = o.side, type = o.type, quantity = text(o.quantity),
    filled = text(o.filled), limit = text(o.limit), stop = text(o.stop), status = o.status,
    emulated = o.emulated or nil, tag = text(o.tag), why = text(o.why),
  }
end

local function fill_row(f)
  return {
    time = clock.format(f.time), order = f.order.id, side = f.side, product = f.product, quantity = text(f.quantity),
    price = text(f.price), fee = text(f.fee), liquidity = f.liquidity, why = text(f.why),
  }
end

local function each(list, row)
  local rows = json.array {}
  for i, item in ipairs(list) do rows[i] = row(item) end
  return rows
end

-- Of events: first the intents, then the fills.
local function fills_of(rows)
  local at = 0
  return each(require "neap.session.journal"(function()
    at = at + 1
    return rows[at]
  end).fills, fill_row)
end

-- Of a session object.
local running = {}
view.running = running

function running.positions(session) return each(session.positions, position_row) end

function running.orders(session)
  return each(session.orders, function(o) return order_row(o, o.id) end)
end

local LATEST = 100

-- The latest of those that memory holds: a session that runs reads no store for it.
function running.fills(_, object)
  local rows = object:recent "order_intent"
  local fills = object:recent "order_filled"
  table.move(fills, math.max(1, #fills - LATEST + 1), #fills, #rows + 1, rows)
  for _, row in ipairs(rows) do row.body = json.decode(row.json, { numbers = "float" }) end
  return fills_of(rows)
end

local function strategy_row(s)
  return { name = s.name, cash = text(s.cash), equity = text(s.equity), quarantined = s.quarantined }
end

local function hold_row(hold)
  return { guard = hold.guard, level = hold.level, product = hold.product, since = clock.format(hold.since) }
end

function running.status(session)
  local guard = session.guard
  return {
    session = session.id, state = "running", mode = session.mode, trading = guard.mode, reason = guard.reason,
    who = guard.who, since = guard.since and clock.format(guard.since), now = clock.format(session.now),
    currency = session.currency, equity = text(session.equity), cash = text(session.cash),
    products = lists.field(session.products, "id"), strategies = each(session.strategies, strategy_row),
    open_orders = #session.orders, holds = each(guard.holds, hold_row),
    daily_pnl = guard.metrics and text(guard.metrics.daily_pnl),
  }
end

local function time_of(ns) return ns and ns ~= 0 and clock.format(ns) or nil end

local function part_row(p)
  return {
    currency = p.currency, ours = text(p.ours), external = text(p.external), allowed = text(p.allowed),
    venue = text(p.venue), id = p.id and tostring(math.tointeger(p.id)), difference = text(p.difference),
    since = time_of(p.since),
  }
end

local function foreign_row(o)
  return {
    order_id = o.order_id, client_id = o.client_id, product = o.product, side = o.side, quantity = text(o.quantity),
    filled = text(o.filled), limit = text(o.limit),
  }
end

local function reconciliation(found)
  local differences = json.array {}
  local currencies = each(found.rows, part_row)
  for _, row in ipairs(currencies) do
    if row.id then differences[#differences + 1] = row end
  end
  return { external = found.external, baseline_at = time_of(found.baseline_at), looked_at = time_of(found.looked_at),
    currencies = currencies, differences = differences, orders = each(found.orders, foreign_row) }
end

-- nil: the session's broker is no venue. `object`: the core's session.
function running.reconcile(_, object)
  local found = object:reconciliation()
  return found and reconciliation(found)
end

-- As one document; `settled` and `how` of a settlement.
function view.reconcile_document(found, session, settlement)
  local document = { schema = "neap.reconcile/1", session = session, external = found.external,
    baseline_at = found.baseline_at, looked_at = found.looked_at, currencies = json.array(found.currencies),
    differences = json.array(found.differences), orders = json.array(found.orders) }
  for key, value in pairs(settlement or {}) do document[key] = value end
  return document
end

-- Of what neap.event_store.replay gives, and of the events' path.
local stored = {}
view.stored = stored

local ZERO = require("neap.decimal").new(0)

-- Nobody knows the mark of a session that does not run.
local function stored_position(p, contract_size)
  local size = p.quantity * (contract_size or 1)
  return position_row {
    product = p.product, strategy = p.strategy, quantity = p.quantity, realized = p.realized or ZERO,
    fees = p.fees or ZERO, entry_price = not size:is_zero() and p.cost and p.cost / size or nil,
  }
end

function stored.positions(state)
  local sizes = {}
  for _, product in ipairs(state.products) do sizes[product.id] = product.contract_size end
  return each(state.positions, function(p) return stored_position(p, sizes[p.product]) end)
end

function stored.orders(state)
  return each(state.orders, function(o)
    if not o.filled then o.filled = ZERO end
    return order_row(o, o.id or o.client_order_id)
  end)
end

local function add_events(rows, path, kind)
  local found <close> = assert(require("neap.event_store").events(path, { type = kind }))
  for row in found do rows[#rows + 1] = row end
end

function stored.fills(_, path)
  local rows = {}
  add_events(rows, path, "order_intent")
  add_events(rows, path, "order_filled")
  return fills_of(rows)
end

-- What the books of a stored session hold of a currency.
local function ours_of(state, currency)
  local sum = ZERO
  for _, strategy in ipairs(currency == state.currency and state.strategies or {}) do
    sum = sum + (strategy.cash or ZERO)
  end
  for _, p in ipairs(state.positions) do
    if p.product:match "^[^-]+" == currency then sum = sum + p.quantity end
  end
  return sum
end

-- The venue is not asked: its figures are those of the differences that are open.
function stored.reconcile(state)
  local found = state.external or { parts = {} }
  for _, part in ipairs(found.parts) do
    part.ours, part.external = ours_of(state, part.currency), part.external or ZERO
    if part.id then part.difference = part.difference or ZERO end
  end
  return reconciliation { baseline_at = found.baseline_at, rows = found.parts, orders = {} }
end

local function last_event(path, kind)
  local rows <close> = require("neap.event_store").events(path, { type = kind, newest_first = true, limit = 1 })
  return rows and rows:next() or nil
end

-- How the latest of its lives ended.
local function ending(state, path)
  if not state.ended then return "killed" end
  local failed, stopped = last_event(path, "session_failed"), last_event(path, "session_stopped")
  if failed and (not stopped or stopped.seq < failed.seq) then return "failed", failed.body.message, failed end
  return "stopped", stopped and stopped.body.reason, stopped
end

function stored.status(state, path)
  local how, why, row = ending(state, path)
  local strategies, cash = {}, ZERO
  for i, strategy in ipairs(state.strategies) do
    strategies[i], cash = { name = strategy.name, cash = text(strategy.cash) }, cash + (strategy.cash or ZERO)
  end
  return {
    session = state.session, state = how, ended_because = why, mode = state.mode, trading = state.guard_mode,
    reason = state.guard_reason, who = state.guard_who,
    since = state.guard_since and state.guard_since ~= 0 and clock.format(state.guard_since) or nil,
    now = row and row.time or (last_event(path) or {}).time, currency = state.currency,
    equity = row and row.body.equity or nil, cash = text(cash), products = lists.field(state.products, "id"),
    strategies = strategies, open_orders = #state.orders,
  }
end

return view
