-- SPDX-License-Identifier: MIT
-- Sorts the files and variables of a configuration: in use, shadowed by a stronger one, orphaned (nothing reads them),
-- broken (they cannot be used).
local config = require "neap.config"
local files = require "neap.base.files"
local history = require "neap.config.history"
local home = require "neap.base.home"
local layers = require "neap.config.layers"
local limits = require "neap.limits"
local lists = require "neap.base.lists"
local order_policies = require "neap.order_policy"
local profiles = require "neap.config.profile"

local inventory = {}

inventory.kinds = { "in use", "shadowed", "orphaned", "broken" }

local DEEPEST, MOST = 4, 2000

-- Variables that other programs of this kind read and nothing here does.
local FOREIGN = { "^PERPS_", "^BOT_V2_", "^ORDER_", "^SPOT_", "^COINBASE_", "^DEFAULT_ORDER_TYPE$",
  "^DEFAULT_TIME_IN_FORCE$", "^M[AI][XN]_ORDER_SIZE_USD$", "^KILL_SWITCH_KEY$",
  "^FEE_BPS_BY_SYMBOL$", "^GPT_TRADER_", "^EVENT_STORE_ROOT$", "^SLIPPAGE_" }

local OWN = { NEAP_HOME = true, NEAP_NO_SETUP = true, NEAP_TEST_LUA = true, NEAP_BUILD = true, NEAP_MUTATE = true,
  NEAP_TEST_COUNTS = true, NEAP_TEST_PART = true, COINBASE_API_BASE = true, COINBASE_WS_URL = true,
  COINBASE_CA_FILE = true, COINBASE_KEY_FILE = true, COINBASE_PROD_CDP_API_KEY = true,
  COINBASE_PROD_CDP_PRIVATE_KEY = true, COINBASE_CDP_API_KEY = true, COINBASE_CDP_PRIVATE_KEY = true,
  COINBASE_API_KEY = true, COINBASE_API_SECRET = true, COINBASE_SANDBOX = true }

local function add(self, kind, what, name, why)
  self[#self + 1] = { kind = kind, what = what, name = name, why = why }
end

-- Files below a directory, sorted, as paths.
local function walk(directory, found, depth)
  if depth > DEEPEST or files.mode(directory) ~= "directory" then return found end
  local names = {}
  local ok = pcall(function()
    for name in files.lfs.dir(directory) do
      if name ~= "." and name ~= ".." then names[#names + 1] = name end
    end
  end)
  if not ok then return found end
  table.sort(names)
  for _, name in ipairs(names) do
    local path = directory .. "/" .. name
    if files.lfs.symlinkattributes(path, "mode") == "directory" then
      walk(path, found, depth + 1)
    elseif #found < MOST then
      found[#found + 1] = path
    end
  end
  return found
end

local function same_file(a, b)
  local x, y = files.lfs.attributes(a), files.lfs.attributes(b)
  return x ~= nil and y ~= nil and x.ino == y.ino and x.dev == y.dev
end

-- What is wrong with a profile, alone, and which risk file it names.
local function judge_profile(path, directory)
  local data = profiles.read(path, function() end)
  local ok, err = config.load { profile = path:match "([^/]+)%.lua$", root = directory, env = {} }
  return not ok and (err.problems or { err.message })[1] or nil, data and data.risk_file
end

local function judge_risk_file(path)
  local text, message = files.read(path, 1 << 20)
  if not text then return message end
  local ok, err = limits.new():read_json(text, path)
  if not ok then return err.problems and err.problems[1] or err.message end
end

-- Where the profile that is asked for, and the others of this tree, lead.
local function sort_profile(self, path, directory, shadow, named)
  local wrong, risk_file = judge_profile(path, directory)
  if risk_file then named[#named + 1] = { path = directory .. "/" .. risk_file, by = path:match "([^/]+)%.lua$" } end
  if shadow and not same_file(path, shadow) then
    return add(self, "shadowed", "profile", path, shadow .. " has the same name and is found first")
  end
  if wrong then return add(self, "broken", "profile", path, wrong) end
  add(self, "in use", "profile", path, "by its name")
end

local function sort_risk_file(self, path, use, named)
  local wrong = judge_risk_file(path)
  if wrong then return add(self, "broken", "risk file", path, wrong) end
  if use.risk_file and same_file(use.risk_file, path) then return add(self, "in use", "risk file", path, "now") end
  for _, name in ipairs(named) do
    if same_file(name.path, path) then return add(self, "in use", "risk file", path, "of profile " .. name.by) end
  end
  add(self, "orphaned", "risk file", path, "no profile and no RISK_CONFIG_PATH names it")
end

local function sort_order_policy(self, path)
  local ok, err = order_policies.load(path)
  if not ok then return add(self, "broken", "order policy", path, (err.problems or { err.message })[1]) end
  add(self, "in use", "order policy", path, "by its name")
end

local function shadow_of(path, directory)
  local own = home.root .. "/config/profiles/" .. path:match "[^/]+$"
  return directory ~= home.root and files.mode(own) and own or nil
end

-- One tree's config/. Profiles first: they say which risk files are named.
local function sort_tree(self, directory, use)
  local root, rest, named = directory .. "/config", {}, {}
  for _, path in ipairs(walk(root, {}, 1)) do
    if path:match "/config/profiles/[%w_-]+%.lua$" then
      sort_profile(self, path, directory, shadow_of(path, directory), named)
    else
      rest[#rest + 1] = path
    end
  end
  for _, path in ipairs(rest) do
    if path:match "/config/risk/[^/]+%.json$" then
      sort_risk_file(self, path, use, named)
    elseif path:match "/config/order_policy/[%w_-]+%.lua$" then
      sort_order_policy(self, path)
    elseif path == root .. "/engine_policy.lua" then
      add(self, directory == home.root and "in use" or "orphaned", "policy", path,
        directory == home.root and "chooses the engine" or "the policy of Neap's own tree is read")
    elseif not path:match "%.md$" then
      add(self, "orphaned", "file", path, "nothing reads it")
    end
  end
end

local function sort_place(self, place)
  local ok, err = require("neap.config.place").document(place)
  if not ok then
    add(self, "broken", "overrides", place.overrides, err.message)
  elseif files.mode(place.overrides) then
    add(self, "in use", "overrides", place.overrides, "of " .. place.name)
  end
  for _, path in ipairs(walk(place.history, {}, DEEPEST)) do
    local number = math.tointeger(tonumber(path:match "/(%d+)%.json$"))
    local document, wrong = nil, nil
    if number then document, wrong = history.get(place, number) end
    if not number then
      add(self, "orphaned", "file", path, "nothing reads it")
    elseif not document then
      add(self, "broken", "history", path, wrong.message)
    end
  end
  local left = place.overrides .. ".new"
  if files.mode(left) then add(self, "orphaned", "file", left, "a write that was cut off left it") end
end

local function is_foreign(name)
  if OWN[name] then return false end
  for _, pattern in ipairs(FOREIGN) do
    if name:match(pattern) then return true end
  end
  return name:match "^NEAP_" and not name:match "^NEAP_TEST"
end

-- The value alone: whether the field takes it, and whether it is the last word.
local function sort_field(self, variable, field, value, layer, said)
  local ok, err = limits.new():set(field, value)
  local label = layer .. " " .. variable
  if not ok then return add(self, "broken", "variable", label, err.message) end
  local words = said.words[field]
  local last = words[#words]
  if last.source == label then return add(self, "in use", "variable", label, field) end
  add(self, "shadowed", "variable", label, ("%s says %s"):format(last.source, last.value))
end

local function sort_path_variable(self, layer, value, said)
  local label = layer .. " RISK_CONFIG_PATH"
  local wrong = judge_risk_file(value)
  if wrong then return add(self, "broken", "variable", label, value .. ": " .. wrong) end
  local is_used = said.risk_file == nil or said.risk_file == value
  add(self, is_used and "in use" or "shadowed", "variable", label, is_used and value or "another one is stronger")
end

local function sort_variables(self, layer, values, said)
  for _, name in ipairs(lists.sorted_keys(values)) do
    local field, near = layers.field_of(name)
    if field then
      sort_field(self, name, field, values[name], layer, said)
    elseif field == false then
      add(self, "broken", "variable", layer .. " " .. name, near and ("not known; did you mean %s?"):format(near)
        or "not known")
    elseif name == "RISK_CONFIG_PATH" then
      sort_path_variable(self, layer, values[name], said)
    elseif is_foreign(name) then
      add(self, "orphaned", "variable", layer .. " " .. name, "nothing reads it")
    end
  end
end

local function sort_dotenv(self, path)
  if files.lfs.symlinkattributes(path) == nil then return {} end
  local text, message = files.read(path, 1 << 20)
  if not text then
    add(self, "broken", "file", path, message)
    return {}
  end
  local values, _, wrong = require "neap.config.dotenv"(text, function(name) return layers.field_of(name) ~= nil end)
  add(self, #wrong > 0 and "broken" or "in use", "file", path,
    #wrong > 0 and ("line %d: %s"):format(wrong[1][1], wrong[1][2]) or "fills what the environment lacks")
  return values
end

-- Of a risk file in force the words that a stronger source hides.
local function sort_hidden(self, said)
  for _, word in ipairs(said.hidden) do
    if word.layer == "risk file" or word.layer == "operator" then
      add(self, "shadowed", "value", ("%s %s"):format(word.source, word.key), ("%s says %s"):format(word.by, word.is))
    end
  end
end

-- options: those of config.load. → a list of { kind, what, name, why } in order of kinds, and the fault of the
-- configuration as a whole, if it has one.
function inventory.take(options)
  local self = {}
  local loaded, err = config.load(options)
  local said = loaded or { words = err.words, hidden = {}, risk_file = nil }
  local use = { risk_file = loaded and loaded.risk_file }
  sort_tree(self, home.root, use)
  if not same_file(home.root, ".") then sort_tree(self, ".", use) end
  for _, place in ipairs(options.places or {}) do sort_place(self, place) end
  local dotenv = options.dotenv or not options.env and ".env"
  if dotenv then sort_variables(self, ".env", sort_dotenv(self, dotenv), said) end
  sort_variables(self, "environment", options.env or limits.environment(), said)
  sort_hidden(self, said)
  local sorted = {}
  for _, kind in ipairs(inventory.kinds) do
    for _, entry in ipairs(self) do
      if entry.kind == kind then sorted[#sorted + 1] = entry end
    end
  end
  return sorted, err
end

return inventory
