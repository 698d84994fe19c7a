-- SPDX-License-Identifier: MIT
-- self.state: what a strategy keeps is saved with what its callback did, packed the same way always, and plain.
local event_store = require "neap.event_store"
local trial = require "spec.support.trial"
local works, fails, on_bar = trial.works, trial.fails, trial.on_bar

local function temporary()
  local path = os.tmpname()
  os.remove(path)
  return path .. ".db"
end

-- The rows of a run's store.
local function journal(declaration, options)
  local path = temporary()
  local given = { store = path }
  for key, value in pairs(options or {}) do given[key] = value end
  local result = works(declaration, given)
  local rows = {}
  for row in assert(event_store.events(path, {})) do rows[#rows + 1] = row end
  os.remove(path)
  return rows, result
end

local function saved(rows)
  local list = {}
  for _, row in ipairs(rows) do
    if row.type == "state_saved" then list[#list + 1] = row end
  end
  return list
end

describe("self.state", function()
  it("is a table from the beginning, kept from hook to hook", function()
    works [[
      on_start = function(self, resumed)
        assert(resumed == false and type(self.state) == "table" and next(self.state) == nil)
        self.state.count = 0
      end,
      on_bar = function(self) self.state.count = self.state.count + 1 end,
      on_stop = function(self) assert(self.state.count == 60) end
    ]]
  end)

  it("is saved when a callback changed it, and only then", function()
    local list = saved(journal [[
      on_bar = function(self)
        self.count = (self.count or 0) + 1
        local state = self.state
        if self.count % 20 == 0 then state.last = self.count end
      end ]])
    assert.equal(3, #list)
    assert.same({ strategy = "tried", state = { last = 60 } }, list[3].body)
  end)

  it("is not spoken of by a strategy that does not use it", function()
    assert.equal(0, #saved(journal(on_bar "self.mine = { print }")))
  end)

  it("is saved together with the intents of the callback, before them", function()
    local rows = journal(on_bar [[
      if not self.state.bought then self.state.bought = self:buy { quantity = 1 }.id end ]])
    local at
    for index, row in ipairs(rows) do at = at or row.type == "state_saved" and index end
    assert.equal("order_intent", rows[at + 1].type)
    assert.equal(rows[at].ts_ns, rows[at + 1].ts_ns)
    assert.equal(rows[at + 1].client_order_id, rows[at].body.state.bought)
  end)

  it("packs the same values the same way, in whatever order they came", function()
    local one = saved(journal(on_bar [[ self.state = { a = 1, b = { x = 1, y = 2 }, ["10"] = true, ["9"] = false } ]]))
    local two = saved(journal(on_bar [[
      local state = self.state
      state["9"], state.b, state["10"], state.a = false, { y = 2 }, true, 1
      state.b.x = 1 ]]))
    assert.equal(1, #one)
    assert.equal('{"strategy":"tried","state":{"10":true,"9":false,"a":1,"b":{"x":1,"y":2}}}', one[1].json)
    assert.equal(one[1].json, two[1].json)
  end)

  it("keeps text of any bytes, and numbers as they are", function()
    local list = saved(journal(on_bar [[
      self.state = { zero = "a\0b", wild = "\xff\xfe", whole = 3, float = 3.0, most = math.maxinteger,
        tiny = 5e-324, exact = require "neap.decimal" "0.10", empty = {}, list = { { 1 }, {} } } ]]))
    assert.equal(1, #list) -- the same on each bar
    assert.truthy(list[1].json:find('"most":9223372036854775807', 1, true))
    assert.truthy(list[1].json:find('"exact":"0.1"', 1, true))
  end)

  it("is replaced whole by another table, by nothing else", function()
    works(on_bar [[ self.state.a = 1; self.state = { b = 2 }; assert(self.state.a == nil and self.state.b == 2) ]])
    for _, value in ipairs { "1", "nil", "'text'", "print" } do
      fails("self%.state is a table of plain values, not %l+", on_bar("self.state = " .. value))
    end
  end)

  for value, message in pairs {
    ["print"] = "state.v: a function cannot be kept; plain values and decimals can",
    ["{ levels = { 1, 2, print } }"] = "state.v.levels[3]: a function cannot be kept; plain values and decimals can",
    ["{ ['a b'] = { print } }"] = 'state.v["a b"][1]: a function cannot be kept',
    ["self.position"] = "state.v: a position cannot be kept",
    ["self:buy { quantity = 1 }"] = "state.v: an order cannot be kept",
    ["coroutine.create(print)"] = "state.v: a thread cannot be kept",
    ["setmetatable({}, {})"] = "state.v: a table with a metatable cannot be kept",
    ["self"] = "state.v: a table with a metatable cannot be kept",
    ["0/0"] = "state.v: NaN cannot be kept",
    ["-1/0"] = "state.v: an infinite number cannot be kept",
    ["{ 1, nil, 3 }"] = "state.v: a table is kept that has names, or the positions 1 to n without a hole",
    ["{ 1, a = 2 }"] = "state.v: a table is kept that has names, or the positions",
    ["{ [0] = 1 }"] = "state.v: a table is kept that has names, or the positions",
    ["{ [1.5] = 1 }"] = "state.v: a table is kept that has names, or the positions",
    ["{ [true] = 1 }"] = "state.v: a key that is a boolean cannot be kept",
    ["{ [('x'):rep(256)] = 1 }"] = "a key is text of at most 255 bytes without zeros",
    ["{ ['a\\0b'] = 1 }"] = "a key is text of at most 255 bytes without zeros",
    ["{{{{{}}}}}"] = "state.v[1][1][1][1]: tables are kept 4 deep",
    ["(function() local t = {} t.t = t return t end)()"] = "state.v.t: a table that holds itself cannot be kept",
    ["('x'):rep(70000)"] = "state.v: more than 64 KiB cannot be kept",
    ["(function() local t = {} for i = 1, 9000 do t[i] = i end return t end)()"] = "more than 64 KiB cannot be kept",
    ["(function() local t = {} for i = 1, 900 do t[('k'):rep(80) .. i] = {} end return t end)()"] = "more than 64 KiB",
  } do
    it("refuses at the callback's end: " .. value, function()
      local err = fails(".", on_bar("self.state.v = " .. value))
      assert.truthy(err.message:find(message, 1, true), err.message)
      assert.equal("bad_state", err.code)
    end)
  end

  it("drops the entries of a callback whose state cannot be kept", function()
    local path = temporary()
    fails("cannot be kept", on_bar "self.state.v = print; self:buy { quantity = 1 }", { store = path })
    local kinds = {}
    for row in assert(event_store.events(path, {})) do kinds[#kinds + 1] = row.type end
    os.remove(path)
    assert.same({ "session_started", "callback_failed", "session_failed" }, kinds)
  end)
end)
