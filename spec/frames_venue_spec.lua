-- SPDX-License-Identifier: MIT
-- What the local exchange streams, read as the engine reads the real one.
local book = require "neap.book"
local cjson = require "cjson"
local frames = require "neap.frames"
local trader = require "spec.support.venue_trader"

local BTC = { id = "BTC-USD", price_increment = "0.01", size_increment = "0.00000001" }

describe("neap.frames reads the local exchange's stream", function()
  local venue
  local f, told = frames.new { products = { BTC } }, {}

  local function all_of(kind)
    local found = {}
    for _, event in ipairs(told) do
      if event.kind == kind then found[#found + 1] = event end
    end
    return found
  end

  setup(function()
    venue = assert(require "neap.venue".new { start = 1767225600000000000 })
    local ann = trader.new(venue, "ann", { USD = "100000000", BTC = "1000" })
    local bob = trader.new(venue, "bob", { USD = "100000000", BTC = "1000" })
    local stream = venue:connect()
    for _, channel in ipairs { "level2", "market_trades", "ticker", "ticker_batch", "candles", "status",
                               "heartbeats" } do
      local ids = channel ~= "heartbeats" and { channel == "status" and "BTC-USD" or "BTC-USDC" } or nil
      stream:send(cjson.encode { type = "subscribe", channel = channel, product_ids = ids, jwt = "1" })
    end
    stream:send '{"type":"subscribe","channel":"user","jwt":"1"}'
    stream:send '{"type":"subscribe","channel":"dreams","jwt":"1"}'
    ann:limit("SELL", "0.5", "65000.01")
    bob:limit("BUY", "0.25", "65000.01")
    venue:advance(venue:now() + 6000000000)
    for _, text in ipairs(stream:frames()) do
      for _, event in ipairs(assert(f:read(text)).events) do told[#told + 1] = event end
    end
  end)

  teardown(function() venue:close() end)

  it("without a rest, of BTC-USDC as BTC-USD", function()
    assert.same({ 0, 0, 0 }, { f:counts().unusable, f:counts().unknown_channels, f:counts().cut_sizes })
    for _, kind in ipairs { "ticker", "candle", "status", "heartbeat", "subscribed" } do
      assert.is_true(#all_of(kind) > 0, kind)
    end
  end)

  it("with its trades by the taker's side, and a book that fits them", function()
    local b = book.new { price_increment = BTC.price_increment, size_increment = BTC.size_increment }
    for _, event in ipairs(all_of "book") do
      assert(b[event.is_snapshot and "snapshot" or "update"](b, event.message))
    end
    assert.equal("0.25", tostring(b:at("ask", "65000.01")))
    local trades = all_of "trade"
    assert.same({ "buy", "65000.01", "0.25" },
      { trades[#trades].side, tostring(trades[#trades].price), tostring(trades[#trades].size) })
  end)

  it("with our order's way", function()
    local way = {}
    for i, order in ipairs(all_of "order") do
      way[i] = ("%s %s %s"):format(order.side, order.status, order.filled)
    end
    assert.same({ "sell submitted 0", "sell open 0", "sell partially_filled 0.25" }, way)
    assert.same({ kind = "orders_end", is_snapshot = true, count = 0 }, all_of "orders_end"[1])
  end)
end)
