-- SPDX-License-Identifier: MIT
-- neap.config: the layers of a configuration, and where each value comes from.
local config = require "neap.config"

local made = {}

local function write(text)
  local path = os.tmpname()
  made[#made + 1] = path
  local file = assert(io.open(path, "wb"))
  file:write(text)
  file:close()
  return path
end

local function load(options)
  options.env = options.env or {}
  return assert(config.load(options))
end

local function problems(options)
  options.env = options.env or {}
  local loaded, err = config.load(options)
  assert.is_nil(loaded)
  assert.equal("bad_configuration", err.code)
  return err.problems
end

describe("neap.config", function()
  teardown(function() for _, path in ipairs(made) do os.remove(path) end end)

  it("adds no global", function() assert.is_nil(rawget(_G, "config")) end)

  it("has a closed option set", function()
    assert.error_matches(function() config.load { profil = "dev" } end, "option 'profil'; did you mean 'profile'")
    assert.error_matches(function() config.load { qqqqqqqqq = 1 } end, "known: dotenv, env, operator, places, profile")
  end)

  it("names an unknown profile's nearest, and never leaves the directory", function()
    assert.matches("did you mean 'prod'", problems({ profile = "prdo" })[1])
    assert.matches("unknown profile '../../x'; known: backtest", problems({ profile = "../../x" })[1])
  end)

  it("chooses the engine as the profile's risk flags say", function()
    local engines = {}
    for _, name in ipairs(config.profiles) do engines[name] = load({ profile = name }).engine end
    assert.same({ backtest = "live", research = "live", dev = "advanced", demo = "advanced", staging = "advanced",
      prod = "advanced", canary = "advanced", spot = "advanced" }, engines)
    assert.is_nil(load({ profile = "backtest" }).risk_file)
    assert.matches("config/risk/dev_dynamic.json$", load({ profile = "spot" }).risk_file)
    assert.matches("config/risk/prod.json$", load({ profile = "prod" }).risk_file)
  end)

  it("ships the development limits of the reference and production's defaults", function()
    local dev, prod = load({ profile = "dev" }).limits, load({ profile = "prod" }).limits
    local buffer, loss = tostring(dev.min_liquidation_buffer_pct), tostring(dev.daily_loss_limit)
    assert.same({ 3, "0.1", "1000", 80, 60 },
      { dev.max_leverage, buffer, loss, dev.slippage_guard_bps, dev.max_mark_staleness_seconds })
    assert.equal("100000", tostring(dev.max_notional_per_symbol["BTC-USD"]))
    assert.equal("25", tostring(dev.max_market_impact_bps))
    local standard = require("neap.limits").new()
    standard:set("enable_market_impact_guard", "on")
    standard:set("enable_dynamic_position_sizing", "on")
    assert.same(standard:fields(), prod:fields())
  end)

  it("from both flags on, only clearing both selects live", function()
    local sizing, impact = "RISK_ENABLE_DYNAMIC_POSITION_SIZING", "RISK_ENABLE_MARKET_IMPACT_GUARD"
    assert.equal("advanced", load({ profile = "dev", env = { [sizing] = "off" } }).engine)
    assert.equal("advanced", load({ profile = "dev", env = { [impact] = "false" } }).engine)
    assert.equal("live", load({ profile = "dev", env = { [sizing] = "0", [impact] = "no" } }).engine)
    assert.equal("advanced", load({ env = { [impact] = "yes" } }).engine)
  end)

  it("lets each layer win over those before it, and knows the source", function()
    local file = write '{"max_leverage": 4, "daily_loss_limit": 7}'
    local dotenv = write 'export RISK_DAILY_LOSS_LIMIT="8" # x\nRISK_SLIPPAGE_GUARD_BPS=9 # y\nOTHER=1\n# RISK_X=1\n'
    local c = load { risk_path = file, dotenv = dotenv, env = { RISK_SLIPPAGE_GUARD_BPS = "10" } }
    local risk = c.limits
    assert.same({ 4, "8", 10 }, { risk.max_leverage, tostring(risk.daily_loss_limit), risk.slippage_guard_bps })
    assert.equal(file, c.sources.max_leverage)
    assert.equal(".env RISK_DAILY_LOSS_LIMIT", c.sources.daily_loss_limit)
    assert.equal("environment RISK_SLIPPAGE_GUARD_BPS", c.sources.slippage_guard_bps)
    assert.equal("profile backtest", c.sources.max_exposure_pct)
    assert.equal("default", c.sources.volatility_window_periods)
  end)

  it("takes RISK_CONFIG_PATH in the place of the profile's file; the command line wins", function()
    local a, b = write '{"max_leverage": 4}', write '{"max_leverage": 6}'
    local c = load { profile = "dev", env = { RISK_CONFIG_PATH = a } }
    assert.same({ a, 4, "live" }, { c.risk_file, c.limits.max_leverage, c.engine })
    assert.equal(6, load({ risk_path = b, env = { RISK_CONFIG_PATH = a } }).limits.max_leverage)
    assert.equal(4, load({ dotenv = write("RISK_CONFIG_PATH=" .. a) }).limits.max_leverage)
    assert.equal(b, load({ dotenv = write("RISK_CONFIG_PATH=" .. a), env = { RISK_CONFIG_PATH = b } }).risk_file)
  end)

  it("tells all problems of all layers at once", function()
    local file = write '{"max_leverag": 4}'
    local found = problems { risk_path = file, env = { RISK_MAX_EXPOSURE_PCT = "20", RISK_KIL_SWITCH_ENABLED = "on",
      max_leverage = "3" } }
    assert.equal(3, #found)
    assert.matches("max_leverag: no such risk field", found[1])
    assert.matches("RISK_KIL_SWITCH_ENABLED: not known; did you mean RISK_KILL_SWITCH_ENABLED", found[2])
    assert.matches("a fraction is meant: 0.20", found[3])
    local _, err = config.load { risk_path = file, env = { RISK_MAX_LEVERAGE = "0" } }
    assert.matches("^2 problems: .*max_leverag.*; .*out of range", err.message)
  end)

  it("sees contradictions between layers", function()
    assert.matches("belong together", problems({ env = { RISK_DAYTIME_START_UTC = "09:00" } })[1])
  end)

  it("refuses a risk file that is not there or no JSON", function()
    assert.matches("No such file", problems({ risk_path = "/nowhere/risk.json" })[1])
    assert.equal(1, #problems { risk_path = write "{" })
    assert.equal(1, #problems { risk_path = write "" })
  end)

  it("reads profiles as data", function()
    local root = os.tmpname()
    os.remove(root)
    assert(os.execute("mkdir -p " .. root .. "/config/profiles"))
    local function profile(text)
      local path = root .. "/config/profiles/x.lua"
      local file = assert(io.open(path, "wb"))
      file:write(text)
      file:close()
      return problems({ profile = "x", root = root })[1]
    end
    assert.matches("a profile is data only", profile "return os.getenv 'HOME'")
    assert.matches("a profile returns a table", profile "return 1")
    assert.matches("'risk_fiel' is not known", profile "return { risk_fiel = 'x' }")
    assert.matches("max_leverag: no such risk field", profile "return { risk = { max_leverag = 1 } }")
    assert.matches("near", profile "return {")
    assert.matches("risk is a table", profile "return { risk = 1 }")
    os.execute("rm -rf " .. root)
  end)

  it("says in one line where the limits come from", function()
    local function line(options) return config.describe(load(options)) end
    assert.equal("risk limits: profile backtest", line {})
    assert.equal("risk limits: profile backtest; max_leverage 3 (environment RISK_MAX_LEVERAGE), error_threshold 2 " ..
      "(command line)", line { env = { RISK_MAX_LEVERAGE = "3" }, set = { error_threshold = 2 } })
    assert.matches("^risk limits: profile prod, .*config/risk/prod%.json$", line { profile = "prod" })
  end)
end)
