-- SPDX-License-Identifier: MIT
-- The events of some types, in their order.
local event_store = require "neap.event_store"

local rows = {}

local function advance(source)
  local err
  source.row, err = source.list:next()
  if err then error(err, 0) end
end

local function earliest(sources)
  local found
  for _, source in ipairs(sources) do
    if source.row and (not found or source.row.seq < found.row.seq) then found = source end
  end
  return found
end

-- Calls visit(row) for each event of `types`; raises the fault of a file that cannot be read.
function rows.each(path, types, visit)
  local sources = {}
  for i, name in ipairs(types) do
    local list, err = event_store.events(path, { type = name })
    if not list then error(err, 0) end
    sources[i] = { list = list }
    advance(sources[i])
  end
  local source = earliest(sources)
  while source do
    visit(source.row)
    advance(source)
    source = earliest(sources)
  end
end

-- The first row of a filter; nil where there is none.
function rows.first(path, filter)
  filter.limit = 1
  local list, err = event_store.events(path, filter)
  if not list then error(err, 0) end
  local row
  row, err = list:next()
  list:close()
  if err then error(err, 0) end
  return row
end

return rows
