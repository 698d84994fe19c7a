-- SPDX-License-Identifier: MIT
-- A list of findings, one line each: ok, warn, fail, or skip for what could not be looked at; and what to do about it.
local output = require "neap.cli.output"

local checkup = {}

local methods = {}
methods.__index = methods

function checkup.new() return setmetatable({ rows = {} }, methods) end

local function add(self, state, name, text, remedy)
  self.rows[#self.rows + 1] = { state = state, name = name, text = text, remedy = remedy }
  return state == "ok" or nil
end

-- list:ok(name, text) → true; list:warn(name, text, remedy), fail, skip → nil.
for _, state in ipairs { "ok", "warn", "fail", "skip" } do
  methods[state] = function(self, ...) return add(self, state, ...) end
end

function methods:count(state)
  local count = 0
  for _, row in ipairs(self.rows) do count = count + (row.state == state and 1 or 0) end
  return count
end

function methods:print(quiet)
  local columns = { { "state", title = "" }, { "name", title = "" }, { "text", title = "" } }
  local shown = {}
  for _, row in ipairs(self.rows) do
    local is_shown = not quiet or row.state == "warn" or row.state == "fail"
    local text = row.remedy and row.state ~= "ok" and ("%s; %s"):format(row.text, row.remedy) or row.text
    if is_shown then shown[#shown + 1] = { state = row.state, name = row.name, text = text } end
  end
  if #shown == 0 then return end
  for i, line in ipairs(output.columns(columns, shown)) do
    if i > 1 or line:find "%S" then output.write((output.clean(line):gsub("%s+$", "")), "\n") end
  end
end

function methods:document() return require("neap.json").array(self.rows) end

return checkup
