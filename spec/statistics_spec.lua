-- SPDX-License-Identifier: MIT
-- neap.statistics: what a run was worth, against backtesting.py's own figures.
local cjson = require "cjson"
local columns = require "spec.support.columns"
local shared = require "spec.support.shared"

local statistics = require "neap.statistics"

local SECOND, DAY = 1000000000, 86400 * 1000000000

-- Daily equities from Monday 2024-01-01.
local MONDAY = 1704067200 * SECOND
local function daily(initial, equities)
  local s = statistics.new(initial)
  for i, equity in ipairs(equities) do s:equity(MONDAY + (i - 1) * DAY, equity, false) end
  return s
end

describe("neap.statistics", function()
  it("adds no global", function()
    local before = {}
    for name in pairs(_G) do before[name] = true end
    package.loaded["neap.statistics"] = nil
    require "neap.statistics"
    for name in pairs(_G) do assert.is_true(before[name], name) end
  end)

  it("refuses bad arguments", function()
    for _, initial in ipairs { 0, -1, 0 / 0, math.huge, "1", {} } do
      assert.has_error(function() statistics.new(initial) end)
    end
    local s = statistics.new(100)
    assert.error_matches(function() s:equity("1", 100) end, "whole number of nanoseconds expected")
    assert.error_matches(function() s:equity(1.5, 100) end, "whole number of nanoseconds expected")
    assert.error_matches(function() s:equity(1, 0 / 0) end, "finite number")
    assert.error_matches(function() s:equity(1, 100, 1) end, "boolean expected")
    assert.error_matches(function() s:trade(1) end, "number expected")
    assert.error_matches(function() s:trade(math.huge, 0) end, "finite number")
    assert.error_matches(function() s.result(io.stdout) end, "neap.statistics expected")
  end)

  it("refuses bars out of order and is unchanged by them", function()
    local s = daily(100, { 100, 110 })
    assert.error_matches(function() s:equity(MONDAY, 50, true) end, "order of time")
    assert.equal(2, s:result().bars)
    assert.equal(110.0, s:result().equity_final)
    assert.equal(3, s:equity(MONDAY + DAY, 120):result().bars)
  end)

  it("leaves out what is not defined", function()
    local empty = statistics.new(100):result()
    assert.same({ bars = 0, trades = 0, return_pct = 0.0, equity_final = 100.0, equity_peak = 100.0 }, empty)
    local one = daily(100, { 100 }):result()
    assert.is_nil(one.sharpe)
    assert.is_nil(one.annual_return_pct)
    assert.equal(0.0, one.max_drawdown_pct)
    local winning = daily(100, { 100, 101, 103, 104 }):trade(4, 0.04):result()
    assert.is_nil(winning.sortino)
    assert.is_nil(winning.calmar)
    assert.is_nil(winning.profit_factor)
    assert.is_nil(winning.sqn)
    assert.equal(100.0, winning.win_rate_pct)
    for name, value in pairs(daily(100, { 100, 100, 100 }):trade(0, 0):result()) do
      assert.is_true(value == value and math.abs(value) < math.huge, name)
    end
  end)

  it("counts exposure, drawdown and peak by bar", function()
    local s = statistics.new(100)
    for i, equity in ipairs { 100, 120, 90, 130 } do s:equity(MONDAY + i, equity, i == 2 or i == 3) end
    local r = s:result()
    assert.equal(50.0, r.exposure_pct)
    assert.near(-25, r.max_drawdown_pct, 1e-12)
    assert.equal(130.0, r.equity_peak)
  end)

  it("restates the last bar alone", function()
    local s = daily(100, { 100, 120, 60 }):restate_last(114)
    local r = s:result()
    assert.equal(114.0, r.equity_final)
    assert.near(-5, r.max_drawdown_pct, 1e-12)
    assert.near(14, r.return_pct, 1e-12)
    assert.same(daily(100, { 100, 120, 114 }):result(), r)
    assert.equal(50.0, statistics.new(100):restate_last(50):result().equity_final) -- a session without a bar
  end)

  it("a loss of everything has a geometric mean of 0, as the peer has it", function()
    local r = statistics.new(100):trade(-100, -1):trade(5, 0.5):result()
    assert.equal(0.0, r.average_trade_pct)
    assert.near(-25, r.expectancy_pct, 1e-12)
    assert.near(0.5, r.profit_factor, 1e-12)
  end)

  it("has 365 days a year where weekends are traded, else 252", function()
    local function annual(days)
      local s, equity = statistics.new(100), 100.0
      for _, day in ipairs(days) do
        s:equity(MONDAY + day * DAY, equity)
        equity = equity * 1.001
      end
      return s:result().annual_return_pct
    end
    assert.near(100 * (1.001 ^ 365 - 1), annual { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13 }, 1e-9)
    assert.near(100 * (1.001 ^ 252 - 1), annual { 0, 1, 2, 3, 4, 7, 8, 9, 10, 11 }, 1e-9)
    assert.near(100 * (1.001 ^ 52 - 1), annual { 0, 7, 14, 21, 28 }, 1e-9)
  end)

  it("judges days before 1970 too", function()
    local s = statistics.new(100)
    for day = -3, 3 do s:equity(day * DAY - 1, 100.0 + day + (day % 2)) end
    assert.equal(7, s:result().bars)
    assert.is_number(s:result().sharpe)
  end)

  it("prints itself on one line", function()
    assert.equal("statistics: 2 bars, 1 trades, return 10.0 %", tostring(daily(100, { 100, 110 }):trade(10, 0.1)))
  end)
end)

describe("neap.statistics: property", function()
  it("return, drawdown and trade sums agree with naive formulas", function()
    math.randomseed(7)
    for _ = 1, 50 do
      local equities, equity = {}, 1000.0
      for i = 1, math.random(2, 60) do
        equity = i == 1 and equity or equity * (1 + (math.random() - 0.5) / 10)
        equities[i] = equity
      end
      local peak, worst = 0, 0
      for _, value in ipairs(equities) do
        peak = math.max(peak, value)
        worst = math.max(worst, 1 - value / peak)
      end
      local r = daily(1000, equities):result()
      assert.near(100 * (equity / 1000 - 1), r.return_pct, 1e-9)
      assert.near(-100 * worst, r.max_drawdown_pct, 1e-9)
      assert.is_true(r.equity_peak >= r.equity_final)
    end
  end)
end)

local PEER = {
  return_pct = "Return [%]", annual_return_pct = "Return (Ann.) [%]", volatility_pct = "Volatility (Ann.) [%]",
  sharpe = "Sharpe Ratio", sortino = "Sortino Ratio", calmar = "Calmar Ratio", max_drawdown_pct = "Max. Drawdown [%]",
  win_rate_pct = "Win Rate [%]", profit_factor = "Profit Factor", expectancy_pct = "Expectancy [%]",
  best_trade_pct = "Best Trade [%]", worst_trade_pct = "Worst Trade [%]", average_trade_pct = "Avg. Trade [%]",
  sqn = "SQN", exposure_pct = "Exposure Time [%]", equity_peak = "Equity Peak [$]", equity_final = "Equity Final [$]",
  trades = "# Trades",
}

local function golden(name)
  local root = "data/stats_backtesting_py/"
  local results = shared.path(root .. "results_dev.json")
  if not results then return pending "../shared is absent" end
  local wanted = cjson.decode(assert(io.open(results)):read "a")[name]
  local function read(what) return columns(shared.path(root .. name .. what)) end
  return wanted, read "_equity.csv.gz", read "_trades.csv.gz"
end

local function exposed_bars(trades)
  local exposed = {}
  for _, trade in ipairs(trades) do
    for bar = math.tointeger(trade.entry_bar), math.tointeger(trade.exit_bar) do exposed[bar] = true end
  end
  return exposed
end

local function run(equities, trades)
  local s, exposed = statistics.new(10000), exposed_bars(trades)
  for i, row in ipairs(equities) do s:equity(math.tointeger(row.time) * SECOND, row.equity, exposed[i - 1] or false) end
  for _, trade in ipairs(trades) do s:trade(trade.pnl, trade.return_pct) end
  return s:result()
end

describe("neap.statistics: golden runs", function()
  for _, name in ipairs { "BTC_1h_long_sma_20_50_fee0", "GOOG_smacross_10_30_fee0" } do
    it("equals backtesting.py to 1e-9: " .. name, function()
      local wanted, equities, trades = golden(name)
      if not wanted then return end
      local result = run(equities, trades)
      for ours, theirs in pairs(PEER) do
        assert.near(wanted[theirs], result[ours], 1e-9 * math.abs(wanted[theirs]), ours)
      end
    end)
  end
end)
