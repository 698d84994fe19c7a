-- SPDX-License-Identifier: MIT
-- neap.recording: level-2 messages and trades in memory, from CSV or by hand.

describe("neap.recording", function()
  local book = require "neap.book"
  local recording = require "neap.recording"

  local function new(changes, trades)
    return recording.new { price_increment = "0.01", size_increment = "0.001", changes = changes, trades = trades }
  end

  local function code(_, err) return err and err.code end
  local function where(_, err) return err and err.where end

  local HEADER = "recv,event_time,type,side,price,qty\n"

  it("adds no global", function()
    local before = {}
    for name in pairs(_G) do before[name] = true end
    package.loaded["neap.recording"] = nil
    require "neap.recording"
    for name in pairs(_G) do assert.is_true(before[name], name) end
  end)

  it("refuses unknown options and bad arguments", function()
    assert.error_matches(function() recording.new { chnges = "" } end, "did you mean 'changes'")
    assert.error_matches(function() new():add_change { sid = "bid" } end, "did you mean 'side'")
    assert.error_matches(function() new():add_change { side = "bid", price = "0.001", size = 1 } end, "multiple")
    assert.error_matches(function() new():add_trade { side = "byu", price = 1, size = 1 } end, "did you mean 'buy'")
    assert.error_matches(function() new(5) end, "CSV text")
    assert.error_matches(function() new():apply(1, book.new { price_increment = 1, size_increment = 1 }) end, "message")
  end)

  it("reads changes, rows of one time as one message", function()
    local r = assert(new(HEADER .. "5.000000001,,snapshot,bid,100,1\n5.000000001,,snapshot,offer,101,1\r\n"
      .. "6,,update,bid,100.01,2.5\n6,,update,ask,101,0\n6.5,,update,ask,102,1"))
    assert.same({ messages = 3, changes = 5, trades = 0 }, r:counts())
    assert.same({ time = 5000000001, changes = 2, snapshot = true }, r:message(1))
    assert.same({ time = 6500000000, changes = 1, snapshot = false }, r:message(3))
    local b = assert(book.new { price_increment = "0.01", size_increment = "0.001" })
    for i = 1, 3 do assert(r:apply(i, b)) end
    assert.equal("book: 100.01 × 2.5 | 102 × 1", tostring(b))
    assert.equal("recording: 3 messages with 5 changes, 0 trades", tostring(r))
  end)

  it("moves a snapshot that was answered late to the update behind it", function()
    local r = assert(new(HEADER .. "9,,snapshot,bid,100,1\n7,,update,bid,99,1\n"))
    assert.equal(7000000000, r:message(1).time)
    assert.equal("time_order", code(new(HEADER .. "9,,update,bid,100,1\n7,,update,bid,99,1\n")))
  end)

  it("reads trades by their receipt, with the taker's side", function()
    local r = assert(new(nil, "time,recv,trade_id,price,size,taker_side\n5,4.5,1,100,0.5,SELL\n5,4.75,2,101,1,buy\n"))
    assert.equal(2, r:counts().trades)
    local trade = r:trade(1)
    assert.same({ 4500000000, "sell", "100", "0.5" }, { trade.time, trade.side, tostring(trade.price),
      tostring(trade.size) })
    assert.equal("buy", r:trade(2).side)
    assert.error_matches(function() r:trade(3) end, "no such trade")
    assert(new(nil, "time,price,size,taker_side\n2026-08-09T21:05:48.25Z,1,1,buy\n"))
  end)

  it("says which line it does not understand", function()
    for _, case in ipairs {
      { "time,price\n", "bad_header", "line 1" },
      { HEADER .. "x,,update,bid,1,1\n", "bad_row", "line 2" },
      { HEADER .. "5,,update,bid,1,1\n5,,updat,bid,1,1\n", "bad_row", "line 3" },
      { HEADER .. "5,,update,bud,1,1\n", "bad_row", "line 2" },
      { HEADER .. "5,,update,bid,1.001,1\n", "price_increment", "line 2" },
      { HEADER .. "5,,update,bid,1,0.0001\n", "size_increment", "line 2" },
      { HEADER .. "5,,update,bid,-1,1\n", "bad_row", "line 2" },
      { HEADER .. "5,,update,bid,nan,1\n", "not_a_number", "line 2" },
      { HEADER .. "5,,update,bid\n", "bad_row", "line 2" },
      { HEADER .. "5.0000000001,,update,bid,1,1\n", "bad_row", "line 2" },
      { HEADER .. "99999999999999999999,,update,bid,1,1\n", "bad_row", "line 2" },
    } do
      assert.equal(case[2], code(new(case[1])), case[1])
      assert.equal(case[3], where(new(case[1])), case[1])
    end
    assert.equal("bad_trade", code(new(nil, "time,price,size,taker_side\n1,0,1,buy\n")))
    assert.equal("time_order", code(new(nil, "time,price,size,taker_side\n2,1,1,buy\n1,1,1,buy\n")))
  end)

  it("is made by hand, too", function()
    local r = new()
    assert(r:add_change { time = 1, snapshot = true, side = "bid", price = 1, size = 1 })
    assert(r:add_change { time = 1, side = "ask", price = 2, size = 1 })
    assert(r:add_trade { time = 2, side = "buy", price = 2, size = 1 })
    assert.same({ messages = 2, changes = 2, trades = 1 }, r:counts())
    assert.error_matches(function()
      r:apply(1, book.new { price_increment = 1, size_increment = 1 })
    end, "other increments")
  end)

  it("closes twice", function()
    local r = new()
    r:close()
    r:close()
    assert.equal("recording: closed", tostring(r))
    assert.error_matches(function() r:counts() end, "closed")
  end)
end)
