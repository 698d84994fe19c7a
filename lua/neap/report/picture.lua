-- SPDX-License-Identifier: MIT
-- The picture of a report: prices with trades for each product, then equity and drawdown, all over one time.
local figures = require "neap.base.figures"
local marks = require "neap.report.marks"
local markup = require "neap.report.markup"
local panel = require "neap.report.panel"

local el = markup.el

local picture = {}

local function options_of(told, more)
  more.start, more.stop = told.start, told.stop_at
  return more
end

local function period(told) return figures.moment(told.start), figures.moment(told.stop_at) end

local function trades_of(told, product)
  local list = {}
  for _, trade in ipairs(told.books.trades) do
    if trade.product == product then list[#list + 1] = trade end
  end
  return list
end

local function last_of(values)
  for column = panel.WIDTH, 1, -1 do
    if values.last[column] then return values.last[column] end
  end
end

-- A small sample of a mark with its word.
local function key(class, d, word)
  return el("span", { class = "key" }, el("svg", { viewBox = "0 0 14 12", ["aria-hidden"] = "true" },
    el("path", { class = class, d = d })), word)
end

local function legend(trades)
  if #trades == 0 then return nil end
  local has = {}
  for _, trade in ipairs(trades) do has[trade.side] = #trades <= marks.MARKED end
  return {
    has.buy and key("entry long", "M7 2l-4.5 8h9Z", "long entry"),
    has.sell and key("entry short", "M7 10l-4.5 -8h9Z", "short entry"),
    #trades <= marks.MARKED and key("exit", "M4 3l6 6m0 -6l-6 6", "exit"), key("way gain", "M0 9L14 3", "gain"),
    key("way loss", "M0 3L14 9", "loss"),
  }
end

local function draw(self, id, title, description, series, ...)
  local svg = panel.draw(self, { id = id, title = title, description = description, format = self.format }, ...)
  return el("div", { class = "picture" }, markup.raw((markup.text(svg):gsub("^<svg", ('<svg data-series="%s"')
    :format(series), 1))))
end

local function describe_price(told, product, values, trades)
  local low, high
  for column = 1, panel.WIDTH do
    local l, h = values.low[column], values.high[column]
    if l and (not low or l < low) then low = l end
    if h and (not high or h > high) then high = h end
  end
  local from, to = period(told)
  return ("From %s to %s the price of %s lay between %s and %s %s, and ended at %s; %d trades are marked."):format(from,
    to, product.id, figures.fixed(low, 2), figures.fixed(high, 2), product.quote or told.currency,
    figures.fixed(last_of(values), 2), #trades)
end

-- Digits of a price increment, as "0.01" has two.
local function price_panel(told, i, height)
  local product, values = told.products[i], told.books.prices[i]
  local trades = trades_of(told, product.id)
  local self = panel.new(options_of(told, { values = values, height = height }))
  local source = told.sources[i] and "closes, in the range from lowest to highest" or
    "no bars were given: the prices of its fills"
  local caption = { el("b", nil, product.id), el("span", { class = "quiet" }, source), legend(trades), el("output") }
  if not self then
    return el("figure", nil, el("figcaption", nil, caption),
      el("p", { class = "note" }, "No bar and no fill: there is no price to draw."))
  end
  local drawn, left_out = marks.draw(self, trades, last_of(values))
  return el("figure", nil, el("figcaption", nil, caption),
    draw(self, "price-" .. i, "Price of " .. product.id, describe_price(told, product, values, trades), "price" .. i,
      panel.band(self, values, "band"), drawn, panel.line(self, values.last, "price")),
    left_out and el("p", { class = "note" }, ("The %s oldest trades are not drawn."):format(figures.grouped(left_out))))
end

local function equity_panel(told)
  local values, paid = told.books.equity, told.books.paid:float()
  local self = panel.new(options_of(told, { values = values, height = 170, low = paid, high = paid }))
  local last = last_of(values)
  local from, to = period(told)
  local description = last and ("From %s to %s the equity went from %s to %s %s."):format(from, to,
    figures.money(told.books.paid), figures.money(told.books.final_equity), told.currency)
    or "No bar and no fill: the equity stayed what was paid in."
  return el("figure", nil,
    el("figcaption", nil, el("b", nil, "Equity"), el("span", { class = "quiet" }, told.currency,
      told.has_data and ", at each bar's end; dotted: what was paid in" or ", at each fill; dotted: what was paid in"),
      el("output")),
    draw(self, "equity", "Equity", description, "equity", panel.level(self, paid, "level"),
      panel.band(self, values, "band"), panel.line(values.last and self, values.last, "equity")))
end

local function lowest(list)
  local low = 0
  for column = 1, panel.WIDTH do
    if list[column] and list[column] < low then low = list[column] end
  end
  return low
end

local function drawdown_panel(told)
  local list = told.books.drawdown
  local low = lowest(list)
  local self = panel.new(options_of(told, { low = low < 0 and low or -1, high = 0, height = 90, high_is_edge = true }))
  self.format = function(tick) return tick.label .. " %" end
  local description = ("The equity below its highest until then; at the deepest by %s percent."):format(
    figures.fixed(-low, 2))
  return el("figure", nil,
    el("figcaption", nil, el("b", nil, "Drawdown"), el("span", { class = "quiet" }, "percent below the highest equity"),
      el("output")),
    draw(self, "drawdown", "Drawdown", description, "drawdown", panel.area(self, list, 0, "sink"),
      panel.line(self, list, "drawdown")))
end

-- All panels.
function picture.draw(told)
  local parts, height = {}, #told.products == 1 and 320 or 200
  for i = 1, #told.products do parts[i] = price_panel(told, i, height) end
  parts[#parts + 1] = equity_panel(told)
  parts[#parts + 1] = drawdown_panel(told)
  return el("section", { ["aria-label"] = "Picture" }, parts)
end

local function number(value)
  if not value then return "null" end
  local text = ("%.7g"):format(value):gsub(",", ".")
  return text
end

local function series(list, unit)
  local values = {}
  for column = 1, panel.WIDTH do values[column] = number(list[column]) end
  return ('{"unit":%s,"values":[%s]}'):format(require("neap.json").encode(unit), table.concat(values, ","))
end

-- What the script says under the pointer, as JSON that no text in it can end.
function picture.data(told)
  local books, parts = told.books, {}
  for i, product in ipairs(told.products) do
    parts[i] = ('"price%d":%s'):format(i, series(books.prices[i].last, product.quote or told.currency))
  end
  parts[#parts + 1] = '"equity":' .. series(books.equity.last, told.currency)
  parts[#parts + 1] = '"drawdown":' .. series(books.drawdown, "%")
  local text = ('{"start":%d,"stop":%d,"columns":%d,"top":%d,"bottom":%d,"series":{%s}}'):format(told.start // 1000000,
    told.stop_at // 1000000, panel.WIDTH, panel.TOP, panel.BOTTOM, table.concat(parts, ","))
  return (text:gsub("[<>&]", { ["<"] = "\\u003c", [">"] = "\\u003e", ["&"] = "\\u0026" }))
end

return picture
