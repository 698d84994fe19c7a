-- SPDX-License-Identifier: MIT
-- A stop of ours fires while the venue does not take it: it is said, and it leaves as soon as the product is free.
local exchange_program = require "spec.support.exchange_program"
local http = require "spec.support.http"
local json = require "neap.json"
local program = require "spec.support.program"
local running = require "spec.support.running"
local sweep = require "tools.venue_sweep.process"

-- Enters, and four seconds later follows the price closely: the stop fires within moments.
local STRATEGY = [[
return require "neap".strategy { name = "stopped", feeds = { "book" }, warmup = 0,
  on_start = function(self, resumed)
    if resumed then return end
    self:after("enter", "500ms")
    self:after("protect", "4s")
  end,
  on_timer = function(self, t)
    if t.name == "enter" then self:buy { quantity = "0.01" }
    else self:sell { quantity = "0.01", trail_bps = "0.01", reduce_only = true, tag = "stop" } end
  end }]]

local home, exchange, process

local function admin(method, path, body)
  local status, text = http.ask(exchange.ready.rest, method, "/neap/v1/" .. path, { body = body })
  assert.equal(200, status, text)
  return json.decode(text)
end

local function start()
  local words = "stopped.lua --product BTC-USD --base %s --key-file '%s' --broker coinbase --cash 20000 " ..
    "--profile dev --history 0 --set slippage_guard_bps=0 --set max_mark_staleness_seconds=60 --no-alerts " ..
    "--on-stop keep"
  process = running.start(words:format(exchange.ready.rest, exchange.ready.key_file), { home = home })
end

local function events(kind)
  local words = "events stopped --json --type " .. kind
  return json.decode((running.verb(words, { home = home })), { numbers = "float" }).events
end

local function await(what, find)
  for _ = 1, 900 do
    local found = find()
    if found then return found end
    sweep.sleep(0.05)
  end
  error("it never came: " .. what, 2)
end

local function count(kind, wanted)
  return await(("%d of %s"):format(wanted, kind), function()
    local found = events(kind)
    return #found >= wanted and found
  end)
end

local function last(kind)
  local found = events(kind)
  return found[#found]
end

describe("an exit that fires while the venue does not take it", function()
  before_each(function()
    home = program.directory()
    program.write(home .. "/stopped.lua", STRATEGY)
    exchange = exchange_program.start("--market generated --funds USD=100000,BTC=0 --no-rate-limits", home)
    start()
    count("order_filled", 1)
  end)
  after_each(function()
    process:finish()
    exchange:close()
    program.remove(home)
  end)

  local function shut(fault) admin("POST", "faults", json.encode { fault = fault .. ":product=BTC-USD" }) end

  -- Behind the opening: the order that took the place of those that were refused leaves, and fills.
  local function leaves_when_open()
    admin("DELETE", "faults")
    local sold = count("order_filled", 2)[2]
    assert.equal(0, sold.body.position + 0)
    local status = process:ask { command = "status" }
    assert.equal("normal", status.trading)
    process:signal "TERM"
    local _, code, complaint = process:wait()
    assert.equal(0, code, complaint)
    assert.equal(0, select(3, running.verb("verify stopped", { home = home })))
    assert.is_true(admin("GET", "check").ok)
    return sold, complaint
  end

  for _, fault in ipairs { "limit_only", "cancel_only", "auction", "halt" } do
    it("leaves when the product is free again: " .. fault, function()
      shut(fault)
      local refused = count("order_rejected", 1)[1]
      local sold, complaint = leaves_when_open()
      assert.not_equal(refused.client_order_id, sold.client_order_id)
      assert.matches("alert stopped #%d+: exit #2 was refused %(", complaint)
      assert.matches("sell 0.01 BTC%-USD are not protected; #3 is sent in its place in %d+ s", complaint)
      assert.equal("again", last "order_released".body.why)
      assert.same({}, events "circuit_breaker_tripped")
    end)
  end

  it("is the same order that leaves again, and an alert, when the venue has no time for it", function()
    admin("POST", "faults", json.encode { fault = "rate_limited:method=POST,path=/brokerage/orders,number=1" })
    local lost = count("order_lost", 1)[1]
    assert.equal("not_reachable", lost.body.code)
    admin("DELETE", "faults")
    local sold = count("order_filled", 2)[2]
    assert.equal(lost.client_order_id, sold.client_order_id)
    process:signal "TERM"
    local _, code, complaint = process:wait()
    assert.equal(0, code, complaint)
    assert.matches("alert stopped #%d+: exit #2 did not reach the venue %(not_reachable%), " ..
      "sell 0.01 BTC%-USD are not protected", complaint)
    assert.same({}, events "circuit_breaker_tripped")
    assert.is_true(admin("GET", "check").ok)
  end)

  it("is sent again by a session that was killed meanwhile", function()
    shut "limit_only"
    count("order_rejected", 1)
    admin("DELETE", "faults")
    local killed = process
    killed:signal "KILL"
    start() -- at once: what is left of the other is waited for
    killed:wait()
    leaves_when_open()
  end)
end)
