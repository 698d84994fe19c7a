-- SPDX-License-Identifier: MIT
-- Edits of the venue's orders: which, to what, what becomes of the place in the queue and of the hold; and previews.
local trader = require "spec.support.venue_trader"
local venues = require "neap.venue"

describe("the venue's edits", function()
  local venue, maker, user
  before_each(function()
    venue = assert(venues.new { seed = 7, start = "2026-01-01T12:00:00Z", cancel_after = 1000, price_band = "0.9" })
    maker = trader.new(venue, "maker", { USD = "10000000", BTC = "100" })
    user = trader.new(venue, "user", { USD = "100000", BTC = "1" })
    maker:limit("SELL", "0.5", "65100")
    maker:limit("BUY", "0.5", "65000")
  end)
  after_each(function()
    assert(venue:check())
    venue:close()
  end)

  local function hold() return select(2, user:balance "USD") end

  it("in a market that takes nothing are refused, and nothing trades", function()
    local mine = user:limit("BUY", "0.01", "64000")
    for _, flag in ipairs { "cancel_only", "disabled", "view_only", "post_only" } do
      assert(venue:set_product("BTC-USD", { [flag] = true }))
      assert.equal("COMMANDER_REJECTED_EDIT_ORDER", (user:edit(mine, { price = "65100", size = "0.01" })), flag)
      assert.same({ "OPEN", "0" }, { user:order(mine).status, user:order(mine).filled_size })
    end
    assert(venue:set_product("BTC-USD", {}))
    assert.equal("taken", (user:edit(mine, { price = "64100", size = "0.01" })))
  end)

  it("know that the first leg of a scale is no attached order", function()
    local scale = user:place("BUY", "scaled_limit_gtc",
      { base_size = "0.05", num_orders = "5", min_price = "50000", max_price = "60000" })
    assert.equal("", user:order(scale).attached_order_id)
  end)

  it("and orders with a zero byte in a text are refused, not cut", function()
    for _, path in ipairs { "/orders", "/orders/edit" } do
      local status, body = venue:request { method = "POST", path = "/api/v3/brokerage" .. path, key = user.key,
        body = [[{"order_id":"zz\u0000one","client_order_id":"zz\u0000one","product_id":"BTC-USD","side":"BUY",]] ..
          [["order_configuration":{"limit_limit_gtc":{"base_size":"0.001","limit_price":"60000"}}}]] }
      assert.equal(400, status)
      assert.matches("zero byte", body)
    end
  end)

  describe("of a limit order", function()
    local mine, his
    before_each(function() mine, his = user:limit("BUY", "0.5", "64000"), maker:limit("BUY", "0.5", "64000") end)

    -- Who gets 0.1 at 64,000 when everything above is gone.
    local function who_is_first()
      local seller = trader.new(venue, "seller", { BTC = "10" })
      seller:place("SELL", "sor_limit_ioc", { base_size = "0.6", limit_price = "64000" })
      return user:order(mine).filled_size == "0.1" and "user" or maker:order(his).filled_size == "0.1" and "maker"
    end

    it("to less at its price keeps its place", function()
      assert.equal("taken", user:edit(mine, { price = "64000", size = "0.3" }))
      assert.equal("user", who_is_first())
    end)

    it("to more, or to another price and back, comes anew", function()
      assert.equal("taken", user:edit(mine, { price = "64000", size = "0.6" }))
      assert.equal("maker", who_is_first())
    end)

    it("to another price and back comes anew, too", function()
      assert.equal("taken", user:edit(mine, { price = "63000", size = "0.5" }))
      assert.equal("taken", user:edit(mine, { price = "64000", size = "0.5" }))
      assert.equal("maker", who_is_first())
    end)

    it("keeps its id, is told as it is, and its hold follows", function()
      assert.equal("32384", hold())
      assert.equal("taken", user:edit(mine, { price = "60000", size = "0.25" }))
      assert.equal("15180", hold())
      local order = user:order(mine)
      assert.same({ base_size = "0.25", limit_price = "60000", post_only = false },
        order.order_configuration.limit_limit_gtc)
      assert.same({ "OPEN", 1, "60000", "0.25" },
        { order.status, #order.edit_history, order.edit_history[1].price, order.edit_history[1].size })
      for i = 1, 6 do assert.equal("taken", user:edit(mine, { price = tostring(60000 + i), size = "0.25" })) end
      assert.equal(5, #user:order(mine).edit_history)
      assert.equal("60006", user:order(mine).order_configuration.limit_limit_gtc.limit_price)
    end)

    it("to a price that crosses trades at once", function()
      assert.equal("taken", user:edit(mine, { price = "65100", size = "0.7" }))
      local order = user:order(mine)
      assert.same({ "OPEN", "0.5", "65100" }, { order.status, order.filled_size, order.average_filled_price })
      assert.equal("13176.24", hold())
      assert.equal("taken", user:edit(mine, { price = "65050", size = "0.6" }))
      assert.equal("6583.06", hold())
      assert.equal("CANNOT_EDIT_TO_BELOW_FILLED_SIZE", (user:edit(mine, { price = "65050", size = "0.5" })))
    end)

    it("needs the money for more", function()
      local reason, preview = user:edit(mine, { price = "64000", size = "2" })
      assert.same({ "UNKNOWN_EDIT_ORDER_FAILURE_REASON", "PREVIEW_INSUFFICIENT_FUND" }, { reason, preview })
      assert.equal("32384", hold())
      assert.equal("0.5", user:order(mine).order_configuration.limit_limit_gtc.base_size)
    end)
  end)

  it("of a post-only order never make it take", function()
    local id = user:limit("BUY", "0.1", "64000", true)
    local reason, preview = user:edit(id, { price = "65100", size = "0.1" })
    assert.same({ "INVALID_EDITED_PRICE", "PREVIEW_INVALID_LIMIT_PRICE_POST_ONLY" }, { reason, preview })
    assert.equal("taken", user:edit(id, { price = "65099.99", size = "0.1" }))
  end)

  it("of an order in an auction count when that is over", function()
    assert(venue:set_product("BTC-USD", { auction = true }))
    local id = user:limit("BUY", "0.1", "64000")
    assert.equal("taken", user:edit(id, { price = "65100", size = "0.2" }))
    assert.equal("0", user:order(id).filled_size)
    assert(venue:set_product("BTC-USD", {}))
    assert.same({ "FILLED", "0.2" }, { user:order(id).status, user:order(id).filled_size })
  end)

  it("of an order that rests when an auction begins wait for its end, unless they keep its place", function()
    local id, less = user:limit("BUY", "0.1", "64000"), user:limit("BUY", "0.1", "63000", true)
    assert(venue:set_product("BTC-USD", { auction = true }))
    assert.equal("taken", user:edit(id, { price = "65100", size = "0.2" }))
    assert.equal("taken", user:edit(less, { price = "63000", size = "0.05" }))
    assert.equal("taken", user:edit(less, { price = "65100", size = "0.05" }))
    assert.same({ "OPEN", "0" }, { user:order(id).status, user:order(id).filled_size })
    assert(venue:check())
    assert(venue:set_product("BTC-USD", {}))
    assert.same({ "FILLED", "0.2" }, { user:order(id).status, user:order(id).filled_size })
    assert.same({ "CANCELLED", "0" }, { user:order(less).status, user:order(less).filled_size })
  end)

  describe("are refused", function()
    local function limit() return user:limit("BUY", "0.1", "60000") end
    local function stop()
      return user:place("BUY", "stop_limit_stop_limit_gtc", { base_size = "0.1", limit_price = "66500",
        stop_price = "66000", stop_direction = "STOP_DIRECTION_STOP_UP" })
    end
    local function triggered()
      local id = user:place("BUY", "stop_limit_stop_limit_gtc", { base_size = "0.1", limit_price = "65090",
        stop_price = "65090", stop_direction = "STOP_DIRECTION_STOP_UP" })
      maker:limit("SELL", "0.01", "65095")
      user:place("BUY", "market_market_ioc", { base_size = "0.01" })
      return id
    end
    local function entry()
      return user:place("BUY", "limit_limit_gtc", { base_size = "0.1", limit_price = "60000" },
        { attached_order_configuration = { trigger_bracket_gtc = { limit_price = "70000",
          stop_trigger_price = "50000" } } })
    end
    local GOOD = { price = "61000", size = "0.1" }
    local cases = {
      { "ORDER_NOT_FOUND", function() return "none" end, GOOD },
      { "ORDER_NOT_FOUND", function() return maker:limit("BUY", "0.1", "60000") end, GOOD },
      { "ONLY_OPEN_ORDERS_CAN_BE_EDITED", function()
        return user:place("BUY", "market_market_ioc", { base_size = "0.1" })
      end, GOOD },
      { "CANNOT_EDIT_ORDER_PENDING_CANCEL", function()
        local id = limit()
        user:cancel(id)
        return id
      end, GOOD },
      { "ORDER_EDIT_ORDER_TYPE_NOT_SUPPORTED", function()
        return user:place("BUY", "limit_limit_gtd", { base_size = "0.1", limit_price = "60000",
          end_time = "2026-01-02" })
      end, GOOD },
      { "SIZE_IN_QUOTE_EDITS_NOT_ALLOWED", function()
        return user:place("BUY", "limit_limit_gtc", { quote_size = "1000", limit_price = "60000" })
      end, GOOD },
      { "FIELD_STOPPRICE_NOT_SUPPORTED", limit, { price = "61000", size = "0.1", stop_price = "62000" } },
      { "INVALID_EDITED_SIZE", limit, { price = "61000" } },
      { "INVALID_EDITED_SIZE", limit, { price = "61000", size = "much" } },
      { "INVALID_EDITED_SIZE", limit, { price = "61000", size = "0.000000001" } },
      { "INVALID_EDITED_SIZE", limit, { price = "61000", size = "3401" } },
      { "INVALID_EDITED_PRICE", limit, { price = "61000.001", size = "0.1" } },
      { "INVALID_EDITED_PRICE", limit, { price = "6e4", size = "0.1" } },
      { "INVALID_EDITED_PRICE", limit, { price = "1", size = "0.1" } },
      { "EDIT_REQUEST_EQUAL_TO_ORIGINAL_REQUEST", limit, { price = "60000", size = "0.1" } },
      { "INVALID_EDITED_STOP_PRICE", stop, { price = "66500", size = "0.1", stop_price = "x" } },
      { "INVALID_EDITED_STOP_PRICE", stop, { price = "66500", size = "0.1", stop_price = "65000" } },
      { "INVALID_EDITED_STOP_LIMIT_PRICE", stop, { price = "66500", size = "0.1", stop_price = "66500.01" } },
      { "CANNOT_EDIT_TRIGGERED_ORDER", triggered, GOOD },
      { "CANNOT_EDIT_STOP_PRICE_FOR_TRIGGERED_ORDER", triggered,
        { price = "66500", size = "0.1", stop_price = "66100" } },
      { "CANNOT_EDIT_ATTACHED_ORDER_CONFIGURATION_AFTER_CREATION", entry,
        { price = "61000", size = "0.1", attached_order_configuration = { trigger_bracket_gtc = {} } } },
      { "ORDER_EDIT_INVALID_ATTACHED_ORDER_REQUEST", limit, { price = "61000", size = "0.1",
        cancel_attached_order = true } },
    }
    for number, case in ipairs(cases) do
      it(("%d, %s"):format(number, case[1]), function()
        local id, before = case[2](), hold()
        assert.equal(case[1], (user:edit(id, case[3])))
        assert.equal(before, hold())
        local body = { order_id = id }
        for name, value in pairs(case[3]) do body[name] = value end
        assert.equal(case[1], user:post("/orders/edit_preview", body).errors[1].edit_failure_reason)
      end)
    end

    it("where an attached exit works already; one that sleeps can be taken off", function()
      local id = entry()
      local child = user:order(id).attached_order_id
      assert.equal("taken", user:edit(id, { price = "60000", size = "0.1", cancel_attached_order = true }))
      assert.equal("CANCELLED", user:order(child).status)
      id = user:place("BUY", "limit_limit_gtc", { base_size = "0.6", limit_price = "65100" },
        { attached_order_configuration = { trigger_bracket_gtc = { limit_price = "70000",
          stop_trigger_price = "50000" } } })
      assert.equal("CANNOT_CANCEL_ACTIVE_ATTACHED_ORDER",
        (user:edit(id, { price = "65000", size = "0.6", cancel_attached_order = true })))
      child = user:order(id).attached_order_id
      assert.equal("CANNOT_EDIT_ATTACHED_ORDER_SIZE_WITH_OPEN_ORIGINATING_ORDER",
        (user:edit(child, { price = "71000", size = "0.2" })))
      assert.equal("taken", user:edit(child, { price = "71000" }))
      assert.equal("0.5", user:order(child).outstanding_hold_amount)
    end)
  end)

  it("of a stop move it", function()
    local id = user:place("BUY", "stop_limit_stop_limit_gtc", { base_size = "0.1", limit_price = "66500",
      stop_price = "66000", stop_direction = "STOP_DIRECTION_STOP_UP" })
    assert.equal("taken", user:edit(id, { price = "66500", size = "0.1", stop_price = "66200" }))
    assert.equal("66200", user:order(id).order_configuration.stop_limit_stop_limit_gtc.stop_price)
    local buyer = trader.new(venue, "buyer", { USD = "1000000" })
    maker:limit("SELL", "0.1", "66199.99")
    maker:limit("SELL", "1", "66200")
    buyer:place("BUY", "market_market_ioc", { base_size = "0.6" })
    assert.equal("STOP_PENDING", user:order(id).trigger_status)
    buyer:place("BUY", "market_market_ioc", { base_size = "0.1" })
    local order = user:order(id)
    assert.same({ "STOP_TRIGGERED", "FILLED", "66200" },
      { order.trigger_status, order.status, order.average_filled_price })
  end)

  describe("and previews", function()
    it("of an edit tell what it would cost", function()
      local id = user:limit("BUY", "0.1", "60000")
      local told = user:post("/orders/edit_preview", { order_id = id, price = "65100", size = "0.7" })
      assert.same({}, told.errors)
      assert.same({ "0.7", "65000", "65100" }, { told.base_size, told.best_bid, told.best_ask })
      -- 0.5 are taken at 1.2 %, 0.2 rest at 0.6 %.
      assert.same({ "45570", "468.72", "46038.72" }, { told.quote_size, told.commission_total, told.order_total })
      assert.equal("60000", user:order(id).order_configuration.limit_limit_gtc.limit_price)
    end)

    it("of a derivative tell its margin", function()
      local body = { product_id = "BIP-20DEC30-CDE", side = "SELL", leverage = "5",
        order_configuration = { limit_limit_gtc = { base_size = "10", limit_price = "65000" } } }
      local told = user:post("/orders/preview", body)
      -- A fifth of 6,500, and 1.2 % of it.
      assert.same({ "1378", "6500", "39" }, { told.order_margin_total, told.quote_size, told.commission_total })
      assert.equal("0", (select(2, user:balance "USD")))
    end)

    it("change nothing, not even the ids that come", function()
      local ids = {}
      for i = 1, 2 do
        local other <close> = assert(venues.new { seed = 9 })
        local asks = trader.new(other, "asks", { USD = "1000" })
        if i == 2 then
          local told = asks:post("/orders/preview", { product_id = "BTC-USD", side = "BUY",
            order_configuration = { limit_limit_gtc = { base_size = "0.001", limit_price = "60000" } } })
          assert.same({}, told.errs)
        end
        ids[i] = asks:limit("BUY", "0.001", "60000")
      end
      assert.equal(ids[1], ids[2])
    end)

    it("of an order, too, and nothing happens", function()
      local told = user:post("/orders/preview", { product_id = "BTC-USD", side = "SELL",
        order_configuration = { market_market_ioc = { base_size = "0.1" } } })
      assert.same({ "0.1", "6500", "78", "6422", "65000", "0" }, { told.base_size, told.quote_size,
        told.commission_total, told.order_total, told.est_average_filled_price, told.slippage })
      assert.same({}, told.errs)
      assert.matches("^%x+%-", told.preview_id)
      local id = told.preview_id
      told = user:post("/orders/preview", { product_id = "BTC-USD", side = "BUY",
        order_configuration = { market_market_ioc = { quote_size = "1000" } } })
      assert.same({ "0.01517883", "988.141833", "11.857701996", "999.999534996" },
        { told.base_size, told.quote_size, told.commission_total, told.order_total })
      assert.not_equal(id, told.preview_id)
      assert.equal("1", (user:balance "BTC"))
    end)
  end)
end)
