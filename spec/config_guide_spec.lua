-- SPDX-License-Identifier: MIT
-- docs/guide/configuration.md says what happens: its commands are run, and their output is what stands there. And the
-- page of all fields is that of the schema.
local program = require "spec.support.program"
local shown = require "spec.support.shown"

describe("the guide to configuration", function()
  local directory

  setup(function() directory = program.directory() end)
  teardown(function() program.remove(directory) end)

  it("shows what its commands print", function()
    local commands = shown.read "docs/guide/configuration.md"
    assert.is_true(#commands > 10)
    for _, entry in ipairs(commands) do
      local text, pattern = shown.run(entry, directory)
      assert.matches(pattern, text, entry.command)
    end
  end)

  it("config/risk/README.md ends with the page of the schema: neap config show --markdown", function()
    local page = require "neap.config.page".text()
    local text = program.read "config/risk/README.md"
    assert.equal(page, text:sub(-#page), "run: neap config show --markdown, and put it at the end of the file")
  end)

  it("each field of the schema has words, and no words are of a field that is gone", function()
    local words, known = require "neap.config.words", {}
    for _, field in ipairs(require("neap.limits").schema()) do
      known[field.name] = true
      assert.is_string(words[field.name], field.name .. " has no words in lua/neap/config/words.lua")
      assert.is_string(field.type, field.name .. " has no type")
    end
    for name in pairs(words) do assert.is_true(known[name], name) end
  end)
end)
