-- SPDX-License-Identifier: MIT
-- dynamic_sizing_helper and risk/sizing: an entry is cut to what the method advises, never enlarged; exits are left
-- alone.
local decimal = require "neap.decimal"
local orders = require "spec.support.orders"
local trading = require "spec.support.trading"

local perpetual = orders.product { kind = "perpetual" }

-- Sizing on, guards that would refuse off; with changes.
local function limits(changes)
  local all = { enable_dynamic_position_sizing = true, slippage_guard_bps = 0, sizing_max_impact_bps = 0,
    max_leverage = 1 }
  for name, value in pairs(changes or {}) do all[name] = value end
  return { limits = all }
end

-- 10,000 of equity at a price of 100; with changes.
local function snapshot(changes)
  local all = { product = perpetual, mark = 100, equity = 10000, cash = 10000, buying_power = 1000000, taker_bps = 0 }
  for name, value in pairs(changes or {}) do all[name] = value end
  return orders.snapshot(all)
end

local function decide(order, risk, sight)
  return orders.engine("advanced", limits(risk)):decide(snapshot(sight), order)
end

-- "passed asked advised", and the note.
local function advice(decision)
  local line = orders.check(decision, "sizing_advice")
  if not line then return nil end
  return ("%s %s %s"):format(line.verdict, line.input, line.limit), line.note
end

local function advised(order, risk, sight) return (advice(decide(order, risk, sight))) end

describe("sizing: when", function()
  it("is off without enable_dynamic_position_sizing, and asked of entries only", function()
    assert.is_nil(advised({ quantity = 1 }, { enable_dynamic_position_sizing = false }))
    local exit = decide({ side = "sell", quantity = 900 }, { position_sizing_multiplier = "0.01" }, { position = 900 })
    assert.is_true(exit.accepted)
    assert.equal("900", tostring(exit.ticket.quantity))
    assert.equal("skipped", orders.check(exit, "sizing_advice").verdict)
  end)

  it("G10 leaves a close as it is, whatever the advice would be", function()
    local decision = decide({ side = "sell", quantity = "0.1", reduce_only = true }, nil, { position = "0.1" })
    assert.equal("0.1", tostring(decision.ticket.quantity))
  end)

  it("is not asked again after a preview", function()
    assert.is_nil(advised({ quantity = 500 }, nil, { is_second_look = true }))
  end)

  it("comes after the product's rules: what is too fine is refused, not rounded by the way", function()
    assert.equal("quantity_increment", decide({ quantity = "500.00001" }).reason.check)
  end)
end)

describe("sizing: what it does", function()
  it("H7.100 advice 0.5 for 1: the order is 0.5", function()
    local decision = decide({ quantity = 1 }, { position_sizing_multiplier = "0.005" })
    assert.is_true(decision.accepted)
    assert.equal("0.5", tostring(decision.ticket.quantity))
    assert.same({ "adjusted 1 0.5", "intelligent (fallback: leverage alone), conservative" }, { advice(decision) })
  end)

  it("H7.100 advice 0: position_sizing", function()
    local reason = decide({ quantity = 1 }, nil, { position = 100 }).reason
    assert.same({ "sizing_advice", "position_sizing", "1", "0" },
      { reason.check, reason.code, reason.input, reason.limit })
  end)

  it("H7.100 in reduce-only mode an entry is refused before it is sized, an exit leaves as reduce-only", function()
    assert.equal("reduce_only_mode", decide({ quantity = 1 }, nil, { mode = "reduce_only" }).reason.code)
    local exit = decide({ side = "sell", quantity = 1 }, nil, { mode = "reduce_only", position = 1 })
    assert.same({ true, true }, { exit.accepted, exit.ticket.reduce_only })
  end)

  it("H7.101 fallback: equity 10,000, leverage 2, multiplier 0.5, price 50,000: value 10,000, quantity 0.2", function()
    local half = { max_leverage = 2, position_sizing_multiplier = "0.5" }
    local decision = decide({ quantity = 1 }, half, { mark = 50000 })
    assert.equal("0.2", tostring(decision.ticket.quantity))
    local line, note = advice(decision)
    assert.equal("adjusted 1 0.2", line)
    assert.matches("fallback", note)
    local by_value = decide({ notional = 50000 }, half)
    assert.equal("10000", tostring(by_value.ticket.notional))
  end)

  it("G48 goes by the equity of the moment", function()
    assert.equal("adjusted 80 50", advised({ quantity = 80 }, nil, { equity = 5000 }))
    assert.equal("position_sizing", decide({ quantity = 80 }, nil, { equity = -1 }).reason.code)
  end)

  it("never enlarges: what fits stays as it was asked", function()
    for _, order in ipairs { { quantity = 1 }, { notional = "123.45" }, { fraction = "0.1" } } do
      local decision = decide(order, { position_sizing_multiplier = 50 })
      local name, value = next(order)
      assert.equal(tostring(value), tostring(decision.ticket[name]))
      assert.equal("passed", orders.check(decision, "sizing_advice").verdict)
    end
  end)

  it("cuts an order in the unit in which it was given", function()
    local half = { position_sizing_multiplier = "0.5" }
    assert.equal("adjusted 80 50", advised({ quantity = 80 }, half))
    assert.equal("adjusted 8000 5000", advised({ notional = 8000 }, half))
    assert.equal("adjusted 0.8 0.5", advised({ fraction = "0.8" }, half))
    assert.equal("passed 1 1", advised { fraction = 1 })
  end)

  it("counts what is held and what works for that side, and leaves what an order closes", function()
    assert.equal("adjusted 80 60", advised({ quantity = 80 }, nil, { position = 40 }))
    assert.equal("adjusted 80 30", advised({ quantity = 80 }, nil, { position = 40, open_buy = 30 }))
    assert.equal("passed 80 100", advised({ quantity = 80 }, nil, { open_sell = 30 }))
    assert.equal("adjusted 200 140", advised({ side = "sell", quantity = 200 }, nil, { position = 40 }))
    assert.equal("adjusted 200 40", advised({ side = "sell", quantity = 200 }, { position_sizing_method = "fraction",
      sizing_fraction = 0 }, { position = 40 }))
  end)

  it("is refused where the cut leaves less than the smallest order", function()
    local small = orders.product { kind = "perpetual", base_min_size = 2 }
    local decision = decide({ quantity = 80 }, { position_sizing_multiplier = "0.015" }, { product = small })
    assert.same({ "position_sizing", "80", "1.5" },
      { decision.reason.code, decision.reason.input, decision.reason.limit })
  end)

  it("G47 makes up no price: without one it says so, and the mark refuses", function()
    local seen = snapshot()
    seen.mark = nil
    local decision = orders.engine("advanced", limits()):decide(seen, { quantity = 1 })
    assert.equal("no_mark", decision.reason.code)
    assert.equal("skipped", orders.check(decision, "sizing_advice").verdict)
  end)

  it("judges a limit order at its limit, and a market order at what the other side quotes", function()
    assert.equal("adjusted 300 200", advised { quantity = 300, limit = 50 })
    assert.equal("adjusted 300 50", advised({ quantity = 300 }, nil, { bid = 99, ask = 200 }))
    assert.equal("adjusted 300 80", advised({ side = "sell", quantity = 300 }, nil, { bid = 125, ask = 130 }))
  end)

  it("on spot the whole equity is the most, whatever max_leverage says", function()
    assert.equal("adjusted 300 100", advised({ quantity = 300 }, { max_leverage = 5 }, { product = orders.product() }))
    assert.equal("passed 300 500", advised({ quantity = 300 }, { max_leverage = 5 }))
  end)
end)

describe("sizing: strict", function()
  it("takes all or nothing", function()
    local strict = { sizing_mode = "strict" }
    assert.equal("passed 100 100", advised({ quantity = 100 }, strict))
    local decision = decide({ quantity = "100.001" }, strict)
    assert.same({ "position_sizing", "failed 100.001 100" }, { decision.reason.code, (advice(decision)) })
    assert.matches(", strict$", select(2, advice(decision)))
  end)
end)

describe("sizing: fixed and fraction", function()
  it("fixed is as asked, times the multiplier", function()
    local fixed = { position_sizing_method = "fixed" }
    assert.same({ "passed 700 700", "fixed, conservative" }, { advice(decide({ quantity = 700 }, fixed)) })
    fixed.position_sizing_multiplier = "0.25"
    assert.equal("adjusted 8 2", advised({ quantity = 8 }, fixed))
    assert.equal("adjusted 0.8 0.2", advised({ fraction = "0.8" }, fixed))
  end)

  it("fraction is a share of equity in one product", function()
    local risk = { position_sizing_method = "fraction", sizing_fraction = "0.25" }
    assert.same({ "adjusted 80 25", "fraction, conservative" }, { advice(decide({ quantity = 80 }, risk)) })
    assert.equal("adjusted 80 20", advised({ quantity = 80 }, risk, { position = 5 }))
  end)
end)

describe("sizing: risk to stop", function()
  local risk = { position_sizing_method = "risk_to_stop", sizing_risk_fraction = "0.01" }

  it("loses that share of equity at stop_loss, fees of both ways included", function()
    assert.equal("adjusted 80 20", advised({ quantity = 80 }, risk, { stop_loss = 95 }))
    local fees = { stop_loss = 95, taker_bps = 10 } -- 100 ÷ 5.195
    assert.equal("adjusted 80 19.249", advised({ quantity = 80 }, risk, fees))
    assert.equal("adjusted 80 10", advised({ side = "sell", quantity = 80 }, risk, { stop_loss = 110 }))
  end)

  it("opens nothing without a stop, or with one on the wrong side", function()
    local decision = decide({ quantity = 80 }, risk)
    assert.same({ "position_sizing", "risk_to_stop needs a stop_loss, conservative" },
      { decision.reason.code, (select(2, advice(decision))) })
    assert.equal("position_sizing", decide({ quantity = 80 }, risk, { stop_loss = 105 }).reason.code)
  end)
end)

describe("sizing: Kelly", function()
  local risk = { position_sizing_method = "kelly", sizing_kelly_min_trades = 10, sizing_kelly_safety = "0.5" }

  -- 6 of 10 won 10 % each, the others lost 5 %: 0.6 − 0.4 ÷ 2 = 0.4, half of it 0.2.
  it("takes the safety factor's share of W − (1 − W) ÷ R", function()
    local sight = { tally = { wins = 6, losses = 4, won = "0.6", lost = "0.2" } }
    assert.same({ "adjusted 80 20", "kelly, conservative" }, { advice(decide({ quantity = 80 }, risk, sight)) })
    risk.sizing_kelly_safety = 1
    assert.equal("adjusted 80 40", advised({ quantity = 80 }, risk, sight))
    risk.sizing_kelly_safety = "0.5"
  end)

  it("is W where nothing was lost", function()
    assert.equal("adjusted 80 50", advised({ quantity = 80 }, risk, { tally = { wins = 10, won = 1 } }))
  end)

  it("opens nothing without an edge", function()
    for _, tally in ipairs { { wins = 5, losses = 5, won = "0.5", lost = "0.5" }, { losses = 10, lost = 1 },
      { wins = 9, losses = 1, won = "0.1", lost = "0.2" } } do
      local decision = decide({ quantity = 80 }, risk, { tally = tally })
      assert.equal("position_sizing", decision.reason.code)
      assert.matches("no edge", (select(2, advice(decision))))
    end
  end)

  it("has no advice before the least number of trades: the order goes as asked, and the record says why", function()
    for _, sight in ipairs { {}, { tally = { wins = 9, won = 1 } } } do
      local decision = decide({ quantity = 80 }, risk, sight)
      assert.equal("80", tostring(decision.ticket.quantity))
      assert.same({ "skipped", "kelly: fewer closed trades than sizing_kelly_min_trades, as asked, conservative" },
        { orders.check(decision, "sizing_advice").verdict, (select(2, advice(decision))) })
    end
  end)
end)

describe("sizing: volatility", function()
  local risk = { position_sizing_method = "volatility_target", sizing_target_volatility = "0.2" }

  it("holds target ÷ volatility of equity", function()
    assert.same({ "adjusted 80 25", "volatility_target, conservative" },
      { advice(decide({ quantity = 80 }, risk, { volatility = "0.8" })) })
    assert.equal("passed 80 200", advised({ quantity = 80 }, risk, { volatility = "0.1" }))
    assert.equal("passed 80 100", advised({ quantity = 80 }, risk, { volatility = 0 }))
  end)

  it("opens nothing while it is not known", function()
    local decision = decide({ quantity = 80 }, risk)
    assert.equal("position_sizing", decision.reason.code)
    assert.matches("not known yet", (select(2, advice(decision))))
  end)

  it("cannot be wanted without a target", function()
    local l = orders.limits { enable_dynamic_position_sizing = true, position_sizing_method = "volatility_target" }
    local ok, err = l:check()
    assert.is_nil(ok)
    assert.matches("needs sizing_target_volatility over zero", err.problems[1])
    assert.is_true(orders.limits({ position_sizing_method = "volatility_target" }):check())
  end)
end)

describe("sizing: intelligent", function()
  -- The side of a book that is taken holds 100,000: 15 bps are 300, by 5000 bps × value ÷ what rests.
  local book = { spread_bps = 1, depth = 100000 }
  local risk = { sizing_max_impact_bps = 15, sizing_target_volatility = "0.2" }

  it("is the smallest of leverage, volatility and impact, and says which", function()
    local function told(sight, changes)
      local all = {}
      for name, value in pairs(risk) do all[name] = value end
      for name, value in pairs(changes or {}) do all[name] = value end
      return { advice(decide({ quantity = 80 }, all, sight)) }
    end
    assert.same({ "adjusted 80 3", "intelligent (impact), conservative" },
      told { volatility = "0.8", liquidity = book })
    assert.same({ "adjusted 80 25", "intelligent (volatility), conservative" },
      told { volatility = "0.8", liquidity = { spread_bps = 1, depth = 100000000 } })
    assert.same({ "passed 80 100", "intelligent (leverage), conservative" },
      told { volatility = "0.1", liquidity = { spread_bps = 1, depth = 100000000 } })
    assert.same({ "passed 80 100", "intelligent (fallback: leverage alone), conservative" },
      told({}, { sizing_max_impact_bps = 0 }))
    assert.same({ "adjusted 80 12.5", "intelligent (volatility), conservative" },
      told({ volatility = "0.8" }, { position_sizing_multiplier = "0.5" }))
  end)

  it("leaves impact out for what rests, and where nothing is known", function()
    assert.equal("passed 80 100", advised({ quantity = 80, limit = 100, post_only = true },
      { sizing_max_impact_bps = 15 }, { liquidity = book }))
    local unknown = snapshot()
    unknown.liquidity = nil
    local decision = orders.engine("advanced", limits { sizing_max_impact_bps = 15 }):decide(unknown, { quantity = 80 })
    assert.same({ "passed 80 100", "intelligent (fallback: leverage alone), conservative" }, { advice(decision) })
  end)

  it("goes by whoever estimates the impact, and leaves out one that cannot tell", function()
    local risk15 = { sizing_max_impact_bps = 15 }
    assert.equal("passed 80 80", advised({ quantity = 80 }, risk15, { impact = { bps = 15 }, liquidity = book }))
    assert.equal("position_sizing", decide({ quantity = 80 }, risk15, { impact = { bps = "15.1" } }).reason.code)
    assert.equal("passed 80 100", advised({ quantity = 80 }, risk15, { impact = false, liquidity = book }))
  end)

  it("H7.118 aggressive goes up to twice the impact, and not beyond", function()
    local aggressive = { sizing_max_impact_bps = 15, sizing_mode = "aggressive" }
    assert.equal("adjusted 80 6", advised({ quantity = 80 }, aggressive, { liquidity = book }))
    assert.equal("passed 5 6", advised({ quantity = 5 }, aggressive, { liquidity = book }))
    aggressive.sizing_mode = "conservative"
    assert.equal("adjusted 5 3", advised({ quantity = 5 }, aggressive, { liquidity = book }))
  end)

  it("G40 takes a target that fits whole, strictly, too", function()
    for _, mode in ipairs { "conservative", "strict", "aggressive" } do
      local fits = { sizing_max_impact_bps = 15, sizing_mode = mode }
      local decision = decide({ quantity = 3 }, fits, { liquidity = book })
      assert.equal("3", tostring(decision.ticket.quantity), mode)
      assert.equal("passed", orders.check(decision, "sizing_advice").verdict)
    end
    assert.equal("position_sizing", decide({ quantity = "3.001" }, { sizing_max_impact_bps = 15,
      sizing_mode = "strict" }, { liquidity = book }).reason.code)
  end)
end)

describe("sizing: a property", function()
  local METHODS = { "fixed", "fraction", "risk_to_stop", "kelly", "volatility_target", "intelligent" }
  local MODES = { "conservative", "strict", "aggressive" }

  -- A seeded generator of its own (Numerical Recipes' LCG): the same orders on every machine.
  local function generator(seed)
    return function(n)
      seed = (seed * 1664525 + 1013904223) % 4294967296
      return seed // 65536 % n + 1
    end
  end

  local function pick(random, ...)
    local choices = table.pack(...)
    return choices[random(choices.n)]
  end

  local function any_sight(random)
    return { product = orders.product { kind = pick(random, "spot", "perpetual") }, position = pick(random, 0, 40, -40),
      open_buy = pick(random, 0, 0, 7), open_sell = pick(random, 0, 0, 7), equity = pick(random, 10000, 3, 0),
      stop_loss = pick(random, nil, 95, 105), volatility = pick(random, nil, "0.8", 0),
      tally = pick(random, nil, { wins = 6, losses = 4, won = "0.6", lost = "0.2" }),
      liquidity = { spread_bps = 1, depth = 100000 } }
  end

  local function any_order(random)
    local order = { side = pick(random, "buy", "sell"), reduce_only = random(5) == 1 }
    order[pick(random, "quantity", "notional", "fraction")] = pick(random, "0.5", "1", "40", "99.999", "300")
    order.limit = pick(random, nil, nil, "100", "99.5")
    return order
  end

  local function amount(ticket) return ticket.notional or ticket.fraction or ticket.quantity end

  it("it never enlarges, never touches an exit, and what it leaves alone is decided as by the live engine", function()
    local random = generator(11)
    local cut, refused, left = 0, 0, 0
    for i = 1, 4000 do
      local risk = { position_sizing_method = pick(random, table.unpack(METHODS)), sizing_mode = pick(random,
        table.unpack(MODES)), position_sizing_multiplier = pick(random, "0.25", 1, 3), sizing_kelly_min_trades = 10,
        sizing_max_impact_bps = 15, sizing_target_volatility = "0.2", max_leverage = pick(random, 1, 3) }
      local seen, order = snapshot(any_sight(random)), any_order(random)
      local sized = orders.engine("advanced", limits(risk)):decide(seen, order)
      risk.enable_dynamic_position_sizing = false
      local plain = orders.engine("live", limits(risk)):decide(seen, order)
      local line = orders.check(sized, "sizing_advice")
      if line and line.verdict == "adjusted" then
        cut = cut + 1
        assert.is_true(amount(sized.ticket) < decimal.new(amount(order)) and line.limit <= line.input, "case " .. i)
      elseif sized.reason and sized.reason.code == "position_sizing" then
        refused = refused + 1
      else
        left = left + 1
        assert.equal(plain.reason and plain.reason.code, sized.reason and sized.reason.code, "case " .. i)
        assert.equal(tostring(amount(plain.ticket)), tostring(amount(sized.ticket)), "case " .. i)
      end
    end
    assert.is_true(cut > 200 and refused > 500 and left > 1000, ("%d, %d, %d"):format(cut, refused, left))
  end)
end)

describe("sizing: a session", function()
  local function open(env, changes)
    local all = { RISK_ENABLE_DYNAMIC_POSITION_SIZING = "true" }
    for name, value in pairs(env or {}) do all[name] = value end
    local options = { env = all }
    for name, value in pairs(changes or {}) do options[name] = value end
    return trading.open(options)
  end

  it("cuts what is sent, and explain shows what was asked, what was advised, and by which values", function()
    local s <close> = open { RISK_POSITION_SIZING_METHOD = "fraction", RISK_SIZING_FRACTION = "0.102" }
    local order = s:buy { quantity = 50 }
    assert.equal("10", tostring(order.quantity)) -- 1,020 at 102
    local told = tostring(assert(s:explain(order)))
    assert.matches("sizing_advice +adjusted +50 +10 +fraction, conservative", told)
    assert.matches("sizing_fraction +0.102 +environment RISK_SIZING_FRACTION", told)
    s:step(1)
    assert.equal("10", tostring(s.positions[1].quantity))
    assert.equal("position_sizing", s:buy({ quantity = 1 }).reason.code)
    local exit = s:close()
    assert.equal("10", tostring(exit.quantity))
  end)

  it("leaves a fraction of 0.1 alone under the profiles that have it on", function()
    for _, profile in ipairs { "dev", "demo", "spot", "prod" } do
      local s <close> = open(nil, { profile = profile, env = {} })
      local order = s:buy { fraction = "0.1" }
      assert.is_nil(order.reason, profile)
      s:step(1)
      assert.equal("filled", order.status, profile)
      local line = assert(s:explain(order)).decision
      for _, one in ipairs(line.checks) do
        if one.name == "sizing_advice" then assert.same({ "passed", "0.1" }, { one.verdict, one.input }) end
      end
    end
  end)

  it("sizes what takes an order's place without the order beside it", function()
    local s <close> = open { RISK_POSITION_SIZING_METHOD = "fraction", RISK_SIZING_FRACTION = "0.1" }
    local order = s:buy { quantity = 5, limit = 80 }
    local larger = order:replace { quantity = 50 }
    s:step(1)
    assert.same({ "cancelled", "open", "12.5" }, { order.status, larger.status, tostring(larger.quantity) })
    assert.equal("position_sizing", s:buy({ quantity = 1, limit = 80 }).reason.code)
  end)

  it("sizes an order that leaves in slices once, as a whole", function()
    local s <close> = open { RISK_POSITION_SIZING_METHOD = "fraction", RISK_SIZING_FRACTION = "0.102" }
    local order = s:buy { quantity = 50, execution = "twap", over = "4h", slices = 4 }
    assert.equal("10", tostring(order.quantity))
    s:step(8)
    assert.same({ "filled", "10" }, { order.status, tostring(order.filled) })
    local sum = 0
    for _, fill in ipairs(trading.bodies(s, "order_filled")) do sum = sum + tonumber(fill.quantity) end
    assert.near(10, sum, 1e-9)
  end)

  it("knows the volatility once the window is full", function()
    local s <close> = open({ RISK_POSITION_SIZING_METHOD = "volatility_target", RISK_SIZING_TARGET_VOLATILITY = "0.001",
      RISK_VOL_WINDOW_PERIODS = "3" })
    assert.equal("position_sizing", s:buy({ quantity = 1 }).reason.code)
    s:step(1)
    local order = s:buy { quantity = 90 }
    local one, two = 102 / 101 - 1, 103 / 102 - 1 -- the closes of the bars
    local volatility = math.abs(one - two) / math.sqrt(2) * math.sqrt(365 * 24)
    assert.near(10000 * 0.001 / volatility / 103, order.quantity:float(), 1e-7)
  end)
end)
