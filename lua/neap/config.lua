-- SPDX-License-Identifier: MIT
-- Reads the configuration of a session in its layers: defaults < profile < risk file < .env < environment < command
-- line < operator, and over all of them the locks of the profile. Each value knows its source; all problems are told at
-- once, and then nothing starts.
local factory = require "neap.engine_factory"
local files = require "neap.base.files"
local home = require "neap.base.home"
local layers = require "neap.config.layers"
local limits = require "neap.limits"
local lists = require "neap.base.lists"
local order_policies = require "neap.order_policy"
local profiles = require "neap.config.profile"
local slip = require "neap.base.slip"
local watch = require "neap.config.watch"

local config = {}

config.profiles = profiles.shipped

local option_keys = { profile = true, risk_path = true, env = true, dotenv = true, root = true, set = true,
  operator = true, places = true }

local MOST = 1 << 20 -- bytes of a file
local EXTERNAL = { "ignore", "adopt", "halt" }

-- Every file that was asked for is remembered by its content, also one that is not there: neap.config.watch compares.
local function read_file(self, path)
  local text, wrong = files.read(path, MOST)
  self.files[#self.files + 1], self.prints[path] = path, watch.fingerprint(text, wrong)
  return text and (text:gsub("^\xef\xbb\xbf", "")), wrong and ("%s: %s"):format(path, wrong)
end

-- A value of a profile as text; nil: nothing that a field could be.
local function as_text(value)
  local kind = type(value)
  if kind == "string" or kind == "boolean" or math.type(value) == "integer" then return tostring(value) end
  if kind == "number" then return value - value == 0 and require("neap.json").encode(value) or tostring(value) end
  if kind ~= "table" then return nil end
  local items = {}
  for i, key in ipairs(lists.sorted_keys(value)) do
    local item = as_text(value[key])
    if not item or type(value[key]) == "table" then return nil end
    items[i] = type(key) == "string" and ("%s:%s"):format(key, item) or item
  end
  return table.concat(items, ",")
end

-- Of a profile of the working directory: beside it, else one that came with Neap.
local function find_own_file(directory, path)
  if directory ~= "." then return directory .. "/" .. path end
  local shipped = home.root .. "/" .. path
  return not files.mode(path) and files.mode(shipped) and shipped or path
end

-- The policy is read once: a session keeps the one that it began with.
local function read_order_policy(self, path)
  local found, err = order_policies.load(path)
  for _, problem in ipairs(err and (err.problems or { err.message }) or {}) do self.parts:problem(path, problem) end
  return found
end

local function apply_profile(self, root)
  local path, directory, near = profiles.find(self.profile, root)
  if not path then
    return self.parts:problem("profile", directory .. (near and ("; did you mean '%s'?"):format(near) or ""))
  end
  read_file(self, path)
  local data = profiles.read(path, function(where, message) self.parts:problem(where, message) end)
  if not data then return nil end
  self.profile_path, self.doc, self.absent = path, data.doc, data.absent
  local source = "profile " .. self.profile
  for _, name in ipairs(lists.sorted_keys(data.risk or {})) do
    local text = as_text(data.risk[name])
    if text then
      self.parts:say(tostring(name), text, "profile", source)
    else
      self.parts:problem(path, ("risk.%s is a %s"):format(tostring(name), type(data.risk[name])))
    end
  end
  self.parts:lock(data.locks or {}, self.profile, path)
  self.external = data.external
  if data.external and not lists.has(EXTERNAL, data.external) then
    self.parts:problem(path, ("external: '%s' is not one of %s"):format(data.external, table.concat(EXTERNAL, ", ")))
  end
  if data.order_policy then self.order_policy = read_order_policy(self, find_own_file(directory, data.order_policy)) end
  return data.risk_file and find_own_file(directory, data.risk_file)
end

local function apply_risk_file(self, path, layer)
  local parts = self.parts
  if path == "" then return parts:problem("risk file", "RISK_CONFIG_PATH is empty: name a file, or unset it") end
  local text, message = read_file(self, path)
  if not text then return parts:problem("risk file", message) end
  self.risk_file = path
  parts:say_json(text, path, layer)
end

-- A file that is not there says nothing; one that cannot be read is not taken for that.
local function read_dotenv(self, path)
  if not path then return {} end
  local is_there = files.lfs.symlinkattributes(path) ~= nil
  local text, message = read_file(self, path)
  if not text then
    if is_there then self.parts:problem(".env", message) end
    return {}
  end
  local values, _, wrong = require("neap.config.dotenv")(text, function(name)
    return layers.field_of(name) ~= nil or name == "RISK_CONFIG_PATH"
  end)
  for _, problem in ipairs(wrong) do self.parts:problem(("%s:%d"):format(path, problem[1]), problem[2]) end
  return values
end

-- Where a variable comes from: the environment wins over .env.
local function find_variable(variables, name)
  for i = #variables, 1, -1 do
    if variables[i].values[name] then return variables[i].values[name], variables[i].source end
  end
end

local function apply_settings(self, values, layer, source)
  for _, name in ipairs(lists.sorted_keys(values)) do
    local value = values[name]
    self.parts:say(tostring(name), as_text(value) or ("a " .. type(value)), layer, source)
  end
end

-- What operators set: in the configuration home for the profile, then in the session's directory.
local function apply_operator(self, options)
  for _, place in ipairs(options.places or {}) do
    if not place.values then read_file(self, place.overrides) end
    local values, err = require("neap.config.place").read(place)
    if not values then
      self.parts:problem("operator", tostring(err))
    else
      apply_settings(self, values, "operator", "operator (" .. place.name .. ")")
    end
  end
  apply_settings(self, options.operator or {}, "operator", "operator")
end

-- The code tells whose the problems are: of the command line alone they are a matter of usage.
local function refuse(parts)
  local is_usage = true
  for i = 1, #parts.problems do is_usage = is_usage and parts.by_layer[i] == "command line" end
  local _, err = limits.refuse(parts.problems)
  if #parts.problems > 1 then
    err.message = #parts.problems .. " problems: " .. table.concat(parts.problems, "; ")
  end
  if is_usage then err.code = "bad_setting" end
  return nil, err
end

local function finish(self)
  local parts = self.parts
  if #parts.problems > 0 then
    local _, err = refuse(parts)
    err.files, err.prints, err.words = self.files, self.prints, parts.words
    return nil, err
  end
  local advanced, reason = factory.should_use_advanced_engine(parts.limits)
  return {
    profile = self.profile, profile_path = self.profile_path, doc = self.doc, absent = self.absent or {},
    risk_file = self.risk_file, limits = parts.limits, sources = parts:sources(), words = parts.words,
    hidden = parts:find_hidden(), hidden_in_all = parts:find_hidden(true), locks = parts.locks, files = self.files,
    prints = self.prints, order_policy = self.order_policy, external = self.external,
    engine = advanced and "advanced" or "live", engine_reason = reason,
  }
end

-- { profile = "backtest", risk_path =, env =, dotenv = ".env", root = Neap's own, set = { field = text }, operator =
-- { field = text }, places = those of neap.config.place } → { profile, risk_file, limits, sources, words, hidden,
-- locks, files, engine, engine_reason }, or nil, err with err.problems, the list of all of them.
-- `env`: a table of variables in the place of the process's, without .env. `risk_path` (from the command line) wins
-- over RISK_CONFIG_PATH, which wins over the profile's file.
function config.load(options)
  options = options or {}
  local wrong = slip(options, option_keys, "option")
  if wrong then error("config.load: " .. wrong, 2) end
  local self = { profile = options.profile or "backtest", parts = layers.new(), files = {}, prints = {} }
  local parts = self.parts
  local variables = {
    { source = ".env", values = read_dotenv(self, options.dotenv or not options.env and ".env") },
    { source = "environment", values = options.env or limits.environment() },
  }
  local profile_file = apply_profile(self, options.root)
  local path = options.risk_path or find_variable(variables, "RISK_CONFIG_PATH") or profile_file
  if path then apply_risk_file(self, path, path == profile_file and "profile's file" or "risk file") end
  for _, layer in ipairs(variables) do parts:say_variables(layer.values, layer.source) end
  apply_settings(self, options.set or {}, "command line", "command line")
  apply_operator(self, options)
  if #parts.problems == 0 then parts:apply_locks() end
  if #parts.problems == 0 then parts:check_whole() end
  return finish(self)
end

-- Values that are not the default, in the order of the fields: { name, value, source }.
function config.changed(loaded)
  local list, standard = {}, limits.new():fields()
  for i, field in ipairs(loaded.limits:fields()) do
    if field.value ~= standard[i].value then
      list[#list + 1] = { name = field.name, value = field.value, source = loaded.sources[field.name] }
    end
  end
  return list
end

-- What two configurations differ in: { name, old, new, source = of the new one }.
function config.compare(old, new)
  local list, before = {}, old.limits:fields()
  for i, field in ipairs(new.limits:fields()) do
    if field.value ~= before[i].value then
      list[#list + 1] = { name = field.name, old = before[i].value, new = field.value,
        source = new.sources[field.name] }
    end
  end
  return list
end

-- A word that has no effect, in words: an entry of `hidden`.
function config.describe_hidden(word)
  return ("%s = %s (%s) has no effect: %s says %s"):format(word.key, word.value, word.source, word.by, word.is)
end

local SAID = { [".env"] = true, environment = true, ["command line"] = true, operator = true }

-- What a result says of its limits, in one line: where they come from, and what was said besides the files.
function config.describe(loaded)
  local said = {}
  for _, field in ipairs(loaded.limits:fields()) do
    local words = loaded.words[field.name]
    local last = words[#words]
    if SAID[last.layer] then said[#said + 1] = ("%s %s (%s)"):format(field.name, last.value, last.source) end
  end
  return ("risk limits: profile %s%s%s"):format(loaded.profile, loaded.risk_file and ", " .. loaded.risk_file or "",
    #said > 0 and "; " .. table.concat(said, ", ") or "")
end

return config
