-- SPDX-License-Identifier: MIT
-- neap config check, show, explain, diff, history: what is read only.
local advice = require "neap.config.advice"
local config = require "neap.config"
local history = require "neap.config.history"
local limits = require "neap.limits"
local output = require "neap.cli.output"

local read = {}

local function head(loaded)
  return ("profile %s   risk file %s   engine %s (%s)"):format(loaded.profile, loaded.risk_file or "none",
    loaded.engine, loaded.engine_reason)
end

local function document(schema, loaded)
  return { schema = "neap.config_" .. schema .. "/1", profile = loaded.profile, risk_file = loaded.risk_file,
    engine = loaded.engine, engine_reason = loaded.engine_reason }
end

local function array(list) return require("neap.json").array(list) end

-- A policy that cannot be asked refuses every entry: that is no good configuration either.
local function check_policy()
  local home = require "neap.base.home"
  local policy, err = require("neap.policy").open(home.root .. "/config/engine_policy.lua", { lua_root = home.lua })
  if policy then policy:close() end
  return policy ~= nil, err
end

function read.check(at, given, verb)
  local loaded, err = config.load(at.options)
  if not loaded then return verb.fail(err, given) end
  local ok, wrong = check_policy()
  if not ok then return verb.fail(wrong, given) end
  local doubts = advice(loaded)
  if given.json then
    local all = document("check", loaded)
    all.hidden, all.advice, all.absent = array(loaded.hidden), array(doubts), array(loaded.absent)
    output.json(all)
  else
    output.write(output.clean(head(loaded)), "\n")
    for _, word in ipairs(loaded.hidden) do
      output.write(output.clean(config.describe_hidden(word)), "\n")
    end
    for _, line in ipairs(doubts) do output.write("doubtful: ", output.clean(line), "\n") end
    for _, line in ipairs(loaded.absent) do output.write("not in this version: ", output.clean(line), "\n") end
    output.write(#loaded.hidden + #doubts == 0 and "good\n" or "it can be used\n")
  end
  return given.strict and #loaded.hidden + #doubts > 0 and output.FAILED or output.OK
end

local function values_of(loaded)
  local rows = {}
  for i, field in ipairs(loaded.limits:fields()) do
    rows[i] = { name = field.name, value = field.value, source = loaded.sources[field.name] }
  end
  return rows
end

function read.show(at, given, verb)
  if given.markdown then
    output.write(require("neap.config.page")())
    return output.OK
  end
  local loaded, err = config.load(at.options)
  if not loaded then return verb.fail(err, given) end
  local rows = values_of(loaded)
  if given.json then
    local all = document("show", loaded)
    all.values = rows
    output.json(all)
  else
    output.write(output.clean(head(loaded)), "\n")
    output.print_columns({ { "name" }, { "value" }, { "source" } }, rows)
  end
  return output.OK
end

-- What is no field, and is asked for all the same.
local function explain_other(loaded, key)
  local others = {
    engine = { value = loaded.engine, source = loaded.engine_reason },
    profile = { value = loaded.profile, source = loaded.profile_path },
    risk_file = { value = loaded.risk_file or "none", source = "RISK_CONFIG_PATH, else the profile" },
  }
  return others[key]
end

local function lock_of(loaded, name)
  for _, lock in ipairs(loaded.locks) do
    if lock.name == name then return lock end
  end
end

local function print_field(loaded, field, doc)
  local words = loaded.words[field.name]
  local lock = lock_of(loaded, field.name)
  output.write(("%s = %s   (%s)\n"):format(field.name, output.clean(doc.value), output.clean(doc.source)))
  output.write(("%s; %s%s\n"):format(doc.doc, field.type, field.lowest and (", %s to %s"):format(field.lowest,
    field.highest) or ""))
  output.write(("variable %s\n"):format(field.variable))
  if lock then output.write("locked by the profile: nothing loosens it\n") end
  for i = #words, 1, -1 do
    output.write(("  %s %s: %s\n"):format(i == #words and "->" or "  ", output.clean(words[i].source),
      words[i].value == "" and "none" or output.clean(words[i].value)))
  end
end

function read.explain(at, given, verb)
  local key = require("neap.config.layers").aliases[given.rest[1]] or given.rest[1]
  local loaded, err = config.load(at.options)
  if not loaded then return verb.fail(err, given) end
  local name, near = limits.find(key)
  local other = not name and explain_other(loaded, key)
  if other then
    if given.json then
      output.json { schema = "neap.config_explain/1", key = key, value = other.value, source = other.source }
    else
      output.write(("%s = %s   (%s)\n"):format(key, output.clean(other.value), output.clean(other.source)))
    end
    return output.OK
  end
  if not name then
    return output.fail(output.error("usage", ("no such risk field: %s"):format(key), nil, near), given.json == true,
      output.USAGE)
  end
  local field = require("neap.config.page").field(name)
  local words = loaded.words[name]
  local all = { schema = "neap.config_explain/1", key = name, value = words[#words].value,
    source = words[#words].source, variable = field.variable, type = field.type, lowest = field.lowest,
    highest = field.highest, default = field.default, doc = require("neap.config.words")[name] or "",
    locked = lock_of(loaded, name) ~= nil, words = words }
  if given.json then output.json(all) else print_field(loaded, field, all) end
  return output.OK
end

-- A stored number, a profile, or "now", as a document of neap.config.history.
local function find_side(at, word)
  if word == "now" then
    local loaded, err = config.load(at.options)
    return loaded and history.describe(loaded), err
  end
  if word:match "^%d+$" then return history.get(at.place, math.tointeger(tonumber(word)) or 0) end
  local path, message, near = require("neap.config.profile").find(word)
  if not path then return nil, output.error("usage", message, nil, near) end
  local loaded, err = config.load { profile = word, set = at.options.set,
    places = require("neap.config.place").all(word) }
  return loaded and history.describe(loaded), err
end

local function sides(at, given)
  if #given.rest == 2 then return given.rest[1], given.rest[2] end
  if #given.rest == 1 then return given.rest[1], "now" end
  local numbers = history.numbers(at.place)
  return numbers[#numbers] and tostring(numbers[#numbers]), "now"
end

function read.diff(at, given, verb)
  local left, right = sides(at, given)
  if not left then
    return output.fail(output.error("no_such_configuration", "nothing was accepted yet: say what to compare with",
      at.place.history), given.json == true)
  end
  local a, b, err
  a, err = find_side(at, left)
  if a then b, err = find_side(at, right) end
  if not b then return verb.fail(err, given) end
  local rows = history.differences(a, b)
  if given.json then
    output.json { schema = "neap.config_diff/1", a = left, b = right, engine_a = a.engine, engine_b = b.engine,
      differences = array(rows) }
  elseif #rows == 0 then
    output.write(("%s and %s are the same\n"):format(left, right))
  else
    output.print_columns({ { "name" }, { "old", title = left }, { "new", title = right }, { "source" } }, rows)
    if a.engine ~= b.engine then output.write(("engine %s -> %s\n"):format(a.engine, b.engine)) end
  end
  return #rows == 0 and output.OK or output.FAILED
end

function read.history(at, given, verb)
  local rows = {}
  for _, number in ipairs(history.numbers(at.place)) do
    local entry, err = history.get(at.place, number)
    if not entry then return verb.fail(err, given) end
    rows[#rows + 1] = { number = number, time = entry.time, who = entry.who, why = entry.why, engine = entry.engine,
      profile = entry.profile }
  end
  if given.json then
    output.json { schema = "neap.config_history/1", place = at.place.directory, configurations = array(rows) }
  elseif #rows == 0 then
    output.write("nothing was accepted yet\n")
  else
    output.print_columns({ { "number", align = "right" }, { "time" }, { "who" }, { "engine" }, { "why" } }, rows)
  end
  return output.OK
end

return read
