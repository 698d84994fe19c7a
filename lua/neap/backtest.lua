-- SPDX-License-Identifier: MIT
-- Runs a strategy over bars, from the words that a person gives to a result with its assumptions.
local comparisons = require "neap.strategy.comparisons"
local config = require "neap.config"
local digest = require "neap.digest"
local factory = require "neap.engine_factory"
local json = require "neap.json"
local assumptions = require "neap.backtest.assumptions"
local lists = require "neap.base.lists"
local nearest = require "neap.base.nearest"
local options_of = require "neap.backtest.options"
local policy = require "neap.policy"
local home = require "neap.base.home"

local fault = options_of.fault

local backtest = {}

local function load_configuration(options)
  local profile = options.profile
  if not lists.has(config.profiles, profile) then
    return nil, fault("not_a_choice", ("unknown profile '%s'; a back-test takes 'backtest'"):format(profile), nil,
      nearest(profile, config.profiles))
  end
  if profile ~= "backtest" then
    return nil, fault("not_in_this_version", ("profile '%s' is not in this version of backtest; leave it out")
      :format(profile))
  end
  return config.load { profile = profile, env = options.env or nil, risk_path = options.risk_path or nil }
end

local function choose_policy(options)
  if options.engine then return policy.fixed(options.engine) end
  return policy.open(home.root .. "/config/engine_policy.lua", { lua_root = home.lua })
end

-- The shortest text that reads back as the same number.
local function float_text(value)
  for digits = 15, 17 do
    local text = ("%." .. digits .. "g"):format(value)
    if tonumber(text) == value then return text end
  end
  return tostring(value) -- nan
end

local function params_list(params)
  local list = {}
  for i, name in ipairs(lists.sorted_keys(params)) do
    local value = params[name]
    list[i] = { name, math.type(value) == "float" and float_text(value) or tostring(value) }
  end
  return list
end

local function read_text(path)
  local file = io.open(path, "rb")
  local text = file and file:read "a"
  if file then file:close() end
  return text or ""
end

-- Names the run by what it was given, so that the same run has the same client order ids wherever it is made.
local function run_id(options, ids, params)
  local parts = { digest.sha256(read_text(options.strategy)), table.concat(ids, ","), tostring(options.seed) }
  for _, pair in ipairs(params) do parts[#parts + 1] = pair[1] .. "=" .. pair[2] end
  return "backtest-" .. digest.sha256(table.concat(parts, "\0")):sub(1, 16)
end

-- The events file of a store, and the directory that was made for it.
local function store_path(store)
  if not store then return nil end
  if store:match "%.db$" then return store end
  local lfs = require "lfs"
  if lfs.attributes(store, "mode") == "directory" then return store .. "/events.db" end
  if lfs.attributes(store) then
    return nil, nil, fault("store", "a store is a directory, or a file that ends in .db; this is neither", store)
  end
  local made, message = lfs.mkdir(store)
  if not made then return nil, nil, fault("store", "the store cannot be made: " .. message, store) end
  return store .. "/events.db", store
end

local statistics = {
  "return_pct", "annual_return_pct", "volatility_pct", "sharpe", "sortino", "calmar", "max_drawdown_pct",
  "win_rate_pct", "profit_factor", "expectancy_pct", "best_trade_pct", "worst_trade_pct", "average_trade_pct", "sqn",
  "exposure_pct",
}

local feed_fields = { "product", "bars", "frame", "first", "last", "gaps", "missing_bars", "skipped" }

local function shape(options, amounts, products, risk, raw, session)
  local result = { engine = options.engine or risk.engine, profile = options.profile, mode = "backtest" }
  result.engine_reason = options.engine and "asked for" or risk.engine_reason
  for _, name in ipairs { "strategy", "final_equity", "final_cash", "fees", "orders", "fills", "trades", "event_hash",
    "events", "bars", "interrupted" } do result[name] = raw[name] end
  for _, name in ipairs(statistics) do result[name] = raw.statistics[name] end
  result.initial_cash, result.currency, result.session = amounts.cash, products[1].quote, session
  result.params, result.data, result.rejections = json.decode(raw.params, { numbers = "float" }), {}, {}
  for i, feed in ipairs(raw.feeds) do
    result.data[i] = {}
    for _, name in ipairs(feed_fields) do result.data[i][name] = feed[name] end
  end
  for _, rejection in ipairs(raw.rejections) do result.rejections[rejection.reason] = rejection.count end
  result.assumptions = assumptions(options, amounts, products, risk, raw)
  result.store = options.store or nil
  return result
end

local function prepare(options, amounts, products, sources, risk, chosen)
  local params = params_list(options.params)
  local ids = {}
  for i, p in ipairs(products) do ids[i] = p.id end
  local parts = { limits = risk.limits }
  return {
    id = run_id(options, ids, params), mode = "backtest", currency = products[1].quote, cash = amounts.cash,
    products = products, feeds = sources, from = amounts.from, to = amounts.to, bad_bars = options.bad_bars,
    fees = { maker_bps = amounts.maker_fee_bps, taker_bps = amounts.fee_bps },
    model = {
      slippage = options.slippage, slippage_bps = amounts.slippage_bps, impact = amounts.impact,
      volume_share = amounts.volume_share,
    },
    live = factory.create("live", parts), advanced = factory.create("advanced", parts), limits = risk.limits,
    has_risk = true, policy = chosen, strategy = options.strategy, lua_root = home.lua, params = params,
    seed = options.seed, close_at_end = options.close_at_end,
    details = {
      { "profile", options.profile }, { "close_at_end", options.close_at_end }, { "slippage", options.slippage },
    },
    on_log = options.on_log or nil, on_progress = options.on_progress or nil,
  }
end

-- A decimal never equals a number, and Lua says nothing: the log does, before the run.
local function warn_of_comparisons(options)
  if not options.on_log then return end
  for _, at in ipairs(comparisons(read_text(options.strategy))) do
    pcall(options.on_log, "warn", ("%s:%d:%d: %s is a decimal, which never equals a number: ask :is_zero(), or " ..
      "compare decimals"):format(options.strategy, at.line, at.column, at.field))
  end
end

-- A script's error is one line: where it arose is in err.where.
local function without_traceback(err)
  err.message = err.message:gsub("\nstack traceback:.*", "")
  return err
end

-- backtest.run{strategy=, data=, …} → result, or nil and a fault. Misuse of the options raises.
function backtest.run(given)
  local options = options_of.check(given)
  options.strategy = home.strategy(options.strategy)
  local amounts, products, sources, risk, chosen, raw
  local ids, err = options_of.data(options.data)
  if not ids then return nil, err end
  sources = err
  raw, err = options_of.choices(options)
  if not raw then return nil, err end
  amounts, err = options_of.amounts(options)
  if not amounts then return nil, err end
  products, err = options_of.products(ids, options.products)
  if not products then return nil, err end
  risk, err = load_configuration(options)
  if not risk then return nil, err end
  chosen, err = choose_policy(options)
  if not chosen then return nil, err end
  local run = prepare(options, amounts, products, sources, risk, chosen)
  warn_of_comparisons(options)
  local made
  run.store_path, made, err = store_path(options.store)
  if err then return nil, err end
  raw, err = require("neap.session_c").backtest(run)
  chosen:close()
  if not raw and made then require("lfs").rmdir(made) end -- only if the run left nothing in it
  if not raw then return nil, without_traceback(err) end
  return shape(options, amounts, products, risk, raw, run.id)
end

return backtest
