-- SPDX-License-Identifier: MIT
-- Reads the configuration of a session in its layers: defaults < profile < risk file < .env < environment. Each value
-- knows its source; all problems are told at once, and then nothing starts.
local factory = require "neap.engine_factory"
local limits = require "neap.limits"
local nearest = require "neap.base.nearest"
local home = require "neap.base.home"
local slip = require "neap.base.slip"
local sorted_keys = require("neap.base.lists").sorted_keys

local config = {}

config.profiles = { "backtest", "dev", "demo", "spot", "prod" }

local profile_keys = { doc = true, risk_file = true, risk = true }
local option_keys = { profile = true, risk_path = true, env = true, dotenv = true, root = true }

local MOST = 1 << 20 -- bytes of a file

local function read_file(path)
  local text, wrong = require("neap.base.files").read(path, MOST)
  return text, wrong and ("%s: %s"):format(path, wrong)
end

-- One layer's word on one field.
local function set(self, name, text, source)
  local ok, err = self.limits:set(name, text)
  if not ok then
    self:problem(source, err.message)
    return
  end
  self.sources[(limits.find(name))] = source
end

local function problem(self, where, message)
  self.problems[#self.problems + 1] = where .. ": " .. message
end

local function as_text(value)
  if type(value) ~= "table" then return tostring(value) end
  local pairs_of = {}
  for i, product in ipairs(sorted_keys(value)) do pairs_of[i] = ("%s:%s"):format(product, tostring(value[product])) end
  return table.concat(pairs_of, ",")
end

-- The table of a profile file, or nil when it is no good. It sees no globals: a profile is data.
local function read_profile(self, directory)
  local path = ("%s/config/profiles/%s.lua"):format(directory, self.profile)
  local text = self.profile:match "^[%w_%-]+$" and read_file(path)
  if not text then
    local near = nearest(self.profile, config.profiles)
    return self:problem("profile", ("'%s' is not known; %s"):format(self.profile,
      near and ("did you mean '%s'?"):format(near) or "known: " .. table.concat(config.profiles, ", ")))
  end
  local chunk, message = load(text, "@" .. path, "t", {})
  if not chunk then return self:problem(path, message) end
  local ok, profile = pcall(chunk)
  if not ok then return self:problem(path, "a profile is data only: " .. tostring(profile)) end
  if type(profile) ~= "table" then return self:problem(path, "a profile returns a table") end
  return profile, path
end

local function apply_profile(self, directory)
  local profile, path = read_profile(self, directory)
  if not profile then return nil end
  for _, key in ipairs(sorted_keys(profile)) do
    if not profile_keys[key] then self:problem(path, ("'%s' is not known; known: doc, risk, risk_file"):format(key)) end
  end
  local risk, file = profile.risk or {}, profile.risk_file
  if type(risk) ~= "table" then return self:problem(path, "risk is a table of risk fields") end
  if file and type(file) ~= "string" then return self:problem(path, "risk_file is a path") end
  local source = "profile " .. self.profile
  for _, name in ipairs(sorted_keys(risk)) do self:set(tostring(name), as_text(risk[name]), source) end
  return file and directory .. "/" .. file
end

-- Which fields a risk file names; the file was read and found good before.
local function name_sources(self, text, path)
  for key in pairs(require("neap.json").decode(text)) do
    if key:sub(1, 1) ~= "_" then self.sources[key] = path end
  end
end

local function apply_risk_file(self, path)
  if path == "" then return self:problem("risk file", "RISK_CONFIG_PATH is empty: name a file, or unset it") end
  local text, message = read_file(path)
  if not text then return self:problem("risk file", message) end
  self.risk_file = path
  local ok, err = self.limits:read_json(text, path)
  if ok then return name_sources(self, text, path) end
  for _, line in ipairs(err.problems) do self.problems[#self.problems + 1] = line end
end

-- NAME=value lines; quotes around a value, `export` before a name, and comments after a space are taken off.
local function parse_dotenv(text)
  local values = {}
  for line in text:gmatch "[^\r\n]+" do
    local name, value = line:match "^%s*([%a_][%w_]*)%s*=%s*(.-)%s*$"
    if not name then name, value = line:match "^%s*export%s+([%a_][%w_]*)%s*=%s*(.-)%s*$" end
    if name then
      local quoted = value:match '^"(.-)"' or value:match "^'(.-)'"
      values[name] = quoted or value:gsub("%s+#.*$", "")
    end
  end
  return values
end

local function read_dotenv(path)
  local text = path and read_file(path)
  return text and parse_dotenv(text) or {}
end

-- Where a variable comes from: the environment wins over .env.
local function find_variable(variables, name)
  for i = #variables, 1, -1 do
    if variables[i].values[name] then return variables[i].values[name], variables[i].source end
  end
end

local function apply_variables(self, layer)
  for _, name in ipairs(sorted_keys(layer.values)) do
    if name:match "^RISK_" and name ~= "RISK_CONFIG_PATH" then
      local field, near = limits.find(name)
      if field and field ~= name then
        self:set(name, layer.values[name], layer.source .. " " .. name)
      else
        self:problem(layer.source .. " " .. name, near and ("not known; did you mean %s?"):format(near) or "not known")
      end
    end
  end
end

local function check_whole(self)
  local ok, err = self.limits:check()
  if ok then return end
  for _, line in ipairs(err.problems) do self:problem("risk limits", line) end
end

local function start(profile)
  local self = { profile = profile, limits = limits.new(), sources = {}, problems = {}, set = set, problem = problem }
  for _, field in ipairs(self.limits:fields()) do self.sources[field.name] = "default" end
  return self
end

local function finish(self)
  if #self.problems > 0 then
    local _, err = limits.refuse(self.problems)
    if #self.problems > 1 then err.message = #self.problems .. " problems: " .. table.concat(self.problems, "; ") end
    return nil, err
  end
  local advanced, reason = factory.should_use_advanced_engine(self.limits)
  return {
    profile = self.profile, risk_file = self.risk_file, limits = self.limits, sources = self.sources,
    engine = advanced and "advanced" or "live", engine_reason = reason,
  }
end

-- { profile = "backtest", risk_path =, env =, dotenv = ".env", root = Neap's own } → { profile, risk_file, limits,
-- sources, engine, engine_reason }, or nil, err with err.problems, the list of all of them.
-- `env`: a table of variables in the place of the process's, without .env. `risk_path` (from the command line) wins
-- over RISK_CONFIG_PATH, which wins over the profile's file.
function config.load(options)
  options = options or {}
  local wrong = slip(options, option_keys, "option")
  if wrong then error("config.load: " .. wrong, 2) end
  local self = start(options.profile or "backtest")
  local dotenv = options.dotenv or not options.env and ".env"
  local variables = {
    { source = ".env", values = read_dotenv(dotenv) },
    { source = "environment", values = options.env or limits.environment() },
  }
  local profile_file = apply_profile(self, options.root or home.root)
  local path = options.risk_path or find_variable(variables, "RISK_CONFIG_PATH") or profile_file
  if path then apply_risk_file(self, path) end
  for _, layer in ipairs(variables) do apply_variables(self, layer) end
  if #self.problems == 0 then check_whole(self) end
  return finish(self)
end

local function is_changed_by_variables(sources)
  for _, source in pairs(sources) do
    if source:match "^environment" or source:match "^%.env" then return true end
  end
  return false
end

-- What each result says, in one line, until the risk floor stands. `risk` is what config.load gave.
function config.describe_unenforced(risk)
  return ("risk limits (%s%s): read and validated, not enforced in this version"):format(
    risk.risk_file or "profile " .. risk.profile, is_changed_by_variables(risk.sources) and ", RISK_*" or "")
end

return config
