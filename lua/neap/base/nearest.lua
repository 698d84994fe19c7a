-- SPDX-License-Identifier: MIT
-- The word that was probably meant: edit distance, where a swap of neighbors costs one. (The core has the same; verbs
-- that must start at once do not load it.)

local function distance(a, b)
  local before, above = {}, {}
  for j = 0, #b do above[j] = j end
  for i = 1, #a do
    local row = { [0] = i }
    for j = 1, #b do
      local same = a:byte(i) == b:byte(j)
      row[j] = math.min(above[j] + 1, row[j - 1] + 1, above[j - 1] + (same and 0 or 1))
      if i > 1 and j > 1 and a:byte(i) == b:byte(j - 1) and a:byte(i - 1) == b:byte(j) then
        row[j] = math.min(row[j], before[j - 2] + 1)
      end
    end
    before, above = above, row
  end
  return above[#b]
end

-- nearest("evnts", {"events", "verify"}) → "events"; nil when nothing is near.
return function(word, candidates)
  if #word > 64 then return nil end
  local small = word:lower()
  local best, least = nil, math.min(math.max(1, #word // 3) + 1, math.max(1, #word))
  for _, candidate in ipairs(candidates) do
    local cost = candidate:lower() == small and 0 or distance(word, candidate)
    if cost < least then best, least = candidate, cost end
  end
  return best
end
