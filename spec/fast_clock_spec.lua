-- SPDX-License-Identifier: MIT
-- The clock that tools preload: who waits for it waits as much shorter, and CPU time stays what it is.
local program = require "spec.support.program"

-- A checker wants to be the first library, and has a time of its own.
local is_checked = (os.getenv "NEAP_TEST_LUA" or "lua5.4") ~= "lua5.4"

-- Runs a Lua program under tools/fast_clock/run → the numbers that it prints.
local function numbers_of(text)
  local home <close> = setmetatable({ path = program.directory() }, { __close = function(self)
    program.remove(self.path)
  end })
  local path = program.write(home.path .. "/main.lua", ("package.path = '%s/?.lua;' .. package.path\n%s"):format(
    program.root, text))
  local said, complaint = program.run_under("tools/fast_clock/run", path)
  local list = {}
  for word in said:gmatch "%S+" do list[#list + 1] = tonumber(word) end
  assert.equal("", complaint)
  return table.unpack(list)
end

describe("the fast clock", function()
  it("runs at its pace, and waits end by it", function()
    if is_checked then return pending "a checker is in the way of what is preloaded" end
    local fast, machine, wall, cpu = numbers_of [[
      local clock = require "tools.fast_clock.clock"
      local process = require "tools.venue_sweep.process"
      local fast, machine, wall, cpu = clock.seconds(), clock.machine_seconds(), os.time(), os.clock()
      clock.set_pace(100)
      process.sleep(60)
      print(clock.seconds() - fast, clock.machine_seconds() - machine, os.time() - wall, os.clock() - cpu)
    ]]
    assert.is_true(fast >= 60)
    assert.is_true(math.abs(wall - fast) <= 1.01, wall .. " and " .. fast)
    assert.is_true(machine * 90 < fast, machine .. " s of the machine")
    assert.is_true(cpu < machine)
  end)

  it("is the same in a program that is started later, never goes back, and slows down", function()
    if is_checked then return pending "a checker is in the way of what is preloaded" end
    local before, child, after, least, slow = numbers_of [[
      local clock = require "tools.fast_clock.clock"
      local process = require "tools.venue_sweep.process"
      clock.set_pace(1000)
      process.sleep(5000)
      local before = os.time()
      local pipe = io.popen "date +%s; sleep 500"
      local child = pipe:read "n"
      pipe:close()
      local last, least = clock.seconds(), math.huge
      for pace = 1, 9 do
        clock.set_pace(pace % 2 == 0 and 1000 or 1)
        local till = clock.machine_seconds() + 0.01
        while clock.machine_seconds() < till do
          local now = clock.seconds()
          last, least = now, math.min(least, now - last)
        end
      end
      local now, cpu = clock.seconds(), os.clock()
      while os.clock() - cpu < 0.05 do end
      print(before, child, os.time(), least, clock.seconds() - now)
    ]]
    assert.is_true(child >= before and child < after, child .. " between " .. before .. " and " .. after)
    assert.is_true(after - child >= 500)
    assert.is_true(least >= 0)
    assert.is_true(slow < 50, slow .. " s")
  end)

  it("waits for parts of a millisecond, without turning", function()
    if is_checked then return pending "a checker is in the way of what is preloaded" end
    local turns, late = numbers_of [[
      local clock = require "tools.fast_clock.clock"
      local core = require "neap.run_c"
      local loop = core.open_loop()
      clock.set_pace(100)
      local turns, late, till = 0, math.huge, clock.seconds() + 20
      while clock.seconds() < till do
        local due = core.now() + 50 * 1000000
        loop:turn(due)
        turns, late = turns + 1, math.min(late, core.now() - due)
      end
      print(turns, late)
    ]]
    assert.is_true(turns <= 401, turns .. " turns")
    assert.is_true(late >= 0 and late < 1000000000, late .. " ns late at the least")
  end)
end)
