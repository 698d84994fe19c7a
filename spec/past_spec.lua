-- SPDX-License-Identifier: MIT
-- A stored session at a moment of its past, in a program and at the prompt.
local clock = require "neap.clock"
local event_store = require "neap.event_store"
local neap = require "neap"
local past = require "neap.past"
local program = require "spec.support.program"

local HOUR = 3600 * 10^9 // 1 | 0
local START = clock.parse "2025-01-01"

-- Bars of an hour, one unit higher each.
local function bars(count)
  local list = {}
  for i = 1, count do
    list[i] = { time = START + i * HOUR, open = 99 + i, high = 101 + i, low = 98 + i, close = 100 + i, volume = 50 }
  end
  return list
end

local STRATEGY = [[return require "neap".strategy { name = "counts",
  on_bar = function(self, bar)
    self.state.bars = (self.state.bars or 0) + 1
    if self.state.bars == 3 then self:buy { quantity = 2, why = "third" } end
    if self.state.bars == 6 then self:buy { quantity = 1, limit = 50, tag = "deep", why = "sixth" } end
    if self.state.bars == 9 then self:close { why = "ninth" } end
  end }]]

describe("neap.past", function()
  local home, path, hashes

  setup(function()
    home = program.directory()
    path = home .. "/run"
    local strategy = program.write(home .. "/counts.lua", STRATEGY)
    local s <close> = assert(neap.session { strategy = strategy, data = { ["BTC-USD"] = bars(12) }, cash = 1000,
      fee_bps = 10, env = {}, store = path, snapshot_every = 7 })
    hashes = {}
    while s:step(1) == 1 do
      local rows = s:events {}
      hashes[rows[#rows].seq] = s:state_hash()
    end
    s:stop "done"
  end)
  teardown(function() program.remove(home) end)

  it("opens at the last event, by directory and by file", function()
    local p = assert(neap.past(path))
    assert.is_true(p.ended)
    assert.equal("session_stopped", p.event.type)
    assert.equal(p.seq, assert(neap.past(path .. "/events.db")).seq)
    assert.matches("^past of .*: behind event #%d+, 2025%-01%-01T%d%d:00:00Z %(session_stopped%); 0 orders work$",
      tostring(p))
  end)

  it("has at every moment the state that the session had, to the hash", function()
    local p = assert(past.open(path))
    local compared = 0
    for seq, hash in pairs(hashes) do
      assert(p:seek("#" .. seq))
      assert.equal(hash, p.state_hash)
      compared = compared + 1
    end
    assert.is_true(compared > 6)
  end)

  it("shows positions, orders, cash and what a strategy kept", function()
    local p = assert(past.open(path))
    assert(p:seek "2025-01-01T03:30:00Z")
    assert.same({}, p.positions)
    assert.equal(2, p.states.counts.bars)
    assert.equal("1000", tostring(p.cash.counts))
    assert(p:seek "2025-01-01T08:00:00Z")
    assert.equal(7, p.states.counts.bars)
    assert.equal("BTC-USD  long 2 @ 103  unrealized -  realized 0  fees 0.206",
      tostring(p.positions[1]))
    assert.equal(1, #p.orders)
    assert.same({ "deep", "sixth", "50" }, { p.orders[1].tag, p.orders[1].why, tostring(p.orders[1].limit) })
    assert.equal("normal", p.trading)
    assert(p:seek(START + 11 * HOUR))
    assert.is_true(p.positions[1].quantity:is_zero())
  end)

  it("stands behind all events of a moment, and behind those before it between two", function()
    local p = assert(past.open(path))
    local rows = {}
    for row in event_store.events(path .. "/events.db") do rows[#rows + 1] = row end
    for i, row in ipairs(rows) do
      local last = i
      while rows[last + 1] and rows[last + 1].ts_ns == row.ts_ns do last = last + 1 end
      assert(p:seek(row.ts_ns))
      assert.equal(rows[last].seq, p.seq)
      if last < #rows then
        assert(p:seek(rows[last + 1].ts_ns - 1))
        assert.equal(rows[last].seq, p.seq)
      end
      assert(p:seek("#" .. row.seq))
      assert.equal(row.seq, p.seq)
    end
  end)

  it("steps on and back, and tells what it passed", function()
    local p = assert(past.open(path))
    local last = p.seq
    assert.same({}, p:step(1))
    local back = p:step(-3)
    assert.same({ last, last - 1, last - 2 }, { back[1].seq, back[2].seq, back[3].seq })
    assert.equal(last - 3, p.seq)
    local on = p:step(2)
    assert.same({ last - 2, last - 1 }, { on[1].seq, on[2].seq })
    assert.equal(last - 1, p.seq)
    assert.equal(2, #p:step(-last) - (last - 4))
    assert.equal(1, p.seq)
    assert.same({}, p:step(-1))
    assert.equal(last - 1, #p:step(1 << 40))
    assert.equal(last, p.seq)
  end)

  it("tells what had happened and nothing of what came later", function()
    local p = assert(past.open(path))
    assert.equal(3, #p:events { type = "order_intent" })
    assert(p:seek "2025-01-01T05:00:00Z")
    assert.equal(1, #p:events { type = "order_intent" })
    assert.equal(p.seq, p:events { limit = 1 }[1].seq)
    local story = tostring(assert(p:explain "#1"))
    assert.matches("why       third", story)
    local _, err = p:explain "#2"
    assert.equal("no_such_order", err.code)
    assert.equal(1, #p:explain("#1").fills)
    assert(p:seek("#" .. p:events({ type = "order_intent" })[1].seq))
    assert.is_nil(p:explain("#1").fills[1])
  end)

  it("leads from an event to what caused it", function()
    local p = assert(past.open(path))
    local fill = p:events { type = "order_filled" }[1]
    local chain = p:causes(fill.seq)
    assert.equal(fill.seq, chain[1].seq)
    for i = 1, #chain - 1 do assert.equal(chain[i].cause_seq, chain[i + 1].seq) end
    assert.equal(0, chain[#chain].cause_seq)
    assert.is_true(#chain > 1)
  end)

  it("stays where it is when it cannot go", function()
    local p = assert(past.open(path))
    local seq = p.seq
    local cases = { ["1999-01-01"] = "before_all", ["#0"] = "no_such_event", ["#99999"] = "no_such_event",
      ["yesterday"] = "not_a_time", ["2025-13-01"] = "not_a_time" }
    for t, code in pairs(cases) do
      local ok, err = p:seek(t)
      assert.same({ nil, code }, { ok, err.code })
    end
    assert.equal(seq, p.seq)
    assert.equal(("there is no event #99999; the last is #%d"):format(seq), select(2, p:seek "#99999").message)
    assert.error_matches(function() p:seek(1.5) end, "a time is wanted")
    assert.error_matches(function() p:step(0) end, "a whole number of events is wanted, on or back, not 0")
    for _, number in ipairs { -1, 0 } do
      assert.equal("no_such_event", select(2, p:causes(number)).code)
      assert.equal("no_such_event", select(2, p:input(number)).code)
    end
    assert.error_matches(function() p.now = 3 end, "now is read, not set")
    assert.equal(seq, #p:step(math.mininteger) + 1)
    assert(p:seek("#" .. seq))
    assert.error_matches(function() return p.positons end, "did you mean 'positions'")
    assert.error_matches(function() p:events { typ = "x" } end, "did you mean 'type'")
    assert.error_matches(function() p:explain "abc" end, "too short for an order")
  end)

  it("says what is wrong with a store", function()
    local _, err = neap.past(home .. "/nowhere")
    assert.equal("no_such_store", err.code)
    program.write(home .. "/text.db", "no store")
    _, err = neap.past(home .. "/text.db")
    assert.equal("not_a_store", err.code)
    assert(event_store.create { path = home .. "/empty.db" }):close()
    _, err = neap.past(home .. "/empty.db")
    assert.equal("no_events", err.code)
    assert.error_matches(function() neap.past() end, "directory or file of events is wanted")
  end)

  it("is s at the prompt", function()
    local function typed(words, lines)
      local input = program.write(home .. "/input", lines)
      local form = "cd '%s' && env XDG_STATE_HOME='%s' %s <%s 2>&1"
      local pipe = io.popen(form:format(home, home, program.command(words), input))
      local text = pipe:read "a"
      return text, select(3, pipe:close())
    end
    local said = typed("repl run", 's:seek "2025-01-01T08:00:00Z"\ns.positions\ns.orders\n')
    assert.matches("behind event #%d+, 2025%-01%-01T08:00:00Z", said)
    assert.matches("BTC%-USD  counts    long         2    103", said)
    assert.matches("deep  sixth", said)
    local complaint, code = typed("repl run --cash 5", "")
    assert.same({ "neap: --cash is for a session that trades, and 'run' is no strategy file (.lua)\n", 2 },
      { complaint, code })
    complaint, code = typed("repl rnu", "")
    assert.same({ 4, true }, { code, complaint:find("did you mean run", 1, true) ~= nil })
  end)

  it("completes its words", function()
    rawset(_G, "p_of_spec", assert(past.open(path)))
    local complete = require "neap.repl.complete"
    local _, found = complete.candidates "p_of_spec:se"
    assert.same({ "seek" }, found)
    _, found = complete.candidates "p_of_spec.po"
    assert.same({ "positions" }, found)
    rawset(_G, "p_of_spec", nil)
  end)
end)
