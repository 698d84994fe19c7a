-- SPDX-License-Identifier: MIT
-- neap account preview: what the venue says that an order would do. Nothing is placed.
local desks = require "neap.cli.venue_desk"
local json = require "neap.json"
local output = require "neap.cli.output"
local words = require "neap.cli.account_words"

local preview = {}

-- Of the two forms of a limit order that the flags know.
local FORMS = { bracket = { "bracket", "limit" } }

local function check_size(given)
  if given.quantity and given.notional then
    return words.wrong "account preview: --quantity and --notional exclude each other"
  end
  if not given.quantity and not given.notional then
    return words.wrong "account preview: --quantity is missing (or --notional)"
  end
  return true
end

local function amounts(order, given)
  for _, name in ipairs { "quantity", "notional", "limit", "stop", "leverage" } do
    if given[name] then
      local value, err = words.amount("--" .. name, given[name])
      if not value then return nil, err end
      order[name] = value
    end
  end
  return order
end

local function order_of(given)
  local form = FORMS[given.type] or { "single", given.type }
  local order = { product = given.product, side = given.side, form = form[1], type = form[2],
    time_in_force = given.tif or given.type == "market" and "ioc" or "gtc", post_only = given.post_only,
    margin_type = given.margin }
  if given.good_till then
    local time, err = require("neap.clock").parse(given.good_till)
    if not time then return nil, output.error("usage", "--good-till: " .. err.message) end
    order.good_till = time
  end
  return amounts(order, given)
end

function preview.check(given)
  for _, name in ipairs { "product", "side", "type" } do
    if not given[name] or given[name] == "" then return words.wrong("account preview: --%s is missing", name) end
  end
  if not given.product:match "^[%w%-]+$" then
    return words.wrong("account preview: '%s' is no product, such as BTC-USD", given.product)
  end
  local ok, order, body, err
  ok, err = check_size(given)
  if ok then order, err = order_of(given) end
  if not order then return nil, err end
  body, err = require("neap.order_map").preview(order)
  if not body then return nil, output.error("usage", err.message, err.where, err.nearest) end
  return { body = json.decode(body) }
end

-- What an estimate of the venue says, of a new order and of an edit.
local FIELDS = { { "total", "order_total" }, { "fees", "commission_total" }, { "base", "base_size" },
  { "quote", "quote_size" }, { "best_bid", "best_bid" }, { "best_ask", "best_ask" },
  { "average_price", "est_average_filled_price", "average_filled_price" }, { "slippage", "slippage" },
  { "margin", "order_margin_total" } }

function preview.estimate(answer)
  local told = {}
  for _, field in ipairs(FIELDS) do
    told[field[1]] = desks.text(answer[field[2]]) or desks.text(answer[field[3] or ""])
  end
  return told
end

function preview.print_estimate(told)
  for _, field in ipairs(FIELDS) do
    if told[field[1]] then
      output.write(("%-14s "):format((field[1]:gsub("_", " "))), output.clean(told[field[1]]), "\n")
    end
  end
end

-- The words of a list that say something.
local function said(list)
  local out = {}
  for _, word in ipairs(type(list) == "table" and list or {}) do
    if not tostring(word):match "^UNKNOWN" then out[#out + 1] = tostring(word) end
  end
  return json.array(out)
end

function preview.run(desk, asked, given)
  local answer, err = desk:read("preview_order", asked.body)
  if not answer then return nil, err end
  local told = preview.estimate(answer)
  told.refusals, told.warnings = said(answer.errs), said(answer.warning)
  told.would_be_taken = #told.refusals == 0
  if given.json then return told end
  output.write(("%-14s %s %s %s   (%s)\n"):format("preview", given.side, given.type, output.clean(given.product),
    desk:title()))
  preview.print_estimate(told)
  for _, word in ipairs(told.warnings) do output.write("warning        ", output.clean(word), "\n") end
  for _, word in ipairs(told.refusals) do output.write("refused        ", output.clean(word), "\n") end
  return told
end

return preview
