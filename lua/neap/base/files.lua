-- SPDX-License-Identifier: MIT
-- Files that a person names: looked at before they are opened, so that no pipe or device is waited for.
local nearest = require "neap.base.nearest"

-- LuaFileSystem leaves itself in a global, which is taken back.
local before = rawget(_G, "lfs")
local lfs = require "lfs"
rawset(_G, "lfs", before)

local files = { lfs = lfs }

function files.mode(path) return lfs.attributes(path, "mode") end

-- What a path names though it leads to no file: a link, which lfs.attributes cannot follow.
function files.is_dangling(path)
  return lfs.attributes(path) == nil and lfs.symlinkattributes(path, "mode") == "link"
end

-- The directory of a path, and its last name.
function files.split(path)
  local directory, name = path:match "^(.*/)([^/]*)$"
  return directory or ".", name or path
end

-- The entry of the same directory that was probably meant, as a path; nil: none.
function files.nearest(path)
  local directory, name = files.split(path)
  if files.mode(directory) ~= "directory" then return nil end
  local names = {}
  pcall(function()
    for entry in lfs.dir(directory) do
      if entry:sub(1, 1) ~= "." and entry ~= name then names[#names + 1] = entry end
    end
  end)
  table.sort(names)
  local near = nearest(name, names)
  return near and (directory == "." and near or directory .. near)
end

local function what_is_wrong(path, most)
  local mode = files.mode(path)
  if files.is_dangling(path) then return "the link leads to no file" end
  if mode == "directory" then return "is a directory" end
  if mode and mode ~= "file" then return ("is a %s, not a file"):format(mode) end
  if mode and lfs.attributes(path, "size") > most then return ("is over %d MiB"):format(most >> 20) end
end

-- The whole text of a file of at most `most` bytes; or nil and words that follow the path.
function files.read(path, most)
  local wrong = what_is_wrong(path, most)
  if wrong then return nil, wrong end
  local file, message = io.open(path, "rb")
  if not file then return nil, (message:gsub("^.*: ", "")) end
  local text
  text, message = file:read "a"
  file:close()
  return text, message
end

return files
