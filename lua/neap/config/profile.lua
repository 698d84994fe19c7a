-- SPDX-License-Identifier: MIT
-- Profiles: config/profiles/NAME.lua, data only. Those that came with Neap are found first: a file of the working
-- directory adds a profile, it never takes the place of one.
local files = require "neap.base.files"
local home = require "neap.base.home"
local lists = require "neap.base.lists"
local nearest = require "neap.base.nearest"

local profile = {}

profile.shipped = { "backtest", "research", "dev", "demo", "staging", "prod", "canary", "spot" }

local KEYS = { doc = "string", risk_file = "string", risk = "table", locks = "table", absent = "table",
  order_policy = "string", alerts = "table", external = "string" }
local MOST = 1 << 20 -- bytes of a file

local function path_in(directory, name) return ("%s/config/profiles/%s.lua"):format(directory, name) end

-- Names of all profiles that can be asked for: the shipped ones in their order, then the working directory's.
function profile.names(root)
  local names, own = table.move(profile.shipped, 1, #profile.shipped, 1, {}), {}
  if root or files.mode "config/profiles" ~= "directory" then return names end
  for entry in files.lfs.dir "config/profiles" do
    local name = entry:match "^([%w_-]+)%.lua$"
    if name and not lists.has(names, name) then own[#own + 1] = name end
  end
  table.sort(own)
  return table.move(own, 1, #own, #names + 1, names)
end

-- The file of a profile and the directory that its paths start from; or nil, words, and the nearest name. `root`: look
-- only there.
function profile.find(name, root)
  local is_name = type(name) == "string" and name:match "^[%w_%-]+$"
  for _, directory in ipairs(is_name and (root and { root } or { home.root, "." }) or {}) do
    local path = path_in(directory, name)
    if files.mode(path) or files.is_dangling(path) then return path, directory end
  end
  local names = profile.names(root)
  local near = nearest(tostring(name), names)
  return nil, ("unknown profile '%s'; known: %s"):format(tostring(name), table.concat(names, ", ")), near
end

local function check_keys(data, path, problem)
  for _, key in ipairs(lists.sorted_keys(data)) do
    if not KEYS[key] then
      problem(path, ("'%s' is not known; known: %s"):format(key, table.concat(lists.sorted_keys(KEYS), ", ")))
    elseif type(data[key]) ~= KEYS[key] then
      problem(path, ("%s is %s, not a %s"):format(key,
        KEYS[key] == "table" and (key == "risk" and "a table of risk fields" or "a list of words") or "text",
        type(data[key])))
      data[key] = nil
    end
  end
end

-- A chunk that loops for ever would hold up the start: a profile is short.
local function run(chunk)
  local thread = coroutine.create(chunk)
  debug.sethook(thread, function() error("it does not end", 0) end, "", 1000000)
  return coroutine.resume(thread)
end

-- The table of a profile file, or nil after problem(where, message). It sees no globals: a profile is data.
function profile.read(path, problem)
  local text, message = files.read(path, MOST)
  if not text then return problem("profile", path .. ": " .. message) end
  local chunk
  chunk, message = load(text:gsub("^\xef\xbb\xbf", ""), "@" .. path, "t", {})
  if not chunk then return problem(path, message) end
  local ok, data = run(chunk)
  if not ok then return problem(path, "a profile is data only: " .. tostring(data)) end
  if type(data) ~= "table" then return problem(path, "a profile returns a table") end
  check_keys(data, path, problem)
  return data
end

return profile
