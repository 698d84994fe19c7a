-- SPDX-License-Identifier: MIT
-- neap new: what it writes runs and passes at once; what cannot be is refused and leaves nothing behind.
local files = require "spec.house.files"
local json = require "neap.json"
local lfs = require "lfs"
local program = require "spec.support.program"
local tree = require "spec.house.tree"

local STRATEGY, SPEC = "strategies/trial.lua", "spec/strategies/trial_spec.lua"

describe("neap new", function()
  local directory

  before_each(function() directory = program.directory() end)
  after_each(function() program.remove(directory) end)

  local function new(words) return program.run("new " .. words, { directory = directory }) end

  local function path(name) return directory .. "/" .. name end

  local function listing() return table.concat(tree.files(directory, "."), " ") end

  local function refused(pattern, code, words)
    local before = listing()
    local out, err, status = new(words)
    assert.equal(code, status, words)
    assert.equal("", out)
    assert.matches(pattern, err)
    assert.equal(before, listing())
  end

  -- Runs a spec with the core of this process, from another directory than the author's.
  local function test(name)
    local pipe = assert(io.popen((program.command "":gsub("%S+/main%.lua.*$", "")) ..
      ("'%s/tools/run_tests.lua' '%s' '%s/none' '%s' 2>&1"):format(program.root, program.root, directory, path(name))))
    local text = pipe:read "a"
    local _, _, code = pipe:close()
    return text, code
  end

  it("writes a strategy and its spec, and says what to do next", function()
    local out, err, code = new "strategy trial"
    assert.equal(0, code, err)
    assert.equal(("wrote %s\nwrote %s\nnext: %s/neap test %s\n"):format(STRATEGY, SPEC, program.root, SPEC), out)
    assert.equal("", err)
    assert.equal(SPEC .. " " .. STRATEGY, listing())
  end)

  it("writes a spec that passes, with enough in it", function()
    new "strategy trial"
    local text, code = test(SPEC)
    assert.equal(0, code, text)
    assert.matches("\n5 passed, 0 failed\n$", text)
  end)

  it("writes a strategy that runs at once, has at most 40 lines and is nobody's but the author's", function()
    new "strategy trial"
    local text = program.read(path(STRATEGY))
    assert.is_true(select(2, text:gsub("\n", "")) <= 40)
    assert.is_nil(text:find("SPDX", 1, true))
    program.write(path "BTC-USD.csv", require "spec.support.bars".csv(require "neap.testing".walk { count = 200 }))
    local out, err, code = program.run("backtest strategies/trial.lua --data BTC-USD.csv --json",
      { directory = directory })
    assert.equal(0, code, err)
    assert.equal("trial", json.decode(out, { numbers = "float" }).strategy)
  end)

  it("copies a strategy that came with Neap, or a file, under the new name", function()
    for _, case in ipairs { { "one", "ma_cross" }, { "two", "buy_hold.lua" }, { "three", "strategies/one.lua" } } do
      local name = case[1]
      local _, err, code = new(("strategy %s --from %s"):format(name, case[2]))
      assert.equal(0, code, err)
      assert.matches('name +%= "' .. name .. '"', program.read(path("strategies/" .. name .. ".lua")))
      local text, status = test("spec/strategies/" .. name .. "_spec.lua")
      assert.equal(0, status, text)
    end
  end)

  it("gives a copy the products and the time frame that it names", function()
    program.write(path "pair.lua", [[
      return require "neap".strategy { name = 'pair', products = { "ETH-USD", 'BTC-USD' }, timeframe = "5m",
        on_bar = function() end }
    ]])
    local _, err, code = new "strategy other --from pair.lua"
    assert.equal(0, code, err)
    local text = program.read(path "spec/strategies/other_spec.lua")
    assert.matches('%["ETH%-USD"%] = testing.walk { count = 500, seed = seed, timeframe = "5m" }', text)
    assert.matches('%["BTC%-USD"%] = testing.walk { count = 500, seed = seed %+ 1', text)
    assert.equal(0, select(2, test "spec/strategies/other_spec.lua"))
  end)

  it("refuses to copy what does not run, with its error", function()
    refused("no strategy nope", 1, "strategy trial --from nope")
    for text, pattern in pairs {
      ["return require 'neap'.strategy { name = 'x', on_baar = print }"] = "did you mean 'on_bar'",
      ["return require 'neap'.strategy { name = 'x', on_bar = function() error 'boom' end }"] = "boom",
      ["return 1"] = "declares no name", [""] = "declares no name",
      ["-- name = 'here'\nreturn require 'neap'.strategy { name = 'x' }"] = "its name is still 'x'",
    } do
      program.write(path "bad.lua", text)
      refused(pattern, 1, "strategy trial --from bad.lua")
    end
    assert.is_nil(lfs.attributes(path "strategies", "mode"))
  end)

  it("writes a profile that loads, and a spec of it that passes", function()
    for _, words in ipairs { "profile mine", "profile small --from canary" } do
      local name = words:match "profile (%S+)"
      assert.equal(0, (select(3, new(words))))
      local text, complaint, code = program.run("config check --profile " .. name, { directory = directory,
        env = "NEAP_HOME=none" })
      assert.equal(0, code, complaint)
      assert.matches("profile " .. name .. " .*config/risk/prod.json +engine advanced", text)
      assert.is_table(lfs.attributes(path(("spec/profiles/%s_spec.lua"):format(name))))
    end
    refused("config/profiles/mine.lua is there already", 1, "profile mine")
    refused("the profile 'prod' came with Neap", 1, "profile prod")
    refused("unknown profile 'prdo'.*did you mean prod", 2, "profile other --from prdo")
    assert.equal("neap.new/1", json.decode((new "profile third --json")).schema)
  end)

  it("never writes over a file", function()
    new "strategy trial"
    refused("strategies/trial.lua is there already", 1, "strategy trial")
    os.remove(path(STRATEGY))
    refused("trial_spec.lua is there already", 1, "strategy trial")
    lfs.link("/nowhere", path "strategies/dangling.lua", true)
    refused("dangling.lua is there already", 1, "strategy dangling")
  end)

  it("refuses a bad name with the nearest that is good", function()
    for name, near in pairs { ["'My Idea!'"] = "My_Idea", ["strategies/foo.lua"] = "foo", ["../../x"] = "x",
      ["2fast"] = "strategy_2fast", ["''"] = "my_strategy", ["///"] = "my_strategy", ["a.b"] = "a_b",
      ["-- -x"] = "strategy_x", ["'a\nb'"] = "a_b", [("n"):rep(80)] = ("n"):rep(63) } do
      refused("is no name.*did you mean " .. near .. "%?\n$", 2, "strategy " .. name)
      assert.equal(0, select(3, new("strategy " .. near .. " --quiet")), near)
      program.remove(directory .. "/strategies")
      program.remove(directory .. "/spec")
    end
  end)

  it("knows what is to come, and what is not", function()
    refused("new deployment: not in this version", 2, "deployment")
    refused("did you mean strategy", 2, "stratgy x")
    refused("NAME is missing; usage: neap new strategy|profile", 2, "strategy")
    refused("KIND is missing", 2, "")
    refused("did you mean %-%-from", 2, "strategy x --form y")
  end)

  it("says in JSON what it did, and what went wrong", function()
    local document = json.decode((new "strategy trial --json"))
    assert.same({ schema = "neap.new/1", name = "trial", strategy = STRATEGY, spec = SPEC,
      next = ("%s/neap test %s"):format(program.root, SPEC) }, document)
    local out, _, code = new "strategy trial --json"
    assert.equal(1, code)
    assert.same({ "exists", STRATEGY }, { json.decode(out).error.code, json.decode(out).error.where })
    assert.equal("a_b", json.decode((new "strategy a.b --json")).error.nearest)
  end)

  it("leaves nothing where it cannot write", function()
    program.write(path "spec", "a file")
    refused("cannot write spec/strategies/trial_spec.lua: ", 1, "strategy trial")
    assert.is_nil(lfs.attributes(path "strategies", "mode"))
  end)

  it("writes files that keep the rules of the house, in Neap's own tree", function()
    local templates = require "neap.cli.templates"
    for _, from in ipairs { false, "ma_cross" } do
      local plan = templates.plan("trial", from or nil, true)
      assert(lfs.mkdir(path "strategies") and lfs.mkdir(path "spec") and lfs.mkdir(path "spec/strategies"))
      program.write(path(STRATEGY), plan.strategy)
      program.write(path(SPEC), plan.spec)
      assert.same({}, files.without_license(directory))
      assert.is_nil(plan.strategy:find("SPDX.*SPDX"))
      program.remove(directory .. "/strategies")
      program.remove(directory .. "/spec")
    end
  end)
end)
