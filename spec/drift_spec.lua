-- SPDX-License-Identifier: MIT
-- neap.drift: what a session's trades differ by from those of another, and why. Both are back-tests on recorded books
-- here, which differ in one thing each.
local asked = require "neap.drift.market"
local decimal = require "neap.decimal"
local drift = require "neap.drift"
local event_store = require "neap.event_store"
local json = require "neap.json"
local market = require "neap.drift.recorded"
local program = require "spec.support.program"
local recorded = require "spec.support.recorded"
local recording = require "neap.recording"
local replay_core = require "neap.replay_c"

local BOOK = "1 snapshot 5@99 5@98 | 2@101 5@102 5@103"
local END = "60 buy 0.01@200" -- a recording has a trade, far away

local LATE, AT_ONCE = { latency_ms = 500 }, { latency_ms = 0 }

local function with(lines) return table.move(lines, 1, #lines, 2, { BOOK, [#lines + 2] = END }) end

-- Asks once, with the second message.
local function once(body)
  return [[ feeds = { "book" }, on_start = function(self) self.count = 0 end,
    on_book = function(self) self.count = self.count + 1 if self.count == 2 then ]] .. body .. " end end,"
end

local BUY = once "self:buy { quantity = 1, why = 'test' }"

describe("neap.drift", function()
  local home, results

  before_each(function() home, results = program.directory(), {} end)

  after_each(function() program.remove(home) end)

  -- The events of a run → their file.
  local function session(lines, declaration, options)
    local given = { store = ("%s/%d.db"):format(home, #results) }
    for key, value in pairs(options or AT_ONCE) do given[key] = value end
    local _, result = recorded.works(with(lines), declaration, given)
    results[#results + 1], results[given.store] = result, result
    return given.store
  end

  local function source(lines, is_whole)
    local changes, trades = recorded.texts(is_whole and lines or with(lines))
    return market.of_recordings { ["BTC-USD"] = { price_increment = "0.1", size_increment = "0.01",
      recording = assert(recording.new { price_increment = "0.1", size_increment = "0.01", changes = changes,
        trades = trades }) } }
  end

  local function earned(path) return results[path].final_equity - results[path].initial_cash end

  -- What the trades differ by is what the sessions earned less or more, to the last digit.
  local function compare(real, simulated, lines)
    local found = assert(drift.compare { real = real, simulated = simulated, market = lines and source(lines) })
    assert.are.equal(tostring(earned(simulated) - earned(real)), tostring(found.sum))
    return found
  end

  local function bps(amount, notional) return tostring(amount * 10000 / notional) end

  local function class(found, name)
    for _, of in ipairs(found.classes) do
      if of.class == name then return of end
    end
  end

  -- One trade, all of it of one class, and nothing unknown; its amount.
  local function only(found, name, amount)
    assert.are.equal(1, #found.trades)
    local made = found.trades[1]
    assert.are.equal(name, made.class, made.says)
    assert.are.equal(1, #made.parts, made.parts[2] and made.parts[2].class)
    assert.are.equal(amount, tostring(made.sum))
    assert.are.equal(amount, tostring(class(found, name).amount))
    assert.are.equal(bps(made.sum, made.notional), tostring(found.bps))
    return made
  end

  it("adds no global, and takes what it knows", function()
    assert.is_nil(rawget(_G, "drift"))
    assert.has_error(function() drift.compare { real = "a", simulated = "b", makret = true } end,
      "compare: unknown option 'makret'; did you mean 'market'?")
    assert.has_error(function() drift.compare { real = "a" } end, "compare: simulated is a file of events")
    local found, err = drift.compare { real = home .. "/none.db", simulated = home .. "/none.db" }
    assert.is_nil(found)
    assert.are.equal("no_such_store", err.code)
  end)

  local MOVES = { "2 update 5@97 |", "2.2 update | 0@101", "4 update 1@96 |" }

  it("is zero of the same", function()
    local found = compare(session(MOVES, BUY), session(MOVES, BUY), MOVES)
    assert.are.equal(1, #found.trades)
    assert.are.equal("same", found.trades[1].class)
    assert.are.equal("0", tostring(found.sum))
    assert.are.equal(0, found.trades[1].later)
    assert.are.equal(1, class(found, "same").trades)
  end)

  it("is latency where the market moved on the way", function()
    local made = only(compare(session(MOVES, BUY, LATE), session(MOVES, BUY), MOVES), "latency", "1")
    assert.are.equal("99.0099009901", tostring((made.sum * 10000 / 101):round(10)))
    assert.are.equal(1000000000, made.later)
    assert.matches("filled 1000.0ms later", made.says)
  end)

  it("is better than nothing the other way round", function()
    local made = only(compare(session(MOVES, BUY), session(MOVES, BUY, LATE), MOVES), "latency", "-1")
    assert.are.equal("-1", tostring(made.price))
  end)

  it("is latency where an order that waits for nothing came too late", function()
    local takes = once "self:buy { quantity = 1, limit = 101, time_in_force = 'ioc' }"
    local made = only(compare(session(MOVES, takes, LATE), session(MOVES, takes), MOVES), "latency", "-0.5")
    assert.are.equal("-0.5", tostring(made.rest)) -- 101 was paid for what is worth 100.5 in the end
    assert.matches("over its limit", made.says)
  end)

  it("is impact where a fill went beyond what the book showed", function()
    local thin = { "1.5 update | 0.5@101", "2 update 5@97 |" }
    local thick = { "2 update 5@97 |" }
    local made = only(compare(session(thin, BUY), session(thick, BUY), thick), "impact", "0.5")
    assert.matches("beyond what the book showed", made.says)
  end)

  it("is queue where what rested got less", function()
    local rests = once "self:buy { quantity = 1, limit = 99, post_only = true }"
    local behind = { "1.5 update 9@99 |", "2 update 5@97 |", "3 sell 9.4@99", "5 update 5@97 |" }
    local before = { "1.5 update 1@99 |", "2 update 5@97 |", "3 sell 9.4@99", "5 update 5@97 |" }
    local made = only(compare(session(behind, rests), session(before, rests), behind), "queue", "0.6")
    assert.are.equal("0.4", tostring(made.real.quantity))
    assert.are.equal("1", tostring(made.simulated.share))
  end)

  it("is a fee where the rates differ", function()
    local made = only(compare(session(MOVES, BUY, { latency_ms = 0, fee_bps = 60 }), session(MOVES, BUY), MOVES), "fee",
      "0.606")
    assert.are.equal("60 bps, simulated 0 bps", made.says)
  end)

  it("is another decision where another quantity, or nothing, was decided", function()
    local more = once "self:buy { quantity = 1.5, why = 'test' }"
    local made = only(compare(session(MOVES, more), session(MOVES, BUY), MOVES), "different_decision", "0.25")
    assert.matches("quantity 1.5, simulated 1", made.says)
    local none = once ""
    made = only(compare(session(MOVES, BUY), session(MOVES, none), MOVES), "different_decision", "0.5")
    assert.matches("only the session decided it", made.says)
  end)

  -- The amounts of one trade by class, as text.
  local function parts_of(made)
    local amounts = {}
    for _, part in ipairs(made.parts) do amounts[part.class] = tostring(part.amount) end
    return amounts
  end

  it("puts what was paid in fees where its price and its quantity come from", function()
    local more = once "self:buy { quantity = 1.5, why = 'test' }"
    local found = compare(session(MOVES, more, { latency_ms = 500, fee_bps = 100 }),
      session(MOVES, BUY, { latency_ms = 0, fee_bps = 100 }), MOVES)
    assert.are.same({ latency = "1.01", different_decision = "1.26" }, parts_of(found.trades[1]))
  end)

  it("does not call another moment latency, nor another size what was not filled of it", function()
    local sooner, later = once "self:buy { quantity = 1.5, why = 'test' }", (BUY:gsub("count == 2", "count == 4"))
    local made = only(compare(session(MOVES, sooner), session(MOVES, later), MOVES), "different_decision", "-0.75")
    assert.matches("quantity 1.5, simulated 1, decided 2000.0ms sooner", made.says)
    local rests = once "self:buy { quantity = SIZE, limit = 99, post_only = true }"
    local behind = { "1.5 update 9@99 |", "2 update 5@97 |", "3 sell 9.4@99", "5 update 5@97 |" }
    local before = { "1.5 update 1@99 |", "2 update 5@97 |", "3 sell 9.4@99", "5 update 5@97 |" }
    local function rested(size)
      return compare(session(behind, (rests:gsub("SIZE", size))), session(before, (rests:gsub("SIZE", "1"))), behind)
    end
    only(rested "1.2", "queue", "0.6")
    assert.are.same({ different_decision = "0.2", queue = "0.4" }, parts_of(rested("0.8").trades[1]))
  end)

  it("does not put together what was decided for another reason at another moment", function()
    local function buys(count, why)
      local asked_for = ("self:buy { quantity = 1, why = '%s' }"):format(why)
      return (once(asked_for):gsub("count == 2", "count == " .. count))
    end
    local function pairs_of(a, b)
      local list = {}
      local found = compare(session(MOVES, a), session(MOVES, b), MOVES)
      for i, made in ipairs(found.trades) do list[i] = made.says or made.class end
      return list
    end
    assert.are.equal(1, #pairs_of(buys(2, "1.5 % under"), buys(3, "1.25 % under")))
    assert.are.equal(1, #pairs_of(buys(2, "up"), buys(2, "down")))
    local apart = pairs_of(buys(2, "up"), buys(3, "down"))
    assert.are.equal(2, #apart)
    assert.matches("only the session decided it", apart[1])
  end)

  it("is another decision where a check refused it, and names the check", function()
    local poor = { latency_ms = 0, cash = 50 }
    local limit = once "self:buy { quantity = 1, limit = 101 }"
    local made = only(compare(session(MOVES, limit, poor), session(MOVES, limit), MOVES), "different_decision", "-0.5")
    assert.matches("refused: insufficient_funds %(check funds%)", made.says)
  end)

  it("is missing data where the book was not known", function()
    local found = compare(session(MOVES, BUY, LATE), session(MOVES, BUY), nil)
    assert.are.equal("unknown", found.trades[1].class)
    assert.are.equal("1", tostring(found.unknown_share))
    local crossed = { "1.9 update 5@150 |", "4 update 1@96 |" } -- which no book takes
    local made = compare(session(MOVES, BUY, LATE), session(MOVES, BUY), crossed).trades[1]
    assert.are.equal("missing_data", made.class)
  end)

  it("is unknown where the market never showed the price", function()
    local other = { "2 update 5@97 |", "2.2 update 5@96 |" }
    local found = compare(session(MOVES, BUY, LATE), session(MOVES, BUY), other)
    assert.are.equal("unknown", found.trades[1].class)
    assert.are.equal("1", tostring(found.unknown_share))
  end)

  it("is latency where the market traded between two messages, unless the recording ends before", function()
    local real, simulated = session(MOVES, BUY, LATE), session(MOVES, BUY)
    local function explained(lines, is_whole)
      return assert(drift.compare { real = real, simulated = simulated, market = source(lines, is_whole) }).trades[1]
    end
    local made = explained { "2 update 5@97 |", "3.2 buy 1@102" }
    assert.are.same({ "latency", "1" }, { made.class, tostring(made.sum) })
    assert.matches("between two messages of the book", made.says)
    assert.are.equal("unknown", explained({ "2 update 5@97 |", "3.7 buy 1@102" }).class)
    made = explained({ BOOK, "2 update 5@97 |", "2.5 buy 1@101" }, true)
    assert.are.equal("missing_data", made.class)
    assert.matches("the recording ends", made.says)
  end)

  it("puts together what was decided at one moment, whatever came before", function()
    local two = [[ feeds = { "book" }, on_start = function(self) self.count = 0 end,
      on_book = function(self) self.count = self.count + 1
        if self.count == FIRST then self:buy { quantity = 0.5 } end
        if self.count == 2 or self.count == 3 then self:buy { quantity = 1 } end end,]]
    local found = compare(session(MOVES, (two:gsub("FIRST", "1"))), session(MOVES, (two:gsub("FIRST", "0"))), MOVES)
    local classes = {}
    for i, made in ipairs(found.trades) do classes[i] = made.class end
    assert.are.same({ "different_decision", "same", "same" }, classes)
  end)

  it("puts an exit together with that of the same entry", function()
    local rises = { "2 update 5@97 |", "3 update 4@97 |", "7 update 5@104 | 0@101 0@102 0@103 5@106",
      "9 update 4@97 |" }
    local enters = [[ feeds = { "book" }, on_start = function(self) self.count = 0 end,
      on_book = function(self) self.count = self.count + 1
        if self.count == 2 or self.count == 3 then self:buy { quantity = 1, take_profit = 104 } end end,]]
    local found = compare(session(rises, enters, LATE), session(rises, enters), rises)
    assert.are.equal(4, #found.trades)
    for _, made in ipairs(found.trades) do assert.are.equal(made.pair.real.why, made.pair.simulated.why) end
    assert.matches("^take_profit of #", found.trades[4].order.why)
  end)

  it("puts them together however much later the entry was filled, and of whatever quantity", function()
    local falls = { "2 update 5@97 |", "3 update | 0@101", "30 update 4@97 |", "40 update 0@99 0@98 0@97 5@90 |",
      "41 sell 0.01@90", "55 update 4@90 |" }
    local enters = once "self:buy { notional = 100, stop_loss = 95 }"
    local found = compare(session(falls, enters, { latency_ms = 12000 }), session(falls, enters), falls)
    assert.are.equal(2, #found.trades)
    local stop = found.trades[2].pair
    assert.are_not.equal(tostring(stop.real.quantity), tostring(stop.simulated.quantity))
    assert.matches("^stop_loss of #", stop.real.why)
  end)

  it("is told by neap drift, of which --max-bps says how much is too much", function()
    local real, simulated = session(MOVES, BUY, LATE), session(MOVES, BUY)
    local words = ("drift %s --against %s"):format(real, simulated)
    local text, complaint, code = program.run(words)
    assert.are.equal(0, code, complaint)
    assert.matches("unknown.*no recorded market", text)
    assert.matches("drift 98.04 bps of 102 USD in 1 trade", text)
    assert.are.equal(0, (select(3, program.run(words .. " --max-bps 98.04"))))
    assert.are.equal(1, (select(3, program.run(words .. " --max-bps 98.03"))))
    assert.are.equal(1, (select(3, program.run(("drift %s --against %s --max-bps 98"):format(simulated, real)))))
    text, complaint, code = program.run(words .. " --json --max-bps 1")
    local told = json.decode(text)
    assert.are.equal(1, code, complaint)
    assert.are.equal("neap.drift/1", told.schema)
    assert.are.same({ "98.04", "1", "102" }, { told.bps, told.amount, told.notional })
    assert.are.equal("98.04", told.trades[1].price_bps)
    assert.are.equal(decimal "101", decimal(told.trades[1].simulated.price))
  end)

  it("prints basis points that add up, and says whose number an order has", function()
    local real, simulated = session(MOVES, BUY, { latency_ms = 500, fee_bps = 24 }), session(MOVES, BUY,
      { latency_ms = 0, fee_bps = 24 })
    local told = json.decode((program.run(("drift %s --against %s --json"):format(real, simulated))))
    local made, parts, reasons = told.trades[1], decimal(0), decimal(0)
    local sum = decimal(made.sum_bps)
    assert.are.equal(sum, decimal(made.price_bps) + decimal(made.unfilled_bps) + decimal(made.fee_bps))
    for _, part in ipairs(made.parts) do parts = parts + decimal(part.bps) end
    assert.are.equal(sum, parts)
    for _, of in ipairs(told.reasons) do reasons = reasons + decimal(of.bps) end
    assert.are.equal(decimal(told.bps), reasons)
    local text = program.run(("drift %s --against %s"):format(session(MOVES, once ""), simulated))
    assert.matches("sim #1 ", text)
  end)

  it("does not let a trade that went better hide one that went worse from --max-bps", function()
    local lines = { "2 update 5@97 |", "2.2 update | 0@101", "10 update 5@96 |", "10.2 update | 5@101",
      "20 update 5@95 |" }
    local twice = [[ feeds = { "book" }, on_start = function(self) self.count = 0 end,
      on_book = function(self) self.count = self.count + 1
        if self.count == 2 or self.count == 4 then self:buy { quantity = 1 } end end,]]
    local real, simulated = session(lines, twice, LATE), session(lines, twice)
    local found = compare(real, simulated, lines)
    assert.are.same({ 2, "0", "2" }, { #found.trades, tostring(found.sum), tostring(found.apart) })
    local words = ("drift %s --against %s --max-bps "):format(real, simulated)
    assert.are.equal(0, (select(3, program.run(words .. 99))))
    local text, _, code = program.run(words .. 98)
    assert.are.equal(1, code, text)
    assert.matches("over %-%-max%-bps 98: 98%.04 bps without regard to sign", text)
  end)

  it("leaves out what is on its way when the recording of a session that runs ends", function()
    local whole, simulated = session(MOVES, BUY, LATE), session(MOVES, BUY)
    local rows <close> = assert(event_store.events(whole, { type = "order_filled" }))
    local filled = assert(rows:next()).seq
    local runs = home .. "/runs.db"
    assert(replay_core.copy(whole, runs, filled - 1))
    local found = assert(drift.compare { real = runs, simulated = simulated, market = source(MOVES) })
    assert.are.same({ 0, 1 }, { #found.trades, found.left_out })
    assert.matches("1 order was on the way", (program.run(("drift %s --against %s"):format(runs, simulated))))
    assert.are.equal(0, drift.compare { real = whole, simulated = simulated }.left_out)
  end)

  -- The events before the end of a session that notes the time after a minute, and its day in the simulator.
  local function quiet(decides, way)
    local clock = [[ on_timer = function(self) self.state.woke = true end,]]
    local function wakes(body)
      return (once(body):gsub("self.count = 0", "self.count = 0 self:every('wake', '20s')")) .. clock
    end
    local lines = { "2 update 5@97 |", "55 update 4@97 |" }
    local whole, simulated = session(lines, wakes(decides), way), session(lines, wakes "self:buy { quantity = 1 }")
    local rows <close> = assert(event_store.events(whole, { type = "timer_fired", newest_first = true }))
    local runs = home .. "/quiet.db"
    assert(replay_core.copy(whole, runs, assert(rows:next()).seq))
    return runs, simulated, lines
  end

  it("does not leave out what a session that runs on without an order event has not decided or heard of", function()
    for _, case in ipairs { { "", AT_ONCE }, { "self:buy { quantity = 1 }", { latency_ms = 50000 } },
      { "self:buy { quantity = 1, limit = 101, time_in_force = 'ioc' }", { latency_ms = 50000 } } } do
      local runs, simulated, lines = quiet(table.unpack(case))
      local found = assert(drift.compare { real = runs, simulated = simulated, market = source(lines) })
      assert.are.same({ 1, 0 }, { #found.trades, found.left_out }, case[1])
      assert.are.equal(1, (select(3, program.run(("drift %s --against %s --max-bps 0"):format(runs, simulated)))))
      os.remove(runs)
    end
  end)

  it("looks into a book as deep as a limit allows", function()
    local asks = {}
    for i = 1, 60 do asks[i] = ("0.1@%g"):format(100 + i / 10) end
    local lines = { "1 snapshot 5@99 | " .. table.concat(asks, " "), "2 sell 0.01@99" }
    local function is_thin(quantity)
      local question = { product = "BTC-USD", side = "buy", quantity = decimal(quantity), limit = decimal "105.9",
        from = recorded.START * 1000000000, till = (recorded.START + 2) * 1000000000 }
      assert(asked.ask(source(lines, true), { question }))
      assert.is_true(question.is_seen)
      return question.is_thin == true
    end
    assert.is_false(is_thin "5.9")
    assert.is_true(is_thin "5.91")
  end)

  it("says what is wrong with what it is given", function()
    local real = session(MOVES, BUY)
    local function fails(words, wanted, pattern)
      local _, complaint, code = program.run("drift " .. words)
      assert.are.equal(wanted, code, complaint)
      assert.matches(pattern, complaint)
    end
    fails(real .. " --max-bps much", 2, "%-%-max%-bps: 'much' is no number of basis points")
    fails(real .. " --max-bps -1", 2, "%-%-max%-bps: '%-1' is no number")
    fails(real .. " --against nobody --sessions " .. home, 4, "no such session: nobody")
    fails("nobody --sessions " .. home, 4, "no such session: nobody")
    fails(real .. " --max-bsp 1", 2, "did you mean %-%-max%-bps")
  end)

  it("is zero of sessions without a fill", function()
    local none = session(MOVES, once "")
    local text, _, code = program.run(("drift %s --against %s --max-bps 0"):format(none, none))
    assert.are.equal(0, code)
    assert.matches("drift 0.00 bps of 0 USD in 0 trades", text)
  end)
end)
