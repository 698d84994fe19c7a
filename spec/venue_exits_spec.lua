-- SPDX-License-Identifier: MIT
-- Attached exits of a position in a derivative: nothing is held for them, so they are never more than the position.
local trader = require "spec.support.venue_trader"
local venues = require "neap.venue"

local FUTURE = { product_id = "BIP-20DEC30-CDE", leverage = "5" }

describe("the exits of a derivative's position", function()
  local venue, maker, user
  before_each(function()
    venue = assert(venues.new { seed = 7, start = "2026-01-01T12:00:00Z" })
    maker = trader.new(venue, "maker", { USD = "10000000" })
    user = trader.new(venue, "user", { USD = "100000" })
    maker.product, user.product = FUTURE.product_id, FUTURE.product_id
    maker:limit("SELL", "30", "65100")
    maker:limit("BUY", "30", "65000")
    trader.new(venue, "first", { USD = "100000" }):place("BUY", "market_market_ioc", { base_size = "1" }, FUTURE)
  end)
  after_each(function()
    assert(venue:check())
    venue:close()
  end)

  local function is(id, wanted, of) assert.same(wanted, (of or user):seen(id, wanted)) end

  -- An order and its exit: of a buy a sale at 66000, or under 64000.
  local function enter(side, size, limit)
    local target, stop = "66000", "64000"
    if side == "SELL" then target, stop = stop, target end
    local id, answer = user:place(side, "limit_limit_gtc", { base_size = size, limit_price = limit },
      { product_id = FUTURE.product_id, leverage = "5",
        attached_order_configuration = { trigger_bracket_gtc = { limit_price = target, stop_trigger_price = stop } } })
    return id, answer.attached_order_id
  end
  local function position()
    local of = user:get("/cfm/positions").positions[1]
    return of and (of.side == "LONG" and "" or "-") .. of.number_of_contracts or "0"
  end
  local function close(size)
    return user:post("/orders/close_position", { client_order_id = "close" .. size, product_id = FUTURE.product_id,
      size = size }).success
  end
  local GONE = { status = "CANCELLED", cancel_message = "The position was closed otherwise" }

  it("end when the position is closed otherwise: they would open another one without margin", function()
    local _, exit = enter("BUY", "10", "65100")
    is(exit, { status = "OPEN", workable_size = "10", side = "SELL" })
    assert.is_true(close "10")
    is(exit, GONE)
    assert.equal("0", position())
    trader.new(venue, "buyer", { USD = "1000000" }):place("BUY", "limit_limit_gtc",
      { base_size = "10", limit_price = "66000" }, FUTURE)
    is(exit, { status = "CANCELLED", filled_size = "0" })
    assert.equal("0", position())
  end)

  it("shrink to what is left of it, in the book too", function()
    local _, exit = enter("BUY", "10", "65100")
    assert.is_true(close "7")
    is(exit, { status = "OPEN", workable_size = "3", filled_size = "0" })
    trader.new(venue, "buyer", { USD = "1000000" }):place("BUY", "limit_limit_gtc",
      { base_size = "40", limit_price = "66000" }, FUTURE)
    is(exit, { status = "FILLED", filled_size = "3", completion_percentage = "100.00" })
    assert.equal("0", position())
  end)

  it("of several entries: the youngest first", function()
    local _, first = enter("BUY", "6", "65100")
    local _, second = enter("BUY", "4", "65100")
    assert.is_true(close "3")
    is(first, { workable_size = "6" })
    is(second, { workable_size = "1" })
    assert.is_true(close "2")
    is(first, { workable_size = "5" })
    is(second, GONE)
  end)

  it("of a short position are bought", function()
    local _, exit = enter("SELL", "10", "65000")
    assert.equal("-10", position())
    assert.is_true(close "4")
    is(exit, { workable_size = "6", side = "BUY" })
    assert.is_true(close "6")
    is(exit, GONE)
  end)

  it("do not grow by what closes a position of the other side, but by what opens one", function()
    user:place("SELL", "market_market_ioc", { base_size = "10" }, FUTURE)
    local id, exit = enter("BUY", "14", "65100")
    is(id, { status = "FILLED" })
    assert.equal("4", position())
    is(exit, { status = "OPEN", workable_size = "4" })
  end)

  it("end where an order turns the position around", function()
    local _, exit = enter("BUY", "10", "65100")
    user:place("SELL", "market_market_ioc", { base_size = "15" }, FUTURE)
    assert.equal("-5", position())
    is(exit, GONE)
  end)

  it("wait for more while their entry works, and are then of what came later", function()
    local id, exit = enter("BUY", "40", "65100") -- 29 are offered
    is(exit, { workable_size = "29" })
    maker:limit("BUY", "29", "65110") -- before the entry itself
    assert.is_true(close "29")
    is(exit, { status = "OPEN", workable_size = "0" })
    maker:limit("SELL", "5", "65100")
    is(exit, { workable_size = "5" })
    user:cancel(id)
    is(exit, { status = "OPEN", workable_size = "5" })
  end)

  it("that were taken whole while their entry works end with it", function()
    local id, exit = enter("BUY", "40", "65100")
    maker:limit("BUY", "29", "65110")
    assert.is_true(close "29")
    user:cancel(id)
    is(exit, GONE)
  end)

  it("cannot be edited to more than the position", function()
    local _, exit = enter("BUY", "10", "65100")
    local why, preview = user:edit(exit, { size = "11" })
    assert.equal("INVALID_EDITED_SIZE", why)
    assert.equal("PREVIEW_REDUCE_ONLY_INCREASED_POSITION_SIZE", preview)
    assert.equal("taken", user:edit(exit, { size = "8" }))
    assert.equal("taken", user:edit(exit, { size = "10", price = "66100" }))
    assert.is_true(close "1")
    is(exit, { workable_size = "9" })
  end)

  it("shrink in an auction, and come into the book as they are", function()
    local _, exit = enter("BUY", "10", "65100")
    assert(venue:set_product(FUTURE.product_id, { auction = true }))
    user:place("SELL", "limit_limit_gtc", { base_size = "7", limit_price = "65000" }, FUTURE)
    assert.equal("taken", user:edit(exit, { price = "66100" }))
    assert(venue:set_product(FUTURE.product_id, {}))
    is(exit, { status = "OPEN", workable_size = "3" })
    trader.new(venue, "buyer", { USD = "1000000" }):place("BUY", "limit_limit_gtc",
      { base_size = "40", limit_price = "66100" }, FUTURE)
    is(exit, { status = "FILLED", filled_size = "3" })
    assert.equal("0", position())
  end)
end)
