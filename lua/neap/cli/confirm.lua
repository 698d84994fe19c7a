-- SPDX-License-Identifier: MIT
-- A question before something that cannot be taken back: asked on a terminal, answered by --yes, nowhere else.
local output = require "neap.cli.output"

local confirm = { flag = { "yes", doc = "does it without asking; needed where there is no terminal" } }

local function has_terminal() return require("neap.session_c").is_terminal(0) end

-- Whether an answer can be had: nil and an error of usage where nobody is there who could give it. Looked at before
-- anything is begun.
function confirm.check(given, what)
  if given.yes or given.dry_run or has_terminal() and not given.json then return true end
  return nil, output.error("usage", ("%s: nobody can be asked here: say --yes, or --dry-run to only look"):format(what))
end

-- true, or nil and an error: it was not wanted.
function confirm.ask(given, question)
  if given.yes then return true end
  io.stdout:flush() -- what is asked about has been printed
  io.stderr:write(question, " [y/N] ")
  local answer = (io.read "l" or ""):lower():match "^%s*(.-)%s*$"
  if answer == "y" or answer == "yes" then return true end
  return nil, output.error("declined", "nothing was done")
end

return confirm
