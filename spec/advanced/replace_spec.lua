-- SPDX-License-Identifier: MIT
-- Cancel-replace: o:replace in a session whose broker answers as it likes (engines B3.10, H7.110 to 113, G11).
local program = require "spec.support.program"
local trading = require "spec.support.trading"
local trial = require "spec.support.trial"

local BTC = { ["BTC-USD"] = trading.bars(20) }
for _, bar in ipairs(BTC["BTC-USD"]) do
  for _, key in ipairs { "open", "high", "low", "close" } do bar[key] = bar[key] * 500 end
end

local function open(cancel, changes)
  local options = { data = BTC, broker = cancel and { cancel = cancel } or nil }
  for name, value in pairs(changes or {}) do options[name] = value end
  return trading.open(options)
end

local function bid(s, more)
  local order = { quantity = "0.01", limit = "50000" }
  for name, value in pairs(more or {}) do order[name] = value end
  return s:buy(order)
end

describe("replace", function()
  it("H7.110: a buy limit 0.01 @ 50000 becomes a BUY 0.01 @ 49000, with an id of the next intent", function()
    local s <close> = open()
    local old = bid(s)
    local new = old:replace { limit = "49000" }
    assert.same({ "buy", "0.01", "49000", "open" }, {
      new.side, tostring(new.quantity), tostring(new.limit), new.status,
    })
    assert.equal("cancelled", old.status)
    assert.same({ new.id, old.id }, { old.replaced_by, new.replaces })
    assert.not_equal(old.id, new.id)
    assert.equal("order_intent decision decision order_submitted order_accepted", trading.types(s, new))
  end)

  it("H7.112: a cancel that the venue answers with no, whatever the way, sends nothing", function()
    local noes = { function() return false, "no" end, function() return nil, "no" end, function() error "no line" end }
    for _, no in ipairs(noes) do
      local asked = 0
      local s <close> = open(function() asked = asked + 1; return no() end)
      local old = bid(s)
      for _ = 1, 3 do
        local new = old:replace { limit = "49000" }
        assert.same({ "rejected", "cancel_refused" }, { new.status, new.reason.code })
      end
      assert.equal(3, asked)
      assert.equal("open", old.status)
      assert.is_nil(old.replaced_by)
      assert.equal(1, #s.orders)
    end
  end)

  it("H7.113: an order that has ended, and was ours, has nothing to replace; another's is none", function()
    local s <close> = open()
    local old = bid(s)
    old:cancel()
    local nothing = old:replace { limit = "49000" }
    assert.same({ "cancelled", "nothing_to_replace" }, { nothing.status, nothing.reason.code })
    assert.equal(0, #s.orders)
  end)

  it("G11: keeps side, flags, exits, tag and words", function()
    local s <close> = open()
    local old = bid(s, { post_only = true, stop_loss = "40000", take_profit = "70000", tag = "bid", why = "cheap" })
    local new = old:replace { limit = "49000", quantity = "0.02" }
    local intent = trading.bodies(s, "order_intent")[2]
    assert.same({ true, "40000", "70000", "bid", "cheap", "0.02" }, { intent.post_only, intent.stop_loss,
      intent.take_profit, intent.tag, intent.why, intent.quantity })
    assert.same({ "bid", "cheap" }, { new.tag, new.why })
  end)

  it("asks the checks first: a refusal leaves the old order as it was", function()
    local s <close> = open()
    local old = bid(s)
    local new = old:replace { quantity = "3" }
    assert.same({ "rejected", "insufficient_funds" }, { new.status, new.reason.code })
    assert.equal("open", old.status)
    assert.equal("order_intent decision order_submitted order_accepted", trading.types(s, old))
  end)

  it("gives the same order when nothing differs, and refuses what it has no use for by name", function()
    local s <close> = open()
    local old = bid(s)
    assert.equal(old, old:replace { limit = "50000" })
    local function says(pattern, wish)
      local ok, message = pcall(function() return assert(old:replace(wish)) end)
      assert.is_false(ok, pattern)
      assert.matches(pattern, tostring(message.message or message))
    end
    says("unknown option 'limt'.*limit", { limt = 1 })
    says("stop is not a price of this order", { stop = 1 })
    says("say what is to be replaced", {})
    says("more than zero", { limit = -1 })
    says("more than zero", { quantity = 0 })
    assert.equal("open", old.status)
  end)

  it("works in a callback, where the tag finds the new order", function()
    local result = trial.works [[on_bar = function(self, bar)
      if not self.mine then self.mine = self:buy { quantity = 1, limit = 50, tag = "bid" }; return end
      if self.done then return end
      self.done = true
      local new = self.mine:replace { limit = 60 }
      assert(new.status == "pending" and self:order "bid" == new, new.status)
      assert(self.mine.status == "open")
    end, on_stop = function(self) assert(self:order "bid".limit == neap.decimal "60") end]]
    assert.equal(2, result.orders)
  end)

  it("is told by explain, of both orders", function()
    local path = os.tmpname()
    os.remove(path)
    local s <close> = open(nil, { store = path })
    local old = bid(s)
    local new = old:replace { limit = "49000" }
    s:stop()
    local function explained(order) return (program.run("explain " .. order.id .. " " .. path)) end
    assert.matches("why replaced by #2", explained(old))
    assert.matches("replaces  order #1.*after the confirmed cancel: accepted", explained(new))
    os.remove(path)
  end)
end)
