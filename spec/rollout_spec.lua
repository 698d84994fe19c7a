-- SPDX-License-Identifier: MIT
-- neap.rollout: stages, evidence, and whether the next stage may start.
local bars = require "spec.support.bars"
local json = require "neap.json"
local limits = require "neap.limits"
local neap = require "neap"
local program = require "spec.support.program"
local rollout = require "neap.rollout"

local PLAN = "config/rollout.lua"

-- Limits with these fields.
local function set_of(fields)
  local set = limits.new()
  for name, text in pairs(fields) do assert(set:set(name, text)) end
  return set
end

local function evidence(fields)
  local found = { orders = 50, hours = 24, guard_trips = 0, unknown = 0, rejected = 0, served = 50, asked = 50 }
  for name, value in pairs(fields or {}) do found[name] = value end
  return found
end

describe("neap.rollout", function()
  local directory, plan

  setup(function()
    directory = program.directory()
    plan = assert(rollout.open(PLAN))
  end)
  teardown(function() program.remove(directory) end)

  local function fails(text, pattern)
    local opened, err = rollout.open(program.write(directory .. "/plan.lua", text))
    assert.is_nil(opened)
    assert.equal("bad_rollout", err.code)
    assert.matches(pattern, err.message)
  end

  it("adds no global", function() assert.is_nil(rawget(_G, "rollout")) end)

  it("refuses a plan that is none, and says where", function()
    local opened, err = rollout.open(directory .. "/nowhere.lua")
    assert.is_nil(opened)
    assert.equal(directory .. "/nowhere.lua", err.where)
    fails("return {", "expected")
    fails("return 1", "data only")
    fails("return { stages = {} }", "has stages")
    fails("return { stages = { { name = 'a' } } }", "stage 1 is no")
    fails("return { stages = { { name = 'a', set = { advanced_shar = '1' } } } }", "stage a: .*advanced_shar")
    fails("return { stages = { { name = 'a', set = { advanced_share = '7' } } } }", "stage a")
    local stages = "return { stages = { { name = 'a', set = { advanced_share = '1' } } }, "
    fails(stages .. "}", "has a gate")
    fails(stages .. "gate = { ordres = 1 } }", "knows no 'ordres'")
    fails(stages .. "gate = { orders = -1, hours = 0, guard_trips = 0, unknown = 0, rejected = 0 } }", "gate's orders")
    fails(stages .. "gate = { orders = 1 } }", "gate's hours")
  end)

  it("takes numbers of the gate that are text", function()
    local text = "return { stages = { { name = 'a', set = { advanced_share = '1' } } }, gate = { orders = '50', " ..
      "hours = '24', guard_trips = '0', unknown = '0', rejected = '0.05' } }"
    local opened = assert(rollout.open(program.write(directory .. "/plan.lua", text)))
    assert.equal("done", (rollout.judge(opened, 1, evidence())))
  end)

  it("knows a stage by what it sets, and no stage without a flag", function()
    local flag = "enable_market_impact_guard"
    assert.equal(0, rollout.stage_of(plan, limits.new()))
    assert.equal(0, rollout.stage_of(plan, set_of { [flag] = "true", advanced_share = "0.3" }))
    assert.equal(1, rollout.stage_of(plan, set_of { [flag] = "true", advanced_share = "0",
      enable_shadow_engine = "true" }))
    assert.equal(2, rollout.stage_of(plan, set_of { [flag] = "true", advanced_share = "0.10",
      enable_shadow_engine = "true" }))
    assert.equal(#plan.stages, rollout.stage_of(plan, set_of { [flag] = "true" }))
  end)

  it("lets the next stage start exactly at the gate", function()
    local function judge(fields, stage) return (rollout.judge(plan, stage or 1, evidence(fields))) end
    assert.equal("go", judge())
    assert.equal("wait", judge { orders = 49 })
    assert.equal("wait", judge { hours = 23 })
    assert.equal("back", judge { guard_trips = 1 })
    assert.equal("back", judge { unknown = 1 })
    assert.equal("go", judge { served = 100, rejected = 5 })
    assert.equal("back", judge { served = 100, rejected = 6 })
    assert.equal("back", judge { orders = 0, guard_trips = 1 })
    assert.equal("done", judge(nil, #plan.stages))
    assert.equal("go", judge({ orders = 0 }, 0))
  end)

  it("steps forward with the flags, and back without them", function()
    local off = limits.new()
    local first = rollout.step(plan, 0, "go", off)
    assert.equal("true", first.enable_market_impact_guard)
    assert.equal("0", first.advanced_share)
    assert.equal("0.1", rollout.step(plan, 1, "go", set_of { enable_market_impact_guard = "true" }).advanced_share)
    assert.same({ enable_dynamic_position_sizing = "false", enable_market_impact_guard = "false" },
      rollout.step(plan, 2, "back", off))
    assert.is_nil(rollout.step(plan, 2, "wait", off))
  end)

  it("counts what a session has shown", function()
    local path = directory .. "/kept.db"
    assert(neap.backtest { strategy = "ma_cross.lua", data = { ["BTC-USD"] = bars.walk(800) }, store = path, env = {},
      set = { enable_shadow_engine = true, enable_market_impact_guard = true, advanced_share = "0.5" } })
    local found = assert(rollout.evidence(path))
    assert.is_true(found.orders > 4)
    assert.equal(found.orders, found.asked)
    assert.is_true(found.served > 0 and found.served < found.orders)
    assert.same({ 0, 0, 0 }, { found.unknown, found.rejected, found.guard_trips })
    assert.is_true(found.hours > 700)
  end)

  it("counts an order that takes another's place once: behind the cancel it is asked of again", function()
    local path = directory .. "/replaced.db"
    local s = assert(neap.session { data = { ["BTC-USD"] = bars.walk(20) }, store = path, env = {}, cash = 10000,
      engine = "advanced" })
    assert(s:step(2))
    local old = s:buy { quantity = "0.1", limit = 10 }
    assert.equal("open", old:replace { limit = 11 }.status)
    s:stop()
    local found = assert(rollout.evidence(path))
    assert.same({ 2, 2 }, { found.orders, found.served })
    assert.equal(2, require("neap.session.shadow").read(path).unasked)
  end)

  it("says so when there is no store", function()
    local found, err = rollout.evidence(directory .. "/nobody.db")
    assert.is_nil(found)
    assert.is_string(err.code)
  end)
end)

describe("neap engine rollout", function()
  local home, here

  setup(function()
    home = program.directory()
    here = { env = ("NEAP_HOME=%s"):format(home), directory = home }
    program.write(home .. "/BTC-USD_1h.csv", bars.csv(bars.walk(800)))
    local words = "run %s/strategies/ma_cross.lua --data BTC-USD_1h.csv --speed max --session s " ..
      "--param fraction=0.1 --set advanced_share=0 --set enable_shadow_engine=true"
    local _, complaint, code = program.run(words:format(program.root), here)
    assert.equal(0, code, complaint)
  end)
  teardown(function() program.remove(home) end)

  local function rolled(words)
    local text, complaint, code = program.run("engine rollout s --json " .. (words or ""), here)
    return json.decode(text), code, complaint
  end

  local function plan(orders)
    return program.write(home .. "/plan.lua", ([[return { stages = {
      { name = "shadow", set = { enable_shadow_engine = "true", advanced_share = "0" } },
      { name = "all", set = { advanced_share = "1" } } },
      gate = { orders = %d, hours = 1, guard_trips = 0, unknown = 0, rejected = 0 } }]]):format(orders))
  end

  it("waits with exit code 3 while evidence is short", function()
    local told, code = rolled("--plan " .. plan(100000))
    assert.equal(3, code)
    assert.equal("wait", told.verdict)
    assert.equal("shadow", told.name)
    assert.same({}, told.next)
    assert.matches("of at least 100000 orders", told.reasons[1])
  end)

  it("proposes a stage and takes it only with --auto", function()
    local told, code, complaint = rolled("--plan " .. plan(1))
    assert.equal(0, code, complaint)
    assert.equal("go", told.verdict)
    assert.same({ "advanced_share=1" }, told.next)
    assert.is_nil(told.taken)
    assert.equal("shadow", rolled("--plan " .. plan(1)).name)
    assert.equal(2, rolled("--auto --plan " .. plan(1)).taken)
    assert.equal("all", rolled("--plan " .. plan(1)).name)
    assert.matches("stage +all   %(2 of 2%)", (program.run("engine rollout s --plan " .. plan(1), here)))
  end)

  it("says what its flags go with, and what is no plan", function()
    local _, complaint, code = program.run("engine --auto", here)
    assert.equal(2, code)
    assert.matches("go with rollout", complaint)
    _, complaint, code = program.run("engine rollout s --plan nowhere.lua", here)
    assert.equal(1, code)
    assert.matches("there is no plan", complaint)
  end)
end)
