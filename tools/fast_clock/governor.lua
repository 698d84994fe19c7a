-- SPDX-License-Identifier: MIT
-- As fast as the programs keep up. A program that waits for a processor while its clock runs misses deadlines that it
-- would have met: then the pace is less, for a while.
local clock = require "tools.fast_clock.clock"
local lfs = require "lfs"
local process = require "tools.venue_sweep.process"

local governor = {}

local STEP = 0.05 -- seconds of the machine
local LITTLE, MUCH = 0.5, 2 -- seconds of the fast clock that a thread lost in a step

local methods = {}
methods.__index = methods

-- most, least: paces.
function governor.new(most, least)
  return setmetatable({ most = most, least = least, pace = 1, waited = {} }, methods)
end

-- Seconds that the thread has waited for a processor, by the kernel's count; nil: it is gone.
local function waited_of(path)
  local file <close> = io.open(path .. "/schedstat")
  local text = file and file:read "a"
  local ns = text and text:match "^%d+ (%d+)"
  return ns and tonumber(ns) / 1000000000
end

local function each_thread(pids, visit)
  for _, pid in ipairs(pids) do
    local directory = ("/proc/%s/task"):format(pid)
    if lfs.attributes(directory) then
      for name in lfs.dir(directory) do
        if name:find "^%d" then visit(directory .. "/" .. name) end
      end
    end
  end
end

-- Seconds that one of the threads waited since the last look, at most.
local function look(self, pids)
  local now, most = {}, 0
  each_thread(pids, function(path)
    now[path] = waited_of(path)
    if now[path] and self.waited[path] then most = math.max(most, now[path] - self.waited[path]) end
  end)
  self.waited = now
  return most
end

local function set(self, pace)
  pace = math.max(self.least, math.min(self.most, pace // 1 | 0))
  if pace ~= self.pace then clock.set_pace(pace) end
  self.pace = pace
end

function methods:slow_down()
  clock.set_pace(1)
  self.pace = 1
end

local function step(self, pids)
  local lost = look(self, pids) * self.pace
  if lost > MUCH then
    set(self, self.pace / 2)
  elseif lost < LITTLE then
    set(self, self.pace * 1.05 + 1)
  end
end

-- Lets `seconds` of the fast clock pass, while these programs run.
function methods:pass(seconds, pids)
  local till = clock.seconds() + seconds
  while clock.seconds() < till do
    step(self, pids)
    process.sleep(math.min(STEP * self.pace, till - clock.seconds()))
  end
end

return governor
