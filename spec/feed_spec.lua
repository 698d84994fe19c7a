-- SPDX-License-Identifier: MIT
-- The feed behind neap.candle.read: files as they lie on disks, plain, packed, damaged, missing; and the real ones.
local shared = require "spec.support.shared"

describe("the feed", function()
  local candle = require "neap.candle"
  local path
  before_each(function() path = os.tmpname() end)
  after_each(function() os.remove(path) end)

  local function write(text)
    local file = assert(io.open(path, "wb"))
    file:write(text)
    file:close()
  end

  local function pack(text)
    local pipe = assert(io.popen("gzip -c > '" .. path .. "'", "w"))
    pipe:write(text)
    assert(pipe:close())
    local file = assert(io.open(path, "rb"))
    local packed = file:read "a"
    file:close()
    return packed
  end

  local function many(count)
    local rows = { "time,open,high,low,close,volume" }
    for i = 1, count do
      rows[#rows + 1] = ("%d,%d.%02d,20000,1,100,%d"):format(1600000000 + 60 * i, 100 + i % 77, i % 100, i)
    end
    return table.concat(rows, "\n") .. "\n"
  end

  local function fails(code, pattern)
    local bars, err = candle.read(path)
    assert.is_nil(bars)
    assert.equal(code, err.code)
    assert.matches(pattern, tostring(err))
    return err
  end

  it("gives the same bars and the same digest for plain and packed bytes", function()
    local text = many(20000) -- more than one buffer
    write(text)
    local plain, report = assert(candle.read(path))
    pack(text)
    local packed, packed_report = assert(candle.read(path))
    assert.equal(20000, #plain)
    assert.same(plain[19999], packed[19999])
    assert.same(report, packed_report)
    local sum = assert(io.popen("gzip -dc '" .. path .. "' | b2sum"))
    assert.equal(report.digest, sum:read(64))
    sum:close()
  end)

  it("reads archives that were put one after the other, and ignores what follows the last", function()
    local first, second = pack(many(10)), pack "1700000000,1,1,1,1,1\n"
    write(first .. second .. "padding")
    assert.equal(11, #assert(candle.read(path)))
  end)

  it("notices a cut off archive wherever it is cut", function()
    local packed = pack(many(3000))
    for _, cut in ipairs { 3, 12, 40, #packed // 2, #packed - 9, #packed - 1 } do
      write(packed:sub(1, cut))
      fails("damaged_gzip", "cut off")
    end
  end)

  it("notices a changed byte in an archive", function()
    local packed = pack(many(3000))
    local at = #packed - 6 -- in the check sum
    write(packed:sub(1, at - 1) .. string.char(packed:byte(at) ~ 1) .. packed:sub(at + 1))
    fails("damaged_gzip", "damaged")
  end)

  it("refuses what is no file", function()
    local bars, err = candle.read "/"
    assert.is_nil(bars)
    assert.equal("is_directory", err.code)
    write(("x"):rep(300000))
    fails("missing_column", "no column 'time'")
    write("time,open,high,low,close,volume\n1600000000,1,1,1,1,1\n" .. ("1"):rep(600000))
    fails("line_too_long", ":3%)")
  end)

  it("names the nearest file beside one that is missing", function()
    local bars, err = candle.read "spec/fed_spec.lua"
    assert.is_nil(bars)
    assert.same({ "no_file", "feed_spec.lua" }, { err.code, err.nearest })
    bars, err = candle.read "no/such/folder/x.csv"
    assert.is_nil(bars)
    assert.equal("no_file", err.code)
  end)

  it("tells a file that was cut off in the middle of a line", function()
    write((many(5):gsub(",100,5\n$", "")))
    fails("columns", "4 columns where 6 are expected %(was the line cut off%?%).*:6")
  end)

  it("reads a pipe", function()
    local bars
    local ok = os.execute("mkfifo '" .. path .. ".fifo' 2>/dev/null")
    if not ok then return pending "no mkfifo here" end
    write(many(5000))
    os.execute(("cat '%s' > '%s.fifo' &"):format(path, path))
    bars = assert(candle.read(path .. ".fifo"))
    os.remove(path .. ".fifo")
    assert.equal(5000, #bars)
  end)

  it("accepts or refuses any damage without a crash, and never delivers a disordered or impossible bar", function()
    math.randomseed(3)
    local text = many(60)
    for _ = 1, 400 do
      local at, n = math.random(#text), math.random(0, 5)
      local junk = {}
      for i = 1, math.random(0, 5) do junk[i] = string.char(math.random(0, 255)) end
      write(text:sub(1, at) .. table.concat(junk) .. text:sub(at + n))
      local bars, err = candle.read(path, { bad_bars = math.random(2) == 1 and "skip" or "refuse" })
      assert.is_truthy(bars or err.code)
      local last = 0
      for _, bar in ipairs(bars or {}) do
        assert.is_true(bar.time > last and bar.high >= bar.low and bar.low > 0)
        last = bar.time
      end
    end
  end)

  local real = {
    { "candles_coinbase_2024_2026/BTC-USD_15m", 71945, "15m", 4, 56 },
    { "candles_coinbase_2024_2026/ETH-USD_15m", 71943, "15m", 5, 58 },
    { "candles_coinbase_2024_2026/BTC-USD_1h", 17989, "1h", 2, 10 },
    { "candles_coinbase_2024_2026/ETH-USD_1h", 17989, "1h", 2, 10 },
    { "candles_coinbase_2024_2026/BTC-USD_6h", 3039, "6h", 0, 0 },
    { "candles_coinbase_2024_2026/ETH-USD_6h", 3039, "6h", 0, 0 },
    { "candles_other_1m/FTX-BTC-PERP_1m_2022_01", 45031, "1m", 0, 0 },
    { "lean_coinbase_minute/BTC-USD_1m_trades", 12423, "1m" },
    { "lean_coinbase_minute/ETH-USD_1m_trades", 5329, "1m" },
    { "lean_coinbase_daily/BTC-USD_1d_trades", 1318, "1d", 8, 34 },
    { "stats_backtesting_py/GOOG_1d", 2148, "1d" },
  }
  local frames = { ["1m"] = 60, ["15m"] = 900, ["1h"] = 3600, ["6h"] = 21600, ["1d"] = 86400 }
  for _, case in ipairs(real) do
    it("loads the real file " .. case[1], function()
      local file = shared.path("data/" .. case[1] .. ".csv.gz")
      if not file then return pending "../shared is absent" end
      local bars, report = assert(candle.read(file))
      assert.same({ case[2], frames[case[3]] * 10 ^ 9, 0 }, { #bars, report.frame, report.skipped })
      if case[4] then assert.same({ case[4], case[5] }, { report.gaps, report.missing_bars }) end
    end)
  end
end)
