-- SPDX-License-Identifier: MIT
-- neap drift: sessions at a local exchange are recorded by the real program, and their day is played in the simulator.
local event_store = require "neap.event_store"
local exchange_program = require "spec.support.exchange_program"
local json = require "neap.json"
local process = require "tools.venue_sweep.process"
local program = require "spec.support.program"

local STEADY = "spec/support/steady_trader.lua"

describe("neap drift of a session", function()
  local home, exchange

  before_each(function() home = program.directory() end)

  after_each(function()
    exchange:close()
    program.remove(home)
  end)

  local function open_exchange(faults)
    exchange = exchange_program.trading(home, faults)
  end

  local function count_fills()
    local rows <close>, count = event_store.events(home .. "/one/events.db", { type = "order_filled" }), 0
    while rows and rows:next() do count = count + 1 end
    return count
  end

  -- Until it has so many fills.
  local function run(more, fills, strategy)
    local running = exchange:run(strategy or STEADY,
      "--no-alerts --history 0 --cash 20000 --profile dev --grace 2s --on-stop flatten " .. more)
    for _ = 1, 1200 do
      if count_fills() >= fills then break end
      process.sleep(0.1)
    end
    assert.is_true(count_fills() >= fills, select(2, running:said()))
    running:signal "TERM"
    assert.is_true(running:wait(120))
  end

  local function verb(words) return program.run(("%s --sessions '%s'"):format(words, home)) end

  local function drift(code, more)
    local text, complaint, got = verb("drift one --json " .. (more or ""))
    assert.are.equal(code, got, text .. complaint)
    return json.decode(text)
  end

  local function reasons_of(told)
    local reasons = {}
    for _, of in ipairs(told.reasons) do reasons[of.reason] = of end
    return reasons
  end

  -- Each trade's parts are what it differs by, and all of them what the session differs by.
  local function check_sums(told)
    local decimal, all = require "neap.decimal", require("neap.decimal").new(0)
    for _, made in ipairs(told.trades) do
      local sum = decimal.new(0)
      for _, part in ipairs(made.parts) do
        assert.is_string(part.why)
        sum = sum + decimal(part.amount)
      end
      assert.is_true(#made.parts > 0 and sum == decimal(made.amount) or made.reason == "same")
      all = all + decimal(made.amount)
    end
    assert.are.equal(told.amount, tostring(all))
  end

  it("is zero on paper, trade by trade", function()
    open_exchange()
    run("--broker paper", 12)
    local told = drift(0, "--max-bps 0")
    assert.is_true(#told.trades > 6)
    for _, made in ipairs(told.trades) do
      assert.are.same({ "same", 0, "0" }, { made.reason, made.later_ns, made.amount })
    end
    assert.are.equal("0", told.amount)
    assert.is_false(told.fit.fitted)
    local text = verb "drift one"
    assert.matches("one: drift 0.00 bps of [%d.]+ USD in %d+ trades", text)
  end)

  local function explains(faults)
    open_exchange(faults)
    run("--broker coinbase", 16)
    local told = drift(0)
    assert.is_true(#told.trades > 8)
    check_sums(told)
    local reasons = reasons_of(told)
    assert.is_true(tonumber(reasons.unknown.share) <= 0.01, json.encode(told.trades))
    return told, reasons
  end

  it("is explained, trade by trade, with the latency that its events show", function()
    local told = explains "--fault latency:time=120ms,path=/orders"
    assert.is_true(told.fit.fitted)
    local ways = {}
    for _, way in ipairs(told.fit.latency) do ways[way.way] = tonumber(way.median_ms) end
    assert.is_true(ways.order > 60 and ways.round_trip > 60, json.encode(told.fit))
    local plain, late = drift(0, "--no-fit"), 0
    assert.is_nil(plain.fit.latency)
    check_sums(plain)
    for _, made in ipairs(plain.trades) do late = late + ((made.later_ns or 0) > 50000000 and 1 or 0) end
    assert.is_true(late > 0, json.encode(plain.trades))
  end)

  it("is explained where orders are filled in part, cancelled and lost on the way", function()
    explains("--fault partial_then_cancel:p=0.5 --fault venue_cancel:p=0.1,time=200ms " ..
      "--fault answer_lost:p=0.1,path=/orders --fault frame_lost:p=0.02")
  end)

  -- In earnest the intent of a share has an amount, too, which the venue is given.
  it("puts purchases of a share of the money together", function()
    open_exchange()
    run("--broker coinbase --set slippage_guard_bps=0", 6, program.write(home .. "/shares.lua", [[
      return require("neap").strategy {
        name = "shares", feeds = { "book" }, warmup = 0,
        on_start = function(self) self:every("act", "300ms") end,
        on_timer = function(self)
          if #self.orders > 0 or not self.mid then return end
          if self.flat then self:buy { fraction = 0.01 } else self:close() end
        end,
      }]]))
    for _, made in ipairs(drift(0).trades) do
      assert.is_table(made.session, json.encode(made))
      assert.is_table(made.simulated, json.encode(made))
      assert.are_not.equal("unknown", made.reason)
    end
  end)

  it("says that nothing was recorded", function()
    open_exchange()
    run("--broker coinbase --no-record", 1)
    local text, complaint, code = verb "drift one --json"
    assert.are.equal(1, code, complaint)
    assert.are.equal("not_recorded", json.decode(text).error.code)
  end)
end)
