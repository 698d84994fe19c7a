-- SPDX-License-Identifier: MIT
-- What two events differ in, field by field, and in words.
local json = require "neap.json"
local lists = require "neap.base.lists"

local difference = {}

local MOST = 12

-- Of a list of checks each goes by its name, a second of that name with its place.
local function name_of(item, key, taken)
  local name = type(item) == "table" and type(item.verdict) == "string" and item.name
  if type(name) ~= "string" or taken[name] then return tostring(key) end
  taken[name] = true
  return name
end

local function flatten(value, path, out)
  if type(value) ~= "table" then
    out[path] = tostring(value)
    return out
  end
  local taken = {}
  for _, key in ipairs(lists.sorted_keys(value)) do
    local name = math.type(key) == "integer" and name_of(value[key], key, taken) or key
    flatten(value[key], path == "" and name or path .. "." .. name, out)
  end
  return out
end

local function fields_of(event)
  if not event then return {} end
  local fields = flatten(json.decode(event.body ~= "" and event.body or "{}", { numbers = "text" }) or {}, "", {})
  for _, name in ipairs { "type", "product", "client_order_id", "ts_ns", "cause_seq", "version" } do
    fields["event." .. name] = tostring(event[name])
  end
  return fields
end

-- → { { field =, recorded =, replayed = }, … } in the order of their names, at most a dozen.
function difference.fields(stored, replayed)
  local before, after, all = fields_of(stored), fields_of(replayed), {}
  for _, fields in ipairs { before, after } do
    for name in pairs(fields) do all[name] = true end
  end
  local list = json.array {}
  for _, name in ipairs(lists.sorted_keys(all)) do
    if before[name] ~= after[name] and #list < MOST then
      list[#list + 1] = { field = name, recorded = before[name], replayed = after[name] }
    end
  end
  return list
end

return difference
