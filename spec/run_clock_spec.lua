-- SPDX-License-Identifier: MIT
-- A session on a clock: its pace, signals, modes that outlive it, kills at any moment. Real processes, real sockets.
local bars = require "spec.support.bars"
local core = require "neap.run_c"
local json = require "neap.json"
local program = require "spec.support.program"
local running = require "spec.support.running"

local HOLDS = [[
return require "neap".strategy {
  name = "holds",
  on_bar = function(self, bar)
    self:info("cycle")
    if self.flat then self:buy { fraction = "0.1", stop_loss = bar.close * 0.5, why = "in" } end
    if #self.orders < 3 then self:buy { quantity = "0.001", limit = bar.close * 0.6, why = "below" } end
  end,
  on_stop = function(self, reason) self:info("bye " .. reason) end,
}
]]

local LOOPS = [[
return require "neap".strategy {
  name = "loops",
  on_bar = function(self, bar) while true do end end,
}
]]

local SLOW = [[
return require "neap".strategy {
  name = "slow",
  on_bar = function(self, bar)
    if not self.entered then self.entered = self:buy { quantity = "0.001", limit = bar.close * 0.6 } return end
    local sum = 0
    for i = 1, 2e5 do sum = sum + i end
    self:info("cycle")
  end,
}
]]

-- Hears each bar and each fill once, whatever happens to its process, or says so.
local LISTENS = [[
return require "neap".strategy {
  name = "listens",
  on_bar = function(self, bar)
    local state = self.state
    local sum = 0
    for i = 1, 2e4 do sum = sum + i end
    if state.last and bar.time ~= state.last + 3600000000000 then self:info("bars lost or doubled") end
    if (state.held or require "neap".decimal "0") ~= self.position.quantity then self:info("fills lost or doubled") end
    state.last, state.bars = bar.time, (state.bars or 0) + 1
    if state.bars % 2 == 0 then return end
    if self.flat then self:buy { quantity = "0.01" } else self:close {} end
  end,
  on_fill = function(self, fill)
    local held = self.state.held or require "neap".decimal "0"
    self.state.held = fill.side == "buy" and held + fill.quantity or held - fill.quantity
  end,
}
]]

local FAST = "holds.lua --data BTC-USD_1h.csv --speed max --quiet"

local SECOND = 1000000000
local A_SECOND_HERE = 5 * SECOND -- where four specs and a sanitizer share two processors

describe("a session on a clock", function()
  local home, process

  local function start(words, options)
    options = options or {}
    options.home = home
    process = running.start(words, options)
    return process
  end

  local function verb(words) return running.verb(words, { home = home }) end

  local function document(words) return json.decode((verb(words .. " --json")), { numbers = "float" }) end

  setup(function()
    home = program.directory()
    program.write(home .. "/holds.lua", HOLDS)
    program.write(home .. "/loops.lua", LOOPS)
    program.write(home .. "/slow.lua", SLOW)
    program.write(home .. "/listens.lua", LISTENS)
    program.write(home .. "/BTC-USD_1h.csv", bars.csv(bars.walk(20000)))
  end)
  teardown(function() program.remove(home) end)
  after_each(function()
    if process then process:finish() end
    process = nil
  end)

  it("H19.56 starts its cycles as far apart as the clock says: 2 s, within 10 %", function()
    process = start "holds.lua --data BTC-USD_1h.csv --session paced --speed 1800" -- an hour in 2 s
    local function cycle(count) -- it was after the last answer without it, and before the first with it
      local earliest = core.now()
      process:await(function(status)
        if status.bars >= count then return true end
        earliest = core.now()
      end)
      return { from = earliest, to = core.now() }
    end
    local function are_apart(a, b) return b.to - a.from > 1.8 * SECOND and b.from - a.to < 2.2 * SECOND end
    local before, good = cycle(1), 0
    for count = 2, 6 do -- a machine that is busy elsewhere starts one late: the others are on time
      local now = cycle(count)
      if are_apart(before, now) then good = good + 1 end
      if good == 2 then return end
      before = now
    end
    error(("of 5 cycles %d were 2 s after the one before"):format(good))
  end)

  it("does not wait longer than the clock says", function()
    process = start "holds.lua --data BTC-USD_1h.csv --session brisk --speed 18000" -- five bars a second
    process:await(function(status) return status.bars >= 1 end)
    local least = math.huge
    for count = 3, 11, 2 do -- a machine that is busy elsewhere has some late, not all
      local before = core.now()
      process:await(function(status) return status.bars >= count end)
      least = math.min(least, core.now() - before)
    end
    assert.is_true(least < 0.9 * SECOND, least)
  end)

  it("lets session time go on between two bars", function()
    process = start "holds.lua --data BTC-USD_1h.csv --session between --speed 60"
    local early = process:ask({ command = "status" }).now
    local late = process:await(function(status) return status.now > early end)
    assert.equal(0, late.bars)
    assert.matches("^2025%-01%-01T00:", late.now)
  end)

  for _, name in ipairs { "TERM", "INT" } do
    it("stops on SIG" .. name .. " within a second, however slow it goes, with code 0", function()
      process = start("holds.lua --data BTC-USD_1h.csv --speed 0.001 --session slow" .. name)
      local before = core.now()
      process:signal(name)
      local text, code, complaint = process:wait()
      assert.is_true(core.now() - before < A_SECOND_HERE)
      assert.equal(0, code, complaint)
      assert.matches("stopped: SIG" .. name, text)
      assert.matches("bye SIG" .. name, complaint)
      assert.equal("stopped", document("status slow" .. name).state)
    end)
  end

  it("stops within a second while a strategy loops for ever", function()
    process = start "loops.lua --data BTC-USD_1h.csv --speed max --session forever"
    local before = core.now()
    process:signal "TERM"
    local _, code = process:wait()
    assert.is_true(core.now() - before < A_SECOND_HERE)
    assert.equal(0, code)
    assert.equal(0, select(3, verb "verify forever"))
  end)

  it("stops at full speed, too, and is whole afterwards", function()
    process = start "holds.lua --data BTC-USD_1h.csv --speed max --session fast --quiet"
    process:await(function(status) return status.bars > 100 end)
    process:signal "TERM"
    local text, code = process:wait()
    assert.equal(0, code)
    assert.matches("stopped: SIGTERM", text)
    assert.equal(0, select(3, verb "verify fast"))
  end)

  it("applies a kill right after the callback that was running", function()
    process = start "slow.lua --data BTC-USD_1h.csv --speed max --session busy --quiet"
    process:await(function(status) return status.open_orders == 1 end)
    assert.equal("halted", process:ask({ command = "kill", why = "now" }).trading)
    assert.equal(0, process:ask({ command = "status" }).open_orders)
    process:signal "TERM"
    process:wait()
    local at, cycles = nil, 0
    for _, row in ipairs(document("events busy").events) do
      if row.type == "mode_changed" then at = row.seq end
      if at and row.type == "order_cancel_requested" then break end
      if at and row.type == "log" then cycles = cycles + 1 end
    end
    assert.is_truthy(at)
    assert.equal(0, cycles) -- no callback between the kill and the cancel
  end)

  it("applies a kill while a strategy loops for ever: its entries are gone before another bar", function()
    program.write(home .. "/trap.lua", [[return require "neap".strategy {
      name = "trap",
      on_bar = function(self, bar)
        if not self.entered then self.entered = self:buy { quantity = "0.001", limit = bar.close * 0.6 } return end
        self.state.looping = true
        while true do end
      end,
    }]])
    process = start(("trap.lua --data BTC-USD_1h.csv --speed 36000 --session trap --quiet"))
    process:await(function(status) return status.open_orders == 1 end)
    local before = core.now()
    assert.equal("halted", process:ask({ command = "kill", why = "trapped" }).trading)
    assert.is_true(core.now() - before < A_SECOND_HERE)
    assert.equal(0, process:ask({ command = "orders" }).orders[1] and 1 or 0)
    process:signal "TERM"
    assert.equal(0, select(2, process:wait()))
    assert.equal("halted", document("status trap").trading)
  end)

  it("outlives the reader of its output", function()
    local command = ("cd '%s' && env NEAP_HOME='%s' %s 2>&1 </dev/null | { read a; read b; echo \"$b\"; }"):format(home,
      home, program.command "run holds.lua --data BTC-USD_1h.csv --speed max --to 2025-03-01 --session unread --json")
    local pipe = assert(io.popen(command)) -- what it says goes to nobody from then on
    pipe:close()
    local status = document "status unread"
    assert.equal("stopped", status.state)
    assert.equal("end of the data", status.ended_because)
  end)

  it("waits for no reader of its log", function()
    local directory = home .. "/sessions/deaf"
    local command = ("cd '%s' && exec env NEAP_HOME='%s' %s 2>&1 >/dev/null </dev/null"):format(home, home,
      program.command "run holds.lua --data BTC-USD_1h.csv --speed 7200000 --session deaf")
    local pipe = assert(io.popen(command))
    pipe:read "l" -- it began; what follows is read by nobody, and more than a pipe holds
    local before
    repeat before = core.ask(directory, '{"command":"status"}', SECOND) until before
    local pid = math.tointeger(json.decode(before, { numbers = "float" }).pid)
    process = running.of { directory = directory, pid = pid, pipe = pipe, errors = os.tmpname() }
    local status = process:await(function(status) return status.bars > 2500 end)
    assert.equal("running", status.state)
    process:signal "TERM"
    assert.equal(0, select(2, process:wait()))
    local _, lines = program.read(directory .. "/run.log"):gsub("\n", "")
    assert.is_true(lines > 2500)
  end)

  it("leaves what --on-stop says", function()
    local left = {}
    for _, how in ipairs { "keep", "cancel", "flatten" } do
      process = start(("%s --session %s --on-stop %s"):format(FAST, how, how))
      process:await(function(status) return status.open_orders == 3 end)
      process:signal "TERM"
      process:wait()
      local orders, held = document("orders " .. how).orders, document("positions " .. how).positions
      left[how] = ("%d orders, %s"):format(#orders, held[1] and held[1].side or "flat")
      if how == "cancel" then assert.equal("sell", orders[1].side) end
      assert.equal(0, select(3, verb("verify " .. how)))
    end
    assert.same({ keep = "3 orders, long", cancel = "1 orders, long", flatten = "0 orders, flat" }, left)
  end)

  it("goes on where it stopped, and with what it kept", function()
    process = start(FAST .. " --session again --on-stop keep")
    process:await(function(status) return status.open_orders == 3 end)
    process:ask { command = "stop" }
    process:wait()
    local before = document "status again"
    process = start "--session again"
    assert.matches("resumed", process.lines[1])
    local now = process:ask { command = "status" }
    assert.equal(3, now.open_orders)
    assert.is_true(now.now >= before.now)
    process:await(function(status) return status.bars > 50 end)
    process:signal "TERM"
    assert.equal(0, select(2, process:wait()))
    assert.equal(0, select(3, verb "verify again"))
  end)

  it("halted and then killed with -9 is still halted when it starts again, and its exit is watched", function()
    process = start(FAST .. " --session halted")
    process:await(function(status) return status.open_orders == 3 end)
    process:ask { command = "kill", why = "feed looks wrong" }
    process:signal "KILL"
    assert.equal(137, select(2, process:wait()))
    assert.equal("killed", document("status halted").state)
    process = start "--session halted"
    assert.matches("resumed, halted", process.lines[1])
    local status = process:ask { command = "status" }
    assert.equal("halted", status.trading)
    assert.equal("feed looks wrong", status.reason)
    local orders = process:ask({ command = "orders" }).orders
    assert.equal(1, #orders)
    assert.equal("sell", orders[1].side)
    assert.equal("long", process:ask({ command = "positions" }).positions[1].side)
    assert.equal("normal", process:ask({ command = "resume", why = "it was right" }).trading)
  end)

  it("lets a stop strike in a session that is halted and was killed", function()
    program.write(home .. "/tight.lua", [[return require "neap".strategy {
      name = "tight",
      on_bar = function(self, bar)
        if not self.state.entered then
          self:buy { fraction = "0.1", stop_loss = bar.close * 0.97 }
          self.state.entered = true
        end
      end,
    }]])
    process = start "tight.lua --data BTC-USD_1h.csv --speed 360000 --session struck --quiet --to 2025-02-01"
    process:await(function(status) return status.open_orders == 1 end)
    process:ask { command = "kill", why = "no more" }
    process:signal "KILL"
    process:wait()
    local text, _, code = verb "run --session struck --speed max --on-stop keep"
    assert.equal(0, code)
    assert.matches("resumed, halted", text)
    local fills = document("fills struck").fills
    assert.same({ "buy", "sell" }, { fills[1].side, fills[2] and fills[2].side })
    assert.equal("flat", document("positions struck").positions[1].side)
    assert.equal("halted", document("status struck").trading)
  end)

  it("survives kill -9 at any moment", function()
    local last = 0
    for life = 1, 6 do
      local words = life == 1 and "listens.lua --data BTC-USD_1h.csv --speed max --quiet --session mortal"
        or "--session mortal --quiet"
      process = start(words)
      if life % 2 == 0 then process:await(function(status) return status.bars >= life * 37 end) end
      process:signal "KILL"
      process:wait()
      local status = document "status mortal"
      assert.equal("killed", status.state)
      assert.equal(0, select(3, verb "verify mortal"))
      local events = document("events mortal").events
      assert.is_true(#events >= last)
      last = #events
    end
    process = start "--session mortal --quiet"
    process:await(function(status) return status.bars >= 2 end)
    process:signal "TERM"
    assert.equal(0, select(2, process:wait()))
    local told = verb "events mortal"
    assert.matches("order_filled", told)
    assert.is_nil(told:match "[^\n]*lost or doubled")
  end)

  it("is run by one process at a time: code 5", function()
    process = start "holds.lua --data BTC-USD_1h.csv --speed 1 --session mine"
    local _, complaint, code = verb "run --session mine"
    assert.equal(5, code, complaint)
    assert.matches("process " .. process.pid, complaint)
    assert.equal("running", process:ask({ command = "status" }).state) -- and the first is still heard
  end)
end)
