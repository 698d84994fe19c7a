-- SPDX-License-Identifier: MIT
-- What stands between --armed and the first order: what is said, what is refused, what is asked.
local config = require "neap.config"
local decimal = require "neap.decimal"
local arming = require "neap.run.arming"

local SECRET = "https://hooks.example.com/services/s3cret"

local function facts(more)
  local one = {
    session = "ma_cross", directory = "/var/lib/neap/ma_cross", mode = "armed", host = "api.coinbase.com",
    account = "portfolio 7d8b4c (DEFAULT)", key = "organizations/o/apiKeys/0123456789abcdef",
    permissions = { can_trade = true, can_view = true }, products = { "BTC-USD", "ETH-USD" },
    cash = { { currency = "USD", available = decimal "1234.56", hold = decimal "10" },
      { currency = "BTC", available = decimal "0.5", hold = decimal "0" } },
    equity = decimal "25000", currency = "USD", risk = assert(config.load { profile = "prod", env = {} }),
    engine = "advanced", engine_reason = "both flags are set", on_stop = "cancel", external = "halt",
    dead_man = 60000000000,
    alerts = { channels = { { type = "log", path = "run.log" }, { type = "webhook", name = "webhook", url = SECRET } },
      env = {} },
  }
  for name, value in pairs(more or {}) do one[name] = value end
  return one
end

local function without_webhook() return { channels = { { type = "log", path = "run.log" } }, env = {} } end

describe("neap.run.arming", function()
  local function never() error "nobody is asked" end

  it("is said again, as is what else is not kept, in the command that takes up what was left", function()
    local next_command = require "neap.cli.next_command"
    assert.equal("neap run --session a, then neap stop a --on-stop flatten", next_command("a", {}, "flatten"))
    assert.equal("neap run --session a --armed --no-alerts --sessions 'my place', then neap stop a --on-stop cancel " ..
      "--sessions 'my place'", next_command("a", { armed = true, no_alerts = true, sessions = "my place" }, "cancel"))
  end)

  it("knows paper, exchange and armed by the host and the flag", function()
    assert.equal("exchange", arming.mode({ is_local = true }, false))
    assert.equal("exchange", arming.mode({ is_local = true }, true))
    assert.equal("paper", arming.mode({ is_local = false }, false))
    assert.equal("paper", arming.mode({ is_local = false }, nil))
    assert.equal("armed", arming.mode({ is_local = false }, true))
  end)

  it("lets a session go on only in its mode, and with real money only at its host", function()
    local venue = { host = "api.coinbase.com" }
    assert.is_true(arming.same_place("armed", venue, nil))
    assert.is_true(arming.same_place("armed", venue, { mode = "armed", base = "https://api.coinbase.com" }))
    assert.is_true(arming.same_place("exchange", { host = "127.0.0.1:2" },
      { mode = "exchange", base = "https://127.0.0.1:1" }))
    for _, case in ipairs { { "paper", "armed", "give %-%-armed" }, { "armed", "paper", "another %-%-session" },
      { "armed", "exchange", "another %-%-session" }, { "exchange", "paper", "mode paper" } } do
      local ok, err = arming.same_place(case[1], venue, { mode = case[2], base = "https://api.coinbase.com" })
      assert.is_nil(ok)
      assert.equal("other_mode", err.code)
      assert.is_true(arming.codes[err.code])
      assert.matches(case[3], err.message)
    end
    local ok, err = arming.same_place("armed", venue, { mode = "armed", base = "https://other.example" })
    assert.is_nil(ok)
    assert.matches("traded at other.example, not at api.coinbase.com", err.message)
  end)

  it("says all that a person has to check, and no secret", function()
    local text, was_shown = arming.judge({ yes = true }, facts(), never)
    assert.is_false(was_shown)
    for _, words in ipairs { "session ma_cross is about to trade with REAL MONEY",
      "account   portfolio 7d8b4c (DEFAULT) at api.coinbase.com, key …89abcdef", "products  BTC-USD, ETH-USD",
      "cash      USD 1234.56 (and 10 on hold), BTC 0.5", "limits    profile prod, ", "config/risk/prod.json",
      "a day's loss up to 100 USD, exposure 80 %, one product 20 % of equity, leverage 5",
      "engine    advanced: both flags are set", "on stop   cancel: entries are cancelled, exits stay",
      "dead man  entries are cancelled when this process was silent, or the venue out of reach, for 60 s; exits stay",
      "external  halt: the session halts when somebody else trades",
      "alerts    https://hooks.example.com/****, run.log", "neap kill ma_cross" } do
      assert.truthy(text:find(words, 1, true), words .. "\n" .. text)
    end
    assert.is_nil(text:find("s3cret", 1, true))
    assert.is_nil(text:find("organizations", 1, true))
  end)

  it("says of an exchange of this machine that it is one, and of a key that it may do too much", function()
    local text = arming.judge({ yes = true }, facts { mode = "exchange", host = "127.0.0.1:8443" }, never)
    assert.matches("at an exchange of this machine %(mode exchange%)", text)
    assert.is_nil(text:find("REAL MONEY", 1, true))
    text = arming.judge({ yes = true }, facts { permissions = { can_trade = true, can_transfer = true } }, never)
    assert.matches("the key may also move money away", text)
  end)

  it("says what stays at the venue without a dead man's switch", function()
    local text = arming.judge({ yes = true }, facts { dead_man = 0 }, never)
    assert.matches("dead man  off: what rests at the venue stays there when this process or its machine dies", text)
  end)

  local function refused(code, given, more, words)
    local text, err = arming.judge(given, facts(more), never)
    assert.is_nil(text)
    assert.equal(code, err.code)
    assert.is_true(arming.codes[err.code])
    assert.matches(words, err.message)
  end

  it("refuses without a control socket, and with a key that may not trade", function()
    refused("no_control", { yes = true }, { directory = false }, "control socket")
    assert.is_nil((select(3, arming.judge({ yes = true }, facts { directory = false }, never))))
    refused("key_cannot_trade", { yes = true }, { permissions = { can_trade = false } }, "may not trade")
  end)

  it("refuses without somebody who hears, unless that is said", function()
    refused("no_alert_channel", { yes = true }, { alerts = without_webhook() },
      "%-%-alert%-webhook URL, or %-%-no%-alerts")
    refused("no_alert_channel", { yes = true }, { alerts = false }, "nobody would hear")
    refused("no_alert_channel", { yes = true }, { alerts = { env = {}, channels = {
      { type = "webhook", name = "webhook", url = "${HOOK}" } } } }, "webhook wants %${HOOK}, which is not set")
    local text = arming.judge({ yes = true, no_alerts = true }, facts { alerts = false }, never)
    assert.matches("alerts    nobody is told", text)
  end)

  it("refuses limits that would not hold, and names them", function()
    for _, profile in ipairs { "backtest", "research" } do
      refused("wide_limits", { yes = true }, { risk = assert(config.load { profile = profile, env = {} }) },
        ("profile %s are too wide.*daily_loss_limit.*max_exposure_pct 1000.*max_position_pct_per_symbol 1000.*" ..
        "slippage_guard_bps 0.*error_threshold 0.*max_mark_staleness_seconds 604800"):format(profile))
    end
    refused("wide_limits", { yes = true }, { equity = decimal "100" },
      "daily_loss_limit 100 is not below the account's 100")
    for _, profile in ipairs { "prod", "canary", "staging", "dev" } do
      local risk = assert(config.load { profile = profile, env = {} })
      assert.same({}, arming.wide(risk.limits, decimal "25000"))
    end
  end)

  it("asks where there is somebody, and wants the whole word", function()
    local shown
    local function says(answer) return function(text) shown = text return answer end end
    local text, was_shown = arming.judge({}, facts(), says "yes")
    assert.equal(text, shown)
    assert.is_true(was_shown)
    for _, answer in ipairs { "y", "", "no", "YES please" } do
      local none, err = arming.judge({}, facts(), says(answer))
      assert.is_nil(none)
      assert.equal("not_confirmed", err.code)
    end
  end)

  it("wants --yes where there is no terminal, and shows what it would have been", function()
    local none, err, text = arming.judge({}, facts(), function() return nil end)
    assert.is_nil(none)
    assert.equal("not_confirmed", err.code)
    assert.matches("%-%-yes", err.message)
    assert.matches("REAL MONEY", text)
  end)
end)
