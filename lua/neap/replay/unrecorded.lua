-- SPDX-License-Identifier: MIT
-- Why nothing is recorded of a stored session, as far as its events say.
local event_store = require "neap.event_store"
local fault = require "neap.base.fault"

local unrecorded = {}

local function newest(path, type)
  local rows <close> = event_store.events(path, { type = type, newest_first = true, limit = 1 })
  local row = rows and rows:next()
  return row and row.body
end

function unrecorded.is_fork(path) return newest(path, "session_forked") ~= nil end

-- path: of the events.
function unrecorded.reason(path)
  local parent = newest(path, "session_forked")
  if parent then
    return ("this is a fork of %s from event %d on, which has no recording of its own"):format(parent.session,
      parent.event)
  end
  if newest(path, "data_read") then
    return "nothing was recorded of this session: its market came from a file, and run again from that it is the same"
  end
  return "nothing was recorded of this session"
end

-- The fault of a recording that cannot be opened, in more words where there is none.
function unrecorded.explain(err, path)
  if err.code ~= "not_recorded" then return err end
  return fault("not_recorded", unrecorded.reason(path), path)
end

return unrecorded
