-- SPDX-License-Identifier: MIT
-- What a venue tells of its market: books, best prices, candles, prints, the last 24 hours, the time.
local decimal = require "neap.decimal"
local exchange = require "spec.support.exchange"

describe("the market data of a venue", function()
  local MINUTE, DAY = 60 * 1000000000, 86400 * 1000000000
  local START <const> = 1767225600 -- 2026-01-01, in seconds
  local RICH = { USD = "1000000000", USDC = "1000000000", BTC = "100000", ETH = "100000" }
  local venue, maker, taker

  before_each(function()
    venue = exchange.open()
    maker, taker = venue:add_client("maker", RICH), venue:add_client("taker", RICH)
  end)
  after_each(function() venue:close() end)

  -- The maker offers, the taker takes: a print at that price. `side`: the taker's.
  local function trade(price, size, side, product)
    local is_buy = (side or "BUY") == "BUY"
    venue:limit(is_buy and "SELL" or "BUY", size, price, { key = maker, product_id = product })
    venue:limit(is_buy and "BUY" or "SELL", size, price, { key = taker, product_id = product })
  end
  local function rest(side, size, price, product)
    return venue:limit(side, size, price, { key = maker, product_id = product })
  end
  local function at(seconds) venue.venue:advance((START + seconds) * 1000000000) end

  local function levels(list)
    local out = {}
    for i, level in ipairs(list) do out[i] = level.size .. "@" .. level.price end
    return table.concat(out, " ")
  end

  describe("book", function()
    local function book(asked)
      asked.product_id = asked.product_id or "BTC-USD"
      return (venue:get("/product_book", asked))
    end
    local function sides(asked)
      local told = book(asked).pricebook
      return levels(told.bids) .. " | " .. levels(told.asks)
    end
    local BOOK = { { "BUY", "1", "99.99" }, { "BUY", "2", "99.5" }, { "BUY", "0.5", "99.99" }, { "BUY", "3", "95" },
      { "SELL", "1", "100.01" }, { "SELL", "2", "100.5" }, { "SELL", "4", "104.99" }, { "SELL", "8", "105" } }
    local function fill()
      for _, order in ipairs(BOOK) do rest(table.unpack(order)) end
    end

    it("has each side's best first, and the spread", function()
      fill()
      at(5)
      local told = book {}
      assert.equal("1.5@99.99 2@99.5 3@95 | 1@100.01 2@100.5 4@104.99 8@105", sides {})
      assert.same({ "BTC-USD", "2026-01-01T00:00:05Z" }, { told.pricebook.product_id, told.pricebook.time })
      assert.same({ "65086.18", "100", "2", "0.02" },
        { told.last, told.mid_market, told.spread_bps, told.spread_absolute })
      trade("100.01", "0.5", "BUY")
      assert.equal("100.01", book({}).last)
      assert.same((venue:get("/product_book", { product_id = "BTC-USD" })),
        (venue:get("/market/product_book", { product_id = "BTC-USD" }, 0)))
    end)

    it("is cut to a limit, and told in steps", function()
      fill()
      assert.equal("1.5@99.99 2@99.5 | 1@100.01 2@100.5", sides { limit = 2 })
      assert.equal("1.5@99.99 2@99.5 3@95 | 1@100.01 2@100.5 4@104.99 8@105", sides { limit = 0 })
      assert.equal("3.5@99 3@95 | 3@101 12@105", sides { aggregation_price_increment = "1" })
      assert.equal("6.5@95 | 15@105", sides { aggregation_price_increment = "5" })
      assert.equal("6.5@90 | 15@110", sides { aggregation_price_increment = "10" })
      assert.equal("3.5@99 | 3@101", sides { aggregation_price_increment = "1.00", limit = 1 })
      assert.equal("1.5@99.99 | 1@100.01", sides { aggregation_price_increment = "0.01", limit = 1 })
    end)

    it("of an alias is that of its product, under the alias's name", function()
      rest("BUY", "1", "99", "BTC-USDC")
      rest("SELL", "2", "101", "BTC-USD")
      assert.equal("1@99 | 2@101", sides {})
      assert.equal("1@99 | 2@101", sides { product_id = "BTC-USDC" })
      assert.equal("BTC-USDC", book({ product_id = "BTC-USDC" }).pricebook.product_id)
    end)

    it("has no spread without two sides", function()
      assert.equal(" | ", sides {})
      rest("BUY", "1", "99")
      local told = book {}
      assert.same({ "", "", "", "65086.18" }, { told.mid_market, told.spread_bps, told.spread_absolute, told.last })
    end)

    it("is of at most 1000 levels a side", function()
      local keys = { maker, taker, venue:add_client("third", RICH) }
      for i = 1, 1200 do
        venue:limit("BUY", "0.1", tostring(decimal(10000 + i) / decimal "100"), { key = keys[i % 3 + 1] })
      end
      local told = book({}).pricebook.bids
      assert.equal(1000, #told)
      assert.same({ "112", "102.01" }, { told[1].price, told[1000].price })
      assert.equal(1000, #book({ limit = 5000 }).pricebook.bids)
      assert.equal("120@100", levels(book({ aggregation_price_increment = "100" }).pricebook.bids))
    end)

    it("is not told of what is not there, nor in steps that are none", function()
      assert.equal("product_id is needed", venue:refused(400, "/product_book").message)
      assert.equal("product_id is needed", venue:refused(400, "/product_book", { product_id = "" }).message)
      assert.matches("nearest is BTC%-USD", venue:refused(404, "/product_book", { product_id = "BTC-UDS" }).message)
      for _, step in ipairs { "0", "-1", "0.015", "x", "1e30" } do
        local body = venue:refused(400, "/product_book", { product_id = "BTC-USD", aggregation_price_increment = step })
        assert.matches("aggregation_price_increment", body.message)
      end
      assert.matches("limit", venue:refused(400, "/product_book", { product_id = "BTC-USD", limit = -1 }).message)
      assert.equal("Unauthorized\n", venue:refused(401, "/product_book", { product_id = "BTC-USD" }, 0))
    end)
  end)

  it("has the best prices of products that are named, or of all", function()
    rest("BUY", "1", "99")
    rest("BUY", "2", "98")
    rest("SELL", "3", "101", "ETH-USD")
    local function told(asked)
      local out = {}
      for i, book in ipairs((venue:get("/best_bid_ask", asked)).pricebooks) do
        out[i] = book.product_id .. " " .. levels(book.bids) .. " | " .. levels(book.asks)
      end
      return out
    end
    assert.same({ "ETH-USD  | 3@101", "BTC-USD 1@99 | ", "BTC-USDC 1@99 | ", "SHIB-USD  | " },
      told { product_ids = { "ETH-USD", "BTC-USD", "BTC-USDC", "SHIB-USD" } })
    assert.equal(13, #told())
    local body = venue:refused(404, "/best_bid_ask", { product_ids = { "BTC-USD", "ETH-UDS" } })
    assert.equal("Product ETH-UDS not supported; the nearest is ETH-USD", body.message)
    assert.equal("Unauthorized\n", venue:refused(401, "/best_bid_ask", nil, 0))
  end)

  local SECONDS = { ONE_MINUTE = 60, FIVE_MINUTE = 300, FIFTEEN_MINUTE = 900, THIRTY_MINUTE = 1800, ONE_HOUR = 3600,
    TWO_HOUR = 7200, FOUR_HOUR = 14400, SIX_HOUR = 21600, ONE_DAY = 86400 }

  describe("candles", function()
    local function candles(asked)
      asked.granularity = asked.granularity or "ONE_MINUTE"
      asked.start, asked["end"] = asked.start or START, asked["end"] or START + 300
      return (venue:get("/products/" .. (asked.product or "BTC-USD") .. "/candles", asked)).candles
    end
    local function line(candle)
      return ("%d %s %s %s %s %s"):format(candle.start - START, candle.open, candle.high, candle.low, candle.close,
        candle.volume)
    end
    local function lines(asked)
      local out = {}
      for i, candle in ipairs(candles(asked)) do out[i] = line(candle) end
      return out
    end

    it("are newest first, without those in which nothing was traded, and the last goes on", function()
      at(1) trade("100", "1")
      at(30) trade("105", "2")
      at(59.999) trade("95.5", "0.5")
      at(60) trade("97", "1")
      at(180) trade("99", "3", "SELL")
      assert.same({ "180 99 99 99 99 3", "60 97 97 97 97 1", "0 100 105 95.5 95.5 3.5" }, lines {})
      at(239) trade("101", "0.25")
      assert.same({ "180 99 101 99 101 3.25", "60 97 97 97 97 1" }, lines { limit = 2 })
      assert.same({ "0 100 105 95.5 101 7.75" }, lines { granularity = "FIVE_MINUTE" })
      assert.same((venue:get("/products/BTC-USD/candles", { start = START, ["end"] = START, granularity = "ONE_DAY" })),
        (venue:get("/market/products/BTC-USD/candles",
          { start = START, ["end"] = START, granularity = "ONE_DAY" }, 0)))
      assert.equal(1, #candles { product = "BTC-USDC", granularity = "ONE_DAY" })
      assert.same({}, candles { product = "ETH-USD" })
    end)

    it("begin from start to end, both included", function()
      for minute = 0, 5 do at(minute * 60) trade("100", "1") end
      local function starts(first, last)
        local out = {}
        for i, candle in ipairs(candles { start = START + first, ["end"] = START + last }) do
          out[i] = (candle.start - START) // 60
        end
        return table.concat(out, " ")
      end
      assert.equal("3 2 1", starts(60, 180))
      assert.equal("2", starts(61, 179))
      assert.equal("", starts(61, 119))
      assert.equal("1", starts(60, 60))
      assert.equal("5 4", starts(240, 10000))
    end)

    it("are 350 at most: the venue's words for one more", function()
      local function ask(count, granularity, seconds)
        return venue:get("/products/BTC-USD/candles", { start = START, ["end"] = START + (count - 1) * seconds,
          granularity = granularity })
      end
      for granularity, seconds in pairs(SECONDS) do
        local _, status = ask(350, granularity, seconds)
        assert.equal(200, status)
        local body
        body, status = ask(351, granularity, seconds)
        assert.equal(400, status)
        assert.equal("INVALID_ARGUMENT", body.error)
        assert.matches("number of candles requested should be less than 350", body.message)
      end
    end)

    it("want a start, an end behind it and a granularity that is one", function()
      local function refused(asked)
        local body = venue:refused(400, "/products/BTC-USD/candles", asked)
        assert.equal("INVALID_ARGUMENT", body.error)
        return body.message
      end
      local last = START + 60
      assert.matches("start and end are needed", refused { ["end"] = last, granularity = "ONE_MINUTE" })
      assert.matches("start and end are needed", refused { start = START, granularity = "ONE_MINUTE" })
      assert.matches("start is after end", refused { start = last, ["end"] = START, granularity = "ONE_MINUTE" })
      assert.matches("granularity is needed", refused { start = START, ["end"] = last })
      assert.matches("granularity is needed", refused { start = START, ["end"] = last, granularity = "" })
      assert.matches("start and end are needed", refused { start = "", ["end"] = last, granularity = "ONE_MINUTE" })
      assert.matches("granularity is needed",
        refused { start = START, ["end"] = last, granularity = "UNKNOWN_GRANULARITY" })
      assert.equal("granularity 'ONE_MINUT' is not known; the nearest is ONE_MINUTE",
        refused { start = START, ["end"] = last, granularity = "ONE_MINUT" })
      assert.matches("^start must be a time", refused { start = "soon", ["end"] = last, granularity = "ONE_MINUTE" })
      assert.matches("^end must be a time", refused { start = START, ["end"] = -1, granularity = "ONE_MINUTE" })
      assert.matches("^limit must be", refused { start = START, ["end"] = last, granularity = "ONE_DAY", limit = -1 })
      assert.matches("number of candles",
        refused { start = 0, ["end"] = 9223372036, granularity = "ONE_DAY" })
      local body = venue:refused(404, "/products/BTC-UDS/candles",
        { start = START, ["end"] = last, granularity = "ONE_DAY" })
      assert.equal("Product BTC-UDS not supported; the nearest is BTC-USD", body.message)
    end)

    it("of any granularity are what its trades say", function()
      local random, told, now = 7, {}, 0
      local function dice(most)
        random = (random * 1103515245 + 12345) % 2147483648
        return random // 65536 % most
      end
      for i = 1, 400 do
        now = now + dice(3000)
        local price, size = 9000 + dice(2000), 1 + dice(50)
        at(now)
        trade(tostring(decimal(price) / decimal "100"), tostring(size))
        told[i] = { time = now, price = price, size = size }
      end
      local function expected(seconds, first, last)
        local out, by_start = {}, {}
        for _, print in ipairs(told) do
          local start = print.time - print.time % seconds
          local candle = by_start[start]
          if not candle then
            candle = { start = start, open = print.price, high = print.price, low = print.price, volume = 0 }
            by_start[start], out[#out + 1] = candle, candle
          end
          candle.high, candle.low = math.max(candle.high, print.price), math.min(candle.low, print.price)
          candle.close, candle.volume = print.price, candle.volume + print.size
        end
        local text = {}
        for i = #out, 1, -1 do
          local c = out[i]
          local function price(n) return tostring(decimal(n) / decimal "100") end
          if c.start >= first and c.start <= last then
            text[#text + 1] = ("%d %s %s %s %s %d"):format(c.start, price(c.open), price(c.high), price(c.low),
              price(c.close), c.volume)
          end
        end
        return text
      end
      local seen = 0
      for granularity, seconds in pairs(SECONDS) do
        for _ = 1, 10 do
          local first = dice(now)
          local last = first + seconds * 300
          local wanted = expected(seconds, first, last)
          assert.same(wanted, lines { granularity = granularity, start = START + first, ["end"] = START + last })
          seen = seen + #wanted
        end
      end
      assert.is_true(seen > 3000, seen)
    end)
  end)

  describe("prints", function()
    local function prints(asked, product)
      local out = {}
      local answer = venue:get("/products/" .. (product or "BTC-USD") .. "/ticker", asked)
      for i, told in ipairs(answer.trades) do
        out[i] = ("%s %s %s@%s %s"):format(told.trade_id, told.product_id, told.size, told.price, told.side)
      end
      return out, answer
    end

    it("are newest first, under the maker's side, with the best prices", function()
      trade("100", "1", "BUY")
      at(1.5)
      trade("99.5", "2", "SELL")
      rest("BUY", "1", "99")
      local out, answer = prints { limit = 10 }
      assert.same({ "2 BTC-USD 2@99.5 BUY", "1 BTC-USD 1@100 SELL" }, out)
      assert.same({ "99", "" }, { answer.best_bid, answer.best_ask })
      assert.same({ trade_id = "2", product_id = "BTC-USD", price = "99.5", size = "2", side = "BUY", bid = "",
        ask = "", time = "2026-01-01T00:00:01.500Z", exchange = "coinbase" }, answer.trades[1])
      assert.same({ "2 BTC-USDC 2@99.5 BUY", "1 BTC-USDC 1@100 SELL" }, (prints({ limit = 10 }, "BTC-USDC")))
      assert.same({}, (prints({ limit = 10 }, "ETH-USD")))
      assert.same((venue:get("/products/BTC-USD/ticker", { limit = 1 })),
        (venue:get("/market/products/BTC-USD/ticker", { limit = 1 }, 0)))
    end)

    it("are cut by number and time", function()
      for second = 1, 5 do at(second) trade("100", tostring(second)) end
      local function sizes(asked)
        local text = {}
        for i, told in ipairs((prints(asked))) do text[i] = told:match "(%d+)@" end
        return table.concat(text, " ")
      end
      assert.equal("5 4", sizes { limit = 2 })
      assert.equal("5 4 3 2 1", sizes { limit = 0 })
      assert.equal("5 4 3 2 1", sizes {})
      assert.equal("4 3 2", sizes { start = START + 2, ["end"] = START + 4 })
      assert.equal("4 3", sizes { start = START + 2, ["end"] = START + 4, limit = 2 })
      assert.equal("5", sizes { start = START + 5 })
      assert.equal("1", sizes { ["end"] = "2026-01-01T00:00:01Z" })
      assert.equal("", sizes { start = START + 6 })
    end)

    it("are kept up to 1000", function()
      for i = 1, 1005 do trade("100", tostring(decimal(i) / decimal "100")) end
      local out = prints { limit = 1000 }
      assert.equal(1000, #out)
      assert.same({ "1005 BTC-USD 10.05@100 SELL", "6 BTC-USD 0.06@100 SELL" }, { out[1], out[1000] })
      assert.equal(100, #prints {})
    end)

    it("are refused where what is asked cannot be", function()
      for _, asked in ipairs { { limit = 1001 }, { limit = -1 }, { limit = "all" }, { start = "x" },
        { start = START + 1, ["end"] = START } } do
        assert.equal("INVALID_ARGUMENT", venue:refused(400, "/products/BTC-USD/ticker", asked).error)
      end
      assert.matches("nearest is BTC%-USD", venue:refused(404, "/products/BTC-UDS/ticker", { limit = 1 }).message)
    end)
  end)

  describe("day", function()
    local function day(id)
      local p = venue:get("/products/" .. (id or "BTC-USD"))
      return { p.price, p.price_percentage_change_24h, p.volume_24h, p.volume_percentage_change_24h, p.high_24h,
        p.low_24h, p.approximate_quote_24h_volume }
    end

    it("is the list's until the first trade, and of the trades from then on", function()
      assert.same({ "65086.18", "0.09601107287722", "2867.54532609", "11.16524863692957", "65252.99", "64675.22" },
        { table.unpack(day(), 1, 6) })
      trade("100", "1")
      assert.same({ "100", "0", "1", "", "100", "100", "100" }, day())
      at(3600)
      trade("103", "2")
      trade("97.5", "0.5", "SELL")
      assert.same({ "97.5", "-2.5", "3.5", "", "103", "97.5", "341.25" }, day())
      assert.same(day(), day "BTC-USDC")
      assert.equal("1919.5", day("ETH-USD")[1])
      at(86400 + 120)
      assert.same({ "97.5", "-5.33980582524272", "2.5", "150", "103", "97.5", "243.75" }, day())
      at(86400 + 3600 + 120)
      assert.same({ "97.5", "", "0", "-100", "", "", "0" }, day())
      at(3 * 86400)
      assert.same({ "97.5", "", "0", "", "", "", "0" }, day())
    end)

    it("is told of what is quoted in coins with more digits", function()
      trade("0.03", "0.0001", "BUY", "ETH-BTC")
      assert.equal("0.000003", day("ETH-BTC")[7])
    end)

    it("sorts a list by its volume in quote", function()
      trade("10000", "40000", "BUY", "ETH-USD")
      local first = venue:get("/products",
        { products_sort_order = "PRODUCTS_SORT_ORDER_VOLUME_24H_DESCENDING", limit = 2 })
      assert.same({ "ETH-USD", "ETH-USDC" }, { first.products[1].product_id, first.products[2].product_id })
    end)

    it("of a contract, and of nothing else, has the middle of its book", function()
      rest("BUY", "1", "99")
      rest("SELL", "1", "100")
      assert.equal("", (venue:get "/products/BTC-USD").mid_market_price)
      local id = "BIT-31DEC27-CDE"
      assert.equal("", (venue:get("/products/" .. id)).mid_market_price)
      rest("BUY", "1", "66900", id)
      assert.equal("", (venue:get("/products/" .. id)).mid_market_price)
      rest("SELL", "1", "66905", id)
      assert.equal("66902.5", (venue:get("/products/" .. id)).mid_market_price)
    end)
  end)

  it("has the time, for anybody", function()
    venue.venue:advance(START * 1000000000 + 5 * DAY + 3 * MINUTE + 1234567890)
    assert.same({ iso = "2026-01-06T00:03:01Z", epochSeconds = "1767657781", epochMillis = "1767657781234" },
      (venue:get("/time", nil, 0)))
  end)
end)
