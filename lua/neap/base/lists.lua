-- SPDX-License-Identifier: MIT
-- What every file asks of lists and tables.
local lists = {}

function lists.has(list, word)
  for _, item in ipairs(list) do
    if item == word then return true end
  end
  return false
end

-- What each item has under a name, in the list's order.
function lists.field(list, name)
  local out = {}
  for i, item in ipairs(list) do out[i] = item[name] end
  return out
end

-- Numbers in their order, then names.
local function comes_before(a, b)
  local number_a, number_b = type(a) == "number", type(b) == "number"
  if number_a and number_b then return a < b end
  if number_a ~= number_b then return number_a end
  return tostring(a) < tostring(b)
end

function lists.sorted_keys(t)
  local keys = {}
  for key in pairs(t) do keys[#keys + 1] = key end
  table.sort(keys, comes_before)
  return keys
end

return lists
