-- SPDX-License-Identifier: MIT
-- neap.impact: the walk along a book, the square-root law behind it, and sizes by the stated curve.

describe("neap.impact", function()
  local book, impact, product = require "neap.book", require "neap.impact", require "neap.product"

  local function near(expected, got, tolerance)
    assert.is_true(math.abs(expected - got:float()) <= (tolerance or 1e-6),
      ("expected %s, got %s"):format(expected, tostring(got)))
  end

  -- Five levels of 1,000 on each side of 50,000, five apart.
  local function five_levels()
    local b, bids, asks = assert(book.new { price_increment = "0.01", size_increment = "0.001" }), {}, {}
    for i = 1, 5 do bids[i], asks[i] = { 50000 - 5 * i, 1000 }, { 50000 + 5 * i, 1000 } end
    return assert(b:snapshot { bids = bids, asks = asks })
  end

  local function of_book(question)
    question.book = question.book or five_levels()
    question.side = question.side or "buy"
    return impact.estimate(question)
  end

  it("adds no global", function()
    local before = {}
    for name in pairs(_G) do before[name] = true end
    package.loaded["neap.impact"] = nil
    require "neap.impact"
    for name in pairs(_G) do assert.is_true(before[name], name) end
  end)

  it("refuses unknown options, with the nearest", function()
    assert.error_matches(function() impact.estimate { sides = "buy" } end, "did you mean 'side'")
    assert.error_matches(function() impact.size { goal = 1 } end, "unknown")
    assert.error_matches(function() impact.size { target = 1, mode = "strictly" } end, "did you mean 'strict'")
    assert.error_matches(function() impact.curve { amount = 1 } end, "unknown")
    assert.error_matches(function() impact.law { volumes = 1 } end, "did you mean 'volume'")
  end)

  it("refuses bad arguments", function()
    assert.error_matches(function() of_book { quantity = 0 } end, "over zero")
    assert.error_matches(function() of_book { quantity = 1, max_bps = 0 } end, "over zero")
    assert.has_error(function() impact.estimate { quantity = 1 } end)
    assert.has_error(function() of_book { quantity = 1, book = {} } end)
    assert.error_matches(function() of_book { quantity = 1, product = "BTC-USD" } end, "product")
    assert.has_error(function() impact.size { target = -1 } end)
    assert.has_error(function() impact.size { target = 1, max_bps = 0 } end)
    assert.has_error(function() impact.curve { value = 1, depth_l1 = -1 } end)
  end)

  it("walks what the book shows: a small order pays half the spread", function()
    local found = of_book { quantity = "0.1" }
    assert.same({ "book", "1", "50005", "50005", "0.5", "2", "95", "excellent" },
      { found.source, tostring(found.estimated_impact_bps), tostring(found.average_price), tostring(found.worst_price),
        tostring(found.cost), tostring(found.spread_bps), tostring(found.score), found.condition })
    assert.is_true(found.liquidity_sufficient)
    assert.is_false(found.recommended_slicing or found.use_post_only)
    assert.is_nil(found.max_slice_size)
  end)

  it("walks through levels, for either side", function()
    for side, sign in pairs { buy = 1, sell = -1 } do
      local found = of_book { side = side, quantity = 3000 }
      assert.equal(tostring(50000 + sign * 10), tostring(found.average_price))
      assert.equal(tostring(50000 + sign * 15), tostring(found.worst_price))
      assert.equal("2", tostring(found.estimated_impact_bps))
      assert.equal("30000", tostring(found.cost))
    end
  end)

  it("advises the greatest slice that stays within the limit", function()
    local found = of_book { quantity = 3000, max_bps = "1.2" }
    assert.is_true(found.recommended_slicing and found.use_post_only)
    assert.equal("1250", tostring(found.max_slice_size)) -- 1,000 at 1 bps and 250 at 2
    local slice = of_book { quantity = found.max_slice_size, max_bps = "1.2" }
    assert.is_true(slice.estimated_impact_bps:float() <= 1.2 and not slice.recommended_slicing)
    slice = of_book { quantity = "1250.001", max_bps = "1.2" }
    assert.is_true(slice.recommended_slicing)
  end)

  it("advises no slice where none helps: half the spread is over the limit, or the product's minimum", function()
    local found = of_book { quantity = 10, max_bps = "0.5" }
    assert.is_false(found.recommended_slicing)
    local large = product.new("BTC-USD", { price_increment = "0.01", base_increment = "0.001", base_min_size = 2000 })
    found = of_book { quantity = 3000, max_bps = "1.2", product = large }
    assert.is_false(found.recommended_slicing)
  end)

  it("prices what the book does not show by the law, and says that it does not show it", function()
    local found = of_book { quantity = 6000, volatility_bps = 30, volume = 400 }
    local law = impact.y:float() * 30 * math.sqrt(6000 / 400) + 1 -- 97.4 bps: worse than the last level
    assert.is_false(found.liquidity_sufficient)
    assert.equal("5000", tostring(found.visible))
    near(50000 * (1 + law / 10000), found.worst_price, 1e-4)
    near((5000 * 3 + 1000 * law) / 6000, found.estimated_impact_bps, 1e-4)
    assert.equal("5000", tostring(found.max_slice_size)) -- all that is shown
  end)

  it("never prices the rest better than the last level that it saw", function()
    local found = of_book { quantity = 6000, volatility_bps = "0.001", volume = 1000000 }
    assert.equal("50025", tostring(found.worst_price))
  end)

  it("tells nothing of a rest that it cannot price, of a book in doubt, of an empty side", function()
    local _, err = of_book { quantity = 6000 }
    assert.equal("no_liquidity", err.code)
    local broken = five_levels()
    broken:update { bids = { { 50006, 1 } } }
    _, err = of_book { quantity = 1, book = broken }
    assert.equal("no_liquidity", err.code)
    local empty = assert(book.new { price_increment = 1, size_increment = 1 })
    assert(empty:snapshot { bids = { { 100, 1 } }, asks = {} })
    _, err = of_book { quantity = 1, book = empty }
    assert.equal("no_liquidity", err.code)
    _, err = impact.estimate { side = "buy", quantity = 1 }
    assert.equal("no_liquidity", err.code)
  end)

  it("says when an amount does not fit", function()
    local _, err = of_book { quantity = "1000000000000000000000" }
    assert.equal("overflow", err.code)
  end)

  it("advises to rest in a thin book, whatever the size", function()
    local thin = assert(book.new { price_increment = 1, size_increment = 1 })
    assert(thin:snapshot { bids = { { 100, 5 } }, asks = { { 101, 15 } } })
    local found = of_book { quantity = 1, book = thin, max_bps = 10000 }
    assert.equal("critical", found.condition)
    assert.equal("10.05", tostring(found.score))
    assert.is_true(found.use_post_only)
  end)

  it("uses the stated model where only bars are known", function()
    local view = { spread_bps = 1, volatility_bps = 60, turnover = 250000 }
    local found = impact.estimate { side = "sell", quantity = 1, mark = 10000, view = view, max_bps = 50 }
    near(0.5 + 60 * math.sqrt(10000 / 250000), found.estimated_impact_bps)
    assert.equal("candle", found.source)
    assert.is_nil(found.condition)
    assert.is_true(found.liquidity_sufficient and not found.recommended_slicing)
    found = impact.estimate { side = "sell", quantity = 30, mark = 10000, view = view, max_bps = 50 }
    assert.is_false(found.liquidity_sufficient)
    assert.is_true(found.recommended_slicing)
    assert.is_true(found.max_slice_size < 18) -- (50 ÷ 60)² × 25, with half the spread less
  end)

  it("never expects less of more, nor a slice over its limit (property)", function()
    math.randomseed(11)
    for _ = 1, 200 do
      local b, bids, asks = assert(book.new { price_increment = 1, size_increment = "0.1" }), {}, {}
      local bid, ask = 10000, 10000 + math.random(1, 9)
      for i = 1, math.random(1, 12) do
        bids[i], asks[i] = { bid, math.random(1, 50) }, { ask, math.random(1, 50) }
        bid, ask = bid - math.random(1, 20), ask + math.random(1, 20)
      end
      assert(b:snapshot { bids = bids, asks = asks })
      local before = impact.y * 0
      for _, quantity in ipairs { 1, 7, 30, 100, 400, 2000 } do
        local found = of_book { book = b, quantity = quantity, volatility_bps = math.random(1, 100), volume = 1000,
          max_bps = 20, side = math.random(2) == 1 and "buy" or "sell" }
        if found.liquidity_sufficient then
          assert.is_true(found.visible:float() == quantity)
        end
        if found.max_slice_size then assert.is_true(found.max_slice_size < quantity) end
      end
      for _, quantity in ipairs { 1, 7, 30, 100, 400, 2000 } do
        local found = of_book { book = b, quantity = quantity, volatility_bps = 40, volume = 1000 }
        assert.is_true(found.estimated_impact_bps >= before)
        before = found.estimated_impact_bps
      end
    end
  end)

  it("states its law: Y × volatility × √(quantity ÷ volume)", function()
    assert.equal("0.83", tostring(impact.y))
    assert.equal("8.3", tostring(impact.law { quantity = 1, volume = 100, volatility_bps = 100 }))
    local _, err = impact.law { quantity = 1, volume = 0, volatility_bps = 100 }
    assert.equal("no_liquidity", err.code)
  end)

  it("H7.115 has the curve of the reference", function()
    local expected = { [5000] = 2.5, [10000] = 5, [32500] = 15, [55000] = 19.1421, [100000] = 25, [100001] = 100 }
    for value, bps in pairs(expected) do
      near(bps, impact.curve { value = value, depth_l1 = 10000, depth_l10 = 100000 }, 0.00005)
    end
  end)

  local function size(target, mode, max_bps, l1, l10, multiplier)
    local value, bps = impact.size { target = target, mode = mode, max_bps = max_bps, depth_l1 = l1 or 10000,
      depth_l10 = l10 or 100000, multiplier = multiplier }
    return value, bps
  end

  it("H7.116 conservative takes the greatest value within 15 bps, and a target that fits as it is", function()
    local value, bps = size(50000, "conservative")
    near(32499.69, value, 1)
    near(14.99993, bps, 1e-3)
    assert.is_true(bps <= 15)
    near(3249.51, (size(50000, "conservative", 15, 1000, 10000)), 1)
    value, bps = size(5000, "conservative")
    assert.same({ "5000", "2.5" }, { tostring(value), tostring(bps) })
  end)

  it("H7.117 strict takes the target or nothing (the reference never took it)", function()
    assert.equal("5000", tostring((size(5000, "strict"))))
    assert.equal("32500", tostring((size(32500, "strict")))) -- at exactly 15 bps
    assert.equal("0", tostring((size(32501, "strict"))))
  end)

  it("H7.118 aggressive may have twice the limit, no more; beyond ten levels it is conservative", function()
    local value, bps = size(80000, "aggressive", 10) -- 22.638 bps in the reference
    near(60625, value, 1)
    assert.is_true(bps <= 20)
    value, bps = size(60625, "aggressive", 10)
    assert.same({ "60625", "20" }, { tostring(value), tostring(bps) })
    value, bps = size(150000, "aggressive", 10)
    near(15625, value, 1)
    near(10, bps, 1e-3)
  end)

  it("H7.119 takes nothing where a depth is missing", function()
    for _, depth in ipairs { { 0, 100000 }, { 10000, 0 }, { 0, 0 } } do
      local value, bps = size(5000, "conservative", 15, depth[1], depth[2])
      assert.same({ "0", "0" }, { tostring(value), tostring(bps) })
    end
    assert.equal("no_liquidity", select(2, impact.curve { value = 1, depth_l1 = 0, depth_l10 = 1 }).code)
  end)

  it("scales the curve by the product's slippage multiplier, which the reference added as 10,000 bps", function()
    near(10000, (size(50000, "conservative", 15, nil, nil, 3)), 0.01)
    near(2500, (size(5000, "conservative", "2.5", nil, nil, 2)), 0.01)
  end)

  it("keeps every mode within its limit (property)", function()
    math.randomseed(13)
    for _ = 1, 500 do
      local l1 = math.random(1, 100000)
      local l10, target, max = l1 + math.random(0, 1000000), math.random(1, 2000000), math.random(1, 40)
      for _, mode in ipairs { "conservative", "strict", "aggressive" } do
        local value, bps = size(target, mode, max, l1, l10)
        assert.is_true(value <= target and value <= l10)
        assert.is_true(bps <= (mode == "aggressive" and target <= l10 and 2 * max or max))
        if mode == "strict" then assert.is_true(value >= target or value:is_zero()) end
      end
    end
  end)
end)
