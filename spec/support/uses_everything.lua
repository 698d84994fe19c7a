-- SPDX-License-Identifier: MIT
-- A strategy whose orders depend on what stock Lua leaves to chance: pairs, sort, random numbers, patterns, coroutines.
local neap = require "neap"

local function turns(self)
  while true do
    for word in ("buy hold sell hold"):gmatch "%a+" do
      self.turn = word
      coroutine.yield()
    end
  end
end

-- A number of 1 to 9 from what pairs, a sort with ties and one without any rule, and a pattern make of some words.
local function digest(self, bar)
  local seen, keys = { [bar.close] = "c", [tostring(bar.time)] = "t" }, {}
  for i = 1, 20 do seen["k" .. math.random(1, 1000)] = i end
  for key in pairs(seen) do keys[#keys + 1] = tostring(key) end
  table.sort(keys, function(a, b) return #a < #b end)
  table.sort(keys, function() return math.random() < 0.5 end)
  local text = table.concat(keys, ","):gsub("k(%d)", "%1k")
  self.count = (self.count * 31 + #text + (tonumber(text:match "%f[%d]%d+") or 0)) % 1000003
  return self.count % 9 + 1
end

return neap.strategy {
  name = "uses_everything",
  on_start = function(self)
    self.count, self.next_turn = 0, coroutine.wrap(turns)
  end,
  on_bar = function(self, bar)
    self.next_turn(self)
    local size = digest(self, bar)
    if self.turn == "buy" then self:buy { quantity = size / 100, why = tostring(self) .. tostring(digest) } end
    if self.turn == "sell" and self.long then self:close { why = "turn" } end
    if size == 9 then self:info("nine", { count = self.count, z = 1, a = 2 }) end
  end,
}
