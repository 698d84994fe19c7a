-- SPDX-License-Identifier: MIT
-- Alerts of a session on a clock: into its log, acknowledged from another process; and the page of such a session.
local bars = require "spec.support.bars"
local json = require "neap.json"
local program = require "spec.support.program"
local receiver = require "spec.support.receiver"
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
  local function start(words, env)
    process = running.start("holds.lua --data BTC-USD_1h.csv --speed 100000 --from 2025-01-03 " .. words,
      { home = home, env = env })
  end

  -- Nothing that lies in the session's directory, and nothing that was said, has it.
  local function tells_nothing_of(secret, ...)
    for _, text in ipairs { ... } do assert.is_nil(text:find(secret, 1, true), text) end
    local found = io.popen(("grep -rlaF %s '%s'"):format(secret, process.directory)):read "a"
    assert.equal("", found)
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

  it("posts to --alert-webhook what session and mode it is about, and tells the address nowhere", function()
    local server <close> = receiver.start "200"
    start("--session hooked --alert-webhook " .. server.url .. "/s3cret")
    verb 'kill hooked --why "feed looks wrong"'
    verb "stop hooked"
    local text, _, complaint = process:wait()
    local heard = server:heard()
    assert.equal(1, #heard)
    assert.equal("POST /s3cret HTTP/1.1", heard[1].line)
    assert.equal("mode_changed", heard[1].body.code)
    assert.equal("critical", heard[1].body.severity)
    assert.equal("hooked", heard[1].body.session)
    assert.equal("paper", heard[1].body.mode)
    tells_nothing_of("s3cret", text, complaint)
  end)

  it("takes an address from a variable, which is what is kept of it", function()
    local server <close> = receiver.start "200"
    start("--session kept --alert-webhook '${MY_HOOK}'", "MY_HOOK=" .. server.url .. "/s3cret")
    verb "stop kept"
    process:wait()
    start("--session kept", "MY_HOOK=" .. server.url .. "/s3cret")
    verb "kill kept --why again"
    verb "stop kept"
    local text, _, complaint = process:wait()
    assert.equal(1, #server:heard())
    tells_nothing_of("s3cret", text, complaint)
  end)

  it("goes on without a webhook whose variable is not set, and says so", function()
    start "--session lacks --alert-webhook '${NO_SUCH_HOOK}'"
    verb "stop lacks"
    local _, code, complaint = process:wait()
    assert.equal(0, code)
    assert.matches("alert channel webhook is left out: url wants %${NO_SUCH_HOOK}, which is not set", complaint)
  end)

  it("hears of channels in a profile, beside the variable's", function()
    local server <close> = receiver.start "200"
    os.execute(("mkdir -p '%s/config/profiles'"):format(home))
    program.write(home .. "/config/profiles/mine.lua", [[return { doc = "", alerts = { channels = {
      { type = "webhook", url = "${TEAM_HOOK}", min = "error" } } } }]])
    start("--session both --profile mine",
      ("TEAM_HOOK=%s/team NEAP_ALERT_WEBHOOK=%s/own"):format(server.url, server.url))
    verb "kill both --why x"
    verb "stop both"
    process:wait()
    local lines = {}
    for _, one in ipairs(server:heard()) do lines[one.line] = true end
    assert.same({ ["POST /team HTTP/1.1"] = true, ["POST /own HTTP/1.1"] = true }, lines)
  end)

  it("does not start with an address that is none, nor with words that no profile knows", function()
    local words = "run holds.lua --data BTC-USD_1h.csv --session bad "
    local _, complaint, code = verb(words .. "--alert-webhook http://hooks.example/s3cret")
    assert.equal(2, code)
    assert.matches("channel webhook: http://hooks.example/%*%*%*%*: only a loopback address", complaint)
    tells_nothing_of("s3cret", complaint)
    program.write(home .. "/config/profiles/slip.lua", [[return { alerts = { chanels = {} } }]])
    _, complaint, code = verb(words .. "--profile slip")
    assert.equal(1, code)
    assert.matches("did you mean 'channels'", complaint)
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
