-- SPDX-License-Identifier: MIT
-- What the verbs that speak to a running session have in common: whom they mean, the question, the answer.
local core = require "neap.run_c"
local flags = require "neap.cli.flags"
local json = require "neap.json"
local lists = require "neap.base.lists"
local output = require "neap.cli.output"
local sessions = require "neap.cli.sessions"

local control = {}

local PATIENCE = 10 * 1000000000 -- ns

-- Of what is refused for safety.
local REFUSED = { configured = true, halted = true, journal = true, open_directory = true, stopping = true }

-- One question to the session in a directory → its answer as a table, or nil and an error. patience: ns, default 10 s.
function control.ask(directory, request, patience)
  local line, err = core.ask(directory, json.encode(request), patience or PATIENCE)
  if not line then return nil, err end
  local answer
  answer, err = json.decode(line, { numbers = "float" })
  if type(answer) ~= "table" then return nil, err or output.error("no_answer", "the answer is no object", directory) end
  if answer.error then return nil, answer.error end
  return answer
end

function control.code_of(err)
  if err.code == "not_running" or err.code == "no_such_session" then return output.NO_SESSION end
  if err.code == "bad_command" or err.code == "usage" then return output.USAGE end
  return REFUSED[err.code] and output.REFUSED or output.FAILED
end

local function several(running)
  return nil, output.error("usage", ("%d sessions run: name one, or say --all: %s"):format(#running,
    table.concat(lists.field(running, "name"), ", ")))
end

-- Those that are meant: { name =, directory = } each.
local function choose(options)
  if options.session then
    local path, err = sessions.find(options.session, options.sessions)
    if not path then return nil, err end
    local directory = path:match "^(.*)/[^/]*$" or "."
    return { { name = directory:match "([^/]*)$", directory = directory } }
  end
  local running = sessions.running(options.sessions)
  if #running == 0 then return nil, output.error("not_running", "no session runs") end
  if #running > 1 and not options.all then return several(running) end
  return running
end

local function tell(verb, session, answer, options)
  if options.json then
    answer.schema, answer.session, answer.ok = "neap." .. verb.name .. "/1", session.name, nil
    output.json(answer)
  elseif not options.quiet then
    output.write(session.name, ": ", verb.told(answer, options), "\n")
  end
end

-- All are asked, whatever one says; the first failure's code is given.
local function ask_all(verb, options, args)
  local chosen, err = choose(options)
  if not chosen then return output.fail(err, args, control.code_of(err)) end
  local code = output.OK
  for _, session in ipairs(chosen) do
    local answer
    answer, err = control.ask(session.directory, verb.request(options), verb.patience)
    if answer then
      tell(verb, session, answer, options)
    else
      local failed = output.fail(err, args, control.code_of(err))
      code = code == output.OK and failed or code
    end
  end
  return code
end

local WHY = { "why", value = "TEXT", doc = "is recorded, with who" }

-- verb = { name =, summary =, request(options) → the command, told(answer) → words, arguments =, flags =,
-- check(options) → what is wrong, in words, or nil, patience = ns until the answer, default 10 s }
function control.verb(verb)
  verb.arguments = verb.arguments or {}
  verb.arguments[#verb.arguments + 1] = { "session", optional = true, doc = "default: the only one that runs" }
  verb.flags = verb.flags or {}
  table.move({ WHY, { "all", doc = "every session that runs" }, sessions.flag }, 1, 3, #verb.flags + 1, verb.flags)
  function verb.run(args)
    local options, err = flags.parse(verb, args)
    if not options then return output.fail(err, args, output.USAGE) end
    local wrong = verb.check and verb.check(options)
    if options.session and options.all then wrong = "a SESSION and --all exclude each other" end
    if wrong then return output.fail(output.error("usage", wrong), args, output.USAGE) end
    return ask_all(verb, options, args)
  end
  return verb
end

return control
