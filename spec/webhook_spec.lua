-- SPDX-License-Identifier: MIT
-- neap.webhook, and alerts that leave the machine by it: what is posted, when it is tried again, that no secret is
-- told.
local program = require "spec.support.program"
local receiver = require "spec.support.receiver"

local SECOND = 1000000000
local START = 1735689600 * SECOND

local function alert(more)
  local one = { code = "guard_tripped", source = "daily_loss", severity = "error", message = "over its limit",
    time = START, id = "00000001" }
  for name, value in pairs(more or {}) do one[name] = value end
  return one
end

describe("neap.webhook", function()
  local alerts = require "neap.alerts"
  local webhook = require "neap.webhook"
  local server
  local warned

  before_each(function() warned = {} end)
  after_each(function()
    if server then server:close() end
    server = nil
  end)

  local function new(plan, more)
    server = receiver.start(plan)
    local channel = { type = "webhook", name = "hook", url = server.url .. "/T/s3cret?k=s3cret" }
    for name, value in pairs(more and more.channel or {}) do channel[name] = value end
    return alerts.new { channels = { channel }, on_warning = function(line) warned[#warned + 1] = line end,
      tries = more and more.tries, queue = more and more.queue, context = { session = "mine", mode = "armed" } }
  end

  -- Until all is quiet; the clock of retries stands at `now`.
  local function go(d, now)
    local wall = require("neap.run_c").now
    local deadline = wall() + 20 * SECOND
    repeat
      local due = d:tick(now)
      if d.channels[1].hook.count == 0 and (not due or due > now) then return end
    until wall() > deadline
    error "it does not end"
  end

  it("names slips, and what is no address, without telling it", function()
    assert.error_matches(function() webhook.open { uri = "x" } end, "did you mean 'url'")
    assert.error_matches(function() webhook.open {} end, "url is text")
    assert.error_matches(function() webhook.open { url = "https://h/x", timeout = 0 } end, "timeout is a number")
    for _, url in ipairs { "hooks.example/s3cret", "ftp://h/s3cret", "http://hooks.example/s3cret",
      "https://u:s3cret@h/", "https://", "https:///s3cret", "https://h/a b" } do
      local w, err = webhook.open { url = url }
      assert.is_nil(w, url)
      assert.equal("bad_url", err.code)
      assert.is_nil(err.message:find("s3cret@", 1, true))
      assert.is_nil(err.message:find("/s3cret", 1, true))
    end
  end)

  it("masks addresses wherever they stand", function()
    assert.equal("https://hooks.example.com/****", webhook.mask "https://hooks.example.com/services/T/B/x?y#z")
    assert.equal("to http://127.0.0.1:80/**** and https://h/**** now",
      webhook.mask "to http://127.0.0.1:80/a and https://h/b?c now")
    assert.equal("https://h", webhook.mask "https://h")
    assert.equal("https://****@h/****", webhook.mask "https://u:p@h/x")
    assert.equal("nothing here", webhook.mask "nothing here")
  end)

  it("posts what a program and a person read, with the authorization", function()
    local d = new("204", { channel = { authorization = "Bearer t0ken" } })
    assert.same({ hook = "under way" }, d:send(alert { repeated = 3 }, 0))
    go(d, 0)
    local heard = server:heard()
    assert.equal(1, #heard)
    assert.equal("POST /T/s3cret?k=s3cret HTTP/1.1", heard[1].line)
    assert.equal("Bearer t0ken", heard[1].authorization)
    assert.same({ schema = "neap.alert/1", id = "00000001", time = "2025-01-01T00:00:00Z", severity = "error",
      code = "guard_tripped", source = "daily_loss", message = "over its limit", repeated = 3, session = "mine",
      mode = "armed", text = alerts.line(alert { repeated = 3 }) }, heard[1].body)
    assert.equal(0, d:close(function() return 0 end))
    assert.same({}, warned)
  end)

  it("hears of warnings and worse unless it was said otherwise", function()
    local d = new "200"
    assert.same({}, d:send(alert { severity = "info" }, 0))
    assert.same({ hook = "under way" }, d:send(alert { severity = "warning" }, 0))
    go(d, 0)
    d:close(function() return 0 end)
  end)

  it("tries again after 1, 2, 4 seconds what may pass, and when it is asked for", function()
    local d = new "503 429:9 200"
    d:send(alert(), 0)
    go(d, 0)
    assert.equal(1, #server:heard())
    assert.equal(1 * SECOND, d:tick(0))
    go(d, 1 * SECOND)
    assert.equal(2, #server:heard())
    assert.equal(10 * SECOND, d:tick(1 * SECOND))
    go(d, 10 * SECOND)
    assert.equal(3, #server:heard())
    assert.is_nil(d:tick(10 * SECOND))
    assert.equal(0, d:close(function() return 0 end))
    assert.matches("^alert channel hook: it answered 503$", warned[1])
    assert.equal(2, #warned)
  end)

  it("does not repeat what was refused for good, and says so", function()
    local d = new "404"
    d:send(alert(), 0)
    go(d, 0)
    assert.equal(1, #server:heard())
    assert.equal(1, d.failed)
    assert.equal("alert channel hook: guard_tripped is given up after 1 try: it answered 404", warned[1])
    d:close(function() return 0 end)
  end)

  it("gives up after its tries where nobody answers, and tells no secret", function()
    local d = new("silent", { tries = 2, channel = { timeout = 0.05 } })
    d:send(alert(), 0)
    go(d, 0)
    go(d, 1 * SECOND)
    assert.equal(1, d.failed)
    assert.matches("given up after 2 tries: timeout: ", warned[2])
    assert.is_nil(table.concat(warned):find("s3cret", 1, true))
    d:close(function() return 0 end)
  end)

  it("takes a server that is not there for one that may come back", function()
    server = receiver.start "200"
    local d = alerts.new { channels = { { type = "webhook", name = "hook", url = "http://127.0.0.1:1/s3cret" } },
      on_warning = function(line) warned[#warned + 1] = line end }
    d:send(alert(), 0)
    go(d, 0)
    assert.equal(1, #d.waiting)
    assert.matches("^alert channel hook: connect: ", warned[1])
    assert.equal(1, d:close(function() return 0 end))
  end)

  it("posts a few at once, keeps a bounded rest, and loses the least severe", function()
    local d = new("silent", { queue = 3, channel = { timeout = 60, min = "info" } })
    for i = 1, 4 do assert.equal("under way", d:send(alert { id = tostring(i) }, 0).hook) end
    for _ = 1, 3 do assert.equal("waits", d:send(alert { severity = "info" }, 0).hook) end
    assert.equal("waits", d:send(alert { severity = "critical" }, 0).hook)
    assert.equal(3, #d.waiting)
    assert.equal(1, d.dropped)
    assert.equal("critical", d.waiting[3].alert.severity)
    local now = 0
    assert.equal(7, d:close(function() -- a clock that runs: what is left is given up after five seconds of it
      now = now + SECOND
      return now
    end))
    assert.equal(7, d:close(function() return now end))
  end)

  it("leaves nothing behind when it is closed in order", function()
    local d = new("200", { queue = 64 })
    for i = 1, 20 do d:send(alert { id = tostring(i) }, 0) end
    assert.equal(0, d:close(function() return 0 end))
    local ids = {}
    for _, one in ipairs(server:heard()) do ids[one.body.id] = true end
    for i = 1, 20 do assert.is_true(ids[tostring(i)]) end
  end)

  it("is left out with a warning where a variable is not set", function()
    local d = alerts.new { channels = { { type = "webhook", url = "https://hooks.example/${HOOK_TOKEN}" } },
      on_warning = function(line) warned[#warned + 1] = line end }
    assert.equal(0, #d.channels)
    assert.equal("alert channel webhook is left out: url wants ${HOOK_TOKEN}, which is not set", warned[1])
  end)

  it("refuses a bad address when it is opened", function()
    assert.error_matches(function()
      alerts.new { channels = { { type = "webhook", url = "http://hooks.example/s3cret" } } }
    end, "^channel webhook: http://hooks.example/%*%*%*%*: only a loopback address")
  end)

  it("can be tested before it matters", function()
    server = receiver.start "200 500"
    assert.is_true(webhook.test({ url = server.url .. "/x" }, alert { message = "a test" }))
    assert.equal("Neap: a test", server:heard()[1].body.text)
    local ok, err = webhook.test({ url = server.url .. "/x" }, alert())
    assert.is_nil(ok)
    assert.equal("not_delivered", err.code)
    assert.equal(server.url .. "/****: it answered 500", err.message)
  end)
end)

describe("the operations thread with a webhook", function()
  -- A program that sees events → what it said, and on stderr.
  local function see(text)
    local said, complaint, code = program.script_text("local operations = require 'neap.operations'\n" .. text)
    assert.equal(0, code, complaint)
    return said, complaint
  end

  it("delivers in its own time, and what is left at its end", function()
    local server <close> = receiver.start "503 200"
    local _, complaint = see(([[
      local o = assert(operations.open { channels = { { type = "webhook", url = "${HOOK}" } },
        env = { HOOK = "%s/s3cret" }, context = { session = "s1" } })
      o:see { type = "strategy_quarantined", ts_ns = 1, record = { strategy = "a", message = "boom" } }
      for _ = 1, 600 do -- the thread's own second between the tries
        local _, count = io.open("%s"):read "a":gsub("\n", "")
        if count >= 2 then break end
        os.execute "sleep 0.05"
      end
      o:see { type = "strategy_quarantined", ts_ns = 2, record = { strategy = "b", message = "boom" } }
      assert(o:close().failed == 0)
    ]]):format(server.url, server.log))
    assert.equal("neap: alert channel webhook: it answered 503\n", complaint)
    local heard = server:heard()
    assert.equal(3, #heard)
    assert.equal("strategy_quarantined", heard[1].body.code)
    assert.equal("s1", heard[1].body.session)
    assert.equal(heard[1].body.id, heard[2].body.id)
    assert.equal("b", heard[3].body.source)
  end)

  it("does not load what speaks HTTP unless a channel does", function()
    local text = see [[
      local o <close> = assert(operations.open { channels = { { type = "log", min = "critical" } } })
      local file <close> = assert(io.open "/proc/self/maps")
      io.stdout:write(tostring(file:read "a":find("libcurl", 1, true)))
    ]]
    if (os.getenv "NEAP_TEST_LUA" or "lua5.4"):match "lua5.4$" then assert.equal("nil", text) end
  end)

  it("never holds up who tells it, though nobody answers", function()
    local server <close> = receiver.start "silent"
    local _, complaint = see(([[
      local o = assert(operations.open { cooldown = 0, room = 1 << 16,
        channels = { { type = "webhook", url = "%s/s3cret", timeout = 0.2 } } })
      for i = 1, 2000 do
        o:see { type = "strategy_quarantined", ts_ns = i, record = { strategy = "a" .. i, message = "boom" } }
      end
      local counts = o:close()
      assert(counts.seen + counts.dropped == 2000 and counts.failed > 0)
    ]]):format(server.url))
    assert.matches("%d+ alerts did not arrive before the end\n$", complaint)
    assert.is_nil(complaint:find("s3cret", 1, true))
  end)

  it("refuses a bad address before anything begins", function()
    local o, err = require("neap.operations").open { channels = { { type = "webhook", url = "http://h/s3cret" } } }
    assert.is_nil(o)
    assert.matches("channel webhook: http://h/%*%*%*%*: only a loopback address", err.message)
    assert.is_nil(err.message:find("s3cret", 1, true))
  end)
end)
