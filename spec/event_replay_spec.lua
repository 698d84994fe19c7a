-- SPDX-License-Identifier: MIT
-- neap.event_store.replay: the state that a session's events make, and `neap verify`, which compares it.
local bars = require "spec.support.bars"
local json = require "neap.json"
local neap = require "neap"
local program = require "spec.support.program"

local STRATEGY = [[
local neap = require "neap"
return neap.strategy {
  name = "keeper",
  on_start = function(self)
    self.state.bars = self.state.bars or 0
    self:every("beat", "3h")
  end,
  on_bar = function(self, bar)
    self.state.bars = self.state.bars + 1
    if self.state.bars % 9 == 2 then
      self:buy { fraction = "0.3", stop_loss = bar.close * 0.98, take_profit = bar.close * 1.03 }
    end
  end,
}
]]

describe("neap.event_store.replay", function()
  local store = require "neap.event_store"
  local strategy, path, result

  setup(function()
    strategy, path = os.tmpname(), os.tmpname() .. ".db"
    program.write(strategy, STRATEGY)
    result = assert(neap.backtest { strategy = strategy, data = { ["BTC-USD"] = bars.walk(400) }, store = path,
      env = {} })
  end)

  teardown(function()
    os.remove(strategy)
    os.remove(path)
  end)

  it("adds no global", function()
    local before = {}
    for name in pairs(_G) do before[name] = true end
    store.replay(path)
    for name in pairs(_G) do assert.is_true(before[name], name) end
  end)

  it("refuses unknown options and wrong values by name", function()
    assert.error_matches(function() store.replay(path, { until_sek = 1 }) end, "did you mean 'until_seq'")
    assert.error_matches(function() store.replay(path, { until_seq = 0 }) end, "until_seq is a whole number from 1")
    assert.error_matches(function() store.replay(path, { until_seq = "5" }) end, "until_seq is a whole number from 1")
    assert.error_matches(function() store.replay(path, { from_start = 1 }) end, "from_start is true or false")
    assert.error_matches(function() store.replay() end, "string expected")
  end)

  it("says what is missing, and what is no session's", function()
    local state, err = store.replay(path .. ".none")
    assert.is_nil(state)
    assert.equal("no_such_store", err.code)
    local other = os.tmpname()
    local writer = assert(store.create { path = other, run = "r" })
    writer:append { ts_ns = 1, type = "marked" }
    assert(writer:close())
    state, err = store.replay(other)
    assert.is_nil(state)
    assert.equal("no_session", err.code)
    local text, _, code = program.run("verify " .. other)
    assert.equal(0, code)
    assert.is_nil(text:find("state ", 1, true))
    os.remove(other)
  end)

  it("gives the state of before, by hash, from the start and from the latest snapshot", function()
    local all = assert(store.replay(path, { from_start = true }))
    local late = assert(store.replay(path))
    assert.equal(result.state_hash, all.state_hash)
    assert.equal(result.state_hash, late.state_hash)
    assert.equal(1, all.first_seq)
    assert.equal(1, all.snapshots)
    assert.is_true(late.first_seq > 1)
    assert.equal(result.events, late.last_seq)
  end)

  it("gives useful tables, money as decimals", function()
    local state = assert(store.replay(path))
    assert.is_true(state.ended)
    assert.equal("USD", state.currency)
    assert.equal(result.orders, state.counts.orders)
    assert.equal(result.fills, state.counts.fills)
    assert.equal(result.final_cash, state.cash.keeper)
    assert.equal(400, state.states.keeper.bars)
    assert.equal(0, #state.orders)
    assert.equal("keeper", state.positions[1].strategy)
    assert.equal(result.fees, state.positions[1].fees)
    assert.equal("beat", state.timers[1].name)
  end)

  it("stops behind an event: working orders are there with what they protect", function()
    local first
    for row in store.events(path, { type = "order_filled", limit = 1 }) do first = row.seq end
    local state = assert(store.replay(path, { until_seq = first }))
    assert.equal(first, state.last_seq)
    assert.is_false(state.ended)
    assert.equal(1, #state.orders)
    assert.equal("filled", state.orders[1].status)
    state = assert(store.replay(path, { until_seq = first + 8 }))
    assert.equal(2, #state.orders)
    assert.equal(1, state.orders[1].parent)
  end)

  it("H12.143: an order has its latest status, once, and what has ended is not among the open ones", function()
    local seen = {}
    for row in store.events(path, {}) do
      local status = row.type == "order_filled" and row.body.status
      local id = row.client_order_id
      if status == "filled" or row.type == "order_cancelled" or row.type == "order_rejected" then
        seen[id] = "ended"
      elseif id and row.type:match "^order_" then
        seen[id] = seen[id] or "open"
      end
    end
    local open, ended = {}, 0
    for _, order in ipairs(assert(store.replay(path)).orders) do
      assert.is_nil(open[order.id], "twice")
      open[order.id] = true
    end
    for id, state in pairs(seen) do
      if state == "ended" then ended = ended + 1 end
      assert.is_false(state == "ended" and open[id] == true, id)
    end
    assert.is_true(ended > 20)
  end)

  it("verify prints the state and how many snapshots agree", function()
    local text, _, code = program.run("verify " .. path)
    assert.equal(0, code)
    assert.is_truthy(text:find(("state %s after event %d (1 snapshot agrees)"):format(result.state_hash, result.events),
      1, true))
    local document = json.decode(program.run("verify --json " .. path), { numbers = "float" })
    assert.equal(result.state_hash, document.state_hash)
    assert.equal(1, document.snapshots)
  end)

  it("reads a store of version 1", function()
    local file = program.root .. "/spec/stores/v1_orders.db"
    local state = assert(store.replay(file, { from_start = true }))
    assert.equal("5223.7248460190286395", tostring(state.cash.version_one))
    assert.equal(67, state.counts.orders)
    assert.equal(51, state.counts.fills)
    assert.equal("4869419ba1789640a6872355391cf670f16a709975a90a5c554bd1f6c892f285", state.state_hash)
    for row in store.events(file) do
      local before = assert(store.replay(file, { until_seq = row.seq }))
      assert.equal(row.seq, before.last_seq)
    end
  end)
end)
