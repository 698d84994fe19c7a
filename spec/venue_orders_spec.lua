-- SPDX-License-Identifier: MIT
-- The venue's orders: every configuration, what it holds, costs and becomes; who trades with whom; how orders end.
local trader = require "spec.support.venue_trader"
local venues = require "neap.venue"

local START = "2026-01-01T12:00:00Z"

describe("the venue's orders", function()
  local venue, maker, user, open

  local function begin(options)
    options.seed, options.start = 7, START
    venue = assert(venues.new(options))
    open = venue
    maker = trader.new(venue, "maker", { USD = "10000000", USDC = "10000000", BTC = "100" })
    user = trader.new(venue, "user", { USD = "100000", USDC = "50000", BTC = "1" })
  end

  -- Asks 0.5 at 65,100 and 1 at 65,200, bids as many at 65,000 and 64,900.
  local function quote()
    maker:limit("SELL", "0.5", "65100")
    maker:limit("SELL", "1", "65200")
    maker:limit("BUY", "0.5", "65000")
    maker:limit("BUY", "1", "64900")
  end

  before_each(function()
    begin {}
    quote()
  end)
  after_each(function()
    assert(open:check())
    open:close()
  end)

  local function holds(currency, wanted) assert.equal(wanted, select(2, user:balance(currency))) end
  local function has(currency, wanted) assert.equal(wanted, (user:balance(currency))) end

  -- Named fields of an order.
  local function is(id, wanted) assert.same(wanted, user:seen(id, wanted)) end

  describe("market_market_ioc", function()
    it("spends quote_size with its fee in it, level by level, and lets the rest go", function()
      -- 1.2 % in the first tier: 0.5 at 65,100 costs 32,940.6; 2,059.4 more buy 0.03121135 at 65,200.
      local id = user:place("BUY", "market_market_ioc", { quote_size = "35000" })
      is(id, { status = "FILLED", filled_size = "0.53121135", filled_value = "34584.98002",
        total_fees = "415.01976024", total_value_after_fees = "34999.99978024", size_in_quote = true,
        size_inclusive_of_fees = true, number_of_fills = "2", outstanding_hold_amount = "0" })
      assert.same({ "32550@65100", "2034.98002@65200" }, user:fills(id))
      holds("USD", "0")
      has("USD", "65000.00021976")
      has("BTC", "1.53121135")
    end)

    it("buys base_size, and pays what it cost", function()
      local id = user:place("BUY", "market_market_ioc", { base_size = "0.6" })
      is(id, { status = "FILLED", filled_size = "0.6", filled_value = "39070", total_fees = "468.84",
        average_filled_price = "65116.666666666666667", size_in_quote = false })
      has("USD", "60461.16")
      holds("USD", "0")
    end)

    it("sells base_size", function()
      local id = user:place("SELL", "market_market_ioc", { base_size = "0.6" })
      is(id, { status = "FILLED", filled_size = "0.6", filled_value = "38990", total_fees = "467.88",
        total_value_after_fees = "38522.12" })
      has("USD", "138522.12")
      has("BTC", "0.4")
    end)

    it("is cancelled for what the book has not, and keeps what it got", function()
      local rich = trader.new(venue, "rich", { USD = "1000000", BTC = "9" })
      local id = rich:place("SELL", "market_market_ioc", { base_size = "9" })
      local order = rich:order(id)
      assert.same({ "CANCELLED", "1.5" }, { order.status, order.filled_size })
      id = rich:place("BUY", "market_market_ioc", { quote_size = "900000" })
      order = rich:order(id)
      assert.same({ "CANCELLED", "1.5", "97750" }, { order.status, order.filled_size, order.filled_value })
    end)
  end)

  it("market_market_fok is for derivatives: all or nothing", function()
    local contract = { product_id = "BIP-20DEC30-CDE" }
    maker:place("SELL", "limit_limit_gtc", { base_size = "3", limit_price = "65100" }, contract)
    local id = user:place("BUY", "market_market_fok", { base_size = "4" }, contract)
    is(id, { status = "CANCELLED", filled_size = "0", cancel_message = "The order could not be filled as a whole" })
    id = user:place("BUY", "market_market_fok", { base_size = "3" }, contract)
    is(id, { status = "FILLED", filled_size = "3", filled_value = "1953", total_fees = "23.436" })
  end)

  it("sor_limit_ioc takes what its limit allows, and ends", function()
    local id = user:place("BUY", "sor_limit_ioc", { base_size = "0.8", limit_price = "65100" })
    is(id, { status = "CANCELLED", filled_size = "0.5", time_in_force = "IMMEDIATE_OR_CANCEL", order_type = "LIMIT" })
    id = user:place("BUY", "sor_limit_ioc", { base_size = "0.5", limit_price = "65200" })
    is(id, { status = "FILLED" })
    holds("USD", "0")
  end)

  describe("limit_limit_gtc", function()
    it("holds its price and the taker's fee, lets go at each fill, and ends with nothing held", function()
      local id = user:limit("BUY", "1", "65050")
      is(id, { status = "OPEN", outstanding_hold_amount = "65830.6" })
      holds("USD", "65830.6")
      maker:place("SELL", "market_market_ioc", { base_size = "0.4" })
      -- It rested: the maker's 0.6 % of 26,020.
      is(id, { status = "OPEN", filled_size = "0.4", total_fees = "156.12", outstanding_hold_amount = "39498.36" })
      holds("USD", "39498.36")
      maker:place("SELL", "market_market_ioc", { base_size = "0.6" })
      is(id, { status = "FILLED", total_fees = "390.3", completion_percentage = "100.00", settled = true })
      holds("USD", "0")
      has("USD", "34559.7")
    end)

    it("takes first, and rests with what is left", function()
      local id = user:limit("BUY", "0.7", "65150")
      is(id, { status = "OPEN", filled_size = "0.5", average_filled_price = "65100",
        outstanding_hold_amount = "13186.36" })
      holds("USD", "13186.36")
    end)

    it("of a sale holds base", function()
      local id = user:limit("SELL", "0.7", "65300")
      is(id, { outstanding_hold_amount = "0.7" })
      has("BTC", "0.3")
      assert.equal("cancelled", user:cancel(id))
      is(id, { status = "CANCELLED", outstanding_hold_amount = "0", cancel_message = "User requested cancel" })
      has("BTC", "1")
    end)

    it("by quote_size is worth that at its limit", function()
      local id = user:place("BUY", "limit_limit_gtc", { quote_size = "1000", limit_price = "50000" })
      is(id, { status = "OPEN", size_in_quote = true, outstanding_hold_amount = "1012" })
    end)

    it("post-only rests, or is refused where it would take", function()
      local id = user:limit("BUY", "0.1", "65099.99", true)
      is(id, { status = "OPEN", filled_size = "0" })
      local answer = user:send("BUY", "limit_limit_gtc", { base_size = "0.1", limit_price = "65100", post_only = true })
      assert.same({ "UNKNOWN_FAILURE_REASON", "INVALID_LIMIT_PRICE_POST_ONLY" },
        { answer.error_response.error, answer.error_response.new_order_failure_reason })
    end)
  end)

  it("limit_limit_gtd expires at its time, not before", function()
    local fields = { base_size = "0.1", limit_price = "60000", end_time = "2026-01-01T12:00:10Z", post_only = false }
    local id = user:place("BUY", "limit_limit_gtd", fields)
    venue:advance "2026-01-01T12:00:09.999999999Z"
    is(id, { status = "OPEN", time_in_force = "GOOD_UNTIL_DATE_TIME" })
    venue:advance "2026-01-01T12:00:10Z"
    is(id, { status = "EXPIRED" })
    holds("USD", "0")
    assert.equal("UNKNOWN_CANCEL_ORDER", user:cancel(id))
  end)

  it("limit_limit_fok is filled as a whole or not at all", function()
    local id = user:place("BUY", "limit_limit_fok", { base_size = "0.6", limit_price = "65100" })
    is(id, { status = "CANCELLED", filled_size = "0", number_of_fills = "0" })
    id = user:place("BUY", "limit_limit_fok", { base_size = "0.6", limit_price = "65200" })
    is(id, { status = "FILLED", filled_value = "39070" })
  end)

  describe("client_order_id", function()
    local fields = { limit_limit_gtc = { base_size = "0.1", limit_price = "60000", post_only = false } }
    local function body(id, side)
      return { client_order_id = id, product_id = "BTC-USD", side = side, order_configuration = fields }
    end

    it("that was used is answered with the order that has it", function()
      local first = user:post("/orders", body("x", "BUY")).success_response.order_id
      local second = user:post("/orders", body("x", "BUY"))
      assert.is_true(second.success)
      assert.equal(first, second.success_response.order_id)
      assert.equal(1, #user:get("/orders/historical/batch").orders)
      -- Another user's are his own.
      assert.not_equal(first, maker:post("/orders", body("x", "BUY")).success_response.order_id)
    end)

    it("is refused where the venue is told to", function()
      open:close()
      begin { refuses_reused_ids = true }
      user:post("/orders", body("x", "BUY"))
      local answer = user:post("/orders", body("x", "BUY"))
      assert.equal("DUPLICATE_CLIENT_ORDER_ID", user.reason(answer))
    end)
  end)

  describe("who trades", function()
    it("is the best price, then who came first", function()
      local other = trader.new(venue, "other", { USD = "1000000", BTC = "10" })
      local first, second = user:limit("SELL", "0.1", "65050"), other:limit("SELL", "0.1", "65050")
      local better = other:limit("SELL", "0.1", "65040")
      maker:place("BUY", "market_market_ioc", { base_size = "0.25" })
      assert.equal("FILLED", other:order(better).status)
      assert.equal("FILLED", user:order(first).status)
      assert.equal("0.05", other:order(second).filled_size)
    end)

    it("is never oneself", function()
      local mine = user:limit("SELL", "0.2", "65050")
      local id = user:limit("BUY", "0.3", "65100")
      is(id, { status = "CANCELLED", filled_size = "0", cancel_message = "Self-trade prevention" })
      is(mine, { status = "OPEN" })
    end)

    for rule, wanted in pairs {
      cancel_newest = { "OPEN", "CANCELLED", "0" }, cancel_oldest = { "CANCELLED", "FILLED", "0.3" },
      cancel_both = { "CANCELLED", "CANCELLED", "0" }, decrement = { "CANCELLED", "OPEN", "0.1" },
      allow = { "FILLED", "FILLED", "0.3" },
    } do
      it("under " .. rule, function()
        open:close()
        begin { self_trade = rule }
        quote()
        local mine = user:limit("SELL", "0.2", "65050")
        local id = user:limit("BUY", "0.3", "65100")
        local order = user:order(id)
        -- Decremented: 0.2 of both are gone, 0.1 was bought, and so nothing is open.
        local status = rule == "decrement" and order.outstanding_hold_amount == "0" and "OPEN" or order.status
        assert.same(wanted, { user:order(mine).status, status, order.filled_size })
        holds("USD", "0")
        holds("BTC", rule == "cancel_newest" and "0.2" or "0")
      end)
    end

    it("by a market buy passes over one's own orders, or ends there, and never spends too much", function()
      for rule, wanted in pairs { cancel_newest = "0", cancel_oldest = "0.9" } do
        open:close()
        begin { self_trade = rule }
        user:limit("SELL", "0.2", "65050")
        quote()
        local id = user:place("BUY", "market_market_ioc", { base_size = "0.9" })
        is(id, { filled_size = wanted })
        holds("USD", "0")
      end
    end)
  end)

  describe("BTC-USDC", function()
    local alias = { product_id = "BTC-USDC" }

    it("is the book of BTC-USD, paid from the wallet of USDC", function()
      local id = user:place("BUY", "limit_limit_gtc", { base_size = "0.5", limit_price = "65100" }, alias)
      is(id, { status = "FILLED", product_id = "BTC-USDC", filled_value = "32550", total_fees = "390.6" })
      has("USDC", "17059.4")
      has("USD", "100000")
      -- Who sold it for USD got USD: 1 USDC is 1 USD.
      assert.equal("0", (select(2, user:balance "USDC")))
    end)

    it("holds USDC, and has its own funds", function()
      local fields = { base_size = "0.5", limit_price = "60000" }
      user:place("BUY", "limit_limit_gtc", fields, alias)
      assert.equal("30360", (select(2, user:balance "USDC")))
      local answer = user:send("BUY", "limit_limit_gtc", fields, alias)
      assert.equal("INSUFFICIENT_FUND", answer.error_response.error)
      assert.equal("taken", user.reason(user:send("BUY", "limit_limit_gtc", fields)))
    end)

    it("meets orders of BTC-USD of its own user as any other of his", function()
      user:place("SELL", "limit_limit_gtc", { base_size = "0.5", limit_price = "65050" }, alias)
      local id = user:limit("BUY", "0.5", "65050")
      is(id, { status = "CANCELLED", cancel_message = "Self-trade prevention" })
    end)
  end)

  describe("cancels", function()
    it("say what became of each", function()
      local done = user:place("BUY", "market_market_ioc", { base_size = "0.1" })
      local mine, his = user:limit("BUY", "0.1", "60000"), maker:limit("BUY", "0.1", "60000")
      assert.same({ "cancelled", "DUPLICATE_CANCEL_REQUEST", "ORDER_IS_FULLY_FILLED", "UNKNOWN_CANCEL_ORDER",
        "UNKNOWN_CANCEL_ORDER" }, { user:cancel(mine, mine, done, his, "no-such-order") })
      assert.equal("OPEN", maker:order(his).status)
    end)

    it("that take their time leave the order to fill", function()
      open:close()
      begin { cancel_after = 1000000000 }
      local first, second = user:limit("BUY", "0.1", "65000"), user:limit("BUY", "0.1", "64000")
      assert.same({ "cancelled", "cancelled", "DUPLICATE_CANCEL_REQUEST" }, { user:cancel(first, second, first) })
      is(first, { status = "CANCEL_QUEUED", pending_cancel = true })
      holds("USD", "13054.8")
      maker:place("SELL", "limit_limit_gtc", { base_size = "0.1", limit_price = "65000" })
      is(first, { status = "FILLED" })
      venue:advance(venue:now() + 1000000000)
      is(first, { status = "FILLED" })
      is(second, { status = "CANCELLED" })
      holds("USD", "0")
    end)

    it("by the venue carry its message", function()
      local id = user:limit("BUY", "0.1", "60000")
      assert(venue:end_order(id, "maintenance"))
      is(id, { status = "CANCELLED", cancel_message = "maintenance" })
      local none, err = venue:end_order(id, "again")
      assert.is_nil(none)
      assert.equal("unknown_order", err.code)
    end)
  end)

  describe("the product's state", function()
    local function told(side, key, fields, more) return user.reason(user:send(side, key, fields, more)) end
    local limit = { base_size = "0.1", limit_price = "60000", post_only = false }

    it("decides what is taken", function()
      for flag, wanted in pairs {
        disabled = { "TRADING_DISABLED", "TRADING_DISABLED" },
        view_only = { "UNTRADABLE_PRODUCT", "UNTRADABLE_PRODUCT" },
        cancel_only = { "ORDER_ENTRY_DISABLED", "ORDER_ENTRY_DISABLED" },
        limit_only = { "taken", "UNSUPPORTED_ORDER_CONFIGURATION" },
        post_only = { "UNSUPPORTED_ORDER_CONFIGURATION", "UNSUPPORTED_ORDER_CONFIGURATION" },
        auction = { "taken", "UNSUPPORTED_ORDER_CONFIGURATION" },
      } do
        assert(venue:set_product("BTC-USD", { [flag] = true }))
        local market = told("BUY", "market_market_ioc", { base_size = "0.1" })
        assert.same(wanted, { told("BUY", "limit_limit_gtc", limit), market }, flag)
      end
      assert(venue:set_product("BTC-USD", { post_only = true }))
      local post_only = { base_size = "0.1", limit_price = "60000", post_only = true }
      assert.equal("taken", told("BUY", "limit_limit_gtc", post_only))
      assert(venue:set_product("BTC-USD", { cancel_only = true }))
      assert.equal("cancelled", user:cancel(user:get("/orders/historical/batch").orders[1].order_id))
      assert(venue:set_product("BTC-USD", {}))
      local none, err = venue:set_product("BTC-UDS", {})
      assert.is_nil(none)
      assert.equal("BTC-USD", err.nearest)
    end)

    it("auction lets orders rest, and its end lets them meet in their order", function()
      assert(venue:set_product("BTC-USD", { auction = true }))
      local bought = user:limit("BUY", "0.6", "65200")
      local gone = user:limit("BUY", "0.1", "65500")
      local sold = trader.new(venue, "seller", { BTC = "1" })
      local sale = sold:limit("SELL", "0.2", "64000")
      is(bought, { status = "OPEN", filled_size = "0" })
      assert.equal("cancelled", user:cancel(gone))
      assert(venue:check())
      assert(venue:set_product("BTC-USD", {}))
      is(bought, { status = "FILLED", filled_value = "39070" })
      assert.equal("FILLED", sold:order(sale).status)
      is(gone, { status = "CANCELLED", filled_size = "0" })
    end)

    it("delisted ends what rests", function()
      local id = user:limit("BUY", "0.1", "60000")
      local usdc = user:place("BUY", "limit_limit_gtc", limit, { product_id = "BTC-USDC" })
      assert(venue:set_product("BTC-USD", { delisted = true }))
      is(id, { status = "CANCELLED", cancel_message = "The product was delisted" })
      is(usdc, { status = "CANCELLED" })
      assert.equal("UNTRADABLE_PRODUCT", told("BUY", "limit_limit_gtc", limit))
    end)
  end)

  describe("derivatives", function()
    local contract = { product_id = "BIP-20DEC30-CDE" }
    local function with(more)
      for name, value in pairs(contract) do more[name] = value end
      return more
    end

    it("hold margin by leverage and the fee, and settle in the position", function()
      local fields = { base_size = "10", limit_price = "65000" }
      local id = user:place("BUY", "limit_limit_gtc", fields, with { leverage = "5" })
      -- 10 × 0.01 × 65,000 = 6,500: a fifth of it, and 1.2 % of it.
      is(id, { status = "OPEN", outstanding_hold_amount = "1378" })
      maker:place("SELL", "market_market_ioc", { base_size = "10" }, contract)
      is(id, { status = "FILLED", outstanding_hold_amount = "0", total_fees = "39" })
      local position = user:get("/cfm/positions").positions[1]
      assert.same({ "LONG", "10" }, { position.side, position.number_of_contracts })
    end)

    it("are not traded behind their expiry", function()
      local function ask(id)
        return user:post("/orders", { client_order_id = id, product_id = "BIT-31DEC27-CDE", side = "BUY",
          order_configuration = { limit_limit_gtc = { base_size = "1", limit_price = "65000" } } })
      end
      assert.is_true(ask("before").success)
      venue:advance "2028-06-01"
      assert.equal("UNTRADABLE_PRODUCT", user.reason(ask "behind"))
    end)

    it("are closed by close_position, without margin", function()
      maker:place("SELL", "limit_limit_gtc", { base_size = "10", limit_price = "65000" }, contract)
      user:place("BUY", "market_market_ioc", { base_size = "10" }, contract)
      maker:place("BUY", "limit_limit_gtc", { base_size = "20", limit_price = "65500" }, contract)
      assert(venue:deposit(user.key, "USD", "-" .. user:balance "USD"))
      local function close(id, size)
        local body = { client_order_id = id, product_id = contract.product_id, size = size }
        return user:post("/orders/close_position", body)
      end
      assert.equal("REDUCE_ONLY_INCREASED_POSITION_SIZE", user.reason(close("c0", "11")))
      local answer = close("c1", "4")
      assert.equal("SELL", answer.success_response.side)
      assert.same({ market_market_ioc = { base_size = "4", reduce_only = true } }, answer.order_configuration)
      assert.equal("FILLED", user:order(close("c2").success_response.order_id).status)
      assert.equal("CANNOT_CLOSE_ZERO_POSITION", user.reason(close "c3"))
      -- 0.1 BTC gained 500 each, less 1.2 % of 6,550.
      has("USD", "-28.6")
    end)
  end)

  it("more than 500 of one product are taken and fail", function()
    local product = { product_id = "ETH-USD" }
    local fields = { base_size = "0.01", limit_price = "1000" }
    for _ = 1, 499 do user:place("BUY", "limit_limit_gtc", fields, product) end
    is(user:place("BUY", "limit_limit_gtc", fields, product), { status = "OPEN" })
    local id = user:place("BUY", "limit_limit_gtc", fields, product)
    is(id, { status = "FAILED", reject_reason = "TOO_MANY_OPEN_ORDERS", outstanding_hold_amount = "0" })
    user:cancel(user:get("/orders/historical/batch?order_status=OPEN&limit=1").orders[1].order_id)
    is(user:place("BUY", "limit_limit_gtc", fields, product), { status = "OPEN" })
  end)
end)
