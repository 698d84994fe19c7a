-- SPDX-License-Identifier: MIT
-- How orders fill on a recorded book: what they take, where they stand, how far the venue is.
local recorded = require "spec.support.recorded"

local NOW = { latency_ms = 0 }

-- Hooks that print an order's life; `on_book` is called once, by its own first line.
local function once(body)
  return [[ feeds = { "book" }, on_start = function(self) self.done = false end,
    on_book = function(self) if self.done then return end self.done = true ]] .. body .. [[ end,
    on_fill = function(self, f)
      print("fill", self.now // 1000000 % 100000, f.side, f.quantity, f.price, f.liquidity)
    end,
    on_reject = function(_, o) print("refused", o.reason.code) end,
    on_order = function(self, o)
      if o.status == "cancelled" or o.status == "expired" then print(o.status, o.filled, o.reason and o.reason.code) end
    end ]]
end

local BOOK = "1 snapshot 2@99 1@98 | 1@101 2@102 5@103"

local function try(lines, body, options)
  table.insert(lines, 1, BOOK)
  lines[#lines + 1] = "60 buy 0.01@200" -- a recording has a trade, far away
  return recorded.works(lines, once(body), options or NOW)
end

describe("an order that takes", function()
  it("walks the book", function()
    assert.same({ "fill\t1000\tbuy\t1\t101\ttaker", "fill\t1000\tbuy\t1.5\t102\ttaker" },
      try({ "2 update 2@97 |" }, "self:buy { quantity = 2.5 }"))
  end)

  it("loses what the book does not show", function()
    assert.same({ "fill\t1000\tbuy\t1\t101\ttaker", "fill\t1000\tbuy\t2\t102\ttaker", "fill\t1000\tbuy\t5\t103\ttaker",
      "cancelled\t8\tno_liquidity" }, try({ "2 update 2@97 |" }, "self:buy { quantity = 10 }"))
  end)

  it("takes nothing twice until the level is told of again", function()
    local lines = { BOOK, "2 update 2@97 |", "3 update | 1@101", "4 update 1@96 |", "60 buy 0.01@200" }
    local printed = recorded.works(lines, [[ feeds = { "book" },
      on_book = function(self) self:buy { quantity = 0.6 } end,
      on_fill = function(self, f) print(self.now // 1000000000 % 100, f.quantity, f.price) end ]], NOW)
    assert.same({ "1\t0.6\t101", "2\t0.4\t101", "2\t0.2\t102", "3\t0.6\t101", "4\t0.4\t101", "4\t0.2\t102" }, printed)
  end)

  it("takes up to its limit, and rests with what is left", function()
    assert.same({ "fill\t1000\tbuy\t1\t101\ttaker", "fill\t3000\tbuy\t0.5\t101\tmaker" },
      try({ "2 update 2@97 | 0@101", "3 sell 0.5@100" }, "self:buy { quantity = 1.5, limit = 101 }"))
  end)

  it("by an amount spends no more than that, fees included", function()
    local printed, result = try({ "2 update 2@97 |" }, "self:buy { notional = 203.5 }",
      { latency_ms = 0, fee_bps = 10 })
    assert.same({ "fill\t1000\tbuy\t1\t101\ttaker", "fill\t1000\tbuy\t1\t102\ttaker" }, printed)
    local spent = 10000 - result.final_cash:float()
    assert.is_true(spent <= 203.5 and spent > 203.1, spent)
  end)

  it("at once or not at all, wholly or not at all", function()
    assert.same({ "fill\t1000\tbuy\t1\t101\ttaker", "cancelled\t1\tioc" },
      try({ "2 update 2@97 |" }, "self:buy { quantity = 3, limit = 101, time_in_force = 'ioc' }"))
    assert.same({ "cancelled\t0\tfok" },
      try({ "2 update 2@97 |" }, "self:buy { quantity = 3, limit = 101, time_in_force = 'fok' }"))
    assert.same({ "fill\t1000\tbuy\t1\t101\ttaker", "fill\t1000\tbuy\t2\t102\ttaker" },
      try({ "2 update 2@97 |" }, "self:buy { quantity = 3, limit = 102, time_in_force = 'fok' }"))
  end)

  it("is clamped to the cash and to the position", function()
    assert.same({ "refused\tinsufficient_funds" },
      try({ "2 update 2@97 |" }, "self:buy { quantity = 2, limit = 102 }", { latency_ms = 0, cash = 202.9 }))
  end)
end)

describe("an order that rests", function()
  it("waits for what stood there before it", function()
    assert.same({ "fill\t4000\tbuy\t0.5\t99\tmaker", "fill\t5000\tbuy\t0.5\t99\tmaker" },
      try({ "2 sell 1@99", "3 update 1@99 |", "3.5 sell 1@99", "4 sell 0.5@99", "5 sell 9@98" },
        "self:buy { quantity = 1, limit = 99, post_only = true }"))
  end)

  it("is filled by what the other side shows at its price, once", function()
    assert.same({ "fill\t3000\tbuy\t0.25\t99\tmaker", "fill\t5000\tbuy\t0.75\t99\tmaker" },
      try({ "2 update 0@99 |", "3 update | 0.25@99", "4 update 1@97 |", "5 update | 3@99" },
        "self:buy { quantity = 1, limit = 99 }"))
  end)

  it("post-only is refused when it would take where it arrives", function()
    assert.same({ "refused\tpost_only_cross" }, try({ "1.004 update | 1@99.5" },
      "self:buy { quantity = 1, limit = 99.5, post_only = true }", { latency_ms = 5 }))
  end)

  it("expires", function()
    assert.same({ "expired\t0\tgood_till" }, try({ "3 update 1@97 |", "4 sell 9@98" },
      "self:buy { quantity = 1, limit = 98, good_till = self.now + 1000000000 }"))
  end)

  it("the models of the queue part on cancels", function()
    local lines = { "2 update 0.5@99 |", "3 sell 0.75@99" }
    local body = "self:buy { quantity = 1, limit = 99 }"
    assert.same({ "fill\t3000\tbuy\t0.25\t99\tmaker", "cancelled\t0.25\tnil" }, try(lines, body))
    local late = { "2 update 4@99 |", "2.5 update 2@99 |", "3 sell 1@99" }
    assert.same({ "cancelled\t0\tnil" }, try({ table.unpack(late) }, body)) -- those behind cancelled: 2 are ahead still
    assert.same({ "fill\t3000\tbuy\t1\t99\tmaker" },
      try(late, body, { latency_ms = 0, queue = "probabilistic", seed = 1 }))
  end)
end)

describe("a stop", function()
  it("is set off by a trade and takes what is there", function()
    assert.same({ "fill\t1000\tbuy\t1\t101\ttaker", "fill\t4000\tsell\t1\t98\ttaker" }, try(
      { "2 sell 0.1@98.5", "3 update 0@99 |", "4 sell 0.1@97.9" }, "self:buy { quantity = 1, stop_loss = 98 }"))
  end)

  it("trails trades", function()
    assert.same({ "fill\t1000\tbuy\t1\t101\ttaker", "fill\t5000\tsell\t1\t99\ttaker" }, try(
      { "2 buy 0.1@101", "3 buy 0.1@110", "4 sell 0.1@105", "5 sell 0.1@104" },
      "self:buy { quantity = 1, trailing_stop_bps = 500 }"))
  end)

  it("and a target live and die together", function()
    assert.same({ "fill\t1000\tbuy\t1\t101\ttaker", "fill\t2000\tsell\t1\t105\tmaker", "cancelled\t0\tnil" }, try(
      { "2 buy 2@106", "3 sell 1@90" }, "self:buy { quantity = 1, stop_loss = 95, take_profit = 105 }"))
  end)
end)

describe("the distance of the venue", function()
  it("is paid by what takes, and by who hears of it", function()
    assert.same({ "fill\t1030\tbuy\t1\t102\ttaker" }, try({ "1.015 update | 0@101" }, "self:buy { quantity = 1 }",
      { latency_ms = "20,10" }))
  end)

  it("lets an order fill before its cancel takes effect", function()
    local lines = { BOOK, "2 update 2@97 |", "2.004 sell 9@98", "2.006 sell 9@98", "3 update 1@97 |", "60 buy 1@200" }
    local declaration = [[ feeds = { "book" }, on_start = function(self) self.calls = 0 end,
      on_book = function(self)
        self.calls = self.calls + 1
        if self.calls == 1 then self.o = self:buy { quantity = 1, limit = 98 } end
        if self.calls == 2 then print(self.o:cancel(), self.o.status, self.flat) end
        if self.calls == 3 then print(self.o.status, self.o.filled, self.position.quantity, #self.orders) end
      end,
      on_fill = function(self, f) print("fill", self.now // 1000000 % 100000, f.quantity, f.order.status) end ]]
    local printed, result = recorded.works(lines, declaration, { latency_ms = 5 })
    assert.same({ "true\topen\ttrue", "fill\t2009\t1\tfilled", "filled\t1\t1\t0" }, printed)
    assert.equal("9902", tostring(result.final_cash))
    printed = recorded.works(lines, declaration, { latency_ms = 1 })
    assert.same({ "true\topen\ttrue", "cancelled\t0\t0\t0" }, printed)
  end)

  it("fills a part before the cancel, and no more", function()
    local printed = recorded.works({ BOOK, "2 update 2@97 |", "2.004 sell 1.25@98", "2.006 sell 9@98",
      "3 update 1@97 |", "60 buy 1@200" }, [[ feeds = { "book" }, on_start = function(self) self.calls = 0 end,
      on_book = function(self)
        self.calls = self.calls + 1
        if self.calls == 1 then self.o = self:buy { quantity = 1, limit = 98 } end
        if self.calls == 2 then self.o:cancel() end
        if self.calls == 3 then print(self.o.status, self.o.filled, self.position.quantity) end
      end ]], { latency_ms = 5 })
    assert.same({ "cancelled\t0.25\t0.25" }, printed)
  end)

  it("sells nothing twice while fills are on their way", function()
    local printed, result = recorded.works({ BOOK, "2 update 2@97 |", "2.1 buy 9@103", "2.2 update 5@99 |",
      "3 update 2@97 |", "60 sell 1@90" }, [[ feeds = { "book", "trades" },
      on_start = function(self) self.calls = 0 end,
      on_book = function(self)
        self.calls = self.calls + 1
        if self.calls == 1 then self:buy { quantity = 1 } end
        if self.calls == 2 then self:sell { quantity = 1, limit = 102.5 } end
      end,
      on_market_trade = function(self, t) if t.price == 103 then self:close {} end end,
      on_fill = function(self, f) print(f.side, f.quantity, f.price, self.position.quantity) end ]],
      { latency_ms = "5,500" })
    assert.same({ "buy\t1\t101\t1", "sell\t1\t102.5\t0" }, printed)
    assert.equal(2, result.fills)
  end)

  it("is a number, both ways, or quantiles", function()
    local latency = require "neap.backtest.latency"
    assert.same({ order = { 5000000 }, answer = { 5000000 } }, latency(5))
    assert.same({ order = { 1500000 }, answer = { 0 } }, latency "1.5,0")
    assert.same({ order = { 20000000, 400000000 }, answer = { 1 } },
      latency { order = { 20, 400 }, answer = "0.000001" })
    for _, wrong in ipairs { "x", "", "-1", "5:4", "1,2,3", "90000000", "0.0000001", ":" } do
      local none, err = latency(wrong)
      assert.is_nil(none)
      assert.equal("out_of_range", err.code, wrong)
    end
    assert.error_matches(function() latency { ordr = 5 } end, "did you mean 'order'")
    local _, err = recorded.run({ BOOK }, "", { queue = "risk_avers" })
    assert.equal("risk_averse", err.nearest)
  end)
end)

describe("the venue", function()
  it("lets what arrives wait while nobody knows its book", function()
    assert.same({ "fill\t1000\tbuy\t1\t101\ttaker", "fill\t4000\tsell\t1\t99\ttaker" }, recorded.works({ BOOK,
      "2 update 1@101.5 |", "3 sell 0.1@95", "4 snapshot 2@99 | 1@101", "60 sell 0.1@90" },
      [[ feeds = { "book", "trades" },
      on_book = function(self) if self.flat and not self.done then self.done = true self:buy { quantity = 1 } end end,
      on_market_trade = function(self, t) if t.price == 95 then self:close {} end end,
      on_fill = function(self, f)
        print("fill", self.now // 1000000 % 100000, f.side, f.quantity, f.price, f.liquidity)
      end ]], NOW))
  end)

  it("has what was on its way when a run ends, and positions are closed at the touch", function()
    local _, result = try({ "2 update 2@97 |" }, "self:buy { quantity = 1, limit = 98 } self:buy { quantity = 0.5 }",
      { latency_ms = 100000, close_at_end = "close" })
    assert.equal(3, result.orders)
    assert.equal(2, result.fills)
    assert.same({ "101", "99" }, { tostring(result.trades[1].entry_price), tostring(result.trades[1].exit_price) })
    assert.equal("9999", tostring(result.final_equity))
  end)

  it("says in the assumptions what was simulated", function()
    local _, result = try({}, "", { latency_ms = "20:400,5", queue = "probabilistic" })
    local text = table.concat(result.assumptions, "\n")
    for _, part in ipairs { "probabilistic", "drawn between the quantiles 20ms 400ms, of answers 5ms",
      "recorded, 1 messages" } do
      assert.is_truthy(text:find(part, 1, true), text)
    end
    assert.is_nil(text:find("next bar's open", 1, true))
  end)
end)

-- A market and a strategy of dice: whatever happens, the books add up (the session checks that at its end), and the
-- same happens again.
describe("random orders on a random book", function()
  local function market(seed)
    local state = seed
    local function dice(n)
      state = (state * 6364136223846793005 + 1442695040888963407) & 0x7fffffffffffffff
      return (state >> 33) % n + 1
    end
    local lines, mid = { "1 snapshot 5@99 5@98 5@97 | 5@101 5@102 5@103" }, 100
    for i = 1, 120 do
      local time = 1 + i * 0.25
      local side, away = dice(2), dice(3)
      if dice(3) == 1 then
        lines[#lines + 1] = ("%s %s %s@%d"):format(time, side == 1 and "buy" or "sell", dice(30) / 10,
          side == 1 and mid + away or mid - away)
      elseif side == 1 then
        lines[#lines + 1] = ("%s update %d@%d |"):format(time, dice(8) - 1, mid - away)
      else
        lines[#lines + 1] = ("%s update | %d@%d"):format(time, dice(8) - 1, mid + away)
      end
    end
    return lines
  end

  local DICE = [[ feeds = { "book", "trades" },
    on_book = function(self)
      local random, size, away = self.random, self.random(1, 150) / 100, self.random(-2, 3)
      local what = random(1, 9)
      if what <= 3 then self:buy { quantity = size, limit = 100 - away, post_only = what == 1 }
      elseif what <= 5 then self:sell { quantity = size, limit = 100 + away }
      elseif what == 6 then self:buy { notional = random(20, 400) }
      elseif what == 7 then self:close {}
      elseif what == 8 then self:buy { quantity = size, stop_loss = 97, take_profit = 103 }
      else self:cancel_all() end
    end,
    on_market_trade = function(self)
      if self.random(1, 4) == 1 and #self.orders > 0 then self.orders[1]:cancel() end
    end ]]

  it("conserve cash, with either queue and any distance", function()
    for seed = 1, 24 do
      local options = { seed = seed, latency_ms = ({ 0, "100,300", "10:500:900,5" })[seed % 3 + 1],
        fee_bps = seed % 2 * 10, queue = seed % 2 == 0 and "probabilistic" or "risk_averse", cash = 1000,
        products = { ["BTC-USD"] = { price_increment = "0.1", base_increment = "0.01",
          kind = seed % 4 == 0 and "margin" or "spot" } } }
      local _, first = recorded.works(market(seed), DICE, options)
      local _, second = recorded.works(market(seed), DICE, options)
      assert.is_true(first.fills > 5, seed)
      assert.equal(first.event_hash, second.event_hash)
    end
  end)
end)

describe("a passive strategy in back-tests", function()
  local market, study = require "tools.queue_market", require "tools.queue_study"

  local function write(text)
    local path = os.tmpname()
    local file <close> = assert(io.open(path, "wb"))
    file:write(text)
    return path
  end

  it("fills near what a quoter gets in a market whose queues are real", function()
    if os.getenv "NEAP_TEST_LUA" then pending "an instrumented interpreter is slow" end
    local averse, likely, slow, truth = 0, 0, 0, 0
    for seed = 2, 3 do
      local _, _, texts = market.record(seed, 200)
      local _, quoter = market.record(seed, 200, { quantity = 2, latency = 5000000 })
      local book, trades = write(texts.book), write(texts.trades)
      local function under(queue, latency)
        return study.run { strategy = "tools/queue_joiner.lua", book = book, trades = trades, quantity = 2,
          facts = "price_increment=1,base_increment=1", queue = queue, latency_ms = latency, cash = 1e9 }
      end
      local careful = under("risk_averse", 5)
      assert.same(careful, under("risk_averse", 5))
      averse, likely = averse + careful.filled, likely + under("probabilistic", 5).filled
      slow, truth = slow + under("risk_averse", "20:40:60:120:400").filled, truth + quoter.filled
      os.remove(book)
      os.remove(trades)
    end
    local text = ("%g, %g and %g of %g"):format(slow, averse, likely, truth)
    assert.is_true(0.75 * truth < averse and slow < averse and averse < likely and likely < 1.1 * truth, text)
  end)
end)
