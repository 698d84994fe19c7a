-- SPDX-License-Identifier: MIT
-- A session that follows its configuration's files: by content, refused once, in force between two events.
local bars = require "spec.support.bars"
local config = require "neap.config"
local history = require "neap.config.history"
local neap = require "neap"
local place = require "neap.config.place"
local program = require "spec.support.program"
local watch = require "neap.config.watch"

describe("neap.config.watch", function()
  local directory, file, options

  before_each(function()
    directory = program.directory()
    file = program.write(directory .. "/risk.json", '{"max_leverage": 3}')
    options = { env = {}, risk_path = file, dotenv = directory .. "/.env" }
  end)
  after_each(function() program.remove(directory) end)

  local function start(policy)
    local loaded = assert(config.load(options))
    return watch.new(loaded, options, policy), loaded
  end

  it("says nothing while nothing changes, also when a file was only touched", function()
    local w = start()
    assert.is_nil(w:poll())
    os.execute(("touch -d '2030-01-01' '%s'"):format(file))
    assert.is_nil(w:poll())
  end)

  it("sees a change that neither size nor time shows", function()
    local w = start()
    os.execute(("touch -d '2020-01-01' '%s'"):format(file))
    program.write(file, '{"max_leverage": 4}')
    os.execute(("touch -d '2020-01-01' '%s'"):format(file))
    local news = w:poll()
    assert.same({ file }, news.files)
    assert.same({ "3", "4" }, { news.changes[1].old, news.changes[1].new })
    assert.is_nil(w:poll())
  end)

  it("sees what changed between the load and the first poll", function()
    local loaded = assert(config.load(options))
    program.write(file, '{"max_leverage": 4}')
    assert.equal(4, watch.new(loaded, options):poll().configuration.limits.max_leverage)
  end)

  it("refuses a bad one once, keeps the old, and takes the next good one", function()
    local w = start()
    program.write(file, '{"max_leverage": 0}')
    assert.matches("out of range", tostring(w:poll().refused))
    assert.is_nil(w:poll())
    assert.is_nil(w:poll())
    assert.matches("out of range", tostring(w:poll(true).refused))
    program.write(file, '{"max_leverage": -1}')
    assert.matches("out of range", tostring(w:poll().refused))
    program.write(file, '{"max_leverage": 5}')
    local changes = w:poll().changes
    assert.same({ "3", "5" }, { changes[1].old, changes[1].new })
    assert.is_nil(w:poll(true))
  end)

  it("sees a file go and come, and a .env that was not there", function()
    local w = start()
    os.remove(file)
    assert.matches("No such file", tostring(w:poll().refused))
    program.write(file, '{"max_leverage": 3}')
    assert.same({}, w:poll().changes)
    program.write(directory .. "/.env", "RISK_MAX_LEVERAGE=7\n")
    assert.equal(".env RISK_MAX_LEVERAGE", w:poll().changes[1].source)
  end)

  it("follows another file when the sources name another", function()
    local w = start()
    local other = program.write(directory .. "/other.json", '{"max_leverage": 8}')
    options.risk_path = nil
    program.write(directory .. "/.env", "RISK_CONFIG_PATH=" .. other .. "\n")
    assert.equal("8", w:poll().changes[1].new)
    program.write(other, '{"max_leverage": 9}')
    assert.equal("9", w:poll().changes[1].new)
  end)

  it("tells a change that a stronger source hides", function()
    options.env.RISK_MAX_LEVERAGE = "2"
    local w = start()
    program.write(file, '{"max_leverage": 4}')
    local news = w:poll()
    assert.same({}, news.changes)
    assert.same({ "max_leverage", "4", "environment RISK_MAX_LEVERAGE" },
      { news.hidden[1].key, news.hidden[1].value, news.hidden[1].by })
  end)

  it("names a policy that changed", function()
    local path = program.write(directory .. "/policy.lua", "return function() return 'live', 'x' end")
    local w = start(path)
    assert.is_nil(w:poll())
    program.write(path, "return function() return 'advanced', 'y' end")
    assert.equal(path, w:poll().policy)
    assert.is_nil(w:poll())
  end)

  it("s:poll_configuration puts a change in force under the number of the session's history", function()
    local store = directory .. "/run"
    local s <close> = assert(neap.session { data = { ["BTC-USD"] = bars.walk(30) }, env = {}, risk_path = file,
      store = store })
    s:step(2)
    assert.is_nil(s:poll_configuration())
    program.write(file, '{"max_leverage": 3, "enable_market_impact_guard": true}')
    local news = s:poll_configuration()
    assert.equal(2, news.number)
    assert.equal("advanced", s:buy({ quantity = "0.01" }).engine)
    local event = s:events({ type = "configuration_changed" })[1].body
    assert.same({ 2, "files", "risk.json", "live", "advanced" },
      { event.number, event.who, event.why, event.engine_before, event.engine_after })
    assert.same({ 1, 2 }, history.numbers(place.of_session(store)))
    program.write(file, "{")
    assert.is_table(s:poll_configuration().refused)
    assert.is_nil(s:poll_configuration())
    assert.equal(1, #s:events { type = "configuration_changed" })
  end)

  it("a session does not wait for whoever holds the lock of its configuration: it may be suspended", function()
    local store = directory .. "/run"
    local s <close> = assert(neap.session { data = { ["BTC-USD"] = bars.walk(30) }, env = {}, risk_path = file,
      store = store })
    s:step(2)
    local held <close> = assert(require("neap.config_c").lock(place.of_session(store).lock))
    assert.is_userdata(held)
    program.write(file, '{"max_leverage": 2}')
    local news = s:poll_configuration()
    assert.same({ 1, "locked" }, { news.number, news.unstored.code })
    assert.equal("2", s:events({ type = "configuration_changed" })[1].body.changed[1].new)
  end)

  it("a session takes what `config set` wrote into its directory", function()
    local store = directory .. "/run"
    local s <close> = assert(neap.session { data = { ["BTC-USD"] = bars.walk(30) }, env = {}, store = store })
    s:step(1)
    local at = place.of_session(store)
    local done = assert(require("neap.config.operator").set({ place = at, options = { env = {}, places = { at } } },
      { reduce_only_mode = "true" }, { who = "ann", why = "calm down", time = "2025-01-01T00:00:00Z" }))
    local news = s:poll_configuration()
    assert.same({ done.number, "reduce_only" }, { news.number, s.trading })
    assert.equal("operator (session run)", news.changes[1].source)
  end)
end)

describe("neap.config.inventory", function()
  local inventory = require "neap.config.inventory"
  local directory, here
  local lfs = require "lfs"

  setup(function()
    directory, here = program.directory(), lfs.currentdir()
    os.execute(("mkdir -p '%s/config/profiles' '%s/config/risk'"):format(directory, directory))
  end)
  teardown(function()
    lfs.chdir(here)
    program.remove(directory)
  end)

  it("sorts a tree of all cases: in use, shadowed, orphaned, broken", function()
    local function write(name, text) program.write(directory .. "/" .. name, text) end
    write("config/profiles/mine.lua", "return { risk_file = 'config/risk/mine.json', risk = { max_leverage = 2 } }")
    write("config/profiles/prod.lua", "return {}")
    write("config/profiles/bad.lua", "return { risk = { max_leverag = 1 } }")
    write("config/risk/mine.json", '{"max_leverage": 4}')
    write("config/risk/old.json", '{"max_leverage": 5}')
    write("config/risk/bad.json", '{"max_leverage": "5"}')
    write("config/risk/old.yaml", "max_leverage: 5\n")
    write(".env", "RISK_MAX_LEVERAGE=3\nRISK_SLIPPAGE_GUARD_BPS=40\nPERPS_PROFILE=x\nRISK_MAX_LEVERAG=1\nOTHER=1\n")
    lfs.chdir(directory)
    local list = inventory.take { profile = "mine", env = { RISK_MAX_LEVERAGE = "6", RISK_VOL_WINDOW_PERIODS = "x",
      ORDER_POST_ONLY = "1", PATH = "/bin" }, dotenv = ".env" }
    lfs.chdir(here)
    local found = {}
    for _, entry in ipairs(list) do
      local name = entry.name:gsub("^%./", "")
      if not name:find("/config/", 1, true) then found[#found + 1] = entry.kind .. ": " .. name end
    end
    table.sort(found)
    assert.same({
      "broken: .env RISK_MAX_LEVERAG", "broken: config/profiles/bad.lua", "broken: config/risk/bad.json",
      "broken: environment RISK_VOL_WINDOW_PERIODS", "in use: .env", "in use: .env RISK_SLIPPAGE_GUARD_BPS",
      "in use: config/profiles/mine.lua", "in use: config/risk/mine.json", "in use: environment RISK_MAX_LEVERAGE",
      "orphaned: .env PERPS_PROFILE", "orphaned: config/risk/old.json", "orphaned: config/risk/old.yaml",
      "orphaned: environment ORDER_POST_ONLY", "shadowed: .env RISK_MAX_LEVERAGE", "shadowed: config/profiles/prod.lua",
    }, found)
  end)
end)
