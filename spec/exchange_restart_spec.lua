-- SPDX-License-Identifier: MIT
-- An exchange that dies and comes back at its port, with a certificate of its own: who was connected goes on.
local coinbase = require "neap.coinbase"
local json = require "neap.json"
local process = require "tools.venue_sweep.process"
local program = require "spec.support.program"

describe("an exchange that comes back", function()
  local home

  before_each(function() home = program.directory() end)
  after_each(function() program.remove(home) end)

  local function start(port)
    local words = ("exchange --listen 127.0.0.1:%s --market none --state '%s/state'"):format(port, home)
    local running = process.start(words, home .. "/exchange")
    return running, json.decode((assert(running:wait_for("}", 120))))
  end

  local function kill(running)
    running:signal "KILL"
    assert.is_true(running:wait(60))
  end

  it("is trusted with the certificate that lies in the file now", function()
    local running, ready = start "0"
    local client <close> = assert(coinbase.open { base = ready.rest, ca = ready.cert, key_file = ready.key_file })
    assert(client:accounts())
    local before = program.read(ready.cert)
    kill(running)
    running = start(ready.rest:match ":(%d+)$")
    assert.are_not.equal(before, program.read(ready.cert))
    local answer, err = client:accounts()
    kill(running)
    assert.is_truthy(answer, err and err.message)
  end)

  it("is not trusted with another one", function()
    local running, ready = start "0"
    local old = program.write(home .. "/old.crt", program.read(ready.cert))
    local client <close> = assert(coinbase.open { base = ready.rest, ca = old, key_file = ready.key_file, tries = 1 })
    assert(client:accounts())
    kill(running)
    running = start(ready.rest:match ":(%d+)$")
    local answer, err = client:accounts()
    kill(running)
    assert.is_nil(answer)
    assert.is_truthy(err.message:find "certificate", err.message)
  end)
end)
