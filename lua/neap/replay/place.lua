-- SPDX-License-Identifier: MIT
-- Where the recording of a stored session lies, or why there is none; and of a fork that of the session which it comes
-- of in the end, with all that has made it another one since.
local clock = require "neap.clock"
local event_store = require "neap.event_store"
local fault = require "neap.base.fault"
local files = require "neap.base.files"
local inputs = require "neap.run.inputs"
local unrecorded = require "neap.replay.unrecorded"

local place = {}

local function row_of(path, seq)
  local rows <close> = event_store.events(path, { since = seq, ["until"] = seq, limit = 1 })
  return rows and rows:next()
end

-- ---- of a fork ------------------------------------------------------------------------------------------------------

local function text_of(file)
  if file.text then return file.text end
  local bytes = {}
  for i, byte in ipairs(file.bytes or {}) do bytes[i] = string.char(byte) end
  return table.concat(bytes)
end

local function files_of(body)
  local list = {}
  for i, file in ipairs(body.files or {}) do list[i] = { path = file.path, text = text_of(file) } end
  return list
end

-- What a fork's event says of how it was made: `event` the last of the session that was left, `seq` its own.
local function stage_of(row)
  local body = row.body
  return { seq = row.seq, event = body.event, session = body.session, chain = body.chain, origin = body.origin,
    moment = body.moment and clock.parse(body.moment), until_ns = body["until"] and clock.parse(body["until"]),
    strategy = body.with, set = body.set, engine = body.engine, files = files_of(body) }
end

-- The forks that a store's session has been through, the first one first.
function place.stages(path)
  local rows <close> = event_store.events(path, { type = "session_forked" })
  local list = {}
  for row in rows or function() end do list[#list + 1] = stage_of(row) end
  return list
end

local function split(path) return path:match "^(.*)/([^/]+)$" end

-- Where the session lay when it was left; beside the fork, or around it, if both have been moved.
local function candidates(path, origin)
  local directory = path:match "^(.*)/[^/]*$" or "."
  local around, name = split(directory), select(2, split(origin))
  return { origin, directory .. "/" .. (name or origin), around and around .. "/" .. (name or origin) or directory,
    directory }
end

local function has_recording(directory) return files.mode(inputs.directory(directory)) == "directory" end

-- Is that the session? The event behind which it was left is the fork's, too.
local function is_origin(directory, path, stage)
  local events = directory .. "/events.db"
  if files.mode(events) ~= "file" or not has_recording(directory) then return false end
  local a, b = row_of(events, stage.event), row_of(path, stage.event)
  return a ~= nil and b ~= nil and #place.stages(events) == 0 and a.ts_ns == b.ts_ns and a.type == b.type and
    a.json == b.json
end

local function find_origin(path, stage)
  for _, directory in ipairs(candidates(path, stage.origin)) do
    if is_origin(directory, path, stage) then return directory end
  end
end

local function not_recorded(path, what, stage, why)
  return nil, fault("not_recorded", ("%s of what was recorded, and this is a fork of %s from event %d on, %s"):format(
    what, stage.session, stage.event, why), path)
end

local function of_fork(path, stages, what)
  local first = stages[1]
  if not first.origin or not first.moment then
    return not_recorded(path, what, first, "made by a version that did not write down how: fork that session again")
  end
  local directory = find_origin(path, first)
  if not directory then
    return not_recorded(path, what, first, ("whose recording does not lie in %s any more, nor beside the fork")
      :format(first.origin))
  end
  return { directory = directory, events = path, stages = stages }
end

-- nil: it is none. Otherwise why what is asked of a whole session cannot be asked of it; words: what can be.
function place.refuse_fork(path, what, words)
  local first = place.stages(path)[1]
  if not first then return nil end
  local name = first.origin or first.session
  return fault("is_a_fork", ("%s, and this is a fork of %s from event %d on: %s"):format(what, first.session,
    first.event, words:format(first.event + 1, name)), path)
end

-- ---- of any ---------------------------------------------------------------------------------------------------------

-- What is recorded in a directory is of its events.db, and not of another store that lies beside it.
local function directory_of(path)
  local directory = path == "events.db" and "." or path:match "^(.*)/events%.db$"
  if not directory or not has_recording(directory) then return nil end
  return files.mode(path) == "file" and directory or nil
end

-- place.of(path of the events, who asks, and comes of a recording) → { directory = of the recorded session, events =
-- path, stages = the forks since, none for a recorded session itself }; or nil and a fault.
function place.of(path, what)
  local stages = place.stages(path)
  if #stages > 0 then return of_fork(path, stages, what) end
  local directory = directory_of(path)
  if directory then return { directory = directory, events = path, stages = stages } end
  return nil, fault("not_recorded", ("%s of what was recorded, and %s"):format(what, unrecorded.reason(path)), path)
end

-- The one that had been at event `seq`: of a fork's own part itself, of what is before it the one that it left.
-- `is_own`: its rest is in the store, too. A recorded session's own events are its directory's.
function place.at(self, seq)
  local stages = {}
  for i, stage in ipairs(self.stages) do
    if stage.event < seq then stages[i] = stage end
  end
  return { directory = self.directory, stages = stages, is_own = #stages == #self.stages or #stages == 0,
    events = #stages > 0 and self.events or self.directory .. "/events.db" }
end

-- Of one with forks the one before the last of them.
function place.before(self)
  local stages = table.move(self.stages, 1, #self.stages - 1, 1, {})
  return { directory = self.directory, stages = stages,
    events = #stages > 0 and self.events or self.directory .. "/events.db" }
end

-- Of a session's directory, whose recording is looked for when it is played.
function place.plain(directory) return { directory = directory, stages = {}, events = directory .. "/events.db" } end

return place
