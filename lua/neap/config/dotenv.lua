-- SPDX-License-Identifier: MIT
-- Reads a .env file: NAME=value lines. Quotes around a value, `export` before a name, and comments after a space are
-- taken off. Lines of other programs are none of our business; one that speaks of RISK_ and cannot be read is.
local function split(line)
  local name, value = line:match "^%s*([%a_][%w_]*)%s*=%s*(.-)%s*$"
  if not name then name, value = line:match "^%s*export%s+([%a_][%w_]*)%s*=%s*(.-)%s*$" end
  if not name then return nil end
  return name, value:match '^"(.-)"' or value:match "^'(.-)'" or value:gsub("%s+#.*$", ""):gsub("^#.*$", "")
end

-- text → { name = value }, { name = line }, and problems: a list of { line, message }. Of a name that is there twice
-- nobody knows which is meant.
return function(text, is_ours)
  local values, lines, problems, number = {}, {}, {}, 0
  for line in (text:gsub("^\xef\xbb\xbf", "") .. "\n"):gmatch "(.-)\r?\n" do
    number = number + 1
    local name, value = split(line)
    if name and values[name] and values[name] ~= value and is_ours(name) then
      problems[#problems + 1] = { number, ("%s is there twice, first in line %d"):format(name, lines[name]) }
    elseif name then
      values[name], lines[name] = value, number
    elseif line:match "^%s*RISK_" or line:match "^%s*export%s+RISK_" then
      problems[#problems + 1] = { number, "not NAME=value" }
    end
  end
  return values, lines, problems
end
