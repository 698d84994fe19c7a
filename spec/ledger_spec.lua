-- SPDX-License-Identifier: MIT
-- neap.ledger: positions, cost, profit and cash, exact to the last digit.

describe("neap.ledger", function()
  local ledger = require "neap.ledger"
  local product = require "neap.product"
  local decimal = require "neap.decimal"

  local products = {
    product.new("BTC-USD", { price_increment = "0.01", base_increment = "0.00000001" }),
    product.new("ETH-USD", { kind = "margin", price_increment = "0.01", base_increment = "0.0001" }),
    product.new("SOL-PERP", { kind = "perpetual", price_increment = "0.001", base_increment = "0.01" }),
    product.new("OIL-USD", { kind = "future", price_increment = "0.01", base_increment = "1", contract_size = "0.1" }),
  }

  local function new(strategies)
    local l = assert(ledger.new { products = products, strategies = strategies })
    for i = 1, strategies or 1 do assert(l:deposit(100000, i)) end
    return l
  end

  it("adds no global", function()
    local before = {}
    for name in pairs(_G) do before[name] = true end
    package.loaded["neap.ledger"] = nil
    require "neap.ledger"
    for name in pairs(_G) do assert.is_true(before[name], name) end
  end)

  it("refuses unknown options and words, with the nearest", function()
    local l = new()
    assert.error_matches(function() ledger.new { product = {} } end, "did you mean 'products'")
    assert.error_matches(function() l:apply { quantitty = 1 } end, "did you mean 'quantity'")
    assert.error_matches(function() l:apply { product = "BTC-USB", side = "buy" } end, "did you mean 'BTC%-USD'")
    assert.error_matches(function() l:apply { product = "BTC-USD", side = "buyy" } end,
      "side: unknown word 'buyy'; did you mean 'buy'")
  end)

  it("refuses bad arguments", function()
    local l = new()
    assert.has_error(function() ledger.new() end)
    assert.has_error(function() ledger.new { products = {} } end)
    assert.has_error(function() ledger.new { products = { "BTC-USD" } } end)
    assert.error_matches(function() ledger.new { products = { products[1], products[1] } } end,
      "BTC%-USD is there twice")
    assert.has_error(function() ledger.new { products = products, strategies = 0 } end)
    assert.has_error(function() ledger.new { products = products, currency = 5 } end)
    assert.has_error(function() l:deposit(1.5) end)
    assert.error_matches(function() l:deposit(1, 2) end, "strategy is a number from 1 to 1, not 2")
    assert.error_matches(function() l:apply { product = "BTC-USD", side = "buy", quantity = 1 } end, "price is missing")
    assert.error_matches(function() l:apply { product = "BTC-USD", side = "buy", quantity = 0.5, price = 1 } end,
      "quantity is a decimal, an integer or text, not a float")
    assert.has_error(function() l:position "X-USD" end)
    assert.has_error(function() l:equity() end)
  end)

  it("refuses an account that cannot be valued", function()
    local l, err = ledger.new { products = products, currency = "EUR" }
    assert.is_nil(l)
    assert.equal("no_valuation_path", err.code)
  end)

  it("books a long, a flip and a short", function()
    local l = new()
    local b = assert(l:apply { product = "ETH-USD", side = "buy", quantity = 2, price = 100, fee = 1, time = 5 })
    assert.equal("-201", tostring(b.cash_change))
    b = assert(l:apply { product = "ETH-USD", side = "sell", quantity = 3, price = 110, fee = "0.5", time = 9 })
    assert.equal("20", tostring(b.realized))
    assert.equal("2", tostring(b.closed_quantity))
    local p = l:position "ETH-USD"
    assert.same({ "-1", "-110", "20", "1.5", 9 },
      { tostring(p.quantity), tostring(p.cost), tostring(p.realized), tostring(p.fees), p.opened_at })
    assert.equal("100023.5", tostring(l:equity { ["ETH-USD"] = 105 }))
    assert.equal("105", tostring(l:exposure { ["ETH-USD"] = 105 }))
    assert(l:apply { product = "ETH-USD", side = "buy", quantity = 1, price = 105 })
    assert.is_nil(l:position("ETH-USD").opened_at)
    assert.equal("100023.5", tostring(l:cash()))
    assert.equal("ledger: cash 100023.5 USD, 4 products, 1 strategies", tostring(l))
  end)

  it("books what a venue pays a maker as a fee below zero, to the last digit", function()
    local l = new()
    local b = assert(l:apply { product = "ETH-USD", side = "buy", quantity = 2, price = 100, liquidity = "maker",
      fee = "-0.0200000000000001" })
    assert.equal("-199.9799999999999999", tostring(b.cash_change))
    assert(l:apply { product = "ETH-USD", side = "sell", quantity = 2, price = 101, fee = "0.1" })
    assert.equal("100001.9200000000000001", tostring(l:cash()))
    assert.equal("0.0799999999999999", tostring(l:position("ETH-USD").fees))
  end)

  it("wants a mark for what is held, and for nothing else", function()
    local l = new()
    assert.equal("100000", tostring(l:equity {}))
    assert(l:apply { product = "SOL-PERP", side = "sell", quantity = 1, price = 20 })
    assert.error_matches(function() l:equity { ["ETH-USD"] = 1 } end, "SOL%-PERP is missing")
    assert.equal("100001.5", tostring(l:equity { ["SOL-PERP"] = "18.5" }))
  end)

  it("refuses what cannot be, and nothing has changed then", function()
    local l = new()
    local cases = {
      { spot_short = { product = "BTC-USD", side = "sell", quantity = 1, price = 1 } },
      { fill = { product = "BTC-USD", side = "buy", quantity = 0, price = 1 } },
      { fill = { product = "BTC-USD", side = "buy", quantity = 1, price = -1 } },
      { fill = { product = "BTC-USD", side = "buy", quantity = 1, price = 1, fee = -1 } },
      { overflow = { product = "BTC-USD", side = "buy", quantity = "1000000000000", price = "100000000000" } },
    }
    for _, case in ipairs(cases) do
      local code, fill = next(case)
      local b, err = l:apply(fill)
      assert.is_nil(b)
      assert.equal(code, err.code)
      assert.equal("100000", tostring(l:cash()))
      assert.is_true(l:position("BTC-USD").quantity:is_zero())
      assert(l:check())
    end
  end)

  -- A second bookkeeper who only adds up money that came and went.
  local function random_fill(last)
    local p = products[math.random(#products)]
    return {
      product = p.id,
      strategy = math.random(last),
      side = math.random(2) == 1 and "buy" or "sell",
      price = p.price_increment * math.random(1, 500000),
      quantity = p.base_increment * math.random(1, 1000),
      fee = decimal(math.random(0, 1000000)) * decimal "0.000000000001",
    }, p
  end

  it("conserves cash over random fills, and the strategies sum to the account", function()
    math.randomseed(3)
    local l = new(3)
    local flow, held = {}, {}
    for i = 1, 3 do flow[i], held[i] = decimal(100000), {} end
    for n = 1, 4000 do
      local fill, p = random_fill(3)
      local b, err = l:apply(fill)
      if b then
        local sign, s = fill.side == "buy" and 1 or -1, fill.strategy
        flow[s] = flow[s] - p:notional(fill.quantity, fill.price) * sign - fill.fee
        held[s][p.id] = (held[s][p.id] or decimal(0)) + fill.quantity * sign
      else
        assert.equal("spot_short", err.code)
      end
      if n % 100 == 0 then assert(l:check()) end
    end
    local cash = decimal(0)
    for i = 1, 3 do
      local marks, worth = {}, flow[i]
      for _, p in ipairs(products) do
        local quantity = held[i][p.id] or decimal(0)
        assert.equal(tostring(quantity), tostring(l:position(p.id, i).quantity))
        marks[p.id] = p.price_increment * 777
        worth = worth + p:notional(quantity, marks[p.id])
      end
      assert.equal(tostring(worth), tostring(l:equity(marks, i)))
      cash = cash + l:cash(i)
    end
    assert.equal(tostring(cash), tostring(l:account_cash()))
  end)

  it("closes twice and says so afterwards", function()
    local l <close> = new()
    l:close()
    l:close()
    assert.equal("ledger: closed", tostring(l))
    assert.error_matches(function() l:cash() end, "closed")
  end)
end)
