-- SPDX-License-Identifier: MIT
-- The head of a report: what ran, on what, by which engine, and the figures that matter.
local clock = require "neap.clock"
local figures = require "neap.base.figures"
local lists = require "neap.base.lists"
local markup = require "neap.report.markup"

local el = markup.el

local head = {}

function head.title(told)
  return #told.strategies > 0 and table.concat(told.strategies, ", ") or "operator"
end

local function engine_line(told)
  if #told.engines == 0 then return "engine: no order was decided" end
  local parts = {}
  for i, engine in ipairs(told.engines) do
    local count = #told.engines > 1 and (", %s orders"):format(figures.grouped(engine.orders)) or ""
    parts[i] = ("engine %s (%s%s)"):format(engine.name, engine.reason or "no reason", count)
  end
  return table.concat(parts, "; ")
end

local function data_line(told, i, product)
  local data = told.data[product.id]
  if not data then return product.id end
  local line = ("%s, %s bars of %s, %s to %s"):format(product.id, figures.grouped(data.bars),
    clock.format_duration(data.frame), figures.moment(data.first), figures.moment(data.last))
  if data.gaps > 0 then line = line .. ("; %d gaps, %d bars missing"):format(data.gaps, data.missing_bars) end
  if data.skipped > 0 then line = line .. ("; %d bad bars left out"):format(data.skipped) end
  if told.books.digests[i] and told.books.digests[i] ~= data.blake2b then
    line = line .. " (drawn from other bytes than the session read)"
  end
  return line
end

local function listed(params)
  local parts = {}
  for i, name in ipairs(lists.sorted_keys(params)) do parts[i] = ("%s %s"):format(name, tostring(params[name])) end
  return table.concat(parts, ", ")
end

-- Of one strategy its own; of several by name.
local function parameter_lines(told)
  local params, parts = told.params, {}
  if told.has_one_script then return listed(params) end
  for _, name in ipairs(lists.sorted_keys(params)) do
    local own = type(params[name]) == "table" and listed(params[name]) or ""
    if own ~= "" then parts[#parts + 1] = ("%s: %s"):format(name, own) end
  end
  return table.concat(parts, "; ")
end

local function entry(name, ...) return { el("dt", nil, name), el("dd", nil, ...) } end

local function facts(told)
  local list, params = {}, parameter_lines(told)
  for i, product in ipairs(told.products) do
    list[#list + 1] = entry(i == 1 and "data" or "", data_line(told, i, product))
  end
  if params ~= "" then list[#list + 1] = entry("parameters", params) end
  list[#list + 1] = entry("session", el("code", nil, told.session or ""))
  list[#list + 1] = entry("events", ("%s, hash "):format(figures.grouped(told.events)), el("code", nil, told.head))
  return el("dl", { class = "meta" }, list)
end

local fork_line
function fork_line(fork)
  if fork.of then
    return fork_line(fork.of) .. (" It was left in its turn: behind event %s, at %s, another one goes on."):format(
      figures.grouped(fork.event), figures.moment(fork.time))
  end
  return ("This is a fork: up to event %s, at %s, it is the session %s itself, mode %s; from there on orders and fills "
    .. "are simulated, and the figures add up both."):format(figures.grouped(fork.event),
    figures.moment(fork.time), fork.session, fork.left)
end

local function alarms(told)
  local list = {}
  local function say(text) list[#list + 1] = el("p", { class = "alarm", role = "note" }, text) end
  if told.fork then say(fork_line(told.fork)) end
  if told.failure then
    say(("The session failed: %s"):format(told.failure.message or told.failure.code or "no reason is recorded"))
  elseif not told.stop then
    say "The session was not ended: it was killed, or it still runs. This is what its events say so far."
  elseif told.stop.reason == "interrupted" then
    say "The run was interrupted: the figures end where it was stopped."
  end
  if told.is_trimmed then
    say(("The store was trimmed: it begins at event %s. Trades and refusals before it are not here, and the figures of "
      .. "performance cover what is."):format(figures.grouped(told.first_seq)))
  end
  return list
end

function head.header(told)
  local profile = told.started.profile
  return el("header", nil, el("h1", nil, head.title(told)),
    el("p", nil, ("mode %s · %s%s"):format(told.mode or "?", engine_line(told),
      profile and " · profile " .. profile or "")),
    facts(told), alarms(told))
end

-- A figure that is not defined is a dash.
local function number(value, unit, digits) return value and figures.number(value, unit, digits) or "–" end
local function signed(value, unit) return value and figures.signed(value, unit) or "–" end

local function tone(value) return value and (value > 0 and "gain" or value < 0 and "loss") or nil end

local function figure(name, value, sub, class)
  return el("div", nil, el("dt", nil, name), el("dd", { class = class }, value),
    sub and el("dd", { class = "sub" }, sub))
end

local function closed_trades(told)
  local closed, open = 0, 0
  for _, trade in ipairs(told.books.trades) do
    if trade.is_open then open = open + 1 else closed = closed + 1 end
  end
  return closed, open
end

local function trades_figure(told, s)
  local closed, open = closed_trades(told)
  local sub = closed > 0 and number(s.win_rate_pct, " % won", 1) or "no position was opened and closed"
  if open > 0 then sub = ("%s, %d still open"):format(sub, open) end
  return figure("trades", figures.grouped(closed), sub)
end

local function orders_figure(told)
  local books = told.books
  return figure("orders", figures.grouped(books.orders), ("%s fills, %s refused"):format(figures.grouped(books.fills),
    figures.grouped(books.rejected)))
end

local function cash_note(books)
  if books.final_cash == books.final_equity then return nil end
  return ("%s of it in cash"):format(figures.money(books.final_cash))
end

function head.figures(told)
  local books, s = told.books, told.books.statistics
  return el("dl", { class = "figures" },
    figure("final equity", figures.money(books.final_equity), cash_note(books) or told.currency),
    figure("return", signed(s.return_pct, " %"), "on " .. figures.money(books.paid), tone(s.return_pct)),
    figure("max drawdown", number(s.max_drawdown_pct, " %"), "of the equity at bars' ends"),
    figure("Sharpe", number(s.sharpe), ("Sortino %s, Calmar %s"):format(number(s.sortino),
      number(s.calmar))),
    figure("volatility", number(s.volatility_pct, " %"), ("a year; return a year %s"):format(
      signed(s.annual_return_pct, " %"))),
    trades_figure(told, s),
    figure("profit factor", number(s.profit_factor), ("best %s, worst %s"):format(
      signed(s.best_trade_pct, " %"), signed(s.worst_trade_pct, " %"))),
    figure("fees paid", figures.money(books.fees), told.currency),
    figure("in the market", number(s.exposure_pct, " %", 1), "of the bars"),
    orders_figure(told))
end

return head
