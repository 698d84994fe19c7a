-- SPDX-License-Identifier: MIT
-- neap report of a session that neap run made: with the data that it was given, as far as they are bars.
local program = require "spec.support.program"

describe("neap report of a session of neap run", function()
  local directory

  setup(function() directory = program.directory() end)
  teardown(function() program.remove(directory) end)

  -- A session of `neap run` → the page of its report, and what was said.
  local function reported(data, session)
    program.write(directory .. "/idle.lua", 'return require "neap".strategy { name = "idle" }')
    local words = "run idle.lua --data %s --speed max --quiet --sessions . --session " .. session
    local _, err, code = program.run(words:format(data), { directory = directory })
    assert.equal(0, code, err)
    words = ("report %s --sessions . --out %s.html"):format(session, session)
    _, err, code = program.run(words, { directory = directory })
    assert.equal(0, code, err)
    return program.read(directory .. "/" .. session .. ".html"), err
  end

  it("draws the market that was generated for neap run, and does without the bars of a recorded book", function()
    local text, err = reported("generated:seed=7,products=2,days=3", "made")
    assert.equal("", err)
    assert.matches("G02%-USD", text)
    program.write(directory .. "/BTC-USD_l2.csv", "recv,event_time,type,side,price,qty\n" ..
      "1723161254.2,,snapshot,bid,99,2\n1723161254.2,,snapshot,ask,101,2\n1723161256.3,1723161256.2,update,bid,99,3\n")
    program.write(directory .. "/BTC-USD_trades.csv", "time,recv,trade_id,price,size,taker_side\n" ..
      "1723161255.3,1723161255.3,1,99,1,SELL\n1723161257.3,1723161257.3,2,99,1,SELL\n")
    local _, said = reported("BTC-USD_l2.csv", "booked")
    assert.matches("the prices are those of its fills", said)
  end)
end)
