-- SPDX-License-Identifier: MIT
-- Sessions at a venue: the real program against the real local exchange.
local books = require "tools.venue_sweep.books"
local coinbase = require "neap.coinbase"
local decimal = require "neap.decimal"
local event_store = require "neap.event_store"
local exchange_program = require "spec.support.exchange_program"
local json = require "neap.json"
local process = require "tools.venue_sweep.process"
local program = require "spec.support.program"

local TRADER = "tools/venue_sweep/trader.lua"

describe("a session at the venue", function()
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

  local LIKE = "--no-alerts --history 0 "
  local function words(more) return exchange:run_words(TRADER, LIKE .. more) end
  local function start(more, strategy) return exchange:run(strategy or TRADER, LIKE .. more) end

  local function stop(running)
    running:signal "TERM"
    assert.is_true(running:wait(120))
    return (running:said())
  end

  local IN_EARNEST = "--broker coinbase --cash 20000 --profile dev --grace 2s --set slippage_guard_bps=0 " ..
    "--on-stop flatten"

  it("trades there, and its books are the exchange's to the last digit", function()
    local before = assert(books.of_venue(client, "BTC-USD"))
    local running = start(IN_EARNEST)
    process.sleep(3)
    local said = stop(running)
    assert.is_truthy(said:find "mode exchange")
    assert.is_truthy(said:find "stopped: SIGTERM", said)
    local venue = assert(books.of_venue(client, "BTC-USD"))
    assert.is_true(venue.count > 0)
    local own = assert(books.of_session(home .. "/one/events.db"))
    assert.are.same({}, books.compare(own, venue, before, { product = "BTC-USD", cash = decimal.new(20000) }))
  end)

  it("is killed with -9, asks for what it may have sent, and loses and doubles nothing", function()
    local before = assert(books.of_venue(client, "BTC-USD"))
    local running = start(IN_EARNEST)
    process.sleep(2)
    running:signal "KILL"
    running:wait(10)
    running = start(IN_EARNEST)
    process.sleep(5)
    assert.is_truthy(stop(running):find "resumed")
    local venue = assert(books.of_venue(client, "BTC-USD"))
    local own = assert(books.of_session(home .. "/one/events.db"))
    assert.are.same({}, books.compare(own, venue, before, { product = "BTC-USD", cash = decimal.new(20000) }))
  end)

  it("begins where one was killed before its first event", function()
    assert(os.execute(("mkdir -m 700 '%s/one'"):format(home)))
    assert(event_store.create { path = home .. "/one/events.db", run = "one" }):close()
    local running = start(IN_EARNEST)
    process.sleep(1)
    local said = stop(running)
    assert.is_nil(said:find "resumed", said)
    assert.is_truthy(said:find "stopped: SIGTERM", said)
    assert.is_true(assert(event_store.verify(home .. "/one/events.db")).events > 3)
  end)

  it("protects what fills in many parts at once, and goes on", function()
    local strategy = program.write(home .. "/protected.lua", [[
      return require "neap".strategy { name = "protected", feeds = { "book" }, warmup = 0,
        on_start = function(self) self:every("act", "200ms") end,
        on_timer = function(self)
          if self.long or #self.orders > 0 or not self.mid then return end
          self:buy { quantity = "0.2", stop_loss = self.mid * 0.9, take_profit = self.mid * 1.1, why = "protected" }
        end }]])
    local running = start(IN_EARNEST, strategy)
    process.sleep(4)
    local said, complaint = stop(running), select(2, running:said())
    assert.is_truthy(said:find "stopped: SIGTERM", said .. complaint)
    local own = assert(books.of_session(home .. "/one/events.db"))
    assert.is_true(own.count > 0)
  end)

  it("trades on paper with the venue's market: nothing reaches the venue", function()
    local running = start "--broker paper --cash 20000 --profile dev --set slippage_guard_bps=0"
    process.sleep(3)
    local said = stop(running)
    assert.is_truthy(said:find "mode paper")
    assert.is_truthy(said:find "fills [1-9]", said)
    assert.are.equal(0, assert(books.of_venue(client, "BTC-USD")).count)
  end)

  it("sells of an account's coins no more than the strategy bought, whatever amount it names", function()
    exchange:close()
    exchange = exchange_program.start("--market BTC-USD=generated --funds USD=100000,BTC=5 --no-rate-limits", home)
    client:close()
    client = assert(coinbase.open { base = exchange.ready.rest, key_file = exchange.ready.key_file })
    program.write(home .. "/seller.lua", [[
      return require "neap".strategy { name = "seller", feeds = { "book" }, warmup = 0,
        on_start = function(self) self:every("act", "200ms") end,
        on_timer = function(self)
          if self.state.sold then return end
          if self.long then
            self.state.sold = true
            self:sell { notional = "60000", why = "far more than it holds" }
          elseif not self.state.bought and self.mid then
            self.state.bought = true
            self:buy { quantity = "0.0100", why = "some" }
          end
        end }
    ]])
    local before = assert(books.of_venue(client, "BTC-USD"))
    local running = start(IN_EARNEST, home .. "/seller.lua")
    process.sleep(5)
    stop(running)
    local venue = assert(books.of_venue(client, "BTC-USD"))
    local own = assert(books.of_session(home .. "/one/events.db"))
    assert.are.equal(2, venue.count)
    assert.are.same({}, books.compare(own, venue, before, { product = "BTC-USD", cash = decimal.new(20000) }))
    for account in client:each "accounts" { limit = 250 } do
      local there = decimal.parse(account.available_balance.value)
      if account.currency == "BTC" then assert.are.equal(decimal.new(5), there) end
    end
  end)

  it("makes bars of the trades, and needs no key for paper", function()
    local text, complaint, code = program.run(((words "--broker paper --profile dev --bars 1s --once --json")
      :gsub("%-%-key%-file '%S+'", "")))
    assert.are.equal(0, code, complaint)
    assert.is_true(json.decode(text).bars > 0)
  end)

  local function refused(more, code, pattern)
    local _, complaint, got = program.run(words(more))
    assert.are.equal(code, got, complaint)
    assert.is_truthy(complaint:find(pattern), complaint)
  end

  it("names the nearest product where there is none", function()
    local _, complaint, code = program.run(((words "--broker coinbase"):gsub("BTC%-USD ", "BTC-USDX ")))
    assert.are.equal(2, code, complaint)
    assert.is_truthy(complaint:find "BTC%-USD", complaint)
  end)

  it("is refused without a key, and with more cash than there is", function()
    local _, complaint, code = program.run(((words "--broker coinbase"):gsub("%-%-key%-file '%S+'", "")))
    assert.are.equal(1, code)
    assert.is_truthy(complaint:find "orders need a key", complaint)
    refused("--broker coinbase --cash 1000000", 1, "more than the 100000")
    refused("--broker paper --bars 0s", 2, "is no time")
  end)

  it("says that the venue is not reached, and leaves nothing behind", function()
    local _, complaint, code = program.run(((words "--broker coinbase"):gsub("127%.0%.0%.1:%d+", "127.0.0.1:1")))
    assert.are.equal(6, code, complaint)
    assert.is_false(os.rename(home .. "/one", home .. "/one") == true)
  end)
end)
