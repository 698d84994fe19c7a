-- SPDX-License-Identifier: MIT
-- The ```sh blocks of a page: what stands behind "$ " is run, and what it prints is what stands below, where … is
-- anything.
local program = require "spec.support.program"

local shown = {}

-- → a list of { command =, wanted = lines }.
function shown.read(path)
  local list, inside = {}, false
  for line in program.read(path):gmatch "([^\n]*)\n" do
    if line == "```sh" or line == "```" then
      inside = line == "```sh"
    elseif inside and line:sub(1, 2) == "$ " then
      list[#list + 1] = { command = line:sub(3), wanted = {} }
    elseif inside then
      table.insert(list[#list].wanted, line)
    end
  end
  return list
end

local function pattern_of(lines)
  local text = table.concat(lines, "\n"):gsub("%p", "%%%0"):gsub("\xe2\x80\xa6", ".-")
  return "^" .. text .. "$"
end

-- Runs one in `directory`; what it prints to stdout is compared by the caller with the pattern → text, pattern.
function shown.run(entry, directory)
  local script = ("cd '%s'; export NEAP_HOME='%s/own'; neap() { %s \"$@\"; }; { %s; } 2>/dev/null"):format(directory,
    directory, program.command "", entry.command)
  local pipe = io.popen(script)
  local text = pipe:read("a"):gsub("\n$", "")
  pipe:close()
  return text, pattern_of(entry.wanted)
end

return shown
