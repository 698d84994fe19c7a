-- SPDX-License-Identifier: MIT
-- neap replay SESSION.
local clock = require "neap.clock"
local flags = require "neap.cli.flags"
local json = require "neap.json"
local output = require "neap.cli.output"
local sessions = require "neap.cli.sessions"

local replay = {
  summary = "Plays a recorded session again from its inputs and compares every event with those that it stored; or " ..
    "what if.",
  usage = "neap replay [SESSION] [--until TIME] [--json]\n" ..
    "       neap replay [SESSION] [--from TIME|NUMBER] [--with STRATEGY] [--set NAME=VALUE] " ..
    "[--engine E] [--until TIME] [--store PATH] [--json]",
  arguments = { { "session", optional = true } },
  flags = {
    { "until", value = "TIME", doc = "to this moment of the session only" },
    { "from", value = "TIME|NUMBER", doc = "what if, a fork: the session as it was up to this moment, or event, and " ..
      "from there on what is given" },
    { "with", value = "STRATEGY", doc = "what if: this strategy's file, as it is now, in the place of the session's" },
    { "set", value = "NAME=VALUE", many = true, doc = "what if: a parameter of the strategy, or a field of the " ..
      "configuration" },
    { "engine", value = "E", choices = { "live", "advanced" }, doc = "what if: this engine for all orders" },
    { "store", value = "PATH", doc = "keeps the what-if: a directory, or a file that ends in .db" },
    sessions.flag,
  },
  doc = "Strategies, configurations and all that came from the venue are in the recording: nothing is connected to, " ..
    "and files that were changed since are told and not read. Exit code 0: the same events and states; 1: not, or " ..
    "the recording cannot be read on: which input, which event, which field. With --with, --set or --engine the " ..
    "same market is played to a session on paper that has these, and what it came to is printed beside what was " ..
    "recorded; with --from that session is the recorded one up to there. A fork that was kept with --store is " ..
    "replayed, and left with --from, in the same way. Exit code 0: it could be played.",
}

local function describe_input(directory, number)
  local input = number and number > 0 and require("neap.replay").input(directory, number)
  if not input then return nil end
  return require("neap.session.origin").describe(input)
end

local function order_of(event) return event and event.client_order_id ~= "" and event.client_order_id or nil end

-- The words of a difference, by its kind.
local says = {}

function says.event(found)
  local event = found.stored or found.replayed
  return ("event %d differs: %s%s%s%s"):format(found.seq, event.type, event.product ~= "" and " " .. event.product or
    "", order_of(event) and ", order " .. order_of(event) or "", found.stored and found.stored.is_at_odds and
    "; as it is stored, its record and its body do not say the same: one of them was changed" or "")
end

function says.input(found) return found.words end

function says.missing(found)
  return ("the recording ends, behind %s, before the session's events do: %d of them have no input, from event %d on")
    :format(require("neap.session.origin").file(found.segment), found.count, found.seq)
end

function says.journal(found)
  return ("the journal's disk failed at %s (event %d: %s): that is no input, and what the session did from event %d " ..
    "on cannot be made again; before it all is the same"):format(clock.format(found.ts_ns), found.seq,
    found.why or "no reason is stored", found.first)
end

function says.beyond(found)
  return ("the replay goes on behind the session's end: %d more events"):format(found.count)
end

local function describe(directory, found)
  if not found then return nil end
  local fields = found.kind == "event" and require("neap.replay.difference").fields(found.stored, found.replayed) or nil
  return { kind = found.kind, message = says[found.kind](found), event = found.seq, fields = fields,
    order = order_of(found.stored or found.replayed), type = (found.stored or found.replayed or {}).type,
    input = describe_input(directory, found.input) }
end

local function print_difference(told)
  output.write(output.clean(told.message), "\n")
  local input = told.input
  if input then
    output.write(("  came of input %d (%s), %s, %s\n"):format(input.number, input.kind, input.time, input.segment))
  end
  for _, field in ipairs(told.fields or {}) do
    output.write(output.clean(("  %s: recorded %s, replayed %s"):format(field.field, field.recorded or "(none)",
      field.replayed or "(none)")), "\n")
  end
end

local function print_result(name, found, told)
  for _, file in ipairs(found.changed) do
    for _, line in ipairs(require("neap.replay.changed").lines(file)) do output.write(output.clean(line), "\n") end
  end
  if found.begins then output.write(require("neap.replay.beginning").words(found.begins), "\n") end
  if told then print_difference(told) end
  output.write(("%s: %s, %d events of %d inputs in %d %s%s\n"):format(output.clean(name), told and "differs" or
    "the same", found.events, found.inputs, found.lives, found.lives == 1 and "life" or "lives",
    found.stopped_at and ", up to " .. clock.format(found.stopped_at) or ""))
end

local function print_json(name, found, told)
  local begins = found.begins
  output.json { schema = "neap.replay/1", session = name, same = found.same, lives = found.lives,
    events = found.events, inputs = found.inputs, difference = told, changed = json.array(found.changed),
    ["until"] = found.stopped_at and clock.format(found.stopped_at) or nil,
    begins = begins and { time = clock.format(begins.time), after = begins.after, trimmed = begins.is_trimmed } }
end

local CHANGES = { "from", "with", "set", "engine" }

local function is_what_if(options)
  for _, name in ipairs(CHANGES) do
    if options[name] then return true end
  end
  return false
end

local function directory_of(path) return path:match "^(.*)/[^/]*$" or "." end

local function read(args)
  local options, err = flags.parse(replay, args)
  if not options then return nil, err end
  if options.store and not is_what_if(options) then
    return nil, output.error("usage", "--store keeps a what-if: it goes with --from, --with, --set or --engine")
  end
  if not options["until"] then return options end
  local until_ns
  until_ns, err = clock.parse(options["until"])
  if not until_ns then return nil, output.error("usage", "--until: " .. err.message) end
  return options, until_ns
end

local function play_strictly(options, until_ns, at, name, args)
  local found, err = require("neap.replay").run { directory = at.path, until_ns = until_ns }
  if not found then return output.fail(err, args, err.code == "before_beginning" and output.USAGE) end
  local told = describe(found.directory, found.difference)
  if options.json then print_json(name, found, told) else print_result(name, found, told) end
  return found.same and output.OK or output.FAILED
end

function replay.run(args)
  local options, until_ns = read(args)
  if not options then return output.fail(until_ns, args, output.USAGE) end
  local path, missing = sessions.find(options.session, options.sessions)
  if not path then return sessions.fail(missing, args) end
  local directory = directory_of(path)
  local play = is_what_if(options) and require "neap.cli.replay_what_if" or play_strictly
  local at = { path = path:find "/events%.db$" and directory or path, directory = directory }
  return play(options, until_ns, at, at.path:match "[^/]+$" or directory, args)
end

return replay
