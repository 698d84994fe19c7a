-- SPDX-License-Identifier: MIT
-- Trades, and after some time does not come back from a callback in which it cancels one order after the other, slowly:
-- how many of them it came to before its time limit cannot be measured again.
local neap = require "neap"

local SPIN = 1000000 -- some ms of work between two cancels

local function spin()
  local sum = 0
  for i = 1, SPIN do sum = sum + i % 7 end
  return sum
end

return neap.strategy {
  name   = "stubborn",
  params = { patience = { 12, min = 1, max = 1000, doc = "callbacks before it hangs" } },
  feeds  = { "book" },
  warmup = 0,

  on_start = function(self)
    self.turns = 0
    self:every("act", "100ms")
  end,

  on_timer = function(self)
    self.turns = self.turns + 1
    for i = 1, self.mid and 6 or 0 do
      self:buy { quantity = "0.0010", limit = self.mid * (1 - i / 100), why = "rests" }
    end
    if self.turns % 3 == 0 then self:buy { quantity = "0.0200", why = "market" } end
    if self.turns < self.params.patience then return end
    for _, order in ipairs(self.orders) do
      pcall(spin)
      order:cancel()
    end
    while true do pcall(error, "cannot be caught") end
  end,
}
