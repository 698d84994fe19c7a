-- SPDX-License-Identifier: MIT
-- The tables of a report: trades, what was refused, what guards did.
local figures = require "neap.base.figures"
local markup = require "neap.report.markup"

local el = markup.el

local tables = {}

local TRADES_MOST = 2000

-- columns = {{title, class}}, rows = lists of cells; a cell is text, markup, or { content, class }.
local function draw(class, label, columns, rows)
  local heads, lines = {}, {}
  for i, column in ipairs(columns) do heads[i] = el("th", { class = column[2], scope = "col" }, column[1]) end
  for i, row in ipairs(rows) do
    local cells = {}
    local tones = row.tones or {}
    for k, column in ipairs(columns) do cells[k] = el("td", { class = tones[k] or column[2] }, row[k]) end
    lines[i] = el("tr", nil, cells)
  end
  return el("div", { class = "scroll", tabindex = "0", role = "region", ["aria-label"] = label },
    el("table", { class = class }, el("thead", nil, el("tr", nil, heads)), el("tbody", nil, lines)))
end
tables.draw = draw

local function digits_of(number) return #(tostring(number):match "%.(%d+)$" or "") end

-- 2 d 3 h, 5 h 30 m, 45 s: two units are enough.
local function held(trade)
  local seconds = (trade.exit_time - trade.entry_time) // 1000000000
  if seconds < 60 then return ("%d s"):format(seconds) end
  local first, unit, second, of = seconds // 86400, "d", seconds % 86400 // 3600, "h"
  if seconds < 3600 then
    first, unit, second, of = seconds // 60, "m", seconds % 60, "s"
  elseif seconds < 86400 then
    first, unit, second, of = seconds // 3600, "h", seconds % 3600 // 60, "m"
  end
  return ("%d %s"):format(first, unit) .. (second > 0 and (" %d %s"):format(second, of) or "")
end

local function signed(value) return (value > 0 and "+" or "") .. figures.money(value) end

local function trade_row(told, i, trade, many)
  local digits = many.price_digits[trade.product]
  local row = { figures.grouped(i), trade.side == "buy" and "long" or "short", trade.quantity:format(many.digits),
    figures.moment(trade.entry_time), figures.money(trade.entry_price, digits) }
  local tail = trade.is_open and { "open", "", "", figures.money(trade.fees), "" }
    or { figures.moment(trade.exit_time), figures.money(trade.exit_price, digits), held(trade),
      figures.money(trade.fees), signed(trade.pnl) }
  table.move(tail, 1, #tail, #row + 1, row)
  if many.products then row[#row + 1] = trade.product end
  if many.strategies then row[#row + 1] = told.strategies[trade.seat] or "operator" end
  row.tones = { [10] = not trade.is_open and (trade.pnl < 0 and "right loss" or trade.pnl > 0 and "right gain") or nil }
  return row
end

-- Digits that the prices of a product need: no more than its increment has, and at least two.
local function price_digits(told, product)
  local most, digits = digits_of(product.price_increment or "0.01"), 2
  for _, trade in ipairs(told.books.trades) do
    if trade.product == product.id then
      digits = math.max(digits, digits_of(trade.entry_price:round(most)), digits_of(trade.exit_price:round(most)))
    end
  end
  return digits
end

local function what_is_many(told)
  local many = { products = #told.products > 1, strategies = #told.strategies > 1, price_digits = {}, digits = 0 }
  for _, trade in ipairs(told.books.trades) do many.digits = math.max(many.digits, digits_of(trade.quantity)) end
  for _, product in ipairs(told.products) do many.price_digits[product.id] = price_digits(told, product) end
  return many
end

-- What each of several strategies made of its closed trades.
function tables.strategies(told)
  if #told.strategies < 2 then return nil end
  local rows, zero = {}, require("neap.decimal").new(0)
  for seat, name in ipairs(told.strategies) do
    local count, won, pnl, fees = 0, 0, zero, zero
    for _, trade in ipairs(told.books.trades) do
      if trade.seat == seat and not trade.is_open then
        count, won, pnl, fees = count + 1, won + (trade.pnl > 0 and 1 or 0), pnl + trade.pnl, fees + trade.fees
      end
    end
    rows[seat] = { name, figures.grouped(count), count > 0 and figures.fixed(100 * won / count, 1) .. " %" or "–",
      figures.money(fees), signed(pnl) }
    rows[seat].tones = { [5] = pnl < 0 and "right loss" or pnl > 0 and "right gain" or nil }
  end
  return { el("h2", nil, "Strategies"), draw("sorts", "Strategies", { { "strategy" }, { "closed trades", "right" },
    { "won", "right" }, { "fees", "right" }, { "after fees", "right" } }, rows) }
end

function tables.trades(told)
  local trades = told.books.trades
  if #trades == 0 then
    return { el("h2", nil, "Trades"), el("p", { class = "note" }, "No position was opened.") }
  end
  local columns = { { "#", "right" }, { "side" }, { "quantity", "right" }, { "in" }, { "at", "right" }, { "out" },
    { "at", "right" }, { "held" }, { "fees", "right" }, { "after fees", "right" } }
  local many, rows = what_is_many(told), {}
  if many.products then columns[#columns + 1] = { "product" } end
  if many.strategies then columns[#columns + 1] = { "strategy" } end
  local first = math.max(1, #trades - TRADES_MOST + 1)
  for i = first, #trades do rows[#rows + 1] = trade_row(told, i, trades[i], many) end
  return { el("h2", nil, "Trades"),
    first > 1 and el("p", { class = "note" }, ("The latest %s of %s; all of them: neap backtest --json."):format(
      figures.grouped(TRADES_MOST), figures.grouped(#trades))),
    draw("sorts", "Trades", columns, rows) }
end

local AMOUNTS = { "quantity", "notional", "fraction" }

local function amount_of(intent)
  for _, name in ipairs(AMOUNTS) do
    local value = intent[name]
    if value then return name == "quantity" and tostring(value) or ("%s %s"):format(name, tostring(value)) end
  end
  return "what is held"
end

local function ask_of(intent)
  if not intent then return "" end
  local at = intent.limit and " at " .. tostring(intent.limit) or ""
  if intent.stop then at = at .. " stop " .. tostring(intent.stop) end
  return ("%s %s%s, %s"):format(intent.side or "?", amount_of(intent), at, intent.type or "?")
end

local function why_of(example)
  local reason, parts = example.reason or {}, {}
  for _, name in ipairs { "check", "input", "limit" } do
    if reason[name] then parts[#parts + 1] = ("%s %s"):format(name, tostring(reason[name])) end
  end
  if example.message and example.message ~= "" then parts[#parts + 1] = tostring(example.message) end
  return table.concat(parts, ", ")
end

local function rejection_rows(told)
  local rows = {}
  for _, group in ipairs(told.rejections) do
    for i, example in ipairs(group.examples) do
      rows[#rows + 1] = { i == 1 and el("b", nil, group.code) or "", i == 1 and figures.grouped(group.count) or "",
        "#" .. tostring(example.number or "?"), figures.moment(example.time), example.product or "",
        ask_of(example.intent), why_of(example) }
    end
  end
  return rows
end

function tables.rejections(told)
  if #told.rejections == 0 then
    return { el("h2", nil, "Refused orders"), el("p", { class = "note" }, "None.") }
  end
  return { el("h2", nil, "Refused orders"),
    el("p", { class = "note" }, "By reason, with the first orders of each; neap explain '#NUMBER' tells one whole."),
    draw("plain", "Refused orders", { { "reason" }, { "orders", "right" }, { "for example", "right" }, { "at" },
      { "product" }, { "asked for" }, { "found", "wrap" } }, rejection_rows(told)) }
end

local WORDS = { "strategy", "hook", "guard", "level", "input", "limit", "action", "mode", "code", "reason", "why",
  "message", "who", "number", "quantity", "mark", "event" }

local function describe(body)
  local parts = {}
  for _, name in ipairs(WORDS) do
    local value = body[name]
    if value ~= nil and type(value) ~= "table" and value ~= "" then
      parts[#parts + 1] = ("%s %s"):format(name, (tostring(value):match "^[^\n]*"))
    end
  end
  return table.concat(parts, ", ")
end

-- Modes, guards, failures; nothing where nothing was.
function tables.notable(told)
  if #told.notable == 0 then return nil end
  local rows = {}
  for i, event in ipairs(told.notable) do
    local product = event.product and event.product .. " " or ""
    rows[i] = { figures.grouped(event.seq), figures.moment(event.time), event.type, product .. describe(event.body) }
  end
  return { el("h2", nil, "Guards, modes and failures"),
    told.notable_count > #told.notable and el("p", { class = "note" }, ("The first %d of %s; neap events --type shows "
      .. "them all."):format(#told.notable, figures.grouped(told.notable_count))),
    draw("plain", "Guards, modes and failures", { { "event", "right" }, { "at" }, { "kind" }, { "what", "wrap" } },
      rows) }
end

return tables
