-- SPDX-License-Identifier: MIT
-- The shadow: what the other engine would have done, held against a run in which it did.
local bars = require "spec.support.bars"
local neap = require "neap"
local program = require "spec.support.program"
local shadow = require "neap.session.shadow"
local store = require "neap.event_store"

local SIZED = { enable_dynamic_position_sizing = true, position_sizing_method = "volatility_target",
  sizing_target_volatility = "0.03" }

local function with(fields, more)
  local set = {}
  for _, part in ipairs { fields, more or {} } do
    for key, value in pairs(part) do set[key] = value end
  end
  return set
end

describe("the shadow of a back-test", function()
  local directory

  setup(function() directory = program.directory() end)
  teardown(function() program.remove(directory) end)

  -- → the path of its events.
  local function run(name, engine, set)
    local path = ("%s/%s.db"):format(directory, name)
    assert(neap.backtest { strategy = "ma_cross.lua", params = { fraction = 0.5 }, engine = engine, set = set, env = {},
      data = { ["BTC-USD"] = bars.walk(2000) }, store = path })
    return path
  end

  -- What was decided of each order, in order: { order, accepted, fraction, code }.
  local function decisions(path)
    local intents, list = {}, {}
    for _, kind in ipairs { "order_intent", "decision" } do
      local rows <close> = assert(store.events(path, { type = kind }))
      for row in function() return rows:next() end do
        local body = row.body
        if kind == "order_intent" then
          intents[row.client_order_id] = body
        else
          local ticket = body.ticket or intents[row.client_order_id] or {}
          list[#list + 1] = { order = row.client_order_id, accepted = body.accepted, fraction = ticket.fraction,
            quantity = ticket.quantity, code = body.reason and body.reason.code }
        end
      end
    end
    return list
  end

  local function as_decided(one, answer)
    return { order = one.order, accepted = answer.accepted, fraction = answer.fraction, quantity = answer.quantity,
      code = answer.code }
  end

  -- Up to there the sums of a report are what the two runs differ by: the other's report has them the other way round.
  local function check_sums(first, mirrored)
    assert.equal(first.order, mirrored.order)
    assert.equal(first.ours.cost, mirrored.shadow.cost)
    assert.equal(first.shadow.cost, mirrored.ours.cost)
    assert.equal(first.ours.accepted, mirrored.shadow.accepted)
    assert.equal(first.shadow.accepted, mirrored.ours.accepted)
  end

  -- Both engines, each with the other as its shadow, up to the first order on which they part.
  local function compare(name, fields)
    local set = with(fields, { enable_shadow_engine = true })
    local advanced, live = run(name .. "_advanced", "advanced", set), run(name .. "_live", "live", set)
    local told = assert(shadow.read(advanced))
    local ours, theirs = decisions(advanced), decisions(live)
    local first = assert(told.differences[1], "the two never part")
    for i, one in ipairs(ours) do
      if one.order == first.order then
        assert.same(one, as_decided(first, first.ours))
        assert.same(theirs[i], as_decided(first, first.shadow))
        check_sums(first, assert(shadow.read(live)).differences[1])
        return told, i
      end
      assert.same(one, theirs[i])
    end
  end

  it("is what the other engine does, up to the order on which they part", function()
    local told, at = compare("cut", SIZED)
    assert.is_true(at >= 1 and #told.differences > 3)
    assert.equal(told.asked, told.same + #told.differences)
    assert.equal(told.asked, told.served.advanced)
  end)

  it("explains every difference by a check, and sums them", function()
    local told = assert(shadow.read(directory .. "/cut_advanced.db"))
    for _, one in ipairs(told.differences) do
      assert.equal("sizing_advice", one.check)
      assert.same({ "quantity" }, one.differs)
      assert.equal("0.5", one.shadow.fraction)
      assert.is_true(tonumber(one.ours.fraction) < 0.5)
      assert.is_true(tonumber(one.ours.cost) < tonumber(one.shadow.cost))
    end
    assert.same({ sizing_advice = #told.differences }, told.by_check)
    assert.same({ ours = #told.differences, shadow = #told.differences }, told.accepted)
    assert.is_true(tonumber(told.cost.ours) < tonumber(told.cost.shadow))
  end)

  it("looks the other way round, too", function()
    local told = assert(shadow.read(directory .. "/cut_live.db"))
    assert.equal(told.asked, told.served.live)
    for _, one in ipairs(told.differences) do
      assert.equal("sizing_advice", one.check)
      assert.equal("0.5", one.ours.fraction)
    end
  end)

  it("names the check of a refusal that only one of them makes", function()
    local told = compare("strict", with(SIZED, { sizing_mode = "strict" }))
    local first = told.differences[1]
    assert.same({ "accepted" }, first.differs)
    assert.is_false(first.ours.accepted)
    assert.is_true(first.shadow.accepted)
    assert.equal(first.ours.check, first.check)
    assert.is_nil(told.by_check.unknown)
  end)

  it("is silent where they agree, and absent where it is off", function()
    local told = assert(shadow.read(run("same", "live", { enable_shadow_engine = true })))
    assert.same({ told.asked, 0, 0 }, { told.same, #told.differences, told.unasked })
    told = assert(shadow.read(run("off", "live", {})))
    assert.same({ 0, 0 }, { told.asked, told.same })
    assert.is_true(told.unasked > 0)
  end)

  it("of a file that is no store is an error with its place", function()
    local told, err = shadow.read(program.write(directory .. "/no.db", "no"))
    assert.is_nil(told)
    assert.is_string(err.code)
  end)
end)
