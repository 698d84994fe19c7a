-- SPDX-License-Identifier: MIT
-- A session that runs follows the files of its configuration, between two events.
local bars = require "spec.support.bars"
local json = require "neap.json"
local program = require "spec.support.program"
local running = require "spec.support.running"

local ASKS = [[
return require "neap".strategy {
  name = "asks",
  on_bar = function(self, bar) self:buy { quantity = "0.001", limit = bar.close * 0.5 } end,
}
]]

describe("a session that runs follows its configuration:", function()
  local home, process, risk

  local function write(fields) program.write(risk, json.encode(fields)) end

  local function document(words)
    return json.decode((running.verb(words .. " --json", { home = home })), { numbers = "float" })
  end

  -- The code of the latest refusal. The store is read: it may be a moment behind what the session answers.
  local function await_refusal()
    for _ = 1, 100 do
      local rows = document("events --type decision").events
      local row = rows[#rows]
      if row and row.body.reason then return row.body.reason.code end
    end
  end

  setup(function()
    home = program.directory()
    risk = home .. "/risk.json"
    write { max_trade_value = 1000 }
    program.write(home .. "/asks.lua", ASKS)
    program.write(home .. "/BTC-USD_1h.csv", bars.csv(bars.walk(20000)))
    process = running.start("asks.lua --data BTC-USD_1h.csv --speed 360000", { home = home,
      env = "RISK_CONFIG_PATH=" .. risk })
  end)
  teardown(function()
    process:finish()
    program.remove(home)
  end)

  it("what is good is in force from the next order on, with a number", function()
    process:await(function(status) return status.bars >= 2 end)
    write { max_trade_value = 1000, reduce_only_mode = true }
    local answer = process:ask { command = "reload", why = "less" }
    assert.same({ "reduce_only_mode" }, answer.changed)
    assert.is_number(answer.number)
    process:await(function(status) return status.trading == "reduce_only" end)
    local since = process:ask({ command = "status" }).bars
    process:await(function(status) return status.bars > since + 1 end)
    assert.equal("reduce_only_mode", await_refusal())
    local changed = document("events --type configuration_changed").events
    assert.is_true(#changed >= 1)
  end)

  it("what is bad is said, and the old one stays", function()
    write { max_trade_value = "many", reduce_only_mode = false }
    local answer = process:ask { command = "reload" }
    assert.is_nil(answer.ok)
    assert.is_string(answer.error.code)
    assert.equal("reduce_only", process:ask({ command = "status" }).trading)
    assert.matches("the configuration is as before: ", program.read(process.directory .. "/run.log"))
    assert.equal(answer.error.code, process:ask({ command = "reload" }).error.code) -- while it stands
    process:await(function() return #document("events --type configuration_refused").events > 0 end)
    assert.matches("max_trade_value", document("events --type configuration_refused").events[1].body.message)
  end)

  it("SIGHUP looks at once, and nobody has to ask at all", function()
    local function next_after(number)
      return process:await(function(status) return status.configuration > number end).configuration
    end
    local before = process:ask({ command = "status" }).configuration
    write { max_trade_value = 2000 }
    process:signal "HUP"
    local after = next_after(before)
    write { max_trade_value = 3000 }
    next_after(after)
    local _, complaint = running.verb('resume --why "the file says no more of it"', { home = home })
    assert.equal("normal", process:ask({ command = "status" }).trading, complaint)
    process:signal "TERM"
    assert.equal(0, select(2, process:wait()))
    assert.equal(0, select(3, running.verb("verify", { home = home })))
  end)
end)
