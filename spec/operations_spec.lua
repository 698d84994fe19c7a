-- SPDX-License-Identifier: MIT
-- neap.operations, and the alerts of a session. (The ring, the thread and its end: spec/c/operations_cell_test.c.)
local program = require "spec.support.program"

local START = 1735689600 * 1000000000

describe("neap.operations", function()
  local operations = require "neap.operations"
  local neap = require "neap"
  local log

  before_each(function() log = os.tmpname() end)
  after_each(function() os.remove(log) end)

  local function channels(more)
    local one = { type = "log", path = log }
    for name, value in pairs(more or {}) do one[name] = value end
    return { one }
  end

  local function session(more)
    local options = { data = { ["BTC-USD"] = require "neap.base.market" { seed = 7, bars = 200, start = START,
      price = 6500000 } }, env = {}, alerts = { channels = channels() } }
    if not (more and more.strategies) then options.cash = 10000 end
    for name, value in pairs(more or {}) do options[name] = value end
    return assert(neap.session(options))
  end

  it("names slips, and what cannot go to another thread", function()
    assert.error_matches(function() operations.open { chanels = {} } end, "did you mean 'channels'")
    assert.error_matches(function() operations.open { channels = { { type = "function", send = print } } } end,
      "channels%[1%].send: a function cannot go to another thread")
    assert.error_matches(function() session { alerts = 1 } end, "alerts is true or a table, not number")
    local o, err = operations.open { channels = { { type = "smoke" } } }
    assert.is_nil(o)
    assert.matches("'smoke' is no channel", err.message)
  end)

  it("takes events by hand, closes again and again", function()
    local o <close> = assert(operations.open { channels = channels() })
    o:see { type = "strategy_quarantined", ts_ns = START, record = { strategy = "a", message = "boom" } }
    o:see { type = "order_filled", ts_ns = START }
    assert.error_matches(function() o:see { ts_ns = 1 } end, "an event has a type")
    assert.same({ seen = 1, dropped = 0, failed = 0 }, o:close())
    assert.same({ seen = 1, dropped = 0, failed = 0 }, o:close())
    assert.equal("operations: 1 events seen, 0 dropped", tostring(o))
    assert.equal("2025-01-01T00:00:00Z ERROR    strategy_quarantined a: boom\n", program.read(log))
  end)

  it("hears of a product that the venue shuts", function()
    local o <close> = assert(operations.open { channels = channels() })
    o:see { type = "product_trading", ts_ns = START, product = "BTC-USD", record = { cancel_only = true } }
    assert.equal(1, o:close().seen)
    assert.equal("2025-01-01T00:00:00Z WARNING  product_trading BTC-USD: the venue says: cancel only; entries that " ..
      "it would not take are refused\n", program.read(log))
  end)

  it("hears a session's kill, and not that it is lifted", function()
    local s = session()
    s:step(3)
    s:kill "feed looks wrong"
    s:step(1)
    s:resume "it was the clock"
    s:stop()
    local text = program.read(log)
    assert.matches("CRITICAL mode_changed session: halted: feed looks wrong, by operator", text)
    local _, lines = text:gsub("\n", "")
    assert.equal(1, lines)
  end)

  it("hears that a strategy was put aside, while its siblings go on", function()
    local path = program.write(os.tmpname(), [[local neap = require "neap"
      return neap.strategy { name = "falls", on_bar = function(self) error "boom" end }]])
    local s = session { strategies = { { strategy = path, cash = 100 } } }
    s:run()
    s:stop()
    os.remove(path)
    assert.matches("ERROR    strategy_quarantined falls: .*boom", program.read(log))
  end)

  it("is told of one that was put aside without the traceback, which the journal keeps", function()
    local path = program.write(os.tmpname(), [[local neap = require "neap"
      return neap.strategy { name = "falls", on_bar = function(self) self:buy {} end }]])
    local said = {}
    local s = session { strategies = { { strategy = path, cash = 100 } },
      on_log = function(level, line) said[#said + 1] = level .. line end }
    s:run()
    local events = s:events { type = "strategy_quarantined" }
    s:stop()
    os.remove(path)
    local all = table.concat(said, "\n")
    assert.matches("failed: buy: no size: [^\n?]*risk; put aside", all)
    assert.not_matches("traceback", all)
    assert.matches("traceback", events[1].body.message)
  end)

  it("hears it again when the session goes on with the same source", function()
    local path = program.write(os.tmpname(), [[local neap = require "neap"
      return neap.strategy { name = "falls", on_bar = function(self) error "boom" end }]])
    local store, said = os.tmpname() .. ".db", {}
    local function open(resume)
      return session { strategies = { { strategy = path, cash = 100 } }, store = store, resume = resume,
        on_log = function(level, line) said[#said + 1] = level .. line end }
    end
    do
      local s <close> = open(false)
      s:step(3)
    end
    said = {}
    do
      local again <close> = open(true)
      assert.equal("paper", again.mode)
    end
    os.remove(path)
    os.remove(store)
    assert.matches("warn falls #%d+: still put aside: boom; it is called again when its source has changed",
      table.concat(said, "\n"))
  end)

  it("changes nothing of what a session does", function()
    local with, without = session(), session { alerts = false }
    for _, s in ipairs { with, without } do
      s:step(5)
      s:buy { quantity = "0.01", stop_loss = 40000 }
      s:step(5)
      s:kill "enough"
    end
    assert.equal(without:state_hash(), with:state_hash())
    assert.equal(without:stop().event_hash, with:stop().event_hash)
  end)

  it("hears of a journal that cannot be written any more", function()
    local directory = program.directory()
    -- A limit on the size of files stands for a full disk.
    local script = program.write(directory .. "/s.lua", ([[
      local bars = require "neap.base.market" { seed = 7, bars = 3000, start = %d, price = 6500000 }
      local s = assert(require("neap").session { data = { ["BTC-USD"] = bars }, cash = 1000000, env = {},
        store = "%s/s.db", alerts = { channels = { { type = "log", path = "%s" } } } })
      for i = 1, 2000 do
        pcall(s.buy, s, { quantity = "0.001" })
        if not s:step(1) then break end
      end
      pcall(s.stop, s)
    ]]):format(START, directory, log))
    os.execute(("trap '' XFSZ; ulimit -f 4096; %s 2>/dev/null"):format((program.command("x"):gsub("%S+ x$", script))))
    program.remove(directory)
    assert.matches("ERROR    journal_in_doubt journal: the journal cannot be written", program.read(log))
  end)

  it("acknowledges, and answers", function()
    local s = session()
    s:kill "one"
    assert.is_true(s:ack("mode_changed", "ann"))
    assert.error_matches(function() s:ack "mode_chnged" end, "did you mean 'mode_changed'")
    s:stop()
    local answers = s.answers
    assert.equal(1, #answers)
    assert.equal(1, answers[1].acknowledged)
    assert.equal(1, s.alerts.seen - 2) -- beside the first and the last event
    assert.same({}, s.answers)
    assert.error_matches(function() session({ alerts = false }):ack "mode_changed" end, "has no alerts")
  end)
end)
