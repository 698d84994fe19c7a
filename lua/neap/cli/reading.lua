-- SPDX-License-Identifier: MIT
-- What status, positions, orders and fills have in common: the same rows from a session that runs, by its socket, and
-- from one that is stored. Fills are read from the store in both cases: there may be many, and it has them all.
local control = require "neap.cli.control"
local core = require "neap.run_c"
local flags = require "neap.cli.flags"
local json = require "neap.json"
local output = require "neap.cli.output"
local sessions = require "neap.cli.sessions"
local view = require "neap.run.view"

local reading = {}

-- A missing or damaged store says so here, before its events are walked. Fills are events, no state.
local function read_stored(what, path)
  local state, err = true, nil
  if what ~= "fills" then state, err = require("neap.event_store").replay(path) end
  if not state then return nil, err end
  local ok, rows = pcall(view.stored[what], state, path)
  if not ok then return nil, type(rows) == "table" and rows or output.error("failed", tostring(rows), path) end
  return rows
end

-- → the rows (of status and reconcile: the document), or nil and an error; and true where the session runs.
function reading.read(what, path)
  local directory = path:match "^(.*)/[^/]*$" or "."
  local is_session = path:match "/events%.db$" or path == "events.db"
  local answer, err
  if is_session and what ~= "fills" then answer, err = control.ask(directory, { command = what }) end
  local is_whole = what == "status" or what == "reconcile"
  if answer then return is_whole and answer or answer[what], nil, true end
  -- One that ended while it was asked is stored by now.
  local has_ended = err and (err.code == "not_running" or err.code == "no_answer" and not core.is_served(directory))
  if err and not has_ended then return nil, err end
  return read_stored(what, path)
end

local function is_wanted(row, options)
  return (not options.product or row.product == options.product) and
    (not options.since or row.time and row.time >= options.since)
end

local function choose(rows, options)
  local chosen = {}
  for _, row in ipairs(rows) do
    if is_wanted(row, options) then chosen[#chosen + 1] = row end
  end
  return chosen
end

local function shortened(columns, rows)
  local short = {}
  for i, row in ipairs(rows) do
    short[i] = setmetatable({}, { __index = row })
    for _, column in ipairs(columns) do
      if column.of and row[column[1]] then short[i][column[1]] = row[column[1]]:sub(1, column.of) end
    end
  end
  return short
end

function reading.print_rows(what, rows, options, path)
  rows = choose(rows, options)
  if options.json then
    return output.json { schema = ("neap.%s/1"):format(what), session = path, [what] = json.array(rows) }
  end
  if #rows == 0 then return options.quiet or output.write(("no %s\n"):format(what)) end
  output.print_columns(view.columns[what], shortened(view.columns[what], rows))
end

-- { name =, summary =, usage =, flags =, print(what, rows, options, path) }
function reading.verb(verb)
  verb.arguments = { { "session", optional = true } }
  verb.flags = verb.flags or {}
  verb.flags[#verb.flags + 1] = sessions.flag
  function verb.run(args)
    local options, err = flags.parse(verb, args)
    if not options then return output.fail(err, args, output.USAGE) end
    local path, missing = sessions.find(options.session, options.sessions)
    if not path then return sessions.fail(missing, args) end
    local rows, problem = reading.read(verb.name, path)
    if not rows then return sessions.fail(problem, args) end
    verb.print(verb.name, rows, options, path)
    return output.OK
  end
  return verb
end

return reading
