-- SPDX-License-Identifier: MIT
local book = require "neap.book"
local cjson = require "cjson"
local frames = require "neap.frames"
local shared = require "spec.support.shared"

local BTC = { id = "BTC-USD", price_increment = "0.01", size_increment = "0.00000001" }
local ETH = { id = "ETH-USD", price_increment = "0.01", size_increment = "0.00000001" }

local ENVELOPE = '{"channel":"%s","timestamp":"2026-08-09T21:05:48.228Z","sequence_num":7,"events":[%s]}'
local AT = 1786309548228000000

local function opened(...) return assert(frames.new { products = { ... } }) end

local function read(channel, events) return assert(opened(BTC, ETH):read(ENVELOPE:format(channel, events))) end

-- Plain tables, with every decimal as its text.
local function plain(value)
  if type(value) == "userdata" then return tostring(value) end
  if type(value) ~= "table" then return value end
  local copy = {}
  for key, item in pairs(value) do copy[key] = plain(item) end
  return copy
end

local function lines_of(path)
  local lines = {}
  local pipe <close> = assert(io.popen("gzip -dcf '" .. path .. "'"))
  for line in pipe:lines() do lines[#lines + 1] = line end
  return lines
end

local function read_file(path)
  local file <close> = assert(io.open(path, "rb"))
  return file:read "a"
end

describe("neap.frames", function()
  it("has a closed set of options", function()
    assert.error_matches(function() frames.new { product = {} } end, "unknown option 'product'")
    assert.error_matches(function() frames.new {} end, "products is a list")
    assert.error_matches(function() opened { name = "X" } end, "unknown option 'name'")
    assert.error_matches(function() opened { id = 7 } end, "id is text")
    assert.error_matches(function() opened { id = "X", price_increment = "1" } end, "size_increment")
  end)

  it("refuses increments that are not over zero, and a product without an id", function()
    local function code(...) return select(2, frames.new { products = { ... } }).code end
    assert.equal("increment", code { id = "X", price_increment = 0, size_increment = 1 })
    assert.equal("increment", code(BTC, { id = "X", price_increment = 1, size_increment = "-1" }))
    assert.equal("no_product", code { id = "", price_increment = 1, size_increment = 1 })
  end)

  it("refuses what is no frame, and goes on", function()
    local f = opened(BTC)
    assert.error_matches(function() f:read(7) end, "string expected")
    for _, text in ipairs { "", "{", "[]", "{}", '{"channel":"l2_data"', '{"channel":"\xff"}' } do
      local frame, err = f:read(text)
      assert.is_nil(frame)
      assert.equal("bad_frame", err.code)
    end
    assert.equal("heartbeats", f:read('{"channel":"heartbeats"}').channel)
    assert.equal(7, f:counts().frames)
  end)

  it("tells the envelope", function()
    assert.same({ channel = "unknown", sequence = 7, time = AT, events = {} }, read("dreams", "{}"))
    assert.same({ channel = "error", message = "authentication failure", events = {} },
      opened(BTC):read '{"type":"error","message":"authentication failure"}')
    assert.same({ channel = "user", events = {} }, opened(BTC):read '{"channel":"user"}')
  end)

  it("tells books in messages that neap.book takes", function()
    local frame = read("l2_data", [[{"type":"snapshot","product_id":"BTC-USD","updates":[
      {"side":"bid","event_time":"1970-01-01T00:00:00Z","price_level":"100.10","new_quantity":"2"},
      {"side":"offer","event_time":"1970-01-01T00:00:00Z","price_level":"100.2","new_quantity":"0.5"}]},
      {"type":"update","product_id":"BTC-USD","updates":[{"side":"bid","price_level":"100.1","new_quantity":"0"},
      {"side":"bid","price_level":"99","new_quantity":"1"}]},{"type":"update","product_id":"BTC-USD","updates":[
      {"side":"bid","price_level":"99.005","new_quantity":"1"}]}]])
    local b = book.new { price_increment = BTC.price_increment, size_increment = BTC.size_increment }
    assert(b:snapshot(frame.events[1].message))
    assert.equal("book: 100.1 × 2 | 100.2 × 0.5", tostring(b))
    assert(b:update(frame.events[2].message))
    assert.equal("book: 99 × 1 | 100.2 × 0.5", tostring(b))
    assert.same({ "book", "BTC-USD", true, false }, { frame.events[1].kind, frame.events[1].product,
      frame.events[1].is_snapshot, frame.events[2].is_snapshot })
    assert.equal("price_increment", frame.events[3].why.code)
    assert.same({ "unusable", "BTC-USD" }, { frame.events[3].kind, frame.events[3].product })
  end)

  it("tells trades by the taker's side", function()
    local frame = read("market_trades", [[{"type":"update","trades":[{"trade_id":"12","product_id":"ETH-USD",
      "price":"1919.41","size":"0.5","side":"SELL","time":"2026-08-09T21:05:48Z"},{"product_id":"DOGE-USD"}]}]])
    assert.same({ { kind = "trade", product = "ETH-USD", is_snapshot = false, id = 12, side = "buy", price = "1919.41",
      size = "0.5", time = 1786309548000000000 } }, plain(frame.events))
  end)

  it("tells the rest", function()
    assert.same({ { kind = "ticker", product = "BTC-USD", price = "1.5", best_ask = "2" } },
      plain(read("ticker", '{"tickers":[{"product_id":"BTC-USD","price":"1.5","best_bid":"","best_ask":2}]}').events))
    assert.same({ { kind = "heartbeat", count = 3049 } }, read("heartbeats", '{"heartbeat_counter":"3049"}').events)
    assert.same({ { kind = "status", product = "BTC-USD", status = "online" } },
      read("status", '{"products":[{"id":"BTC-USD","status":"online"}]}').events)
    assert.same({ { kind = "candle", product = "BTC-USD", start = 60000000000, open = "1", high = "4", low = "0.5",
      close = "2", volume = "10" } }, plain(read("candles", [[{"candles":[{"product_id":"BTC-USD","start":"60",
      "open":"1","high":"4","low":"0.5","close":"2","volume":"10"}]}]]).events))
    assert.same({ { kind = "subscribed", channel = "user", product = "BTC-USDC" } },
      read("subscriptions", '{"subscriptions":{"user":["BTC-USDC"]}}').events)
  end)

  it("tells our own orders", function()
    local frame = read("user", [[{"type":"snapshot","orders":[{"order_id":"o","client_order_id":"c",
      "product_id":"BTC-USDC","status":"OPEN","order_side":"SELL","cumulative_quantity":"0.1","avg_price":"7",
      "filled_value":"0.7","total_fees":"0.01","leaves_quantity":"0.9","limit_price":"8","stop_price":"",
      "number_of_fills":"2","order_type":"Limit","creation_time":"1970-01-01T00:00:01Z","reject_reason":""}]}]])
    assert.same({ { kind = "order", is_snapshot = true, order_id = "o", client_order_id = "c", product = "BTC-USDC",
      side = "sell", status = "partially_filled", venue_status = "OPEN", filled = "0.1", average_price = "7",
      value = "0.7", fees = "0.01", leaves = "0.9", limit = "8", fills = 2, created = 1000000000 },
      { kind = "orders_end", is_snapshot = true, count = 1 } }, plain(frame.events))
  end)

  it("closes twice", function()
    local f = opened(BTC)
    assert.equal("frames: 0 read, 0 unusable", tostring(f))
    f:close()
    f:close()
    assert.equal("frames: closed", tostring(f))
    assert.error_matches(function() f:read "{}" end, "closed")
  end)
end)

-- Frames of others' test data. In a dialogue "<" and "=" are the venue's.
local function dialogue(text)
  local found, open = {}, nil
  for line in text:gmatch "[^\n]+" do
    local mark, rest = line:match "^([<>=])%d*%s*(.*)$"
    if mark then open = mark ~= ">" and #found + 1 or nil end
    if open then found[open] = (found[open] or "") .. (rest or line) .. "\n" end
  end
  return found
end

local function encoded(value, found)
  found = found or {}
  if type(value) == "table" and (value.channel and value.events or value.type == "error") then
    found[#found + 1] = cjson.encode(value)
  elseif type(value) == "table" then
    for _, item in pairs(value) do encoded(item, found) end
  end
  return found
end

local NAUTILUS = { candles = "candle", heartbeats = "heartbeat", l2_data_snapshot = "book", l2_data_update = "book",
  market_trades = "trade", subscriptions = "subscribed", ticker = "ticker", user = "order" }
local COINBASE_NET = { BatchTicker = "ticker", Concurrent = "unusable", FuturesBalance = "subscribed",
  Heartbeat = "heartbeat", Klines = "candle", Symbol = "status", Ticker = "ticker", Trades = "trade", User = "order" }
local EVERY = { BTC, ETH, { id = "ETH-USDT", price_increment = "0.01", size_increment = "0.00000001" },
  { id = "BTC-USDT", price_increment = "0.01", size_increment = "0.00000001" } }

local function kinds_of(texts, tolerated)
  local f, kinds = frames.new { products = EVERY }, {}
  for _, text in ipairs(texts) do
    local frame = assert(f:read(text))
    for _, event in ipairs(frame.events) do kinds[event.kind] = (kinds[event.kind] or 0) + 1 end
  end
  if not tolerated then assert.equal(0, f:counts().unusable) end
  assert.same({ 0, 0 }, { f:counts().unknown_channels, f:counts().cut_sizes })
  return kinds
end

describe("neap.frames reads what others keep as examples:", function()
  for name, kind in pairs(NAUTILUS) do
    it("nautilus, " .. name, function()
      local path = shared.path("data/fixtures_coinbase/nautilus/ws_" .. name .. ".json")
      if not path then return pending "../shared/data is not there" end
      assert.is_true(kinds_of({ read_file(path) })[kind] > 0)
    end)
  end

  for name, kind in pairs(COINBASE_NET) do
    it("Coinbase.Net, " .. name, function()
      local path = shared.path("data/fixtures_coinbase/coinbase_net/Subscriptions_" .. name .. ".txt")
      if not path then return pending "../shared/data is not there" end
      assert.is_true(kinds_of(dialogue(read_file(path)), kind == "unusable")[kind] > 0)
    end)
  end

  it("the documentation's, and the sessions that ccxt recorded", function()
    local docs, ccxt = shared.path "vectors/docs/ws_examples.json", shared.path "vectors/ccxt/ws.json"
    if not docs or not ccxt then return pending "../shared/vectors is not there" end
    assert.same({ order = 1, orders_end = 1, book = 1, heartbeat = 2 },
      kinds_of(encoded(cjson.decode(read_file(docs)))))
    assert.same({ trade = 7, subscribed = 2, ticker = 2 }, kinds_of(encoded(cjson.decode(read_file(ccxt)))))
  end)
end)

-- A book by plain Lua: text of prices and sizes.
local function rebuild(books, frame)
  for _, event in ipairs(frame.channel == "l2_data" and frame.events or {}) do
    if event.type == "snapshot" then books[event.product_id] = { bid = {}, offer = {} } end
    for _, change in ipairs(event.updates) do
      local gone = tonumber(change.new_quantity) == 0
      books[event.product_id][change.side][change.price_level] = not gone and change.new_quantity or nil
    end
  end
end

local function levels(b, side)
  local found = {}
  for _, level in ipairs(b:levels(side)) do found[tostring(level[1])] = tostring(level[2]) end
  return found
end

describe("neap.frames reads 25 s of the venue's stream", function()
  local path = shared.path "data/ws_coinbase_advanced_2026_08_09/frames.jsonl.gz"
  local ours, plainly, kinds, counts, refused = {}, {}, {}, nil, 0
  local trades, tickers = {}, {}

  local function take(event)
    kinds[event.kind] = (kinds[event.kind] or 0) + 1
    if event.kind == "trade" then trades[#trades + 1] = event end
    if event.kind == "ticker" then tickers[#tickers + 1] = event end
    if event.kind ~= "book" then return end
    local b = ours[event.product] or book.new { price_increment = "0.01", size_increment = "0.00000001" }
    ours[event.product] = b
    if not b[event.is_snapshot and "snapshot" or "update"](b, event.message) then refused = refused + 1 end
  end

  setup(function()
    if not path then return end
    local f = opened(BTC, ETH)
    for _, line in ipairs(lines_of(path)) do
      local text = line:match '"dir":"recv","frame":(.*)}$'
      if text then
        local frame, whole = assert(f:read(text)), cjson.decode(text)
        assert(frame.sequence == whole.sequence_num)
        for _, event in ipairs(frame.events) do take(event) end
        rebuild(plainly, whole)
      end
    end
    counts = f:counts()
  end)

  it("without a rest: nothing unknown, cut or unusable, and no book ever crossed", function()
    if not path then return pending "../shared/data is not there" end
    assert.same({ frames = 1030, unknown_channels = 0, other_products = 0, cut_sizes = 0, unusable = 0 }, counts)
    assert.equal(0, refused)
    assert.is_true(kinds.book > 400 and kinds.heartbeat > 20 and kinds.candle > 200 and kinds.subscribed > 5)
  end)

  it("and the books at its end are those that plain Lua has", function()
    if not path then return pending "../shared/data is not there" end
    for product, sides in pairs(plainly) do
      assert.same(sides.bid, levels(ours[product], "bid"))
      assert.same(sides.offer, levels(ours[product], "ask"))
    end
  end)

  it("and the trades and tickers are those of its tables", function()
    if not path then return pending "../shared/data is not there" end
    local folder = "data/ws_coinbase_advanced_2026_08_09/"
    local rows, wanted = lines_of(shared.path(folder .. "trades.csv.gz")), {}
    for i = 2, #rows do
      local product, id, price, size, maker = rows[i]:match "^[^,]*,([^,]*),([^,]*),([^,]*),([^,]*),([^,]*),"
      wanted[product .. id] = price .. " " .. size .. (maker == "SELL" and " buy" or " sell")
    end
    for _, trade in ipairs(trades) do
      assert.equal(wanted[trade.product .. trade.id], ("%s %s %s"):format(trade.price, trade.size, trade.side))
    end
    assert.equal(#rows - 1, #trades)
    assert.equal(#lines_of(shared.path(folder .. "tickers.csv.gz")) - 1, #tickers)
  end)
end)
