-- SPDX-License-Identifier: MIT
-- neap.session{ resume = true }: a session that was let go in the middle ends as one that was not.
local bars = require "spec.support.bars"
local neap = require "neap"
local program = require "spec.support.program"

local STRATEGY = [[
local neap = require "neap"
return neap.strategy {
  name = "keeper",
  on_start = function(self, resumed)
    self:info(resumed and "again" or "first")
    self.state.bars = self.state.bars or 0
    if not resumed then self:every("beat", "3h") end
    self.fast = self:sma(5)
  end,
  on_bar = function(self, bar)
    self.state.bars = self.state.bars + 1
    if self.state.bars % 9 == 2 and bar.close > self.fast.value * 0.9 then
      self:buy { fraction = "0.3", stop_loss = bar.close * 0.98, take_profit = bar.close * 1.03,
        trailing_stop_bps = 250 }
    end
  end,
  on_timer = function(self, t) self.state[t.name] = (self.state[t.name] or 0) + 1 end,
}
]]

describe("a resumed session", function()
  local store = require "neap.event_store"
  local data = { ["BTC-USD"] = bars.walk(300) }
  local directory, strategy, path, whole

  local function open(options)
    local all = { strategy = strategy, data = data, store = path, env = {} }
    for name, value in pairs(options or {}) do all[name] = value end
    return neap.session(all)
  end

  local function finish(session)
    session:run()
    return session:stop()
  end

  -- As a process that ended there: nothing is cancelled, nothing is told.
  local function let_go(count)
    assert(open()):step(count)
    collectgarbage()
    collectgarbage()
  end

  setup(function()
    directory = program.directory()
    strategy = program.write(directory .. "/keeper.lua", STRATEGY)
    path = directory .. "/whole.db"
    whole = finish(assert(open()))
  end)
  teardown(function() program.remove(directory) end)

  it("ends with the same state as one that nobody stopped, from wherever it goes on", function()
    for _, count in ipairs { 1, 4, 50, 121, 299, 300 } do
      path = ("%s/%d.db"):format(directory, count)
      let_go(count)
      local before = assert(store.replay(path, { from_start = true }))
      assert.is_false(before.ended)
      local session = assert(open { resume = true })
      local again = finish(session)
      assert.equal(whole.state_hash, again.state_hash)
      assert.equal(whole.final_cash, again.final_cash)
      assert.equal(again.state_hash, assert(store.replay(path, { from_start = true })).state_hash)
      assert(store.verify(path))
    end
  end)

  it("tells its strategy, and writes down that it was resumed", function()
    path = directory .. "/told.db"
    let_go(40)
    finish(assert(open { resume = true }))
    local told = {}
    for row in store.events(path, { type = "log" }) do told[#told + 1] = row.body.text end
    assert.same({ "first", "again" }, told)
    local resumed = 0
    for _ in store.events(path, { type = "session_resumed" }) do resumed = resumed + 1 end
    assert.equal(1, resumed)
    assert.equal(296, assert(store.replay(path)).states.keeper.bars) -- the fifth bar is the first
  end)

  it("stays halted when a person had halted it", function()
    path = directory .. "/halted.db"
    do
      local session = assert(open())
      session:step(40)
      assert(session:kill "enough")
    end
    collectgarbage()
    collectgarbage()
    assert.equal("halted", assert(store.replay(path)).guard_mode)
    assert(finish(assert(open { resume = true })))
    local state = assert(store.replay(path, { from_start = true }))
    assert.equal("halted", state.guard_mode)
    assert.equal("operator", state.guard_who)
  end)

  it("counts from the cash that the journal says; is locked while another writes, and refused when empty", function()
    path = directory .. "/cash.db"
    local session = assert(open { cash = 7000 })
    local second, err = open { resume = true }
    assert.is_nil(second)
    assert.equal("locked", err.code)
    session:step(20)
    session = nil -- luacheck: ignore
    collectgarbage()
    collectgarbage()
    assert.equal("7000", tostring(finish(assert(open { resume = true })).initial_cash))
    path = directory .. "/empty.db"
    store.create { path = path, run = "x" }:close()
    session, err = open { resume = true }
    assert.is_nil(session)
    assert.equal("empty_store", err.code)
  end)

  it("is refused where it does not fit, naming both, and leaves the store as it was", function()
    path = directory .. "/fits.db"
    let_go(40)
    local head = assert(store.verify(path)).head
    local session, err = open { resume = true, data = { ["ETH-USD"] = data["BTC-USD"] } }
    assert.is_nil(session)
    assert.equal("other_session", err.code)
    assert.matches("BTC%-USD.*ETH%-USD", err.message)
    session, err = open { resume = true, cash = 4321 }
    assert.is_nil(session)
    assert.equal("other_session", err.code)
    assert.matches("cash of .* is '%d+', that of this session '4321'", err.message)
    collectgarbage()
    collectgarbage()
    assert.equal(head, assert(store.verify(path)).head)
    assert.is_table(finish(assert(open { resume = true })))
  end)
end)
