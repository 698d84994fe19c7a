-- SPDX-License-Identifier: MIT
-- neap trim --recording, and what is said of a recording that does not begin with its session, or has a part missing.
local exchange_program = require "spec.support.exchange_program"
local json = require "neap.json"
local process = require "tools.venue_sweep.process"
local program = require "spec.support.program"
local replay = require "neap.replay"

local TRADER = "tools/venue_sweep/trader.lua"

describe("a recording that is not of all of its session", function()
  local home, exchange, started

  before_each(function()
    home, started = program.directory(), {}
    exchange = exchange_program.start("--market BTC-USD=generated --funds USD=100000,BTC=0 --no-rate-limits", home)
  end)

  after_each(function()
    for _, running in ipairs(started) do running:signal "KILL" end
    exchange:close()
    program.remove(home)
  end)

  local function start(more)
    local words = ("run %s --broker coinbase --product BTC-USD --session one --sessions '%s' --base %s " ..
      "--key-file '%s' --no-alerts --history 0 --cash 20000 --profile dev --grace 2s --on-stop flatten %s"):format(
      TRADER, home, exchange.ready.rest, exchange.ready.key_file, more or "")
    local running = process.start(words, home .. "/life")
    started[#started + 1] = running
    local text, err = running:wait_for("ready", 120)
    assert.is_truthy(text, err)
    process.sleep(1.5)
    return running
  end

  local function live(more, signal)
    local running = start(more)
    running:signal(signal or "TERM")
    assert.is_true(running:wait(120))
  end

  local function verb(words) return program.run(("%s --sessions '%s'"):format(words, home)) end

  local function told(code, words)
    local text, complaint, got = verb(words .. " --json")
    assert.are.equal(code, got, text .. complaint)
    return json.decode(text)
  end

  local function event(which) return told(0, "events one --limit 1 " .. which).events[1] end

  -- When each life began, and the number of its first event.
  local function lives()
    local list = { event "" }
    for _, row in ipairs(told(0, "events one --type session_resumed").events) do list[#list + 1] = row end
    return list
  end

  it("is told where it begins once its oldest lives were trimmed, also while the session runs", function()
    live(nil, "KILL")
    live()
    local running = start()
    local first, second, third = table.unpack(lives())
    assert.are.equal(2, select(3, verb "trim one --recording --keep 30d"))
    assert.are.equal(0, told(0, "trim one --recording --keep 30d --yes").recording.lives)
    local report = told(0, ("trim one --recording --before %s --yes"):format(second.time)).recording
    assert.are.equal(1, report.lives)
    assert.is_true(report.bytes > 1000)
    assert.are.equal(second.seq - 1, report.after)
    local all = told(0, "trim one --recording --before 2100-01-01 --yes").recording
    assert.are.same({ 1, third.seq - 1 }, { all.lives, all.after })
    running:signal "TERM"
    assert.is_true(running:wait(120))
    local found = told(0, "replay one")
    assert.are.same({ true, 1, third.seq - 1, true }, { found.same, found.lives, found.begins.after,
      found.begins.trimmed })
    local text = verb "replay one"
    assert.is_truthy(text:find("the recording begins at 20%S+Z, behind event " .. third.seq - 1 ..
      "; what came before was removed by neap trim\n"), text)
    text = verb "explain '#1' one"
    assert.is_truthy(text:find("came of   not known: the recording of that moment was removed by neap trim", 1, true))
    local complaint = select(2, verb("replay one --until " .. first.time))
    assert.is_truthy(complaint:find("is before that: the recording begins at 20", 1, true), complaint)
    local what_if = told(0, "replay one --engine live")
    assert.is_true(what_if.what_if.orders > 0)
    assert.are.equal(found.inputs, what_if.inputs)
    local left = 1
    while not replay.input(home .. "/one", left) do left = left + 1 end
    assert.is_true(left > 1)
    assert.is_true(replay.input(home .. "/one", left).number - left <= 1)
  end)

  it("may go as a whole, and a life that is recorded later is replayed", function()
    live()
    local report = told(0, "trim one --recording --before 2100-01-01 --yes").recording
    assert.are.same({ 1, nil, nil }, { report.lives, report.begins, report.after })
    assert.are.equal("trimmed", told(1, "replay one").error.code)
    assert.is_truthy((verb "explain '#1' one"):find("removed by neap trim", 1, true))
    live()
    assert.is_true(told(0, "replay one").same)
  end)

  it("is simulated up to a life that was not recorded", function()
    live()
    live "--no-record"
    live "--record"
    local middle = lives()[2]
    assert.are.equal("missing", told(1, "replay one").difference.kind)
    local what_if = told(0, "replay one --engine live")
    assert.are.equal(1, what_if.lives)
    assert.are.equal(#told(0, "events one").events - middle.seq + 1, what_if.left_out)
    for _, trade in ipairs(told(0, "drift one").trades) do assert.is_true(trade.time < middle.time) end
  end)

  it("has no moment before its session began", function()
    live()
    local first = lives()[1]
    local text, complaint, code = verb "replay one --until 2001-01-01"
    assert.are.equal(2, code, text)
    assert.is_truthy(complaint:find("2001-01-01T00:00:00Z is before that: the session began at " ..
      first.time:sub(1, 16), 1, true), complaint)
  end)
end)
