-- SPDX-License-Identifier: MIT
-- Proof packs on the command line: neap report --pack writes one, neap verify FILE prints what was checked of it.
local json = require "neap.json"
local output = require "neap.cli.output"
local pack = require "neap.pack"
local sessions = require "neap.cli.sessions"

local packing = {}

local function size_of(path)
  local bytes = require("neap.base.files").lfs.attributes(path, "size") or 0
  return require("neap.base.figures").grouped((bytes + 999) // 1000)
end

-- What of the session could not be taken along, and how it could.
local function tell_missing(place)
  local said = json.decode(pack.read(place, "code.json") or "{}", { numbers = "float" })
  for _, entry in ipairs(said.code or {}) do
    if not entry.files and entry.policy then
      io.stderr:write("neap: config/engine_policy.lua is not the one that chose engines: ",
        "the pack has its digest alone\n")
    elseif not entry.files then
      io.stderr:write("neap: no file is found that is the strategy ", output.clean(entry.strategy),
        " which ran: the pack has its digest alone; --strategy FILE says where it lies\n")
    end
  end
end

-- neap report --pack
function packing.write(path, place, options, args)
  local report, err = pack.write(path, place, { code = not options.no_code, inputs = options.with_inputs or false,
    over = options.replace or false, data = options.data, strategies = options.strategy })
  if not report then
    local is_refused = err.code == "file_exists" and not options.replace
    if is_refused then err.message = err.message:gsub("or say so", "or --replace a pack") end
    return sessions.fail(err, args)
  end
  if options.json then
    output.json { schema = "neap.report_pack/1", session = path, file = place, verified = true,
      events = report.chain.events, parts = report.parts, head = report.chain.head, pack = report.digest }
  elseif not options.quiet then
    output.write(("%s: %d events, %d parts, %s KB, verified\n"):format(output.clean(place), report.chain.events,
      report.parts, size_of(place)))
    output.write("head ", report.chain.head, "\npack ", report.digest, "\n")
    tell_missing(place)
  end
  return output.OK
end

local COLUMNS = { { "product" }, { "quantity", align = "right" }, { "realized", align = "right" },
  { "fees", align = "right" }, { "funding", align = "right" }, { "mark", align = "right" },
  { "unrealized", align = "right" }, { "profit", align = "right" }, { "fills", align = "right" },
  { "trades", align = "right" } }

local function print_figures(figures)
  local lines = table.move(figures.products, 1, #figures.products, 1, {})
  if #lines > 1 then
    lines[#lines + 1] = { product = "all", realized = figures.realized, fees = figures.fees, funding = figures.funding,
      unrealized = figures.unrealized, profit = figures.profit, fills = figures.fills, trades = figures.trades }
  end
  output.print_columns(COLUMNS, lines)
  output.write(("paid in %s   profit %s   equity %s %s\n"):format(figures.paid, figures.profit or "unknown",
    figures.equity or "unknown", figures.currency))
end

local function print_report(path, report, options)
  local begun = report.manifest.chain.first_event > 1
  output.write(("%s: good\n"):format(output.clean(path)))
  output.print_columns({ { "check" }, { "found" } }, report.checks)
  output.write "\n"
  print_figures(report.figures)
  if begun then
    output.write(("the store was trimmed: what was before event %d is taken from its snapshot\n"):format(
      report.manifest.chain.first_event))
  end
  output.write("head ", report.chain.head, "\npack ", report.digest, "\n")
  if not options.head and not options.pack then
    output.write("(whoever can write the file can write all of it anew: --head HASH compares the head, ",
      "--pack HASH the whole, with what was noted elsewhere)\n")
  end
end

-- What was good before the first thing that is wrong.
local function print_checks(checks)
  if #checks > 0 then output.print_columns({ { "check" }, { "found" } }, checks) end
end

-- neap verify FILE.pack
function packing.verify(path, options, args)
  local report, err, checks = pack.verify(path, { head = options.head, pack = options.pack })
  if not report then
    if not options.json and not options.quiet then print_checks(checks) end
    return sessions.fail(err, args)
  end
  if options.json then
    output.json { schema = "neap.verify_pack/1", pack = path, verified = true, digest = report.digest,
      head = report.chain.head, events = report.chain.events, groups = report.chain.groups,
      first_seq = report.chain.first_seq, state_hash = report.state.state_hash, snapshots = report.state.snapshots,
      manifest = report.manifest, checks = report.checks, result = report.figures }
  elseif not options.quiet then
    print_report(path, report, options)
  end
  return output.OK
end

return packing
