-- SPDX-License-Identifier: MIT
-- neap.candle: bars from files in every usual dialect, and longer bars from shorter ones.
local shared = require "spec.support.shared"

local function raises(pattern, f, ...)
  local ok, message = pcall(f, ...)
  assert.is_false(ok)
  assert.matches(pattern, tostring(message))
end

describe("neap.candle", function()
  local candle = require "neap.candle"
  local decimal = require "neap.decimal"
  local path
  before_each(function() path = os.tmpname() end)
  after_each(function() os.remove(path) end)

  local function write(text)
    local file = assert(io.open(path, "wb"))
    file:write(text)
    file:close()
    return path
  end

  local function read(text, options) return candle.read(write(text), options) end

  local function values(bar) return { bar.time, bar.open, bar.high, bar.low, bar.close, bar.volume } end

  it("adds no global", function()
    local before = {}
    for name in pairs(_G) do before[name] = true end
    package.loaded["neap.candle"] = nil
    require "neap.candle"
    for name in pairs(_G) do assert.is_true(before[name], name) end
  end)

  it("has a closed set of options", function()
    raises("did you mean 'bad_bars'", candle.read, "x.csv", { bad_bar = "skip" })
    raises("'refuse' or 'skip', not 'skp'", candle.read, "x.csv", { bad_bars = "skp" })
    raises("did you mean 'partial'", candle.aggregate, {}, "1h", { partal = true })
  end)

  it("refuses bad arguments", function()
    raises("string expected", candle.read)
    raises("from is a time", candle.read, "x.csv", { from = 1.5 })
    raises("from: ", candle.read, "x.csv", { from = "yesterday" })
    raises("exact is true or false", candle.read, "x.csv", { exact = 1 })
    raises("table expected", candle.aggregate, 5, "1h")
    raises("bad argument", candle.aggregate, {}, "an hour")
    raises("do not fill", candle.aggregate, { { time = 1713459600 * 10 ^ 9 // 1 | 0, open = 1, high = 1, low = 1,
      close = 1 }, { time = 1713459645 * 10 ^ 9 // 1 | 0, open = 1, high = 1, low = 1, close = 1 } }, "1m")
  end)

  local T = 1713459600000000000
  local expected = { T, 10, 12.5, 9, 11, 100.25 }

  local dialects = {
    { "a header in order", "time,open,high,low,close,volume\n1713459600,10,12.5,9,11,100.25\n", "ohlcv" },
    { "a header in another order", "Volume,Close,LOW,High,Open,Timestamp\n100.25,11,9,12.5,10,1713459600\n", "ohlcv" },
    { "short names", "t,o,h,l,c,v\n1713459600,10,12.5,9,11,100.25\n", "ohlcv" },
    { "more columns", "unix,date,symbol,open,high,low,close,Volume BTC,Volume USD\n"
      .. "1713459600,2024-04-18,BTC/USD,10,12.5,9,11,100.25,5\n", "ohlcv" },
    { "no header", "1713459600,10,12.5,9,11,100.25\n", "ohlcv" },
    { "Coinbase's order with a header", "time,low,high,open,close,volume\n1713459600,9,12.5,10,11,100.25\n",
      "coinbase" },
    { "Coinbase's order without one", "1713459600,9,12.5,10,11,100.25\n", "coinbase" },
    { "a Binance dump in ms", "1713459600000,10,12.5,9,11,100.25,1713459659999,5,7,1,2,0\n", "binance" },
    { "a Binance dump in µs", "1713459600000000,10,12.5,9,11,100.25,1713459659999999,5,7,1,2,0\n", "binance" },
    { "a Binance dump with a header", "open_time,open,high,low,close,volume,close_time,quote_volume,count,"
      .. "taker_buy_volume,taker_buy_quote_volume,ignore\n"
      .. "1713459600000,10,12.5,9,11,100.25,1713459659999,5,7,1,2,0\n", "binance" },
    { "Kraken", "1713459600,10,12.5,9,11,100.25,7\n", "kraken" },
    { "Kraken with vwap", "1713459600,10,12.5,9,11,10.5,100.25,7\n", "kraken" },
    { "nanoseconds", "1713459600000000000,10,12.5,9,11,100.25\n", "ohlcv" },
    { "seconds with decimals", "1713459600.0,10.0,12.50,9.0,11.,100.250\n", "ohlcv" },
    { "seconds with nine decimals", "1713459600.000000000,10,12.5,9,11,100.25\n", "ohlcv" },
    { "ISO with Z", "2024-04-18T17:00:00Z,10,12.5,9,11,100.25\n", "ohlcv" },
    { "ISO with a space", "2024-04-18 17:00:00,10,12.5,9,11,100.25\n", "ohlcv" },
    { "ISO with a zone", "2024-04-18 19:00:00+02:00,10,12.5,9,11,100.25\n", "ohlcv" },
    { "ISO and UTC", "2024-04-18 17:00:00 UTC,10,12.5,9,11,100.25\n", "ohlcv" },
    { "semicolons", "time;open;high;low;close;volume\n1713459600;10;12.5;9;11;100.25\n", "ohlcv" },
    { "tabs", "1713459600\t10\t12.5\t9\t11\t100.25\n", "ohlcv" },
    { "a byte order mark, CRLF, quotes and blank lines", '\239\187\191"time","open","high","low","close","volume"\r\n'
      .. '"1713459600","10","12.5", 9 ,"11","100.25"\r\n\r\n\n  \n', "ohlcv" },
    { "no newline at the end", "1713459600,10,12.5,9,11,100.25", "ohlcv" },
    { "exponents", "1.7134596e9,1e1,1.25E1,90e-1,+11,1.0025e+2\n", "ohlcv" },
    { "an index without a name", ",open,high,low,close,volume\n2024-04-18 17:00:00,10,12.5,9,11,100.25\n", "ohlcv" },
  }
  for _, case in ipairs(dialects) do
    it("reads " .. case[1], function()
      local bars, report = read(case[2])
      assert.is_nil(not bars and tostring(report) or nil)
      assert.same(expected, values(bars[1]))
      assert.same({ 1, case[3], 60 * 10 ^ 9 }, { #bars, report.dialect, report.frame })
    end)
  end

  it("reads bars without volume as zero volume, and tiny prices exactly", function()
    local bars = assert(read "time,open,high,low,close\n1713459600,1e-7,0.0000002,1e-7,1.5e-7\n")
    assert.same({ 1e-7, 2e-7, 1e-7, 1.5e-7, 0 }, { table.unpack(values(bars[1]), 2) })
    local exact = assert(candle.read(path, { exact = true }))
    assert.equal(decimal "0.00000015", exact[1].close)
  end)

  it("reads numbers of any length to the very decimal, and to the double of that decimal", function()
    math.randomseed(5)
    local rows, texts = {}, {}
    for i = 1, 2000 do
      local whole, digits = tostring(math.random(1, 10 ^ math.random(0, 15) // 1 | 0)), {}
      for k = 1, i % 17 do digits[k] = math.random(0, 9) end
      texts[i] = whole .. (#digits > 0 and "." .. table.concat(digits) or "")
      rows[i] = ("%d,%s,%s,%s,%s,%s"):format(1600000000 + 60 * i, texts[i], texts[i], texts[i], texts[i], texts[i])
    end
    local exact = assert(read(table.concat(rows, "\n"), { exact = true }))
    local floats = assert(candle.read(path))
    for i, text in ipairs(texts) do
      assert.equal(decimal(text), exact[i].close)
      assert.equal(tonumber(text), floats[i].volume)
    end
  end)

  local head = "time,open,high,low,close,volume\n1713459600,10,12,9,11,1\n"

  local bad = {
    { "columns", "1713463200,10,12,9,11", "5 columns where 6 are expected" },
    { "columns", "1713463200,10,5,12,5,9,5,11,5,1,5", "decimal comma" },
    { "number", "1713463200,10,12,9,abc,1", "close 'abc' is not a number" },
    { "number", "1713463200,nan,12,9,11,1", "open 'nan'" },
    { "number", "1713463200,10,inf,9,11,1", "high 'inf'" },
    { "number", "1713463200,10,12,9,11,", "volume ''" },
    { "number", '1713463200,10,12,9,"11,5",1', "decimal comma; write a point" },
    { "number", "1713463200,10,1e40,9,11,1", "high '1e40' is too large" },
    { "negative", "1713463200,10,12,-9,11,1", "low %-9 is negative" },
    { "negative", "1713463200,10,12,9,11,-1", "volume %-1 is negative" },
    { "zero_price", "1713463200,10,12,0,11,1", "low 0 is no price" },
    { "impossible", "1713463200,10,9,8,9,1", "high 9 is below open 10" },
    { "impossible", "1713463200,10,12,9,12.5,1", "high 12 is below close 12.5" },
    { "impossible", "1713463200,10,12,10.5,11,1", "low 10.5 is above open 10" },
    { "impossible", "1713463200,10,12,9.5,9,1", "low 9.5 is above close 9" },
    { "time", "1713463200000,10,12,9,11,1", "is in milliseconds, but the file's first times are in seconds" },
    { "time", "17134,10,12,9,11,1", "not a time between 1990 and 2200 in seconds" },
    { "time", "soon,10,12,9,11,1", "time 'soon'" },
    { "duplicate", "1713459600,10,12,9,11,1", "a second bar of 2024%-04%-18T17:00:00Z; the first is line 2" },
  }
  for _, case in ipairs(bad) do
    it("refuses " .. case[1] .. ": " .. case[2]:gsub("%c", "?"), function()
      local text = head .. case[2] .. "\n1713466800,10,12,9,11,1\n"
      local bars, err = read(text)
      assert.is_nil(bars)
      assert.equal(case[1], err.code)
      assert.matches(case[3], err.message)
      assert.equal(path .. ":3", err.where)
      local kept, report = assert(candle.read(path, { bad_bars = "skip" }))
      assert.same({ 2, 1 }, { #kept, report.skipped })
      assert.matches("^line 3: ", report.skipped_example)
    end)
  end

  it("refuses disorder and overlap", function()
    local _, back = read(head .. "1713466800,10,12,9,11,1\n1713463200,10,12,9,11,1\n")
    assert.same({ "disorder", path .. ":4" }, { back.code, back.where })
    assert.matches("time goes back: 2024%-04%-18T18:00:00Z after 2024%-04%-18T19:00:00Z %(line 3%)", back.message)
    local hours = { "time,open,high,low,close,volume" }
    for i = 0, 599 do hours[#hours + 1] = (1713459600 + i * 3600) .. ",10,12,9,11,1" end
    hours[#hours + 1] = (1713459600 + 599 * 3600 + 60) .. ",10,12,9,11,1\n"
    local _, overlap = read(table.concat(hours, "\n"))
    assert.same({ "overlap", path .. ":602" }, { overlap.code, overlap.where })
  end)

  it("says how to sort a file that has the newest bar first", function()
    local rows = "1713466800,10,12,9,11,1\n1713463200,10,12,9,11,1\n1713459600,10,12,9,11,1\n"
    local _, err = read("time,open,high,low,close,volume\n" .. rows)
    assert.equal("descending", err.code)
    assert.equal(path .. ":3", err.where)
    assert.matches("tail %-n %+2 FILE | sort %-t, %-k1,1n", err.message)
    local _, plain = read(rows, { bad_bars = "skip" })
    assert.matches("sort %-t, %-k1,1n FILE > SORTED", plain.message)
  end)

  local hopeless = {
    { "empty", "" }, { "empty", "\n\r\n  \n" }, { "header_only", "time,open,high,low,close,volume\n" },
    { "missing_column", "time,open,high,low,clsoe,volume\n1713459600,1,1,1,1,1\n" },
    { "missing_column", "hello world\n" }, { "too_few_columns", "1713459600,10,12\n" },
    { "missing_header", "1713459600,1,1,1,1,1,1,1,1,1\n" }, { "time", "12,10,12,9,11,1\n" },
    { "binary", "\0\1\2\3\4" }, { "binary", "PK\3\4xxxxxxxx" }, { "binary", '[{"time":1}]' },
    { "binary", "\255\254t\0i\0" }, { "binary", "<!DOCTYPE html>" },
    { "quotes", "time,bid_open,bid_close,ask_open,ask_close\n1713459600,1,1,1,1\n" },
    { "columns", ("1,"):rep(70) .. "\n" },
  }
  for i, case in ipairs(hopeless) do
    it("refuses a file that is no candles, whatever bad_bars says: " .. case[1] .. " " .. i, function()
      for _, how in ipairs { "refuse", "skip" } do
        local bars, err = read(case[2], { bad_bars = how })
        assert.is_nil(bars)
        assert.equal(case[1], err.code)
        assert.equal(path .. ":1", err.where)
      end
    end)
  end

  it("names the nearest header word, and what a quotes file holds", function()
    local _, err = read "time,open,high,low,clsoe,volume\n1713459600,1,1,1,1,1\n"
    assert.equal("clsoe", err.nearest)
    assert.matches("no column 'close' in the header 'time,open,high,low,clsoe,volume'", err.message)
    local real = shared.path "data/lean_coinbase_minute/BTC-USD_1m_quotes.csv.gz"
    if not real then return pending "../shared is absent" end
    local _, quotes = candle.read(real)
    assert.equal("quotes", quotes.code)
    assert.matches("no column 'open'.*holds quotes", quotes.message)
  end)

  it("cuts times outside from and to, and counts gaps", function()
    local rows = {}
    for _, h in ipairs { 0, 1, 2, 5, 6, 9 } do rows[#rows + 1] = (1713459600 + h * 3600) .. ",10,12,9,11,1" end
    local bars, report = read(table.concat(rows, "\n"))
    assert.same({ 6, 2, 4, 4, 3600 * 10 ^ 9 },
      { #bars, report.gaps, report.missing_bars, report.first_gap_line, report.frame })
    bars = assert(candle.read(path, { from = "2024-04-18T18:00:00Z", to = T + 5 * 3600 * 10 ^ 9 // 1 | 0 }))
    assert.same({ 2, T + 3600 * 10 ^ 9 // 1 | 0 }, { #bars, bars[1].time })
    assert.same({}, (candle.read(path, { from = "2030-01-01" })))
  end)

  it("aggregates one minute to five: each result agrees with its sources, in any random walk", function()
    math.randomseed(11)
    local bars, price, time = {}, 100, 1713459600
    for _ = 1, 3000 do
      local open, close = price, math.max(1, price + math.random(-5, 5))
      bars[#bars + 1] = { time = time * 10 ^ 9 // 1 | 0, open = open, high = math.max(open, close) + math.random(0, 3),
        low = math.min(open, close) - math.random(0, 7) / 8, close = close, volume = math.random(0, 100) }
      price, time = close, time + 60 * (math.random(10) == 1 and math.random(1, 9) or 1)
    end
    local groups, order = {}, {}
    for _, bar in ipairs(bars) do
      local start = bar.time // (300 * 10 ^ 9 // 1 | 0) * (300 * 10 ^ 9 // 1 | 0)
      local sum = groups[start]
      if not sum then
        sum = { time = start, open = bar.open + 0.0, high = bar.high, low = bar.low, volume = 0.0 }
        groups[start], order[#order + 1] = sum, sum
      end
      sum.high, sum.low = math.max(sum.high, bar.high) + 0.0, math.min(sum.low, bar.low) + 0.0
      sum.close, sum.volume = bar.close + 0.0, sum.volume + bar.volume
    end
    assert.same(order, candle.aggregate(bars, "5m", { partial = true }))
  end)

  it("starts weeks on Monday and leaves an unfinished bar out", function()
    local bars = {}
    for day = 0, 13 do
      local time = 1713398400000000000 + day * 86400000000000 -- Thursday 2024-04-18
      bars[#bars + 1] = { time = time, open = 1, high = 1, low = 1, close = 1, volume = 1 }
    end
    local weeks = candle.aggregate(bars, "1w")
    assert.same({ 2, 1713139200000000000, 4.0, 7.0 }, { #weeks, weeks[1].time, weeks[1].volume, weeks[2].volume })
    assert.equal(3, #candle.aggregate(bars, "1w", { partial = true }))
    assert.same({}, candle.aggregate({}, "1h"))
  end)

  it("names the bar of a list that cannot be read", function()
    local good = { time = T, open = 1, high = 1, low = 1, close = 1 }
    local function fails(bar, code, pattern)
      local ok, err = candle.aggregate({ good, bar }, "1h")
      assert.is_nil(ok)
      assert.same({ code, "bar 2" }, { err.code, err.where })
      assert.matches(pattern, err.message)
    end
    fails(5, "bar", "a bar is a table")
    fails({}, "time", "time")
    fails({ time = 1713459600, open = 1, high = 1, low = 1, close = 1 }, "time", "not in nanoseconds")
    fails({ time = T + 1, open = 1, high = 1, low = 1 }, "number", "close: nothing is no number")
    fails({ time = T + 1, open = 0 / 0, high = 1, low = 1, close = 1 }, "number", "open")
    fails({ time = T + 1, open = "x", high = 1, low = 1, close = 1 }, "not_a_number", "open")
    fails({ time = T + 1, open = 2, high = 1, low = 1, close = 1 }, "impossible", "high 1 is below open 2")
    fails({ time = T, open = 1, high = 1, low = 1, close = 1 }, "disorder", "not after")
    local text = { time = "2024-04-18T18:00:00Z", open = "1.10", high = decimal "2", low = 0.1, close = 1 }
    local exact = assert(candle.aggregate({ text }, "1h", { exact = true }))
    assert.same({ "1.1", "2", "0.1", "1", "0" }, { tostring(exact[1].open), tostring(exact[1].high),
      tostring(exact[1].low), tostring(exact[1].close), tostring(exact[1].volume) })
  end)

  for _, coin in ipairs { "BTC", "ETH" } do
    it("makes the real 6h file of " .. coin .. " from the 1h file in all 2995 complete bars", function()
      local base = "data/candles_coinbase_2024_2026/" .. coin .. "-USD_"
      local fine, coarse = shared.path(base .. "1h.csv.gz"), shared.path(base .. "6h.csv.gz")
      if not fine then return pending "../shared is absent" end
      local hours = assert(candle.read(fine, { exact = true }))
      local complete, real = {}, {}
      for _, bar in ipairs(hours) do
        local start = bar.time // 21600000000000 * 21600000000000
        complete[start] = (complete[start] or 0) + 1
      end
      for _, bar in ipairs(assert(candle.read(coarse, { exact = true }))) do real[bar.time] = bar end
      local equal, compared = 0, 0
      for _, bar in ipairs(candle.aggregate(hours, "6h", { exact = true })) do
        local other = real[bar.time]
        if complete[bar.time] == 6 and other then
          compared = compared + 1
          local same = true
          for _, name in ipairs { "open", "high", "low", "close" } do same = same and bar[name] == other[name] end
          if same then equal = equal + 1 end
        end
      end
      assert.same({ 2995, 2995 }, { equal, compared })
    end)
  end
end)
