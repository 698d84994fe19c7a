-- SPDX-License-Identifier: MIT
-- From a person's options to what the core runs: the same for a back-test and a session.
local comparisons = require "neap.strategy.comparisons"
local config = require "neap.config"
local digest = require "neap.digest"
local factory = require "neap.engine_factory"
local home = require "neap.base.home"
local json = require "neap.json"
local lists = require "neap.base.lists"
local options_of = require "neap.backtest.options"
local places = require "neap.config.place"
local order_policies = require "neap.order_policy"
local policy = require "neap.policy"
local profiles = require "neap.config.profile"
local source = require "neap.strategy.source"
local sources = require "neap.backtest.sources"
local store = require "neap.backtest.store"

local fault = options_of.fault

local RESERVE = 1 << 20

local setup = { policy_path = home.root .. "/config/engine_policy.lua" }

-- Where operators' overrides lie: the configuration home, unless the caller brings an environment of his own, and a
-- session's directory.
local function find_places(options)
  local list = {}
  if not options.env then list[1] = places.of_profile(options.profile) end
  if options.store and not options.store:find "%.db$" then list[#list + 1] = places.of_session(options.store) end
  return list
end

local function load_configuration(options)
  local path, message, near = profiles.find(options.profile)
  if not path then return nil, fault("not_a_choice", message, nil, near) end
  local from = { profile = options.profile, env = options.env or nil, risk_path = options.risk_path or nil,
    set = options.set, places = find_places(options) }
  local loaded, err = config.load(from)
  return loaded, err or from
end

-- What is in force for these options: { limits =, sources =, engine =, engine_reason =, … }, or nil and a fault.
function setup.configuration(options)
  local all = { set = {}, env = false, risk_path = false, store = false }
  for key, value in pairs(options) do all[key] = value end
  local loaded, err = load_configuration(all)
  if not loaded then return nil, err end
  return loaded
end

local function choose_policy(options)
  if options.policy then return options.policy end
  if options.engine then return policy.fixed(options.engine) end
  return setup.open_policy(setup.policy_path, options.outside and options.outside.loop)
end

-- A policy's file; `loop`: where it is noted or comes from, or nil.
function setup.open_policy(path, loop)
  return policy.open(path, { lua_root = home.lua, inputs = loop and loop:inputs() })
end

-- What the options say, else the profile's; false: none.
local function choose_order_policy(options, risk)
  local asked = options.order_policy or risk.order_policy or false
  if type(asked) == "string" then return order_policies.load(asked) end
  return asked
end

-- The shortest text that reads back as the same number, with a point in every locale.
local function float_text(value) return value - value == 0 and json.encode(value) or tostring(value) end

-- Values by name → { name, text } each, in the order of the names.
function setup.texts(params)
  local list = {}
  for i, name in ipairs(lists.sorted_keys(params)) do
    local value = params[name]
    list[i] = { name, math.type(value) == "float" and float_text(value) or tostring(value) }
  end
  return list
end

-- Names the run by what it was given, so that the same run has the same client order ids wherever it is made.
local function run_id(options, ids, what)
  local parts = {}
  for _, entry in ipairs(options.list) do parts[#parts + 1] = digest.sha256(entry.text) end
  table.move({ table.concat(ids, ","), tostring(options.seed) }, 1, 2, #parts + 1, parts)
  for _, entry in ipairs(options.list) do
    for _, pair in ipairs(entry.pairs) do parts[#parts + 1] = pair[1] .. "=" .. pair[2] end
  end
  return what .. "-" .. digest.sha256(table.concat(parts, "\0")):sub(1, 16)
end

local function list_strategies(options)
  local list = {}
  for i, entry in ipairs(options.list) do
    list[i] = { path = entry.strategy, params = entry.pairs, cash = entry.amount }
  end
  return list
end

-- Where each field's value comes from, in the order of the fields. Paths of this machine are no part of a run.
local function list_sources(risk)
  local list = {}
  for i, field in ipairs(risk.limits:fields()) do
    local from = risk.sources[field.name]
    list[i] = from == risk.risk_file and "risk file " .. from:match "([^/]*)$" or from
  end
  return list
end

local function details_of(options, made)
  local list = {
    { "profile", options.profile }, { "close_at_end", options.close_at_end }, { "slippage", options.slippage },
  }
  local market, order_policy = made.market, made.order_policy
  if market then list[#list + 1] = { "generated", market.text } end
  if order_policy then list[#list + 1] = { "order_policy", order_policy:name() .. " " .. order_policy:digest() } end
  return list
end

local function prepare(made, what)
  local options, amounts, products, risk = made.options, made.amounts, made.products, made.risk
  local ids = {}
  for i, p in ipairs(products) do ids[i] = p.id end
  local parts = { limits = risk.limits, order_policy = made.order_policy or nil }
  return {
    id = run_id(options, ids, what), mode = what, currency = products[1].quote, cash = amounts.initial,
    products = products, feeds = made.sources, trades = made.trades, bars = amounts.bars,
    latency = amounts.latency, queue = options.queue,
    from = amounts.from, to = amounts.to, bad_bars = options.bad_bars,
    fees = { maker_bps = amounts.maker_fee_bps, taker_bps = amounts.fee_bps },
    fee_table = options.fees ~= "flat" and options.fees or nil, fee_tier = options.fee_tier or nil,
    model = {
      slippage = options.slippage, slippage_bps = amounts.slippage_bps, impact = amounts.impact,
      volume_share = amounts.volume_share,
    },
    live = factory.create("live", parts), advanced = factory.create("advanced", parts), limits = risk.limits,
    has_risk = true, limit_sources = list_sources(risk),
    policy = made.policy, strategies = list_strategies(options), lua_root = home.lua,
    seed = options.seed, close_at_end = options.close_at_end,
    details = details_of(options, made),
    broker = options.broker or nil, outside = options.outside and options.outside.core or nil,
    on_log = options.on_log or nil, on_progress = options.on_progress or nil,
  }
end

-- A decimal never equals a number, and Lua says nothing: the log does, before the run.
local function warn_of_comparisons(options)
  for _, entry in ipairs(options.on_log and options.list or {}) do
    for _, at in ipairs(comparisons(entry.text)) do
      pcall(options.on_log, "warn", ("%s:%d:%d: %s is a decimal, which never equals a number: ask :is_zero(), or " ..
        "compare decimals"):format(entry.strategy, at.line, at.column, at.field))
    end
  end
end

-- Whoever said it is told at the start; a back-test's result says it, too.
local function warn_of_hidden(options, risk)
  for _, word in ipairs(options.on_log and risk.hidden or {}) do
    pcall(options.on_log, "warn", config.describe_hidden(word))
  end
end

-- The ids of the products; what runs outside of this process brings the products themselves.
local function read_data(made)
  local options, err = made.options
  if options.outside then
    made.products, made.sources, made.trades = options.outside.products, {}, {}
    return {}
  end
  local ids
  ids, made.sources, made.market = sources.data(options.data, options.products)
  if not ids then return nil, made.sources end
  made.trades, err = sources.trades(options.trades, ids)
  if not made.trades then return nil, err end
  return ids
end

local function read_parts(options)
  local made = { options = options }
  local ids, err = read_data(made)
  if not ids then return nil, err end
  local ok, wrong = options_of.choices(options)
  if not ok then return nil, wrong end
  made.amounts, err = options_of.amounts(options)
  if not made.amounts then return nil, err end
  if not made.products then
    made.products, err = sources.products(ids, sources.facts(options.products, made.market))
    if not made.products then return nil, err end
  end
  made.risk, made.risk_options = options.configuration or nil, {}
  if not made.risk then made.risk, made.risk_options = load_configuration(options) end
  if not made.risk then return nil, made.risk_options end
  made.order_policy, err = choose_order_policy(options, made.risk)
  if made.order_policy == nil then return nil, err end
  made.policy, err = choose_policy(options)
  return made.policy and made, err
end

-- Finds and reads the files of the strategies of a list, each { strategy =, params = }; of a replay they are in its
-- recording.
function setup.read_strategies(list, is_played)
  for _, entry in ipairs(list) do
    local text, path = "", entry.strategy
    if not is_played then text, path = source.read(entry.strategy) end
    if not text then return nil, path end
    entry.text, entry.strategy, entry.pairs = text, path, setup.texts(entry.params or {})
  end
  return true
end

-- Checked options → { options, amounts, products, sources, risk, policy, core = what the core takes, place = of the
-- store }, or nil and a fault. `what`: "backtest" or "session".
function setup.make(options, what)
  local made, err = read_parts(options)
  if not made then return nil, err end
  local loop = options.outside and options.outside.loop
  local ok, missing = setup.read_strategies(options.list, loop and loop:plays())
  if not ok then return nil, missing end
  made.core = prepare(made, what)
  warn_of_comparisons(options)
  if what == "session" then warn_of_hidden(options, made.risk) end
  if options.store then
    made.place, err = store.prepare(options.store, options.resume)
    if not made.place then return nil, err end
    made.core.store_path = made.place.events
  end
  made.core.ack_fd = options.ack_fd or nil
  made.core.reserve = what == "session" and made.core.store_path and RESERVE or nil
  return made
end

-- What lies at the place of the store is not ours.
local OF_ANOTHER_RUN = { store_exists = true, log_exists = true, reserve_exists = true, locked = true }

-- The run failed for `err`: what was made for it goes, unless the run left events in it.
function setup.undo(made, err)
  made.policy:close()
  if made.place and not OF_ANOTHER_RUN[err.code] then store.abandon(made.place) end
end

-- "ma_cross.lua:12: what" → "what" and "ma_cross.lua:12"; the message alone where it does not begin with that path.
local function take_place(message, path)
  local line, what = message:match("^(:%d+): (.*)$", #path + 1)
  if message:sub(1, #path) ~= path or not line then return message end
  return take_place(what, path), path .. line
end

-- A script's error is one line, and its place, the file where no line is known, is in err.where.
function setup.tidy(err, list)
  err.message = err.message:gsub("\nstack traceback:.*", "")
  for _, entry in ipairs(list) do
    local what, place = take_place(err.message, entry.strategy)
    err.message, err.where = what, err.where or place
  end
  if err.code == "lua_error" or err.code:find "_limit$" then err.where = err.where or list[1] and list[1].strategy end
  return err
end

return setup
