-- SPDX-License-Identifier: MIT
-- Elements of HTML and SVG: nothing from outside can become markup, for text is escaped unless it was made here.
local clean = require "neap.base.clean"
local lists = require "neap.base.lists"

local markup = {}

local element = {}

local ENTITIES = { ["&"] = "&amp;", ["<"] = "&lt;", [">"] = "&gt;", ['"'] = "&quot;", ["'"] = "&#39;" }

function markup.escape(text) return (clean(text):gsub("[&<>\"']", ENTITIES)) end

-- Markup that was made by this program. Never for text that came from a file.
function markup.raw(text) return setmetatable({ text }, element) end

local function append(parts, child)
  if child == nil or child == false then return end
  if getmetatable(child) == element then
    parts[#parts + 1] = child[1]
  elseif type(child) == "table" then
    for i = 1, #child do append(parts, child[i]) end
  else
    parts[#parts + 1] = markup.escape(child)
  end
end

local function attributes_of(attributes)
  local parts = {}
  for _, name in ipairs(lists.sorted_keys(attributes or {})) do
    local value = attributes[name]
    if value then parts[#parts + 1] = (' %s="%s"'):format(name, value == true and name or markup.escape(value)) end
  end
  return table.concat(parts)
end

-- Those that HTML never closes by a tag of its own.
local VOID = { meta = true, col = true, br = true }

-- el("a", { href = "#x" }, "text", el(…), { more, … }): children may be nil or false, and lists.
function markup.el(name, attributes, ...)
  local parts = {}
  for i = 1, select("#", ...) do append(parts, (select(i, ...))) end
  local open = "<" .. name .. attributes_of(attributes)
  if VOID[name] or attributes and attributes.d then return markup.raw(open .. "/>") end
  return markup.raw(open .. ">" .. table.concat(parts) .. "</" .. name .. ">")
end

function markup.text(node) return node[1] end

return markup
