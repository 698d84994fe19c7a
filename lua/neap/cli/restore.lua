-- SPDX-License-Identifier: MIT
-- neap restore FILE --out PATH.
local backup = require "neap.cli.backup"
local flags = require "neap.cli.flags"
local output = require "neap.cli.output"

local restore = {
  summary = "Verifies a copy of a session's events and puts it in a new place.",
  usage = "neap restore FILE --out PATH [--json]",
  arguments = { { "file", doc = "what neap backup wrote" } },
  flags = { { "out", value = "PATH", doc = "the events file of the session; never over anything" } },
}

function restore.run(args)
  local options, err = flags.parse(restore, args)
  if not options then return output.fail(err, args, output.USAGE) end
  if not options.out then
    return output.fail(output.error("usage", "--out is missing: --out PATH"), args, output.USAGE)
  end
  return backup.copy(options.file, options.out, options, args)
end

return restore
