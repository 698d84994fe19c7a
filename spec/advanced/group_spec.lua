-- SPDX-License-Identifier: MIT
-- group({orders}, {on_partial, oco}): orders that are accepted together or not at all.
local bars = require "spec.support.bars"
local trial = require "spec.support.trial"

local function market()
  local function flat(price) return bars.closes { price, price, price, price, price, price } end
  return { ["A-USD"] = flat(100), ["B-USD"] = flat(50), ["C-USD"] = bars.closes { 100, 100, 100, 130, 130, 130 } }
end

local function given(options)
  local all = { data = market(), fee_bps = 0 }
  for key, value in pairs(options or {}) do all[key] = value end
  return all
end

local function run(body, options)
  return trial.works("on_slice = function(self) self.n = (self.n or 0) + 1; " .. body .. " end", given(options))
end

local function fails(pattern, body)
  return trial.fails(pattern, "on_slice = function(self) " .. body .. " end", given())
end

describe("group", function()
  it("gives the handles of its legs, which fill", function()
    run([[if self.n == 1 then
        local a, b = table.unpack(self:group { { side = "buy", product = "A-USD", quantity = 10, tag = "a" },
          { side = "buy", product = "B-USD", notional = 500, why = "pair" } })
        assert(a.status == "pending" and b.status == "pending" and a.tag == "a" and b.why == "pair")
      elseif self.n == 3 then
        assert(self:product "A-USD".position.quantity == neap.decimal "10")
        assert(self:product "B-USD".position.quantity == neap.decimal "10")
      end]])
  end)

  it("refuses all of it for one leg, by its number and code", function()
    local result = run([[if self.n == 1 then
        local list = self:group { { side = "buy", product = "A-USD", quantity = 60 },
          { side = "buy", product = "B-USD", quantity = 90 }, { side = "buy", product = "B-USD", quantity = 10 } }
        for i, o in ipairs(list) do assert(o.status == "rejected", i) end
        assert(list[1].reason.code == "group_refused" and list[1].reason.input == "leg 2 of 3: insufficient_funds")
        assert(list[2].reason.code == "insufficient_funds" and list[3].reason.code == "group_refused")
        assert(self:buy { product = "A-USD", quantity = 90 }.status == "pending", "nothing is reserved any more")
      end]])
    assert.equal(1, result.fills)
  end)

  it("cancels the other exit when one fills: oco", function()
    run([[local c = self:product "C-USD"
      if self.n == 1 then c:buy { quantity = 1 } end
      if self.n == 2 then
        self.legs = self:group({ { side = "sell", product = "C-USD", quantity = 1, limit = 120, reduce_only = true },
          { side = "sell", product = c, quantity = 1, stop = 80, reduce_only = true } }, { oco = true })
      end
      if self.n == 6 then
        assert(c.flat and self.legs[1].status == "filled" and self.legs[2].status == "cancelled", self.legs[2].status)
      end]])
  end)

  it("unwinds what it opened when a leg ends short, and keeps it otherwise", function()
    for on_partial, held in pairs { keep = "11", unwind = "1" } do
      run(([[if self.n == 1 then self:buy { product = "A-USD", quantity = 1 } end
        if self.n == 2 then
          self.legs = self:group({ { side = "buy", product = "A-USD", quantity = 10 },
            { side = "buy", product = "B-USD", quantity = 10, limit = 20 } }, { on_partial = %q })
        end
        if self.n == 4 then self.legs[2]:cancel() end
        if self.n == 6 then
          local q = self:product "A-USD".position.quantity
          assert(q == neap.decimal %q, q)
        end]]):format(on_partial, held))
    end
  end)

  it("refuses by name", function()
    local leg = [[{ side = "buy", product = "A-USD", quantity = 1 }]]
    fails("a list of 2 to 16 orders, not 1", "self:group { " .. leg .. " }")
    fails("leg 2 is the table of an order, not number", "self:group { " .. leg .. ", 1 }")
    fails("leg 2: side is missing", "self:group { " .. leg .. ", { product = 'B-USD', quantity = 1 } }")
    fails("unknown side 'bye'; known: buy, sell", "self:group { " .. leg .. ", { side = 'bye', quantity = 1 } }")
    fails("leg 2: unknown option 'quantty'", "self:group { " .. leg .. ", { side = 'buy', quantty = 1 } }")
    fails("leg 2: name the product, there are several", "self:group { " .. leg .. ", { side = 'buy', quantity = 1 } }")
    fails("unknown on_partial 'unwnd'; did you mean 'unwind'", "self:group({ " .. leg .. ", " .. leg
      .. " }, { on_partial = 'unwnd' })")
    fails("oco must be true or false", "self:group({ " .. leg .. ", " .. leg .. " }, { oco = 1 })")
    fails("contradicts oco", "self:group({ " .. leg .. ", " .. leg .. " }, { oco = true, on_partial = 'unwind' })")
    fails("give limit or stop", "self:group({ " .. leg .. ", " .. leg .. " }, { oco = true })")
    fails("leg 1: no size", "self:group { { side = 'buy', product = 'A-USD' }, " .. leg .. " }")
  end)
end)
