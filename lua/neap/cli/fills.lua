-- SPDX-License-Identifier: MIT
-- neap fills [SESSION].
local reading = require "neap.cli.reading"

return reading.verb {
  name = "fills",
  summary = "Prints the fills of a session that runs, or of a stored one.",
  usage = "neap fills [SESSION] [--product P] [--since TIME] [--json]",
  flags = { { "product", value = "P", doc = "only this product" },
    { "since", value = "TIME", doc = "from this moment on, ISO UTC" } },
  print = reading.print_rows,
}
