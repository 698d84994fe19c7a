-- SPDX-License-Identifier: MIT
-- neap positions [SESSION].
local reading = require "neap.cli.reading"

return reading.verb {
  name = "positions",
  summary = "Prints the positions of a session that runs, or of a stored one.",
  usage = "neap positions [SESSION] [--product P] [--json]",
  flags = { { "product", value = "P", doc = "only this product" } },
  print = reading.print_rows,
}
