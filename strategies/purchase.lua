-- SPDX-License-Identifier: MIT
-- Buys the same amount every day until the budget is spent, whatever the price. What was spent, fees with it, is in the
-- books over restarts; so is the timer.
local neap = require "neap"

return neap.strategy {
  name   = "purchase",
  doc    = "the same amount every day, within a budget",
  params = {
    amount = { 50, type = "decimal", min = 1, doc = "to spend a day, fees included" },
    budget = { 5000, type = "decimal", min = 1, doc = "to spend in all" },
    at     = { "12:00", doc = "time of day, UTC" },
  },

  on_start = function(self, resumed)
    if resumed then return end
    self.state.begun_with = self.cash
    self:daily("purchase", { at = self.params.at, missed = "once" })
  end,

  on_timer = function(self, t)
    local spent = self.state.begun_with - self.cash -- by the books, which a kill does not make forget
    local left = self.params.budget - spent
    if #self.orders > 0 then return end -- yesterday's is not told yet
    if left < self.params.amount then return self:cancel_timer "purchase" end
    self:buy { notional = self.params.amount, why = "the purchase of " .. t.date }
  end,
}
