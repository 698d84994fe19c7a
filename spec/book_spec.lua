-- SPDX-License-Identifier: MIT
-- neap.book: a level-2 book from a snapshot and absolute changes.
local shared = require "spec.support.shared"

describe("neap.book", function()
  local book = require "neap.book"
  local recording = require "neap.recording"

  local function new() return assert(book.new { price_increment = "0.1", size_increment = "0.001" }) end

  local function filled()
    return assert(new():snapshot {
      bids = { { "100", "2" }, { "99", "3" } }, asks = { { "100.1", "1" }, { "101", "4" } }, sequence = 10, time = 1000,
    })
  end

  local function best(b)
    local bid, bid_size = b:best "bid"
    local ask, ask_size = b:best "ask"
    return ("%s %s %s %s"):format(bid, bid_size, ask, ask_size)
  end

  local function code(_, err) return err and err.code end

  it("adds no global", function()
    local before = {}
    for name in pairs(_G) do before[name] = true end
    package.loaded["neap.book"] = nil
    require "neap.book"
    for name in pairs(_G) do assert.is_true(before[name], name) end
  end)

  it("refuses unknown options and words, with the nearest", function()
    assert.error_matches(function() book.new { price_incremen = 1 } end, "did you mean 'price_increment'")
    assert.error_matches(function() new():update { bid = {} } end, "did you mean 'bids'")
    assert.error_matches(function() new():best "bis" end, "did you mean 'bid'")
    assert.error_matches(function() filled():vwap("by", 1) end, "did you mean 'buy'")
  end)

  it("refuses bad arguments", function()
    assert.error_matches(function() book.new { price_increment = 0, size_increment = 1 } end, "over zero")
    assert.error_matches(function() new():snapshot { bids = { 1 } } end, "{price, size}")
    assert.error_matches(function() new():snapshot { bids = { { "100.05", 1 } } } end, "multiple of the increment")
    assert.error_matches(function() new():snapshot { bids = { { "100", "0.0001" } } } end, "multiple of the increment")
    assert.error_matches(function() new():snapshot { bids = { { 100.5, 1 } } } end, "float")
    assert.has_error(function() filled():vwap("buy", 0) end)
    assert.has_error(function() filled():depth("bid", 0) end)
    assert.has_error(function() filled():depth_within("bid", -1) end)
  end)

  it("platform 80: mid, spread, the first level, ten levels, depth", function()
    local b = filled()
    assert.equal("100.05", tostring(b:mid()))
    assert.equal("10.0", ("%.1f"):format(b:spread_bps():float()))
    local _, bid_size = b:best "bid"
    local _, ask_size = b:best "ask"
    assert.equal("1", tostring(ask_size < bid_size and ask_size or bid_size))
    assert.equal("10", tostring(b:depth("bid", 10) + b:depth("ask", 10)))
    assert.equal("5", tostring(b:depth("bid", 2)))
    assert.equal("5", tostring(b:depth("ask", 2)))
    assert.equal("book: 100 × 2 | 100.1 × 1", tostring(b))
  end)

  it("measures what lies within some basis points of the touch, inclusive", function()
    local b = filled() -- the middle times 90 bps is 0.90045
    assert.equal("1", tostring(b:depth_within("ask", 89)))
    assert.equal("5", tostring(b:depth_within("ask", 90)))
    assert.equal("2", tostring(b:depth_within("bid", 99)))
    assert.equal("5", tostring(b:depth_within("bid", 100)))
  end)

  it("agrees with the analysis of neap.liquidity on the same levels", function()
    local b = filled()
    local depth = require("neap.liquidity").depth { bids = b:levels("bid", 9), asks = b:levels("ask", 9) }
    for i, percent in ipairs { 1, 5, 10 } do
      assert.equal(tostring(depth.bid_depth[i]), tostring(b:depth_within("bid", percent * 100)))
      assert.equal(tostring(depth.ask_depth[i]), tostring(b:depth_within("ask", percent * 100)))
    end
    assert.equal(tostring(depth.mid), tostring(b:mid()))
    assert.equal(tostring(depth.spread_bps), tostring(b:spread_bps()))
  end)

  it("says what taking a quantity costs on average, and how the sides weigh", function()
    local b = filled()
    assert.equal("100.1", tostring(b:vwap("buy", 1)))
    assert.equal("100.55", tostring(b:vwap("buy", 2))) -- 1 at 100.1, 1 at 101
    assert.equal("99.5", tostring(b:vwap("sell", 4)))
    assert.equal("no_liquidity", code(b:vwap("buy", "5.001")))
    assert.equal("0.333333333333", tostring(b:imbalance(1)))
    assert.equal("0", tostring(b:imbalance()))
  end)

  it("takes absolute sizes, and removes at zero", function()
    local b = filled()
    local bids = { { "100", 0 }, { "99.5", 7 }, { "98", 0 } }
    assert(b:update { bids = bids, asks = { { "100.1", "0.5" } }, sequence = 11 })
    assert.equal("99.5 7 100.1 0.5", best(b))
    assert.equal("7", tostring(b:at("bid", "99.5")))
    assert.equal("0", tostring(b:at("bid", "98")))
  end)

  it("lets the sides cross within a message, not at its end", function()
    local b = filled()
    assert(b:update { bids = { { "100.1", 1 } }, asks = { { "100.1", 0 } } })
    assert.equal("100.1 1 101 4", best(b))
    assert.equal("crossed", code(b:update { bids = { { "101", 1 } } }))
    assert.equal("no_liquidity", code(b:mid()))
    assert.same({}, b:levels("bid", 3))
    assert.equal("book: in doubt, it waits for a snapshot", tostring(b))
    assert.equal("no_snapshot", code(b:update { bids = { { "101", 0 } } }))
    assert(b:snapshot { bids = { { "5", 1 } }, asks = { { "6", 1 } } })
    assert.equal("5 1 6 1", best(b))
  end)

  it("knows a message that is missing, that is old, and one from the past", function()
    local b = filled()
    assert.equal("stale", code(b:update { sequence = 10, bids = { { "100", 0 } } }))
    assert.equal("100 2 100.1 1", best(b))
    assert.equal("gap", code(b:update { sequence = 12 }))
    assert.is_false(b:state().whole)
    b = filled()
    assert(b:update { sequence = 11, time = 5 }) -- a snapshot's time binds nothing
    assert.equal("time_order", code(b:update { sequence = 12, time = 4 }))
    assert.equal("bad_change", code(filled():update { asks = { { 0, 1 } } }))
  end)

  it("has no top while a side is empty", function()
    local b = assert(new():snapshot { bids = { { 5, 1 } } })
    assert.equal("no_liquidity", code(b:best "ask"))
    assert.equal("no_liquidity", code(b:mid()))
    assert.equal("0", tostring(b:depth("ask", 1)))
    assert.equal("1", tostring(b:imbalance()))
    assert.equal("book: a side is empty", tostring(b))
    assert.equal("no_snapshot", code(new():update {}))
  end)

  -- The slow obvious book: a table by price, sorted when it is asked.
  local function obvious_levels(sizes, falling)
    local prices = {}
    for price in pairs(sizes) do prices[#prices + 1] = price end
    table.sort(prices, function(a, b) if falling then return a > b end return a < b end)
    return prices
  end

  it("equals a table that is sorted each time, over 100,000 random changes", function()
    local b = assert(book.new { price_increment = 1, size_increment = 1 })
    local state, bids, asks = 7, {}, {}
    local function random(n)
      state = (state * 6364136223846793005 + 1442695040888963407)
      return (state >> 33) % n
    end
    assert(b:snapshot {})
    for round = 1, 1000 do
      local message = { bids = {}, asks = {} }
      local spread = round % 10 < 5 and 3000 or 40
      for i = 1, 100 do
        local size = random(3) == 0 and 0 or 1 + random(9)
        if i % 2 == 0 then
          local price = 5000 - random(spread)
          message.bids[#message.bids + 1], bids[price] = { price, size }, size > 0 and size or nil
        else
          local price = 5001 + random(spread)
          message.asks[#message.asks + 1], asks[price] = { price, size }, size > 0 and size or nil
        end
      end
      assert(b:update(message))
      if round % 50 == 0 then
        for side, sizes in pairs { bid = bids, ask = asks } do
          local prices, levels = obvious_levels(sizes, side == "bid"), b:levels(side)
          assert.equal(#prices, #levels)
          for i, level in ipairs(levels) do
            if tostring(level[1]) ~= tostring(prices[i]) or tostring(level[2]) ~= tostring(sizes[prices[i]]) then
              error(("round %d, %s level %d"):format(round, side, i))
            end
          end
        end
      end
    end
  end)

  local function unpacked(name)
    return shared.text("data/l2_binance_spot_2024_08_08/" .. name .. ".csv.gz") or pending "../shared is absent"
  end

  it("replays the recorded BTCUSDT book to the recorded tops, all 6,493 of them", function()
    local r = assert(recording.new { price_increment = "0.01", size_increment = "0.00000001",
      changes = unpacked "BTCUSDT_l2" })
    local b = assert(book.new { price_increment = "0.01", size_increment = "0.00000001" })
    assert(r:apply(1, b))
    local number, decimal = 0, require "neap.decimal"
    for _, _, count, bid, bid_size, ask, ask_size in
      unpacked("BTCUSDT_expected_tops"):gmatch "([%d.]+),([%d.]+),(%d+),([%d.]+),([%d.]+),([%d.]+),([%d.]+)\n" do
      number = number + 1
      assert(r:apply(number + 1, b))
      local expected = ("%s %s %s %s"):format(decimal(bid), decimal(bid_size), decimal(ask), decimal(ask_size))
      if expected ~= best(b) or tonumber(count) ~= number then
        error(("message %d: %s is wanted, not %s"):format(number, expected, best(b)))
      end
    end
    assert.equal(6493, number)
    assert.equal(6494, r:counts().messages)
  end)

  -- The books of the recorded Coinbase frames; `on_ticker` gets the book and the ticker of its product.
  local function follow_frames(path, on_ticker)
    local cjson, decimal, books = require "cjson", require "neap.decimal", {}
    local pipe <close> = assert(io.popen("gzip -dc " .. path))
    for text in pipe:lines() do
      local frame = cjson.decode(text).frame
      for _, event in ipairs(frame.events or {}) do
        for _, ticker in ipairs(event.tickers or {}) do
          if books[ticker.product_id] then on_ticker(books[ticker.product_id], ticker) end
        end
        if frame.channel == "l2_data" then
          local id, message = event.product_id, { bids = {}, asks = {} }
          books[id] = books[id] or book.new { price_increment = "0.01", size_increment = "0.00000001" }
          for _, change in ipairs(event.updates) do
            local side = change.side == "bid" and message.bids or message.asks
            side[#side + 1] = { decimal(change.price_level), decimal(change.new_quantity) }
          end
          assert(books[id][event.type](books[id], message))
        end
      end
    end
    return books
  end

  it("follows the recorded Coinbase frames, 46,000 levels deep and never crossed, as its ticker says", function()
    local path = shared.path "data/ws_coinbase_advanced_2026_08_09/frames.jsonl.gz"
    if not path then pending "../shared is absent" end
    local decimal, same, seen = require "neap.decimal", 0, 0
    local books = follow_frames(path, function(b, ticker)
      seen = seen + 1
      if b:best "bid" == decimal(ticker.best_bid) and b:best "ask" == decimal(ticker.best_ask) then same = same + 1 end
    end)
    assert.same({ 132, 154 }, { same, seen }) -- the others are timing between the channels
    local state = books["BTC-USD"]:state()
    assert.is_true(state.bids > 18000 and state.asks > 27000)
  end)

  it("closes twice, and then answers nothing", function()
    local b = filled()
    b:close()
    b:close()
    assert.equal("book: closed", tostring(b))
    assert.error_matches(function() b:mid() end, "the book is closed")
  end)
end)
