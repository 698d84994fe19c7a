-- SPDX-License-Identifier: MIT
-- Where the recording of a stored session lies, or why there is none.
local event_store = require "neap.event_store"
local fault = require "neap.base.fault"
local files = require "neap.base.files"
local inputs = require "neap.run.inputs"

local function parent_of(path)
  local rows <close> = event_store.events(path, { type = "session_forked", newest_first = true, limit = 1 })
  local row = rows and rows:next()
  return row and row.body
end

local function reason_of(parent)
  if not parent then return "nothing was recorded of this session" end
  return ("this is a fork of %s from event %d on, which has no recording of its own"):format(parent.session,
    parent.event)
end

-- What is recorded in a directory is of its events.db, and not of another store that lies beside it.
local function directory_of(path)
  local directory = path == "events.db" and "." or path:match "^(.*)/events%.db$"
  if not directory or files.mode(inputs.directory(directory)) ~= "directory" then return nil end
  return files.mode(path) == "file" and directory or nil
end

-- path: of the events; what: who asks, and comes of a recording → the session's directory; or nil and a fault.
return function(path, what)
  local directory, parent = directory_of(path), parent_of(path)
  if directory and not parent then return directory end
  return nil, fault("not_recorded", ("%s of what was recorded, and %s"):format(what, reason_of(parent)), path)
end
