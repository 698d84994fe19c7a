-- SPDX-License-Identifier: MIT
-- neap verify [SESSION], or a proof pack.
local flags = require "neap.cli.flags"
local output = require "neap.cli.output"
local sessions = require "neap.cli.sessions"

local verify = {
  summary = "Checks that no event of a session was changed, removed, added or moved, and replays its state.",
  usage = "neap verify [SESSION | FILE.pack] [--head HASH] [--pack HASH] [--json]",
  arguments = { { "session", optional = true } },
  flags = {
    { "head", value = "HASH", doc = "the head that was noted: finds a cut end and a chain written anew, too" },
    { "pack", value = "HASH", doc = "of a proof pack: the pack's own digest that was noted" },
    sessions.flag,
  },
  doc = "Of a proof pack (neap report --pack) also its parts, its configuration and code, and profit and loss from " ..
    "the fills alone.\nExit code 0: nothing was changed; 1: something was, or the file cannot be read.",
}

-- Of the events that were verified, from the first on; a store of other events than a session's has no state.
local function replay(path, report)
  if report.events == 0 then return {} end
  local last = report.first_seq + report.events - 1
  local state, err = require("neap.event_store").replay(path, { from_start = true, until_seq = last })
  if state or (err.code ~= "no_session") then return state, err end
  return {}
end

local function print_report(path, report, state, head)
  local write = function(text, ...) output.write(text:format(...), "\n") end
  write("%s: good, %d events in %d groups", output.clean(path), report.events, report.groups)
  if report.first_seq > 1 then write("trimmed: begins with the snapshot of event %d", report.first_seq) end
  if report.reserve > 0 then
    write("%d of the events lie in its reserve; the session, running or resumed, moves them into the file",
      report.reserve)
  end
  write("head %s", report.head)
  if state.state_hash then
    output.write(("state %s after event %d (%d snapshot%s)\n"):format(state.state_hash, state.last_seq,
      state.snapshots, state.snapshots == 1 and " agrees" or "s agree"))
  end
  if not head then
    output.write("(a chain without its head noted elsewhere cannot show that its end was cut off; ",
      "--head HASH does)\n")
  end
end

local function check_hash(options, name)
  local text = options[name]
  if not text or #text == 64 and text:match "^%x+$" then return true end
  return nil, output.error("usage", ("--%s takes the 64 hexadecimal digits of a %s"):format(name,
    name == "head" and "head" or "pack's digest"))
end

local function read(args)
  local options, err = flags.parse(verify, args)
  if not options then return nil, err end
  for _, name in ipairs { "head", "pack" } do
    local ok, wrong = check_hash(options, name)
    if not ok then return nil, wrong end
  end
  return options
end

-- What is called a pack, or is to be one, is judged as one.
local function is_meant_as_pack(options, path)
  return options.pack ~= nil or path:find "%.pack$" ~= nil or require("neap.pack").is_pack(path) == true
end

function verify.run(args)
  local options, err = read(args)
  if not options then return output.fail(err, args, output.USAGE) end
  local head = options.head
  local path, missing = sessions.find(options.session, options.sessions)
  if not path then return sessions.fail(missing, args) end
  if is_meant_as_pack(options, path) then return require("neap.cli.packing").verify(path, options, args) end
  local report, problem = require("neap.event_store").verify(path, { head = head })
  if not report then return sessions.fail(problem, args) end
  local state, differs = replay(path, report)
  if not state then return sessions.fail(differs, args) end
  if options.json then
    output.json { schema = "neap.verify/1", session = path, verified = true, events = report.events,
      groups = report.groups, first_seq = report.first_seq, reserve = report.reserve, head = report.head,
      state_hash = state.state_hash, snapshots = state.snapshots }
  elseif not options.quiet then
    print_report(path, report, state, head)
  end
  return output.OK
end

return verify
