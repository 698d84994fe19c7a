-- SPDX-License-Identifier: MIT
-- Parameters of a strategy: their declaration, their texts as typed values, the read-only view. Runs inside the cell.
local c = require "neap.strategy_c"
local decimal = require "neap.decimal"

local parameters = {}

local KEYS = { "type", "min", "max", "step", "choices", "doc" }
local TYPES = { "number", "integer", "decimal", "boolean", "string", "duration", "time", "product" }

local function finite(value) return value == value and value ~= math.huge and value ~= -math.huge end

-- As people write numbers: Lua's hexadecimal ones are none of ours, and may be a slip.
local function is_hexadecimal(value) return type(value) == "string" and value:find "[xX]" ~= nil end

local function number_of(value) return not is_hexadecimal(value) and tonumber(value) or nil end

-- Each reads a text or a value of the right kind: the value, or nil and what is wanted.
local read = {}

function read.number(value)
  local number = number_of(value)
  if number and finite(number) then return number + 0.0 end
  return nil, "a number"
end

function read.integer(value)
  local number = math.tointeger(number_of(value))
  if number then return number end
  return nil, "a whole number"
end

function read.decimal(value)
  if c.is_decimal(value) then return value end
  if math.type(value) == "float" then return nil, "an exact number: text or neap.decimal" end
  local number = decimal.parse(tostring(value))
  if number then return number end
  return nil, "a decimal number"
end

function read.boolean(value)
  if type(value) == "boolean" then return value end
  if value == "true" then return true end
  if value == "false" then return false end
  return nil, "true or false"
end

function read.string(value)
  if type(value) == "string" then return value end
  return nil, "text"
end

function read.duration(value)
  local ns = type(value) == "string" and c.duration(value)
  if ns and ns > 0 then return value end
  return nil, "a duration like 90s, 5m, 4h, 1d"
end

function read.time(value)
  if math.type(value) == "integer" then return value end
  local ns = type(value) == "string" and c.time(value)
  if ns then return ns end
  return nil, "a time like 2024-01-31T12:00Z"
end

function read.product(value)
  if type(value) == "string" and #value < 40 and value:find "^[%w.]+%-[%w.-]+$" then return value end
  return nil, "a product like BTC-USD"
end

-- What durations are compared by.
local function measure(kind, value)
  if kind == "duration" then return c.duration(value) end
  return value
end

local function infer(default)
  if math.type(default) then return math.type(default) == "integer" and "integer" or "number" end
  if c.is_decimal(default) then return "decimal" end
  return type(default)
end

local ORDERED = { number = true, integer = true, decimal = true, duration = true, time = true }

local function below(kind, a, b) return measure(kind, a) < measure(kind, b) end

local function is_on_step(param, value)
  local start = param.min or param.default
  if param.kind == "decimal" then
    local steps = ((value - start) / param.step)
    return steps == steps:round(0)
  end
  local steps = (value - start) / param.step
  return math.abs(steps - math.floor(steps + 0.5)) < 1e-9
end

local function is_choice(param, value)
  for _, choice in ipairs(param.choices) do
    if choice == value then return true end
  end
  return false
end

local function texts_of(values)
  local texts = {}
  for index, value in ipairs(values) do texts[index] = tostring(value) end
  return texts
end

-- nil when the value may be; else what is wrong, and the nearest that may be.
local function complaint(param, value)
  local kind = param.kind
  if param.min and below(kind, value, param.min) then
    return ("%s is below its minimum %s"):format(value, param.min), tostring(param.min)
  elseif param.max and below(kind, param.max, value) then
    return ("%s is above its maximum %s"):format(value, param.max), tostring(param.max)
  elseif param.choices and not is_choice(param, value) then
    local texts = texts_of(param.choices)
    return ("'%s' is not one of %s"):format(value, table.concat(texts, ", ")), c.nearest(tostring(value), texts)
  elseif param.step and not is_on_step(param, value) then
    return ("%s is not on a step of %s from %s"):format(value, param.step, param.min or param.default)
  end
end

local function check_keys(name, entry, refuse)
  for key in pairs(entry) do
    if key ~= 1 then
      local known = false
      for _, word in ipairs(KEYS) do known = known or word == key end
      local nearest = type(key) == "string" and c.nearest(key, KEYS)
      if not known then
        refuse("params.%s: unknown key '%s'%s", name, tostring(key),
          nearest and ("; did you mean '%s'?"):format(nearest) or "; known: " .. table.concat(KEYS, ", "))
      end
    end
  end
end

local function read_kind(name, entry, refuse)
  local kind = entry.type or infer(entry[1])
  if read[kind] then return kind end
  local nearest = type(kind) == "string" and c.nearest(kind, TYPES)
  return refuse("params.%s: unknown type '%s'; %s", name, tostring(kind),
    nearest and ("did you mean '%s'?"):format(nearest) or "known: " .. table.concat(TYPES, ", "))
end

-- The value of one key of the declaration in the parameter's own type.
local function read_key(name, key, kind, value, refuse)
  if value == nil then return nil end
  local typed, wanted = read[kind](value)
  if typed == nil then refuse("params.%s: %s must be %s, not %s", name, key, wanted, tostring(value)) end
  return typed
end

local function read_choices(name, kind, choices, refuse)
  if choices == nil then return nil end
  if type(choices) ~= "table" or #choices == 0 then refuse("params.%s: choices must be a list", name) end
  local typed = {}
  for index, choice in ipairs(choices) do typed[index] = read_key(name, "a choice", kind, choice, refuse) end
  return typed
end

local function declare_one(name, entry, refuse)
  if type(entry) ~= "table" then entry = { entry } end
  if entry[1] == nil then refuse("params.%s has no default: %s = { default, … }", name, name) end
  check_keys(name, entry, refuse)
  local kind = read_kind(name, entry, refuse)
  local param = { name = name, kind = kind, doc = entry.doc }
  param.default = read_key(name, "the default", kind, entry[1], refuse)
  for _, key in ipairs { "min", "max" } do
    if entry[key] ~= nil and not ORDERED[kind] then refuse("params.%s: %s has no meaning for %s", name, key, kind) end
    param[key] = read_key(name, key, kind, entry[key], refuse)
  end
  if entry.step ~= nil and kind ~= "number" and kind ~= "integer" and kind ~= "decimal" then
    refuse("params.%s: step has no meaning for %s", name, kind)
  end
  param.step = read_key(name, "step", kind, entry.step, refuse)
  if param.step and param.step <= param.step - param.step then refuse("params.%s: step must be over 0", name) end
  param.choices = read_choices(name, kind, entry.choices, refuse)
  local wrong = complaint(param, param.default)
  if wrong then refuse("params.%s: the default %s", name, wrong) end
  return param
end

-- A list of parameters in the order of their names.
function parameters.declare(declared, refuse)
  if type(declared) ~= "table" then refuse("params must be a table, not %s", type(declared)) end
  local list = {}
  for name, entry in pairs(declared) do
    if type(name) ~= "string" or not name:find "^[%a_][%w_]*$" then
      refuse("params: '%s' is no name for a parameter", tostring(name))
    end
    list[#list + 1] = declare_one(name, entry, refuse)
  end
  table.sort(list, function(a, b) return a.name < b.name end)
  return list
end

local function names_of(list)
  local names = {}
  for index, param in ipairs(list) do names[index] = param.name end
  return names
end

local function find(list, name)
  for _, param in ipairs(list) do
    if param.name == name then return param end
  end
end

local function unknown(list, name)
  local names = names_of(list)
  local nearest = c.nearest(name, names)
  local known = #names > 0 and "it has " .. table.concat(names, ", ") or "it has none"
  local message = nearest and ("unknown parameter '%s'; did you mean '%s'?"):format(name, nearest)
    or ("unknown parameter '%s'; %s"):format(name, known)
  return { code = "unknown_parameter", message = message, nearest = nearest }
end

local function bad(name, message, nearest)
  return { code = "bad_parameter", message = ("parameter %s: %s"):format(name, message), nearest = nearest }
end

-- What a hexadecimal text may have meant, as the kind has it.
local function meant(kind, text)
  local number = is_hexadecimal(text) and tonumber(text)
  if not number or not finite(number) then return nil end
  if kind == "integer" then return math.tointeger(number) and tostring(math.tointeger(number)) end
  return (kind == "number" or kind == "decimal") and ("%.16g"):format(number) or nil
end

-- name → value, from { { name, text }, … }; or nil and the refusal.
function parameters.set(list, texts)
  local values, given = {}, {}
  for _, param in ipairs(list) do values[param.name] = param.default end
  for _, pair in ipairs(texts) do
    local name, text = pair[1], pair[2]
    local param = find(list, name)
    if not param then return nil, unknown(list, name) end
    if given[name] then return nil, bad(name, "it is given twice") end
    given[name] = true
    local value, wanted = read[param.kind](text)
    if value == nil then
      local near = meant(param.kind, text)
      local hint = near and ("; did you mean %s?"):format(near) or ""
      return nil, bad(name, ("%s is wanted, not '%s'%s"):format(wanted, text, hint), near)
    end
    local wrong, nearest = complaint(param, value)
    if wrong then return nil, bad(name, wrong, nearest) end
    values[name] = value
  end
  return values
end

-- "params fast 20, hold 30m, side long"
local function line(record)
  local parts = {}
  for index, param in ipairs(record) do
    local value = param[2] == "time" and c.time_text(param[3]) or tostring(param[3])
    parts[index] = param[1] .. " " .. value
  end
  return #parts > 0 and "params " .. table.concat(parts, ", ") or "params (none)"
end

-- The read-only table of the values, and the list { name, kind, value } for the record.
function parameters.view(list, values)
  local record, names = {}, names_of(list)
  for index, param in ipairs(list) do record[index] = { param.name, param.kind, values[param.name] } end
  local function get(_, name)
    local value = values[name]
    if value ~= nil then return value end
    local nearest = type(name) == "string" and c.nearest(name, names)
    local hint = nearest and ("; did you mean '%s'?"):format(nearest) or ""
    error(("params has no '%s'%s"):format(tostring(name), hint), 2)
  end
  local function set() error("params are read-only", 2) end
  local function each() return pairs(values) end
  local function text() return line(record) end
  return setmetatable({}, { __index = get, __newindex = set, __pairs = each, __tostring = text,
    __metatable = "params" }), record
end

return parameters
