-- SPDX-License-Identifier: MIT
-- neap.product: what may be traded and by which rules.
local shared = require "spec.support.shared"

local function raises(pattern, f, ...)
  local ok, message = pcall(f, ...)
  assert.is_false(ok)
  assert.matches(pattern, tostring(message))
end

describe("neap.product", function()
  local product = require "neap.product"
  local decimal = require "neap.decimal"

  local function refused(code, nearest, ok, err)
    assert.is_nil(ok)
    assert.equal(code, err.code)
    assert.equal(nearest, err.nearest)
  end

  it("adds no global", function()
    local before = {}
    for name in pairs(_G) do before[name] = true end
    package.loaded["neap.product"] = nil
    require "neap.product"
    for name in pairs(_G) do assert.is_true(before[name], name) end
  end)

  it("has a closed set of facts and fields", function()
    raises("did you mean 'price_increment'", product.new, "BTC-USD", { price_incremnt = "0.01" })
    raises("did you mean 'check_price'", function() return product.new "BTC-USD".chek_price end)
    raises("a product has no 'something_else'", function() return product.new "BTC-USD".something_else end)
    raises("is read%-only", function() product.new "BTC-USD".kind = "margin" end)
    raises("invalid option 'sideways'", function() return product.new "BTC-USD":round_price("1", "sideways") end)
    raises("nearest: margin", product.new, "BTC-USD", { kind = "margn" })
  end)

  it("refuses bad arguments", function()
    for _, id in ipairs { "", "BTC", "BTC-", "-USD", "BTC--USD", "BTC/USD", "BTC-USD ", ("A"):rep(50) .. "-USD" } do
      raises("is not a product id", product.new, id)
    end
    local facts = {
      { "price_increment", "0", "not above zero" }, { "price_increment", "-1", "not above zero" },
      { "base_min_size", "-1", "is negative" }, { "base_increment", "abc", "not a number" },
      { "base_increment", "nan", "not a number" }, { "is_disabled", "yes", "neither true nor false" },
      { "quote", "US D", "not a currency" }, { "base_increment", "0.0000000001", "more than 16 digits" },
      { "price_increment", "1e30", "" },
    }
    for _, case in ipairs(facts) do raises(case[3], product.new, "BTC-USD", { [case[1]] = case[2] }) end
    raises("use text or a decimal", product.new, "BTC-USD", { price_increment = 0.01 })
    raises("above base_max_size", product.new, "BTC-USD", { base_min_size = 2, base_max_size = 1 })
    raises("use text or a decimal", function() return product.new "BTC-USD":check_price(1.5) end)
    raises("product expected", product.new "BTC-USD".check_price, {}, "1")
  end)

  it("knows nothing of a product but its id, and says so by its defaults", function()
    local p = product.new "BTC-USD"
    assert.same({ "BTC-USD", "BTC", "USD", "spot", false }, { p.id, p.base, p.quote, p.kind, p.allows_short })
    assert.equal("0.00000001", tostring(p.price_increment))
    assert.equal(p.base_increment, p.quantity_increment)
    assert.is_nil(p.base_min_size)
    assert.is_nil(p.quote_max_size)
    assert.equal("USD", product.new "BTC-PERP".quote)
    assert.equal("BTC-USD spot, price by 0.00000001 USD, quantity by 0.00000001 BTC", tostring(p))
  end)

  it("takes facts in any order that keeps the rules in the end", function()
    local p = assert(product.parse "X-USD:price_increment=0.000000000001,base_increment=1,kind=margin")
    assert.equal("0.000000000001", tostring(p.price_increment))
    assert.is_true(p.allows_short)
    local ok, err = product.parse "X-USD:base_min_size=5,base_min_size=6"
    assert.is_nil(ok)
    assert.matches("given twice", err.message)
    for _, text in ipairs { "", "X", "X-USD:kind", "X-USD:kind=", "X-USD:=1", "X-USD:knd=spot" } do
      assert.is_nil(product.parse(text), text)
    end
  end)

  it("names the nearest acceptable quantity, price and value", function()
    local p = product.new("BTC-USD", { price_increment = "0.01", base_increment = "0.001", base_min_size = "0.002",
      base_max_size = "10", quote_min_size = "1", quote_max_size = "1000" })
    assert.is_true(p:check_quantity "0.002")
    refused("quantity_min", "0.002", p:check_quantity "0")
    refused("quantity_min", "0.002", p:check_quantity "-5")
    refused("quantity_increment", "0.003", p:check_quantity "0.0035")
    refused("quantity_max", "10", p:check_quantity "10.001")
    refused("price_positive", "0.01", p:check_price "0")
    refused("price_increment", "100.12", p:check_price "100.119")
    refused("price_increment", "0.01", p:check_price "0.001")
    assert.is_true(p:check_notional("0.01", "100"))
    refused("notional_min", "0.004", p:check_notional("0.002", "300"))
    refused("notional_max", "3.333", p:check_notional("5", "300"))
  end)

  it("rounds decimals exactly, and takes a float that is nearly a multiple for that multiple", function()
    local p = product.new("BTC-USD", { price_increment = "0.01", base_increment = "0.001" })
    assert.equal("0.3", tostring(p:round_price(0.1 + 0.2, "down")))
    assert.equal("0.29", tostring(p:round_price("0.299", "down")))
    assert.equal("0.3", tostring(p:round_price("0.291", "up")))
    assert.equal("0.29", tostring(p:round_price(decimal "0.2949")))
    assert.equal("1.999", tostring(p:round_quantity "1.9999"))
    assert.equal("5", tostring(p:round_quantity(5)))
    raises("", function() return p:round_price(0 / 0) end)
  end)

  it("multiplies price, quantity and contract size exactly", function()
    local p = product.new("BIP-USD",
      { kind = "future", contract_size = "0.01", base_increment = 1, price_increment = 5 })
    assert.equal("6893", tostring(p:notional(10, 68930)))
  end)

  it("refuses a products answer that is damaged, naming the place", function()
    local function fails(text, pattern)
      local list, err = product.parse_venue(text)
      assert.is_nil(list)
      assert.matches(pattern, tostring(err))
    end
    fails("", "")
    fails("[]", "neither a list")
    fails('{"products":{}}', "neither a list")
    fails('{"products":[5]}', "a product is an object")
    fails('{"products":[{}]}', "is not a product id")
    fails('{"products":[{"product_id":"A-B","base_increment":"0"}]}', "base_increment is not above zero %(A%-B")
    fails('{"products":[{"product_id":"A-B","base_increment":"x"}]}', "base_increment is not a number")
    fails('{"products":[{"product_id":"A-B","product_type":"OPTION"}]}', "product_type")
    local one = assert(product.parse_venue '{"product_id":"A-B","base_increment":"0.1","quote_increment":"0.01"}')
    assert.equal("0.01", tostring(one[1].price_increment))
    assert.same({}, (product.parse_venue '{"products":[]}'))
    local cut, notes = product.parse_venue '{"product_id":"A-B","base_max_size":"3.33333333333333333333"}'
    assert.equal("3.3333333333333333", tostring(cut[1].base_max_size))
    assert.equal(1, notes)
  end)

  local function read_venue()
    local text = shared.text "data/ws_coinbase_advanced_2026_08_09/rest_products.json.gz"
    return text and assert(product.parse_venue(text))
  end

  it("loads all 920 real products, and what it quantizes passes their rules", function()
    local list = read_venue()
    if not list then return pending "../shared is absent" end
    assert.equal(920, #list)
    local disabled, limit_only = 0, 0
    for _, p in ipairs(list) do
      if p.is_disabled then disabled = disabled + 1 end
      if p.limit_only then limit_only = limit_only + 1 end
      for _, x in ipairs { 0.123456789, 1.1, 77.7, 12345.678901 } do
        local price = p:round_price(x * 1.000001, "up")
        local quantity = p:round_quantity(x, "up")
        assert.is_true(p:check_price(price))
        local ok, err = p:check_quantity(quantity)
        assert.is_true(ok or err.code == "quantity_min" or err.code == "quantity_max")
        if not ok then assert.is_true(p:check_quantity(err.nearest)) end
        assert.equal(tostring(price * quantity), tostring(p:notional(quantity, price)))
      end
    end
    assert.same({ 8, 30 }, { disabled, limit_only })
  end)

  it("keeps its promises on random numbers: what is nearest is acceptable", function()
    math.randomseed(7)
    local p = product.new("T-USD", { price_increment = "0.05", base_increment = "0.003", base_min_size = "0.004",
      base_max_size = "1000", quote_min_size = "10", quote_max_size = "100000" })
    for _ = 1, 2000 do
      local text = ("%.5f"):format(math.random() ^ 4 * 3000 - 1)
      local ok, err = p:check_quantity(text)
      if not ok then assert.is_true(p:check_quantity(err.nearest), text) end
      ok, err = p:check_price(text)
      if not ok then assert.is_true(p:check_price(err.nearest), text) end
      local price = p:round_price(math.random() * 500 + 0.05, "up")
      ok, err = p:check_notional(p:round_quantity(math.random() * 900, "up"), price)
      if not ok then assert.is_true(p:check_notional(err.nearest, price)) end
    end
  end)
end)
