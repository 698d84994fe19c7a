-- SPDX-License-Identifier: MIT
-- Long one unit while the fast average is above the slow one: the size is fixed, so that three programs can agree.
local neap = require "neap"

return neap.strategy {
  name = "ma_cross_fixed",

  on_start = function(self)
    self.fast, self.slow = self:sma(20), self:sma(100)
  end,

  on_bar = function(self)
    if self.fast:crossed_above(self.slow) and self.flat then
      self:buy { quantity = 1 }
    elseif self.fast:crossed_below(self.slow) and self.long then
      self:close {}
    end
  end,
}
