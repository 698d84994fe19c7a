-- SPDX-License-Identifier: MIT
-- stop_trigger_manager: orders that wait for a price here because their broker has no such order.
local lacking = require "spec.support.lacking"
local neap = require "neap"
local program = require "spec.support.program"
local trading = require "spec.support.trading"

local NONE = { stop = false, stop_limit = false, trailing_stop = false }

local function open(rows, abilities, changes) return lacking.open(rows, abilities or NONE, changes) end

-- What a stop trigger sees: one price a bar.
local function types(s, o) return trading.types(s, o) end

describe("a stop that its broker has not", function()
  it("is watched for: not sent, marked emulated, and written down before anything follows", function()
    local s <close>, sent = open { 100, 100, 100, 100 }
    local o = s:buy { quantity = 1, stop = 110 }
    assert.same({ "watched", "stop", true, true }, { o.status, o.type, o.emulated, o.is_open })
    assert.equal(0, #sent)
    assert.equal("order_intent decision trigger_set", types(s, o))
    assert.equal("110", trading.bodies(s, "trigger_set")[1].level)
    assert.equal(o.id, s.orders[1].id)
  end)

  it("H7.107 a sell stop at 49000: 49001 does not fire it, 49000 does, once, and 48000 later not again", function()
    local s <close>, sent = open { 49500, 49500, 49500, 49001, 49000, 48000, 48000 }
    s:buy { quantity = "0.1" }
    assert(s:step(1))
    local o = s:sell { quantity = "0.1", stop = 49000, reduce_only = true }
    assert(s:step(1)) -- 49001
    assert.equal("watched", o.status)
    assert(s:step(1)) -- 49000
    assert.equal("filled", o.status)
    assert(s:step(2))
    assert.equal(1, #trading.bodies(s, "trigger_fired"))
    assert.equal(2, #sent)
    assert.same({ "market", "0.1", o.id }, { sent[2].type, tostring(sent[2].quantity), sent[2].id })
    assert.equal("order_intent decision trigger_set trigger_fired order_submitted order_accepted order_filled",
      types(s, o))
    local fired = trading.bodies(s, "trigger_fired")[1]
    assert.same({ "49000", "49000", "market" }, { fired.price, fired.level, fired.leaves })
  end)

  it("H7.107 a buy stop at 51000 fires at 51000", function()
    local s <close>, sent = open { 50000, 50000, 50000, 50999, 51000, 51000 }
    local o = s:buy { quantity = "0.1", stop = 51000 }
    assert(s:step(2))
    assert.equal("watched", o.status)
    assert(s:step(1))
    assert.equal("filled", o.status)
    assert.equal("51000", tostring(o.average_price))
    assert.equal("market", sent[1].type)
  end)

  it("fires at the gap when the price jumps over it", function()
    local s <close> = open { 100, 100, 100, 130, 130 }
    local o = s:buy { quantity = 1, stop = 110 }
    assert(s:step(2))
    assert.equal("130", tostring(o.average_price))
    assert.equal("130", trading.bodies(s, "trigger_fired")[1].price)
  end)

  it("leaves behind the cancel of the target that holds what it sells", function()
    local broker = { abilities = NONE, holds = true }
    local s <close> = open({ 100, 100, 100, 100, 89, 89, 89 }, nil, { broker = broker })
    s:buy { quantity = 1, stop_loss = 90, take_profit = 110 }
    assert(s:step(4))
    assert.equal("0", tostring(s.positions[1].quantity))
    assert.equal("room", trading.bodies(s, "order_released")[1].why)
    assert.equal(0, #trading.bodies(s, "order_rejected"))
    assert.error_matches(function() open({ 100, 100 }, nil, { broker = { holds = 1 } }) end, "holds is true or false")
  end)

  it("sees the extremes of a bar at its end, and leaves then", function()
    local s <close>, sent = open { 100, 100, { 100, 112, 99, 101 }, 102 }
    local o = s:buy { quantity = 1, stop = 110 }
    assert(s:step(1))
    assert.same({ "open", 1 }, { o.status, #sent })
    assert.equal("112", trading.bodies(s, "trigger_fired")[1].price)
    assert(s:step(1))
    assert.equal("102", tostring(o.average_price))
  end)

  it("sees no extreme of before it was there", function()
    local s <close> = open { 100, 100, { 100, 112, 99, 101 }, 102 }
    local o
    assert(s:step(1))
    o = s:buy { quantity = 1, stop = 110 }
    assert(s:step(1))
    assert.equal("watched", o.status)
  end)

  it("with a limit leaves as a limit order of the same id, and may rest", function()
    local s <close>, sent = open { 100, 100, 100, 111, { 105, 105, 104, 104 } }
    local o = s:buy { quantity = 1, stop = 110, limit = "110.5" }
    assert(s:step(2))
    assert.same({ "open", "limit", "110.5", o.id }, { o.status, sent[1].type, tostring(sent[1].limit), sent[1].id })
    assert(s:step(1))
    assert.equal("filled", o.status)
  end)

  it("that trails follows the best price, writes down each move, and fires at its level", function()
    local s <close> = open { 100, 100, 100, 120, 130, 125, 123, 123 }
    s:buy { quantity = 1 }
    assert(s:step(1))
    local o = s:sell { quantity = 1, trail_bps = 500, reduce_only = true }
    assert.equal("95", trading.bodies(s, "trigger_set")[1].level)
    assert(s:step(2)) -- 120, 130
    local moves = trading.bodies(s, "trigger_moved")
    assert.same({ "114", "123.5" }, { moves[1].level, moves[2].level })
    assert(s:step(1)) -- 125
    assert.equal("watched", o.status)
    assert.equal(2, #trading.bodies(s, "trigger_moved"))
    assert(s:step(1)) -- 123
    assert.same({ "filled", "123" }, { o.status, tostring(o.average_price) })
  end)

  it("is cancelled with its order, and does not fire after that", function()
    local s <close>, sent = open { 100, 100, 100, 120, 120 }
    local o = s:buy { quantity = 1, stop = 110, tag = "in" }
    s:cancel "in"
    assert.equal("cancelled", o.status)
    assert(s:step(2))
    assert.same({ 0, 0 }, { #sent, #trading.bodies(s, "trigger_fired") })
    assert.equal("order_intent decision trigger_set order_cancel_requested order_cancelled", types(s, o))
  end)

  it("until a time ends at that time", function()
    local s <close>, sent = open { 100, 100, 100, 100, 100, 120 }
    local o = s:buy { quantity = 1, stop = 110, good_till = lacking.START + 4 * lacking.HOUR }
    assert(s:step(3))
    assert.same({ "expired", "good_till" }, { o.status, o.reason.code })
    assert(s:step(1))
    assert.equal(0, #sent)
  end)

  it("as an entry goes with the mode, as an exit stays", function()
    local s <close> = open { 100, 100, 100, 100, 90, 90 }
    s:buy { quantity = 1 }
    assert(s:step(1))
    local entry = s:buy { quantity = 1, stop = 110 }
    local exit = s:sell { quantity = 1, stop = 95, reduce_only = true }
    assert(s:reduce_only(true, "a test"))
    assert.same({ "cancelled", "watched" }, { entry.status, exit.status })
    assert(s:step(3))
    assert.equal("filled", exit.status)
  end)

  it("is clamped to what is left when the broker knows no reduce_only, and ends when nothing is", function()
    local abilities = { stop = false, reduce_only = false }
    local s <close>, sent = open({ 100, 100, 100, 100, 90, 90 }, abilities)
    s:buy { quantity = 3 }
    assert(s:step(1))
    local first = s:sell { quantity = 2, stop = 95, reduce_only = true }
    local second = s:sell { quantity = 3, stop = 94, reduce_only = true }
    s:sell { quantity = 2 }
    assert(s:step(2))
    assert.same({ "1", false }, { tostring(sent[3].quantity), sent[3].reduce_only })
    assert.equal("filled", first.status)
    assert.equal("cancelled", second.status)
    assert(s.positions[1].quantity:is_zero())
  end)

  it("fires for all that is held while a twap that gets out has sent next to nothing", function()
    local abilities = { stop = false, reduce_only = false }
    local s <close> = open({ 100, 100, 100, 100, 90, 90, 90 }, abilities, { engine = "advanced" })
    s:buy { quantity = 3 }
    assert(s:step(1))
    local stop = s:sell { quantity = 3, stop = 95, reduce_only = true }
    local twap = s:sell { quantity = 3, reduce_only = true, execution = "twap", over = "100h", slices = 100 }
    assert(s:step(2))
    assert.equal(1, #trading.bodies(s, "trigger_fired"))
    assert(s:step(1))
    assert.equal("filled", stop.status)
    assert.is_false(twap.is_open)
    assert.is_true(#s.positions == 0 or s.positions[1].quantity:is_zero())
  end)
end)

describe("H7.106 a stop", function()
  it("without a stop price is no stop, and one that is turned off is stop_disabled: no trigger is set", function()
    local s <close> = open({ 100, 100, 100, 100 }, nil, { env = { RISK_ENABLE_STOP_ORDERS = "false" } })
    assert.equal("stop_disabled", s:buy({ quantity = 1, stop = 110 }).reason.code)
    assert.error_matches(function() s:buy { quantity = 1, stop = 0 } end, "stop must be more than zero")
    assert.equal(0, #trading.bodies(s, "trigger_set"))
    assert.equal(0, #s.orders)
  end)

  it("whose broker raises when it fires is gone, order and trigger, with what the broker said", function()
    local s <close> = open({ 100, 100, 100, 120, 120 }, nil, { broker = { abilities = NONE,
      submit = function() error("the line is dead", 0) end } })
    local o = s:buy { quantity = 1, stop = 110 }
    assert.equal("watched", o.status)
    assert(s:step(3))
    assert.same({ "rejected", "order_exception", 0 }, { o.status, o.reason.code, #s.orders })
    assert.equal("order_intent decision trigger_set trigger_fired order_submitted order_rejected", types(s, o))
  end)
end)

describe("orders as they are shown", function()
  it("say which are emulated, in rows as in JSON", function()
    local s <close> = open { 100, 100, 100, 100 }
    s:buy { quantity = 1, stop = 110 }
    s:buy { quantity = 1, limit = 90 }
    local view = require "neap.run.view"
    local rows = view.running.orders(s)
    assert.same({ "watched", true, "open" }, { rows[1].status, rows[1].emulated, rows[2].status })
    assert.is_nil(rows[2].emulated)
    assert.matches('"emulated":true', require("neap.json").encode(rows))
  end)
end)

describe("a trigger on a recorded book", function()
  it("sees every mark, the middle of the book, and leaves at once", function()
    local recorded = require "spec.support.recorded"
    local book, trades = recorded.texts { "1 snapshot 2@99 1@98 | 1@101 2@102 5@103", "2 update | 0@101",
      "3 update 1@101.5 |", "4 update 0@101.5 |", "5 update 1@96 |", "60 buy 0.01@200" }
    local home <close> = setmetatable({ path = program.directory() },
      { __close = function(d) program.remove(d.path) end })
    local strategy = program.write(home.path .. "/stops.lua", [[return require "neap".strategy { name = "stops",
      feeds = { "book" }, on_book = function(self) self.o = self.o or self:buy { quantity = 1, stop = 101.5 } end }]])
    local s <close> = assert(neap.session { profile = "backtest", strategy = strategy, env = {}, cash = 10000,
      fee_bps = 0, data = { ["BTC-USD"] = { book = program.write(home.path .. "/book.csv", book),
        trades = program.write(home.path .. "/trades.csv", trades) } },
      products = { ["BTC-USD"] = { price_increment = "0.1", base_increment = "0.01" } },
      broker = { abilities = NONE } })
    assert(s:run())
    local fired, filled = trading.bodies(s, "trigger_fired"), trading.bodies(s, "order_filled")
    assert.same({ 1, "101.75", 1, "102" }, { #fired, fired[1].price, #filled, filled[1].price })
  end)
end)

describe("attached exits that their broker has not", function()
  it("are watched for, follow what the entry filled, and go together", function()
    local s <close>, sent = open { 100, 100, 100, 100, 90, 90 }
    s:buy { quantity = 2, stop_loss = 95, take_profit = 120 }
    assert(s:step(1))
    assert.equal(2, #s.orders)
    assert.same({ "watched", "open" }, { s.orders[1].status, s.orders[2].status })
    assert(s:step(2))
    assert(s.positions[1].quantity:is_zero())
    assert.equal(0, #s.orders)
    assert.same({ "market", "limit", "market" }, { sent[1].type, sent[2].type, sent[3].type })
  end)

  it("go when the target fills first", function()
    local s <close>, sent = open { 100, 100, 100, 120, 90, 90 }
    s:buy { quantity = 2, stop_loss = 95, take_profit = 120 }
    assert(s:step(4))
    assert.equal(0, #s.orders)
    assert.equal(2, #sent)
  end)

  it("watch for a target, too, the other way round, where none may rest", function()
    local s <close>, sent = open({ 100, 100, 100, 119, 120, 121 }, { take_profit = false })
    s:buy { quantity = 2, take_profit = 120 }
    assert(s:step(2))
    local target = s.orders[1]
    assert.same({ "watched", "limit", 1 }, { target.status, target.type, #sent })
    assert(s:step(1))
    assert.same({ "filled", "limit", "120" }, { target.status, sent[2].type, tostring(target.average_price) })
  end)
end)

describe("watched orders of a session that was killed", function()
  local home
  setup(function() home = program.directory() end)
  teardown(function() program.remove(home) end)

  local ROWS = { 100, 100, 100, 120, 100, 90, 90, 90 }

  local function start(name, resume)
    return assert(neap.session(trading.options { store = home .. "/" .. name, resume = resume,
      data = lacking.bars(ROWS), broker = { abilities = NONE } }))
  end

  it("are watched again, with the levels that they had", function()
    local s = start "again.db"
    assert(s:step(2))
    s:buy { quantity = 2 }
    assert(s:step(1))
    s:sell { quantity = 1, stop = 95, reduce_only = true, tag = "stop" }
    s:sell { quantity = 1, trail_bps = 1000, reduce_only = true, tag = "trail" }
    assert(s:step(1))
    s = nil -- luacheck: ignore
    collectgarbage()
    collectgarbage()
    local again <close> = start("again.db", true)
    local stop, trail = again.orders[1], again.orders[2]
    assert.same({ "watched", true, "watched", true }, { stop.status, stop.emulated, trail.status, trail.emulated })
    assert(again:step(2)) -- the bars that were seen, and 100
    assert.same({ "watched", "filled", "100" }, { stop.status, trail.status, tostring(trail.average_price) })
    assert(again:step(1))
    assert.same({ "filled", "90" }, { stop.status, tostring(stop.average_price) })
  end)
end)
