-- SPDX-License-Identifier: MIT
-- neap.trade_flow: rolling volume, spread and volatility by the session's clock (engines B7.3).

describe("neap.trade_flow", function()
  local trade_flow = require "neap.trade_flow"
  local SECOND = 1000000000

  local function at(seconds) return 1700000000 * SECOND + seconds * SECOND end

  local function text(window, ...)
    local out = {}
    for i, name in ipairs { ... } do out[i] = tostring(window[name]) end
    return out
  end

  it("adds no global", function()
    local before = {}
    for name in pairs(_G) do before[name] = true end
    package.loaded["neap.trade_flow"] = nil
    require "neap.trade_flow"
    for name in pairs(_G) do assert.is_true(before[name], name) end
  end)

  it("refuses unknown options, and bad arguments", function()
    local flow = trade_flow.new()
    assert.error_matches(function() flow:trade { nov = 1 } end, "did you mean 'now'")
    assert.error_matches(function() flow:trade { now = 1, price = 0, size = 1 } end, "over zero")
    assert.error_matches(function() flow:trade { now = 1, price = 1, size = -1 } end, "over zero")
    assert.error_matches(function() flow:quote { now = 1, bid = 2, ask = 2 } end, "below the ask")
    assert.error_matches(function() flow:price { now = 1, price = 0 } end, "over zero")
    assert.has_error(function() flow:measure "now" end)
    assert.has_error(function() flow.measure({}, 1) end)
  end)

  it("is empty at first", function()
    for _, window in ipairs(trade_flow.new():measure(at(0))) do
      assert.same({ "0", "0", "0", "0", "0" }, text(window, "trades", "volume", "mean_size", "spread_bps",
        "volatility_bps"))
    end
  end)

  it("sums 1, 5 and 15 minutes, and forgets by the clock that it is told", function()
    local flow = trade_flow.new()
    flow:trade { now = at(0), price = 100, size = 1 }
    flow:trade { now = at(700), price = 100, size = 2 }
    flow:trade { now = at(880), price = 100, size = 3 }
    local windows = flow:measure(at(890))
    assert.same({ "1", "1", "3", "300" }, text(windows[1], "minutes", "trades", "volume", "value"))
    assert.same({ "5", "2", "5", "2.5" }, text(windows[2], "minutes", "trades", "volume", "mean_size"))
    assert.same({ "15", "3", "6", "2" }, text(windows[3], "minutes", "trades", "volume", "mean_size"))
    windows = flow:measure(at(900))
    assert.same({ "2", "5" }, text(windows[3], "trades", "volume"))
    assert.same({ "0" }, text(flow:measure(at(5000))[3], "trades"))
  end)

  it("counts a trade that comes late in its own second, and one that comes too late as late", function()
    local flow = trade_flow.new()
    flow:trade { now = at(100), price = 100, size = 1 }
    flow:trade { now = at(100), time = at(30), price = 100, size = 2 }
    local windows = flow:measure(at(100))
    assert.same({ "1", "1" }, text(windows[1], "trades", "volume"))
    assert.same({ "2", "3" }, text(windows[2], "trades", "volume"))
    flow:trade { now = at(1000), time = at(100), price = 100, size = 4 }
    windows = flow:measure(at(1000))
    assert.equal(1, windows.late)
    assert.same({ "0" }, text(windows[3], "trades"))
  end)

  it("counts what is dated after now as now: a venue's clock that runs ahead empties no window", function()
    local flow = trade_flow.new()
    flow:trade { now = at(0), price = 100, size = 1 }
    flow:trade { now = at(1), time = at(100000), price = 100, size = 2 }
    assert.same({ "2", "3" }, text(flow:measure(at(1))[1], "trades", "volume"))
    assert.same({ "0" }, text(flow:measure(at(62))[1], "trades"))
  end)

  it("does not go back with a clock that does", function()
    local flow = trade_flow.new()
    flow:trade { now = at(1000), price = 100, size = 1 }
    flow:trade { now = at(0), price = 100, size = 2 }
    assert.equal(1, flow:measure(at(0)).late)
    assert.same({ "1", "1" }, text(flow:measure(at(0))[1], "trades", "volume"))
  end)

  it("tells mean, least and greatest spread", function()
    local flow = trade_flow.new()
    for i, half in ipairs { 1, 2, 3 } do flow:quote { now = at(i), bid = 10000 - half, ask = 10000 + half } end
    local window = flow:measure(at(3))[2]
    assert.same({ "3", "4", "2", "6" }, text(window, "quotes", "spread_bps", "spread_min", "spread_max"))
    assert.same({ "2", "5" }, text(flow:measure(at(301))[2], "quotes", "spread_bps"))
  end)

  it("adds up the squares of the moves between seconds", function()
    local flow = trade_flow.new()
    flow:price { now = at(0), price = 100 }
    flow:price { now = at(1), price = 150 } -- within a second only the last counts
    flow:price { now = at(1), price = 103 }
    flow:price { now = at(9), price = "98.88" }
    assert.equal("500", tostring(flow:measure(at(9))[1].volatility_bps))
    assert.equal("400", tostring(flow:measure(at(61))[1].volatility_bps))
  end)

  it("says when a sum does not fit, and stays as it was", function()
    local flow = trade_flow.new()
    flow:trade { now = at(0), price = 1, size = 1 }
    local _, err = flow:trade { now = at(0), price = "10000000000000000000000", size = 2 }
    assert.equal("overflow", err.code)
    assert.same({ "1" }, text(flow:measure(at(0))[1], "trades"))
  end)

  it("says the same as a list of all trades (property)", function()
    math.randomseed(7)
    local flow, list, now = trade_flow.new(), {}, 0
    for _ = 1, 3000 do
      now = now + math.random(0, 3)
      local made, size = now - math.random(0, 40), math.random(1, 9)
      flow:trade { now = at(now), time = at(made), price = 100, size = size }
      list[#list + 1] = { made, size }
    end
    for i, seconds in ipairs { 60, 300, 900 } do
      local count, volume = 0, 0
      for _, trade in ipairs(list) do
        if trade[1] > now - seconds then count, volume = count + 1, volume + trade[2] end
      end
      assert.same({ tostring(count), tostring(volume) }, text(flow:measure(at(now))[i], "trades", "volume"))
    end
  end)
end)
