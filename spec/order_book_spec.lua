-- SPDX-License-Identifier: MIT
-- neap.order_book: a central limit order book with price-time priority.
local slow = require "spec.support.slow_order_book"

describe("neap.order_book", function()
  local order_book = require "neap.order_book"

  local function new() return assert(order_book.new { price_increment = 1, size_increment = 1 }) end

  -- An event as a line; decimals print as the integers that they are here.
  local function line(event)
    local out = { event.kind, event.order, tostring(event.left) }
    local function add(...)
      for _, value in ipairs { ... } do out[#out + 1] = tostring(value) end
    end
    if event.kind == "trade" then
      add(event.maker, event.maker_left, event.price, event.quantity)
    elseif event.kind == "ended" then
      add(event.reason)
    elseif event.kind == "amended" then
      add(event.kept and "kept" or "anew")
    elseif event.kind == "rests" then
      add(event.price)
    end
    return table.concat(out, " ")
  end

  local function lines(events)
    local out = {}
    for i, event in ipairs(events) do out[i] = line(event) end
    return out
  end

  -- Gives each order to a new book; the lines of the last one.
  local function after(...)
    local book, last = new(), nil
    for i, order in ipairs { ... } do
      order.id, order.owner = order.id or i, order.owner or i
      last = assert(book:submit(order))
    end
    return lines(last), book
  end

  local function code(_, err) return err and err.code end
  local function buy(price, quantity) return { side = "buy", price = price, quantity = quantity } end
  local function sell(price, quantity) return { side = "sell", price = price, quantity = quantity } end
  local function with(order, extra)
    for key, value in pairs(extra) do order[key] = value end
    return order
  end

  it("adds no global", function()
    local before = {}
    for name in pairs(_G) do before[name] = true end
    package.loaded["neap.order_book"] = nil
    require "neap.order_book"
    for name in pairs(_G) do assert.is_true(before[name], name) end
  end)

  it("refuses unknown options and words, with the nearest", function()
    assert.error_matches(function() order_book.new { price_incremen = 1 } end, "did you mean 'price_increment'")
    assert.error_matches(function() new():submit { sde = "buy" } end, "did you mean 'side'")
    assert.error_matches(function() new():submit { id = 1, side = "by" } end, "did you mean 'buy'")
    assert.error_matches(function() new():submit { id = 1, side = "buy", time_in_force = "gt" } end, "gtc")
    assert.error_matches(function() new():amend { pric = 1 } end, "did you mean 'price'")
  end)

  it("refuses what an order cannot be", function()
    for _, order in ipairs {
      { side = "buy", price = 1, quantity = 1 },
      { id = 1, side = "buy", price = 1, quantity = 0 },
      { id = 1, side = "buy", quantity = 1 },
      { id = 1, side = "buy", type = "market", quantity = 1, time_in_force = "gtc" },
      { id = 1, side = "buy", type = "market", quantity = 1, post_only = true },
      { id = 1, side = "buy", price = 1, quantity = 1, post_only = true, time_in_force = "ioc" },
      { id = 1, side = "buy", price = 1, quantity = 1, time_in_force = "gtd", good_till = 5, now = 5 },
    } do
      assert.equal("bad_order", code(new():submit(order)))
    end
    local book = new()
    assert(book:submit { id = 1, side = "buy", price = 1, quantity = 1, now = 9 })
    assert.equal("duplicate_id", code(book:submit { id = 1, side = "buy", price = 1, quantity = 1 }))
    assert.equal("time_order", code(book:advance { now = 8 }))
    assert.equal("unknown_order", code(book:cancel { id = 2 }))
    assert.error_matches(function() book:submit { id = 3, side = "buy", price = "1.5", quantity = 1 } end, "multiple")
    local most = math.maxinteger
    assert.equal("overflow", code(book:submit { id = 4, side = "buy", price = 1, quantity = most }))
    assert.is_true(book:check())
  end)

  it("fills the best price first, and at a price who came first, at the price that rested", function()
    assert.same({ "trade 4 6 2 0 9 3", "trade 4 1 1 0 10 5", "trade 4 0 3 6 10 1" },
      (after(sell(10, 5), sell(9, 3), sell(10, 7), buy(10, 9))))
  end)

  it("rests what is left, and never crossed", function()
    local told, book = after(sell(10, 5), buy(11, 8))
    assert.same({ "trade 2 3 1 0 10 5", "rests 2 3 11" }, told)
    assert.equal(1, book:count())
    assert.same({}, book:levels "sell")
    assert.equal("order book: 1 orders rest", tostring(book))
  end)

  it("lets a market order take what is there, and ends the rest", function()
    local market = { side = "sell", type = "market", quantity = 8 }
    assert.same({ "trade 3 3 2 0 9 5", "trade 3 1 1 0 8 2", "ended 3 1 immediate" },
      (after(buy(8, 2), buy(9, 5), market)))
    assert.same({ "ended 1 8 immediate" }, (after { side = "sell", type = "market", quantity = 8 }))
  end)

  it("fills immediate-or-cancel in part, fill-or-kill as a whole or not at all", function()
    assert.same({ "trade 2 4 1 0 10 5", "ended 2 4 immediate" },
      (after(sell(10, 5), with(buy(10, 9), { time_in_force = "ioc" }))))
    local told, book = after(sell(10, 5), sell(11, 5), with(buy(10, 9), { time_in_force = "fok" }))
    assert.same({ "ended 3 9 unfillable" }, told)
    assert.equal(2, book:count())
    assert.same({ "trade 3 4 1 0 10 5", "trade 3 0 2 1 11 4" },
      (after(sell(10, 5), sell(11, 5), with(buy(11, 9), { time_in_force = "fok" }))))
  end)

  it("ends a post-only order that would take, also at the touch", function()
    assert.same({ "ended 2 1 would_take" }, (after(sell(10, 5), with(buy(10, 1), { post_only = true }))))
    assert.same({ "rests 2 1 9" }, (after(sell(10, 5), with(buy(9, 1), { post_only = true }))))
  end)

  it("lets orders expire at their time, before anything else of that moment", function()
    local book = new()
    assert(book:submit { id = 1, side = "sell", price = 10, quantity = 1, time_in_force = "gtd", good_till = 100 })
    assert(book:submit { id = 2, side = "sell", price = 10, quantity = 1, time_in_force = "gtd", good_till = 50 })
    assert.same({}, book:advance { now = 49 })
    assert.same({ "ended 2 1 expired" }, lines(assert(book:advance { now = 50 })))
    local told = lines(assert(book:submit { id = 3, owner = 1, side = "buy", price = 10, quantity = 1, now = 100 }))
    assert.same({ "ended 1 1 expired", "rests 3 1 10" }, told)
    local _, err, expired = book:cancel { id = 9, now = 100 }
    assert.equal("unknown_order", err.code)
    assert.same({}, expired)
  end)

  it("prevents an owner's trade with himself, by five rules", function()
    local function told(rule)
      return (after(with(sell(10, 5), { owner = 7 }), sell(10, 2),
        with(buy(10, 6), { owner = 7, self_trade = rule })))
    end
    assert.same({ "ended 3 6 self_trade" }, told(nil))
    assert.same({ "ended 3 6 self_trade" }, told "cancel_newest")
    assert.same({ "ended 1 5 self_trade", "trade 3 4 2 0 10 2", "rests 3 4 10" }, told "cancel_oldest")
    assert.same({ "ended 1 5 self_trade", "ended 3 6 self_trade" }, told "cancel_both")
    assert.same({ "ended 1 5 self_trade", "reduced 3 1", "trade 3 0 2 1 10 1" }, told "decrement")
    assert.same({ "trade 3 1 1 0 10 5", "trade 3 0 2 1 10 1" }, told "allow")
  end)

  it("keeps the place of an order that asks for less, and of no other", function()
    local function places(price, quantity)
      local _, book = after(buy(10, 5), buy(10, 5), buy(9, 5))
      local told = lines(assert(book:amend { id = 1, price = price, quantity = quantity }))
      return told, tostring(book:find(1).ahead)
    end
    local told, ahead = places(10, 3)
    assert.same({ "amended 1 3 kept" }, told)
    assert.equal("0", ahead)
    told, ahead = places(10, 6)
    assert.same({ "amended 1 6 anew", "rests 1 6 10" }, told)
    assert.equal("5", ahead)
    told, ahead = places(9, 3)
    assert.same({ "amended 1 3 anew", "rests 1 3 9" }, told)
    assert.equal("5", ahead)
  end)

  it("amends the whole order: what is filled counts, and a new price may trade", function()
    local _, book = after(sell(10, 5), buy(10, 2), buy(8, 4))
    assert.equal("already_filled", code(book:amend { id = 1, price = 10, quantity = 2 }))
    assert.same({ "amended 1 1 kept" }, lines(assert(book:amend { id = 1, price = 10, quantity = 3 })))
    assert.same({ "amended 1 2 anew", "trade 1 0 3 2 8 2" },
      lines(assert(book:amend { id = 1, price = 8, quantity = 4 })))
    assert.equal("unknown_order", code(book:amend { id = 1, price = 8, quantity = 4 }))
    _, book = after(sell(10, 5), with(buy(8, 4), { post_only = true }))
    assert.equal("would_take", code(book:amend { id = 2, price = 10, quantity = 4 }))
    assert.equal("8", tostring(book:find(2).price))
  end)

  it("shows levels and places", function()
    local _, book = after(buy(10, 5), buy(10, 2), buy(9, 1))
    local levels = book:levels("buy", 1)
    assert.equal(1, #levels)
    assert.equal("10 7 2", ("%s %s %d"):format(levels[1].price, levels[1].quantity, levels[1].orders))
    assert.equal("2 5 1", ("%s %s %d"):format(book:find(2).left, book:find(2).ahead, book:find(2).orders_ahead))
    assert.is_nil(book:find(4))
  end)

  -- Random operations against the slow book.
  local state
  local function random(n)
    state = state * 6364136223846793005 + 1442695040888963407
    return (state >> 33) % n
  end
  local function pick(list) return list[random(#list) + 1] end

  -- An instrumented interpreter is slow: it walks a tenth of the way.
  local STEPS = os.getenv "NEAP_TEST_LUA" and 2000 or 20000

  local RULES = { "cancel_newest", "cancel_oldest", "cancel_both", "decrement", "allow" }

  local function random_order(id, now)
    local order = { id = id, owner = random(4), side = pick { "buy", "sell" }, quantity = 1 + random(20),
      price = 95 + random(11), self_trade = pick(RULES), type = "limit", time_in_force = "gtc" }
    local kind = random(20)
    if kind < 2 then
      order.type, order.price, order.time_in_force = "market", nil, pick { "ioc", "fok" }
    elseif kind < 6 then
      order.time_in_force = pick { "ioc", "fok" }
    elseif kind < 9 then
      order.post_only = true
    elseif kind < 12 then
      order.time_in_force, order.good_till = "gtd", now + random(60)
    end
    return order
  end

  local function one_operation(book, other, id, now)
    local what, known = random(10), 1 + id - random(40)
    if what < 6 then
      local order = random_order(id, now)
      order.now = now
      return other:submit(order, now), book:submit(order)
    elseif what < 8 then
      return other:cancel(known, now), book:cancel { id = known, now = now }
    end
    local price, quantity = 95 + random(11), 1 + random(20)
    local accepted = other:amend(known, price, quantity, now)
    return accepted, book:amend { id = known, price = price, quantity = quantity, now = now }
  end

  local function compare_places(book, other, step)
    assert.equal(#other.orders, book:count())
    for _, order in ipairs(other.orders) do
      local left, ahead, count = other:place(order)
      local found = book:find(order.id)
      local wanted = ("%d %d %d %d"):format(order.price, left, ahead, count)
      local got = found and ("%s %s %s %d"):format(found.price, found.left, found.ahead, found.orders_ahead)
      if wanted ~= got then
        error(("operation %d, order %d: %s is wanted, not %s"):format(step, order.id, wanted, got))
      end
    end
  end

  it("equals the slow book over 120,000 random operations: same fills, same places, never crossed", function()
    local trades = 0
    for seed = 1, 6 do
      state = seed
      local book, other, now = new(), slow.new(), 0
      for step = 1, STEPS do
        now = now + random(3)
        local accepted, events, err, expired = one_operation(book, other, step, now)
        local wanted, got = table.concat(other:told(), "\n"), table.concat(lines(events or expired), "\n")
        if wanted ~= got or accepted ~= (events ~= nil) then
          error(("seed %d, operation %d: wanted\n%s\ngot\n%s\n%s"):format(seed, step, wanted, got, tostring(err)))
        end
        trades = trades + select(2, got:gsub("trade ", ""))
        if step % 50 == 0 then
          compare_places(book, other, step)
          book:check()
        end
      end
    end
    assert.is_true(trades > STEPS, trades)
  end)

  it("closes twice, and then answers nothing", function()
    local book = new()
    book:close()
    book:close()
    assert.equal("order book: closed", tostring(book))
    assert.error_matches(function() book:count() end, "closed")
  end)
end)
