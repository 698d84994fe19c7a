-- SPDX-License-Identifier: MIT
-- A key that is revoked while a session trades: somebody hears of it, entries stop, and it goes on by itself when the
-- key works again.
local exchange_program = require "spec.support.exchange_program"
local http = require "spec.support.http"
local json = require "neap.json"
local program = require "spec.support.program"
local receiver = require "spec.support.receiver"
local running = require "spec.support.running"
local sweep = require "tools.venue_sweep.process"

-- Always has something to buy, and now and then all of it to sell.
local TRADES = [[
return require "neap".strategy { name = "trades", feeds = { "book" }, warmup = 0,
  on_start = function(self)
    self.state.turns = self.state.turns or 0
    self:every("act", "200ms")
  end,
  on_timer = function(self)
    if not self.mid then return end
    self.state.turns = self.state.turns + 1
    self:buy { quantity = "0.001", why = "in" }
    if self.state.turns % 5 == 0 and self.long then self:close { why = "out" } end
  end }]]

-- What a key is asked for; who asks for the market needs none.
local PRIVATE = { "/brokerage/orders", "/brokerage/accounts", "/brokerage/key_permissions",
  "/brokerage/transaction_summary" }

describe("a session whose key is revoked", function()
  local home, exchange, hook, process

  local function fault(method, text)
    local body = text and json.encode { fault = text }
    assert.equal(200, (http.ask(exchange.ready.rest, method, "/neap/v1/faults", { body = body })))
  end

  local function events(words)
    return json.decode((running.verb("events trades --json " .. words, { home = home })), { numbers = "float" }).events
  end

  local function heard(code)
    local found = {}
    for _, one in ipairs(hook:heard()) do
      if one.body.code == code then found[#found + 1] = one.body end
    end
    return found
  end

  local function await(what, is_so)
    for _ = 1, 600 do
      if is_so() then return end
      sweep.sleep(0.05)
    end
    error("it never came: " .. what, 2)
  end

  local function revoke()
    for _, path in ipairs(PRIVATE) do fault("POST", "unauthorized:path=" .. path) end
  end

  before_each(function()
    home, hook = program.directory(), receiver.start "200"
    program.write(home .. "/trades.lua", TRADES)
    exchange = exchange_program.trading(home)
    process = running.start(("trades.lua --product BTC-USD --base %s --key-file '%s' --broker coinbase --cash 20000 " ..
      "--profile dev --history 0 --set slippage_guard_bps=0 --alert-webhook %s/hook"):format(exchange.ready.rest,
      exchange.ready.key_file, hook.url), { home = home })
  end)
  after_each(function()
    process:finish()
    exchange:close()
    hook:close()
    program.remove(home)
  end)

  it("alerts by the key's name, opens nothing meanwhile, and recovers", function()
    await("fills", function() return #process:ask({ command = "fills" }).fills > 4 end)
    local began = os.time()
    revoke()
    await("the alert", function() return #heard "auth_failed" > 0 end)
    assert.is_true(os.time() - began <= 15)
    local alert, name = heard("auth_failed")[1], json.decode(program.read(exchange.ready.key_file)).name
    assert.equal("critical", alert.severity)
    assert.equal("venue", alert.source)
    assert.equal(("the venue does not let in the key …%s: Unauthorized: the key is not known there, was revoked, " ..
      "or may not be used from this address"):format(name:match "[^/]+$"), alert.message)
    local seq = events("--type venue_access")[1].seq
    await("a refusal by name", function()
      local decisions = events("--type decision --since " .. seq)
      local last = decisions[#decisions]
      return last and last.body.reason and last.body.reason.code == "auth_failed"
    end)
    fault("DELETE")
    await("the end of it", function() return #heard "auth_restored" > 0 end)
    local rows = events "--type venue_access"
    assert.equal(2, #rows)
    assert.is_true(rows[2].body.open)
    await("a fill", function() return #events("--type order_filled --since " .. rows[2].seq) > 0 end)
    assert.equal("normal", process:ask({ command = "status" }).trading)
    process:signal "TERM"
    local _, code, complaint = process:wait()
    assert.equal(0, code, complaint)
    assert.matches("CRITICAL auth_failed venue: the venue does not let in the key", complaint)
    assert.matches("entries are refused, exits and cancels are tried on", complaint)
    local sides, entries = {}, 0
    for _, row in ipairs(events "--type order_intent") do sides[row.client_order_id] = row.body.side end
    for _, row in ipairs(events "--type decision") do
      local is_meanwhile = row.seq > rows[1].seq and row.seq < rows[2].seq
      if is_meanwhile and sides[row.client_order_id] == "buy" then
        entries = entries + 1
        assert.is_false(row.body.accepted)
      end
    end
    assert.is_true(entries > 0)
    assert.equal(1, #heard "auth_failed")
  end)
end)
