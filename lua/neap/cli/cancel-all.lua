-- SPDX-License-Identifier: MIT
-- neap cancel-all [SESSION]: no order works any more, exits neither.
return require("neap.cli.control").verb {
  name = "cancel-all",
  summary = "Cancels every working order of a running session, exits too; it trades on.",
  usage = "neap cancel-all [SESSION] [--product P] [--why TEXT] [--all]",
  flags = { { "product", value = "P", doc = "only orders of this product" } },
  request = function(options) return { command = "cancel_all", product = options.product, why = options.why } end,
  told = function(answer) return ("%d orders cancelled"):format(answer.cancelled) end,
}
