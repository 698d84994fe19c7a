-- SPDX-License-Identifier: MIT
-- neap.indicator against other programs' outputs and golden runs.
local columns = require "spec.support.columns"
local shared = require "spec.support.shared"

local indicator = require "neap.indicator"

-- Runs each row through `step(row)`, compares with the column where it has a value; returns how many were compared.
local function compare(rows, column, tolerance, step)
  local compared = 0
  for i, row in ipairs(rows) do
    local value = step(row)
    local wanted = row[column]
    if wanted and value then
      assert.near(wanted, value, tolerance * math.abs(wanted), column .. " in row " .. i)
      compared = compared + 1
    end
  end
  return compared
end

local function on_close(x)
  return function(row)
    x:push(row.close)
    return x.ready and x.value
  end
end

local function reference(name)
  local path = shared.path("data/indicators_lean/" .. name .. ".csv.gz")
  if not path then return pending "../shared is absent" end
  return columns(path)
end

describe("neap.indicator beside other programs", function()
  it("sma and ema 14", function()
    local rows = reference "sma14_ema14_macd_rsi_obv"
    if not rows then return end
    assert.is_true(compare(rows, "sma14", 1e-6, on_close(indicator.sma(14))) > 450)
    assert.is_true(compare(rows, "ema14", 1e-6, on_close(indicator.ema(14))) > 450)
  end)

  it("ema 14 in full precision, seeded with the mean", function()
    local rows = reference "ema14"
    if rows then assert.is_true(compare(rows, "ema14", 1e-13, on_close(indicator.ema(14))) > 300) end
  end)

  it("sma 5, 10, 15; the file's columns sma5 and sma15 hold each other's values", function()
    local rows = reference "sma_rma"
    if not rows then return end
    for period, column in pairs { [15] = "sma5", [10] = "sma10", [5] = "sma15" } do
      assert.is_true(compare(rows, column, 1e-9, on_close(indicator.sma(period))) > 900)
    end
  end)

  it("rsi 14 of Wilder", function()
    local rows = reference "sma14_ema14_macd_rsi_obv"
    if rows then assert.is_true(compare(rows, "rsi_14_wilder", 1e-6, on_close(indicator.rsi(14))) > 450) end
  end)

  it("rsi 14 with simple means, put together from two sma", function()
    local rows = reference "sma14_ema14_macd_rsi_obv"
    if not rows then return end
    local up, down, last = indicator.sma(14), indicator.sma(14), nil
    assert.is_true(compare(rows, "rsi_14", 5e-5, function(row) -- the file rounds its closes to 2 digits
      local change = last and row.close - last
      last = row.close
      if not change then return end
      up:push(math.max(change, 0))
      down:push(math.max(-change, 0))
      return up.ready and 100 * up.value / (up.value + down.value)
    end) > 450)
  end)

  it("atr 14 of Wilder", function()
    local rows = reference "atr14_wilder"
    if not rows then return end
    local x = indicator.atr(14)
    assert.is_true(compare(rows, "average_true_range_14", 1e-5, function(row)
      x:push { high = row.high, low = row.low, close = row.close }
      return x.ready and x.value
    end) > 450)
  end)

  it("highest and lowest 50: the Donchian channel", function()
    local rows = reference "donchian50"
    if not rows then return end
    for kind, column in pairs { highest = "donchian_channels_50_top", lowest = "donchian_channels_50_bottom" } do
      local x = indicator[kind](50)
      assert.is_true(compare(rows, column, 1e-12, function(row)
        x:push { high = row.high, low = row.low, close = row.close }
        return x.ready and x.value
      end) > 440)
    end
  end)
end)

-- The bars on whose close an entry was decided: the golden trades entered one bar later.
local function crossings(rows, fast, slow)
  local x, y, up, down = indicator.sma(fast), indicator.sma(slow), {}, {}
  for i, row in ipairs(rows) do
    x:push(row.close)
    y:push(row.close)
    if x:crossed_above(y) then up[#up + 1] = i - 1 end
    if x:crossed_below(y) then down[#down + 1] = i - 1 end
  end
  return up, down
end

describe("neap.indicator: golden runs", function()
  local function golden(prices, trades)
    local price_path, trade_path = shared.path(prices), shared.path("data/stats_backtesting_py/" .. trades)
    if not price_path or not trade_path then return pending "../shared is absent" end
    return columns(price_path), columns(trade_path)
  end

  it("crosses SMA 20/50 on 17,989 hours exactly where 204 trades entered and left", function()
    local rows, trades = golden("data/candles_coinbase_2024_2026/BTC-USD_1h.csv.gz",
      "BTC_1h_long_sma_20_50_fee0_trades.csv.gz")
    if not rows then return end
    local up, down = crossings(rows, 20, 50)
    local entries, exits = {}, {}
    for i, trade in ipairs(trades) do
      entries[i], exits[i] = math.tointeger(trade.entry_bar) - 1, math.tointeger(trade.exit_bar) - 1
    end
    assert.equal(204, #entries)
    assert.same(entries, up)
    local is_down = {}
    for _, index in ipairs(down) do is_down[index] = true end
    for _, index in ipairs(exits) do assert.is_true(is_down[index]) end
  end)

  it("crosses SMA 10/30 on 2,148 days exactly where 66 trades entered, long and short", function()
    local rows, trades = golden("data/stats_backtesting_py/GOOG_1d.csv.gz", "GOOG_smacross_10_30_fee0_trades.csv.gz")
    if not rows then return end
    local up, down = crossings(rows, 10, 30)
    local long, short = {}, {}
    for _, trade in ipairs(trades) do
      local side = trade.size > 0 and long or short
      side[#side + 1] = math.tointeger(trade.entry_bar) - 1
    end
    assert.equal(66, #long + #short)
    assert.same(long, up)
    assert.same(short, down)
  end)
end)
