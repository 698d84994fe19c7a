-- SPDX-License-Identifier: MIT
-- Faults of the exchange as a person asks for them: by flag, from Lua, by the admin's paths. What each kind does is
-- shown on the wire by spec/c/exchange_fault_test.c and its neighbours.
local exchange = require "neap.exchange"
local exchange_program = require "spec.support.exchange_program"
local http = require "spec.support.http"
local json = require "neap.json"
local program = require "spec.support.program"

local TIME = "/api/v3/brokerage/time"

describe("faults of an exchange", function()
  local home

  setup(function() home = program.directory() end)
  teardown(function() program.remove(home) end)

  local function start(words) return exchange_program.start("--market none " .. words, home) end

  local function admin(run, method, path, body)
    local status, text = http.ask(run.ready.rest, method, "/neap/v1/" .. path, { body = body and json.encode(body) })
    return json.decode(text), status
  end

  it("are given by flag, many of them, and counted", function()
    local run = start "--no-rate-limits --fault unavailable:count=1,path=/time --fault halt:product=BTC-USD"
    assert.equal(run.ready.rest .. "/neap/v1/", run.ready.admin)
    assert.equal(503, (http.ask(run.ready.rest, "GET", TIME)))
    assert.equal(200, (http.ask(run.ready.rest, "GET", TIME)))
    local listed = admin(run, "GET", "faults").faults
    run:close()
    assert.same({ { id = 1, fault = "unavailable:count=1,path=/time", seen = 2, struck = 1 },
      { id = 2, fault = "halt:product=BTC-USD", seen = 0, struck = 1, on = true } }, listed)
  end)

  it("that are none are refused before anything starts, with the nearest", function()
    local out, complaint, code = program.run("exchange --plain --market none --fault latancy:time=1s",
      { directory = home })
    assert.same({ "", 2 }, { out, code })
    assert.matches("there is no fault 'latancy'", complaint)
    assert.matches("latency", complaint)
    out, complaint, code = program.run("exchange --plain --market none --fault halt:product=BTC-USX",
      { directory = home })
    assert.equal("", out)
    assert.equal(2, code)
    assert.matches("no product BTC%-USX", complaint)
  end)

  it("come and go over HTTP while it runs, and it ends when asked to", function()
    local run = start "--no-rate-limits"
    assert.same({ id = 1, fault = "bad_gateway" }, admin(run, "POST", "faults", { fault = "bad_gateway" }))
    local status, text, head = http.ask(run.ready.rest, "GET", TIME)
    assert.equal(502, status)
    assert.matches("text/html", head)
    assert.matches("cf%-wrapper", text)
    assert.same({}, admin(run, "DELETE", "faults/1").faults)
    assert.equal(200, (http.ask(run.ready.rest, "GET", TIME)))
    local _, refused = admin(run, "GET", "falts")
    assert.equal(404, refused)
    local told = admin(run, "POST", "stop")
    assert.same({ ok = true }, told)
    assert.matches("exchange ended by stop", run:wait())
  end)

  it("leave keys that were made meanwhile to the next start", function()
    local first = start("--no-rate-limits --state " .. home .. "/state")
    local made = admin(first, "POST", "keys", { funds = { USD = "5" } })
    first:close()
    assert.equal("organizations/neap/apiKeys/2", made.name)
    local second = start("--state " .. home .. "/state")
    second:close()
    assert.equal(2, #second.ready.keys)
    assert.equal(made.privateKey, json.decode(program.read(second.ready.keys[2])).privateKey)
  end)

  it("are added, listed and removed from Lua", function()
    local running <close> = assert(exchange.open { plain = true, market = { "none" }, funds = "",
      fault = { "latency:time=5ms,p=0.1" } })
    local id = assert(running:add_fault "cancel_only:product=BTC-USD")
    local none, err = running:add_fault "cancel_only:p=0.5"
    assert.is_nil(none)
    assert.equal("fault_word", err.code)
    none, err = running:add_fault "cancel_only:product=BTC-USX"
    assert.is_nil(none)
    assert.same({ "unknown_product", "BTC-USD" }, { err.code, err.nearest })
    assert.same({ 1, 2 }, { running:faults()[1].id, running:faults()[2].id })
    assert.is_true(running:remove_fault(1))
    assert.equal(id, running:faults()[1].id)
    none, err = running:remove_fault(1)
    assert.is_nil(none)
    assert.equal("unknown_fault", err.code)
    assert.error_matches(function() running:remove_fault(0) end, "a fault's id")
    for text, wanted in pairs {
      ["frame_lost:channel=levle2"] = "there is no channel 'levle2'",
      ["subscribe_ignored:channel=subscriptions"] = "there is no channel",
      ["server_error:method=GTE"] = "there is no method 'GTE'",
      ["frame_lost:count=0"] = "from 1 on",
      ["frame_cut:number=0"] = "from 1 on",
      ["socket_close:number=1006"] = "a close code",
      ["socket_close:number=2500"] = "a close code",
      ["latency:time=1s,time=2s"] = "'time' is said twice",
    } do
      none, err = running:add_fault(text)
      assert.is_nil(none, text)
      assert.truthy(err.message:find(wanted, 1, true), err.message)
    end
    assert.equal("level2", select(2, running:add_fault "frame_lost:channel=levle2").nearest)
    for _, text in ipairs { "frame_lost:channel=subscriptions", "frame_lost:channel=l2_data",
      "socket_close:number=3000" } do
      assert.is_true(running:remove_fault(assert(running:add_fault(text))))
    end
    local made, refused, kind = exchange.open { plain = true, market = { "none" }, fault = { "nothing" } }
    assert.is_nil(made)
    assert.same({ "fault_kind", "usage" }, { refused.code, kind })
  end)
end)
