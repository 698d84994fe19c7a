-- SPDX-License-Identifier: MIT
-- What the shadow engine said of a session's orders, from its stored events: order by order, and in sum.
local decimal = require "neap.decimal"
local fault = require "neap.base.fault"

local shadow = {}

local ENGINES = { "live", "advanced" }

local function of_ticket(ticket)
  return { quantity = ticket.quantity, notional = ticket.notional, fraction = ticket.fraction, limit = ticket.limit,
    stop = ticket.stop }
end

-- One engine's answer: { engine, accepted, code, check, quantity …, cost }.
local function answer(decision, ticket, cost)
  local one = of_ticket(ticket or {})
  local reason = decision.reason or {}
  one.engine, one.accepted, one.code, one.check, one.cost = decision.engine, decision.accepted, reason.code,
    reason.check, cost
  return one
end

local function compare(row, intent)
  local body, other = row.body, row.body.shadow
  return { order = row.client_order_id, product = row.product, time = row.time, seq = row.seq, differs = other.differs,
    check = other.check or "unknown", ours = answer(body, body.ticket or intent, other.own_cost),
    shadow = answer(other.decision, other.ticket, other.cost) }
end

local function rows_of(path, kind, product)
  local rows, err = require("neap.event_store").events(path, { type = kind, product = product })
  if not rows then return nil, err end
  return function()
    local row, damage = rows:next()
    if damage then error(damage, 0) end
    return row
  end
end

-- Intents of the orders that differ, by their ids.
local function find_intents(path, wanted)
  local found, next_row, err = {}, rows_of(path, "order_intent")
  if not next_row then return nil, err end
  for row in next_row do
    if wanted[row.client_order_id] then found[row.client_order_id] = row.body end
  end
  return found
end

local function add_up(told)
  local sums = { ours = decimal.new(0), shadow = decimal.new(0) }
  for _, one in ipairs(told.differences) do
    told.by_check[one.check] = (told.by_check[one.check] or 0) + 1
    for side in pairs(sums) do
      if one[side].cost then sums[side] = sums[side] + decimal.new(one[side].cost) end
      if one[side].accepted then told.accepted[side] = told.accepted[side] + 1 end
    end
  end
  told.cost = { ours = tostring(sums.ours), shadow = tostring(sums.shadow) }
  return told
end

local function read(path, product)
  local told = { asked = 0, unasked = 0, same = 0, served = {}, differences = {}, by_check = {},
    accepted = { ours = 0, shadow = 0 } }
  for _, name in ipairs(ENGINES) do told.served[name] = 0 end
  local rows, wanted = {}, {}
  local next_row, err = rows_of(path, "decision", product)
  if not next_row then return nil, err end
  for row in next_row do
    local is_second = row.body.after_preview or row.body.after_cancel
    local other = not is_second and row.body.shadow
    if other then
      told.asked, told.served[row.body.engine] = told.asked + 1, (told.served[row.body.engine] or 0) + 1
      if other.same then told.same = told.same + 1 else rows[#rows + 1], wanted[row.client_order_id] = row, true end
    elseif not is_second then
      told.unasked = told.unasked + 1
    end
  end
  local intents
  intents, err = find_intents(path, wanted)
  if not intents then return nil, err end
  for i, row in ipairs(rows) do told.differences[i] = compare(row, intents[row.client_order_id]) end
  return add_up(told)
end

-- path of the events (product: only its orders) → { asked = orders that both engines decided, unasked = those while
-- there was no shadow, same, served = { live =, advanced = } of those asked, differences = { { order, product, time,
-- seq, differs, check, ours, shadow } }, by_check = { name = count }, accepted and cost = { ours, shadow } of
-- those that differ }. nil, err for a store that cannot be read.
function shadow.read(path, product)
  local ok, told, err = pcall(read, path, product)
  if ok then return told, err end
  return nil, type(told) == "table" and told or fault("failed", tostring(told), path)
end

return shadow
