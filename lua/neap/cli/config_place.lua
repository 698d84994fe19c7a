-- SPDX-License-Identifier: MIT
-- Which configuration a command means: that of a profile, or of a session that lies in a directory.
local output = require "neap.cli.output"
local sessions = require "neap.cli.sessions"

local config_place = {}

local function usage(message, near) return nil, output.error("usage", message, nil, near) end

-- What `run` was told of the configuration, which it keeps beside the events: a profile, and --set of limits.
local function read_kept(directory)
  local text = require("neap.base.files").read(directory .. "/config.json", 1 << 20)
  local kept = text and require("neap.json").decode(text)
  kept = type(kept) == "table" and type(kept.options) == "table" and kept.options or {}
  local settings = {}
  for _, line in ipairs(type(kept.set) == "table" and kept.set or {}) do
    local name = tostring(line):match "^([^=]+)="
    if name and require("neap.limits").find(name) then settings[#settings + 1] = line end
  end
  return kept.profile, settings, kept.engine
end

-- The directory of a session, the profile that it was started under, its --set and its --engine.
local function find_session(given)
  local path, err = sessions.find(given.session, given.sessions)
  if not path then return nil, err end
  local directory = path:match "^(.*)/events%.db$"
  if not directory then
    return nil, output.error("no_place", "this session is a bare file: only a directory holds a configuration", path)
  end
  local rows = require("neap.event_store").events(path, { type = "session_started", limit = 1 })
  local row = rows and rows:next()
  if rows then rows:close() end
  local profile, settings, engine = read_kept(directory)
  return directory, profile or row and type(row.body) == "table" and row.body.profile, settings, engine
end

local function read_settings(list)
  local values = {}
  for _, text in ipairs(list or {}) do
    local name, value = text:match "^([^=]+)=(.*)$"
    if not name then return usage(("--set: '%s' is not KEY=VALUE"):format(text)) end
    values[name] = value
  end
  return values
end

-- A session goes by the environment and the risk file that it was started with, whatever the shell of this moment has.
local function take_environment(options, place)
  local history = require "neap.config.history"
  local numbers = history.numbers(place)
  if #numbers == 0 then return true end
  local last, err = history.get(place, numbers[#numbers])
  if not last then return nil, err end
  options.env, options.risk_path = last.variables or {}, last.risk_path
  return true
end

-- Of { session =, sessions =, profile =, set = } where the words act: { place, profile, options = those of
-- neap.config.load, session = its directory or nil, engine = that it was started with by
-- name, or nil }.
function config_place.find(given)
  local places = require "neap.config.place"
  local directory, profile, kept, engine
  if given.session then
    directory, profile, kept, engine = find_session(given)
    if not directory then return nil, profile end
  end
  local settings, err = read_settings(given.set or kept)
  if not settings then return nil, err end
  profile = given.profile or profile or "backtest"
  local path, message, near = require("neap.config.profile").find(profile)
  if not path then return nil, output.error("usage", message, nil, near) end
  local all = places.all(profile, directory)
  local place = all[#all]
  if not place then
    return nil, output.error("no_place", "there is no configuration home: set NEAP_HOME, XDG_CONFIG_HOME or HOME")
  end
  local options = { profile = profile, set = settings, places = all }
  if directory and not given.profile then
    local ok
    ok, err = take_environment(options, place)
    if not ok then return nil, err end
  end
  return { place = place, session = directory, profile = profile, options = options, engine = engine }
end

return config_place
