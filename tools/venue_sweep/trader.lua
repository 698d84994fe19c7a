-- SPDX-License-Identifier: MIT
-- Trades at random at a local exchange, as fast as its timer goes, and counts in self.state what it hears: whatever
-- kills it, no fill may be lost or heard twice.
local neap = require "neap"

local actions = {}

local function size(self) return ("0.%04d"):format(self.random(1, 40)) end

function actions.market_buy(self) self:buy { quantity = size(self), why = "market" } end

function actions.protected_buy(self)
  if not self.mid then return end
  self:buy { quantity = size(self), stop_loss = self.mid * 0.98, take_profit = self.mid * 1.02, why = "protected" }
end

function actions.spend(self) self:buy { notional = ("%d"):format(self.random(20, 200)), why = "notional" } end

function actions.resting(self)
  if not self.mid then return end
  self:buy { quantity = size(self), limit = self.mid * (1 - self.random(1, 60) / 10000), why = "rests" }
end

function actions.resting_sale(self)
  if not self.mid or not self.long then return end
  self:sell { quantity = "0.0003", limit = self.mid * (1 + self.random(1, 60) / 10000), reduce_only = true,
    why = "rests" }
end

function actions.near(self)
  if self.bid then self:buy { quantity = size(self), limit = self.bid, post_only = true, why = "at the bid" } end
end

function actions.take(self)
  if self.ask then
    self:buy { quantity = size(self), limit = self.ask, time_in_force = "ioc", why = "takes" }
  end
end

function actions.close(self) if self.long then self:close { why = "out" } end end

function actions.cancel(self)
  local working = self.orders
  if #working > 0 then working[self.random(1, #working)]:cancel() end
end

function actions.cancel_all(self) self:cancel_all() end

local NAMES = { "market_buy", "protected_buy", "spend", "resting", "resting", "resting_sale", "near", "near", "take",
  "close", "cancel", "cancel", "cancel_all" }

return neap.strategy {
  name   = "venue_trader",
  params = { pause = { "100ms", type = "duration", doc = "between two actions" } },
  feeds  = { "book" },
  warmup = 0,

  on_start = function(self, resumed)
    if not resumed then self.state.fills, self.state.bought, self.state.sold = 0, neap.decimal "0", neap.decimal "0" end
    self:every("act", self.params.pause)
  end,

  on_timer = function(self)
    if #self.orders > 12 then return actions.cancel_all(self) end
    for _ = 1, self.random(1, 4) do actions[NAMES[self.random(1, #NAMES)]](self) end
  end,

  on_fill = function(self, fill)
    self.state.fills = self.state.fills + 1
    local side = fill.side == "buy" and "bought" or "sold"
    self.state[side] = self.state[side] + fill.quantity
  end,
}
