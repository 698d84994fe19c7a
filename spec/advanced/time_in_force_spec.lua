-- SPDX-License-Identifier: MIT
-- Which orders may be asked for: enable_fok and its like. They stand under both engines; exits are never refused by
-- them.
local limits = require "neap.limits"
local orders = require "spec.support.orders"
local trading = require "spec.support.trading"

local ADVANCED = { RISK_ENABLE_MARKET_IMPACT_GUARD = "true" }

local function decide(order, changes, snapshot, engine)
  return orders.engine(engine or "advanced", { limits = changes }):decide(orders.snapshot(snapshot), order)
end

local LATER = 2000000000000

-- field = the order that it turns off, and the code.
local KINDS = {
  { "enable_limit_orders", { limit = 99 }, "limit_disabled" },
  { "enable_stop_orders", { stop = 101 }, "stop_disabled" },
  { "enable_stop_orders", { stop = 101, limit = 102 }, "stop_disabled" },
  { "enable_stop_orders", { trail_bps = 50 }, "stop_disabled" },
  { "enable_stop_limit", { stop = 101, limit = 102 }, "stop_limit_disabled" },
  { "enable_post_only", { limit = 99, post_only = true }, "post_only_disabled" },
  { "enable_ioc", { limit = 99, time_in_force = "ioc" }, "ioc_disabled" },
  { "enable_fok", { limit = 99, time_in_force = "fok" }, "fok_disabled" },
  { "enable_gtd", { limit = 99, good_till = LATER }, "gtd_disabled" },
}

local function sized(order, side)
  local copy = { quantity = 1, side = side }
  for name, value in pairs(order) do copy[name] = value end
  return copy
end

describe("kinds of orders", function()
  for _, row in ipairs(KINDS) do
    local field, order, code = table.unpack(row)
    it(("%s off refuses it as %s, under both engines"):format(field, code), function()
      for _, engine in ipairs { "live", "advanced" } do
        assert.is_true(decide(sized(order), {}, nil, engine).accepted)
        local reason = decide(sized(order), { [field] = false }, nil, engine).reason
        assert.same({ "order_kind", code }, { reason.check, reason.code })
      end
    end)
  end

  it("turn off nothing else", function()
    assert.is_true(decide({ quantity = 1, stop = 101 }, { enable_stop_limit = false }).accepted)
    assert.is_true(decide({ quantity = 1, stop = 101, limit = 102 }, { enable_limit_orders = false }).accepted)
    assert.is_true(decide({ quantity = 1, limit = 99 }, { enable_fok = false, enable_ioc = false, enable_gtd = false,
      enable_post_only = false, enable_stop_orders = false }).accepted)
  end)

  it("let every exit go", function()
    for _, row in ipairs(KINDS) do
      local decision = decide(sized(row[2], "sell"), { [row[1]] = false }, { position = 1 })
      assert.is_true(decision.accepted, row[1])
      assert.equal("skipped", orders.check(decision, "order_kind").verdict)
    end
  end)
end)

describe("time in force", function()
  it("H7.109 FOK with enable_fok off is refused", function()
    local reason = decide({ quantity = 1, limit = 99, time_in_force = "fok" }, { enable_fok = false }).reason
    assert.same({ "order_kind", "fok_disabled" }, { reason.check, reason.code })
    assert.is_true(decide({ quantity = 1, limit = 99, time_in_force = "ioc" }, { enable_fok = false }).accepted)
  end)

  it("B3.9 is what the order says, or what entry_time_in_force puts in its place; judged as it will be sent", function()
    assert.equal("gtc", decide({ quantity = 1, limit = 99 }).ticket.time_in_force)
    local decision = decide({ quantity = 1, limit = 99, time_in_force = "fok" },
      { entry_time_in_force = "IOC", enable_fok = false })
    assert.is_true(decision.accepted)
    assert.equal("ioc", decision.ticket.time_in_force)
  end)

  it("is all allowed by default; explain says who turned one off", function()
    local l = limits.new()
    for _, row in ipairs(KINDS) do assert.is_true(l[row[1]], row[1]) end
    local s <close> = trading.open { env = { RISK_ENABLE_FOK = "false" } }
    local order = s:buy { quantity = "0.1", limit = 100, time_in_force = "fok" }
    assert.equal("fok_disabled", order.reason.code)
    local told = tostring(assert(s:explain(order)))
    assert.matches("order_kind +failed +enable_fok is off", told)
    assert.matches("enable_fok +false +environment RISK_ENABLE_FOK", told)
  end)

  it("that a lock turns off is turned on by nobody; what it turns on may be turned off", function()
    local locks = require "neap.config.locks"
    for _, field in ipairs { "enable_fok", "enable_ioc", "enable_gtd", "enable_stop_orders", "enable_post_only",
      "enable_limit_orders", "enable_stop_limit" } do
      assert.same({ false, true, true, true }, { locks.allow(field, true, false), locks.allow(field, false, false),
        locks.allow(field, false, true), locks.allow(field, true, true) }, field)
    end
    assert.same({ true, false }, { locks.allow("reject_on_cross", true, true),
      locks.allow("reject_on_cross", false, true) })
  end)

  it("cannot be wanted and turned off at once", function()
    for _, word in ipairs { "FOK", "IOC" } do
      local l = limits.new()
      assert(l:set("entry_time_in_force", word) and l:set("enable_" .. word:lower(), "false"))
      local ok, err = l:check()
      assert.is_nil(ok)
      local said = ("entry_time_in_force is %s, which enable_%s turns off"):format(word, word:lower())
      assert.matches(said, err.problems[1])
    end
  end)

  it("H7.106 a protective stop is made also where stops are turned off for entries", function()
    local env = { RISK_ENABLE_STOP_ORDERS = "false" }
    for name, value in pairs(ADVANCED) do env[name] = value end
    local s <close> = trading.open { env = env }
    assert.equal("stop_disabled", s:buy({ quantity = 1, stop = 150 }).reason.code)
    local order = s:buy { quantity = 1, stop_loss = 50 }
    s:step(1)
    assert.equal("filled", order.status)
    assert.equal("stop", s.orders[1].type)
  end)
end)
