-- SPDX-License-Identifier: MIT
-- neap.margin, and liquidation in a run.
local bars = require "spec.support.bars"
local neap = require "neap"
local program = require "spec.support.program"

describe("neap.margin", function()
  local margin = require "neap.margin"
  local product = require "neap.product"
  local btc = product.new("BTC-PERP", { kind = "perpetual", price_increment = "0.01", base_increment = "0.001" })
  local eth = product.new("ETH-PERP", { kind = "perpetual", price_increment = "0.01", base_increment = "0.01" })

  local function of(equity, quantity, mark, leverage, rate)
    return assert(margin.of { equity = equity, positions = {
      { product = btc, quantity = quantity, mark = mark, max_leverage = leverage or 10,
        maintenance_rate = rate or "0.05" },
    } })
  end

  it("adds no global", function()
    local before = {}
    for name in pairs(_G) do before[name] = true end
    package.loaded["neap.margin"] = nil
    require "neap.margin"
    for name in pairs(_G) do assert.is_true(before[name], name) end
  end)

  it("refuses unknown options and bad arguments", function()
    assert.error_matches(function() margin.of { eqity = 1, positions = {} } end, "did you mean 'equity'")
    assert.error_matches(function() margin.of { equity = 1, positions = { { quantty = 1 } } } end,
      "did you mean 'quantity'")
    assert.error_matches(function() margin.of { equity = 1, positions = { { product = "x" } } } end, "not a product")
    assert.error_matches(function() margin.of { equity = 1 } end, "positions is a list")
    assert.error_matches(function() margin.liquidation_price("long", 1, 1, 0) end, "side")
    assert.has_error(function() margin.max_size(btc, 1, 1, 0) end)
    local m, err = margin.of { equity = 1, positions = { { product = btc, quantity = 1, mark = 0, max_leverage = 1,
      maintenance_rate = 0 } } }
    assert.is_nil(m)
    assert.equal("out_of_range", err.code)
  end)

  it("E2 is healthy without positions, and at risk without equity", function()
    local m = margin.of { equity = 500, positions = {} }
    assert.same({ "healthy", "500", "100", "0" },
      { m.health, tostring(m.available), tostring(m.buffer_pct), tostring(m.leverage) })
    m = of(0, 1, 50000)
    assert.equal("liquidation_risk", m.health)
    assert.is_nil(m.leverage)
    assert.equal("2500", tostring(m.maintenance))
  end)

  it("E2 tells the states apart to the last digit", function()
    -- value 50,000, maintenance 2,500: available is a tenth of 2,777.78, a fifth of 3,125
    assert.equal("liquidation_risk", of(2500, 1, 50000).health)
    assert.equal("critical", of("2500.0000000000000001", 1, 50000).health)
    assert.equal("critical", of("3124.9999999999999999", 1, 50000, 1000, "0.0562500000000001").health)
    assert.equal("critical", of("2777.7777777777777777", 1, 50000, 100).health)
    assert.equal("warning", of("2777.7777777777777778", 1, 50000, 100).health)
    assert.equal("warning", of("3124.9999999999999999", 1, 50000, 100).health)
    assert.equal("healthy", of(3125, 1, 50000, 100).health)
    assert.equal("warning", of("4999.9999999999999999", 1, 50000, 10).health)
    assert.equal("healthy", of(5000, 1, 50000, 10).health)
  end)

  it("E2 gives the largest size", function()
    assert.equal("0.2", tostring(margin.max_size(btc, 1000, 10, 50000)))
    assert.equal("0.199", tostring(margin.max_size(btc, "999.9999", 10, 50000)))
    assert.equal("0", tostring(margin.max_size(btc, -5, 10, 50000)))
    assert.equal("0", tostring(margin.max_size(btc, 5, 0, 50000)))
  end)

  it("platform 95 liquidation prices and how far they are", function()
    local function check(side, leverage, price, percent, state)
      local p = margin.liquidation_price(side, 50000, leverage, "0.05")
      local far, is = margin.distance(side, p, 50000)
      assert.same({ price, percent, state }, { p:format(2), far:format(1), is })
    end
    check("buy", 3, "35833.333333333334", "28.333333333333", "safe")
    check("buy", 4, "40000.00", "20.0", "warning")
    check("buy", 5, "42500.00", "15.0", "critical")
    check("sell", 5, "57500.00", "15.0", "critical")
    local _, gone = margin.distance("buy", 50000, 50000)
    assert.equal("liquidated", gone)
  end)

  it("at its cross-margin price an account's equity is its maintenance margin", function()
    local positions = {
      { product = btc, quantity = "0.7", mark = 50000, max_leverage = 10, maintenance_rate = "0.05" },
      { product = eth, quantity = -9, mark = 3000, max_leverage = 10, maintenance_rate = "0.03" },
    }
    local m = margin.of { equity = 8000, positions = positions }
    for i, position in ipairs(positions) do
      local price, before = m.liquidation_prices[i], position.mark
      local equity = (price - before) * require "neap.decimal"(position.quantity) + 8000
      position.mark = price
      local there = margin.of { equity = equity, positions = positions }
      assert.is_true(there.available:abs() < require "neap.decimal" "0.0000001")
      position.mark = before
    end
    local rich = margin.of { equity = 1000000, positions = positions }
    assert.is_false(rich.liquidation_prices[1])
    assert.is_truthy(rich.liquidation_prices[2])
  end)
end)

local ALL_IN = [[
return require "neap".strategy { name = "all_in", params = { leverage = { 10.0, min = 0, max = 100 } },
  on_bar = function(self)
    if self.done then return end
    self.done = true
    self:buy { quantity = self.params.leverage, stop_loss = 1 }
    self:buy { quantity = 1, limit = 2 }
  end }
]]

describe("liquidation", function()
  local path

  setup(function() path = program.write(os.tmpname(), ALL_IN) end)
  teardown(function() os.remove(path) end)

  local function run(closes, options)
    options = options or {}
    options.strategy, options.env, options.cash = path, options.env or { RISK_DEFAULT_MMR = "0.05" }, 100
    options.fee_bps = options.fee_bps or 0
    options.products = { ["X-PERP"] = { kind = "perpetual", price_increment = "0.01", base_increment = "0.01" } }
    options.data = { ["X-PERP"] = bars.closes(closes) }
    return assert(neap.backtest(options))
  end

  it("takes the position at the mark that no longer carries it, and nothing before", function()
    local result = run { 100, 100, 95, 94.74, 80, 60 }
    assert.equal(1, #result.trades)
    assert.equal("80", tostring(result.trades[1].exit_price))
    assert.is_true(result.final_equity == result.final_cash)
    assert.equal(2, result.fills)
    local exact = run { 100, 100, 95, 94.73, 80, 60 } -- equity 47.3, maintenance 47.365
    assert.equal("94.73", tostring(exact.trades[1].exit_price))
    assert.equal("47.3", tostring(exact.final_cash))
  end)

  it("goes by the rate of the product at that time of day", function()
    local env = { RISK_DAYTIME_START_UTC = "02:00", RISK_DAYTIME_END_UTC = "04:00", RISK_DEFAULT_MMR = "0.05",
      RISK_NIGHT_MMR_PER_SYMBOL = "X-PERP:0.5", RISK_DAY_MMR_PER_SYMBOL = "X-PERP:0.1" }
    -- 1.5 at 100: at 65 the equity is 47.5; half of 97.5 is more, a tenth is not. Bars close at 01:00, 02:00 …
    local result = run({ 100, 100, 65, 64, 63 }, { env = env, params = { leverage = "1.5" } })
    assert.equal("64", tostring(result.trades[1].exit_price))
    env.RISK_DAYTIME_END_UTC = "03:00"
    result = run({ 100, 100, 65, 64, 63 }, { env = env, params = { leverage = "1.5" } })
    assert.equal("65", tostring(result.trades[1].exit_price))
  end)

  it("charges the taker fee, and cancels what still works", function()
    local result = run({ 100, 100, 80, 60 }, { fee_bps = 10, store = os.tmpname() .. ".db" })
    assert.equal("-201.8", tostring(result.trades[1].pnl))
    local types = {}
    local rows <close> = assert(require("neap.event_store").events(result.store))
    for row in rows.next, rows do types[#types + 1] = row.type end
    local all = table.concat(types, " ")
    assert.matches("liquidation order_cancel_requested", all)
    assert.matches("order_filled", all:match "liquidation.*")
    os.remove(result.store)
  end)
end)

describe("a session's margin", function()
  it("is told by desk, and each position says where it ends", function()
    local s <close> = assert(neap.session { data = { ["X-PERP"] = bars.closes { 100, 100, 100, 100 } }, cash = 100,
      products = { ["X-PERP"] = { kind = "perpetual", price_increment = "0.01", base_increment = "0.01" } },
      fee_bps = 0, env = {}, set = { max_leverage = 10, default_maintenance_margin_rate = "0.05" } })
    assert.equal("operator  healthy  equity 100  value 0  maintenance 0  available 100", tostring(s.margin[1]))
    s:step(1)
    s:buy { product = "X-PERP", quantity = 5 }
    s:step(1)
    local m = s.margin[1]
    assert.same({ "5", "50", "25", "75" },
      { tostring(m.leverage), tostring(m.initial), tostring(m.maintenance), tostring(m.buffer_pct) })
    assert.equal("84.210526315790", s.positions[1].liquidation_price:format(12)) -- 400 ÷ (5 × 0.95)
  end)
end)
