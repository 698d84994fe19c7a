-- SPDX-License-Identifier: MIT
-- neap config set, unset, rollback, reload: an operator's changes.
local config = require "neap.config"
local operator = require "neap.config.operator"
local output = require "neap.cli.output"

local write = {}

local function note_of(given)
  return { who = require("neap.config_c").who(), why = given.why, time = os.date "!%Y-%m-%dT%H:%M:%SZ" }
end

local function document(at, done)
  local array = require("neap.json").array
  return { schema = "neap.config_change/1", done = done.what, place = at.place.name, number = done.number,
    changes = array(done.changes), hidden = array(done.hidden), engine_before = done.engine_before,
    engine_after = done.engine_after, engine_reason = done.engine_reason }
end

local function print_change(at, done)
  for _, change in ipairs(done.changes) do
    output.write(output.clean(("%s: %s -> %s   (%s)"):format(change.name, change.old == "" and "none" or change.old,
      change.new == "" and "none" or change.new, change.source)), "\n")
  end
  if #done.changes == 0 then output.write "nothing changes\n" end
  output.write(("engine %s -> %s (%s)\n"):format(done.engine_before, done.engine_after, done.engine_reason))
  output.write(output.clean(("configuration %d of %s"):format(done.number, at.place.name)), "\n")
end

-- A session that runs is asked to look at once; it would at its next cycle. → the exit code.
local function tell_session(at, given)
  local answer, err = require("neap.cli.control").ask(at.session, { command = "reload" })
  if answer or err.code == "not_running" or err.code == "not_in_this_version" then
    if not given.quiet and not given.json then
      output.write(answer and "the session has taken it\n" or "the session does not run: it begins with it\n")
    end
    return output.OK
  end
  io.stderr:write("neap: the session did not take it: ", output.clean(err.message or tostring(err)), "\n")
  return output.FAILED
end

-- What a stronger source hides had no effect, and that is no success.
local function finish(at, given, verb, done, err)
  if not done then return verb.fail(err, given) end
  if given.json then output.json(document(at, done)) else print_change(at, done) end
  for _, word in ipairs(done.hidden) do io.stderr:write("neap: ", output.clean(config.describe_hidden(word)), "\n") end
  local code = at.session and tell_session(at, given) or output.OK
  return #done.hidden > 0 and output.FAILED or code
end

function write.set(at, given, verb)
  local values = {}
  for _, text in ipairs(given.rest) do
    local name, value = text:match "^([^=]+)=(.*)$"
    if not name then
      return output.fail(output.error("usage", ("config set: '%s' is not KEY=VALUE"):format(text)),
        given.json == true, output.USAGE)
    end
    values[name] = value
  end
  return finish(at, given, verb, operator.set(at, values, note_of(given)))
end

function write.unset(at, given, verb)
  return finish(at, given, verb, operator.unset(at, given.rest[1], note_of(given)))
end

function write.rollback(at, given, verb)
  return finish(at, given, verb, operator.rollback(at, given.to, note_of(given)))
end

function write.reload(at, given, verb) return finish(at, given, verb, operator.reload(at, note_of(given))) end

return write
