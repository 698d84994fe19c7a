-- SPDX-License-Identifier: MIT
-- The command line: finds the verb, runs it, ends with its exit code.
local VERSION = "0.1.0"
local EBADF = 9

-- What is built. Each is neap.cli.<verb>: { summary, usage, arguments, flags, run(args) → exit code }.
local VERBS = { "account", "ack", "backtest", "backup", "cancel-all", "config", "data", "demo", "doctor", "drift",
  "engine", "events", "exchange", "explain", "fills", "flatten", "help", "kill", "new", "orders", "positions",
  "preflight", "reconcile", "reduce-only", "repl", "replay", "report", "restore", "resume", "run", "status", "stop",
  "trim", "verify", "version", "watch" }

-- The launcher does these itself.
local LAUNCHER = { "setup", "test" }

-- The rest of the contract.
local LATER = { "attach", "deploy", "luals", "optimize" }

local main = { version = VERSION, verbs = VERBS, launcher = LAUNCHER, later = LATER }

-- The module of a verb that is built, or nil and an error.
function main.verb(name)
  local has, output = require("neap.base.lists").has, require "neap.cli.output"
  if has(VERBS, name) then return require("neap.cli." .. name) end
  if not has(LATER, name) and not has(LAUNCHER, name) then
    local words = table.move(LATER, 1, #LATER, 1, {})
    for _, list in ipairs { VERBS, LAUNCHER } do table.move(list, 1, #list, #words + 1, words) end
    return nil, output.error("usage", ("unknown verb '%s'"):format(name), nil, require "neap.base.nearest"(name, words))
  end
  if has(LAUNCHER, name) then
    return nil, output.error("usage", ("'%s' is done by the launcher: ./neap %s"):format(name, name))
  end
  return nil, output.error("not_in_this_version", ("'%s' is not in this version"):format(name))
end

local function wants_help(args)
  for _, word in ipairs(args) do
    if word == "--" then return false end
    if word == "--help" or word == "-h" then return true end
  end
  return false
end

local function print_version(args)
  if #args > 0 then return main.verb("version").run(args) end
  io.stdout:write("neap " .. VERSION, "\n")
  return 0
end

-- Keys and addresses with a secret in them lie in the environment, in .env and in files that a verb reads: no core dump
-- may have them. Without the core there is nothing to guard: what needs it says so.
local function guard_memory()
  local found, core = pcall(require, "neap.run_c")
  if found and not core.forbid_core() then
    io.stderr:write("neap: the system does not let core dumps be forbidden: one would have the keys in it\n")
  end
end

local function dispatch(words)
  local name = words[1]
  local args = table.move(words, 2, #words, 1, {})
  if name == "version" or name == "--version" then return print_version(args) end
  if name == nil or name == "--help" or name == "-h" then name = "help" end
  local output = require "neap.cli.output"
  if name:match "^%-" then
    return output.fail(output.error("usage", ("a verb comes first, not '%s'; see neap help"):format(name)), words,
      output.USAGE)
  end
  local verb, err = main.verb(name)
  if not verb then return output.fail(err, words, output.USAGE) end
  if wants_help(args) then
    output.write(require("neap.cli.flags").help(verb))
    return output.OK
  end
  if main.is_program then guard_memory() end
  local code = verb.run(args)
  return #words == 0 and output.USAGE or code
end

-- What nobody caught: a fault of the world keeps its words, anything else is ours and shows where it arose.
local function caught(err)
  if type(err) == "table" and err.code then return err end
  if tostring(err):match "interrupted!$" then return { code = "interrupted", message = "interrupted" } end -- lua's own
  return { code = "internal", message = debug.traceback("internal error: " .. tostring(err), 2) }
end

-- Output that could not be written is a failure, whatever was done.
local function finish(code)
  local _, message = io.stdout:flush()
  local output = package.loaded["neap.cli.output"]
  message = output and output.unwritten or message
  if not message or code ~= 0 then return code end
  io.stderr:write("neap: cannot write the output: ", message, "\n")
  return 1
end

function main.run(words)
  local ok, result = xpcall(dispatch, caught, words)
  if ok then return finish(result) end
  local output = require "neap.cli.output"
  if result.code == "interrupted" then return output.fail(result, words, 130) end
  if result.code == "internal" then io.stderr:write(result.message, "\n") end
  return output.fail(result.code == "internal" and output.error("internal", result.message:match "^[^\n]*") or result,
    words)
end

-- A closed stream's number would go to the next file that is opened, and what is printed into it. Writing to what is
-- open for reading fails, as writing to a closed stream does.
local function occupy_streams()
  local kept = {}
  for i, stream in ipairs { io.stdin, io.stdout, io.stderr } do
    local _, _, number = stream:seek()
    if number == EBADF then kept[#kept + 1] = io.open("/dev/null", i == 3 and "a" or "r") end
  end
  main.kept = kept
end

-- Run as a program; a spec requires it.
local is_required = ... == "neap.cli.main" and select("#", ...) == 2
if not is_required then
  os.setlocale("C", "all")
  main.is_program = true
  occupy_streams()
  os.exit(main.run(arg), true)
end
return main
