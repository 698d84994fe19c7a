-- SPDX-License-Identifier: MIT
-- neap.policy: which engine serves an order, asked in a cell of its own.
local limits = require "neap.limits"
local policy = require "neap.policy"

local made, product = {}, { id = "BTC-USD", price_increment = "0.01" }

local function open(text)
  local path = os.tmpname()
  made[#made + 1] = path
  local file = assert(io.open(path, "wb"))
  file:write(text)
  file:close()
  return policy.open(path)
end

-- A policy whose function has this body.
local function body(text) return assert(open("return function(order, ctx) " .. text .. " end")) end

local function answer(text, order, context)
  local p <close> = body(text)
  return p:choose(product, order or { quantity = 1 }, context)
end

local function fails(text, pattern, context)
  local engine, err = answer(text, nil, context)
  assert.is_nil(engine)
  assert.equal("policy_failed", err.code)
  assert.matches(pattern, err.message)
end

describe("neap.policy", function()
  teardown(function() for _, path in ipairs(made) do os.remove(path) end end)

  it("adds no global", function() assert.is_nil(rawget(_G, "policy")) end)

  it("has closed option sets", function()
    assert.error_matches(function() policy.open("x", { root = 1 }) end, "unknown option 'root'")
    local p <close> = policy.fixed "live"
    assert.error_matches(function() p:choose(product, {}, { limit = 1 }) end, "did you mean 'limits'")
  end)

  it("refuses bad arguments", function()
    assert.error_matches(function() policy.fixed "advancd" end, "'advancd' is not known.*nearest: advanced")
    assert.error_matches(function() policy.open() end, "string expected")
    local p <close> = policy.fixed "live"
    assert.error_matches(function() p:choose(product, {}, { limits = {} }) end, "object of neap.limits")
  end)

  it("has a fixed form", function()
    for _, name in ipairs { "live", "advanced" } do
      local p <close> = policy.fixed(name)
      assert.same({ name, "asked for by name" }, { p:choose(product, { quantity = 1 }) })
    end
  end)

  it("ships one that goes by the risk flags", function()
    local p <close> = assert(policy.open "config/engine_policy.lua")
    local risk = limits.new()
    assert.same({ "live", "no risk configuration" }, { p:choose(product, { quantity = 1 }) })
    assert.equal("live", (p:choose(product, { quantity = 1 }, { limits = risk })))
    risk:set("enable_market_impact_guard", "on")
    assert.same({ "advanced", "enable_market_impact_guard is set" },
      { p:choose(product, { quantity = 1 }, { limits = risk }) })
  end)

  it("ships one that a rollout by product and by share goes by", function()
    local p <close> = assert(policy.open "config/engine_policy.lua")
    local risk, served = limits.new(), { live = 0, advanced = 0 }
    risk:set("enable_market_impact_guard", "on")
    assert(risk:set("advanced_products", "ETH-USD,BTC-USD"))
    assert(risk:set("advanced_share", "0.25"))
    for number = 1, 1000 do
      local engine, reason = p:choose(product, { quantity = 1, number = number }, { limits = risk })
      served[engine] = served[engine] + 1
      assert.equal(engine == "live" and "advanced_share leaves this order to live" or
        "enable_market_impact_guard is set", reason)
    end
    assert.is_true(served.advanced > 200 and served.advanced < 300, tostring(served.advanced))
    assert.same({ "live", "advanced_products leaves this product to live" },
      { p:choose({ id = "BTC-USDC" }, { quantity = 1 }, { limits = risk }) })
    assert(risk:set("advanced_share", "0"))
    assert.equal("live", (p:choose(product, { quantity = 1, number = 3 }, { limits = risk })))
    assert(risk:set("advanced_share", "1"))
    assert.equal("advanced", (p:choose(product, { quantity = 1, number = 3 }, { limits = risk })))
    risk:set("enable_market_impact_guard", "off")
    assert.equal("live", (p:choose(product, { quantity = 1, number = 3 }, { limits = risk })))
  end)

  it("shows order, product, risk, strategy and time", function()
    local seen = [[return "live", table.concat({ order.side, order.type, order.time_in_force, order.product,
      tostring(order.quantity), tostring(order.limit), tostring(order.stop), tostring(order.reduce_only),
      ctx.product.id, ctx.product.kind, tostring(ctx.product.price_increment), ctx.strategy, tostring(ctx.now),
      tostring(ctx.risk.max_leverage), tostring(ctx.risk.max_notional_per_symbol["BTC-USD"]) }, " ")]]
    local risk = limits.new()
    risk:set("max_notional_per_symbol", "BTC-USD:9")
    local _, reason = answer(seen, { side = "sell", quantity = "0.5", limit = 99 },
      { limits = risk, strategy = "s", now = 7 })
    assert.equal("sell limit gtc BTC-USD 0.5 99 nil false BTC-USD spot 0.01 s 7 5 9", reason)
  end)

  it("gives every order a share that stays the same, evenly spread", function()
    local p <close> = body [[return order.share < 0.25 and "advanced" or "live", tostring(order.share)]]
    local chosen, seen = 0, {}
    for number = 1, 2000 do
      local engine, share = p:choose(product, { quantity = 1, number = number })
      local again, same = p:choose(product, { quantity = 1, number = number })
      assert.same({ engine, share }, { again, same })
      assert.is_true(tonumber(share) >= 0 and tonumber(share) < 1 and not seen[share])
      seen[share], chosen = true, chosen + (engine == "advanced" and 1 or 0)
    end
    assert.is_true(chosen > 430 and chosen < 570, tostring(chosen))
  end)

  it("tells an exit from an entry", function()
    local seen = "return 'live', tostring(order.is_exit)"
    assert.same({ "live", "true" }, { answer(seen, nil, { is_exit = true }) })
    assert.same({ "live", "false" }, { answer(seen) })
  end)

  it("raises on a misspelt field with the nearest", function()
    fails("return order.sied", "order has no 'sied'; did you mean 'side'")
    fails("return ctx.rsik", "ctx has no 'rsik'; did you mean 'risk'")
    fails("return ctx.product.knd", "ctx.product has no 'knd'; did you mean 'kind'")
    fails("return ctx.risk.max_leverag", "did you mean 'max_leverage'", { limits = limits.new() })
  end)

  it("lets nothing be written, and shows the order of each question", function()
    fails("order.side = 'buy'", "read%-only")
    fails("ctx.risk.max_leverage = 1", "read%-only", { limits = limits.new() })
    local p <close> = assert(open [[local side return function(order) side = side or function() return order.side end
      return "live", side() end]])
    assert.equal("sell", select(2, p:choose(product, { side = "sell", quantity = 1 })))
    assert.equal("buy", select(2, p:choose(product, { quantity = 1 })))
  end)

  it("judges the answer", function()
    fails("return 'advancd'", "no engine is called 'advancd'; did you mean 'advanced'")
    fails("return 'zzz'", "there are live and advanced")
    fails("", "it named no engine: live or advanced, not nil")
    fails("return 'live', {}", "the reason is text, not table")
    fails("return true", "it named no engine")
    assert.same({ "live", "no reason given" }, { answer "return 'live'" })
    assert.equal(95, #select(2, answer "return 'live', ('x'):rep(200)"))
  end)

  it("stops one that runs on, and asks it again", function()
    local p <close> = body "if order.reduce_only then while true do end end return 'live', 'ok'"
    local before = os.clock()
    local engine, err = p:choose(product, { quantity = 1, reduce_only = true })
    assert.is_nil(engine)
    assert.equal("policy_failed", err.code)
    assert.is_true(os.clock() - before < 1, "2 ms of CPU time, judged at ticks of 4 ms")
    assert.equal("live", (p:choose(product, { quantity = 1 })))
  end)

  it("has no way out of its cell", function()
    fails("return io.open('x')", "io")
    fails("return require 'neap.engine_factory'.create('live', { limits = {} })", "engine_c")
    fails("return require 'neap.limits'", "limits")
  end)

  it("refuses files that are none, do not compile, or return no function", function()
    for text, code in pairs { ["return {"] = "does_not_compile", ["return 1"] = "no_policy", [""] = "no_policy",
      ["error 'x'"] = "lua_error" } do
      local p, err = open(text)
      assert.is_nil(p)
      assert.equal(code, err.code, text)
    end
    local p, err = policy.open "nowhere/policy.lua"
    assert.is_nil(p)
    assert.equal("not_found", err.code)
  end)

  it("closes twice, and is then closed", function()
    local p = policy.fixed "live"
    p:close()
    p:close()
    assert.error_matches(function() p:choose(product, {}) end, "closed")
    assert.equal("policy (closed)", tostring(p))
  end)
end)
