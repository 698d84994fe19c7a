-- SPDX-License-Identifier: MIT
-- What a spec says of a run: run:expect_order { side = "buy" } … Each raises at the spec's line, with what there is.
local blame = require "neap.base.blame"
local clock = require "neap.clock"
local decimal = require "neap.decimal"
local lists = require "neap.base.lists"
local slip = require "neap.base.slip"

local expect = {}

local SHOWN = 10

local function fail(message, ...) error(message:format(...), 0) end

local function set(words)
  local found = {}
  for word in words:gmatch "%S+" do found[word] = true end
  return found
end

-- By kind: the list of a run, the fields that may be asked for, which of them a line shows.
local KINDS = {
  order = {
    list = "orders",
    fields = set [[number side type product status accepted quantity notional fraction limit stop stop_loss take_profit
      trail_bps trailing_stop_bps time_in_force good_till post_only reduce_only why tag parent engine reason filled
      average_price fees time id]],
    shown = { "number", "side", "type", "product", "quantity", "notional", "fraction", "limit", "stop", "status",
      "reason", "filled", "average_price", "why", "tag", "time" },
  },
  fill = {
    list = "fills",
    fields = set "number side product price quantity notional fee liquidity realized position cash why tag time trade",
    shown = { "number", "side", "product", "quantity", "price", "fee", "position", "why", "time" },
  },
  trade = {
    list = "trades",
    fields = set "product side quantity entry_time exit_time entry_price exit_price pnl fees",
    shown = { "side", "product", "quantity", "entry_time", "entry_price", "exit_time", "exit_price", "pnl" },
  },
}

local function text(name, value)
  if name:find "time$" and math.type(value) == "integer" then return clock.format(value) end
  if type(value) == "table" then return value.code or "?" end
  return (name == "why" or name == "tag") and ("%q"):format(value) or tostring(value)
end

local function line(item, names)
  local parts = {}
  for _, name in ipairs(names) do
    if item[name] ~= nil then parts[#parts + 1] = name .. " " .. text(name, item[name]) end
  end
  return table.concat(parts, ", ")
end

local function inventory(list, kind)
  if #list == 0 then return ("there is no %s"):format(kind) end
  local lines = { ("there %s %d:"):format(#list == 1 and "is" or "are", #list) }
  for i = 1, math.min(#list, SHOWN) do lines[#lines + 1] = "  " .. line(list[i], KINDS[kind].shown) end
  if #list > SHOWN then lines[#lines + 1] = ("  … and %d more"):format(#list - SHOWN) end
  return table.concat(lines, "\n")
end

-- The decimal that is meant; a float is taken at 12 digits.
local function exact(name, value)
  if decimal.is_decimal(value) then return value end
  local written = math.type(value) == "float" and ("%.12f"):format(value) or tostring(value)
  local number, err = decimal.parse(written)
  return number or fail("%s: %s", name, err.message)
end

local function is_equal(name, wanted, value)
  if wanted == false then return not value end -- a flag that is not set is absent
  if decimal.is_decimal(value) then return exact(name, wanted) == value end
  if type(value) == "table" then return wanted == value.code end
  if name:find "time$" and type(wanted) == "string" and math.type(value) == "integer" then
    return clock.parse(wanted) == value
  end
  return wanted == value
end

local function matches(item, wanted)
  for name, value in pairs(wanted) do
    if not is_equal(name, value, item[name]) then return false end
  end
  return true
end

local function check(wanted, kind, what)
  if type(wanted) ~= "table" then fail("%s takes a table of fields, not %s", what, type(wanted)) end
  local wrong = slip(wanted, KINDS[kind].fields, "field")
  if wrong then fail("%s: %s", what, wrong) end
end

local function first(run, kind, wanted, what)
  check(wanted, kind, what)
  for _, item in ipairs(run[KINDS[kind].list]) do
    if matches(item, wanted) then return item end
  end
end

local function description(kind, wanted)
  local asked = line(wanted, lists.sorted_keys(wanted))
  return asked == "" and kind or kind .. " with " .. asked
end

for kind, facts in pairs(KINDS) do
  -- The first that has these fields.
  expect["expect_" .. kind] = blame(function(run, wanted)
    local found = first(run, kind, wanted, "expect_" .. kind)
    return found or fail("no %s; %s", description(kind, wanted), inventory(run[facts.list], kind))
  end)

  expect["expect_no_" .. kind] = blame(function(run, wanted)
    wanted = wanted or {}
    local found = first(run, kind, wanted, "expect_no_" .. kind)
    if found then fail("there is a %s: %s", description(kind, wanted), line(found, facts.shown)) end
  end)
end

local function rejected(run)
  local count = 0
  for _, order in ipairs(run.orders) do count = count + (order.status == "rejected" and 1 or 0) end
  return count
end

-- run:expect_counts { orders = 2, fills = 2, trades = 1, rejected = 0 }: any of them.
expect.expect_counts = blame(function(run, wanted)
  local counts = { orders = #run.orders, fills = #run.fills, trades = #run.trades, rejected = rejected(run) }
  if type(wanted) ~= "table" then fail("expect_counts takes a table of counts, not %s", type(wanted)) end
  local wrong = slip(wanted, counts, "count")
  if wrong then fail("expect_counts: %s", wrong) end
  for _, name in ipairs(lists.sorted_keys(wanted)) do
    local kind = name == "rejected" and "order" or name:sub(1, -2)
    if counts[name] ~= wanted[name] then
      fail("%s %s expected, not %d; %s", tostring(wanted[name]), name, counts[name],
        inventory(run[KINDS[kind].list], kind))
    end
  end
end)

-- What is held of a product at the end; signed.
local function held(run, product)
  local position = decimal.new(0)
  for _, fill in ipairs(run.fills) do
    if not product or fill.product == product then position = fill.position end
  end
  return position
end

local function only_product(run, product, what)
  if product or #run.data == 1 then return product or run.data[1].product end
  fail("%s: which product? The run has %d", what, #run.data)
end

-- run:expect_position("0.5"), or with a product where there are several.
expect.expect_position = blame(function(run, quantity, product)
  product = only_product(run, product, "expect_position")
  local position = held(run, product)
  if position ~= exact("expect_position", quantity) then
    fail("a position of %s %s expected, not %s; %s", tostring(quantity), product, tostring(position),
      inventory(run.fills, "fill"))
  end
end)

-- Nothing is held of any product.
expect.expect_flat = blame(function(run)
  for _, data in ipairs(run.data) do
    local position = held(run, data.product)
    if not position:is_zero() then
      fail("no position expected, but %s %s is held; %s", tostring(position), data.product,
        inventory(run.fills, "fill"))
    end
  end
end)

-- The first log line that contains the words.
expect.expect_log = blame(function(run, words)
  local seen = {}
  for i, entry in ipairs(run.log) do
    if entry.text:find(words, 1, true) then return entry end
    seen[i] = "\n  " .. entry.level .. ": " .. entry.text
  end
  fail("no log line with %q; there %s", words, #seen == 0 and "is none" or "are:" .. table.concat(seen, "", 1,
    math.min(#seen, SHOWN)))
end)

return expect
