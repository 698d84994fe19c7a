-- SPDX-License-Identifier: MIT
-- neap.machine: durable writes, room, limits.
local program = require "spec.support.program"

describe("neap.machine", function()
  local machine = require "neap.machine"
  local directory

  setup(function() directory = program.directory() end)
  teardown(function() program.remove(directory) end)

  it("names what is out of its range", function()
    assert.error_matches(function() machine.sync(directory, 0) end, "from 1 to 64")
    assert.error_matches(function() machine.sync(directory, 65) end, "from 1 to 64")
    assert.error_matches(function() machine.limit "memory" end, "invalid option")
  end)

  it("times durable writes and leaves nothing behind", function()
    local median, worst = machine.sync(directory, 9)
    assert.is_true(median > 0 and worst >= median)
    assert.equal("", io.popen(("ls -A '%s'"):format(directory)):read "a")
  end)

  it("says why nothing can be written", function()
    local median, err = machine.sync(directory .. "/absent", 3)
    assert.is_nil(median)
    assert.equal("cannot_write", err.code)
    assert.equal(directory .. "/absent", err.where)
    median, err = machine.sync("/" .. ("x"):rep(600), 3)
    assert.is_nil(median)
    assert.equal("too_long", err.code)
  end)

  it("knows room and limits", function()
    assert.is_true(machine.free(directory) > 0)
    local _, err = machine.free(directory .. "/absent")
    assert.equal(directory .. "/absent", err.where)
    local soft, hard = machine.limit "files"
    assert.is_true(soft > 0 and hard >= soft)
    local said = program.script_text "io.stdout:write((require 'neap.machine'.limit 'core'))"
    assert.truthy(tonumber(said))
  end)

  it("finds the directory in which one would be made", function()
    assert.equal(directory, machine.nearest_directory(directory .. "/a/b/c"))
    assert.equal(directory, machine.nearest_directory(directory))
    assert.equal("/", machine.nearest_directory "/absent-from-here")
    assert.equal(".", machine.nearest_directory "absent-from-here")
  end)
end)
