-- SPDX-License-Identifier: MIT
-- neap stop [SESSION]: it stops in order, and can be run again.
return require("neap.cli.control").verb {
  name = "stop",
  summary = "Stops a running session in order, and waits until it has.",
  usage = "neap stop [SESSION] [--on-stop keep|cancel|flatten] [--why TEXT] [--all]",
  flags = { { "on-stop", value = "HOW", choices = { "keep", "cancel", "flatten" },
    doc = "default: as it was started" } },
  patience = 45 * 1000000000, -- at a venue it waits half a minute for what it cancels and closes
  request = function(options) return { command = "stop", why = options.why, on_stop = options.on_stop } end,
  told = function(answer) return ("stopped, equity %s %s"):format(answer.equity, answer.currency) end,
}
