-- SPDX-License-Identifier: MIT
-- How many orders of a product a minute may have (engines B8.5): a sliding window. To ask takes nothing; whoever sends
-- takes. It holds no more times than it was told may be taken. Sessions count from their journal, not here.
local rate = {}
rate.__index = rate

function rate.new(window) return setmetatable({ window = window, taken = {} }, rate) end

local function check(limit, now)
  if math.type(limit) ~= "integer" or limit < 1 then error("rate: a limit is a whole number from 1", 3) end
  if math.type(now) ~= "integer" then error("rate: now is an integer, ns", 3) end
end

-- Those that still count at `now`, which is never before the latest: a time of exactly a window ago counts.
local function kept(self, product, now)
  local list, out = self.taken[product] or {}, {}
  local latest = list[#list] or now
  if now < latest then now = latest end
  for _, time in ipairs(list) do
    if time >= now - self.window then out[#out + 1] = time end
  end
  return out, now
end

-- limiter:ask(product, limit, now) → true; or false and how long to wait, ns
function rate:ask(product, limit, now)
  check(limit, now)
  local list, at = kept(self, product, now)
  if #list < limit then return true end
  return false, math.max(list[#list - limit + 1] + self.window - at, 1)
end

-- limiter:take(product, limit, now): the same, and what is allowed counts from now on.
function rate:take(product, limit, now)
  local allowed, wait = self:ask(product, limit, now)
  if not allowed then return false, wait end
  local list, at = kept(self, product, now)
  list[#list + 1] = at
  self.taken[product] = list
  return true
end

function rate:__tostring() return ("rate limiter: a window of %g s"):format(self.window / 1e9) end

return rate
