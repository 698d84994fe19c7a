-- SPDX-License-Identifier: MIT
-- What a what-if came to beside what was recorded, in lines for a person.
local changed = require "neap.replay.changed"
local clean = require "neap.base.clean"
local clock = require "neap.clock"
local columns_of = require "neap.base.columns"
local decimal = require "neap.decimal"
local figures = require "neap.base.figures"
local lists = require "neap.base.lists"

local telling = {
  counts = { "orders", "refused", "fills" }, amounts = { "realized", "fees", "funding", "unrealized", "net" },
}

local SIDES = { "recorded", "unchanged", "what_if" }

local function signed(text) return (text:find "^-" or not text:find "[1-9]") and text or "+" .. text end

local function money(text) return text and figures.money(decimal(text)) or "unknown" end

local function count_row(name, told, from)
  local row = { name = name, change = signed(tostring(told.what_if[name] - from[name])) }
  for _, side in ipairs(SIDES) do row[side] = told[side] and figures.grouped(told[side][name]) end
  return row
end

local function amount_row(name, told, from)
  local a, b = from[name], told.what_if[name]
  local row = { name = name, change = a and b and signed(figures.money(decimal(b) - decimal(a))) or "unknown" }
  for _, side in ipairs(SIDES) do row[side] = told[side] and money(told[side][name]) end
  return row
end

local function has_funding(told)
  for _, side in ipairs(SIDES) do
    if told[side] and not decimal(told[side].funding):is_zero() then return true end
  end
  return false
end

local function add_figures(lines, told, name)
  local columns, rows, from = { { "name", title = "" }, { "recorded", align = "right" } }, {},
    told.unchanged or told.recorded
  if told.unchanged then columns[#columns + 1] = { "unchanged", align = "right" } end
  columns[#columns + 1] = { "what_if", title = name, align = "right" }
  columns[#columns + 1] = { "change", align = "right" }
  for _, figure in ipairs(telling.counts) do rows[#rows + 1] = count_row(figure, told, from) end
  for _, figure in ipairs(telling.amounts) do
    if figure ~= "funding" or has_funding(told) then rows[#rows + 1] = amount_row(figure, told, from) end
  end
  for _, line in ipairs(columns_of(columns, rows)) do lines[#lines + 1] = line end
end

local function add_marks(lines, told)
  local parts = {}
  for _, id in ipairs(lists.sorted_keys(told.marks)) do parts[#parts + 1] = ("%s %s"):format(id, told.marks[id]) end
  lines[#lines + 1] = ("%s; net is after fees, what is open at its mark: %s"):format(told.recorded.currency,
    #parts > 0 and table.concat(parts, ", ") or "none was seen")
end

local function amount_of(decision)
  if decision.quantity then return " " .. decision.quantity end
  if decision.notional then return " for " .. decision.notional end
  return decision.fraction and (" %s of equity"):format(decision.fraction) or ""
end

local function price_of(decision)
  local limit, stop, trail = decision.limit, decision.stop, decision.trail_bps
  return (limit and " at " .. limit or "") .. (stop and (limit and ", stop " or " at ") .. stop or "") ..
    (trail and (" trailing %s bps"):format(trail) or "")
end

local function action_of(decision)
  local why = decision.why and (" (%s)"):format(decision.why) or ""
  if decision.action == "cancel" then
    return ("cancels order %s of %s%s"):format(decision.order:sub(1, 8), decision.product, why)
  end
  return ("%s%s%s %s %s%s: %s%s%s"):format(decision.action == "order" and "" or "decides again, ", decision.side or "?",
    amount_of(decision), decision.product, decision.type or "?", price_of(decision), decision.verdict or "not decided",
    decision.reason and ", " .. decision.reason or "", why)
end

local function words_of(decision, ts_ns)
  if not decision then return "nothing from there on" end
  if decision.ts_ns == ts_ns then return action_of(decision) end
  return ("nothing; at %s: %s"):format(decision.time, action_of(decision))
end

local function add_difference(lines, told, name)
  local found, before = told.difference, "recorded"
  if told.unchanged then found, before = told.own_difference, "unchanged" end
  if not found then
    lines[#lines + 1] = ("no decision differs from those of the %s session"):format(before)
    return
  end
  lines[#lines + 1] = ("the first decision that differs from the %s session's: number %d, %s"):format(before,
    found.number, clock.format(found.ts_ns))
  lines[#lines + 1] = ("  %-9s  %s"):format(before, words_of(found.before, found.ts_ns))
  lines[#lines + 1] = ("  %-9s  %s"):format(name, words_of(found.after, found.ts_ns))
end

-- What the figures do not show: that they are of a part of the session, and that a strategy did nothing any more.
local function add_remarks(lines, told, name)
  if told.left_out then
    lines[#lines + 1] = ("played up to %s, where the recording ends; later events of the session, %s of them, are " ..
      "left out"):format(clock.format(told.played_to), figures.grouped(told.left_out))
  end
  for _, failed in ipairs(told.put_aside) do
    lines[#lines + 1] = ("%s: %s failed at %s and was put aside: %s (%s)"):format(name, failed.strategy, failed.time,
      failed.message, failed.where or "?")
  end
end

-- In earnest the simulator is a difference of its own.
local function add_simulator(lines, told, name)
  if not told.unchanged then return end
  local found = told.simulator_difference
  lines[#lines + 1] = ("unchanged: the session as it was, filled by the simulator%s; change: %s less unchanged"):format(
    told.from and " from there on" or "", name)
  lines[#lines + 1] = found and ("simulator and session decide the same until number %d, %s"):format(found.number,
    clock.format(found.ts_ns)) or "simulator and session decide the same"
end

local function changes_of(told)
  local parts = {}
  if told.with then parts[1] = told.with end
  for _, name in ipairs(lists.sorted_keys(told.set or {})) do
    parts[#parts + 1] = ("%s=%s"):format(name, tostring(told.set[name]))
  end
  if told.engine then parts[#parts + 1] = "engine " .. told.engine end
  return #parts > 0 and table.concat(parts, ", ") or "unchanged"
end

-- "what if", or since when.
local function title_of(told)
  if not told.from then return "what if" end
  return ("fork from %s, behind event %d"):format(clock.format(told.from.moment), told.from.event)
end

-- What replay.compare gave, and what was asked for: `session`, `with`, `set`, `engine` → lines, each clean.
function telling.lines(told)
  local name, lines = told.from and "fork" or "what-if", {}
  lines[1] = ("%s%s, %s: %s%s"):format(told.session, told.of and (" (a fork behind event %d)"):format(told.of) or "",
    title_of(told), changes_of(told), told.stopped_at and
    ", up to " .. clock.format(told.stopped_at) or "")
  if told.is_before then
    lines[#lines + 1] = "this moment is before that fork was made: recorded is the session that it comes of"
  end
  for _, file in ipairs(not told.with and told.changed or {}) do
    table.move(changed.lines(file), 1, 3, #lines + 1, lines)
  end
  add_figures(lines, told, name)
  add_marks(lines, told)
  add_remarks(lines, told, name)
  add_simulator(lines, told, name)
  add_difference(lines, told, name)
  if told.kept then lines[#lines + 1] = "kept: " .. told.kept end
  for i, line in ipairs(lines) do lines[i] = clean(line) end
  return lines
end

return telling
