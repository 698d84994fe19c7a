-- SPDX-License-Identifier: MIT
-- What a recording has: the lives of its session, which events each wrote, the scripts' files that they read.
local changed = require "neap.replay.changed"
local core = require "neap.run_c"
local inputs = require "neap.run.inputs"
local json = require "neap.json"
local pace = require "neap.replay.pace"
local recording = require "neap.session.recording"

-- The lives that the recording has: which events each began behind, how its session's time goes with the loop's, and
-- the scripts' files that they read. One that opened no session wrote no event.
local function list_lives(directory)
  local loop, err = core.open_loop { replay = inputs.directory(directory) }
  if not loop then return nil, err end
  local lives, read, before = {}, {}, (loop:input())
  local kind, text = loop:find()
  while kind do
    loop:skip(1)
    if kind == "life" then
      lives[#lives + 1] = { facts = json.decode(text), input = (loop:input()) }
    elseif kind == "call" and recording.is_opening(text) then
      lives[#lives].after = recording.read(text)[1].events
      lives[#lives].pace = pace.of(loop, text)
      lives[#lives].began = lives[#lives].pace:session(loop:now())
    elseif kind == "file" then
      local path, said = text:match "^([^\0]*)\0(.*)$"
      read[#read + 1] = { path = path, text = said }
    end
    kind, text = loop:find()
  end
  loop:close()
  return lives, read, before
end

local function last_event(path)
  local rows <close>, err = require("neap.event_store").events(path, { newest_first = true, limit = 1 })
  if not rows then return nil, err end
  local row = rows:next()
  return row and row.seq or 0
end

-- Each life's events go up to where the next one began.
local function set_ends(lives, last)
  for i = #lives, 1, -1 do
    lives[i].till = last
    lives[i].after = lives[i].after or last
    last = lives[i].after
  end
end

local function strategy_of(directory)
  local options = require("neap.run.place").read_config(directory)
  return options and type(options.strategy) == "string" and options.strategy or nil
end

local function last_opened_before(lives, event)
  for i = #lives, 1, -1 do
    if lives[i].began and lives[i].after < event then return i end
  end
  return #lives
end

-- Those behind the one in which a fork leaves its session begin behind other events than that one's did.
local function set_fork(lives, path, event)
  local rows <close>, err = require("neap.event_store").events(path, { type = "session_resumed", since = event + 1 })
  if not rows then return nil, err end
  for i = last_opened_before(lives, event) + 1, #lives do
    local row = lives[i].began and rows:next()
    lives[i].after = row and row.seq - 1 or nil
  end
  return true
end

-- place: of neap.replay.place → the lives, in order, each with the events `after` and up to `till`, and the files that
-- were changed; or nil and a fault; and how many inputs were removed from before them. Of a recording that is damaged
-- those before that.
return function(place)
  local lives, read, before = list_lives(place.directory)
  if not lives then return nil, read end
  local last, err = last_event(place.events)
  if last and place.stages[1] then
    local ok, wrong = set_fork(lives, place.events, place.stages[1].event)
    if not ok then return nil, wrong end
  end
  if not last then return nil, err end
  set_ends(lives, last)
  return lives, changed.list(read, strategy_of(place.directory)), before
end
