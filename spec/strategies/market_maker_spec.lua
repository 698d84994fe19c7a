-- SPDX-License-Identifier: MIT
-- strategies/market_maker.lua: quotes that rest, an inventory that pulls them, on a book written by hand and on a
-- recorded one.
local neap = require "neap"
local recorded = require "spec.support.recorded"
local shared = require "spec.support.shared"

local PARAMS = { quantity = 1, max_position = 2, half_spread_bps = 10, skew_bps = 40, tolerance_bps = 1 }

local MARKET = { "1 snapshot 5@999 5@998 | 5@1001 5@1002", "2 update 4@998 |", "2.5 sell 99@998.9", "3 update 3@998 |",
  "4 update 5@998 |", "5 update 6@998 |", "5.5 buy 99@1003", "6 update 5@997 |", "7 update 5@996 |", "60 buy 1@1100" }

local function write(text)
  local path = os.tmpname()
  local file <close> = assert(io.open(path, "wb"))
  file:write(text)
  return path
end

local function run(lines, changes)
  local book, trades = recorded.texts(lines)
  local paths = { write(book), write(trades) }
  local given = { strategy = "market_maker.lua", data = { ["BTC-USD"] = { book = paths[1], trades = paths[2] } },
    products = { ["BTC-USD"] = { price_increment = "0.1", base_increment = "0.01" } }, cash = 10000, fee_bps = 0,
    params = PARAMS, env = {}, latency_ms = 1 }
  for name, value in pairs(changes or {}) do given[name] = value end
  local session = assert(neap.session(given))
  session:run()
  local fills, orders = {}, {}
  for i, row in ipairs(assert(session:events { type = "order_filled" })) do fills[i] = row.body end
  for i, row in ipairs(assert(session:events { type = "order_intent" })) do orders[i] = row.body end
  local result = session:stop()
  for _, path in ipairs(paths) do os.remove(path) end
  return fills, orders, result
end

describe("market_maker", function()
  it("fits on a screen", function()
    local file <close> = assert(io.open("strategies/market_maker.lua"))
    local count = 0
    for _ in file:lines() do count = count + 1 end
    assert.is_true(count <= 60, count)
  end)

  it("bids, and asks for what it got; what it holds moves both down", function()
    local fills, orders = run(MARKET)
    assert.same({ "buy 999 maker", "sell 1001 maker" }, { fills[1].side .. " " .. fills[1].price .. " " ..
      fills[1].liquidity, fills[2].side .. " " .. fills[2].price .. " " .. fills[2].liquidity })
    local bids = {}
    for _, order in ipairs(orders) do
      assert.is_true(order.post_only)
      if order.side == "buy" then bids[#bids + 1] = tonumber(order.limit) end
    end
    assert.equal(999, bids[1])
    assert.is_true(bids[2] < 999 * (1 - 0.001), bids[2]) -- half of the skew at half of the inventory
  end)

  it("never holds more than it may, nor less than nothing", function()
    local fall = { "1 snapshot 5@999 | 5@1001" }
    for i = 2, 40 do fall[i] = ("%d sell 99@%d"):format(i, 999 - i * 3) end
    for i = 41, 60 do fall[i] = ("%d update %d@900 |"):format(i - 39, i) end
    table.sort(fall, function(a, b) return tonumber(a:match "^%d+") < tonumber(b:match "^%d+") end)
    local fills = run(fall)
    local held = 0
    for _, fill in ipairs(fills) do
      held = held + (fill.side == "buy" and 1 or -1) * tonumber(fill.quantity)
      assert.is_true(held >= 0 and held <= 2 + 1e-9, held)
    end
    assert.equal(2, held)
  end)

  it("takes its quotes away while the book is in doubt", function()
    local _, orders, result = run { "1 snapshot 5@999 | 5@1001", "2 update 5@1002 |", "3 sell 99@900", "4 sell 1@900" }
    assert.equal(1, #orders)
    assert.equal(0, result.fills)
  end)

  it("is the same twice on the recorded ten minutes, and stays within its inventory", function()
    local data = shared.path "data/l2_binance_spot_2024_08_08/BTCUSDT_l2.csv.gz"
    if not data then return pending "../shared is absent" end
    local function once()
      return assert(neap.backtest { strategy = "market_maker.lua", data = data, cash = 100000, fee_bps = 0, env = {},
        products = { ["BTC-USDT"] = { price_increment = "0.01", base_increment = "0.00001" } } })
    end
    local first, second = once(), once()
    assert.equal(first.event_hash, second.event_hash)
    assert.is_true(first.fills > 100)
    assert.is_true((first.final_equity - first.final_cash):float() < 0.0501 * 62000)
  end)
end)
