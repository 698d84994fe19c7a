-- SPDX-License-Identifier: MIT
-- What a value looks like to a person: objects by their own words, lists of records as aligned tables, long ones cut.
local columns_of = require "neap.base.columns"
local lists = require "neap.base.lists"

local SHOWN, HEAD = 30, 10 -- rows of a list; of a longer one, so many from its start and the rest from its end
local MOST_COLUMNS, LINE = 8, 400

local ORDER = {
  { "id", of = function(o) return o.id and o.id:sub(1, 8) end }, { "side" }, { "type" }, { "product" },
  { "quantity", align = "right" }, { "limit", align = "right" }, { "stop", align = "right" }, { "status" },
  { "filled", align = "right" }, { "average_price", title = "average", align = "right" },
  { "reason", of = function(o) return o.reason and o.reason.code end }, { "tag" }, { "why" },
}

-- Nanoseconds since 1970 of this century.
local function is_time(value)
  return math.type(value) == "integer" and value > 946684800 * 10^9 and value < 4102444800 * 10^9
end

local function has_text(value)
  local mt = debug.getmetatable(value)
  return type(mt) == "table" and mt.__tostring ~= nil
end

local function is_order(value) return type(value) == "userdata" and getmetatable(value) == "order" end

local function is_scalar(value) return type(value) ~= "table" or has_text(value) end

local function time_text(value) return ("%d  (%s)"):format(value, require("neap.clock").format(value)) end

-- Text of a value inside of something else.
local function scalar(value)
  if type(value) == "string" then return ("%q"):format(value):gsub("\\\n", "\\n") end
  if type(value) == "function" then return "function" end
  if is_time(value) then return time_text(value) end
  if type(value) == "table" and not has_text(value) then return next(value) == nil and "{}" or "{ … }" end
  return tostring(value)
end

local function is_record(value)
  if type(value) ~= "table" or has_text(value) or next(value) == nil then return false end
  for key, field in pairs(value) do
    if type(key) ~= "string" or not is_scalar(field) then return false end
  end
  return true
end

local function plain_columns(list)
  local seen, names = {}, {}
  for i = 1, math.min(#list, SHOWN) do
    for key in pairs(list[i]) do seen[key] = true end
  end
  for _, name in ipairs(lists.sorted_keys(seen)) do
    if #names < MOST_COLUMNS then names[#names + 1] = { name } end
  end
  return names
end

-- The columns that a list of such things has, or nil.
local function find_columns(list)
  local first = list[1]
  local mt = type(first) == "table" and debug.getmetatable(first)
  if mt and type(mt.columns) == "table" then return mt.columns end
  if is_order(first) then return ORDER end
  for _, item in ipairs(list) do
    if not is_record(item) then return nil end
  end
  return plain_columns(list)
end

local function cell_of(column, item)
  local value
  if column.of then value = column.of(item) else value = item[column[1]] end
  if value == nil then return nil end
  return tostring(value)
end

local function row_of(columns, item)
  local row = {}
  for i, column in ipairs(columns) do row[i] = cell_of(column, item) end
  return row
end

-- Columns in which no row has anything go.
local function filled(columns, rows)
  local kept = {}
  for i, column in ipairs(columns) do
    local any = false
    for _, row in ipairs(rows) do any = any or row[i] ~= nil end
    if any then kept[#kept + 1] = { i, title = column.title or column[1], align = column.align } end
  end
  return kept
end

local function cut(line, width)
  if (utf8.len(line) or #line) <= width then return line end
  local at = utf8.offset(line, width) or width
  return line:sub(1, at - 1) .. "…"
end

local function table_lines(list, columns, first, last, width)
  local rows = {}
  for i = first, last do rows[#rows + 1] = row_of(columns, list[i]) end
  local lines = columns_of(filled(columns, rows), rows)
  for i, line in ipairs(lines) do lines[i] = cut(line, width) end
  return lines
end

local function show_list(list, columns, width)
  local count = #list
  if count <= SHOWN then return table_lines(list, columns, 1, count, width) end
  -- aligned as one, then cut in the middle
  local picked = table.move(list, 1, HEAD, 1, {})
  table.move(list, count - (SHOWN - HEAD) + 1, count, HEAD + 1, picked)
  local lines = table_lines(picked, columns, 1, #picked, width)
  table.insert(lines, HEAD + 2, ("… %d of %d are left out; [%d] is the next"):format(count - SHOWN, count, HEAD + 1))
  return lines
end

local function show_items(list)
  local lines = {}
  for i = 1, math.min(#list, SHOWN) do lines[i] = cut(scalar(list[i]), LINE) end
  if #list > SHOWN then lines[#lines + 1] = ("… %d of %d are left out"):format(#list - SHOWN, #list) end
  return lines
end

local function show_map(map, width)
  local rows, keys = {}, lists.sorted_keys(map)
  for i = 1, math.min(#keys, SHOWN) do rows[i] = { tostring(keys[i]), scalar(map[keys[i]]) } end
  local lines = columns_of({ { 1 }, { 2 } }, rows)
  table.remove(lines, 1)
  for i, line in ipairs(lines) do lines[i] = cut(line, width) end
  if #keys > SHOWN then lines[#lines + 1] = ("… %d of %d are left out"):format(#keys - SHOWN, #keys) end
  return lines
end

local function show_table(value, width)
  if #value > 0 then
    local columns = find_columns(value)
    return columns and show_list(value, columns, width) or show_items(value)
  end
  return next(value) == nil and { "{} (empty)" } or show_map(value, width)
end

local function is_result(value)
  return type(value) == "table" and rawget(value, "event_hash") and rawget(value, "final_equity") and
    rawget(value, "assumptions")
end

-- Text of several lines, for `width` columns.
return function(value, width)
  width = width or 200
  if is_result(value) then return (require("neap.cli.summary").text(value):gsub("\n$", "")) end
  if type(value) == "string" then return value end
  if type(value) == "table" and not has_text(value) then return table.concat(show_table(value, width), "\n") end
  if is_time(value) then return time_text(value) end
  if type(value) == "function" then return "a function; help(…) says what it does" end
  return tostring(value)
end
