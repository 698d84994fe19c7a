-- SPDX-License-Identifier: MIT
-- neap.liquidity: depth of a book, impact on it, and what the last bar says where there is no book.

describe("neap.liquidity", function()
  local decimal = require "neap.decimal"
  local liquidity = require "neap.liquidity"
  local product = require "neap.product"
  local btc = product.new("BTC-USD", { price_increment = "0.01", base_increment = "0.000001" })

  local function near(expected, got, tolerance)
    assert.is_true(math.abs(expected - got:float()) <= (tolerance or 0.0005),
      ("expected %s, got %s"):format(expected, tostring(got)))
  end

  local function text(list)
    local out = {}
    for i, value in ipairs(list) do out[i] = tostring(value) end
    return out
  end

  local function ladder(from, step, size)
    local side = {}
    for i = 0, 4 do side[i + 1] = { from + step * i, size } end
    return side
  end

  local function five_levels() return { bids = ladder(49995, -5, 1000), asks = ladder(50005, 5, 1000) } end

  it("adds no global", function()
    local before = {}
    for name in pairs(_G) do before[name] = true end
    package.loaded["neap.liquidity"] = nil
    require "neap.liquidity"
    for name in pairs(_G) do assert.is_true(before[name], name) end
  end)

  it("refuses unknown options, with the nearest", function()
    assert.error_matches(function() liquidity.depth { bid = {} } end, "did you mean 'bids'")
    assert.error_matches(function() liquidity.expect({ spread_bp = 1 }, "buy", 1) end, "did you mean 'spread_bps'")
    assert.error_matches(function() liquidity.expect({}, "by", 1) end, "did you mean 'buy'")
  end)

  it("refuses bad arguments", function()
    assert.error_matches(function() liquidity.depth { bids = {} } end, "asks: a list")
    assert.error_matches(function() liquidity.depth { bids = { 1 }, asks = {} } end, "{price, size}")
    assert.error_matches(function() liquidity.depth { bids = { { 0.5, 1 } }, asks = {} } end, "float")
    assert.has_error(function() liquidity.expect({}, "buy", -1) end)
    assert.has_error(function() liquidity.of_candle("BTC-USD", {}, "1h") end)
    local bar = { time = 0, open = 1, high = 1, low = 2, close = 1, volume = 1 }
    assert.error_matches(function() liquidity.of_candle(btc, bar, "1h") end, "low 2 is above")
    local book = five_levels()
    book.side, book.quantity = "buy", 0
    assert.has_error(function() liquidity.impact(book) end)
  end)

  it("refuses a book that is not sorted, or crossed", function()
    for _, book in ipairs {
      { bids = { { 99, 1 }, { 100, 1 } }, asks = { { 101, 1 } } },
      { bids = { { 100, 1 } }, asks = { { 102, 1 }, { 101, 1 } } },
      { bids = { { 100, 1 } }, asks = { { 100, 1 } } },
      { bids = { { 100, -1 } }, asks = { { 101, 1 } } },
    } do
      local _, err = liquidity.depth(book)
      assert.equal("book_order", err.code)
      _, err = liquidity.of_book(book)
      assert.equal("book_order", err.code)
    end
  end)

  it("H8.121 measures a deep book, and the impact on it when 15 minutes had 1000 of volume", function()
    local book = five_levels()
    local depth = liquidity.depth(book)
    assert.same({ "2", "500000000", "95", "excellent" },
      { tostring(depth.spread_bps), tostring(depth.value[1]), tostring(depth.score), depth.condition })
    book.side, book.volume = "buy", 1000
    book.quantity = "0.01"
    local estimate = liquidity.impact(book)
    near(35.426, estimate.impact_bps)
    assert.is_nil(estimate.slice)
    assert.is_true(estimate.post_only)
    book.quantity = "0.02"
    estimate = liquidity.impact(book)
    near(50.1, estimate.impact_bps)
    near(0.005, estimate.slice, 1e-9)
    book.quantity = "0.1"
    near(112.027, liquidity.impact(book).impact_bps)
  end)

  it("H8.121 expects nothing where no volume is known, which the reference counted as 1,000", function()
    local book = five_levels()
    book.side, book.quantity = "buy", "0.01"
    local estimate, err = liquidity.impact(book)
    assert.is_nil(estimate)
    assert.equal("no_liquidity", err.code)
  end)

  it("H8.122 measures a thin and lopsided book", function()
    local book = { bids = { { 100, 5 } }, asks = { { 101, 15 } } }
    local depth = liquidity.depth(book)
    near(99.50, depth.spread_bps, 0.005)
    assert.same({ "2010", "-0.5", "10.05", "critical" }, { tostring(depth.value[1]), tostring(depth.imbalance),
      tostring(depth.score), depth.condition })
    near(1 / 3, depth.bid_ask_ratio, 1e-9)
    book.side, book.quantity, book.volume = "sell", 20, 1000
    local estimate = liquidity.impact(book)
    near(467.64, estimate.impact_bps, 0.005)
    near(95.8002, estimate.average_price, 0.00005)
    near(2.4876, estimate.slice, 0.00005)
    assert.is_true(estimate.post_only)
    assert.is_true(estimate.worst_price < estimate.average_price)
  end)

  it("H8.124 adds up the bands from the touch", function()
    local depth = liquidity.depth {
      bids = { { 100, 10 }, { 99, 20 }, { 96, 30 } }, asks = { { 101, 5 }, { 102, 10 }, { 105, 15 } },
    }
    assert.same({ "30", "60", "60" }, text(depth.bid_depth))
    assert.same({ "15", "30", "30" }, text(depth.ask_depth))
    assert.same({ "4522.5", "9045", "9045" }, text(depth.value))
    near(1 / 3, depth.imbalance, 1e-9)
  end)

  it("says of an empty side that nothing is there (B7.4)", function()
    local depth = liquidity.depth { bids = {}, asks = { { 101, 1 } } }
    assert.same({ "10000", "1", "0", "critical" }, { tostring(depth.spread_bps), tostring(depth.bid_ask_ratio),
      tostring(depth.score), depth.condition })
    assert.equal("unknown", liquidity.of_book({ bids = {}, asks = { { 101, 1 } } }).source)
    local _, err = liquidity.impact { bids = {}, asks = { { 101, 1 } }, side = "buy", quantity = 1, volume = 1000 }
    assert.equal("no_liquidity", err.code)
  end)

  it("expects of a book half the share of what rests at the best price of the side that is hit", function()
    local view = liquidity.of_book { bids = { { 100, 5 } }, asks = { { 101, 10 } } }
    assert.equal("book", view.source)
    local spread, buy = liquidity.expect(view, "buy", 101)
    local _, sale = liquidity.expect(view, "sell", 100)
    near(99.5025, spread, 0.0001)
    assert.same({ "500", "1000" }, { tostring(buy), tostring(sale) })
    local _, err = liquidity.expect({ spread_bps = 1, depth = 0 }, "buy", 1)
    assert.equal("no_liquidity", err.code)
    _, err = liquidity.expect({}, "buy", 1)
    assert.equal("no_liquidity", err.code)
  end)

  local function bar(high, low, close, volume)
    return { time = 0, open = close, high = high, low = low, close = close, volume = volume }
  end

  it("reads a bar by the stated model", function()
    local view = liquidity.of_candle(btc, bar(10100, 10000, 10000, 25), "1h")
    assert.equal("candle", view.source)
    near(60.0561204, view.volatility_bps, 1e-6)
    near(60.0561204 / math.sqrt(60) / 10, view.spread_bps, 1e-6)
    assert.equal("250000", tostring(view.turnover))
    local spread, impact = liquidity.expect(view, "sell", 2500)
    near(0.7753, spread)
    near(6.00561, impact, 1e-4)
    assert.matches("0.6006", liquidity.assumption)
  end)

  it("takes one increment for the least range and the least spread", function()
    local view = liquidity.of_candle(btc, bar(100, 100, 100, 25), "1m")
    near(0.600561, view.volatility_bps, 1e-6)
    near(1, view.spread_bps, 1e-9)
  end)

  it("expects nothing of a bar without volume", function()
    local _, err = liquidity.expect(liquidity.of_candle(btc, bar(101, 100, 100, 0), "1h"), "buy", 1)
    assert.equal("no_liquidity", err.code)
  end)

  it("says the same of a day as of its hours: impact does not depend on the bar's length", function()
    local hour = liquidity.of_candle(btc, bar("100.5", "99.5", 100, 100), "1h")
    local four = liquidity.of_candle(btc, bar(101, 99, 100, 400), "4h")
    local _, one = liquidity.expect(hour, "buy", 1000)
    local _, other = liquidity.expect(four, "buy", 1000)
    near(one:float(), other, 1e-9)
  end)

  it("never expects less of more (property)", function()
    math.randomseed(4)
    for _ = 1, 2000 do
      local close = decimal.new(math.random(1, 1000000)) / 100
      local view = liquidity.of_candle(btc, bar(close * 2, close / 2, close, math.random(1, 100000)), "5m")
      local value = decimal.new(math.random(1, 1000000000)) / 100
      local _, less = liquidity.expect(view, "buy", value)
      local _, more = liquidity.expect(view, "buy", value * math.random(2, 9))
      assert.is_true(less < more)
    end
  end)

  it("says when an amount does not fit", function()
    local huge = { spread_bps = 1, depth = "0.0000000001" }
    local _, err = liquidity.expect(huge, "buy", "1000000000000000000000")
    assert.equal("overflow", err.code)
  end)
end)
