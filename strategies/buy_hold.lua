-- SPDX-License-Identifier: MIT
-- Buys once, on the first bar, and holds: what any other strategy is measured against.
local neap = require "neap"

return neap.strategy {
  name   = "buy_hold",
  doc    = "buy once and hold",
  params = {
    fraction = { 1, type = "number", min = 0.001, max = 1, doc = "share of equity that is bought" },
  },

  on_bar = function(self, bar)
    if self.bought then return end
    self.bought = true
    self:product(bar.product):buy { fraction = self.params.fraction, why = "hold" }
  end,
}
