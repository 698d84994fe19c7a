-- SPDX-License-Identifier: MIT
-- Holds all products of the session at equal weights. Once a week it trades those that have left the band around
-- theirs, and leaves the others alone.
local neap = require "neap"

return neap.strategy {
  name   = "rebalance",
  doc    = "equal weights, looked at once a week",
  params = {
    invested = { 0.95, min = 0.01, max = 1, doc = "share of equity in products; the rest stays cash" },
    band     = { 0.01, min = 0, max = 0.5, doc = "how far a weight may drift before it is mended" },
    day      = { "monday", doc = "of the week" },
    at       = { "12:00", doc = "time of that day, UTC" },
  },

  on_start = function(self, resumed)
    if resumed then return end
    self:weekly("rebalance", { day = self.params.day, at = self.params.at, missed = "once" })
  end,

  on_timer = function(self)
    local weights = {}
    for _, product in ipairs(self.products) do
      weights[product] = self.params.invested / #self.products
    end
    self:allocate(weights, { band = self.params.band, why = "weekly" })
  end,
}
