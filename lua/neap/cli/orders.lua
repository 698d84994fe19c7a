-- SPDX-License-Identifier: MIT
-- neap orders [SESSION].
local reading = require "neap.cli.reading"

return reading.verb {
  name = "orders",
  summary = "Prints the working orders of a session that runs, or of a stored one.",
  usage = "neap orders [SESSION] [--product P] [--json]",
  flags = { { "product", value = "P", doc = "only this product" } },
  print = reading.print_rows,
}
