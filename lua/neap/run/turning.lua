-- SPDX-License-Identifier: MIT
-- A session whose market runs by itself: turned until it is over, and left in two steps, for a venue's answers take
-- time.
local core = require "neap.run_c"
local inputs = require "neap.run.inputs"

local turning = {}

local SECOND = 1000000000
local PATIENCE = 30 * SECOND -- for what is cancelled and closed at the end

local function turn(self)
  local bars, err = self.core:turn(self.loop, core.now() + SECOND)
  if not bars then return nil, err end
  self.bars = bars
  return true
end

-- Goes until it is over. `between(self)` is done after each turn.
function turning.drive(self, between)
  while not self.over do
    local ok, err = turn(self)
    if not ok then return nil, err end
    between(self)
    inputs.watch(self)
    if self.once and self.bars > 0 then self:ask_to_stop "one cycle" end
  end
  return true
end

local function describe_rest(session)
  local count = #session.orders
  local parts = { count == 1 and "1 order works at the venue" or ("%d orders work at the venue"):format(count) }
  for _, position in ipairs(session.positions) do
    if not position.quantity:is_zero() then
      parts[#parts + 1] = ("%s %s is held"):format(position.quantity, position.product)
    end
  end
  return table.concat(parts, ", ")
end

-- What works and may not stay is told to go, and waited for; `between()` is done after each turn, and where it sets
-- self.impatient the wait is over. What stays nevertheless is told, and self.rest says it.
function turning.wind_down(self, between)
  local deadline = core.now() + PATIENCE
  self.is_leaving = true
  local ok, err = self.loop:hear() -- once more: the signal that asked for the stop may be followed by one that hurries
  if ok then ok, err = self.core:wind_down(self.over, self.how) end
  while ok and not self.impatient and not self.core:is_quiet() and core.now() < deadline do
    ok, err = turn(self)
    if ok then between() end
  end
  if not ok then return nil, err end
  if not self.core:is_quiet() then
    self.rest = describe_rest(self.session)
    local why = self.impatient and self.impatient .. " ended the wait" or ("after %d s"):format(PATIENCE // SECOND)
    self.say("alert", ("not everything is gone: %s: %s"):format(why, self.rest))
  end
  return true
end

return turning
