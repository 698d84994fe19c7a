-- SPDX-License-Identifier: MIT
-- The same strategy in two processes: pairs, sort, random numbers, patterns and coroutines leave no trace of either.
local bars = require "spec.support.bars"
local json = require "neap.json"
local program = require "spec.support.program"

describe("a strategy that uses all that stock Lua leaves to chance", function()
  it("gives the same events in each process", function()
    local directory = program.directory()
    program.write(directory .. "/BTC-USD_1h.csv", bars.csv(bars.walk(1000)))
    local words = ("backtest spec/support/uses_everything.lua --data BTC-USD=%s/BTC-USD_1h.csv --cash 1000000 --json")
      :format(directory)
    local first, complaint, code = program.run(words)
    local second = program.run(words)
    program.remove(directory)
    assert.equal(0, code, complaint)
    local result = assert(json.decode(first, { numbers = "float" }))
    assert.is_true(#result.trades > 50, "it hardly traded")
    assert.equal(first, second)
  end)
end)
