-- SPDX-License-Identifier: MIT
-- Whether two orders were decided alike, and where the two sessions of a strategy parted before.
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

-- The simulator's orders have numbers of their own.
function decided.name(pair)
  local order = pair.real or pair.simulated
  return (pair.real and "" or "sim ") .. (order.number and "#" .. order.number or order.id:sub(1, 8))
end

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

-- What makes a strategy's position or money another, in words; nil: nothing.
local function parting(pair)
  local real, simulated = pair.real, pair.simulated
  if not real then return "only the simulator has it" end
  if not simulated then return "only the session has it" end
  local refusal, other = refusal_of(real), refusal_of(simulated)
  if (refusal == nil) ~= (other == nil) then
    return (refusal and "refused: " or "refused when simulated: ") .. (refusal or other)
  end
  if real.filled ~= simulated.filled then
    return ("filled %s, simulated %s"):format(real.filled, simulated.filled)
  end
end

-- What a strategy hears sooner or later, in words.
local function slight_parting(pair)
  local real, simulated = pair.real, pair.simulated
  local a, b = real.fills[1], simulated.fills[1]
  if a and b and a.told ~= b.told then return "filled " .. decided.later(a.told - b.told) end
  a, b = real.acknowledged, simulated.acknowledged
  return a and b and a ~= b and "acknowledged " .. decided.later(a - b) or nil
end

-- By pair: what parted the sessions of its strategy before it, { pair =, words = }. The latest that made position or
-- money another; where nothing did, the first that was heard at another time.
function decided.partings(pairs_list)
  local before, great, slight = {}, {}, {}
  for _, pair in ipairs(pairs_list) do
    local strategy = (pair.real or pair.simulated).strategy
    before[pair] = great[strategy] or slight[strategy]
    local words = parting(pair)
    if words then
      great[strategy] = { pair = pair, words = words }
    elseif not slight[strategy] then
      words = slight_parting(pair)
      slight[strategy] = words and { pair = pair, words = words } or nil
    end
  end
  return before
end

local function because(made, partings)
  local found = partings[made.pair]
  if not found then return "" end
  return ("; they part at %s: %s"):format(decided.name(found.pair), found.words)
end

-- ---- what was decided -----------------------------------------------------------------------------------------------

local SIZES = { quantity = true, notional = true, fraction = true }

-- Which field of the ticket is another, in words; nil: none.
local function ticket_words(real, simulated)
  local is_same, name = match.is_same_ticket(real, simulated)
  if is_same then return nil end
  local check = differing_check(real, simulated)
  return ("%s %s, simulated %s%s"):format(name, tostring(real[name] or "none"), tostring(simulated[name] or "none"),
    check and " (check " .. check .. ")" or ""), SIZES[name] and match.is_same_ticket(real, simulated, SIZES)
end

-- Words where the two did not decide the same, nil where they did; and true where only the size is another.
function decided.otherwise(made, partings)
  local real, simulated = made.pair.real, made.pair.simulated
  if not simulated then return "only the session decided it" .. because(made, partings) end
  if not real then return "only the simulator decided it" .. because(made, partings) end
  if (real.refusal == nil) ~= (simulated.refusal == nil) then
    return ("%s: %s%s"):format(real.refusal and "refused" or "refused when simulated",
      refusal_of(real.refusal and real or simulated), because(made, partings))
  end
  local words, is_size = ticket_words(real, simulated)
  local ahead = real.decided - simulated.decided
  if math.abs(ahead) > SECOND then
    words, is_size = (words and words .. ", " or "") .. "decided " .. decided.later(ahead), false
  end
  return words and words .. because(made, partings), is_size
end

return decided
