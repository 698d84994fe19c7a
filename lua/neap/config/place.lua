-- SPDX-License-Identifier: MIT
-- Where operators' overrides and accepted configurations lie: the configuration home, one directory for each profile,
-- and a session's own directory. A place is { name =, directory =, overrides = FILE, history = DIR, lock = FILE }.
local files = require "neap.base.files"
local json = require "neap.json"
local fault = require "neap.base.fault"

local place = {}

local SCHEMA = "neap.config_overrides/1"
local MOST = 1 << 20

local function env(name)
  local value = os.getenv(name)
  return value ~= "" and value or nil
end

local function make(name, directory)
  return {
    name = name, directory = directory, overrides = directory .. "/operator.json", history = directory .. "/config",
    lock = directory .. "/config.lock",
  }
end

-- $NEAP_HOME/config, $XDG_CONFIG_HOME/neap, ~/.config/neap; nil: there is none.
function place.home()
  if env "NEAP_HOME" then return env "NEAP_HOME" .. "/config" end
  local base = env "XDG_CONFIG_HOME" or env "HOME" and env "HOME" .. "/.config"
  return base and base .. "/neap"
end

-- The place of a profile in the configuration home; nil without a home.
function place.of_profile(profile)
  local home = place.home()
  return home and make("profile " .. profile, home .. "/" .. profile)
end

-- The place of a session that lies in a directory.
function place.of_session(directory)
  directory = directory:gsub("(.)/+$", "%1")
  return make("session " .. (directory:match "([^/]+)$" or directory), directory)
end

-- Those of them that are there: overrides that the weaker place has come first.
function place.all(profile, directory)
  local list = {}
  list[1] = place.of_profile(profile)
  if directory then list[#list + 1] = place.of_session(directory) end
  return list
end

local function broken(where, message) return nil, fault("bad_overrides", message, where) end

-- The document of overrides: { values = { field = { value =, who =, why =, time = } } }; without a file an empty one.
function place.document(at)
  if files.lfs.symlinkattributes(at.overrides) == nil then return { schema = SCHEMA, values = {} } end
  local text, message = files.read(at.overrides, MOST)
  if not text then return broken(at.overrides, message) end
  local document, err = json.decode(text)
  if not document then return broken(at.overrides, err.message) end
  if type(document) ~= "table" or document.schema ~= SCHEMA or type(document.values) ~= "table" then
    return broken(at.overrides, "this is no file of overrides (" .. SCHEMA .. ")")
  end
  for _, key in ipairs(require("neap.base.lists").sorted_keys(document.values)) do
    local entry = document.values[key]
    if type(key) ~= "string" or type(entry) ~= "table" or type(entry.value) ~= "string" then
      return broken(at.overrides, ("values.%s is no { value = text }"):format(tostring(key)))
    end
  end
  return document
end

-- { field = text }, or nil and the fault.
function place.read(at)
  if at.values then return at.values end -- that are only tried
  local document, err = place.document(at)
  if not document then return nil, err end
  local values = {}
  for key, entry in pairs(document.values) do values[key] = entry.value end
  return values
end

-- Makes a directory and those above it; true, or nil and words.
function place.make_directory(path)
  if files.mode(path) == "directory" then return true end
  local above = path:match "^(.+)/[^/]+$"
  if above and files.mode(above) ~= "directory" then
    local ok, message = place.make_directory(above)
    if not ok then return nil, message end
  end
  local ok, message = files.lfs.mkdir(path)
  return ok or files.mode(path) == "directory", message
end

-- Runs `work` while no other process changes what lies there. → what it gave; or nil and the fault. `no_wait`: "locked"
-- when one does; a session does not wait, whoever holds the lock may be suspended.
function place.locked(at, work, no_wait)
  local ok, message = place.make_directory(at.directory)
  if not ok then return nil, fault("cannot_write", "cannot make the directory: " .. message, at.directory) end
  local lock <close>, err = require("neap.config_c").lock(at.lock, no_wait)
  if not lock then return nil, err end
  return work()
end

-- Runs try(document) under the place's lock, writes the document unless try gives "as it was", and then keep(…) with
-- what try gave: nobody's change is lost. → what keep gave; or nil and the fault.
function place.change(at, try, keep)
  return place.locked(at, function()
    local document, err = place.document(at)
    if not document then return nil, err end
    local done, more = try(document)
    if not done then return nil, more end
    if done ~= "as it was" then
      local ok
      ok, err = require("neap.config_c").replace(at.overrides, json.encode(document, { indent = 2 }) .. "\n")
      if not ok then return nil, err end
    end
    return keep(done, more)
  end)
end

return place
