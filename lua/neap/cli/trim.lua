-- SPDX-License-Identifier: MIT
-- neap trim SESSION --before TIME | --keep DURATION --yes.
local flags = require "neap.cli.flags"
local output = require "neap.cli.output"
local sessions = require "neap.cli.sessions"

local trim = {
  summary = "Removes a session's oldest events, up to a snapshot from which the rest can go on; or what was " ..
    "recorded of its oldest lives.",
  usage = "neap trim SESSION [--recording] --before TIME | --keep DURATION --yes [--json]",
  arguments = { { "session" } },
  flags = {
    { "before", value = "TIME", doc = "the session begins with the latest snapshot up to this moment (ISO, UTC)" },
    { "keep", value = "DURATION", doc = "the same, counted back from its last event: 30d, 12h" },
    { "recording", doc = "not the events, but what came in: of each life that ended before that moment" },
    { "yes", doc = "what is removed is gone" },
    sessions.flag,
  },
  doc = "The events of a session that runs are not trimmed; its recording is, but for the life that runs. neap " ..
    "verify says afterwards where the events begin, neap replay where the recording does.",
}

local function usage(message, args) return output.fail(output.error("usage", message), args, output.USAGE) end

-- The moment that is meant, in ns; or nil and an error.
local function moment(options, path)
  local clock, store = require "neap.clock", require "neap.event_store"
  if options.before then return clock.parse(options.before) end
  local keep, err = clock.parse_duration(options.keep)
  if not keep then return nil, err end
  local rows, problem = store.events(path, { newest_first = true, limit = 1 })
  if not rows then return nil, problem end
  local row, damage = rows:next()
  rows:close()
  if damage then return nil, damage end
  return row and row.ts_ns - keep or 0
end

local function tell(path, report, options)
  if options.json then
    output.json { schema = "neap.trim/1", session = path, removed = report.removed, first_seq = report.first_seq }
  elseif report.removed == 0 then
    output.write(("%s: no snapshot is that old; nothing was removed"):format(output.clean(path)), "\n")
  else
    output.write(("%s: %d events removed; begins with event %d\n"):format(output.clean(path), report.removed,
      report.first_seq))
  end
end

local function tell_recording(path, report, options)
  local clock = require "neap.clock"
  local begins = report.begins and clock.format(report.begins)
  if options.json then
    output.json { schema = "neap.trim/1", session = path, removed = 0, first_seq = 0,
      recording = { lives = report.lives, bytes = report.bytes, begins = begins, after = report.after } }
    return
  end
  local what = report.lives == 0 and "no life of the recording ended before that; nothing was removed" or
    ("%d %s of the recording removed, %s KB"):format(report.lives, report.lives == 1 and "life" or "lives",
      require("neap.base.figures").grouped((report.bytes + 999) // 1000))
  local rest = report.lives == 0 and "" or begins and ("; it begins at %s, behind event %d"):format(begins,
    report.after) or "; nothing of it is left"
  output.write(("%s: %s%s\n"):format(output.clean(path), what, rest))
end

-- → an exit code
local function trim_recording(path, before, options, args)
  local directory = path:match "^(.*)/[^/]*$" or "."
  local report, err = require("neap.replay").trim(directory, before)
  if not report then return output.fail(err, args) end
  tell_recording(path, report, options)
  return output.OK
end

function trim.run(args)
  local options, err = flags.parse(trim, args)
  if not options then return output.fail(err, args, output.USAGE) end
  if (options.before and options.keep) or not (options.before or options.keep) then
    return usage("one of --before TIME and --keep DURATION is meant", args)
  end
  if not options.yes then return usage("trim removes for good: say --yes", args) end
  local path, missing = sessions.find(options.session, options.sessions)
  if not path then return sessions.fail(missing, args) end
  local before, unclear = moment(options, path)
  if not before then
    local is_word = unclear.code:match "time" or unclear.code:match "duration"
    return output.fail(unclear, args, is_word and output.USAGE or output.FAILED)
  end
  if options.recording then return trim_recording(path, before, options, args) end
  local report, problem = require("neap.event_store").trim(path, before)
  if not report then return sessions.fail(problem, args) end
  tell(path, report, options)
  return output.OK
end

return trim
