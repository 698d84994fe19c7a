-- SPDX-License-Identifier: MIT
-- neap version.
local flags = require "neap.cli.flags"
local output = require "neap.cli.output"

local version = { summary = "Prints the version.", usage = "neap version [--json]" }

function version.run(args)
  local options, err = flags.parse(version, args)
  if not options then return output.fail(err, args, output.USAGE) end
  local number = require("neap.cli.main").version
  if options.json then
    output.json { schema = "neap.version/1", version = number }
  else
    output.write("neap " .. number, "\n")
  end
  return output.OK
end

return version
