-- SPDX-License-Identifier: MIT
-- What status, positions, orders and fills show, from a session that runs and from one that is stored: the same rows of
-- text, and how they are lined up.
local clock = require "neap.clock"
local json = require "neap.json"

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

local function ids_of(products)
  local ids = {}
  for i, p in ipairs(products) do ids[i] = p.id end
  return ids
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
    products = ids_of(session.products), strategies = each(session.strategies, strategy_row),
    open_orders = #session.orders, holds = each(guard.holds, hold_row),
    daily_pnl = guard.metrics and text(guard.metrics.daily_pnl),
  }
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
    equity = row and row.body.equity or nil, cash = text(cash), products = ids_of(state.products),
    strategies = strategies, open_orders = #state.orders,
  }
end

return view
