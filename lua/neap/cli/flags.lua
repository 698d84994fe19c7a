-- SPDX-License-Identifier: MIT
-- Reads the words after a verb by what the verb declares:
--   arguments = { { "session", optional = true, many = true, doc = … } }
--   flags = { { "type", value = "T", doc = … }, { "limit", value = "N", kind = "integer", min = 1 },
--             { "param", value = "K=V", many = true }, { "engine", value = "E", choices = { "live", "advanced" } },
--             { "yes" }, { "follow", later = true } }
--   configures = true: the verb takes --profile and --set
-- A flag without `value` is true or nil; with `many` it is a list; `later` answers that it is not in this version.
local lists = require "neap.base.lists"
local nearest = require "neap.base.nearest"
local output = require "neap.cli.output"

local flags = {}

flags.common = {
  { "json", doc = "one JSON document on stdout, errors too" },
  { "profile", value = "NAME", doc = "the profile of the configuration", configures = true },
  { "set", value = "KEY=VALUE", many = true, doc = "one configuration value", configures = true },
  { "quiet", doc = "no progress, no remarks" },
  { "help", doc = "this text" },
}

-- What a verb is told with, in one line.
local function usage_line(verb) return (verb.usage:gsub("\n%s*", " | ")) end

local function usage_error(message, near) return nil, output.error("usage", message, nil, near) end

local function each(verb)
  local list = {}
  local own = {}
  for _, group in ipairs { verb.flags or {}, flags.common } do
    for _, flag in ipairs(group) do
      local idle = flag.configures and not verb.configures
      if not own[flag[1]] then list[#list + 1] = idle and { flag[1], value = flag.value, later = true } or flag end
      own[flag[1]] = true
    end
  end
  return list
end

local function known(verb)
  local names, by_name = {}, {}
  for _, flag in ipairs(each(verb)) do
    if not by_name["--" .. flag[1]] then names[#names + 1] = "--" .. flag[1] end
    by_name["--" .. flag[1]] = by_name["--" .. flag[1]] or flag
  end
  return by_name, names
end

local function check_number(flag, value)
  local number = value:match "^[-+]?%d+$" and math.tointeger(value)
  if not number then return usage_error(("--%s: '%s' is not a whole number"):format(flag[1], value)) end
  if flag.min and number < flag.min then return usage_error(("--%s is at least %d"):format(flag[1], flag.min)) end
  if flag.max and number > flag.max then return usage_error(("--%s is at most %d"):format(flag[1], flag.max)) end
  return number
end

local function check_value(flag, value)
  if flag.kind == "integer" then return check_number(flag, value) end
  if not flag.choices then return value end
  if lists.has(flag.choices, value) then return value end
  return usage_error(("--%s: '%s' is not one of %s"):format(flag[1], value, table.concat(flag.choices, ", ")),
    nearest(value, flag.choices))
end

local function store(options, flag, value)
  local key = flag[1]:gsub("-", "_")
  if flag.many then
    options[key] = options[key] or {}
    table.insert(options[key], value)
    return true
  end
  if options[key] ~= nil and flag.value then return usage_error(("--%s is given twice"):format(flag[1])) end
  options[key] = value
  return true
end

-- One flag that begins at args[at]; returns how many words it took.
local function read_flag(verb, options, args, at)
  local by_name, names = known(verb)
  local name, value = args[at]:match "^(%-%-[^=]+)=(.*)$"
  name = name or args[at]
  local flag = by_name[name == "-h" and "--help" or name]
  if not flag then return usage_error(("unknown flag '%s'"):format(name), nearest(name, names)) end
  if flag.later then return nil, output.error("not_in_this_version", name .. ": not in this version") end
  if not flag.value and value then return usage_error(("%s takes no value"):format(name)) end
  local taken = 1
  if flag.value and not value then
    value, taken = args[at + 1], 2
    if value == nil or value:match "^%-%-%a" then
      return usage_error(("%s needs a value: %s %s"):format(name, name, flag.value))
    end
  end
  local checked, err = true, nil
  if flag.value then checked, err = check_value(flag, value) end
  if checked == nil then return nil, err end
  checked, err = store(options, flag, checked)
  return checked and taken, err
end

local function place(verb, options, words)
  local at = 1
  for _, argument in ipairs(verb.arguments or {}) do
    local name = argument[1]
    if argument.many then
      options[name] = table.move(words, at, #words, 1, {})
      at = #words + 1
    else
      options[name], at = words[at], at + 1
    end
    local absent = options[name] == nil or argument.many and #options[name] == 0
    if absent and not argument.optional then
      return usage_error(("%s is missing; usage: %s"):format(name:upper(), usage_line(verb)))
    end
  end
  if at <= #words then
    return usage_error(("'%s' is one word too many; usage: %s"):format(words[at], usage_line(verb)))
  end
  return options
end

-- Gives options by name, "-" written "_"; or nil and an error. Flags and arguments may be mixed; flags end at "--".
function flags.parse(verb, args)
  local options, words, at = {}, {}, 1
  while at <= #args do
    if args[at] == "--" then
      table.move(args, at + 1, #args, #words + 1, words)
      break
    elseif args[at]:match "^%-." and not args[at]:match "^%-[%d.]" then
      local taken, err = read_flag(verb, options, args, at)
      if not taken then return nil, err end
      at = at + taken
    else
      words[#words + 1], at = args[at], at + 1
    end
  end
  if options.help then return options end
  return place(verb, options, words)
end

-- Of a flag that is given many times: {"a=1"} → {a = "1"}, or nil and an error.
function flags.pairs(list, flag)
  local values = {}
  for _, text in ipairs(list or {}) do
    local name, value = text:match "^([^=]+)=(.*)$"
    if not name then return usage_error(("%s: '%s' is not NAME=VALUE"):format(flag, text)) end
    if values[name] ~= nil then return usage_error(("%s: %s is given twice"):format(flag, name)) end
    values[name] = value
  end
  return values
end

-- The help of a verb.
function flags.help(verb)
  local rows = {}
  for _, flag in ipairs(each(verb)) do
    local doc = flag.later and "not in this version" or flag.doc or ""
    if flag.choices then doc = doc .. (" (%s)"):format(table.concat(flag.choices, ", ")) end
    rows[#rows + 1] = { flag = "--" .. flag[1] .. (flag.value and " " .. flag.value or ""), doc = doc }
  end
  local lines = output.columns({ { "flag", title = "" }, { "doc", title = "" } }, rows)
  return ("usage: %s\n\n%s\n%s%s\n"):format(verb.usage, verb.summary, verb.doc and "\n" .. verb.doc .. "\n" or "",
    table.concat(lines, "\n  "))
end

return flags
