-- SPDX-License-Identifier: MIT
-- Runs the command line as a program of its own, from any directory, with the core that this process has.
local lfs = require "lfs"

local ROOT = lfs.currentdir()

local program = { root = ROOT }

local function absolute(path) return path:match "^/" and path or ROOT .. "/" .. path end

-- A name, a path, or a command of several words, such as a checker's before the interpreter.
local function interpreter()
  local name = (os.getenv "NEAP_TEST_LUA" or "lua5.4"):match "^%s*(.-)%s*$"
  return name:match "^[^/%s]+/%S*$" and absolute(name) or name
end

local function environment(directory)
  local core = directory and directory .. "/neap.so" or package.searchpath("neap", package.cpath)
  local cpath = core and absolute(core):gsub("[^/]+$", "?.so") .. ";;" or ";;"
  return ("LUA_PATH_5_4='%s/lua/?.lua;%s/lua/?/init.lua;;' LUA_CPATH_5_4='%s'"):format(ROOT, ROOT, cpath)
end

-- The command that runs `words`, for a shell; `core`: the directory of another build's core.
function program.command(words, core)
  return ("%s %s %s/lua/neap/cli/main.lua %s"):format(environment(core), interpreter(), ROOT, words)
end

function program.read(path)
  local file <close> = assert(io.open(path, "rb"))
  return file:read "a"
end

function program.write(path, text)
  local file <close> = assert(io.open(path, "wb"))
  file:write(text)
  return path
end

local function run(command, options)
  local errors = os.tmpname()
  local pipe = assert(io.popen(("cd '%s' && env -u RISK_CONFIG_PATH %s %s 2>%s </dev/null"):format(
    options.directory or ROOT, options.env or "", command, errors)))
  local text = pipe:read "a"
  local _, _, code = pipe:close()
  local complaint = program.read(errors)
  os.remove(errors)
  return text, complaint, code
end

-- program.run("backtest x.lua", { directory =, env = "RISK_X=1", core = }) → stdout, stderr, exit code.
function program.run(words, options)
  options = options or {}
  return run(program.command(words, options.core), options)
end

-- The same of a Lua program's text.
function program.script_text(text, options)
  local path = program.write(os.tmpname(), text)
  local said, complaint, code = run(("%s %s %s"):format(environment(), interpreter(), path), options or {})
  os.remove(path)
  return said, complaint, code
end

-- The same of a Lua file, by a command that runs commands.
function program.run_under(runner, path)
  return run(("env %s %s %s %s"):format(environment(), runner, interpreter(), path), {})
end

-- Runs a Lua file from the project's directory, until it ends or is killed.
function program.script(path)
  os.execute(("cd '%s' && %s %s %s >/dev/null 2>&1"):format(ROOT, environment(), interpreter(), path))
end

-- A new directory; `program.remove` takes it away.
function program.directory()
  local pipe = assert(io.popen "mktemp -d")
  local path = pipe:read "l"
  pipe:close()
  return path
end

function program.remove(directory) os.execute(("rm -rf '%s'"):format(directory)) end

return program
