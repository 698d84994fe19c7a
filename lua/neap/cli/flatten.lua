-- SPDX-License-Identifier: MIT
-- neap flatten [SESSION]: out of everything.
return require("neap.cli.control").verb {
  name = "flatten",
  summary = "Cancels a running session's entries and closes every position at the market; it trades on.",
  usage = "neap flatten [SESSION] [--why TEXT] [--all]",
  request = function(options) return { command = "flatten", why = options.why } end,
  told = function(answer) return ("%d orders close positions"):format(answer.closing) end,
}
