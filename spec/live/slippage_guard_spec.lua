-- SPDX-License-Identifier: MIT
-- The slippage guard: spread and impact that are to be expected, before an order is sent.
local config = require "neap.config"
local factory = require "neap.engine_factory"
local limits = require "neap.limits"
local orders = require "spec.support.orders"

local perp = { id = "BTC-PERP", kind = "perpetual", price_increment = "0.01", base_increment = "0.001" }

local function decide(order, snapshot, changes, engine)
  local made = factory.create(engine or "live", { limits = orders.limits(changes) })
  local base = { product = perp, mark = 50000, buying_power = 1000000, equity = 100000 }
  for name, value in pairs(snapshot or {}) do base[name] = value end
  local shown = orders.snapshot(base)
  if snapshot and snapshot.liquidity == false then shown.liquidity = nil end
  return made:decide(shown, order)
end

local limit_buy = { quantity = "0.1", limit = 50000 }
local book = { spread_bps = 5, depth = 1000000 }

local function check(decision) return orders.check(decision, "slippage") end

describe("the slippage guard", function()
  it("H5.62 takes 30 bps under a guard of 50", function()
    local decision = decide(limit_buy, { liquidity = book })
    assert.is_true(decision.accepted)
    assert.same({ "30", "50", "bps: spread and impact on the book" },
      { tostring(check(decision).input), tostring(check(decision).limit), check(decision).note })
  end)

  it("takes what is exactly at the guard, and refuses what is over it", function()
    assert.is_true(decide(limit_buy, { liquidity = book }, { slippage_guard_bps = "30" }).accepted)
    local decision = decide(limit_buy, { liquidity = book }, { slippage_guard_bps = "29" })
    assert.same({ "slippage", "slippage", "30", "29" },
      { decision.reason.code, decision.reason.check, decision.reason.input, decision.reason.limit })
  end)

  it("H5.64 refuses where nothing rests", function()
    assert.equal("no_liquidity", decide(limit_buy, { liquidity = { spread_bps = 5, depth = 0 } }).reason.code)
  end)

  it("H5.65 refuses an entry of which nothing is known, which the reference let pass", function()
    assert.equal("no_liquidity", decide(limit_buy, { liquidity = false }).reason.code)
  end)

  it("H5.65 lets an exit go on where nothing is known", function()
    local decision = decide({ side = "sell", quantity = "0.1" }, { position = "0.1", liquidity = false })
    assert.is_true(decision.accepted)
    assert.same({ "skipped", "an exit" }, { check(decision).verdict, check(decision).note })
  end)

  it("is off at 0, and leaves no line", function()
    local decision = decide(limit_buy, { liquidity = false }, { slippage_guard_bps = "0" })
    assert.is_true(decision.accepted)
    assert.is_nil(check(decision))
  end)

  it("judges the side that the order takes (G53)", function()
    local lopsided = { spread_bps = 5, bid_value = 1000000, ask_value = 1000 }
    assert.equal("slippage", decide(limit_buy, { liquidity = lopsided }).reason.code)
    assert.is_true(decide({ side = "sell", quantity = "0.1" }, { liquidity = lopsided }).accepted)
  end)

  it("does not ask what takes nothing", function()
    local decision = decide({ quantity = "0.1", limit = 50000, post_only = true }, { liquidity = { depth = 1 } })
    assert.is_true(decision.accepted)
    assert.equal("post-only takes nothing", check(decision).note)
  end)

  it("judges an order by amount at its upper bound", function()
    assert.equal("30", tostring(check(decide({ notional = 5000 }, { liquidity = book })).input))
    assert.equal("30", tostring(check(decide({ fraction = "0.05" }, { liquidity = book })).input))
  end)

  it("goes by the last bar's model where there is no book", function()
    local bar = { spread_bps = "0.5", volatility_bps = 60, turnover = 2000000 }
    local decision = decide(limit_buy, { liquidity = bar })
    assert.equal("3.5", tostring(check(decision).input))
    assert.matches("model of the last bar", check(decision).note)
    bar.turnover = 0
    assert.equal("no_liquidity", decide(limit_buy, { liquidity = bar }).reason.code)
  end)

  it("stands under the advanced engine as under this one", function()
    for _, engine in ipairs { "live", "advanced" } do
      assert.equal("slippage", decide(limit_buy, { liquidity = { spread_bps = 51, depth = 1000000 } }, nil,
        engine).reason.code)
      assert.equal("no_liquidity", decide(limit_buy, { liquidity = false }, nil, engine).reason.code)
    end
  end)
end)

describe("slippage multipliers", function()
  local function expected(multipliers)
    return tostring(check(decide(limit_buy, { liquidity = book }, { slippage_multipliers = multipliers })).input)
  end

  it("take effect on their product only (G41)", function()
    assert.equal("45", expected "BTC-PERP:1.5")
    assert.equal("15", expected "BTC-PERP:0.5,ETH-PERP:9")
    assert.equal("30", expected "ETH-PERP:9")
    local decision = decide(limit_buy, { liquidity = book }, { slippage_multipliers = "BTC-PERP:2" })
    assert.equal("slippage", decision.reason.code)
  end)

  local function load(text) return config.load { env = { SLIPPAGE_MULTIPLIERS = text } } end

  it("H2.17 are read from SLIPPAGE_MULTIPLIERS", function()
    local read = assert(load "BTC-USD:1.5,ETH-USD:2.0").limits.slippage_multipliers
    assert.same({ "1.5", "2" }, { tostring(read["BTC-USD"]), tostring(read["ETH-USD"]) })
  end)

  it("H2.19 with a bad entry start nothing, and the message names it, where the reference kept the first", function()
    local risk, err = load "BTC-USD:1.5,bad,ETH-USD:x,SOL-USD:3"
    assert.is_nil(risk)
    assert.matches("SLIPPAGE_MULTIPLIERS", err.message)
    assert.matches("'bad' is not a pair", err.message)
    risk, err = load "BTC-USD:1.5,ETH-USD:x"
    assert.is_nil(risk)
    assert.matches("'x' is not a number", err.message)
  end)

  it("H2.20 are none where the variable is empty", function()
    assert.same({}, assert(load "").limits.slippage_multipliers)
    assert.same({}, limits.new().slippage_multipliers)
  end)

  it("cannot switch the guard off", function()
    local ok, err = limits.new():set("slippage_multipliers", "BTC-USD:0")
    assert.same({ nil, "out_of_range" }, { ok, err.code })
  end)
end)

describe("the rule for a price that somebody expects", function()
  local liquidity = require "neap.liquidity"

  local function bps(side, expected) return tostring(liquidity.slippage(side, expected, 50000)) end

  it("H4.55 is exact at the guard of 50", function()
    assert.equal("50", bps("buy", 50250))
    assert.equal("50.2", bps("buy", 50251))
    assert.equal("50.2", bps("sell", 49749))
    assert.equal("-60", bps("sell", 50300))
    assert.equal("1000", bps("buy", 55000))
  end)

  it("is zero against a reference that is none", function()
    assert.equal("0", tostring(liquidity.slippage("buy", 1, 0)))
  end)
end)

describe("the slippage guard in a session", function()
  local trading = require "spec.support.trading"

  it("is off in the profile backtest, whose runs it must not change", function()
    assert.equal(0, config.load({ profile = "backtest", env = {} }).limits.slippage_guard_bps)
  end)

  it("prints its model among the assumptions, where it is on", function()
    local function assumptions(env)
      local s = trading.open { env = env }
      return table.concat(s:stop().assumptions, "\n")
    end
    assert.matches("liquidity.*0.6006.*square root", (assumptions { RISK_SLIPPAGE_GUARD_BPS = "50" }
      :gsub("√", "square root of ")))
    assert.is_nil(assumptions({}):find("liquidity", 1, true))
  end)

  it("goes by the last bar, and says by how much", function()
    local s <close> = trading.open { env = { RISK_SLIPPAGE_GUARD_BPS = "1" } }
    local order = s:buy { quantity = 1 }
    assert.equal("open", order.status)
    order = s:buy { quantity = 90 }
    assert.same({ "rejected", "slippage" }, { order.status, order.reason.code })
  end)

  it("refuses entries in a market without volume, and lets exits out of it", function()
    local bars = trading.bars(20)
    for i = 4, 20 do bars[i].volume = 0 end
    local s <close> = trading.open { data = { ["BTC-USD"] = bars }, env = { RISK_SLIPPAGE_GUARD_BPS = "50" } }
    assert.equal("open", s:buy({ quantity = 1 }).status)
    s:step(3)
    local order = s:buy { quantity = 1 }
    assert.same({ "rejected", "no_liquidity" }, { order.status, order.reason.code })
    assert.equal("open", s:close().status)
  end)
end)
