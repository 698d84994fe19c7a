-- SPDX-License-Identifier: MIT
-- docs/promises.md names tests that exist; and what no other spec tests of the promises.
local bars = require "spec.support.bars"
local event_store = require "neap.event_store"
local neap = require "neap"
local program = require "spec.support.program"

local PAGE = program.read(program.root .. "/docs/promises.md")

-- The promises as { title, tests = { { path, name } } }.
local function read_promises()
  local promises = {}
  for line in PAGE:gmatch "[^\n]+" do
    local title = line:match "^## (.*)$"
    local path, name = line:match "^%- `(spec/.-)`: (.+)$"
    if title then promises[#promises + 1] = { title = title, tests = {} } end
    if path then table.insert(promises[#promises].tests, { path = path, name = name }) end
  end
  return promises
end

-- A test in C is called; one in Lua is told, perhaps with a word that a loop adds.
local function is_there(text, test)
  if test.path:match "%.c$" then
    return text:find("[%(,] *" .. test.name .. "[,%)]") and text:find("static void " .. test.name .. "(", 1, true)
  end
  return text:find(('it("%s"'):format(test.name), 1, true) or text:find(('it("%s " ..'):format(test.name), 1, true)
end

local ORDERS = [[
return require "neap".strategy { name = "orders", on_bar = function(self, bar)
  if self.flat then self:buy { fraction = 0.5, why = "flat" } else self:close {} end
  self:sell { quantity = 1000 }
  self:buy { quantity = "0.123456789012" }
end }
]]

describe("the promises", function()
  it("are seven", function()
    local promises = read_promises()
    assert.equal(7, #promises)
    for i, promise in ipairs(promises) do
      assert.matches("^" .. i .. "%. ", promise.title)
      assert.is_true(#promise.tests >= 3, promise.title)
    end
  end)

  it("name tests that exist", function()
    local missing = {}
    for _, promise in ipairs(read_promises()) do
      for _, test in ipairs(promise.tests) do
        local text = program.read(program.root .. "/" .. test.path)
        if not is_there(text, test) then missing[#missing + 1] = test.path .. ": " .. test.name end
      end
    end
    assert.same({}, missing)
  end)

  it("see a name that is not there", function()
    local test = { path = "spec/c/x_test.c", name = "holds" }
    assert.is_truthy(is_there("static void holds(void **s)\ncmocka_unit_test(holds),", test))
    assert.is_falsy(is_there("static void holds(void **s)\n", test))
    assert.is_falsy(is_there("static void beholds(void **s)\ncmocka_unit_test(beholds),", test))
    assert.is_falsy(is_there('it("holds not", function()', { path = "spec/x_spec.lua", name = "holds" }))
  end)
end)

describe("every answer can be explained: the journal", function()
  local directory
  setup(function() directory = program.directory() end)
  teardown(function() program.remove(directory) end)

  it("records for each order one decision, with its engine, the reason for it, and its checks", function()
    local path = directory .. "/orders.db"
    local result = assert(neap.backtest {
      strategy = program.write(directory .. "/orders.lua", ORDERS), data = { ["BTC-USD"] = bars.walk(60) }, env = {},
      store = path,
    })
    local count = { order_intent = 0, accepted = 0, refused = 0 }
    for row in assert(event_store.events(path, {})) do
      if row.type == "order_intent" then count.order_intent = count.order_intent + 1 end
      if row.type == "decision" then
        local body = row.body
        local verdict = body.accepted and "accepted" or "refused"
        count[verdict] = count[verdict] + 1
        assert.equal("live", body.engine)
        assert.equal("neither risk flag is set", body.engine_reason)
        assert.is_true(#body.checks > 0)
        assert.is_true(body.accepted or body.reason.code ~= nil and body.reason.check ~= nil)
      end
    end
    assert.equal(result.orders, count.order_intent)
    assert.equal(result.orders, count.accepted + count.refused)
    assert.is_true(count.accepted > 10 and count.refused > 100)
  end)
end)
