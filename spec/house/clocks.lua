-- SPDX-License-Identifier: MIT
-- Time and randomness are handed in: nobody reads a clock of the machine, or its randomness, but those named here.
local tree = require "spec.house.tree"

local clocks = {}

-- The clock itself, the cell's limit of CPU time, and how often progress is shown.
local MAY_READ = { ["csrc/base/clock.c"] = true, ["csrc/lua/cell_watch.c"] = true, ["csrc/lua/lsession.c"] = true }

local IN_C = { "clock_gettime", "gettimeofday", "time", "clock", "rand", "random", "drand48", "getrandom", "sleep",
  "usleep", "nanosleep" }
local IN_LUA = { "os%.time", "os%.clock", "math%.random" }

local function look(root, pattern, words, call, problems)
  for _, path in ipairs(tree.files(root, pattern)) do
    for number, line in tree.lines(root, path) do
      for _, word in ipairs(words) do
        local code = (" " .. line):gsub("/%*.*", ""):gsub("^%s*[%*%-].*", "")
        local found = not MAY_READ[path] and code:find(call:format(word))
        if found then problems[#problems + 1] = ("%s:%d calls %s"):format(path, number, (word:gsub("%%", ""))) end
      end
    end
  end
end

function clocks.read_elsewhere(root)
  local problems = {}
  look(root, "^csrc/.*%.[ch]$", IN_C, "[^%%w_.>]%s%%(", problems)
  look(root, "^lua/.*%.lua$", IN_LUA, "[^%%w_]%s%%f[^%%w_]", problems)
  return problems
end

return clocks
