-- SPDX-License-Identifier: MIT
-- Finds comparisons of a decimal of the API with a number in a strategy's text: `self.position.quantity == 0` is false
-- whatever the quantity is.
local function set_of(words)
  local set = {}
  for word in words:gmatch "%S+" do set[word] = true end
  return set
end

-- Of self and of a product; of what an author calls order, fill or position.
local OWN = set_of "equity cash buying_power price_increment quantity_increment"
local PARTS = set_of "quantity filled average_price fees limit stop price fee entry_price mark unrealized realized"
local FLOATS = set_of "params bar bars q t"

local function blank(text) return (text:gsub("[^\n]", " ")) end

local function string_end(text, from)
  local mark, at = text:sub(from, from), from
  repeat
    at = text:find("[\\\n" .. mark .. "]", at + 1) or #text
    local is_escape = text:sub(at, at) == "\\"
    if is_escape then at = at + 1 end
  until not is_escape
  return at
end

-- Where the comment or string that begins at `from` ends; nil when neither does.
local function end_of(text, from)
  local level = text:match("^%-%-%[(=*)%[", from) or text:match("^%[(=*)%[", from)
  if level then return select(2, text:find("]" .. level .. "]", from, true)) or #text end
  if text:match("^%-%-", from) then return (text:find("\n", from, true) or #text + 1) - 1 end
  if text:match("^[\"']", from) then return string_end(text, from) end
end

-- The text with comments and strings as spaces, of the same length.
local function code_of(text)
  local parts, at = {}, 1
  for from in text:gmatch "()[\"'%-%[]" do
    local to = from >= at and end_of(text, from)
    if to then
      parts[#parts + 1] = text:sub(at, from - 1) .. blank(text:sub(from, to))
      at = to + 1
    end
  end
  return table.concat(parts) .. text:sub(at)
end

local function is_decimal(owner, field)
  return OWN[field] or PARTS[field] and owner ~= "self" and not FLOATS[owner]
end

local function place(text, at)
  local line, last = 1, 0
  for newline in text:sub(1, at - 1):gmatch "()\n" do line, last = line + 1, newline end
  return line, at - last
end

local function comes_before(a, b)
  if a.line ~= b.line then return a.line < b.line end
  return a.column < b.column
end

local NUMBER_RIGHT = "()%f[%w_]([%a_][%w_]*)%.([%a_]+)%s*[=~]=%s*%-?%.?%d"
local NUMBER_LEFT = "%f[%w_.]%d[%w_.]*%s*[=~]=%s*()([%w_.]*%f[%w_][%a_][%w_]*)%.([%a_]+)%f[^%w_.:(%[]"

-- A list of { line, column, field }, in the order of the text.
return function(text)
  local code, found = code_of(text), {}
  for _, pattern in ipairs { NUMBER_RIGHT, NUMBER_LEFT } do
    for at, owners, field in code:gmatch(pattern) do
      if is_decimal(owners:match "[%w_]+$", field) then
        local line, column = place(text, at)
        found[#found + 1] = { line = line, column = column, field = field }
      end
    end
  end
  table.sort(found, comes_before)
  return found
end
