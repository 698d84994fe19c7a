-- SPDX-License-Identifier: MIT
-- neap.testing: bars made for the case, runs with their orders and fills, expectations that say what there is instead.
local clock = require "neap.clock"
local decimal = require "neap.decimal"
local program = require "spec.support.program"
local testing = require "neap.testing"

local START, HOUR = clock.parse "2025-01-01", clock.parse_duration "1h"

local BUSY = [[
return require "neap".strategy { name = "busy", params = { stop = { 0.5, min = 0.1, max = 0.9 } },
  on_bar = function(self, bar)
    self.count = (self.count or 0) + 1
    if self.count == 1 then
      local stop = bar.close * self.params.stop
      self:buy { quantity = "2", stop_loss = stop, take_profit = 130, why = "in", tag = "first" }
      self:info("bought", { a = 1 })
    elseif self.count == 2 then
      self:buy { quantity = "1000000" }
    elseif self.count == 3 then
      self:buy { quantity = "1", limit = 1, tag = "low" }
    elseif self.count == 4 then
      self:cancel "low"
    end
  end }
]]

local function contains(words, block)
  local ok, message = pcall(block)
  assert.is_false(ok)
  assert.is_truthy(message:find(words, 1, true), message)
  assert.matches("testing_spec%.lua:%d+: ", message) -- where the author wrote it
  assert.is_nil(message:find("lua/neap", 1, true), message)
end

describe("neap.testing", function()
  local directory, path

  setup(function()
    directory = program.directory()
    path = program.write(directory .. "/busy.lua", BUSY)
  end)

  teardown(function() program.remove(directory) end)

  local function busy(options)
    local all = { strategy = path, bars = testing.bars { 100, 100, 100, 100, 100, 100, 140, 140 } }
    for key, value in pairs(options or {}) do all[key] = value end
    return testing.run(all)
  end

  it("adds no global", function() assert.is_nil(rawget(_G, "testing")) end)

  it("refuses options, fields and counts that it does not know, with the nearest", function()
    local run = busy()
    contains("testing.bars: unknown option 'volme'; did you mean 'volume'?", function()
      testing.bars({ 1 }, { volme = 1 })
    end)
    contains("bar 2: unknown field 'clos'; did you mean 'close'?", function() testing.bars { 1, { clos = 1 } } end)
    contains("unknown option 'thruogh'; did you mean 'through'?", function() testing.trend { thruogh = {} } end)
    contains("unknown option 'cuont'; did you mean 'count'?", function() testing.walk { cuont = 1 } end)
    contains("unknown option 'cahs'; did you mean 'cash'?", function() busy { cahs = 1 } end)
    contains("unknown field 'sied'; did you mean 'side'?", function() run:expect_order { sied = "buy" } end)
    contains("unknown field 'pricce'; did you mean 'price'?", function() run:expect_no_fill { pricce = 1 } end)
    contains("unknown count 'order'; did you mean 'orders'?", function() run:expect_counts { order = 1 } end)
  end)

  it("refuses what cannot be bars", function()
    contains("takes a list of closes, not nil", function() testing.bars() end)
    contains("bar 2 is a number, not x", function() testing.bars { 1, "x" } end)
    contains("bar 1 is a number", function() testing.bars { 0 / 0 } end)
    contains("bar 1 has no close", function() testing.bars { { high = 1 } } end)
    contains("start: ", function() testing.bars({ 1 }, { start = "soon" }) end)
    contains("timeframe: ", function() testing.bars({ 1 }, { timeframe = "1x" }) end)
    contains("two prices", function() testing.trend { through = { 1 } } end)
    contains("whole number from 1 on, not 0", function() testing.trend { through = { 1, 2 }, bars = 0 } end)
    contains("whole number from 1 on, not 2.5", function() testing.walk { count = 2.5 } end)
    contains("price is 1 to", function() testing.walk { price = 0 } end)
    contains("price is 1 to", function() testing.walk { price = "1.234" } end)
    contains("takes a table, not nil", function() testing.trend() end)
  end)

  it("refuses a run that cannot be", function()
    contains("takes a table of options", function() testing.run() end)
    contains("takes bars (tables) or data (files)", function() testing.run { strategy = path } end)
    contains("bars is a list", function() testing.run { strategy = path, bars = 5 } end)
    contains("no store of its own", function() busy { store = "x.db" } end)
    contains("strategy is the path", function() testing.run { bars = testing.bars { 1 } } end)
    contains("there is no file", function() testing.run { strategy = "nowhere.lua", bars = testing.bars { 1 } } end)
    contains("above its maximum", function() busy { params = { stop = 2 } } end)
  end)

  it("makes bars of closes: each opens at the close before it", function()
    local bars = testing.bars { 100, 104, { close = 99, high = 106, volume = 3 } }
    assert.same({ time = START, open = 100, high = 100, low = 100, close = 100, volume = 10 }, bars[1])
    assert.same({ time = START + HOUR, open = 100, high = 104, low = 100, close = 104, volume = 10 }, bars[2])
    assert.same({ time = START + 2 * HOUR, open = 104, high = 106, low = 99, close = 99, volume = 3 }, bars[3])
    bars = testing.bars({ 1, 2 }, { start = "2024-06-01T12:00Z", timeframe = "5m", volume = 7 })
    assert.equal(clock.parse "2024-06-01T12:05Z", bars[2].time)
    assert.equal(7, bars[2].volume)
    assert.same({}, testing.bars {})
  end)

  it("makes trends straight through their prices", function()
    local closes = {}
    for i, bar in ipairs(testing.trend { through = { 100, 106, 100 }, bars = 3 }) do closes[i] = bar.close end
    assert.same({ 100, 102, 104, 106, 104, 102, 100 }, closes)
    assert.equal(100.66666667, testing.trend({ through = { 100, 101 }, bars = 3 })[3].close)
  end)

  it("makes walks that are the same for a seed, and another for another", function()
    local function closes(options)
      local texts = {}
      for i, bar in ipairs(testing.walk(options)) do texts[i] = tostring(bar.close) end
      return table.concat(texts, " ")
    end
    assert.equal(closes { count = 50 }, closes { count = 50, seed = 1 })
    assert.not_equal(closes { count = 50 }, closes { count = 50, seed = 2 })
    local bars = testing.walk { count = 3, timeframe = "1d", price = 250.5 }
    assert.equal(decimal "250.5", bars[1].open)
    assert.equal(START + 48 * HOUR, bars[3].time)
    assert.equal(500, #testing.walk())
  end)

  it("gives the orders of a run, as they ended", function()
    local orders = busy().orders
    assert.equal(5, #orders)
    local first, stop, target, big, low = table.unpack(orders)
    assert.same({ "filled", "cancelled", "filled", "rejected", "cancelled" },
      { first.status, stop.status, target.status, big.status, low.status })
    assert.same({ 1, "buy", "market", "BTC-USD", "in", "first", "live", true },
      { first.number, first.side, first.type, first.product, first.why, first.tag, first.engine, first.accepted })
    assert.equal(decimal "2", first.filled)
    assert.equal(decimal "100", first.average_price)
    assert.equal(START + HOUR, first.time)
    assert.equal(first.number, stop.parent)
    assert.equal("insufficient_funds", big.reason.code)
    assert.is_nil(low.average_price)
    assert.is_true(low.filled:is_zero())
  end)

  it("gives the fills with the order of each, and the log", function()
    local run = busy { fee_bps = 10 }
    local fill = run.fills[2]
    assert.equal(2, #run.fills)
    assert.equal(run.orders[3], fill.order)
    assert.equal(fill, run.orders[3].fills[1])
    assert.equal(decimal "130", fill.price)
    assert.equal(decimal "0.26", fill.fee)
    assert.equal(START + 6 * HOUR, fill.time)
    assert.equal("bought", run.log[1].text)
    assert.equal(run.fees, run.fills[1].fee + fill.fee)
  end)

  it("charges no fee and hears no environment unless it is asked to", function()
    local run = busy()
    assert.is_true(run.fees:is_zero())
    assert.equal(decimal "10060", run.final_equity)
    assert.equal(decimal "560", busy { cash = 500 }.final_equity)
  end)

  it("runs several products, and files", function()
    local text = [[return require "neap".strategy { name = "two", on_slice = function(self)
      for _, p in ipairs(self.products) do if p.flat then p:buy { quantity = 1 } end end end }]]
    local two = program.write(directory .. "/two.lua", text)
    local bars = testing.bars { 10, 10, 10 }
    local run = testing.run { strategy = two, bars = { ["BTC-USD"] = bars, ["ETH-USD"] = bars } }
    run:expect_position(1, "ETH-USD")
    run:expect_fill { product = "BTC-USD" }
    contains("which product? The run has 2", function() run:expect_position(1) end)
    contains("1 BTC-USD is held", function() run:expect_flat() end)
    local csv = program.write(directory .. "/BTC-USD.csv", require "spec.support.bars".csv(testing.walk { count = 60 }))
    assert.equal(60, testing.run({ strategy = "ma_cross.lua", data = csv }).bars)
  end)

  it("finds a strategy beside the spec that calls, from any directory", function()
    local spec = program.write(directory .. "/caller.lua", [[
      local testing = require "neap.testing"
      local run = testing.run { strategy = "busy.lua", bars = testing.bars { 1, 2, 3 } }
      return run.strategy
    ]])
    assert.equal("busy", dofile(spec))
  end)

  it("leaves no file behind, also when the run fails", function()
    local function count()
      local pipe = assert(io.popen("ls '" .. directory .. "' | wc -l"))
      local number = pipe:read "n"
      pipe:close()
      return number
    end
    local before, tmpname = count(), os.tmpname
    local made = 0
    os.tmpname = function() -- luacheck: ignore 122
      made = made + 1
      return program.write(directory .. "/tmp" .. made, "")
    end
    pcall(busy)
    pcall(busy, { params = { stop = 2 } })
    pcall(busy, { cahs = 1 })
    os.tmpname = tmpname -- luacheck: ignore 122
    assert.equal(3, made)
    assert.equal(before, count())
  end)

  it("expects orders, fills and trades by any of their fields, and gives the first", function()
    local run = busy()
    assert.equal(run.orders[1], run:expect_order { side = "buy", quantity = 2, why = "in", reduce_only = false })
    assert.equal(run.orders[2], run:expect_order { type = "stop", stop = 50.0, parent = 1, reduce_only = true })
    assert.equal(run.orders[4], run:expect_order { status = "rejected", reason = "insufficient_funds" })
    assert.equal(run.fills[2], run:expect_fill { price = "130", position = 0, time = "2025-01-01T06:00Z" })
    assert.equal(run.trades[1], run:expect_trade { pnl = decimal "60", entry_price = 100 })
    assert.equal(run.log[1], run:expect_log "bough")
    run:expect_no_order { side = "buy", type = "stop" }
    run:expect_no_fill { tag = "low" }
    run:expect_no_trade { side = "sell" }
    run:expect_counts { orders = 5, fills = 2, trades = 1, rejected = 1 }
    run:expect_position(0)
    run:expect_flat()
  end)

  it("says what there is where an expectation fails", function()
    local run = busy()
    contains('no order with side sell, why "out"; there are 5:\n  number 1, side buy, type market', function()
      run:expect_order { side = "sell", why = "out" }
    end)
    contains("reason insufficient_funds", function() run:expect_order { side = "up" } end)
    contains("there is a fill with price 130: number 3, side sell", function() run:expect_no_fill { price = 130 } end)
    contains("there is a trade: side buy", function() run:expect_no_trade() end)
    contains("3 fills expected, not 2; there are 2:", function() run:expect_counts { fills = 3 } end)
    contains("0 rejected expected, not 1", function() run:expect_counts { rejected = 0 } end)
    contains("a position of 2 BTC-USD expected, not 0", function() run:expect_position(2) end)
    contains('no log line with "sold"; there are:\n  info: bought', function() run:expect_log "sold" end)
    contains("takes a table of fields", function() run:expect_order "buy" end)
    local quiet = testing.run { strategy = "ma_cross.lua", bars = testing.bars { 1, 1 } }
    contains("no order with side buy; there is no order", function() quiet:expect_order { side = "buy" } end)
  end)

  it("expects a refusal, and fails where there is none", function()
    local bars = testing.bars { 1, 2, 3 }
    assert.equal("fraction", testing.refusal({ strategy = "ma_cross.lua", bars = bars,
      params = { fractoin = 1 } }).nearest)
    contains("it ran: run of busy: 3 bars", function() testing.refusal { strategy = path, bars = bars } end)
    contains("unknown option 'cahs'", function() testing.refusal { strategy = path, bars = bars, cahs = 1 } end)
  end)

  it("keeps a run's fills and its equity together, over walks", function()
    for seed = 1, 5 do
      local run = testing.run { strategy = "ma_cross.lua", bars = testing.walk { count = 300, seed = seed },
        fee_bps = 7, params = { fast = 3, slow = 9, fraction = 0.7 }, close_at_end = "close" }
      local cash = run.initial_cash
      for _, fill in ipairs(run.fills) do
        local sign = fill.side == "buy" and -1 or 1
        cash = cash + fill.notional * sign - fill.fee
      end
      assert.equal(run.final_equity, cash)
      run:expect_flat()
    end
  end)

  it("prints itself", function()
    assert.equal("run of busy: 8 bars, 5 orders, 2 fills, 1 trades, final equity 10060 USD", tostring(busy()))
  end)
end)
