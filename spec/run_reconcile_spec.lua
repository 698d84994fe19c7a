-- SPDX-License-Identifier: MIT
-- A session's books against the account at the real local exchange, on which a second client with the same key trades:
-- what nobody traded is explained by a person, and a session that was killed goes on from its baseline.
local books = require "tools.venue_sweep.books"
local coinbase = require "neap.coinbase"
local core = require "neap.run_c"
local decimal = require "neap.decimal"
local event_store = require "neap.event_store"
local exchange_program = require "spec.support.exchange_program"
local http = require "spec.support.http"
local json = require "neap.json"
local pack = require "neap.pack"
local process = require "tools.venue_sweep.process"
local program = require "spec.support.program"

local ONCE = [[
return require "neap".strategy {
  name = "once", feeds = { "book" }, warmup = 0,
  on_start = function(self) self:every("act", "100ms") end,
  on_timer = function(self)
    if self.flat and self.ask and #self.orders == 0 then self:buy { quantity = "0.01", why = "once" } end
  end,
}
]]

local PATIENCE = 10 * 1000000000

describe("an account on which somebody else trades", function()
  local home, exchange, hand, running

  before_each(function()
    home = program.directory()
    program.write(home .. "/once.lua", ONCE)
    exchange = exchange_program.start("--market BTC-USD=generated --funds USD=100000,BTC=1 --no-rate-limits", home)
    hand = assert(coinbase.open { base = exchange.ready.rest, key_file = exchange.ready.key_file })
  end)

  after_each(function()
    if running then running:signal "KILL" end
    hand:close()
    exchange:close()
    program.remove(home)
  end)

  local function ask(request)
    return assert(json.decode(assert(core.ask(home .. "/one", json.encode(request), PATIENCE)), { numbers = "float" }))
  end

  -- Each question makes the session look again; an answer is waited for, and never for long.
  local function await(what, found)
    local answer
    for _ = 1, 3000 do
      answer = ask { command = "reconcile" }
      if found(answer) then return answer end
      process.sleep(0.02)
    end
    error(what .. " did not come: " .. json.encode(answer), 2)
  end

  local function row(answer, currency)
    for _, one in ipairs(answer.currencies) do
      if one.currency == currency then return one end
    end
  end

  local function position(strategy)
    for _, one in ipairs(ask({ command = "positions" }).positions) do
      if one.strategy == strategy then return one.quantity end
    end
    return "0"
  end

  local function start(external, alerts)
    running = exchange:run(home .. "/once.lua", (alerts or "--no-alerts") .. " --history 0 --broker coinbase " ..
      "--cash 20000 --profile dev --engine live --set slippage_guard_bps=0 --external " .. external)
    await("what the strategy bought", function(answer)
      return answer.baseline_at and position "once" == "0.01" and #answer.differences == 0
    end)
  end

  local count = 0
  local function trade(side, size)
    count = count + 1
    local answer = assert(hand:create_order { client_order_id = "by-hand-" .. count, product_id = "BTC-USD",
      side = side, order_configuration = { market_market_ioc = { base_size = size } } })
    assert.is_true(answer.success)
  end

  local function deposit(currency, amount)
    local body = json.encode { key = 1, currency = currency, amount = amount }
    assert.equal(200, (http.ask(exchange.ready.rest, "POST", "/neap/v1/deposit", { body = body })))
  end

  local function events(kind)
    local rows <close>, list = assert(event_store.events(home .. "/one/events.db", { type = kind })), {}
    for one in rows do list[#list + 1] = one end
    return list
  end

  -- Stopped, the books are read from the store, the account from the exchange.
  local function stop_and_compare()
    running:signal "TERM"
    assert.is_true(running:wait(60))
    running = nil
    local venue = assert(books.of_venue(hand, "BTC-USD"))
    local state = assert(event_store.replay(home .. "/one/events.db"))
    local ours = { USD = decimal.new(0), BTC = decimal.new(0) }
    for _, strategy in ipairs(state.strategies) do ours.USD = ours.USD + strategy.cash end
    for _, one in ipairs(state.positions) do ours.BTC = ours.BTC + one.quantity end
    for _, part in ipairs(state.external.parts) do
      local sum = ours[part.currency] + (part.external or decimal.new(0))
      assert.equal(tostring(venue.totals[part.currency]), tostring(sum), part.currency)
    end
    local proof = assert(pack.write(home .. "/one/events.db", home .. "/one.pack", { over = true }))
    assert.equal(tostring(ours.USD), proof.figures.cash)
    assert.equal(tostring(ours.BTC), proof.figures.products[1].quantity)
    return proof
  end

  it("has what is adopted at the operator's desk, and what is sold beyond that outside", function()
    start "adopt"
    trade("BUY", "0.05")
    await("the purchase", function() return position "operator" == "0.05" end)
    trade("SELL", "0.25")
    await("the sale", function(answer)
      return position "operator" == "0" and row(answer, "BTC").external == "0.8"
    end)
    stop_and_compare()
    assert.is_true(#events "fill_adopted" >= 2)
    assert.same({}, events "reconcile_difference")
  end)

  it("has a deposit explained by a person, whose word lets the product go", function()
    start("ignore", "")
    local text, complaint, code = program.run(("reconcile one --sessions '%s'"):format(home))
    assert.same({ "", 0 }, { complaint, code })
    assert.matches("\nno differences\n$", text)
    deposit("USD", "250.75")
    text, complaint, code = program.run(("reconcile one --sessions '%s'"):format(home)) -- looks, and looks again
    assert.same({ "", 1 }, { complaint, code })
    assert.matches("USD .* 250.75 +1 ", text)
    local answer = await("the difference", function(found) return #found.differences == 1 end)
    assert.equal("250.75", answer.differences[1].difference)
    assert.equal("reconcile", ask({ command = "status" }).holds[1].guard)
    text, complaint, code = program.run(("reconcile one --sessions '%s' --dismiss 1 --why 'a deposit'"):format(home))
    assert.same({ "", 0 }, { complaint, code })
    assert.matches("difference 1 is dismissed; none is left", text)
    assert.same({}, ask({ command = "status" }).holds)
    assert.equal("a deposit", events("reconcile_settled")[1].body.why)
    stop_and_compare()
    assert.matches("ERROR    reconcile_difference USD: difference 1: 250.75 USD that nothing explains, ours .*" ..
      "reduce%-only: BTC%-USD; settle it with neap reconcile", program.read(home .. "/one/run.log"))
  end)

  it("has coins that a person adopts at the operator's desk, paid for with what they are worth", function()
    start "adopt"
    deposit("BTC", "0.125")
    await("the difference", function(found) return #found.differences == 1 end)
    local _, complaint, code = program.run(("reconcile one --sessions '%s' --adopt 1 --why 'mine'"):format(home))
    assert.equal(0, code, complaint)
    await("the coins", function() return position "operator" == "0.125" end)
    local settled = events("reconcile_settled")[1].body
    assert.is_true(decimal(settled.deposit) > 0)
    assert.equal(tostring(decimal(20000) + decimal(settled.deposit)), stop_and_compare().figures.paid)
  end)

  it("is compared with the baseline that it had when it goes on", function()
    start "ignore"
    running:signal "KILL"
    running:wait(10)
    trade("SELL", "0.125")
    running = process.start(("run --session one --sessions '%s' --no-alerts"):format(home), home .. "/next")
    assert.is_truthy(running:wait_for("ready", 60))
    await("the sale", function(answer) return row(answer, "BTC").external == "0.875" and row(answer, "BTC").venue end)
    assert.same({}, ask({ command = "reconcile" }).differences)
    assert.equal("normal", ask({ command = "status" }).trading)
    stop_and_compare()
    assert.equal(1, #events "account_baseline")
  end)
end)
