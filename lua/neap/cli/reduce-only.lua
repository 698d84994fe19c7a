-- SPDX-License-Identifier: MIT
-- neap reduce-only on|off [SESSION].
return require("neap.cli.control").verb {
  name = "reduce-only",
  summary = "Lets a running session only reduce positions (on), or open them again (off).",
  usage = "neap reduce-only on|off [SESSION] [--why TEXT] [--all]",
  arguments = { { "switch", doc = "on or off" } },
  check = function(options)
    if options.switch ~= "on" and options.switch ~= "off" then
      return ("reduce-only is on or off, not '%s'"):format(options.switch)
    end
    if options.switch == "off" and not (options.why or ""):find "%S" then
      return "--why is missing: off lets positions grow again; say why that is right now"
    end
  end,
  request = function(options) return { command = "reduce_only", on = options.switch == "on", why = options.why } end,
  told = function(answer) return answer.trading end,
}
