-- SPDX-License-Identifier: MIT
-- The golden runs: what backtesting.py computed for the same strategies on the same bars, trade by trade.
local clock = require "neap.clock"
local read_columns = require "spec.support.columns"
local neap = require "neap"
local shared = require "spec.support.shared"
local json = require "neap.json"

local function read_reference(name)
  local file = assert(io.open(shared.path "data/stats_backtesting_py/results_dev.json"))
  local all = assert(json.decode(file:read "a", { numbers = "float" }))
  file:close()
  return all[name]
end

local function near(expected, got, tolerance, what)
  expected, got = tonumber(tostring(expected)), tonumber(tostring(got))
  assert.is_true(math.abs(expected - got) <= tolerance * math.max(1, math.abs(expected)),
    ("%s: expected %.17g, got %.17g"):format(what, expected, got))
end

local figures = {
  return_pct = "Return [%]", annual_return_pct = "Return (Ann.) [%]", volatility_pct = "Volatility (Ann.) [%]",
  sharpe = "Sharpe Ratio", sortino = "Sortino Ratio", calmar = "Calmar Ratio", max_drawdown_pct = "Max. Drawdown [%]",
  win_rate_pct = "Win Rate [%]", profit_factor = "Profit Factor", expectancy_pct = "Expectancy [%]", sqn = "SQN",
  exposure_pct = "Exposure Time [%]", best_trade_pct = "Best Trade [%]", worst_trade_pct = "Worst Trade [%]",
  average_trade_pct = "Avg. Trade [%]",
}

local function check(result, name)
  local reference = read_reference(name)
  near(reference["Equity Final [$]"], result.final_equity:float(), 1e-12, "final equity")
  for field, their in pairs(figures) do near(reference[their], result[field], 1e-9, field) end
  local trades = read_columns(shared.path("data/stats_backtesting_py/" .. name .. "_trades.csv.gz"))
  assert.equal(#trades, #result.trades)
  for i, their in ipairs(trades) do
    local ours = result.trades[i]
    local size = ours.quantity:float() * (ours.side == "buy" and 1 or -1)
    near(their.size, size, 1e-12, "size of trade " .. i)
    near(their.entry_price, ours.entry_price:float(), 1e-12, "entry price of trade " .. i)
    near(their.exit_price, ours.exit_price:float(), 1e-12, "exit price of trade " .. i)
    near(their.pnl, ours.pnl:float(), 1e-9, "pnl of trade " .. i)
    assert.equal(math.tointeger(their.entry_time) * 1000000000, ours.entry_time)
    assert.equal(math.tointeger(their.exit_time) * 1000000000, ours.exit_time)
  end
end

local function btc(options)
  options.strategy, options.cash, options.fee_bps = "strategies/ma_cross.lua", 10000, 0
  options.data = { ["BTC-USD"] = shared.path "data/candles_coinbase_2024_2026/BTC-USD_1h.csv.gz" }
  options.params = { fast = 20, slow = 50, fraction = 1 }
  options.products = { ["BTC-USD"] = { base_increment = "0.000001" } }
  options.close_at_end = "open"
  return assert(neap.backtest(options))
end

local function goog(options)
  options.strategy, options.cash, options.fee_bps = "strategies/ma_cross.lua", 10000, 0
  options.data = { ["GOOG-USD"] = shared.path "data/stats_backtesting_py/GOOG_1d.csv.gz" }
  options.params = { fast = 10, slow = 30, fraction = 1, shorts = true }
  options.products = { ["GOOG-USD"] = { kind = "margin", base_increment = 1 } }
  options.close_at_end = "open"
  return assert(neap.backtest(options))
end

describe("golden runs", function()
  if not shared.path "data/stats_backtesting_py/results_dev.json" then
    pending "../shared is absent"
    return
  end

  for _, engine in ipairs { "live", "advanced" } do
    it("BTC 1h, long only, by " .. engine, function() check(btc { engine = engine }, "BTC_1h_long_sma_20_50_fee0") end)

    it("GOOG daily, long and short, whole shares, by " .. engine, function()
      check(goog { engine = engine }, "GOOG_smacross_10_30_fee0")
    end)
  end

  it("both engines give the same fills", function()
    local live, advanced = goog { engine = "live" }, goog { engine = "advanced" }
    assert.same(json.encode(live.trades), json.encode(advanced.trades))
    assert.equal(live.fills, advanced.fills)
  end)

  it("the same run has the same hash, another has another", function()
    local one, two = btc {}, btc {}
    assert.equal(one.event_hash, two.event_hash)
    assert.not_equal(one.event_hash, btc({ seed = 2 }).event_hash)
    assert.equal(clock.format(1714132800000000000), clock.format(one.trades[1].entry_time))
  end)

  local coinbase, lean = "data/candles_coinbase_2024_2026/", "data/lean_coinbase_"
  for _, file in ipairs {
    "BTC-USD=" .. coinbase .. "BTC-USD_15m.csv.gz", "BTC-USD=" .. coinbase .. "BTC-USD_1h.csv.gz",
    "BTC-USD=" .. coinbase .. "BTC-USD_6h.csv.gz", "ETH-USD=" .. coinbase .. "ETH-USD_15m.csv.gz",
    "ETH-USD=" .. coinbase .. "ETH-USD_1h.csv.gz", "ETH-USD=" .. coinbase .. "ETH-USD_6h.csv.gz",
    "BTC-PERP=data/candles_other_1m/FTX-BTC-PERP_1m_2022_01.csv.gz",
    "BTC-USD=" .. lean .. "minute/BTC-USD_1m_trades.csv.gz", "ETH-USD=" .. lean .. "minute/ETH-USD_1m_trades.csv.gz",
    "BTC-USD=" .. lean .. "daily/BTC-USD_1d_trades.csv.gz", "GOOG-USD=data/stats_backtesting_py/GOOG_1d.csv.gz",
  } do
    it("runs without a conservation error: " .. file, function()
      local id, path = file:match "^(.-)=(.*)$"
      for _, kind in ipairs { "spot", "margin", "perpetual" } do
        local result = assert(neap.backtest {
          strategy = "strategies/ma_cross.lua", data = { [id] = shared.path(path) },
          products = { [id] = { kind = kind } },
          params = { fast = 5, slow = 13, fraction = 0.7, shorts = kind ~= "spot" }, fee_bps = 12, slippage_bps = 3,
        })
        assert.is_true(#result.trades > 10)
      end
    end)
  end
end)
