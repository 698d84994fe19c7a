-- SPDX-License-Identifier: MIT
-- neap reconcile [SESSION]: ours against the venue's, difference by difference; and what a person says of one.
local control = require "neap.cli.control"
local core = require "neap.run_c"
local decimal = require "neap.decimal"
local flags = require "neap.cli.flags"
local output = require "neap.cli.output"
local reading = require "neap.cli.reading"
local sessions = require "neap.cli.sessions"
local view = require "neap.run.view"

local MS = 1000000
local PATIENCE, BETWEEN = 3000 * MS, 100 * MS

local reconcile = {
  name = "reconcile",
  summary = "Compares a session's books with the account at the venue, and settles what differs.",
  usage = "neap reconcile [SESSION] [--adopt ID | --dismiss ID] [--why TEXT] [--json]",
  doc = "What the account holds is ours and the external part. A difference that two looks found holds its products " ..
    "until a person settles it: --dismiss lets the external part take it; --adopt books what is missing of a " ..
    "product to the operator's desk, where the session adopts. Exit code 1: there are differences.",
  arguments = { { "session", optional = true } },
  flags = {
    { "adopt", value = "ID", doc = "the difference is the operator's" },
    { "dismiss", value = "ID", doc = "the difference is not ours" },
    { "why", value = "TEXT", doc = "is recorded, with who; needed with --adopt and --dismiss" },
    sessions.flag,
  },
}

local function check(options)
  local id = options.adopt or options.dismiss
  if options.adopt and options.dismiss then return "--adopt and --dismiss exclude each other" end
  if id and not id:match "^%d+$" then return ("'%s' is no number of a difference"):format(id) end
  if id and not (options.why or ""):find "%S" then return "say why, in words: --why TEXT" end
  if options.why and not id then return "--why belongs to --adopt ID or --dismiss ID" end
end

local function settle(directory, options, args)
  local answer, err = control.ask(directory, { command = "reconcile", adopt = options.adopt, dismiss = options.dismiss,
    why = options.why })
  if not answer then return output.fail(err, args, control.code_of(err)) end
  local how, left = options.adopt and answer.external == "adopt" and "adopted" or "dismissed", #answer.differences
  if options.json then
    output.json(view.reconcile_document(answer, directory, { settled = options.adopt or options.dismiss, how = how }))
  elseif not options.quiet then
    output.write(("difference %s is %s; %s\n"):format(options.adopt or options.dismiss, how,
      left == 0 and "none is left" or left .. " left"))
  end
  return output.OK
end

local function seen(found)
  if not found.baseline_at then return "the account at the venue was not seen yet" end
  return ("external: %s   baseline %s   last look %s"):format(found.external or "?", found.baseline_at,
    found.looked_at or "none by this process")
end

-- Whether each currency's row is one of a difference, or adds up.
local function adds_up(found)
  for _, row in ipairs(found.currencies) do
    local ours, external = decimal.parse(row.ours or ""), decimal.parse(row.external or "")
    local venue = decimal.parse(row.venue or "")
    if not row.id and ours and external and venue and ours + external ~= venue then return false end
  end
  return true
end

local function print_text(found)
  output.write(seen(found), "\n")
  if #found.currencies > 0 then output.print_columns(view.columns.reconcile, found.currencies) end
  if #found.orders > 0 then
    output.write "open at the venue, and not ours:\n"
    output.print_columns(view.columns.foreign_orders, found.orders, "  ")
  end
  if found.looked_at and not adds_up(found) then
    output.write "what does not add up is under way, or the next look will call it a difference\n"
  end
  local count = #found.differences
  output.write(count == 0 and "no differences\n"
    or ("%d difference%s: neap reconcile --dismiss ID --why TEXT\n"):format(count, count == 1 and "" or "s"))
end

-- Of a session that runs each question is a wish for a look at the account, too: what is shown is of a look that came
-- after it, and, where that does not add up, of the one that says whether it is a difference.
local function read_fresh(path)
  local found, err, runs = reading.read("reconcile", path)
  if not (found and runs and found.looked_at) then return found, err end
  local first, deadline, loop = found.looked_at, core.now() + PATIENCE, core.open_loop()
  repeat
    loop:turn(core.now() + BETWEEN)
    local later = reading.read("reconcile", path)
    found = later or found
  until not later or found.looked_at ~= first and adds_up(found) or core.now() > deadline
  loop:close()
  return found
end

local function show(path, options, args)
  local found, err = read_fresh(path)
  if not found then
    if err.code == "no_venue" then return output.fail(err, args, output.USAGE) end
    return sessions.fail(err, args)
  end
  if options.json then
    output.json(view.reconcile_document(found, path))
  elseif not options.quiet then
    print_text(found)
  end
  return #found.differences == 0 and output.OK or output.FAILED
end

function reconcile.run(args)
  local options, err = flags.parse(reconcile, args)
  if not options then return output.fail(err, args, output.USAGE) end
  local wrong = check(options)
  if wrong then return output.fail(output.error("usage", wrong), args, output.USAGE) end
  local path, missing = sessions.find(options.session, options.sessions)
  if not path then return sessions.fail(missing, args) end
  if not (options.adopt or options.dismiss) then return show(path, options, args) end
  return settle(path:match "^(.*)/[^/]*$" or ".", options, args)
end

return reconcile
