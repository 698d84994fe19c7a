-- SPDX-License-Identifier: MIT
-- Buys the same amount every day until the budget is spent, whatever the price. What was spent, fees with it, is
-- remembered over restarts; so is the timer.
local neap = require "neap"
local decimal = require "neap.decimal"

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
    self.state.spent = decimal(0)
    self:daily("purchase", { at = self.params.at, missed = "once" })
  end,

  on_timer = function(self, t)
    local left = self.params.budget - self.state.spent
    if #self.orders > 0 then return end -- yesterday's is not told yet
    if left < self.params.amount then return self:cancel_timer "purchase" end
    self:buy { notional = self.params.amount, why = "the purchase of " .. t.date }
  end,

  on_fill = function(self, fill)
    self.state.spent = self.state.spent + fill.price * fill.quantity + fill.fee
  end,
}
