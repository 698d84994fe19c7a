-- SPDX-License-Identifier: MIT
-- What preflight asks the venue for: products, money, orders that are open.
local decimal = require "neap.decimal"
local desks = require "neap.cli.venue_desk"
local json = require "neap.json"
local product = require "neap.product"

local account_checks = {}

-- What keeps a product from being traded at all, and what only restricts it.
local BARS = { "is_disabled", "trading_disabled", "view_only", "cancel_only" }
local NARROWS = { "limit_only", "post_only", "auction_mode" }

local function said(answer, words)
  local list = {}
  for _, word in ipairs(words) do
    if answer[word] == true then list[#list + 1] = word end
  end
  return list
end

local function of_venue(answer)
  local ok, list, err = pcall(product.parse_venue, json.encode(answer))
  if not ok then return nil, tostring(list) end
  return list and list[1], tostring(err)
end

-- → the product as a session would know it, or nil.
local function check_product(list, client, id)
  local answer, err = client:product { product_id = id }
  if not answer then
    list:fail("product", ("%s: %s"):format(id, tostring(err)))
    return nil
  end
  local bars, narrows = said(answer, BARS), said(answer, NARROWS)
  if #bars > 0 then return list:fail("product", ("%s: %s"):format(id, table.concat(bars, ", "))) end
  local facts, wrong = of_venue(answer)
  if not facts then return list:fail("product", ("%s: its facts cannot be read: %s"):format(id, wrong)) end
  local text = ("%s: %s, price %s, increments %s and %s"):format(id, facts.kind, tostring(desks.text(answer.price)),
    tostring(facts.price_increment), tostring(facts.base_increment))
  if #narrows > 0 then
    list:warn("product", ("%s; %s"):format(text, table.concat(narrows, ", ")))
  else
    list:ok("product", text)
  end
  return facts
end

-- → available money by currency, or nil.
local function balances(list, client)
  local all = {}
  for account, err in client:each "accounts" { limit = 250 } do
    if not account then return list:fail("account", tostring(err)) end
    local amount = decimal.parse(desks.amount(account.available_balance) or "0")
    local currency = desks.text(account.currency)
    if amount and currency then all[currency] = (all[currency] or decimal.new(0)) + amount end
  end
  return all
end

local function check_cash(list, given, quote, there)
  local wanted = given.cash and decimal.parse(given.cash)
  if wanted and there < wanted then
    return list:fail("cash", ("%s %s are there, and %s were asked for"):format(tostring(there), quote,
      tostring(wanted)))
  end
  if there:is_zero() then
    return list:fail("cash", ("no %s is available"):format(quote), "move some into the portfolio")
  end
  return list:ok("cash", ("%s %s available"):format(tostring(there), quote))
end

local function least_order(list, facts, there)
  local least = facts.quote_min_size
  if least and there < least then
    list:warn("cash", ("%s wants orders of %s %s at least"):format(facts.id, tostring(least), facts.quote))
  end
end

local function check_orders(list, client)
  local count = 0
  for order, err in client:each "orders" { order_status = { "OPEN" }, limit = 100 } do
    if not order then return list:fail("orders", tostring(err)) end
    count = count + 1
  end
  if count == 0 then return list:ok("orders", "none is open at the venue") end
  return list:warn("orders", ("%d are open at the venue: the session's own, or somebody else's"):format(count),
    "neap reconcile, once it runs")
end

-- → { equity = of the first product's quote currency }, or nil.
function account_checks.look(list, client, given)
  if #given.product == 0 then list:warn("product", "none was named", "--product BTC-USD") end
  local facts = {}
  for _, id in ipairs(given.product) do facts[#facts + 1] = check_product(list, client, id) end
  local all = balances(list, client)
  if not all then return nil end
  local quotes = {}
  for _, one in ipairs(facts) do
    local there = all[one.quote] or decimal.new(0)
    if not quotes[one.quote] then check_cash(list, given, one.quote, there) end
    quotes[one.quote] = true
    least_order(list, one, there)
  end
  check_orders(list, client)
  local first = facts[1] and (given.cash and decimal.parse(given.cash) or all[facts[1].quote])
  return { equity = first and not first:is_zero() and first or nil }
end

return account_checks
