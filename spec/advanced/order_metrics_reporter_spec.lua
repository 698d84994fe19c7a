-- SPDX-License-Identifier: MIT
-- neap.order_metrics_reporter: what became of orders, counted from their events; a recount in Lua gives the same.
local json = require "neap.json"
local neap = require "neap"
local program = require "spec.support.program"
local reporter = require "neap.order_metrics_reporter"
local store = require "neap.event_store"
local trading = require "spec.support.trading"

local STRATEGY = [[
local neap = require "neap"
return neap.strategy {
  name = "$name",
  on_start = function(self) self.fast = self:sma(5) end,
  on_bar = function(self, bar)
    local dice = math.random(8)
    if dice == 1 then self:buy { fraction = 0.2, stop_loss = bar.close * 0.997, take_profit = bar.close * 1.01 } end
    if dice == 2 then self:buy { quantity = 0.05, limit = bar.close * 0.995 } end
    if dice == 3 then self:buy { quantity = 0.05, limit = bar.close * 1.01, post_only = true } end
    if dice == 4 then self:buy { quantity = 1e6 } end
    if dice == 5 and self.long then self:close {} end
    if dice == 6 and self.long then self:sell { quantity = 0.01, stop = bar.close * 0.998 } end
    for _, order in ipairs(self.orders) do
      if dice == 7 and order.type == "limit" and not order.replaces then order:replace { limit = bar.close * 0.99 } end
      if dice == 8 and order.type == "limit" then order:cancel() end
    end
  end,
}
]]

describe("neap.order_metrics_reporter", function()
  local directory, path

  before_each(function()
    directory = program.directory()
    path = directory .. "/events.db"
  end)
  after_each(function() program.remove(directory) end)

  local function strategy(name)
    return program.write(("%s/%s.lua"):format(directory, name), (STRATEGY:gsub("%$name", name)))
  end

  local function options(changes)
    local all = {
      strategies = { { strategy = strategy "one", cash = 50000 }, { strategy = strategy "two", cash = 30000 } },
      data = "generated:seed=5,products=1,days=12", store = path, seed = 3, env = {},
      volume_share = "0.0001", slippage_bps = 3 }
    for name, value in pairs(changes or {}) do all[name] = value end
    return all
  end

  local TRIGGERS = { stop = true, stop_limit = true, trailing_stop = true }

  local function blank()
    return { asked = 0, placed = 0, pending = 0, filled = 0, partially_filled = 0, cancelled = 0, expired = 0,
      rejected = 0, post_only_rejected = 0, replacements = 0, triggers_registered = 0, triggers_active = 0,
      triggers_fired = 0 }
  end

  -- The same from the JSON of the stored events, order by order, in the plainest way.
  local function recount(only)
    local orders, list, found = {}, {}, blank()
    found.rejections = {}
    for row in store.events(path, {}) do
      local id, kind, body = row.client_order_id, row.type, row.body
      if kind == "order_intent" then
        orders[id] = { intent = body, parts = 0, events = {} }
        list[#list + 1] = orders[id]
      end
      local order = orders[id]
      if order then
        order.events[kind] = order.events[kind] or body
        if kind == "decision" then order.engine = order.engine or body.engine end
        if kind == "order_filled" then
          if body.status == "filled" then order.whole = true else order.parts = order.parts + 1 end
          order.hit = true
        end
      end
    end
    local function count(name, condition) if condition then found[name] = found[name] + 1 end end
    for _, order in ipairs(list) do
      local e = order.events
      if order.engine and (not only or only(order)) then
        local placed = e.order_submitted ~= nil
        local ended = order.whole or e.order_cancelled or e.order_expired or e.order_rejected
        local trigger = TRIGGERS[order.intent.type] and (placed or e.trigger_set)
        local hit = e.trigger_fired or order.hit
        count("asked", true)
        count("placed", placed)
        count("pending", placed and not ended)
        count("filled", order.whole)
        count("partially_filled", order.parts > 0)
        count("cancelled", e.order_cancelled)
        count("expired", e.order_expired)
        count("rejected", e.order_rejected)
        count("post_only_rejected", e.order_rejected and e.order_rejected.code == "post_only_cross")
        count("replacements", placed and order.intent.replaces)
        count("triggers_registered", trigger)
        count("triggers_active", trigger and not ended and not hit)
        count("triggers_fired", trigger and hit)
        local code = e.order_rejected and e.order_rejected.code
        if code then found.rejections[code] = (found.rejections[code] or 0) + 1 end
      end
    end
    return found
  end

  local function check_counts(expected, found)
    for name in pairs(blank()) do assert.equal(expected[name], found[name], name) end
  end

  local function check_store()
    local found = assert(reporter.read(path))
    local expected = recount()
    check_counts(expected, found)
    assert.same(expected.rejections, found.rejections)
    for engine, counts in pairs(found.engines) do
      check_counts(recount(function(order) return order.engine == engine end), counts)
    end
    for name, counts in pairs(found.strategies) do
      check_counts(recount(function(order) return order.intent.strategy == name end), counts)
    end
    return found
  end

  it("adds no global", function()
    local before = {}
    for name in pairs(_G) do before[name] = true end
    reporter.read "none.db"
    for name in pairs(_G) do assert.is_true(before[name], name) end
  end)

  it("refuses what is no store", function()
    local found, err = reporter.read(directory .. "/none.db")
    assert.is_nil(found)
    assert.equal("no_such_store", err.code)
    assert.has_error(function() reporter.read() end)
  end)

  for _, engine in ipairs { "live", "advanced" } do
    it("counts what a recount of the events counts, under " .. engine, function()
      local session = assert(neap.session(options { engine = engine }))
      session:run()
      local result = session:stop()
      local found = check_store()
      assert.is_true(found.filled > 20 and found.cancelled > 10 and found.rejected > 10)
      assert.is_true(found.replacements > 0 and found.triggers_fired > 0 and found.post_only_rejected > 0)
      assert.is_true(found.partially_filled > 0)
      assert.same({ engine }, (function()
        local names = {}
        for name in pairs(found.engines) do names[#names + 1] = name end
        return names
      end)())
      assert.is_true(found.strategies.one.asked > 0 and found.strategies.two.asked > 0)
      assert.same(json.encode(found), json.encode(result.order_metrics))
    end)
  end

  it("counts a stop that is watched for while it waits, not only when it leaves", function()
    local lacks = { abilities = { stop = false, stop_limit = false, trailing_stop = false } }
    local s <close> = trading.open { broker = lacks, store = path }
    s:buy { quantity = "0.01", stop = 100000 }
    s:step(1)
    local found = s:stop().order_metrics
    assert.same({ 1, 0, 0, 0 },
      { found.triggers_registered, found.triggers_active, found.triggers_fired, found.placed })
    path = directory .. "/random.db"
    local random = assert(neap.session(options { broker = lacks }))
    random:run()
    random:stop()
    found = check_store()
    assert.is_true(found.triggers_fired > 0 and found.triggers_registered > found.triggers_fired)
  end)

  it("loses nothing and doubles nothing over restarts", function()
    local session = assert(neap.session(options { store = directory .. "/whole.db" }))
    session:run()
    session:stop()
    local whole = reporter.read(directory .. "/whole.db")
    for i, count in ipairs { 1, 100, 177, 260 } do
      path = ("%s/%d.db"):format(directory, i)
      assert(neap.session(options())):step(count)
      collectgarbage()
      collectgarbage()
      local again = assert(neap.session(options { resume = true }))
      again:run()
      local result = again:stop()
      local found = check_store()
      assert.equal(result.order_metrics.placed, found.placed)
      assert.equal(0, found.placed - found.filled - found.cancelled - found.expired - found.pending -
        (found.rejected - (found.asked - found.placed)))
      assert.is_true(whole.asked > 0)
    end
  end)

  it("counts the same in memory as in a store", function()
    local all = { strategy = strategy "one", data = "generated:seed=5,products=1,days=20", env = {} }
    local inside = assert(neap.backtest(all)).order_metrics
    all.store = path
    assert.equal(json.encode(assert(neap.backtest(all)).order_metrics), json.encode(inside))
  end)

  describe("measures", function()
    it("slippage against the mark of the decision, the mean by value and the worst", function()
      local s = trading.open { slippage_bps = 10, store = path }
      s:buy { quantity = 1 }
      s:step(1)
      s:buy { quantity = 3 }
      s:step(1)
      local found = s:stop().order_metrics
      local cost, value = 0, 0
      for row in store.events(path, { type = "order_filled" }) do
        local price, quantity = tonumber(row.body.price), tonumber(row.body.quantity)
        local mark
        for decision in store.events(path, { type = "decision", order = row.client_order_id }) do
          mark = tonumber(decision.body.mark)
        end
        cost, value = cost + (price - mark) * quantity, value + mark * quantity
      end
      assert.is_true(math.abs(cost / value * 10000 - found.slippage_bps) < 1e-6)
      assert.is_true(math.abs(found.slippage_bps - 10) < 0.01 and found.worst_slippage_bps >= found.slippage_bps)
    end)

    it("the time from sent to whole, by the session's clock", function()
      local s = trading.open { store = path }
      s:buy { quantity = 1 }
      s:step(3)
      local found = s:stop().order_metrics
      local sent, whole
      for row in store.events(path, {}) do
        if row.type == "order_submitted" then sent = row.ts_ns end
        if row.type == "order_filled" then whole = row.ts_ns end
      end
      assert.equal((whole - sent) / 1e9, found.seconds_to_fill)
      assert.equal(found.seconds_to_fill, found.longest_to_fill)
    end)

    it("nothing where nothing was filled", function()
      local found = trading.open { store = path }:stop().order_metrics
      assert.equal(0, found.asked)
      assert.is_nil(found.slippage_bps)
      assert.is_nil(found.seconds_to_fill)
    end)
  end)

  it("stands in the status and in the report of a session", function()
    local session = assert(neap.session(options()))
    session:run()
    session:stop()
    local found = reporter.read(path)
    local out = program.run(("status '%s'"):format(path), { directory = directory })
    assert.matches(("placed%%s+%d"):format(found.placed), out)
    assert.matches(("rejected%%s+%d"):format(found.rejected), out)
    local document = json.decode((program.run(("status '%s' --json"):format(path), { directory = directory })))
    assert.equal(found.placed, math.tointeger(tonumber(tostring(document.order_metrics.placed))))
    local page = require("neap.report").html(path, {})
    assert.matches("What became of the orders", page, 1, true)
    assert.matches("strategy two", page, 1, true)
  end)
end)
