-- SPDX-License-Identifier: MIT
-- The engine of a running session changes at random moments, back and forth: by its risk file, by config set and by
-- config rollback. Its fills are those of a session that nobody touched.
local bars = require "spec.support.bars"
local json = require "neap.json"
local program = require "spec.support.program"
local running = require "spec.support.running"

local CHANGES = 12

-- Orders of many kinds, none of which only one engine knows.
local STRATEGY = [[
return require "neap".strategy {
  name = "busy",
  on_bar = function(self, bar)
    local draw = math.random(1, 6)
    if draw == 1 then
      self:buy { quantity = "0.02", stop_loss = bar.close * 0.98, take_profit = bar.close * 1.03 }
    elseif draw == 2 and not self:order "low" then
      self:buy { quantity = "0.01", limit = bar.close * 0.995, tag = "low" }
    elseif draw == 3 and self:order "low" then
      self:order("low"):replace { limit = bar.close * 0.99 }
    elseif draw == 4 and self.long then
      self:sell { quantity = "0.01", stop = bar.close * 0.97, reduce_only = true }
    elseif draw == 5 and math.random(1, 4) == 1 then
      self:close()
    elseif draw == 6 then
      self:cancel_all()
    end
  end,
}
]]

describe("a session whose engine changes", function()
  local home, risk

  local function write_flags(on)
    program.write(risk, json.encode { enable_dynamic_position_sizing = on, enable_market_impact_guard = false,
      position_sizing_method = "fixed", max_exposure_pct = 1000, max_position_pct_per_symbol = 1000,
      daily_loss_limit = 1000000, slippage_guard_bps = 0 })
  end

  setup(function()
    home = program.directory()
    risk = home .. "/risk.json"
    program.write(home .. "/busy.lua", STRATEGY)
    program.write(home .. "/BTC-USD_1h.csv", bars.csv(bars.walk(20000)))
  end)
  teardown(function() program.remove(home) end)

  local function document(words)
    local text, complaint, code = running.verb(words .. " --json", { home = home })
    assert.equal(0, code, words .. ": " .. complaint)
    return json.decode(text, { numbers = "float" })
  end

  -- Starts one, lets `disturb` act on it and stops it, or waits for its end → its fills.
  local function run(name, speed, disturb)
    write_flags(true)
    local process = running.start(("busy.lua --data BTC-USD_1h.csv --session %s --cash 100000 --speed %s"):format(name,
      speed), { home = home, env = "RISK_CONFIG_PATH=" .. risk })
    if disturb then
      disturb(process)
      process:signal "TERM"
    end
    local _, code, complaint = process:wait()
    assert.equal(0, code, complaint)
    local list = {}
    for i, fill in ipairs(document("fills " .. name).fills) do
      list[i] = table.concat({ fill.time, fill.side, fill.quantity, fill.price, fill.fee }, " ")
    end
    return list
  end

  local FLAG = "enable_dynamic_position_sizing"

  -- Each leads to the engine that is wanted.
  local ways = {}

  function ways.file(wanted)
    running.verb(("config unset %s --session changed"):format(FLAG), { home = home })
    write_flags(wanted == "advanced")
  end

  function ways.set(wanted)
    document(("config set %s=%s --session changed --why %s"):format(FLAG, tostring(wanted == "advanced"), wanted))
  end

  -- The latest accepted configuration that had it.
  function ways.rollback(wanted)
    local list = document("config history --session changed").configurations
    for i = #list, 1, -1 do
      if list[i].engine == wanted then
        return document(("config rollback --to %d --session changed --why back"):format(list[i].number))
      end
    end
    ways.set(wanted)
  end

  it("by file, by config set and by rollback has the fills of one that nobody touched", function()
    local names, at, seen = { "file", "set", "rollback" }, 20261128, {}
    local fills = run("changed", "200000", function(process)
      for i = 1, CHANGES do
        at = (at * 1103515245 + 12345) % 2147483648
        local way, wanted = names[at // 65536 % 3 + 1], i % 2 == 1 and "live" or "advanced"
        ways[way](wanted)
        process:await(function(status) return status.engine == wanted end)
        local since = process:ask({ command = "status" }).bars
        process:await(function(status) return status.bars > since + at % 7 end)
        seen[way] = true
      end
    end)
    assert.same({ file = true, set = true, rollback = true }, seen)
    assert.is_true(#fills > 20, #fills)
    local untouched = run("untouched", "max")
    for i, fill in ipairs(fills) do assert.equal(untouched[i], fill) end
    local engines = {}
    for _, row in ipairs(document("events changed --type decision").events) do
      engines[row.body.engine] = (engines[row.body.engine] or 0) + 1
    end
    assert.is_true(engines.live > 5 and engines.advanced > 5)
    assert.is_true(#document("events changed --type configuration_changed").events >= CHANGES)
    assert.is_true(document("verify changed").verified)
  end)
end)
