-- SPDX-License-Identifier: MIT
-- `neap run` as a process of its own, beside the spec: started, spoken to, signalled, waited for. Nothing sleeps: what
-- it prints and answers is waited for.
local core = require "neap.run_c"
local json = require "neap.json"
local program = require "spec.support.program"

local running = {}

local methods = {}
methods.__index = methods

local PATIENCE = 20 * 1000000000 -- ns

-- running.start("k.lua --data …", { home =, env = }) → after its ready line. The rest of what it prints: self.errors.
function running.start(words, options)
  local self = setmetatable({ home = options.home, errors = os.tmpname() }, methods)
  self.pipe = assert(io.popen(("cd '%s' && exec env -u RISK_CONFIG_PATH NEAP_HOME='%s' %s %s 2>%s </dev/null"):format(
    options.home, options.home, options.env or "", program.command("run " .. words), self.errors)))
  self.lines = { self.pipe:read "l" }
  self.lines[2] = self.lines[1] and self.pipe:read "l"
  self.pid, self.directory = (self.lines[2] or ""):match "^ready   pid (%d+)   (.+)$"
  if not self.pid then error("it did not start: " .. program.read(self.errors), 2) end
  return self
end

-- One that was started otherwise.
function running.of(fields) return setmetatable(fields, methods) end

-- One command → the answer as a table.
function methods:ask(request)
  local line = type(request) == "string" and request or json.encode(request)
  return assert(json.decode(assert(core.ask(self.directory, line, PATIENCE)), { numbers = "float" }))
end

-- Asks until `found` gives something of the status; each answer is waited for, and the session goes on between two.
function methods:await(found)
  for _ = 1, 200000 do
    local status = self:ask { command = "status" }
    if found(status) then return status end
  end
  error("it never came: " .. json.encode(self:ask { command = "status" }), 2)
end

function methods:signal(name) os.execute(("kill -%s %s"):format(name, self.pid)) end

-- Waits for its end → the rest of stdout, exit code, stderr. A signal that ended it is 128 + its number.
function methods:wait()
  local text = self.pipe:read "a"
  local _, how, code = self.pipe:close()
  self.pipe = nil
  local complaint = program.read(self.errors)
  os.remove(self.errors)
  return text, how == "signal" and 128 + code or code, complaint
end

-- For teardown: whatever a failed test left.
function methods:finish()
  if not self.pipe then return end
  self:signal "KILL"
  self:wait()
end

function running.verb(words, options)
  return program.run(words, { directory = options.home, env = ("NEAP_HOME='%s' %s"):format(options.home,
    options.env or "") })
end

return running
