-- SPDX-License-Identifier: MIT
-- What a recording has: the lives of its session, which events each wrote, the scripts' files that they read.
local core = require "neap.run_c"
local files = require "neap.base.files"
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

-- The line in which two texts part.
local function parting_line(a, b)
  local line, at = 1, 1
  while at <= #a and a:byte(at) == b:byte(at) do
    if a:byte(at) == 10 then line = line + 1 end
    at = at + 1
  end
  return line
end

-- Files that say something else by now than when they were recorded: { path =, line = }; without a line: it is not
-- there.
local function list_changed(read)
  local list, known = {}, {}
  for i = #read, 1, -1 do
    local path = read[i].path
    local text = not known[path] and files.read(path, 1 << 20)
    if not known[path] and text ~= read[i].text then
      table.insert(list, 1, { path = path, line = text and parting_line(read[i].text, text) or nil })
    end
    known[path] = true
  end
  return list
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

-- → the lives, in order, each with the events `after` and up to `till`, and the files that were changed; or nil and a
-- fault; and how many inputs were removed from before them. Of a recording that is damaged those before that.
return function(directory, events)
  local lives, read, before = list_lives(directory)
  if not lives then return nil, read end
  local last, err = last_event(events)
  if not last then return nil, err end
  set_ends(lives, last)
  return lives, list_changed(read), before
end
