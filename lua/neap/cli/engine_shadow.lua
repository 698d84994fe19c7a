-- SPDX-License-Identifier: MIT
-- neap engine shadow: where the two engines part, order by order and in sum.
local lists = require "neap.base.lists"
local output = require "neap.cli.output"
local sessions = require "neap.cli.sessions"

local COLUMNS = { { "time" }, { "order", of = 8 }, { "product" }, { "check" }, { "ours" }, { "shadow" },
  { "ours_cost", title = "cost", align = "right" }, { "shadow_cost", title = "shadow's", align = "right" } }

local AMOUNTS = { "quantity", "notional", "fraction" }

local function amount_of(answer)
  for _, name in ipairs(AMOUNTS) do
    if answer[name] and answer[name] ~= "0" then
      return name == "quantity" and answer[name] or ("%s %s"):format(name, answer[name])
    end
  end
  return "?"
end

local function answer_text(answer)
  if not answer.accepted then return ("%s refuses: %s"):format(answer.engine, answer.code or "?") end
  local price = answer.limit and " at " .. answer.limit or answer.stop and " stop " .. answer.stop or ""
  return ("%s %s%s"):format(answer.engine, amount_of(answer), price)
end

local function row_of(one)
  return { time = one.time, order = one.order:sub(1, 8), product = one.product, check = one.check,
    ours = answer_text(one.ours), shadow = answer_text(one.shadow), ours_cost = one.ours.cost,
    shadow_cost = one.shadow.cost }
end

local function print_told(told)
  local rows = {}
  for i, one in ipairs(told.differences) do rows[i] = row_of(one) end
  if #rows > 0 then output.print_columns(COLUMNS, rows) end
  output.write(("%d orders asked of both engines, %d the same, %d different; %d without a shadow\n"):format(told.asked,
    told.same, #rows, told.unasked))
  for _, name in ipairs(lists.sorted_keys(told.by_check)) do
    output.write(("  %-20s %d\n"):format(output.clean(name), told.by_check[name]))
  end
  if #rows > 0 then
    output.write(("of those that differ accepted: ours %d, shadow %d; expected cost: ours %s, shadow %s\n"):format(
      told.accepted.ours, told.accepted.shadow, told.cost.ours, told.cost.shadow))
  end
  if told.asked == 0 then
    output.write "nothing was recorded: set enable_shadow_engine=true (neap config set, or --set)\n"
  end
end

return function(given, args)
  local path, missing = sessions.find(given.session, given.sessions)
  if not path then return sessions.fail(missing, args) end
  local told, err = require("neap.session.shadow").read(path, given.product)
  if not told then return sessions.fail(err, args) end
  if given.json then
    told.schema, told.session = "neap.engine_shadow/1", path
    told.differences = require("neap.json").array(told.differences)
    output.json(told)
  else
    print_told(told)
  end
  return output.OK
end
