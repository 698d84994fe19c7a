-- SPDX-License-Identifier: MIT
-- Orders of the venue that wait: stops, brackets, attached exits, buckets and scales.
local trader = require "spec.support.venue_trader"
local venues = require "neap.venue"

describe("the venue's plans", function()
  local venue, maker, user
  before_each(function()
    venue = assert(venues.new { seed = 7, start = "2026-01-01T12:00:00Z" })
    maker = trader.new(venue, "maker", { USD = "10000000", BTC = "100" })
    user = trader.new(venue, "user", { USD = "100000", BTC = "1" })
    maker:limit("SELL", "0.5", "65100")
    maker:limit("BUY", "0.5", "65000")
  end)
  after_each(function()
    assert(venue:check())
    venue:close()
  end)

  local function is(id, wanted, of) assert.same(wanted, (of or user):seen(id, wanted)) end
  local function hold(currency) return select(2, user:balance(currency)) end

  local others = 0
  -- One trade at a price, of a size, between two who have nothing else.
  local function print_at(price, size)
    others = others + 1
    local buyer = trader.new(venue, "buyer" .. others, { USD = "1000000" })
    local seller = trader.new(venue, "seller" .. others, { BTC = "10" })
    local bid = buyer:limit("BUY", size or "0.001", price)
    local ask = seller:limit("SELL", size or "0.001", price)
    return buyer, bid, seller, ask
  end

  describe("a stop", function()
    local function stop(side, stop_price, limit, direction, more)
      local fields = { base_size = "0.1", limit_price = limit, stop_price = stop_price,
        stop_direction = "STOP_DIRECTION_STOP_" .. direction }
      for name, value in pairs(more or {}) do fields[name] = value end
      return user:place(side, more and "stop_limit_stop_limit_gtd" or "stop_limit_stop_limit_gtc", fields)
    end

    it("up fires when the last price reaches it, and is a limit order from then on", function()
      local id = stop("BUY", "65090", "65100", "UP")
      is(id, { status = "OPEN", trigger_status = "STOP_PENDING", order_type = "STOP_LIMIT", filled_size = "0" })
      assert.equal("6588.12", hold "USD")
      print_at "65089.99"
      is(id, { trigger_status = "STOP_PENDING" })
      print_at "65090"
      is(id, { trigger_status = "STOP_TRIGGERED", status = "FILLED", average_filled_price = "65100" })
      assert.equal("0", hold "USD")
    end)

    it("down fires when it falls to it or below, and may rest at its limit", function()
      local id = stop("SELL", "65050", "65040", "DOWN")
      assert.equal("0.1", hold "BTC")
      print_at "65050.01"
      is(id, { trigger_status = "STOP_PENDING" })
      print_at "65045"
      is(id, { trigger_status = "STOP_TRIGGERED", status = "OPEN", filled_size = "0" })
      print_at("65040", "0.03")
      is(id, { status = "OPEN", filled_size = "0.03" })
    end)

    it("of the other side of its direction works, too: a buy below, a sale above", function()
      local low = stop("BUY", "65050", "65060", "DOWN")
      local high = stop("SELL", "65098", "65095", "UP")
      print_at "65050"
      is(low, { trigger_status = "STOP_TRIGGERED", status = "OPEN" })
      print_at "65099"
      is(high, { trigger_status = "STOP_TRIGGERED", status = "OPEN" })
    end)

    it("passed over by a sweep fires once, after it, the nearest first", function()
      maker:limit("SELL", "0.1", "65200")
      maker:limit("SELL", "1", "65300")
      local far, near = stop("BUY", "65200", "66000", "UP"), stop("BUY", "65150", "66000", "UP")
      local buyer = trader.new(venue, "sweep", { USD = "1000000" })
      buyer:place("BUY", "market_market_ioc", { base_size = "0.65" })
      is(near, { status = "FILLED", number_of_fills = "1", average_filled_price = "65300" })
      is(far, { status = "FILLED", number_of_fills = "1" })
      local fills = user:get("/orders/historical/fills").fills
      assert.same({ far, near }, { fills[1].order_id, fills[2].order_id })
    end)

    it("with an end expires untriggered, and one that was cancelled does not fire", function()
      local timed = stop("BUY", "65090", "65100", "UP", { end_time = "2026-01-01T12:01:00Z" })
      local gone = stop("BUY", "65090", "65100", "UP")
      user:cancel(gone)
      venue:advance "2026-01-01T12:01:00Z"
      is(timed, { status = "EXPIRED", trigger_status = "STOP_PENDING" })
      print_at "65095"
      is(gone, { status = "CANCELLED", trigger_status = "STOP_PENDING", filled_size = "0" })
      assert.equal("0", hold "USD")
    end)
  end)

  describe("a bracket", function()
    local function bracket(more)
      local fields = { base_size = "0.4", limit_price = "66000", stop_trigger_price = "64000" }
      for name, value in pairs(more or {}) do fields[name] = value end
      return user:place("SELL", more and "trigger_bracket_gtd" or "trigger_bracket_gtc", fields)
    end

    it("rests at its target, and is done when that is had", function()
      local id = bracket()
      is(id, { status = "OPEN", trigger_status = "STOP_PENDING", order_type = "BRACKET",
        outstanding_hold_amount = "0.4" })
      local buyer = trader.new(venue, "buyer", { USD = "1000000" })
      buyer:limit("BUY", "1", "66000")
      is(id, { status = "FILLED", average_filled_price = "66000", total_fees = "158.4" })
      print_at("63000", "0.6")
      is(id, { filled_size = "0.4", number_of_fills = "1", trigger_status = "STOP_PENDING" })
    end)

    it("leaves 5 % below its stop: what the target did not get", function()
      local id = bracket()
      local buyer = trader.new(venue, "buyer", { USD = "1000000" })
      buyer:limit("BUY", "0.6", "66000")
      is(id, { filled_size = "0.1", status = "OPEN" })
      trader.new(venue, "falls", { BTC = "10" }):limit("SELL", "0.5", "64000")
      print_at("64000", "0.001")
      is(id, { trigger_status = "STOP_TRIGGERED", status = "OPEN", filled_size = "0.1" })
      -- Its limit is 60,800: someone who bids 61,000 gets the rest.
      local low = trader.new(venue, "low", { USD = "1000000" })
      local bid = low:limit("BUY", "1", "61000")
      is(id, { status = "FILLED", filled_size = "0.4" })
      assert.same({ "0.1@66000", "0.3@60800" }, user:fills(id))
      assert.equal("OPEN", low:order(bid).status)
      assert.equal("0", hold "BTC")
    end)

    it("with an end expires and frees what it held", function()
      local id = bracket { end_time = "2026-01-01T12:01:00Z" }
      venue:advance "2026-01-01T12:01:00Z"
      is(id, { status = "EXPIRED" })
      assert.equal("0", hold "BTC")
    end)
  end)

  describe("an attached exit", function()
    local EXIT = { attached_order_configuration = { trigger_bracket_gtc = { limit_price = "66000",
      stop_trigger_price = "64000" } } }

    local function enter(fields, key)
      local id, answer = user:place("BUY", key or "limit_limit_gtc", fields, EXIT)
      return id, answer.attached_order_id
    end

    it("sleeps until its parent is filled, grows with it, and sells what that bought", function()
      local id, exit = enter { base_size = "0.8", limit_price = "65100" }
      is(id, { attached_order_id = exit, filled_size = "0.5" })
      is(exit, { originating_order_id = id, side = "SELL", status = "OPEN", workable_size = "0.5",
        outstanding_hold_amount = "0.5" })
      print_at("65100", "0.1")
      maker:limit("SELL", "0.3", "65100")
      is(id, { status = "FILLED" })
      is(exit, { workable_size = "0.8", outstanding_hold_amount = "0.8" })
      local buyer = trader.new(venue, "buyer", { USD = "1000000" })
      buyer:limit("BUY", "1", "66000")
      is(exit, { status = "FILLED", filled_size = "0.8", average_filled_price = "66000" })
      assert.equal("1", (user:balance "BTC"))
    end)

    it("of an entry that got nothing is cancelled with it", function()
      local id, exit = enter { base_size = "0.8", limit_price = "64500" }
      is(exit, { status = "PENDING", outstanding_hold_amount = "0" })
      user:cancel(id)
      is(exit, { status = "CANCELLED" })
    end)

    it("of an entry that was cancelled half way is of that half", function()
      local id, exit = enter { base_size = "0.8", limit_price = "65100" }
      user:cancel(id)
      is(exit, { status = "OPEN", workable_size = "0.5" })
      local buyer = trader.new(venue, "buyer", { USD = "1000000" })
      buyer:limit("BUY", "1", "66000")
      is(exit, { status = "FILLED", filled_size = "0.5", completion_percentage = "100.00" })
    end)

    it("that was filled while its entry was open is done when that is over", function()
      local id, exit = enter { base_size = "0.8", limit_price = "65100" }
      local buyer = trader.new(venue, "buyer", { USD = "1000000" })
      buyer:limit("BUY", "0.5", "66000")
      is(exit, { status = "OPEN", filled_size = "0.5" })
      user:cancel(id)
      is(exit, { status = "FILLED", filled_size = "0.5" })
    end)

    it("hangs on a market order by money, too, and leaves by its stop", function()
      local id, exit = enter({ quote_size = "10000" }, "market_market_ioc")
      local got = user:order(id).filled_size
      is(exit, { status = "OPEN", workable_size = got, outstanding_hold_amount = got })
      local seller = trader.new(venue, "seller", { BTC = "10" })
      maker:limit("BUY", "1", "64000")
      seller:place("SELL", "market_market_ioc", { base_size = "0.51" })
      is(exit, { status = "FILLED", trigger_status = "STOP_TRIGGERED", average_filled_price = "64000" })
    end)
  end)

  describe("a TWAP", function()
    local function twap(more)
      local fields = { base_size = "0.4", limit_price = "65100", start_time = "2026-01-01T12:00:00Z",
        end_time = "2026-01-01T12:04:00Z", number_buckets = "4", bucket_size = "0.1", bucket_duration = "60s" }
      for name, value in pairs(more or {}) do fields[name] = value end
      return user:place("BUY", "twap_limit_gtd", fields)
    end

    it("asks for a bucket at a time", function()
      local id = twap()
      for minute = 1, 3 do
        is(id, { status = "OPEN", filled_size = ("0.%d"):format(minute), order_type = "TWAP" })
        venue:advance(("2026-01-01T12:0%d:00Z"):format(minute))
      end
      is(id, { status = "FILLED", filled_size = "0.4", number_of_fills = "4" })
      assert.equal("0", hold "USD")
    end)

    it("catches up on what a bucket did not get, and expires with the rest", function()
      local id = twap { limit_price = "65050", start_time = "2026-01-01T12:01:00Z", end_time = "2026-01-01T12:05:00Z" }
      is(id, { status = "OPEN", filled_size = "0", outstanding_hold_amount = "26332.24" })
      venue:advance "2026-01-01T12:02:30Z"
      maker:limit("SELL", "0.15", "65050")
      is(id, { filled_size = "0.15" })
      venue:advance "2026-01-01T12:03:00Z"
      maker:limit("SELL", "0.5", "65050")
      is(id, { filled_size = "0.3", status = "OPEN" })
      maker:cancel(maker:get("/orders/historical/batch?order_status=OPEN").orders[1].order_id)
      venue:advance "2026-01-01T12:05:00Z"
      is(id, { status = "EXPIRED", filled_size = "0.3", outstanding_hold_amount = "0" })
    end)

    it("passes over a bucket while the market takes no orders", function()
      local id = twap()
      assert(venue:set_product("BTC-USD", { cancel_only = true }))
      venue:advance "2026-01-01T12:01:30Z"
      is(id, { status = "OPEN", filled_size = "0.1" })
      assert(venue:set_product("BTC-USD", {}))
      venue:advance "2026-01-01T12:02:00Z"
      is(id, { status = "OPEN", filled_size = "0.3" })
    end)

    it("has in its last bucket what does not divide", function()
      local id = twap { base_size = "0.00000005", number_buckets = "3", bucket_duration = "60s" }
      venue:advance "2026-01-01T12:01:30Z"
      is(id, { filled_size = "0.00000002" })
      venue:advance "2026-01-01T12:02:00Z"
      is(id, { filled_size = "0.00000005", status = "FILLED" })
    end)

    it("by quote_size, of uneven buckets, spends no more than that", function()
      local id = twap { base_size = "", quote_size = "1000", number_buckets = "3", bucket_duration = "80s" }
      venue:advance "2026-01-01T12:03:59Z"
      is(id, { size_in_quote = true })
      user:cancel(id)
      local order = user:order(id)
      assert.is_true(tonumber(order.filled_value) <= 1000 and tonumber(order.filled_value) > 999)
    end)
  end)

  describe("a scale", function()
    it("is legs from one price to another, whose fills are its own", function()
      local id = user:place("BUY", "scaled_limit_gtc", { base_size = "0.3", num_orders = 3, min_price = "60000",
        max_price = "62000", price_distribution = "FLAT", size_distribution = "INCREASING" })
      local legs = user:get("/orders/historical/batch?order_types=LIMIT").orders
      local told = {}
      for i, leg in ipairs(legs) do
        local fields = leg.order_configuration.limit_limit_gtc
        told[i] = fields.base_size .. "@" .. fields.limit_price
        assert.equal(id, leg.originating_order_id)
      end
      assert.same({ "0.15@62000", "0.1@61000", "0.05@60000" }, told)
      assert.equal("18620.8", hold "USD")
      trader.new(venue, "seller", { BTC = "10" }):place("SELL", "sor_limit_ioc",
        { base_size = "0.7", limit_price = "60500" })
      is(id, { status = "OPEN", order_type = "SCALED", filled_size = "0.2", number_of_fills = "2" })
      assert.equal("cancelled", user:cancel(id))
      is(id, { status = "CANCELLED", filled_size = "0.2" })
      is(legs[3].order_id, { status = "CANCELLED" })
      assert.equal("0", hold "USD")
    end)

    it("may be listed, and is filled when all its legs are", function()
      local id = user:place("SELL", "scaled_limit_gtc", { orders = { { base_size = "0.1", limit_price = "65200" },
        { base_size = "0.2", limit_price = "65050" } } })
      assert.equal("0.3", hold "BTC")
      trader.new(venue, "buyer", { USD = "1000000" }):limit("BUY", "1", "65200")
      is(id, { status = "FILLED", filled_size = "0.3", filled_value = "19530" })
    end)

    local function legs_of(fields)
      local id, told = user:place("BUY", "scaled_limit_gtc", fields), {}
      for _, leg in ipairs(user:get("/orders/historical/batch?order_types=LIMIT&order_status=OPEN").orders) do
        local limit = leg.order_configuration.limit_limit_gtc
        told[#told + 1] = limit.base_size .. "@" .. limit.limit_price .. (limit.post_only and " post" or "")
      end
      user:cancel(id)
      return told
    end

    it("has distances that grow or shrink with the price, where it is asked to", function()
      local fields = { base_size = "0.4", num_orders = 4, min_price = "60000", max_price = "60600" }
      fields.price_distribution = "LINEAR_INCREASING"
      assert.same({ "0.1@60600", "0.1@60300", "0.1@60100", "0.1@60000" }, legs_of(fields))
      fields.price_distribution, fields.size_distribution = "LINEAR_DECREASING", "DECREASING"
      assert.same({ "0.04@60600", "0.08@60500", "0.12@60300", "0.16@60000" }, legs_of(fields))
    end)

    it("may be of listed legs by quote_size, and of legs that never take", function()
      assert.same({ "0.001@60000 post", "0.002@61000" }, legs_of { orders = {
        { quote_size = "122", limit_price = "61000" },
        { base_size = "0.001", limit_price = "60000", post_only = true } } })
      local answer = user:post("/orders", { client_order_id = "takes", product_id = "BTC-USD", side = "BUY",
        order_configuration = { scaled_limit_gtc = { orders = { { base_size = "0.001", limit_price = "60000" },
          { base_size = "0.001", limit_price = "65100", post_only = true } } } } })
      assert.equal("INVALID_LIMIT_PRICE_POST_ONLY", answer.error_response.new_order_failure_reason)
    end)
  end)
end)
