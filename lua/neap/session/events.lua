-- SPDX-License-Identifier: MIT
-- The events of a session at work: the latest 4 MB from memory, what is older from the store if there is one.
local clock = require "neap.clock"
local json = require "neap.json"

local events = {}

local function complete(row)
  row.time = clock.format(row.ts_ns)
  row.body = json.decode(row.json, { numbers = "float" })
  return row
end

-- The rows before event `first`, which memory no longer holds.
local function older(path, filter, first, list)
  local rows <close>, err = require("neap.event_store").events(path, filter)
  if not rows then return nil, err end
  local row, damage = rows:next()
  while row and row.seq < first do
    list[#list + 1] = row
    row, damage = rows:next()
  end
  return damage == nil and list or nil, damage
end

-- { type =, product =, order =, since = number, limit = } → rows as neap.event_store has them, and the number of the
-- oldest event that could be read; nil and a fault when the store cannot.
function events.read(object, path, filter)
  local recent, first = object:recent(filter.type, filter.product, filter.order, filter.since, filter.limit)
  if not recent then return nil, first end
  for _, row in ipairs(recent) do complete(row) end
  local wanted = filter.since or 1
  if not path or first <= 1 or wanted >= first then return recent, first end
  local list, err = older(path, filter, first, {})
  if not list then return nil, err end
  local most = filter.limit or math.huge
  for _, row in ipairs(recent) do
    if #list >= most then break end
    list[#list + 1] = row
  end
  return list, 1
end

return events
