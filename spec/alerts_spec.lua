-- SPDX-License-Identifier: MIT
-- neap.alerts: channels, least severities, retries, the bounded queue. (What is an alert: alert_manager_spec.)
local program = require "spec.support.program"

local SECOND = 1000000000

local function alert(more)
  local one = { code = "guard_tripped", source = "daily_loss", severity = "error", message = "over its limit",
    time = 1735689600 * SECOND }
  for name, value in pairs(more or {}) do one[name] = value end
  return one
end

describe("neap.alerts", function()
  local alerts = require "neap.alerts"

  -- A channel that writes what it gets into `got`, or fails as long as `down.is` is true.
  local function channel(got, more, down)
    local one = { type = "function", name = "f", send = function(a)
      if down and down.is then return nil, "no line" end
      got[#got + 1] = a
      return true
    end }
    for name, value in pairs(more or {}) do one[name] = value end
    return one
  end

  it("names slips in options, channels and severities", function()
    local function refuses(options, message) assert.error_matches(function() alerts.new(options) end, message) end
    local function refuses_channel(one, message) refuses({ channels = { one } }, message) end
    refuses({ chanels = {} }, "unknown option 'chanels'; did you mean 'channels'")
    refuses_channel({ type = "smoke" }, "'smoke' is no channel")
    refuses_channel({ type = "log", pth = "x" }, "unknown word 'pth'")
    refuses_channel({ type = "log", min = "eror" }, "did you mean 'error'")
    refuses_channel({ type = "function" }, "send is a function")
    refuses_channel(1, "channels%[1%] is a table")
    assert.error_matches(function() alerts.new({ channels = {} }):send(alert { severity = "bad" }, 0) end, "severity")
  end)

  it("never needs the alert manager", function()
    local script = os.tmpname()
    program.write(script, [[
      package.preload["neap.alert_manager"] = function() error "the infrastructure asked for the application" end
      local got
      local function write(line) got = line return true end
      local d = require("neap.alerts").new { channels = { { type = "log", write = write } } }
      d:send({ code = "x", source = "s", severity = "error", message = "m", time = 0 }, 0)
      assert(got and not package.loaded["neap.alert_manager"])
      print "alone"
    ]])
    local pipe = io.popen((program.command("x"):gsub("%S+ x$", script)))
    local text = pipe:read "a"
    pipe:close()
    os.remove(script)
    assert.equal("alone\n", text)
  end)

  it("writes a line that a person reads, whatever is in it", function()
    local lines = {}
    local function write(line)
      lines[#lines + 1] = line
      return true
    end
    local d = alerts.new { channels = { { type = "log", write = write } } }
    assert.same({ log = true }, d:send(alert(), 0))
    assert.equal("2025-01-01T00:00:00Z ERROR    guard_tripped daily_loss: over its limit", lines[1])
    d:send(alert { message = "a\nb\27[2J", repeated = 3 }, 0)
    assert.matches("a%?b%?%[2J %(3 more since the last%)$", lines[2])
  end)

  it("appends to a file, and says when it cannot", function()
    local path = os.tmpname()
    local warned = {}
    local d = alerts.new { on_warning = function(w) warned[#warned + 1] = w end, channels = {
      { type = "log", path = path, name = "file" }, { type = "log", path = "/no/such/place", name = "nowhere" } } }
    assert.same({ file = true, nowhere = false }, d:send(alert(), 0))
    d:send(alert(), 0)
    local _, count = program.read(path):gsub("\n", "")
    assert.equal(2, count)
    assert.matches("alert channel nowhere: /no/such/place: No such file", warned[1])
    os.remove(path)
  end)

  it("leaves out a channel whose least severity is higher; the failure of one is its own", function()
    local got, worst = {}, {}
    local d = alerts.new { channels = { channel(got, { name = "all", min = "debug" }),
      channel(worst, { name = "worst", min = "critical" }),
      { type = "function", name = "broken", send = function() error "on fire" end } } }
    assert.same({ all = true, broken = false }, d:send(alert(), 0))
    assert.same({ all = true }, d:send(alert { severity = "debug" }, 0))
    assert.same({ all = true, worst = true, broken = false }, d:send(alert { severity = "critical" }, 0))
    assert.equal(3, #got)
    assert.equal(1, #worst)
    assert.equal(3, #d.history)
  end)

  it("tries again after 1, 2, 4 … seconds, and gives up", function()
    local got, down = {}, { is = true }
    local d = alerts.new { channels = { channel(got, nil, down) }, tries = 4 }
    assert.same({ f = false }, d:send(alert(), 0))
    assert.equal(1 * SECOND, d:tick(0))
    assert.equal(3 * SECOND, d:tick(1 * SECOND))
    assert.equal(3 * SECOND, d:tick(2 * SECOND))
    assert.equal(7 * SECOND, d:tick(3 * SECOND))
    assert.is_nil(d:tick(7 * SECOND))
    assert.equal(1, d.failed)
    d:send(alert(), 10 * SECOND)
    down.is = false
    assert.is_nil(d:tick(11 * SECOND))
    assert.equal(1, #got)
    assert.equal(1, d:close())
  end)

  it("has a bounded queue, in which the least severe gives way", function()
    local got, down = {}, { is = true }
    local d = alerts.new { channels = { channel(got, nil, down) }, queue = 3 }
    d:send(alert { severity = "critical", message = "1" }, 0)
    d:send(alert { severity = "warning", message = "2" }, 0)
    d:send(alert { severity = "error", message = "3" }, 0)
    d:send(alert { severity = "error", message = "4" }, 0)
    assert.equal(1, d.dropped)
    down.is = false
    assert.equal(0, d:close())
    assert.same({ "1", "3", "4" }, { got[1].message, got[2].message, got[3].message })
    assert.equal("alerts: 1 channels, 0 wait, 0 failed, 1 dropped", tostring(d))
    assert.equal(0, d:close())
  end)

  it("keeps a history of 1000", function()
    local d = alerts.new { channels = {} }
    for i = 1, 1005 do d:send(alert { message = tostring(i) }, i) end
    assert.equal(1000, #d.history)
    assert.equal("6", d.history[1].message)
  end)

  it("92: leaves out a channel with an unset ${VAR}, and warns", function()
    local warned, path = {}, os.tmpname()
    local d = alerts.new { env = { PLACE = path }, on_warning = function(w) warned[#warned + 1] = w end, channels = {
      { type = "log", name = "good", path = "${PLACE}" }, { type = "log", name = "bad", path = "${NO_PLACE}/x" },
      { type = "slack" } } }
    assert.same({ good = true }, d:send(alert(), 0))
    assert.same({ "alert channel bad is left out: path wants ${NO_PLACE}, which is not set",
      "alert channel 3 is left out: slack is not in this version" }, warned)
    os.remove(path)
  end)
end)
