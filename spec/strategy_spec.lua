-- SPDX-License-Identifier: MIT
-- neap.strategy: what an author declares, and the words of self and of products, in a real back-test over bars.
local neap = require "neap"
local trial = require "spec.support.trial"
local saw, works, fails, on_bar = trial.saw, trial.works, trial.fails, trial.on_bar

describe("the declaration", function()
  it("is judged outside of a cell, too", function()
    local strategy = require "neap.strategy"
    assert.error_matches(function() strategy { name = "x", on_baar = print } end, "did you mean 'on_bar'")
    assert.equal("x", strategy { name = "x" }.name)
  end)

  it("refuses unknown names with the nearest", function()
    fails("unknown hook 'on_baar'; did you mean 'on_bar'", "on_baar = function() end")
    fails("unknown key 'parms'; did you mean 'params'", "parms = {}")
    fails("unknown key 'zzz'; known: name, doc", "zzz = 1")
    fails("not by position", "1")
  end)

  it("names what is not in this version", function()
    for _, word in ipairs { "on_params", "on_reload" } do
      fails("'" .. word .. "' is not in this version", word .. " = function() end")
    end
  end)

  it("refuses values of the wrong kind", function()
    fails("on_bar must be a function, not number", "on_bar = 1")
    fails("timeframe: '1x'", "timeframe = '1x'")
    fails("timeframes: '1h' is there twice", "timeframes = { '60m', '1h' }")
    fails("products: 'BTC' is no product", "products = { 'BTC' }")
    fails("warmup", "warmup = -1")
    fails("check must be a function", "check = 1")
    fails("doc must be text", "doc = 1")
  end)

  it("says when a file is no strategy", function()
    local path = os.tmpname()
    for text, code in pairs { ["return 1"] = "no_strategy", [""] = "no_strategy", ["return {}"] = "no_strategy",
      ["x ="] = "does_not_compile", ["error 'x'"] = "bad_strategy", ["while true do end"] = "time_limit" } do
      local file = assert(io.open(path, "w"))
      file:write(text)
      file:close()
      local result, err = neap.backtest { strategy = path, data = { ["BTC-USD"] = saw(3) }, env = {} }
      assert.is_nil(result)
      assert.equal(code, err.code)
      assert.matches(path, err.where, 1, true)
    end
    os.remove(path)
  end)
end)

describe("parameters", function()
  local declared = [[params = {
    fast = { 10, min = 2, max = 200 }, part = { 0.1, min = 0.001, max = 1 }, cash = { 5, type = "decimal" },
    hold = { "5m", type = "duration", max = "1h" }, side = { "long", choices = { "long", "short" } }, on = { false },
    step = { 10, min = 10, step = 5 }, from = { "2024-01-01", type = "time" }, pair = { "BTC-USD", type = "product" },
  },]]

  it("are typed by their declaration", function()
    works(declared .. on_bar [[
      local p = self.params
      assert(math.type(p.fast) == "integer" and p.fast == 20 and math.type(p.part) == "float" and p.part == 1.0)
      assert(tostring(p.cash) == "0.1" and p.hold == "30m" and p.side == "short" and p.on == true and p.step == 25)
      assert(p.from == 1735689600 * 10^9 and p.pair == "ETH-USD")
    ]], { params = { fast = "20", part = "1", cash = "0.1", hold = "30m", side = "short", on = "true", step = "25",
      from = "2025-01-01", pair = "ETH-USD" } })
  end)

  it("are read-only, and go in the order of their names", function()
    works(declared .. on_bar [[
      local names = {}
      for name in pairs(self.params) do names[#names + 1] = name end
      assert(table.concat(names, " ") == "cash fast from hold on pair part side step")
      assert(select(2, pcall(function() self.params.fast = 1 end)):find "read%-only")
      assert(select(2, pcall(function() return self.params.fats end)):find "did you mean 'fast'")
      assert(select(2, pcall(function() self.params = {} end)):find "belongs to the strategy's words")
    ]])
  end)

  it("refuse what may not be", function()
    local refused = { fats = { 1, "unknown parameter 'fats'; did you mean 'fast'" },
      fast = { 1, "1 is below its minimum 2" }, part = { 2, "above its maximum 1" }, cash = { "x", "a decimal number" },
      hold = { "2h", "2h is above its maximum 1h" }, side = { "shorts", "not one of long, short" },
      on = { "yes", "true or false" }, step = { 12, "not on a step of 5 from 10" }, from = { "x", "a time like" },
      pair = { "BTC", "a product like" } }
    for name, case in pairs(refused) do fails(case[2], declared, { params = { [name] = case[1] } }) end
    fails("a whole number is wanted, not '1.5'", declared, { params = { fast = 1.5 } })
    fails("a number is wanted, not 'nan'", declared, { params = { part = "nan" } })
    assert.equal("0.03125", fails("a number is wanted, not '0x1p%-5'; did you mean 0.03125", declared,
      { params = { part = "0x1p-5" } }).nearest)
    assert.equal("16", fails("a whole number is wanted, not '0x10'; did you mean 16", declared,
      { params = { fast = "0x10" } }).nearest)
    assert.equal("0.5", fails("a decimal number is wanted, not '0x1p%-1'", declared,
      { params = { cash = "0x1p-1" } }).nearest)
    assert.is_nil(fails("a number is wanted, not '0xzz'", declared, { params = { part = "0xzz" } }).nearest)
    assert.equal("fast", fails("fats", declared, { params = { fats = 1 } }).nearest)
  end)

  it("are declared with care", function()
    fails("params.x: the default 1 is below its minimum 2", "params = { x = { 1, min = 2 } }")
    fails("params.x: unknown key 'mn'; did you mean 'min'", "params = { x = { 1, mn = 2 } }")
    fails("params.x: unknown type 'intger'; did you mean 'integer'", "params = { x = { 1, type = 'intger' } }")
    fails("params.x has no default", "params = { x = { min = 1 } }")
    fails("params.x: min has no meaning for boolean", "params = { x = { true, min = 1 } }")
    fails("params.x: step must be over 0", "params = { x = { 1, step = 0 } }")
  end)

  it("are judged together by check", function()
    local rule = "params = { a = { 1 }, b = { 2 } }, check = function(p) return p.a < p.b, 'a must be less than b' end"
    works(rule)
    assert.equal("check_failed", fails("a must be less than b", rule, { params = { a = 3 } }).code)
  end)
end)

describe("self", function()
  it("keeps what the author sets, and nothing else", function()
    works(on_bar [[
      assert(self.anything == nil and self[2] == nil and self.closed == nil and self.cancelled == nil)
      self.mine, self[1] = 1, 2
      assert(self.mine == 1 and self[1] == 2)
    ]])
    fails("self.buy belongs to the strategy's words", on_bar "self.buy = 1")
    fails("self.flat belongs to the strategy's words", on_bar "self.flat = 1")
    fails("self.products belongs", on_bar "self.products = 1")
  end)

  it("finds slips", function()
    fails("self has no 'equtiy'; did you mean 'equity'", on_bar "return self.equtiy")
    fails("self has no 'cancle'; did you mean 'cancel'", on_bar "self:cancle 'x'")
    fails("a product has no 'lst'; did you mean 'last'", on_bar "return self:product('BTC-USD').lst")
    fails("a bar has no 'clse'; did you mean 'close'", on_bar "return bar.clse")
    fails("call this with ':'", on_bar "self.buy { quantity = 1 }")
  end)

  it("names what is not in this version", function()
    for _, word in ipairs { "alert", "plot" } do
      fails("'" .. word .. "' is not in this version", on_bar("return self." .. word))
    end
  end)

  it("shows what it sees", function()
    works(on_bar [[
      assert(self.flat and not self.long and not self.short and self.id == "BTC-USD" and self.mode == "normal")
      assert(tostring(self.equity) == "10000" and tostring(self.cash) == "10000" and self.buying_power:sign() == 1)
      assert(self.last == bar.close and self.mid == bar.close and self.fresh and self.tradable)
      assert(self.now == bar.close_time and os.time() == bar.close_time // 10^9)
      assert(tostring(self.price_increment) == "0.00000001" and tostring(self.quantity_increment) == "0.00000001")
      assert(tostring(self:round_price(1.0000000057, "down")) == "1")
      assert(tostring(self:round_price(1.0000000057, "up")) == "1.00000001")
      assert(#self.products == 1 and self:product "BTC-USD" == self.products[1])
      assert(self.position.quantity:is_zero() and self.position.entry_price == nil)
      assert(self.random(1, 6) <= 6 and tostring(self) == "strategy tried")
    ]])
    fails("unknown product 'BTC%-USE'; did you mean 'BTC%-USD'", on_bar "self:product 'BTC-USE'")
  end)

  it("hands out bars that may be kept", function()
    works(on_bar [[
      assert(bar.product == "BTC-USD" and bar.timeframe == "1h" and bar.close_time - bar.time == 3600 * 10^9)
      assert(bar.high >= bar.close and bar.low <= bar.open and bar.volume == 10)
      assert(not pcall(function() bar.close = 1 end))
      if self.before then assert(self.before.time == bar.time - 3600 * 10^9 and self.before.close == bar.open) end
      self.before = bar
      assert(self:bars()[0].close == bar.close and self:bars "1h"[0].close_time == self.now)
    ]])
  end)

  it("names the products when there are several", function()
    local two = { data = { ["BTC-USD"] = saw(20), ["ETH-USD"] = saw(20) } }
    fails("buy: name the product, there are several: BTC%-USD, ETH%-USD", on_bar "self:buy { quantity = 1 }", two)
    fails("flat: name the product", on_bar "return self.flat", two)
    works([[on_slice = function(self, slice)
      assert(slice["BTC-USD"].close == slice["ETH-USD"].close and slice["X"] == nil)
      local eth = self:product "ETH-USD"
      if eth.flat and not self.asked then self.asked = eth:buy { quantity = 1 } end
      if not self.second then self.second = self:buy { product = "BTC-USD", quantity = 1 } end
    end, on_stop = function(self)
      assert(self:product "ETH-USD".long and self:product "BTC-USD".long and #self:close_all() == 2)
    end]], two)
  end)
end)

describe("orders", function()
  it("have exactly one size, finite and more than zero", function()
    fails("no size: give exactly one of", on_bar "self:buy {}")
    fails("more than one size", on_bar "self:buy { quantity = 1, notional = 1 }")
    fails("quantity is not a finite number", on_bar "self:buy { quantity = 0 / 0 }")
    fails("notional is not a finite number", on_bar "self:buy { notional = math.huge }")
    fails("quantity must be more than zero, not %-1", on_bar "self:buy { quantity = -1 }")
    fails("fraction must be more than zero, not 0", on_bar "self:sell { fraction = 0 }")
    fails("limit must be more than zero", on_bar "self:buy { quantity = 1, limit = -5 }")
    for _, name in ipairs { "quantity", "notional", "fraction" } do
      fails("buy: " .. name .. ": a float .* is out of range", on_bar("self:buy { " .. name .. " = 1e300 }"))
      fails("target: " .. name .. ": a float .* is out of range", on_bar("self:target { " .. name .. " = -1e300 }"))
    end
    fails("sell: limit: a float .* is out of range", on_bar "self:sell { quantity = 1, limit = 1e300 }")
    fails("quantity: '1x' is not a number", on_bar "self:buy { quantity = '1x' }")
    fails("quantity must be a number, a decimal or text, not table", on_bar "self:buy { quantity = {} }")
  end)

  it("have a closed set of options", function()
    fails("buy: unknown option 'quantty'; did you mean 'quantity'", on_bar "self:buy { quantty = 1 }")
    fails("target: unknown option", on_bar "self:target { quantity = 1, limit = 1 }")
    fails("close: unknown option", on_bar "self:close { quantity = 1 }")
    fails("unknown time_in_force 'gct'; did you mean 'gtc'",
      on_bar "self:buy { quantity = 1, limit = 1, time_in_force = 'gct' }")
    fails("post_only must be true or false", on_bar "self:buy { quantity = 1, limit = 1, post_only = 1 }")
    fails("tag must be text", on_bar "self:buy { quantity = 1, tag = 1 }")
    fails("why is over 119 bytes", on_bar "self:buy { quantity = 1, why = ('x'):rep(120) }")
    fails("good_till", on_bar "self:buy { quantity = 1, limit = 1, good_till = 'x' }")
    fails("options are a table", on_bar "self:buy(1)")
  end)

  it("live from the callback that places them to their fill", function()
    works(on_bar [[
      if not self.bought then
        self.bought = self:buy { quantity = "1", tag = "in", why = "try" }
        local o = self.bought
        assert(o.status == "pending" and o.side == "buy" and o.type == "market" and o.tag == "in" and o.why == "try")
        assert(o.product == "BTC-USD" and tostring(o.quantity) == "1" and o.filled:is_zero() and o.reason == nil)
        assert(#self.orders == 1 and self.orders[1] == o and self:order "in" == o and o.is_open)
        assert(not pcall(function() return o.statis end) and not pcall(function() o.tag = "x" end))
      elseif not self.resting then
        assert(self.bought.status == "filled" and self.long and self:order "in" == nil)
        assert(self.bought.average_price == self.position.entry_price)
        assert(self.bought:explain().engine == "live")
        self.resting = self:sell { quantity = 1, limit = 500, tag = "out" }
        assert(self.resting.type == "limit" and tostring(self.resting.limit) == "500")
      elseif not self.cancelled then
        assert(self.resting.status == "open")
        self.cancelled = self:cancel "out"
        assert(self.cancelled and not self:cancel "nobody")
      elseif not self.closed then
        assert(self.resting.status == "cancelled" and not self.resting:cancel())
        self.closed = self:close { why = "end" }
      elseif not self.again then
        assert(self.flat and self.closed.status == "filled" and self:close().reason.code == "flat")
        self.again = self:target { fraction = 0.5 }
      end
    ]] .. [[,
    on_fill = function(self, fill)
      assert(fill.order.status == "filled" and fill.product == "BTC-USD" and fill.liquidity == "taker")
      assert(fill.price:sign() == 1 and fill.quantity == fill.order.quantity and fill.fee:is_zero() and fill.time > 0)
      self.fills = (self.fills or 0) + 1
    end,
    on_order = function(self, o) self.changes = (self.changes or 0) + 1 assert(o.id) end,
    on_stop = function(self, reason) assert(self.fills == 3 and self.changes > 3 and reason, self.fills) end]])
  end)

  it("that are refused arrive in on_reject", function()
    local result = works(on_bar "self.asked = self.asked or self:buy { quantity = '1000000' }" .. [[,
      on_reject = function(self, o)
        assert(o == self.asked and o.status == "rejected" and o.reason.code and o.reason.check)
        self.refused = true
      end,
      on_stop = function(self) assert(self.refused) end]])
    assert.equal(0, #result.trades)
  end)

  it("carry exits that live and die with the entry", function()
    local result = works(on_bar [[
      if self.flat and not self.asked then
        self.asked = self:buy { quantity = 1, stop_loss = bar.close - 50, take_profit = bar.close + 3 }
      end
    ]] .. ", on_stop = function(self) assert(self.flat and #self.orders == 0) end")
    assert.equal(1, #result.trades)
    assert.equal("3", tostring(result.trades[1].pnl))
  end)

  it("that are not there are nil, and those that are not needed say so", function()
    works(on_bar [[
      assert(select("#", self:order "x") == 1 and self:order "x" == nil)
      assert(tostring(self:close {}):find "^order %(not needed%) .* filled$")
    ]])
  end)

  it("are cancelled all at once", function()
    works(on_bar [[
      if self.done then assert(#self.orders == 0) return end
      for i = 1, 3 do self:buy { quantity = 1, limit = i } end
      assert(#self.orders == 3)
      self:cancel_all()
      self.done = true
    ]])
  end)
end)

describe("series and indicators", function()
  it("are ready when on_bar begins", function()
    works([[on_start = function(self)
      self.fast, self.high = self:sma(3), self:bars():highest(4)
      self.own = self:series "own"
      self.mean = self.own:sma(2)
    end,]] .. on_bar [[
      assert(self.fast.ready and self.fast.value > 0 and self.high.ready and self:sma(3).value == self.fast.value)
      self.own:push(bar.close)
      assert(self.own[0] == bar.close and self.own.count == #self.own)
      if self.mean.ready then assert(self.mean.value == (self.own[0] + self.own[1]) / 2) end
    ]], { data = { ["BTC-USD"] = saw(40) } })
  end)

  it("tell what is wrong", function()
    local function on_start(body) return "on_start = function(self) " .. body .. " end" end
    fails("sma: a whole number of bars is wanted", on_start "self:sma(2.5)")
    fails("^sma: the period must be", on_start "self:sma(0)")
    fails("unknown rounding 'dwn'; did you mean 'down'", on_start "self:round_price(1, 'dwn')")
    fails("a series has no 'smaa'; did you mean 'sma'", on_start "self:bars():smaa(2)")
    fails("declare it in timeframes", on_start "self:bars '4h'")
    fails("%[0%] is not ready: there are 0", on_start "return self:bars()[0]")
    fails("the session feeds bars", on_start "self:bars():push(1)")
    fails("atr needs bars", on_start "self:series('x'):atr(3)")
    fails("not a finite number", on_start "self:series('x'):push(0 / 0)")
  end)

  it("come in the declared time frames", function()
    works([[timeframe = "1h", timeframes = { "4h" }, on_start = function(self) self.slow = self:bars "4h":sma(2) end,]]
      .. on_bar "self[bar.timeframe] = bar"
      .. [[, on_stop = function(self) assert(self["4h"].volume == 40 and self["1h"].volume == 10) end]])
  end)

  it("may be read early with warmup = 0, and say what is missing", function()
    works("warmup = 0, on_start = function(self) self.mean, self.calls = self:sma(50), 0 end," .. on_bar [[
      self.calls = self.calls + 1
      if self.calls == 1 then
        assert(select(2, pcall(function() return self.mean.value end)):find "not ready")
        assert(not self.mean:crossed_above(1))
      end
    ]] .. ", on_stop = function(self) assert(self.calls == 60) end")
  end)
end)

describe("timers", function()
  it("fire at their instants", function()
    works [[on_start = function(self)
        self.count = 0
        self:every("often", "4h")
        self:after("once", "90m")
        self:daily("noon", { at = "12:00" })
        self:weekly("week", { day = "friday", at = "00:30", missed = "skip" })
      end,
      on_timer = function(self, t)
        assert(t.due <= self.now and t.date == os.date("%F", t.due // 1000000000) and t.missed)
        self[t.name .. "_fired"] = (self[t.name .. "_fired"] or 0) + 1
        if t.name == "noon" then assert(os.date("%H:%M", t.due // 1000000000) == "12:00") end
        if t.name == "often" and self.often_fired == 5 then assert(self:cancel_timer "often") end
      end,
      on_stop = function(self)
        assert(self.often_fired == 5 and self.once_fired == 1 and self.noon_fired == 3 and self.week_fired == 1)
        assert(not self:cancel_timer "nobody")
      end]]
  end)

  it("refuse what is no time", function()
    local function on_start(body) return "on_start = function(self) " .. body .. " end" end
    fails("every: '4x' is not a duration", on_start "self:every('e', '4x')")
    fails("more than zero", on_start "self:after('e', 0)")
    fails("at is a time of day", on_start "self:daily('e', { at = '25:00' })")
    fails("unknown day 'fridya'; did you mean 'friday'", on_start "self:weekly('e', { day = 'fridya' })")
    fails("the timer's name is text", on_start "self:after(1, '5m')")
    fails("daily: unknown missed 'never'; known: once, skip, all", on_start "self:daily('e', { missed = 'never' })")
    fails("unknown option 'hour'", on_start "self:daily('e', { hour = 1 })")
  end)
end)

describe("a callback", function()
  it("writes to the log, with fields and with print", function()
    works(on_bar [[self:info("hello", { a = 1, b = 1.5, c = self.equity, d = "x", e = true })
      self:warn "careful"
      print("printed", bar)]])
    fails("field 'x' must be a plain value, not table", on_bar "self:info('a', { x = {} })")
    fails("names of fields are text", on_bar "self:info('a', { 1 })")
  end)

  it("that raises ends a back-test and names the line", function()
    local err = fails("boom", "\n\n" .. on_bar "error 'boom'")
    assert.matches(":5$", err.where)
  end)

  it("is stopped for time and for memory", function()
    assert.equal("time_limit", fails("time limit of 100ms", on_bar "while true do pcall(error) end").code)
    -- on_start has two seconds: under valgrind 64 MiB are not copied in the 100 ms of the other hooks.
    local grow = "on_start = function() local s = 'x' while true do s = s .. s end end"
    assert.equal("memory_limit", fails("memory limit of 64 MiB", grow).code)
  end)

  it("gives the same events twice", function()
    local declaration = on_bar [[
      for name, value in pairs { a = 1, b = 2, [3] = 4 } do self:info(tostring(name) .. tostring(value)) end
      self:info(tostring({}) .. tostring(math.random(1, 1000)))
      if self.flat then self:buy { fraction = 0.5 } else self:close() end
    ]]
    local path = os.tmpname()
    local file = assert(io.open(path, "w"))
    file:write("local neap = require 'neap' return neap.strategy { name = 'same', ", declaration, "}")
    file:close()
    local function once() return works(declaration, { strategy = path }).event_hash end
    assert.equal(once(), once())
    os.remove(path)
  end)
end)

describe("the strategies that come along", function()
  it("refuse parameters that cannot be", function()
    local _, err = neap.backtest { strategy = "strategies/ma_cross.lua", data = { ["BTC-USD"] = saw(60) }, env = {},
      params = { fast = 50, slow = 20 } }
    assert.equal("fast must be less than slow", err.message)
  end)

  it("buy and hold", function()
    local result = assert(neap.backtest { strategy = "strategies/buy_hold.lua", data = { ["BTC-USD"] = saw(60) },
      env = {}, close_at_end = "close", fee_bps = 0 })
    assert.equal(1, #result.trades)
  end)
end)
