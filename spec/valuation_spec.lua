-- SPDX-License-Identifier: MIT
-- neap.valuation: collateral, marks by age, ways from one currency to another.
describe("neap.valuation", function()
  local product = require "neap.product"
  local valuation = require "neap.valuation"
  local SECOND = 1000000000

  local function balances(...)
    local list = {}
    for i, pair in ipairs { ... } do list[i] = { currency = pair[1], total = pair[2], available = pair[3] } end
    return list
  end

  local function price(id, value, age, facts)
    return { product = product.new(id, facts), price = value, time = (100 - (age or 0)) * SECOND }
  end

  local function portfolio(options)
    options.currency, options.now = options.currency or "USD", 100 * SECOND
    return assert(valuation.portfolio(options))
  end

  it("adds no global", function()
    local before = {}
    for name in pairs(_G) do before[name] = true end
    package.loaded["neap.valuation"] = nil
    require "neap.valuation"
    for name in pairs(_G) do assert.is_true(before[name], name) end
  end)

  it("refuses unknown options and bad arguments", function()
    assert.error_matches(function() valuation.portfolio { curency = "USD" } end, "did you mean 'currency'")
    assert.error_matches(function() valuation.portfolio {} end, "currency is a currency")
    assert.error_matches(function() portfolio { balances = { { currency = "USD", totl = 1 } } } end,
      "did you mean 'total'")
    assert.error_matches(function() portfolio { positions = { { product = "BTC-USD" } } } end, "not a product")
    assert.error_matches(function() portfolio { prices = 5 } end, "prices is a list")
    assert.error_matches(function() valuation.collateral({}, "US D") end, "'US D' is not a currency")
    assert.error_matches(function() valuation.collateral({}, "USD,,USDC") end, "not a currency")
    assert.error_matches(function() valuation.collateral({}, ("A,"):rep(16) .. "B") end, "at most 16")
  end)

  it("H5.73 counts as collateral what it is told to, and USD alone where there is none of it", function()
    local function of(list, assets) return tostring(valuation.collateral(list, assets).available) end
    assert.equal("5000", of(balances { "USDC", 5000 }))
    assert.equal("1500", of(balances({ "USD", 1000 }, { "USDC", 500 }, { "BTC", 1 })))
    assert.equal("70", of(balances({ "USDT", 70 }, { "USD", 40 }), " usdt "))
    assert.equal("40", of(balances { "USD", 40 }, "usdt"))
    assert.equal("0", of(balances { "BTC", 1 }))
    local both = valuation.collateral(balances({ "USD", 10, 4 }, { "USDC", 5, 5 }))
    assert.same({ "15", "9" }, { tostring(both.total), tostring(both.available) })
  end)

  it("H11.142 sums what counts as cash", function()
    local list = balances({ "USD", 100 }, { "USDC", 50 }, { "USDT", 25 }, { "BTC", 1 })
    assert.equal("175", tostring(valuation.collateral(list, "USD,USDC,USDT").available))
    local p = portfolio { balances = list, at_par = "USDC,USDT" }
    assert.equal("175", tostring(p.cash))
    assert.same({ "BTC" }, p.missing)
    assert.is_false(p.complete)
  end)

  it("H11.142 a mark of 31 s is stale, one of 30 s is fresh; a position without one is listed, not valued", function()
    local now = 100 * SECOND
    assert.equal("fresh", valuation.mark_state(now - 30 * SECOND, now))
    assert.equal("stale", valuation.mark_state(now - 30 * SECOND - 1, now))
    assert.equal("stale", valuation.mark_state(now - 31 * SECOND, now))
    assert.equal("missing", valuation.mark_state(nil, now))
    local held = { { product = product.new "BTC-USD", quantity = 2, cost = 100 },
      { product = product.new "ETH-USD", quantity = 1, cost = 10 } }
    local p = portfolio { positions = held, prices = { price("ETH-USD", 12, 31) } }
    assert.same({ { "BTC-USD" }, { "ETH-USD" } }, { p.missing, p.stale })
    assert.is_nil(p.positions[1].value)
    assert.same({ "12", "12" }, { tostring(p.positions[2].value), tostring(p.equity) })
  end)

  it("goes over prices, their inverse, and a third currency; fresh ones first", function()
    local function value(currency, prices)
      local p = portfolio { balances = balances { currency, 10 }, prices = prices }
      return p.balances[1].value and tostring(p.balances[1].value), p.balances[1].mark
    end
    assert.same({ "11", "fresh" }, { value("EUR", { price("EUR-USD", "1.1") }) })
    assert.same({ "12.5", "fresh" }, { value("EUR", { price("USD-EUR", "0.8") }) })
    assert.same({ "600", "fresh" }, { value("ETH", { price("ETH-BTC", "0.5"), price("BTC-USD", 120) }) })
    assert.same({ "600", "stale" }, { value("ETH", { price("ETH-BTC", "0.5", 31), price("BTC-USD", 120) }) })
    assert.same({ "20", "fresh" },
      { value("EUR", { price("EUR-USD", 1, 31), price("EUR-USDC", 4), price("USDC-USD", "0.5") }) })
    assert.same({ nil, "missing" }, { value("ETH", { price("ETH-BTC", "0.5"), price("BTC-EUR", 120) }) })
    assert.same({ nil, "missing" }, { value("BTC", { price("BTC-PERP", 5, 0, { kind = "perpetual" }) }) })
  end)

  it("counts derivatives at what they gained, and foreign quotes in the account's currency", function()
    local perp = product.new("BTC-PERP", { kind = "perpetual", price_increment = "1", base_increment = "1" })
    local p = portfolio {
      balances = balances { "USD", 1000 },
      positions = { { product = perp, quantity = -2, cost = -200 },
        { product = product.new "ETH-EUR", quantity = 3, cost = 30 } },
      prices = { { product = perp, price = 90, time = 100 * SECOND }, price("ETH-EUR", 20), price("EUR-USD", 2) },
    }
    assert.same({ "20", "180", "20" }, { tostring(p.positions[1].value), tostring(p.positions[1].notional),
      tostring(p.positions[1].unrealized) })
    assert.same({ "120", "60" }, { tostring(p.positions[2].value), tostring(p.positions[2].unrealized) })
    assert.same({ "1140", "300", true }, { tostring(p.equity), tostring(p.notional), p.complete })
  end)

  it("says what does not fit", function()
    local most = { "USD", "17000000000000000000000" }
    local p, err = valuation.portfolio { currency = "USD", now = 0, balances = balances(most, most) }
    assert.is_nil(p)
    assert.equal("overflow", err.code)
  end)
end)
