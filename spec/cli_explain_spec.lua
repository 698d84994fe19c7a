-- SPDX-License-Identifier: MIT
-- neap explain of an order that came while the session let nothing in.
local json = require "neap.json"
local neap = require "neap"
local program = require "spec.support.program"
local trading = require "spec.support.trading"

describe("neap explain", function()
  local directory, path

  -- A session that lost over its limit, was resumed, and was halted by its owner.
  setup(function()
    directory = program.directory()
    path = directory .. "/run"
    local bars = trading.bars(20)
    for i = 6, 20 do
      bars[i].open, bars[i].close, bars[i].high, bars[i].low = 50, 50, 50, 50
    end
    local s <close> = assert(neap.session(trading.options { data = { ["BTC-USD"] = bars }, store = path,
      env = { RISK_DAILY_LOSS_LIMIT = "100" } }))
    s:step(3)
    s:buy { quantity = 5, why = "first" }
    s:step(5)
    s:buy { quantity = 1, why = "second" }
    s:step(1)
    s:stop "done"
  end)
  teardown(function() program.remove(directory) end)

  local function explain(words)
    local text, complaint, code = program.run("explain " .. words, { directory = directory })
    assert.equal(0, code, complaint)
    return text
  end

  it("says since when nothing is let in, by whom, and by which figure of a guard", function()
    local text = explain "'#2' run"
    assert.matches("\n  engine    none: the guards refuse it before one is asked\n", text)
    assert.matches("\n  mode      reduce_only since 2025%-01%-01T%d%d:00:00Z: daily_loss_limit, by guard_manager " ..
      "%(event %d+%)\n", text)
    assert.matches("\n  guard     daily_loss: %d+ was over the limit of 100 %(event %d+%)\n", text)
    local told = json.decode(explain "'#2' run --json").mode
    assert.same({ "reduce_only", "daily_loss_limit", "100" }, { told.mode, told.reason, told.guard.limit })
  end)

  it("says nothing of a mode that did not decide", function()
    assert.is_nil(explain("'#1' run"):find "\n  mode  ")
    assert.is_nil(json.decode(explain "'#1' run --json").mode)
  end)

  it("takes the session first, too, as the other verbs do", function()
    assert.equal(explain "'#2' run", explain "run '#2'")
  end)
end)
