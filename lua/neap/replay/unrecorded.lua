-- SPDX-License-Identifier: MIT
-- Why nothing is recorded of a stored session, as far as its events say.
local event_store = require "neap.event_store"
local fault = require "neap.base.fault"

local unrecorded = {}

-- path: of the events.
function unrecorded.reason(path)
  local rows <close> = event_store.events(path, { type = "data_read", limit = 1 })
  if rows and rows:next() then
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
