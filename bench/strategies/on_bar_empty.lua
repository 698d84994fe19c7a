-- SPDX-License-Identifier: MIT
-- The averages are fed and on_bar is called for each bar.
local neap = require "neap"

return neap.strategy {
  name = "on_bar_empty",

  on_start = function(self)
    self.fast, self.slow = self:sma(20), self:sma(100)
  end,

  on_bar = function() end,
}
