-- SPDX-License-Identifier: MIT
-- A server of its own process that writes down what it was asked, and answers as it is told.
local json = require "neap.json"
local program = require "spec.support.program"

local recording_server = {}

local methods = {}
methods.__index = methods

local function executable()
  local core = package.searchpath("neap", package.cpath)
  local path = core and core:gsub("[^/]+$", "") .. "spec/c/recording_server"
  local file = path and io.open(path)
  if file then file:close() end
  return file and path
end

-- → .base; nil where the C tests were not built.
function recording_server.start()
  local path = executable()
  if not path then return nil end
  local home = os.tmpname()
  os.remove(home)
  os.execute(("mkdir %s && mkfifo %s/input"):format(home, home))
  local pipe = assert(io.popen(("%s %s <%s/input"):format(path, home, home)))
  local input = assert(io.open(home .. "/input", "w"))
  local port = pipe:read "n"
  return setmetatable({ home = home, pipe = pipe, input = input, base = "http://127.0.0.1:" .. port }, methods)
end

-- What it answers from now on.
function methods:answer(status, body) program.write(self.home .. "/answer", status .. "\n" .. body) end

-- What came since the last question, a list of { method =, path =, query =, body =, authorization =, … }.
function methods:requests()
  local file = io.open(self.home .. "/requests")
  local list = {}
  for line in file and file:lines() or function() end do list[#list + 1] = assert(json.decode(line)) end
  if file then file:close() end
  os.remove(self.home .. "/requests")
  return list
end

function methods:close()
  self.input:close()
  self.pipe:close()
  os.execute("rm -rf " .. self.home)
end
methods.__close = methods.close

return recording_server
