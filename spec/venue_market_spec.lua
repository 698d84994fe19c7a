-- SPDX-License-Identifier: MIT
-- Who makes the prices of the venue: what may be said, recordings that come back, and a market that one trades with.
local decimal = require "neap.decimal"
local exchange = require "spec.support.exchange"
local shared = require "spec.support.shared"

local START = 1767225600 -- 2026-01-01

local function unpacked(relative)
  return shared.text("data/" .. relative .. ".csv.gz") or pending "../shared is absent"
end

-- "1723161254.137307667" in ns.
local function ns(text)
  local whole, part = text:match "^(%d+)%.?(%d*)$"
  return math.tointeger(whole) * 1000000000 + math.tointeger((part .. "000000000"):sub(1, 9))
end

describe("a market of the venue", function()
  local venue
  local function open(options) venue = exchange.open(options) end
  after_each(function()
    if venue then venue.venue:close() end
    venue = nil
  end)

  local function refused(text, options)
    local none, err = venue.venue:add_market(text, options)
    assert.is_nil(none)
    return err
  end
  local function top(product)
    local book = venue:get("/market/product_book", { product_id = product or "BTC-USD", limit = 1 }).pricebook
    return book.bids[1], book.asks[1]
  end

  describe("says what it does not understand:", function()
    before_each(function() open() end)

    it("a kind", function()
      local err = refused "generate"
      assert.equal("market_kind", err.code)
      assert.equal("generated", err.nearest)
      assert.equal("a market is generated, candles, trades or book, not 'generate'", err.message)
    end)

    it("a word, and one of another kind", function()
      local err = refused "generated:volatilty=3"
      assert.equal("market_option", err.code)
      assert.equal("volatility", err.nearest)
      assert.matches("unknown word 'volatilty'; known: seed, levels, spread_bps, volatility, rate,", err.message)
      assert.matches("^book: unknown word 'levels'; known: from, end$", refused("book:levels=3").message)
      assert.matches("'levels' is said twice", refused("generated:levels=3,levels=4").message)
      assert.matches("'levels' is not WORD=VALUE", refused("generated:levels").message)
    end)

    it("a value", function()
      for text, wanted in pairs {
        ["generated:levels=0"] = "levels is a whole number from 1 to 30000, not '0'",
        ["generated:levels=2.5"] = "levels is a whole number from 1 to 30000, not '2.5'",
        ["generated:rate=none"] = "rate is a number from 0.01 to 10000, not 'none'",
        ["candles:end=loop"] = "end is stays, loops or halts, not 'loop'",
        ["trades:from=now"] = "from is a time like 2024-08-08T23:55:00Z, not 'now'",
      } do
        local err = refused(text)
        assert.equal("out_of_range", err.code)
        assert.equal(text:match "^%a+" .. ": " .. wanted, err.message)
      end
      local bars = { product = "BTC-USD", data = ("time,open,high,low,close,volume\n%d,1,1,1,1,1\n"):format(START) }
      bars.speed = 2e6
      assert.equal("a replay's speed is 0.001 to 1000000, not 2e+06", refused("candles", bars).message)
    end)

    it("a product, and a second market for one", function()
      local err = refused("generated", { product = "BTCUSD" })
      assert.equal("unknown_product", err.code)
      assert.equal("BTC-USD", err.nearest)
      assert(venue.venue:add_market("generated", { product = "BTC-USDC" }))
      assert.equal("BTC-USD has a market already", refused("generated", { product = "BTC-USD" }).message)
      assert.equal("a replay is of one product: name it", refused("candles", { data = "" }).message)
    end)

    it("a file, with its line", function()
      local head = "time,open,high,low,close,volume\n"
      local twice = head .. START .. ",1,1,1,1,1\n" .. START .. ",2,2,2,2,2\n"
      local err = refused("candles", { product = "BTC-USD", data = twice })
      assert.equal("time_order", err.code)
      assert.equal("line 3", err.where)
      err = refused("candles", { product = "BTC-USD", data = head .. START .. ",1,2,1,1.005,1\n" })
      assert.equal("a price of 1.005 is no multiple of the product's 0.01", err.message)
      assert.equal("line 2", err.where)
      assert.equal("no_data", refused("candles", { product = "BTC-USD" }).code)
      assert.equal("no_data", refused("trades:from=2027-01-01",
        { product = "BTC-USD", data = "time,price,size,taker_side\n" .. START .. ",1,1,buy\n" }).code)
      local crossed = "time,type,side,price,qty\n1,snapshot,bid,2,1\n1,snapshot,ask,3,1\n2,update,ask,2,1\n"
      err = refused("book", { product = "BTC-USD", data = crossed })
      assert.equal("crossed", err.code)
      assert.equal("message 2", err.where)
      local headless = "time,type,side,price,qty\n1,update,bid,2,1\n"
      assert.equal("no_data", refused("book", { product = "BTC-USD", data = headless }).code)
      -- Nothing of them is left.
      assert(venue.venue:add_market("generated", { product = "BTC-USD" }))
    end)
  end)

  it("that is generated gives each product with a price two sides, prints, and bars", function()
    open()
    assert(venue.venue:add_market "generated:seed=3")
    venue.venue:advance "2026-01-01T00:30:00Z"
    local served = 0
    for _, product in ipairs(venue:get("/market/products", { get_all_products = "true" }, 0).products) do
      if product.trading_disabled then goto continue end
      local bid, ask = top(product.product_id)
      assert(decimal(bid.price) < decimal(ask.price), product.product_id)
      local bars = venue:get("/market/products/" .. product.product_id .. "/candles",
        { start = START, ["end"] = START + 1799, granularity = "ONE_MINUTE" }).candles
      assert(#bars > 25, product.product_id)
      served = served + 1
      ::continue::
    end
    assert.equal(12, served)
    assert(venue.venue:check())
  end)

  it("that is generated serves 920 products, and a book as deep as the recorded one", function()
    local products = shared.text "data/ws_coinbase_advanced_2026_08_09/rest_products.json.gz"
    if not products then return pending "../shared is absent" end
    open { products = products }
    assert(venue.venue:add_market("generated:levels=23000", { product = "BTC-USD" }))
    assert(venue.venue:add_market "generated")
    venue.venue:advance "2026-01-01T00:01:00Z"
    local bid, ask = top "MOG-USD" -- eleven increments
    assert(decimal(bid.price) < decimal(ask.price) and decimal(ask.price) < decimal "0.00000020")
    local stream <close> = assert(venue.venue:connect())
    stream:send '{"type":"subscribe","channel":"level2","product_ids":["BTC-USD"]}'
    local frame = stream:frames()[1]
    local _, levels = frame:gsub('"side"', "")
    assert(levels > 45900 and #frame > 4000000, ("%d levels in %d bytes"):format(levels, #frame))
    assert(venue.venue:check())
  end)

  -- Orders of both users at random around the best prices; ids of those that may be open.
  local function trade_at_random(second, dice, open_orders)
    local bid, ask = top()
    local mid, key = bid and ask and tonumber(bid.price) or 65000, 1 + dice(2)
    local size, price = ("%.8f"):format((1 + dice(1000)) / 2000), ("%.2f"):format(mid * (1 + (dice(200) - 100) / 20000))
    local configuration = dice(10) < 3 and { market_market_ioc = { base_size = size } }
      or { limit_limit_gtc = { base_size = size, limit_price = price, post_only = dice(2) == 0 } }
    local client = venue.clients[key]
    local _, body = client:ask("POST", "/orders", { client_order_id = "random-" .. second, product_id = "BTC-USD",
      side = dice(2) == 0 and "BUY" or "SELL", order_configuration = configuration })
    if body.success then open_orders[#open_orders + 1] = { body.success_response.order_id, key } end
    if dice(3) == 0 and #open_orders > 0 then
      local one = table.remove(open_orders, 1 + dice(#open_orders))
      venue.clients[one[2]]:ask("POST", "/orders/batch_cancel", { order_ids = { one[1] } })
    end
  end

  it("that crashes and jumps trades for an hour with two users, as taker and as maker, and no cent is lost", function()
    open()
    local state, open_orders, count = 12345, {}, { MAKER = 0, TAKER = 0 }
    local function dice(n)
      state = state * 6364136223846793005 + 1442695040888963407
      return (state >> 33) % n
    end
    assert.equal(2, venue:add_client("second", { USD = "10000000", BTC = "50" }))
    assert(venue.venue:deposit(1, "USD", "10000000") and venue.venue:deposit(1, "BTC", "50"))
    assert(venue.venue:add_market("generated:seed=3,crashes=24,gaps=48", { product = "BTC-USD" }))
    for second = 1, 3600 do
      venue.venue:advance((START + second) * 1000000000)
      trade_at_random(second, dice, open_orders)
      if second % 300 == 0 then assert(venue.venue:check()) end
    end
    for _, fill in ipairs(venue:get("/orders/historical/fills", { limit = 1000 }).fills) do
      count[fill.liquidity_indicator] = count[fill.liquidity_indicator] + 1
    end
    assert(count.MAKER > 100 and count.TAKER > 100, count.MAKER .. " " .. count.TAKER)
  end)

  it("of bars gives 17,989 hours of BTC-USD back", function()
    local text = unpacked "candles_coinbase_2024_2026/BTC-USD_1h"
    local rows = {}
    for row in text:gmatch "(%d+,[%d.]+,[%d.]+,[%d.]+,[%d.]+,[%d.]+)\n" do rows[#rows + 1] = row end
    assert.equal(17989, #rows)
    local first, last = tonumber(rows[1]:match "%d+"), tonumber(rows[#rows]:match "%d+")
    open { start = first * 1000000000 }
    assert(venue.venue:add_market("candles", { product = "BTC-USD", data = text }))
    venue.venue:advance((last + 3600) * 1000000000)
    local seen = {}
    for from = first, last, 300 * 3600 do
      local asked = { start = from, ["end"] = from + 299 * 3600, granularity = "ONE_HOUR" }
      for _, bar in ipairs(venue:get("/market/products/BTC-USD/candles", asked).candles) do
        local values = { bar.open, bar.high, bar.low, bar.close, bar.volume }
        for i, value in ipairs(values) do values[i] = tostring(decimal(value)) end
        seen[math.tointeger(tonumber(bar.start))] = table.concat(values, ",")
      end
    end
    for _, row in ipairs(rows) do
      local time, values = row:match "^(%d+),(.*)$"
      local wanted = values:gsub("[%d.]+", function(value) return tostring(decimal(value)) end)
      if seen[tonumber(time)] ~= wanted then
        error(("%s: %s is wanted, not %s"):format(time, wanted, seen[tonumber(time)]))
      end
    end
  end)

  it("of a recorded book gives 6,493 tops and every minute of 19,904 trades back", function()
    local folder = "l2_binance_spot_2024_08_08/BTCUSDT_"
    local changes, trades = unpacked(folder .. "l2"), unpacked(folder .. "trades")
    local tops = unpacked(folder .. "expected_tops")
    local start, count = nil, 0
    for recv, bid, bid_size, ask, ask_size in
      tops:gmatch "([%d.]+),[%d.]+,%d+,([%d.]+),([%d.]+),([%d.]+),([%d.]+)\n" do
      if not start then
        start = ns(recv)
        open { start = start }
        assert(venue.venue:add_market("book", { product = "BTC-USD", data = changes, trades = trades }))
      end
      venue.venue:advance(ns(recv))
      local best_bid, best_ask = top()
      local seen = ("%s %s %s %s"):format(best_bid.price, best_bid.size, best_ask.price, best_ask.size)
      local wanted = ("%s %s %s %s"):format(decimal(bid), decimal(bid_size), decimal(ask), decimal(ask_size))
      if seen ~= wanted then error(("%s: %s is wanted, not %s"):format(recv, wanted, seen)) end
      count = count + 1
    end
    assert.equal(6493, count)
    local wanted = {}
    for recv, price, size in trades:gmatch "[%d.]+,([%d.]+),%d+,([%d.]+),([%d.]+),%u+\n" do
      local minute = ns(recv) // 60000000000 * 60
      if ns(recv) >= start then
        local p = decimal(price)
        local bar = wanted[minute] or { open = p, high = p, low = p, volume = decimal(0) }
        bar.high, bar.low, bar.close = p > bar.high and p or bar.high, p < bar.low and p or bar.low, p
        bar.volume = bar.volume + decimal(size)
        wanted[minute] = bar
      end
    end
    venue.venue:advance(start + 700 * 1000000000)
    local asked = { start = start // 1000000000 - 60, ["end"] = start // 1000000000 + 700, granularity = "ONE_MINUTE" }
    local bars = venue:get("/market/products/BTC-USD/candles", asked).candles
    assert(#bars >= 11)
    for _, bar in ipairs(bars) do
      local recorded = wanted[tonumber(bar.start)]
      for _, name in ipairs { "open", "high", "low", "close", "volume" } do
        assert.equal(tostring(recorded[name]), tostring(decimal(bar[name])), bar.start .. " " .. name)
      end
    end
  end)
end)
