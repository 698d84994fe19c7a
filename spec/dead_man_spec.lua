-- SPDX-License-Identifier: MIT
-- What rests at the venue when nobody looks after it: the real program, its watcher, the real local exchange. Sessions
-- are killed, stopped dead, restarted; the exchange's own books say what became of their orders.
local coinbase = require "neap.coinbase"
local core = require "neap.run_c"
local files = require "neap.base.files"
local json = require "neap.json"
local process = require "tools.venue_sweep.process"
local program = require "spec.support.program"
local receiver = require "spec.support.receiver"

local SECOND = 1000000000
local is_alive = process.is_alive

-- Holds 0.01 with a target that rests at the venue and a stop that does not, and has two entries that nobody will fill.
local RESTS = [[
  return require "neap".strategy { name = "rests", feeds = { "book" }, warmup = 0,
    on_start = function(self) self:every("act", "100ms") end,
    on_timer = function(self)
      if self.state.done or not self.mid then return end
      local held = self:buy { quantity = "0.0100", stop_loss = self.mid * 0.8, take_profit = self.mid * 1.2,
        why = "held" }
      if held.status == "rejected" then return end -- the account is not looked at yet
      self.state.done = true
      self:buy { quantity = "0.0100", limit = self.mid * 0.9, why = "rests" }
      self:buy { quantity = "0.0100", limit = self.mid * 0.85, why = "rests" }
    end }]]

describe("the dead man's switch", function()
  local home, exchange, ready, run, hook, client

  -- Until `found` gives something; nil after `seconds`.
  local function await(found, seconds)
    local deadline = core.now() + seconds * SECOND
    repeat
      local value = found()
      if value then return value end
      process.sleep(0.05)
    until core.now() > deadline
  end

  local function start_exchange(port)
    local words = "exchange --plain --listen 127.0.0.1:%s --state '%s/state' --market BTC-USD=generated " ..
      "--funds USD=100000,BTC=0 --no-rate-limits"
    exchange = process.start(words:format(port or "0", home), home .. "/exchange")
    ready = json.decode((assert(exchange:wait_for("}", 60))))
    client = assert(coinbase.open { base = ready.rest, key_file = ready.key_file, tries = 1 })
  end

  before_each(function()
    home = program.directory()
    program.write(home .. "/rests.lua", RESTS)
    hook = receiver.start "200"
    start_exchange()
  end)

  local directory
  local function watcher_pid() return (files.read(directory .. "/watch-lock", 24) or ""):match "%d+" end

  after_each(function()
    for _, one in ipairs { run or false, exchange } do
      if one then one:signal "CONT" one:signal "KILL" one:wait(10) end
    end
    local pid = directory and watcher_pid()
    if is_alive(pid) then os.execute("kill -KILL " .. pid) end
    run, directory = nil, nil
    client:close()
    hook:close()
    program.remove(home)
  end)

  local function words(more)
    local form = "--sessions '%s' --base %s --key-file '%s' %s"
    return form:format(home, ready.rest, ready.key_file, more)
  end

  local function launch(more)
    directory = home .. "/one"
    local all = ("run '%s/rests.lua' --product BTC-USD --broker coinbase --session one --history 0 --cash 20000 " ..
      "--profile dev --grace 1s --set slippage_guard_bps=0 "):format(home) .. words(more)
    run = process.start(("%s --alert-webhook %s/s3cret"):format(all, hook.url), home .. "/life")
    assert(run:wait_for("ready", 60))
  end

  -- { ["BUY OPEN"] = 2, … }; what filled at once is left out. nil: the venue does not say.
  local function books()
    local found = {}
    for row in client:each "orders" {} do
      if not row then return nil end
      local key = ("%s %s"):format(row.side, row.status)
      if row.order_type ~= "MARKET" then found[key] = (found[key] or 0) + 1 end
    end
    return found
  end

  local function become(entries)
    local wanted = { ["BUY " .. entries] = 2, ["SELL OPEN"] = 1 }
    local last
    await(function()
      last = books()
      return last and last["BUY " .. entries] == 2 and last["SELL OPEN"] == 1
    end, 25)
    assert.same(wanted, last)
  end

  local function start(more)
    launch(more)
    become "OPEN"
    return await(watcher_pid, 10)
  end

  local function log() return files.read(directory .. "/run.log", 1 << 20) or "" end

  local function told(pattern)
    return await(function()
      for _, one in ipairs(hook:heard()) do
        if one.body.message:find(pattern) then return one.body end
      end
    end, 15)
  end

  local function ends(pid) assert.is_true(await(function() return not is_alive(pid) end, 15)) end

  it("tells, and tells again, when the journal of a session that died cannot be read", function()
    start "--dead-man 1s"
    local path = directory .. "/events.db"
    run:signal "STOP"
    for _, ending in ipairs { "-wal", "-shm" } do os.remove(path .. ending) end
    program.write(path, "no journal any more")
    run:signal "KILL"
    assert(told "its entries may still work: its journal cannot be read: .*tried again without end")
    assert(told "its journal cannot be read: .*cancel them at the venue")
    become "OPEN"
  end)

  it("takes entries back when the session was killed with -9, leaves exits, tells, and goes", function()
    local pid = start "--dead-man 1s"
    assert.is_nil(files.read(("/proc/%s/cmdline"):format(pid), 1 << 16):find("s3cret", 1, true))
    run:signal "KILL"
    become "CANCELLED"
    local alert = assert(told "session one has died")
    assert.equal("dead_man", alert.code)
    assert.equal("critical", alert.severity)
    assert.equal("exchange", alert.mode)
    assert.matches("2 entries are cancelled; 1 exit stays at the venue; 1 stop was watched by the session alone",
      alert.message)
    ends(pid)
    assert.is_nil(watcher_pid())
    assert.is_nil(log():find("s3cret", 1, true))
    assert.truthy(log():find(alert.message, 1, true))
    launch "--dead-man off"
    assert.is_true(await(function()
      local orders = program.run("orders one --sessions " .. home)
      return not orders:find "rests" and orders:find "take_profit" ~= nil
    end, 15))
  end)

  it("leaves all as it is when the session is back in time", function()
    local pid = start "--dead-man 3s"
    run:signal "KILL"
    assert.is_true(run:wait(10))
    local died = core.now()
    process.sleep(1) -- several questions go unanswered
    launch "--dead-man 3s"
    await(function() return core.now() - died > 9 * SECOND // 2 end, 10)
    become "OPEN"
    assert.equal(pid, watcher_pid())
    assert.same({}, hook:heard())
    run:signal "TERM"
    assert.is_true(run:wait(20))
    ends(pid)
  end)

  it("takes entries back from a session that hangs, which finds that when it goes on", function()
    local pid = start "--dead-man 1s"
    run:signal "STOP"
    become "CANCELLED"
    assert(told "session one hangs: its process is there and does not answer")
    assert.is_true(is_alive(pid))
    run:signal "CONT"
    assert.is_true(await(function()
      local answer = core.ask(directory, '{"command":"orders"}', SECOND)
      return answer and #json.decode(answer).orders == 2
    end, 15))
    assert.is_true(await(function() return log():find "the session answers again" ~= nil end, 10))
    run:signal "TERM"
    assert.is_true(run:wait(20))
    ends(pid)
  end)

  it("ends with a session that stops in order, and touches nothing that was to stay", function()
    local pid = start "--dead-man 1s --on-stop keep"
    assert.matches('"dead_man":"1s"', core.ask(directory, '{"command":"status"}', SECOND))
    run:signal "TERM"
    assert.is_true(run:wait(20))
    assert.is_false(is_alive(pid))
    become "OPEN"
    assert.same({}, hook:heard())
  end)

  it("hears a session that stops for a while, and lets it do its work", function()
    local pid = start "--dead-man 1s"
    exchange:signal "STOP"
    run:signal "TERM"
    local answer
    local function ask(what)
      answer = json.decode(core.ask(directory, ('{"command":"%s"}'):format(what), SECOND) or "{}")
      return answer
    end
    assert.is_true(await(function() return ask "beat".state == "stopping" end, 10))
    assert.equal("stopping", ask "status".state)
    process.sleep(1.5)
    exchange:signal "CONT"
    assert.is_true(run:wait(20))
    ends(pid)
    become "CANCELLED"
    assert.same({}, hook:heard())
  end)

  it("goes on trying while the venue is away, and takes entries back once it is there", function()
    local pid = start "--dead-man 1s"
    local port = ready.rest:match ":(%d+)$"
    exchange:signal "KILL"
    run:signal "KILL"
    assert(told "its entries may still work: .*tried again without end")
    assert.is_true(is_alive(pid))
    exchange:wait(10)
    client:close()
    start_exchange(port)
    become "CANCELLED"
    assert(told "2 entries are cancelled")
    ends(pid)
  end)

  it("is missed when it is killed: the session says so and starts another", function()
    local pid = start "--dead-man 1s"
    os.execute("kill -KILL " .. pid)
    local other = await(function()
      local now = watcher_pid()
      return now ~= pid and now
    end, 8)
    assert.is_true(is_alive(other))
    assert.equal("watcher_lost", assert(told "was ended by signal 9; another one is started").code)
    run:signal "KILL"
    become "CANCELLED"
    ends(other)
  end)

  it("takes entries back before all else when the venue was out of reach for too long", function()
    local pid = start "--dead-man 2s"
    exchange:signal "STOP"
    local alert = assert(told "nothing was heard of the venue.* for %d s; entries that were told to go: 2")
    assert.equal("link", alert.source)
    exchange:signal "CONT"
    become "CANCELLED"
    assert(told "the venue is heard again, after %d+ s")
    run:signal "TERM"
    assert.is_true(run:wait(20))
    ends(pid)
    local events = program.run("events one --type dead_man --sessions " .. home)
    assert.matches('"source":"link","reason":"nothing was heard', events)
  end)

  it("is a verb of its own, too, for a session without one", function()
    launch "--dead-man off"
    become "OPEN"
    assert.is_nil(watcher_pid())
    local function watch(more)
      local one = process.start("watch one --json --after 1s " .. words(more or ""), home .. "/watch")
      assert.is_truthy(await(function() return select(2, one:said()):find "watching one" end, 15))
      return one
    end
    local one = watch()
    local _, complaint, code = program.run("watch one " .. words "")
    assert.equal(5, code)
    assert.matches("it is watched already, by process " .. one.pid, complaint)
    one:signal "TERM"
    assert.is_true(one:wait(10))
    one = watch()
    run:signal "KILL"
    assert.is_true(one:wait(20))
    assert.same({ schema = "neap.watch/1", session = "one", reason = "its entries are taken back", cancelled = 2,
      exits = 1 }, json.decode((one:said())))
    become "CANCELLED"
  end)
end)
