-- SPDX-License-Identifier: MIT
-- neap.clock: real and simulated time, and the text of times and durations.

describe("neap.clock", function()
  local clock = require "neap.clock"

  it("adds no global", function()
    local before = {}
    for name in pairs(_G) do before[name] = true end
    package.loaded["neap.clock"] = nil
    require "neap.clock"
    for name in pairs(_G) do assert.is_true(before[name], name) end
  end)

  it("refuses bad arguments", function()
    assert.has_error(function() clock.simulated() end)
    assert.has_error(function() clock.simulated "yesterday" end)
    assert.has_error(function() clock.simulated(1.5) end)
    assert.has_error(function() clock.format "x" end)
    assert.has_error(function() clock.parse(5) end)
    assert.error_matches(function() clock.real():advance(0) end, "only a simulated clock")
  end)

  it("stands still until it is moved, and never goes back", function()
    local c = clock.simulated "2024-04-18T17:00:00Z"
    assert.equal(1713459600000000000, c:now())
    assert.equal(c:now(), c:now())
    assert.equal(1713459660000000000, c:advance "2024-04-18T17:01:00Z")
    assert.equal(1713459660000000000, c:advance(0))
    assert.equal("simulated clock at 2024-04-18T17:01:00Z", tostring(c))
  end)

  it("reads the system's time, never going back", function()
    local c, before = clock.real(), os.time()
    local latest = c:now()
    assert.is_true(latest >= before * 1000000000 and latest <= (os.time() + 1) * 1000000000)
    for _ = 1, 1000 do
      local now = c:now()
      assert.is_true(now >= latest)
      latest = now
    end
  end)

  it("prints a fraction only where there is one", function()
    assert.equal("1970-01-01T00:00:00Z", clock.format(0))
    assert.equal("2024-02-29T23:59:59.500Z", clock.format(1709251199500000000))
    assert.equal("1970-01-01T00:00:00.000001Z", clock.format(1000))
    assert.equal("1969-12-31T23:59:59.999999999Z", clock.format(-1))
    assert.equal("2262-04-11T23:47:16.854775807Z", clock.format(math.maxinteger))
    assert.equal("1677-09-21T00:12:43.145224192Z", clock.format(math.mininteger))
  end)

  it("reads ISO 8601", function()
    for text, expected in pairs {
      ["2024-04-18"] = "2024-04-18T00:00:00Z", ["2024-04-18T17:00"] = "2024-04-18T17:00:00Z",
      ["2024-04-18 17:00:00"] = "2024-04-18T17:00:00Z", ["2024-04-18T17:00:00+02:00"] = "2024-04-18T15:00:00Z",
      ["2024-01-01T00:00:00-05:30"] = "2024-01-01T05:30:00Z", ["2024-04-18T17:00:00.25z"] = "2024-04-18T17:00:00.250Z",
      ["2000-02-29"] = "2000-02-29T00:00:00Z",
    } do
      assert.equal(expected, clock.format((assert(clock.parse(text)))), text)
    end
  end)

  it("refuses what is no time", function()
    for _, text in ipairs {
      "", "2024", "2024-13-01", "2023-02-29", "1900-02-29", "2024-04-31", "2024-00-10", "2024-01-00", "2024-04-18T",
      "2024-04-18T24:00", "2024-04-18T17:60", "2024-04-18T17:00:60", "2024-04-18T17:00:00.", "2024-04-18T17:00:00ZZ",
      "2024-04-18T17:00:00.1234567890", "2024-04-18T17:00:00+2", "24-04-18", "2024/04/18", " 2024-04-18",
      "2024-04-18\0", "1713459600",
    } do
      local ns, err = clock.parse(text)
      assert.is_nil(ns, text)
      assert.equal("not_a_time", err.code)
    end
    local _, early = clock.parse "1600-01-01"
    assert.equal("time_range", early.code)
  end)

  it("reads durations", function()
    local second = 1000000000
    for text, ns in pairs {
      ["90s"] = 90 * second, ["5m"] = 300 * second, ["4h"] = 14400 * second, ["1d"] = 86400 * second,
      ["1w"] = 604800 * second, ["250ms"] = second // 4, ["1h30m"] = 5400 * second, ["0s"] = 0, ["7us"] = 7000,
      ["1w1d1h1m1s1ms1us1ns"] = 694861001001001,
    } do
      assert.equal(ns, clock.parse_duration(text), text)
    end
  end)

  it("refuses what is no duration", function()
    for _, text in ipairs { "", "5", "m", "5x", "-5m", "1.5h", "30m1h", "1h1h", "1h 30m", "1H", "5m!" } do
      local ns, err = clock.parse_duration(text)
      assert.is_nil(ns, text)
      assert.equal("not_a_duration", err.code)
    end
    local _, err = clock.parse_duration "999999999999w"
    assert.equal("duration_range", err.code)
    _, err = clock.parse_duration "99999999999999999999s"
    assert.equal("duration_range", err.code)
  end)

  it("prints the shortest duration", function()
    for ns, text in pairs {
      [0] = "0s", [3600000000000] = "1h", [90000000000] = "90s", [5400000000000] = "90m", [604800000000000] = "1w",
      [86400001000000] = "1d1ms", [1] = "1ns", [-300000000000] = "-5m",
    } do
      assert.equal(text, clock.format_duration(ns))
    end
  end)

  it("reads back whatever it prints", function()
    local ns = 1
    for _ = 1, 2000 do
      ns = ns * 6364136223846793005 + 1442695040888963407
      assert.equal(ns, clock.parse(clock.format(ns)))
      local length = ns >> (ns & 31) >> 1
      assert.equal(length, clock.parse_duration(clock.format_duration(length)))
    end
  end)
end)
