-- SPDX-License-Identifier: MIT
-- The report of a run that the command line makes: looked at before the run, written after it from the run's events.
local report = require "neap.report"
local sources_of = require "neap.backtest.sources"

local reporting = {}

-- A run that keeps no events keeps them for its report, in a file that goes afterwards. → where; or nil and a fault.
function reporting.prepare(options, path)
  local ok, err = report.check(path)
  if not ok then return nil, err end
  local place = { path = path }
  if not options.store then
    place.name = os.tmpname() -- the system makes it, so that no two runs share one
    options.store = place.name .. ".db"
  end
  place.store = options.store
  return place
end

-- Takes away what was kept for the report alone.
function reporting.clean(place)
  if not place.name then return end
  os.remove(place.name)
  for _, ending in ipairs { "", "-wal", "-shm", "-journal", "-lock" } do os.remove(place.store .. ending) end
end

local function events_of(store) return store:find "%.db$" and store or store:gsub("(.)/+$", "%1") .. "/events.db" end

-- Of the data that a run was given: by product a path or the bars.
function reporting.sources(data, products)
  local ids, sources = sources_of.data(data, products)
  if not ids then return nil, sources end
  local by_product = {}
  for i, id in ipairs(ids) do by_product[id] = sources[i] end
  return by_product
end

-- The prices of a recording are those of its fills.
local function bars_of(options, result)
  local sources = reporting.sources(options.data, options.products)
  for _, feed in ipairs(result.data) do
    if feed.messages then sources[feed.product] = nil end
  end
  return sources
end

-- → true, or nil and a fault.
function reporting.write(place, options, result)
  local ok, err = report.write(events_of(place.store), place.path, { data = bars_of(options, result),
    assumptions = result.assumptions })
  if place.name then result.store = nil end
  result.report = ok and place.path or nil
  return ok and true, err
end

return reporting
