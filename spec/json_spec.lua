-- SPDX-License-Identifier: MIT
-- neap.json: deterministic text, and numbers that stay exact.

describe("neap.json", function()
  local json = require "neap.json"
  local decimal = require "neap.decimal"

  it("adds no global", function()
    local before = {}
    for name in pairs(_G) do before[name] = true end
    package.loaded["neap.json"] = nil
    require "neap.json"
    for name in pairs(_G) do assert.is_true(before[name], name) end
  end)

  it("has closed option sets", function()
    assert.error_matches(function() json.encode({}, { indnet = 2 }) end, "did you mean 'indent'")
    assert.error_matches(function() json.decode("1", { number = "float" }) end, "did you mean 'numbers'")
    assert.error_matches(function() json.decode("1", { numbers = "double" }) end, "'float' or 'text', not 'double'")
    assert.error_matches(function() json.decode("1", { numbers = true }) end, "not 'true'")
    assert.error_matches(function() json.encode({}, { indent = 9 }) end, "0 to 8")
    assert.error_matches(function() json.encode({}, { indent = "2" }) end, "0 to 8")
    assert.error_matches(function() json.encode({}, 2) end, "options are a table")
  end)

  it("refuses what has no JSON form", function()
    local loop = {}
    loop.inner = loop
    assert.error_matches(function() json.encode(loop) end, "deeper than 64")
    assert.error_matches(function() json.encode { print } end, "a function has no JSON form")
    assert.error_matches(function() json.encode(io.stdout) end, "has no JSON form")
    assert.error_matches(function() json.encode { 1, x = 2 } end, "1 to n or text")
    assert.error_matches(function() json.encode { [3] = 1 } end, "1 to n or text")
    assert.error_matches(function() json.encode { ["a\0b"] = 1 } end, "zero byte")
    assert.has_error(function() json.encode() end)
    assert.has_error(function() json.array(5) end)
  end)

  it("writes keys in order, decimals as text, arrays for sequences", function()
    assert.equal('{"a":[1,2.5,"1.5",null,true],"b":{"x":"y"},"z":-3}',
      json.encode { z = -3, b = { x = "y" }, a = { 1, 2.5, decimal "1.50", json.null, true } })
    assert.equal("{}", json.encode {})
    assert.equal("[]", json.encode(json.array {}))
    assert.equal("null", json.encode(nil))
    assert.equal('"x"', json.encode "x")
  end)

  it("writes the shortest float that reads back; nan and infinities are null", function()
    assert.equal("[0.1,1e+300,5e-324,1,-0.0001,0.30000000000000004]",
      json.encode { 0.1, 1e300, 5e-324, 1.0, -0.0001, 0.1 + 0.2 })
    assert.equal("[null,null,null]", json.encode { 0 / 0, math.huge, -math.huge })
  end)

  it("escapes text, and mends what is not UTF-8", function()
    assert.equal([["a\"b\\c\n\t\u0001\u0000é]] .. "\u{fffd}\u{fffd}" .. [[/"]],
      json.encode('a"b\\c\n\t\1\0é\xff\xc3/'))
  end)

  it("indents on request", function()
    assert.equal('{\n  "a": [\n    1,\n    {}\n  ],\n  "b": []\n}',
      json.encode({ a = { 1, {} }, b = json.array {} }, { indent = 2 }))
  end)

  it("reads integers as integers and every other number exactly", function()
    local t = assert(json.decode "[1, -0, 9223372036854775807, 9223372036854775808, 0.1, 1e3, 1.0]")
    assert.equal("integer", math.type(t[1]))
    assert.equal(0, t[2])
    assert.equal(math.maxinteger, t[3])
    assert.equal(decimal "9223372036854775808", t[4])
    assert.equal(decimal "0.1", t[5])
    assert.equal(decimal "1000", t[6])
    assert.is_true(decimal.is_decimal(t[7]))
  end)

  it("refuses a number that is not exact, or makes it a float on request", function()
    local value, err = json.decode '{"x":\n 0.12345678901234567}'
    assert.is_nil(value)
    assert.equal("too_many_digits", err.code)
    assert.equal("line 2", err.where)
    assert.equal("overflow", select(2, json.decode "1e300").code)
    local t = json.decode("[0.12345678901234567, 1e300, 0.5]", { numbers = "float" })
    assert.same({ 0.12345678901234567, 1e300 }, { t[1], t[2] })
    assert.equal(decimal "0.5", t[3])
    t = json.decode("[0.12345678901234567, 1e300, 0.50, 7, -9223372036854775809]", { numbers = "text" })
    assert.same({ "0.12345678901234567", "1e300", "0.50", 7, "-9223372036854775809" }, { table.unpack(t) })
  end)

  it("reads null, escapes and empty arrays so that they can be written again", function()
    local text = '{"a":[],"b":{},"c":null,"d":"\u{1F600} \\" \\\\ é"}'
    assert.equal(text, json.encode(json.decode(text)))
    assert.equal("\u{1F600}é/\n", json.decode [["\ud83d\ude00\u00e9\/\n"]])
    assert.equal(json.null, json.decode "null")
    assert.equal("null", tostring(json.null))
    assert.equal(1, json.decode "\u{feff} 1 ")
  end)

  it("refuses malformed text with its place", function()
    for _, text in ipairs {
      "", " ", "{", "[", "[1,]", "[1 2]", '{"a"}', '{"a":}', '{"a":1,}', "{a:1}", "{'a':1}", "01", "-", "+1",
      ".5", "5.", "1e", "0x1", "nul", "TRUE", "nan", "Infinity",
      '"', '"\\x"', '"\\u12"', '"\\ud800"', '"\\ud800\\u0041"',
      '"\\udc00"', '"\n"', '"\xff"', '"\xc0\x80"', '"\xed\xa0\x80"', "1 2", "[1]]",
      "{}x", "\0", "1\0", '"a\0b"', "//", "1.2.3",
    } do
      local value, err = json.decode(text)
      assert.is_nil(value, text)
      assert.equal("bad_json", err.code, text)
      assert.matches("^line %d+, column %d+$", err.where)
    end
    assert.equal("line 2, column 2", select(2, json.decode "[1,\n é x]").where)
    assert.equal("bad_json", select(2, json.decode [[{"a\u0000b":1}]]).code)
  end)

  it("refuses duplicate keys and depth", function()
    local _, err = json.decode '{"a":1,\n"b":2,\n"a":3}'
    assert.equal("duplicate_key", err.code)
    assert.equal("line 3", err.where)
    assert.is_table(json.decode(("["):rep(64) .. ("]"):rep(64)))
    _, err = json.decode(("["):rep(65) .. ("]"):rep(65))
    assert.equal("too_deep", err.code)
    _, err = json.decode(("["):rep(1000000))
    assert.equal("too_deep", err.code)
  end)

  it("writes and reads 5,000 random floats to the same bits", function()
    local seed = 42
    for _ = 1, 5000 do
      seed = seed * 6364136223846793005 + 1442695040888963407
      local x = string.unpack("d", string.pack("j", seed))
      if x == x and math.abs(x) ~= math.huge then
        local back = json.decode(json.encode(x), { numbers = "float" })
        assert.equal(x, decimal.is_decimal(back) and back:float() or back + 0.0)
      end
    end
  end)
end)
