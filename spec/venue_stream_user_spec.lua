-- SPDX-License-Identifier: MIT
-- What the venue tells a user of the own orders, positions and balance; and nobody else.
local streams = require "spec.support.streams"
local trader = require "spec.support.venue_trader"

local START, SECOND = 1767225600000000000, 1000000000

describe("neap.venue streams of a user", function()
  local venues = require "neap.venue"
  local venue, client, ann, bob

  local function open(options)
    options = options or {}
    options.start = START
    venue = assert(venues.new(options))
    ann = trader.new(venue, "ann", { USD = "100000000", BTC = "1000", USDC = "100000000" })
    bob = trader.new(venue, "bob", { USD = "100000000", BTC = "1000" })
    client = streams.connect(venue)
  end

  local function listen(ids, who)
    client:subscribe("user", ids, tostring((who or ann).key))
    return client:frames()
  end

  local function after(ns) venue:advance(venue:now() + ns) end

  -- The orders of all frames since the last call, in order.
  local function orders()
    local list = {}
    for _, frame in ipairs(client:frames "user") do
      for _, order in ipairs(frame.events[1].orders) do list[#list + 1] = order end
    end
    return list
  end

  local function told(names)
    local list = {}
    for i, order in ipairs(orders()) do
      local words = {}
      for j, name in ipairs(names) do words[j] = order[name] end
      list[i] = table.concat(words, " ")
    end
    return list
  end

  before_each(function() open() end)
  after_each(function() venue:close() end)

  it("begins with the open orders, of which an empty account has none", function()
    local frame = listen()[1]
    assert.equal("snapshot", frame.events[1].type)
    assert.same({}, frame.events[1].orders)
    assert.same({ perpetual_futures_positions = {}, expiring_futures_positions = {} }, frame.events[1].positions)
  end)

  for _, case in ipairs { { 49, { 49 } }, { 50, { 50, 0 } }, { 120, { 50, 50, 20 } } } do
    it(("tells %d open orders in frames of 50 until one has fewer"):format(case[1]), function()
      for i = 1, case[1] do ann:limit("BUY", "0.01", tostring(50000 + i)) end
      ann:cancel((ann:limit("BUY", "0.01", "49000")))
      bob:limit("BUY", "0.01", "48000")
      local frames, sizes, seen = listen(), {}, {}
      for i = 1, #frames - 1 do
        sizes[i] = #frames[i].events[1].orders
        for _, order in ipairs(frames[i].events[1].orders) do seen[order.order_id] = true end
      end
      assert.same(case[2], sizes)
      local count = 0
      for _ in pairs(seen) do count = count + 1 end
      assert.equal(case[1], count)
    end)
  end

  it("tells each change with the whole of an order's state", function()
    listen()
    local id = ann:limit("BUY", "1", "65000")
    bob:limit("SELL", "0.25", "65000")
    bob:limit("SELL", "0.25", "65000")
    ann:cancel(id)
    assert.same({ "PENDING 0 0 1 0 0", "OPEN 0 0 1 0 0", "OPEN 0.25 65000 0.75 1 25.00",
      "OPEN 0.5 65000 0.5 2 50.00", "CANCEL_QUEUED 0.5 65000 0.5 2 50.00", "CANCELLED 0.5 65000 0 2 50.00" },
      told { "status", "cumulative_quantity", "avg_price", "leaves_quantity", "number_of_fills",
        "completion_percentage" })
  end)

  it("says what an order is in its own words", function()
    listen()
    ann:limit("BUY", "1", "65000", true)
    ann:place("SELL", "stop_limit_stop_limit_gtc", { base_size = "1", limit_price = "60000", stop_price = "60100",
      stop_direction = "STOP_DIRECTION_STOP_DOWN" })
    bob:limit("SELL", "1", "65000")
    ann:limit("SELL", "1", "66000")
    bob:place("BUY", "market_market_ioc", { quote_size = "1000" })
    local last = {}
    for _, order in ipairs(orders()) do last[order.client_order_id] = order end
    local post, stop = last["ann-1"], last["ann-2"]
    assert.same({ "Limit", "GOOD_UNTIL_CANCELLED", "true", "FILLED", "INVALID_ORDER_TYPE", "", "65000", "SPOT" },
      { post.order_type, post.time_in_force, post.post_only, post.status, post.trigger_status, post.stop_price,
        post.limit_price, post.product_type })
    assert.same({ "Stop Limit", "false", "OPEN", "STOP_PENDING", "60100", "60000" }, { stop.order_type, stop.post_only,
      stop.status, stop.trigger_status, stop.stop_price, stop.limit_price })
    assert.same({ "0001-01-01T00:00:00Z", "UNKNOWN_CONTRACT_EXPIRY_TYPE", "UNKNOWN_RISK_MANAGEMENT_TYPE", "", "" },
      { stop.end_time, stop.contract_expiry_type, stop.risk_managed_by, stop.cancel_reason, stop.reject_reason })
    assert.is_nil(last["bob-1"])
  end)

  it("tells what is left of an order in quote in quote", function()
    ann:limit("SELL", "1", "50000")
    listen(nil, bob)
    bob:place("BUY", "market_market_ioc", { quote_size = "1000" })
    local list = orders()
    assert.equal("1000", list[1].leaves_quantity)
    assert.same({ "FILLED", "0", "Market", "", "100.00" }, { list[#list].status, list[#list].leaves_quantity,
      list[#list].order_type, list[#list].limit_price, list[#list].completion_percentage })
  end)

  it("filters by the name that an order was placed with", function()
    listen { "BTC-USDC" }
    ann:limit("BUY", "1", "64000")
    assert.same({}, orders())
    ann.product = "BTC-USDC"
    ann:limit("BUY", "1", "64000")
    assert.same({ "BTC-USDC PENDING", "BTC-USDC OPEN" }, told { "product_id", "status" })
    client:unsubscribe("user", nil, tostring(ann.key))
    client:frames()
    ann:limit("BUY", "1", "64000")
    assert.same({}, client:frames())
  end)

  it("tells of the venue's own ends, and of an expiry", function()
    listen()
    local id = ann:limit("BUY", "1", "64000")
    ann:place("BUY", "limit_limit_gtd", { base_size = "1", limit_price = "64000", end_time = "2026-01-01T00:01:00Z" })
    orders()
    assert(venue:end_order(id, "maintenance"))
    after(60 * SECOND)
    assert.same({ "ann-1 CANCELLED maintenance", "ann-2 EXPIRED " }, told { "client_order_id", "status",
      "cancel_reason" })
  end)

  it("tells positions and the futures balance as REST does, behind the trade that moved them", function()
    ann.product, bob.product = "BIT-31DEC27-CDE", "BIT-31DEC27-CDE"
    client:subscribe("futures_balance_summary", {}, tostring(ann.key))
    listen()
    ann:limit("SELL", "3", "66935")
    after(0)
    client:frames()
    bob:limit("BUY", "2", "66935")
    after(0)
    local balance, positions, count = nil, nil, 0
    for _, frame in ipairs(client:frames()) do
      local event = frame.events[1]
      if frame.channel == "futures_balance_summary" then balance, count = event, count + 1 end
      if frame.channel == "user" and #event.orders == 0 then positions = event end
    end
    assert.equal(1, count)
    local position, seen = positions.positions.expiring_futures_positions[1], ann:get "/cfm/positions".positions[1]
    assert.same({ "BIT-31DEC27-CDE", "Short", "2", seen.avg_entry_price, seen.unrealized_pnl }, { position.product_id,
      position.side, position.number_of_contracts, position.entry_price, position.unrealized_pnl })
    local function is_same(theirs, ours, name) -- to the cent
      if not tonumber(theirs) then return assert.equal(theirs, ours, name) end
      assert.is_true(math.abs(tonumber(theirs) - tonumber(ours)) < 0.00501, name)
    end
    local summary = ann:get "/cfm/balance_summary".balance_summary
    for name, value in pairs(balance.fcm_balance_summary) do
      local theirs = summary[name]
      if name:find "_measure$" then
        for inner, amount in pairs(value) do is_same(theirs[inner], amount, name .. "." .. inner) end
      else
        is_same(type(theirs) == "table" and theirs.value or theirs, value, name)
      end
    end
  end)

  it("tells a perpetual's position", function()
    for _, who in ipairs { ann, bob } do
      assert(venue:deposit(who.key, "USDC", "100000"))
      who.product = "BTC-PERP-INTX"
    end
    listen()
    ann:limit("BUY", "0.5", "65000")
    bob:limit("SELL", "0.5", "65000")
    after(0)
    local frames = client:frames "user"
    local position = frames[#frames].events[1].positions.perpetual_futures_positions[1]
    assert.same({ "BTC-PERP-INTX", "Long", "0.5", "65000", "32500" }, { position.product_id, position.position_side,
      position.net_size, position.vwap, position.position_notional })
  end)

  describe("over random orders", function()
    local SAME = { status = "status", cumulative_quantity = "filled_size", avg_price = "average_filled_price",
      filled_value = "filled_value", total_fees = "total_fees", number_of_fills = "number_of_fills",
      completion_percentage = "completion_percentage", outstanding_hold_amount = "outstanding_hold_amount",
      total_value_after_fees = "total_value_after_fees", trigger_status = "trigger_status",
      time_in_force = "time_in_force", client_order_id = "client_order_id", product_id = "product_id",
      order_side = "side", retail_portfolio_id = "retail_portfolio_id", product_type = "product_type",
      cancel_reason = "cancel_message" }

    local function act(who, roll)
      local side = roll(2) == 1 and "BUY" or "SELL"
      local size, price = ("0.%02d"):format(roll(99)), tostring(64900 + roll(200))
      who.product = who == ann and roll(3) == 1 and "BTC-USDC" or "BTC-USD"
      local what = roll(9)
      if what <= 4 then
        who:send(side, "limit_limit_gtc", { base_size = size, limit_price = price, post_only = roll(4) == 1 })
      elseif what == 5 then
        who:send(side, "sor_limit_ioc", { base_size = size, limit_price = price })
      elseif what == 6 then
        who:send(side, "market_market_ioc", side == "BUY" and { quote_size = "1000" } or { base_size = size })
      elseif what == 7 then
        local stop = roll(2) == 1
        who:send(side, "stop_limit_stop_limit_gtc", { base_size = size, limit_price = price, stop_price = price,
          stop_direction = stop and "STOP_DIRECTION_STOP_UP" or "STOP_DIRECTION_STOP_DOWN" })
      else
        local working = who:get("/orders/historical/batch?order_status=OPEN&limit=20").orders
        local any = working[#working > 0 and roll(#working) or 0]
        local limit = any and any.order_configuration.limit_limit_gtc
        if limit and roll(2) == 1 then price = limit.limit_price end
        if any and what == 8 then who:cancel(any.order_id) end
        if any and what == 9 then who:edit(any.order_id, { price = price, size = size }) end
      end
    end

    -- A book that is kept by frames alone.
    local function follow(book, frames)
      for _, frame in ipairs(frames) do
        local event = frame.events[1]
        if event.type == "snapshot" then book.bid, book.offer = {}, {} end
        for _, update in ipairs(event.updates) do
          book[update.side][update.price_level] = update.new_quantity ~= "0" and update.new_quantity or nil
        end
      end
    end

    local function side_of(levels)
      local out = {}
      for _, level in ipairs(levels) do out[level.price] = level.size end
      return out
    end

    local function compare_books(book)
      local rest = ann:get "/product_book?product_id=BTC-USD&limit=1000".pricebook
      assert.same(side_of(rest.bids), book.bid)
      assert.same(side_of(rest.asks), book.offer)
      for bid in pairs(book.bid) do
        for ask in pairs(book.offer) do assert.is_true(tonumber(bid) < tonumber(ask)) end
      end
    end

    for seed = 1, 4 do
      it("keeps the book by frames: seed " .. seed, function()
        venue:close()
        open { self_trade = ({ "cancel_newest", "cancel_oldest", "cancel_both", "decrement" })[seed] }
        local watcher, book = streams.connect(venue), {}
        watcher:subscribe("level2", { "BTC-USD" }, "1")
        math.randomseed(seed)
        for step = 1, 400 do
          act(math.random(2) == 1 and ann or bob, math.random)
          local auction = step % 100
          if auction == 50 or auction == 70 then assert(venue:set_product("BTC-USD", { auction = auction == 50 })) end
          if math.random(4) == 1 then
            after(math.random(50000000, 200000000))
            follow(book, watcher:frames "l2_data")
            compare_books(book)
          end
        end
      end)

      it("tells last what GET tells, and nobody else's: seed " .. seed, function()
        venue:close()
        open { cancel_after = seed % 2 == 0 and 300000000 or 0, self_trade = "cancel_oldest" }
        math.randomseed(seed)
        local roll = math.random
        listen()
        for _ = 1, 400 do
          act(roll(2) == 1 and ann or bob, roll)
          if roll(3) == 1 then after(roll(400000000)) end
        end
        after(SECOND)
        local last, count = {}, 0
        for _, order in ipairs(orders()) do
          last[order.order_id] = order
          assert.matches("^ann%-", order.client_order_id)
        end
        for id, order in pairs(last) do
          local got = ann:order(id)
          for mine, theirs in pairs(SAME) do assert.equal(got[theirs], order[mine], mine) end
          count = count + 1
        end
        assert.is_true(count > 80)
        assert(venue:check())
        local all = ann:get("/orders/historical/batch?limit=1000").orders
        assert.equal(#all, count)
      end)
    end
  end)
end)
