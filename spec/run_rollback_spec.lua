-- SPDX-License-Identifier: MIT
-- docs/runbooks/rollback.md, followed word for word on a session that runs, holds a position and has orders open.
local bars = require "spec.support.bars"
local json = require "neap.json"
local program = require "spec.support.program"
local running = require "spec.support.running"

local PAGE = "docs/runbooks/rollback.md"
local SECONDS = 10

-- A position with a stop, an entry that rests, and an order of each bar, so that it is seen which engine serves.
local STRATEGY = [[
return require "neap".strategy {
  name = "holder",
  on_bar = function(self, bar)
    if self.flat and #self.orders == 0 then
      self:buy { quantity = "0.01", stop_loss = bar.close * 0.1, tag = "held" }
      self:buy { quantity = "0.01", limit = bar.close * 0.2, tag = "resting" }
    end
    local probe = self:order "probe"
    if probe then probe:cancel() else self:buy { quantity = "0.001", limit = bar.close * 0.3, tag = "probe" } end
  end,
}
]]

-- The commands of the page by its sections: { ["1"] = { "engine NAME", … }, … }.
local function sections()
  local all, at, inside = {}, nil, false
  for line in program.read(PAGE):gmatch "[^\n]*" do
    at = line:match "^## (%d)%." or line:match "^## " and "other" or at
    if line:match "^```" then inside = not inside end
    local words = inside and line:match "^neap (.*)$"
    if words then
      all[at] = all[at] or {}
      table.insert(all[at], (words:gsub("NAME", "holder")))
    end
  end
  return all
end

describe("the runbook of a rollback", function()
  local home, process, page

  local function verb(words)
    local text, complaint, code = running.verb(words, { home = home })
    assert.equal(0, code, words .. ": " .. complaint)
    return text
  end

  local function document(words) return json.decode(verb(words .. " --json"), { numbers = "float" }) end

  -- What is held and works, but for the order that comes and goes.
  local function owned()
    local kept = {}
    for _, order in ipairs(document("orders holder").orders) do
      if order.tag ~= "probe" then kept[#kept + 1] = { order.order, order.quantity, order.limit, order.stop } end
    end
    local position = document("positions holder").positions[1]
    return { orders = kept, quantity = position.quantity, entry = position.entry_price }
  end

  -- The engine that decided the latest order.
  local function latest_engine()
    local rows = document("events holder --type decision").events
    return rows[#rows].body.engine, #rows
  end

  local function await_decision()
    local _, count = latest_engine()
    repeat
      local engine, now = latest_engine()
      if now > count + 1 then return engine end
    until false
  end

  setup(function()
    page = sections()
    home = program.directory()
    program.write(home .. "/holder.lua", STRATEGY)
    program.write(home .. "/BTC-USD_1h.csv", bars.csv(bars.walk(30000)))
    process = running.start("holder.lua --data BTC-USD_1h.csv --speed 36000", { home = home })
    process:await(function(status) return status.bars >= 4 end)
  end)
  teardown(function()
    process:finish()
    program.remove(home)
  end)

  it("begins with advanced, which is what serves", function()
    assert.same({ "engine holder" }, page["1"])
    assert.matches("^engine +advanced", verb(page["1"][1]))
    assert.equal("advanced", await_decision())
  end)

  it("leads back to live within ten seconds, and nothing is lost", function()
    local before, begun = owned(), os.time()
    assert.equal(2, #before.orders)
    assert.equal(1, #page["2"])
    assert.matches("engine advanced %-> live", verb(page["2"][1]))
    assert.equal("live", await_decision())
    assert.is_true(os.time() - begun <= SECONDS)
    local told = {}
    for i, words in ipairs(page["3"]) do told[i] = verb(words) end
    assert.matches("^engine +live", told[1])
    assert.matches("engine live", told[2])
    assert.matches("sizes look wrong", told[5])
    assert.same(before, owned())
    local changed = document("events holder --type configuration_changed").events
    assert.equal("advanced", changed[#changed].body.engine_before)
    assert.equal("live", changed[#changed].body.engine_after)
  end)

  it("leads forward again", function()
    local before = owned()
    for _, words in ipairs(page["4"]) do verb(words) end
    assert.equal("advanced", await_decision())
    assert.same(before, owned())
  end)

  it("leaves a journal that verifies", function()
    process:signal "TERM"
    assert.equal(0, select(2, process:wait()))
    assert.equal(0, select(3, running.verb("verify holder", { home = home })))
  end)
end)
