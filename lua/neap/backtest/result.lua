-- SPDX-License-Identifier: MIT
-- What came of a back-test or of a session, from what the core gives.
local assumptions = require "neap.backtest.assumptions"
local json = require "neap.json"

local statistics = {
  "return_pct", "annual_return_pct", "volatility_pct", "sharpe", "sortino", "calmar", "max_drawdown_pct",
  "win_rate_pct", "profit_factor", "expectancy_pct", "best_trade_pct", "worst_trade_pct", "average_trade_pct", "sqn",
  "exposure_pct",
}

-- The last three of a recording alone.
local feed_fields = { "product", "bars", "frame", "first", "last", "gaps", "missing_bars", "skipped", "messages",
  "changes", "trades" }

local result_type = {}

-- One line; the command line and the REPL show more.
function result_type:__tostring()
  return ("result of %s: %d bars, %d orders, %d fills, %d trades, final equity %s %s"):format(self.strategy, self.bars,
    self.orders, self.fills, #self.trades, tostring(self.final_equity), self.currency)
end

local function copy_figures(result, raw)
  for _, name in ipairs { "final_equity", "final_cash", "fees", "funding", "orders", "fills", "trades",
    "order_metrics", "event_hash", "state_hash", "events", "bars", "interrupted", "guard" } do
    result[name] = raw[name]
  end
  for _, name in ipairs(statistics) do result[name] = raw.statistics[name] end
end

-- One strategy: its name and its parameters; several: names in a row, and parameters by name.
local function describe_strategies(result, raw)
  local names, params = {}, {}
  for i, strategy in ipairs(raw.strategies) do
    names[i] = strategy.name
    params[strategy.name] = json.decode(strategy.params, { numbers = "float" })
  end
  result.strategy = #names > 0 and table.concat(names, ", ") or "operator"
  result.params = #names == 1 and params[names[1]] or params
end

-- `made` is setup.make's, `raw` the core's table.
return function(made, raw)
  local options, risk = made.options, made.risk
  local result = { engine = options.engine or risk.engine, profile = options.profile, mode = made.core.mode }
  result.engine_reason = options.engine and "asked for" or risk.engine_reason
  copy_figures(result, raw)
  describe_strategies(result, raw)
  result.initial_cash, result.currency, result.session = raw.initial_cash, made.core.currency, made.core.id
  result.data, result.rejections = {}, {}
  for i, feed in ipairs(raw.feeds) do
    result.data[i] = {}
    for _, name in ipairs(feed_fields) do result.data[i][name] = feed[name] end
  end
  for _, rejection in ipairs(raw.rejections) do result.rejections[rejection.reason] = rejection.count end
  result.assumptions = assumptions(options, made.amounts, made.products, risk, raw, made.market)
  if made.order_policy then
    table.insert(result.assumptions, tostring(made.order_policy) .. ", asked by the advanced engine")
  end
  if made.market then result.generated = { seed = made.market.seed, market = made.market.text } end
  result.store = options.store or nil
  return setmetatable(result, result_type)
end
