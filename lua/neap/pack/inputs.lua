-- SPDX-License-Identifier: MIT
-- The files that a session was fed with, as they lie there when it is packed: those of its data, and everything below
-- inputs/ in its directory.
local files = require "neap.base.files"
local sources = require "neap.backtest.sources"

local inputs = {}

local MOST = 100000

-- Regular files below a directory, by name; links are not followed.
local function walk(directory, below, list)
  local names = {}
  for name in files.lfs.dir(directory) do
    if name ~= "." and name ~= ".." then names[#names + 1] = name end
  end
  table.sort(names)
  for _, name in ipairs(names) do
    local path, relative = directory .. "/" .. name, below .. "/" .. name
    local mode = files.lfs.symlinkattributes(path, "mode")
    if mode == "directory" then walk(path, relative, list) end
    if mode == "file" and #list < MOST then list[#list + 1] = { kind = "recorded", name = relative, path = path } end
  end
end

local function add_file(list, kind, product, path)
  local _, name = files.split(path)
  list[#list + 1] = { kind = kind, product = product, name = name, path = files.mode(path) == "file" and path or nil }
end

local function add_data(list, data)
  local ids, paths = sources.data(data)
  for i, id in ipairs(ids or {}) do
    if type(paths[i]) == "string" then add_file(list, "data", id, paths[i]) end
  end
end

local function add_trades(list, trades)
  for _, text in ipairs(trades) do
    local product, path = text:match "^([%w_-]+)=(.+)$"
    add_file(list, "trades", product, path or text)
  end
end

-- `directory` of the session or nil, `data` and `trades` as --data has them (or nil) → a list of { kind =, product =,
-- name =, path = }; one without a path is not there any more.
function inputs.find(directory, data, trades)
  local list = {}
  if data then add_data(list, data) end
  if trades then add_trades(list, trades) end
  local recorded = directory and directory .. "/inputs"
  if recorded and files.mode(recorded) == "directory" then walk(recorded, "inputs", list) end
  return list
end

return inputs
