-- SPDX-License-Identifier: MIT
-- neap.strategy: positions, fills, timers, refusals and parameters print themselves, are read-only, and know no slip.
local trial = require "spec.support.trial"
local works, on_bar = trial.works, trial.on_bar

describe("what a strategy is handed", function()
  -- Lua text: `object` prints as `pattern`, takes no assignment and knows no slip.
  local function handed(object, pattern, one, slip, word)
    return ([[
      local object = %s
      local text = tostring(object)
      assert(text:find(%q) and not text:find "\n", text)
      local refusal = select(2, pcall(function() object.%s = 1 end))
      assert(refusal:find(%q, 1, true), refusal)
      assert(not pcall(function() object.anything = 1 end) and not pcall(rawset, object, 1, 1))
      refusal = select(2, pcall(function() return object.%s end))
      assert(refusal:find(%q, 1, true), refusal)
      assert(not pcall(function() return object[1] end))
    ]]):format(object, pattern, word, one .. " is read-only", slip,
      ("%s has no '%s'; did you mean '%s'?"):format(one, slip, word))
  end

  local slip = { "a position", "qantity", "quantity" }
  local flat = handed("self.position", "^position BTC%-USD flat, mark [%d.]+ USD, realized 0 USD, fees 0 USD$",
    table.unpack(slip))
  local open = handed("self.position", "^position BTC%-USD 2 BTC, entry [%d.]+ USD, mark [%d.]+ USD, "
    .. "unrealized %-?[%d.]+ USD, realized 0 USD, fees [%d.]+ USD, opened %d+%-%d%d%-%d%dT[%d:]+Z$",
    table.unpack(slip))
  local fill = handed("fill", "^fill buy 2 BTC of BTC%-USD at [%d.]+ USD, fee [%d.]+ USD, taker, "
    .. "%d+%-%d%d%-%d%dT[%d:]+Z$", "a fill", "liqudity", "liquidity")
  local timer = handed("t", "^timer noon, due %d+%-%d%d%-%d%dT12:00:00Z, missed 0 times$", "a timer", "missd", "missed")
  local reason = handed("o.reason", "^reason [%l_]+, check [%l_]+, input %S+, limit %S+$", "a reason", "inptu", "input")

  it("prints itself on one line with units, is read-only and knows no slip", function()
    local result = works([[on_start = function(self)
        self:daily("noon", { at = "12:00" })
      end,
      on_timer = function(self, t)]] .. timer .. [[ self.timed = true end,
      on_bar = function(self, bar)
        if not self.bought then ]] .. flat .. [[ self.bought = self:buy { quantity = 2, tag = "in" }
        elseif self.long then ]] .. open .. [[ self.held = object
          self.refused = self.refused or self:buy { quantity = 1000000 }
        end
      end,
      on_fill = function(self, fill)]] .. fill .. [[ self.filled = object end,
      on_reject = function(self, o)]] .. reason .. [[ self.told = true end,
      on_stop = function(self)
        assert(self.timed and self.told and self.held.quantity == self.filled.quantity)
        assert(self.filled.order == self.bought and self.filled.tag == "in" and self.filled.trade == 1)
        assert(self.held.opened_at == self.filled.time and self.held.entry_price == self.filled.price)
        assert(self.held.unrealized == (self.held.mark - self.held.entry_price) * 2)
      end]], { fee_bps = 10 })
    assert.is_table(result)
  end)

  it("shows nothing where there is nothing", function()
    works(on_bar [[
      local p = self.position
      assert(p.entry_price == nil and p.opened_at == nil and p.unrealized:is_zero())
      assert(p.mark:float() == bar.close)
      assert(select("#", p.opened_at) == 1 and self:close().reason.check == nil)
    ]])
  end)

  it("counts in contracts where a future is held", function()
    works(on_bar [[
      if not self.bought then self.bought = self:buy { quantity = 1 } end
      if not self.long then return end
      assert(tostring(self.position):find "^position BTC%-USD 1 contracts, entry")
      self.seen = true
    ]] .. ", on_stop = function(self) assert(self.seen) end",
      { products = { ["BTC-USD"] = { kind = "future" } } })
  end)

  it("prints the parameters, too", function()
    works("params = { fast = { 20 }, hold = { '5m', type = 'duration' }, from = { '2024-01-01', type = 'time' } },"
      .. on_bar "assert(tostring(self.params) == 'params fast 20, from 2024-01-01T00:00:00Z, hold 5m')")
    works(on_bar "assert(tostring(self.params) == 'params (none)')")
  end)
end)
