-- SPDX-License-Identifier: MIT
-- A session at the venue that is being left: while it waits for what it sent, its owner is heard.
local exchange_program = require "spec.support.exchange_program"
local http = require "spec.support.http"
local json = require "neap.json"
local program = require "spec.support.program"
local running = require "spec.support.running"

local HOLDS = [[
return require "neap".strategy { name = "holds", feeds = { "book" }, warmup = 0,
  on_start = function(self) self:every("act", "200ms") end,
  on_timer = function(self)
    if self.mid and not self.state.asked then
      self.state.asked = true
      self:buy { quantity = "0.01", why = "holds" }
    end
  end }]]

-- Something of it is always on its way.
local RUSHES = [[
return require "neap".strategy { name = "rushes", feeds = { "book" }, warmup = 0,
  on_start = function(self) self:every("act", "100ms") end,
  on_timer = function(self)
    if self.mid then self:buy { quantity = "0.001", why = "rushes" } end
  end }]]

describe("a session that is left flat", function()
  it("closes what fills after it was told to go, too", function()
    local home = program.directory()
    program.write(home .. "/rushes.lua", RUSHES)
    local exchange <close> = exchange_program.trading(home)
    local process = running.start(("rushes.lua --product BTC-USD --base %s --key-file '%s' --broker coinbase " ..
      "--cash 20000 --profile dev --history 0 --set slippage_guard_bps=0 --on-stop flatten --no-alerts"):format(
      exchange.ready.rest, exchange.ready.key_file), { home = home })
    process:await(function() return process:ask({ command = "positions" }).positions[1] end)
    assert.equal(200, (http.ask(exchange.ready.rest, "POST", "/neap/v1/faults",
      { body = json.encode { fault = "latency:method=POST,path=/orders,time=700ms,spread=uniform" } })))
    process:await(function() return process:ask({ command = "orders" }).orders[3] end)
    process:signal "TERM"
    local text, code, complaint = process:wait()
    assert.equal(0, code, complaint)
    assert.is_nil(text:find "left open")
    local positions = json.decode((running.verb("positions rushes --json", { home = home }))).positions
    assert.equal("flat", positions[1].side)
    process:finish()
    program.remove(home)
  end)
end)

describe("a session that is being left", function()
  local home, exchange, process

  local function verb(words) return running.verb(words, { home = home }) end

  local function fault(method, text)
    local body = text and json.encode { fault = text }
    assert.equal(200, (http.ask(exchange.ready.rest, method, "/neap/v1/faults", { body = body })))
  end

  local function position()
    for _, row in ipairs(process:ask({ command = "positions" }).positions) do
      if row.quantity == "0.01" then return row end
    end
  end

  local function start(more)
    process = running.start(("holds.lua --product BTC-USD --base %s --key-file '%s' --broker coinbase --cash 20000 " ..
      "--profile dev --history 0 --set slippage_guard_bps=0 --on-stop flatten --no-alerts %s"):format(
      exchange.ready.rest, exchange.ready.key_file, more or ""), { home = home })
    process:await(position)
  end

  before_each(function()
    home = program.directory()
    program.write(home .. "/holds.lua", HOLDS)
    exchange = exchange_program.trading(home)
    start()
    fault("POST", "request_hangs:method=POST,path=/orders") -- the order that would close gets no answer
  end)
  after_each(function()
    process:finish()
    exchange:close()
    program.remove(home)
  end)

  local function is_stopping(status) return status.state == "stopping" end

  it("answers meanwhile, and a second signal ends the wait: what is open is named and goes on later", function()
    process:signal "TERM"
    local status = process:await(is_stopping)
    assert.equal("SIGTERM", status.ended_because)
    assert.truthy(position())
    assert.equal("stopping", process:ask({ command = "resume", why = "no" }).error.code)
    assert.matches("stopping +pid %d+ +SIGTERM", (verb "status holds"))
    process:signal "INT"
    local text, code, complaint = process:wait()
    assert.equal(1, code, complaint)
    assert.matches("stopped: SIGTERM", text)
    local open = "1 order works at the venue, 0.01 BTC%-USD is held\n"
    assert.matches("left open: " .. open ..
      "next: neap run %-%-session holds, then neap stop holds %-%-on%-stop flatten\n", text)
    assert.matches("not everything is gone: SIGINT ended the wait: " .. open, complaint)
    assert.equal(0, select(3, verb "verify holds"))
    status = json.decode((verb "status holds --json"), { numbers = "float" })
    assert.equal("stopped", status.state)
    assert.equal(1, status.open_orders)
    fault("DELETE")
    start()
    process:signal "TERM"
    text, code = process:wait()
    assert.equal(0, code)
    assert.is_nil(text:find "left open")
    status = json.decode((verb "status holds --json"), { numbers = "float" })
    assert.equal(0, status.open_orders)
    assert.equal("flat", json.decode((verb "positions holds --json")).positions[1].side)
  end)

  it("answers whoever asks while it turns to leaving", function()
    local askers = {}
    for i = 1, 6 do
      askers[i] = assert(io.popen(("exec perl '%s/spec/support/asker.pl' '%s/control.sock'"):format(program.root,
        process.directory)))
      assert.equal("asks", askers[i]:read "l")
    end
    process:signal "TERM"
    for i = 1, #askers do
      assert.equal("stopping", askers[i]:read "l")
      askers[i]:close()
    end
    process:signal "INT"
    assert.equal(1, (select(2, process:wait())))
  end)

  it("answers who asked for the stop when it has, also who asked while it was stopping", function()
    local asked = {}
    for i = 1, 2 do
      asked[i] = assert(io.popen(("cd '%s' && NEAP_HOME='%s' %s"):format(home, home, program.command "stop holds")))
      local count
      repeat
        count = #json.decode((verb "events holds --type operator_command --json")).events
      until count == i or not process:ask({ command = "status" }).ok
      assert.equal(i, count)
    end
    process:signal "TERM"
    assert.equal(1, (select(2, process:wait())))
    for i = 1, 2 do
      assert.matches("holds: stopped, equity", asked[i]:read "a")
      assert.is_true(asked[i]:close())
    end
  end)
end)
