-- SPDX-License-Identifier: MIT
-- A directory of its own for what is played and not kept.
local fault = require "neap.base.fault"
local files = require "neap.base.files"

local scratch = {}

-- scratch.make "a replay" → its path; or nil and a fault: there is no place for that.
function scratch.make(what)
  local ok, path = pcall(os.tmpname)
  if not ok then return nil, fault("cannot_create", ("no place for %s: /tmp takes no file"):format(what)) end
  os.remove(path)
  local message
  ok, message = files.lfs.mkdir(path)
  if ok then return path end
  return nil, fault("cannot_create", ("no place for %s: %s"):format(what, message), path)
end

-- With all that is in it.
function scratch.remove(path)
  if files.mode(path) ~= "directory" then return os.remove(path) end
  for name in files.lfs.dir(path) do
    if name ~= "." and name ~= ".." then scratch.remove(path .. "/" .. name) end
  end
  files.lfs.rmdir(path)
end

return scratch
