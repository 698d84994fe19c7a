-- SPDX-License-Identifier: MIT
-- docs/ops/execution_layer_analysis.md: its figures are those of the tree.
local layer = require "tools.execution_layer"

describe("the page about the execution layer", function()
  it("has the figures of this tree", function()
    local fresh, present = layer.fresh "."
    assert.equal(fresh, present, "out of date: lua5.4 tools/execution_layer.lua --write")
  end)

  it("counts what is there: files, lines, and the checks that each engine has alone", function()
    local figures = layer.figures "."
    assert.matches("`live_engine.c` ", figures)
    assert.matches("of them only its own | `account` | `normalize` ", figures)
    assert.no_matches("%| 0 %|", figures)
    assert.matches("`enable_dynamic_position_sizing` | true |", figures)
  end)
end)
