-- SPDX-License-Identifier: MIT
-- Where the recording of a stored session lies, or why there is none.
local event_store = require "neap.event_store"
local fault = require "neap.base.fault"
local files = require "neap.base.files"

local function parent_of(path)
  local rows <close> = event_store.events(path, { type = "session_forked", newest_first = true, limit = 1 })
  local row = rows and rows:next()
  return row and row.body
end

local function reason_of(path)
  local parent = parent_of(path)
  if not parent then return "nothing was recorded of this session" end
  return ("this is a fork of %s from event %d on, which has no recording of its own"):format(parent.session,
    parent.event)
end

-- own: of a past → the session's directory; or nil and a fault. what: who asks, and comes of a recording.
return function(own, what)
  local directory = own.path:match "^(.*)/[^/]*$" or "."
  if files.mode(directory .. "/inputs") == "directory" and files.mode(own.path) == "file" then return directory end
  return nil, fault("not_recorded", ("%s of what was recorded, and %s"):format(what, reason_of(own.path)), own.path)
end
