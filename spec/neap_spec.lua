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

  it("judges strategies, names what is not in this version, and finds slips", function()
    assert.error_matches(function() neap.strategy { name = "x", on_bra = print } end, "did you mean 'on_bar'")
    assert.error_matches(function() return neap.session end, "'session' is not in this version")
    assert.error_matches(function() return neap.bactest end, "neap has no 'bactest'; did you mean 'backtest'%?")
    assert.is_nil(neap.something_else)
  end)
end)
