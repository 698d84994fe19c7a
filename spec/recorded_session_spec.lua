-- SPDX-License-Identifier: MIT
-- A session on a recorded book and its trades: what a strategy is told, and what it sees.
local recorded = require "spec.support.recorded"
local shared = require "spec.support.shared"

local CALM = {
  "1 snapshot 2@99 1@98 | 3@101 1@102",
  "1.5 buy 0.5@101",
  "2 update 1@98.5 |",
  "2 update | 2@100.5",
  "2.25 sell 1@99",
  "2.25 sell 0.25@98.5",
  "3 update 2@97 |",
  "4 buy 1@100.5",
}

describe("a session on a recorded book", function()
  it("tells of the book once an instant, as it is then", function()
    local printed = recorded.works(CALM, [[ feeds = { "book" },
      on_book = function(self, book)
        print(self.now // 100000000 % 1000, book.bid, book.bid_size, book.ask, book.ask_size)
      end ]])
    assert.same({ "10\t99.0\t2.0\t101.0\t3.0", "20\t99.0\t2.0\t100.5\t2.0", "30\t99.0\t2.0\t100.5\t2.0" }, printed)
  end)

  it("tells of a quote when the best price or size of a side has changed", function()
    local printed = recorded.works(CALM, [[ feeds = { "quote" },
      on_quote = function(_, q) print(q) end ]])
    assert.same({
      "quote BTC-USD, bid 2 BTC at 99 USD, ask 3 BTC at 101 USD, 2025-01-01T00:00:01Z",
      "quote BTC-USD, bid 2 BTC at 99 USD, ask 2 BTC at 100.5 USD, 2025-01-01T00:00:02Z",
    }, printed)
  end)

  it("tells of each trade, with the taker's side", function()
    local printed = recorded.works(CALM, [[ feeds = { "trades" },
      on_market_trade = function(self, t)
        print(t.side, t.size, t.price, t.product, t.time == self.now, self.last)
      end ]])
    assert.same({
      "buy\t0.5\t101.0\tBTC-USD\ttrue\t101.0", "sell\t1.0\t99.0\tBTC-USD\ttrue\t99.0",
      "sell\t0.25\t98.5\tBTC-USD\ttrue\t98.5", "buy\t1.0\t100.5\tBTC-USD\ttrue\t100.5",
    }, printed)
  end)

  it("makes bars of the trades, which end before what comes at their end", function()
    local printed, result = recorded.works(CALM, [[ feeds = { "book" }, timeframes = { "2s" }, warmup = 0,
      on_bar = function(self, bar)
        print(bar.timeframe, bar.open, bar.high, bar.low, bar.close, bar.volume, self.now == bar.close_time, self.ask)
      end ]])
    assert.same({
      "1s\t101.0\t101.0\t101.0\t101.0\t0.5\ttrue\t101.0", "2s\t101.0\t101.0\t101.0\t101.0\t0.5\ttrue\t101.0",
      "1s\t99.0\t99.0\t98.5\t98.5\t1.25\ttrue\t100.5", "2s\t99.0\t99.0\t98.5\t98.5\t1.25\ttrue\t100.5",
      "1s\t100.5\t100.5\t100.5\t100.5\t1.0\ttrue\t100.5",
    }, printed)
    assert.equal(3, result.bars)
    assert.same({ 3, 7, 4 }, { result.data[1].messages, result.data[1].changes, result.data[1].trades })
  end)

  it("shows bid, ask, the middle, the last trade, and a book to ask", function()
    local printed = recorded.works(CALM, [[ feeds = { "book" },
      on_book = function(self, book)
        if self.now // 1000000000 % 10 ~= 2 then return end
        print(self.bid, self.ask, self.mid, self.last, self.fresh, self:product "BTC-USD".bid)
        print(self.book.imbalance, book:vwap("buy", 4), book:vwap("sell", 100), book:depth(60))
        print(#book:levels "bid", book:levels("ask", 2)[2].price, book.spread_bps, book)
      end ]])
    assert.same({
      "99.0\t100.5\t99.75\t101.0\ttrue\t99.0", "-0.2\t100.75\tnil\t3.0\t5.0",
      "3\t101.0\t150.37593984962\tbook BTC-USD, bid 2 BTC at 99 USD, ask 2 BTC at 100.5 USD",
    }, printed)
  end)

  it("keeps a book from being used after its callback", function()
    local printed = recorded.works(CALM, [[ feeds = { "book" },
      on_book = function(self, book)
        if self.old then print(select(2, pcall(function() return self.old.bid end)):match "a book.*") end
        self.old = book
      end ]])
    assert.equal("a book is good until its callback returns: ask self.book again", printed[1])
  end)

  it("has no book where the data are bars", function()
    local trial = require "spec.support.trial"
    trial.works [[ on_bar = function(self) assert(not self.book and not self.bid and self.mid == self.last) end ]]
    local err = trial.fails("asks for feeds, and the data of BTC%-USD are bars alone",
      [[ feeds = { "trades" }, on_market_trade = function() end ]])
    assert.equal("no_feed", err.code)
  end)

  it("refuses a declaration that does not fit", function()
    for declaration, message in pairs {
      [ [[ on_book = function() end ]] ] = 'on_book is called for a feed that is asked for: feeds = { "book" }',
      [ [[ feeds = { "book" }, on_quote = function() end ]] ] = 'feeds = { "quote" }',
      [ [[ on_feed = function() end ]] ] = "none is asked for",
      [ [[ feeds = { "books" } ]] ] = "'books' is none of book, trades, quote",
      [ [[ feeds = { "book", "book" } ]] ] = "twice",
      [ [[ feeds = "book" ]] ] = "feeds must be a list of texts",
    } do
      local _, err = recorded.run(CALM, declaration)
      assert.is_truthy(err.message:find(message, 1, true), err.message)
    end
  end)

  it("gives the same events twice", function()
    local declaration = [[ feeds = { "book", "trades", "quote" },
      on_quote = function(self, q) self:buy { quantity = 0.5, limit = q.bid } end,
      on_market_trade = function(self, t) self:info("trade", { price = t.price }) end ]]
    local _, first = recorded.works(CALM, declaration)
    local _, second = recorded.works(CALM, declaration)
    assert.equal(first.event_hash, second.event_hash)
  end)
end)

describe("a session on a recorded book that was killed", function()
  local neap = require "neap"

  local COUNT = [[ feeds = { "book" },
    on_start = function(self) self.state.books = self.state.books or 0 end,
    on_book = function(self)
      self.state.books = self.state.books + 1
      if self.state.books == 4 then self:buy { quantity = 1, limit = 98, tag = "kept" } end
    end,
    on_fill = function(self, f) print("fill", f.quantity, f.price) end,
    on_stop = function(self) print(self.state.books, self.position.quantity) end ]]

  local function market()
    local lines = { "1 snapshot 5@99 5@98 | 5@101 5@102" }
    for i = 2, 30 do
      lines[#lines + 1] = ("%d update %d@%d |"):format(i, i % 5 + 1, 99 - i % 3)
      lines[#lines + 1] = ("%d.5 %s 3@%d"):format(i, i % 2 == 0 and "sell" or "buy", i % 2 == 0 and 98 or 102)
    end
    return recorded.texts(lines)
  end

  -- Ended after `steps` instants as by a kill, then gone on with; nil: in one go. What it printed.
  local function run(steps, other_latency)
    local printed, paths, warned = {}, {}, {}
    local book, trades = market()
    for i, text in ipairs { book, trades,
      "local neap = require 'neap'\nreturn neap.strategy { name = 'tried',\n" .. COUNT .. "}\n" } do
      paths[i] = os.tmpname()
      local file <close> = assert(io.open(paths[i], "wb"))
      file:write(text)
    end
    local store = os.tmpname() .. ".db"
    local function open(resume)
      return assert(neap.session { strategy = paths[3], cash = 1000, fee_bps = 0, env = {},
        latency_ms = resume and other_latency or 600,
        data = { ["BTC-USD"] = { book = paths[1], trades = paths[2] } }, store = store, resume = resume,
        products = { ["BTC-USD"] = { price_increment = "0.1", base_increment = "0.01" } },
        on_log = function(level, line)
          printed[#printed + 1] = line:match "#%d+: (.*)$"
          if level == "warn" then warned[#warned + 1] = line end
        end })
    end
    if steps then
      open(false):step(steps)
      collectgarbage()
      collectgarbage()
    end
    local session = open(steps ~= nil)
    session:run()
    session:stop()
    session = nil -- luacheck: ignore
    collectgarbage()
    for _, ending in ipairs { "", "-wal", "-shm", "-lock", "-reserve" } do os.remove(store .. ending) end
    for _, path in ipairs(paths) do os.remove(path) end
    return printed, table.concat(warned, "\n")
  end

  it("says when it goes on at another distance", function()
    local _, warned = run(20)
    assert.is_nil(warned:match "latency")
    _, warned = run(20, 250)
    assert.matches("latency was order 600000000, answer 600000000, and is order 250000000, answer 250000000", warned)
  end)

  it("is stepped, or driven in one go, with the same fills", function()
    local book, trades = market()
    local paths = { os.tmpname(), os.tmpname() }
    for i, text in ipairs { book, trades } do
      local file <close> = assert(io.open(paths[i], "wb"))
      file:write(text)
    end
    local options = { strategy = "market_maker.lua", data = { ["BTC-USD"] = { book = paths[1], trades = paths[2] } },
      products = { ["BTC-USD"] = { price_increment = "0.1", base_increment = "0.01" } }, cash = 10000, fee_bps = 0,
      params = { quantity = 1, max_position = 2 }, env = {}, latency_ms = "100:900" }
    local whole = assert(neap.backtest(options))
    local session = assert(neap.session(options))
    for _ = 1, 40 do session:step(1) end
    local stepped = session:stop()
    for _, path in ipairs(paths) do os.remove(path) end
    assert.is_true(whole.fills > 0)
    assert.same({ whole.orders, whole.fills, tostring(whole.final_equity), tostring(whole.final_cash) },
      { stepped.orders, stepped.fills, tostring(stepped.final_equity), tostring(stepped.final_cash) })
  end)

  it("goes on where it was: nobody is told twice", function()
    local whole = run()
    assert.equal("30\t1", whole[#whole])
    for _, steps in ipairs { 1, 5, 12, 25 } do
      local printed = run(steps)
      assert.equal("30\t1", printed[#printed], steps)
    end
  end)
end)

describe("a book in doubt", function()
  local WATCH = [[ feeds = { "book", "trades" },
    on_feed = function(self, f) print(f) end,
    on_reject = function(self, o) print("refused", o.reason.code, o.reason.check) end,
    on_market_trade = function(self, t) self:buy { quantity = 0.5, limit = 90 } end ]]

  it("refuses entries until a snapshot: it crossed", function()
    local printed = recorded.works({ "1 snapshot 2@99 | 3@101", "2 buy 1@101", "3 update 1@101.5 |", "4 buy 1@101",
      "5 update 1@97 |", "6 snapshot 2@99 | 3@101", "7 buy 1@101" }, WATCH)
    assert.equal("feed book of BTC-USD is fresh", printed[1])
    assert.equal("feed book of BTC-USD is stale: crossed", printed[2])
    assert.matches("^refused", printed[3])
    assert.equal("feed book of BTC-USD is fresh", printed[4])
    assert.equal(4, #printed)
  end)

  it("is one before the first snapshot", function()
    local printed = recorded.works({ "1 update 1@99 | 1@101", "2 buy 1@101", "3 snapshot 2@99 | 3@101", "4 buy 1@101" },
      WATCH)
    assert.matches("^refused", printed[1])
    assert.same({ "feed book of BTC-USD is fresh" }, table.move(printed, 2, #printed, 1, {}))
  end)

  it("goes stale when nothing is heard of it", function()
    local printed = recorded.works({ "1 snapshot 2@99 | 3@101", "2 buy 1@101", "400 buy 1@101" }, WATCH,
      { set = { max_mark_staleness_seconds = 180 } })
    assert.same({ "feed book of BTC-USD is fresh", "feed book of BTC-USD is stale: silent" },
      { printed[1], printed[#printed] })
    assert.matches("^refused", printed[2])
  end)
end)

describe("the files of a recording", function()
  local BOOK, TRADES = recorded.texts(CALM)
  local NOTHING = "on_bar = function() end"

  local function refusal(book, trades)
    local _, err = recorded.run_texts(book, trades, NOTHING)
    return err
  end

  it("are refused in one line that says where", function()
    for _, case in ipairs {
      { "", TRADES, "no_book" },
      { BOOK:match "^[^\n]*\n", TRADES, "no_book" },
      { BOOK, "", "no_trades" },
      { BOOK, TRADES:match "^[^\n]*\n", "no_trades" },
      { BOOK:gsub("snapshot", "update"), TRADES, "no_snapshot" },
      { "time,open\n", TRADES, "bad_header", ":1$" },
      { BOOK, "recv,price\n", "bad_header", ":1$" },
      { BOOK .. "1735689700,update,bid,x,1\n", TRADES, "not_a_number", ":9$" },
      { BOOK .. "1735689700,update,bid", TRADES, "bad_row", ":9$" },
      { BOOK .. "1735689600,update,bid,99,1\n", TRADES, "time_order", ":9$" },
      { BOOK, TRADES .. "1735689600,99,1,buy\n", "time_order", ":6$" },
      { BOOK, TRADES .. "1735689700,0,1,buy\n", "bad_trade", ":6$" },
    } do
      local err = refusal(case[1], case[2])
      assert.equal(case[3], err.code, err.message)
      assert.is_nil(err.message:find "\n")
      if case[4] then assert.matches(case[4], err.where) end
    end
  end)

  it("are found by name, and a recording is one by its first line", function()
    local data = shared.path "data/l2_binance_spot_2024_08_08/BTCUSDT_l2.csv.gz"
    if not data then return pending "../shared is absent" end
    local _, result = recorded.works({ "1 snapshot 1@1 | 1@2" }, NOTHING, { data = data,
      products = { ["BTC-USDT"] = { price_increment = "0.01", base_increment = "0.00001" } } })
    assert.same({ 6493 + 1, 300094, 19904 },
      { result.data[1].messages, result.data[1].changes, result.data[1].trades })
  end)

  it("may be cut by time: what was before is told at the beginning", function()
    local printed = recorded.works(CALM, [[ feeds = { "book" }, on_book = function(self, b)
      print(self.now // 1000000000 % 10, b.ask, self.last) end ]], { from = "2025-01-01T00:00:02.5Z",
      to = "2025-01-01T00:00:04Z" })
    assert.same({ "2\t100.5\tnil", "3\t100.5\tnil" }, printed)
  end)
end)

describe("the recorded ten minutes", function()
  it("give the expected tops through a session, after each message", function()
    local folder = "data/l2_binance_spot_2024_08_08/"
    local data = shared.path(folder .. "BTCUSDT_l2.csv.gz")
    if not data then return pending "../shared is absent" end
    local printed = {}
    recorded.works({ "1 snapshot 1@1 | 1@2" }, [[ feeds = { "book" }, on_book = function(self, b)
      self:info(("%.2f %.8f %.2f %.8f"):format(b.bid, b.bid_size, b.ask, b.ask_size)) end ]], { data = data,
      products = { ["BTC-USDT"] = { price_increment = "0.01", base_increment = "0.00001" } },
      on_log = function(_, line) printed[#printed + 1] = line:match "#%d+: (.*)$" end })
    local pipe = assert(io.popen(("gzip -dc '%s'"):format(shared.path(folder .. "BTCUSDT_expected_tops.csv.gz"))))
    assert(pipe:read "l")
    local at = 0
    for line in pipe:lines() do
      at = at + 1
      local bid, bid_size, ask, ask_size = line:match "^[^,]*,[^,]*,[^,]*,([^,]*),([^,]*),([^,]*),([^,]*)$"
      local expected = ("%.2f %.8f %.2f %.8f"):format(bid, bid_size, ask, ask_size)
      if expected ~= printed[at] then assert.equal(expected, printed[at], "message " .. at) end
    end
    pipe:close()
    assert.same({ 6493, 6493 }, { at, #printed })
  end)
end)
