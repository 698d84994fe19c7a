-- SPDX-License-Identifier: MIT
-- While advanced is on trial, a guard that trips puts live back by itself.
local bars = require "spec.support.bars"
local json = require "neap.json"
local program = require "spec.support.program"
local running = require "spec.support.running"

-- Loses money by fees until the daily loss trips.
local LOSES = [[
return require "neap".strategy {
  name = "loses",
  on_bar = function(self)
    if self.flat then self:buy { fraction = "0.5" } else self:close() end
  end,
}
]]

describe("a trial of advanced", function()
  local home, process

  local function start(words)
    home = program.directory()
    program.write(home .. "/loses.lua", LOSES)
    program.write(home .. "/BTC-USD_1h.csv", bars.csv(bars.walk(20000)))
    process = running.start("loses.lua --data BTC-USD_1h.csv --speed 36000 --fee-bps 100 --set daily_loss_limit=300 " ..
      words, { home = home })
    return process:await(function(status) return status.trading ~= "normal" and status.who == "guard_manager" end)
  end

  local function engine()
    local text = running.verb("engine loses --json", { home = home })
    return json.decode(text, { numbers = "float" })
  end

  after_each(function()
    process:finish()
    program.remove(home)
  end)

  it("ends when a guard trips: live is back, and it is written down who and why", function()
    start "--set advanced_share=0.5"
    process:await(function(status) return status.engine == "live" end)
    assert.equal("live", engine().engine)
    local text = running.verb("events loses --type configuration_changed --json", { home = home })
    local events = json.decode(text).events
    assert.equal("rollout", events[#events].body.who)
    assert.matches("guard: ", events[#events].body.why)
    assert.matches("the trial of advanced is over", program.read(process.directory .. "/run.log"))
    assert.equal("reduce_only", process:ask({ command = "status" }).trading)
  end)

  it("is no trial when advanced serves every order", function()
    local before = start("").bars
    process:await(function(status) return status.bars > before + 30 end)
    assert.equal("advanced", process:ask({ command = "status" }).engine)
    assert.equal("advanced", engine().engine)
  end)
end)
