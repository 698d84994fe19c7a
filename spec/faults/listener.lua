-- SPDX-License-Identifier: MIT
-- Counts in self.state what it hears, slowly: no kill may take a bar or a fill from it, nor give it one twice.
local neap = require "neap"

local function think()
  local sum = 0
  for i = 1, 20000 do sum = sum + i end
  return sum
end

return neap.strategy {
  name   = "listener",
  params = { every = { 3, min = 2, doc = "bars between two orders" } },

  on_bar = function(self, bar)
    think()
    self.state.bars = (self.state.bars or 0) + 1
    if self.state.bars % self.params.every ~= 0 then return end
    if self.flat then
      self:buy { quantity = "0.01", stop_loss = bar.close * 0.99, why = "in" }
    else
      self:close { why = "out" }
    end
  end,

  on_fill = function(self, fill)
    think()
    local held = self.state.held or neap.decimal "0"
    self.state.held = fill.side == "buy" and held + fill.quantity or held - fill.quantity
  end,

  on_stop = function(self)
    self:info(("heard %d bars, held %s of %s"):format(self.state.bars, self.state.held, self.position.quantity))
  end,
}
