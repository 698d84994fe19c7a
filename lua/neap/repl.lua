-- SPDX-License-Identifier: MIT
-- Reads lines of Lua, runs them and prints what they give: on a terminal with editing, from a pipe line by line.
local chunk = require "neap.repl.chunk"
local complete = require "neap.repl.complete"
local help = require "neap.repl.help"
local slip = require "neap.base.slip"
local repl_c = require "neap.repl_c"
local show = require "neap.repl.show"

local repl = {}

local exit = os.exit

local PROMPT, MORE = "> ", ">> "

local function width() return repl_c.width() or 120 end

local function say_error(text) io.stderr:write("error: ", text, "\n") end

local function is_fault(value) return type(value) == "table" and value.code ~= nil and value.message ~= nil end

-- `neap` as it is typed here: what neap.session{…} could not do is told also where only its first value is kept.
local function listening(told)
  local neap = require "neap"
  local function listen(word)
    local function heard(...)
      local results = table.pack(neap[word](...))
      if results[1] == nil and is_fault(results[2]) then told.fault = results[2] end
      return table.unpack(results, 1, results.n)
    end
    help.pages_of[heard] = word
    return heard
  end
  local heard = { session = listen "session", backtest = listen "backtest" }
  return setmetatable(heard, { __index = neap, __name = "neap",
    __tostring = function() return "neap: neap.session, neap.backtest, neap.strategy; help says more" end })
end

-- Values in a row where each is one short line, else one below the other; nils at the end are left out.
local function print_values(results)
  local texts, one_line = {}, true
  local count = results.n
  while count > 1 and results[count] == nil do count = count - 1 end
  for i = 1, count do
    texts[i] = show(results[i], width())
    one_line = one_line and not texts[i]:find "\n" and #texts[i] < 60
  end
  io.stdout:write(table.concat(texts, one_line and "  " or "\n"), "\n")
end

local function traced(err) return { raised = err } end

-- Values and errors have words of their own (__tostring), which may raise or run on as well.
local function tell(results, told, text, lines)
  if not results[1] then
    say_error(chunk.message(results[2].raised, lines))
    return false
  end
  local fault = told.fault or results.n == 3 and results[2] == nil and is_fault(results[3]) and results[3]
  if fault then
    say_error(chunk.message(fault, lines))
    return false
  end
  table.remove(results, 1)
  results.n = results.n - 1
  local near = results.n == 1 and results[1] == nil and chunk.slip(text)
  if near then
    io.stdout:write(("nil: there is no such global; did you mean '%s'?\n"):format(near))
  elseif results.n > 0 then
    print_values(results)
  end
  return true
end

-- Runs a compiled chunk and shows what it gave; true when nothing went wrong.
local function perform(f, told, text, lines)
  told.fault = nil
  local kept, result = repl_c.guarded(function() return table.pack(xpcall(f, traced)) end)
  if kept then
    local results = result
    kept, result = repl_c.guarded(function() return tell(results, told, text, lines) end)
  end
  if kept then return result end
  if result == "interrupted" then
    io.stderr:write "interrupted\n"
    return false, true
  end
  say_error(chunk.message(result, lines))
  return false
end

local function is_empty(text) return not text:find "%S" or text:match "^%s*%-%-[^%[\n]*$" ~= nil end

-- Reads until a chunk is whole. Gives its function, text and count of lines; or nil and "end", "interrupted", "wrong".
local function read_chunk(reader)
  local text, why = reader(PROMPT)
  if not text then return nil, why end
  if is_empty(text) then return false end
  local count = 1
  while true do
    local f, message = chunk.compile(text)
    if f then return f, text, count end
    if message ~= "more" then
      say_error(chunk.message(message, count))
      return nil, "wrong"
    end
    local line
    line, why = reader(MORE)
    if not line then
      if why == "end" then say_error "the last lines are not finished" end
      return nil, why == "end" and "wrong" or why
    end
    text, count = text .. "\n" .. line, count + 1
  end
end

local function history_path()
  local state = os.getenv "XDG_STATE_HOME"
  if not state or state == "" then
    local own = os.getenv "HOME"
    if not own or own == "" then return nil end
    state = own .. "/.local/state"
  end
  return state .. "/neap", state .. "/neap/repl_history"
end

local function make_directories(path)
  local lfs = require "lfs"
  local at = ""
  for part in path:gmatch "/[^/]+" do
    at = at .. part
    if not lfs.attributes(at) then lfs.mkdir(at) end
  end
end

-- A reader of a terminal: line editing, completion, a history that stays.
local function from_terminal(editor)
  local directory, path = history_path()
  if path then
    make_directories(directory)
    editor:load(path)
  end
  return function(prompt)
    local line, why = editor:read(prompt, function(text) return complete.line(text, width()) end)
    if line and line:find "%S" then editor:add(line, path) end
    return line, why
  end
end

local function from_pipe()
  return function()
    local line = io.stdin:read "l"
    if line then return line end
    return nil, "end"
  end
end

-- A local is gone with its line: the first time that is said.
local function remark_on_local(text, state)
  if state.terminal and not state.remarked and text:match "^%s*local%s" and not text:find "\n" then
    state.remarked = true
    io.stderr:write("(a local ends with its line; leave `local` out to keep it)\n")
  end
end

local function step(reader, state)
  local f, why, count = read_chunk(reader) -- with a function comes its text
  if f == false then return true end
  if not f then
    if why == "interrupted" then io.stdout:write "\n" end
    if why == "end" then return false end
    return state.terminal or why ~= "wrong", why == "wrong" and 1 or nil
  end
  local ok, interrupted = perform(f, state, why, count)
  remark_on_local(why, state)
  if ok or state.terminal then return true end
  return false, interrupted and 130 or 1
end

local function loop(reader, state)
  while true do
    local goes_on, code = step(reader, state)
    if not goes_on then return code or 0 end
  end
end

local option_words = { session = true, quiet = true }

local function check(options)
  if type(options) ~= "table" then error("repl takes a table of options", 3) end
  local wrong = slip(options, option_words, "option")
  if wrong then error("repl: " .. wrong, 3) end
end

local GLOBALS = { "neap", "help", "s" }

-- os.exit as it is typed here: what is open is closed first, so that nothing of it stays behind.
local function leave(code, closes) exit(code, closes ~= false) end

local function set_globals(state, options)
  local before = {}
  for _, name in ipairs(GLOBALS) do before[name] = rawget(_G, name) end
  rawset(_G, "neap", listening(state))
  rawset(_G, "help", help.new(width))
  if options.session then rawset(_G, "s", options.session) end
  rawset(os, "exit", leave)
  return before
end

local function greet(options)
  io.stdout:write("Neap. A line is Lua; help says more, Tab completes, Ctrl-D leaves.\n")
  if options.session then io.stdout:write("s is ", tostring(options.session), "\n") end
end

local function converse(state, options)
  local terminal = require("neap.session_c").is_terminal
  state.terminal = terminal(0) and terminal(1)
  if not state.terminal then return loop(from_pipe(), state) end
  local editor <close> = repl_c.editor()
  if not options.quiet then greet(options) end
  local code = loop(from_terminal(editor), state)
  io.stdout:write "\n"
  return code
end

-- repl.run{ session =, quiet = } → 0, or from a pipe 1 at the first error (130 when interrupted).
function repl.run(options)
  options = options or {}
  check(options)
  local state = {}
  local before = set_globals(state, options)
  local ok, code = pcall(converse, state, options)
  for _, name in ipairs(GLOBALS) do rawset(_G, name, before[name]) end
  rawset(os, "exit", exit)
  if not ok then error(code, 0) end
  return code
end

return repl
