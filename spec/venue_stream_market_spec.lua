-- SPDX-License-Identifier: MIT
-- What the venue's market channels tell while two traders trade: levels, prints, tickers, candles.
local streams = require "spec.support.streams"
local trader = require "spec.support.venue_trader"

local START, MILLISECOND, SECOND = 1767225600000000000, 1000000, 1000000000

describe("neap.venue streams of a market", function()
  local venues = require "neap.venue"
  local venue, client, ann, bob

  local function open(start)
    venue = assert(venues.new { start = start })
    ann = trader.new(venue, "ann", { USD = "100000000", BTC = "1000" })
    bob = trader.new(venue, "bob", { USD = "100000000", BTC = "1000", USDC = "100000000" })
    client = streams.connect(venue)
  end

  before_each(function() open(START) end)
  after_each(function() venue:close() end)

  -- The clock of requests moves with the venue's.
  local function after(ns) venue:advance(venue:now() + ns) end

  -- "bid 65000 0.5" of each update of a frame.
  local function levels(frame)
    local list = {}
    for i, update in ipairs(frame.events[1].updates) do
      list[i] = ("%s %s %s"):format(update.side, update.price_level, update.new_quantity)
    end
    return list
  end

  describe("level2", function()
    it("begins with the whole book, bids first and the best first", function()
      ann:limit("BUY", "0.5", "64000")
      ann:limit("BUY", "0.25", "64500.5")
      ann:limit("BUY", "0.25", "64500.5")
      ann:limit("SELL", "1", "66000")
      ann:limit("SELL", "2", "65500.01")
      client:subscribe("level2", { "BTC-USD" })
      local frame = client:frames()[1]
      assert.equal("snapshot", frame.events[1].type)
      assert.same({ "bid 64500.5 0.5", "bid 64000 0.5", "offer 65500.01 2", "offer 66000 1" }, levels(frame))
    end)

    it("goes on every 50 ms with what has changed, as it is by then", function()
      client:subscribe("level2", { "BTC-USD" })
      client:frames()
      after(10 * MILLISECOND)
      ann:limit("BUY", "0.5", "64000")
      local gone = ann:limit("SELL", "1", "66000")
      after(10 * MILLISECOND)
      ann:limit("BUY", "0.5", "64100")
      ann:limit("BUY", "0.25", "64000")
      ann:limit("SELL", "3", "65900")
      ann:cancel(gone)
      assert.same({}, client:frames())
      after(30 * MILLISECOND)
      local frames = client:frames()
      assert.equal(1, #frames)
      assert.same({ "bid 64100 0.5", "bid 64000 0.75", "offer 65900 3", "offer 66000 0" }, levels(frames[1]))
      assert.equal("2026-01-01T00:00:00.05Z", frames[1].timestamp)
      for _, update in ipairs(frames[1].events[1].updates) do
        assert.equal("2026-01-01T00:00:00.02Z", update.event_time)
      end
      after(SECOND)
      assert.same({}, client:frames())
    end)

    it("tells what a trade takes, and an order that is filled at once not at all", function()
      ann:limit("SELL", "1", "65000")
      ann:limit("SELL", "1", "65001")
      client:subscribe("level2", { "BTC-USD" })
      client:frames()
      bob:limit("BUY", "1.5", "65001")
      after(50 * MILLISECOND)
      assert.same({ "offer 65000 0", "offer 65001 0.5" }, levels(client:frames()[1]))
    end)

    it("shows an edit and an end by the venue", function()
      local id = ann:limit("BUY", "1", "64000")
      client:subscribe("level2", { "BTC-USD" })
      client:frames()
      assert.equal("taken", ann:edit(id, { price = "64001", size = "2" }))
      after(50 * MILLISECOND)
      assert.same({ "bid 64001 2", "bid 64000 0" }, levels(client:frames()[1]))
      assert(venue:end_order(id, "maintenance"))
      after(50 * MILLISECOND)
      assert.same({ "bid 64001 0" }, levels(client:frames()[1]))
    end)
  end)

  describe("market_trades", function()
    local function prints(frame)
      local list = {}
      for i, trade in ipairs(frame.events[1].trades) do
        list[i] = ("%s %s@%s %s"):format(trade.trade_id, trade.size, trade.price, trade.side)
      end
      return list
    end

    it("come in batches of 250 ms, the newest first, by the maker's side", function()
      client:subscribe("market_trades", { "BTC-USD" })
      client:frames()
      ann:limit("SELL", "1", "65000")
      bob:limit("BUY", "0.5", "65000")
      after(100 * MILLISECOND)
      bob:limit("BUY", "0.25", "65000")
      ann:limit("BUY", "1", "64000")
      bob:limit("SELL", "1", "64000")
      after(149 * MILLISECOND)
      assert.same({}, client:frames())
      after(MILLISECOND)
      local frames = client:frames()
      assert.equal(1, #frames)
      assert.same({ "3 1@64000 BUY", "2 0.25@65000 SELL", "1 0.5@65000 SELL" }, prints(frames[1]))
      assert.equal("2026-01-01T00:00:00.1Z", frames[1].events[1].trades[1].time)
    end)

    it("are told once: a snapshot leaves out what the next batch brings", function()
      ann:limit("SELL", "9", "65000")
      bob:limit("BUY", "0.1", "65000")
      client:subscribe("market_trades", { "BTC-USD" })
      bob:limit("BUY", "0.2", "65000")
      local other = streams.connect(venue)
      other:subscribe("market_trades", { "BTC-USD" })
      after(250 * MILLISECOND)
      local mine, others = client:frames "market_trades", other:frames "market_trades"
      assert.same({ "1 0.1@65000 SELL" }, prints(mine[1]))
      assert.same({ "1 0.1@65000 SELL" }, prints(others[1]))
      assert.same({ "2 0.2@65000 SELL" }, prints(mine[2]))
      assert.same(mine[2].events, others[2].events)
    end)

    it("begin with the last hundred", function()
      ann:limit("SELL", "10", "65000")
      for _ = 1, 103 do bob:limit("BUY", "0.01", "65000") end
      client:subscribe("market_trades", { "BTC-USD" })
      local told = prints(client:frames()[1])
      assert.equal(100, #told)
      assert.equal("103 0.01@65000 SELL", told[1])
      assert.equal("4 0.01@65000 SELL", told[100])
    end)
  end)

  describe("ticker", function()
    it("stands where the list had it, until somebody trades", function()
      client:subscribe("ticker", { "ETH-USD" })
      local ticker = client:frames()[1].events[1].tickers[1]
      assert.equal("0", ticker.volume_24_h)
      assert.equal("0", ticker.price_percent_chg_24_h)
      assert.equal(ticker.price, ticker.high_24_h)
      assert.equal(ticker.price, ticker.low_52_w)
      assert.equal("0", ticker.best_bid_quantity)
    end)

    it("comes once behind a match, with what is best then", function()
      ann:limit("SELL", "1", "65000")
      ann:limit("SELL", "1", "65100")
      ann:limit("BUY", "2", "64000")
      client:subscribe("ticker", { "BTC-USD" })
      client:frames()
      bob:limit("BUY", "1.5", "65100")
      after(0)
      local frames = client:frames()
      assert.equal(1, #frames)
      local ticker = frames[1].events[1].tickers[1]
      assert.same({ "65100", "1.5", "65000", "65100", "65000", "65100", "0.15384615384615" }, { ticker.price,
        ticker.volume_24_h, ticker.low_24_h, ticker.high_24_h, ticker.low_52_w, ticker.high_52_w,
        ticker.price_percent_chg_24_h })
      assert.same({ "64000", "2", "65100", "0.5" }, { ticker.best_bid, ticker.best_bid_quantity, ticker.best_ask,
        ticker.best_ask_quantity })
      ann:limit("BUY", "1", "64500")
      after(10 * SECOND)
      assert.same({}, client:frames())
    end)

    it("forgets a day after a day, a year after a year", function()
      local DAY = 86400 * SECOND
      ann:limit("SELL", "9", "65000")
      bob:limit("BUY", "1", "65000")
      after(2 * DAY)
      ann:limit("SELL", "9", "60000")
      bob:limit("BUY", "1", "60000")
      local function seen()
        client = streams.connect(venue)
        client:subscribe("ticker", { "BTC-USD" })
        local ticker = client:frames()[1].events[1].tickers[1]
        return { ticker.high_24_h, ticker.volume_24_h, ticker.high_52_w, ticker.low_52_w }
      end
      assert.same({ "60000", "1", "65000", "60000" }, seen())
      after(364 * DAY)
      assert.same({ "60000", "0", "60000", "60000" }, seen())
    end)

    it("comes in a batch five seconds after a match, without the best", function()
      client:subscribe("ticker_batch", { "BTC-USD" })
      client:frames()
      ann:limit("SELL", "1", "65000")
      after(2 * SECOND)
      bob:limit("BUY", "0.5", "65000")
      after(3 * SECOND - 1)
      assert.same({}, client:frames())
      after(1)
      local frames = client:frames()
      assert.equal(1, #frames)
      local ticker = frames[1].events[1].tickers[1]
      assert.equal("65000", ticker.price)
      assert.is_nil(ticker.best_bid)
      after(20 * SECOND)
      assert.same({}, client:frames())
    end)
  end)

  describe("candles", function()
    local function candles(frame)
      local list = {}
      for i, c in ipairs(frame.events[1].candles) do
        list[i] = ("%d %s %s %s %s %s"):format((c.start * 1000000000 - START) // SECOND, c.open, c.high, c.low,
          c.close, c.volume)
      end
      return list
    end

    local function trade(price, size)
      ann:limit("SELL", size, price)
      bob:limit("BUY", size, price)
    end

    it("tell each second the bars of five minutes that have changed", function()
      client:subscribe("candles", { "BTC-USD" })
      client:frames()
      trade("65000", "1")
      after(60500 * MILLISECOND)
      assert.same({ "0 65000 65000 65000 65000 1" }, candles(client:frames()[1]))
      trade("64900", "0.25")
      trade("65100", "0.5")
      assert.same({}, client:frames())
      after(500 * MILLISECOND)
      assert.same({ "0 65000 65100 64900 65100 1.75" }, candles(client:frames()[1]))
      after(600 * SECOND)
      assert.same({}, client:frames())
    end)

    it("tell a bar that has ended in the same second with the one that follows", function()
      venue:close()
      open(START + 500 * MILLISECOND)
      client:subscribe("candles", { "BTC-USD" })
      client:frames()
      after(299300 * MILLISECOND)
      trade("64000", "1")
      after(400 * MILLISECOND)
      trade("64500", "2")
      after(300 * MILLISECOND)
      assert.same({ "0 64000 64000 64000 64000 1", "300 64500 64500 64500 64500 2" }, candles(client:frames()[1]))
    end)

    it("begin with the last hundred that have a trade, the oldest first", function()
      for i = 1, 103 do
        trade(tostring(60000 + i), "0.1")
        after(600 * SECOND)
      end
      client = streams.connect(venue)
      client:subscribe("candles", { "BTC-USD" })
      local told = candles(client:frames()[1])
      assert.equal(100, #told)
      assert.equal("1800 60004 60004 60004 60004 0.1", told[1])
      assert.equal("61200 60103 60103 60103 60103 0.1", told[100])
    end)
  end)

  it("is told of an alias under the name of its book", function()
    client:subscribe("market_trades", { "BTC-USDC" })
    client:subscribe("level2", { "BTC-USDC" })
    client:frames()
    bob.product = "BTC-USDC"
    bob:limit("BUY", "1", "65000")
    ann:limit("SELL", "0.5", "65000")
    after(250 * MILLISECOND)
    local frames = client:frames()
    assert.equal("BTC-USD", frames[1].events[1].product_id)
    assert.same({ "bid 65000 0.5" }, levels(frames[1]))
    assert.equal("BTC-USD", frames[2].events[1].trades[1].product_id)
  end)

  it("tells at once that a product has changed", function()
    client:subscribe("status", { "BTC-USD" })
    client:frames()
    assert(venue:set_product("BTC-USD", { disabled = true }))
    local frames = client:frames()
    assert.equal(1, #frames)
    assert.equal("offline", frames[1].events[1].products[1].status)
    assert(venue:set_product("ETH-USD", { disabled = true }))
    assert.same({}, client:frames())
  end)
end)
