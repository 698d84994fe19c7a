-- SPDX-License-Identifier: MIT
local lfs = require "lfs"
local neap = require "neap"
local program = require "spec.support.program"
local session = require "neap.session"

local HOUR = 3600 * 1000000000
local START = 1735689600 * 1000000000

-- Hourly bars that open where the one before closed.
local function bars_of(closes, first)
  local bars = {}
  for i, close in ipairs(closes) do
    local open = closes[i - 1] or close
    bars[i] = { time = (first or START) + (i - 1) * HOUR, open = open, close = close, volume = 100,
      high = math.max(open, close) + 1, low = math.min(open, close) - 1 }
  end
  return bars
end

local NONE = {} -- an option that is left out

local CLOSES = { 100, 101, 102, 103, 104, 105, 106, 107, 108, 109 }

local function options(more)
  local all = { data = { ["BTC-USD"] = bars_of(CLOSES) }, fee_bps = 0, cash = 1000, env = {} }
  for key, value in pairs(more or {}) do all[key] = value ~= NONE and value or nil end
  return all
end

local function open(more) return assert(neap.session(options(more))) end

local function raises(pattern, f, ...)
  local ok, message = pcall(f, ...)
  assert.is_false(ok)
  assert.matches(pattern, message)
end

local directory

local function strategy(name, body)
  return program.write(("%s/%s.lua"):format(directory, name),
    ('return require "neap".strategy { name = %q, %s }\n'):format(name, body))
end

describe("neap.session", function()
  setup(function() directory = program.directory() end)
  teardown(function() program.remove(directory) end)

  it("adds no global", function()
    local known = {}
    for name in pairs(_G) do known[name] = true end
    open():stop()
    for name in pairs(_G) do assert.is_true(known[name], "added " .. tostring(name)) end
  end)

  it("refuses unknown options with the nearest, and contradictions", function()
    raises("session: unknown option 'dta'; did you mean 'data'", neap.session, { dta = 1 })
    raises("strategies%[1%]: unknown word 'csh'; did you mean 'cash'", neap.session,
      options { strategies = { { strategy = "x.lua", csh = 1 } } })
    raises("strategy and strategies exclude", neap.session, options { strategy = "x", strategies = {} })
    raises("params belong to each", neap.session, options { strategies = {}, params = {} })
    raises("cash is missing", neap.session, options { strategies = { { strategy = "a" }, { strategy = "b" } } })
    raises("each of the strategies has its own", neap.session,
      options { strategies = { { strategy = "a", cash = 1 } } })
    raises("resume needs a store", neap.session, options { resume = true })
    raises("ack_fd is a whole number", neap.session, options { ack_fd = "x", store = "s" })
    raises("ack_fd needs a store", neap.session, options { ack_fd = 5 })
    raises("ack_fd is the number of an open file, not %-1", neap.session, options { ack_fd = -1, store = "s" })
    raises("store: a path has no zero byte", neap.session, options { store = "a\0b.db" })
    raises("data is a path", neap.session, { cash = 1 })
    raises("a table of options", neap.session, 7)
  end)

  it("gives nil and a fault for what the world lacks", function()
    for _, case in ipairs {
      { { data = "BTC-USD_nix.csv" }, "no_file" }, { { mode = "armed" }, "no_venue" },
      { { mode = "papier" }, "not_a_choice", "paper" }, { { mode = "backtest" }, "not_a_choice" },
      { { profile = "demmo" }, "not_a_choice", "demo" }, { { operator_cash = "x" }, "not_a_number" },
      { { strategies = { { strategy = "a", cash = -1 } }, cash = NONE }, "out_of_range" },
      { { store = directory .. "/none.db", resume = true }, "no_such_store" },
    } do
      local s, err = neap.session(options(case[1]))
      assert.is_nil(s)
      assert.equal(case[2], err.code)
      assert.equal(case[3], err.nearest)
    end
  end)

  it("steps through the instants at which bars close, and says when there are no more", function()
    local s = open()
    assert.equal(START, s.now)
    assert.same({ 1, nil }, { s:step(1) })
    assert.equal(START + HOUR, s.now)
    assert.same({ 4 }, { s:step(4) })
    local done, why = s:run()
    assert.same({ 5, "end" }, { done, why })
    assert.same({ 0, "end" }, { s:step(3) })
    raises("at least 1", s.step, s, 0)
    assert.equal(10, s:stop().bars)
  end)

  it("steps over several products by the instant, those that close together in one", function()
    local s = open { data = { ["BTC-USD"] = bars_of(CLOSES), ["ETH-USD"] = bars_of(CLOSES, START + HOUR) } }
    assert.equal(1, (s:step(1)))
    assert.equal(2, (s:step(1)))
    assert.equal(17, (s:run()))
    raises("which product%? one of BTC%-USD, ETH%-USD", s.buy, s, { quantity = 1 })
  end)

  it("trades by hand: what is asked between two bars meets the next one", function()
    local s = open()
    s:step(2)
    local before = s:state_hash()
    local o = s:buy { quantity = 2, why = "by hand", tag = "mine" }
    assert.equal(64, #before)
    assert.not_equal(before, s:state_hash())
    assert.equal("open", o.status)
    assert.same({ "mine" }, { s.orders[1].tag })
    s:step(1)
    assert.equal("filled", o.status)
    assert.equal("101", tostring(o.average_price))
    assert.equal("BTC-USD  long 2 @ 101  unrealized +2  realized 0  fees 0", tostring(s.positions[1]))
    assert.equal("operator", s.positions[1].strategy)
    assert.equal("1002", tostring(s.equity))
    assert.equal("798", tostring(s.cash))
    assert.equal("by hand", s.fills[1].why)
    assert.equal("long", (tostring(s:target { quantity = 3 }) and "long"))
    s:step(1)
    assert.equal("3", tostring(s.positions[1].quantity))
    local out = s:close { why = "enough" }
    assert.equal("sell", out.side)
    s:step(1)
    assert.equal("flat", tostring(s.positions[1]):match "flat")
    assert.equal(1, #s.trades)
    assert.equal("BTC-USD", s.trades[1].product)
  end)

  it("refuses as a desk does: misuse raises at the caller's line, the engine's no is the order's", function()
    local s = open()
    s:step(1)
    raises("session_spec.lua:%d+: buy: unknown option 'quantty'; did you mean 'quantity'", function()
      s:buy { quantty = 1 }
    end)
    raises("buy: no size", function() s:buy {} end)
    raises("more than zero", function() s:sell { quantity = -1 } end)
    raises("unknown product 'BTC%-USDT'; did you mean 'BTC%-USD'", function()
      s:buy { product = "BTC-USDT", quantity = 1 }
    end)
    local o = s:buy { quantity = 1000 }
    assert.equal("rejected", o.status)
    assert.equal("insufficient_funds", o.reason.code)
    assert.equal(0, #s.orders)
  end)

  it("cancels by handle, by tag and all", function()
    local s = open()
    s:step(1)
    local a = s:buy { quantity = 1, limit = 50, tag = "a" }
    s:buy { quantity = 1, limit = 51, tag = "b" }
    s:buy { quantity = 1, limit = 52 }
    assert.is_true(a:cancel())
    assert.is_false(a:cancel())
    assert.is_true(s:cancel "b")
    assert.is_false(s:cancel "b")
    assert.equal(1, #s.orders)
    s:cancel_all { product = "BTC-USD" }
    assert.equal(0, #s.orders)
    raises("an order or a tag is wanted, not number", s.cancel, s, 7)
    raises("unknown option 'produkt'", s.cancel_all, s, { produkt = 1 })
  end)

  it("takes the operator's cash only where it was given, and lets him out in any case", function()
    local path = strategy("holder", "on_bar = function(self) if self.flat then self:buy { quantity = 1 } end end")
    local s = open { strategy = path }
    s:step(3)
    raises("the operator has no cash in this session", function() s:buy { quantity = 1 } end)
    assert.equal("holder", s.positions[1].strategy)
    assert.equal("sell", s:close { strategy = "holder" }.side)
    raises("unknown word 'holdr'; did you mean 'holder'", function() s:close { strategy = "holdr" } end)
    s:stop()
    local with = open { strategy = path, operator_cash = 500 }
    with:step(1)
    assert.equal("open", with:buy { quantity = 1 }.status)
    with:step(1)
    assert.equal(2, #with.positions)
    local story = with:explain(with:events { type = "order_intent" }[2].client_order_id)
    assert.same({ "operator", 1 }, { story.intent.strategy, story.intent.seat }) -- one key, one meaning
    assert.equal("1500", tostring(with:stop().initial_cash))
  end)

  it("seats several strategies, each with its cash and parameters, and closes for all of them", function()
    local body = [[params = { size = { 1, min = 1, max = 5 } },
      on_bar = function(self) if self.flat then self:buy { quantity = self.params.size } end end]]
    local s = open { cash = NONE, strategies = {
      { strategy = strategy("one", body), cash = 300 }, { strategy = strategy("two", body), cash = 700,
        params = { size = 2 } } } }
    s:step(3)
    assert.same({ "one", "two" }, { s.strategies[1].name, s.strategies[2].name })
    assert.same({ "1", "2" }, { tostring(s.positions[1].quantity), tostring(s.positions[2].quantity) })
    local a, b = s:close_all { why = "home" }
    assert.same({ "sell", "sell" }, { a.side, b.side })
    local r = s:stop()
    assert.equal("one, two", r.strategy)
    assert.equal(2, r.params.two.size)
  end)

  it("puts a strategy that fails aside and goes on with its sibling", function()
    local s = open { cash = NONE, strategies = {
      { strategy = strategy("bad", "on_bar = function(self) error 'boom' end"), cash = 500 },
      { strategy = strategy("good", "on_bar = function(self) if self.flat then self:buy { quantity = 1 } end end"),
        cash = 500 } } }
    s:step(3)
    assert.matches("boom", s.strategies[1].quarantined)
    assert.is_nil(s.strategies[2].quarantined)
    assert.equal("good", s.positions[1].strategy)
    assert.matches("QUARANTINED", tostring(s.strategies[1]))
    s:stop()
  end)

  it("kills: entries are cancelled and refused, exits stay and pass", function()
    local s = open()
    s:step(1)
    s:buy { quantity = 2, stop_loss = 50 }
    s:step(1)
    s:buy { quantity = 1, limit = 60 }
    assert.equal(2, #s.orders)
    raises("say why", s.kill, s)
    assert.is_true(s:kill "the feed looks wrong")
    assert.equal("halted", s.trading)
    assert.equal(1, #s.orders)
    assert.equal("stop", s.orders[1].type)
    assert.equal("halted", s:buy { quantity = 1 }.reason.code)
    assert.equal("open", s:close().status)
    local told = s:events { type = "mode_changed" }[1].body
    assert.same({ "halted", "the feed looks wrong", "operator" }, { told.mode, told.reason, told.who })
    s:step(1)
    assert.equal("0", tostring(s.positions[1].quantity))
  end)

  it("shows its events from memory, filtered, and explains an order by handle, id and number", function()
    local s = open()
    s:step(1)
    local o = s:buy { quantity = 1, why = "a reason" }
    s:step(1)
    assert.equal(1, #s:events { type = "order_filled", product = "BTC-USD" })
    assert.equal("session_started", s:events { limit = 1 }[1].type)
    local all = s:events()
    assert.equal(all[#all].seq, s:events { since = all[#all].seq }[1].seq)
    assert.matches("#1 2025.*session_started", tostring(all[1]))
    for _, word in ipairs { o, o.id, o.id:sub(1, 8), "#1", 1 } do
      assert.matches("why       a reason", tostring(s:explain(word)))
    end
    local none, err = s:explain "#99"
    assert.is_nil(none)
    assert.equal("no_such_order", err.code)
    raises("too short", s.explain, s, "abc")
    raises("unknown option 'typ'; did you mean 'type'", s.events, s, { typ = "x" })
  end)

  it("cancels no order of another session", function()
    local one, two = open(), open()
    one:step(1)
    two:step(1)
    local theirs, ours = one:buy { quantity = 1, limit = 60 }, two:buy { quantity = 1, limit = 60 }
    raises("cancel: the order is of another session", two.cancel, two, theirs)
    assert.same({ "open", "open" }, { theirs.status, ours.status })
    assert.is_true(two:cancel(two.orders[1]))
    assert.is_true(theirs:cancel())
    assert.same({ "cancelled", "cancelled" }, { theirs.status, ours.status })
    one:stop()
    two:stop()
  end)

  it("says which word of a filter is wrong, and cuts no text at a zero byte", function()
    local s = open()
    s:step(1)
    raises("buy: why has a zero byte in it", s.buy, s, { quantity = 1, why = "a\0b" })
    raises("close: why has a zero byte in it", s.close, s, { why = "a\0b" })
    raises("^spec/session_spec.*events: since is a whole number, not 'x'", function() s:events { since = "x" } end)
    raises("events: limit is a whole number, not '%-1'", s.events, s, { limit = -1 })
    raises("events: order is text, not table", s.events, s, { order = {} })
    s:stop()
    raises("^spec/session_spec.*stopped: it can be read", function() s:stop() end)
    raises("^spec/session_spec.*stopped: it can be read", function() s:kill "late" end)
  end)

  it("reads what memory let go from its store, without a gap", function()
    local store = directory .. "/long.db"
    local closes = {}
    for i = 1, 100 do closes[i] = 100 end
    local s = open { store = store, data = { ["BTC-USD"] = bars_of(closes) }, strategy = strategy("talker",
      "on_bar = function(self) for i = 1, 30 do self:info(('x'):rep(2700), { i = i }) end end") }
    s:run()
    local rows = s:events()
    for i, row in ipairs(rows) do assert.equal(i, row.seq) end
    assert.is_true(#rows > 2700) -- of 2.7 kB: twice what memory keeps
    assert.equal(20, #s:events { limit = 20 })
    local count = #rows
    s:stop()
    assert.is_true(assert(require("neap.event_store").verify(store)).events > count)
  end)

  it("stops with a result like a back-test's, once; what follows can read, not drive", function()
    local s = open()
    s:step(2)
    local o = s:buy { quantity = 1, limit = 50 }
    local r = s:stop "lunch"
    assert.same({ "paper", 2, 1 }, { r.mode, r.bars, r.orders })
    assert.equal("cancelled", o.status)
    assert.equal("lunch", s:events { type = "session_stopped" }[1].body.reason)
    assert.matches("^result of operator: 2 bars", tostring(r))
    assert.matches("stopped", tostring(s))
    for _, word in ipairs { "step", "run", "stop", "buy", "close", "cancel_all" } do
      raises("the session is stopped", s[word], s, word == "step" and 1 or word == "buy" and { quantity = 1 } or nil)
    end
    assert.equal("1000", tostring(s.equity))
  end)

  it("goes on from its store where it was left: the same end as of one that was never left", function()
    local path = strategy("alternates", [[on_bar = function(self)
      if self.flat then self:buy { fraction = 0.5, stop_loss = 90 } else self:close() end end]])
    local whole = open { strategy = path }
    whole:run()
    for k = 1, 9, 2 do
      local store = ("%s/left%d.db"):format(directory, k)
      open { strategy = path, store = store }:step(k) -- and it is gone, as after a crash
      collectgarbage()
      collectgarbage()
      local s <close> = open { strategy = path, store = store, resume = true }
      assert.equal(1, (s:step(1)))
      s:run()
      assert.equal(tostring(whole.equity), tostring(s.equity))
      assert.equal(#whole:events { type = "order_filled" }, #s:events { type = "order_filled" })
    end
  end)

  it("closes with its block: stopped in order, and then every word says so", function()
    local kept, order
    do
      local s <close> = open()
      s:step(1)
      kept, order = s, s:buy { quantity = 1 }
    end
    assert.equal("session (closed)", tostring(kept))
    raises("the session is closed", function() return kept.equity end)
    raises("the session is closed", kept.stop, kept)
    raises("the session of this order is closed", function() return order.status end)
    getmetatable(kept).__close(kept)
    collectgarbage()
  end)

  it("cannot be driven by the functions that it calls", function()
    local s, message
    s = open { strategy = strategy("logger", "on_bar = function(self) self:info 'hello' end"),
      on_log = function() message = select(2, pcall(s.step, s, 1)) end }
    s:step(2)
    assert.matches("at work", message)
    s:stop()
  end)

  it("has no unknown word, and is read-only", function()
    local s = open()
    raises("a session has no 'positons'; did you mean 'positions'", function() return s.positons end)
    raises("a session has no", function() return s[1] end)
    raises("read%-only", function() s.x = 1 end)
    raises("seek is not in this version", s.seek, s, 0)
    raises("called with a colon", s.step, 1)
    for word in pairs(session.fields) do assert.no_error(function() return s[word] end) end
  end)

  it("brings its own market with the profile demo", function()
    local s <close> = assert(neap.session { profile = "demo", env = {} })
    assert.equal("BTC-USD", s.products[1].id)
    assert.equal(24, (s:step(24)))
  end)

  it("gives the same events as a back-test of the same strategy, but for its name, however it is stepped", function()
    local path = strategy("turns", [[on_bar = function(self, bar)
      if self.flat then self:buy { fraction = 0.5 } else self:close() end end]])
    local function types(run)
      local list = {}
      for i, row in ipairs(run) do list[i] = { row.type, row.time, row.json } end
      return list
    end
    local one, two = open { strategy = path }, open { strategy = path }
    one:run()
    while select(2, two:step(1)) ~= "end" do assert.is_true(two.equity > 0) end
    local r1, r2 = one:stop(), two:stop()
    assert.same(types(one:events()), types(two:events()))
    assert.equal(one:state_hash(), two:state_hash())
    assert.equal(r1.event_hash, r2.event_hash)
    local b = neap.backtest(options { strategy = path })
    assert.same({ b.final_equity, b.orders, b.fills }, { r1.final_equity, r1.orders, r1.fills })
  end)

  it("conserves cash over random orders by hand", function()
    for seed = 1, 5 do
      local market = require "neap.base.market" { seed = seed, bars = 200, start = START, price = 10000 }
      local s = open { data = { ["BTC-USD"] = market }, cash = 100000 }
      local n = seed
      local function below(most)
        n = (n * 1103515245 + 12345) % 2147483648
        return n // 65536 % most
      end
      repeat
        local what = below(4)
        if what == 0 then s:buy { notional = 1 + below(5000) } end
        if what == 1 then s:sell { quantity = 1 + below(3) } end
        if what == 2 then s:buy { quantity = 1, limit = 90 + below(20), stop_loss = 50 } end
        if what == 3 then s:cancel_all() end
        local _, why = s:step(1 + below(3))
      until why == "end"
      s:close_all()
      local sum = s.cash
      for _, p in ipairs(s.positions) do sum = sum + (p.quantity * p.mark) end
      assert.equal(tostring(s.equity), tostring(sum))
      assert.equal(tostring(s.equity), tostring(s:stop().final_equity))
    end
  end)

  it("is stopped by the end of the program without harm", function()
    local text, complaint, code = program.run("--version")
    assert.equal(0, code, complaint .. text)
    local script = program.write(directory .. "/leave.lua", [[
      local s = require "neap".session { profile = "demo", env = {} }
      s:step(5) o = s:buy { quantity = 1 } kept = s ]])
    local command = program.command(""):gsub("%S+/main%.lua%s*$", script)
    assert.is_true((os.execute(command)))
    assert.is_truthy(lfs.attributes(script))
  end)

  it("is closed to a finalizer that comes behind its own", function()
    local said, complaint, code = program.script_text [[
      local s
      local function try(word) print(word, (select(2, pcall(function() s[word](s) end)))) end
      local late = setmetatable({}, { __gc = function() try "run" try "close" print "left" end })
      s = require "neap".session { profile = "demo", env = {} }
      s:step(1)
      os.exit(late and 0, true)
    ]]
    assert.equal(0, code, complaint)
    assert.matches("run\t.*the session is closed\nclose\t.*the session is closed\nleft\n$", said)
  end)
end)
