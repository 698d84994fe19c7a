-- SPDX-License-Identifier: MIT
-- A program in the background: started, waited for, killed.
local core = require "neap.run_c"
local lfs = require "lfs"
local program = require "spec.support.program"

local process = {}

local loop = core.open_loop()

function process.sleep(seconds)
  local till = core.now() + math.floor(seconds * 1000000000)
  while core.now() < till do loop:turn(till) end
end

local methods = {}
methods.__index = methods

-- words: of `neap`; its output goes to PATH.out and PATH.err.
function process.start(words, path, environment)
  os.remove(path .. ".out") -- of one before it, which must not be taken for its own
  os.remove(path .. ".err")
  local command = ("env %s %s >'%s.out' 2>'%s.err' </dev/null & echo $!"):format(environment or "",
    program.command(words), path, path)
  local pipe <close> = assert(io.popen(command))
  return setmetatable({ pid = pipe:read "l", path = path }, methods)
end

local function read(path)
  local file <close> = io.open(path, "rb")
  return file and file:read "a" or ""
end

local function has_threads(pid)
  local ok, count = pcall(function()
    local found = 0
    for name in lfs.dir(("/proc/%s/task"):format(pid)) do found = found + (name:find "^%d" and 1 or 0) end
    return found
  end)
  return ok and count > 1
end

-- Does a process of this number run? One that has ended and that nobody has waited for yet does not, unless a thread of
-- it is still on its way out, with its files.
function process.is_alive(pid)
  local state = pid and read(("/proc/%s/stat"):format(pid)):match "^%d+ %b() (%a)"
  return state ~= nil and (state ~= "Z" or has_threads(pid))
end

function methods:runs() return process.is_alive(self.pid) end

function methods:signal(name) os.execute(("kill -%s %s 2>/dev/null"):format(name, self.pid)) end

function methods:said() return read(self.path .. ".out"), read(self.path .. ".err") end

-- Until its output has this, or it ends; nil: neither within `seconds`.
function methods:wait_for(pattern, seconds)
  for _ = 1, math.ceil(seconds / 0.02) do
    local text = self:said()
    if text:find(pattern) then return text end
    if not self:runs() then return nil, "it ended: " .. select(2, self:said()):sub(-400) end
    process.sleep(0.02)
  end
  return nil, "it did not say so in time"
end

function methods:wait(seconds)
  for _ = 1, math.ceil(seconds / 0.02) do
    if not self:runs() then return true end
    process.sleep(0.02)
  end
  return false
end

return process
