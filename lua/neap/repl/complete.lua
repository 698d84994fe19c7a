-- SPDX-License-Identifier: MIT
-- What a Tab may add: globals, fields and methods of objects, options of the words that take a table, files.
local home = require "neap.base.home"
local lists = require "neap.base.lists"

local complete = {}

local KEYWORDS = {}
for word in ([[and break do else elseif end false for function goto if in local nil not or repeat return then true until
  while]]):gmatch "%S+" do KEYWORDS[#KEYWORDS + 1] = word end

local function words_of_core() return require("neap.session_c").words() end

-- Options by the word before the brace.
local OPTIONS = {
  session = function() return lists.sorted_keys(require("neap.backtest.options").words.session) end,
  backtest = function() return lists.sorted_keys(require("neap.backtest.options").words.backtest) end,
  buy = function() return words_of_core().order end,
  sell = function() return words_of_core().order end,
  target = function() return words_of_core().target end,
  close = function() return { "product", "strategy", "why" } end,
  close_all = function() return { "why" } end,
  cancel_all = function() return { "product" } end,
  events = function() return { "limit", "order", "product", "since", "type" } end,
}

local function starting_with(words, prefix)
  local found = {}
  for _, word in ipairs(words) do
    if word:sub(1, #prefix) == prefix then found[word] = true end
  end
  return lists.sorted_keys(found)
end

-- The text inside of an open string at the end, and what stands before it.
local function open_string(text)
  local quote, start, at = nil, nil, 1
  while at <= #text do
    local c = text:sub(at, at)
    if quote and c == "\\" then
      at = at + 1
    elseif quote and c == quote then
      quote = nil
    elseif not quote and (c == '"' or c == "'") then
      quote, start = c, at
    end
    at = at + 1
  end
  if quote then return text:sub(start + 1), text:sub(1, start - 1), quote end
end

local function list_directory(path, prefix, found)
  local lfs = require "lfs"
  local directory = path == "" and "." or path
  if lfs.attributes(directory, "mode") ~= "directory" then return end
  for name in lfs.dir(directory) do
    local hidden = name:sub(1, 1) == "." and prefix:sub(1, 1) ~= "."
    if not hidden and name ~= "." and name ~= ".." and name:sub(1, #prefix) == prefix then
      local is_directory = lfs.attributes(path .. name, "mode") == "directory"
      found[#found + 1] = name .. (is_directory and "/" or "")
    end
  end
end

-- "BTC-USD=data/x" names the file behind the "=".
local function files(text, before)
  local path, prefix = text:gsub("^[%w-]+=", ""):match "^(.-)([^/]*)$"
  local found = {}
  list_directory(path, prefix, found)
  if path == "" and before:match "strategy%s*=%s*$" then
    local own = {}
    list_directory(home.root .. "/strategies/", prefix, own)
    for _, name in ipairs(own) do
      if name:match "%.lua$" and not lists.has(found, name) then found[#found + 1] = name end
    end
  end
  table.sort(found)
  return prefix, found
end

-- The word that takes the innermost open table: "s:buy { quantity = 1, " → buy.
local function table_of(text)
  local depth = 0
  for at = #text, 1, -1 do
    local c = text:sub(at, at)
    if c == "}" then depth = depth + 1 end
    if c == "{" then
      if depth == 0 then return text:sub(1, at - 1):match "([%a_][%w_]*)%s*%(?%s*$" end
      depth = depth - 1
    end
  end
end

local function string_keys(t, found)
  for key in next, t do
    if type(key) == "string" and key:match "^[%a_][%w_]*$" then found[#found + 1] = key end
  end
end

-- The module whose methods and fields an object has: a session's, or a past's.
local function module_of(value)
  local mt = debug.getmetatable(value)
  local name = type(value) == "table" and type(mt) == "table" and mt.__name
  return (name == "session" or name == "past") and require("neap." .. name) or nil
end

local function words_of_module(module, is_call)
  local found = {}
  string_keys(module.methods, found)
  if not is_call then string_keys(module.fields, found) end
  return found
end

local function words_of_order(is_call)
  local found = {}
  for word, is_method in pairs(words_of_core().handle) do
    if is_method or not is_call then found[#found + 1] = word end
  end
  return found
end

-- Words that can stand behind the value.
local function words_of(value, is_call)
  local module = module_of(value)
  if module then return words_of_module(module, is_call) end
  if getmetatable(value) == "order" then return words_of_order(is_call) end
  local found = {}
  local mt = debug.getmetatable(value)
  if type(mt) == "table" and type(mt.__index) == "table" then string_keys(mt.__index, found) end
  if type(value) == "table" then string_keys(value, found) end
  if value == package.loaded.neap then table.move({ "strategy" }, 1, 1, #found + 1, found) end
  return found
end

-- The value of a.b[1].c without calling anything of the user's; nil when there is none.
local function value_of(path)
  local value = _G
  for name, index in path:gmatch "([%a_][%w_]*)%[?(%d*)%]?" do
    local ok, inner = pcall(function()
      if index == "" or value[name] == nil then return value[name] end
      return type(value[name]) == "table" and value[name][math.tointeger(index)] or nil
    end)
    if not ok or inner == nil then return nil end
    value = inner
  end
  return value
end

local function behind(text)
  local path, mark, prefix = text:match "([%a_][%w_.%[%]]*)([.:])([%w_]*)$"
  -- behind a call or a string nobody knows what is there
  if not path then return text:match "[^.][.:]([%a_][%w_]*)$" end
  local value = value_of(path)
  if value == nil then return prefix, {} end
  return prefix, starting_with(words_of(value, mark == ":"), prefix)
end

local function any_word(text)
  local prefix = text:match "[%a_][%w_]*$" or ""
  local word = table_of(text)
  local options = word and OPTIONS[word]
  if options and text:match "[{,]%s*[%w_]*$" then
    local found = starting_with(options(), prefix)
    for i, name in ipairs(found) do found[i] = name .. " = " end
    return prefix, found
  end
  if prefix == "" then return prefix, {} end
  local names = table.move(KEYWORDS, 1, #KEYWORDS, 1, {})
  string_keys(_G, names)
  return prefix, starting_with(names, prefix)
end

local function in_string(inside, before)
  if before:match "help%s*%(?%s*$" then return inside, starting_with(require("neap.repl.help").pages(), inside) end
  return files(inside, before)
end

-- The only candidate brings the quote that closes it; a directory does not.
local function closed(quote, prefix, found)
  if #found == 1 and not found[1]:match "/$" then found[1] = found[1] .. quote end
  return prefix, found
end

-- What was typed before the cursor → the part of it that is completed, and what it can become.
function complete.candidates(text)
  local inside, before, quote = open_string(text)
  if inside then return closed(quote, in_string(inside, before)) end
  local prefix, found = behind(text)
  if prefix then return prefix, found or {} end
  return any_word(text)
end

local function common(words)
  local first = words[1]
  local length = #first
  for _, word in ipairs(words) do
    while word:sub(1, length) ~= first:sub(1, length) do length = length - 1 end
  end
  return first:sub(1, length)
end

local function in_columns(words, width)
  local widest = 0
  for _, word in ipairs(words) do widest = math.max(widest, #word) end
  local across = math.max(1, width // (widest + 2))
  local lines, line = {}, {}
  for i, word in ipairs(words) do
    line[#line + 1] = word .. (" "):rep(widest - #word)
    if #line == across or i == #words then
      lines[#lines + 1] = (table.concat(line, "  "):gsub(" +$", ""))
      line = {}
    end
  end
  return table.concat(lines, "\n")
end

-- For the line editor: text to insert, text to show; each nil when there is none.
function complete.line(text, width)
  local prefix, found = complete.candidates(text)
  if #found == 0 then return nil, nil end
  local more = common(found):sub(#prefix + 1)
  if more ~= "" then return more, nil end
  return nil, #found > 1 and in_columns(found, width) or nil
end

return complete
