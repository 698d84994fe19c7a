-- SPDX-License-Identifier: MIT
-- Files of a session that say something else by now than when they were recorded, and what.
local files = require "neap.base.files"

local changed = {}

local MOST = 160 -- bytes of a line that are shown

-- The line in which two texts part, and where in them it begins.
local function parting(a, b)
  local line, begin, at = 1, 1, 1
  while at <= #a and a:byte(at) == b:byte(at) do
    if a:byte(at) == 10 then line, begin = line + 1, at + 1 end
    at = at + 1
  end
  return line, begin
end

-- Cut at a whole letter; nil: the text ends before it.
local function line_at(text, begin)
  if begin > #text then return nil end
  local line = text:match("[^\n]*", begin)
  if #line <= MOST then return line end
  local last = utf8.len(line) and utf8.offset(line, 0, MOST) - 1 or MOST
  return line:sub(1, last) .. "…"
end

local function compare(path, recorded, now)
  if not now then return { path = path } end
  local line, begin = parting(recorded, now)
  return { path = path, line = line, recorded = line_at(recorded, begin), now = line_at(now, begin) }
end

-- Where a path that was given from some directory leads from there: its session was started with that strategy, whose
-- whole path it has kept.
local function base_of(read, strategy)
  for _, file in ipairs(strategy and read or {}) do
    local before = strategy:sub(1, -#file.path - 1)
    if file.path:byte() ~= 47 and before:byte(-1) == 47 and strategy == before .. file.path then return before end
  end
  return ""
end

-- read: { { path =, text = as it was recorded }, … }, the newest last → { { path =, line =, recorded =, now = that line
-- then and now; absent: the text ended before it }, … }; without a line: the file is not there. strategy: the path of
-- the session's, from the root on, or nil.
function changed.list(read, strategy)
  local list, known, base = {}, {}, base_of(read, strategy)
  for i = #read, 1, -1 do
    local path = read[i].path
    local text = not known[path] and files.read(path:byte() == 47 and path or base .. path, 1 << 20)
    if not known[path] and text ~= read[i].text then table.insert(list, 1, compare(path, read[i].text, text)) end
    known[path] = true
  end
  return list
end

-- One of them, for a person.
function changed.lines(file)
  if not file.line then return { file.path .. " was changed since: it is not there; what was recorded is played" } end
  return { ("%s was changed since, from line %d on; what was recorded is played"):format(file.path, file.line),
    "  recorded  " .. (file.recorded or "(it ended before)"), "  now       " .. (file.now or "(it ends before)") }
end

return changed
