-- SPDX-License-Identifier: MIT
-- Reads the data of an order policy: names, types and values are checked, all problems are told at once.
local decimal = require "neap.decimal"
local lists = require "neap.base.lists"
local nearest = require "neap.base.nearest"

local definition = {}

local TYPES = { "market", "limit", "stop", "stop_limit", "trailing_stop" }
local TIMES = { "gtc", "gtd", "ioc", "fok" }
local SUPPORTS = { "supported", "gated", "unsupported" }

-- What is not said: zero is no bound.
local SYMBOL = { min_order_size = "amount", max_order_size = "amount", size_increment = "amount",
  price_increment = "amount", max_position_size = "amount", max_daily_volume = "amount",
  spread_threshold_bps = "amount", trading_enabled = "flag", reduce_only_mode = "flag", requires_post_only = "flag" }
local SYMBOL_DEFAULTS = { size_increment = "0.001", price_increment = "0.001", trading_enabled = true }

local CAPABILITY = { type = TYPES, time_in_force = TIMES, support = SUPPORTS, post_only = "flag", reduce_only = "flag",
  min_quantity = "amount", max_quantity = "amount", max_notional = "amount", rate_per_minute = "count" }
local CAPABILITY_DEFAULTS = { support = "supported", post_only = true, reduce_only = true, rate_per_minute = 60 }

local POLICY = { doc = "text", paper = "flag", capabilities = "list", symbols = "map" }

-- The value as it is kept, or nil and what is wrong with it.
local function read_value(kind, value)
  if type(kind) == "table" then
    if lists.has(kind, value) then return value end
    return nil, "is one of " .. table.concat(kind, ", ")
  elseif kind == "flag" then
    if type(value) == "boolean" then return value end
    return nil, "is true or false"
  elseif kind == "count" then
    if math.type(value) == "integer" and value >= 1 then return value end
    return nil, "is a whole number from 1"
  end
  local is_float = math.type(value) == "float"
  local amount = not is_float and type(value) ~= "boolean" and value ~= nil and decimal.parse(tostring(value))
  if not amount or amount < 0 then return nil, "is an amount of zero or more, as text or an integer" end
  return amount
end

local function read_entry(known, defaults, entry, where, problems)
  local out = {}
  for name, value in pairs(defaults) do out[name] = read_value(known[name], value) end
  for _, name in ipairs(lists.sorted_keys(entry)) do
    if not known[name] then
      local near = nearest(tostring(name), lists.sorted_keys(known))
      problems[#problems + 1] = ("%s: '%s' is not known%s"):format(where, tostring(name),
        near and (", did you mean '%s'?"):format(near) or "")
    else
      local value, wrong = read_value(known[name], entry[name])
      if wrong then problems[#problems + 1] = ("%s: %s %s"):format(where, name, wrong) end
      out[name] = value
    end
  end
  return out
end

local function check_bounds(entry, least, most, where, problems)
  local low, high = entry[least], entry[most]
  if low and high and not high:is_zero() and low > high then
    problems[#problems + 1] = ("%s: %s %s is over %s %s"):format(where, least, tostring(low), most, tostring(high))
  end
end

local function read_capabilities(list, problems)
  local out, seen = {}, {}
  for i, entry in ipairs(list) do
    local where = ("capability %d"):format(i)
    local read = read_entry(CAPABILITY, CAPABILITY_DEFAULTS, type(entry) == "table" and entry or {}, where, problems)
    local kind = ("%s/%s"):format(read.type, read.time_in_force)
    for _, name in ipairs { "type", "time_in_force" } do
      if not read[name] then problems[#problems + 1] = ("%s: %s is needed"):format(where, name) end
    end
    if seen[kind] then problems[#problems + 1] = ("%s: %s stands twice"):format(where, kind) end
    check_bounds(read, "min_quantity", "max_quantity", where, problems)
    seen[kind], out[i] = true, read
  end
  return out
end

local function read_symbols(map, problems)
  local out = {}
  for _, product in ipairs(lists.sorted_keys(map)) do
    local entry = type(map[product]) == "table" and map[product] or {}
    local read = read_entry(SYMBOL, SYMBOL_DEFAULTS, entry, tostring(product), problems)
    read.product = tostring(product)
    read.min_order_size = read.min_order_size or read.size_increment
    check_bounds(read, "min_order_size", "max_order_size", read.product, problems)
    for _, name in ipairs { "size_increment", "price_increment" } do
      if read[name] and read[name]:is_zero() then
        problems[#problems + 1] = ("%s: %s is over zero"):format(read.product, name)
      end
    end
    out[#out + 1] = read
  end
  return out
end

-- { paper =, capabilities = list, symbols = list } with every default filled in; and the list of problems.
function definition.read(data)
  local problems = {}
  if type(data) ~= "table" then return {}, { "a policy is a table" } end
  for _, name in ipairs(lists.sorted_keys(data)) do
    if not POLICY[name] then
      local near = nearest(tostring(name), lists.sorted_keys(POLICY))
      problems[#problems + 1] = ("'%s' is not known%s"):format(tostring(name),
        near and (", did you mean '%s'?"):format(near) or "")
    end
  end
  if data.paper ~= nil and type(data.paper) ~= "boolean" then problems[#problems + 1] = "paper is true or false" end
  for _, name in ipairs { "capabilities", "symbols" } do
    if type(data[name]) ~= "table" then problems[#problems + 1] = name .. " is a table" end
  end
  return { doc = data.doc, paper = data.paper == true,
    capabilities = read_capabilities(type(data.capabilities) == "table" and data.capabilities or {}, problems),
    symbols = read_symbols(type(data.symbols) == "table" and data.symbols or {}, problems) }, problems
end

return definition
