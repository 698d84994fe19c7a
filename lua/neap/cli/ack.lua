-- SPDX-License-Identifier: MIT
-- neap ack CODE [SESSION]: a person knows.
return require("neap.cli.control").verb {
  name = "ack",
  summary = "Acknowledges alerts of a running session: the same stay quiet for an hour, unless they become worse.",
  usage = "neap ack CODE [SESSION] [--why TEXT] [--all]",
  arguments = { { "code", doc = "of the alert, as guard_tripped" } },
  request = function(options) return { command = "ack", code = options.code, why = options.why } end,
  told = function(answer) return answer.code .. " is acknowledged" end,
}
