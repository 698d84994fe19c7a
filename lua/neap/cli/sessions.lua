-- SPDX-License-Identifier: MIT
-- Where sessions lie on disk, and which file of events a SESSION means.
local core = require "neap.run_c"
local files = require "neap.base.files"
local nearest = require "neap.base.nearest"
local output = require "neap.cli.output"

local lfs = files.lfs
local sessions = {}

sessions.flag = { "sessions", value = "DIR", doc = "where sessions are kept" }

local function env(name)
  local value = os.getenv(name)
  return value ~= "" and value or nil
end

-- The directories that hold sessions, the strongest first; a stronger one hides the rest.
function sessions.directories(given)
  if given then return { given } end
  if env "NEAP_HOME" then return { env "NEAP_HOME" .. "/sessions" } end
  local list = { "/var/lib/neap" }
  local state = env "XDG_STATE_HOME" or env "HOME" and env "HOME" .. "/.local/state"
  if state then table.insert(list, 1, state .. "/neap/sessions") end
  return list
end

local function is_mode(path, mode) return lfs.attributes(path, "mode") == mode end

-- The sessions below a directory, as {name, path, changed}.
local function list_directory(directory, found)
  if not is_mode(directory, "directory") then return end
  for name in lfs.dir(directory) do
    local path = ("%s/%s/events.db"):format(directory, name)
    local attributes = name:sub(1, 1) ~= "." and lfs.attributes(path)
    if attributes then
      found[#found + 1] = { name = name, directory = directory .. "/" .. name, path = path,
        changed = attributes.modification }
    end
  end
end

local function list(directories)
  local found = {}
  for _, directory in ipairs(directories) do list_directory(directory, found) end
  table.sort(found, function(a, b)
    if a.changed ~= b.changed then return a.changed > b.changed end
    return a.path < b.path
  end)
  return found
end

-- Where was looked, without the name of the person's own directory.
local function shown(directories)
  local names, own = {}, env "HOME"
  for i, directory in ipairs(directories) do
    local is_own = own and directory:sub(1, #own + 1) == own .. "/"
    names[i] = is_own and "~" .. directory:sub(#own + 1) or directory
  end
  return table.concat(names, ", ")
end

local function only_running(found)
  local running = {}
  for _, session in ipairs(found) do
    if core.is_served(session.directory) then running[#running + 1] = session end
  end
  return running
end

-- Those that run: { name =, directory =, path = } each, by name.
function sessions.running(directory)
  local running = only_running(list(sessions.directories(directory)))
  table.sort(running, function(a, b) return a.name < b.name end)
  return running
end

-- The only one that runs, else the latest.
local function latest(directories)
  local found = list(directories)
  local running = only_running(found)
  if #running == 1 then return running[1].path end
  if found[1] then return found[1].path end
  return nil, output.error("no_such_session", "no such session: there is none yet; name a directory or an events file",
    shown(directories))
end

local function by_name(name, directories)
  local names = {}
  for _, session in ipairs(list(directories)) do
    if session.name == name then return session.path end
    names[#names + 1] = session.name
  end
  return nil, output.error("no_such_session", ("no such session: %s"):format(name), shown(directories),
    nearest(name, names) or files.nearest(name))
end

local function missing_path(path)
  local what = files.is_dangling(path) and "the link leads to no file" or "no file of that name"
  return nil, output.error("no_such_session", "no such session: " .. what, path, files.nearest(path))
end

local function by_path(path)
  if not is_mode(path, "directory") then return path end
  local events = path:gsub("/+$", "") .. "/events.db"
  if lfs.attributes(events) then return events end
  return nil, output.error("no_such_session", "no such session: the directory holds no events.db", path)
end

-- The events file of SESSION (a path, a name, or nil for the only one that runs, else the latest); nil and an error
-- where there is none.
function sessions.find(session, directory)
  local directories = sessions.directories(directory)
  if session == nil then return latest(directories) end
  if lfs.attributes(session) then return by_path(session) end
  if files.is_dangling(session) then return missing_path(session) end
  if session:find "/" or session:find "%.db$" or session:find "%.pack$" then return missing_path(session) end
  return by_name(session, directories)
end

-- An error in reading a session, told; a session that is not there has an exit code of its own.
function sessions.fail(err, args)
  local absent = err.code == "no_such_session" or err.code == "no_such_store"
  return output.fail(err, args, absent and output.NO_SESSION or output.FAILED)
end

return sessions
