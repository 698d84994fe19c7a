-- SPDX-License-Identifier: MIT
-- neap report [SESSION]: one HTML page of what a session was.
local flags = require "neap.cli.flags"
local output = require "neap.cli.output"
local sessions = require "neap.cli.sessions"

local report = {
  summary = "Writes one HTML page of a session: prices with trades, equity, drawdown, figures, refusals, assumptions.",
  usage = "neap report [SESSION] [--data [PRODUCT=]FILE] [--out FILE] [--json]",
  arguments = { { "session", optional = true } },
  flags = {
    { "data", value = "[PRODUCT=]FILE", many = true, doc = "the bars that the session saw; without them its fills draw "
      .. "the price" },
    { "out", value = "FILE", doc = "default: report.html beside the events" },
    sessions.flag,
  },
  doc = "The page loads nothing from anywhere. It is written whole or not at all, and over nothing but a report.",
}

local function default_place(path)
  local directory, name = require("neap.base.files").split(path)
  local prefix = directory == "." and "" or directory
  if name == "events.db" then return prefix .. "report.html" end
  return prefix .. name:gsub("%.db$", "") .. ".html"
end

local function tell(options, path, place, size)
  if options.json then
    output.json { schema = "neap.report/1", session = path, file = place, bytes = size }
  elseif not options.quiet then
    local grouped = require("neap.base.figures").grouped
    output.write(("%s: %s KB\n"):format(output.clean(place), grouped((size + 999) // 1000)))
  end
  return output.OK
end

function report.run(args)
  local options, err = flags.parse(report, args)
  if not options then return output.fail(err, args, output.USAGE) end
  local sources = {}
  if options.data then
    sources, err = require("neap.cli.reporting").sources(options.data)
    if not sources then return output.fail(err, args, output.USAGE) end
  end
  local path, missing = sessions.find(options.session, options.sessions)
  if not path then return sessions.fail(missing, args) end
  local place = options.out or default_place(path)
  local size, wrong = require("neap.report").write(path, place, { data = sources })
  if not size then return sessions.fail(wrong, args) end
  return tell(options, path, place, size)
end

return report
