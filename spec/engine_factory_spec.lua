-- SPDX-License-Identifier: MIT
-- neap.engine_factory: which engine, and the only place that makes one; what both engines have in common.
local factory = require "neap.engine_factory"
local limits = require "neap.limits"
local orders = require "spec.support.orders"

describe("neap.engine_factory", function()
  it("adds no global", function()
    assert.is_nil(rawget(_G, "engine_factory"))
    assert.is_nil(rawget(_G, "neap"))
  end)

  it("has closed option sets", function()
    assert.error_matches(function() factory.create("live", { limit = 1 }) end, "unknown part 'limit'; known: limits")
    assert.error_matches(function() factory.create "live" end, "parts are a table")
  end)

  it("refuses bad arguments", function()
    local parts = { limits = limits.new() }
    assert.error_matches(function() factory.create("advancd", parts) end, "'advancd'; did you mean 'advanced'")
    assert.error_matches(function() factory.create("x", parts) end, "there are live and advanced")
    assert.error_matches(function() factory.create("live", {}) end, "limits of neap.limits expected, got nil")
    assert.error_matches(function()
      factory.should_use_advanced_engine { enable_market_impact_guard = "false" }
    end, "enable_market_impact_guard is string; a flag is true or false")
  end)

  -- From both off, either selects advanced; from both on, only clearing both selects live.
  local rows = { { false, false, "live" }, { true, false, "advanced" }, { false, true, "advanced" },
    { true, true, "advanced" } }
  for _, row in ipairs(rows) do
    local sizing, impact, name = table.unpack(row)
    it(("chooses %s for sizing %s and impact guard %s"):format(name, sizing, impact), function()
      local risk = limits.new()
      risk:set("enable_dynamic_position_sizing", tostring(sizing))
      risk:set("enable_market_impact_guard", tostring(impact))
      local advanced, reason = factory.should_use_advanced_engine(risk)
      assert.equal(name == "advanced", advanced)
      assert.equal(sizing, reason:find("enable_dynamic_position_sizing", 1, true) ~= nil)
      assert.equal(impact, reason:find("enable_market_impact_guard", 1, true) ~= nil)
      assert.equal(advanced, (factory.should_use_advanced_engine {
        enable_dynamic_position_sizing = sizing, enable_market_impact_guard = impact }))
    end)
  end

  it("means live without a risk configuration", function()
    assert.same({ false, "no risk configuration" }, { factory.should_use_advanced_engine(nil) })
  end)

  it("makes engines that print themselves and refuse unknown fields", function()
    local engine = orders.engine "live"
    assert.equal("engine live", tostring(engine))
    assert.equal("advanced", orders.engine("advanced").name)
    assert.error_matches(function() return engine.nme end, "an engine has no 'nme'")
  end)

  it("keeps the limits alive that an engine reads", function()
    local engine = factory.create("live", { limits = orders.limits() })
    for _ = 1, 3 do collectgarbage() end
    assert.is_true(engine:decide(orders.snapshot(), { fraction = 1 }).accepted)
  end)
end)

-- Requests of every kind, most of them with something wrong, from a seed.
local function pick(random, ...)
  local choices = table.pack(...)
  return choices[random(choices.n)]
end

local function any_order(random)
  local order = { side = pick(random, "buy", "sell"), reduce_only = random(4) == 1 }
  order[pick(random, "quantity", "quantity", "notional", "fraction")] =
    pick(random, "0.5", "1", "9.99", "10", "0", "0.0005", "5000")
  order.limit = pick(random, nil, nil, "100", "99.5", "100.005", "-1")
  order.stop = pick(random, nil, nil, nil, "101", "99.999")
  order.time_in_force = pick(random, "gtc", "ioc", "fok")
  order.good_till = pick(random, nil, nil, nil, 1)
  return order
end

local function any_snapshot(random)
  return orders.snapshot {
    product = orders.product { kind = pick(random, "spot", "margin", "perpetual"), is_disabled = random(20) == 1,
      limit_only = random(12) == 1, base_min_size = pick(random, "0", "0.6"),
      quote_min_size = pick(random, "0", "60") },
    position = pick(random, "0", "1", "-1", "20"), mark_time = pick(random, 1000000000000, 1000000000000, 0),
    buying_power = pick(random, "0", "1000", "100000"), equity = pick(random, "0", "1000", "1000"),
    mode = pick(random, "normal", "normal", "normal", "reduce_only", "halted"), entry_after_close = random(6) == 1,
    working_sell = pick(random, "0", "1"), working_buy = pick(random, "0", "1"),
  }
end

-- A seeded generator of its own (Numerical Recipes' LCG): the same requests on every machine.
local function generator(seed)
  return function(n)
    seed = (seed * 1664525 + 1013904223) % 4294967296
    return seed // 65536 % n + 1
  end
end

describe("both engines", function()
  it("decide alike where no advanced feature is used", function()
    local random = generator(7)
    local live, advanced, accepted, codes = orders.engine "live", orders.engine "advanced", 0, {}
    for i = 1, 3000 do
      local snapshot, order = any_snapshot(random), any_order(random)
      local a, b = live:decide(snapshot, order), advanced:decide(snapshot, order)
      assert.equal(a.accepted, b.accepted, "case " .. i)
      assert.equal(a.reason and a.reason.code, b.reason and b.reason.code, "case " .. i)
      for name, value in pairs(a.ticket) do assert.equal(tostring(value), tostring(b.ticket[name]), "case " .. i) end
      if a.accepted then accepted = accepted + 1 else codes[a.reason.code] = true end
    end
    local count = 0
    for _ in pairs(codes) do count = count + 1 end
    assert.is_true(accepted > 100 and count >= 12, ("%d accepted, %d codes"):format(accepted, count))
  end)
end)
