-- SPDX-License-Identifier: MIT
local bars = require "spec.support.bars"
local neap = require "neap"
local risk_metrics = require "neap.risk_metrics"

local function row(time, figures, type)
  local body = { equity = "1", total_notional = "1", exposure_pct = "0", max_leverage = "0", daily_pnl = "0",
    daily_pnl_pct = "0", mode = "normal" }
  for name, value in pairs(figures) do body[name] = value or nil end
  return { type = type or "risk_metrics", ts_ns = time, body = body }
end

local POINTS = {
  row(10, { exposure_pct = "0.50", equity = "10200", max_leverage = "2.1", daily_pnl = "180",
    total_notional = "5100" }),
  row(20, { exposure_pct = "0.72", equity = "12000", max_leverage = "2.6", daily_pnl = "-50",
    total_notional = "8640", mode = "reduce_only" }),
}

describe("neap.risk_metrics", function()
  it("adds no global", function()
    local known = {}
    for name in pairs(_G) do known[name] = true end
    risk_metrics.summary(POINTS)
    for name in pairs(_G) do assert.is_true(known[name], "added " .. tostring(name)) end
  end)

  it("refuses unknown options and what is no list", function()
    assert.error_matches(function() risk_metrics.summary(POINTS, { sinc = 1 }) end, "did you mean 'since'")
    assert.error_matches(function() risk_metrics.summary(POINTS, { since = "x" }) end, "since is a whole number")
    assert.error_matches(function() risk_metrics.summary "x" end, "a list of events is wanted, not string")
  end)

  it("H6.95 sums up two points", function()
    local sum = risk_metrics.summary(POINTS)
    local function text(name) return tostring(sum[name]) end
    assert.same({ "0.61", "0.72", "10200", "12000", "2.6", "8640", "-50", "180" },
      { text "exposure_average", text "exposure_max", text "equity_min", text "equity_max", text "leverage_max",
        text "notional_max", text "pnl_min", text "pnl_max" })
    assert.same({ 2, 10, 20, "reduce_only" }, { sum.count, sum.first, sum.last, sum.mode })
    assert.equal("12000", tostring(sum.latest.equity))
  end)

  it("drops what is not whole, of another type or before `since`", function()
    local sum = risk_metrics.summary({ POINTS[1], row(30, { equity = false }), row(40, { equity = "many" }),
      row(50, {}, "log"), POINTS[2] }, { since = 15 })
    assert.equal(1, sum.count)
    assert.equal("12000", tostring(sum.equity_min))
    assert.same({ count = 0 }, risk_metrics.summary {})
  end)

  it("reads what a session wrote", function()
    local s = assert(neap.session { data = { ["BTC-USD"] = bars.closes { 100, 100, 110, 90 } }, cash = 1000,
      fee_bps = 0, env = { RISK_DAILY_LOSS_LIMIT = "500" } })
    s:step(1)
    s:buy { quantity = 5 }
    s:run()
    local sum = risk_metrics.summary(s:events { type = "risk_metrics" })
    assert.same({ 3, "950", "1050", "-50", "50" },
      { sum.count, tostring(sum.equity_min), tostring(sum.equity_max), tostring(sum.pnl_min), tostring(sum.pnl_max) })
    s:stop()
  end)
end)
