-- SPDX-License-Identifier: MIT
-- A line on the terminal that tells how far a run has come; silent where stderr is no terminal.
local clock = require "neap.clock"

local progress = {}

local WIDTH = 24 -- of a bar

local function is_terminal()
  return os.getenv "TERM" ~= nil and os.getenv "TERM" ~= "dumb" and require("neap.session_c").is_terminal(2)
end

function progress.new()
  local self, shown = { is_shown = is_terminal() }, false
  local function clear()
    if shown then io.stderr:write "\r\27[K" end
    shown = false
  end
  function self.update(bars, time)
    io.stderr:write(("\r\27[K%d bars, %s"):format(bars, clock.format(time)))
    shown = true
  end
  -- How much of something is done, from 0 to 1, as a bar between words.
  function self.share(name, share, text)
    local full = math.floor(share * WIDTH + 0.5)
    io.stderr:write(("\r\27[K%s [%s%s] %3.0f %%  %s"):format(name, ("#"):rep(full), ("."):rep(WIDTH - full),
      share * 100, text))
    shown = true
  end
  function self.line(text)
    clear()
    io.stderr:write(text, "\n")
  end
  self.done = clear
  return self
end

return progress
