-- SPDX-License-Identifier: MIT
-- Accepted configurations of a place, each stored under a number: PLACE/config/N.json.
local fault = require "neap.base.fault"
local files = require "neap.base.files"
local json = require "neap.json"
local place_of = require "neap.config.place"

local history = {}

local SCHEMA = "neap.configuration/1"
local MOST = 1 << 20

local function path_of(place, number) return ("%s/%d.json"):format(place.history, number) end

-- The numbers that are there, ascending.
function history.numbers(place)
  local numbers = {}
  if files.mode(place.history) ~= "directory" then return numbers end
  for entry in files.lfs.dir(place.history) do
    local number = math.tointeger(tonumber(entry:match "^(%d+)%.json$"))
    if number then numbers[#numbers + 1] = number end
  end
  table.sort(numbers)
  return numbers
end

-- A document by its number; nil and the fault.
function history.get(place, number)
  local path = path_of(place, number)
  local text, message = files.read(path, MOST)
  if not text then
    return nil, fault("no_such_configuration", ("there is no configuration %d: %s"):format(number, message), path)
  end
  local document, err = json.decode(text)
  if document and type(document) == "table" and document.schema == SCHEMA and type(document.values) == "table" then
    return document
  end
  return nil, fault("bad_configuration", err and err.message or "this is no stored configuration", path)
end

-- The latest one, or nil; nil and a fault when it cannot be read.
function history.last(place)
  local numbers = history.numbers(place)
  if #numbers == 0 then return nil end
  return history.get(place, numbers[#numbers])
end

-- Variables that had a say, and the risk file that was named in the profile's place: with them it can be loaded again
-- by a process that has another environment.
local function origin(loaded)
  local variables, risk_path = {}, nil
  for _, words in pairs(loaded.words) do
    for _, word in ipairs(words) do
      local name = word.layer == ".env" and word.source:match "^%.env (.*)$" or word.layer == "environment"
        and word.source:match "^environment (.*)$"
      if name then variables[name] = word.value end
      if word.layer == "risk file" then risk_path = loaded.risk_file end
    end
  end
  if risk_path and risk_path:sub(1, 1) ~= "/" then risk_path = files.lfs.currentdir() .. "/" .. risk_path end
  return variables, risk_path
end

-- What is stored of a configuration. Every value, so that going back needs nothing else.
function history.describe(loaded)
  local values, hidden = {}, json.array {}
  local variables, risk_path = origin(loaded)
  for i, field in ipairs(loaded.limits:fields()) do
    values[i] = { name = field.name, value = field.value, source = loaded.sources[field.name] }
  end
  for i, word in ipairs(loaded.hidden_in_all) do
    hidden[i] = { key = word.key, value = word.value, source = word.source, by = word.by }
  end
  return { schema = SCHEMA, profile = loaded.profile, risk_file = loaded.risk_file, engine = loaded.engine,
    values = values, hidden = hidden, variables = variables, risk_path = risk_path }
end

-- Where two documents differ: { name, old, new, source }.
function history.differences(old, new)
  local before, list = {}, {}
  for _, entry in ipairs(old.values) do before[entry.name] = entry.value end
  for _, entry in ipairs(new.values) do
    local was = before[entry.name]
    if was ~= entry.value then
      list[#list + 1] = { name = entry.name, old = was or "", new = entry.value, source = entry.source }
    end
  end
  return list
end

-- Stores a configuration when it differs from the latest: → its number, the document before (nil: the first), the
-- document. Under the caller's lock. `note`: { who =, why =, time = }.
function history.add(place, loaded, note)
  local core = require "neap.config_c"
  local before, wrong = history.last(place)
  if wrong and wrong.code ~= "no_such_configuration" then return nil, wrong end
  local document = history.describe(loaded)
  if before and #history.differences(before, document) == 0 and before.engine == document.engine
    and before.profile == document.profile then
    return before.number, before, before
  end
  local numbers = history.numbers(place)
  document.number = (numbers[#numbers] or 0) + 1
  document.who, document.why, document.time = note.who, note.why, note.time
  local ok, err = place_of.make_directory(place.history)
  if not ok then return nil, fault("cannot_write", "cannot make the directory: " .. err, place.history) end
  local text = json.encode(document, { indent = 2 }) .. "\n"
  ok, err = core.replace(path_of(place, document.number), text)
  if not ok then return nil, err end
  return document.number, before, document
end

-- Of a stored document the limits that it says, as an object.
function history.limits(document)
  local limits = require "neap.limits".new()
  for _, entry in ipairs(document.values) do
    local ok, err = limits:set(entry.name, entry.value)
    if not ok then return nil, err end
  end
  return limits
end

return history
