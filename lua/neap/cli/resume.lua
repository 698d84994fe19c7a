-- SPDX-License-Identifier: MIT
-- neap resume [SESSION] --why TEXT: back to normal.
return require("neap.cli.control").verb {
  name = "resume",
  summary = "Leads a halted or reduce-only session back to normal; says why.",
  usage = "neap resume [SESSION] --why TEXT [--all]",
  check = function(options)
    if not (options.why or ""):find "%S" then return "--why is missing: what was wrong, and why it is right now" end
  end,
  request = function(options) return { command = "resume", why = options.why } end,
  told = function(answer) return answer.trading end,
}
