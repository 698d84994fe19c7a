-- SPDX-License-Identifier: MIT
-- Writes a report: whole or not at all, and over nothing but a report.
local fault = require "neap.base.fault"
local files = require "neap.base.files"

local file = {}

file.MARK = "<!DOCTYPE html>\n<!-- a report of neap -->\n"

local function refuse(path, why) return nil, fault("cannot_write", "cannot write the report: " .. why, path) end

local function words(message) return (tostring(message):gsub("^.*: ", "")) end

local function is_report(path)
  local stream = io.open(path, "rb")
  if not stream then return false end
  local head = stream:read(#file.MARK)
  stream:close()
  return head == file.MARK
end

-- Whether a report may be written there; asked before a long run.
function file.check(path)
  local mode = files.mode(path)
  if path == "" then return nil, fault("usage", "a report needs a name: an empty word was given") end
  if files.is_dangling(path) then return refuse(path, "the link leads to no file") end
  if mode == "directory" then return refuse(path, "is a directory") end
  if mode and mode ~= "file" then return refuse(path, ("is a %s, not a file"):format(mode)) end
  if mode and files.lfs.attributes(path, "size") > 0 and not is_report(path) then
    return nil, fault("file_exists", "a file that is no report lies there: name another, or remove it", path)
  end
  local directory = files.split(path):gsub("(.)/+$", "%1")
  if files.mode(directory) ~= "directory" then
    return nil, fault("cannot_write", "cannot write the report: there is no directory " .. directory, path,
      files.nearest(directory))
  end
  return true
end

local function write_all(path, text)
  local stream, message = io.open(path, "wb")
  if not stream then return nil, message end
  local ok
  ok, message = stream:write(text)
  local closed, late = stream:close()
  if ok and closed then return true end
  return nil, message or late
end

-- Beside its place, then renamed onto it.
function file.write(path, text)
  local ok, err = file.check(path)
  if not ok then return nil, err end
  local beside = path .. ".new"
  local message
  ok, message = write_all(beside, text)
  if ok then ok, message = os.rename(beside, path) end
  if ok then return true end
  os.remove(beside)
  return refuse(path, words(message))
end

return file
