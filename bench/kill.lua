-- SPDX-License-Identifier: MIT
-- How long it takes from a person's `kill` to its answer, when the entries are gone and the journal has it: of a
-- session that waits, of one that is busy, of one whose strategy loops for ever. bench/run --kill
local core = require "neap.run_c"
local json = require "neap.json"
local market = require "neap.base.market"

local root, home = ...
local SECOND = 1000000000

local function write(name, text)
  local file <close> = assert(io.open(home .. "/" .. name, "wb"))
  file:write(text)
end

local function write_bars()
  local lines = { "time,open,high,low,close,volume" }
  for i, b in ipairs(market { seed = 1, bars = 400000, start = 1735689600 * SECOND, price = 1000000 }) do
    lines[i + 1] = ("%d,%s,%s,%s,%s,%s"):format(b.time // SECOND, b.open, b.high, b.low, b.close, b.volume)
  end
  write("BTC-USD_1h.csv", table.concat(lines, "\n") .. "\n")
end

local STRATEGY = [[
return require "neap".strategy {
  name = "enters",
  on_bar = function(self, bar)
    if self.state.loops then while true do end end
    self.state.loops = %s
    if #self.orders == 0 then self:buy { quantity = "0.001", limit = bar.close * 0.5 } end
  end,
}
]]

local function start(name, strategy, speed)
  local pipe = assert(io.popen(("cd '%s' && NEAP_HOME='%s' exec '%s/neap' run %s.lua --data BTC-USD_1h.csv " ..
    "--session %s --speed %s --quiet 2>/dev/null"):format(home, home, root, strategy, name, speed)))
  pipe:read "l"
  local pid, directory = pipe:read "l":match "^ready   pid (%d+)   (.+)$"
  return { pipe = pipe, pid = pid, directory = directory }
end

local function ask(session, request)
  return assert(json.decode(assert(core.ask(session.directory, json.encode(request), 10 * SECOND))))
end

local function await_entry(session)
  repeat local status = ask(session, { command = "status" }) until tostring(status.open_orders) == "1"
end

local function stop(session)
  os.execute("kill -KILL " .. session.pid)
  session.pipe:close()
end

-- ns from the question to the answer; the entries are gone then.
local function kill(session)
  local before = core.now()
  local answer = ask(session, { command = "kill", why = "bench" })
  local taken = core.now() - before
  assert(answer.trading == "halted" and #ask(session, { command = "orders" }).orders == 0)
  return taken
end

local function show(what, times)
  table.sort(times)
  print(("kill, %-34s p50 %7.2f ms   p99 %7.2f ms   of %d"):format(what, times[(#times + 1) // 2] / 1e6,
    times[math.ceil(#times * 0.99)] / 1e6, #times))
end

local function many(what, speed, count)
  local session, times = start(what:gsub("%W", "_"), "enters", speed), {}
  for i = 1, count do
    await_entry(session)
    times[i] = kill(session)
    ask(session, { command = "resume", why = "bench" })
  end
  stop(session)
  show(what, times)
end

local function each(what, count)
  local times = {}
  for i = 1, count do
    local session = start("loops" .. i, "loops", 360000)
    await_entry(session)
    times[i] = kill(session)
    stop(session)
  end
  show(what, times)
end

write_bars()
write("enters.lua", STRATEGY:format "false")
write("loops.lua", STRATEGY:format "true")
many("session that waits for its next bar", 360000, 200)
many("session at 10,000 bars a second", 36000000, 200)
each("strategy that loops for ever", 10)
