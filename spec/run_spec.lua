-- SPDX-License-Identifier: MIT
-- neap run: what it takes, what it prints, one cycle, and a whole session at full speed.
local bars = require "spec.support.bars"
local core = require "neap.run_c"
local json = require "neap.json"
local neap = require "neap"
local program = require "spec.support.program"
local run = require "neap.run"
local running = require "spec.support.running"

local BUYS = [[
return require "neap".strategy {
  name = "buys",
  on_start = function(self, resumed)
    self.fast = self:sma(5)
    self:info(resumed and "again" or "first")
  end,
  on_bar = function(self, bar)
    self:info("saw " .. tostring(self.fast.value > 0))
    if self.flat then self:buy { fraction = "0.1", stop_loss = bar.close * 0.9, why = "flat" }
    elseif bar.close > self.fast.value then self:close { why = "over" } end
  end,
}
]]

describe("neap run", function()
  local home, walk

  local function verb(words) return running.verb(words, { home = home }) end

  setup(function()
    home, walk = program.directory(), bars.walk(200)
    program.write(home .. "/buys.lua", BUYS)
    program.write(home .. "/BTC-USD_1h.csv", bars.csv(walk))
  end)
  teardown(function() program.remove(home) end)

  it("adds no global", function()
    local before = {}
    for name in pairs(_G) do before[name] = true end
    run.open { session = { strategy = home .. "/none.lua", data = { ["BTC-USD"] = walk } } }
    for name in pairs(_G) do assert.is_true(before[name], name) end
  end)

  it("takes a closed set of options", function()
    local data = { ["BTC-USD"] = walk }
    for pattern, options in pairs {
      ["unknown option 'sped'; did you mean 'speed'"] = { session = { data = data }, sped = 5 },
      ["session is a table"] = { speed = 5 },
      ["'panic' is not one of keep, cancel, flatten"] = { session = { data = data }, on_stop = "panic" },
    } do
      local ok, message = pcall(function() run.open(options) end)
      assert.is_false(ok)
      assert.matches(pattern, message)
      assert.matches("spec/run_spec%.lua:%d+: run: ", message)
    end
    assert.is_false((pcall(run.open)))
  end)

  it("goes once", function()
    local self = assert(run.open { session = { data = { ["BTC-USD"] = walk }, env = {} } })
    assert.equal("end of the data", assert(self:go()).reason)
    assert.error_matches(function() self:go() end, "goes once")
  end)

  it("knows its words, and says which is wrong", function()
    for words, pattern in pairs {
      ["buys.lua --data BTC-USD_1h.csv --sped 5"] = "unknown flag '%-%-sped'; did you mean %-%-speed",
      ["buys.lua --data BTC-USD_1h.csv --broker coinbase"] = "the market of %-%-broker coinbase is the venue's",
      ["buys.lua --broker coinbase"] = "%-%-product is missing",
      ["buys.lua --data BTC-USD_1h.csv --broker binance"] = "'binance' is not one of paper, coinbase",
      ["buys.lua --data BTC-USD_1h.csv --on-stop panic"] = "'panic' is not one of keep, cancel, flatten",
      ["buys.lua --data BTC-USD_1h.csv --session a/b"] = "'a/b' is no name of a session",
      ["buys.lua --data BTC-USD_1h.csv --session .."] = "is no name of a session",
      ["buys.lua"] = "%-%-data is missing",
      ["--data BTC-USD_1h.csv"] = "STRATEGY is missing",
      ["--session never"] = "there is no session",
      ["buys.lua --data BTC-USD_1h.csv --armed"] = "%-%-armed goes with %-%-broker coinbase",
    } do
      local _, complaint, code = verb("run " .. words)
      assert.equal(2, code, words)
      assert.matches(pattern, complaint)
    end
    assert.is_nil((program.run("status", { env = "NEAP_HOME=" .. home })):match "running")
  end)

  it("H19.53 refuses an amount that is no number with code 2, before anything is made", function()
    for _, words in ipairs { "--cash abc", "--fee-bps x", "--slippage-bps 1e" } do
      local _, complaint, code = verb("run buys.lua --session h53 --data BTC-USD_1h.csv " .. words)
      assert.equal(2, code, complaint)
    end
    assert.is_nil((require "lfs".attributes(home .. "/sessions/h53/events.db")))
  end)

  it("H19.56 refuses a speed of nothing, none and too much with a message", function()
    for _, speed in ipairs { "-1", "abc", "1e99", "''", "0.0000001", "nan" } do
      local _, complaint, code = verb("run buys.lua --data BTC-USD_1h.csv --speed " .. speed)
      assert.equal(2, code, speed)
      assert.matches("speed", complaint)
    end
    local opened, err = run.open { session = { strategy = home .. "/buys.lua", data = { ["BTC-USD"] = walk } },
      speed = -2 }
    assert.is_nil(opened)
    assert.equal("out_of_range", err.code)
  end)

  it("H19.55 --dry-run ends with 0 after one cycle, and no order reaches the broker", function()
    local text, complaint, code = verb "run buys.lua --data BTC-USD_1h.csv --from 2025-01-02 --dry-run"
    assert.equal(0, code, complaint)
    assert.matches("^session %(dry run%): mode paper, engine ", text)
    assert.matches("dry run: one cycle, 1 order decided, none sent", text)
    assert.matches("BTC%-USD  buy   market +0.1 +dry_run  flat", text)
    assert.is_nil((require "lfs".attributes(home .. "/sessions/buys")))
    local document = json.decode((verb "run buys.lua --data BTC-USD_1h.csv --from 2025-01-02 --dry-run --json"))
    assert.equal("neap.run/1", document.schema)
    assert.equal("dry_run", document.orders[1].refused)
  end)

  it("a dry run goes on from no session: it would refuse the exits of what that holds", function()
    local options = { data = { ["BTC-USD"] = bars.walk(5) }, env = {},
      store = home .. "/earnest.db" }
    assert(neap.session(options)):stop()
    collectgarbage()
    collectgarbage()
    options.resume, options.dry_run = true, true
    local s, err = neap.session(options)
    assert.is_nil(s)
    assert.equal("dry_run", err.code)
  end)

  it("a dry run refuses exits as well, after every other check", function()
    local path = program.write(home .. "/sells.lua", [[return require "neap".strategy { name = "sells",
      on_bar = function(self) self:buy { quantity = "0.001" } self:sell { quantity = "0.001" } end }]])
    local s = assert(neap.session { strategy = path, data = { ["BTC-USD"] = walk }, dry_run = true, env = {} })
    s:step(3)
    local decisions = s:events { type = "decision" }
    assert.equal(6, #decisions)
    for _, row in ipairs(decisions) do assert.is_false(row.body.accepted) end
    local checks = decisions[1].body.checks
    assert.equal("dry_run", checks[#checks].name)
    assert.is_true(#checks > 3)
    assert.equal(0, #s:events { type = "order_submitted" })
    s:stop()
  end)

  it("--once runs one cycle, keeps its orders, and the next goes on from there", function()
    local first = verb("run buys.lua --data BTC-USD_1h.csv --session once --from 2025-01-02 --fees tiers " ..
      "--fee-tier 2 --once")
    assert.matches("stopped: one cycle   1 bars", first)
    assert.matches("fills 0", first)
    local second = verb "run --session once --once"
    assert.matches("profile dev, as fast as it goes, resumed\n", second)
    assert.matches("fills 1\n", second)
    assert.matches("buy   BTC%-USD", (verb "fills once"))
  end)

  it("at full speed does what a session does that is stepped", function()
    local text, _, code = verb "run buys.lua --data BTC-USD_1h.csv --session whole --speed max --on-stop keep"
    assert.equal(0, code)
    assert.matches("^session whole: mode paper, engine %a+ %(.-%), profile dev, as fast as it goes\nready ",
      text)
    assert.matches("stopped: end of the data   200 bars", text)
    local s = assert(neap.session { strategy = home .. "/buys.lua", data = home .. "/BTC-USD_1h.csv", profile = "dev",
      env = {} })
    s:run()
    local fills, stored = s.fills, json.decode((verb "fills whole --json")).fills
    assert.is_true(#fills > 10)
    assert.equal(#fills, #stored)
    for i, fill in ipairs(fills) do
      assert.equal(tostring(fill.price), stored[i].price)
      assert.equal(tostring(fill.quantity), stored[i].quantity)
    end
    assert.matches("equity " .. tostring(s.equity):gsub("%.", "%%."), text)
    assert.equal(0, select(3, verb "verify whole"))
  end)

  it("does the same at a pace, timers and longer bars included", function()
    program.write(home .. "/beats.lua", [[return require "neap".strategy {
      name = "beats", timeframes = { "4h" },
      on_start = function(self) self:every("beat", "7m") self:daily("noon", { at = "12:00" }) end,
      on_timer = function(self, t)
        if t.name == "noon" then self:info("noon") elseif self.long then self:close { why = "beat" } end
      end,
      on_bar = function(self, bar)
        self:info(tostring(bar.close_time - bar.time))
        if self.flat then self:buy { fraction = "0.1" } end
      end,
    }]])
    local told = {}
    for name, speed in pairs { paced = "36000000", stepped = "max" } do -- 200 hours in 20 ms
      local text, complaint = verb(("run beats.lua --data BTC-USD_1h.csv --session %s --speed %s"):format(name, speed))
      assert.matches("200 bars", text, complaint)
      local list = {}
      for _, row in ipairs(json.decode((verb("events --json " .. name))).events) do
        local is_own = row.type == "session_started" or row.type == "session_stopped" or row.type == "state_snapshot"
        local what = row.body.text or row.body.price
        if not is_own then list[#list + 1] = ("%s %s %s"):format(row.time, row.type, what) end
      end
      told[name] = list
    end
    assert.is_true(#told.paced > 1000)
    assert.same(told.stepped, told.paced)
  end)

  it("ends in the same state however often its clock was moved between two bars", function()
    math.randomseed(5)
    local inside = require("neap.session").inside
    local function finish(ticks)
      local s <close> = assert(neap.session { strategy = home .. "/beats.lua", data = { ["BTC-USD"] = walk },
        env = {} })
      local object = inside(s).object
      local before = s.now
      for moment in function() return object:next() end do
        for _ = 1, math.random(0, ticks) do
          before = math.random(before, moment)
          if before < moment then assert(object:tick(before)) end
        end
        assert(object:release_until(moment, 0))
        before = moment
      end
      return s:state_hash()
    end
    local hash = finish(0)
    for _ = 1, 10 do assert.equal(hash, finish(4)) end
  end)

  it("warms up on the bars before --from, which nobody trades", function()
    local text, complaint = verb "run buys.lua --data BTC-USD_1h.csv --session warm --once --from 2025-01-03"
    assert.matches("1 bars", text)
    assert.matches("2025%-01%-03T00:00:00Z info buys.-first", complaint)
    assert.matches("2025%-01%-03T01:00:00Z info buys.-saw true", complaint) -- the average is ready at the first bar
    local _, cold = verb "run buys.lua --data BTC-USD_1h.csv --session cold --once"
    assert.is_nil(cold:match "saw")
    assert.equal("2025-01-03T00:00:00Z", json.decode((verb "events warm --json")).events[1].time)
  end)

  it("says that no bar lies where it should begin", function()
    local _, complaint, code = verb "run buys.lua --data BTC-USD_1h.csv --session late --from 2031-01-01"
    assert.is_true(code ~= 0)
    assert.matches("no bar", complaint)
  end)

  it("keeps a session directory for its owner, and how it was started", function()
    local directory = home .. "/sessions/whole"
    assert.equal("rwx------", require("lfs").attributes(directory, "permissions"))
    local config = json.decode(program.read(directory .. "/config.json"))
    assert.equal("neap.session_config/1", config.schema)
    assert.equal(home .. "/buys.lua", config.options.strategy)
    assert.matches("info buys", program.read(directory .. "/run.log"))
    assert.is_false(core.is_served(directory))
    assert.is_nil((require("lfs").attributes(directory .. "/control.sock")))
  end)

  it("leaves no directory of a session that could not begin, and what was there before", function()
    local lfs = require "lfs"
    program.write(home .. "/torn.lua", "return neap.strategy {")
    local words = "torn.lua --data BTC-USD_1h.csv --speed max"
    local _, _, code = verb("run " .. words)
    assert.equal(1, code)
    assert.is_nil(lfs.attributes(home .. "/sessions/torn"))
    assert(lfs.mkdir(home .. "/sessions/mine"))
    _, _, code = verb("run " .. words .. " --session mine")
    assert.equal(1, code)
    assert.equal("directory", lfs.attributes(home .. "/sessions/mine", "mode"))
  end)

  it("stops in order where it cannot keep how it was started, says so, and goes on from there later", function()
    local lfs = require "lfs"
    local directory = home .. "/sessions/unkept"
    verb "run buys.lua --data BTC-USD_1h.csv --session unkept --from 2025-01-02 --once"
    assert(lfs.mkdir(directory .. "/config.json.new"))
    local text, complaint, code = verb "run --session unkept --speed 1"
    assert.equal(1, code, complaint)
    assert.is_nil(text:find "ready")
    assert.matches("how the session was started cannot be kept: .*config.json.new", complaint)
    assert.matches("; it was stopped and kept its orders", complaint)
    assert.is_nil(lfs.attributes(directory .. "/control.sock"))
    local status = json.decode((verb "status unkept --json"), { numbers = "float" })
    assert.equal("stopped", status.state)
    assert.matches("cannot be kept", status.ended_because)
    assert(lfs.rmdir(directory .. "/config.json.new"))
    assert.matches("resumed.*fills 1\n", (verb "run --session unkept --once"))
  end)

  it("refuses another strategy under a name that is taken", function()
    program.write(home .. "/other.lua", (BUYS:gsub('"buys"', '"other"')))
    local _, complaint, code = verb "run other.lua --data BTC-USD_1h.csv --session whole"
    assert.equal(1, code)
    assert.matches("the store's strategy is 'buys', that of this session 'other'", complaint)
  end)

  it("outside the trading hours refuses entries and lets exits go", function()
    local path = program.write(home .. "/hours.lua", [[return require "neap".strategy { name = "hours",
      on_bar = function(self) if self.flat then self:buy { quantity = "0.01" } else self:close {} end end }]])
    local s = assert(neap.session { strategy = path, data = { ["BTC-USD"] = walk }, env = {
      RISK_TRADING_START_UTC = "02:00", RISK_TRADING_END_UTC = "02:30" } })
    s:step(1)
    assert.equal("session_window", s:events({ type = "decision" })[1].body.reason.code)
    s:step(8) -- 02:00 buys; 03:00 closes, outside; from 04:00 on refused
    local accepted = {}
    for i, row in ipairs(s:events { type = "decision" }) do accepted[i] = row.body.accepted end
    assert.same({ false, true, true, false, false, false, false, false, false }, accepted)
    s:stop()
  end)
end)
