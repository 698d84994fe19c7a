-- SPDX-License-Identifier: MIT
-- The live engine's state_collector: what it knows of the account when it decides.
local factory = require "neap.engine_factory"
local orders = require "spec.support.orders"

local function account(snapshot, assets)
  local engine = factory.create("live", { limits = orders.limits { collateral_assets = assets or "" } })
  return orders.check(engine:decide(orders.snapshot(snapshot), { quantity = 1 }), "account")
end

local function collateral(balances, assets) return tostring(account({ balances = balances }, assets).limit) end

describe("the live engine's state_collector", function()
  it("writes equity and collateral into every decision", function()
    local check = account { equity = 1234, balances = { { asset = "USD", total = 900 } } }
    assert.same({ "passed", "1234", "900", "equity; collateral" },
      { check.verdict, tostring(check.input), tostring(check.limit), check.note })
  end)

  it("H5.73 counts USDC alone", function() assert.equal("5000", collateral { { asset = "USDC", total = 5000 } }) end)

  it("H5.73 counts USD and USDC, and no other asset", function()
    assert.equal("1500", collateral { { asset = "USD", total = 1000 }, { asset = "USDC", total = 500 },
      { asset = "BTC", total = 1 } })
  end)

  it("H5.73 counts what PERPS_COLLATERAL_ASSETS names", function()
    assert.equal("70", collateral({ { asset = "USDT", total = 70 }, { asset = "USDC", total = 5 } }, "usdt"))
    assert.equal("75", collateral({ { asset = "USDT", total = 70 }, { asset = "USDC", total = 5 } }, "usdt, usdc"))
  end)

  it("H5.73 falls back to USD where none of those has a balance", function()
    assert.equal("40", collateral({ { asset = "USD", total = 40 } }, "usdt"))
    assert.equal("0", collateral({ { asset = "BTC", total = 1 } }, "usdt"))
    assert.equal("0", collateral {})
  end)

  it("counts what is available, not what is held", function()
    assert.equal("60", collateral { { asset = "USD", total = 100, available = 60 } })
  end)

  it("counts the product's own quote where nothing is named", function()
    local product = orders.product { id = "BTC-EUR" }
    assert.equal("8", tostring(account({ product = product, balances = { { asset = "EUR", total = 8 } } }).limit))
  end)

  it("does not take an asset for another that begins like it", function()
    assert.equal("0", collateral({ { asset = "USDTX", total = 70 } }, "USDT"))
    assert.equal("0", collateral({ { asset = "USD", total = 0 }, { asset = "US", total = 70 } }))
  end)

  it("never makes a price up: an entry without one is refused (G1)", function()
    local snapshot = orders.snapshot()
    snapshot.mark = nil
    assert.equal("no_mark", orders.engine("live"):decide(snapshot, { quantity = 1000 }).reason.code)
  end)
end)

describe("collateral_assets", function()
  local limits = require "neap.limits"

  it("is kept in capitals, without blanks", function()
    local made = limits.new()
    assert(made:set("collateral_assets", " usd , usdc,"))
    assert.equal("USD,USDC", made.collateral_assets)
  end)

  it("is refused where a word is no asset, or where there is too much", function()
    local ok, err = limits.new():set("collateral_assets", "usd,b-tc")
    assert.same({ nil, "not_an_asset" }, { ok, err.code })
    ok, err = limits.new():set("collateral_assets", ("ABCDEFG,"):rep(20))
    assert.same({ nil, "too_many" }, { ok, err.code })
  end)

  it("is set by the reference's variable, too", function()
    local config = require "neap.config"
    local risk = assert(config.load { env = { PERPS_COLLATERAL_ASSETS = "usdt" } })
    assert.equal("USDT", risk.limits.collateral_assets)
  end)
end)
