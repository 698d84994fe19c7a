-- SPDX-License-Identifier: MIT
-- neap report [SESSION]: one HTML page of what a session was; with --pack, one file that proves it.
local flags = require "neap.cli.flags"
local output = require "neap.cli.output"
local sessions = require "neap.cli.sessions"

local report = {
  summary = "Writes one HTML page of a session: prices with trades, equity, drawdown, figures, refusals, assumptions.",
  usage = "neap report [SESSION] [--data [PRODUCT=]FILE] [--out FILE] [--json]\n" ..
    "       neap report [SESSION] --pack [--out FILE] [--replace] [--no-code] [--with-inputs] [--json]",
  arguments = { { "session", optional = true } },
  flags = {
    { "data", value = "[PRODUCT=]FILE", many = true, doc = "the bars that the session saw; default those of neap run; "
      .. "without any its fills draw the price" },
    { "out", value = "FILE", doc = "default: report.html, or proof.pack, beside the events" },
    { "pack", doc = "a proof pack in the place of a page: neap verify FILE checks it on any machine" },
    { "replace", doc = "with --pack: over a pack that lies there" },
    { "strategy", value = "FILE", many = true, doc = "with --pack: where a strategy's text lies, if it is not found" },
    { "no-code", doc = "with --pack: the digests of strategies without their texts" },
    { "with-inputs", doc = "with --pack: the files that the session was fed with, and not their digests alone" },
    sessions.flag,
  },
  doc = "The page loads nothing from anywhere. It is written whole or not at all, and over nothing but a report.",
}

local function default_place(path, named, ending)
  local directory, name = require("neap.base.files").split(path)
  local prefix = directory == "." and "" or directory
  if name == "events.db" then return prefix .. named .. ending end
  return prefix .. name:gsub("%.db$", "") .. ending
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

-- The bars that `neap run` was given, as far as they are still there.
local function known_data(path)
  local directory = path:match "^(.*)/events%.db$"
  local before = directory and require("neap.run.place").read_config(directory)
  local sources = before and before.data and require("neap.cli.reporting").sources(before.data) or {}
  for id, file in pairs(sources) do -- a market that was generated is there as bars
    if type(file) == "string" and require("neap.base.files").mode(file) ~= "file" then sources[id] = nil end
  end
  return sources
end

local unfit = { data_differs = true, missing_column = true } -- other bars than it saw; a recording, which is none

-- Bars that were not asked for and do not fit are done without.
local function write(path, place, given)
  local page = require "neap.report"
  local sources = given or known_data(path)
  local size, err = page.write(path, place, { data = sources })
  if size or given or not next(sources) or not unfit[err.code] then return size, err end
  io.stderr:write("neap: ", output.clean(err.message), "; the prices are those of its fills\n")
  return page.write(path, place, {})
end

local OF_PACKS = { "replace", "strategy", "no-code", "with-inputs" }

local function check_flags(options)
  for _, name in ipairs(OF_PACKS) do
    if options[name:gsub("-", "_")] and not options.pack then
      return nil, output.error("usage", ("--%s goes with --pack"):format(name))
    end
  end
  return true
end

function report.run(args)
  local options, err = flags.parse(report, args)
  local ok = options
  if options then ok, err = check_flags(options) end
  if not ok then return output.fail(err, args, output.USAGE) end
  local given
  if options.data then
    given, err = require("neap.cli.reporting").sources(options.data)
    if not given then return output.fail(err, args, output.USAGE) end
  end
  local path, missing = sessions.find(options.session, options.sessions)
  if not path then return sessions.fail(missing, args) end
  if options.pack then
    return require("neap.cli.packing").write(path, options.out or default_place(path, "proof", ".pack"), options, args)
  end
  local place = options.out or default_place(path, "report", ".html")
  local size, wrong = write(path, place, given)
  if not size then return sessions.fail(wrong, args) end
  return tell(options, path, place, size)
end

return report
