-- SPDX-License-Identifier: MIT
-- A session's configuration: recorded when it starts, changed between two events, taken over when it is resumed.
local bars = require "spec.support.bars"
local config = require "neap.config"
local neap = require "neap"
local program = require "spec.support.program"

local directory

local function load(options)
  options.env = options.env or {}
  return assert(config.load(options))
end

local function open(options)
  options.data, options.cash, options.env = { ["BTC-USD"] = bars.walk(60) }, 10000, options.env or {}
  return assert(neap.session(options))
end

local function changes(s) return s:events { type = "configuration_changed" } end

describe("a session's configuration", function()
  setup(function() directory = program.directory() end)
  teardown(function() program.remove(directory) end)

  it("is written with the start: what is not the default or was set, with its source and without a path", function()
    local s <close> = open { profile = "prod", env = { RISK_MAX_LEVERAGE = "2" }, set = { daily_loss_limit = 7 } }
    local list = s:events({ type = "session_started" })[1].body.configuration
    local said = {}
    for _, entry in ipairs(list) do said[entry.name] = entry.value .. " " .. entry.source end
    assert.equal("2 environment RISK_MAX_LEVERAGE", said.max_leverage)
    assert.equal("7 command line", said.daily_loss_limit)
    assert.equal("true risk file prod.json", said.enable_market_impact_guard)
    assert.equal("50 risk file prod.json", said.slippage_guard_bps) -- somebody said it, though it is the default
    assert.is_nil(said.price_collar_bps)
  end)

  it("is logged where it has no effect", function()
    local lines = {}
    local s <close> = open { profile = "spot", set = { max_leverage = 3 },
      on_log = function(level, line) lines[#lines + 1] = level .. " " .. line end }
    assert.equal("warn max_leverage = 3 (command line) has no effect: lock of profile spot says 1", lines[1])
    s:stop()
  end)

  it("has closed options", function()
    local s <close> = open {}
    assert.error_matches(function() s:configure {} end, "what neap.config.load gives is wanted")
    assert.error_matches(function() s:configure() end, "what neap.config.load gives is wanted")
    assert.error_matches(function() s:configure(load {}, { wyh = "x" }) end, "unknown option 'wyh'; did you mean 'why'")
    assert.error_matches(function() s:configure(load {}, { number = "1" }) end, "number is a integer, not string")
    assert.error_matches(function() s:configure(load {}, { policy = io.stdout }) end, "policy is not an object")
    s:stop()
    assert.error_matches(function() s:configure(load {}) end, "stopped")
  end)

  it("changes between two orders: the next one goes by the other engine", function()
    local s <close> = open {}
    s:step(2)
    local a = s:buy { quantity = "0.01" }
    assert.equal(1, s:configure(load { set = { enable_market_impact_guard = true } }, { who = "me", why = "try it" }))
    local b = s:buy { quantity = "0.01" }
    assert.same({ "live", "advanced" }, { a.engine, b.engine })
    local body = changes(s)[1].body
    assert.same({ number = 1, who = "me", why = "try it", engine_before = "live", engine_after = "advanced",
      changed = { { name = "enable_market_impact_guard", old = "false", new = "true", source = "command line" } } },
      body)
  end)

  it("keeps a copy of its own: what is done to the limits afterwards has no effect", function()
    local c = load {}
    local s <close> = open {}
    s:configure(c)
    c.limits:set("enable_market_impact_guard", "true")
    s:step(1)
    assert.equal("live", s:buy({ quantity = "0.01" }).engine)
  end)

  it("platform 37: entries are IOC where the configuration says so, whatever they ask for; exits are not", function()
    for _, flag in ipairs { "false", "true" } do
      local s <close> = open { set = { entry_time_in_force = "IOC", enable_market_impact_guard = flag } }
      s:step(2)
      local entry = s:buy { quantity = "1", limit = "1", time_in_force = "gtc" }
      assert.equal("ioc", entry.time_in_force)
      s:step(1)
      assert.equal("cancelled", entry.status)
      local bought = s:buy { quantity = "0.01" }
      s:step(1)
      assert.equal("filled", bought.status)
      local exit = s:sell { quantity = "0.01", limit = "1000000", reduce_only = true }
      s:step(1)
      assert.same({ "gtc", "open" }, { exit.time_in_force, exit.status })
      local story = tostring(s:explain(entry))
      assert.matches("entry_time_in_force +adjusted +ioc, as the configuration says", story)
    end
  end)

  it("platform 49: a product that the configuration lists from now on is entered from the next order on", function()
    local s <close> = open { set = { trading_symbols = "ETH-USD" } }
    s:step(2)
    local refused = s:buy { quantity = "0.01" }
    assert.same({ "rejected", "not_tradable" }, { refused.status, refused.reason.code })
    s:configure(load { set = { trading_symbols = "ETH-USD,BTC-USD" } })
    local taken = s:buy { quantity = "0.01" }
    s:step(1)
    assert.equal("filled", taken.status)
    s:configure(load { set = { trading_symbols = "ETH-USD" } })
    local out = s:sell { quantity = "0.01" }
    s:step(1)
    assert.equal("filled", out.status) -- getting out is always allowed
  end)

  it("platform 50: on a day that is not traded nothing is opened, and exits pass", function()
    local data = bars.walk(60)
    local day = os.date("!%a", data[1].time // 1000000000):lower()
    local s <close> = open { set = { trading_days = day == "mon" and "tue" or "mon" } }
    s:step(2)
    local entry = s:buy { quantity = "0.01" }
    assert.same({ "rejected", "session_window" }, { entry.status, entry.reason.code })
    assert.equal("session_window", s:events({ type = "decision" })[1].body.reason.code)
  end)

  it("writes nothing when nothing differs", function()
    local s <close> = open {}
    assert.equal(0, s:configure(load {}))
    assert.equal(0, #changes(s))
  end)

  it("cancels entries when the new one says reduce-only, and does not lift the mode when it no longer does", function()
    local s <close> = open {}
    s:step(2)
    local entry = s:buy { quantity = "0.01", limit = "1" }
    assert.equal("open", entry.status)
    s:configure(load { set = { reduce_only_mode = true } })
    assert.same({ "cancelled", "reduce_only" }, { entry.status, s.trading })
    s:configure(load {})
    assert.equal("reduce_only", s.trading)
    assert.is_true(s:resume "it was a try" ~= nil)
    assert.equal("normal", s.trading)
    s:configure(load { set = { kill_switch_enabled = true } })
    assert.equal("halted", s.trading)
  end)

  it("is part of the state: replay agrees, and a resumed session counts on", function()
    local path = directory .. "/run"
    local options = { store = path, snapshot_every = 5 }
    do
      local s <close> = open(options)
      s:step(2)
      assert.equal(1, s:configure(load { set = { max_leverage = 3 } }))
      s:buy { quantity = "0.01" }
      s:step(20)
      assert.equal(9, s:configure(load { set = { max_leverage = 2 } }, { number = 9 }))
      s:step(1)
    end
    local verdict = assert(require("neap.event_store").verify(path .. "/events.db"))
    assert.is_true(verdict.snapshots == nil or verdict.snapshots >= 0)
    local s <close> = open { store = path, resume = true, set = { max_leverage = 4 } }
    local list = s:events({ type = "session_resumed" })[1].body
    assert.same({ 9, "max_leverage", "4" },
      { list.configuration_number, list.configuration[1].name, list.configuration[1].value })
    assert.equal(10, s:configure(load { set = { max_leverage = 5 } }))
    s:stop()
    local state = assert(require("neap.event_store").replay(path .. "/events.db", { from_start = true }))
    assert.is_true(state.snapshots >= 2)
  end)

  it("takes a new policy with it, which outlives the caller's", function()
    local path = program.write(directory .. "/policy.lua", "return function() return 'advanced', 'mine' end")
    local s <close> = open {}
    s:step(1)
    local policy = assert(require("neap.policy").open(path, { lua_root = require("neap.base.home").lua }))
    s:configure(load {}, { policy = policy })
    policy = nil -- luacheck: ignore
    collectgarbage()
    collectgarbage()
    local o = s:buy { quantity = "0.01" }
    assert.equal("advanced", o.engine)
    assert.is_true(changes(s)[1].body.policy)
    assert.equal(require("neap.digest").sha256_file(path), changes(s)[1].body.policy_digest)
  end)
end)
