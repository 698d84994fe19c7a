-- SPDX-License-Identifier: MIT
-- quote{bid, ask, quantity, max_position, tolerance_bps}: one post-only order a side, moved no more than it must be.
local neap = require "neap"
local program = require "spec.support.program"
local bars = require "spec.support.bars"
local trial = require "spec.support.trial"

local CALM = bars.closes { 100, 100, 100, 100, 100, 100 }

local function run(body, options)
  local given = { data = { ["BTC-USD"] = CALM }, fee_bps = 0 }
  for key, value in pairs(options or {}) do given[key] = value end
  return trial.works("on_bar = function(self, bar) self.n = (self.n or 0) + 1; " .. body .. " end", given)
end

local MARGIN = { products = { ["BTC-USD"] = "kind=margin" } }

-- Bars that come down to 98 and up to 102, each way one after the other.
local function swings()
  local list = bars.closes { 100, 100, 100, 100, 100, 100, 100, 100 }
  for i = 2, #list do
    if i % 2 == 0 then list[i].low = 98 else list[i].high = 102 end
  end
  return { ["BTC-USD"] = list }
end

describe("quote", function()
  it("places a post-only order a side, found by reserved tags, and is idempotent", function()
    local result = run([[for _ = 1, 3 do
        local b, a = self:quote { bid = 99, ask = 101, quantity = 1, why = "make" }
        assert(b.tag == "quote:bid:BTC-USD" and a.tag == "quote:ask:BTC-USD" and b.side == "buy" and a.side == "sell")
        assert(self:order "quote:bid:BTC-USD" == b and b.why == "make" and #self.orders == 2)
      end]], MARGIN)
    assert.equal(2, result.orders)
  end)

  it("amends only beyond the tolerance, and to another quantity", function()
    run([[local function bid(price, quantity)
        local b = self:quote { bid = price, quantity = quantity or 1, tolerance_bps = 20 }
        return b
      end
      if self.n == 1 then
        self.first = bid(99)
      elseif self.n == 2 then
        assert(bid(99.1) == self.first and bid(98.9) == self.first)
        self.second = bid(98.5)
        assert(self.second ~= self.first and self.second.replaces == self.first.id)
        assert(bid(98.5) == self.second)
      elseif self.n == 3 then
        assert(self.first.status == "cancelled" and self.second.status == "open" and #self.orders == 1)
        assert(bid(98.5, 2).quantity == neap.decimal "2")
      end]])
  end)

  it("rounds to the passive side", function()
    run([[if self.n == 1 then
        local b, a = self:quote { bid = 99.987, ask = 100.013, quantity = 1 }
        assert(b.limit == neap.decimal "99.98" and a.limit == neap.decimal "100.02", tostring(b) .. tostring(a))
      end]], { products = { ["BTC-USD"] = "kind=margin,price_increment=0.01" } })
  end)

  it("respects max_position: the quantity fits, and a side without room is pulled", function()
    local result = run([[self:quote { bid = 99, ask = 101.5, quantity = 2, max_position = 3 }
      local p = self.position.quantity:float()
      assert(p <= 3 and p >= -3, p)
      local b = self:order "quote:bid:BTC-USD"
      if p == 2 then assert(b.quantity == neap.decimal "1") end
      if p == 3 then assert(b == nil) end
      ]], { data = swings(), products = MARGIN.products })
    assert.is_true(result.fills >= 4)
  end)

  it("sells on spot no more than it holds", function()
    local result = run([[local b, a = self:quote { bid = 99, ask = 101.5, quantity = 2 }
      if self.flat then assert(a == nil) end
      assert(not b or b.status ~= "rejected")]], { data = swings() })
    assert.is_true(result.fills >= 4)
  end)

  it("pulls a side without a price, and both with nil", function()
    run([[if self.n == 1 then self:quote { bid = 99, ask = 101, quantity = 1 } end
      if self.n == 2 then
        local b, a = self:quote { bid = 99, quantity = 1 }
        assert(b and a == nil)
        assert(select("#", self:quote { bid = 99, quantity = 1 }) == 2)
      end
      if self.n == 3 then assert(#self.orders == 1); self:quote(nil) end
      if self.n == 4 then assert(#self.orders == 0); self:quote { bid = 99, ask = 101, quantity = 1 } end
      if self.n == 5 then self:product "BTC-USD":quote(nil) end
      if self.n == 6 then assert(#self.orders == 0) end]], MARGIN)
  end)

  it("waits behind an order that is going", function()
    run([[if self.n == 1 then self:quote { bid = 99, quantity = 1 } end
      if self.n == 2 then
        self:quote(nil)
        assert(self:quote { bid = 98, quantity = 1 } == nil)
      end
      if self.n == 3 then assert(#self.orders == 0); assert(self:quote { bid = 98, quantity = 1 }) end]])
  end)

  it("does not send what would trade at once, tells it once, and keeps what stands", function()
    local lines = {}
    run([[local b = self:quote { bid = self.n == 1 and 99 or 100.5, quantity = 1 }
      assert(b.limit == neap.decimal "99")
      if self.n == 4 then assert(self:quote { bid = 99.5, quantity = 1 }.limit == neap.decimal "99.5") end
      if self.n == 4 then self:quote { bid = 120, quantity = 1 } end]],
      { data = { ["BTC-USD"] = bars.closes { 100, 100, 100, 100 } },
        on_log = function(level, line) if level == "warn" then lines[#lines + 1] = line end end })
    assert.equal(2, #lines)
    assert.matches("the bid 100.5 of BTC%-USD would trade at once", lines[1])
    assert.matches("the bid 120 of", lines[2])
  end)

  it("finds its orders again behind a restart", function()
    local directory = program.directory()
    local path = directory .. "/maker.db"
    local strategy = program.write(directory .. "/maker.lua", [[return require "neap".strategy { name = "maker",
      on_bar = function(self) self:quote { bid = 99, ask = 101, quantity = 1, tolerance_bps = 5 } end }]])
    local function open(resume)
      return assert(neap.session { strategy = strategy, data = { ["BTC-USD"] = CALM }, store = path, env = {},
        resume = resume, products = MARGIN.products })
    end
    open():step(2)
    collectgarbage()
    collectgarbage()
    local s = open(true)
    s:step(2)
    local intents = assert(s:events { type = "order_intent" })
    assert.equal(2, #intents)
    assert.equal(2, #s.orders)
    s:stop()
    program.remove(directory)
  end)

  it("refuses by name", function()
    local function fails(pattern, options)
      trial.fails(pattern, "on_bar = function(self) self:quote " .. options .. " end")
    end
    fails("unknown option 'bids'; did you mean 'bid'", "{ bids = 1, quantity = 1 }")
    fails("bid must be below the ask", "{ bid = 100, ask = 100, quantity = 1 }")
    fails("bid or ask is needed", "{ quantity = 1 }")
    fails("quantity is needed", "{ bid = 1 }")
    fails("tolerance_bps must be zero or more", "{ bid = 1, quantity = 1, tolerance_bps = -1 }")
    fails("max_position must be more than zero", "{ bid = 1, quantity = 1, max_position = 0 }")
    trial.fails("'quote:' is kept for quote", [[on_bar = function(self)
      self:buy { quantity = 1, limit = 1, tag = "quote:bid:BTC-USD" } end]])
  end)
end)
