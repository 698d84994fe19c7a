-- SPDX-License-Identifier: MIT
-- A session that runs in another process takes what an operator sets in a shell, whatever that shell's environment is,
-- keeps it over a restart, and goes back.
local bars = require "spec.support.bars"
local json = require "neap.json"
local program = require "spec.support.program"
local running = require "spec.support.running"

local STRATEGY = [[return require "neap".strategy { name = "idle", on_bar = function() end }]]
local RUN = "idle.lua --data BTC-USD_1h.csv --session s --speed 10 --quiet "

describe("neap config --session, on a session that runs", function()
  local home, session

  before_each(function()
    home = program.directory()
    program.write(home .. "/idle.lua", STRATEGY)
    program.write(home .. "/BTC-USD_1h.csv", bars.csv(bars.walk(200)))
    program.write(home .. "/.env", "RISK_SLIPPAGE_GUARD_BPS=33\n")
  end)
  after_each(function()
    if session then session:finish() end
    program.remove(home)
  end)

  local function config(words, code, env)
    local text, complaint, got = running.verb("config " .. words .. " --session s --json", { home = home, env = env })
    assert.equal(code or 0, got, words .. ": " .. text .. complaint)
    return json.decode(text, { numbers = "float" }), complaint
  end

  local function start()
    session = running.start(RUN, { home = home, env = "RISK_MAX_LEVERAGE=9" })
  end

  local function changes()
    local text = running.verb("events s --type configuration_changed --json", { home = home })
    return json.decode(text, { numbers = "float" }).events
  end

  local function stop()
    session:signal "TERM"
    session:wait()
    session = nil
  end

  it("sees the session's environment, not the shell's", function()
    start()
    local explained = config("explain max_leverage", 0, "RISK_MAX_LEVERAGE=2")
    assert.same({ "9", "environment RISK_MAX_LEVERAGE" }, { explained.value, explained.source })
    assert.equal("33", config("explain slippage_guard_bps").value)
    assert.equal(1, math.tointeger(config("history").configurations[1].number))
    stop()
  end)

  it("set is in force at once, is told in the journal, and holds after a restart", function()
    start()
    local done = config "set max_leverage=2 reduce_only_mode=true --why calm"
    assert.same({ 2, "advanced" }, { math.tointeger(done.number), done.engine_after })
    assert.equal("reduce_only", session:ask({ command = "status" }).trading)
    local event = changes()[1].body
    assert.same({ 2, "max_leverage", "9", "2", "operator (session s)" }, { math.tointeger(event.number),
      event.changed[1].name, event.changed[1].old, event.changed[1].new, event.changed[1].source })
    assert.equal("calm", event.why)
    assert.matches("^%w[%w_.-]*@%d+$", event.who)
    assert.equal(event.who, config("history").configurations[2].who)
    stop()
    start()
    assert.equal("reduce_only", session:ask({ command = "status" }).trading)
    local back = config "rollback --to 1"
    assert.same({ "9", "false" }, { back.changes[1].new, back.changes[2].new })
    assert.equal("reduce_only", session:ask({ command = "status" }).trading) -- lifted by resume, not by a value
    assert.equal(0, (select(3, running.verb("resume s --why 'calm again'", { home = home }))))
    assert.equal("normal", session:ask({ command = "status" }).trading)
    assert.equal("9", changes()[2].body.changed[1].new)
    stop()
    assert.equal(0, (select(3, running.verb("verify s", { home = home }))))
  end)

  it("a session that has stopped begins with what was set meanwhile", function()
    start()
    stop()
    local text, _, code = running.verb("config set max_leverage=3 --session s", { home = home })
    assert.matches("the session does not run: it begins with it", text)
    assert.equal(0, code)
    start()
    local status = session:ask { command = "status" }
    assert.equal("idle", status.strategies and status.strategies[1] and status.strategies[1].name or "idle")
    assert.equal("3", config("explain max_leverage").value)
    assert.equal(0, #changes())
    stop()
  end)

  it("a file that goes bad is refused, and the old one stays", function()
    start()
    program.write(home .. "/.env", "RISK_SLIPPAGE_GUARD_BPS=x\n")
    local answer = session:ask { command = "reload" }
    assert.matches("not a number", answer.error.message)
    program.write(home .. "/.env", "RISK_SLIPPAGE_GUARD_BPS=44\n")
    assert.is_true(session:ask({ command = "reload" }).ok)
    assert.equal("44", config("explain slippage_guard_bps").value)
    stop()
  end)
end)
