-- SPDX-License-Identifier: MIT
-- One panel of the picture: a frame with its axes, a band from lowest to highest, a line of the last of each column.
local figures = require "neap.base.figures"
local markup = require "neap.report.markup"
local scale = require "neap.report.scale"

local el = markup.el

local panel = { WIDTH = 1040, RIGHT = 80, TOP = 10, BOTTOM = 22 }

-- A coordinate: tenths of a pixel are enough.
local function n(x) return (figures.fixed(x, 1):gsub("%.0$", "")) end
panel.n = n

local function extent(values, low, high)
  for column = 1, panel.WIDTH do
    local l, h = values.low[column], values.high[column]
    if l and (not low or l < low) then low = l end
    if h and (not high or h > high) then high = h end
  end
  return low, high
end

-- { height =, low =, high = } of what is to be seen, with a little air; nil: there is nothing.
function panel.new(options)
  local low, high = extent(options.values or { low = {}, high = {} }, options.low, options.high)
  if not low then return nil end
  local air = high > low and (high - low) * 0.04 or math.max(math.abs(high) * 0.01, 0.01)
  return { height = options.height, low = options.low_is_edge and low or low - air,
    high = options.high_is_edge and high or high + air, start = options.start, stop = options.stop }
end

function panel.x(self, ns)
  return math.max(0, math.min(1, (ns - self.start) / (self.stop - self.start))) * panel.WIDTH
end

function panel.y(self, value)
  return panel.TOP + (1 - (value - self.low) / (self.high - self.low)) * self.height
end

-- Its labels, or what `format` makes of them.
local function value_axis(self, format)
  local parts = {}
  for _, tick in ipairs(scale.values(self.low, self.high, self.height // 36)) do
    local y = panel.y(self, tick.at)
    parts[#parts + 1] = { el("path", { class = "grid", d = ("M0 %sH%d"):format(n(y), panel.WIDTH) }),
      el("text", { class = "tick", x = panel.WIDTH + 8, y = n(y + 4) }, format and format(tick) or tick.label) }
  end
  return parts
end

local function time_axis(self)
  local parts, foot = {}, panel.TOP + self.height
  for _, tick in ipairs(scale.moments(self.start, self.stop, 12)) do
    local x = panel.x(self, tick.at)
    parts[#parts + 1] = el("path", { class = "grid", d = ("M%s %dV%s"):format(n(x), panel.TOP, n(foot)) })
    local anchor = x < 14 and "start" or x > panel.WIDTH - 14 and "end" or "middle"
    parts[#parts + 1] = el("text", { class = "tick", x = n(x), y = n(foot + 16), ["text-anchor"] = anchor }, tick.label)
  end
  return parts
end

local function point(self, column, value) return n(column - 0.5) .. " " .. n(panel.y(self, value)) end

-- The outline around lowest and highest, left to right and back.
function panel.band(self, values, class)
  local there, back = {}, {}
  for column = 1, panel.WIDTH do
    if values.low[column] then
      there[#there + 1] = point(self, column, values.high[column])
      back[#back + 1] = point(self, column, values.low[column])
    end
  end
  if #there < 2 then return nil end
  for i = #back, 1, -1 do there[#there + 1] = back[i] end
  return el("path", { class = class, d = "M" .. table.concat(there, "L") .. "Z" })
end

function panel.line(self, list, class)
  local points = {}
  for column = 1, panel.WIDTH do
    if list[column] then points[#points + 1] = point(self, column, list[column]) end
  end
  if #points == 0 then return nil end
  local last = #points == 1 and "h0.1" or "" -- one point is a dot
  return el("path", { class = class, d = "M" .. table.concat(points, "L") .. last })
end

-- The area between a list and a value.
function panel.area(self, list, value, class)
  local points, first, last = {}, nil, nil
  for column = 1, panel.WIDTH do
    if list[column] then
      first, last = first or column, column
      points[#points + 1] = point(self, column, list[column])
    end
  end
  if not first or first == last then return nil end
  local foot = n(panel.y(self, value))
  return el("path", { class = class,
    d = ("M%s %sL%sL%s %sZ"):format(n(first - 0.5), foot, table.concat(points, "L"), n(last - 0.5), foot) })
end

function panel.level(self, value, class)
  return el("path", { class = class, d = ("M0 %sH%d"):format(n(panel.y(self, value)), panel.WIDTH) })
end

-- The whole: options = { id =, title =, description =, format = }, then what is drawn over the axes.
function panel.draw(self, options, ...)
  local height = panel.TOP + self.height + panel.BOTTOM
  return el("svg", { viewBox = ("0 0 %d %d"):format(panel.WIDTH + panel.RIGHT, height), role = "img", tabindex = "0",
      ["aria-labelledby"] = options.id .. "-title " .. options.id .. "-desc", class = "panel" },
    el("title", { id = options.id .. "-title" }, options.title),
    el("desc", { id = options.id .. "-desc" }, options.description),
    time_axis(self), value_axis(self, options.format), ...)
end

return panel
