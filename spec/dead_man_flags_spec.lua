-- SPDX-License-Identifier: MIT
-- --dead-man and neap watch, as they are asked for: what is refused, and in which words.
local program = require "spec.support.program"

describe("the dead man's switch, as it is asked for", function()
  local home
  setup(function()
    home = program.directory()
    program.write(home .. "/rests.lua", [[return require "neap".strategy { name = "rests", on_bar = function() end }]])
  end)
  teardown(function() program.remove(home) end)

  local function refused(words, pattern, code)
    local _, complaint, got = program.run((words:gsub("HOME", home)))
    assert.equal(code or 2, got, complaint)
    assert.matches(pattern, complaint)
  end

  it("takes a time from a second to a day, or off", function()
    local venue = "run HOME/rests.lua --product BTC-USD --broker coinbase --base http://127.0.0.1:1 --sessions HOME "
    refused(venue .. "--dead-man 10ms", "%-%-dead%-man: '10ms' is too short; from 1s to 1d, or off")
    refused(venue .. "--dead-man 2d", "'2d' is too long")
    refused(venue .. "--dead-man often", "%-%-dead%-man: .*often.*; from 1s to 1d, or off")
    refused(venue .. "--dead-man off", "orders need a key", 1)
  end)

  it("has nothing to do where orders are simulated", function()
    refused("run HOME/rests.lua --data generated:1 --dead-man 5s --sessions HOME", "nothing of them is at the venue")
    refused("run HOME/rests.lua --product BTC-USD --dead-man 5s --sessions HOME", "leave it out, or say off")
  end)

  it("watches only what may have something at a venue", function()
    refused("watch none --sessions HOME", "no such session: none", 4)
    local _, complaint, code = program.run("run ma_cross.lua --data generated:1 --speed max --once --session paper " ..
      "--sessions " .. home)
    assert.equal(0, code, complaint)
    refused("watch paper --sessions HOME", "the session was run with %-%-broker paper: nothing of it rests at a venue")
    refused("watch paper --aftr 1s", "did you mean %-%-after")
  end)
end)
