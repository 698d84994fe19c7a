-- SPDX-License-Identifier: MIT
-- Keeps what it did in self.state, so that it goes on where it was.
local neap = require "neap"

return neap.strategy {
  name   = "keeper",
  params = { every = { 3, min = 2, doc = "bars between two entries" } },

  on_start = function(self, resumed)
    self.state.starts = (self.state.starts or 0) + 1
    self.state.spent = self.state.spent or neap.decimal "0"
    self.state.prices = self.state.prices or {}
    if resumed then self:info("goes on", { starts = self.state.starts }) end
    self:every("look", "6h")
  end,

  on_bar = function(self, bar)
    self.state.bars = (self.state.bars or 0) + 1
    local prices = self.state.prices
    prices[#prices % 8 + 1] = bar.close
    if self.state.bars % self.params.every ~= 0 then return end
    if self.flat then
      self:buy { notional = 200, why = "time", stop_loss = bar.close * 0.98 }
    else
      self:close { why = "time" }
    end
  end,

  on_fill = function(self, fill) self.state.spent = self.state.spent + fill.fee end,
  on_timer = function(self, t) self.state.timer = t.name end,
}
