-- SPDX-License-Identifier: MIT
-- A directory of good and bad files in which the command line is run, and what must hold of a refusal: the exit code,
-- one line that says what and where, the same as neap.error/1, and no file more than before.
local assert = require "luassert"
local bars = require "spec.support.bars"
local json = require "neap.json"
local lfs = require "lfs"
local program = require "spec.support.program"

local OK = [[return require "neap".strategy { name = "ok", params = { n = { 5, min = 1, max = 10 } },
  on_bar = function(self) if self.flat then self:buy { quantity = "0.01" } else self:close {} end end }]]

local hostile = {}
hostile.__index = hostile

function hostile.new()
  local self = setmetatable({ directory = program.directory() }, hostile)
  self:write("BTC-USD_1h.csv", bars.csv(bars.walk(60)))
  self:write("ok.lua", OK)
  return self
end

function hostile:remove() program.remove(self.directory) end
function hostile:path(name) return self.directory .. "/" .. name end
function hostile:write(name, text) return program.write(self:path(name), text) end
function hostile:shell(words) return os.execute(("cd '%s' && %s"):format(self.directory, words)) end

function hostile:run(words, options)
  options = options or {}
  options.directory = self.directory
  return program.run(words, options)
end

-- All files below the directory with their sizes.
function hostile:list()
  local found = {}
  local function walk(directory)
    for name in lfs.dir(directory) do
      local path = directory .. "/" .. name
      if name ~= "." and name ~= ".." then
        found[#found + 1] = path .. " " .. lfs.symlinkattributes(path, "mode") .. lfs.symlinkattributes(path, "size")
        if lfs.symlinkattributes(path, "mode") == "directory" then walk(path) end
      end
    end
  end
  walk(self.directory)
  table.sort(found)
  return table.concat(found, "\n")
end

-- The error of the document, which says no more than the line and keeps the machine's paths for itself.
local function check_document(text, complaint, what)
  local answer = assert(json.decode(text), what .. ": " .. text)
  assert.equal("neap.error/1", answer.schema, what)
  local fault = answer.error
  assert.is_string(fault.code, what)
  assert.is_string(fault.message, what)
  assert.is_nil((complaint .. text):find("traceback", 1, true), what)
  assert.is_nil((complaint .. text):find(program.root, 1, true), what .. ": names a path of the machine: " .. complaint)
  return fault
end

-- self:refuses(2, "unknown flag", "backtest …", { env = }) → the fault of the JSON form.
function hostile:refuses(code, pattern, words, options)
  local before = self:list()
  local text, complaint, got = self:run(words, options)
  assert.equal(code, got, words .. ": " .. complaint)
  assert.equal("", text, words)
  assert.matches(pattern, complaint, 1, false, words)
  assert.equal(1, select(2, complaint:gsub("\n", "\n")), words .. ": one line: " .. complaint)
  local document, again, same = self:run(words .. " --json", options)
  assert.equal(code, same, words .. " --json")
  assert.equal(before, self:list(), words .. ": files are as before")
  return check_document(document, again, words)
end

return hostile
