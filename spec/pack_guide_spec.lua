-- SPDX-License-Identifier: MIT
-- docs/guide/proof_pack.md says what happens: its commands are run, and their output is what stands there.
local program = require "spec.support.program"
local shown = require "spec.support.shown"

describe("the guide to proof packs", function()
  it("shows what its commands print", function()
    local directory = program.directory()
    program.write(directory .. "/ma_cross.lua", program.read(program.root .. "/strategies/ma_cross.lua"))
    local commands = shown.read "docs/guide/proof_pack.md"
    assert.is_true(#commands >= 10)
    for _, entry in ipairs(commands) do
      local text, pattern = shown.run(entry, directory)
      assert.matches(pattern, text, entry.command)
    end
    program.remove(directory)
  end)
end)
