-- SPDX-License-Identifier: MIT
-- From what was typed to a function, and from what it raised to one line.
local lists = require "neap.base.lists"
local nearest = require "neap.base.nearest"

local chunk = {}

local NAME = "=line"

-- "? session" asks for help; "=x" is "return x", as in older Lua.
local function sugar(text)
  local topic = text:match "^%s*%?%s*(.-)%s*$"
  if topic then return topic == "" and "return help" or ("return help(%q)"):format(topic) end
  local expression = text:match "^%s*=(.*)$"
  return expression and "return " .. expression or text
end

-- What no further line can mend: a call without its arguments (`s:orders` for `s.orders`), a quote left open.
local function is_unfinished(message)
  return message:match "<eof>$" ~= nil and not message:find("function arguments expected", 1, true) and
    not message:find("unfinished string", 1, true)
end

-- A function; nil, "more" when lines are missing; nil and a message.
function chunk.compile(text)
  text = sugar(text)
  local expression = load("return " .. text, NAME, "t")
  if expression then return expression end
  local statement, message = load(text, NAME, "t")
  if statement then return statement end
  if is_unfinished(message) then return nil, "more" end
  return nil, message
end

local function globals()
  local names = {}
  for name in pairs(_G) do
    if type(name) == "string" then names[#names + 1] = name end
  end
  table.sort(names)
  return names
end

-- A global that is nil was probably misspelt.
local function nearest_global(message)
  local name = message:match "global '([%w_]+)'"
  local near = name and not lists.has(globals(), name) and nearest(name, globals())
  return near and ("; did you mean '%s'?"):format(near) or ""
end

-- The global that a line is nothing but the name of, when there is none and another was probably meant.
function chunk.slip(text)
  local name = text:match "^%s*=?%s*([%a_][%w_]*)%s*$"
  return name and rawget(_G, name) == nil and nearest(name, globals()) or nil
end

-- One line for a person; the place is told where the chunk has several lines.
function chunk.message(err, lines)
  if type(err) == "table" and err.message then
    local near = err.nearest and not err.message:find("did you mean", 1, true)
    return err.message .. (err.where and not err.message:find(err.where, 1, true) and " (" .. err.where .. ")" or "")
      .. (near and ("; did you mean '%s'?"):format(err.nearest) or "")
  end
  local text = tostring(err):match("^[^\n]*"):gsub("^%S*/neap/[%w_/]+%.lua:%d+: ", "")
  local at, rest = text:match "^line:(%d+): (.*)$"
  if at then text = lines > 1 and ("line %s: %s"):format(at, rest) or rest end
  return text .. nearest_global(text)
end

return chunk
