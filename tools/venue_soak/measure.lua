-- SPDX-License-Identifier: MIT
-- What a running program takes, by the kernel's word; and how what it took earlier compares with what it takes later.
local lfs = require "lfs"

local measure = {}

local function read(path)
  local file <close> = io.open(path)
  return file and file:read "a" or ""
end

local function count(directory)
  local sum = 0
  if lfs.attributes(directory) then
    for name in lfs.dir(directory) do
      if name:find "^%d" then sum = sum + 1 end
    end
  end
  return sum
end

-- kb: resident; own_kb: of it what no file is behind.
function measure.program(pid)
  local text = read(("/proc/%s/smaps_rollup"):format(pid))
  return { kb = tonumber(text:match "Rss:%s*(%d+) kB") or 0, own_kb = tonumber(text:match "Anonymous:%s*(%d+) kB") or 0,
    files = count(("/proc/%s/fd"):format(pid)), threads = count(("/proc/%s/task"):format(pid)) }
end

-- Bytes of the files in a directory, and below it.
function measure.size(directory)
  local sum = 0
  for name in lfs.dir(directory) do
    local path = directory .. "/" .. name
    local kind, size = lfs.attributes(path, "mode"), lfs.attributes(path, "size")
    if kind == "directory" and name ~= "." and name ~= ".." then sum = sum + measure.size(path) end
    if kind == "file" then sum = sum + size end
  end
  return sum
end

-- ---- earlier and later: of the numbers in a list, the halves -------------------------------------------------------

local function half(list, from, to) return table.move(list, from, to, 1, {}) end

function measure.halves(list)
  local middle = #list // 2
  return half(list, 1, middle), half(list, middle + 1, #list)
end

function measure.median(list)
  local sorted = half(list, 1, #list)
  table.sort(sorted)
  return sorted[(#sorted + 1) // 2]
end

return measure
