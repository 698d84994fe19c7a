-- SPDX-License-Identifier: MIT
-- The layers of a configuration by the scenarios of the reference, each with what the promises make of it, and files as
-- ugly as they come.
local bars = require "spec.support.bars"
local config = require "neap.config"
local neap = require "neap"
local program = require "spec.support.program"

local directory, count = nil, 0

local function write(text, name)
  count = count + 1
  return program.write(("%s/%s"):format(directory, name or "file" .. count), text)
end

local function load(options)
  options.env = options.env or {}
  return assert(config.load(options))
end

local function problems(options)
  options.env = options.env or {}
  local loaded, err = config.load(options)
  assert.is_nil(loaded)
  return err.problems, err
end

local function problem(options)
  local list = problems(options)
  assert.equal(1, #list, table.concat(list, "\n"))
  return list[1]
end

local function texts(map)
  local all = {}
  for product, value in pairs(map) do all[product] = tostring(value) end
  return all
end

describe("the layers of a configuration", function()
  setup(function() directory = program.directory() end)
  teardown(function() program.remove(directory) end)

  it("H2.14 both flags off selects live", function()
    assert.equal("live", load({}).engine)
  end)

  it("H2.16 no risk configuration selects live", function()
    assert.is_false((require("neap.engine_factory").should_use_advanced_engine(nil)))
  end)

  it("H2.17 SLIPPAGE_MULTIPLIERS is a map of exact numbers", function()
    local c = load { env = { SLIPPAGE_MULTIPLIERS = "BTC-USD:1.5,ETH-USD:2.0" } }
    assert.same({ ["BTC-USD"] = "1.5", ["ETH-USD"] = "2" }, texts(c.limits.slippage_multipliers))
    assert.equal("environment SLIPPAGE_MULTIPLIERS", c.sources.slippage_multipliers)
  end)

  it("H2.19 a half that cannot be read refuses the whole of SLIPPAGE_MULTIPLIERS", function()
    assert.matches("SLIPPAGE_MULTIPLIERS: slippage_multipliers: 'bad' is not a pair",
      problem { env = { SLIPPAGE_MULTIPLIERS = "BTC-USD:1.5,bad,ETH-USD:x,SOL-USD:3" } })
  end)

  it("H2.20 an empty SLIPPAGE_MULTIPLIERS is no multiplier", function()
    assert.same({}, load({ env = { SLIPPAGE_MULTIPLIERS = "" } }).limits.slippage_multipliers)
  end)

  it("reads ORDER_PREVIEW_ENABLED, and refuses two names of one field that differ", function()
    assert.is_true(load({ env = { ORDER_PREVIEW_ENABLED = "yes" } }).limits.enable_order_preview)
    assert.matches("RISK_ENABLE_ORDER_PREVIEW says something else",
      problem { env = { ORDER_PREVIEW_ENABLED = "1", RISK_ENABLE_ORDER_PREVIEW = "0" } })
  end)

  it("H3.23 RISK_MAX_LEVERAGE=abc refuses the start", function()
    assert.matches("environment RISK_MAX_LEVERAGE: max_leverage: 'abc' is not a number",
      problem { env = { RISK_MAX_LEVERAGE = "abc" } })
  end)

  it("H3.25 a space behind a comma is no part of a product", function()
    local c = load { env = { RISK_LEVERAGE_MAX_PER_SYMBOL = "BTC-PERP:10, ETH-PERP:8" } }
    assert.same({ ["BTC-PERP"] = "10", ["ETH-PERP"] = "8" }, texts(c.limits.leverage_max_per_symbol))
  end)

  it("H3.26 a second colon refuses the start", function()
    assert.matches("'1:2' is not a number", problem { env = { RISK_MAX_NOTIONAL_PER_SYMBOL = "BTC:1:2" } })
  end)

  it("H3.28, platform 46: a boolean in quotes is an error of the file, never true", function()
    assert.matches("kill_switch_enabled: true or false is wanted, this is text: take the quotes off",
      problem { risk_path = write '{"kill_switch_enabled": "false"}' })
  end)

  it("H3.29, platform 46: an unknown key refuses the start by name", function()
    assert.matches("max_leverag: no such risk field; did you mean 'max_leverage'",
      problem { risk_path = write '{"max_leverag": 3}' })
  end)

  it("platform 43: symbols are trimmed, in capitals, without blanks and repetitions, in their order", function()
    local c = load { set = { trading_symbols = ' btc-perp, eth-usd ;; BTC-USD,,eth-usd,' } }
    assert.equal("BTC-PERP,ETH-USD,BTC-USD", c.limits.trading_symbols)
    assert.is_nil(load({ set = { trading_symbols = " ,; " } }).limits.trading_symbols)
    assert.matches("'A/B' is not a product", problem { set = { trading_symbols = "BTC-USD,a/b" } })
    assert.matches("more than", problem { set = { trading_symbols = ("ABCDEFG%d-USD,"):rep(80):gsub("%%d",
      (function() local i = 0 return function() i = i + 1 return tostring(i) end end)()) } })
  end)

  it("platform 44: TRADING_SYMBOLS takes commas and semicolons, and the command line wins over it", function()
    local env = { TRADING_SYMBOLS = "BTC-USD;ETH-USD, SOL-USD" }
    assert.equal("BTC-USD,ETH-USD,SOL-USD", load({ env = env }).limits.trading_symbols)
    assert.equal("ADA-USD", load({ env = env, set = { trading_symbols = "ada-usd" } }).limits.trading_symbols)
  end)

  it("platform 46: RISK_KILL_SWITCH_ENABLED=on is true", function()
    assert.is_true(load({ env = { RISK_KILL_SWITCH_ENABLED = "on" } }).limits.kill_switch_enabled)
  end)

  it("H3.31 the environment wins over a risk file, and the file's word is told to have no effect", function()
    local file = write '{"max_leverage": 3}'
    local c = load { risk_path = file, env = { RISK_MAX_LEVERAGE = "9" } }
    assert.equal(9, c.limits.max_leverage)
    assert.same({ { key = "max_leverage", source = file, layer = "risk file", value = "3",
      by = "environment RISK_MAX_LEVERAGE", is = "9" } }, c.hidden)
  end)

  it("G12 a missing risk file is told, and no variable steps in for it", function()
    assert.matches("No such file", problem { env = { RISK_CONFIG_PATH = "/nowhere.json", RISK_MAX_LEVERAGE = "3" } })
  end)

  it("G12, G19 a profile does not overwrite what a person says of leverage and reduce-only", function()
    local c = load { profile = "prod", env = { RISK_MAX_LEVERAGE = "2", RISK_REDUCE_ONLY_MODE = "true" } }
    assert.same({ 2, true }, { c.limits.max_leverage, c.limits.reduce_only_mode })
  end)

  it("G19 a time of day that cannot be read refuses the start: no stricter cap is lost", function()
    assert.matches("not a time of day", problems({ env = { RISK_DAYTIME_START_UTC = "9 o'clock",
      RISK_DAY_LEVERAGE_MAX_PER_SYMBOL = "BTC-USD:1" } })[1])
  end)

  it("platform 37: a canary keeps its leverage, reduce-only and IOC, whoever says what", function()
    local loose = { max_leverage = "5", reduce_only_mode = "false", entry_time_in_force = "GTC" }
    assert.equal("BTC-USD", load({ profile = "canary" }).limits.trading_symbols)
    assert.equal("ETH-USD", load({ profile = "canary", set = { trading_symbols = "ETH-USD" } }).limits.trading_symbols)
    for _, options in ipairs { { set = loose }, { operator = loose }, { env = { RISK_MAX_LEVERAGE = "5",
      RISK_REDUCE_ONLY_MODE = "false", RISK_ENTRY_TIME_IN_FORCE = "GTC" } } } do
      options.profile = "canary"
      local c = load(options)
      assert.same({ 1, true, "IOC" },
        { c.limits.max_leverage, c.limits.reduce_only_mode, c.limits.entry_time_in_force })
      assert.equal("lock of profile canary", c.sources.max_leverage)
      assert.equal(3, #c.hidden)
    end
  end)

  it("a lock lets through what is stricter", function()
    local c = load { profile = "canary", set = { max_trade_value = "50", trading_days = "mon",
      symbol_position_caps = "BTC-USD:0.005,ETH-USD:9", error_threshold = "2" } }
    assert.same({ "50", "mon", 2, {} },
      { tostring(c.limits.max_trade_value), c.limits.trading_days, c.limits.error_threshold, c.hidden })
    assert.equal("0.005", tostring(c.limits.symbol_position_caps["BTC-USD"]))
  end)

  it("a lock knows that 0 is off, that a missing cap is none, and that no days are all", function()
    local c = load { profile = "canary", set = { max_trade_value = "0", max_drawdown_pct = "0", error_threshold = "0",
      symbol_position_caps = "ETH-USD:1", trading_end_utc = "12:00" } }
    assert.same({ "100", "0.02", 3, "23:59" }, { tostring(c.limits.max_trade_value),
      tostring(c.limits.max_drawdown_pct), c.limits.error_threshold, c.limits.trading_end_utc })
    assert.equal("0.01", tostring(c.limits.symbol_position_caps["BTC-USD"]))
    for _, guard in ipairs { "slippage_guard_bps", "max_market_impact_bps" } do -- 0 switches them off
      assert.is_false(require("neap.config.locks").allow(guard, 0, 50))
      assert.is_true(require("neap.config.locks").allow(guard, 49, 50))
    end
    assert.is_true(require("neap.config.locks").allow("trading_days", "mon", "mon,tue"))
    assert.is_false(require("neap.config.locks").allow("trading_days", nil, "mon,tue"))
    assert.is_false(require("neap.config.locks").allow("trading_days", "mon,sat", "mon,tue"))
  end)

  it("platform 38: spot with reduce-only asked for is reduce-only", function()
    local c = load { profile = "spot", set = { reduce_only_mode = "true" } }
    assert.same({ true, 1 }, { c.limits.reduce_only_mode, c.limits.max_leverage })
    assert.same({}, c.hidden)
  end)

  it("platform 40: four bad values are one error that lists four problems", function()
    local list, err = problems { set = { guard_sweep_seconds = "0", max_trade_value = "-1", max_leverage = "0",
      entry_time_in_force = "DAY" } }
    assert.equal(4, #list)
    assert.equal("bad_setting", err.code)
    assert.matches("^4 problems: ", err.message)
  end)

  it("platform 41: the command line wins over the environment; a bad variable refuses the start", function()
    local c = load { env = { RISK_SLIPPAGE_GUARD_BPS = "25" }, set = { slippage_guard_bps = "90" } }
    assert.same({ 90, "command line" }, { c.limits.slippage_guard_bps, c.sources.slippage_guard_bps })
    local list, err = problems { env = { RISK_SLIPPAGE_GUARD_BPS = "-1" }, set = { slippage_guard_bps = "90" } }
    assert.matches("out of range", list[1])
    assert.equal("bad_configuration", err.code)
  end)

  it("platform 50: a canary's file lets Saturday through, and its days are honored", function()
    assert.matches("sat", load({ profile = "canary" }).limits.trading_days)
    assert.equal("mon", load({ profile = "canary", set = { trading_days = "mon" } }).limits.trading_days)
  end)

  it("all profiles load, and those of both flags are served by advanced", function()
    for _, name in ipairs(config.profiles) do
      local wide = name == "backtest" or name == "research"
      assert.equal(wide and "live" or "advanced", load({ profile = name }).engine, name)
    end
  end)

  it("a canary says by name what this version does not have", function()
    assert.is_true(#load({ profile = "canary" }).absent > 3)
  end)

  it("the order is defaults, profile, file, .env, environment, command line, operator", function()
    local file = write '{"max_leverage": 11}'
    local options = { profile = "backtest", env = {} }
    local function leverage() return load(options).limits.max_leverage end
    assert.equal(100, leverage())
    options.risk_path = file
    assert.equal(11, leverage())
    options.dotenv = write "RISK_MAX_LEVERAGE=12\n"
    assert.equal(12, leverage())
    options.env.RISK_MAX_LEVERAGE = "13"
    assert.equal(13, leverage())
    options.set = { max_leverage = 14 }
    assert.equal(14, leverage())
    options.operator = { max_leverage = 15 }
    assert.equal(15, leverage())
    local layers = {}
    for i, word in ipairs(load(options).words.max_leverage) do layers[i] = word.layer .. " " .. word.value end
    assert.same({ "default 5", "profile 100", "risk file 11", ".env 12", "environment 13", "command line 14",
      "operator 15" }, layers)
    assert.equal(4, #load(options).hidden)
  end)

  it("compares two configurations and lists what is not the default", function()
    local a, b = load {}, load { set = { max_leverage = 3 } }
    assert.same({ { name = "max_leverage", old = "100", new = "3", source = "command line" } }, config.compare(a, b))
    assert.same({ name = "max_leverage", value = "3", source = "command line" }, config.changed(b)[1])
  end)

  it("the same back-test with --profile prod says so", function()
    local strategy = write([[return require "neap".strategy { name = "x",
      on_bar = function(self) if self.flat then self:buy { fraction = 0.1 } end end }]], "x.lua")
    local data = { ["BTC-USD"] = bars.walk(50) }
    local function run(profile)
      return assert(neap.backtest { strategy = strategy, data = data, env = {}, profile = profile })
    end
    assert.same({ "live", "backtest" }, { run().engine, run().profile })
    assert.same({ "advanced", "prod" }, { run("prod").engine, run("prod").profile })
    local off = { enable_dynamic_position_sizing = "off", enable_market_impact_guard = "off" }
    local result = neap.backtest { strategy = strategy, data = data, env = {}, profile = "prod", set = off }
    assert.equal("live", result.engine)
    local canary = neap.backtest { strategy = strategy, data = data, env = {}, profile = "canary",
      set = { max_leverage = 5 } }
    assert.equal("max_leverage = 5 (command line) has no effect: lock of profile canary says 1",
      canary.assumptions[#canary.assumptions])
    assert.same({ 0, "advanced" }, { canary.fills, canary.engine }) -- reduce-only
  end)
end)

-- A value that the field takes and that is not its default.
local function other_value(field)
  local samples = { "7", "0.07", "true", "false", "10:30", "kelly", "tue", "FOK", "BTC-USD:1", "BTC-USD:0.07",
    "USDT", "BTC-USD", "strict" }
  for _, text in ipairs(samples) do
    local l = require("neap.limits").new()
    if l:set(field.name, text) and text ~= field.default then return text end
  end
end

describe("the layers of a configuration: properties", function()
  it("every variable of the schema reaches its field, from the environment and from --set", function()
    local pairs_of = { daytime_start_utc = "RISK_DAYTIME_END_UTC", daytime_end_utc = "RISK_DAYTIME_START_UTC",
      trading_start_utc = "RISK_TRADING_END_UTC", trading_end_utc = "RISK_TRADING_START_UTC" }
    for _, field in ipairs(require("neap.limits").schema()) do
      local text = assert(other_value(field), field.name)
      local env = { [field.variable] = text, RISK_VOL_WARNING_THRESH = "0", RISK_MAX_EXPOSURE_PCT = "1" }
      if field.name:match "^volatility_[rk]" then env.RISK_VOL_REDUCE_ONLY_THRESH = "0" end
      if field.name ~= "max_position_pct_per_symbol" then env.RISK_MAX_POSITION_PCT_PER_SYMBOL = "0" end
      if pairs_of[field.name] then env[pairs_of[field.name]] = "09:00" end
      if field.name:match "^day_" or field.name:match "^night_" then
        env.RISK_DAYTIME_START_UTC, env.RISK_DAYTIME_END_UTC = "08:00", "09:00"
      end
      env[field.variable] = text
      local c = load { env = env }
      assert.equal("environment " .. field.variable, c.sources[field.name], field.name)
      local said = c.words[field.name]
      env[field.variable] = nil
      c = load { env = env, set = { [field.name] = text } }
      assert.equal("command line", c.sources[field.name], field.name)
      assert.equal(said[#said].value, c.words[field.name][#c.words[field.name]].value, field.name)
    end
  end)

  it("whatever is said anywhere, a canary is no looser than its locks", function()
    local random = math.random
    math.randomseed(20260801)
    local locks = require "neap.config.locks"
    local base = load { profile = "canary" }
    local variable_of = {}
    for _, field in ipairs(require("neap.limits").schema()) do variable_of[field.name] = field.variable end
    local values = { "0", "1", "2", "5", "60", "100", "0.001", "0.02", "0.5", "true", "false", "IOC", "GTC", "FOK",
      "mon", "mon,sat", "", "00:00", "12:00", "23:59", "BTC-USD:0.001", "BTC-USD:400", "ETH-USD:1",
      "BTC-USD:0.01,ETH-USD:9" }
    local accepted = 0
    for _ = 1, 1000 do
      local said = { {}, {}, {} }
      for _ = 1, random(3) do
        local lock = base.locks[random(#base.locks)]
        said[random(3)][lock.name] = values[random(#values)]
      end
      local env = {}
      for name, text in pairs(said[1]) do env[variable_of[name]] = text end
      local c = config.load { profile = "canary", env = env, set = said[2], operator = said[3] }
      accepted = accepted + (c and 1 or 0)
      for _, lock in ipairs(c and c.locks or {}) do
        assert.is_true(locks.allow(lock.name, c.limits[lock.name], lock.value), lock.name)
      end
    end
    assert.is_true(accepted > 100, "too few were accepted: " .. accepted)
  end)
end)

describe("files of a configuration at their worst", function()
  setup(function() directory = program.directory() end)
  teardown(function() program.remove(directory) end)

  it("takes a byte order mark and CRLF", function()
    local file = write "\xef\xbb\xbf{\r\n\"max_leverage\": 3\r\n}\r\n"
    local dotenv = write "\xef\xbb\xbfRISK_SLIPPAGE_GUARD_BPS=7\r\n\r\nexport RISK_DAILY_LOSS_LIMIT='9'\r\n"
    local c = load { risk_path = file, dotenv = dotenv }
    assert.same({ 3, 7, "9" }, { c.limits.max_leverage, c.limits.slippage_guard_bps,
      tostring(c.limits.daily_loss_limit) })
  end)

  it("refuses keys that are there twice", function()
    assert.matches("max_leverage", problem { risk_path = write '{"max_leverage": 3, "max_leverage": 4}' })
    assert.matches(":3: RISK_MAX_LEVERAGE is there twice, first in line 1",
      problem { dotenv = write "RISK_MAX_LEVERAGE=3\nX=1\nRISK_MAX_LEVERAGE=4\nX=2\n" })
    assert.equal(3, load({ dotenv = write "RISK_MAX_LEVERAGE=3\nRISK_MAX_LEVERAGE=3\n" }).limits.max_leverage)
  end)

  it("refuses numbers that are none, or endless", function()
    for _, number in ipairs { "1e400", "NaN", "Infinity", "-1e400", "0x10", "1_000", "١" } do
      assert.is_true(#problems { risk_path = write(('{"daily_loss_limit": %s}'):format(number)) } > 0, number)
      assert.is_true(#problems { env = { RISK_DAILY_LOSS_LIMIT = number } } > 0, number)
    end
    assert.is_true(#problems { set = { daily_loss_limit = 0 / 0 } } > 0)
  end)

  it("refuses what is no file, and what cannot be read", function()
    local link = directory .. "/loop"
    os.execute(("ln -s loop '%s'"):format(link))
    for _, path in ipairs { directory, link, "/dev/zero", directory .. "/none.json" } do
      assert.equal(1, #problems { risk_path = path }, path)
    end
    assert.matches("is a directory", problem { dotenv = directory })
    assert.matches("leads to no file", problem { dotenv = link })
    assert.is_table(load { dotenv = directory .. "/none.env" })
  end)

  it("refuses 10 MB and bytes that are no UTF-8", function()
    assert.matches("is over 1 MiB", problem { risk_path = write((" "):rep(10 << 20)) })
    assert.matches("is over 1 MiB", problem { dotenv = write(("#\n"):rep(5 << 20)) })
    assert.equal(1, #problems { risk_path = write '{"max_leverage": "\xff"}' })
    assert.equal(1, #problems { dotenv = write "RISK_POSITION_SIZING_METHOD=\xff\xfe\n" })
  end)

  it("tells a RISK_ line of .env that cannot be read, and leaves others' alone", function()
    assert.matches(":1: not NAME=value", problem { dotenv = write "RISK_MAX_LEVERAGE 3\n" })
    assert.is_table(load { dotenv = write "some words\nOTHER: 5\n" })
  end)

  it("an endless profile, and one of strange values, are refused", function()
    local root = directory .. "/tree"
    os.execute(("mkdir -p '%s/config/profiles'"):format(root))
    local function try(text)
      program.write(root .. "/config/profiles/x.lua", text)
      return problem { profile = "x", root = root }
    end
    assert.matches("it does not end", try "while true do end")
    assert.matches("risk.max_leverage is a function", try "return { risk = { max_leverage = function() end } }")
    assert.matches("max_leverage", try "return { risk = { max_leverage = {} } }")
    assert.matches("locks: no such risk field 'max_leverag'; did you mean", try "return { locks = { 'max_leverag' } }")
    assert.matches("locks is a list of words", try "return { locks = 1 }")
    assert.matches("doc is text", try "return { doc = {} }")
  end)
end)
