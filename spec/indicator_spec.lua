-- SPDX-License-Identifier: MIT
-- neap.indicator: its shape, its errors, naive formulas. (Beside other programs: indicator_reference_spec.lua)
local indicator = require "neap.indicator"

local KINDS = { "sma", "ema", "highest", "lowest", "atr", "rsi", "zscore", "series" }

local function feed(x, ...)
  for _, value in ipairs { ... } do x:push(value) end
  return x
end

local function bar(high, low, close) return { high = high, low = low, close = close } end

describe("neap.indicator", function()
  it("adds no global", function()
    local before = {}
    for name in pairs(_G) do before[name] = true end
    package.loaded["neap.indicator"] = nil
    require "neap.indicator"
    for name in pairs(_G) do assert.is_true(before[name], name) end
  end)

  it("has a closed set of fields and of bar fields", function()
    local x = indicator.sma(3)
    assert.error_matches(function() return x.valeu end, "sma%(3%) has no 'valeu'; did you mean 'value'%?")
    assert.error_matches(function() return x.crossed_abov end, "did you mean 'crossed_above'")
    assert.error_matches(function() return x[1.5] end, "sma%(3%) has no '1.5'")
    assert.error_matches(function() return x[{}] end, "sma%(3%) has no 'table'$")
    assert.error_matches(function() x.value = 1 end, "read%-only")
    assert.error_matches(function() indicator.atr(2):push { hihg = 1, low = 1, close = 1 } end, "high")
  end)

  it("refuses bad periods", function()
    for _, kind in ipairs(KINDS) do
      for _, period in ipairs { 0, -1, 1000001, math.mininteger, math.maxinteger } do
        assert.error_matches(function() indicator[kind](period) end, kind .. ": the period must be a whole number")
      end
      for _, period in ipairs { 2.5, "20", {}, true } do
        assert.error_matches(function() indicator[kind](period) end, "whole number expected")
      end
      assert.error_matches(function() indicator[kind]() end, "whole number expected")
    end
    assert.error_matches(function() indicator.zscore(1) end, "from 2 to 1000000, not 1")
  end)

  it("refuses bad inputs and is unchanged by them", function()
    local x = feed(indicator.sma(2), 1, 2)
    for _, value in ipairs { 0 / 0, math.huge, -math.huge, 1e151 } do
      assert.error_matches(function() x:push(value) end, "sma%(2%): cannot push")
    end
    for _, value in ipairs { "3", true, {}, print } do
      assert.has_error(function() x:push(value) end)
    end
    assert.has_error(function() x:push() end)
    assert.error_matches(function() x:push(bar(1, 2, 1)) end, "high not below low")
    assert.error_matches(function() x:push(bar(1, 0 / 0, 1)) end, "cannot push this bar")
    assert.error_matches(function() x:push { high = 1, low = 1 } end, "'close' must be a number")
    assert.equal(1.5, x.value)
    assert.error_matches(function() indicator.atr(2):push(1) end, "atr%(2%) needs bars: push {")
  end)

  it("refuses a stranger as self and as the other line", function()
    local x = feed(indicator.sma(1), 1, 2)
    assert.error_matches(function() x.crossed_above(io.stdout, x) end, "indicator expected")
    assert.error_matches(function() x.push(nil, 1) end, "indicator expected")
    assert.error_matches(function() x:crossed_above() end, "indicator or number expected")
    assert.error_matches(function() x:crossed_above "1" end, "indicator or number expected")
    assert.error_matches(function() x:crossed_above(io.stdout) end, "indicator or number expected")
  end)

  it("says how many pushes are missing", function()
    local x = indicator.sma(3)
    assert.is_false(x.ready)
    assert.error_matches(function() return x.value end, "sma%(3%)%[0%] is not ready: 3 more pushes needed")
    feed(x, 1, 2)
    assert.error_matches(function() return x.value end, "1 more push needed")
    assert.error_matches(function() return x[1] end, "sma%(3%)%[1%] is not ready: 2 more pushes needed")
    x:push(6)
    assert.is_true(x.ready)
    assert.equal(3.0, x.value)
    assert.equal(3.0, x[0])
    assert.error_matches(function() return x[1] end, "1 more push needed")
    assert.error_matches(function() return x[-1] end, "later than now")
    for kind, wanted in pairs { rsi = 4, atr = 3, ema = 3, highest = 3, lowest = 3, zscore = 3, series = 1 } do
      assert.error_matches(function() return indicator[kind](3).value end, wanted .. " more push")
    end
  end)

  it("keeps two values, and more when asked", function()
    local x = feed(indicator.sma(1), 1, 2, 3)
    assert.equal(2.0, x[1])
    assert.error_matches(function() return x[2] end, "sma%(1%)%[2%]: only 2 values are kept, the oldest is %[1%]")
    feed(x:keep(4), 4, 5)
    assert.same({ 5.0, 4.0, 3.0, 2.0 }, { x[0], x[1], x[2], x[3] })
    feed(x, 6, 7)
    assert.same({ 7.0, 6.0, 5.0, 4.0 }, { x[0], x[1], x[2], x[3] })
    assert.error_matches(function() return x[4] end, "only 4 values are kept")
    x:keep(2)
    assert.equal(4.0, x[3])
    assert.error_matches(function() x:keep(0) end, "from 1 to 1000000")
    assert.error_matches(function() x:keep(1000001) end, "from 1 to 1000000")
    local fresh = indicator.series(2):keep(5)
    assert.error_matches(function() return fresh[3] end, "4 more pushes needed")
  end)

  it("keeps a series as long as asked", function()
    local s = indicator.series(5)
    for i = 1, 12 do
      s:push(i)
      for back = 0, math.min(i, 5) - 1 do assert.equal(i - back + 0.0, s[back]) end
    end
    assert.error_matches(function() return s[5] end, "only 5 values are kept")
    assert.equal(1.0, feed(indicator.series(1), 1, 2)[1])
  end)

  it("takes from a bar what its kind looks at", function()
    local function of(kind) return indicator[kind](1):push(bar(9, 1, 5)).value end
    assert.same({ 9.0, 1.0, 5.0, 5.0, 5.0, 8.0 },
      { of "highest", of "lowest", of "sma", of "ema", of "series", of "atr" })
    local whole = { time = 0, open = 2, high = 9, low = 1, close = 5, volume = 3 }
    assert.equal(9.0, indicator.highest(1):push(whole).value)
  end)

  it("crosses only strictly, and not on the first ready value", function()
    local x, y = indicator.series(1), indicator.series(1)
    local function step(a, b)
      x:push(a)
      y:push(b)
      return x:crossed_above(y), x:crossed_below(y)
    end
    assert.same({ false, false }, { step(1, 2) })
    assert.same({ true, false }, { step(3, 2) })
    assert.same({ false, false }, { step(2, 2) })
    assert.same({ false, false }, { step(1, 2) })
    assert.same({ true, false }, { step(5, 4) })
    assert.same({ false, true }, { step(3, 4) })
    assert.is_false(x:crossed_above(x))
    assert.is_false(indicator.sma(5):crossed_above(x))
    assert.is_false(x:crossed_below(indicator.sma(5)))
  end)

  it("crosses a level", function()
    local x = feed(indicator.series(1), 29)
    assert.is_false(x:crossed_above(20))
    x:push(31)
    assert.is_true(x:crossed_above(30))
    assert.is_false(x:crossed_above(31))
    assert.is_false(x:crossed_above(29))
    assert.is_false(x:crossed_below(30))
    x:push(10)
    assert.is_true(x:crossed_below(30.5))
  end)

  it("prints itself on one line without an address", function()
    local x = indicator.sma(3)
    assert.equal("sma(3) not ready: 3 more to push", tostring(x))
    assert.equal("sma(3) = 2.0", tostring(feed(x, 1, 2, 3)))
    assert.equal("indicator", getmetatable(x))
  end)

  it("is exact where all inputs are equal", function()
    local sma, z, ema = indicator.sma(7), indicator.zscore(7), indicator.ema(7)
    for _ = 1, 50 do feed(sma, 0.1) feed(z, 0.1) feed(ema, 0.1) end
    assert.equal(0.1, sma.value)
    assert.equal(0.0, z.value)
    assert.near(0.1, ema.value, 1e-16)
  end)

  it("answers the ends of the relative strength", function()
    assert.equal(100.0, feed(indicator.rsi(3), 1, 2, 3, 4).value)
    assert.equal(0.0, feed(indicator.rsi(3), 4, 3, 2, 1).value)
    assert.equal(50.0, feed(indicator.rsi(3), 5, 5, 5, 5).value)
  end)

  it("forgets a spike that has left the window", function()
    local sma, z = indicator.sma(4), indicator.zscore(4)
    for _, value in ipairs { 1, 2, 1e12, 2, 1, 2, 1, 2 } do feed(sma, value) feed(z, value) end
    assert.near(1.5, sma.value, 1e-3)
    assert.near(0.5 / math.sqrt(1 / 3), z.value, 1e-12)
  end)

  it("survives inputs at the edge of what it takes", function()
    for _, kind in ipairs { "sma", "ema", "rsi", "zscore", "highest", "lowest" } do
      local x = indicator[kind](3)
      for i = 1, 20 do x:push(i % 2 == 0 and 1e150 or -1e150) end
      assert.is_true(x.value == x.value and math.abs(x.value) < math.huge, kind)
    end
  end)
end)

-- Naive formulas over the window's last n inputs, newest last.
local function mean(window)
  local sum = 0.0
  for _, value in ipairs(window) do sum = sum + value end
  return sum / #window
end

local NAIVE = {
  sma = mean,
  highest = function(window) return math.max(table.unpack(window)) end,
  lowest = function(window) return math.min(table.unpack(window)) end,
  zscore = function(window)
    local m, squares = mean(window), 0.0
    for _, value in ipairs(window) do squares = squares + (value - m) ^ 2 end
    return squares > 0 and (window[#window] - m) / math.sqrt(squares / (#window - 1)) or 0.0
  end,
}

describe("neap.indicator: property", function()
  it("agrees with naive formulas on random walks", function()
    math.randomseed(42)
    for kind, formula in pairs(NAIVE) do
      for _, period in ipairs { 2, 3, 5, 8, 33 } do
        local x, window, price = indicator[kind](period), {}, 100.0
        for i = 1, 400 do
          price = price + math.random(-8, 8) * 0.25
          x:push(price)
          window[#window + 1] = price
          if #window > period then table.remove(window, 1) end
          assert.equal(i >= period, x.ready)
          if x.ready then assert.near(formula(window), x.value, 1e-9, kind .. period) end
        end
      end
    end
  end)
end)
