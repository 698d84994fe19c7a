-- SPDX-License-Identifier: MIT
-- Whether two orders were decided alike, and where the two sessions of a strategy part first.
local figures = require "neap.base.figures"
local match = require "neap.drift.match"

local decided = {}

local SECOND = 1000000000

local function apart(ns)
  ns = math.abs(ns)
  if ns < 10 * SECOND then return figures.fixed(ns / 1000000, 1) .. "ms" end
  return figures.fixed(ns / SECOND, 1) .. "s"
end

function decided.later(ns) return ("%s %s"):format(apart(ns), ns > 0 and "later" or "sooner") end

local function name_of(order) return order.number and "#" .. order.number or order.id:sub(1, 8) end

-- The first check of two decisions that says something else.
local function differing_check(real, simulated)
  local checks = {}
  for _, check in ipairs(simulated.checks or {}) do checks[check.name] = check end
  for _, check in ipairs(real.checks or {}) do
    local other = checks[check.name]
    if other and other.verdict ~= check.verdict then return check.name end
  end
end

local function refusal_of(order)
  if order.refusal then return ("%s (check %s)"):format(order.refusal.code, order.refusal.check or "?") end
  local ended = order.ended
  if ended and ended.how == "rejected" then return ended.code or ended.message or "rejected" end
end

-- How the lives of a pair part, in words; nil: they do not, as far as a strategy hears of it.
local function parting(pair)
  local real, simulated = pair.real, pair.simulated
  if not real then return "only the simulator has it" end
  if not simulated then return "only the session has it" end
  local check = differing_check(real, simulated)
  if check then return "check " .. check end
  local refusal, other = refusal_of(real), refusal_of(simulated)
  if refusal ~= other then return "refused: " .. (refusal or other) end
  local a, b = real.fills[1], simulated.fills[1]
  if (a == nil) ~= (b == nil) then return a and "filled, not when simulated" or "not filled, but when simulated" end
  if a and a.told ~= b.told then return "filled " .. decided.later(a.told - b.told) end
  if real.filled ~= simulated.filled then
    return ("filled %s, simulated %s"):format(real.filled, simulated.filled)
  end
end

-- What comes a little sooner or later every time; nothing else may have parted them.
local function slight_parting(pair)
  local real, simulated = pair.real, pair.simulated
  local a, b = real and real.acknowledged, simulated and simulated.acknowledged
  return a and b and a ~= b and "acknowledged " .. decided.later(a - b) or nil
end

-- By strategy: the first pair whose lives part.
function decided.first_partings(pairs_list)
  local firsts = {}
  for _, parts in ipairs { parting, slight_parting } do
    for _, pair in ipairs(pairs_list) do
      local strategy = (pair.real or pair.simulated).strategy
      local words = not firsts[strategy] and parts(pair)
      if words then firsts[strategy] = { pair = pair, words = words } end
    end
  end
  return firsts
end

local function because(made, firsts)
  local first = firsts[made.order.strategy]
  if not first or first.pair == made.pair then return "" end
  return (", which part at %s: %s"):format(name_of(first.pair.real or first.pair.simulated), first.words)
end

-- ---- what was decided -----------------------------------------------------------------------------------------------

-- Words where the two did not decide the same, nil where they did.
function decided.otherwise(made, firsts)
  local real, simulated = made.pair.real, made.pair.simulated
  if not simulated then return "only the session decided it" .. because(made, firsts) end
  if not real then return "only the simulator decided it" .. because(made, firsts) end
  local check = differing_check(real, simulated)
  if (real.refusal == nil) ~= (simulated.refusal == nil) then
    return ("%s: %s%s"):format(real.refusal and "refused" or "refused when simulated",
      refusal_of(real.refusal and real or simulated), because(made, firsts))
  end
  local is_same, name = match.is_same_ticket(real, simulated)
  if not is_same and not (real.notional and name == "quantity") then
    return ("%s %s, simulated %s%s%s"):format(name, tostring(real[name] or "none"), tostring(simulated[name] or "none"),
      check and " (check " .. check .. ")" or "", because(made, firsts))
  end
  local ahead = real.decided - simulated.decided
  if math.abs(ahead) > SECOND then return "decided " .. decided.later(ahead) .. because(made, firsts) end
end

return decided
