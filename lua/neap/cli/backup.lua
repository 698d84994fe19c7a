-- SPDX-License-Identifier: MIT
-- neap backup [SESSION] --out FILE.
local flags = require "neap.cli.flags"
local output = require "neap.cli.output"
local sessions = require "neap.cli.sessions"

local backup = {
  summary = "Copies a session's events to one file, also while it runs, and verifies the copy.",
  usage = "neap backup [SESSION] --out FILE [--json]",
  arguments = { { "session", optional = true } },
  flags = { { "out", value = "FILE", doc = "the copy; nothing is written over" }, sessions.flag },
  doc = "The file has its name only when the copy is whole and verified.",
}

-- Copies and tells; `restore` uses it, too.
function backup.copy(path, to, options, args)
  local report, err = require("neap.event_store").backup(path, to)
  if not report then return sessions.fail(err, args) end
  if options.json then
    output.json { schema = "neap.backup/1", session = path, file = to, verified = true, events = report.events,
      first_seq = report.first_seq, groups = report.groups, head = report.head }
  elseif not options.quiet then
    output.write(("%s: %d events, verified"):format(output.clean(to), report.events), "\n")
    output.write("head " .. report.head, "\n")
  end
  return output.OK
end

function backup.run(args)
  local options, err = flags.parse(backup, args)
  if not options then return output.fail(err, args, output.USAGE) end
  if not options.out then
    return output.fail(output.error("usage", "--out is missing: --out FILE"), args, output.USAGE)
  end
  local path, missing = sessions.find(options.session, options.sessions)
  if not path then return sessions.fail(missing, args) end
  return backup.copy(path, options.out, options, args)
end

return backup
