-- SPDX-License-Identifier: MIT
-- The gates of `neap run --armed`, rehearsed at a real local exchange; and what a session may not become.
local exchange_program = require "spec.support.exchange_program"
local json = require "neap.json"
local lfs = require "lfs"
local process = require "tools.venue_sweep.process"
local program = require "spec.support.program"
local receiver = require "spec.support.receiver"

local QUIET = [[return require "neap".strategy { name = "quiet", on_bar = function() end }]]

describe("neap run --armed", function()
  local home, exchange

  before_each(function()
    home = program.directory()
    program.write(home .. "/quiet.lua", QUIET)
    exchange = exchange_program.trading(home)
  end)
  after_each(function()
    exchange:close()
    program.remove(home)
  end)

  local function words(more)
    return exchange:run_words(home .. "/quiet.lua", "--history 0 --broker coinbase --cash 20000 " .. more)
  end

  local function run(more) return program.run(words(more), { directory = home, env = "-u NEAP_ALERT_WEBHOOK" }) end

  local function refused(more, pattern)
    local _, complaint, code = run(more)
    assert.equal(5, code, complaint)
    assert.matches(pattern, complaint)
    return complaint
  end

  it("says what it is about to do and refuses where nobody hears, limits are wide, nobody says yes", function()
    local complaint = refused("--profile prod --armed --yes", "nobody would hear of an alert but the log")
    assert.matches("at an exchange of this machine %(mode exchange%)", complaint)
    assert.matches("cash +USD 100000", complaint)
    local key = json.decode(program.read(exchange.ready.key_file))
    local whose = "account +portfolio Default %%x+%%-%%x+%%-[%%x-]+ %%(DEFAULT%%) at 127.0.0.1:%%d+, key …%s; "
    assert.matches(whose:format(key.name:match "[^/]+$"), complaint)
    assert.is_nil(complaint:find(key.name, 1, true))
    refused("--profile backtest --armed --yes --no-alerts", "limits of profile backtest are too wide")
    refused("--profile prod --armed --no-alerts", "there is no terminal to ask at")
    assert.equal("neap: an armed session is kept and can be stopped: a dry run has no control socket\n",
      refused("--profile prod --armed --yes --no-alerts --dry-run", "control socket"))
    assert.is_nil(lfs.attributes(home .. "/one/events.db"))
  end)

  it("names an address that no alert can be posted to, and a market that is not the venue's, before anything begins",
    function()
      local _, complaint, code = run "--profile prod --armed --yes --alert-webhook ftp://hooks.example.com/s3cret"
      assert.equal(2, code)
      assert.equal("neap: alert channel webhook: ftp://hooks.example.com/****: it is not https://HOST/PATH\n",
        complaint)
      _, complaint, code = run "--profile prod --armed --yes --no-alerts --data generated:1"
      assert.equal(2, code)
      assert.matches("%-%-data: the market of %-%-broker coinbase is the venue's", complaint)
      assert.is_nil(lfs.attributes(home .. "/one"))
    end)

  it("has the same exit code for a key that is none as the account's verbs", function()
    local _, complaint, code = program.run((words "--no-alerts":gsub("%-%-key%-file '[^']*'", "--key-file /none")))
    assert.equal(2, code)
    assert.matches("the key file cannot be read", complaint)
  end)

  it("goes where all is there, one session at a time, and never as another mode", function()
    local server <close> = receiver.start "200"
    local running = process.start(words(("--profile prod --armed --yes --alert-webhook %s/s3cret"):format(server.url)),
      home .. "/life")
    local text, err = running:wait_for("ready", 60)
    assert.is_truthy(text, err)
    local other = words "--profile prod --no-alerts":gsub("%-%-session one", "--session two")
    local _, complaint, code = program.run(other)
    assert.equal(5, code, complaint)
    assert.matches("session one trades on this account at 127.0.0.1:%d+ already, process %d+", complaint)
    running:signal "TERM"
    assert.is_true(running:wait(60))
    local said, more = running:said()
    assert.matches("mode exchange", said)
    assert.is_nil((said .. (more or "")):find("s3cret", 1, true))
    _, complaint, code = program.run((words "--no-alerts --profile prod":gsub("coinbase", "paper")))
    assert.equal(5, code, complaint)
    assert.matches("the session was run in mode exchange, and this would be mode paper", complaint)
  end)
end)
