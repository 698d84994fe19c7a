-- SPDX-License-Identifier: MIT
-- neap engine and neap engine shadow, as a program: which engine serves what, why, and how to go back.
local json = require "neap.json"
local program = require "spec.support.program"

local run = program.run

local function document(words, options)
  local text, complaint, code = run(words .. " --json", options)
  assert.equal("", complaint)
  assert.equal(0, code)
  return assert(json.decode(text))
end

-- A back-test of the demo's strategy on a saw, stored in `directory`.
local function store(directory, words)
  local lines = { "time,open,high,low,close,volume" }
  for i = 0, 299 do
    local close = 100 + (i % 40 < 20 and i % 40 or 40 - i % 40)
    local time = 1700000000 + 3600 * i
    lines[#lines + 1] = ("%d,%d,%d,%d,%d,50"):format(time, close, close + 1, close - 1, close)
  end
  program.write(directory .. "/BTC-USD.csv", table.concat(lines, "\n") .. "\n")
  local command = "backtest %s/strategies/ma_cross.lua --data %s/BTC-USD.csv --store %s/kept %s"
  local _, complaint, code = run(command:format(program.root, directory, directory, words or ""))
  assert.equal("", complaint)
  assert.equal(0, code)
end

describe("neap engine", function()
  local directory, here

  setup(function()
    directory = program.directory()
    here = { env = ("NEAP_HOME=%s"):format(directory), directory = directory }
  end)
  teardown(function() program.remove(directory) end)

  it("of profile prod prints advanced and names the two flags and their file", function()
    local text, complaint, code = run("engine --profile prod", here)
    assert.equal("", complaint)
    assert.equal(0, code)
    assert.matches("^engine +advanced: enable_dynamic_position_sizing and enable_market_impact_guard are set\n", text)
    assert.matches("risk file +[^\n]*config/risk/prod.json\n", text)
    assert.matches("flag +enable_dynamic_position_sizing = true   %([^\n]*config/risk/prod.json%)\n", text)
    assert.matches("flag +enable_market_impact_guard = true   %([^\n]*config/risk/prod.json%)\n", text)
    assert.matches("to go back +neap config set enable_dynamic_position_sizing=false " ..
      "enable_market_impact_guard=false %-%-profile prod", text)
  end)

  it("prints a way back that leads back", function()
    local told = document("engine --profile prod", here)
    assert.equal("advanced", told.engine)
    local _, _, code = run((told.way_back:gsub("^neap ", "")), here)
    assert.equal(0, code)
    local after = document("engine --profile prod", here)
    assert.equal("live", after.engine)
    assert.is_nil(after.way_back)
    assert.equal("operator (profile prod)", after.flags[1].source)
  end)

  it("without a session and a profile is the profile of back-tests", function()
    local told = document("engine --product ETH-USD", here)
    assert.equal("live", told.engine)
    assert.equal("backtest", told.profile)
    assert.equal("ETH-USD", told.orders[1].product)
    assert.same({ "entry", "limit entry", "exit" },
      { told.orders[1].order, told.orders[2].order, told.orders[3].order })
  end)

  it("refuses words that it does not know", function()
    local _, complaint, code = run("engine a b", here)
    assert.matches("'b' is one word too many", complaint)
    assert.equal(2, code)
    _, complaint, code = run("engine nobody", here)
    assert.matches("no such session: nobody", complaint)
    assert.equal(4, code)
  end)

  describe("on a stored session", function()
    setup(function() store(directory, "--set enable_shadow_engine=true") end)

    it("reads its products and its configuration", function()
      local told = document("engine kept", here)
      assert.equal("BTC-USD", told.orders[1].product)
      assert.equal(3, #told.orders)
      local _, complaint, code = run("engine kept --product BTC-EUR", here)
      assert.matches("no product BTC%-EUR; it has BTC%-USD", complaint)
      assert.equal(1, code)
    end)

    it("tells of every order that both engines were asked of", function()
      local told = document("engine shadow kept", here)
      assert.is_true(told.asked > 5)
      assert.equal(told.asked, told.same + #told.differences)
      assert.equal(0, told.unasked)
      assert.equal(told.asked, told.served.live)
      assert.matches("%d+ orders asked of both engines", (run("engine shadow kept", here)))
    end)
  end)
end)

describe("a shadow", function()
  local directory

  setup(function() directory = program.directory() end)
  teardown(function() program.remove(directory) end)

  it("changes no order: same ids, same fills", function()
    local function fills()
      local text = run("fills kept --json", { directory = directory })
      os.execute(("rm -r %s/kept"):format(directory))
      return assert(json.decode(text)).fills
    end
    store(directory)
    local without = fills()
    assert.is_true(#without > 5)
    store(directory, "--set enable_shadow_engine=true")
    assert.same(without, fills())
  end)

  it("that was off says what to set", function()
    store(directory)
    local text = run("engine shadow kept", { directory = directory })
    assert.matches("0 orders asked of both engines.*enable_shadow_engine=true", text)
  end)
end)
