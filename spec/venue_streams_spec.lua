-- SPDX-License-Identifier: MIT
-- The venue's WebSocket channels without a socket: what a connection is told, and when.
local streams = require "spec.support.streams"

local START, MILLISECOND, SECOND = 1767225600000000000, 1000000, 1000000000

describe("neap.venue streams", function()
  local venues = require "neap.venue"
  local venue, client

  local function open(options)
    options = options or {}
    options.start = START
    venue = assert(venues.new(options))
    assert(venue:add_key { name = "one" })
    assert(venue:add_key { name = "two" })
    assert(venue:add_key { name = "blind", permissions = { "trade" } })
    client = streams.connect(venue)
  end

  local function after(ns) venue:advance(venue:now() + ns) end

  before_each(function() open() end)
  after_each(function() venue:close() end)

  describe("subscriptions", function()
    it("are told a snapshot per product, then one acknowledgement", function()
      client:subscribe("level2", { "BTC-USD", "ETH-USD" })
      assert.same({ "l2_data:snapshot", "l2_data:snapshot", "subscriptions" }, client:told())
      client:subscribe("market_trades", { "BTC-USD" })
      client:subscribe("ticker", { "BTC-USD" })
      client:subscribe("ticker_batch", { "BTC-USD" })
      client:subscribe("candles", { "BTC-USD" })
      client:subscribe "heartbeats"
      client:subscribe("status", { "BTC-USD" })
      client:subscribe("user", nil, "1")
      client:subscribe("futures_balance_summary", {}, "1")
      assert.same({ "market_trades:snapshot", "subscriptions", "ticker:snapshot", "subscriptions",
        "ticker_batch:snapshot", "subscriptions", "candles:snapshot", "subscriptions", "subscriptions",
        "status:snapshot", "subscriptions", "user:snapshot", "subscriptions", "futures_balance_summary:snapshot",
        "subscriptions" }, client:told())
      assert.same({}, client.errors)
    end)

    it("are acknowledged with all that there are", function()
      client:subscribe("level2", { "ETH-USD", "BTC-USD" })
      client:subscribe("heartbeats", {})
      client:subscribe("status")
      local listed = client:subscriptions()
      assert.same({ "BTC-USD", "ETH-USD" }, listed.level2)
      assert.same({ "heartbeats" }, listed.heartbeats)
      assert.same({ "status" }, listed.status)
    end)

    it("name their user where they are of an account", function()
      client:subscribe("user", { "BTC-USD" }, "1")
      local mine = client:subscriptions().user
      local other = streams.connect(venue)
      other:subscribe("user", nil, "2")
      local theirs = other:subscriptions().user
      assert.equal(1, #mine)
      assert.matches("^%x+%-%x+%-4%x+%-%x+%-%x+$", mine[1])
      assert.not_equal(mine[1], theirs[1])
    end)

    it("end by product, or as a whole channel", function()
      client:subscribe("ticker", { "BTC-USD", "ETH-USD" })
      client:subscribe("level2", { "BTC-USD", "ETH-USD" })
      client:unsubscribe("level2", { "BTC-USD" })
      assert.same({ "ETH-USD" }, client:subscriptions().level2)
      client:unsubscribe "ticker"
      assert.is_nil(client:subscriptions().ticker)
      client:unsubscribe("level2", { "ETH-USD", "BTC-USD" })
      assert.same({}, client:subscriptions())
      assert.same({}, client.errors)
    end)

    it("of an alias are its book's, but a user's keep the name they were given", function()
      client:subscribe("ticker", { "BTC-USDC" })
      local frames = client:frames()
      assert.equal("BTC-USD", frames[1].events[1].tickers[1].product_id)
      assert.same({ "BTC-USD" }, frames[2].events[1].subscriptions.ticker)
      client:unsubscribe("ticker", { "BTC-USD" })
      assert.same({}, client:subscriptions())
    end)

    it("give one snapshot however often a message names a product", function()
      client:subscribe("level2", { "BTC-USD", "ETH-USD", "BTC-USD", "BTC-USDC", "ETH-USD" })
      assert.same({ "l2_data:snapshot", "l2_data:snapshot", "subscriptions" }, client:told())
    end)

    it("give a snapshot again when they are repeated", function()
      client:subscribe("level2", { "BTC-USD" })
      client:subscribe("level2", { "BTC-USD" })
      assert.same({ "l2_data:snapshot", "subscriptions", "l2_data:snapshot", "subscriptions" }, client:told())
    end)
  end)

  it("numbers the frames of each connection from 0, over all channels", function()
    local other = streams.connect(venue)
    client:subscribe "heartbeats"
    client:subscribe("ticker", { "BTC-USD" })
    after(3 * SECOND)
    other:subscribe "heartbeats"
    after(3 * SECOND)
    assert.equal(9, #client:frames())
    assert.equal(4, #other:frames())
  end)

  it("has a client_id in its frames where the options ask for it", function()
    client:subscribe "heartbeats"
    assert.matches('^{"channel":"subscriptions","timestamp"', client.stream:frames()[1])
    venue:close()
    open { names_client = true }
    client:subscribe "heartbeats"
    assert.matches('^{"channel":"subscriptions","client_id":"","timestamp"', client.stream:frames()[1])
  end)

  describe("errors", function()
    local function refused(text)
      client.errors = {}
      client:send(text)
      assert.same({}, client:frames())
      assert.equal(1, #client.errors, text)
      return client.errors[1]
    end

    it("are of one form, and of no number", function()
      client:send '{"type":"subscribe","channel":"user"}'
      assert.same({ '{"type":"error","message":"authentication failure"}' }, client.stream:frames())
    end)

    it("name what was not understood, and leave everything as it was", function()
      client:subscribe("ticker", { "BTC-USD" }, "1")
      client:frames()
      assert.matches("unknown channel 'levle2'; did you mean 'level2'",
        refused '{"type":"subscribe","channel":"levle2"}')
      assert.matches("names no channel", refused '{"type":"subscribe","product_ids":["BTC-USD"]}')
      assert.matches("unknown product 'BTC%-UDS'",
        refused '{"type":"subscribe","channel":"level2","product_ids":["ETH-USD","BTC-UDS"]}')
      assert.matches("level2 needs product_ids", refused '{"type":"subscribe","channel":"level2"}')
      assert.matches("no list of texts", refused '{"type":"subscribe","channel":"level2","product_ids":"BTC-USD"}')
      assert.matches("no list of texts", refused '{"type":"subscribe","channel":"level2","product_ids":[1]}')
      assert.matches("unknown message type", refused '{"type":"subscrbe","channel":"level2"}')
      assert.matches("no JSON object", refused "[]")
      assert.matches("no JSON object", refused "subscribe")
      assert.matches("no JSON object", refused "")
      client:subscribe "heartbeats"
      assert.same({ ticker = { "BTC-USD" }, heartbeats = { "heartbeats" } }, client:subscriptions())
    end)

    it("come of a token that is nobody's, or whose key may not look", function()
      for _, token in ipairs { "9", "x", "", "3" } do
        assert.equal("authentication failure", refused(streams.message("subscribe", "user", nil, token)))
        assert.equal("authentication failure",
          refused(streams.message("subscribe", "futures_balance_summary", nil, token)))
      end
    end)

    it("come of another portfolio's token on a connection that is somebody's", function()
      client:subscribe("user", nil, "1")
      client:frames()
      assert.equal("authentication failure", refused(streams.message("subscribe", "user", nil, "2")))
    end)

    it("do not come of a bad token on a public channel", function()
      client:subscribe("ticker", { "BTC-USD" }, "nonsense")
      assert.same({ "ticker:snapshot", "subscriptions" }, client:told())
    end)
  end)

  it("beats every second, as Go prints a time, for all at once", function()
    local other = streams.connect(venue)
    other:subscribe "heartbeats"
    after(1500 * MILLISECOND)
    client:subscribe "heartbeats"
    after(1500 * MILLISECOND)
    local beats = client:frames "heartbeats"
    assert.equal(2, #beats)
    assert.equal(2, beats[1].events[1].heartbeat_counter)
    assert.equal(3, beats[2].events[1].heartbeat_counter)
    assert.equal("2026-01-01 00:00:03 +0000 UTC m=+3.000000000", beats[2].events[1].current_time)
    assert.same(beats[2].events, other:frames("heartbeats")[3].events)
    client:unsubscribe("heartbeats", {})
    client:frames()
    after(5 * SECOND)
    assert.same({}, client:frames())
  end)

  it("tells the status of products every five seconds", function()
    local function ids(frame)
      local list = {}
      for i, product in ipairs(frame.events[1].products) do list[i] = product.id end
      return list
    end
    client:subscribe("status", { "ETH-USD", "BTC-USD" })
    local other = streams.connect(venue)
    other:subscribe "status"
    after(11 * SECOND)
    local mine, all = client:frames "status", other:frames "status"
    assert.equal(3, #mine)
    assert.same({ "BTC-USD", "ETH-USD" }, ids(mine[3]))
    assert.is_true(#ids(all[1]) > 3)
    assert.same(ids(all[1]), ids(all[3]))
    assert.equal("update", all[3].events[1].type)
  end)

  it("outlives connections that are closed in any order, and goes with those that are not", function()
    local other = streams.connect(venue)
    other:subscribe("level2", { "BTC-USD" })
    client:subscribe("level2", { "BTC-USD" })
    client:close()
    other:frames()
    other:close()
    streams.connect(venue):subscribe "heartbeats"
  end)
end)
