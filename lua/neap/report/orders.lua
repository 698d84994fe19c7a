-- SPDX-License-Identifier: MIT
-- What became of the orders: of all, and where there are several of each engine and of each strategy.
local figures = require "neap.base.figures"
local lists = require "neap.base.lists"
local markup = require "neap.report.markup"
local reporter = require "neap.order_metrics_reporter"
local tables = require "neap.report.tables"

local el = markup.el

local COLUMNS = { { "", "" }, { "asked", "right" }, { "placed", "right" }, { "filled", "right" },
  { "in parts", "right" }, { "cancelled", "right" }, { "rejected", "right" }, { "replaced", "right" },
  { "stops struck", "right" }, { "slippage, bps", "right" }, { "worst", "right" }, { "to fill", "right" } }

local function bps(value) return value and ("%.2f"):format(value) or "–" end

local function seconds(value)
  if not value then return "–" end
  return value < 60 and ("%.1f s"):format(value) or value < 3600 and ("%.1f m"):format(value / 60)
    or ("%.1f h"):format(value / 3600)
end

local function row(name, m)
  return { name, figures.grouped(m.asked), figures.grouped(m.placed), figures.grouped(m.filled),
    figures.grouped(m.partially_filled), figures.grouped(m.cancelled + m.expired), figures.grouped(m.rejected),
    figures.grouped(m.replacements), ("%s of %s"):format(figures.grouped(m.triggers_fired),
      figures.grouped(m.triggers_registered)), bps(m.slippage_bps), bps(m.worst_slippage_bps),
    seconds(m.seconds_to_fill) }
end

local function add_groups(rows, groups, what)
  local names = lists.sorted_keys(groups)
  if #names < 2 then return end
  for _, name in ipairs(names) do rows[#rows + 1] = row(what .. " " .. name, groups[name]) end
end

-- told: of neap.report.story. nil where no order was asked for.
return function(told)
  local metrics = reporter.read(told.path)
  if not metrics or metrics.asked == 0 then return nil end
  local rows = { row("all orders", metrics) }
  add_groups(rows, metrics.engines, "engine")
  add_groups(rows, metrics.strategies, "strategy")
  return { el("h2", nil, "Orders"), tables.draw("sorts", "What became of the orders", COLUMNS, rows),
    el("p", { class = "note" }, "Slippage is against the price that was decided on: the mark for market orders, the " ..
      "order's own price for others; above zero is worse. The time to fill is from sent to whole, by the session's " ..
      "clock.") }
end
