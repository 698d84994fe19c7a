-- SPDX-License-Identifier: MIT
-- neap config: what each word prints, stores and answers with.
local bars = require "spec.support.bars"
local json = require "neap.json"
local program = require "spec.support.program"

describe("neap config", function()
  local directory

  before_each(function() directory = program.directory() end)
  after_each(function() program.remove(directory) end)

  local function write(name, text) return program.write(directory .. "/" .. name, text) end

  -- Nothing of this machine's environment or home.
  local function run(words, env)
    return program.run("config " .. words, { directory = directory,
      env = ("NEAP_HOME='%s/own' %s"):format(directory, env or "") })
  end

  local function document(words, env, code)
    local text, complaint, got = run(words .. " --json", env)
    assert.equal(code or 0, got, words .. ": " .. complaint)
    return assert(json.decode(text, { numbers = "float" }))
  end

  local function refused(code, pattern, words, env)
    local text, complaint, got = run(words, env)
    assert.equal(code, got, words .. ": " .. text .. complaint)
    assert.matches(pattern, complaint)
    local answer = assert(json.decode((run(words .. " --json", env))))
    assert.equal("neap.error/1", answer.schema)
  end

  it("says what is wrong with its words, exit code 2", function()
    refused(2, "WORD is missing", "")
    refused(2, "'shwo' is none of .*did you mean show", "shwo")
    refused(2, "a word is missing", "explain")
    refused(2, "'x' is one word too many", "show x")
    refused(2, "takes no %-%-to", "show --to 3")
    refused(2, "no such risk field: max_leverag; did you mean max_leverage", "explain max_leverag")
    refused(2, "'max_leverage' is not KEY=VALUE", "set max_leverage")
    refused(2, "no such risk field: max_leverag; did you mean max_leverage", "set max_leverag=3")
    refused(2, "'abc' is not a number", "set max_leverage=abc")
    refused(2, "no such risk field", "unset x_y_z")
    refused(2, "unknown profile 'prdo'.*did you mean prod", "show --profile prdo")
    refused(2, "is not KEY=VALUE", "show --set x")
    refused(2, "max_leverage: 'x' is not a number", "show --set max_leverage=x")
    refused(4, "no such session", "show --session nowhere")
  end)

  it("check tells what is good, all problems at once, and what is doubtful", function()
    local text, _, code = run "check --profile prod"
    assert.matches("engine advanced .*good\n$", text)
    assert.equal(0, code)
    local _, complaint, failed = run("check", "RISK_MAX_LEVERAGE=0 RISK_MAX_EXPOSURE_PCT=20")
    assert.equal(1, failed)
    assert.equal(2, select(2, complaint:gsub("\n", "\n")))
    assert.equal(2, #document("check", "RISK_MAX_LEVERAGE=0 RISK_MAX_EXPOSURE_PCT=20", 1).error.problems)
  end)

  it("platform 106: leverage 25 is an issue: exit 0, with --strict 1", function()
    local env = "RISK_MAX_LEVERAGE=25"
    assert.matches("max_leverage = 25 .*unusual", document("check --profile prod", env).advice[1])
    assert.equal(1, (select(3, run("check --profile prod --strict", env))))
    assert.equal(0, (select(3, run "check --profile prod --strict")))
  end)

  it("check names what has no effect and what a canary does not have", function()
    local answer = document("check --profile canary --set max_leverage=5")
    assert.same({ "max_leverage", "5", "lock of profile canary" },
      { answer.hidden[1].key, answer.hidden[1].value, answer.hidden[1].by })
    assert.is_true(#answer.absent > 3)
    assert.equal(1, (select(3, run "check --profile canary --strict --set max_leverage=5")))
  end)

  it("show lists each value with its source; explain all that was said", function()
    local shown = document("show --profile prod", "RISK_MAX_LEVERAGE=2")
    assert.equal("neap.config_show/1", shown.schema)
    local by_name = {}
    for _, value in ipairs(shown.values) do by_name[value.name] = value end
    assert.same({ "2", "environment RISK_MAX_LEVERAGE" },
      { by_name.max_leverage.value, by_name.max_leverage.source })
    write(".env", "RISK_MAX_LEVERAGE=3\n")
    local explained = document("explain RISK_MAX_LEVERAGE --profile prod", "RISK_MAX_LEVERAGE=2")
    local said = {}
    for i, word in ipairs(explained.words) do said[i] = word.layer .. " " .. word.value end
    assert.same({ "default 5", "profile's file 5", ".env 3", "environment 2" }, said)
    assert.matches("%-> environment RISK_MAX_LEVERAGE: 2\n +%.env RISK_MAX_LEVERAGE: 3",
      (run("explain max_leverage --profile prod", "RISK_MAX_LEVERAGE=2")))
    assert.equal("advanced", document("explain engine --profile prod").value)
    assert.matches("prod.json$", document("explain risk_file --profile prod").value)
    assert.is_true(document("explain max_leverage --profile canary").locked)
    assert.equal("trading_symbols", document("explain TRADING_SYMBOLS").key)
  end)

  it("set adds an override that is kept until unset, and tells the engine before and after", function()
    local text = run "set enable_market_impact_guard=on max_leverage=7 --why 'try it'"
    assert.matches("max_leverage: 100 %-> 7", text)
    assert.matches("engine live %-> advanced", text)
    assert.matches("configuration 2 of profile backtest", text)
    assert.equal("7", document("explain max_leverage").value)
    assert.equal("operator (profile backtest)", document("explain max_leverage", "RISK_MAX_LEVERAGE=9").source)
    assert.equal("5", document("explain max_leverage --profile prod").value)
    local done = document "unset max_leverage"
    assert.same({ { name = "max_leverage", old = "7", new = "100", source = "profile backtest" } }, done.changes)
    refused(1, "no operator has set max_leverage", "unset max_leverage")
    local history = document("history").configurations
    assert.same({ 1, 2, 3 }, { history[1].number, history[2].number, history[3].number })
    assert.same({ "files", "try it" }, { history[1].who, history[2].why })
    assert.matches("^[%w_.-]+@%d+$", history[2].who) -- as the system says it, not a variable
  end)

  it("set refuses what a lock forbids, exit code 5, and writes nothing", function()
    refused(5, "max_leverage = 5 is looser than the lock of profile canary, which is 1",
      "set max_leverage=5 --profile canary")
    refused(5, "reduce_only_mode", "set reduce_only_mode=false --profile canary")
    assert.equal("1", document("explain max_leverage --profile canary").value)
    assert.equal(0, #document("history --profile canary").configurations)
    assert.equal("50", document("set max_trade_value=50 --profile canary").changes[1].new)
  end)

  it("set refuses what contradicts the rest", function()
    refused(1, "max_position_pct_per_symbol %(0.5%) is over max_exposure_pct %(0.1%)",
      "set max_position_pct_per_symbol=0.5 max_exposure_pct=0.1 --profile prod")
    assert.equal(0, #document("history --profile prod").configurations)
  end)

  it("rollback goes to the last accepted, or to N, and both tell the engine", function()
    run "set max_leverage=7"
    run "set max_leverage=8 enable_market_impact_guard=on"
    assert.equal(3, #document("history").configurations)
    local text = run "rollback"
    assert.matches("max_leverage: 8 %-> 7", text)
    assert.matches("engine advanced %-> live", text)
    local done = document "rollback --to 1 --why 'as it was'"
    assert.same({ "100", "operator (profile backtest)" }, { done.changes[1].new, done.changes[1].source })
    refused(1, "there is no configuration 99", "rollback --to 99")
    refused(2, "at least 1", "rollback --to 0")
  end)

  it("rollback goes behind a change of files to what was accepted", function()
    run("reload --profile prod", "RISK_MAX_LEVERAGE=2")
    local done = document("rollback --profile prod", "RISK_MAX_LEVERAGE=9")
    assert.same({ "9", "2" }, { done.changes[1].old, done.changes[1].new })
  end)

  it("rollback has nothing to go back to at first", function()
    refused(1, "no other accepted configuration", "rollback")
  end)

  it("reload accepts what is good, keeps the old for what is not, and exits 1 for what has no effect", function()
    local file = write("risk.json", '{"max_leverage": 3}')
    local env = ("RISK_CONFIG_PATH='%s' "):format(file)
    assert.equal(1, document("reload", env).number)
    write("risk.json", '{"max_leverage": 4}')
    local done = document("reload", env)
    assert.same({ 2, "3", "4" }, { done.number, done.changes[1].old, done.changes[1].new })
    write("risk.json", '{"max_leverage": 0}')
    refused(1, "out of range", "reload", env)
    assert.equal(2, #document("history", env).configurations)
    write("risk.json", '{"max_leverage": 6}')
    local _, complaint, code = run("reload", env .. "RISK_MAX_LEVERAGE=4")
    assert.equal(1, code)
    assert.matches("max_leverage = 6 .* has no effect: environment RISK_MAX_LEVERAGE says 4", complaint)
  end)

  it("diff compares now with what was accepted, numbers and profiles: 0 the same, 1 not", function()
    refused(1, "nothing was accepted yet", "diff")
    run "reload"
    assert.matches("^1 and now are the same", (run "diff"))
    run "set max_leverage=7"
    local done = document("diff 1", nil, 1)
    assert.same({ "1", "now", "100", "7" }, { done.a, done.b, done.differences[1].old, done.differences[1].new })
    assert.equal(1, (select(3, run "diff dev prod")))
    assert.equal(0, (select(3, run "diff prod staging")))
  end)

  it("acts on a session's directory, under the profile that it was started with", function()
    write("BTC-USD_1h.csv", bars.csv(bars.walk(30)))
    write("s.lua", 'return require "neap".strategy { name = "s", on_bar = function() end }')
    local _, complaint, code = program.run("backtest s.lua --data BTC-USD_1h.csv --profile prod --store s --quiet",
      { directory = directory, env = ("NEAP_HOME='%s/own'"):format(directory) })
    assert.equal(0, code, complaint)
    local done = document "set max_leverage=3 --session s"
    assert.same({ "session s", "5", "3" }, { done.place, done.changes[1].old, done.changes[1].new })
    assert.equal("operator (session s)", document("explain max_leverage --session s").source)
    assert.equal("5", document("explain max_leverage --profile prod").value)
    run "set max_leverage=4 --profile prod"
    assert.equal("3", document("explain max_leverage --session s").value)
    refused(1, "a bare file", "show --session s.lua")
  end)

  it("two processes set at once: no change is lost, and every number is there once", function()
    local commands = {}
    for i = 1, 6 do
      commands[i] = ("(%s config set %s=%d --quiet >/dev/null)"):format(program.command "":gsub("%s+$", ""),
        ({ "max_leverage", "slippage_guard_bps", "volatility_window_periods", "error_threshold", "guard_sweep_seconds",
          "max_orders_per_minute" })[i], 10 + i)
    end
    assert(os.execute(("cd '%s'; export NEAP_HOME='%s/own'; %s & wait"):format(directory, directory,
      table.concat(commands, " & "))))
    local overrides = assert(json.decode(program.read(directory .. "/own/config/backtest/operator.json")))
    local count = 0
    for _ in pairs(overrides.values) do count = count + 1 end
    assert.equal(6, count)
    local numbers = document("history").configurations
    for i, entry in ipairs(numbers) do assert.equal(i, math.tointeger(entry.number)) end
    assert.equal(7, #numbers)
  end)

  it("killed at any moment, it leaves the old overrides or the new ones, whole", function()
    assert.equal(0, (select(3, run "set max_leverage=7")))
    local path = directory .. "/own/config/backtest/operator.json"
    for i = 1, 12 do
      os.execute(("cd '%s'; export NEAP_HOME='%s/own'; timeout -s KILL 0.0%02d %s >/dev/null 2>&1"):format(directory,
        directory, 10 + 3 * i, program.command("config set max_leverage=" .. 10 + i)))
      local kept = assert(json.decode(program.read(path)))
      assert.is_true(tonumber(kept.values.max_leverage.value) <= 10 + i)
    end
    assert.equal("99", document("set max_leverage=99").changes[1].new)
    local numbers = document("history").configurations
    for i, entry in ipairs(numbers) do assert.equal(i, math.tointeger(entry.number)) end
  end)

  it("a full disk leaves what was there", function()
    assert.equal(0, (select(3, run "set max_leverage=7")))
    local before = program.read(directory .. "/own/config/backtest/operator.json")
    local pipe = io.popen(("cd '%s'; export NEAP_HOME='%s/own'; trap '' XFSZ; ulimit -f 0; %s 2>/dev/null; echo $?")
      :format(directory, directory, program.command "config set max_leverage=8"))
    assert.equal("1", pipe:read "a":match "(%d+)\n$")
    pipe:close()
    assert.equal(before, program.read(directory .. "/own/config/backtest/operator.json"))
    assert.equal("7", document("explain max_leverage").value)
  end)

  it("overrides that cannot be read stop everything that would go by them", function()
    run "set max_leverage=7"
    local path = directory .. "/own/config/backtest/operator.json"
    for _, text in ipairs { "", "{", "[]", '{"schema":"neap.config_overrides/1","values":{"max_leverage":3}}', "\0" } do
      program.write(path, text)
      refused(1, "operator", "show")
      refused(1, "", "set max_leverage=8")
    end
    program.write(path, '{"schema":"neap.config_overrides/1","values":{"max_leverag":{"value":"3"}}}')
    refused(1, "max_leverag: no such risk field", "show")
  end)
end)
