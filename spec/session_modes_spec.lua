-- SPDX-License-Identifier: MIT
-- Modes: who takes them, what they cancel, how they are lifted, and that they outlive the process.
local bars = require "spec.support.bars"
local config = require "neap.config"
local neap = require "neap"
local program = require "spec.support.program"

local CLOSES = { 100, 101, 102, 103, 104, 105, 106, 107, 108, 109 }

local HEARS = [[
return require "neap".strategy {
  name = "hears",
  on_bar = function(self, bar)
    if self.flat then self:buy { quantity = 1, stop_loss = 50 } end
    self:buy { quantity = 1, limit = 60 }
  end,
  on_mode = function(self, m)
    self:info(("%s %s %s %s"):format(m.mode, m.reason, m.who, self.mode))
    self.state.since = m.since
  end,
  on_reject = function(self, o) self.state.refused = o.reason.code end,
}
]]

describe("a session's mode", function()
  local store = require "neap.event_store"
  local directory, hears

  local function open(options)
    local all = { data = { ["BTC-USD"] = bars.closes(CLOSES) }, fee_bps = 0, cash = 1000, env = {} }
    for name, value in pairs(options or {}) do all[name] = value or nil end
    return assert(neap.session(all))
  end

  local function raises(pattern, f, ...)
    local ok, message = pcall(f, ...)
    assert.is_false(ok)
    assert.matches(pattern, message)
  end

  local function refused(code, value, err)
    assert.is_nil(value)
    assert.equal(code, err.code)
  end

  local function types(session, since)
    local list = {}
    for i, row in ipairs(session:events { since = since }) do list[i] = row.type end
    return list
  end

  setup(function()
    directory = program.directory()
    hears = program.write(directory .. "/hears.lua", HEARS)
  end)
  teardown(function() program.remove(directory) end)

  it("is changed with words that say why, and says so", function()
    local s = open()
    s:step(1)
    raises("resume: say why", s.resume, s)
    raises("flatten: say why", s.flatten, s, "")
    raises("resume: say why", s.resume, s, " \t\n")
    raises("reduce_only: true or false, and why, are wanted, not string", s.reduce_only, s, "on")
    raises('reduce_only: say why, in words: s:reduce_only%(true, "feed looks wrong"%)', s.reduce_only, s, true)
    assert.equal("normal", tostring(s.guard))
    assert.is_true(s:reduce_only(true, "a holiday"))
    assert.equal("reduce_only: a holiday, by operator since 2025-01-01T01:00:00Z", tostring(s.guard))
    assert.equal(s.now, s.guard.since)
    s:stop()
  end)

  it("that is stricter cancels the entries of all desks in one piece with its event, and keeps the exits", function()
    local s = open { cash = false, operator_cash = 500, strategies = { { strategy = hears, cash = 500 } } }
    s:step(3)
    s:buy { quantity = 1, limit = 70 }
    local before = s:events()
    assert(#s.orders > 3)
    assert.is_true(s:reduce_only(true, "enough"))
    for _, o in ipairs(s.orders) do assert.equal("stop", o.type) end
    local after = types(s, before[#before].seq + 1)
    assert.equal("mode_changed", after[1])
    assert.equal("order_cancel_requested", after[2])
    assert.equal("reduce_only_mode", s:buy { quantity = 1 }.reason.code)
    s:step(1)
    assert.equal("1", tostring(s.positions[1].quantity))
    assert.equal("open", s:close { strategy = "hears" }.status)
    s:step(1)
    assert.equal("0", tostring(s.positions[1].quantity))
    s:stop()
  end)

  it("is told to on_mode once, also when it is lifted", function()
    local s = open { strategy = hears }
    s:step(2)
    s:kill "one"
    s:kill "two"
    s:step(1)
    s:resume "three"
    local said = {}
    for i, row in ipairs(s:events { type = "log" }) do said[i] = row.body.text end
    assert.same({ "halted one operator halted", "normal three operator normal" }, said)
    assert.equal(2, #s:events { type = "mode_changed" })
    s:stop()
  end)

  it("leads back to normal only, and not past the configuration", function()
    local s = open()
    s:step(1)
    s:kill "stop"
    refused("halted", s:reduce_only(false, "softer"))
    refused("halted", s:reduce_only(true, "softer"))
    assert.equal("halted", s.trading)
    assert.is_true(s:resume "it was the feed")
    assert.equal("normal", s.trading)
    assert.is_true(s:resume "again")
    assert.equal(2, #s:events { type = "mode_changed" })
    s:reduce_only(true, "holiday")
    assert.is_true(s:reduce_only(false, "over"))
    assert.equal("open", s:buy { quantity = 1 }.status)
    s:stop()
    local configured = open { env = { RISK_REDUCE_ONLY_MODE = "on" } }
    configured:step(1)
    local value, err = configured:resume "I want to"
    refused("configured", value, err)
    assert.matches("reduce_only_mode", err.message)
    assert.equal("configuration", configured.guard.who)
    assert.is_true(configured:kill "worse")
    refused("configured", configured:resume "I want to")
    configured:stop()
  end)

  it("flattens in every mode: no entry works on, every position is closed", function()
    local s = open { strategy = hears }
    s:step(3)
    assert(#s.orders > 2)
    s:kill "stop"
    assert.equal(1, s:flatten "get out")
    assert.equal(0, s:flatten "get out, I said") -- the way out is on its way
    s:step(1)
    assert.equal("0", tostring(s.positions[1].quantity))
    assert.equal(0, #s.orders)
    local told = s:events { type = "flatten_requested" }[1].body
    assert.same({ "get out", "operator" }, { told.why, told.who })
    assert.equal("halted", s.trading)
    s:stop()
  end)

  it("outlives a kill -9, with reason, who and since; its exits are watched", function()
    local path, code = directory .. "/killed.db", directory .. "/killed.lua"
    program.write(code, ([[
      local bars = require "spec.support.bars"
      local s = assert(require "neap".session { data = { ["BTC-USD"] = bars.closes { %s } }, fee_bps = 0, cash = 1000,
        env = {}, strategy = %q, store = %q })
      s:step(3)
      assert(s:kill "smoke")
      os.execute("kill -9 " .. io.open "/proc/self/stat":read "n")
    ]]):format(table.concat(CLOSES, ","), hears, path))
    program.script(code)
    local before = assert(store.replay(path, { from_start = true }))
    assert.same({ "halted", "smoke", "operator" }, { before.guard_mode, before.guard_reason, before.guard_who })
    local fall = { table.unpack(CLOSES, 1, 5) }
    for i = 6, 10 do fall[i] = 40 end
    local s = open { strategy = hears, store = path, resume = true, data = { ["BTC-USD"] = bars.closes(fall) } }
    assert.equal("halted: smoke, by operator since 2025-01-01T03:00:00Z", tostring(s.guard))
    s:run()
    assert.equal("0", tostring(s.positions[1].quantity)) -- the stop at 50 was watched
    local result = s:stop()
    local again = assert(store.replay(path, { from_start = true }))
    assert.equal(result.state_hash, again.state_hash)
    assert.equal("halted", again.states.hears.refused)
  end)

  it("of the configuration is asked anew at each start; one that a person took over stays", function()
    local path = directory .. "/asked.db"
    local function resumed(env)
      collectgarbage()
      collectgarbage()
      return open { store = path, resume = true, env = env }
    end
    open { store = path, env = { RISK_REDUCE_ONLY_MODE = "on" } }:step(1)
    local s = resumed {}
    assert.equal("normal", s.trading)
    s = nil -- luacheck: ignore
    s = resumed { RISK_REDUCE_ONLY_MODE = "on" }
    assert.is_true(s:reduce_only(true, "mine now"))
    assert.equal("operator", s.guard.who)
    s = nil -- luacheck: ignore
    assert.equal("reduce_only", resumed {}.trading)
  end)

  describe("that lasts, under a configuration that is stricter for a while,", function()
    local function killed(options) -- no stop: as after a crash
      open(options):step(4)
      collectgarbage()
      collectgarbage()
    end

    local function resumed(path, env)
      return open { store = path, resume = true, env = env }
    end

    it("is a guard's, and is there when the configuration asks no more", function()
      local path = directory .. "/under.db"
      local s = open { store = path, strategy = hears, env = { RISK_MAX_DRAWDOWN_PCT = "0.005" },
        data = { ["BTC-USD"] = bars.closes { 100, 100, 90, 90, 90, 90, 90, 90 } } }
      s:step(5)
      assert.same({ "reduce_only", "guard_manager" }, { s.trading, s.guard.who })
      assert(s:configure(config.load { env = { RISK_MAX_DRAWDOWN_PCT = "0.005", RISK_KILL_SWITCH_ENABLED = "on" } }))
      assert.same({ "halted", "configuration over guard_manager" }, { s.trading, s.guard.who })
      s = nil -- luacheck: ignore
      collectgarbage()
      collectgarbage()
      s = open { store = path, resume = true, strategy = hears, env = { RISK_MAX_DRAWDOWN_PCT = "0.005" },
        data = { ["BTC-USD"] = bars.closes { 100, 100, 90, 90, 90, 90, 90, 90 } } }
      assert.equal("halted", s.trading)
      assert(s:resume "looked at")
      assert.equal("normal", s.trading)
      local result = s:stop()
      assert.equal(result.state_hash, assert(store.replay(path, { from_start = true })).state_hash)
    end)

    it("is a guard's that trips only then", function()
      local path = directory .. "/then.db"
      local s = open { store = path, strategy = hears, env = { RISK_MAX_DRAWDOWN_PCT = "0.005" },
        data = { ["BTC-USD"] = bars.closes { 100, 100, 100, 90, 90, 90, 90, 90 } } }
      s:step(2)
      assert(s:configure(config.load { env = { RISK_MAX_DRAWDOWN_PCT = "0.005", RISK_KILL_SWITCH_ENABLED = "on" } }))
      assert.same({ "halted", "configuration" }, { s.trading, s.guard.who })
      s:step(4)
      assert.same({ "halted", "configuration over guard_manager" }, { s.trading, s.guard.who })
      local result = s:stop()
      assert.equal(result.state_hash, assert(store.replay(path, { from_start = true })).state_hash)
    end)

    it("is a person's, and is there after a start under that configuration", function()
      local path = directory .. "/three.db"
      local s = open { store = path }
      s:reduce_only(true, "mine")
      s = nil -- luacheck: ignore
      collectgarbage()
      collectgarbage()
      s = resumed(path, { RISK_KILL_SWITCH_ENABLED = "on" })
      assert.same({ "halted", "configuration over operator" }, { s.trading, s.guard.who })
      s = nil -- luacheck: ignore
      collectgarbage()
      collectgarbage()
      assert.equal("halted", resumed(path, {}).trading)
    end)

    it("keeps its name where both say the same", function()
      local path = directory .. "/same.db"
      killed { store = path, env = { RISK_REDUCE_ONLY_MODE = "on" } }
      local s = resumed(path, { RISK_REDUCE_ONLY_MODE = "on" })
      s:reduce_only(true, "mine now")
      s = nil -- luacheck: ignore
      collectgarbage()
      collectgarbage()
      assert.equal("operator", resumed(path, { RISK_REDUCE_ONLY_MODE = "on" }).guard.who)
    end)
  end)

  it("is not taken by guards that cannot value what is held yet", function()
    local path = directory .. "/blind.db"
    local late = bars.closes(CLOSES)
    local function both(eth)
      return { store = path, data = { ["BTC-USD"] = bars.closes(CLOSES), ["ETH-PERP"] = eth },
        products = { ["ETH-PERP"] = { kind = "perpetual" } }, env = { RISK_MAX_DRAWDOWN_PCT = "0.05" } }
    end
    do
      local s = open(both(bars.closes(CLOSES)))
      s:step(2)
      s:buy { product = "ETH-PERP", quantity = 2 }
      s:step(1)
      assert.equal("2", tostring(s.positions[1].quantity))
    end
    collectgarbage()
    collectgarbage()
    local options = both(table.move(late, 7, #late, 1, {}))
    options.resume = true
    local s = open(options)
    s:step(1)
    assert.equal("normal", s.trading)
    local o = s:buy { product = "BTC-USD", quantity = 1 }
    assert.equal("exposure_unknown", o.reason and o.reason.code)
    s:run()
    assert.equal("normal", s.trading)
    local result = s:stop()
    assert.equal(result.state_hash, assert(store.replay(path, { from_start = true })).state_hash)
  end)

  it("of a stricter configuration takes the entries that a resumed session still has", function()
    local path = directory .. "/stricter.db"
    do
      local s = open { store = path }
      s:step(2)
      s:buy { quantity = 1, limit = 60 }
      s:buy { quantity = 1, stop_loss = 50 }
      s:step(1)
      assert.equal(2, #s.orders)
    end
    collectgarbage()
    collectgarbage()
    local s = open { store = path, resume = true, env = { RISK_KILL_SWITCH_ENABLED = "on" } }
    assert.equal("halted", s.trading)
    assert.equal(1, #s.orders)
    assert.equal("stop", s.orders[1].type)
    s:stop()
  end)
end)
