-- SPDX-License-Identifier: MIT
-- The layers of a configuration, put one upon the other: each says some fields, the last word on a field counts, and
-- all words are kept.
local limits = require "neap.limits"
local lists = require "neap.base.lists"
local locks = require "neap.config.locks"

local layers = {}
layers.__index = layers

-- Older names of variables beside RISK_….
local ALIASES = { SLIPPAGE_MULTIPLIERS = "slippage_multipliers", ORDER_PREVIEW_ENABLED = "enable_order_preview",
  PERPS_COLLATERAL_ASSETS = "collateral_assets", TRADING_SYMBOLS = "trading_symbols" }
layers.aliases = ALIASES

-- Variables of the risk configuration that are no field of it.
local OTHERS = { RISK_CONFIG_PATH = true }

function layers.new()
  local self = setmetatable({ limits = limits.new(), words = {}, problems = {}, by_layer = {}, locks = {} }, layers)
  for _, field in ipairs(self.limits:fields()) do
    self.words[field.name] = { { source = "default", layer = "default", value = field.value } }
  end
  return self
end

function layers:problem(where, message, layer)
  self.problems[#self.problems + 1] = where .. ": " .. message
  self.by_layer[#self.problems] = layer or "file"
end

-- The present value of a field as text.
function layers:text(name)
  for _, field in ipairs(self.limits:fields()) do
    if field.name == name then return field.value end
  end
end

local function keep(self, name, layer, source)
  table.insert(self.words[name], { source = source, layer = layer, value = self:text(name) })
end

-- One layer's word on one field, or on a variable's.
function layers:say(name, text, layer, source)
  local ok, err = self.limits:set(name, text)
  if not ok then return self:problem(source, err.message, layer) end
  keep(self, (limits.find(name)), layer, source)
end

-- A whole risk file: all of it, or none. `layer`: "risk file", or "profile's file" where the profile names it.
function layers:say_json(text, path, layer)
  local ok, err = self.limits:read_json(text, path)
  if not ok then
    for _, line in ipairs(err.problems) do
      self.problems[#self.problems + 1], self.by_layer[#self.problems + 1] = line, "file"
    end
    return
  end
  for _, key in ipairs(lists.sorted_keys(require("neap.json").decode(text))) do
    if key:sub(1, 1) ~= "_" then keep(self, key, layer, path) end
  end
end

-- The field that a variable means; nil: none of ours; false and the nearest: ours and unknown.
function layers.field_of(variable)
  if ALIASES[variable] then return ALIASES[variable] end
  if OTHERS[variable] or not variable:match "^RISK_" then return nil end
  local field, near = limits.find(variable)
  if field and field ~= variable then return field end
  return false, near
end

-- Two names of one field that say different things.
local function check_twins(self, values, source)
  for _, alias in ipairs(lists.sorted_keys(ALIASES)) do
    for _, field in ipairs(self.limits:fields()) do
      local other = field.name == ALIASES[alias] and values[field.variable]
      if other and values[alias] and other ~= values[alias] then
        self:problem(("%s %s"):format(source, alias), ("%s says something else; one is enough"):format(field.variable))
      end
    end
  end
end

function layers:say_variables(values, layer)
  check_twins(self, values, layer)
  for _, name in ipairs(lists.sorted_keys(values)) do
    local field, near = layers.field_of(name)
    if field then
      self:say(field, values[name], layer, layer .. " " .. name)
    elseif field == false then
      self:problem(layer .. " " .. name, near and ("not known; did you mean %s?"):format(near) or "not known", layer)
    end
  end
end

function layers:check_whole()
  local ok, err = self.limits:check()
  if ok then return end
  for _, line in ipairs(err.problems) do self:problem("risk limits", line, "whole") end
end

-- What the profile says of these fields holds, whoever said what behind it.
function layers:lock(names, profile, path)
  for _, name in ipairs(names) do
    if not self.words[name] then
      local _, near = limits.find(tostring(name))
      self:problem(path, ("locks: no such risk field '%s'%s"):format(tostring(name),
        near and ("; did you mean '%s'?"):format(near) or ""))
    else
      self.locks[#self.locks + 1] = { name = name, source = "lock of profile " .. profile, text = self:text(name),
        value = self.limits[name] }
    end
  end
end

-- Puts back what a stronger layer loosened.
function layers:apply_locks()
  for _, lock in ipairs(self.locks) do
    local was = self.limits[lock.name]
    if not locks.allow(lock.name, was, lock.value) then
      self.limits:set(lock.name, lock.text)
      keep(self, lock.name, "lock", lock.source)
    end
  end
end

local OF_PERSONS = { ["risk file"] = true, [".env"] = true, environment = true, ["command line"] = true,
  operator = true }

-- Words that a stronger one hides: { key, source, layer, value, by = its source, is = the value }. Those of persons;
-- with `all` also those of the file that the profile names: it may say more than its locks let through.
function layers:find_hidden(all)
  local hidden = {}
  for _, field in ipairs(self.limits:fields()) do
    local words = self.words[field.name]
    local last = words[#words]
    for i = 1, #words - 1 do
      local word = words[i]
      if OF_PERSONS[word.layer] or all and word.layer == "profile's file" then
        hidden[#hidden + 1] = { key = field.name, source = word.source, layer = word.layer, value = word.value,
          by = last.source, is = last.value }
      end
    end
  end
  return hidden
end

function layers:sources()
  local sources = {}
  for name, words in pairs(self.words) do sources[name] = words[#words].source end
  return sources
end

return layers
