-- SPDX-License-Identifier: MIT
-- What a session that is not heard of any more has left at the venue: which of it could open a position, by its own
-- journal; and taking that back. Exits are left alone.
local core = require "neap.run_c"
local lists = require "neap.base.lists"

local entries = {}

local HOUR = 3600 * 1000000000
local TOGETHER = 100 -- cancels in one request
local OVER = { FILLED = true, CANCELLED = true, EXPIRED = true, FAILED = true }

-- The rule of csrc/session/quarantine.c. A market order does not rest; what it filled is told.
local function may_open(order, is_spot)
  if order.parent or order.reduce_only then return false end
  return not (is_spot[order.product] and order.side == "sell")
end

-- A trigger of the session's own: nobody watches it now, and the venue does not have it.
local function is_watched(order) return order.status == "watched" and not order.trigger_fired end

local function add(plan, order)
  plan.entries[#plan.entries + 1] = { id = order.id, product = order.product, side = order.side,
    filled = order.filled or require("neap.decimal").new(0) }
  plan.since = math.min(plan.since or order.created, order.created)
  if not lists.has(plan.products, order.product) then plan.products[#plan.products + 1] = order.product end
end

-- Of neap.event_store.replay's → { entries = { { id =, product =, side =, filled = } … }, exits = how many rest at the
-- venue, unwatched = how many the session alone watched the price for, products =, since = ns }. `only_going`: of
-- entries those that the session had told to go itself.
function entries.plan(state, only_going)
  local plan, is_spot = { entries = {}, exits = 0, unwatched = 0, products = {} }, {}
  for _, product in ipairs(state.products) do is_spot[product.id] = product.kind == "spot" end
  for _, order in ipairs(state.orders) do
    local opens, watched = may_open(order, is_spot), is_watched(order)
    if opens and not watched and (not only_going or order.status == "cancel_pending") then add(plan, order) end
    if not opens and watched then plan.unwatched = plan.unwatched + 1 end
    if not opens and not watched then plan.exits = plan.exits + 1 end
  end
  return plan
end

-- What the venue says of orders since the oldest of them, by client order id.
local function look(client, plan)
  local rows, since = {}, require("neap.clock").format(plan.since - HOUR)
  for row, err in client:each "orders" { product_ids = plan.products, start_date = since, limit = 500 } do
    if not row then return nil, err end
    rows[row.client_order_id] = row
  end
  return rows
end

-- → why the venue did not take some of them ("": it took all); or nil and a fault.
local function cancel(client, ids)
  local refused = ""
  for at = 1, #ids, TOGETHER do
    local answer, err = client:cancel_orders { order_ids = table.move(ids, at, math.min(#ids, at + TOGETHER - 1), 1,
      {}) }
    if not answer then return nil, err end
    for _, result in ipairs(answer.results or {}) do
      if not result.success then refused = tostring(result.failure_reason) end
    end
  end
  return refused
end

local function add_filled(result, entry, row)
  local filled = require("neap.decimal").parse(tostring(row.filled_size or "0"))
  if filled and filled > entry.filled then
    result.filled[#result.filled + 1] = ("%s %s %s"):format(entry.side, tostring(filled - entry.filled), entry.product)
  end
end

-- One look, and cancels for what works. `quiet_at` (of neap.run_c's now): from here on what the venue does not have
-- will not turn up any more. → { works = how many did, absent = how many may still turn up, refused = why some were not
-- taken, cancelled = how many are, filled = list of what the journal does not know }; or nil and a fault.
function entries.take_back(client, plan, quiet_at)
  if #plan.entries == 0 then return { works = 0, absent = 0, cancelled = 0, filled = {} } end
  local rows, err = look(client, plan)
  if not rows then return nil, err end
  local result, ids = { works = 0, absent = 0, cancelled = 0, filled = {}, refused = "" }, {}
  for _, entry in ipairs(plan.entries) do
    local row = rows[entry.id]
    if row and OVER[row.status] then
      if row.status == "CANCELLED" then result.cancelled = result.cancelled + 1 end
      add_filled(result, entry, row)
    elseif row then
      ids[#ids + 1] = row.order_id
    elseif core.now() < quiet_at then
      result.absent = result.absent + 1
    end
  end
  result.works = #ids
  if #ids > 0 then result.refused, err = cancel(client, ids) end
  if not result.refused then return nil, err end
  return result
end

return entries
