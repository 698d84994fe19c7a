-- SPDX-License-Identifier: MIT
-- A venue's history: the fills of a portfolio, their members, filters and pages.
local exchange = require "spec.support.exchange"

describe("the fills of a venue", function()
  local RICH = { USD = "1000000000", USDC = "1000000000", BTC = "100000", ETH = "100000" }
  local venue, maker, taker

  before_each(function()
    venue = exchange.open()
    maker, taker = venue:add_client("maker", RICH), venue:add_client("taker", RICH)
  end)
  after_each(function() venue:close() end)

  local function rest(side, size, price, product)
    return venue:limit(side, size, price, { key = maker, product_id = product })
  end
  local function take(side, size, price, product)
    return venue:limit(side, size, price, { key = taker, product_id = product })
  end
  local function fills(asked, key) return (venue:get("/orders/historical/fills", asked, key or taker)) end
  local function at(time) venue.venue:advance(time) end

  local function sizes(answer)
    local out = {}
    for i, fill in ipairs(answer.fills) do out[i] = fill.size end
    return table.concat(out, " ")
  end

  it("have each member of the venue's, for both sides of a trade", function()
    local sold = rest("SELL", "1", "100")
    at "2026-01-01T00:00:01.5Z"
    local bought = take("BUY", "0.4", "100")
    local told, other = fills({}).fills[1], fills({}, maker).fills[1]
    assert.matches("^%x+$", told.entry_id)
    assert.equal(64, #told.entry_id)
    assert.not_equal(told.entry_id, other.entry_id)
    for _, member in ipairs { "entry_id", "trade_id", "user_id", "retail_portfolio_id", "cursor" } do
      assert.is_string(told[member])
      told[member], other[member] = nil, nil
    end
    local wanted = { order_id = bought, trade_time = "2026-01-01T00:00:01.500Z", trade_type = "FILL", price = "100",
      size = "0.4", commission = "0.48", product_id = "BTC-USD", sequence_timestamp = "2026-01-01T00:00:01.500Z",
      liquidity_indicator = "TAKER", size_in_quote = false, side = "BUY", fillSource = "FILL_SOURCE_CLOB",
      commission_detail_total = { total_commission = "0.48", gst_commission = "", withholding_commission = "",
        client_commission = "", venue_commission = "", regulatory_commission = "", clearing_commission = "" } }
    assert.same(wanted, told)
    wanted.order_id, wanted.side, wanted.commission, wanted.liquidity_indicator = sold, "SELL", "0.24", "MAKER"
    wanted.commission_detail_total.total_commission = "0.24"
    assert.same(wanted, other)
  end)

  it("tell what was sized in quote in quote", function()
    rest("SELL", "3", "100.5")
    venue:order("BUY", "market_market_ioc", { quote_size = "250" }, { key = taker })
    local told = fills({}).fills[1]
    assert.is_true(told.size_in_quote)
    assert.equal("247.0355727", told.size)
    assert.equal("100.5", told.price)
  end)

  it("are newest first, filtered by everything that the venue filters by", function()
    local sold = rest("SELL", "100", "100")
    rest("SELL", "100", "2000", "ETH-USD")
    rest("SELL", "100", "66900", "BIT-31DEC27-CDE")
    local bought = rest("BUY", "100", "50")
    local first = take("BUY", "1", "100")
    at "2026-01-01T00:01:00Z"
    local second = take("BUY", "2", "2000", "ETH-USD")
    at "2026-01-01T00:02:00Z"
    take("BUY", "3", "66900", "BIT-31DEC27-CDE")
    take("BUY", "4", "100", "BTC-USDC")
    at "2026-01-01T00:03:00Z"
    venue:order("SELL", "market_market_ioc", { base_size = "5" }, { key = taker })
    local trade = fills({}).fills[4].trade_id
    local cases = {
      { {}, "5 4 3 2 1" },
      { { order_ids = first }, "1" },
      { { order_id = first }, "1" },
      { { order_ids = { first, second, first } }, "2 1" },
      { { order_ids = "x" }, "" },
      { { order_ids = { first, second }, product_ids = "ETH-USD" }, "2" },
      { { product_ids = { "BTC-USD", "ETH-USD" } }, "5 2 1" },
      { { product_id = "BTC-USDC" }, "4" },
      { { trade_ids = trade }, "2" },
      { { order_side = "SELL" }, "5" },
      { { order_types = "MARKET" }, "5" },
      { { product_types = "FUTURE" }, "3" },
      { { product_types = { "FUTURE", "SPOT" } }, "5 4 3 2 1" },
      { { asset_filters = "ETH" }, "2" },
      { { asset_filters = "BTC" }, "5 4 3 1" },
      { { start_sequence_timestamp = "2026-01-01T00:01:00Z" }, "5 4 3 2" },
      { { end_sequence_timestamp = "2026-01-01T00:02:00Z" }, "2 1" },
      { { sort_by = "PRICE" }, "3 2 4 1 5" },
      { { sort_by = "TRADE_TIME" }, "5 4 3 2 1" },
      { { limit = 2 }, "5 4" },
      { { retail_portfolio_id = "whatever" }, "5 4 3 2 1" },
    }
    for _, case in ipairs(cases) do assert.equal(case[2], sizes(fills(case[1]))) end
    assert.equal("", sizes(fills({ order_ids = first }, maker)))
    assert.equal("", sizes(fills { order_ids = first, cursor = 1 }))
    assert.equal("", sizes(fills({ order_ids = sold, cursor = 1 }, maker)))
    assert.equal("5 4 1", sizes(fills({ order_ids = { sold, bought } }, maker)))
    assert.equal(5, #fills({}, maker).fills)
    assert.equal(0, #fills({}, 1).fills)
  end)

  local function walk(asked, between)
    local seen, pages = {}, 0
    repeat
      local answer = fills(asked)
      assert.is_nil(answer.has_next)
      for _, fill in ipairs(answer.fills) do seen[#seen + 1] = fill.size end
      asked.cursor, pages = answer.cursor, pages + 1
      assert.is_true(pages < 1000, "the list has no end")
      if between then between() end
    until answer.cursor == ""
    return seen, pages
  end

  it("come in pages, each fill exactly once while others come in", function()
    for _ = 1, 3 do rest("SELL", "3000", "100") end
    local ids = {}
    for i = 1, 130 do ids[i % 10 + 1] = take("BUY", tostring(i), "100") end -- one of them of two sellers
    for _, asked in ipairs { { limit = 1 }, { limit = 7 }, { limit = 129 }, { limit = 130 }, {} } do
      local before = sizes(fills { limit = 3000 })
      assert.equal(before, table.concat(walk(asked, function() take("BUY", "0.5", "100") end), " "))
    end
    local seen, pages = walk { order_ids = ids, limit = 3 }
    assert.equal("130 129 128 127 126 125 124 123 122 121", table.concat(seen, " "))
    assert.equal(4, pages)
    seen = walk { sort_by = "PRICE", limit = 11 }
    assert.equal(sizes(fills { limit = 3000 }), table.concat(seen, " "))
  end)

  it("have edges: limits of nothing and of much, cursors and words that are none", function()
    rest("SELL", "3000", "100")
    for _ = 1, 120 do take("BUY", "1", "100") end
    assert.equal(100, #fills({}).fills)
    assert.equal(100, #fills({ limit = 0 }).fills)
    assert.equal(120, #fills({ limit = 1000000 }).fills)
    assert.equal("", fills({ limit = 120 }).cursor)
    assert.equal("", sizes(fills { cursor = 1 }))
    for _, asked in ipairs { { limit = -1 }, { limit = "x" }, { cursor = "abc" }, { order_side = "x" },
      { sort_by = "x" }, { order_types = "x" }, { product_types = "x" }, { start_sequence_timestamp = "x" },
      { end_sequence_timestamp = "x" }, { sort_by = "PRICE", cursor = 100000 } } do
      assert.equal("INVALID_ARGUMENT", venue:refused(400, "/orders/historical/fills", asked, taker).error)
    end
    assert.equal("Unauthorized\n", venue:refused(401, "/orders/historical/fills", nil, 0))
  end)
end)
