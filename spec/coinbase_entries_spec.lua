-- SPDX-License-Identifier: MIT
-- What of a stored session could open a position at the venue, by its journal alone.
local decimal = require "neap.decimal"
local entries = require "neap.coinbase.entries"

local HOUR = 3600 * 1000000000

local function state(...)
  local orders = { ... }
  for i, order in ipairs(orders) do
    order.id, order.created = tostring(i), (10 + i) * HOUR
    order.product, order.side = order.product or "BTC-USD", order.side or "buy"
    order.type, order.status = order.type or "limit", order.status or "open"
  end
  return { orders = orders, products = { { id = "BTC-USD", kind = "spot" }, { id = "BTC-PERP", kind = "perpetual" } } }
end

local function ids(plan)
  local list = {}
  for i, entry in ipairs(plan.entries) do list[i] = entry.id end
  return table.concat(list, " ")
end

describe("entries of a session that is not heard of", function()
  it("are what could open or add: exits stay, and on spot every sale is one", function()
    local plan = entries.plan(state({}, { side = "sell" }, { side = "sell", product = "BTC-PERP" },
      { side = "sell", product = "BTC-PERP", reduce_only = true }, { parent = 1, side = "sell" }, { type = "market" }))
    assert.equal("1 3 6", ids(plan))
    assert.equal(3, plan.exits)
    assert.same({ "BTC-USD", "BTC-PERP" }, plan.products)
    assert.equal(11 * HOUR, plan.since)
  end)

  it("are not what the session alone watched the price for, until that has left", function()
    local plan = entries.plan(state({ type = "stop", status = "watched" },
      { type = "stop", status = "watched", trigger_fired = true }, { parent = 1, side = "sell", status = "watched" }))
    assert.equal("2", ids(plan))
    assert.equal(1, plan.unwatched)
    assert.equal(0, plan.exits)
  end)

  it("are those alone that were told to go, of one that has stopped", function()
    local all = state({}, { status = "cancel_pending", filled = decimal "0.5" }, { status = "cancel_pending",
      side = "sell" })
    assert.equal("2", ids(entries.plan(all, true)))
    assert.equal(decimal "0.5", entries.plan(all, true).entries[1].filled)
    assert.equal("1 2", ids(entries.plan(all)))
  end)

  it("are nobody's to ask the venue for when there are none", function()
    local result = assert(entries.take_back(nil, entries.plan(state { parent = 1 }), 0))
    assert.same({ works = 0, absent = 0, cancelled = 0, filled = {} }, result)
  end)
end)
