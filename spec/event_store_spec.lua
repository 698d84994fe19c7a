-- SPDX-License-Identifier: MIT
-- neap.event_store: written and read from Lua. (The chain's bytes and crashes: spec/c/event_store_test.c.)
local decimal = require "neap.decimal"

describe("neap.event_store", function()
  local store = require "neap.event_store"
  local path

  before_each(function() path = os.tmpname() end)
  after_each(function()
    for _, ending in ipairs { "", "-wal", "-shm", "-journal", "-copy" } do os.remove(path .. ending) end
  end)

  local function write(count, options)
    local writer = assert(store.create(options or { path = path, run = "r1" }))
    for i = 1, count do
      assert.equal(i, writer:append { ts_ns = i * 1000000000, type = i % 2 == 0 and "order_filled" or "log",
        product = i % 3 == 0 and "ETH-USD" or nil, client_order_id = "order-" .. i // 10, cause_seq = i - 1,
        record = { price = decimal "42118.50", number = i, note = "é \"quoted\"\n", sma = 0.1, ok = true,
          list = { 1, { a = "b" } } } })
    end
    assert(writer:seal())
    local head = writer:head()
    assert.is_true(writer:close())
    return head
  end

  local function collect(filter)
    local list = {}
    for row in store.events(path, filter) do list[#list + 1] = row.seq end
    return list
  end

  it("adds no global", function()
    local before = {}
    for name in pairs(_G) do before[name] = true end
    package.loaded["neap.event_store"] = nil
    require "neap.event_store"
    for name in pairs(_G) do assert.is_true(before[name], name) end
  end)

  it("knows its options", function()
    local writer <close> = assert(store.create {})
    assert.error_matches(function() store.create { pth = path } end, "did you mean 'path'")
    assert.error_matches(function() writer:append { typ = "log" } end, "did you mean 'type'")
    assert.error_matches(function() store.events(path, { prodct = "A-B" }) end, "did you mean 'product'")
    assert.error_matches(function() store.verify(path, { haed = "" }) end, "did you mean 'head'")
  end)

  it("refuses bad arguments", function()
    local writer <close> = assert(store.create {})
    assert.error_matches(function() writer:append {} end, "type is missing")
    assert.error_matches(function() writer:append { type = "log", version = 65536 } end, "version")
    assert.error_matches(function() writer:append { type = "log", ts_ns = 1.5 } end, "whole number")
    assert.error_matches(function() writer:append { type = "log", record = { f = print } } end, "no form")
    assert.error_matches(function() writer:append { type = "log", record = { [true] = 1 } } end, "keys are text")
    local endless = {}
    endless.inside = endless
    assert.error_matches(function() writer:append { type = "log", record = endless } end, "deeper")
    assert.error_matches(function() store.events(path, { limit = 0 }) end, "at least 1")
    assert.has_error(function() store.events() end)
    assert.equal(0, writer:count())
  end)

  it("gives back what was written", function()
    write(20)
    local row = store.events(path, { since = 6 })()
    assert.equal(6, row.seq)
    assert.equal("1970-01-01T00:00:06Z", row.time)
    assert.equal(6000000000, row.ts_ns)
    assert.equal("order_filled", row.type)
    assert.equal(1, row.version)
    assert.equal("r1", row.run)
    assert.equal(5, row.cause_seq)
    assert.equal("ETH-USD", row.product)
    assert.equal("order-0", row.client_order_id)
    assert.equal("42118.5", row.body.price)
    assert.equal("é \"quoted\"\n", row.body.note)
    assert.equal("b", row.body.list[2].a)
    assert.matches('"sma":0.1', row.json, 1, true)
  end)

  it("filters", function()
    write(40)
    assert.equal(40, #collect())
    assert.same({ 6, 12 }, collect { type = "order_filled", product = "ETH-USD", limit = 2 })
    assert.equal(10, #collect { order = "order-2" })
    assert.same({ 39, 40 }, collect { since = 39 })
    assert.same({ 3, 4 }, collect { since_ns = 3000000000, until_ns = 5000000000 })
    assert.same({ 8 }, collect { cause = 7 })
    assert.same({}, collect { type = "nothing" })
    assert.same({}, collect { product = "" })
  end)

  it("H12.151: the newest of what fits, and a damaged row hides no other", function()
    write(6)
    assert.same({ 6, 4 }, collect { type = "order_filled", limit = 2, newest_first = true })
    local tear = ("sqlite3 '%s' \"UPDATE event SET body='{torn' WHERE seq=4\" 2>&1"):format(path)
    local pipe <close> = assert(io.popen(tear))
    if pipe:read "a" ~= "" then pending "no sqlite3 to damage a row with" return end
    assert.same({ 2, 4, 6 }, collect { type = "order_filled" })
    assert.is_nil((store.verify(path)))
  end)

  it("has the same head with and without a file", function()
    assert.equal(write(150), write(150, { run = "r1" }))
  end)

  it("keeps its head for any split of appends, but not of seals", function()
    local function head(sealed_at)
      local writer <close> = assert(store.create {})
      for i = 1, 10 do
        writer:append { ts_ns = i, type = "log" }
        if i == sealed_at then writer:seal() end
      end
      writer:seal()
      return writer:head()
    end
    assert.equal(head(10), head(nil))
    assert.not_equal(head(5), head(nil))
  end)

  it("never writes over a store", function()
    write(1)
    local writer, err = store.create { path = path }
    assert.is_nil(writer)
    assert.equal("store_exists", err.code)
    local _, missing = store.create { path = "no/such/directory/events.db" }
    assert.equal("cannot_create", missing.code)
    assert.matches("No such file", missing.message)
  end)

  it("says what cannot be read", function()
    local rows, err = store.events(path .. "x")
    assert.is_nil(rows)
    assert.equal("no_such_store", err.code)
    local _, empty = store.events(path)
    assert.equal("not_a_store", empty.code)
  end)

  it("goes on behind the last event, and says what is durable", function()
    local head = write(20)
    local again, err = store.create { path = path }
    assert.is_nil(again)
    assert.equal("store_exists", err.code)
    local writer = assert(store.create { path = path, resume = true, reserve = 8192, run = "r2" })
    assert.equal(20, writer:count())
    assert.equal(head, writer:head())
    local second, locked = store.create { path = path, resume = true }
    assert.is_nil(second)
    assert.equal("locked", locked.code)
    writer:hold()
    assert.equal(21, writer:append { type = "log" })
    local held, why = writer:wait(21)
    assert.is_nil(held)
    assert.equal("held", why.code)
    writer:release()
    assert.is_true(writer:wait(21))
    assert.equal(21, writer:durable())
    assert.equal("writes", (writer:state()))
    assert(writer:close())
    assert.equal(21, store.verify(path).events)
    assert.same({ 21, 20, 19 }, collect { newest_first = true, limit = 3 })
    assert.error_matches(function() store.create { resume = true } end, "needs a path")
    assert.error_matches(function() store.events(path, { newest_first = 1 }) end, "true or false")
    assert.error_matches(function() store.create { path = path, ack_fd = -1 } end, "at least 0")
  end)

  it("copies a store, and trims one at a snapshot", function()
    local writer = assert(store.create { path = path })
    for i = 1, 10 do writer:append { type = "log", ts_ns = i } end
    writer:seal()
    writer:append { type = "state_snapshot", ts_ns = 11, record = { chain_head = writer:head() } }
    local report = assert(store.backup(path, path .. "-copy")) -- while it is written
    assert.equal(report.events, store.verify(path .. "-copy").events)
    local other <close> = assert(require("neap.account_lock_c").take(path .. "-second"))
    assert.are.equal("locked", select(2, store.backup(path, path .. "-second")).code)
    other:close()
    local none, err = store.backup(path, path .. "-copy")
    assert.is_nil(none)
    assert.equal("file_exists", err.code)
    none, err = store.trim(path, 100)
    assert.is_nil(none)
    assert.equal("locked", err.code)
    assert(writer:close())
    assert.same({ removed = 0, first_seq = 0 }, store.trim(path, 10))
    assert.same({ removed = 10, first_seq = 11 }, store.trim(path, 11))
    local trimmed = assert(store.verify(path))
    assert.equal(11, trimmed.first_seq)
    assert.equal(1, trimmed.events)
  end)

  it("lets go of the file when a loop is left", function()
    write(100)
    for _ = 1, 2000 do
      for row in store.events(path) do
        if row.seq == 2 then break end
      end
    end
  end)

  it("prints itself", function()
    local writer = assert(store.create {})
    assert.equal("event store (0 events)", tostring(writer))
    writer:close()
    assert.equal("event store (closed)", tostring(writer))
  end)

  it("closes twice, and is closed then", function()
    local writer = assert(store.create { path = path })
    assert.is_true(writer:close())
    assert.is_true(writer:close())
    assert.error_matches(function() writer:append { type = "log" } end, "closed")
    local rows = assert(store.events(path))
    rows:close()
    rows:close()
    assert.is_nil(rows())
  end)
end)
