-- SPDX-License-Identifier: MIT
-- A small and strict check that a page is well-formed XML: every element closes in order, every attribute is quoted and
-- stands once, no stray "<", ">" or "&". Gives a list of { name =, attributes =, text = } of the elements, in order.
local xml = {}

local ENTITIES = { amp = true, lt = true, gt = true, quot = true, ["#39"] = true }

local function check_text(text)
  for entity in text:gmatch "&([^;]*;?)" do
    if not ENTITIES[entity:match "^(.*);$" or ""] then error(("'&%s' is no entity"):format(entity), 0) end
  end
  if text:find ">" then error(("a stray '>' in '%s'"):format(text:sub(1, 60)), 0) end
  if not utf8.len(text) then error("no UTF-8", 0) end
end

local function read_attributes(text)
  local attributes, at = {}, 1
  while at <= #text do
    local name, value, after = text:match('^%s+([%w:_-]+)="([^"<]*)"()', at)
    if not name then error(("no attributes: '%s'"):format(text:sub(at, at + 40)), 0) end
    if attributes[name] then error(name .. " stands twice", 0) end
    check_text(value)
    attributes[name], at = value, after
  end
  return attributes
end

-- What is in <style> and <script> is not markup.
local RAW = { style = true, script = true }

local function parse(page)
  local elements, open, at = {}, {}, 1
  while true do
    local before, slash, name, rest, after = page:match("^([^<]*)<(/?)([%a][%w]*)([^<>]*)>()", at)
    if not before then break end
    check_text(before)
    if open[#open] then open[#open].text = open[#open].text .. before end
    local is_closed = rest:match "/$" ~= nil
    if slash == "/" then
      local last = table.remove(open)
      local opened = last and last.name or "nothing"
      if opened ~= name then error(("</%s> closes <%s>"):format(name, opened), 0) end
    else
      local element = { name = name, attributes = read_attributes((rest:gsub("/$", ""))), text = "", depth = #open }
      elements[#elements + 1] = element
      if not is_closed then open[#open + 1] = element end
      if RAW[name] then
        local finish = page:find("</" .. name .. ">", after, true)
        element.text, after = page:sub(after, finish - 1), finish
      end
    end
    at = after
  end
  if #open > 0 then error(("<%s> is not closed"):format(open[#open].name), 0) end
  if page:find("%S", at) then error("something follows: " .. page:sub(at, at + 40), 0) end
  return elements
end

-- The elements; or nil and what is wrong.
function xml.read(text)
  local page = text:gsub("^<!DOCTYPE html>\n<!%-%-[^<>]-%-%->\n", "")
  local ok, result = pcall(parse, page)
  if ok then return result end
  return nil, result
end

function xml.find(elements, name, attribute, value)
  local found = {}
  for _, element in ipairs(elements) do
    if element.name == name and (not attribute or element.attributes[attribute] == value) then
      found[#found + 1] = element
    end
  end
  return found
end

return xml
