-- SPDX-License-Identifier: MIT
-- neap replay: sessions at a local exchange are recorded by the real program and played again.
local core = require "neap.run_c"
local exchange_program = require "spec.support.exchange_program"
local json = require "neap.json"
local process = require "tools.venue_sweep.process"
local program = require "spec.support.program"

local TRADER, STUBBORN = "tools/venue_sweep/trader.lua", "tools/replay_sweep/stubborn.lua"

describe("a recorded session", function()
  local home, exchange

  before_each(function()
    home = program.directory()
    exchange = exchange_program.trading(home)
  end)

  after_each(function()
    exchange:close()
    program.remove(home)
  end)

  local function start(strategy, more, sessions, environment)
    local words = "--no-alerts --history 0 --cash 20000 --profile dev --grace 2s --on-stop flatten " .. more
    return exchange:run(strategy, words, { sessions = sessions,
      env = ("%sRISK_CONFIG_PATH='%s/risk.json'"):format(environment or "", home) })
  end

  local function write_risk(engine_is_advanced)
    program.write(home .. "/risk.json", json.encode { enable_dynamic_position_sizing = engine_is_advanced,
      position_sizing_method = "fixed", slippage_guard_bps = 0, daily_loss_limit = 100000 })
  end

  local function stop(running, signal)
    running:signal(signal or "TERM")
    assert.is_true(running:wait(120))
    return (running:said())
  end

  local function verb(words) return program.run(("%s --sessions '%s'"):format(words, home)) end

  local function replay(code, more)
    local text, complaint, got = verb("replay one --json " .. (more or ""))
    assert.are.equal(code, got, text .. complaint)
    return json.decode(text)
  end

  before_each(function() write_risk(true) end)

  it("is the same again, with its engine, its configuration and its owner's commands", function()
    local running = start(TRADER, "--broker coinbase")
    process.sleep(1)
    write_risk(false)
    process.sleep(1.5)
    for _, words in ipairs { "reduce-only on one --why test", "reduce-only off one --why test",
      "config set enable_shadow_engine=true --session one --why test", "cancel-all one --why test",
      "flatten one --why test", "kill one --why test", "resume one --why test", "reconcile one" } do
      local _, complaint, code = verb(words)
      assert.are.equal(0, code, words .. ": " .. complaint)
      process.sleep(0.3)
    end
    assert.is_truthy(stop(running):find "stopped: SIGTERM")
    local found = replay(0)
    assert.is_true(found.same)
    assert.is_true(found.events > 200 and found.inputs > 200, json.encode(found))
    local text = verb "replay one"
    assert.is_truthy(text:find("one: the same, " .. found.events .. " events", 1, true), text)
    local changed = verb "events one --type configuration_changed --json"
    assert.is_truthy(changed:find "enable_shadow_engine", changed)
  end)

  it("is the same after kill -9 and a resumption, and another", function()
    for _ = 1, 2 do
      local running = start(TRADER, "--broker coinbase")
      process.sleep(1.5)
      running:signal "KILL"
      running:wait(10)
    end
    local found = replay(0)
    assert.are.equal(2, found.lives)
    local running = start(TRADER, "--broker coinbase")
    process.sleep(1.5)
    assert.is_truthy(stop(running):find "resumed")
    found = replay(0)
    assert.are.equal(3, found.lives)
    assert.is_true(found.same)
  end)

  it("is the same on paper, and with an exchange that answers badly", function()
    exchange:close()
    exchange = exchange_program.trading(home,
      "--fault server_error:p=0.1 --fault frame_lost:p=0.05 --fault answer_lost:p=0.1")
    for _, broker in ipairs { "coinbase", "paper" } do
      local running = start(TRADER, "--broker " .. broker, home .. "/" .. broker)
      process.sleep(3)
      stop(running)
      local text, complaint, code = program.run(("replay one --sessions '%s/%s'"):format(home, broker))
      assert.are.equal(0, code, text .. complaint)
    end
  end)

  it("stops a script where its time limit stopped it", function()
    local running = start(STUBBORN, "--broker coinbase")
    assert.is_truthy(running:wait_for("ready", 10))
    process.sleep(4)
    stop(running)
    local quarantined = verb "events one --type strategy_quarantined --json"
    assert.is_truthy(quarantined:find "time_limit", quarantined)
    assert.is_true(replay(0).same)
  end)

  local function recorded()
    local running = start(TRADER, "--broker coinbase")
    process.sleep(1.5)
    stop(running)
  end

  it("goes up to a moment", function()
    recorded()
    local all = replay(0)
    local rows = json.decode((verb "events one --json")).events
    local part = replay(0, "--until " .. rows[#rows // 2].time)
    assert.is_true(part.same)
    assert.is_true(part.events > 0 and part.events < all.events)
    local _, complaint, code = verb "replay one --until tomorrow"
    assert.are.equal(2, code)
    assert.is_truthy(complaint:find "%-%-until", complaint)
  end)

  it("has no key, no token and no secret in its recording", function()
    recorded()
    local key = json.decode(program.read(exchange.ready.key_file))
    local loop <close> = assert(core.open_loop { replay = home .. "/one/inputs" })
    local kind, text = loop:coming()
    local kinds = {}
    while kind do
      kinds[kind] = true
      for _, secret in ipairs { "eyJ", "Bearer", "PRIVATE KEY", key.privateKey:sub(1, 20), "\"jwt\"" } do
        assert.is_nil(text:find(secret, 1, true), kind .. ": " .. text:sub(1, 200))
      end
      loop:pass()
      kind, text = loop:coming()
    end
    for _, wanted in ipairs { "life", "call", "turn", "opened", "message", "answer", "request", "sent", "file" } do
      assert.is_true(kinds[wanted], wanted)
    end
  end)

  it("says which file of its own was changed since, and plays what was recorded", function()
    local strategy = home .. "/mine.lua"
    program.write(strategy, program.read(TRADER))
    local running = start(strategy, "--broker coinbase")
    process.sleep(1)
    stop(running)
    local text = program.read(strategy):gsub("self.random%(1, 40%)", "self.random(1, 41)")
    program.write(strategy, text)
    local found = replay(0)
    assert.are.equal(1, #found.changed)
    assert.are.equal(strategy, found.changed[1].path)
    assert.are.equal(8, found.changed[1].line)
    assert.is_truthy(found.changed[1].recorded:find("self.random(1, 40)", 1, true), found.changed[1].recorded)
    assert.is_truthy(found.changed[1].now:find("self.random(1, 41)", 1, true), found.changed[1].now)
    local shown = verb "replay one"
    assert.is_truthy(shown:find "\n  recorded  [^\n]*self.random%(1, 40%)", shown)
    assert.is_truthy(shown:find "\n  now       [^\n]*self.random%(1, 41%)", shown)
    os.remove(strategy)
    local said = verb "replay one"
    assert.is_truthy(said:find("mine.lua was changed since: it is not there", 1, true), said)
  end)

  it("finds a file that was given from another directory", function()
    recorded()
    for _, directory in ipairs { home, "/" } do
      local text, complaint, code = program.run(("replay one --json --sessions '%s'"):format(home),
        { directory = directory })
      assert.are.equal(0, code, complaint)
      assert.are.same({}, json.decode(text).changed)
    end
  end)

  it("says which byte of it was changed, and which segment is missing", function()
    for _ = 1, 2 do recorded() end
    local path = home .. "/one/inputs/0001.seg"
    local bytes = program.read(path)
    local at = #bytes // 2
    program.write(path, bytes:sub(1, at) .. string.char(bytes:byte(at + 1) ~ 1) .. bytes:sub(at + 2))
    local text, complaint, code = verb "replay one --json"
    assert.are.equal(1, code, text)
    assert.are.equal("damaged", json.decode(text).error.code)
    assert.is_truthy(complaint:find "0001.seg, byte %d+", complaint)
    program.write(path, bytes)
    replay(0)
    program.write(path, bytes:sub(1, 9) .. string.char(bytes:byte(10) ~ 1) .. bytes:sub(11)) -- in its header
    text, complaint, code = verb "replay one --json"
    assert.are.equal(1, code, text)
    assert.is_truthy(complaint:find "0001.seg, byte 0%)", complaint)
    program.write(path, bytes)
    os.rename(path, path .. ".gone")
    text, complaint, code = verb "replay one --json"
    assert.are.equal(1, code, text)
    assert.are.equal("missing_segment", json.decode(text).error.code)
    assert.is_truthy(complaint:find "0001.seg", complaint)
    -- there, and cannot be opened
    assert(require("neap.base.files").lfs.link("0001.seg", path, true))
    text, complaint, code = verb "replay one --json"
    assert.are.equal(1, code, text)
    assert.are_not.equal("missing_segment", json.decode(text).error.code)
    assert.is_truthy(complaint:find "0001.seg", complaint)
  end)

  -- The first event of the store's file that has a check with that note gets another: in its record, its body, or both.
  local function spoil_note(note, another, in_record, in_body)
    local path = home .. "/one/events.db"
    local bytes = program.read(path)
    local record = assert(bytes:find(note, 1, true))
    local body = assert(bytes:find(note, record + #note, true))
    for at, is_meant in pairs { [record] = in_record, [body] = in_body } do
      if is_meant then bytes = bytes:sub(1, at - 1) .. another .. bytes:sub(at + #note) end
    end
    program.write(path, bytes)
  end

  it("says which check of a stored decision was changed, also where that is in its record or its body alone", function()
    recorded()
    local path = home .. "/one/events.db"
    local good = program.read(path)
    local note, another = "client order id is present", "client order id is prezent"
    for _, way in ipairs { { true, true }, { true, false }, { false, true } } do
      spoil_note(note, another, way[1], way[2])
      local found = replay(1).difference
      assert.are.equal("event", found.kind)
      assert.are.equal("decision", found.type)
      assert.are.same({ { field = "checks.normalize.note", recorded = another, replayed = note } }, found.fields)
      local is_at_odds = found.message:find("its record and its body do not say the same", 1, true) ~= nil
      assert.are.equal(way[1] ~= way[2], is_at_odds)
      program.write(path, good)
    end
    assert.is_true(replay(0).same)
  end)

  it("says that the recording ends where the events go on", function()
    for _ = 1, 2 do recorded() end
    os.remove(home .. "/one/inputs/0002.seg")
    local found = replay(1)
    assert.are.equal("missing", found.difference.kind)
    assert.is_truthy(found.difference.message:find "have no input, from event %d+ on", found.difference.message)
    assert.is_truthy(found.difference.message:find("behind inputs/0001.seg", 1, true), found.difference.message)
  end)

  it("says that the journal's disk failed, and not what came of that", function()
    local running = start(TRADER, "--broker coinbase", nil, "--ignore-signal=XFSZ ")
    process.sleep(1)
    local size = require("lfs").attributes(home .. "/one/events.db-wal", "size")
    os.execute(("prlimit --pid %s --fsize=%d"):format(running.pid, size)) -- stands for a disk that is full
    for _ = 1, 1000 do
      if select(2, running:said()):find("cannot be written", 1, true) then break end
      process.sleep(0.02)
    end
    process.sleep(0.5)
    running:signal "KILL"
    assert.is_true(running:wait(120))
    verb "verify one"
    local found = replay(1)
    assert.are.equal("journal", found.difference.kind, json.encode(found))
    assert.is_truthy(found.difference.message:find(
      "^the journal's disk failed at 20[^ ]+Z %(event %d+: .+%): that is no "),
      found.difference.message)
    assert.is_truthy(found.difference.input.number > 0)
  end)

  it("is not made with --no-record, nor of what is no session at the venue", function()
    local running = start(TRADER, "--broker coinbase --no-record")
    process.sleep(0.5)
    stop(running)
    local text, complaint, code = verb "replay one --json"
    assert.are.equal(1, code, complaint)
    assert.are.equal("not_recorded", json.decode(text).error.code)
    assert.are.equal(4, (select(3, verb "replay nobody")))
    text, complaint, code = program.run(("backtest strategies/buy_hold.lua --quiet --store '%s/bars' " ..
      "--data generated:seed=7,products=1,days=2"):format(home))
    assert.are.equal(0, code, text .. complaint)
    for _, words in ipairs { "replay bars", "drift bars", "replay bars --engine live" } do
      text, complaint, code = verb(words .. " --json")
      assert.are.equal(1, code, complaint)
      assert.are.equal("not_recorded", json.decode(text).error.code)
      assert.is_truthy(complaint:find("its market came from a file", 1, true), complaint)
    end
  end)
end)
