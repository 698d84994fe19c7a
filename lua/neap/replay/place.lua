-- SPDX-License-Identifier: MIT
-- Where the recording of a stored session lies, or why there is none.
local fault = require "neap.base.fault"
local files = require "neap.base.files"
local inputs = require "neap.run.inputs"
local unrecorded = require "neap.replay.unrecorded"

-- What is recorded in a directory is of its events.db, and not of another store that lies beside it.
local function directory_of(path)
  local directory = path == "events.db" and "." or path:match "^(.*)/events%.db$"
  if not directory or files.mode(inputs.directory(directory)) ~= "directory" then return nil end
  return files.mode(path) == "file" and directory or nil
end

-- path: of the events; what: who asks, and comes of a recording → the session's directory; or nil and a fault.
return function(path, what)
  local directory = directory_of(path)
  if directory and not unrecorded.is_fork(path) then return directory end
  return nil, fault("not_recorded", ("%s of what was recorded, and %s"):format(what, unrecorded.reason(path)), path)
end
