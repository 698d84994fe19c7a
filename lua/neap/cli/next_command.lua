-- SPDX-License-Identifier: MIT
-- What takes up again what a session left that gave up: it goes on, and closes what is left when it is stopped.

-- next_command(name, the flags it was run with, how = of --on-stop) → words, with what a session does not keep of its
-- flags: that it is armed, that nobody hears its alerts, and where it lies.
return function(name, given, how)
  local home = given.sessions and (" --sessions '%s'"):format(given.sessions) or ""
  local armed = given.armed and " --armed" .. (given.no_alerts and " --no-alerts" or "") or ""
  return ("neap run --session %s%s%s, then neap stop %s --on-stop %s%s"):format(name, armed, home, name, how, home)
end
