-- SPDX-License-Identifier: MIT
-- neap account edit ORDER: another price, size or stop of an order that rests; what the venue says of it comes first.
local confirm = require "neap.cli.confirm"
local desks = require "neap.cli.venue_desk"
local json = require "neap.json"
local order_map = require "neap.order_map"
local output = require "neap.cli.output"
local preview = require "neap.cli.account_preview"
local words = require "neap.cli.account_words"

local edit = {}

local TERMS = { "limit", "quantity", "stop" }

-- What of an order as it is read makes one that is written.
local ORDER = { "order_id", "product", "side", "form", "type", "time_in_force", "quantity", "notional", "limit", "stop",
  "good_till", "post_only" }

function edit.check(given)
  local asked = { id = given.rest[1] }
  if not asked.id:match "^[%w%-_.]+$" then return words.wrong("account edit: '%s' is no order's id", asked.id) end
  for _, name in ipairs(TERMS) do
    if given[name] then
      local value, err = words.amount("--" .. name, given[name])
      if not value then return nil, err end
      asked[name], asked.has_change = value, true
    end
  end
  if not asked.has_change then
    return words.wrong "account edit: nothing would change: give --limit, --quantity or --stop"
  end
  local ok, err = confirm.check(given, "account edit")
  return ok and asked, err
end

-- An open order by the id that its client gave it.
local function by_client_id(desk, id)
  local orders, err = desk:list("orders", { order_status = "OPEN" })
  if not orders then return nil, err end
  for _, order in ipairs(orders) do
    if order.client_order_id == id then return order end
  end
  return desks.fail("unknown_order", ("the venue knows no order %s"):format(id))
end

local function find(desk, id)
  local answer, err = desk:read("order", id)
  if answer then return desks.table(answer.order) end
  if err.status ~= 404 then return nil, err end
  return by_client_id(desk, id)
end

-- The body of the edit: the order as the venue has it with what was asked for, since it reads a size that is not there
-- as zero.
local function body_of(venues, asked)
  local read, err = order_map.decode(json.encode(venues))
  if not read then return nil, err end
  local order, before, after = {}, {}, {}
  for _, name in ipairs(ORDER) do order[name] = read[name] end
  for _, name in ipairs(TERMS) do
    before[name] = order[name] and tostring(order[name])
    after[name] = asked[name] or before[name]
    if asked[name] then order[name] = asked[name] end
  end
  local body
  body, err = order_map.edit(order)
  if not body then return nil, err end
  return json.decode(body), { order_id = venues.order_id, client_order_id = venues.client_order_id,
    product = venues.product_id, before = before, after = after, edited = false }
end

-- The reasons of an answer to an edit or to its preview.
local function reasons_of(answer)
  local out = {}
  local function add(word)
    if desks.text(word) and not tostring(word):match "^UNKNOWN" then out[#out + 1] = tostring(word) end
  end
  for _, err in ipairs(desks.table(answer.errors)) do
    add(err.edit_failure_reason)
    add(err.preview_failure_reason)
  end
  return out
end

local function refuse(answer)
  local reasons = reasons_of(answer)
  return desks.fail("refused", "the venue refuses the edit: " .. (#reasons > 0 and table.concat(reasons, ", ") or
    "it gives no reason"))
end

local function look(desk, asked)
  local venues, told, body, answer, err
  venues, err = find(desk, asked.id)
  if not venues then return nil, err end
  body, told = body_of(venues, asked)
  if not body then return desks.fail(told.code, told.message) end
  answer, err = desk:read("preview_edit", body)
  if not answer then return nil, err end
  if #desks.table(answer.errors) > 0 then return refuse(answer) end
  told.estimate = preview.estimate(answer)
  return told, body
end

local function print_look(desk, told)
  output.write(("%-14s %s %s   (%s)\n"):format("edit", told.product, told.order_id, desk:title()))
  for _, name in ipairs(TERMS) do
    if told.after[name] then
      local is_same = told.before[name] == told.after[name]
      output.write(("%-14s "):format(name), is_same and told.after[name] or
        ("%s, was %s"):format(told.after[name], told.before[name] or "none"), "\n")
    end
  end
  preview.print_estimate(told.estimate)
end

-- The answer was lost: the order as it is now says whether it was edited.
local function tell_doubt(desk, told, err)
  local answer = desk:read("order", told.order_id)
  local order = answer and order_map.decode(json.encode(desks.table(answer.order)))
  local now = {}
  for _, name in ipairs(TERMS) do
    if order and order[name] then now[#now + 1] = name .. " " .. tostring(order[name]) end
  end
  err.code, err.where = "in_doubt", told.order_id
  err.message = ("the answer to the edit of order %s was lost (%s); %s"):format(told.order_id, err.message,
    #now > 0 and "asked again, it has " .. table.concat(now, ", ") or "the venue does not say what it is now")
  return nil, err
end

function edit.run(desk, asked, given)
  local told, body = look(desk, asked)
  if not told then return nil, body end
  if not given.json then print_look(desk, told) end
  if given.dry_run then return told end
  local yes, err = confirm.ask(given, "edit this order?")
  if not yes then return nil, err end
  local answer
  answer, err = desk:change("edit_order", body)
  if not answer and err.exit == output.IN_DOUBT then return tell_doubt(desk, told, err) end
  if not answer then return nil, err end
  if answer.success ~= true then return refuse(answer) end
  told.edited = true
  if not given.json then output.write "done\n" end
  return told
end

return edit
