-- SPDX-License-Identifier: MIT
-- The files of a tree, for the checks of the house: each takes a root and returns a list of problems, in file order.
local lfs = require "lfs"

local tree = {}

local SKIPPED = { ["."] = true, [".."] = true, [".git"] = true, build = true, [".venv"] = true, node_modules = true }

local function walk(root, folder, found)
  local names = {}
  for name in lfs.dir(root .. "/" .. folder) do
    if not SKIPPED[name] then names[#names + 1] = name end
  end
  table.sort(names)
  for _, name in ipairs(names) do
    local path = folder == "" and name or folder .. "/" .. name
    if lfs.attributes(root .. "/" .. path, "mode") == "directory" then
      walk(root, path, found)
    else
      found[#found + 1] = path
    end
  end
  return found
end

-- Paths below the root, sorted, of which one of the patterns holds; all of them without a pattern.
function tree.files(root, ...)
  local patterns, found = { ... }, {}
  for _, path in ipairs(walk(root, "", {})) do
    for i = 1, math.max(1, #patterns) do
      if path:match(patterns[i] or "") then
        found[#found + 1] = path
        break
      end
    end
  end
  return found
end

function tree.exists(root, path) return lfs.attributes(root .. "/" .. path, "mode") ~= nil end

function tree.read(root, path)
  local file <close> = assert(io.open(root .. "/" .. path, "rb"))
  return file:read "a"
end

-- Lines with their numbers; a last line without an end counts.
function tree.lines(root, path)
  local number, text = 0, tree.read(root, path)
  if text ~= "" and text:sub(-1) ~= "\n" then text = text .. "\n" end
  local next_line = text:gmatch "([^\n]*)\n"
  return function()
    local line = next_line()
    number = number + 1
    return line and number, line
  end
end

-- A temporary tree of {path = text}; the caller removes it.
function tree.plant(files)
  local root = os.tmpname()
  os.remove(root)
  for path, text in pairs(files) do
    local folder = (root .. "/" .. path):match "^(.*)/"
    assert(os.execute(("mkdir -p '%s'"):format(folder)))
    local file <close> = assert(io.open(root .. "/" .. path, "wb"))
    file:write(text)
  end
  return root
end

return tree
