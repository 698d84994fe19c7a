-- SPDX-License-Identifier: MIT
-- neap.limits: the risk configuration, read exactly, judged whole.
local json = require "neap.json"
local limits = require "neap.limits"

local function problems_of(text)
  local ok, err = limits.new():read_json(text, "risk.json")
  assert.is_nil(ok)
  return err.problems, err
end

local function problem_of(text)
  local problems = problems_of(text)
  assert.equal(1, #problems, table.concat(problems, "\n"))
  return problems[1]
end

describe("neap.limits", function()
  it("adds no global", function() assert.is_nil(rawget(_G, "limits")) end)

  it("has closed field names", function()
    local l = limits.new()
    assert.error_matches(function() return l.max_leverag end, "no 'max_leverag'; did you mean 'max_leverage'")
    assert.error_matches(function() return l.xyz end, "risk limits have no 'xyz'")
    assert.error_matches(function() l.max_leverage = 3 end, "read%-only")
    local ok, err = l:set("max_leverag", "3")
    assert.is_nil(ok)
    assert.same({ "unknown_field", "max_leverage" }, { err.code, err.nearest })
  end)

  it("refuses bad arguments", function()
    assert.error_matches(function() limits.new():set() end, "string expected")
    assert.error_matches(function() limits.new().set({}, "a", "b") end, "neap.limits expected")
    assert.error_matches(function() limits.refuse() end, "table expected")
  end)

  it("has the reference's defaults", function()
    local l = limits.new()
    assert.equal(5, l.max_leverage)
    assert.equal("0.15", tostring(l.min_liquidation_buffer_pct))
    assert.is_true(l.enable_pre_trade_liq_projection)
    assert.is_false(l.enable_dynamic_position_sizing)
    assert.equal("intelligent", l.position_sizing_method)
    assert.is_nil(l.daytime_start_utc)
    assert.same({}, l.max_notional_per_symbol)
    assert.is_true(l:check())
    local words, fields = require "neap.config.words", l:fields()
    for _, field in ipairs(fields) do assert.is_string(words[field.name], field.name) end
    assert.is_true(#fields >= 52)
    assert.matches("^risk limits: leverage 5x, daily loss 100", tostring(l))
  end)

  it("finds a field by its name and its variable", function()
    assert.equal("enable_volatility_circuit_breaker", (limits.find "RISK_ENABLE_VOLATILITY_CB"))
    assert.equal("max_leverage", (limits.find "max_leverage"))
    local field, near = limits.find "RISK_ENABLE_VOLATILITY_CBB"
    assert.is_nil(field)
    assert.equal("RISK_ENABLE_VOLATILITY_CB", near)
  end)

  it("copies", function()
    local l = limits.new()
    local copy = l:copy()
    assert(copy:set("max_leverage", "2"))
    assert.same({ 5, 2 }, { l.max_leverage, copy.max_leverage })
  end)
end)

describe("neap.limits: text, as variables give it", function()
  it("takes true, 1, yes, on and false, 0, no, off in either case", function()
    local l = limits.new()
    for _, text in ipairs { "true", "1", "yes", "on", "ON" } do
      assert(l:set("RISK_KILL_SWITCH_ENABLED", text))
      assert.is_true(l.kill_switch_enabled)
      assert(l:set("kill_switch_enabled", "off"))
    end
    for _, text in ipairs { "false", "0", "no", "off", "Off" } do
      assert(l:set("kill_switch_enabled", "on"))
      assert(l:set("kill_switch_enabled", text))
      assert.is_false(l.kill_switch_enabled)
    end
    assert.matches("is neither true", select(2, l:set("kill_switch_enabled", "maybe")).message)
    assert.matches("is neither true", select(2, l:set("kill_switch_enabled", "")).message)
  end)

  it("refuses a pair of which it could read only the beginning", function()
    local l = limits.new()
    local value, err = l:set("leverage_max_per_symbol", "BTC-USD:3" .. (" "):rep(120) .. "and more")
    assert.is_nil(value)
    assert.equal("wrong_type", err.code)
  end)

  it("reads maps, spaces and all, and refuses what is no pair", function()
    local l = limits.new()
    assert(l:set("max_notional_per_symbol", "BTC-USD:100000, ETH-USD : 2.5"))
    assert.equal("2.5", tostring(l.max_notional_per_symbol["ETH-USD"]))
    assert(l:set("max_notional_per_symbol", ""))
    assert.same({}, l.max_notional_per_symbol)
    for text, message in pairs {
      ["BTC-USD"] = "is not a pair", ["BTC-USD:1:2"] = "is not a number", ["BTC-USD:1,"] = "is not a pair",
      [":1"] = "is not a product", ["BTC-USD:1,BTC-USD:2"] = "is there twice", ["B TC:1"] = "is not a product",
    } do
      assert.matches(message, select(2, l:set("max_notional_per_symbol", text)).message)
    end
    assert.same({}, l.max_notional_per_symbol)
  end)

  it("refuses numbers that are none, and leaves the field alone", function()
    local l = limits.new()
    for _, text in ipairs { "", "five", "nan", "inf", "5 ", "0x5", "5.5", "1e99" } do
      assert.is_nil((l:set("max_leverage", text)), text)
    end
    assert.equal(5, l.max_leverage)
  end)
end)

describe("neap.limits: a risk file", function()
  it("changes what it names, exactly", function()
    local l = limits.new()
    assert(l:read_json [[{"_note": [1], "daily_loss_limit": 0.1000000000000001,
      "leverage_max_per_symbol": {"BTC-USD": 2}}]])
    assert.equal("0.1000000000000001", tostring(l.daily_loss_limit))
    assert.equal("2", tostring(l.leverage_max_per_symbol["BTC-USD"]))
    assert.equal(5, l.max_leverage)
  end)

  it("tells all problems at once, each with its line, and changes nothing", function()
    local l = limits.new()
    local ok, err = l:read_json(
      '{\n"max_leverag": 3,\n"max_leverage": 2,\n"max_exposure_pct": 20,\n"kill_switch_enabled": 1}', "risk.json")
    assert.is_nil(ok)
    assert.same({
      "risk.json:2: max_leverag: no such risk field; did you mean 'max_leverage'?",
      "risk.json:4: max_exposure_pct: 20 is over 1; a fraction is meant: 0.20",
      "risk.json:5: kill_switch_enabled: true or false is wanted, this is a number",
    }, err.problems)
    assert.equal(5, l.max_leverage)
  end)

  it("refuses wrong types", function()
    assert.matches("this is text: take the quotes off", problem_of '{"max_market_impact_bps": "25"}')
    assert.matches("this is text", problem_of '{"kill_switch_enabled": "false"}')
    assert.matches("is not a whole number", problem_of '{"max_leverage": 2.5}')
    assert.matches("this is null", problem_of '{"daily_loss_limit": null}')
    assert.matches("an object of products", problem_of '{"max_notional_per_symbol": []}')
    assert.matches("a number is wanted", problem_of '{"max_notional_per_symbol": {"BTC-USD": "1"}}')
    assert.matches("text is wanted", problem_of '{"position_sizing_method": 1}')
    assert.matches("one JSON object", problem_of "[]")
    assert.matches("no such risk field", problem_of '{"RISK_MAX_LEVERAGE": 3}')
  end)

  it("refuses what is out of range or unknown", function()
    assert.matches("out of range: 1 to 1000", problem_of '{"max_leverage": 0}')
    assert.matches("out of range", problem_of '{"daily_loss_limit": -1}')
    assert.matches("a fraction is meant: 0.015", problem_of '{"min_liquidation_buffer_pct": 1.5}')
    assert.matches("101 is out of range: 0 to 1", problem_of '{"max_exposure_pct": 101}')
    assert.matches("1001 is out of range: 0 to 1", problem_of '{"max_exposure_pct": 1001}')
    assert.matches("1000 is out of range: 0 to 1", problem_of '{"min_liquidation_buffer_pct": 1000}')
    assert.matches("a fraction is meant: 0.20", problem_of '{"day_mmr_per_symbol": {"BTC-USD": 20}}')
    assert.matches("'kely' is not fixed", problem_of '{"position_sizing_method": "kely"}')
    assert.matches("not a time of day", problem_of '{"daytime_start_utc": "24:00"}')
  end)

  it("refuses contradictions", function()
    assert.matches("belong together: daytime_end_utc is missing", problem_of '{"daytime_start_utc": "09:00"}')
    assert.matches("are the same", problem_of '{"daytime_start_utc": "09:00", "daytime_end_utc": "09:00"}')
    assert.matches("need daytime_start_utc", problem_of '{"day_mmr_per_symbol": {"BTC-USD": 0.1}}')
    assert.matches("volatility_warning_threshold %(0.3%) is over volatility_reduce_only_threshold %(0.2%)",
      problem_of '{"volatility_warning_threshold": 0.3}')
    assert.matches("is over volatility_kill_switch_threshold", problem_of '{"volatility_reduce_only_threshold": 0.3}')
    assert.matches("max_position_pct_per_symbol %(0.9%) is over max_exposure_pct %(0.8%)",
      problem_of '{"max_position_pct_per_symbol": 0.9}')
    assert.matches("BTC%-USD %(9%) is over max_leverage %(5%)",
      problem_of '{"leverage_max_per_symbol": {"BTC-USD": 9}}')
    assert.is_true(limits.new():read_json '{"daytime_start_utc": null, "daytime_end_utc": null}')
  end)

  it("reads days, trading hours and a time in force", function()
    local l = limits.new()
    assert(l:set("trading_days", "Fri, mon;tue"))
    assert(l:set("RISK_TRADING_START_UTC", "22:00") and l:set("trading_end_utc", "06:00"))
    assert(l:set("entry_time_in_force", "ioc"))
    assert.same({ "mon,tue,fri", "22:00", "IOC" }, { l.trading_days, l.trading_start_utc, l.entry_time_in_force })
    assert.is_true(l:check())
    assert(l:set("trading_days", "") and l:read_json '{"entry_time_in_force": null}')
    assert.same({}, { l.trading_days, l.entry_time_in_force })
    assert.matches("'monday' is not a day", problem_of '{"trading_days": "monday"}')
    assert.matches("'DAY' is not GTC, IOC or FOK", problem_of '{"entry_time_in_force": "DAY"}')
    assert.matches("belong together: trading_end_utc is missing", problem_of '{"trading_start_utc": "09:00"}')
    assert.matches("nothing could be traded", problem_of '{"trading_start_utc": "09:00", "trading_end_utc": "09:00"}')
    assert.matches("day_start_utc: a time of day is wanted", problem_of '{"day_start_utc": ""}')
  end)

  it("refuses what is no JSON", function()
    for _, text in ipairs { "", "{", '{"a":1,"a":2}', '{"max_leverage": 5} x', ("["):rep(100), "\0",
      '{"max_leverage": NaN}' } do
      local _, err = problems_of(text)
      assert.is_string(err.message)
    end
    assert.matches("^risk.json: ", problem_of "{")
  end)
end)

describe("neap.limits: a property", function()
  it("reads back every field that it shows", function()
    local l = limits.new()
    assert(l:read_json(json.encode { max_leverage = 7, kill_switch_enabled = true }))
    assert(l:set("max_notional_per_symbol", "BTC-USD:1.5,ETH-USD:2"))
    assert(l:set("daytime_start_utc", "22:00") and l:set("daytime_end_utc", "06:00"))
    local again = limits.new()
    for _, field in ipairs(l:fields()) do
      assert(again:set(field.name, field.value))
      assert(again:set(field.variable, field.value))
    end
    assert.same(l:fields(), again:fields())
  end)
end)
