-- SPDX-License-Identifier: MIT
-- Events of a store as a list, and values of them to be compared.
local event_store = require "neap.event_store"

local events = {}

-- path: of the file; filter: of neap.event_store.events. None while there is no store yet.
function events.list(path, filter)
  local list, found = {}, event_store.events(path, filter or {})
  for row in found or function() end do list[#list + 1] = row end
  return list
end

-- Decimals as text.
function events.plain(value)
  if type(value) ~= "table" then return tostring(value) end
  local made = {}
  for key, item in pairs(value) do made[key] = events.plain(item) end
  return made
end

return events
