-- SPDX-License-Identifier: MIT
-- Rows of a table as aligned lines.
local clean = require "neap.base.clean"

local function width(text) return utf8.len(text) or #text end

local function pad(text, to, align)
  local space = (" "):rep(to - width(text))
  return align == "right" and space .. text or text .. space
end

local function cell(column, row)
  local value = row[column[1]]
  return value == nil and "" or clean(value)
end

-- columns = {{"seq", align = "right", title = "number"}, {"type"}}, rows = list of tables; gives lines, titles first.
return function(columns, rows)
  local widths, lines = {}, {}
  for i, column in ipairs(columns) do
    widths[i] = width(column.title or column[1])
    for _, row in ipairs(rows) do widths[i] = math.max(widths[i], width(cell(column, row))) end
  end
  for at = 0, #rows do
    local parts = {}
    for i, column in ipairs(columns) do
      parts[i] = pad(at == 0 and (column.title or column[1]) or cell(column, rows[at]), widths[i], column.align)
    end
    lines[#lines + 1] = (table.concat(parts, "  "):gsub(" +$", ""))
  end
  return lines
end
