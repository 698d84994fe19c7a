-- SPDX-License-Identifier: MIT
-- What a venue lets be done with a product changes while a session trades it, or before it starts: entries are refused
-- by name, exits and cancels go on, and entries come back by themselves.
local exchange_program = require "spec.support.exchange_program"
local http = require "spec.support.http"
local json = require "neap.json"
local program = require "spec.support.program"
local running = require "spec.support.running"
local sweep = require "tools.venue_sweep.process"

-- Of each product in turns: an entry at the market, one that rests, its cancel, and now and then out of all.
local TURNS = [[
local sizes = { ["BTC-USD"] = "0.001", ["ETH-USD"] = "0.02", ["SOL-USD"] = "0.3" }
local function act(self, id, turn)
  local p = self:product(id)
  if not p.mid then return end
  self.state[id] = p.tradable
  if turn % 9 == 8 then return p.long and p:close { why = "out" } end
  if turn % 3 == 0 then p:buy { quantity = sizes[id], why = "market" } end
  if turn % 3 == 1 then p:buy { quantity = sizes[id], limit = p.mid * 0.9, post_only = true, why = "rests" } end
  if turn % 3 == 2 then
    for _, order in ipairs(self.orders) do
      if order.why == "rests" and order.product == id then order:cancel() end
    end
  end
end
return require "neap".strategy { name = "turns", feeds = { "book" }, warmup = 0,
  on_start = function(self)
    self.state.turn = 0
    self:every("act", "300ms")
  end,
  on_timer = function(self)
    for id in pairs(sizes) do act(self, id, self.state.turn) end
    self.state.turn = self.state.turn + 1
  end }]]

-- By fault and product: the flag that the session is told, and why each kind of entry is refused; false: it is not.
local FIRST = {
  { product = "BTC-USD", fault = "cancel_only", flag = "cancel_only", market = "cancel_only", rests = "cancel_only" },
  { product = "ETH-USD", fault = "post_only", flag = "post_only", market = "post_only", rests = false },
  { product = "SOL-USD", fault = "delisting", flag = "disabled", market = "trading_disabled",
    rests = "trading_disabled" },
}
local THEN = {
  { product = "BTC-USD", fault = "limit_only", flag = "limit_only", market = "limit_only", rests = false },
  { product = "ETH-USD", fault = "auction", flag = "auction", market = "limit_only" },
}

-- Nobody trades it: that it halts the status channel tells at once, and all products are looked at with it.
local HALTS = { product = "SHIB-USD", fault = "halt" }

local home, exchange, process

local function start(more)
  local words = "turns.lua --product BTC-USD --product ETH-USD --product SOL-USD --product SHIB-USD --base %s " ..
    "--key-file '%s' --broker coinbase --cash 20000 --profile dev --history 0 --set slippage_guard_bps=0 " ..
    "--set error_threshold=0 --no-alerts %s"
  process = running.start(words:format(exchange.ready.rest, exchange.ready.key_file, more or ""), { home = home })
end

local function open()
  home = program.directory()
  program.write(home .. "/turns.lua", TURNS)
  exchange = exchange_program.start("--market generated --funds USD=100000,BTC=0 --no-rate-limits", home)
end

local function close()
  process:finish()
  exchange:close()
  program.remove(home)
end

local function stop()
  process:signal "TERM"
  local _, code, complaint = process:wait()
  assert.equal(0, code, complaint)
end

local function admin(method, path, body)
  local status, text = http.ask(exchange.ready.rest, method, "/neap/v1/" .. path, { body = body })
  assert.equal(200, status, text)
  return json.decode(text)
end

-- Those of a kind and a product behind a number; no product: all.
local function events(kind, product, since)
  local words = ("events turns --json --type %s --since %d"):format(kind, since)
  if product then words = words .. " --product " .. product end
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

-- The first decision behind a number on an order of that kind.
local function decision(product, why, since)
  return await(("a decision on one of %s that is %s"):format(product, why), function()
    local kinds = {}
    for _, row in ipairs(events("order_intent", product, since)) do kinds[row.client_order_id] = row.body.why end
    for _, row in ipairs(events("decision", product, since)) do
      if kinds[row.client_order_id] == why then return row end
    end
  end)
end

local function told(product, flag, is_on, since)
  return await(("%s: %s %s"):format(product, flag, is_on), function()
    for _, row in ipairs(events("product_trading", product, since)) do
      if row.body[flag] == is_on then return row end
    end
  end).seq
end

local function some(kind, product, since)
  return await(("%s of %s"):format(kind, product), function() return events(kind, product, since)[1] end).seq
end

local function check(case, why, since)
  local row = decision(case.product, why, since)
  if case[why] then
    assert.is_false(row.body.accepted)
    assert.equal(case[why], row.body.reason.code)
    assert.equal("venue_trading", row.body.reason.check)
  else
    assert.is_true(row.body.accepted)
  end
end

local function plan(cases)
  admin("DELETE", "faults")
  for _, case in ipairs(cases) do
    admin("POST", "faults", json.encode { fault = ("%s:product=%s"):format(case.fault, case.product) })
  end
end

local function hold(cases, since)
  for _, case in ipairs(cases) do
    case.on = told(case.product, case.flag, true, since[case.product] or 0)
    check(case, "market", case.on)
    if case.rests ~= nil then check(case, "rests", case.on) end
    since[case.product] = case.on
  end
end

describe("a product whose trading changes while a session runs", function()
  setup(function()
    open()
    start()
  end)
  teardown(close)

  it("refuses entries by name, lets exits and cancels pass, and goes on when it is over", function()
    local since = {}
    for _, case in ipairs(FIRST) do
      since[case.product] = some("order_filled", case.product, 0)
      some("order_cancelled", case.product, since[case.product])
    end
    plan(FIRST)
    hold(FIRST, since)
    for _, case in ipairs(FIRST) do assert.is_true(decision(case.product, "out", case.on).body.accepted) end
    some("order_cancelled", "ETH-USD", since["ETH-USD"]) -- what rested was taken back, and what was placed meanwhile
    plan { THEN[1], THEN[2], HALTS }
    hold(THEN, since)
    plan {}
    for _, case in ipairs { THEN[1], THEN[2], FIRST[3] } do
      local off = told(case.product, case.flag, false, since[case.product])
      assert.is_true(decision(case.product, "market", off).body.accepted)
      some("order_filled", case.product, off)
    end
    assert.equal("normal", process:ask({ command = "status" }).trading)
    stop()
    assert.equal(0, select(3, running.verb("verify turns", { home = home })))
    assert.is_true(admin("GET", "check").ok)
  end)
end)

describe("a product that is not free when a session starts", function()
  setup(open)
  teardown(close)

  local function at_venue(product)
    local _, text = http.ask(exchange.ready.rest, "GET", "/api/v3/brokerage/market/products/" .. product)
    return json.decode(text)
  end

  -- Of the products, by what the strategy was told.
  local function tradable(since, wanted)
    await("tradable " .. json.encode(wanted), function()
      for _, row in ipairs(events("state_saved", nil, since)) do
        local state, is_so = row.body.state, true
        for product, value in pairs(wanted) do is_so = is_so and state[product] == value end
        if is_so then return true end
      end
    end)
  end

  it("is let out of, and traded again when it is", function()
    start "--on-stop keep"
    some("order_filled", "BTC-USD", 0)
    stop()
    plan { { product = "BTC-USD", fault = "limit_only" }, { product = "ETH-USD", fault = "cancel_only" } }
    await("limit_only", function() return at_venue "BTC-USD".limit_only and at_venue "ETH-USD".cancel_only end)
    local since = events("session_stopped", nil, 0)[1].seq
    start "--on-stop flatten"
    check({ product = "BTC-USD", market = "limit_only" }, "market", since)
    tradable(since, { ["BTC-USD"] = true, ["ETH-USD"] = false })
    assert.is_true(decision("BTC-USD", "out", since).body.accepted)
    plan {}
    local off = told("BTC-USD", "limit_only", false, since)
    assert.is_true(decision("BTC-USD", "market", off).body.accepted)
    some("order_filled", "BTC-USD", off)
    tradable(told("ETH-USD", "cancel_only", false, since), { ["ETH-USD"] = true })
    stop()
    assert.equal(0, select(3, running.verb("verify turns", { home = home })))
  end)
end)
