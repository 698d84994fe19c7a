-- SPDX-License-Identifier: MIT
-- neap help [VERB].
local flags = require "neap.cli.flags"
local main = require "neap.cli.main"
local output = require "neap.cli.output"

local help = {
  summary = "Says what the verbs do.",
  usage = "neap help [VERB]",
  arguments = { { "verb", optional = true } },
}

local LAUNCHER = { setup = "Installs missing packages and builds.", test = "Runs the tests." }

local function summaries()
  local rows = {}
  for _, name in ipairs(main.verbs) do
    local verb = main.verb(name)
    if verb then rows[#rows + 1] = { verb = name, does = verb.summary } end
  end
  for _, name in ipairs(main.launcher) do rows[#rows + 1] = { verb = name, does = LAUNCHER[name] } end
  table.sort(rows, function(a, b) return a.verb < b.verb end)
  return rows
end

local function print_overview(json)
  local rows = summaries()
  if json then return output.json { schema = "neap.help/1", verbs = rows } end
  output.write "usage: neap VERB [ARGUMENT] [--flags]\n\n"
  for i, line in ipairs(output.columns({ { "verb" }, { "does" } }, rows)) do
    if i > 1 then output.write("  ", line, "\n") end
  end
  output.write "\nneap help VERB says more. Not in this version: "
  output.write(table.concat(main.later, " "), ".\n")
end

function help.run(args)
  local options, err = flags.parse(help, args)
  if not options then return output.fail(err, args, output.USAGE) end
  if not options.verb then
    print_overview(options.json)
    return output.OK
  end
  local verb, problem = main.verb(options.verb)
  if not verb then return output.fail(problem, args, output.USAGE) end
  output.write(flags.help(verb))
  return output.OK
end

return help
