-- SPDX-License-Identifier: MIT
-- execution = "twap", "vwap", "iceberg": an order that leaves in slices, from Lua.
local decimal = require "neap.decimal"
local neap = require "neap"
local orders = require "spec.support.orders"
local policy = require "neap.policy"
local program = require "spec.support.program"
local testing = require "neap.testing"

local MINUTE = 60 * 1000000000
local START = 1735689600 * 1000000000

-- Five-minute bars as a market makes them: a walk of a seeded generator, volume with the hour.
local function bars(count)
  local list, price, seed = {}, 50000, 7
  local function draw()
    seed = (seed * 1103515245 + 12345) % 2147483648
    return seed / 2147483648
  end
  for i = 1, count do
    local open = price
    price = open + (draw() - 0.5) * 120
    local function cents(x) return math.floor(x * 100) / 100 end
    list[i] = { time = START + (i - 1) * 5 * MINUTE, open = cents(open), close = cents(price),
      high = cents(math.max(open, price) + draw() * 40), low = cents(math.min(open, price) - draw() * 40),
      volume = cents(2 + 20 * draw() * (1 + math.sin(i / 12))) }
  end
  return list
end

local DATA = bars(96)

local HOOKS = [[
  on_order = function(self, o)
    if not o.execution then return end
    self:info("whole", { status = o.status, filled = tostring(o.filled), fees = tostring(o.fees),
      average = tostring(o.average_price) })
  end,
  on_fill = function(self, fill) self:info("fill", { parent = fill.order.parent }) end,
  on_reject = function(self, o) self:info("refused", { code = o.reason.code }) end,
}
]]

-- A strategy that places `order` on its third bar; then `more`, Lua that sees self and the bar's number n.
local function strategy_of(order, more)
  return [[
local neap = require "neap"
return neap.strategy {
  name = "slicer", warmup = 0,
  on_bar = function(self)
    local n = (self.state.n or 0) + 1
    self.state.n = n
    if n == 3 then self.o = self:buy { ]] .. order .. [[ } end
    ]] .. (more or "") .. [[

  end,
]] .. HOOKS
end

local function run(source, changes)
  local path = os.tmpname()
  program.write(path, source)
  local options = { strategy = path, data = { ["BTC-USD"] = DATA }, cash = 1000000, fee_bps = 10, env = {},
    profile = "backtest", engine = "advanced" }
  for name, value in pairs(changes or {}) do options[name] = value end
  local ok, result, err = pcall(testing.run, options)
  os.remove(path)
  if not ok then return nil, result end
  return result, err
end

-- The result, the lines that were told of the whole, and the last of them.
local function place(order, more, changes)
  local result = assert(run(strategy_of(order, more), changes))
  local told = {}
  for _, line in ipairs(result.log) do
    if line.text == "whole" then told[#told + 1] = line.fields end
  end
  return result, told, told[#told]
end

local function lines(result, text)
  local list = {}
  for _, line in ipairs(result.log) do
    if line.text == text then list[#list + 1] = line.fields or {} end
  end
  return list
end

local function raises(pattern, order)
  local result, err = run(strategy_of(order))
  assert.is_nil(result)
  assert.matches(pattern, tostring(err))
end

describe("an order that leaves in slices", function()
  it("names what it does not know", function()
    raises("did you mean 'twap'", "quantity = 1, execution = 'twop'")
    raises("over must be a duration", "quantity = 1, execution = 'twap', over = 'soon'")
    raises("over: 9999999d is longer than 292 years", "quantity = 1, execution = 'twap', over = '9999999d'")
    raises("slices must be a whole number", "quantity = 1, execution = 'twap', slices = 2.5")
    raises("slices must be a whole number", "quantity = 1, execution = 'twap', slices = 1001")
    raises("slices goes with", "quantity = 1, slices = 2")
    raises("show is missing", "quantity = 1, execution = 'iceberg', limit = 49000")
    raises("share of the traded volume", "quantity = 1, execution = 'vwap', share = 2")
    raises("no stops", "quantity = 1, execution = 'twap', stop = 52000")
  end)

  it("is refused by the live engine, by name", function()
    local result = place("quantity = 1, execution = 'twap'", nil, { engine = "live" })
    assert.equal("needs_advanced_engine", lines(result, "refused")[1].code)
    assert.equal(0, #result.fills)
  end)

  it("twap: sums its slices, tells of the whole, and its slices name it", function()
    local result, told, last = place "quantity = 10, execution = 'twap', over = '30m', slices = 12, tag = 'big'"
    assert.equal("working", told[1].status)
    assert.equal("partially_filled", told[2].status)
    assert.equal("filled", last.status)
    assert.equal("10", last.filled)
    assert.equal(12, #result.fills)
    local fees, quantity = decimal.new(0), decimal.new(0)
    for _, fill in ipairs(result.fills) do fees, quantity = fees + fill.fee, quantity + fill.quantity end
    assert.same({ "10", tostring(fees) }, { tostring(quantity), last.fees })
    assert.equal(result.orders[1].id, lines(result, "fill")[1].parent)
    assert.same({ "filled", "twap", "10" },
      { result.orders[1].status, result.orders[1].execution, tostring(result.orders[1].filled) })
  end)

  it("twap: a slice when it is due, also between bars", function()
    local result = place "quantity = 10, execution = 'twap', over = '30m', slices = 12"
    local due = result.orders[2].time
    for i = 2, #result.orders do
      assert.equal(due + (i - 2) * 150 * 1000000000, result.orders[i].time)
    end
  end)

  it("vwap: never more than its share of a bar", function()
    local result, _, last = place "quantity = 8, execution = 'vwap', share = '0.1'"
    assert.equal("filled", last.status)
    assert.is_true(#result.fills > 4)
    for i = 2, #result.orders do
      assert.is_true(result.orders[i].quantity:float() <= 0.1 * 42 * 2)
    end
  end)

  it("iceberg: rests with what it shows", function()
    local result, _, last = place("quantity = 3, execution = 'iceberg', limit = 60000, show = '0.5'", [[
      local shown = 0
      for _, o in ipairs(self.orders) do
        if o.parent then shown = shown + (o.quantity - o.filled):float() end
      end
      assert(shown <= 0.5)]])
    assert.equal("filled", last.status)
    assert.equal(6, #result.fills)
  end)

  it("pauses, goes on, and is cancelled with what works", function()
    local _, _, last = place("quantity = 10, execution = 'twap', over = '100m', slices = 20", [[
      if n == 5 then assert(self.o:pause()) end
      if n == 6 then assert(self.o.paused); self.held = self.o.filled end
      if n == 9 then assert(self.o.filled == self.held); assert(self.o:resume()) end
      if n == 12 then assert(not self.o.paused and self.o.filled > self.held); assert(self.o:cancel()) end
      if n == 14 then assert(not self.o:pause() and not self.o:cancel()) end]])
    assert.equal("cancelled", last.status)
    assert.is_true(decimal.new(last.filled) < decimal.new(10))
  end)

  it("is not replaced, and only its own kind pauses", function()
    local result = place("quantity = 2, execution = 'twap', slices = 4, limit = 40000", [[
      if n == 4 then
        self:info(select(2, pcall(self.o.replace, self.o, { limit = 41000 })))
        local plain = self:buy { quantity = 1, limit = 30000 }
        self:info(select(2, pcall(plain.pause, plain)))
      end]])
    local said = {}
    for _, line in ipairs(result.log) do said[#said + 1] = line.text end
    said = table.concat(said, "\n")
    assert.matches("cancel it", said)
    assert.matches("only an order with execution", said)
  end)

  it("has as many slices as keep each within the advised quantity, else ten", function()
    local result = place("quantity = 4, execution = 'twap', over = '60m'")
    assert.equal(11, #result.orders)
    assert.equal(10, result.orders[1].slices)
    local guarded = place("quantity = 15, execution = 'twap', over = '60m'", nil, {
      set = { enable_market_impact_guard = true, max_market_impact_bps = "0.5" } })
    assert.is_true(guarded.orders[1].slices > 10)
    assert.is_true(guarded.orders[2].quantity * guarded.orders[1].slices <= decimal.new(15))
  end)

  it("is paused and resumed by an operator, too", function()
    local s <close> = assert(neap.session { data = { ["BTC-USD"] = DATA }, cash = 1000000, fee_bps = 0, env = {},
      profile = "backtest", engine = "advanced" })
    assert(s:step(3))
    local o = s:buy { quantity = 4, execution = "twap", over = "20m", slices = 4 }
    assert(s:step(1))
    assert.is_true(o:pause())
    assert.is_true(o.paused)
    local held = o.filled
    assert(s:step(4))
    assert.equal(held, o.filled)
    assert.is_true(o:resume())
    assert(s:step(8))
    assert.equal("filled", o.status)
    assert.is_false(o:resume())
    assert.has_error(function() s:buy { quantity = 1, limit = 100 }:pause() end)
  end)

  it("is seen by a policy", function()
    local path = program.write(os.tmpname(), [[return function(order)
      return order.execution and "advanced" or "live", order.execution or "in one piece"
    end]])
    local p = assert(policy.open(path))
    os.remove(path)
    local function choose(order) return { p:choose({ id = "BTC-USD" }, order) } end
    assert.same({ "advanced", "vwap" }, choose { quantity = "0.5", execution = "vwap" })
    assert.same({ "live", "in one piece" }, choose { quantity = "0.5" })
    p:close()
  end)

  it("is asked for spread and impact slice by slice, and for everything else as a whole", function()
    local poor = { liquidity = { spread_bps = 400, depth = 1000 } }
    local strict = { slippage_guard_bps = 5, enable_market_impact_guard = "true", max_market_impact_bps = 1 }
    local engine = orders.engine("advanced", { limits = strict })
    assert.is_false(engine:decide(orders.snapshot(poor), { quantity = "0.5" }).accepted)
    local decision = engine:decide(orders.snapshot(poor), { quantity = "0.5", execution = "twap" })
    assert.is_true(decision.accepted)
    assert.equal("twap: leaves in slices, each with a decision of its own", orders.check(decision, "execution").note)
    assert.equal("insufficient_funds",
      engine:decide(orders.snapshot(poor), { quantity = 1000000, execution = "twap" }).reason.code)
    local order = { quantity = "0.5", execution = "iceberg", limit = 90 }
    local live = orders.engine("live"):decide(orders.snapshot(), order)
    assert.equal("needs_advanced_engine", live.reason.code)
  end)

  it("makes the same events of the same input", function()
    local order = "quantity = 10, execution = 'twap', over = '30m', slices = 12, stop_loss = 45000"
    local one, two = place(order), place(order)
    assert.equal(one.event_hash, two.event_hash)
    assert.not_equal(one.event_hash, place(order .. ", why = 'another'").event_hash)
  end)

  it("is explained with its schedule and the decision of each slice", function()
    local s <close> = assert(neap.session { data = { ["BTC-USD"] = DATA }, cash = 1000000, fee_bps = 0, env = {},
      profile = "backtest", engine = "advanced" })
    assert(s:step(3))
    local o = s:buy { quantity = 4, execution = "twap", over = "20m", slices = 4 }
    assert(s:step(8))
    local told = assert(s:explain(o))
    assert.equal(4, #told.slices)
    for _, slice in ipairs(told.slices) do
      assert.is_true(slice.accepted)
      assert.equal("1", slice.quantity)
      assert.equal("advanced", slice.decision.engine)
    end
    assert.equal("filled", told.state)
    assert.matches("in slices: twap", tostring(told))
    assert.matches("slice_cut", tostring(told))
    assert.matches("slice of  order #1", tostring(s:explain "#2"))
  end)
end)
