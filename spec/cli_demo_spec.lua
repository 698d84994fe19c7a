-- SPDX-License-Identifier: MIT
local json = require "neap.json"
local program = require "spec.support.program"

local function document(words)
  local text, complaint, code = program.run("demo --year --json " .. (words or ""))
  assert.equal(0, code, complaint)
  return assert(json.decode(text, { numbers = "float" }))
end

describe("neap demo --year", function()
  local directory

  setup(function() directory = program.directory() end)
  teardown(function() program.remove(directory) end)

  it("refuses flags and values that it does not know", function()
    local _, complaint, code = program.run "demo --sede 5"
    assert.equal(2, code)
    assert.matches("unknown flag '%-%-sede'; did you mean %-%-seed%?", complaint)
    for _, words in ipairs { "--seed x", "--seed -1", "--engine fast", "--seconds 0", "BTC-USD" } do
      assert.equal(2, select(3, program.run("demo " .. words)))
    end
  end)

  it("ends with a summary that a trader reads, from any directory, and writes nothing there", function()
    local text, complaint, code = program.run("demo --year", { directory = directory })
    assert.equal(0, code)
    assert.equal("", complaint)
    for _, pattern in ipairs { "^A year of a generated market %(seed 7%), hour by hour", "mode backtest", "engine live",
      "final equity +[%d,.]+ +USD", "max drawdown", "trades +%d+", "the last 5 of", "assumptions", "hash %x+\n$" } do
      assert.matches(pattern, text)
    end
    assert(require("lfs").rmdir(directory))
    directory = program.directory()
  end)

  it("prints what README shows", function()
    local readme = program.read(program.root .. "/README.md")
    local shown = program.run("demo --year"):match "^(.-)\n\n%d+ events, hash"
    assert(readme:find(shown, 1, true), "README.md does not show the present output of ./neap demo --year")
  end)

  it("gives the same for the same seed, another market for another, the same fills by either engine", function()
    local one = document()
    assert.equal(one.event_hash, document().event_hash)
    assert.not_equal(one.final_equity, document("--seed 8").final_equity)
    local advanced = document "--engine advanced"
    assert.equal("advanced", advanced.engine)
    assert.same(one.trades, advanced.trades)
  end)

  it("stores what verify, events and explain read", function()
    local store = directory .. "/demo"
    local hash = document("--store " .. store).event_hash
    local text, _, code = program.run(("verify %s --head %s"):format(store, hash))
    assert.equal(0, code, text)
    text = program.run(("explain '#1' %s"):format(store))
    assert.matches("fast over slow", text)
    text = program.run(("events %s --type order_filled --limit 1"):format(store))
    assert.matches("order_filled +BTC%-USD", text)
  end)
end)

describe("neap demo", function()
  it("trades at a local exchange through the real client, shows it second by second, ends with a summary", function()
    local text, complaint, code = program.run "demo --seconds 6"
    assert.equal(0, code, complaint)
    for _, pattern in ipairs { "^At a local exchange %(seed 7%), over TLS", "time +price +position +equity +bars",
      "\n%d%d:%d%d:%d%d ", "mode exchange", "orders were the local exchange's", "final equity", "hash %x+" } do
      assert.matches(pattern, text)
    end
  end)

  it("gives one document with --json, with its events stored where they are wanted", function()
    local directory = program.directory()
    local store = directory .. "/demo"
    local text, complaint, code = program.run("demo --seconds 4 --json --store " .. store)
    assert.equal(0, code, complaint)
    assert.equal("exchange", json.decode(text, { numbers = "float" }).mode)
    assert.equal(0, select(3, program.run("verify " .. store)))
    program.remove(directory)
  end)
end)
