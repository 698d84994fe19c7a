-- SPDX-License-Identifier: MIT
-- docs/guide/running_a_session.md: every command that it shows is run, in its order, and what it prints is printed.
local bars = require "spec.support.bars"
local documents = require "spec.house.documents"
local program = require "spec.support.program"
local running = require "spec.support.running"

local PAGE = "docs/guide/running_a_session.md"

-- The lines of plain blocks that begin with `neap`.
local function commands()
  local list, inside = {}, false
  for line in program.read(PAGE):gmatch "[^\n]*" do
    if line:match "^```" then inside = not inside end
    if inside and line:match "^neap " then list[#list + 1] = line:match "^neap (.*)$" end
  end
  return list
end

describe("the guide to running a session", function()
  local home, process

  setup(function()
    home = program.directory()
    local copy = program.read(program.root .. "/strategies/ma_cross.lua")
    program.write(home .. "/ma_cross.lua", copy)
    program.write(home .. "/BTC-USD_1h.csv.gz", bars.csv(bars.walk(3000)))
  end)
  teardown(function()
    if process then process:finish() end
    program.remove(home)
  end)

  it("has no Lua block that is not run elsewhere", function()
    assert.same({}, documents.blocks(".", PAGE))
  end)

  it("shows commands that work, one after the other", function()
    local list = commands()
    assert.is_true(#list >= 13)
    assert.equal("run ma_cross.lua --data BTC-USD_1h.csv.gz --speed 3600", list[1])
    process = running.start(list[1]:match "^run (.*)$", { home = home })
    local shape = process.lines[1]:gsub("%(.-%)", "(…)")
    assert.equal("session ma_cross: mode paper, engine advanced (…), profile dev, speed 3600x", shape)
    assert.truthy(program.read(PAGE):find(process.lines[1], 1, true))
    process:await(function(status) return status.bars >= 2 end)
    for i = 2, #list - 1 do
      local _, complaint, code = running.verb(list[i], { home = home })
      local has_no_order = list[i]:match "^explain" and complaint:match "no such order"
      assert.is_true(code == 0 or has_no_order ~= nil, list[i] .. ": " .. complaint)
    end
    assert.equal(0, select(3, running.verb("stop", { home = home })))
    process:wait()
    process = running.start(list[#list]:match "^run (.*)$", { home = home })
    assert.matches("resumed", process.lines[1])
    process:signal "TERM"
    assert.equal(0, select(2, process:wait()))
  end)
end)
