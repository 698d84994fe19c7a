-- SPDX-License-Identifier: MIT
-- The small print of a report: what the figures rest on, and which configuration was in force, from where.
local lists = require "neap.base.lists"
local markup = require "neap.report.markup"
local tables = require "neap.report.tables"

local el = markup.el

local notes = {}

local SLIPPAGE = { none = "none", bps = "%s basis points against the order", volume_share =
  "grows with the share of a bar's volume" }

local ENDS = {
  no = "open positions stay open and count at the last close",
  open = "open positions are closed at the last bar's open",
  close = "open positions are closed at the last bar's close",
}

local function describe_product(p)
  return ("%s: %s, price increment %s, quantity increment %s"):format(p.id, p.kind or "?", p.price_increment or "?",
    p.base_increment or "?")
end

-- What a store says of it, where nobody hands in the run's own list.
local function from_events(told)
  local s, lines = told.started, {}
  local function add(text, ...) lines[#lines + 1] = text:format(...) end
  if s.fee_table then
    add("fees: by the table '%s', from tier %d on; rounded once, half-even, at 12 digits", s.fee_table, s.fee_tier)
  elseif s.maker_bps then
    add("fees: maker %s, taker %s basis points of the value; rounded once, half-even, at 12 digits", s.maker_bps,
      s.taker_bps)
  end
  if s.slippage then add("slippage: %s", (SLIPPAGE[s.slippage] or s.slippage):format(s.slippage_bps or "?")) end
  if s.volume_share then
    add("volume: %s", s.volume_share == "0" and "no limit, an order fills whole" or
      ("at most %s of a bar's volume fills"):format(s.volume_share))
  end
  if ENDS[s.close_at_end] then add("at the end: %s", ENDS[s.close_at_end]) end
  for _, product in ipairs(told.products) do lines[#lines + 1] = describe_product(product) end
  return lines
end

function notes.assumptions(told, assumptions)
  local items = {}
  for i, line in ipairs(assumptions or from_events(told)) do items[i] = el("li", nil, line) end
  return { el("h2", nil, "Assumptions"), el("ul", nil, items) }
end

local function as_text(value)
  if type(value) ~= "table" then return tostring(value) end
  local parts = {}
  for i, name in ipairs(lists.sorted_keys(value)) do parts[i] = ("%s:%s"):format(name, tostring(value[name])) end
  return table.concat(parts, ",")
end

-- What session_started says is not the default, among all fields; nothing where a store does not say it.
local function list_configuration(told)
  local own, list = {}, {}
  if not told.started.configuration then return list end
  for _, item in ipairs(told.started.configuration) do own[item.name] = item end
  for i, field in ipairs(require("neap.limits").new():fields()) do
    list[i] = own[field.name] or { name = field.name, value = as_text(field.value), source = "default" }
  end
  return list
end

local COLUMNS = { { "field" }, { "value", "wrap" }, { "from", "wrap" } }

local function part(configuration, is_default)
  local rows = {}
  for _, item in ipairs(configuration) do
    if (item.source == "default") == is_default then rows[#rows + 1] = { item.name, item.value, item.source or "" } end
  end
  return rows
end

-- As the session began; changes on the way are events of their own.
function notes.configuration(told)
  local configuration = list_configuration(told)
  if #configuration == 0 then return nil end
  local own, defaults = part(configuration, false), part(configuration, true)
  return { el("h2", nil, "Configuration"),
    #own > 0 and tables.draw("sorts", "Configuration", COLUMNS, own)
      or el("p", { class = "note" }, "All values are the defaults."),
    #defaults > 0 and el("details", nil, el("summary", nil, ("%d values at their defaults"):format(#defaults)),
      tables.draw("sorts", "Defaults", COLUMNS, defaults)) }
end

return notes
