-- SPDX-License-Identifier: MIT
local neap = require "neap"

describe("neap", function()
  it("is a table of its own, not a global", function()
    assert.is_nil(rawget(_G, "neap"))
    assert.equal(neap, require "neap")
  end)

  it("has backtest, which refuses what it does not know", function()
    assert.error_matches(function() neap.backtest { strategy = "x.lua", dta = "x.csv" } end, "did you mean 'data'")
  end)
end)
