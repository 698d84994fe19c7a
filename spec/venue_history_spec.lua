-- SPDX-License-Identifier: MIT
-- A venue's history: the orders of a portfolio, their members, filters and pages.
local exchange = require "spec.support.exchange"

describe("the history of a venue", function()
  local RICH = { USD = "1000000000", USDC = "1000000000", BTC = "100000", ETH = "100000" }
  local UUID = "^%x%x%x%x%x%x%x%x%-%x%x%x%x%-4%x%x%x%-[89ab]%x%x%x%-%x%x%x%x%x%x%x%x%x%x%x%x$"
  local venue, maker, taker

  local function open(options)
    if venue then venue:close() end
    venue = exchange.open(options)
    maker, taker = venue:add_client("maker", RICH), venue:add_client("taker", RICH)
  end
  before_each(function() open() end)
  after_each(function()
    venue:close()
    venue = nil
  end)

  local function rest(side, size, price, product)
    return venue:limit(side, size, price, { key = maker, product_id = product })
  end
  local function take(side, size, price, product)
    return venue:limit(side, size, price, { key = taker, product_id = product })
  end
  local function order(id, key) return (venue:get("/orders/historical/" .. id, nil, key or maker)).order end
  local function list(asked, key) return (venue:get("/orders/historical/batch", asked, key or maker)) end
  local function at(time) venue.venue:advance(time) end

  -- The names that a spec gave to ids, in the order of a list.
  local named
  before_each(function() named = {} end)
  local function name(word, id) named[id] = word return id end
  local function names(answer)
    local out = {}
    for i, item in ipairs(answer.orders) do out[i] = named[item.order_id] or "?" end
    return table.concat(out, " ")
  end

  describe("order", function()
    local function some(of, ...)
      local out = {}
      for i, member in ipairs { ... } do out[i] = of[member] end
      return out
    end

    it("has each member of the venue's, at its beginning", function()
      local id = rest("SELL", "1.50", "100.10")
      local told = order(id)
      assert.matches(UUID, told.order_id)
      assert.matches(UUID, told.user_id)
      assert.matches(UUID, told.retail_portfolio_id)
      told.user_id, told.retail_portfolio_id = nil, nil
      local null = require "neap.json".null
      assert.same({
        order_id = id, product_id = "BTC-USD", side = "SELL", client_order_id = "order-1", status = "OPEN",
        order_configuration = { limit_limit_gtc = { base_size = "1.50", limit_price = "100.10", post_only = false } },
        time_in_force = "GOOD_UNTIL_CANCELLED", created_time = "2026-01-01T00:00:00Z", completion_percentage = "0",
        filled_size = "0", average_filled_price = "0", fee = "", number_of_fills = "0", filled_value = "0",
        pending_cancel = false, size_in_quote = false, total_fees = "0", size_inclusive_of_fees = false,
        total_value_after_fees = "0", trigger_status = "INVALID_ORDER_TYPE", order_type = "LIMIT",
        reject_reason = "REJECT_REASON_UNSPECIFIED", settled = false, product_type = "SPOT", reject_message = "",
        cancel_message = "", order_placement_source = "RETAIL_ADVANCED", outstanding_hold_amount = "1.5",
        is_liquidation = false, last_fill_time = null, edit_history = {}, leverage = "",
        margin_type = "UNKNOWN_MARGIN_TYPE", originating_order_id = "", attached_order_id = "",
        attached_order_configuration = null, current_pending_replace = null,
        commission_detail_total = { total_commission = "0", gst_commission = "", withholding_commission = "",
          client_commission = "", venue_commission = "", regulatory_commission = "", clearing_commission = "" },
        workable_size = "", workable_size_completion_pct = "", product_details = null,
        cost_basis_method = "COST_BASIS_METHOD_UNSPECIFIED", displayed_order_config = "UNKNOWN_DISPLAYED_ORDER_CONFIG",
        equity_trading_session = "UNKNOWN_EQUITY_TRADING_SESSION", prediction_side = "PREDICTION_SIDE_UNKNOWN",
        last_update_time = "2026-01-01T00:00:00Z",
      }, told)
    end)

    it("tells what is filled at the digits it has, and is whole only when it is", function()
      local id = rest("SELL", "3", "100")
      at "2026-01-01T00:00:01Z"
      take("BUY", "1", "100")
      assert.same({ "33.33", "1", "100", "1", "100", "0.6", "99.4", "OPEN", false, "2", "2026-01-01T00:00:01Z" },
        some(order(id), "completion_percentage", "filled_size", "average_filled_price", "number_of_fills",
          "filled_value", "total_fees", "total_value_after_fees", "status", "settled", "outstanding_hold_amount",
          "last_fill_time"))
      take("BUY", "1.9999", "100")
      assert.same({ "99.99", "OPEN" }, some(order(id), "completion_percentage", "status"))
      take("BUY", "0.0001", "100")
      assert.same({ "100.00", "FILLED", true, "0", "3" }, some(order(id), "completion_percentage", "status", "settled",
        "outstanding_hold_amount", "number_of_fills"))
    end)

    it("in quote has its fees in it, and an average of many digits", function()
      rest("SELL", "1", "100")
      rest("SELL", "2", "101.5")
      local id = venue:order("BUY", "market_market_ioc", { quote_size = "250" }, { key = taker })
      assert.same({ true, true, "249.99999936494", "247.035572495", "2.96442686994", "2.44862633",
        "100.887411634996182", "MARKET", "IMMEDIATE_OR_CANCEL" },
        some(order(id, taker), "size_in_quote", "size_inclusive_of_fees", "total_value_after_fees", "filled_value",
          "total_fees", "filled_size", "average_filled_price", "order_type", "time_in_force"))
    end)

    it("of a contract counts contracts, at the contract's price", function()
      rest("SELL", "3", "66900", "BIT-31DEC27-CDE")
      local id = take("BUY", "2", "66900", "BIT-31DEC27-CDE")
      assert.same({ "2", "66900", "1338", "FUTURE" },
        some(order(id, taker), "filled_size", "average_filled_price", "filled_value", "product_type"))
    end)

    it("with a stop waits for it, and says when it was reached", function()
      local id = venue:order("SELL", "stop_limit_stop_limit_gtc", { base_size = "1", limit_price = "89",
        stop_price = "90", stop_direction = "STOP_DIRECTION_STOP_DOWN" }, { key = maker })
      assert.same({ "STOP_PENDING", "STOP_LIMIT", "OPEN", "1" },
        some(order(id), "trigger_status", "order_type", "status", "outstanding_hold_amount"))
      rest("SELL", "1", "90")
      take("BUY", "1", "90")
      assert.same({ "STOP_TRIGGERED", "OPEN" }, some(order(id), "trigger_status", "status"))
    end)

    it("that is cancelled or was edited says so", function()
      local id = rest("SELL", "2", "100")
      at "2026-01-01T00:00:05Z"
      venue.clients[maker]:post("/orders/edit", { order_id = id, price = "101", size = "1.5" })
      local told = order(id)
      assert.same({ { price = "101", size = "1.5", replace_accept_timestamp = "2026-01-01T00:00:05Z" } },
        { table.unpack(told.edit_history) })
      venue:cancel(id, maker)
      assert.same({ "CANCELLED", false, "0" }, some(order(id), "status", "pending_cancel", "outstanding_hold_amount"))
    end)

    it("for an alias keeps its name", function()
      local id = rest("BUY", "1", "50", "BTC-USDC")
      assert.equal("BTC-USDC", order(id).product_id)
    end)

    it("of another portfolio, or of nobody, is not found", function()
      local id = rest("BUY", "1", "50")
      local words = "order with this orderID was not found"
      local wanted = { error = "NOT_FOUND", error_details = words, message = words }
      for _, asked in ipairs { { id, taker }, { "00000000-0000-4000-8000-000000000000", maker }, { "x", maker } } do
        assert.same(wanted, venue:refused(404, "/orders/historical/" .. asked[1], nil, asked[2]))
      end
      assert.equal("Unauthorized\n", venue:refused(401, "/orders/historical/" .. id, nil, 0))
    end)

    it("is found after a while where the venue is told to be slow", function()
      open { visible_after = 2000000000 }
      local id = rest("BUY", "1", "50")
      venue:refused(404, "/orders/historical/" .. id, nil, maker)
      assert.equal(0, #list({}).orders)
      at "2026-01-01T00:00:01.999999999Z"
      venue:refused(404, "/orders/historical/" .. id, nil, maker)
      at "2026-01-01T00:00:02Z"
      assert.equal("OPEN", order(id).status)
      assert.equal(1, #list({}).orders)
    end)
  end)

  describe("list of orders", function()
    -- One of each sort: their names say what they are.
    local function story()
      name("filled", rest("SELL", "1", "100"))
      take("BUY", "1", "100")
      at "2026-01-01T00:01:00Z"
      name("cancelled", rest("SELL", "1", "101"))
      for id, word in pairs(named) do
        if word == "cancelled" then venue:cancel(id, maker) end
      end
      name("eth", rest("BUY", "1", "10", "ETH-USD"))
      at "2026-01-01T00:02:00Z"
      name("alias", rest("BUY", "1", "11", "BTC-USDC"))
      name("stop", venue:order("SELL", "stop_limit_stop_limit_gtc", { base_size = "1", limit_price = "89",
        stop_price = "90", stop_direction = "STOP_DIRECTION_STOP_DOWN" }, { key = maker }))
      at "2026-01-01T00:03:00Z"
      name("dated", rest("BUY", "1", "60000", "BIT-31DEC27-CDE"))
      name("perpetual", rest("BUY", "1", "60000", "BTC-PERP-INTX"))
      name("gtd", venue:order("BUY", "limit_limit_gtd", { base_size = "1", limit_price = "12",
        end_time = "2026-01-01T00:04:00Z", post_only = false }, { key = maker }))
      at "2026-01-01T00:05:00Z"
      name("ethbtc", rest("BUY", "1", "0.01", "ETH-BTC"))
    end

    it("is newest first, and of its own portfolio", function()
      story()
      local answer = list {}
      assert.equal("ethbtc gtd perpetual dated stop alias eth cancelled filled", names(answer))
      assert.same({ "0", false, "" }, { answer.sequence, answer.has_next, answer.cursor })
      assert.equal(1, #list({}, taker).orders)
      assert.same({}, (venue:get "/orders/historical/batch").orders)
      local told = answer.orders[1]
      assert.matches("^%d+$", told.cursor)
      told.cursor = nil
      assert.same(order(told.order_id), told)
    end)

    it("is filtered by everything that the venue filters by", function()
      story()
      local function id_of(word)
        for id, known in pairs(named) do
          if known == word then return id end
        end
      end
      local all = "ethbtc gtd perpetual dated stop alias eth cancelled filled"
      local cases = {
        { { order_status = "OPEN" }, "ethbtc perpetual dated stop alias eth" },
        { { order_status = { "FILLED", "CANCELLED" } }, "cancelled filled" },
        { { order_status = "FILLED" }, "filled" },
        { { order_status = "CANCELLED" }, "cancelled" },
        { { order_status = "EXPIRED" }, "gtd" },
        { { order_status = { "OPEN", "EXPIRED" } }, "ethbtc gtd perpetual dated stop alias eth" },
        { { order_status = "PENDING" }, "" },
        { { order_status = "UNKNOWN_ORDER_STATUS" }, all },
        { { product_ids = "BTC-USD" }, "gtd stop cancelled filled" },
        { { product_ids = { "ETH-USD", "BTC-USDC" } }, "alias eth" },
        { { product_ids = "NO-SUCH" }, "" },
        { { product_ids = "UNKNOWN_THING" }, "" },
        { { product_id = "BTC-USDC" }, "alias" },
        { { order_ids = { id_of "eth", id_of "stop" } }, "stop eth" },
        { { order_ids = "x" }, "" },
        { { order_side = "SELL" }, "stop cancelled filled" },
        { { order_types = "STOP_LIMIT" }, "stop" },
        { { order_types = { "MARKET", "TWAP" } }, "" },
        { { time_in_forces = "GOOD_UNTIL_DATE_TIME" }, "gtd" },
        { { product_type = "FUTURE" }, "perpetual dated" },
        { { product_type = "FUTURE", contract_expiry_type = "EXPIRING" }, "dated" },
        { { product_type = "FUTURE", contract_expiry_type = "PERPETUAL" }, "perpetual" },
        { { contract_expiry_type = "PERPETUAL" }, all },
        { { product_type = "SPOT" }, "ethbtc gtd stop alias eth cancelled filled" },
        { { product_type = "SPOT", contract_expiry_type = "EXPIRING" }, "ethbtc gtd stop alias eth cancelled filled" },
        { { asset_filters = "ETH" }, "ethbtc eth" },
        { { asset_filters = "BTC" }, "ethbtc gtd perpetual dated stop alias cancelled filled" },
        { { asset_filters = { "USDC", "ETH" } }, "ethbtc perpetual alias eth" },
        { { order_placement_source = "RETAIL_ADVANCED" }, all },
        { { order_placement_source = "RETAIL_SIMPLE" }, "" },
        { { order_placement_source = "UNKNOWN_PLACEMENT_SOURCE" }, all },
        { { start_date = "2026-01-01T00:02:00Z" }, "ethbtc gtd perpetual dated stop alias" },
        { { end_date = "2026-01-01T00:02:00Z" }, "eth cancelled filled" },
        { { start_date = "2026-01-01T00:01:00Z", end_date = "2026-01-01T00:03:00Z" }, "stop alias eth cancelled" },
        { { start_date = "2026-01-01T00:03:00Z", end_date = "2026-01-01T00:01:00Z" }, "" },
        { { order_side = "BUY", order_status = "OPEN", product_type = "SPOT" }, "ethbtc alias eth" },
        { { retail_portfolio_id = "whatever", user_native_currency = "EUR" }, all },
      }
      for _, case in ipairs(cases) do assert.equal(case[2], names(list(case[1]))) end
    end)

    it("is sorted where it is asked to", function()
      story()
      assert.equal("perpetual dated cancelled filled stop gtd alias eth ethbtc",
        names(list { sort_by = "LIMIT_PRICE" }))
      assert.equal("filled ethbtc gtd perpetual dated stop alias eth cancelled",
        names(list { sort_by = "LAST_FILL_TIME" }))
      assert.equal("ethbtc gtd perpetual dated stop alias eth cancelled filled",
        names(list { sort_by = "LAST_UPDATE_TIME" }))
      assert.equal("cancelled filled",
        names(list { sort_by = "LIMIT_PRICE", order_status = { "FILLED", "CANCELLED" } }))
    end)

    local function walk(asked, between)
      local seen, pages = {}, 0
      repeat
        local answer = list(asked)
        for _, told in ipairs(answer.orders) do seen[#seen + 1] = named[told.order_id] or "?" end
        asked.cursor, pages = answer.cursor, pages + 1
        assert.is_true(pages < 1000, "the list has no end")
        assert.equal(answer.has_next, answer.cursor ~= "")
        if between then between() end
      until not answer.has_next
      return table.concat(seen, " "), pages
    end

    it("comes in pages, each order exactly once while others come in", function()
      local expected = {}
      for i = 1, 57 do
        name("o" .. i, rest("BUY", "1", tostring(i % 7 + 1)))
        table.insert(expected, 1, "o" .. i)
      end
      local wanted, newest = table.concat(expected, " "), list({ limit = 1 }).orders[1].cursor
      for _, limit in ipairs { 1, 7, 19, 56, 57, 1000 } do
        local seen, pages = walk({ limit = limit, cursor = newest + 1 }, function() rest("BUY", "1", "3") end)
        assert.equal(wanted, seen)
        assert.equal((57 + limit - 1) // limit, pages)
      end
      local seen = walk({ limit = 10 }, function() rest("BUY", "1", "3") end)
      local _, unknown = seen:gsub("%?", "")
      assert.equal(("? "):rep(unknown) .. wanted, seen)
    end)

    it("comes in pages where it is sorted, too", function()
      for i = 1, 57 do name("o" .. i, rest("BUY", "1", tostring(i % 7 + 1))) end
      local sorted = names(list { sort_by = "LIMIT_PRICE", limit = 1000 })
      assert.matches("^o55 o48 o41 o34 o27 o20 o13 o6 o54 ", sorted)
      for _, limit in ipairs { 1, 8, 10, 57 } do
        assert.equal(sorted, (walk { sort_by = "LIMIT_PRICE", limit = limit }))
      end
    end)

    it("comes in pages of what passes a filter", function()
      for i = 1, 40 do name("o" .. i, rest(i % 3 == 0 and "SELL" or "BUY", "1", tostring(i % 3 == 0 and 500 or 3))) end
      local seen, pages = walk { order_side = "SELL", limit = 5 }
      assert.equal("o39 o36 o33 o30 o27 o24 o21 o18 o15 o12 o9 o6 o3", seen)
      assert.equal(3, pages)
    end)

    it("of open orders is what of all orders is open, whatever became of them between two looks", function()
      local random, ids = 11, {}
      local function dice(most)
        random = (random * 1103515245 + 12345) % 2147483648
        return random // 65536 % most + 1
      end
      local function open_of_all()
        local out = {}
        for _, told in ipairs(list({}).orders) do
          if told.status == "OPEN" then out[#out + 1] = named[told.order_id] end
        end
        return table.concat(out, " ")
      end
      for i = 1, 300 do
        local what = dice(5)
        if what == 1 and #ids > 0 then
          venue:cancel(table.remove(ids, dice(#ids)), maker)
        elseif what == 2 and #open_of_all() > 0 then
          venue:order("BUY", "market_market_ioc", { base_size = "1" }, { key = taker })
        else
          ids[#ids + 1] = name("o" .. i, rest("SELL", "1", tostring(100 + dice(9))))
        end
        if dice(4) == 1 then
          local wanted = open_of_all()
          assert.equal(wanted, names(list { order_status = { "OPEN", "QUEUED" } }))
          assert.equal(wanted, (walk { order_status = "OPEN", limit = dice(9) }))
        end
      end
      assert.is_true(#open_of_all() > 100)
    end)

    it("of open orders goes on where some end between two pages", function()
      local ids = {}
      for i = 1, 9 do ids[i] = name("o" .. i, rest("BUY", "1", "3")) end
      local ends = { ids[7], ids[2], ids[9] } -- the cursor, one that is not told yet, one that is
      local seen = walk({ order_status = "OPEN", limit = 3 }, function()
        local id = table.remove(ends, 1)
        if id then venue:cancel(id, maker) end
      end)
      assert.equal("o9 o8 o7 o6 o5 o4 o3 o1", seen)
      assert.equal("o8 o6 o5 o4 o3 o1", names(list { order_status = "OPEN" }))
    end)

    it("has edges: limits of nothing and of much, cursors and words that are none", function()
      for i = 1, 3 do name("o" .. i, rest("BUY", "1", "3")) end
      assert.equal("o3 o2 o1", names(list { limit = 0 }))
      assert.equal("o3 o2 o1", names(list { limit = 1000000 }))
      for _, empty in ipairs { "cursor", "limit", "order_status", "sort_by", "start_date", "product_ids" } do
        assert.equal("o3 o2 o1", names(list { [empty] = "" }), empty)
      end
      assert.equal("o3 o2 o1", names(list { cursor = 1000000 }))
      assert.equal("", names(list { cursor = 1 }))
      for _, asked in ipairs { { limit = -1 }, { limit = "x" }, { limit = "1.5" }, { cursor = "abc" }, { cursor = -1 },
        { order_status = "OPN" }, { order_side = "LONG" }, { order_types = "limit" }, { product_type = "SPOTS" },
        { time_in_forces = "GTC" }, { sort_by = "PRICE" }, { start_date = "yesterday" }, { end_date = "x" },
        { contract_expiry_type = "x" }, { order_placement_source = "x" }, { sort_by = "LIMIT_PRICE", cursor = 99 } } do
        assert.equal("INVALID_ARGUMENT", venue:refused(400, "/orders/historical/batch", asked, maker).error)
      end
      assert.equal("order_status 'OPN' is not known; the nearest is OPEN",
        venue:refused(400, "/orders/historical/batch", { order_status = "OPN" }, maker).message)
      assert.equal("Unauthorized\n", venue:refused(401, "/orders/historical/batch", nil, 0))
    end)

    it("is of 1000 orders at most", function()
      for _ = 1, 1003 do
        local id = rest("BUY", "0.01", "3")
        venue:cancel(id, maker)
      end
      local answer = list { limit = 5000 }
      assert.equal(1000, #answer.orders)
      assert.is_true(answer.has_next)
      assert.equal(3, #list({ cursor = answer.cursor }).orders)
    end)
  end)
end)
