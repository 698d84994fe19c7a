-- SPDX-License-Identifier: MIT
-- neap account show: what is there, in whose portfolio, and what the key may do with it.
local decimal = require "neap.decimal"
local desks = require "neap.cli.venue_desk"
local json = require "neap.json"
local output = require "neap.cli.output"

local show = {}

function show.check() return {} end

local PERMISSIONS = { "view", "trade", "transfer" }

local function permissions_of(answer)
  local may = {}
  for _, word in ipairs(PERMISSIONS) do
    if answer["can_" .. word] == true then may[#may + 1] = word end
  end
  return may
end

-- The venue's own value of each currency, at its marks.
local function values_of(breakdown)
  local values = {}
  for _, position in ipairs(desks.table(breakdown.spot_positions)) do
    values[position.asset] = desks.text(position.total_balance_fiat)
  end
  return values
end

local function total_of(account)
  local available = decimal.parse(desks.amount(account.available_balance) or "0")
  local held = decimal.parse(desks.amount(account.hold) or "0")
  return available and held and tostring(available + held)
end

local function balances_of(accounts, values)
  local rows = {}
  for _, account in ipairs(accounts) do
    if desks.text(account.currency) then
      rows[#rows + 1] = { currency = account.currency, available = desks.amount(account.available_balance),
        held = desks.amount(account.hold), total = total_of(account), value = values[account.currency] }
    end
  end
  table.sort(rows, function(a, b) return a.currency < b.currency end)
  return rows
end

local function of_future(position)
  return { product = position.product_id, side = tostring(position.side):match "LONG" and "long" or "short",
    quantity = desks.text(position.amount), entry = desks.text(position.avg_entry_price),
    mark = desks.text(position.current_price), unrealized = desks.text(position.unrealized_pnl) }
end

local function raw(value) return type(value) == "table" and desks.amount(value.rawCurrency) or desks.text(value) end

local function of_perpetual(position)
  return { product = position.product_id, side = tostring(position.position_side):match "LONG" and "long" or "short",
    quantity = desks.text(position.net_size), entry = raw(position.vwap), mark = raw(position.mark_price),
    unrealized = raw(position.unrealized_pnl) }
end

local function positions_of(breakdown)
  local rows = {}
  for _, position in ipairs(desks.table(breakdown.futures_positions)) do rows[#rows + 1] = of_future(position) end
  for _, position in ipairs(desks.table(breakdown.perp_positions)) do rows[#rows + 1] = of_perpetual(position) end
  return rows
end

local function document_of(key, accounts, breakdown)
  local total = desks.table(desks.table(breakdown.portfolio_balances).total_balance)
  return { portfolio = { name = desks.text(desks.table(breakdown.portfolio).name), uuid = key.portfolio_uuid,
      type = desks.text(key.portfolio_type) },
    permissions = json.array(permissions_of(key)), currency = desks.text(total.currency), value = desks.amount(total),
    balances = json.array(balances_of(accounts, values_of(breakdown))),
    positions = json.array(positions_of(breakdown)) }
end

local function read(desk)
  local key, accounts, answer, err
  key, err = desk:read "key_permissions"
  if not key then return nil, err end
  if not desks.text(key.portfolio_uuid) then
    return desks.fail("bad_answer", "the venue does not say whose key this is: it names no portfolio")
  end
  accounts, err = desk:list("accounts", { limit = 250 })
  if accounts then answer, err = desk:read("portfolio", key.portfolio_uuid) end
  if not answer then return nil, err end
  return document_of(key, accounts, desks.table(answer.breakdown))
end

local function line(name, text) output.write(("%-10s "):format(name), output.clean(text), "\n") end

local function print_told(desk, told)
  line("account", desk:title())
  line("portfolio", ("%s  %s"):format(told.portfolio.name or "?", told.portfolio.uuid))
  line("key may", #told.permissions > 0 and table.concat(told.permissions, ", ") or "nothing")
  output.print_columns({ { "currency" }, { "available", align = "right" }, { "held", align = "right" },
    { "total", align = "right" }, { "value", align = "right", title = "value " .. (told.currency or "") } },
    told.balances)
  if #told.positions > 0 then
    output.print_columns({ { "product" }, { "side" }, { "quantity", align = "right" }, { "entry", align = "right" },
      { "mark", align = "right" }, { "unrealized", align = "right" } }, told.positions)
  end
  line("value", ("%s %s"):format(told.value or "?", told.currency or ""))
end

function show.run(desk, _, given)
  local told, err = read(desk)
  if not told then return nil, err end
  if not given.json then print_told(desk, told) end
  return told
end

return show
