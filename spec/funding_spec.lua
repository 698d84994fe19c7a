-- SPDX-License-Identifier: MIT
-- neap.funding, and what it does to a run.
local bars = require "spec.support.bars"
local decimal = require "neap.decimal"
local neap = require "neap"
local program = require "spec.support.program"

local HOLD = [[
return require "neap".strategy { name = "hold", params = { short = { false } }, on_bar = function(self)
  if self.flat then
    if self.params.short then self:sell { quantity = 1 } else self:buy { quantity = 1 } end
  end
end }
]]

describe("neap.funding", function()
  local funding = require "neap.funding"
  local product = require "neap.product"
  local facts = { kind = "perpetual", price_increment = "0.01", base_increment = "0.001", funding_rate = "0.0001" }
  local btc = product.new("BTC-PERP", facts)

  it("adds no global", function()
    local before = {}
    for name in pairs(_G) do before[name] = true end
    package.loaded["neap.funding"] = nil
    require "neap.funding"
    for name in pairs(_G) do assert.is_true(before[name], name) end
  end)

  it("refuses bad arguments", function()
    assert.has_error(function() funding.amount("BTC-PERP", 1, 1) end)
    assert.has_error(function() funding.amount(btc, 1.5, 1) end)
    assert.has_error(function() funding.amount(btc, 1, 0) end)
    assert.has_error(function() funding.next(btc, "08:00") end)
  end)

  it("H11.139 longs pay and shorts receive", function()
    assert.equal("-10", tostring(funding.amount(btc, 2, 50000)))
    assert.equal("10", tostring(funding.amount(btc, -2, 50000)))
    assert.equal("10", tostring(funding.amount(btc, 2, 50000, "-0.0001")))
  end)

  it("takes rate and interval as facts, and refuses what is none", function()
    assert.equal(8 * 3600 * 10 ^ 9 | 0, btc.funding_interval)
    local hourly = assert(product.parse "BTC-PERP:kind=perpetual,funding_rate=-0.00001,funding_interval=1h")
    assert.equal("-0.00001", tostring(hourly.funding_rate))
    assert.equal(3600 * 10 ^ 9 | 0, hourly.funding_interval)
    for _, text in ipairs { "funding_rate=1", "funding_rate=-1", "funding_rate=x", "funding_interval=8",
      "funding_interval=0h" } do
      assert.is_nil((product.parse("BTC-PERP:" .. text)), text)
    end
  end)

  local function run(short, rate)
    local path = program.write(os.tmpname(), HOLD)
    facts.funding_rate = rate
    local result = assert(neap.backtest { strategy = path, data = { ["BTC-PERP"] = bars.walk(100) }, cash = 100000,
      products = { ["BTC-PERP"] = facts }, fee_bps = 0, params = { short = short }, env = {} })
    os.remove(path)
    return result
  end

  it("is in cash, equity and the result; what longs pay shorts receive", function()
    local none, long, short = run(false, "0"), run(false, "0.0001"), run(true, "0.0001")
    assert.is_true(none.funding:is_zero())
    assert.is_true(long.funding < 0)
    assert.equal(none.final_equity + long.funding, long.final_equity)
    assert.is_true((long.funding + short.funding):is_zero())
    assert.is_true(long.final_cash == decimal(100000) + long.funding)
  end)
end)
