-- SPDX-License-Identifier: MIT
-- The guards of a session: what trips them, what a trip does within the same event, what outlives the process.
local bars = require "spec.support.bars"
local neap = require "neap"
local program = require "spec.support.program"

local HOUR = 3600 * 1000000000
local PERP = { ["BTC-PERP"] = "kind=perpetual" }

-- Bars without a wick, so that a stop or a limit away from the closes is never met.
local function product_bars(closes, first)
  local list = bars.closes(closes)
  for i, bar in ipairs(list) do bar.time = bars.START + ((first or 0) + i - 1) * HOUR end
  return list
end

local function at(text) return (text:gsub("%.0$", "")) end

describe("guards", function()
  local store = require "neap.event_store"
  local directory

  setup(function() directory = program.directory() end)
  teardown(function() program.remove(directory) end)

  -- open { closes or { [id] = closes }, RISK_X = "…", other options }
  local function open(closes, risk, options)
    local data = {}
    if type((next(closes))) == "number" then closes = { ["BTC-USD"] = closes } end
    for id, list in pairs(closes) do data[id] = type(list[1]) == "table" and list or product_bars(list) end
    local all = { data = data, fee_bps = 0, cash = 1000, env = risk or {}, operator_cash = nil }
    for name, value in pairs(options or {}) do all[name] = value end
    return assert(neap.session(all))
  end

  local function gone()
    collectgarbage()
    collectgarbage()
  end

  local function told(session, type)
    local rows = session:events { type = type }
    local list = {}
    for i, row in ipairs(rows) do list[i] = row.body end
    return list, rows
  end

  local function check_replay(path, hash)
    local state = assert(store.replay(path, { from_start = true }))
    assert.equal(hash, state.state_hash)
    assert.equal(hash, assert(store.replay(path)).state_hash)
  end

  it("H6.77 trips on a cent more than the daily loss limit, and cancels entries in the same piece", function()
    local s = open({ 100, 100, 0.5 + 99.5, 90, 89.99, 89.99 }, { RISK_DAILY_LOSS_LIMIT = "100" }, { cash = 2000 })
    s:step(1)
    s:buy { quantity = 10 }
    s:step(1)
    local entry = s:buy { quantity = 1, limit = 50 }
    local stop = s:sell { quantity = 10, stop = 20, reduce_only = true }
    s:step(2)
    assert.equal("normal", s.trading) -- −100.00
    assert.equal("open", entry.status)
    s:step(1)
    assert.equal("reduce_only", s.trading) -- −100.10
    assert.same({ "cancelled", "open" }, { entry.status, stop.status })
    local trip, rows = told(s, "guard_tripped")
    assert.equal(1, #trip)
    assert.same({ "daily_loss", "reduce_only", "100.1", "100" },
      { trip[1].guard, trip[1].action, at(trip[1].input), at(trip[1].limit) })
    local mode, mode_rows = told(s, "mode_changed")
    assert.same({ "reduce_only", "daily_loss_limit", "guard_manager" }, { mode[1].mode, mode[1].reason, mode[1].who })
    assert.equal(rows[1].seq, mode_rows[1].cause_seq)
    local cancel = s:events { type = "order_cancel_requested" }[1]
    assert.equal(mode_rows[1].seq + 1, cancel.seq)
    assert.equal("daily_loss", cancel.body.why)
    local refused = s:buy { quantity = 1 }
    assert.equal("reduce_only_mode", refused.reason.code)
    assert.matches("daily_loss_limit", tostring(s:explain(refused)))
    assert.equal("open", s:close().status)
    s:step(1)
    assert.equal("0", tostring(s.positions[1].quantity))
    assert.equal(1, #told(s, "guard_tripped")) -- told once
    s:stop()
  end)

  it("trips at a bar's open, before that open fills an entry", function()
    local list = product_bars { 100, 100, 100, 100 }
    list[4].open, list[4].low, list[4].close = 80, 80, 80
    local s = open({ ["BTC-USD"] = list }, { RISK_DAILY_LOSS_LIMIT = "100" })
    s:step(1)
    s:buy { quantity = 9 }
    s:step(2)
    local entry = s:buy { quantity = 1 }
    s:step(1)
    assert.same({ "cancelled", "reduce_only" }, { entry.status, s.trading })
    s:stop()
  end)

  it("begins the day anew at day_start_utc, and counts fees, not what was lost the day before", function()
    local closes = {}
    for i = 1, 40 do closes[i] = 100 - i end -- a dollar an hour
    local function run(risk, fee)
      local s = open(closes, risk, { fee_bps = fee or 0 })
      s:step(1)
      s:buy { quantity = 5 }
      s:run()
      local _, rows = told(s, "guard_tripped")
      local days = told(s, "day_started")
      local equity = {}
      for i, day in ipairs(days) do equity[i] = day.equity end
      s:stop()
      return rows[1] and (rows[1].ts_ns - bars.START) // HOUR, equity
    end
    local tripped, days = run { RISK_DAILY_LOSS_LIMIT = "115" }
    assert.is_nil(tripped) -- 5 × 23 on the first day, 80 on the second: 195 in all
    assert.same({ "1000", "885" }, days)
    assert.equal(24, (run { RISK_DAILY_LOSS_LIMIT = "110" }))
    assert.equal(23, (run({ RISK_DAILY_LOSS_LIMIT = "110" }, 100))) -- 5 of fees
    assert.equal(34, (run { RISK_DAILY_LOSS_LIMIT = "115", RISK_DAY_START_UTC = "10:00" }))
  end)

  it("G14 G24 H6: knows the day's loss and its trip after kill -9", function()
    local path, code = directory .. "/day.db", directory .. "/day.lua"
    local closes = { 100, 100, 96, 94, 94, 91, 88, 80, 70, 60 }
    local function script(resume, steps, body)
      program.write(code, ([[
        local bars = require "spec.support.bars"
        local s = assert(require "neap".session { data = { ["BTC-USD"] = bars.closes { %s } }, fee_bps = 0,
          cash = 1000, env = { RISK_DAILY_LOSS_LIMIT = "100" }, store = %q, resume = %s })
        s:step(%d) %s
        local rows, stored = s:events(), nil
        repeat stored = require "neap.event_store".events(%q, { since = rows[#rows].seq })
        until stored and stored:next()
        os.execute("kill -9 " .. io.open "/proc/self/stat":read "n")
      ]]):format(table.concat(closes, ","), path, tostring(resume), steps, body, path))
      program.script(code)
    end
    script(false, 4, [[s:buy { quantity = 10 } s:step(0 + 1)]])
    script(true, 1, "")
    local before = assert(store.replay(path, { from_start = true }))
    assert.equal("normal", before.guard_mode)
    script(true, 2, "s:buy { quantity = 1, limit = 10 }") -- 94 to 91 to 88: 60 of which 30 were lost in this process
    script(true, 1, "")
    local after = assert(store.replay(path, { from_start = true }))
    assert.equal("reduce_only", after.guard_mode)
    assert.equal("daily_loss_limit", after.guard_reason)
    local s = open(closes, { RISK_DAILY_LOSS_LIMIT = "100" }, { store = path, resume = true })
    assert.equal("reduce_only", s.trading)
    assert.equal("daily_loss", s.guard.holds[1].guard)
    s:sell { quantity = 10, stop = 65, reduce_only = true }
    s:run()
    assert.equal("0", tostring(s.positions[1].quantity))
    check_replay(path, s:stop().state_hash)
  end)

  it("remembers as if nobody had stopped it, from wherever it goes on", function()
    local walk = bars.walk(300, 49)
    local trader = program.write(directory .. "/trader.lua", [[
      return require "neap".strategy {
        name = "trader",
        on_start = function(self) self.fast = self:sma(5) end,
        on_bar = function(self, bar)
          if self.flat and bar.close > self.fast.value then self:buy { fraction = 0.5, stop_loss = bar.close * 0.97 }
          elseif self.long and bar.close < self.fast.value then self:close() end
        end,
      }]])
    local risk = { RISK_DAILY_LOSS_LIMIT = "10", RISK_MAX_DRAWDOWN_PCT = "0.5", RISK_ENABLE_VOLATILITY_CB = "on",
      RISK_VOL_WARNING_THRESH = "0.3", RISK_VOL_REDUCE_ONLY_THRESH = "0.9", RISK_VOL_KILL_SWITCH_THRESH = "1" }
    local function go(path, resume)
      return open({ ["BTC-USD"] = walk }, risk, { strategy = trader, store = path, resume = resume })
    end
    local s = go(directory .. "/undisturbed.db")
    s:run()
    local metrics = #told(s, "risk_metrics")
    assert.equal("daily_loss_limit", s.guard.reason)
    assert.is_true(#told(s, "guard_noted") > 0 and #told(s, "equity_peak") > 0 and metrics > 3)
    local whole = s:stop().state_hash
    for _, count in ipairs { 1, 7, 60, 150, 299 } do
      local path = ("%s/again%d.db"):format(directory, count)
      go(path):step(count)
      gone()
      s = go(path, true)
      s:run()
      assert.equal(metrics, #told(s, "risk_metrics"))
      assert.equal(whole, s:stop().state_hash)
      check_replay(path, whole)
    end
  end)

  it("trips again after a resume while the loss is still there, and not on a new day", function()
    local closes = { 100, 100, 80 }
    for i = 4, 40 do closes[i] = 80 end
    local path = directory .. "/resumed.db"
    local s = open(closes, { RISK_DAILY_LOSS_LIMIT = "100" }, { store = path })
    s:step(1)
    s:buy { quantity = 10 }
    s:step(2)
    assert.equal("reduce_only", s.trading)
    assert.is_true(s:resume "I know better")
    assert.same({}, s.guard.holds)
    s:step(1)
    assert.equal("reduce_only", s.trading)
    assert.equal(2, #told(s, "guard_tripped"))
    s:step(20)
    assert.equal("reduce_only", s.trading) -- nothing lifts itself
    assert.is_true(s:resume "a new day")
    s:run()
    assert.equal("normal", s.trading)
    check_replay(path, s:stop().state_hash)
    path = directory .. "/resumed_at_once.db"
    s = open(closes, { RISK_DAILY_LOSS_LIMIT = "100" }, { store = path })
    s:step(1)
    s:buy { quantity = 10 }
    s:step(2)
    s:resume "and stop"
    check_replay(path, s:stop().state_hash)
  end)

  it("platform 94: trips on a drawdown from the peak, which outlives the process", function()
    local path = directory .. "/peak.db"
    local closes = { 100, 100, 120, 115, 114.05, 114, 113, 112 }
    local risk = { RISK_MAX_DRAWDOWN_PCT = "0.05" }
    do
      local s = open(closes, risk, { store = path })
      s:step(1)
      s:buy { quantity = 10 }
      s:step(3)
    end
    gone()
    local s = open(closes, risk, { store = path, resume = true })
    s:step(1)
    assert.equal("normal", s.trading) -- 1200 to 1140.5: 4.958 %
    s:step(2)
    s:run()
    local trip = told(s, "guard_tripped")[1]
    assert.equal("drawdown", trip.guard)
    assert.equal("max_drawdown", s.guard.reason)
    check_replay(path, s:stop().state_hash)
  end)

  it("H6.82 platform 95: a position near its liquidation stops its product's entries, until it is safe", function()
    local s = open({ ["BTC-PERP"] = { 100, 100, 90, 80, 78, 120, 120 }, ["ETH-USD"] = { 50, 50, 50, 50, 50, 50, 50 } },
      { RISK_MIN_LIQUIDATION_BUFFER_PCT = "0.15", RISK_DAILY_LOSS_LIMIT = "1000000000000" },
      { products = PERP })
    s:step(1)
    s:buy { product = "BTC-PERP", quantity = 30 }
    s:step(1)
    local entry = s:buy { product = "BTC-PERP", quantity = 1, limit = 20 }
    local other = s:buy { product = "ETH-USD", quantity = 1, limit = 20 }
    s:step(2)
    local hold = s.guard.holds[1]
    assert.same({ "liquidation_buffer", "BTC-PERP" }, { hold.guard, hold.product })
    assert.same({ "cancelled", "open", "normal" }, { entry.status, other.status, s.trading })
    local trip = told(s, "guard_tripped")
    assert.equal("product_reduce_only", trip[1].action)
    local refused = s:buy { product = "BTC-PERP", quantity = 1 }
    assert.same({ "guard_tripped", "liquidation_buffer" }, { refused.reason.code, refused.reason.check })
    assert.equal("open", s:buy { product = "ETH-USD", quantity = 1, limit = 20 }.status)
    local out = s:sell { product = "BTC-PERP", quantity = 5 }
    assert.equal("open", out.status)
    s:step(2)
    assert.equal("filled", out.status)
    assert.same({}, s.guard.holds)
    assert.equal("liquidation_buffer", told(s, "guard_cleared")[1].guard)
    assert.equal("open", s:buy { product = "BTC-PERP", quantity = 1 }.status)
    s:stop()
  end)

  it("H6.85 H6.86: a mark over twice its age stops its product's entries, until there is a fresh one", function()
    local eth = product_bars { 50, 50 }
    eth[3] = { time = bars.START + 9 * HOUR, open = 50, high = 50, low = 50, close = 50, volume = 1 }
    eth[4] = { time = bars.START + 10 * HOUR, open = 50, high = 50, low = 50, close = 50, volume = 1 }
    local btc = {}
    for i = 1, 12 do btc[i] = 100 end
    local s = open({ ["BTC-USD"] = btc, ["ETH-USD"] = eth }, { RISK_MAX_MARK_STALENESS_SECONDS = "3600" })
    s:step(2)
    local entry = s:buy { product = "ETH-USD", quantity = 1, limit = 20 }
    local other = s:buy { product = "BTC-USD", quantity = 1, limit = 20 }
    s:step(2) -- two hours old, of which the bar's length is fresh: one, which is not over the limit
    assert.equal(0, #told(s, "guard_noted"))
    s:step(1)
    assert.equal(1, #told(s, "guard_noted"))
    assert.equal("open", entry.status)
    assert.equal("stale_mark", s:buy { product = "ETH-USD", quantity = 1 }.reason.code)
    s:step(1)
    assert.same({ "cancelled", "open" }, { entry.status, other.status })
    local trip, rows = told(s, "guard_tripped")
    assert.same({ "mark_staleness", "10800", "7200" }, { trip[1].guard, at(trip[1].input), at(trip[1].limit) })
    assert.equal("ETH-USD", rows[1].product)
    assert.equal("mark_staleness", s:buy { product = "ETH-USD", quantity = 1 }.reason.check)
    s:run()
    assert.equal("mark_staleness", told(s, "guard_cleared")[1].guard)
    s:stop()
  end)

  local function alternating(shares)
    local closes = { 100 }
    for i, share in ipairs(shares) do closes[i + 1] = closes[i] * (i % 2 == 1 and 1 + share or 1 - share) end
    for i, close in ipairs(closes) do closes[i] = ("%.2f"):format(close) + 0 end
    return closes
  end

  local BREAKER = { RISK_ENABLE_VOLATILITY_CB = "true", RISK_VOL_PERIODS_PER_YEAR = "252", RISK_CB_COOLDOWN_MIN = "180",
    RISK_DAILY_LOSS_LIMIT = "1000000000000", RISK_VOL_WINDOW_PERIODS = "6",
    RISK_VOL_WARNING_THRESH = "0.15", RISK_VOL_REDUCE_ONLY_THRESH = "0.2", RISK_VOL_KILL_SWITCH_THRESH = "0.25" }

  it("H6.88 H6.91 H6.92: the breaker warns, then escalates in its cool-down, and repeats nothing in it", function()
    local s = open(alternating { .0095, .0095, .0095, .0095, .0095, .0095, .0095, .025, .03, .03 }, BREAKER)
    s:step(5)
    assert.equal(0, #told(s, "guard_noted")) -- H6.89: not before the window is full
    s:step(1)
    assert.equal("volatility_circuit_breaker", told(s, "guard_noted")[1].guard)
    s:step(2)
    assert.equal(1, #told(s, "guard_noted"))
    assert.equal("normal", s.trading)
    local entry = s:buy { quantity = 1, limit = 20 }
    s:step(1)
    local trip = told(s, "guard_tripped")
    assert.equal(trip[1].action, s.trading)
    assert.equal("cancelled", entry.status)
    s:run()
    assert.equal("halted", s.trading)
    assert.same({ "volatility_circuit_breaker", "guard_manager" }, { s.guard.reason, s.guard.who })
    s:stop()
  end)

  it("H6.92: the same level trips again once the cool-down is over; a resume is heard until then", function()
    local shares = {}
    for i = 1, 30 do shares[i] = .05 end
    local s = open(alternating(shares), BREAKER)
    s:step(6)
    assert.equal("halted", s.trading)
    assert.is_true(s:resume "watched")
    s:step(2)
    assert.equal("normal", s.trading)
    s:step(1)
    assert.equal("halted", s.trading)
    assert.equal(2, #told(s, "guard_tripped"))
    s:run()
    assert.equal(2, #told(s, "guard_tripped")) -- what is in force is not said again
    s:stop()
  end)

  it("holds the largest of too concentrated a book, and two that move together", function()
    local function walk(sign)
      local closes = { 100 }
      for i = 1, 30 do closes[i + 1] = closes[i] * (1 + sign * (i * 7 % 11 - 5) / 1000) end
      for i, close in ipairs(closes) do closes[i] = ("%.2f"):format(close) + 0 end
      return closes
    end
    local pair = { ["BTC-USD"] = walk(1), ["ETH-USD"] = walk(1) }
    local function held(risk, quantities)
      local s = open(pair, risk)
      s:step(15)
      for id, quantity in pairs(quantities) do s:buy { product = id, quantity = quantity } end
      s:step(2)
      local list = {}
      for i, hold in ipairs(s.guard.holds) do list[i] = hold.guard .. " " .. hold.product end
      table.sort(list)
      s:stop()
      return list
    end
    assert.same({}, held({ RISK_MAX_CONCENTRATION_HHI = "0.6" }, { ["BTC-USD"] = 2, ["ETH-USD"] = 2 }))
    assert.same({ "concentration BTC-USD" },
      held({ RISK_MAX_CONCENTRATION_HHI = "0.6" }, { ["BTC-USD"] = 5, ["ETH-USD"] = 1 }))
    assert.same({}, held({ RISK_MAX_CORRELATION = "0.9" }, { ["BTC-USD"] = 2 }))
    assert.same({ "correlation BTC-USD", "correlation ETH-USD" },
      held({ RISK_MAX_CORRELATION = "0.9" }, { ["BTC-USD"] = 1, ["ETH-USD"] = 1 }))
  end)

  it("H6.94 shows the figures of risk, and writes them once an hour while something is held", function()
    local s = open({ 100, 100, 110, 110 }, { RISK_DAILY_LOSS_LIMIT = "500" })
    s:step(1)
    assert.equal(0, #told(s, "risk_metrics"))
    s:buy { quantity = 5 }
    s:step(2)
    local m = s.guard.metrics
    assert.same({ "1050", "550", "50", "0.05" },
      { tostring(m.equity), tostring(m.total_notional), tostring(m.daily_pnl), tostring(m.daily_pnl_pct) })
    assert.equal("550", told(s, "risk_metrics")[2].total_notional)
    s:stop()
  end)

  it("does its work while a strategy loops for ever: entries are gone within the event", function()
    local loops = program.write(directory .. "/loops.lua", [[
      return require "neap".strategy {
        name = "loops",
        on_bar = function(self, bar)
          self.state.bars = (self.state.bars or 0) + 1
          if self.state.bars == 1 then self:buy { quantity = 5 } self:buy { quantity = 1, limit = 20 } end
          if self.state.bars > 2 then self:buy { quantity = 1, limit = 21 } while true do end end
        end,
      }]])
    local s = open({ 100, 100, 70, 70, 70 }, { RISK_DAILY_LOSS_LIMIT = "100" }, { strategy = loops })
    s:step(3)
    assert.equal("reduce_only", s.trading)
    assert.equal(0, #s.orders)
    local order = {}
    for _, row in ipairs(s:events()) do
      if row.type == "guard_tripped" or row.type == "callback_failed" then order[#order + 1] = row.type end
    end
    assert.same({ "guard_tripped", "callback_failed" }, order)
    assert.equal("open", s:close().status)
    assert.is_true(s:kill "enough")
    s:step(1)
    assert.equal("0", tostring(s.positions[1].quantity))
    s:stop()
  end)

  it("stand under either engine alike", function()
    local stories = {}
    for i, engine in ipairs { "live", "advanced" } do
      local s = open({ ["BTC-PERP"] = { 100, 100, 90, 80, 78, 76, 76 } }, { RISK_MIN_LIQUIDATION_BUFFER_PCT = "0.15",
        RISK_DAILY_LOSS_LIMIT = "700" }, { products = PERP, engine = engine })
      s:step(1)
      s:buy { quantity = 30 }
      s:step(3)
      local list = { s:buy { quantity = 1 }.reason.check }
      s:run()
      list[2] = s:buy { quantity = 1 }.reason.code
      for _, row in ipairs(s:events()) do
        if row.type:find "^guard" or row.type == "mode_changed" then list[#list + 1] = row.type .. row.json end
      end
      stories[i] = list
      s:stop()
    end
    assert.same(stories[1], stories[2])
    assert.equal("liquidation_buffer", stories[1][1])
    assert.equal("reduce_only_mode", stories[1][2])
    assert.equal(2 + 4, #stories[1]) -- held, stricter, the day's loss, the mode
  end)

  it("hold nothing any more once they are turned off", function()
    local s = open({ ["BTC-PERP"] = { 100, 100, 80, 80, 80 } }, { RISK_MIN_LIQUIDATION_BUFFER_PCT = "0.2" },
      { products = PERP })
    s:step(1)
    s:buy { quantity = 30 }
    s:step(2)
    assert.equal(1, #s.guard.holds)
    local config = require "neap.config"
    assert(s:configure(assert(config.load { env = { RISK_MIN_LIQUIDATION_BUFFER_PCT = "0", RISK_MAX_LEVERAGE = "100",
      RISK_DAILY_LOSS_LIMIT = "1000000000000" } })))
    assert.same({}, s.guard.holds)
    assert.equal(1, #told(s, "guard_cleared"))
    s:stop()
  end)

  it("limit a back-test under a profile, which says by what and since when", function()
    local strategy = program.write(directory .. "/often.lua", [[
      return require "neap".strategy { name = "often", on_bar = function(self)
        if self.flat then self:buy { quantity = 1 } else self:close() end end }]])
    local csv = program.write(directory .. "/fall.csv",
      bars.csv(product_bars { 1000, 1000, 990, 980, 970, 850, 800, 800 }))
    local words = ("backtest %s --data BTC-USD=%s --cash 10000 --fee-bps 0"):format(strategy, csv)
    local text, alerts, code = program.run(words .. " --profile prod")
    assert.equal(0, code)
    assert.matches("REDUCE_ONLY since 2025%-01%-01 06:00: daily_loss_limit, by guard_manager", text)
    assert.matches("alert guard_manager.*daily_loss: 130 against a limit of 100", alerts)
    local result = require("neap.json").decode((program.run(words .. " --profile prod --json")))
    assert.same({ "reduce_only", "daily_loss_limit", "guard_manager", "2025-01-01T06:00:00Z" },
      { result.guard.mode, result.guard.reason, result.guard.who, result.guard.since })
    assert.is_true(result.rejections.reduce_only_mode > 0)
    assert.not_matches("REDUCE_ONLY", (program.run(words)))
  end)

  it("costs and writes nothing when no limit is there", function()
    local s = open({ 100, 100, 1, 1 })
    s:step(1)
    s:buy { quantity = 10 }
    s:run()
    assert.equal("normal", s.trading)
    for _, type in ipairs { "day_started", "guard_tripped", "guard_noted", "risk_metrics" } do
      assert.equal(0, #told(s, type))
    end
    s:stop()
  end)

  it("goes by limits that were changed between two events", function()
    local s = open { 100, 100, 95, 95, 94, 94 }
    s:step(1)
    s:buy { quantity = 10 }
    s:step(2)
    assert.equal("normal", s.trading)
    assert(s:configure(assert(require("neap.config").load { env = { RISK_DAILY_LOSS_LIMIT = "5" } })))
    s:step(1) -- the day's loss begins here: nobody had asked before
    assert.equal("normal", s.trading)
    s:step(1)
    assert.equal("daily_loss_limit", s.guard.reason)
    s:stop()
  end)
end)
