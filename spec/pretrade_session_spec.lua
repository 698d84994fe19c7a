-- SPDX-License-Identifier: MIT
-- The limits of entries in whole sessions and back-tests: what they refuse, what is booked under them, and what is
-- remembered over a restart.
local bars = require "spec.support.bars"
local decimal = require "neap.decimal"
local neap = require "neap"
local program = require "spec.support.program"

local CLOSES = { 100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100 }

-- Half of the equity each time.
local BOLD = [[
return require "neap".strategy { name = "bold", on_bar = function(self, bar)
  if bar.close > bar.open and self.flat then self:buy { fraction = "0.5" }
  elseif bar.close < bar.open then self:close {} end
end }
]]

local MEEK = BOLD:gsub('"0.5"', '"0.1"'):gsub("bold", "meek")

-- Asks for more than there is once the price of the next bar is known: the broker refuses.
local WRONG = [[
return require "neap".strategy { name = "wrong", on_bar = function(self, bar)
  self:buy { quantity = 10 }
end }
]]

local HOLDS = [[return require "neap".strategy { name = "holds", on_bar = function() return "hold" end }]]

describe("the limits of entries in a session", function()
  local directory

  local function strategy(name, text) return program.write(("%s/%s.lua"):format(directory, name), text) end

  local function backtest(text, options)
    local all = { strategy = strategy("one", text), data = { ["BTC-USD"] = bars.walk(300) }, env = {} }
    for name, value in pairs(options or {}) do all[name] = value end
    return assert(neap.backtest(all))
  end

  local function open(options)
    local all = { data = { ["BTC-USD"] = bars.closes(CLOSES) }, fee_bps = 0, cash = 1000, env = {} }
    for name, value in pairs(options or {}) do all[name] = value or nil end
    local s = assert(neap.session(all))
    return s, s:step(1)
  end

  local function code(order) return order.reason and order.reason.code or "none" end

  setup(function() directory = program.directory() end)
  teardown(function() program.remove(directory) end)

  it("limit a back-test with --profile prod, and its rejections say by which checks", function()
    local free, limited = backtest(BOLD), backtest(BOLD, { profile = "prod" })
    assert.is_nil(free.rejections.symbol_exposure)
    assert.is_true(#free.trades > 10)
    assert.equal(0, #limited.trades)
    assert.is_true(limited.rejections.symbol_exposure > 10)
    local meek = backtest(MEEK, { profile = "prod", set = { slippage_guard_bps = "0",
      enable_market_impact_guard = "false" } })
    assert.is_true(#meek.trades > 10)
    assert.is_nil(meek.rejections.symbol_exposure)
    for _, engine in ipairs { "live", "advanced" } do
      local result = backtest(BOLD, { profile = "prod", engine = engine })
      assert.same(limited.rejections, result.rejections)
    end
  end)

  it("hold for what is booked: a price that ran away is refused at the fill, and is no failure", function()
    local s = open { data = { ["BTC-USD"] = bars.closes { 100, 100 } }, set = { max_position_pct_per_symbol = "0.5",
      max_exposure_pct = "0.5" } }
    assert.equal("none", code(s:buy { quantity = 5 }))
    s:step(1)
    assert.equal("5", tostring(s.positions[1].quantity))
    s:stop()
    local jump = bars.closes { 100, 120 }
    jump[2].open, jump[2].high = 120, 121
    s = open { data = { ["BTC-USD"] = jump }, set = { max_position_pct_per_symbol = "0.5", max_exposure_pct = "0.5",
      error_threshold = 1 } }
    local order = s:buy { quantity = 5 }
    s:step(1)
    assert.same({ "rejected", "symbol_exposure" }, { order.status, code(order) })
    assert.equal("none", code(s:buy { quantity = 1 }))
    s:stop()
  end)

  it("cap the quantity that an amount buys when the price has fallen", function()
    local fall = bars.closes { 100, 50 }
    fall[2].open = 50
    local s = open { data = { ["BTC-USD"] = fall }, set = { symbol_position_caps = "BTC-USD:5" } }
    local order = s:buy { notional = 400 }
    s:step(1)
    assert.same({ "rejected", "position_limit" }, { order.status, code(order) })
    s:stop()
  end)

  it("count what works: orders of one moment share the room, and give it back", function()
    local s = open { set = { max_position_pct_per_symbol = "0.5", max_exposure_pct = "0.5" } }
    local first = s:buy { quantity = 3, limit = 90 }
    assert.equal("symbol_exposure", code(s:buy { quantity = 3, limit = 90 }))
    assert.equal("none", code(s:buy { quantity = 2, limit = 90 }))
    s:cancel(first)
    assert.equal("none", code(s:buy { quantity = 3, limit = 90 }))
    s:stop()
  end)

  it("look at all strategies together", function()
    local s = open { cash = false, operator_cash = 1000, set = { max_notional_per_symbol = "BTC-USD:1000" },
      strategies = { { strategy = strategy("bold", BOLD:gsub("bar.close > bar.open and", "")), cash = 1000 } } }
    s:step(2)
    assert.equal("500", tostring(s.positions[1].quantity * 100))
    local order = s:buy { quantity = 6 }
    assert.equal("notional_cap", code(order))
    assert.same({ "1100", "1000" }, { order.reason.input, order.reason.limit })
    assert.equal("none", code(s:buy { quantity = 5 }))
    s:stop()
  end)

  it("refuse the same order within the window, and another than the same not", function()
    local s = open { set = { duplicate_window_ms = 60000 } }
    assert.equal("none", code(s:buy { quantity = 1, limit = 90 }))
    assert.equal("duplicate_order", code(s:buy { quantity = 1, limit = 90 }))
    assert.equal("none", code(s:buy { quantity = 1, limit = 91 }))
    assert.equal("none", code(s:buy { quantity = 2, limit = 90 }))
    s:step(1)
    assert.equal("none", code(s:buy { quantity = 1, limit = 90 }))
    s:stop()
  end)

  it("refuse more orders of a minute than the rate, and exits never", function()
    local s = open { set = { max_orders_per_minute = 2 } }
    assert.equal("none", code(s:buy { quantity = 1 }))
    assert.equal("none", code(s:buy { quantity = 1 }))
    assert.equal("order_rate", code(s:buy { quantity = 1 }))
    s:step(1)
    assert.equal("none", code(s:sell { quantity = 1, limit = 200 }))
    assert.equal("none", code(s:buy { quantity = 1 }))
    assert.equal("order_rate", code(s:buy { quantity = 1 }))
    assert.equal("none", code(s:close {}))
    s:stop()
  end)

  it("H10.133 five failed orders refuse the sixth; what is refused leaves the streak", function()
    local closes = {}
    for i = 1, 12 do closes[i] = 100 end
    local data = bars.closes(closes)
    for i = 2, #data do data[i].open, data[i].high = 101, 101 end
    local s = open { cash = false, operator_cash = 1000, data = { ["BTC-USD"] = data },
      set = { error_threshold = 5, error_cooldown_seconds = 7200 },
      strategies = { { strategy = strategy("wrong", WRONG), cash = 1000 } } }
    s:step(9)
    local codes = {}
    for i, row in ipairs(s:events { type = "order_rejected" }) do codes[i] = row.body.code end
    assert.same({ "insufficient_funds", "insufficient_funds", "insufficient_funds", "insufficient_funds",
      "insufficient_funds", "circuit_breaker", "insufficient_funds", "insufficient_funds" },
      table.move(codes, 1, 8, 1, {}))
    local trips = s:events { type = "circuit_breaker_tripped" }
    assert.equal(1, #trips)
    assert.same({ "wrong", 5, 5, 7200 }, { trips[1].body.strategy, trips[1].body.failures, trips[1].body.threshold,
      trips[1].body.cooldown_seconds })
    assert.equal("none", code(s:buy { quantity = 1 })) -- of another strategy
    s:stop()
  end)

  it("remember failures, and the orders of the last minute, over a restart", function()
    local store = directory .. "/kept.db"
    local data = bars.closes(CLOSES)
    for i = 2, #data do data[i].open, data[i].high = 101, 101 end
    local options = { store = store, data = { ["BTC-USD"] = data }, set = { error_threshold = 2,
      error_cooldown_seconds = 36000, max_orders_per_minute = 3 } }
    local function fail_twice()
      local s = open(options)
      for _ = 1, 2 do
        s:buy { quantity = 10 }
        s:step(1)
      end
      assert.equal("circuit_breaker", code(s:buy { quantity = 1 }))
      return s:stop().state_hash
    end
    local before = fail_twice()
    collectgarbage() -- the store is given back
    collectgarbage()
    options.resume, options.cash = true, false
    local s = open(options)
    assert.equal("circuit_breaker", code(s:buy { quantity = 1 }))
    local after = s:stop().state_hash
    local replayed = assert(require("neap.event_store").replay(store, { from_start = true }))
    assert.equal(after, replayed.state_hash)
    assert.not_equal(before, after)
  end)

  it("leave no entry to a session that is resumed within a streak", function()
    local store = directory .. "/streak.db"
    local data = bars.closes(CLOSES)
    for i = 2, #data do data[i].open, data[i].high = 120, 120 end
    local options = { store = store, data = { ["BTC-USD"] = data }, set = { error_threshold = 0,
      error_cooldown_seconds = 36000 } }
    do
      local s = open(options)
      s:buy { quantity = 1, limit = 60 }
      for _ = 1, 2 do
        s:buy { quantity = 9 }
        s:step(1)
      end
      assert.equal(1, #s.orders)
    end
    collectgarbage() -- as if it had been killed
    collectgarbage()
    options.resume, options.cash, options.set.error_threshold = true, false, 2
    local s = open(options)
    assert.equal(0, #s.orders)
    s:stop()
  end)

  it("platform 61 a success clears the failures", function()
    local data = bars.closes(CLOSES)
    for i = 2, 3 do data[i].open, data[i].high = 101, 101 end
    local s = open { data = { ["BTC-USD"] = data }, set = { error_threshold = 3, error_cooldown_seconds = 36000 } }
    for _ = 1, 2 do
      s:buy { quantity = 10 }
      s:step(1)
    end
    s:buy { quantity = 1 }
    s:step(1)
    assert.equal("1", tostring(s.positions[1].quantity))
    data = s:events { type = "order_rejected" }
    assert.same({ 1, 2 }, { data[1].body.failures, data[2].body.failures })
    s:stop()
  end)
end)

describe("orders as the reference's scenarios ask for them", function()
  local function open(price, kind)
    local product = { kind = kind, price_increment = "0.01", base_increment = "0.001", base_min_size = "0.001",
      quote_min_size = 10 }
    local s = assert(neap.session { data = { ["BTC-PERP"] = bars.closes { price, price, price, price, price } },
      products = { ["BTC-PERP"] = product }, cash = 1000000, fee_bps = 0, slippage = "none", env = {} })
    s:step(1)
    return s
  end

  local function ticket(order) return { order.status, tostring(order.quantity), tostring(order.limit) } end

  it("H1.1 H1.2 what is a float goes to the increment, its price to the passive side", function()
    local s = open(50000, "perpetual")
    assert.same({ "open", "0.001", "50000.01" }, ticket(s:buy { quantity = 0.0015, limit = 50000.017 }))
    assert.same({ "open", "0.001", "50000.02" }, ticket(s:sell { quantity = 0.0015, limit = 50000.011 }))
    local exact = s:buy { quantity = "0.0015", limit = 50000 }
    assert.same({ "quantity_increment", "0.001" }, { exact.reason.code, exact.reason.limit })
    exact = s:buy { quantity = "0.001", limit = "50000.017" }
    assert.same({ "price_increment", "50000.01" }, { exact.reason.code, exact.reason.limit })
    s:stop()
  end)

  it("H1.4 H1.5 an order under the smallest value is refused with it", function()
    local s = open(5000, "perpetual")
    local order = s:buy { quantity = "0.001", limit = 5000 }
    assert.same({ "notional_min", "5", "10" }, { order.reason.code, order.reason.input, order.reason.limit })
    order = s:buy { quantity = 0.0199, limit = 100 }
    assert.same({ "notional_min", "1.9", "10" }, { order.reason.code, order.reason.input, order.reason.limit })
    s:stop()
  end)

  it("H1.7 a market order has no price of its own; its value is judged at the mark", function()
    local s = open(1000, "perpetual")
    local order = s:buy { quantity = 0.0199 }
    assert.equal("0.019", tostring(order.quantity))
    assert.equal("open", order.status)
    s:stop()
  end)

  it("H1.8 H1.10 an absent quantity is misuse, and so is none", function()
    local s = open(50000, "perpetual")
    assert.error_matches(function() s:buy { limit = 50000 } end, "give exactly one of quantity, notional, fraction")
    assert.error_matches(function() s:buy { quantity = 0, limit = 50000 } end, "quantity must be more than zero, not 0")
    s:stop()
  end)

  it("H10.130 an amount becomes a quantity at the fill, a close is reduce-only, flat is nothing to do", function()
    local s = open(50000, "perpetual")
    local order = s:buy { notional = 1000 }
    s:step(1)
    assert.same({ "filled", "0.02" }, { order.status, tostring(order.filled) })
    assert.error_matches(function() s:buy {} end, "give exactly one of")
    assert.error_matches(function() s:buy { quantity = "abc" } end, "abc")
    local close = s:close {}
    local intents = s:events { type = "order_intent" }
    assert.is_true(intents[#intents].body.reduce_only)
    assert.same({ "sell", "0.02" }, { close.side, tostring(close.quantity) })
    s:step(1)
    local before = #s:events { type = "order_intent" }
    s:close {}
    assert.equal(before, #s:events { type = "order_intent" })
    s:stop()
  end)

  it("H10.136 to hold sends nothing", function()
    local directory = program.directory()
    local result = assert(neap.backtest { strategy = program.write(directory .. "/holds.lua", HOLDS), env = {},
      data = { ["BTC-USD"] = bars.walk(50) } })
    assert.same({ 0, 0 }, { result.orders, #result.trades })
    assert.is_true(decimal(result.equity or result.final_equity or 0) > decimal(0))
    program.remove(directory)
  end)
end)
