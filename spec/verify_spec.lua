-- SPDX-License-Identifier: MIT
-- neap.event_store.verify: the file of a store, spoiled byte by byte. (Rows spoiled through SQL: spec/c/verify_test.c.)
local decimal = require "neap.decimal"
local lfs = require "lfs"

local EVENTS = 100 -- groups: 1-64, 65-100

describe("neap.event_store.verify", function()
  local store = require "neap.event_store"
  local path, good, head

  local function read()
    local file <close> = assert(io.open(path, "rb"))
    return file:read "a"
  end

  local function write(bytes)
    local file <close> = assert(io.open(path, "wb"))
    file:write(bytes)
  end

  setup(function()
    path = os.tmpname()
    local writer <close> = assert(store.create { path = path, run = "run-1" })
    for i = 1, EVENTS do
      writer:append { ts_ns = i, type = "marked_" .. i .. "_", product = ("P%d-USD"):format(i),
        client_order_id = "id-" .. i, record = { price = decimal(i), why = ("reason of %d."):format(i) } }
    end
    assert(writer:seal())
    head = writer:head()
    assert(writer:close())
    good = read()
  end)

  before_each(function() write(good) end)
  teardown(function()
    for _, ending in ipairs { "", "-wal", "-shm", "-journal" } do os.remove(path .. ending) end
  end)

  -- The places of `text` in the file, each spoiled by itself must be found; the event is named, except in an index.
  local function spoil_each(text, seq)
    local at, count = 1, 0
    while true do
      local first, last = good:find(text, at, true)
      if not first then break end
      write(good:sub(1, last - 1) .. string.char(good:byte(last) ~ 1) .. good:sub(last + 1))
      local report, err, found = store.verify(path)
      assert.is_nil(report, text)
      if err.code ~= "damaged" then
        assert.is_true(found.bad_seq <= seq and seq <= found.bad_last, err.message)
      end
      at, count = last + 1, count + 1
    end
    assert.is_true(count > 0)
    return count
  end

  it("passes a good store, with its head too", function()
    local report = assert(store.verify(path))
    assert.matches("^%x+$", report.tail)
    assert.same({ events = EVENTS, groups = 2, first_seq = 1, open = 0, reserve = 0, head = head, tail = report.tail },
      report)
    assert(store.verify(path, { head = head }))
    assert(store.verify(path, { head = head:upper() }))
  end)

  it("finds a changed byte in a type, a product, an order's id, a record, a body", function()
    for _, seq in ipairs { 1, 37, 64, 65, 100 } do
      assert.equal(2, spoil_each("marked_" .. seq .. "_", seq)) -- the row and the index
      assert.equal(2, spoil_each(("P%d-USD"):format(seq), seq))
      assert.equal(2, spoil_each(("reason of %d."):format(seq), seq)) -- the record and the body
    end
  end)

  it("finds a changed byte of a hash", function()
    local bytes = head:gsub("%x%x", function(pair) return string.char(tonumber(pair, 16)) end)
    assert.equal(1, spoil_each(bytes, 100))
  end)

  it("finds a file that was cut anywhere", function()
    for size = 0, #good - 1, 1024 do
      write(good:sub(1, size))
      assert.is_nil((store.verify(path)), size)
    end
  end)

  it("finds a chain that is not the remembered one", function()
    local other = ("0"):rep(64)
    local report, err = store.verify(path, { head = other })
    assert.is_nil(report)
    assert.equal("head_differs", err.code)
    assert.error_matches(function() store.verify(path, { head = "abc" }) end, "64 hexadecimal")
  end)

  it("says what is there instead of a store", function()
    for bytes, words in pairs { [""] = "empty", ["time,open\n1,2\n"] = "not an SQLite file" } do
      write(bytes)
      local report, err = store.verify(path)
      assert.is_nil(report)
      assert.equal("not_a_store", err.code)
      assert.matches(words, err.message)
    end
    local _, directory = store.verify "."
    assert.equal("not_a_store", directory.code)
    assert.matches("directory", directory.message)
    local _, missing = store.verify(path .. "x")
    assert.equal("no_such_store", missing.code)
    assert.equal(path:match "[^/]+$", missing.nearest)
  end)

  it("names the nearest store in a directory with thousands of files", function()
    local directory = path .. ".d"
    assert(lfs.mkdir(directory))
    for i = 1, 1000 do assert(io.open(("%s/%04d"):format(directory, i), "w")):close() end
    assert(io.open(directory .. "/the-store.db", "w")):close()
    local _, missing = store.verify(directory .. "/the-stroe.db")
    assert(os.execute(("rm -r '%s'"):format(directory)))
    assert.equal("the-store.db", missing.nearest)
  end)
end)
