-- SPDX-License-Identifier: MIT
-- Attempts on a cell and on a session: what must come of each, and how long it may take.
local assert = require "luassert"
local cell = require "neap.cell"
local neap = require "neap"
local trial = require "spec.support.trial"

local abuse = {}

-- CPU seconds of one call; the instrumented builds of the core are slower by nature.
abuse.LIMIT = 0.1
local TIMES, TRIES = os.getenv "NEAP_TEST_LUA" and 8 or 2, 6

local function write(text)
  local path = os.tmpname()
  local file <close> = assert(io.open(path, "wb"))
  file:write(text)
  return path
end

-- CPU seconds that a clean call takes on the way: noise of the machine ends up in one try, not in all.
local function least_seconds(try, enough)
  local least, results = math.huge, nil
  for _ = 1, TRIES do
    local begin = os.clock()
    results = table.pack(try())
    least = math.min(least, os.clock() - begin)
    if least < enough then break end
  end
  return least, table.unpack(results, 1, results.n)
end

local function in_time(what, base, try)
  local allowed = TIMES * abuse.LIMIT + base
  local seconds, a, b = least_seconds(try, allowed)
  assert.is_true(seconds < allowed, ("%s took %.0f ms, allowed are %.0f ms"):format(what, seconds * 1e3, allowed * 1e3))
  return a, b
end

local function load_cell(text, options)
  local path = write(text)
  local c <close> = assert(cell.new(options))
  local ok, result = c:load(path)
  os.remove(path)
  return ok, result
end

-- The message, without a traceback, of what did not run; else its result, as text.
local function outcome(ok, result)
  if ok then return "gives " .. tostring(result) end
  local shown = result.code .. ": " .. result.message:match "^[^\n]*"
  assert.is_nil(shown:gsub("/lua_%w+", ""):find("0x", 1, true), shown) -- a temporary name may hold it by chance
  return shown
end

-- Whether `seen` matches one of the patterns, which stand between bars.
local function assert_any(expected, seen, text)
  for pattern in expected:gmatch "[^|]+" do
    if seen:find(pattern) then return end
  end
  assert(false, ("expected %s, seen %s, of %s"):format(expected, seen, text))
end

-- In a cell: `expected` is a pattern of "code: message" or of "gives RESULT".
function abuse.of_cell(expected, text, options)
  local seen = outcome(in_time(text, 0.02, function() return load_cell(text, options) end))
  assert_any(expected, seen, text)
end

local function back_test(text)
  local path = write(text)
  local result, err = neap.backtest { strategy = path, data = { ["BTC-USD"] = trial.saw(60) }, cash = 10000, env = {} }
  os.remove(path)
  return result and true, result and "a result" or err
end

local function declaration(hooks)
  return "local neap = require 'neap'\nlocal N = 0\nreturn neap.strategy { name = 'abuser',\n" .. hooks .. " }\n"
end

-- CPU seconds of the same back-test without abuse.
local clean = least_seconds(function() return back_test(declaration "on_bar = function(self, bar) end") end, 0)

-- As a whole strategy file.
function abuse.of_file(expected, text)
  local seen = outcome(in_time(text, 2 * clean + 0.02, function() return back_test(text) end))
  assert_any(expected, seen, text)
end

function abuse.of_hooks(expected, hooks) abuse.of_file(expected, declaration(hooks)) end
function abuse.of_bar(expected, body) abuse.of_hooks(expected, trial.on_bar(body)) end

return abuse
