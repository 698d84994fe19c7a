-- SPDX-License-Identifier: MIT
-- Which order of one session is which of the other. An order is alike another that has its strategy, product, side and
-- type, is sized in its way (by quantity, by amount), and has a parent or none, too. Alike orders are put together in
-- four rounds, the surest first, each in the order in which they were decided:
--   1. decided at the same moment (a timer, a bar or a quote asked for both), those of one size and price first
--   2. those with a parent (exits of an entry, slices of an order): of the same one, with the same reason, however far
--      apart their parents were filled
--   3. with the same client order id: the same place in the sequence of the session's intents
--   4. the nearest in time, up to WINDOW apart
-- Rounds 3 and 4 take decisions that a fill has moved in time, and only for the same reason, but for its numbers: what
-- was decided at another moment in other words is another decision.
local match = {}

local WINDOW = 10 * 1000000000 -- ns

local function key_of(order)
  return table.concat({ order.strategy, order.product or "", order.side or "", order.type or "",
    order.reduce_only and "reduces" or "", order.origin and "child" or "",
    order.notional and "amount" or order.fraction and "fraction" or "" }, "\0")
end

local function same(a, b) return a == nil and b == nil or a ~= nil and b ~= nil and a == b end

local ASKED = { "quantity", "notional", "fraction", "limit", "stop", "trail_bps", "time_in_force" }

-- Is it the same that was asked for, but for the fields of `without`? False, and the first that is not.
function match.is_same_ticket(a, b, without)
  for _, name in ipairs(ASKED) do
    if not (without and without[name]) and not same(a[name], b[name]) then return false, name end
  end
  return true
end

local function put_together(pairs_of, real, simulated)
  pairs_of.count = (pairs_of.count or 0) + 1
  local pair = { real = real, simulated = simulated, number = pairs_of.count }
  pairs_of[real], pairs_of[simulated] = pair, pair
end

-- Lists of the orders that are still alone, by what `index` says of them.
local function gather(list, pairs_of, index)
  local groups = {}
  for _, order in ipairs(list) do
    local name = not pairs_of[order] and index(order)
    if name then
      groups[name] = groups[name] or {}
      table.insert(groups[name], order)
    end
  end
  return groups
end

local function first_free(group, pairs_of, is_fit)
  for _, order in ipairs(group) do
    if not pairs_of[order] and is_fit(order) then return order end
  end
end

local function is_near(a, b) return math.abs(a.decided - b.decided) <= WINDOW end

local function is_any() return true end

-- One round: what `index` gives alike for both is put together, those with the same ticket first, then others that fit.
local function pair_by(real, simulated, pairs_of, index, fits_else)
  local groups = gather(simulated, pairs_of, index)
  for _, fits in ipairs { match.is_same_ticket, fits_else } do
    for _, order in ipairs(real) do
      local name = not pairs_of[order] and index(order)
      local group = name and groups[name]
      local found = group and first_free(group, pairs_of, function(other) return fits(order, other) end)
      if found then put_together(pairs_of, order, found) end
    end
  end
end

local function by_moment(order) return not order.origin and key_of(order) .. "\0" .. order.decided end

-- "2.1 % under #3" and "2 % under #14" are one reason.
local function reason_of(order) return ((order.why or ""):gsub("[%d.,+-]+", "0")) end

local function key_with_reason(order) return key_of(order) .. "\0" .. reason_of(order) end

local function by_id(order) return key_with_reason(order) .. "\0" .. order.id end

-- The parent by the pair that it is in, so that both sides name it alike.
local function by_parent(pairs_of)
  return function(order)
    local pair = order.origin and pairs_of[order.origin]
    return pair and ("%s\0%d\0%s"):format(key_of(order), pair.number, order.why and order.why:match "^[^#]*" or "")
  end
end

-- Both lists go forward in time, so what is too early for one order is too early for the next.
local function nearest(group, order, pairs_of)
  local best, apart
  while group[group.from] and group[group.from].decided < order.decided - WINDOW do group.from = group.from + 1 end
  for at = group.from, #group do
    local ahead = group[at].decided - order.decided
    if ahead > WINDOW or best and ahead > apart then break end
    if not pairs_of[group[at]] and (not best or math.abs(ahead) < apart) then
      best, apart = group[at], math.abs(ahead)
    end
  end
  return best
end

local function pair_nearest(real, simulated, pairs_of)
  local groups = gather(simulated, pairs_of, key_with_reason)
  for _, group in pairs(groups) do group.from = 1 end
  for _, order in ipairs(real) do
    local group = not pairs_of[order] and groups[key_with_reason(order)]
    local found = group and nearest(group, order, pairs_of)
    if found then put_together(pairs_of, order, found) end
  end
end

local function moment_of(pair) return (pair.real or pair.simulated).decided end

-- Both stories (neap.drift.orders) → { { real = order or nil, simulated = order or nil } } in the order of their
-- decisions.
function match.pairs(real, simulated)
  local pairs_of, list = {}, {}
  pair_by(real.list, simulated.list, pairs_of, by_moment, is_near)
  pair_by(real.list, simulated.list, pairs_of, by_parent(pairs_of), is_any)
  pair_by(real.list, simulated.list, pairs_of, by_id, is_near)
  pair_by(real.list, simulated.list, pairs_of, by_parent(pairs_of), is_any)
  pair_nearest(real.list, simulated.list, pairs_of)
  for _, order in ipairs(real.list) do list[#list + 1] = pairs_of[order] or { real = order } end
  for _, order in ipairs(simulated.list) do
    if not pairs_of[order] then list[#list + 1] = { simulated = order } end
  end
  for place, pair in ipairs(list) do pair.place = place end
  table.sort(list, function(a, b)
    local x, y = moment_of(a), moment_of(b)
    if x ~= y then return x < y end
    return a.place < b.place
  end)
  return list
end

return match
