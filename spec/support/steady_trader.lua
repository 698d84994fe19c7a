-- SPDX-License-Identifier: MIT
-- A strategy that goes through the same round of orders whatever becomes of them: it takes, rests at the bid, takes at
-- a limit, spends an amount, and gets out. So what differs of it in a simulator is the doing of the market.
local neap = require "neap"

local acts = {}

acts[1] = function(self) self:buy { quantity = "0.002", why = "takes" } end
acts[2] = function(self) self:buy { quantity = "0.003", limit = self.bid, post_only = true, why = "rests" } end
acts[3] = function(self)
  self:buy { quantity = "0.004", limit = self.ask, time_in_force = "ioc", why = "takes at a limit" }
end
acts[6] = function(self) self:cancel_all() end
acts[7] = function(self) self:buy { notional = "150", why = "spends" } end
acts[8] = function(self) self:close { why = "out" } end

return neap.strategy {
  name   = "steady_trader",
  feeds  = { "book" },
  warmup = 0,

  on_start = function(self)
    self.count = 0
    self:every("act", "100ms")
  end,

  on_timer = function(self)
    self.count = self.count % 8 + 1
    if acts[self.count] and self.bid and self.ask then acts[self.count](self) end
  end,
}
