-- SPDX-License-Identifier: MIT
-- The options of a back-test and of a session: read, checked, made exact. What a person got wrong comes back as a
-- fault; misuse of the table raises.
local clock = require "neap.clock"
local decimal = require "neap.decimal"
local fault = require "neap.base.fault"
local fee_tiers = require "neap.fees"
local latency = require "neap.backtest.latency"
local lists = require "neap.base.lists"
local nearest = require "neap.base.nearest"
local order_policies = require "neap.order_policy"
local slip = require "neap.base.slip"

local sorted_keys = lists.sorted_keys

local options_of = {}

-- Each option with its default; false: none. docs/reference/backtest.md says what they mean.
local defaults = {
  strategy = false, data = false, params = {}, products = {}, cash = 10000, fee_bps = 10, maker_fee_bps = false,
  fees = "flat", fee_tier = false,
  slippage = false, slippage_bps = 0, impact = "0.1", volume_share = 0, engine = false, close_at_end = "no",
  bad_bars = "refuse", from = false, to = false, store = false, profile = "backtest", seed = 1, env = false,
  risk_path = false, on_log = false, on_progress = false, ack_fd = false, set = {}, trades = {}, bars = "1s",
  order_policy = false, latency_ms = 5, queue = "risk_averse",
}

-- What a session takes besides; docs/reference/session.md.
local of_a_session = {
  strategies = false, operator_cash = false, mode = "paper", resume = false, snapshot_every = false, dry_run = false,
  history = false, broker = false, alerts = false, external = false, outside = false, configuration = false,
  policy = false,
}

local function merged(a, b)
  local all = {}
  for key, value in pairs(a) do all[key] = value end
  for key, value in pairs(b) do all[key] = value end
  return all
end

options_of.words = { backtest = defaults, session = merged(defaults, of_a_session) }

local types = {
  params = "table", products = "table", env = "table", on_log = "function", on_progress = "function", store = "string",
  risk_path = "string", set = "table", profile = "string", strategies = "table", mode = "string", resume = "boolean",
  dry_run = "boolean", history = "boolean", broker = "table", trades = "table", outside = "table",
  configuration = "table", policy = "userdata",
}

-- Raises with no place; the entry names the line of its caller.
local function misuse(message, ...) error(message:format(...), 0) end
options_of.misuse = misuse

local function check_types(all)
  for _, key in ipairs(sorted_keys(types)) do
    local value = all[key]
    if value and type(value) ~= types[key] then misuse("%s is a %s, not a %s", key, types[key], type(value)) end
  end
  for _, key in ipairs { "seed", "ack_fd", "snapshot_every", "fee_tier" } do
    if all[key] and math.type(all[key]) ~= "integer" then misuse("%s is a whole number, not '%s'", key, all[key]) end
  end
  if all.ack_fd and (all.ack_fd < 1 or all.ack_fd > 0x7fffffff) then
    misuse("ack_fd is the number of an open file, not %s", all.ack_fd)
  end
  if all.ack_fd and not all.store then misuse "ack_fd needs a store" end
  for _, key in ipairs { "store", "risk_path", "strategy" } do
    if type(all[key]) == "string" and all[key]:find("\0", 1, true) then misuse("%s: a path has no zero byte", key) end
  end
  if not all.outside and type(all.data) ~= "string" and type(all.data) ~= "table" then
    misuse "data is a path, or a table of paths or bars by product"
  end
  local policy = all.order_policy
  if policy and type(policy) ~= "string" and not order_policies.is(policy) then
    misuse("order_policy is a path, or a policy of neap.order_policy, not a %s", type(policy))
  end
  for id, facts in pairs(all.products) do
    if type(id) ~= "string" then misuse "products is a table of facts by product" end
    if type(facts) ~= "string" and type(facts) ~= "table" then misuse("products['%s']: facts are a table", id) end
  end
end

local function check_params(params, what)
  for key, value in pairs(params) do
    local kind = type(value)
    if type(key) ~= "string" then misuse("%s is a table of values by name", what) end
    if kind == "table" or kind == "function" then
      misuse("%s.%s is a %s; text or a number is meant", what, key, kind)
    end
  end
end

local entry_words = { strategy = true, cash = true, params = true }

local function check_entry(entry, what)
  if type(entry) ~= "table" then misuse("%s is a table { strategy =, cash =, params = }", what) end
  local wrong = slip(entry, entry_words, "word")
  if wrong then misuse("%s: %s", what, wrong) end
  if type(entry.strategy) ~= "string" then misuse("%s: strategy is the path of a strategy file", what) end
  if entry.params and type(entry.params) ~= "table" then misuse("%s: params is a table", what) end
  check_params(entry.params or {}, what .. ": params")
end

-- The strategies as a list of { strategy =, cash = (nil: the session's), params = }.
local function list_strategies(all, given)
  if not all.strategies then
    if not all.strategy then return {} end
    if type(all.strategy) ~= "string" then misuse "strategy is the path of a strategy file" end
    return { { strategy = all.strategy, params = all.params } }
  end
  if all.strategy then misuse "strategy and strategies exclude each other" end
  if given.params then misuse "params belong to each of the strategies: { strategy =, params = }" end
  for i, entry in ipairs(all.strategies) do
    local what = ("strategies[%d]"):format(i)
    check_entry(entry, what)
    if not entry.cash and #all.strategies > 1 then misuse("%s: cash is missing: its part of the money", what) end
    if entry.cash and given.cash then misuse "cash: each of the strategies has its own" end
  end
  return all.strategies
end

-- `what` is "backtest" or "session": whose words they are.
function options_of.check(given, what)
  local words = options_of.words[what]
  if type(given) ~= "table" then misuse "a table of options is wanted" end
  local wrong = slip(given, words, "option")
  if wrong then misuse("%s", wrong) end
  local all = {}
  for key, value in pairs(words) do
    if given[key] ~= nil then all[key] = given[key] else all[key] = value end
  end
  if what == "backtest" and type(all.strategy) ~= "string" then misuse "strategy is the path of a strategy file" end
  check_types(all)
  check_params(all.params, "params")
  check_params(all.set, "set")
  all.list, all.has_cash = list_strategies(all, given), given.cash ~= nil
  all.has_rate = given.fee_bps ~= nil or given.maker_fee_bps ~= nil
  return all
end

local function to_decimal(options, name, what, least)
  local value = options[name]
  name = what or name
  if math.type(value) == "float" and math.abs(value) < 1e22 then value = decimal.from_float(value, 12) end
  local number, err = decimal.parse(tostring(value))
  if not number then return nil, fault("not_a_number", ("%s: %s"):format(name, err.message)) end
  if number < (least or 0) then
    local words = least and "%s is at least " .. least .. ": %s" or "%s cannot be negative: %s"
    return nil, fault("out_of_range", words:format(name, number))
  end
  return number
end

local function to_time(options, name)
  local value = options[name]
  if not value then return 0 end
  if math.type(value) == "integer" then return value end
  local ns, err = clock.parse(tostring(value))
  if not ns then return nil, fault("not_a_time", ("%s: %s"):format(name, err.message)) end
  return ns
end

-- The length of the bars that a recording's trades make.
local function to_bars(options)
  local ns, err = clock.parse_duration(tostring(options.bars))
  if not ns then return nil, fault("not_a_time", "bars: " .. err.message) end
  if ns <= 0 then return nil, fault("out_of_range", "bars have a length of more than zero") end
  return ns
end

local function check_choice(options, name, choices)
  if lists.has(choices, options[name]) then return true end
  return nil, fault("not_a_choice", ("%s: '%s' is not one of %s"):format(name, tostring(options[name]),
    table.concat(choices, ", ")), nil, nearest(tostring(options[name]), choices))
end

-- Sets entry.amount of each strategy, and the operator's; gives the sum.
local function allot(options, amounts)
  local sum, err = decimal.new(0), nil
  for i, entry in ipairs(options.list) do
    local amount = amounts.cash
    if entry.cash then amount, err = to_decimal(entry, "cash", ("strategies[%d].cash"):format(i)) end
    if not amount then return nil, err end
    entry.amount, sum = amount, sum + amount
  end
  if options.operator_cash then
    amounts.operator_cash, err = to_decimal(options, "operator_cash")
    if not amounts.operator_cash then return nil, err end
  elseif #options.list == 0 then
    amounts.operator_cash = amounts.cash
  end
  return sum + (amounts.operator_cash or 0)
end

-- Money, rates and times of the options, exact; nil and a fault at the first that cannot be read.
function options_of.amounts(options)
  local amounts, err = {}
  for _, name in ipairs { "cash", "fee_bps", "slippage_bps", "impact", "volume_share" } do
    amounts[name], err = to_decimal(options, name)
    if not amounts[name] then return nil, err end
  end
  amounts.maker_fee_bps = amounts.fee_bps
  if options.maker_fee_bps then
    amounts.maker_fee_bps, err = to_decimal(options, "maker_fee_bps", nil, -10000) -- below zero: the venue pays
    if not amounts.maker_fee_bps then return nil, err end
  end
  amounts.initial, err = allot(options, amounts)
  if not amounts.initial then return nil, err end
  if amounts.cash:is_zero() then return nil, fault("out_of_range", "cash must be above zero") end
  if amounts.volume_share > 1 then
    return nil, fault("out_of_range", ("volume_share is a fraction from 0 to 1, not %s"):format(amounts.volume_share))
  end
  for _, name in ipairs { "fee_bps", "slippage_bps", "maker_fee_bps" } do
    if amounts[name] > 10000 then
      return nil, fault("out_of_range", ("%s is at most 10000 basis points, not %s"):format(name, amounts[name]))
    end
  end
  for _, name in ipairs { "from", "to" } do
    amounts[name], err = to_time(options, name)
    if not amounts[name] then return nil, err end
  end
  if options.from and options.to and amounts.from >= amounts.to then
    return nil, fault("out_of_range", ("from %s is not before to %s"):format(clock.format(amounts.from),
      clock.format(amounts.to)))
  end
  if options.to and amounts.to == 0 then amounts.to = -1 end -- 0 is no end at all for the core
  amounts.bars, err = to_bars(options)
  if not amounts.bars then return nil, err end
  amounts.latency, err = latency(options.latency_ms)
  if not amounts.latency then return nil, err end
  return amounts
end

-- A tier without a table means the reference's.
local function check_fees(options)
  if options.fee_tier and options.fees == "flat" then options.fees = "tiers" end
  local ok, err = check_choice(options, "fees", { "flat", "tiers", "coinbase" })
  if not ok or options.fees == "flat" then return ok, err end
  if options.has_rate then
    return nil, fault("contradiction", ("fee_bps is a rate for all fills, fees = %s goes by volume: give one of them")
      :format(options.fees))
  end
  local most = #fee_tiers.tiers(options.fees)
  if not options.fee_tier or options.fee_tier >= 1 and options.fee_tier <= most then return true end
  return nil, fault("out_of_range", ("fee_tier is 1 to %d of '%s', not %d"):format(most, options.fees,
    options.fee_tier))
end

function options_of.choices(options)
  if not options.slippage then options.slippage = tonumber(tostring(options.slippage_bps)) == 0 and "none" or "bps" end
  local checks = {
    { "close_at_end", { "no", "open", "close" } }, { "bad_bars", { "refuse", "skip" } },
    { "slippage", { "none", "bps", "volume_share" } }, { "queue", { "risk_averse", "probabilistic" } },
  }
  if options.engine then checks[#checks + 1] = { "engine", { "live", "advanced" } } end
  if options.external then checks[#checks + 1] = { "external", { "ignore", "adopt", "halt" } } end
  for _, check in ipairs(checks) do
    local ok, err = check_choice(options, check[1], check[2])
    if not ok then return nil, err end
  end
  return check_fees(options)
end

options_of.fault = fault

return options_of
