-- SPDX-License-Identifier: MIT
-- A server of webhooks on the loopback address, as a program of its own: receiver.pl.
local json = require "neap.json"
local program = require "spec.support.program"

local receiver = {}

local methods = {}
methods.__index = methods

-- receiver.start("503 200") → .url; answers by the plan, its last word for all that come later.
function receiver.start(plan)
  local fifo, log = os.tmpname(), os.tmpname()
  os.remove(fifo)
  os.execute("mkfifo " .. fifo)
  local command = ("exec perl %s/spec/support/receiver.pl %s %s <%s"):format(program.root, log, plan, fifo)
  local pipe = assert(io.popen(command))
  local input = assert(io.open(fifo, "w"))
  os.remove(fifo)
  local port = assert(pipe:read "n", "perl does not run")
  return setmetatable({ pipe = pipe, input = input, log = log, url = ("http://127.0.0.1:%d"):format(port) }, methods)
end

-- What came: { line =, authorization =, body = decoded }.
function methods:heard()
  local list = {}
  for line in io.lines(self.log) do
    local request, authorization, body = line:match "^(.-)\t(.-)\t(.*)$"
    list[#list + 1] = { line = request, authorization = authorization, body = json.decode(body) }
  end
  return list
end

function methods:close()
  if not self.input then return end
  self.input:close()
  self.input = nil
  self.pipe:close()
  os.remove(self.log)
end
methods.__close = methods.close

return receiver
