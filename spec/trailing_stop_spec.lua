-- SPDX-License-Identifier: MIT
-- trail_bps: a trailing stop as an order of its own, entry or exit, in a session on the simulator.
local neap = require "neap"
local trading = require "spec.support.trading"

local HOUR = 3600 * 1000000000

-- Bars of an hour, each { open, high, low, close }.
local function bars(rows)
  local list = {}
  for i, row in ipairs(rows) do
    list[i] = { time = 1735689600000000000 + (i - 1) * HOUR, open = row[1], high = row[2], low = row[3], close = row[4],
      volume = 100000 }
  end
  return { ["BTC-USD"] = list }
end

local function open(rows)
  local s = assert(neap.session(trading.options { data = bars(rows) }))
  assert(s:step(2))
  return s
end

local CALM = { 100, 100, 100, 100 }

describe("an order with trail_bps", function()
  it("is a trailing stop that says what it trails by", function()
    local s <close> = open { CALM, CALM, CALM }
    local o = s:buy { quantity = 1, trail_bps = 100, why = "breakout" }
    assert.equal("trailing_stop", o.type)
    assert.equal("100", tostring(o.trail_bps))
    assert.is_nil(o.stop)
    assert.is_nil(s:buy { quantity = 1 }.trail_bps)
  end)

  it("follows a falling price down, and buys when it turns", function()
    local s <close> = open { CALM, CALM, CALM, { 100, 100, 90, 90 }, { 90, 90.5, 80, 80 }, { 80, 81, 80, 81 }, CALM }
    local o = s:buy { quantity = 1, trail_bps = 100 }
    assert(s:step(2)) -- opens at 100: level 101, then 90.9 after the low
    assert.equal("open", o.status)
    assert(s:step(1)) -- 90.5 is under it; after the low of 80 the level is 80.8
    assert.equal("open", o.status)
    assert(s:step(1))
    assert.equal("filled", o.status)
    assert.equal("80.8", tostring(o.average_price))
  end)

  it("as an exit follows a rising price up, and fills at the gap when the open is beyond its level", function()
    local s <close> = open { CALM, CALM, CALM, { 100, 120, 100, 120 }, { 110, 110, 110, 110 }, CALM }
    s:buy { quantity = 2 }
    assert(s:step(1))
    local o = s:sell { quantity = 2, trail_bps = 500, reduce_only = true } -- at its first open 95, after 120: 114
    assert(s:step(1))
    assert.equal("open", o.status)
    assert(s:step(1))
    assert.equal("filled", o.status)
    assert.equal("110", tostring(o.average_price))
    assert(s.positions[1].quantity:is_zero())
  end)

  it("carries exits of its own as an entry", function()
    local s <close> = open { CALM, CALM, CALM, { 100, 102, 100, 102 }, { 102, 102, 90, 90 }, CALM }
    local o = s:buy { quantity = 1, trail_bps = 100, stop_loss = 95 }
    assert(s:step(2))
    assert.equal("filled", o.status)
    assert(s:step(1))
    assert(s.positions[1].quantity:is_zero())
  end)

  it("goes with neither limit nor stop, and is more than zero", function()
    local s <close> = open { CALM, CALM, CALM }
    local function refused(pattern, order)
      order.quantity = 1
      assert.error_matches(function() s:buy(order) end, pattern)
    end
    refused("trail_bps goes with neither limit nor stop", { trail_bps = 1, limit = 90 })
    refused("trail_bps goes with neither limit nor stop", { trail_bps = 1, stop = 110 })
    refused("trail_bps must be more than zero", { trail_bps = 0 })
    refused("trail_bps is not a finite number", { trail_bps = 0 / 0 })
    refused("post_only needs a limit", { trail_bps = 5, post_only = true })
  end)

  it("does not sell below the best price by all of it: such a stop would never leave", function()
    local s <close> = open { CALM, CALM, CALM, CALM }
    local whole = "_bps of a sale is under 10000"
    assert.error_matches(function() s:buy { quantity = 1, trailing_stop_bps = 10000 } end, "trailing_stop" .. whole)
    assert.error_matches(function() s:buy { quantity = 1, trailing_stop_bps = 1e9 } end, "trailing_stop" .. whole)
    s:buy { quantity = 2 }
    assert(s:step(1))
    assert.error_matches(function() s:sell { quantity = 1, trail_bps = "10000" } end, "trail" .. whole)
    assert(s:sell { quantity = 1, trail_bps = "9999.5", reduce_only = true })
    assert(s:buy { quantity = 1, trail_bps = 20000 }) -- three times its lowest: it can be reached
  end)
end)
