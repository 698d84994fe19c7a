-- SPDX-License-Identifier: MIT
local bars = require "spec.support.bars"
local decimal = require "neap.decimal"
local json = require "neap.json"
local neap = require "neap"
local program = require "spec.support.program"

local BUY = [[
return require "neap".strategy { name = "buy", params = { fraction = { 0.5, min = 0, max = 5 }, limit = { 0 } },
  on_bar = function(self, bar)
    if self.done then return end
    self.done = true
    local limit = self.params.limit > 0 and self.params.limit or nil
    self:buy { fraction = self.params.fraction, limit = limit }
  end }
]]

local RAISES = "return require 'neap'.strategy { name = 'x', on_bar = function() error 'boom' end }"

local ROUND = [[
return require "neap".strategy { name = "round", on_bar = function(self, bar)
  if self.flat then self:buy { quantity = "1" } else self:close {} end
end }
]]

-- Buys, sells, targets and closes as the generator says; flat at the end by close_at_end.
local RANDOM = [[
return require "neap".strategy { name = "random", params = { size = { 0.3, min = 0, max = 1 }, shorts = { false } },
  on_bar = function(self, bar)
    local dice = math.random(8)
    if dice == 1 then self:buy { fraction = self.params.size }
    elseif dice == 2 then
      self:buy { notional = math.random(400), stop_loss = bar.close * 0.97, take_profit = bar.close * 1.02 }
    elseif dice == 3 then self:sell { quantity = "0.01" }
    elseif dice == 4 then self:close {}
    elseif dice == 5 then self:target { fraction = self.params.shorts and -0.2 or 0.2 }
    elseif dice == 6 then self:buy { quantity = "0.02", limit = bar.close * 0.99 }
    elseif dice == 7 then self:cancel_all() end
  end }
]]

describe("neap.backtest", function()
  local directory

  local function strategy(name, text) return program.write(("%s/%s.lua"):format(directory, name), text) end

  local function run(text, options)
    options = options or {}
    options.strategy, options.env = strategy("strategy", text), options.env or {}
    options.data = options.data or { ["BTC-USD"] = bars.walk(200) }
    return neap.backtest(options)
  end

  local function refused(code, text, options)
    local result, err = run(text, options)
    assert.is_nil(result)
    assert.equal(code, err.code)
    return err
  end

  setup(function() directory = program.directory() end)
  teardown(function() program.remove(directory) end)

  it("adds no global", function()
    local text = program.command "version":gsub("%S+/main%.lua version", "-e '" ..
      "local before = {} for k in pairs(_G) do before[k] = true end require \"neap.backtest\" " ..
      "for k in pairs(_G) do if not before[k] then print(k) end end'")
    local pipe = assert(io.popen(text))
    assert.equal("", pipe:read "a")
    pipe:close()
  end)

  it("refuses an option that it does not know, with the nearest", function()
    assert.error_matches(function() run(BUY, { cahs = 5 }) end, "unknown option 'cahs'; did you mean 'cash'%?")
    assert.error_matches(function() run(BUY, { [1] = "x" }) end, "unknown option '1'")
  end)

  it("refuses choices that it does not know, with the nearest", function()
    assert.equal("live", refused("not_a_choice", BUY, { engine = "lvie" }).nearest)
    assert.equal("close", refused("not_a_choice", BUY, { close_at_end = "clos" }).nearest)
    assert.equal("skip", refused("not_a_choice", BUY, { bad_bars = "skpi" }).nearest)
    assert.equal("none", refused("not_a_choice", BUY, { slippage = "non" }).nearest)
    assert.equal("backtest", refused("not_a_choice", BUY, { profile = "backtset" }).nearest)
    assert.equal("prod", refused("not_a_choice", BUY, { profile = "prdo" }).nearest)
  end)

  it("raises for options of the wrong shape", function()
    for _, case in ipairs {
      { { params = 5 }, "params is a table" }, { { products = "x" }, "products is a table" },
      { { on_log = 1 }, "on_log is a function" }, { { seed = 1.5 }, "seed is a whole number" },
      { { store = {} }, "store is a string" }, { { params = { a = {} } }, "params.a is a table" },
      { { data = 5 }, "data is a path" }, { { data = { 5 } }, "bars need their product" },
      { { data = { ["A-B"] = 5 } }, "data%['A%-B'%]" }, { { products = { ["A-B"] = 1 } }, "products%['A%-B'%]" },
    } do
      assert.error_matches(function() run(BUY, case[1]) end, case[2])
    end
    assert.error_matches(function() neap.backtest {} end, "strategy is the path")
    assert.error_matches(neap.backtest, "a table of options")
  end)

  it("returns a fault for amounts and times that cannot be", function()
    refused("not_a_number", BUY, { cash = "12,5" })
    refused("out_of_range", BUY, { cash = 0 })
    refused("out_of_range", BUY, { cash = -1 })
    refused("out_of_range", BUY, { fee_bps = 10001 })
    refused("out_of_range", BUY, { volume_share = "1.1" })
    refused("not_a_time", BUY, { from = "yesterday" })
    refused("out_of_range", BUY, { from = "2025-01-02", to = "2025-01-02" })
  end)

  it("returns a fault for data and products that do not fit", function()
    refused("no_data", BUY, { data = {} })
    refused("no_data", BUY, { data = "BTC-USD=" })
    refused("product_unknown", BUY, { data = "bars.csv" })
    refused("product_twice", BUY, { data = { "BTC-USD=a", "BTC-USD_1h.csv" } })
    refused("product_twice", BUY, { data = { "BTC-USD=a", ["BTC-USD"] = {} } })
    refused("product_without_data", BUY, { products = { ["ETH-USD"] = { kind = "spot" } } })
    refused("no_file", BUY, { data = "BTC-USD=" .. directory .. "/none.csv" })
    refused("no_bars", BUY, { from = "2030-01-01" })
  end)

  it("returns a fault, in one line and with its place, when the strategy fails", function()
    local err = refused("lua_error", RAISES)
    assert.equal("boom", err.message:match "boom$")
    assert.matches("strategy%.lua:1$", err.where)
    local _, hook = run "return require 'neap'.strategy { name = 'x', on_bra = print }"
    assert.matches("did you mean 'on_bar'", hook.message)
    refused("time_limit", "return require 'neap'.strategy { name = 'x', on_bar = function() while true do end end }")
    refused("unknown_parameter", BUY, { params = { frction = 1 } })
    refused("bad_parameter", BUY, { params = { fraction = 6 } })
  end)

  it("charges by tier what the run has traded, and says so", function()
    local result = assert(run(ROUND, { fees = "tiers", cash = 1000000, data = { ["BTC-USD"] = bars.walk(200) } }))
    assert.matches("fees: by the reference's table", table.concat(result.assumptions, "\n"))
    local least = assert(run(ROUND, { fee_tier = 8, cash = 1000000, data = { ["BTC-USD"] = bars.walk(200) } }))
    assert.matches("tier 8 for the first 30 days", table.concat(least.assumptions, "\n"))
    assert.is_true(least.fees < result.fees)
  end)

  it("refuses fees that contradict each other, and a tier that there is not", function()
    assert.matches("give one of them", refused("contradiction", ROUND, { fees = "tiers", fee_bps = 5 }).message)
    assert.equal("coinbase", refused("not_a_choice", ROUND, { fees = "coinbas" }).nearest)
    assert.matches("1 to 8 of 'tiers'", refused("out_of_range", ROUND, { fee_tier = 9 }).message)
    refused("out_of_range", ROUND, { fee_tier = 0 })
    assert.error_matches(function() run(ROUND, { fee_tier = "2" }) end, "fee_tier is a whole number")
  end)

  it("fills a market order at the next bar's open, with its fee", function()
    local result = assert(run(BUY, { data = { ["BTC-USD"] = bars.closes { 100, 110, 120, 130 } }, cash = 1000,
      products = { ["BTC-USD"] = { kind = "margin", base_increment = "0.001" } }, fee_bps = 100,
      close_at_end = "close" }))
    local trade = result.trades[1]
    assert.equal("100", tostring(trade.entry_price))
    assert.equal(bars.START + 3600000000000, trade.entry_time)
    assert.equal("4.95", tostring(trade.quantity)) -- 500 ÷ (100 × 1.01), down to the increment
    assert.equal("130", tostring(trade.exit_price))
    assert.equal(decimal "4.95" * decimal "0.01" * 230, trade.fees)
    assert.equal(decimal "4.95" * 30 - trade.fees, trade.pnl)
    assert.equal(result.initial_cash + trade.pnl, result.final_equity)
    assert.equal(result.final_cash, result.final_equity)
  end)

  it("counts an open position at the last close, or closes it at the last open", function()
    local closes = bars.closes { 100, 100, 100, 150 }
    local open = assert(run(BUY, { data = { ["BTC-USD"] = closes }, cash = 1000, fee_bps = 0 }))
    assert.equal(decimal "1250", open.final_equity)
    assert.equal(decimal "500", open.final_cash)
    assert.equal(0, #open.trades)
    local closed = assert(run(BUY, { data = { ["BTC-USD"] = closes }, cash = 1000, fee_bps = 0,
      close_at_end = "open" }))
    assert.equal(decimal "1000", closed.final_equity)
    assert.equal(1, #closed.trades)
  end)

  it("pays a maker whose fee is below zero", function()
    local closes = bars.closes { 100, 100, 90, 100 }
    local function fees(rate)
      local result = assert(run(BUY, { data = { ["BTC-USD"] = closes }, fee_bps = 0, maker_fee_bps = rate,
        params = { limit = 95 } }))
      return result.fees
    end
    assert.equal(decimal "0", fees(0))
    assert.equal(-fees(10), fees(-10))
    assert.is_true(fees(-10) < 0)
    local result, err = run(BUY, { data = { ["BTC-USD"] = closes }, fee_bps = -1 })
    assert.is_nil(result)
    assert.equal("out_of_range", err.code)
  end)

  it("fills a limit in the range of a bar, and none that is not reached", function()
    local closes = bars.closes { 100, 100, 90, 100 }
    local function at(limit)
      return assert(run(BUY, { data = { ["BTC-USD"] = closes }, fee_bps = 0, params = { limit = limit } }))
    end
    assert.equal(1, at(92).fills)
    assert.equal(0, at(80).fills)
  end)

  it("counts rejections by reason", function()
    local result = assert(run(BUY, { products = { ["BTC-USD"] = { base_min_size = 1000, kind = "margin" } },
      fee_bps = 0, params = { fraction = "0.001" } }))
    assert.equal(0, result.fills)
    local total = 0
    for reason, count in pairs(result.rejections) do
      assert.is_string(reason)
      total = total + count
    end
    assert.equal(1, total)
  end)

  it("chooses the engine by the flags of a risk file and of the environment, and by the option", function()
    local both = program.write(directory .. "/both.json", json.encode {
      enable_dynamic_position_sizing = true, enable_market_impact_guard = true })
    local function engine(options) return assert(run(ROUND, options)).engine end
    assert.equal("live", engine {})
    assert.equal("advanced", engine { env = { RISK_ENABLE_MARKET_IMPACT_GUARD = "true" } })
    assert.equal("advanced", engine { risk_path = both })
    assert.equal("advanced", engine { risk_path = both, env = { RISK_ENABLE_MARKET_IMPACT_GUARD = "false" } })
    assert.equal("live", engine { risk_path = both, env = { RISK_ENABLE_MARKET_IMPACT_GUARD = "false",
      RISK_ENABLE_DYNAMIC_POSITION_SIZING = "false" } })
    assert.equal("advanced", engine { env = { RISK_CONFIG_PATH = both } })
    assert.equal("live", engine { risk_path = both, engine = "live" })
    refused("bad_configuration", ROUND, { env = { RISK_MAX_LEVERAGE = "much" } })
    refused("bad_configuration", ROUND, { risk_path = directory .. "/none.json" })
  end)

  it("names in the assumptions what is in force", function()
    local result = assert(run(ROUND, { fee_bps = "2.5", maker_fee_bps = 1, slippage_bps = 3, volume_share = "0.5",
      close_at_end = "open", products = { ["BTC-USD"] = { base_increment = "0.01", base_min_size = "0.02" } } }))
    local text = table.concat(result.assumptions, "\n")
    for _, pattern in ipairs { "next bar's open", "at most 0%.5 of a bar's volume", "3 basis points against",
      "maker 1, taker 2%.5 basis points", "closed at the last bar's open", "spot, price increment 0%.00000001",
      "quantity increment 0%.01, minimum 0%.02", "200 bars of 1h", "risk limits: profile backtest$" } do
      assert.matches(pattern, text)
    end
    result = assert(run(ROUND, { slippage = "volume_share" }))
    assert.matches("bar volume", table.concat(result.assumptions, "\n"))
    result = assert(run(ROUND, { products = { ["BTC-USD"] = { price_increment = 100, kind = "margin" } } }))
    assert.matches("%d+ numbers finer than their increment were cut", table.concat(result.assumptions, "\n"))
    assert.matches("margin: exposure up to 100 times the equity", table.concat(result.assumptions, "\n"))
    assert.not_matches("margin:", text)
  end)

  it("tells its parameters, its data and what a figure that is not defined is", function()
    local result = assert(run(BUY, { params = { fraction = 0.25 } }))
    assert.equal(decimal "0.25", result.params.fraction)
    assert.equal(200, result.data[1].bars)
    assert.equal(3600000000000, result.data[1].frame)
    assert.is_nil(result.win_rate_pct)
  end)

  it("hears the strategy's log and the progress, and what they raise ends nothing", function()
    local lines = {}
    local text = "return require 'neap'.strategy { name = 'x', on_bar = function(self) self:info 'hello' end }"
    assert(run(text, { on_log = function(level, line) lines[#lines + 1] = level .. line; error "x" end,
      on_progress = function() error "x" end }))
    assert.equal(200, #lines)
    assert.matches("hello", lines[1])
  end)

  it("warns where a decimal is compared with a number, with line and column", function()
    local lines = {}
    local compares = [[
-- self.position.quantity == 0
local text = "o.fees == 0"
local function f(self, o, bar) return self.equity == 10000, 0 ~= o.filled, bar.close == 1, self.params.stop == 1 end
]]
    local function log(level, line) lines[#lines + 1] = level .. " " .. line:match "[^/]*$" end
    assert(run(compares .. BUY, { on_log = log }))
    local rest = " is a decimal, which never equals a number: ask :is_zero(), or compare decimals"
    assert.same({ "warn strategy.lua:3:39: equity" .. rest, "warn strategy.lua:3:66: filled" .. rest }, lines)
    assert(run("local x = '\\'' --[==[ o.fees == 0 ]] ]==]\n" .. BUY, { on_log = log }))
    assert.equal(2, #lines)
  end)

  it("gives the same from tables, from a file and from gzip", function()
    local list = bars.walk(300)
    local path = program.write(directory .. "/BTC-USD_1h.csv", bars.csv(list))
    assert(os.execute(("gzip -k '%s'"):format(path)))
    local from_table = assert(run(ROUND, { data = { ["BTC-USD"] = list } }))
    local from_file = assert(run(ROUND, { data = path }))
    local from_gzip = assert(run(ROUND, { data = { "BTC-USD=" .. path .. ".gz" } }))
    assert.equal(json.encode(from_table.trades), json.encode(from_file.trades))
    assert.equal(from_file.event_hash, from_gzip.event_hash)
  end)

  it("gives the same hash in two processes, from any directory, and another for another seed", function()
    local path = program.write(directory .. "/BTC-USD_2h.csv", bars.csv(bars.walk(300)))
    local file = strategy("random", RANDOM)
    local function hash(words, where)
      local text, complaint, code = program.run("backtest " .. words .. " --json", { directory = where })
      assert.equal(0, code, complaint)
      return json.decode(text, { numbers = "float" }).event_hash
    end
    local one = hash(("%s --data %s"):format(file, path))
    assert.equal(one, hash(("%s --data %s"):format(file, path)))
    assert.equal(one, hash("random.lua --data BTC-USD_2h.csv", directory))
    assert.equal(one, assert(neap.backtest { strategy = file, data = path, env = {} }).event_hash)
    assert.not_equal(one, hash(("%s --data %s --set seed=2"):format(file, path)))
  end)

  it("keeps the events of a run that failed, and leaves nothing where none began", function()
    local store = directory .. "/failed.db"
    refused("lua_error", RAISES, { store = store })
    assert(require("neap.event_store").verify(store))
    refused("no_file", BUY, { data = "BTC-USD=" .. directory .. "/none.csv", store = directory .. "/absent" })
    assert.is_nil(require("lfs").attributes(directory .. "/absent"))
    refused("store_exists", BUY, { store = store })
  end)

  it("conserves cash: what a flat account has is what it had and its trades' results", function()
    for seed = 1, 24 do
      local kind = ({ "spot", "margin", "perpetual" })[seed % 3 + 1]
      local result = assert(run(RANDOM, { seed = seed, close_at_end = seed % 2 == 0 and "open" or "close",
        fee_bps = seed, slippage_bps = seed % 5, volume_share = seed % 4 == 0 and "0.1" or 0,
        data = { ["BTC-USD"] = bars.walk(250, seed) },
        products = { ["BTC-USD"] = { kind = kind, base_increment = "0.0001" } },
        params = { size = seed / 30, shorts = kind ~= "spot" } }))
      local sum = result.initial_cash
      for _, trade in ipairs(result.trades) do sum = sum + trade.pnl end
      assert.is_true(#result.trades > 3)
      assert.equal(tostring(sum), tostring(result.final_equity), ("seed %d, %s"):format(seed, kind))
      assert.equal(result.final_cash, result.final_equity)
    end
  end)
end)
