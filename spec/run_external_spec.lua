-- SPDX-License-Identifier: MIT
-- What somebody else trades on the account of a session that runs: ignored, adopted, or a reason to halt.
local books = require "tools.venue_sweep.books"
local coinbase = require "neap.coinbase"
local decimal = require "neap.decimal"
local event_store = require "neap.event_store"
local exchange_program = require "spec.support.exchange_program"
local json = require "neap.json"
local process = require "tools.venue_sweep.process"
local program = require "spec.support.program"

local PRODUCT, TRADES = "BTC-USD", 2

local RESTS = [[
return require "neap".strategy { name = "rests", feeds = { "book" }, warmup = 0,
  on_start = function(self) self:every("act", "100ms") end,
  on_timer = function(self)
    if not self.mid or self.state.asked then return end
    self.state.asked = true
    for _, tag in ipairs { "A", "B" } do
      self:buy { quantity = "0.01", limit = self.mid * 0.5, tag = tag, why = "rests" }
    end
  end }]]

describe("trades that are not the session's", function()
  local home, exchange, client

  before_each(function()
    home = program.directory()
    exchange = exchange_program.trading(home)
    client = assert(coinbase.open { base = exchange.ready.rest, key_file = exchange.ready.key_file })
  end)

  after_each(function()
    client:close()
    exchange:close()
    program.remove(home)
  end)

  local function start(how, strategy)
    return exchange:run(strategy or "tools/venue_sweep/trader.lua", "--broker coinbase --no-alerts --history 0 " ..
      "--cash 20000 --profile dev --grace 2s --set slippage_guard_bps=0 --on-stop flatten --external " .. how)
  end

  local function trade_by_hand()
    for i = 1, TRADES do
      local answer = assert(client:create_order { client_order_id = "by-hand-" .. i, product_id = PRODUCT, side = "BUY",
        order_configuration = { market_market_ioc = { quote_size = "500" } } })
      assert.is_true(answer.success)
    end
  end

  local function count(kind)
    local rows <close> = assert(event_store.events(home .. "/one/events.db", { type = kind }))
    local number = 0
    for _ in rows do number = number + 1 end
    return number
  end

  -- Until the session has written down what was traded by hand.
  local function wait_for(kind)
    for _ = 1, 3000 do
      if count(kind) >= TRADES then return end
      process.sleep(0.02)
    end
    error("no event " .. kind)
  end

  -- → what the store says when the session has stopped, and how much BTC and USD the account moved by.
  local function run(how, kind)
    local before = assert(books.of_venue(client, PRODUCT))
    local running = start(how)
    process.sleep(1)
    trade_by_hand()
    wait_for(kind)
    running:signal "TERM"
    assert.is_true(running:wait(120))
    local venue = assert(books.of_venue(client, PRODUCT))
    local own = assert(books.of_session(home .. "/one/events.db"))
    return own, venue.totals.BTC - before.totals.BTC, venue.totals.USD - before.totals.USD
  end

  local function sum(own)
    local held, cash = decimal.new(0), decimal.new(-20000)
    for _, position in ipairs(own.state.positions) do held = held + position.quantity end
    for _, strategy in ipairs(own.state.strategies) do cash = cash + strategy.cash end
    return held, cash
  end

  local function external(own, currency, before)
    for _, part in ipairs(own.state.external.parts) do
      if part.currency == currency then return (part.external or decimal.new(0)) - before end
    end
  end

  -- Those that are open at the venue, by client id.
  local function open_there()
    local found, number = {}, 0
    for order, err in client:each "orders" { order_status = { "OPEN" }, limit = 100 } do
      assert(order, err)
      found[order.client_order_id], number = order, number + 1
    end
    return found, number
  end

  local function rows_of(kind)
    local rows <close>, list = assert(event_store.events(home .. "/one/events.db", { type = kind })), {}
    for row in rows do list[#list + 1] = row end
    return list
  end

  local function await(what, found)
    for _ = 1, 600 do
      if found() then return end
      process.sleep(0.02)
    end
    error(what .. " did not come", 2)
  end

  it("64: of our open A, B and the venue's B, C one is missing there, one here; two on each side", function()
    program.write(home .. "/rests.lua", RESTS)
    local running = start("ignore", home .. "/rests.lua")
    await("what rests", function() return select(2, open_there()) == 2 end)
    await("that it is known", function() return #rows_of "order_accepted" == 2 end)
    running:signal "KILL"
    running:wait(10)
    local ours = {}
    for _, row in ipairs(rows_of "order_intent") do ours[row.body.tag] = row.client_order_id end
    assert(client:cancel_orders { order_ids = { open_there()[ours.A].order_id } })
    local answer = assert(client:create_order { client_order_id = "by-hand-C", product_id = PRODUCT, side = "BUY",
      order_configuration = { limit_limit_gtc = { base_size = "0.02", limit_price = "50000" } } })
    assert.is_true(answer.success, json.encode(answer))
    running = start("ignore", home .. "/rests.lua")
    await("the look", function() return #rows_of "order_cancelled" > 0 and #rows_of "external_order" > 0 end)
    assert.same({ ours.A }, { rows_of("order_cancelled")[1].client_order_id })
    assert.equal("by-hand-C", rows_of("external_order")[1].body.client_id)
    local there, number = open_there()
    assert.equal(2, number)
    assert.truthy(there[ours.B] and there["by-hand-C"])
    local said = json.decode((program.run(("orders one --json --sessions '%s'"):format(home))))
    assert.equal(1, #said.orders)
    assert.equal(ours.B, said.orders[1].order)
    said = json.decode((program.run(("reconcile one --json --sessions '%s'"):format(home))))
    assert.equal(1, #said.orders)
    assert.equal("by-hand-C", said.orders[1].client_id)
    assert.equal(1, #rows_of "order_cancelled")
    running:signal "TERM"
    assert.is_true(running:wait(60))
  end)

  it("are ignored: the external part moves, the session's books do not", function()
    local own, btc, usd = run("ignore", "external_fill")
    local held, cash = sum(own)
    assert.is_true(held:is_zero())
    assert.equal(btc, external(own, "BTC", 0))
    assert.equal(usd, cash + external(own, "USD", 80000))
  end)

  it("are adopted: they are the operator's, and flatten takes them with it", function()
    local own, btc, usd = run("adopt", "fill_adopted")
    local held, cash = sum(own)
    assert.equal(btc, held)
    assert.equal(usd, cash)
    assert.is_true(external(own, "BTC", 0):is_zero())
  end)

  it("halt the session where that is asked for", function()
    local own, btc, usd = run("halt", "external_fill")
    local held, cash = sum(own)
    assert.equal(1, count "mode_changed")
    assert.equal("halted", own.state.guard_mode)
    assert.equal(btc, held + external(own, "BTC", 0))
    assert.equal(usd, cash + external(own, "USD", 80000))
  end)
end)
