-- SPDX-License-Identifier: MIT
-- The result of a back-test as a trader reads it, and as the JSON document of the contract.
local clock = require "neap.clock"
local figures_of = require "neap.base.figures"
local output = require "neap.cli.output"
local sorted_keys = require("neap.base.lists").sorted_keys

local summary = {}

local grouped, money, number, signed, moment = figures_of.grouped, figures_of.money, figures_of.number,
  figures_of.signed, figures_of.moment

local function open_positions(r)
  if r.final_cash == r.final_equity then return nil end
  return ("%s in cash, the rest in open positions at the last close"):format(money(r.final_cash))
end

local function rejections(r)
  local parts, total = {}, 0
  for i, name in ipairs(sorted_keys(r.rejections)) do
    parts[i], total = ("%s %d"):format(name, r.rejections[name]), total + r.rejections[name]
  end
  return ("%d rejected%s"):format(total, total > 0 and ": " .. table.concat(parts, ", ") or "")
end

local function trades_line(r)
  if #r.trades == 0 then return "none", "no position was opened and closed" end
  return grouped(#r.trades),
    ("%s won, profit factor %s"):format(number(r.win_rate_pct, " %", 1), number(r.profit_factor))
end

local function figures(r)
  local trades, quality = trades_line(r)
  return {
    { name = "final equity", value = money(r.final_equity), unit = r.currency,
      note = ("%s on %s"):format(signed(r.return_pct, " %"), money(r.initial_cash)) },
    { name = "", value = "", note = open_positions(r) },
    { name = "fees paid", value = money(r.fees), unit = r.currency },
    { name = "max drawdown", value = number(r.max_drawdown_pct), unit = r.max_drawdown_pct and "%" },
    { name = "in the market", value = number(r.exposure_pct), unit = r.exposure_pct and "%", note = "of the bars" },
    { name = "Sharpe", value = number(r.sharpe), note = ("Sortino %s, Calmar %s"):format(number(r.sortino),
      number(r.calmar)) },
    { name = "trades", value = trades, note = quality },
    { name = "orders", value = grouped(r.orders), note = ("fills %s, %s"):format(grouped(r.fills), rejections(r)) },
  }
end

local function figure_lines(r)
  local rows = {}
  for _, row in ipairs(figures(r)) do
    if row.name ~= "" or row.note then rows[#rows + 1] = row end
  end
  local lines = output.columns({ { "name" }, { "value", align = "right" }, { "unit" }, { "note" } }, rows)
  return table.move(lines, 2, #lines, 1, {})
end

-- Numbers of one column with the same count of digits after the point.
local function align_digits(rows, ...)
  for _, field in ipairs { ... } do
    local most = 0
    for _, row in ipairs(rows) do most = math.max(most, #(row[field]:match "%.(%d+)$" or "")) end
    for _, row in ipairs(rows) do
      local digits = #(row[field]:match "%.(%d+)$" or "")
      if digits == 0 and most > 0 then row[field] = row[field] .. "." end
      row[field] = row[field] .. ("0"):rep(most - digits)
    end
  end
end

local function last_trades(r, count)
  local rows = {}
  for i = math.max(1, #r.trades - count + 1), #r.trades do
    local t = r.trades[i]
    rows[#rows + 1] = {
      product = t.product, side = t.side == "buy" and "long" or "short", quantity = tostring(t.quantity),
      entry = moment(t.entry_time), entry_price = tostring(t.entry_price), exit = moment(t.exit_time),
      exit_price = tostring(t.exit_price), pnl = money(t.pnl),
    }
  end
  align_digits(rows, "quantity", "entry_price", "exit_price")
  return output.columns({ { "product" }, { "side" }, { "quantity", align = "right" }, { "entry", title = "in" },
    { "entry_price", title = "at", align = "right" }, { "exit", title = "out" },
    { "exit_price", title = "at", align = "right" }, { "pnl", title = "after fees", align = "right" } }, rows)
end

local function add(lines, ...) lines[#lines + 1] = (...):format(select(2, ...)) end

local function parameters(r)
  local parts = {}
  for i, name in ipairs(sorted_keys(r.params)) do parts[i] = ("%s %s"):format(name, tostring(r.params[name])) end
  return table.concat(parts, ", ")
end

-- Lines of at most `width` characters; those that go on are indented.
local function wrap(text, width, lines)
  local line = ""
  for word in text:gmatch "%S+" do
    if line ~= "" and utf8.len(line) + 1 + utf8.len(word) > width then
      lines[#lines + 1], line = line, "   "
    end
    line = line == "" and word or line .. " " .. word
  end
  lines[#lines + 1] = line
end

local function add_head(lines, r)
  add(lines, "%s   mode %s   engine %s (%s)   profile %s", r.strategy, r.mode, r.engine, r.engine_reason, r.profile)
  local params = parameters(r)
  if params ~= "" then add(lines, "%s", params) end
  for _, data in ipairs(r.data) do
    add(lines, "%s   %s bars of %s, %s to %s", data.product, grouped(data.bars), clock.format_duration(data.frame),
      moment(data.first), moment(data.last))
  end
  if r.guard then
    add(lines, "\n%s%s: %s, by %s", r.guard.mode:upper(), r.guard.since and " since " .. moment(r.guard.since) or "",
      r.guard.reason, r.guard.who)
  end
  if r.interrupted then add(lines, "\nINTERRUPTED: the figures end where the run was stopped") end
end

-- The screen of a result: figures, the latest trades, what they rest on.
function summary.text(r, title)
  local lines = { title }
  add_head(lines, r)
  add(lines, "")
  for _, line in ipairs(figure_lines(r)) do add(lines, "  %s", line) end
  if #r.trades > 0 then
    add(lines, "\n%s", #r.trades > 5 and ("the last 5 of %s trades"):format(grouped(#r.trades)) or "trades")
    for _, line in ipairs(last_trades(r, 5)) do add(lines, "  %s", line) end
  end
  add(lines, "\nassumptions")
  local wrapped = {}
  for _, text in ipairs(r.assumptions) do wrap(text, 110, wrapped) end
  for _, line in ipairs(wrapped) do add(lines, "  %s", line) end
  add(lines, "\n%s events, hash %s", grouped(r.events), r.event_hash)
  if r.report then add(lines, "report in %s", r.report) end
  if r.store then add(lines, "stored in %s; read it with: neap events, neap explain, neap verify", r.store) end
  return table.concat(lines, "\n") .. "\n"
end

-- Field by field: there may be many thousands.
local function trade_document(t)
  return {
    product = t.product, side = t.side, quantity = t.quantity, entry_time = clock.format(t.entry_time),
    exit_time = clock.format(t.exit_time), entry_price = t.entry_price, exit_price = t.exit_price, pnl = t.pnl,
    fees = t.fees,
  }
end

local function data_document(data)
  local copy = {}
  for key, value in pairs(data) do copy[key] = value end
  copy.frame = clock.format_duration(data.frame)
  copy.first, copy.last = clock.format(data.first), clock.format(data.last)
  return copy
end

-- The JSON document: money and times as text, figures as numbers; a figure that is not defined is null.
function summary.document(r)
  local json = require "neap.json"
  local document = { schema = "neap.backtest/1", trades = json.array {}, data = json.array {} }
  for key, value in pairs(r) do
    if key ~= "trades" and key ~= "data" then document[key] = value end
  end
  if r.guard then
    document.guard = { mode = r.guard.mode, reason = r.guard.reason, who = r.guard.who,
      since = r.guard.since and clock.format(r.guard.since) }
  end
  for i, data in ipairs(r.data) do document.data[i] = data_document(data) end
  for _, name in ipairs { "return_pct", "sharpe", "sortino", "calmar", "max_drawdown_pct", "win_rate_pct",
    "profit_factor", "exposure_pct" } do
    if r[name] == nil then document[name] = json.null end
  end
  for i, trade in ipairs(r.trades) do document.trades[i] = trade_document(trade) end
  return document
end

return summary
