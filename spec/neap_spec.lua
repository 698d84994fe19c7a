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

  it("has session, which refuses what it does not know", function()
    local ok, message = pcall(function() neap.session { dta = "x.csv" } end)
    assert.is_false(ok)
    assert.matches("^%S*neap_spec.lua:%d+: session: unknown option 'dta'; did you mean 'data'", message)
  end)

  it("judges strategies and finds slips", function()
    assert.error_matches(function() neap.strategy { name = "x", on_bra = print } end, "did you mean 'on_bar'")
    assert.error_matches(function() return neap.bactest end, "neap has no 'bactest'; did you mean 'backtest'%?")
    assert.is_nil(neap.something_else)
  end)
end)
