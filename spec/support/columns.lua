-- SPDX-License-Identifier: MIT
-- Reads a CSV file, gzipped or not, into rows keyed by column name; numbers become floats, empty cells are absent.
local function split(line)
  local cells = {}
  for cell in (line .. ","):gmatch "(.-)," do cells[#cells + 1] = cell end
  return cells
end

local function to_row(names, line)
  local row = {}
  for i, cell in ipairs(split(line)) do row[names[i]] = tonumber(cell) and tonumber(cell) + 0.0 or nil end
  return row
end

return function(path)
  local pipe = assert(io.popen(("gzip -dcf '%s'"):format(path)))
  local names, rows = split(pipe:read "l"), {}
  for line in pipe:lines() do rows[#rows + 1] = to_row(names, line) end
  pipe:close()
  return rows
end
