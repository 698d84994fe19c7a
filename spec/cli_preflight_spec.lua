-- SPDX-License-Identifier: MIT
-- neap preflight against a real exchange: GO, REVIEW and NO-GO, and what each line looks at.
local exchange_program = require "spec.support.exchange_program"
local http = require "spec.support.http"
local json = require "neap.json"
local program = require "spec.support.program"
local receiver = require "spec.support.receiver"

local STRATEGY = [[
return require "neap".strategy {
  name = "buys", params = { size = { 0.01, min = 0.001, max = 1 } },
  on_bar = function(self) if self.flat then self:buy { quantity = self.params.size, why = "flat" } end end,
}
]]

describe("neap preflight", function()
  local home, venue, hook

  setup(function()
    home = program.directory()
    program.write(home .. "/buys.lua", STRATEGY)
  end)
  teardown(function() program.remove(home) end)
  before_each(function()
    venue = exchange_program.start("--seed 7 --funds USD=50000,BTC=1", home)
    assert(venue.ready.rest, "the exchange has not started")
    hook = receiver.start "200"
  end)
  after_each(function()
    venue:close()
    hook:close()
  end)

  local function admin(path, body)
    local status, answer = http.ask(venue.ready.rest, "POST", "/neap/v1/" .. path, { body = json.encode(body) })
    assert.equal(200, status, answer)
    return answer
  end

  -- A key that may not move money away, as a careful person makes one.
  local function careful_key(permissions, funds)
    local path = os.tmpname()
    program.write(path, admin("keys", { permissions = json.array(permissions or { "view", "trade" }),
      funds = funds or { USD = "50000" } }))
    os.execute("chmod 600 " .. path)
    return path
  end

  local function run(words, more)
    more = more or {}
    local key = more.key or careful_key()
    local text, complaint, code = program.run(("preflight %s --base %s --key-file %s %s --json"):format(
      more.strategy or "buys.lua --product BTC-USD --profile prod", more.base or venue.ready.rest, key, words),
      { directory = home, env = ("NEAP_HOME='%s' NEAP_ALERT_WEBHOOK=%s %s"):format(home, more.hook or hook.url,
        more.env or "") })
    if not more.key then os.remove(key) end
    assert.equal("", complaint)
    local told = assert(json.decode(text))
    assert.equal("neap.preflight/1", told.schema)
    assert.equal(({ GO = 0, REVIEW = 3, ["NO-GO"] = 1 })[told.verdict], code)
    local rows = {}
    for _, row in ipairs(told.checks) do
      local known = rows[row.name]
      if not known or known.state == "ok" then rows[row.name] = row end
    end
    return told.verdict, rows
  end

  local function is_no_go(name, words, more, pattern)
    local verdict, rows = run(words, more)
    assert.equal("NO-GO", verdict)
    assert.equal("fail", rows[name] and rows[name].state, json.encode(rows))
    assert.matches(pattern, rows[name].text)
  end

  it("says GO where all is well", function()
    local verdict, rows = run ""
    assert.equal("GO", verdict, json.encode(rows))
    assert.matches("BTC%-USD: spot, price [%d.]+, increments 0.01 and 0.00000001", rows.product.text)
    assert.equal("50000 USD available", rows.cash.text)
    assert.matches("^advanced: ", rows.engine.text)
    assert.matches("buys.lua runs over a made market: %d+ orders", rows.strategy.text)
    assert.equal("test", hook:heard()[1].body.code)
  end)

  it("prints it for a person", function()
    local text, _, code = program.run(("preflight --base %s --no-alerts"):format(venue.ready.rest),
      { directory = home, env = "NEAP_HOME=" .. home })
    assert.equal(1, code)
    assert.matches("^preflight: mode exchange at http://127", text)
    assert.matches("fail +account +nobody can be asked for it without a key", text)
    assert.matches("NO%-GO: %d+ ok, %d+ warn, %d+ fail\n$", text)
  end)

  it("says REVIEW where a person should have read a line", function()
    local verdict, rows = run("", { key = venue.ready.key_file })
    assert.equal("REVIEW", verdict)
    assert.equal("warn", rows.permissions.state)
    verdict, rows = run "--no-alerts"
    assert.equal("REVIEW", verdict)
    assert.equal("nobody is told (--no-alerts)", rows.alerts.text)
    verdict, rows = run("", { strategy = "buys.lua --product BTC-USD --profile canary" })
    assert.equal("REVIEW", verdict)
    assert.matches("reduce_only_mode: nothing will be opened", rows.limits.text)
  end)

  it("looks at the dead man's switch: with real money somebody has to have said what it is to do", function()
    local verdict, rows = run "--dead-man 90s"
    assert.equal("GO", verdict, json.encode(rows))
    assert.same({ "ok", "entries are taken back after 90s without a sign of life" },
      { rows.dead_man.state, rows.dead_man.text })
    verdict, rows = run ""
    assert.same({ "GO", "skip", "--dead-man 60s" }, { verdict, rows.dead_man.state, rows.dead_man.remedy })
    for words, state in pairs { [""] = "warn", ["--dead-man off"] = "warn", ["--dead-man 60s"] = "ok" } do
      verdict, rows = run(words, { base = "https://127.0.0.2:1" }) -- a host that is not this machine's name: real money
      assert.same({ "NO-GO", state }, { verdict, rows.dead_man.state }, words)
    end
    local text, _, code = program.run("preflight --dead-man 5ms --json", { directory = home })
    assert.equal(2, code)
    assert.matches("'5ms' is too short; from 1s to 1d, or off", text)
  end)

  it("says NO-GO to a configuration that cannot be used, to wide limits and to another engine", function()
    is_no_go("config", "--set daily_loss_limit=much", nil, "daily_loss_limit")
    is_no_go("config", "--set nonsense", nil, "is not KEY=VALUE")
    is_no_go("limits", "", { strategy = "buys.lua --product BTC-USD --profile backtest" }, "too wide: ")
    is_no_go("limits", "--set daily_loss_limit=50000", nil, "daily_loss_limit 50000 is not below the account's 50000")
    is_no_go("limits", "--set kill_switch_enabled=true", nil, "nothing may be opened")
    is_no_go("engine", "--engine live", nil, "^advanced: .*and live was expected")
  end)

  it("says NO-GO to a strategy that is not there, does not load, or has other parameters", function()
    is_no_go("strategy", "", { strategy = "absent.lua --product BTC-USD --profile prod" }, "absent.lua")
    program.write(home .. "/broken.lua", "return require 'neap'.strategy { nme = 1 }")
    is_no_go("strategy", "", { strategy = "broken.lua --product BTC-USD --profile prod" }, "did you mean 'name'")
    is_no_go("strategy", "--param sze=1", nil, "size")
    is_no_go("strategy", "--product ETH-USD", nil, "name the product, there are several")
  end)

  it("says NO-GO to a key that may not trade, to none that the venue knows, to no venue", function()
    local key = careful_key { "view" }
    is_no_go("permissions", "", { key = key }, "the key may not trade")
    os.remove(key)
    is_no_go("key", "", { key = home .. "/absent.json" }, "absent.json")
    is_no_go("venue", "", { base = "http://127.0.0.1:9" }, "unreachable")
  end)

  it("says NO-GO to products that are not there or closed, REVIEW to restricted ones", function()
    is_no_go("product", "--product NONE-USD", nil, "^NONE%-USD: ")
    local more = { strategy = "buys.lua --product ETH-USD --profile prod" }
    admin("products/ETH-USD", { cancel_only = true })
    is_no_go("product", "", more, "^ETH%-USD: cancel_only")
    admin("products/ETH-USD", { post_only = true })
    local verdict, rows = run("", more)
    assert.equal("REVIEW", verdict, json.encode(rows))
    assert.matches("post_only", rows.product.text)
  end)

  it("says NO-GO to less money than is asked for, and to none", function()
    is_no_go("cash", "--cash 50001", nil, "50000 USD are there, and 50001 were asked for")
    local key = careful_key(nil, { EUR = "1" })
    is_no_go("cash", "", { key = key }, "no USD is available")
    os.remove(key)
  end)

  it("says NO-GO to a clock that is wrong", function()
    admin("faults", { fault = "clock_skew:time=8s" })
    is_no_go("clock", "", nil, "^%-[78]%.%d+ s")
  end)

  it("says NO-GO to a dead alert channel and to none", function()
    hook:close()
    is_no_go("alerts", "", nil, "^http://127.0.0.1:%d+: connect: ")
    is_no_go("alerts", "", { hook = "" }, "none would leave this machine")
  end)

  it("says NO-GO where another session trades on the account, and names it", function()
    local client <close> = assert(require("neap.coinbase").open { base = venue.ready.rest,
      key_file = venue.ready.key_file })
    local uuid = assert(client:key_permissions()).portfolio_uuid
    local lock <close> = assert(require("neap.account_lock").take { root = home .. "/sessions",
      host = venue.ready.rest:match "//(.*)$", account = uuid, session = "other", directory = home })
    assert.truthy(lock)
    is_no_go("writer", "", { key = venue.ready.key_file }, "^session other trades on this account at 127.0.0.1:%d+")
  end)

  it("warns of orders that are open at the venue", function()
    local client <close> = assert(require("neap.coinbase").open { base = venue.ready.rest,
      key_file = venue.ready.key_file })
    assert(client:create_order { client_order_id = "a-1", product_id = "BTC-USD", side = "BUY",
      order_configuration = { limit_limit_gtc = { base_size = "0.001", limit_price = "40000.00" } } })
    local verdict, rows = run("", { key = venue.ready.key_file })
    assert.equal("REVIEW", verdict)
    assert.matches("^1 are open at the venue", rows.orders.text)
  end)

  it("looks at how the session was left", function()
    local words = ("run buys.lua --product BTC-USD --profile prod --broker coinbase --base %s --key-file %s " ..
      "--history 0 --bars 1s --no-alerts --once"):format(venue.ready.rest, venue.ready.key_file)
    local _, complaint, code = program.run(words, { directory = home, env = "NEAP_HOME=" .. home })
    assert.equal(0, code, complaint)
    local _, rows = run("", { key = venue.ready.key_file })
    assert.matches("^buys goes on from ", rows.session.text)
    assert.equal("ok", rows.books.state)
    program.write(home .. "/sessions/buys/events.db", "no events")
    is_no_go("session", "", nil, "events.db")
    program.remove(home .. "/sessions")
  end)

  it("says NO-GO to a session that was run on paper: its positions are nobody's", function()
    program.write(home .. "/BTC-USD.csv", require("spec.support.bars").csv(require("spec.support.bars").walk(50)))
    local _, complaint, code = program.run("run buys.lua --data BTC-USD.csv --speed max --quiet",
      { directory = home, env = "NEAP_HOME=" .. home })
    assert.equal(0, code, complaint)
    is_no_go("session", "", nil, "was run in mode paper, and this would be mode exchange")
    program.remove(home .. "/sessions")
  end)

  it("changes nothing at the venue and on the disk", function()
    local function listed() return io.popen(("ls -AR '%s'"):format(home)):read "a" end
    local before = listed()
    run ""
    assert.equal(200, (http.ask(venue.ready.rest, "GET", "/neap/v1/check")))
    assert.equal(before, listed())
  end)

  it("names words that are wrong", function()
    for _, words in ipairs { "--product BTC/USD", "--cash much", "--engine fast", "--bse x" } do
      local _, complaint, code = program.run("preflight " .. words, { directory = home })
      assert.equal(2, code, complaint)
    end
  end)
end)
