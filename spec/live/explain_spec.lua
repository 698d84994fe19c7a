-- SPDX-License-Identifier: MIT
-- explain: each check with input, limit and verdict, what was changed, which engine and why, and the configuration that
-- the checks went by with its sources.
local in_force = require "neap.session.in_force"
local program = require "spec.support.program"
local trading = require "spec.support.trading"

local function explain(s, order) return assert(s:explain(order)) end

local function used(told, name)
  for _, entry in ipairs(told.configuration or {}) do
    if entry.name == name then return { tostring(entry.value), entry.source } end
  end
end

describe("explain", function()
  it("says of each check what it saw, its limit and its verdict", function()
    local s <close> = trading.open { env = { RISK_SLIPPAGE_GUARD_BPS = "1" } }
    local order = s:buy { quantity = 90 }
    local told = explain(s, order)
    local last = told.decision.checks[#told.decision.checks]
    assert.same({ "slippage", "failed", "1" }, { last.name, last.verdict, last.limit })
    assert.matches("slippage +failed +%d+%.%d+ +1  bps: spread and impact by the model", tostring(told))
    assert.matches("refused +slippage  check slippage  input %d", tostring(told))
  end)

  it("says which engine decided, and why", function()
    local s <close> = trading.open()
    assert.matches("engine +live: neither risk flag is set", tostring(explain(s, s:buy { quantity = 1 })))
  end)

  it("says what was changed, from what to what", function()
    local s <close> = trading.open()
    s:buy { quantity = 2 }
    s:step(1)
    local told = explain(s, s:sell { quantity = 5, reduce_only = true })
    assert.equal("2", told.decision.ticket.quantity)
    assert.matches("reduce_only +adjusted +5 +2 +quantity clamped to the position", tostring(told))
  end)

  it("names each value that a check went by, with its source", function()
    local s <close> = trading.open { env = { RISK_SLIPPAGE_GUARD_BPS = "40", SLIPPAGE_MULTIPLIERS = "BTC-USD:2" } }
    local told = explain(s, s:buy { quantity = 1 })
    assert.same({ "40", "environment RISK_SLIPPAGE_GUARD_BPS" }, used(told, "slippage_guard_bps"))
    assert.same({ "BTC-USD:2", "environment SLIPPAGE_MULTIPLIERS" }, used(told, "slippage_multipliers"))
    assert.same({ "604800", "profile backtest" }, used(told, "max_mark_staleness_seconds"))
    assert.same({ "false", "default" }, used(told, "reduce_only_mode"))
    assert.is_nil(used(told, "daily_loss_limit"))
    assert.matches("slippage_guard_bps +40  environment RISK_SLIPPAGE_GUARD_BPS", tostring(told))
  end)

  it("tells a value that somebody set to what is the default from one that nobody set", function()
    local s <close> = trading.open { env = { RISK_SLIPPAGE_GUARD_BPS = "50" } }
    assert.same({ "50", "environment RISK_SLIPPAGE_GUARD_BPS" },
      used(explain(s, s:buy { quantity = 1 }), "slippage_guard_bps"))
  end)

  it("shows the configuration of the moment of the decision, not of today", function()
    local s <close> = trading.open { env = { RISK_SLIPPAGE_GUARD_BPS = "40" } }
    local before = s:buy { quantity = 1 }
    local config = require "neap.config"
    local other = assert(config.load { profile = "backtest", env = { RISK_SLIPPAGE_GUARD_BPS = "30" } })
    assert(s:configure(other))
    local after = s:buy { quantity = 1 }
    assert.equal("40", used(explain(s, before), "slippage_guard_bps")[1])
    local told = explain(s, after)
    assert.equal("30", used(told, "slippage_guard_bps")[1])
    assert.is_true(math.type(told.configuration_number) == "integer")
  end)

  it("prints the same from a stored session on the command line, and in JSON", function()
    local directory = program.directory()
    local s = trading.open { store = directory .. "/one.db", env = { RISK_SLIPPAGE_GUARD_BPS = "40" } }
    local order = s:buy { quantity = 1, why = "by hand" }
    local text = tostring(explain(s, order))
    s:stop()
    local out, _, code = program.run(("explain %s %s/one.db"):format(order.id, directory))
    assert.equal(0, code)
    assert.equal(text:match "(.-)\n  state", out:match("(.-)\n%S+  order_cancel"))
    local json = program.run(("explain '#1' %s/one.db --json"):format(directory))
    local told = assert(require("neap.json").decode(json))
    assert.equal("neap.explain/1", told.schema)
    assert.same({ "40", "environment RISK_SLIPPAGE_GUARD_BPS" }, used(told, "slippage_guard_bps"))
    program.remove(directory)
  end)
end)

describe("the fields that a check goes by", function()
  it("are fields of the risk configuration", function()
    local known = {}
    for _, field in ipairs(require("neap.limits").new():fields()) do known[field.name] = true end
    for check, names in pairs(in_force.of_check) do
      for _, name in ipairs(names) do assert.is_true(known[name], ("%s: %s"):format(check, name)) end
    end
  end)

  it("are listed for every check that the core has, but for those that go by none", function()
    local none = {}
    for name in ([[normalize product sizing quantity price prices order_type time_in_force product_status reduce_only
      stop_side notional price_increment quantity_increment quantity_min quantity_max notional_min notional_max position
      post_only_cross limits final_reduce_only dry_run broker_adapter exposure venue_access venue_trading
      venue_size]]):gmatch "%S+" do none[name] = true end
    local pipe <close> = assert(io.popen("ls csrc/engine/checks*.c csrc/engine/*/*.c csrc/session/last_word.c " ..
      "csrc/risk/pretrade.c | grep -v order_metrics_reporter")) -- which reads events, and checks nothing
    local count = 0
    for path in pipe:lines() do
      local text = program.read(path)
      for _, pattern in ipairs { '{"([%l_]+)", [%l_]+[,}]', 'neap_decision_%l+%([%l_]+, "([%l_]+)"' } do
        for name in text:gmatch(pattern) do
          count = count + 1
          assert.is_true(in_force.of_check[name] ~= nil or none[name] == true, path .. ": " .. name)
        end
      end
    end
    assert.is_true(count > 50)
  end)

  it("are not known where the events do not go back to a start", function()
    assert.is_nil(in_force.at({ { seq = 9, type = "configuration_changed", body = { changed = {} } } }, 10))
    assert.is_nil(in_force.at({}, 10))
    local rows = { { seq = 20, type = "session_started", body = { configuration = {} } } }
    assert.is_nil(in_force.at(rows, 10))
    assert.same({}, in_force.at(rows, 20))
  end)
end)
