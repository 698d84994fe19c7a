-- SPDX-License-Identifier: MIT
-- Long while the fast average is above the slow one; with `shorts`, short while it is below.
local neap = require "neap"

return neap.strategy {
  name   = "ma_cross",
  doc    = "crossing of two moving averages",
  params = {
    fast     = { 10, min = 2, max = 200, doc = "bars in the fast average" },
    slow     = { 30, min = 3, max = 500, doc = "bars in the slow average" },
    fraction = { 0.1, min = 0.001, max = 1, doc = "share of equity per entry" },
    shorts   = { false, doc = "sell short when the fast average falls under the slow one" },
  },

  check = function(params)
    return params.fast < params.slow, "fast must be less than slow"
  end,

  on_start = function(self)
    self.fast, self.slow = self:sma(self.params.fast), self:sma(self.params.slow)
  end,

  on_bar = function(self)
    if self.fast:crossed_above(self.slow) and not self.long then
      if self.short then self:close { why = "fast over slow" } end
      self:buy { fraction = self.params.fraction, why = "fast over slow" }
    elseif self.fast:crossed_below(self.slow) and not self.short then
      if self.long then self:close { why = "fast under slow" } end
      if self.params.shorts then self:sell { fraction = self.params.fraction, why = "fast under slow" } end
    end
  end,
}
