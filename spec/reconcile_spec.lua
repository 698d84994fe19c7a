-- SPDX-License-Identifier: MIT
-- `neap reconcile` and the command of its name: of a session that runs on a simulator, and of a stored one.
local decimal = require "neap.decimal"
local json = require "neap.json"
local program = require "spec.support.program"
local running = require "spec.support.running"

describe("the differences of a stored session", function()
  local store = require "neap.event_store"
  local home, path

  local function verb(words) return running.verb("reconcile " .. words, { home = home }) end

  local function document(words)
    local text, complaint, code = verb(words .. " --json")
    return json.decode(text, { numbers = "float" }), code, complaint
  end

  -- What a session was told of its account before it was killed.
  local function add(events)
    local last
    for row in store.events(path) do last = row end
    local writer <close> = assert(store.create { path = path, run = last.run, resume = true })
    for _, event in ipairs(events) do
      event.ts_ns = last.ts_ns
      assert(writer:append(event))
    end
  end

  local function figures(id, currency, ours, external, venue, difference)
    return { type = "reconcile_difference", record = { id = id, currency = currency, ours = decimal.new(ours),
      external = decimal.new(external), venue = decimal.new(venue), difference = decimal.new(difference) } }
  end

  setup(function()
    home = program.directory()
    path = home .. "/sessions/kept/events.db"
    os.execute(("mkdir -p '%s/sessions/kept'"):format(home))
    local session = require("neap.session").open { data = { ["BTC-USD"] = require "neap.base.market" { seed = 3,
      bars = 5, start = 1735689600 * 1000000000, price = 100 } }, products = { ["BTC-USD"] = {} }, cash = 1000,
      store = path }
    require("neap.session").inside(session).object:release()
    add { { type = "account_baseline", record = { parts = {
      { currency = "USD", external = decimal.new "500.25", ours = decimal.new "1000" },
      { currency = "BTC", external = decimal.new "0.125", ours = decimal.new "0" } } } } }
  end)
  teardown(function() program.remove(home) end)

  it("are none where all is explained: exit code 0", function()
    local text, _, code = verb "kept"
    assert.equal(0, code)
    assert.matches("USD +1000 +500.25\n", text)
    assert.matches("BTC +0 +0.125\n", text)
    assert.matches("no differences\n$", text)
    local said = document "kept"
    assert.equal("neap.reconcile/1", said.schema)
    assert.same({}, said.differences)
    assert.equal("500.25", said.currencies[1].external)
  end)

  it("are listed with their numbers: exit code 1", function()
    add { figures(1, "USD", "1000", "500.25", "1400", "-100.25") }
    local text, _, code = verb "kept"
    assert.equal(1, code)
    assert.matches("USD +1000 +500.25 +1400 +%-100.25 +1 ", text)
    assert.matches("1 difference: neap reconcile %-%-dismiss ID", text)
    local said
    said, code = document "kept"
    assert.equal(1, code)
    assert.equal("1", said.differences[1].id)
    assert.equal("-100.25", said.differences[1].difference)
    assert.equal("USD", said.differences[1].currency)
  end)

  it("hold their products, also when the session is resumed", function()
    local state = assert(store.replay(path))
    assert.equal("reconcile", state.guards.holds[1].guard)
    assert.equal("BTC-USD", state.guards.holds[1].product)
    assert.equal("ok", assert(store.verify(path)) and "ok")
  end)

  it("are settled only where the session runs", function()
    local said, code = document "kept --dismiss 1 --why 'a withdrawal'"
    assert.equal(4, code)
    assert.equal("not_running", said.error.code)
  end)

  it("want a number and words that say why", function()
    for words, message in pairs {
      ["kept --dismiss 1"] = "say why", ["kept --dismiss one --why x"] = "no number",
      ["kept --adopt 1 --dismiss 1 --why x"] = "exclude each other", ["kept --why x"] = "belongs to",
      ["kept --dismiss 1 --why ' '"] = "say why",
    } do
      local _, complaint, code = verb(words)
      assert.equal(2, code, words)
      assert.matches(message, complaint)
    end
  end)
end)

describe("the account of a session that runs on a simulator", function()
  local home, process

  setup(function()
    home = program.directory()
    process = running.start(program.root .. "/strategies/ma_cross.lua --data generated:3 --speed 36000 --quiet",
      { home = home })
  end)
  teardown(function()
    process:finish()
    program.remove(home)
  end)

  it("is compared with nothing", function()
    assert.equal("no_venue", process:ask({ command = "reconcile" }).error.code)
    local _, complaint, code = running.verb("reconcile ma_cross", { home = home })
    assert.equal(2, code)
    assert.matches("simulator", complaint)
  end)

  it("takes no settlement", function()
    for line, code in pairs {
      ['{"command":"reconcile","dismiss":1}'] = "bad_command", ['{"command":"reconcile","adpt":"1"}'] = "bad_command",
      ['{"command":"reconcile","dismiss":"1","why":"x"}'] = "no_venue",
    } do assert.equal(code, process:ask(line).error.code, line) end
  end)
end)

describe("what becomes of the trades of others", function()
  local config = require "neap.config"

  it("is said by the profile in one of three words", function()
    local home = program.directory()
    os.execute(("mkdir -p '%s/config/profiles'"):format(home))
    local function load(word)
      program.write(home .. "/config/profiles/own.lua", ('return { external = "%s" }'):format(word))
      return config.load { profile = "own", root = home, env = {} }
    end
    assert.equal("adopt", assert(load "adopt").external)
    local _, err = load "steal"
    program.remove(home)
    assert.matches("external: 'steal' is not one of ignore, adopt, halt", tostring(err))
  end)

  it("is an option of a session, by name", function()
    local _, err = require("neap.session").open { data = { ["BTC-USD"] = {} }, products = { ["BTC-USD"] = {} },
      external = "adapt" }
    assert.equal("not_a_choice", err.code)
    assert.equal("adopt", err.nearest)
  end)
end)
