-- SPDX-License-Identifier: MIT
-- neap.fees: what a fill costs, and what an amount buys.

describe("neap.fees", function()
  local fees = require "neap.fees"
  local product = require "neap.product"
  local decimal = require "neap.decimal"
  local btc = product.new("BTC-USD", { price_increment = "0.01", base_increment = "0.000001" })
  local schedule = fees.new { maker_bps = 5, taker_bps = "10" }

  it("adds no global", function()
    local before = {}
    for name in pairs(_G) do before[name] = true end
    package.loaded["neap.fees"] = nil
    require "neap.fees"
    for name in pairs(_G) do assert.is_true(before[name], name) end
  end)

  it("refuses unknown options, with the nearest", function()
    assert.error_matches(function() fees.new { makr_bps = 1 } end, "did you mean 'maker_bps'")
    assert.error_matches(function() schedule:quantity(btc, 1, 1, { liquidty = "maker" }) end,
      "did you mean 'liquidity'")
    assert.error_matches(function() schedule:fee(1, "makr") end, "did you mean 'maker'")
    assert.error_matches(function() return schedule.taker_bp end, "did you mean 'taker_bps'")
  end)

  it("refuses bad arguments", function()
    assert.error_matches(function() fees.new { maker_bps = 1 } end, "taker_bps is missing")
    assert.error_matches(function() fees.new { maker_bps = 0.5, taker_bps = 1 } end, "not a float")
    assert.error_matches(function() fees.new { maker_bps = 1, taker_bps = -1 } end, "taker_bps is zero or more")
    assert.error_matches(function() fees.new { maker_bps = -10001, taker_bps = 1 } end, "maker_bps is %-10000 or more")
    assert.error_matches(function() fees.new { maker_bps = "abc", taker_bps = 1 } end, "not a number")
    assert.has_error(function() fees.new() end)
    assert.has_error(function() schedule:fee(-1) end)
    assert.has_error(function() schedule:fee(1.5) end)
    assert.has_error(function() schedule:quantity("BTC-USD", 1, 1) end)
    assert.has_error(function() schedule:quantity(btc, 1, 0) end)
    assert.has_error(function() schedule.fee(btc, 1) end)
  end)

  it("charges by liquidity and prints itself", function()
    assert.equal("1.2345678", tostring(schedule:fee "1234.5678"))
    assert.equal("0.6172839", tostring(schedule:fee("1234.5678", "maker")))
    assert.equal("10", tostring(schedule.taker_bps))
    assert.equal("fees: maker 5 bps, taker 10 bps", tostring(schedule))
  end)

  it("pays a maker, and counts on it for no purchase", function()
    local rebate = fees.new { maker_bps = "-0.5", taker_bps = 10 }
    assert.equal("-0.05", tostring(rebate:fee(1000, "maker")))
    assert.equal("10", tostring(rebate:quantity(btc, 1000, 100, { liquidity = "maker" })))
    assert.equal("fees: maker -0.5 bps, taker 10 bps", tostring(rebate))
  end)

  it("rounds once, half-even, at twelve digits", function()
    local tiny = fees.new { maker_bps = 0, taker_bps = "0.0001" }
    assert.equal("0", tostring(tiny:fee "0.00005"))
    assert.equal("0.000000000001", tostring(tiny:fee "0.00005000001"))
    assert.equal("0.000000000002", tostring(tiny:fee "0.00015"))
  end)

  it("buys with the fee in the amount, or without", function()
    assert.equal("9.990009", tostring(schedule:quantity(btc, 1000, 100)))
    assert.equal("10", tostring(schedule:quantity(btc, 1000, 100, { without_fee = true })))
    assert.equal("0", tostring(schedule:quantity(btc, "0.0000001", 100)))
    assert.equal("0", tostring(schedule:quantity(btc, -5, 100)))
  end)

  it("a quantity that does not fit a decimal is an error, not a number", function()
    local cheap = product.new("X-USD", { price_increment = "0.00000000000001", base_increment = "1" })
    local quantity, err = schedule:quantity(cheap, "10000000000000000000000", "0.00000000000001")
    assert.is_nil(quantity)
    assert.equal("overflow", err.code)
  end)

  it("H11.140 names the tier of a volume, and the least price at which to leave", function()
    local function tier(volume) return fees.of_volume(volume).tier end
    assert.equal("100", tostring(fees.of_volume(0):fee(10000)))
    assert.same({ 2, 1, 8 }, { tier "10000", tier "9999", tier "250000000" })
    local second = fees.of_volume "10000"
    assert.equal("50650", tostring(second:least_exit("buy", 50000, "0.001")))
    assert.equal("49350", tostring(second:least_exit("sell", 50000, "0.001")))
  end)

  it("lists the tables, cheaper with each step, and refuses another", function()
    for name, count in pairs { tiers = 8, coinbase = 9 } do
      local list = fees.tiers(name)
      assert.equal(count, #list)
      assert.is_true(list[1].from:is_zero())
      for i = 2, #list do
        assert.is_true(list[i].from > list[i - 1].from)
        assert.is_true(list[i].fees.maker_bps < list[i - 1].fees.maker_bps)
        assert.equal(i, list[i].fees.tier)
      end
    end
    assert.equal("fees: maker 60 bps, taker 120 bps, tier 1", tostring(fees.tiers "coinbase"[1].fees))
    assert.error_matches(function() fees.tiers "coinbas" end, "did you mean 'coinbase'")
    assert.has_error(function() fees.of_volume(-1) end)
  end)

  it("knows what a trade costs and what pays", function()
    assert.equal("1001", tostring(schedule:cost("buy", 1000)))
    assert.equal("999.5", tostring(schedule:cost("sell", 1000, "maker")))
    assert.is_false(schedule:is_profitable "0.002")
    assert.is_true(schedule:is_profitable "0.0020000000000001")
    assert.is_nil(schedule.tier)
    assert.has_error(function() schedule:least_exit("long", 5) end)
    assert.has_error(function() schedule:least_exit("buy", 0) end)
    local price, err = fees.new { maker_bps = 0, taker_bps = 5000 }:least_exit("sell", 100)
    assert.is_nil(price)
    assert.equal("no_price", err.code)
  end)

  it("finds the greatest quantity: it fits, and one increment more does not", function()
    math.randomseed(11)
    local function cost(quantity, price)
      local notional = btc:notional(quantity, price)
      return notional + schedule:fee(notional)
    end
    for _ = 1, 3000 do
      local price = decimal(math.random(1, 10 ^ math.random(1, 7) // 1 | 0)) * decimal "0.01"
      local amount = decimal(math.random(1, 10 ^ math.random(1, 9) // 1 | 0)) * decimal "0.0001"
      local quantity = schedule:quantity(btc, amount, price)
      assert.is_true(cost(quantity, price) <= amount)
      assert.is_true(cost(quantity + btc.base_increment, price) > amount)
    end
  end)
end)
