-- SPDX-License-Identifier: MIT
-- The two averages are fed, no hook looks at them.
local neap = require "neap"

return neap.strategy {
  name = "averages_only",

  on_start = function(self)
    self.fast, self.slow = self:sma(20), self:sma(100)
  end,
}
