-- SPDX-License-Identifier: MIT
-- neap.pnl: days, peaks, trades.
describe("neap.pnl", function()
  local decimal = require "neap.decimal"
  local ledger = require "neap.ledger"
  local pnl = require "neap.pnl"
  local product = require "neap.product"
  local HOUR = 3600 * 10 ^ 9 | 0

  it("adds no global", function()
    local before = {}
    for name in pairs(_G) do before[name] = true end
    package.loaded["neap.pnl"] = nil
    require "neap.pnl"
    for name in pairs(_G) do assert.is_true(before[name], name) end
  end)

  it("refuses unknown options and bad arguments", function()
    assert.error_matches(function() pnl.new { day_strat = "00:00" } end, "did you mean 'day_start'")
    for _, text in ipairs { "24:00", "00:60", "0:00", "00-00", "" } do
      assert.error_matches(function() pnl.new { day_start = text } end, "HH:MM")
    end
    local p = pnl.new()
    assert.has_error(function() p:look(1.5, 1) end)
    assert.has_error(function() p:look(1, 1.5) end)
    assert.error_matches(function() return p.drawdwn end, "did you mean 'drawdown'")
  end)

  it("H11.137 realizes, marks and falls from its peak as the ledger says", function()
    local x = product.new("X-PERP", { kind = "perpetual", price_increment = "0.01", base_increment = "1" })
    local l <close> = assert(ledger.new { products = { x } })
    local p = pnl.new()
    l:deposit(1000)
    p:look(0, 1000)
    l:apply { side = "buy", quantity = 1, price = 100 }
    l:apply { side = "buy", quantity = 1, price = 110 }
    local held = l:position "X-PERP"
    assert.equal("105", tostring(held.cost / held.quantity))
    l:apply { side = "sell", quantity = 3, price = 120 }
    held = l:position "X-PERP"
    assert.same({ "30", "-1", "-120" }, { tostring(held.realized), tostring(held.quantity), tostring(held.cost) })
    p:look(1, l:equity { ["X-PERP"] = 125 })
    assert.same({ "25", "0" }, { tostring(p.peak), tostring(p.drawdown) }) -- 30 − 5
    p:look(2, l:equity { ["X-PERP"] = 135 })
    assert.same({ "15", "10" }, { tostring(p.total), tostring(p.drawdown) }) -- 30 − 15
  end)

  it("platform 82 averages, closes and flips", function()
    local x = product.new("X-PERP", { kind = "perpetual", price_increment = "0.01", base_increment = "1" })
    local l <close> = assert(ledger.new { products = { x } })
    l:apply { side = "buy", quantity = 2, price = 100 }
    l:apply { side = "buy", quantity = 2, price = 110 }
    local held = l:position "X-PERP"
    assert.same({ "4", "105" }, { tostring(held.quantity), tostring(held.cost / held.quantity) })
    local b = l:apply { side = "sell", quantity = 5, price = 120 }
    assert.same({ "60", "-1", "-120" }, { tostring(b.realized), tostring(b.position), tostring(b.cost) })
  end)

  it("platform 88 averages, flips and closes", function()
    local btc = product.new("BTC-PERP", { kind = "perpetual", price_increment = "0.01", base_increment = "0.001" })
    local l <close> = assert(ledger.new { products = { btc } })
    local function fill(side, quantity, price)
      local b = assert(l:apply { side = side, quantity = quantity, price = price })
      local held = l:position "BTC-PERP"
      return tostring(b.position), held.quantity:is_zero() and "flat" or tostring(held.cost / held.quantity)
    end
    fill("buy", 1, 50000)
    assert.same({ "2", "55000" }, { fill("buy", 1, 60000) })
    assert.same({ "-1", "60000" }, { fill("sell", 3, 60000) })
    assert.same({ "0", "flat" }, { fill("buy", 1, 60000) })
  end)

  it("begins a day with what the last one ended with, and counts no payment as profit", function()
    local p = pnl.new { day_start = "08:00" }
    p:look(7 * HOUR, 1000)
    p:look(8 * HOUR - 1, 990)
    assert.equal("-10", tostring(p.day))
    p:look(8 * HOUR, 970)
    assert.same({ "-20", "990" }, { tostring(p.day), tostring(p.start_equity) })
    p:look(9 * HOUR, 1070, 100)
    assert.same({ "-20", "-30" }, { tostring(p.day), tostring(p.total) })
    p:look(32 * HOUR, 1070)
    assert.equal("0", tostring(p.day))
    assert.equal("pnl: day 0, total -30, drawdown 30", tostring(p))
  end)

  it("counts trades that closed, never more won than there were", function()
    local p = pnl.new()
    assert.is_nil(p.win_rate_pct)
    for _, net in ipairs { "1", "-1", "0", "0.0000000000000001" } do p:trade(net) end
    assert.same({ 2, 1, 1, "50" }, { p.won, p.lost, p.even, tostring(p.win_rate_pct) })
  end)

  it("the days sum to the whole", function()
    math.randomseed(5)
    local p, equity, sum, day, last = pnl.new(), decimal(1000), decimal(0), 0, decimal(0)
    p:look(0, equity)
    for i = 1, 2000 do
      equity = equity + decimal(math.random(-10 ^ 6 | 0, 10 ^ 6 | 0)) / 10000
      local at = i * 5 * HOUR
      if at // (24 * HOUR) ~= day then
        day, sum = at // (24 * HOUR), sum + last
      end
      p:look(at, equity)
      last = p.day
    end
    assert.equal(p.total, sum + last)
    assert.equal(equity - 1000, p.total)
  end)
end)
