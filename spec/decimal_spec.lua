-- SPDX-License-Identifier: MIT
-- neap.decimal: exact numbers for authors. Random operations against an oracle: tools/decimal_oracle.py.

local function raises(pattern, f, ...)
  local ok, message = pcall(f, ...)
  assert.is_false(ok)
  assert.matches(pattern, tostring(message))
end

describe("neap.decimal", function()
  local decimal = require "neap.decimal"

  it("adds no global", function()
    local before = {}
    for name in pairs(_G) do before[name] = true end
    package.loaded["neap.decimal"] = nil
    require "neap.decimal"
    for name in pairs(_G) do assert.is_true(before[name], name) end
  end)

  it("has a closed set of roundings and methods", function()
    raises("did you mean 'half_even'", function() return decimal "1":round(2, "hlaf_even") end)
    raises("down, up, floor", function() return decimal "1":round(2, "sideways") end)
    raises("a rounding is", function() return decimal "1":quantize "0.1" end)
    raises("did you mean 'float'", function() return decimal "1":flot() end)
    raises("it has float, int", function() return decimal "1".something_else end)
  end)

  it("refuses bad arguments", function()
    for _, text in ipairs { "", "abc", "nan", "inf", "1e", ".5", "5.", "0x10", " 1", "1 ", "1,5", "1\0" } do
      raises("is not a number", decimal, text)
      local value, err = decimal.parse(text)
      assert.is_nil(value)
      assert.equal("not_a_number", err.code)
    end
    raises("got a float", decimal, 1.5)
    raises("got a float", decimal, 2.0)
    raises("expected, got nil", decimal.new, nil)
    raises("string expected", decimal.parse, 5)
    raises("digits are 0 to 16", function() return decimal "1":round(17) end)
    raises("digits are 0 to 16", function() return decimal "1":format(-1) end)
    raises("more than zero", function() return decimal "1":quantize("0", "down") end)
    raises("more than zero", function() return decimal "1":quantize("-1", "down") end)
    raises("neap.decimal expected", decimal "1".float, 5)
  end)

  it("names the code and the nearest value of a number that is too fine or too large", function()
    local _, fine = decimal.parse "0.12345678901234567"
    assert.equal("too_many_digits", fine.code)
    assert.equal("0.1234567890123456", fine.nearest)
    assert.matches("more than 16 fractional digits; nearest: 0.1234567890123456", tostring(fine))
    local _, large = decimal.parse "1e23"
    assert.equal("overflow", large.code)
  end)

  it("prints the shortest plain text", function()
    for text, expected in pairs {
      ["1.50"] = "1.5", ["-0"] = "0", ["1e3"] = "1000", ["007"] = "7", ["1E-3"] = "0.001",
    } do
      assert.equal(expected, tostring(decimal(text)))
    end
    assert.equal("12.50", decimal "12.5":format(2))
    assert.equal("12.345", decimal "12.345":format(2))
    assert.equal("price 1.5, 1.5", "price " .. decimal "1.5" .. ", " .. decimal "1.5")
  end)

  it("mixes with integers", function()
    local d = decimal "1.5"
    assert.equal(decimal "3.5", d + 2)
    assert.equal(decimal "0.5", 2 - d)
    assert.equal(decimal "4.5", 3 * d)
    assert.equal(decimal "0.75", d / 2)
    assert.equal(decimal "-1.5", -d)
    assert.is_true(d < 2 and 1 < d and d <= 2 and 1 <= d and d > 1 and d >= 1)
    assert.equal(decimal "2", decimal(2))
    assert.equal(decimal "-9223372036854775808", decimal(math.mininteger))
  end)

  it("raises with floats and text, naming the way out", function()
    local d = decimal "1.5"
    for _, operate in ipairs {
      function(x) return d + x end, function(x) return x - d end, function(x) return d * x end,
      function(x) return x / d end, function(x) return d < x end, function(x) return x <= d end,
    } do
      raises("float: d:float%(%)", operate, 0.5)
      raises("decimals mix with integers", operate, "0.5")
      raises("decimals mix with integers", operate, {})
    end
  end)

  it("compares by value, and never equals a number", function()
    assert.is_true(decimal "1.0" == decimal "1")
    assert.is_true(decimal "1" ~= decimal "1.0000000000000001")
    assert.is_false(decimal "1" == 1)
    assert.is_false(decimal "1" == io.stdout)
    assert.is_true(decimal "0.0":is_zero())
    assert.is_false(decimal "0.0000000000000001":is_zero())
    assert.same({ -1, 0, 1 }, { decimal "-3":sign(), decimal "0":sign(), decimal "3":sign() })
  end)

  it("rounds a quotient half to even at 12 digits and a product at 16", function()
    assert.equal("0.333333333333", tostring(decimal(1) / 3))
    assert.equal("0.666666666667", tostring(decimal(2) / 3))
    assert.equal("0", tostring(decimal "0.000000000001" / 2))
    assert.equal("0.000000000002", tostring(decimal "0.000000000003" / 2))
    assert.equal("0.0000000000000002", tostring(decimal "0.00000003" * decimal "0.000000005"))
    assert.equal("0", tostring(decimal "0.00000001" * decimal "0.000000005"))
  end)

  it("raises on overflow and division by zero", function()
    local large = decimal "17014118346046923173168.7303715884105727"
    raises("overflow in '%+'", function() return large + decimal "0.0000000000000001" end)
    raises("overflow in '%-'", function() return -large - 1 end)
    raises("overflow in '%*'", function() return large * large end)
    raises("overflow in '/'", function() return large / decimal "0.1" end)
    raises("division by zero", function() return large / 0 end)
  end)

  it("rounds and quantizes as named", function()
    local expected = { down = "2", up = "3", floor = "2", ceiling = "3", half_even = "2", half_up = "3" }
    for mode, text in pairs(expected) do assert.equal(text, tostring(decimal "2.5":round(0, mode))) end
    assert.equal("2", tostring(decimal "2.5":round(0)))
    assert.equal("100.25", tostring(decimal "100.37":quantize("0.25", "down")))
    assert.equal("100.5", tostring(decimal "100.37":quantize(decimal "0.25", "up")))
    assert.equal("1.5", tostring(decimal "-1.5":abs()))
  end)

  it("crosses to floats and integers by name only", function()
    assert.equal(0.1, decimal "0.1":float())
    assert.equal("float", math.type(decimal "2":float()))
    assert.equal(42, decimal "42.0":int())
    raises("not a whole number", function() return decimal "1.5":int() end)
    assert.equal(decimal "0.1", decimal.from_float(0.1, 16))
    assert.equal(decimal "0.12", decimal.from_float(0.125, 2))
    raises("nan", decimal.from_float, 0 / 0, 2)
    raises("out of range", decimal.from_float, 1e300, 2)
  end)

  it("knows its own", function()
    assert.is_true(decimal.is_decimal(decimal "1"))
    assert.is_false(decimal.is_decimal(1))
    assert.is_false(decimal.is_decimal "1")
    assert.equal("neap.decimal", getmetatable(decimal "1"))
  end)

  it("keeps the laws of arithmetic on random numbers", function()
    local seed = 7
    local function random(limit)
      seed = (seed * 1103515245 + 12345) % 2147483648
      return seed % limit
    end
    for _ = 1, 2000 do
      local a = decimal(("%d.%08d"):format(random(100000), random(100000000)))
      local b = decimal(("-%d.%08d"):format(random(100000), random(100000000)))
      local c = decimal(random(1000))
      assert.is_true(a + b == b + a and a * b == b * a)
      assert.is_true((a + b) - b == a)
      assert.is_true((a + b) * c == a * c + b * c)
      assert.is_true(decimal(tostring(a * b)) == a * b)
      assert.is_true((a < b) == ((a - b):sign() < 0))
      assert.equal(tonumber(tostring(a)), a:float())
    end
  end)
end)
