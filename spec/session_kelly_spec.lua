-- SPDX-License-Identifier: MIT
-- What a session remembers for Kelly's formula: what the closed trades of each strategy gave, over restarts and changes
-- of the configuration.
local bars = require "spec.support.bars"
local config = require "neap.config"
local neap = require "neap"
local program = require "spec.support.program"
local store = require "neap.event_store"

local KELLY = { RISK_ENABLE_DYNAMIC_POSITION_SIZING = "true", RISK_POSITION_SIZING_METHOD = "kelly",
  RISK_SIZING_KELLY_MIN_TRADES = "8", RISK_SIZING_KELLY_SAFETY = "0.5" }

local TRADER = [[
return require "neap".strategy {
  name = "trader",
  on_start = function(self) self.count = 0 end,
  on_bar = function(self, bar)
    if self.flat then self:buy { fraction = 0.9 } else self:close() end
  end,
}
]]

describe("Kelly in a session", function()
  local directory, trader

  setup(function()
    directory = program.directory()
    trader = program.write(directory .. "/trader.lua", TRADER)
  end)
  teardown(function() program.remove(directory) end)

  local function open(path, options)
    local all = { data = { ["BTC-USD"] = bars.walk(300, 49) }, fee_bps = 0, cash = 1000, env = KELLY, store = path,
      strategy = trader }
    for name, value in pairs(options or {}) do all[name] = value end
    return assert(neap.session(all))
  end

  local function gone()
    collectgarbage()
    collectgarbage()
  end

  -- The lines of sizing_advice of all decisions, oldest first.
  local function advices(s)
    local list = {}
    for _, row in ipairs(assert(s:events { type = "decision" })) do
      for _, check in ipairs(row.body.checks) do
        if check.name == "sizing_advice" and check.note:match "^kelly" then
          list[#list + 1] = ("%s %s"):format(check.verdict, check.limit or "")
        end
      end
    end
    return list
  end

  it("has no advice at first, then goes by the strategy's own closed trades", function()
    local s <close> = open()
    s:run()
    local list = advices(s)
    for i = 1, 8 do assert.equal("skipped ", list[i]) end
    for i = 9, #list do assert.is_not.matches("skipped", list[i]) end
    local wins, won, lost = 0, 0, 0
    local told = {}
    for _, row in ipairs(assert(s:events { type = "order_filled" })) do told[#told + 1] = row.body end
    for i = 1, 8 do
      local buy, sell = told[2 * i - 1], told[2 * i]
      local gain = tonumber(sell.price) / tonumber(buy.price) - 1
      if gain > 0 then wins, won = wins + 1, won + gain else lost = lost - gain end
    end
    local ratio = (won / wins) / (lost / (8 - wins))
    local share = wins / 8 - (1 - wins / 8) / ratio
    local first = list[9]
    if share <= 0 then
      assert.equal("failed 0", first)
    else
      assert.near(share / 2, tonumber(first:match "%S+$"), 1e-9)
    end
  end)

  it("remembers as if nobody had stopped it, from wherever it goes on", function()
    local s = open(directory .. "/whole.db")
    s:run()
    local list, whole = advices(s), s:stop().state_hash
    for _, count in ipairs { 1, 10, 40, 150 } do
      local path = ("%s/again%d.db"):format(directory, count)
      open(path):step(count)
      gone()
      s = open(path, { resume = true })
      s:run()
      assert.same(list, advices(s))
      assert.equal(whole, s:stop().state_hash)
      assert.equal(whole, assert(store.replay(path, { from_start = true })).state_hash)
      assert.equal(whole, assert(store.replay(path)).state_hash)
    end
  end)

  it("counts from when it was first asked for: by a later configuration, or by a resume", function()
    local path = directory .. "/later.db"
    open(path, { env = {} }):step(40)
    gone()
    local s = open(path, { resume = true })
    s:run()
    assert.equal("skipped ", advices(s)[1]) -- twenty trades before do not count
    local hash = s:stop().state_hash
    assert.equal(hash, assert(store.replay(path, { from_start = true })).state_hash)
    assert.equal(hash, assert(store.replay(path)).state_hash)
  end)

  it("counts from a change of the configuration that asks for it", function()
    local path = directory .. "/changed.db"
    local s = open(path, { env = {} })
    s:step(40)
    assert(s:configure(assert(config.load { env = KELLY }), { why = "sizes by Kelly" }))
    s:step(40)
    assert.equal("skipped ", advices(s)[1])
    assert.is_true(assert(s:events { type = "configuration_changed" })[1].body.counts_trades)
    s:run()
    local hash = s:stop().state_hash
    assert.equal(hash, assert(store.replay(path, { from_start = true })).state_hash)
    assert.equal(hash, assert(store.replay(path)).state_hash)
  end)

  it("says nothing of it in a session that never asked", function()
    local path = directory .. "/never.db"
    local s = open(path, { env = {} })
    s:run()
    s:stop()
    for row in store.events(path) do assert.is_nil(row.body and row.body.counts_trades, row.type) end
  end)
end)
