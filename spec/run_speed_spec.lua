-- SPDX-License-Identifier: MIT
-- A session at a local exchange that plays another day, and plays it fast: it goes by that exchange's clock.
local books = require "tools.venue_sweep.books"
local clock = require "neap.clock"
local coinbase = require "neap.coinbase"
local core = require "neap.run_c"
local decimal = require "neap.decimal"
local event_store = require "neap.event_store"
local exchange_program = require "spec.support.exchange_program"
local json = require "neap.json"
local program = require "spec.support.program"
local running = require "spec.support.running"

local START, SPEED = "2026-02-05T13:00:00Z", 120
local MINUTE = 60 * 1000000000
local HOUR = 60 * MINUTE

-- Bars of a minute up and down by one, of a file.
local function bars()
  local first = clock.parse(START) // 1000000000
  local lines = { "time,open,high,low,close,volume" }
  for i = 0, 599 do
    local open = 60000 + i % 2
    local close = 60000 + (i + 1) % 2
    lines[#lines + 1] = ("%d,%d,60001,60000,%d,10"):format(first + i * 60, open, close)
  end
  return table.concat(lines, "\n") .. "\n"
end

local STRATEGY = [[return require "neap".strategy { name = "often", on_bar = function(self, bar)
  self.state.bars = (self.state.bars or 0) + 1
  if self.flat then self:buy { quantity = "0.01", stop_loss = 50000, why = "flat" } else self:close { why = "held" } end
end }]]

describe("a session at an exchange whose clock is its own", function()
  local home, exchange, client, process

  setup(function()
    home = program.directory()
    program.write(home .. "/often.lua", STRATEGY)
    program.write(home .. "/BTC-USD_1m.csv", bars())
    -- What became of the first orders it has to ask for, since when it sent them by that clock.
    exchange = exchange_program.start(("--start %s --speed %d --from BTC-USD_1m.csv --funds USD=100000,BTC=0 " ..
      "--no-rate-limits --fault answer_lost:method=POST,path=/orders,count=2 " ..
      "--fault subscribe_ignored:channel=user"):format(START, SPEED), home)
    client = assert(coinbase.open { base = exchange.ready.rest, key_file = exchange.ready.key_file })
  end)
  teardown(function()
    if process then process:finish() end
    client:close()
    exchange:close()
    program.remove(home)
  end)

  local function words(more)
    return ("often.lua --broker coinbase --product BTC-USD --base %s --key-file '%s' --no-alerts --cash 20000 " ..
      "--grace 2s --set slippage_guard_bps=0 --on-stop flatten %s"):format(exchange.ready.rest, exchange.ready.key_file,
      more)
  end

  local function venue_time()
    return math.tointeger(tonumber(assert(client:time {}).epochMillis)) * 1000000
  end

  -- Runs until so many bars have closed.
  local function go(bars_closed)
    process = running.start(words("--speed " .. SPEED), { home = home })
    local status = process:await(function(status) return status.bars >= bars_closed end)
    local apart = venue_time() - clock.parse(status.now)
    process:signal "TERM"
    assert.equal(0, select(2, process:wait()))
    return apart
  end

  it("has its day and its pace, and its books, also when it goes on", function()
    local before = assert(books.of_venue(client, "BTC-USD"))
    for _ = 1, 2 do
      local apart = go(3)
      assert.is_true(apart > -MINUTE and apart < HOUR, apart)
    end
    assert.matches("mode exchange, .*, speed 120x, resumed", process.lines[1])
    local list = {}
    for row in event_store.events(home .. "/sessions/often/events.db") do list[#list + 1] = row end
    local first, last = list[1].ts_ns - clock.parse(START), list[#list].ts_ns - clock.parse(START)
    assert.is_true(first >= 0 and first < HOUR, first)
    assert.is_true(last - first > 4 * MINUTE, last - first)
    local venue = assert(books.of_venue(client, "BTC-USD"))
    assert.is_true(venue.count > 0)
    local own = assert(books.of_session(home .. "/sessions/often/events.db"))
    assert.same({}, books.compare(own, venue, before, { product = "BTC-USD", cash = decimal.new(20000) }))
  end)

  it("asks for orders in doubt since it sent them, by that clock", function()
    local loop <close> = assert(core.open_loop { replay = home .. "/sessions/often/inputs" })
    local days, kind, text = {}, loop:coming()
    while kind do
      local since = kind == "request" and text:match "start_date=(%d+%-%d+%-%d+)"
      if since then days[since] = true end
      loop:pass()
      kind, text = loop:coming()
    end
    -- The day before is that of the first look at the account.
    assert.same({ ["2026-02-04"] = true, ["2026-02-05"] = true }, days)
  end)

  it("leads an order back to the frame that it came of, by that clock", function()
    local told = json.decode((running.verb("explain often '#1' --json", { home = home })))
    assert.equal(told.events[1].time, told.input.time)
  end)

  it("is replayed up to a moment of that clock", function()
    local till, count = nil, 0
    for row in event_store.events(home .. "/sessions/often/events.db") do
      till = till or row.type == "order_intent" and row.ts_ns + MINUTE // 3
      if not till or row.ts_ns <= till then count = count + 1 end
    end
    local text, complaint, code = running.verb(("replay often --until %s --json"):format(clock.format(till)),
      { home = home })
    assert.equal(0, code, complaint)
    assert.equal(count, json.decode(text).events)
  end)

  it("is the same again", function()
    local text, complaint, code = running.verb("replay often --json", { home = home })
    assert.equal(0, code, text .. complaint)
    local found = json.decode(text)
    assert.same({ true, 2 }, { found.same, found.lives })
  end)

  it("is not another's: the exchange is asked how fast its clock goes", function()
    for _, speed in ipairs { "1", "60", "150", "100000" } do
      local _, complaint, code = running.verb("run " .. words("--session other --dry-run --speed " .. speed),
        { home = home })
      assert.equal(2, code, complaint)
      local least, most = complaint:match "the exchange's own clock goes at (%S+) to (%S+);"
      assert.is_true(tonumber(least) <= SPEED and SPEED <= tonumber(most), complaint)
    end
  end)

  it("is had at no other venue, and of no exchange without one", function()
    local elsewhere = words("--session other --speed 2"):gsub("%-%-base %S+", "--base https://api.coinbase.com")
    local cases = { [words "--session other --speed max"] = "an exchange has a clock",
      [elsewhere] = "api.coinbase.com has a clock that nobody hurries" }
    for line, message in pairs(cases) do
      local _, complaint, code = running.verb("run " .. line, { home = home })
      assert.equal(2, code)
      assert.truthy(complaint:find(message, 1, true), complaint)
    end
  end)
end)
