-- SPDX-License-Identifier: MIT
-- The limits of entries (csrc/risk/pretrade), asked by both engines: the reference's scenarios H4, H10 and those of
-- platform 19 that concern orders, by number.
local limits = require "neap.limits"
local orders = require "spec.support.orders"
local factory = require "neap.engine_factory"

local EASY = { bps = 0 } -- an estimate: orders move nothing

-- The reference's defaults; slippage has a suite of its own.
local function risk(changes)
  local made = limits.new()
  assert(made:set("slippage_guard_bps", "0"))
  for name, value in pairs(changes or {}) do assert(made:set(name, tostring(value))) end
  return made
end

local P = { id = "BTC-PERP", kind = "perpetual", price_increment = "0.01", base_increment = "0.001",
  base_min_size = "0.001", quote_min_size = 10 }
local S = { id = "BTC-USD", kind = "spot", price_increment = "0.01", base_increment = "0.001",
  base_min_size = "0.001", quote_min_size = 10 }
local NO_CAPS = { max_exposure_pct = 1000, max_position_pct_per_symbol = 1000 }

local function with(base, changes)
  local made = {}
  for name, value in pairs(base) do made[name] = value end
  for name, value in pairs(changes or {}) do made[name] = value end
  return made
end

-- E = equity; the mark is the order's price; the engine's own question for money is answered with plenty.
local function ask(engine, case)
  local snapshot = with({ product = P, now = 1000000000000, mark = case.price or 50000, equity = case.equity or 10000,
    cash = 100000000, buying_power = 100000000, impact = EASY }, case.snapshot)
  local order = with({ quantity = case.quantity, limit = case.price }, case.order)
  return factory.create(engine, { limits = risk(case.risk) }):decide(snapshot, order)
end

local function accepts(case)
  for _, engine in ipairs { "live", "advanced" } do
    local decision = ask(engine, case)
    assert.is_true(decision.accepted, ("%s: %s"):format(engine, decision.reason and decision.reason.code))
    case.decision = decision
  end
  return case.decision
end

local function refuses(code, case)
  for _, engine in ipairs { "live", "advanced" } do
    local decision = ask(engine, case)
    assert.is_false(decision.accepted, engine .. " accepts")
    assert.equal(code, decision.reason.code, engine)
    case.decision = decision
  end
  return case.decision
end

local function check_of(decision, name)
  local check = orders.check(decision, name)
  return check and { check.verdict, tostring(check.input), tostring(check.limit) }
end

describe("the limits of entries: leverage, buffer, exposure", function()
  it("H4.32 an order of exactly the share per symbol passes", function()
    local decision = accepts { quantity = "0.04", price = 50000 }
    assert.same({ "passed", "0.2", "0.2" }, check_of(decision, "symbol_exposure"))
    refuses("symbol_exposure", { quantity = "0.041", price = 50000 })
  end)

  it("H4.34 the product's leverage comes before exposure", function()
    local decision = refuses("leverage_symbol", { quantity = "1.1", price = 50000 })
    assert.same({ "5.5", "5" }, { decision.reason.input, decision.reason.limit })
  end)

  it("H4.35 five times passes leverage and fails the liquidation buffer", function()
    local decision = refuses("liquidation_buffer", { quantity = 1, price = 50000 })
    assert.same({ "passed", "5", "5" }, check_of(decision, "leverage_symbol"))
    assert.same({ "0", "0.15" }, { decision.reason.input, decision.reason.limit })
  end)

  it("H4.37 a buffer of exactly 10 % passes", function()
    local caps = with(NO_CAPS, { min_liquidation_buffer_pct = "0.10" })
    accepts { quantity = "0.9", price = 50000, risk = caps }
    refuses("liquidation_buffer", { quantity = "0.901", price = 50000, risk = caps })
  end)

  it("H4.38 a share of exactly 30 % passes", function()
    local caps = { max_position_pct_per_symbol = "0.3" }
    accepts { quantity = "0.06", price = 50000, risk = caps }
    refuses("symbol_exposure", { quantity = "0.061", price = 50000, risk = caps })
  end)

  local portfolio = { holdings = {
    { product = { id = "ETH-PERP", kind = "perpetual" }, position = 10, mark = 4000 },
    { product = { id = "SOL-PERP", kind = "perpetual" }, position = 500, mark = 60 } } }
  local wide = { max_leverage = 10, min_liquidation_buffer_pct = "0.1", max_position_pct_per_symbol = "0.5" }

  it("H4.40 the total counts the positions in other products", function()
    local decision = refuses("total_exposure",
      { equity = 100000, quantity = "0.3", price = 50000, risk = wide, snapshot = portfolio })
    assert.same({ "0.85", "0.8" }, { decision.reason.input, decision.reason.limit })
  end)

  it("H4.41 a total of exactly 80 % passes", function()
    accepts { equity = 100000, quantity = "0.2", price = 50000, risk = wide, snapshot = portfolio }
  end)

  it("H4.43 the product's cap in money comes before its share", function()
    local decision = refuses("notional_cap",
      { quantity = "0.03", price = 50000, risk = { max_notional_per_symbol = "BTC-PERP:1000" } })
    assert.same({ "1500", "1000" }, { decision.reason.input, decision.reason.limit })
    accepts { quantity = "0.02", price = 50000, risk = { max_notional_per_symbol = "BTC-PERP:1000" } }
    accepts { quantity = "0.03", price = 50000, risk = { max_notional_per_symbol = "ETH-PERP:1000" } }
  end)

  it("H4.44 spot has no leverage, buffer and projection", function()
    local decision = refuses("symbol_exposure", { quantity = "0.1", price = 50000, snapshot = { product = S } })
    for _, name in ipairs { "leverage_symbol", "leverage_global", "liquidation_buffer", "liquidation_projection" } do
      assert.is_nil(orders.check(decision, name), name)
    end
    accepts { quantity = "0.1", price = 50000, snapshot = { product = S },
      risk = { max_position_pct_per_symbol = "0.8" } }
  end)

  it("H4.46 reduce-only lets only through what reduces", function()
    local mode = { mode = "reduce_only", position = 1 }
    refuses("reduce_only_mode", { quantity = "0.01", price = 50000, snapshot = mode })
    accepts { quantity = "0.01", price = 50000, order = { side = "sell" }, snapshot = mode }
    refuses("reduce_only_mode", { quantity = "0.01", price = 50000, order = { side = "sell" },
      snapshot = { mode = "reduce_only" } })
  end)

  it("H4.47 reduce-only never flips: more than is held is refused, or clamped when it says reduce_only", function()
    local mode = { mode = "reduce_only", position = "0.01" }
    refuses("reduce_only_mode", { quantity = "0.04", price = 50000, order = { side = "sell" }, snapshot = mode })
    local decision = accepts { quantity = "0.04", price = 50000, order = { side = "sell", reduce_only = true },
      snapshot = mode }
    assert.equal("0.01", tostring(decision.ticket.quantity))
  end)

  it("H4.49 the projection sets the maintenance margin aside", function()
    local caps = with(NO_CAPS, { max_leverage = 20, default_maintenance_margin_rate = "0.2" })
    local decision = refuses("liquidation_projection", { quantity = 20, price = 5000, risk = caps })
    assert.same({ "0", "0.15" }, { decision.reason.input, decision.reason.limit })
    caps.default_maintenance_margin_rate = "0.005"
    decision = accepts { quantity = 20, price = 5000, risk = caps }
    assert.equal("0.95", check_of(decision, "liquidation_projection")[2])
  end)

  it("H4.50 a projected buffer of 14 % is under 15 %", function()
    local caps = with(NO_CAPS, { default_maintenance_margin_rate = "0.86" })
    local decision = refuses("liquidation_projection", { quantity = 2, price = 5000, risk = caps })
    assert.equal("0.14", decision.reason.input)
    caps.default_maintenance_margin_rate = "0.85"
    accepts { quantity = 2, price = 5000, risk = caps }
    caps.enable_pre_trade_liq_projection, caps.default_maintenance_margin_rate = "false", "0.86"
    accepts { quantity = 2, price = 5000, risk = caps }
  end)
end)

describe("the limits of entries: day and night", function()
  local HOUR = 3600 * 1000000000
  local window = { daytime_start_utc = "22:00", daytime_end_utc = "06:00", leverage_max_per_symbol = "BTC-PERP:10",
    day_leverage_max_per_symbol = "BTC-PERP:6", night_leverage_max_per_symbol = "BTC-PERP:3", max_leverage = 10,
    max_exposure_pct = 1000, max_position_pct_per_symbol = 1000, min_liquidation_buffer_pct = 0 }

  local function cap_at(time)
    local decision = accepts { quantity = "0.04", price = 50000, risk = window, snapshot = { now = time } }
    return check_of(decision, "leverage_symbol")[3]
  end

  it("H4.52 from 22:00 to before 06:00 it is day", function()
    local minute = HOUR // 60
    assert.equal("3", cap_at(22 * HOUR - minute))
    assert.equal("6", cap_at(22 * HOUR))
    assert.equal("6", cap_at(6 * HOUR - minute))
    assert.equal("3", cap_at(6 * HOUR))
  end)

  it("H4.53 the lowest cap counts: by product, by day, by night", function()
    assert.equal("6", cap_at(23 * HOUR))
    assert.equal("3", cap_at(12 * HOUR))
    refuses("leverage_symbol", { quantity = "0.601", price = 50000, risk = window, snapshot = { now = 12 * HOUR } })
    accepts { quantity = "0.601", price = 50000, risk = window, snapshot = { now = 23 * HOUR } }
  end)

  it("takes the maintenance rate of the time of day", function()
    local rates = with(NO_CAPS, { daytime_start_utc = "09:00", daytime_end_utc = "17:00", max_leverage = 10,
      day_mmr_per_symbol = "BTC-PERP:0.1", night_mmr_per_symbol = "BTC-PERP:0.2", min_liquidation_buffer_pct = "0.6" })
    accepts { quantity = "0.8", price = 50000, risk = rates, snapshot = { now = 9 * HOUR } }
    refuses("liquidation_projection", { quantity = "0.8", price = 50000, risk = with(rates,
      { min_liquidation_buffer_pct = "0.5" }), snapshot = { now = 17 * HOUR } })
  end)
end)

describe("the limits of entries: impact, price", function()
  local guarded = { enable_market_impact_guard = "true", max_market_impact_bps = 40,
    max_position_pct_per_symbol = "0.5" }
  local function case(impact, changes)
    return { equity = 100000, quantity = "0.5", price = 50000, risk = with(guarded, changes),
      snapshot = { impact = impact } }
  end

  it("H4.56 an impact under the cap passes and is written down", function()
    assert.same({ "passed", "35", "40" }, check_of(accepts(case { bps = 35 }), "market_impact"))
    accepts(case { bps = 40 })
    refuses("market_impact", case { bps = "40.01" })
  end)

  it("H4.58 too little liquidity is refused", function()
    refuses("insufficient_liquidity", case { bps = 35, liquid = false })
  end)

  it("H4.59 a cap of zero skips the guard; an estimate that fails refuses", function()
    accepts(case({ bps = 1000 }, { max_market_impact_bps = 0 }))
    refuses("impact_estimator", case(false))
    accepts(case(false, { enable_market_impact_guard = "false" }))
  end)

  it("H2.22 without anything that could tell the impact there are engines, and no entries; exits go", function()
    for _, engine in ipairs { "live", "advanced" } do
      local made = factory.create(engine, { limits = risk(guarded) })
      local snapshot = { product = P, now = 1000000000000, mark = 50000, equity = 100000, cash = 100000,
        buying_power = 100000 }
      local entry = made:decide(snapshot, { quantity = "0.1" })
      assert.same({ false, "impact_estimator" }, { entry.accepted, entry.reason and entry.reason.code })
      snapshot.position = "0.1"
      assert.is_true(made:decide(snapshot, { side = "sell", quantity = "0.1" }).accepted)
    end
  end)

  it("H4.61 without a price no entry, whatever its type, and every exit", function()
    for _, order in ipairs { {}, { limit = 50000 }, { stop = 50000 } } do
      local request = with({ quantity = 1000 }, order)
      for _, engine in ipairs { "live", "advanced" } do
        local made = factory.create(engine, { limits = risk() })
        local snapshot = { product = P, now = 1000000000000, equity = 100000, buying_power = 100000000, impact = EASY }
        assert.equal("no_mark", made:decide(snapshot, request).reason.code)
        snapshot.position = -1000
        assert.is_true(made:decide(snapshot, request).accepted)
      end
    end
  end)

  it("refuses a limit further from the mark than the collar, and judges market orders at its edge", function()
    local collar = with(NO_CAPS, { price_collar_bps = 100, min_liquidation_buffer_pct = 0, max_trade_value = 5050 })
    accepts { quantity = "0.1", order = { limit = 50500 }, risk = collar }
    refuses("price_collar", { quantity = "0.01", order = { limit = "50500.01" }, risk = collar })
    refuses("price_collar", { quantity = "0.01", order = { limit = "49499.99" }, risk = collar })
    accepts { quantity = "0.01", order = { stop = 60000, limit = 60600 }, risk = collar }
    refuses("price_collar", { quantity = "0.01", order = { stop = 60000, limit = "60600.01" }, risk = collar })
    assert.equal("5050", check_of(accepts { quantity = "0.1", risk = collar }, "max_trade_value")[2])
    refuses("max_trade_value", { quantity = "0.101", risk = collar })
  end)
end)

describe("the limits of entries: what results", function()
  it("counts what is held", function()
    refuses("symbol_exposure", { quantity = "0.02", price = 50000, snapshot = { position = "0.021" } })
    accepts { quantity = "0.02", price = 50000, snapshot = { position = "0.02" } }
  end)

  it("counts what works on the order's side", function()
    refuses("symbol_exposure", { quantity = "0.02", price = 50000, snapshot = { open_buy = "0.021" } })
    accepts { quantity = "0.02", price = 50000, snapshot = { open_sell = "0.021" } }
  end)

  it("counts the account when other strategies share it", function()
    local decision = refuses("symbol_exposure", { quantity = "0.02", price = 50000,
      snapshot = { account = { equity = 10000, position = "0.03" } } })
    assert.equal("all strategies together", orders.check(decision, "symbol_exposure").note)
    accepts { quantity = "0.02", price = 50000, snapshot = { account = { equity = 20000, position = "0.03" } } }
  end)

  it("takes off what a position on the other side gives first", function()
    local caps = { max_position_pct_per_symbol = "0.2" }
    accepts { quantity = "1.04", price = 50000, order = { side = "buy" }, snapshot = { position = -1 }, risk = caps }
    refuses("symbol_exposure", { quantity = "1.041", price = 50000, snapshot = { position = -1 }, risk = caps })
  end)

  it("judges amounts at their upper bound", function()
    accepts { order = { notional = 2000 } }
    refuses("symbol_exposure", { order = { notional = "2000.01" } })
    accepts { order = { fraction = "0.2" } }
    refuses("symbol_exposure", { order = { fraction = "0.2001" } })
  end)

  it("refuses entries beside something without a mark", function()
    local holdings = { { product = { id = "ETH-PERP", kind = "perpetual" }, position = 1 } }
    refuses("exposure_unknown", { quantity = "0.01", price = 50000, snapshot = { holdings = holdings } })
  end)

  it("lets exits pass every limit of entries", function()
    local tight = { max_position_pct_per_symbol = "0.01", max_trade_value = 1, symbol_position_caps = "BTC-PERP:0.001",
      max_leverage = 1, price_collar_bps = 1 }
    local decision = accepts { quantity = 1, price = 40000, order = { side = "sell" }, risk = tight,
      snapshot = { position = 1, mark = 50000, failures = 9, failed_at = 1000000000000 } }
    assert.equal("skipped", orders.check(decision, "limits").verdict)
    refuses("circuit_breaker", { quantity = "0.001", price = 50000, risk = tight,
      snapshot = { position = 1, failures = 9, failed_at = 1000000000000 } })
  end)

  it("takes a second sale of what is held for the entry that it may become", function()
    local snapshot = { position = 1, open_sell = 1 }
    refuses("liquidation_buffer", { quantity = 1, price = 50000, order = { side = "sell" }, snapshot = snapshot })
    accepts { quantity = 1, price = 50000, order = { side = "sell", reduce_only = true }, snapshot = snapshot }
  end)
end)

describe("the limits of entries: guardrails", function()
  local free = with(NO_CAPS, { min_liquidation_buffer_pct = 0 })

  it("H10.131 the value of a trade first, then the cap of the position; equal passes", function()
    local value = with(free, { max_trade_value = 10000 })
    accepts { equity = 1000000, quantity = "0.2", price = 50000, risk = value }
    refuses("max_trade_value", { equity = 1000000, quantity = "0.5", price = 50000, risk = value })
    local caps = with(free, { symbol_position_caps = "BTC-USD:1.0", max_trade_value = 0 })
    local margin = with(S, { kind = "margin" })
    accepts { equity = 1000000, quantity = 1, price = 50000, risk = caps, snapshot = { product = margin } }
    refuses("position_limit", { equity = 1000000, quantity = 2, price = 50000, risk = caps, order = { side = "sell" },
      snapshot = { product = margin } })
    refuses("max_trade_value", { equity = 1000000, quantity = 2, price = 50000, snapshot = { product = margin },
      risk = with(caps, { max_trade_value = 10000 }) })
  end)

  it("platform 59 equal to the limit passes; a cap is of the position that results, and of its own product", function()
    local value = with(free, { max_trade_value = 100 })
    local fine = { product = with(P, { base_increment = "0.0001" }) }
    accepts { quantity = "0.002", price = 50000, risk = value, snapshot = fine }
    refuses("max_trade_value", { quantity = "0.0021", price = 50000, risk = value, snapshot = fine })
    local caps = with(free, { symbol_position_caps = "BTC-PERP:0.01" })
    refuses("position_limit", { quantity = "0.02", price = 1000, risk = caps })
    accepts { quantity = "0.02", price = 1000, risk = caps, snapshot = { product = with(P, { id = "ETH-PERP" }) } }
    refuses("position_limit", { quantity = "0.01", price = 1000, risk = caps, snapshot = { position = "0.001" } })
    accepts { quantity = "0.01", price = 1000, order = { side = "sell" }, risk = caps,
      snapshot = { position = "0.02" } }
  end)

  it("platform 61 five failures in a row refuse entries and let exits pass", function()
    local now = 1000000000000
    accepts { quantity = "0.01", price = 50000, risk = free, snapshot = { failures = 4, failed_at = now } }
    local decision = refuses("circuit_breaker",
      { quantity = "0.01", price = 50000, risk = free, snapshot = { failures = 5, failed_at = now } })
    assert.same({ "5", "5" }, { decision.reason.input, decision.reason.limit })
    accepts { quantity = "0.01", price = 50000, order = { side = "sell" }, risk = free,
      snapshot = { failures = 5, failed_at = now, position = 1 } }
    accepts { quantity = "0.01", price = 50000, risk = with(free, { error_threshold = 0 }),
      snapshot = { failures = 5, failed_at = now } }
  end)

  it("platform 62 and H10.134 the pause clears them, to the second", function()
    local second = 1000000000
    local function after(seconds, threshold, pause)
      return { quantity = "0.01", price = 50000, risk = with(free, { error_threshold = threshold,
        error_cooldown_seconds = pause }), snapshot = { now = 1000 * second, failures = threshold,
        failed_at = (1000 - seconds) * second } }
    end
    refuses("circuit_breaker", after(299, 5, 300))
    accepts(after(300, 5, 300))
    accepts(after(20, 1, 10))
    refuses("circuit_breaker", after(9, 1, 10))
  end)
end)
