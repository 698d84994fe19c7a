-- SPDX-License-Identifier: MIT
-- The advanced engine: its options, and that what every order must pass stands under it, too. Its parts have specs of
-- their own beside this one.
local orders = require "spec.support.orders"

local function decide(order, snapshot, changes)
  return orders.engine("advanced", changes):decide(orders.snapshot(snapshot), order)
end

describe("the advanced engine: options", function()
  it("refuses an option that is no boolean", function()
    assert.error_matches(function() orders.engine("advanced", { reject_on_cross = "yes" }) end, "true or false")
  end)
end)

describe("the advanced engine: money and modes", function()
  it("stand under it as under the other", function()
    assert.equal("insufficient_funds", decide({ quantity = 10 }).reason.code)
    assert.equal("spot_short", decide({ side = "sell", quantity = 1 }).reason.code)
    assert.equal("stale_mark", decide({ quantity = 1 }, { mark_time = 0 }).reason.code)
    assert.equal("halted", decide({ quantity = 1 }, { mode = "halted" }).reason.code)
    assert.is_true(decide({ side = "sell", quantity = 1 }, { mode = "halted", position = 1, mark_time = 0 }).accepted)
  end)
end)
