-- SPDX-License-Identifier: MIT
-- `neap exchange` as a program of its own that ends when its user closes it; without TLS, where that is not asked for.
local json = require "neap.json"
local process = require "tools.venue_sweep.process"
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
  return setmetatable({ ready = line and json.decode(line) or {}, pipe = pipe, input = input, home = home,
    running = {} }, methods)
end

-- The same with a market of BTC-USD and an account of 100,000 USD.
function exchange_program.trading(home, more)
  return exchange_program.start("--market BTC-USD=generated --funds USD=100000,BTC=0 --no-rate-limits " ..
    (more or ""), home)
end

-- Words of `neap run`: a strategy on BTC-USD at this exchange, as the session `one`, which lies in `sessions`.
function methods:run_words(strategy, more, sessions)
  return ("run '%s' --product BTC-USD --session one --sessions '%s' --base %s --key-file '%s' %s"):format(strategy,
    sessions or self.home, self.ready.rest, self.ready.key_file, more)
end

-- Starts that → the process (tools.venue_sweep.process) when it has said that it is ready. options: env, sessions.
function methods:run(strategy, more, options)
  options = options or {}
  local running = process.start(self:run_words(strategy, more, options.sessions), self.home .. "/life", options.env)
  self.running[#self.running + 1] = running
  local text, err = running:wait_for("ready", 120)
  return text and running or error("it did not start: " .. err, 2)
end

-- Ends it. A session that a failed test left behind would keep its input open.
function methods:close()
  for _, running in ipairs(self.running) do running:signal "KILL" end
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
