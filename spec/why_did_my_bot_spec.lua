-- SPDX-License-Identifier: MIT
-- docs/guide/why_did_my_bot_do_that.md says what happened on the day of the crash: its commands are run, and what they
-- print is what stands there.
local program = require "spec.support.program"
local shared = require "spec.support.shared"
local shown = require "spec.support.shown"

local PAGE = "docs/guide/why_did_my_bot_do_that.md"
local CANDLES = "data/candles_coinbase_2024_2026/BTC-USD_15m.csv.gz"
local PATIENCE = 300 -- seconds; it takes 40

describe("the page that asks a session why", function()
  local directory

  before_each(function() directory = program.directory() end)
  after_each(function() program.remove(directory) end)

  it("shows what its commands print", function()
    local candles = shared.path(CANDLES)
    if not candles then return pending("../shared is absent: no candles of that day") end
    program.write(directory .. "/dip.lua", program.read(PAGE):match "```lua\n(.-)```")
    program.write(directory .. "/BTC-USD_15m.csv.gz", program.read(candles))
    local list = shown.read(PAGE)
    assert.is_true(#list >= 10)
    local said = shown.run_all(list, directory, PATIENCE)
    for i, entry in ipairs(list) do
      local errors = program.read(directory .. "/errors"):sub(-600)
      assert.matches(shown.pattern(entry.wanted), said[i] or "(not begun)", 1, false, entry.command .. errors)
    end
  end)
end)
