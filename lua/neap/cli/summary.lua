-- SPDX-License-Identifier: MIT
-- The result of a back-test as a trader reads it, and as the JSON document of the contract.
local clock = require "neap.clock"
local output = require "neap.cli.output"

local summary = {}

-- 9270.23010493 → 9,270.23 (display only: rounded half-even).
local function money(value, digits)
  local text = value:round(digits or 2):format(digits or 2)
  local sign, whole, rest = text:match "^(-?)(%d+)(.*)$"
  whole = whole:reverse():gsub("(%d%d%d)", "%1,"):reverse():gsub("^,", "")
  return sign .. whole .. rest
end

local function number(value, unit, digits)
  if not value then return "not defined" end
  return ("%.".. (digits or 2) .. "f"):format(value) .. (unit or "")
end

local function signed(value, unit) return value and ("%+.2f"):format(value) .. (unit or "") or "not defined" end

local function figures(r)
  return {
    { "final equity", ("%s %s  (%s on %s)"):format(money(r.final_equity), r.currency, signed(r.return_pct, " %"),
      money(r.initial_cash)) },
    { "max drawdown", number(r.max_drawdown_pct, " %") },
    { "Sharpe, Sortino, Calmar", ("%s  %s  %s"):format(number(r.sharpe), number(r.sortino), number(r.calmar)) },
    { "trades", ("%d  (%s won, profit factor %s)"):format(#r.trades, number(r.win_rate_pct, " %", 1),
      number(r.profit_factor)) },
    { "in the market", number(r.exposure_pct, " % of the bars", 1) },
    { "fees paid", ("%s %s"):format(money(r.fees), r.currency) },
    { "orders, fills", ("%d, %d"):format(r.orders, r.fills) },
  }
end

local function rejections(r)
  local names, parts = {}, {}
  for name in pairs(r.rejections) do names[#names + 1] = name end
  table.sort(names)
  for i, name in ipairs(names) do parts[i] = ("%s %d"):format(name, r.rejections[name]) end
  return #parts > 0 and table.concat(parts, ", ") or "none"
end

local function last_trades(r, count)
  local rows = {}
  for i = math.max(1, #r.trades - count + 1), #r.trades do
    local t = r.trades[i]
    rows[#rows + 1] = {
      product = t.product, side = t.side == "buy" and "long" or "short", quantity = tostring(t.quantity),
      entry = clock.format(t.entry_time), entry_price = tostring(t.entry_price), exit = clock.format(t.exit_time),
      exit_price = tostring(t.exit_price), pnl = money(t.pnl),
    }
  end
  return output.columns({ { "product" }, { "side" }, { "quantity", align = "right" }, { "entry" },
    { "entry_price", title = "at", align = "right" }, { "exit" }, { "exit_price", title = "at", align = "right" },
    { "pnl", align = "right" } }, rows)
end

local function add(lines, ...) lines[#lines + 1] = (...):format(select(2, ...)) end

-- The screen of a result: figures, the latest trades, what they rest on.
function summary.text(r, title)
  local lines = {}
  add(lines, "%s%s   mode %s   engine %s (%s)   profile %s", title and title .. "\n" or "", r.strategy, r.mode,
    r.engine, r.engine_reason, r.profile)
  if r.interrupted then add(lines, "INTERRUPTED: the figures end where the run was stopped") end
  add(lines, "")
  local rows = figures(r)
  rows[#rows + 1] = { "rejected", rejections(r) }
  for _, row in ipairs(rows) do add(lines, "  %-24s%s", row[1], row[2]) end
  if #r.trades > 0 then
    add(lines, "\n%s", #r.trades > 5 and ("the last 5 of %d trades"):format(#r.trades) or "trades")
    for _, line in ipairs(last_trades(r, 5)) do lines[#lines + 1] = "  " .. line end
  end
  add(lines, "\nassumptions")
  for _, line in ipairs(r.assumptions) do lines[#lines + 1] = "  " .. line end
  add(lines, "\n%d events, hash %s", r.events, r.event_hash)
  if r.store then add(lines, "stored in %s: neap verify, neap events, neap explain ORDER read it", r.store) end
  return table.concat(lines, "\n") .. "\n"
end

local function trade_document(t)
  local copy = {}
  for key, value in pairs(t) do copy[key] = value end
  copy.entry_time, copy.exit_time = clock.format(t.entry_time), clock.format(t.exit_time)
  return copy
end

-- The JSON document: money and times as text, figures as numbers; a figure that is not defined is null.
function summary.document(r)
  local json = require "neap.json"
  local document = { schema = "neap.backtest/1", trades = json.array {} }
  for key, value in pairs(r) do
    if key ~= "trades" then document[key] = value end
  end
  for _, name in ipairs { "return_pct", "sharpe", "sortino", "calmar", "max_drawdown_pct", "win_rate_pct",
    "profit_factor", "exposure_pct" } do
    if r[name] == nil then document[name] = json.null end
  end
  for i, trade in ipairs(r.trades) do document.trades[i] = trade_document(trade) end
  return document
end

return summary
