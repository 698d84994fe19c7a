-- SPDX-License-Identifier: MIT
-- Stores that earlier versions wrote: they are read and verified as they are, resumed as stores of this version, and
-- their events never change.
local program = require "spec.support.program"

local OLD = {
  { file = "v1.db", events = 88, head = "96689ff907bf05e80a5e5cc7ce4797aedabf410eef39a60297185b2a3490516d" },
}

describe("a store of an older version", function()
  local store = require "neap.event_store"
  local directory, path

  setup(function() directory = program.directory() end)
  teardown(function() program.remove(directory) end)

  local function copy(name)
    path = directory .. "/" .. name
    local from <close> = assert(io.open("spec/stores/" .. name, "rb"))
    local to <close> = assert(io.open(path, "wb"))
    to:write(from:read "a")
  end

  local function bytes(name)
    local file <close> = assert(io.open(name, "rb"))
    return file:read "a"
  end

  local function rows()
    local list = {}
    for row in store.events(path) do list[#list + 1] = row end
    return list
  end

  for _, old in ipairs(OLD) do
    it("is read and verified without a change: " .. old.file, function()
      copy(old.file)
      local report = assert(store.verify(path, { head = old.head }))
      assert.equal(old.events, report.events)
      assert.equal("session_started", rows()[1].type)
      assert.equal("session_stopped", rows()[old.events].type)
      assert.equal(bytes("spec/stores/" .. old.file), bytes(path))
    end)

    it("is resumed, and what it had stays as it was: " .. old.file, function()
      copy(old.file)
      local before = rows()
      local writer = assert(store.create { path = path, resume = true, run = "later" })
      assert.equal(old.events, writer:count())
      assert.equal(old.head, writer:head())
      assert.equal(old.events + 1, writer:append { type = "log", ts_ns = before[#before].ts_ns })
      assert(writer:close())
      local after = rows()
      assert.equal("later", table.remove(after).run)
      assert.same(before, after)
      assert.equal(old.events + 1, store.verify(path).events)
    end)

    it("is copied as it is, and found when it was changed: " .. old.file, function()
      copy(old.file)
      assert.equal(old.head, assert(store.backup(path, path .. "-copy")).head)
      local text = bytes(path)
      local at = assert(text:find("order_filled", 1, true))
      local file <close> = assert(io.open(path, "r+b"))
      file:seek("set", at + 5)
      file:write "F"
      file:close()
      assert.is_nil((store.verify(path)))
    end)
  end
end)
