-- SPDX-License-Identifier: MIT
-- Both engines, the whole way: the same strategy on the same market gives the same fills, one by one, where it asks for
-- nothing that only the advanced engine has.
local neap = require "neap"
local program = require "spec.support.program"
local store = require "neap.event_store"

-- Asks for everything that both engines have, at random, most of it possible.
local STRATEGY = [[
local neap = require "neap"

local function chance(n) return math.random(n) == 1 end
local function near(bar, spread) return bar.close * (1 + (math.random(201) - 101) / 100 * spread) end

local function request(self, bar)
  local order = { quantity = math.random(40) / 100 }
  if chance(5) then order.quantity, order.notional = nil, 100 + math.random(2000) end
  if chance(6) then order.quantity, order.notional, order.fraction = nil, nil, math.random(20) / 100 end
  local kind = math.random(5)
  if kind == 1 then order.limit = near(bar, 0.01) end
  if kind == 2 then order.stop = near(bar, 0.01) end
  if kind == 3 then order.stop = near(bar, 0.01) order.limit = near(bar, 0.01) end
  if kind == 4 and order.quantity then order.trail_bps = 20 + math.random(300) end
  if kind == 1 and chance(3) then order.post_only = true end
  local time = math.random(6)
  if time == 1 and not order.post_only and not order.stop and not order.trail_bps then order.time_in_force = "ioc" end
  if time == 2 and kind == 1 and not order.post_only then order.time_in_force = "fok" end
  if time == 3 and kind == 1 then order.good_till = self.now + math.random(12) * 3600 * 1000000000 end
  if chance(8) then
    order.reduce_only = true
  else
    if chance(3) then order.stop_loss = near(bar, 0.03) end
    if chance(3) then order.take_profit = near(bar, 0.03) end
    if chance(5) then order.trailing_stop_bps = 30 + math.random(400) end
  end
  return order
end

return neap.strategy {
  name = "asks_everything",
  on_bar = function(self, bar)
    local p = self:product(bar.product)
    for _ = 1, math.random(3) - 1 do p[chance(2) and "buy" or "sell"](p, request(self, bar)) end
    if chance(15) then p:close {} end
    if chance(20) then p:target { fraction = (math.random(41) - 21) / 100 } end
    for _, order in ipairs(p.orders) do
      if chance(12) then order:cancel() end
      if chance(12) and order.limit then order:replace { limit = near(bar, 0.01) } end
    end
    if chance(40) then
      self:group({ { side = "buy", product = "G01-USD", quantity = 0.1 },
        { side = "sell", product = "G02-USD", quantity = 0.5, limit = self:product("G02-USD").last } },
        { on_partial = chance(2) and "unwind" or "keep" })
    end
  end,
}
]]

describe("both engines agree fill by fill", function()
  local directory, path

  setup(function()
    directory = program.directory()
    path = program.write(directory .. "/asks_everything.lua", STRATEGY)
  end)
  teardown(function() program.remove(directory) end)

  local FACTS = { ["G01-USD"] = "kind=margin,price_increment=0.01,base_increment=0.000001" }

  -- Its fills as text, and how many orders were asked for.
  local function run(engine, seed)
    local file = ("%s/%s-%d.db"):format(directory, engine, seed)
    local result = assert(neap.backtest { strategy = path, data = ("generated:seed=%d,products=2,days=12"):format(seed),
      products = FACTS, seed = seed, engine = engine, cash = 200000, store = file, volume_share = "0.001",
      slippage_bps = 2, close_at_end = "close", env = {} })
    local fills = {}
    for row in store.events(file, { type = "order_filled" }) do
      local b = row.body
      fills[#fills + 1] = table.concat({ row.ts_ns, row.product, row.client_order_id, b.side, tostring(b.price),
        tostring(b.quantity), tostring(b.fee), b.liquidity, tostring(b.cash), b.status }, " ")
    end
    return fills, result
  end

  local function shape(m)
    return { m.asked, m.placed, m.filled, m.partially_filled, m.cancelled, m.expired, m.rejected,
      m.post_only_rejected, m.replacements, m.triggers_fired }
  end

  it("on whatever both can be asked, over thousands of orders", function()
    local asked, filled, seen = 0, 0, { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 }
    for seed = 1, 5 do
      local live, one = run("live", seed)
      local advanced, two = run("advanced", seed)
      for i = 1, math.max(#live, #advanced) do
        assert.equal(live[i], advanced[i], ("seed %d, fill %d"):format(seed, i))
      end
      assert.same(one.rejections, two.rejections)
      assert.same(shape(one.order_metrics), shape(two.order_metrics))
      assert.equal(tostring(one.final_cash), tostring(two.final_cash))
      asked, filled = asked + one.orders, filled + #live
      for i, count in ipairs(shape(one.order_metrics)) do seen[i] = seen[i] + count end
    end
    assert.is_true(asked > 3000 and filled > 1000, ("%d orders, %d fills"):format(asked, filled))
    for i, count in ipairs(seen) do assert.is_true(count > 0, "nothing of kind " .. i) end
  end)
end)
