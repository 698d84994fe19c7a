-- SPDX-License-Identifier: MIT
-- The place that a run's events go to: looked at before the run, and left clean when nothing came of it.
local fault = require "neap.base.fault"
local files = require "neap.base.files"

local store = {}

local function holds(path, type)
  local rows = require("neap.event_store").events(path, { type = type, limit = 1 })
  local row = rows and rows:next()
  if rows then rows:close() end
  return row ~= nil
end

-- What lies at a path where a run would write, in words.
local function describe(path)
  local rows, err = require("neap.event_store").events(path, { limit = 1 })
  if not rows and err.code == "not_a_store" then return "a file that is no event store" end
  if not rows then return "a store that cannot be read" end
  rows:close()
  if holds(path, "session_stopped") then return "a run that ended" end
  return holds(path, "session_failed") and "a run that failed" or "a run that was not ended"
end

local function cannot_create(path, why, near)
  return nil, fault("cannot_create", "cannot create the store: " .. why, path, near)
end

local function has_events(path)
  return files.mode(path) == "file" and files.lfs.attributes(path, "size") > 0
end

local function check_free(path)
  local mode = files.mode(path)
  if files.is_dangling(path) then return cannot_create(path, "the link leads to no file") end
  if mode == "directory" then return cannot_create(path, "a store is a file of events, and this is a directory") end
  if mode and mode ~= "file" then return cannot_create(path, ("a store is a file, and this is a %s"):format(mode)) end
  if not has_events(path) then return true end
  return nil, fault("store_exists", ("%s lies there, and a run never writes over another: name another path, or " ..
    "remove it"):format(describe(path)), path)
end

local function check_directory(path)
  local directory = files.split(path):gsub("(.)/+$", "%1")
  local mode, message = files.mode(directory)
  if mode == "directory" then return true end
  if mode then return cannot_create(path, directory .. " is not a directory") end
  if not message:find "No such file" then return cannot_create(path, (message:gsub("^.*: ", ""))) end
  return cannot_create(path, "there is no directory " .. directory, files.nearest(directory))
end

-- Whether a file can be made there, asked of the system; what was not there is not there afterwards.
local function check_writable(path, was_there)
  local file, message = io.open(path, "ab")
  if not file then return cannot_create(path, (message:gsub("^.*: ", ""))) end
  file:close()
  if not was_there then os.remove(path) end
  return true
end

local function check_place(place)
  local ok, err = check_directory(place.events)
  if ok then ok, err = check_free(place.events) end
  if not ok then return nil, err end
  place.was_there = files.mode(place.events) ~= nil
  return check_writable(place.events, place.was_there)
end

-- The file of events of a store's path.
function store.events_of(path)
  return path:find "%.db$" and path or path:gsub("(.)/+$", "%1") .. "/events.db"
end

-- A directory is made for a path that names none yet.
local function find_place(path)
  if path:find "%.db$" then return { events = path } end
  local mode = files.mode(path)
  local place = { events = store.events_of(path) }
  if mode == "directory" then return place end
  if mode then
    return nil, fault("store", "a store is a directory, or a file that ends in .db; this is neither", path)
  end
  local made, message = files.lfs.mkdir(path)
  if not made then return cannot_create(path, message) end
  place.made = path
  return place
end

-- "runs/a.db" → { events = its path }; "runs/a" → { events =, made = the directory, if it was not there }; or nil and a
-- fault. `resume`: events may lie there, the run goes on behind them.
function store.prepare(path, resume)
  if path == "" then return nil, fault("usage", "store: a path is meant, not an empty word") end
  local place, err = find_place(path)
  if not place then return nil, err end
  if resume and has_events(place.events) then
    place.is_older = true -- than this run, whose failure does not touch it
    return place
  end
  local ok
  ok, err = check_place(place)
  if ok then return place end
  if place.made then files.lfs.rmdir(place.made) end
  return nil, err
end

local ENDINGS = { "", "-wal", "-shm", "-journal", "-reserve", "-lock" }

-- Takes away the events at that place, whatever they are, and the directory that was made for them.
function store.remove(place)
  for _, ending in ipairs(ENDINGS) do os.remove(place.events .. ending) end
  if place.made then files.lfs.rmdir(place.made) end -- only if it is empty
end

local function is_of_no_use(path)
  local rows, err = require("neap.event_store").events(path, { limit = 1 })
  local row = rows and rows:next()
  if rows then rows:close() end
  return not row and (rows ~= nil or err.code == "not_a_store")
end

-- After a run that failed: takes away a file into which no event came, and the directory that was made for it.
function store.abandon(place)
  if place.is_older then return end
  if files.mode(place.events) == "file" and is_of_no_use(place.events) then
    for _, ending in ipairs { "", "-wal", "-shm", "-journal", "-reserve" } do os.remove(place.events .. ending) end
    if place.was_there then io.open(place.events, "wb"):close() end
  end
  if place.made then files.lfs.rmdir(place.made) end -- only if it is empty
end

return store
