-- SPDX-License-Identifier: MIT
-- The ```sh blocks of a page: what stands behind "$ " is run, and what it prints is what stands below, where … is
-- anything, a number behind ~ any number, and one space as good as two. A ```repl block is lines for the prompt of the
-- session that its first line opens ("neap repl NAME"), with what they print below.
local program = require "spec.support.program"

local shown = {}

local KINDS = { ["```sh"] = "sh", ["```repl"] = "repl" }

-- A command, a line of its output, or the rest of a command that goes on.
local function add_shell(list, line)
  local last = list[#list]
  if last and last.command:match "\\$" and not last.wanted[1] then
    last.command = last.command .. "\n" .. line
  elseif line:sub(1, 2) == "$ " then
    list[#list + 1] = { command = line:sub(3), wanted = {} }
  else
    table.insert(last.wanted, line)
  end
end

local function add_prompt(list, line, is_first)
  if is_first then
    list[#list + 1] = { command = line:gsub("^%$ ", "") .. " <<'END'\nEND", wanted = {} }
  elseif line:sub(1, 2) == "> " then
    list[#list].command = list[#list].command:gsub("END$", function() return line:sub(3) .. "\nEND" end)
  else
    table.insert(list[#list].wanted, line)
  end
end

-- → a list of { command =, wanted = lines }.
function shown.read(path)
  local list, inside, is_first = {}, nil, nil
  for line in program.read(path):gmatch "([^\n]*)\n" do
    if line:match "^```" then
      inside, is_first = not inside and (KINDS[line] or "other") or nil, true
    elseif inside == "sh" then
      add_shell(list, line)
    elseif inside == "repl" then
      add_prompt(list, line, is_first)
      is_first = false
    end
  end
  return list
end

function shown.pattern(lines)
  local text = table.concat(lines, "\n"):gsub("%p", "%%%0"):gsub("\xe2\x80\xa6", ".-")
  text = text:gsub("%%~%%?%-?%d[%d%%.]*", "%%-?%%d[%%d.]*"):gsub(" +", " +")
  return "^" .. text .. "$"
end

local function preamble(directory)
  return ("cd '%s'; export NEAP_HOME='%s/own'; neap() { %s \"$@\"; }; "):format(directory, directory,
    program.command "")
end

-- Runs one in `directory`; what it prints to stdout is compared by the caller with the pattern → text, pattern.
function shown.run(entry, directory)
  local pipe = io.popen(("%s { %s; } 2>/dev/null"):format(preamble(directory), entry.command))
  local text = pipe:read("a"):gsub("\n$", "")
  pipe:close()
  return text, shown.pattern(entry.wanted)
end

-- A program in the background has to be one process, so that it can be ended.
local function write_command(directory)
  local path = program.write(directory .. "/neap", ("#!/bin/sh\nexec env %s \"$@\"\n"):format(program.command ""))
  os.execute(("chmod +x '%s'"):format(path))
end

-- Runs all of them in one shell, as at one terminal, with what runs in the background; it is over after so many
-- seconds → a list of what each printed. Those that were not begun are nil.
function shown.run_all(list, directory, seconds)
  write_command(directory)
  local lines = { ("cd '%s'; export NEAP_HOME='%s/own' PATH=\"%s:$PATH\""):format(directory, directory, directory),
    "trap 'kill $(jobs -p) 2>/dev/null' EXIT", "trap 'exit 1' TERM", "exec 2>errors" }
  for i, entry in ipairs(list) do
    lines[#lines + 1] = ("printf '\\001%d\\n'"):format(i)
    lines[#lines + 1] = entry.command
  end
  local script = program.write(directory .. "/page.sh", table.concat(lines, "\n") .. "\n")
  local pipe = io.popen(("timeout %d sh '%s'"):format(seconds, script))
  local text, said = pipe:read "a", {}
  pipe:close()
  for number, printed in (text .. "\1"):gmatch "\1(%d+)\n([^\1]*)" do
    said[math.tointeger(tonumber(number))] = printed:gsub("\n$", "")
  end
  return said
end

return shown
