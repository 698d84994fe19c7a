-- SPDX-License-Identifier: MIT
-- Buys with a stop that stays, then raises: it is put aside, its siblings go on.
local neap = require "neap"

return neap.strategy {
  name   = "failing",
  params = { every = { 3, min = 2 } },

  on_bar = function(self, bar)
    self.state.bars = (self.state.bars or 0) + 1
    if self.state.bars == 2 then self:buy { quantity = "0.05", stop_loss = bar.close * 0.9, why = "once" } end
    if self.state.bars == 9 then
      self:buy { quantity = "0.05", limit = bar.close * 0.95 }
      error "it fails"
    end
  end,
}
