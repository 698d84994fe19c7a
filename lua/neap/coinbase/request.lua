-- SPDX-License-Identifier: MIT
-- What a call sends: path, query and body out of the options that were given.
local decimal = require "neap.decimal"
local json = require "neap.json"
local lists = require "neap.base.lists"
local slip = require "neap.base.slip"

local request = {}

local function encode(text)
  return (text:gsub("[^%w%-._~]", function(byte) return ("%%%02X"):format(byte:byte()) end))
end

-- The text of one value, as the venue takes it: no float, whose digits nobody chose.
local function text_of(what, value)
  local kind = math.type(value) or type(value)
  local is_text = kind == "string" or kind == "integer" or kind == "boolean" or decimal.is_decimal(value)
  if is_text then return tostring(value) end
  error(("%s: text, a whole number, a decimal or a boolean is wanted, not %s"):format(what, kind), 0)
end

local function add_pair(pairs_made, name, value)
  if type(value) == "table" then
    for _, one in ipairs(value) do add_pair(pairs_made, name, one) end
  elseif value ~= nil then
    pairs_made[#pairs_made + 1] = encode(name) .. "=" .. encode(text_of(name, value))
  end
end

-- request.query({ limit = 2, product_ids = { "A", "B" } }, names) → "limit=2&product_ids=A&product_ids=B", in the order
-- of the names, or of the alphabet where there are none; nil: nothing is asked.
function request.query(given, names)
  local made = {}
  for _, name in ipairs(names or lists.sorted_keys(given)) do add_pair(made, name, given[name]) end
  return made[1] and table.concat(made, "&")
end

local function check_body(what, value)
  if math.type(value) == "float" then error(what .. ": money is text or a decimal, not a float", 0) end
  if type(value) ~= "table" then return end
  for _, key in ipairs(lists.sorted_keys(value)) do check_body(("%s.%s"):format(what, key), value[key]) end
end

-- JSON, with numbers of money as text.
function request.body(what, given)
  check_body(what, given)
  return json.encode(given)
end

local function known_of(endpoint)
  local known = {}
  for _, part in ipairs { "in_path", "query", "body" } do
    for _, name in ipairs(endpoint[part]) do known[name] = true end
  end
  return known
end

-- One id in the place of a table, where the path has one.
local function spread(endpoint, given)
  if type(given) == "string" and #endpoint.in_path == 1 then return { [endpoint.in_path[1]] = given } end
  if given == nil then return {} end
  if type(given) ~= "table" then
    error(("%s: a table is wanted, not %s"):format(endpoint.name, type(given)), 0)
  end
  local wrong = slip(given, known_of(endpoint), "option")
  if wrong then error(("%s: %s"):format(endpoint.name, wrong), 0) end
  return given
end

local function path_of(endpoint, given)
  return (endpoint.path:gsub("{([%w_]+)}", function(name)
    local value = given[name]
    if value == nil or value == "" then error(("%s: %s is needed"):format(endpoint.name, name), 0) end
    return encode(text_of(endpoint.name .. ": " .. name, value))
  end))
end

local function body_of(endpoint, given)
  if endpoint.method == "GET" then return nil end
  local body = {}
  for _, name in ipairs(endpoint.body) do body[name] = given[name] end
  return request.body(endpoint.name, body)
end

-- What the C half asks for an endpoint; misuse raises.
function request.make(endpoint, given)
  given = spread(endpoint, given)
  return { method = endpoint.method, path = path_of(endpoint, given), query = request.query(given, endpoint.query),
    body = body_of(endpoint, given), public = endpoint.public, repeats = endpoint.repeats, urgent = endpoint.urgent }
end

return request
