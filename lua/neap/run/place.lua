-- SPDX-License-Identifier: MIT
-- Where a session lies on disk: a directory of its owner's, with its events, how it was started, its log, its socket.
local core = require "neap.run_c"
local fault = require "neap.base.fault"
local files = require "neap.base.files"
local json = require "neap.json"

local place = {}

local LONGEST = 60

function place.check_name(name)
  if #name <= LONGEST and name:match "^%w[%w._-]*$" and not name:find "%.db$" then return true end
  return nil, fault("session_name", ("'%s' is no name of a session: up to %d letters, digits, '.', '_' and '-', a " ..
    "letter or digit first"):format(name, LONGEST))
end

local function make_parents(path)
  local parent = path:match "^(.+)/[^/]+/*$"
  if not parent or files.mode(parent) == "directory" then return true end
  local ok, err = make_parents(parent)
  if not ok then return nil, err end
  local made, message = files.lfs.mkdir(parent)
  if made or files.mode(parent) == "directory" then return true end
  return nil, fault("cannot_create", "the directory of sessions cannot be made: " .. message, parent)
end

function place.has_store(directory)
  return (files.lfs.attributes(directory .. "/events.db", "size") or 0) > 0
end

-- Has a session been here? One that died before its first event has not; what cannot be read may hold any number.
function place.has_events(directory)
  if not place.has_store(directory) then return false end
  local rows <close>, err = require("neap.event_store").events(directory .. "/events.db", { limit = 1 })
  if not rows then return true, err end
  local row
  row, err = rows:next()
  return row ~= nil or err ~= nil
end

-- Makes the directory, or finds it, and closes it to others → true when it is new.
function place.make(directory)
  local is_new = files.mode(directory) == nil
  local ok, err = make_parents(directory)
  if ok then ok, err = core.own_directory(directory) end
  if ok then return is_new end
  return nil, err
end

-- Takes away a new directory in which no session came to be: only what is empty.
function place.discard(directory)
  local log = directory .. "/run.log"
  if files.lfs.attributes(log, "size") == 0 then os.remove(log) end
  return files.lfs.rmdir(directory)
end

-- How it was started last: its options; nil when it never was.
function place.read_config(directory)
  local text = files.read(directory .. "/config.json", 1 << 20)
  local config = text and json.decode(text, { numbers = "float" })
  return type(config) == "table" and config.options or nil
end

-- Written whole or not at all.
function place.write_config(directory, config)
  local path = directory .. "/config.json"
  local file, message = io.open(path .. ".new", "wb")
  if file then
    file:write(json.encode(config), "\n")
    file:close()
    file, message = os.rename(path .. ".new", path)
  end
  if file then return true end
  return nil, fault("cannot_create", "how the session was started cannot be kept: " .. message, path)
end

-- A function that adds a line; a log that cannot be written is no reason to stop trading.
function place.open_log(directory)
  local file = io.open(directory .. "/run.log", "ab")
  if not file then return function() end end
  file:setvbuf "line"
  return function(line) file:write(line, "\n") end
end

return place
