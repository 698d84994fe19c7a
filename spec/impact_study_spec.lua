-- SPDX-License-Identifier: MIT
-- tools/impact_study.lua finds the law in markets that are made to keep it.
local recording = require "neap.recording"
local study = require "tools.impact_study"

local SECOND = 1000000000

-- Every 5 s a trade of `size_of(i)` that moves the middle by `move_of(size)` ticks of 10,000.
local function market(count, size_of, move_of)
  local made, mid = assert(recording.new { price_increment = 1, size_increment = 1 }), 1000000
  local function show(time, is_snapshot, before)
    for _, side in ipairs { "bid", "ask" } do
      local away = side == "bid" and -1 or 1
      if before then
        assert(made:add_change { time = time, side = side, price = before + away, size = 0 })
      end
      assert(made:add_change { time = time, snapshot = is_snapshot, side = side, price = mid + away, size = 1000000 })
    end
  end
  show(0, true)
  for i = 1, count do
    local size, before = size_of(i), mid
    local time = (i * 5 - 2) * SECOND
    assert(made:add_trade { time = time, side = size > 0 and "buy" or "sell", price = mid, size = math.abs(size) })
    mid = mid + move_of(size)
    if mid ~= before then show(time + SECOND, false, before) end
  end
  show((count * 5 + 1) * SECOND, false)
  return made
end

local function run(made)
  return study.run { recording = made, price_increment = 1, size_increment = 1, quantities = { 1, 100 },
    seconds = { 5 }, chosen = 5 }
end

describe("the study of market impact", function()
  it("finds that all of the move is by the law where it is", function()
    local result = run(market(200, function(i) return (i % 2 == 0 and 1 or -1) * (1 + i % 7) * (1 + i % 7) end,
      function(size) return math.floor(math.sqrt(math.abs(size)) * 100) * (size > 0 and 1 or -1) end))
    local fit = result.fits[1]
    assert.is_true(fit.r2 > 0.999 and fit.r2 > fit.linear_r2 and math.abs(fit.power - 0.5) < 0.02)
    local predicted = fit.y * result.volatility_bps * math.sqrt(16 / result.volume)
    assert.is_true(math.abs(predicted - 4) < 0.05, predicted) -- 400 ticks of 1,000,000
  end)

  it("finds nothing where trades move nothing, and prices the walk", function()
    math.randomseed(5)
    local result = run(market(200, function() return math.random(2) == 1 and 9 or -9 end,
      function() return math.random(-100, 100) end))
    assert.is_true(result.fits[1].r2 < 0.1)
    for _, each in ipairs(result.walk) do
      assert.is_true(math.abs(each.sum / each.count - 0.01) < 0.001) -- half of a spread of two ticks
    end
  end)
end)
