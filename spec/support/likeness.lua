-- SPDX-License-Identifier: MIT
-- Whether an answer has the shape of an example: its members, their JSON types, words of the venue's enumerations.
-- Values differ and are not compared. Where the examples themselves disagree, what they disagree on is accepted.
local json = require "neap.json"
local decimal = require "neap.decimal"

local likeness = {}

-- Texts that look like amounts or times by chance: any text will do.
local ANY_TEXT = { "id$", "uuid$", "^cursor$", "^sequence$", "^name$", "^start$", "symbol$", "^message$", "details$",
  "description$", "title$", "text$", "^contract_", "display_name", "_name$", "^expiry$", "^expiration_time$", "url$",
  "_code", "^min_size$", "^code$", "cancel_reason" }
-- Members that are null where there is nothing to tell, though an example has something.
local MAY_BE_NULL = { deleted_at = true, last_fill_time = true, margin_rate = true, goods_and_services_tax = true,
  fcm_trading_session_details = true, new_at = true, pagination = true, funding_time = true, funding_interval = true,
  edit_history = true, contract_expiry = true }
-- Numbers in some examples, texts in others; flags as texts.
local NUMBER_OR_TEXT = { total_balance_fiat = true, total_balance_crypto = true, available_to_trade_fiat = true,
  allocation = true, one_day_change = true, scale = true, base_size = true, heartbeat_counter = true, deleted = true }

-- The enumeration of a member, wherever it stands; a rule of the case goes before.
local ENUMS = { order_type = "OrderType", time_in_force = "TimeInForceType", trigger_status = "StopTriggerStatus",
  reject_reason = "RejectReason", order_placement_source = "OrderPlacementSource", margin_type = "MarginType",
  product_type = "ProductType", contract_expiry_type = "ContractExpiryType", product_venue = "ProductVenue",
  liquidity_indicator = "LiquidityIndicator", trade_type = "TradeType",
  new_order_failure_reason = "NewOrderFailureReason",
  preview_failure_reason = "PreviewFailureReason", failure_reason = "CancelOrderFailureReason",
  edit_failure_reason = "EditOrderFailureReason", edit_order_failure_reason = "EditOrderFailureReason",
  margin_window_type = "FCMMarginWindowType", margin_level = "MarginLevel", risk_managed_by = "RiskManagedBy",
  portfolio_type = "PortfolioType", stop_direction = "StopDirection", side = "OrderSide", order_side = "OrderSide" }

local function is_any_text(state, name)
  if state.rules.any and state.rules.any[name] then return true end
  for _, pattern in ipairs(ANY_TEXT) do
    if name:find(pattern) then return true end
  end
  return false
end

local function kind_of(value)
  local kind = math.type(value) and "number" or type(value)
  if value == json.null then return "null" end
  if kind == "table" then return value[1] ~= nil and "array" or next(value) ~= nil and "object" or "empty" end
  return kind == "userdata" and "number" or kind
end

local function text_kind(text)
  if text == "" then return "nothing" end
  if decimal.parse(text) then return "amount" end
  return text:match "^%d%d%d%d%-%d%d%-%d%dT%d%d:%d%d:%d%d" and "time" or "text"
end

local function is_money(value) return type(value) == "table" and value.value ~= nil and value.currency ~= nil end

local function has(list, word)
  for _, known in ipairs(list) do
    if known == word then return true end
  end
  return false
end

local compare

local function note(state, path, text, ...) state.found[#state.found + 1] = path .. ": " .. text:format(...) end

local function compare_words(state, path, name, example, ours)
  local words = state.rules.enums and state.rules.enums[name]
  if words == nil then words = ENUMS[name] end
  if not words or ours == "" or ours == example then return end
  local list = type(words) == "table" and words or state.enums[words]
  if not has(list, ours) then note(state, path, "'%s' is no %s", ours, tostring(words)) end
end

local function compare_texts(state, path, name, example, ours)
  local want, got = text_kind(example), text_kind(ours)
  compare_words(state, path, name, example, ours)
  if want == "nothing" or got == "nothing" or want == got or is_any_text(state, name) then return end
  if want == "text" and example == "string" then return end
  note(state, path, "'%s' is no %s, as '%s' is", ours, want, example)
end

-- Of the orders' configurations one stands, and an order says its size one way.
local function compare_configurations(state, path, example, ours)
  local count = 0
  for key, value in pairs(ours) do
    count = count + 1
    if not has(state.enums.OrderConfigurationKeys, key) then note(state, path, "'%s' is no configuration", key) end
    for member, given in pairs(example[key] or {}) do
      if value[member] ~= nil then compare(state, path .. "." .. key .. "." .. member, member, given, value[member]) end
    end
  end
  if count ~= 1 then note(state, path, "%d configurations", count) end
end

local function compare_objects(state, path, example, ours)
  local names = {}
  for name in pairs(example) do names[#names + 1] = name end
  table.sort(names)
  for _, name in ipairs(names) do
    local at = path == "" and name or path .. "." .. name
    if ours[name] ~= nil then
      compare(state, at, name, example[name], ours[name])
    elseif not (state.rules.absent and state.rules.absent[name]) then
      note(state, at, "is absent")
    end
  end
end

-- Each item of ours is like one of the example's.
local function compare_arrays(state, path, name, example, ours)
  for i, item in ipairs(ours) do
    local best
    for _, like in ipairs(example) do
      local try = { found = {}, rules = state.rules, enums = state.enums }
      compare(try, ("%s[%d]"):format(path, i), name, like, item)
      if not best or #try.found < #best then best = try.found end
    end
    table.move(best, 1, #best, #state.found + 1, state.found)
  end
end

local function compare_tables(state, path, name, example, ours)
  local want, got = kind_of(example), kind_of(ours)
  local may_be_empty = state.rules.empty and state.rules.empty[name]
  if name == "order_configuration" then return compare_configurations(state, path, example, ours) end
  if got == "empty" and want ~= "empty" and not may_be_empty then
    return note(state, path, "is empty, and so not compared")
  end
  if want == "object" and got == "array" and state.rules.either and state.rules.either[name] then
    return compare_arrays(state, path, name, { example }, ours)
  end
  if want == "array" and got == "object" or want == "object" and got == "array" then
    return note(state, path, "is an %s, not an %s", got, want)
  end
  if want == "array" and got == "array" then compare_arrays(state, path, name, example, ours) end
  if want == "object" then compare_objects(state, path, example, ours) end
end

-- true where two kinds are the same to a client.
local function are_alike(state, name, example, ours)
  if example == json.null then return true end
  if ours == json.null then return MAY_BE_NULL[name] or state.rules.null and state.rules.null[name] end
  local loose = NUMBER_OR_TEXT[name] or state.rules.loose and state.rules.loose[name]
  if loose and type(example) ~= "table" and type(ours) ~= "table" then return true end
  return state.rules.plain_money and (is_money(example) and type(ours) == "string" and text_kind(ours) == "amount"
    or is_money(ours) and type(example) == "string")
end

function compare(state, path, name, example, ours)
  if are_alike(state, name, example, ours) then return end
  if type(example) == "table" and example ~= json.null and type(ours) == "table" and ours ~= json.null then
    return compare_tables(state, path, name, example, ours)
  end
  local want, got = kind_of(example), kind_of(ours)
  if want ~= got then return note(state, path, "is %s, not %s", got, want) end
  if want == "string" then compare_texts(state, path, name, example, ours) end
end

-- What `ours` lacks of `example`, a list of texts. rules: enums (member to the name of an enumeration, a list of words,
-- or false: none); sets of members that may be absent, empty, null, of another kind of scalar (loose), any text (any),
-- a list of what the example has one of (either); plain_money ("1" may stand for {value, currency}). enums:
-- vectors/enums.json.
function likeness.differences(example, ours, rules, enums)
  local state = { found = {}, rules = rules or {}, enums = enums }
  compare(state, "", "", example, ours)
  return state.found
end

return likeness
