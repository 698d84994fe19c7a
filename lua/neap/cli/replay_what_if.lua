-- SPDX-License-Identifier: MIT
-- neap replay SESSION --with, --set, --engine: what a what-if came to beside what was recorded.
local clock = require "neap.clock"
local decimal = require "neap.decimal"
local figures = require "neap.base.figures"
local flags = require "neap.cli.flags"
local json = require "neap.json"
local lists = require "neap.base.lists"
local output = require "neap.cli.output"

-- What backtest answers with exit code 2, and these.
local USAGE = { wrong_type = true, not_a_fraction = true, unknown_method = true, several_strategies = true }

local COUNTS, AMOUNTS = { "orders", "refused", "fills" }, { "realized", "fees", "funding", "unrealized", "net" }

-- ---- text -----------------------------------------------------------------------------------------------------------

local function signed(text) return (text:find "^-" or not text:find "[1-9]") and text or "+" .. text end

local function money(text) return text and figures.money(decimal(text)) or "unknown" end

local function count_row(name, told, from)
  local row = { name = name, change = signed(tostring(told.what_if[name] - from[name])) }
  for _, side in ipairs { "recorded", "unchanged", "what_if" } do
    row[side] = told[side] and figures.grouped(told[side][name])
  end
  return row
end

local function amount_row(name, told, from)
  local a, b = from[name], told.what_if[name]
  local row = { name = name, change = a and b and signed(figures.money(decimal(b) - decimal(a))) or "unknown" }
  for _, side in ipairs { "recorded", "unchanged", "what_if" } do row[side] = told[side] and money(told[side][name]) end
  return row
end

local function has_funding(told)
  for _, side in ipairs { "recorded", "unchanged", "what_if" } do
    if told[side] and not decimal(told[side].funding):is_zero() then return true end
  end
  return false
end

local function print_figures(told)
  local columns, rows, from = { { "name", title = "" }, { "recorded", align = "right" } }, {},
    told.unchanged or told.recorded
  if told.unchanged then columns[#columns + 1] = { "unchanged", align = "right" } end
  columns[#columns + 1] = { "what_if", title = "what-if", align = "right" }
  columns[#columns + 1] = { "change", align = "right" }
  for _, name in ipairs(COUNTS) do rows[#rows + 1] = count_row(name, told, from) end
  for _, name in ipairs(AMOUNTS) do
    if name ~= "funding" or has_funding(told) then rows[#rows + 1] = amount_row(name, told, from) end
  end
  output.print_columns(columns, rows)
end

local function print_marks(told)
  local parts = {}
  for _, id in ipairs(lists.sorted_keys(told.marks)) do parts[#parts + 1] = ("%s %s"):format(id, told.marks[id]) end
  output.write(output.clean(("%s; net is after fees, what is open at its mark: %s"):format(told.recorded.currency,
    #parts > 0 and table.concat(parts, ", ") or "none was seen")), "\n")
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

local function print_difference(found, before)
  if not found then
    output.write(("no decision differs from those of the %s session\n"):format(before))
    return
  end
  output.write(("the first decision that differs from the %s session's: number %d, %s\n"):format(before, found.number,
    clock.format(found.ts_ns)))
  output.write(output.clean(("  %-9s  %s"):format(before, words_of(found.before, found.ts_ns))), "\n")
  output.write(output.clean(("  %-9s  %s"):format("what-if", words_of(found.after, found.ts_ns))), "\n")
end

-- What the figures do not show: that they are of a part of the session, and that a strategy did nothing any more.
local function print_remarks(told)
  if told.left_out then
    output.write(("played up to %s, where the recording ends; later events of the session, %s of them, are left out\n")
      :format(clock.format(told.played_to), figures.grouped(told.left_out)))
  end
  for _, failed in ipairs(told.put_aside) do
    output.write(output.clean(("what-if: %s failed at %s and was put aside: %s (%s)"):format(failed.strategy,
      failed.time, failed.message, failed.where or "?")), "\n")
  end
end

-- In earnest the simulator is a difference of its own.
local function print_simulator(told)
  if not told.unchanged then return end
  local found = told.simulator_difference
  output.write("unchanged: the session as it was, filled by the simulator; change: what-if less unchanged\n",
    found and ("simulator and session decide the same until number %d, %s\n"):format(found.number,
      clock.format(found.ts_ns)) or "simulator and session decide the same\n")
end

local function changes_of(options)
  local parts = {}
  if options.with then parts[1] = options.with end
  for _, text in ipairs(options.set or {}) do parts[#parts + 1] = text end
  if options.engine then parts[#parts + 1] = "engine " .. options.engine end
  return table.concat(parts, ", ")
end

local function print_text(name, told, options)
  output.write(output.clean(("%s, what if: %s%s"):format(name, changes_of(options), told.stopped_at and
    ", up to " .. clock.format(told.stopped_at) or "")), "\n")
  for _, file in ipairs(not options.with and told.changed or {}) do
    output.write(output.clean(file.path), " was changed since; what was recorded is played\n")
  end
  print_figures(told)
  print_marks(told)
  print_remarks(told)
  print_simulator(told)
  print_difference(told.unchanged and told.own_difference or not told.unchanged and told.difference,
    told.unchanged and "unchanged" or "recorded")
  if told.store then output.write("kept: ", output.clean(told.store), "\n") end
end

-- ---- JSON -----------------------------------------------------------------------------------------------------------

local function plain(decision)
  if not decision then return nil end
  local made = {}
  for key, value in pairs(decision) do made[key] = value end
  made.ts_ns = nil
  return made
end

local function difference_of(found)
  return found and { number = found.number, time = clock.format(found.ts_ns), before = plain(found.before),
    after = plain(found.after) }
end

local function sums_of(found)
  if not found then return nil end
  local made = {}
  for _, list in ipairs { COUNTS, AMOUNTS } do
    for _, name in ipairs(list) do made[name] = found[name] end
  end
  return made
end

local function print_json(name, told, options)
  local marks = {}
  for id, mark in pairs(told.marks) do marks[id] = tostring(mark) end
  output.json { schema = "neap.what_if/1", session = name, mode = told.mode, currency = told.recorded.currency,
    with = options.with, set = flags.pairs(options.set, "--set"), engine = options.engine, lives = told.lives,
    events = told.events, inputs = told.inputs, recorded = sums_of(told.recorded), unchanged = sums_of(told.unchanged),
    what_if = sums_of(told.what_if), difference = difference_of(told.difference),
    own_difference = difference_of(told.own_difference),
    simulator_difference = difference_of(told.simulator_difference), marks = marks, changed = json.array(told.changed),
    at = told.at and clock.format(told.at), ["until"] = told.stopped_at and clock.format(told.stopped_at),
    store = told.store, left_out = told.left_out, put_aside = json.array(told.put_aside) }
end

-- ---- the what-if ----------------------------------------------------------------------------------------------------

return function(options, until_ns, directory, name, args)
  local set, err = flags.pairs(options.set, "--set")
  if not set then return output.fail(err, args, output.USAGE) end
  local told
  told, err = require("neap.replay").compare { directory = directory, until_ns = until_ns, set = set,
    strategy = options.with and require("neap.base.home").strategy(options.with), engine = options.engine,
    store = options.store }
  if not told then
    return output.fail(err, args, USAGE[err.code] and output.USAGE or require("neap.cli.backtest").code_of(err))
  end
  if options.json then print_json(name, told, options) else print_text(name, told, options) end
  return output.OK
end
