-- SPDX-License-Identifier: MIT
-- The story of one order: from the rows of its events to what `explain` prints, in text and in JSON.
local clean = require "neap.base.clean"
local columns_of = require "neap.base.columns"
local in_force = require "neap.session.in_force"
local mode_story = require "neap.session.mode_story"
local slices = require "neap.session.slices"

local story = {}

local AMOUNTS = { "quantity", "notional", "fraction" }

-- Decimals are exact text in a body; anything else is printed as Lua does.
local function text(value) return value ~= nil and clean(value) or nil end

-- Rows (seq, time, type, body …) of one order, oldest first, and those of the session's configuration (in_force.types;
-- nil: not known) → {order, product, intent, decision, second_decision, configuration, events, fills, state}.
function story.new(rows, configuration)
  local told = { order = rows[1].client_order_id, product = rows[1].product, events = {}, fills = {} }
  for _, row in ipairs(rows) do
    local body = row.body or {}
    if row.type == "order_intent" then
      told.intent, told.number = body, body.number or body.order
      told.intent_time, told.intent_row = row.time, row
    elseif row.type == "decision" and (body.after_preview or body.after_cancel) then
      told.second_decision = body
    elseif row.type == "decision" then
      told.decision, told.decision_seq = body, row.seq
    elseif row.type == "order_filled" then
      told.fills[#told.fills + 1] = body
    end
    if row.type:match "^order_" and row.type ~= "order_intent" then
      told.state = body.status or row.type:match "^order_(.*)$"
    end
    told.events[#told.events + 1] = { seq = row.seq, time = row.time, type = row.type, cause_seq = row.cause_seq,
      body = body }
  end
  local all, number = in_force.at(configuration or {}, told.decision_seq or 0)
  if all and told.decision then
    told.configuration, told.configuration_number = in_force.used(told.decision.checks, all), number
  end
  return told
end

local function sum(fills, field)
  local decimal = require "neap.decimal"
  local total = decimal.new(0)
  for _, fill in ipairs(fills) do
    if fill[field] then total = total + decimal.new(fill[field]) end
  end
  return total
end

-- What all fills booked; nil without fills.
function story.booked(told)
  if not told.fills[1] then return nil end
  local quantity, notional, fees = sum(told.fills, "quantity"), sum(told.fills, "notional"), sum(told.fills, "fee")
  return { quantity = tostring(quantity), notional = tostring(notional), fees = tostring(fees),
    average_price = not quantity:is_zero() and tostring(notional / quantity) or nil }
end

local function find_check(told, name)
  for _, check in ipairs(told.decision and told.decision.checks or {}) do
    if check.name == name then return check end
  end
end

-- What was known when it was decided: what the ticket asked for, and the cost that the funds check estimated.
function story.estimate(told)
  local ticket = told.decision and told.decision.ticket or told.intent or {}
  local estimate = { cost = (find_check(told, "funds") or {}).input }
  for _, name in ipairs(AMOUNTS) do estimate[name] = ticket[name] end
  if estimate.fraction then estimate.cost = nil end
  return estimate
end

function story.json(told)
  return { schema = "neap.explain/1", order = told.order, number = told.number, product = told.product,
    intent = told.intent, decision = told.decision, second_decision = told.second_decision,
    mode = told.mode, configuration = told.configuration and require("neap.json").array(told.configuration),
    configuration_number = told.configuration_number, estimate = story.estimate(told), booked = story.booked(told),
    input = told.input, input_lost = told.input_lost and tostring(told.input_lost), state = told.state,
    slices = told.slices and require("neap.json").array(told.slices),
    events = require("neap.json").array(told.events) }
end

local function amount_text(fields)
  for _, name in ipairs(AMOUNTS) do
    if fields[name] and tostring(fields[name]) ~= "0" then
      return name == "quantity" and text(fields[name]) or ("%s %s"):format(name, text(fields[name]))
    end
  end
  return "what is held"
end

local function price_text(fields)
  local parts = {}
  for _, name in ipairs { "limit", "stop", "trail_bps", "stop_loss", "take_profit", "trailing_stop_bps" } do
    local label = name == "limit" and "at" or name
    if fields[name] then parts[#parts + 1] = (" %s %s"):format(label, text(fields[name])) end
  end
  for _, name in ipairs { "post_only", "reduce_only" } do
    if fields[name] then parts[#parts + 1] = " " .. name end
  end
  return table.concat(parts)
end

local function print_intent(say, told)
  local intent = told.intent or {}
  say(("order %s%s"):format(text(told.order), told.number and (" (#%s)"):format(text(told.number)) or ""))
  if not told.intent then return end
  say(("%s  %s %s %s, %s%s"):format(told.intent_time, text(intent.side or "?"), amount_text(intent),
    text(told.product or ""), text(intent.type or "?"), price_text(intent)))
  say(("  strategy  %s"):format(text(intent.strategy or "-")))
  say(("  why       %s"):format(text(intent.why or "(no reason was given)")))
  if intent.tag then say(("  tag       %s"):format(text(intent.tag))) end
  if intent.parent then say(("  protects  order #%s"):format(text(intent.parent))) end
  if intent.slice_of then say(("  slice of  order #%s"):format(text(intent.slice_of))) end
  if intent.execution then say(("  leaves    in slices: %s"):format(text(intent.execution))) end
  if intent.replaces then say(("  replaces  order #%s"):format(text(intent.replaces))) end
  for _, line in ipairs(told.input and require("neap.session.origin").lines(told.input) or {}) do say(line) end
  if told.input_lost then say("  came of   not known: " .. text(tostring(told.input_lost))) end
end

local function print_reason(say, reason)
  local parts = { "  refused   " .. text(reason.code or "?") }
  for _, name in ipairs { "check", "input", "limit" } do
    if reason[name] then parts[#parts + 1] = ("%s %s"):format(name, text(reason[name])) end
  end
  say(table.concat(parts, "  "))
end

local function print_changes(say, told)
  local ticket = told.decision.ticket or {}
  local names = { "side", "type", "quantity", "notional", "fraction", "limit", "stop", "trail_bps", "time_in_force" }
  for _, name in ipairs(names) do
    local before, after = (told.intent or {})[name], ticket[name]
    if before ~= nil and after ~= nil and tostring(before) ~= tostring(after) then
      say(("  changed   %s from %s to %s"):format(name, text(before), text(after)))
    end
  end
end

local function print_checks(say, decision)
  if decision.reason then print_reason(say, decision.reason) end
  local columns = { { "name", title = "check" }, { "verdict" }, { "input", align = "right" },
    { "limit", align = "right" }, { "note" } }
  for _, line in ipairs(columns_of(columns, decision.checks or {})) do say("    " .. line) end
end

-- What the checks went by, and where each value comes from.
local function print_configuration(say, told)
  if not told.configuration then return say "    configuration: the events do not go back that far" end
  if #told.configuration == 0 then return end
  local columns = { { "name", title = told.configuration_number and
    ("configuration %d"):format(told.configuration_number) or "configuration" }, { "value", align = "right" },
    { "source" } }
  for _, line in ipairs(columns_of(columns, told.configuration)) do say("    " .. line) end
end

local function print_decision(say, told)
  local decision = told.decision
  if not decision then return say "  no decision is recorded" end
  local is_asked = decision.engine ~= "guard_manager" -- else it was refused before an engine was
  say(("  engine    %s: %s"):format(is_asked and text(decision.engine or "?") or "none",
    is_asked and text(decision.engine_reason or "") or "the guards refuse it before one is asked"))
  say("  decision  " .. (decision.accepted and "accepted" or "refused"))
  mode_story.print(say, told.mode)
  print_changes(say, told)
  print_checks(say, decision)
  print_configuration(say, told)
  if not told.second_decision then return end
  local behind = told.second_decision.after_cancel and "after the confirmed cancel: " or "after the preview: "
  say("  again     " .. behind .. (told.second_decision.accepted and "accepted" or "refused"))
  if not told.second_decision.accepted then print_checks(say, told.second_decision) end
end

local SHOWN = { "slices", "slice", "volume", "earned", "next", "message", "code", "why", "quantity", "price",
  "notional", "fee", "total", "slippage_bps",
  "liquidity", "position", "realized", "status" }

local function print_event(say, event)
  if event.type == "order_intent" or event.type == "decision" then return end
  local parts = {}
  for _, name in ipairs(SHOWN) do
    if event.body[name] ~= nil then parts[#parts + 1] = ("%s %s"):format(name, text(event.body[name])) end
  end
  say((("%s  %-22s %s"):format(event.time, text(event.type), table.concat(parts, "  ")):gsub(" +$", "")))
end

local function print_booked(say, told)
  local booked, estimate = story.booked(told), story.estimate(told)
  if not booked then return end
  say(("  booked    quantity %s at %s, notional %s, fees %s"):format(booked.quantity, booked.average_price or "-",
    booked.notional, booked.fees))
  say(("  estimate  %s%s"):format(amount_text(estimate),
    estimate.cost and (", cost %s with the fee"):format(text(estimate.cost)) or ""))
end

-- The story as lines of text.
function story.text(told)
  local lines = {}
  local function say(line) lines[#lines + 1] = line end
  print_intent(say, told)
  print_decision(say, told)
  for _, event in ipairs(told.events) do print_event(say, event) end
  for _, line in ipairs(told.slices and slices.lines(told.slices) or {}) do say("    " .. line) end
  print_booked(say, told)
  say(("  state     %s"):format(text(told.state or "decided, nothing sent")))
  return table.concat(lines, "\n")
end

local printing = { __tostring = story.text }

-- The same story, which prints itself as `neap explain` does.
function story.printing(told) return setmetatable(told, printing) end

return story
