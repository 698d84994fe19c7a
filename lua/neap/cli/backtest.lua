-- SPDX-License-Identifier: MIT
-- neap backtest: one run over given bars.
local flags = require "neap.cli.flags"
local lists = require "neap.base.lists"
local output = require "neap.cli.output"

local backtest = {
  summary = "Runs a strategy over bars and prints what came of it, with the assumptions.",
  usage = "neap backtest STRATEGY --data [PRODUCT=]FILE [--flags]",
  doc = "FILE: .csv or .csv.gz of Coinbase, Binance, Kraken or plain OHLCV bars, or of recorded level-2 messages, " ..
    "whose trades lie in --trades or beside it (X_l2.csv, X_trades.csv). Several files are several products. " ..
    "--set takes slippage=none|bps|volume_share, impact=N, volume_share=N, seed=N, and every " ..
    "field of the risk configuration: --set max_leverage=2.",
  arguments = { { "strategy", doc = "a strategy file" } },
  configures = true,
  flags = {
    { "data", value = "[PRODUCT=]FILE", many = true,
      doc = "bars; PRODUCT: else what the name starts with; generated:SEED makes a market" },
    { "trades", value = "[PRODUCT=]FILE", many = true, doc = "the trades of a recorded book" },
    { "bars", value = "DURATION", doc = "length of the bars that a recording's trades make, default 1s" },
    { "latency-ms", value = "OUT,BACK", doc = "of recorded books: how far the venue is, default 5" },
    { "queue", value = "MODEL", choices = { "risk_averse", "probabilistic" }, doc = "of recorded books" },
    { "product", value = "ID:FACT=V,…", many = true, doc = "facts: kind, base_increment, price_increment …" },
    { "param", value = "NAME=VALUE", many = true, doc = "a parameter of the strategy" },
    { "from", value = "TIME", doc = "first bar start, ISO UTC" },
    { "to", value = "TIME", doc = "bars start before this" },
    { "cash", value = "AMOUNT", doc = "initial cash, default 10000" },
    { "fee-bps", value = "BPS", doc = "fee in basis points, default 10" },
    { "maker-fee-bps", value = "BPS", doc = "fee of fills that made liquidity, default as fee-bps" },
    { "fees", value = "TABLE", choices = { "flat", "tiers", "coinbase" }, doc = "fees by traded volume, default flat" },
    { "fee-tier", value = "N", kind = "integer", min = 1, doc = "the account's tier at the start, 30 days or more" },
    { "slippage-bps", value = "BPS", doc = "against each order that takes, default 0" },
    { "engine", value = "NAME", choices = { "live", "advanced" }, doc = "instead of what the policy says" },
    { "order-policy", value = "FILE", doc = "what the advanced engine lets entries ask for" },
    { "close-at-end", value = "HOW", choices = { "no", "open", "close" }, doc = "of the last bar, default no" },
    { "bad-bars", value = "HOW", choices = { "refuse", "skip" }, doc = "default refuse" },
    { "store", value = "PATH", doc = "writes the events: a directory, or a file that ends in .db" },
    { "ack-fd", value = "N", kind = "integer", min = 1, max = 2147483647,
      doc = "writes `durable SEQ` to this open file after each commit; with --store" },
    { "report", value = "FILE", doc = "writes one HTML page of the run" },
  },
}

-- The run's own keys of --set.
local settings = { "impact", "seed", "slippage", "volume_share" }

-- Faults of what was asked for, not of the world: exit code 2.
local usage_codes = {
  usage = true, no_data = true, product_unknown = true, product_twice = true, product_without_data = true,
  not_a_number = true, not_a_time = true, not_a_choice = true, out_of_range = true, contradiction = true,
  not_in_this_version = true, unknown_parameter = true, bad_parameter = true, unknown_fact = true,
  product_fact = true, product_id = true, no_valuation_path = true, too_many_digits = true, overflow = true,
  not_open = true, bad_setting = true, bad_policy = true, generator_option = true,
}

local function read_products(list)
  local facts = {}
  for _, text in ipairs(list or {}) do
    local id, rest = text:match "^([^:]+):(.+)$"
    if not id then return nil, output.error("usage", ("--product: '%s' is not ID:FACT=VALUE,…"):format(text)) end
    facts[id] = facts[id] and facts[id] .. "," .. rest or rest
  end
  return facts
end

-- Of --set, what is the run's own goes to its options; the rest are fields of the risk configuration.
local function apply_settings(options, given)
  local values, err = flags.pairs(given, "--set")
  if not values then return nil, err end
  for _, name in ipairs(settings) do
    options[name], values[name] = values[name], nil
  end
  local limits = require "neap.limits"
  for _, name in ipairs(lists.sorted_keys(values)) do
    local field, near = limits.find(name)
    if not field then
      near = require "neap.base.nearest"(name, settings) or near
      return nil, output.error("usage", ("--set: unknown key '%s'; known: %s and the fields of neap config show")
        :format(name, table.concat(settings, ", ")), nil, near)
    end
  end
  if options.seed then
    local text = options.seed
    options.seed = text:match "^%-?%d+$" and math.tointeger(tonumber(text))
    if not options.seed then return nil, output.error("usage", ("--set seed: '%s' is no whole number"):format(text)) end
  end
  options.set = values
  return options
end

-- The options of neap.backtest from the command line's; the REPL uses it too, which may bring a market of its own.
function backtest.convert(given, brings_data)
  local params, err = flags.pairs(given.param, "--param")
  if not params then return nil, err end
  local products
  products, err = read_products(given.product)
  if not products then return nil, err end
  if not given.data and not brings_data then
    return nil, output.error("usage", "--data is missing: --data BTC-USD_1h.csv, or --data BTC-USD=FILE")
  end
  if given.ack_fd and not given.store then return nil, output.error("usage", "--ack-fd needs --store") end
  return apply_settings({
    strategy = given.strategy, data = given.data, trades = given.trades, bars = given.bars, params = params,
    latency_ms = given.latency_ms, queue = given.queue,
    products = products, from = given.from,
    to = given.to, cash = given.cash, fee_bps = given.fee_bps, maker_fee_bps = given.maker_fee_bps,
    fees = given.fees, fee_tier = given.fee_tier,
    slippage_bps = given.slippage_bps, engine = given.engine, order_policy = given.order_policy,
    close_at_end = given.close_at_end,
    bad_bars = given.bad_bars, store = given.store, ack_fd = given.ack_fd, profile = given.profile,
  }, given.set)
end

function backtest.code_of(err) return usage_codes[err.code] and output.USAGE or output.FAILED end

-- Runs with progress and log lines: the result, or nil and a fault.
local function run_shown(options, given)
  local progress = not given.quiet and require("neap.cli.progress").new()
  options.on_log = not given.quiet and function(_, line) progress.line(output.clean(line)) end or nil
  options.on_progress = progress and progress.is_shown and progress.update or nil
  local result, err = require("neap").backtest(options)
  if progress then progress.done() end
  return result, err
end

local function print_result(result, given, title)
  if given.json then
    output.json(require("neap.cli.summary").document(result))
  else
    output.write(require("neap.cli.summary").text(result, title))
  end
end

local function run_reported(options, given, title)
  local reporting = require "neap.cli.reporting"
  local place, err = reporting.prepare(options, given.report)
  if not place then return output.fail(err, given.json == true, backtest.code_of(err)) end
  local result, written
  result, err = run_shown(options, given)
  if result then written, err = reporting.write(place, options, result) end
  reporting.clean(place)
  if result and (written or not given.json) then print_result(result, given, title) end
  if not written then return output.fail(err, given.json == true, result and output.FAILED or backtest.code_of(err)) end
  return result.interrupted and 130 or output.OK
end

-- Runs, prints, and gives the exit code. `demo` uses it too.
function backtest.run_options(options, given, title)
  if given.report then return run_reported(options, given, title) end
  local result, err = run_shown(options, given)
  if not result then return output.fail(err, given.json == true, backtest.code_of(err)) end
  print_result(result, given, title)
  return result.interrupted and 130 or output.OK
end

function backtest.run(args)
  local given, err = flags.parse(backtest, args)
  if not given then return output.fail(err, args, output.USAGE) end
  local options
  options, err = backtest.convert(given)
  if not options then return output.fail(err, args, output.USAGE) end
  return backtest.run_options(options, given)
end

return backtest
