-- SPDX-License-Identifier: MIT
-- What holds for each file: its length, its license line, no path of one machine.
local tree = require "spec.house.tree"

local files = {}

local LONGEST = 500

local SOURCES = { "^csrc/.*%.[ch]$", "^csrc/.*%.cpp$", "^lua/.*%.lua$", "^spec/.*%.lua$", "^spec/.*%.[ch]$", "^tools/",
  "^fuzz/.*%.[ch]$", "^strategies/.*%.lua$", "^config/.*%.lua$", "^bench/.*%.lua$", "^bench/.*%.py$", "^bench/.*%.c$" }
local SCRIPTS = { "^neap$", "^%.ci/run$", "^Dockerfile$", "^CMakeLists%.txt$", "^bench/run$" }

local function sources(root)
  local patterns = table.move(SCRIPTS, 1, #SCRIPTS, #SOURCES + 1, { table.unpack(SOURCES) })
  return tree.files(root, table.unpack(patterns))
end

function files.too_long(root)
  local problems = {}
  for _, path in ipairs(tree.files(root, table.unpack(SOURCES))) do
    local count = 0
    for _ in tree.lines(root, path) do count = count + 1 end
    if count > LONGEST then problems[#problems + 1] = ("%s has %d lines, over %d"):format(path, count, LONGEST) end
  end
  return problems
end

function files.without_license(root)
  local problems = {}
  for _, path in ipairs(sources(root)) do
    local first, second = tree.read(root, path):match "^([^\n]*)\n?([^\n]*)"
    local line = first:match "^#!" and second or first
    if not line:find("SPDX-License-Identifier: MIT", 1, true) then problems[#problems + 1] = path end
  end
  return problems
end

-- Written in two halves, so that this file does not name what it forbids.
local MACHINE = { "/wo" .. "rk", "/ho" .. "me", "/ro" .. "ot", "/Us" .. "ers" }

function files.machine_paths(root)
  local problems = {}
  for _, path in ipairs(tree.files(root)) do
    for number, line in tree.lines(root, path) do
      for _, folder in ipairs(MACHINE) do
        if (" " .. line):find("[^%w_.%-/}]" .. folder .. "%f[^%w_%-]") then
          problems[#problems + 1] = ("%s:%d names %s"):format(path, number, folder)
        end
      end
    end
  end
  return problems
end

return files
