-- SPDX-License-Identifier: MIT
-- What became of an order that leaves in slices: each of them with its decision, for `explain`.
local columns_of = require "neap.base.columns"
local decimal = require "neap.decimal"

local slices = {}

local ZERO = decimal.new(0)

local function filled_of(child)
  local sum = ZERO
  for _, fill in ipairs(child.fills) do sum = sum + decimal.new(fill.quantity) end
  return sum
end

local function line_of(child)
  local decision = child.decision or {}
  return { number = child.number, order = child.order, time = child.intent_time, quantity = child.intent.quantity,
    engine = decision.engine, accepted = decision.accepted, code = decision.reason and decision.reason.code,
    state = child.state, filled = tostring(filled_of(child)), decision = child.decision }
end

local function state_of(told, list)
  local sum = ZERO
  for _, line in ipairs(list) do sum = sum + decimal.new(line.filled) end
  if sum:is_zero() then return "working" end
  return sum >= decimal.new(told.intent.quantity) and "filled" or "partially_filled"
end

-- Completes a story (neap.session.story): `read(filter)` gives the rows of the session's events, `new(rows)` the story
-- of one order; nil, err when it cannot. An order that leaves in one piece has no slices.
function slices.complete(told, read, new)
  if not told or not told.intent or not told.intent.execution then return told end
  local intents, err = read { type = "order_intent" }
  if not intents then return nil, err end
  local list = {}
  for _, row in ipairs(intents) do
    if row.body and row.body.slice_of == told.number then
      local rows, damage = read { order = row.client_order_id }
      if not rows then return nil, damage end
      list[#list + 1] = line_of(new(rows))
    end
  end
  told.slices, told.state = list, told.state or state_of(told, list)
  return told
end

local COLUMNS = { { "number", title = "slice", align = "right" }, { "time" }, { "quantity", align = "right" },
  { "engine" }, { "decision" }, { "filled", align = "right" }, { "state" } }

-- Lines of text: one for each slice.
function slices.lines(list)
  local rows = {}
  for i, line in ipairs(list) do
    rows[i] = { number = "#" .. tostring(line.number), time = line.time, quantity = line.quantity, engine = line.engine,
      decision = line.accepted and "accepted" or line.code or "refused", filled = line.filled,
      state = line.state or "decided" }
  end
  return columns_of(COLUMNS, rows)
end

return slices
