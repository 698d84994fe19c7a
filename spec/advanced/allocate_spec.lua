-- SPDX-License-Identifier: MIT
-- allocate(weights, {band, rest, why}): target weights of a strategy's equity, sells before buys.
local bars = require "spec.support.bars"
local trial = require "spec.support.trial"

-- Three products: A stays at 100, B doubles in the fourth bar, C stays at 10.
local function market()
  local function flat(price) return bars.closes { price, price, price, price, price, price, price, price } end
  local doubled = bars.closes { 50, 50, 50, 100, 100, 100, 100, 100 }
  return { ["A-USD"] = flat(100), ["B-USD"] = doubled, ["C-USD"] = flat(10) }
end

local function run(body, options)
  local given = { data = market(), fee_bps = 0 }
  for key, value in pairs(options or {}) do given[key] = value end
  return trial.works("on_slice = function(self, slice) self.n = (self.n or 0) + 1; " .. body .. " end", given)
end

local function fails(pattern, body, options)
  local given = { data = market(), fee_bps = 0 }
  for key, value in pairs(options or {}) do given[key] = value end
  return trial.fails(pattern, "on_slice = function(self) " .. body .. " end", given)
end

local SHARES = [[local function share(id)
  local p = self:product(id).position
  return (p.quantity * neap.decimal.new(tostring(p.mark)) / self.equity):float()
end ]]

describe("allocate", function()
  it("buys the weights from flat, and is idempotent with what works and what is held", function()
    local result = run([[if self.n == 1 then
        local list = self:allocate { ["A-USD"] = 0.5, ["B-USD"] = 0.3 }
        assert(#list == 2 and list[1].side == "buy" and list[1].product == "A-USD")
        assert(#self:allocate { ["A-USD"] = 0.5, ["B-USD"] = 0.3 } == 0)
      elseif self.n == 3 then
        assert(self:product "A-USD".position.quantity == neap.decimal "50")
        assert(self:product "B-USD".position.quantity == neap.decimal "60")
        assert(#self:allocate { ["A-USD"] = 0.5, ["B-USD"] = 0.3 } == 0)
      end]])
    assert.equal(2, result.orders)
  end)

  it("sells before it buys, and the buys share what the sells release", function()
    run("local n = self.n " .. SHARES .. [[if n == 1 then
        self:allocate { ["A-USD"] = 1 }
      elseif n == 2 then
        local list = self:allocate { ["C-USD"] = 0.5, ["A-USD"] = 0.25, ["B-USD"] = 0.25 }
        local sides = {}
        for i, o in ipairs(list) do sides[i] = o.side .. o.product end
        assert(table.concat(sides, " ") == "sellA-USD buyB-USD buyC-USD", table.concat(sides, " "))
      elseif n == 3 then
        assert(math.abs(share "A-USD" - 0.25) < 0.001 and math.abs(share "B-USD" - 0.25) < 0.001)
        assert(math.abs(share "C-USD" - 0.5) < 0.002 and self.cash < 1 and self.cash >= 0)
      end]], { fee_bps = 10 })
  end)

  it("does nothing within the band, an absolute share of equity", function()
    run(SHARES .. [[if self.n == 1 then self:allocate { ["A-USD"] = 0.4, ["B-USD"] = 0.4 } end
      if self.n == 5 then -- B has doubled: 0.8 of 1.4
        local b = share "B-USD"
        assert(b > 0.57 and b < 0.58, b)
        assert(#self:allocate({ ["A-USD"] = 0.4, ["B-USD"] = 0.4 }, { band = 0.2 }) == 0)
        local list = self:allocate({ ["A-USD"] = 0.4, ["B-USD"] = 0.4 }, { band = 0.15 })
        assert(#list == 1 and list[1].product == "B-USD" and list[1].side == "sell", #list)
      end]])
  end)

  it("closes what has weight zero whatever the band, and the rest only when it is told to", function()
    run([[if self.n == 1 then self:allocate { ["A-USD"] = 0.4, ["B-USD"] = 0.4, ["C-USD"] = 0.01 } end
      if self.n == 3 then
        assert(#self:allocate { ["A-USD"] = 0.4 } == 0)
        local list = self:allocate({ ["A-USD"] = 0.4, ["C-USD"] = 0 }, { band = 0.1 })
        assert(#list == 1 and list[1].product == "C-USD")
        list = self:allocate({ ["A-USD"] = 0.4 }, { rest = "close", why = "only A" })
        assert(#list == 1 and list[1].product == "B-USD" and list[1].why == "only A")
      end
      if self.n == 5 then
        assert(self:product "B-USD".flat and self:product "C-USD".flat and self:product "A-USD".long)
      end]])
  end)

  it("makes no order that is smaller than the smallest", function()
    run([[if self.n == 1 then self:allocate { ["A-USD"] = 0.5 } end
      if self.n == 3 then assert(#self:allocate { ["A-USD"] = 0.50000000000001 } == 0) end]])
  end)

  it("takes shorts and more than one where the product allows it", function()
    run([[if self.n == 1 then self:allocate { ["A-USD"] = 1, ["B-USD"] = -1 } end
      if self.n == 3 then
        assert(self:product "B-USD".short and self:product "A-USD".long)
        self:allocate { ["B-USD"] = 0.5, ["A-USD"] = 0 }
      end
      if self.n == 6 then assert(self:product "B-USD".long and self:product "A-USD".flat) end]],
      { products = { ["A-USD"] = "kind=margin", ["B-USD"] = "kind=margin" }, env = { RISK_MAX_LEVERAGE = "2" } })
  end)

  it("refuses by name", function()
    fails("unknown product 'A%-USE'; did you mean 'A%-USD'", [[self:allocate { ["A-USE"] = 1 }]])
    fails("the weights add up to 1.1, over 1", [[self:allocate { ["A-USD"] = 0.6, ["B-USD"] = 0.5 }]])
    fails("the weight of A%-USD is negative", [[self:allocate { ["A-USD"] = -0.5 }]])
    fails("allocate: the weight of A%-USD is not a finite number", [[self:allocate { ["A-USD"] = 0 / 0 }]])
    fails("allocate: the weight of A%-USD: 'x' is not a number", [[self:allocate { ["A-USD"] = "x" }]])
    fails("band must be zero or more", [[self:allocate({ ["A-USD"] = 0.5 }, { band = -1 })]])
    fails("rest", [[self:allocate({ ["A-USD"] = 0.5 }, { rest = "sell" })]])
    fails("unknown option 'bands'", [[self:allocate({ ["A-USD"] = 0.5 }, { bands = 1 })]])
    fails("table expected", "self:allocate(1)")
    fails("number, a decimal or text", [[self:allocate { ["A-USD"] = true }]])
  end)

  it("takes thirds", function()
    run([[if self.n == 1 then assert(#self:allocate { ["A-USD"] = 1/6, ["B-USD"] = 4/6, ["C-USD"] = 1/6 } == 3) end]])
  end)
end)
