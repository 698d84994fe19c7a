-- SPDX-License-Identifier: MIT
-- `neap exchange` as a program of its own that ends when its user closes it; without TLS, where that is not asked for.
local json = require "neap.json"
local program = require "spec.support.program"

local exchange_program = {}

local methods = {}
methods.__index = methods

-- exchange_program.start("--market none", DIRECTORY) → .ready, the line that it printed as a table; empty when it did
-- not start.
function exchange_program.start(words, home, is_safe)
  local fifo = os.tmpname()
  os.remove(fifo)
  os.execute("mkfifo " .. fifo)
  local pipe = assert(io.popen(("cd '%s' && exec env %s 2>%s/errors <%s"):format(home,
    program.command(("exchange %s--until-input-ends %s"):format(is_safe and "" or "--plain ", words)), home, fifo)))
  local input = assert(io.open(fifo, "w"))
  os.remove(fifo)
  local line = pipe:read "l"
  return setmetatable({ ready = line and json.decode(line) or {}, pipe = pipe, input = input, home = home }, methods)
end

-- Ends it.
function methods:close()
  self.input:close()
  self.pipe:read "a"
  self.pipe:close()
end
methods.__close = methods.close

-- Waits for it to end by itself → what it said on standard error.
function methods:wait()
  self.pipe:read "a"
  self.pipe:close()
  self.input:close()
  return program.read(self.home .. "/errors")
end

return exchange_program
