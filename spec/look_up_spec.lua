-- SPDX-License-Identifier: MIT
-- Where in a recording an event came from: what is found by segments is what reading all of it finds.
local core = require "neap.run_c"
local json = require "neap.json"
local program = require "spec.support.program"
local recording = require "neap.session.recording"
local replay = require "neap.replay"

describe("the way back to an input", function()
  local home, noise

  setup(function()
    local parts, dice = {}, 7
    for i = 1, 1 << 16 do
      dice = dice * 6364136223846793005 + 1442695040888963407
      parts[i] = string.pack("<i8", dice ~ dice >> 29)
    end
    noise = table.concat(parts) -- 512 KB that do not shrink
  end)

  before_each(function()
    home = program.directory()
  end)

  after_each(function() program.remove(home) end)

  -- A process that records an opening, and that many calls → { number =, time = } of each input with a moment.
  local function live(events, calls)
    local loop = assert(core.open_loop { record = home .. "/inputs" })
    local list = {}
    loop:life(json.encode { schema = "neap.inputs/1", session = "one" })
    recording.note(loop, "session", "open", { outside = {}, events = events })
    for i = 1, calls do
      loop:note(("%d,%d %s"):format(events, i, noise))
      list[i] = { time = loop:wall(), text = ("%d,%d "):format(events, i) }
    end
    loop:close()
    return list
  end

  local function expect(list, events, step)
    for i = 1, #list, step do
      local found = assert(replay.origin(home, { ts_ns = list[i].time - 1, seq = events + 1 }))
      local same = assert(replay.origin(home, { ts_ns = list[i].time, seq = events + 1 }))
      assert.are.equal(found.number, same.number)
      assert.are.equal(list[i].text, found.text:sub(1, #list[i].text))
      assert.is_true(math.abs(found.time - list[i].time) < 1000000)
      assert.are.equal(found.text, replay.input(home, found.number).text)
      local _, err = replay.origin(home, { ts_ns = list[#list].time + 1, seq = events + 1 })
      assert.are.equal("not_recorded", err.code)
    end
  end

  it("is the same from any segment on", function()
    local first = live(0, 22)
    local second = live(9, 12)
    assert.are.equal(5, #core.segments(home .. "/inputs"))
    expect(first, 0, 5)
    expect(second, 9, 4)
  end)

  it("is of a number that was recorded, and of no other", function()
    live(0, 3)
    for _, number in ipairs { -3, 0, 1000 } do assert.is_nil(replay.input(home, number)) end
    assert.is_table(replay.input(home, 3))
  end)

  it("is no other life's where one was not recorded", function()
    local first = live(5, 2)
    local second = live(90, 2)
    local _, err = replay.origin(home, { ts_ns = first[1].time - 1, seq = 5 })
    assert.are.equal("not_recorded", err.code)
    _, err = replay.origin(home, { ts_ns = second[1].time - 1, seq = 80 })
    assert.are.equal("not_recorded", err.code)
  end)
end)
