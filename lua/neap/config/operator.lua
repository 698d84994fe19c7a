-- SPDX-License-Identifier: MIT
-- What an operator does to a configuration: set, unset, roll back, reload. Each is one step under the place's lock:
-- tried first, then written, then stored under a number.
local config = require "neap.config"
local fault = require "neap.base.fault"
local history = require "neap.config.history"
local limits = require "neap.limits"
local lists = require "neap.base.lists"
local place_of = require "neap.config.place"
local watch = require "neap.config.watch"

local operator = {}

-- The options of config.load with these overrides in the place of the file's.
local function with_candidate(at, values)
  local options = {}
  for key, value in pairs(at.options) do options[key] = value end
  options.places = {}
  for i, place in ipairs(at.options.places) do
    options.places[i] = place
    if place.overrides == at.place.overrides then
      options.places[i] = setmetatable({ values = values }, { __index = place })
    end
  end
  return options
end

local function texts(values)
  local list = {}
  for key, entry in pairs(values) do list[key] = entry.value end
  return list
end

-- What a lock or a stronger place makes of these fields: the hidden words of this place.
local function find_held(loaded, at, names)
  local held = {}
  for _, word in ipairs(loaded.hidden) do
    local is_ours = word.source == "operator (" .. at.place.name .. ")"
    if is_ours and lists.has(names, word.key) then held[#held + 1] = word end
  end
  return held
end

local function refuse_locked(held)
  for _, word in ipairs(held) do
    if word.by:match "^lock" then
      return fault("locked", ("%s = %s is looser than the %s, which is %s"):format(word.key, word.value, word.by,
        word.is), word.key, word.is)
    end
  end
end

local function report(what, number, before, loaded, hidden)
  local changes = {}
  if before then changes = history.differences(before, history.describe(loaded)) end
  return { what = what, number = number, changes = changes, hidden = hidden, configuration = loaded,
    engine_before = before and before.engine or loaded.engine, engine_after = loaded.engine,
    engine_reason = loaded.engine_reason }
end

-- Files that were changed since are an accepted configuration of their own, so that there is a way back to them.
local function note_present(at, before, time)
  if not before then return true end
  return history.add(at.place, before, { who = "files", time = time })
end

-- edit(values) → names that it changed, or nil and a fault.
local function change(at, what, note, edit)
  local loaded, held, present
  local function try(document)
    present = config.load(at.options)
    local names, err = edit(document.values, present)
    if not names then return nil, err end
    loaded, err = config.load(with_candidate(at, texts(document.values)))
    if not loaded then return nil, err end
    held = find_held(loaded, at, names)
    local locked = refuse_locked(held)
    if locked then return nil, locked end
    return note_present(at, present, note.time)
  end
  local function keep()
    local number, err = history.add(at.place, loaded, note)
    if not number then return nil, err end
    return report(what, number, present and history.describe(present), loaded, held)
  end
  return place_of.change(at.place, try, keep)
end

-- at = { place =, options = those of config.load, with places }; note = { who =, why =, time = }. → { number, changes,
-- hidden, configuration, engine_before, engine_after }, or nil and a fault: "locked", those of config.load.
function operator.set(at, pairs_of, note)
  return change(at, "set", note, function(values)
    local names = {}
    for _, key in ipairs(lists.sorted_keys(pairs_of)) do
      local name, near = limits.find(key)
      if not name then
        return nil, fault("unknown_field", ("no such risk field: %s"):format(key), nil, near)
      end
      local ok, err = limits.new():set(name, pairs_of[key])
      if not ok then return nil, fault("bad_setting", err.message, nil, err.nearest) end
      values[name] = { value = pairs_of[key], who = note.who, why = note.why, time = note.time }
      names[#names + 1] = name
    end
    return names
  end)
end

function operator.unset(at, key, note)
  return change(at, "unset", note, function(values)
    local name, near = limits.find(key)
    if not name then return nil, fault("unknown_field", ("no such risk field: %s"):format(key), nil, near) end
    if not values[name] then
      return nil, fault("not_set", ("no operator has set %s for %s"):format(name, at.place.name), at.place.overrides)
    end
    values[name] = nil
    return {}
  end)
end

-- The stored configuration that a rollback without a number means: the latest, unless that is what is in force.
local function find_target(at, present, to)
  if to then return history.get(at.place, to) end
  local numbers = history.numbers(at.place)
  for i = #numbers, 1, -1 do
    local document, err = history.get(at.place, numbers[i])
    if not document then return nil, err end
    if not present or #history.differences(history.describe(present), document) > 0 then return document end
  end
  return nil, fault("no_such_configuration", "there is no other accepted configuration to go back to",
    at.place.history)
end

function operator.rollback(at, to, note)
  return change(at, "rollback", note, function(values, present)
    local target, err = find_target(at, present, to)
    if not target then return nil, err end
    if not present then return nil, select(2, config.load(at.options)) end
    local names = {}
    for _, difference in ipairs(history.differences(history.describe(present), target)) do
      if limits.find(difference.name) then -- a field of another version is none of ours
        values[difference.name] = { value = difference.new, who = note.who, why = note.why, time = note.time,
          from = target.number }
        names[#names + 1] = difference.name
      end
    end
    return names
  end)
end

-- Reads all sources again; what is good is accepted. `hidden`: words that came since and have no effect.
function operator.reload(at, note)
  return place_of.change(at.place, function()
    local loaded, err = config.load(at.options)
    if not loaded then return nil, err end
    local number, before = history.add(at.place, loaded, note)
    if not number then return nil, before end
    local hidden = before and watch.new_hidden({ hidden_in_all = before.hidden }, loaded) or {}
    return "as it was", report("reload", number, before, loaded, hidden)
  end, function(_, done) return done end)
end

return operator
