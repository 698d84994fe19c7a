-- SPDX-License-Identifier: MIT
-- neap.generator: markets from a seed, the same everywhere, and runs over them.

describe("neap.generator", function()
  local decimal = require "neap.decimal"
  local digest = require "neap.digest"
  local generator = require "neap.generator"
  local neap = require "neap"

  local strategy = os.tmpname()
  setup(function()
    local file = assert(io.open(strategy, "w"))
    file:write [[
      return require("neap").strategy {
        name = "buys_once",
        on_bar = function(self, bar)
          local p = self:product(bar.product)
          if p.flat and #p.orders == 0 then p:buy { fraction = 0.1 } end
        end,
      }]]
    file:close()
  end)
  teardown(function() os.remove(strategy) end)

  local function parse(text)
    local market, err = generator.parse(text)
    assert.is_nil(err)
    return market
  end

  local function hash(text, number)
    local lines = {}
    for i, bar in ipairs(generator.bars(text, number)) do
      lines[i] = ("%d %s %s %s %s %s"):format(bar.time, bar.open, bar.high, bar.low, bar.close, bar.volume)
    end
    return digest.sha256(table.concat(lines, "\n"))
  end

  it("adds no global", function()
    local before = {}
    for name in pairs(_G) do before[name] = true end
    generator.bars("days=2", 3)
    for name in pairs(_G) do assert.is_true(before[name], name) end
  end)

  describe("takes", function()
    it("a seed, or words with defaults", function()
      assert.equal("seed=7,products=10,days=365,bars=1h,start=2024-01-01", parse("7").text)
      assert.equal("seed=1,products=10,days=365,bars=1h,start=2024-01-01", parse("").text)
      local market = parse "seed=9,products=2,days=30,bars=5m,start=2020-02-29"
      assert.equal("seed=9,products=2,days=30,bars=5m,start=2020-02-29", market.text)
      assert.equal(2, #market.products)
      assert.equal("G02-USD", market.products[2].id)
      assert.equal(market.text, parse(market.text).text)
    end)

    it("no other words, and says the nearest", function()
      local cases = {
        ["sed=7"] = "generator_option", ["seed"] = "out_of_range", ["-1"] = "out_of_range",
        ["seed=1,seed=2"] = "generator_option",
        ["products=33"] = "out_of_range", ["products=0"] = "out_of_range", ["days=0"] = "out_of_range",
        ["days=99999"] = "out_of_range", ["bars=7m"] = "out_of_range", ["bars=1s"] = "out_of_range",
        ["start=yesterday"] = "out_of_range", ["start=2024-01-01T01:00"] = "out_of_range", ["7,8"] = "generator_option",
        [("7"):rep(30)] = "out_of_range",
        [("a"):rep(500) .. "="] = "generator_option",
      }
      for text, code in pairs(cases) do
        local market, err = generator.parse(text)
        assert.is_nil(market, text)
        assert.equal(code, err.code, text)
      end
      assert.equal("seed", select(2, generator.parse "sed=7").nearest)
      assert.has_error(function() generator.parse {} end)
      assert.has_error(function() generator.bars("products=2", 3) end)
    end)
  end)

  describe("makes", function()
    it("the same bars wherever it runs", function()
      assert.equal(hash("seed=7,days=40", 1), hash("seed=7,days=40", 1))
      assert.equal("7632df25ccff06bbb6f8af50dc5c4d3985770a092f7cc0438d0721ba1c5847b4", hash("seed=7,days=40", 1))
      assert.equal("3d4aecb2928a36d347f97a8179ee36a03077e65805fb31fef7b6f0020cf2bba1", hash("seed=7,days=400", 10))
      assert.equal("548d898146a18acf6cc4cc484f03374d4532724b89737836924de3ff34d602ea",
        hash("seed=9007199254740993,days=3,bars=1m,products=32", 32))
    end)

    it("the same product, however many stand beside it", function()
      assert.equal(hash("seed=3,days=20,products=2", 2), hash("seed=3,days=20,products=32", 2))
      assert.are_not.equal(hash("seed=3,days=20", 2), hash("seed=4,days=20", 2))
      assert.are_not.equal(hash("seed=3,days=20", 1), hash("seed=3,days=20", 9)) -- of the same scale
    end)

    local function is_on(product, bar)
      for _, name in ipairs { "open", "high", "low", "close" } do
        if bar[name] ~= bar[name]:quantize(product.price_increment, "down") then return false end
      end
      return bar.volume == bar.volume:quantize(product.base_increment, "down")
    end

    -- The number of gaps.
    local function check_bars(market, number)
      local gaps, before = 0, nil
      for _, bar in ipairs(generator.bars(market.text, number)) do
        local possible = bar.low <= bar.open and bar.low <= bar.close and bar.open <= bar.high and
          bar.close <= bar.high
        local later = before == nil or bar.time > before
        if not (possible and later and bar.low > 0 and bar.volume > 0 and is_on(market.products[number], bar)) then
          error(("product %d, bar of %d"):format(number, bar.time))
        end
        if before and bar.time > before + market.frame then gaps = gaps + 1 end
        before = bar.time
      end
      return gaps
    end

    it("possible bars at the product's increments, one after the other, with gaps", function()
      for seed = 1, 2 do
        local market, gaps = parse(("seed=%d,days=300"):format(seed)), 0
        for number = 1, 10, 3 do gaps = gaps + check_bars(market, number) end
        assert.is_true(gaps >= 3, "products are halted now and then")
      end
    end)

    -- Logarithms of what a product did from close to close, by time.
    local function returns(text, number)
      local list, before = {}, nil
      for _, bar in ipairs(generator.bars(text, number)) do
        local close = bar.close:float()
        if before then list[bar.time] = math.log(close / before) end
        before = close
      end
      return list
    end

    local function correlation(a, b)
      local ab, aa, bb = 0, 0, 0
      for time, x in pairs(a) do
        local y = b[time]
        if y then ab, aa, bb = ab + x * y, aa + x * x, bb + y * y end
      end
      return ab / math.sqrt(aa * bb)
    end

    it("products that move together, and not as one", function()
      for seed = 1, 3 do
        local text = ("seed=%d,days=200"):format(seed)
        local first = returns(text, 1)
        for number = 2, 10 do
          local r = correlation(first, returns(text, number))
          assert.is_true(r > 0.2 and r < 0.97, ("seed %d, product %d: %.2f"):format(seed, number, r))
        end
      end
    end)

    it("no price that runs away in ten years", function()
      for _, bar in ipairs(generator.bars("seed=5,days=3660,bars=1d", 1)) do
        assert.is_true(bar.close > 100 and bar.close < decimal "50000000")
      end
    end)
  end)

  describe("as the data of a run", function()
    it("says so, and by which seed", function()
      local result = assert(neap.backtest { strategy = strategy, data = "generated:seed=7,days=10" })
      assert.equal(7, result.generated.seed)
      assert.equal("seed=7,products=10,days=10,bars=1h,start=2024-01-01", result.generated.market)
      assert.equal(10, result.fills)
      local lines = table.concat(result.assumptions, "\n")
      assert.matches("the market is generated, seed 7", lines, 1, true)
      assert.matches("G01-USD: spot, price increment 0.01, quantity increment 0.000001", lines, 1, true)
    end)

    it("gives what its bars give from memory", function()
      local market, data, products = parse "seed=7,products=2,days=10", {}, {}
      for number, product in ipairs(market.products) do
        data[product.id] = generator.bars(market.text, number)
        products[product.id] = { price_increment = product.price_increment, base_increment = product.base_increment }
      end
      local one = assert(neap.backtest { strategy = strategy, data = data, products = products })
      local other = assert(neap.backtest { strategy = strategy, data = "generated:" .. market.text })
      assert.equal(tostring(one.final_equity), tostring(other.final_equity))
      assert.equal(one.state_hash, other.state_hash)
    end)

    it("takes facts of its products", function()
      local result = assert(neap.backtest { strategy = strategy, data = "generated:products=1,days=3",
        products = { ["G01-USD"] = "kind=margin,price_increment=0.01" } })
      assert.matches("G01-USD: margin", table.concat(result.assumptions, "\n"), 1, true)
    end)

    it("stands alone", function()
      local _, err = neap.backtest { strategy = strategy, data = { "generated:7", "BTC-USD_1h.csv" } }
      assert.equal("contradiction", err.code)
      _, err = neap.backtest { strategy = strategy, data = "generated:sed=7" }
      assert.equal("generator_option", err.code)
    end)
  end)
end)
