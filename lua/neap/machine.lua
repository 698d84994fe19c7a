-- SPDX-License-Identifier: MIT
-- What a machine gives to a session: durable writes, room on a disk, limits of the process.
local core = require "neap.machine_c"
local files = require "neap.base.files"

local machine = {}

-- machine.sync(directory, count) → the median and the worst time of so many durable writes, ns; or nil and a fault.
machine.sync = core.sync

-- machine.free(directory) → bytes; or nil and a fault.
machine.free = core.free

-- machine.limit "files" or "core" → the soft and the hard limit; math.maxinteger: none.
machine.limit = core.limit

-- machine.cores() → what a crash of this process would leave: { dumpable =, limit = bytes, to = where the kernel puts
-- cores, in words, is_program = a program gets them, whatever the limit is }.
function machine.cores()
  local pattern = (files.read("/proc/sys/kernel/core_pattern", 4096) or ""):match "^[^\n]*"
  local is_program = pattern:sub(1, 1) == "|"
  return { dumpable = core.is_dumpable(), limit = core.limit "core", is_program = is_program,
    to = is_program and "the program " .. pattern:match "^|%s*(%S*)" or "a file " .. pattern }
end

-- The directory itself, or the nearest above it that is there: where it would be made.
function machine.nearest_directory(path)
  while files.mode(path) ~= "directory" do
    local parent = path:match "^(.+)/[^/]+/*$"
    if not parent then return path:sub(1, 1) == "/" and "/" or "." end
    path = parent
  end
  return path
end

return machine
