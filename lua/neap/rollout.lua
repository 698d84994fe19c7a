-- SPDX-License-Identifier: MIT
-- From `live` to `advanced` in stages: what stage a configuration is in, what a session has shown since it came into
-- force, and whether the next may start. It proposes; who takes a stage is an operator, or --auto.
local decimal = require "neap.decimal"
local fault = require "neap.base.fault"
local limits = require "neap.limits"
local lists = require "neap.base.lists"

local rollout = {}

rollout.flags = { "enable_dynamic_position_sizing", "enable_market_impact_guard" }

local GATE = { "orders", "hours", "guard_trips", "unknown", "rejected" }

local function problem(where, message, ...) return nil, fault("bad_rollout", message:format(...), where) end

local function check_stage(stage, at, where)
  if type(stage) ~= "table" or type(stage.name) ~= "string" or type(stage.set) ~= "table" then
    return problem(where, "stage %d is no { name =, set = { field = text } }", at)
  end
  for _, key in ipairs(lists.sorted_keys(stage.set)) do
    local ok, err = limits.new():set(tostring(key), tostring(stage.set[key]))
    if not ok then return problem(where, "stage %s: %s", stage.name, err.message) end
  end
  return true
end

local function check_gate(gate, where)
  if type(gate) ~= "table" then return problem(where, "a plan has a gate: %s", table.concat(GATE, ", ")) end
  for _, key in ipairs(lists.sorted_keys(gate)) do
    if not lists.has(GATE, key) then
      return problem(where, "the gate knows no '%s'; it knows %s", tostring(key), table.concat(GATE, ", "))
    end
  end
  for _, key in ipairs(GATE) do
    local value = gate[key] ~= nil and decimal.parse(tostring(gate[key]))
    if not value or value < 0 then return problem(where, "the gate's %s is a number of at least 0", key) end
    gate[key] = key == "rejected" and tostring(value) or value:float()
  end
  return true
end

-- The plan of a file: { stages = { { name, doc, set }, … }, gate = { orders, hours, guard_trips, unknown, rejected } };
-- nil and a fault (bad_rollout, with the file).
function rollout.open(path)
  local plan
  local text = require("neap.base.files").read(path, 1 << 20)
  if not text then return problem(path, "there is no plan of a rollout") end
  local chunk, message = load(text, "@" .. path, "t", {})
  if not chunk then return problem(path, "%s", message) end
  local ok
  ok, plan = pcall(chunk)
  if not ok or type(plan) ~= "table" then return problem(path, "a plan is data only: %s", tostring(plan)) end
  if type(plan.stages) ~= "table" or #plan.stages == 0 then return problem(path, "a plan has stages") end
  for i, stage in ipairs(plan.stages) do
    local good, err = check_stage(stage, i, path)
    if not good then return nil, err end
  end
  local good, err = check_gate(plan.gate, path)
  if not good then return nil, err end
  return plan
end

local function text_of(set, name)
  for _, field in ipairs(set:fields()) do
    if field.name == name then return field.value end
  end
end

local function is_at(stage, set)
  for key, value in pairs(stage.set) do
    local wanted = limits.new()
    wanted:set(key, value)
    if text_of(set, key) ~= text_of(wanted, key) then return false end
  end
  return true
end

-- The number of the stage that these limits are in; 0: none, or neither flag is set.
function rollout.stage_of(plan, set)
  if not (set.enable_dynamic_position_sizing or set.enable_market_impact_guard) then return 0 end
  for i = #plan.stages, 1, -1 do
    if is_at(plan.stages[i], set) then return i end
  end
  return 0
end

local COUNTED = { "advanced_share", "advanced_products", "enable_shadow_engine", table.unpack(rollout.flags) }

local function begins_stage(row)
  if row.type == "session_started" then return true end
  for _, change in ipairs(row.type == "configuration_changed" and row.body.changed or {}) do
    if lists.has(COUNTED, change.name) then return true end
  end
  return false
end

local function nothing(row)
  return { since = row.time, since_ns = row.ts_ns, orders = 0, served = 0, asked = 0, unknown = 0, rejected = 0,
    guard_trips = 0, hours = 0 }
end

local seen = {}

function seen.decision(found, row, engines)
  local body = row.body
  if body.after_preview or body.after_cancel then return end -- an order's second look
  if row.client_order_id then engines[row.client_order_id] = body.engine end
  if body.shadow then found.asked = found.asked + 1 end
  if body.engine == "advanced" then found.served = found.served + 1 end
  if body.shadow and not body.shadow.same and not body.shadow.check then found.unknown = found.unknown + 1 end
  if body.shadow or body.engine == "advanced" then found.orders = found.orders + 1 end
end

function seen.order_rejected(found, row, engines)
  if engines[row.client_order_id] == "advanced" then found.rejected = found.rejected + 1 end
end

function seen.guard_tripped(found) found.guard_trips = found.guard_trips + 1 end

-- What a session has shown since its present stage came into force, from its stored events: { since, hours, orders
-- (that both engines decided, or advanced served), asked, served, unknown, rejected, guard_trips }; nil and a fault.
function rollout.evidence(path)
  local rows, err = require("neap.event_store").events(path, {})
  if not rows then return nil, err end
  local found, engines, last
  local row, damage = rows:next()
  while row do
    last = row
    if begins_stage(row) then found, engines = nothing(row), {} end
    if found and seen[row.type] then seen[row.type](found, row, engines) end
    row, damage = rows:next()
  end
  rows:close()
  if damage then return nil, damage end
  if not found then return nil, fault("no_evidence", "the events do not go back to the session's start", path) end
  found.hours = (last.ts_ns - found.since_ns) // 3600000000000
  return found
end

local function over(reasons, gate, found)
  if found.guard_trips > gate.guard_trips then
    reasons[#reasons + 1] = ("guards tripped %d times, at most %d may"):format(found.guard_trips, gate.guard_trips)
  end
  if found.unknown > gate.unknown then
    reasons[#reasons + 1] = ("%d differences that no check explains"):format(found.unknown)
  end
  if decimal.new(found.rejected) > decimal.new(tostring(gate.rejected)) * found.served then
    reasons[#reasons + 1] = ("the venue refused %d of %d orders of advanced"):format(found.rejected, found.served)
  end
  return #reasons > 0
end

local function short(reasons, gate, found)
  if found.orders < gate.orders then
    reasons[#reasons + 1] = ("%d of at least %d orders"):format(found.orders, gate.orders)
  end
  if found.hours < gate.hours then
    reasons[#reasons + 1] = ("%d of at least %d hours"):format(found.hours, gate.hours)
  end
  return #reasons > 0
end

-- → "back", "wait", "go" or "done", and the reasons. `stage`: its number; 0 may begin at once.
function rollout.judge(plan, stage, found)
  local reasons = {}
  if stage == 0 then return "go", { "no stage is in force" } end
  if over(reasons, plan.gate, found) then return "back", reasons end
  if short(reasons, plan.gate, found) then return "wait", reasons end
  if stage == #plan.stages then return "done", { "every stage is taken" } end
  return "go", { ("%d orders in %d hours, and nothing that speaks against it"):format(found.orders, found.hours) }
end

-- What the next step sets: of "go" the next stage, of "back" both flags off; nil: nothing.
function rollout.step(plan, stage, verdict, set)
  if verdict == "back" then
    return { enable_dynamic_position_sizing = "false", enable_market_impact_guard = "false" }
  end
  if verdict ~= "go" then return nil end
  local values = {}
  for key, value in pairs(plan.stages[stage + 1].set) do values[key] = value end
  if not (set.enable_dynamic_position_sizing or set.enable_market_impact_guard) then
    for _, flag in ipairs(rollout.flags) do values[flag] = "true" end
  end
  return values
end

return rollout
