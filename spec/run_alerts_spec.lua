-- SPDX-License-Identifier: MIT
-- Alerts of a session on a clock: into its log, acknowledged from another process; and the page of such a session.
local bars = require "spec.support.bars"
local json = require "neap.json"
local program = require "spec.support.program"
local running = require "spec.support.running"
local xml = require "spec.support.xml"

local HOLDS = [[
return require "neap".strategy {
  name = "holds",
  on_bar = function(self, bar)
    if self.flat then self:buy { fraction = "0.1", stop_loss = bar.close * 0.5, why = "flat" } end
  end,
}
]]

describe("neap run, with alerts", function()
  local home, process

  local function verb(words) return running.verb(words, { home = home }) end
  local function start(words)
    process = running.start("holds.lua --data BTC-USD_1h.csv --speed 100000 --from 2025-01-03 " .. words,
      { home = home })
  end

  setup(function()
    home = program.directory()
    program.write(home .. "/holds.lua", HOLDS)
    program.write(home .. "/BTC-USD_1h.csv", bars.csv(bars.walk(3000)))
  end)
  after_each(function() process:finish() end)
  teardown(function() program.remove(home) end)

  it("writes what a person must know into the log and to stderr; ack answers", function()
    start "--session told"
    process:await(function(status) return status.bars > 3 end)
    verb 'kill told --why "feed looks wrong"'
    local text, complaint, code = verb "ack mode_changed told"
    assert.equal(0, code, complaint)
    assert.equal("told: mode_changed is acknowledged\n", text)
    local _, slip, slip_code = verb "ack mode_chnged told"
    assert.equal(2, slip_code)
    assert.matches("did you mean 'mode_changed'", slip)
    verb "stop told"
    text, code, complaint = process:wait()
    assert.equal(0, code)
    assert.matches("stopped", text)
    local line = "CRITICAL mode_changed session: halted: feed looks wrong, by "
    assert.truthy(complaint:find(line, 1, true), complaint)
    assert.truthy(program.read(process.directory .. "/run.log"):find(line, 1, true))
  end)

  it("tells nobody with --no-alerts, and says so to who acknowledges", function()
    start "--session silent --no-alerts"
    verb "kill silent --why quiet"
    local _, complaint, code = verb "ack mode_changed silent"
    assert.equal(1, code)
    assert.matches("started without alerts", complaint)
    verb "stop silent"
    process:wait()
    assert.is_nil(program.read(process.directory .. "/run.log"):find("CRITICAL", 1, true))
  end)

  it("has a page, also while it runs, drawn over the bars that it was given", function()
    start "--session paged"
    process:await(function(status) return status.bars > 60 end)
    local text, complaint, code = verb "report paged --json"
    assert.equal(0, code, complaint)
    local place = json.decode(text).file
    local page = program.read(place)
    assert.matches("was not ended: it was killed, or it still runs", page)
    assert.is_nil(page:find("no bars were given", 1, true))
    verb "stop paged --on-stop keep"
    process:wait()
    text, complaint, code = verb "report paged"
    assert.equal(0, code, complaint)
    assert.matches("report.html: %d+ KB", text)
    page = program.read(place)
    assert.is_nil(page:find("was not ended", 1, true))
    assert.is_nil(page:find("no bars were given", 1, true))
    assert.truthy(xml.read(page))
  end)
end)
