-- SPDX-License-Identifier: MIT
-- What-ifs: the market of a recorded session, played to a session on paper. Sessions at a local exchange are recorded
-- by the real program.
local event_store = require "neap.event_store"
local exchange_program = require "spec.support.exchange_program"
local files = require "neap.base.files"
local json = require "neap.json"
local process = require "tools.venue_sweep.process"
local program = require "spec.support.program"
local replay = require "neap.replay"

local TRADER, STUBBORN = "tools/venue_sweep/trader.lua", "tools/replay_sweep/stubborn.lua"

describe("a what-if", function()
  local home, exchange

  local function open_exchange(more)
    exchange = exchange_program.trading(home, more)
  end

  before_each(function()
    home = program.directory()
    program.write(home .. "/risk.json", json.encode { enable_dynamic_position_sizing = false,
      position_sizing_method = "fixed", slippage_guard_bps = 0, daily_loss_limit = 100000 })
  end)

  after_each(function()
    if exchange then exchange:close() end
    exchange = nil
    program.remove(home)
  end)

  local function start(strategy, broker)
    local words = "--no-alerts --history 20 --cash 20000 --profile dev --grace 2s --on-stop flatten --broker " .. broker
    return exchange:run(strategy, words, { env = ("RISK_CONFIG_PATH='%s/risk.json'"):format(home) })
  end

  local function each(path, filter, visit)
    local rows <close> = assert(event_store.events(path, filter))
    for row in rows do
      if visit(row) then return row end
    end
  end

  local function count(path, kind)
    local sum = 0
    each(path, { type = kind }, function() sum = sum + 1 end)
    return sum
  end

  local function stored() return home .. "/one/events.db" end

  -- Until it has so many events of a kind.
  local function wait_for_events(kind, least)
    for _ = 1, 600 do
      if files.mode(stored()) and count(stored(), kind) >= least then return end
      process.sleep(0.2)
    end
    error(("no %d events of %s came"):format(least, kind))
  end

  local function stop(running, signal)
    running:signal(signal or "TERM")
    assert.is_true(running:wait(120))
  end

  -- Lives of one session: all but the last are killed.
  local function record(broker, lives, strategy)
    for i = 1, lives or 1 do
      local running = start(strategy or TRADER, broker)
      wait_for_events("order_filled", 8 * i)
      stop(running, i < (lives or 1) and "KILL" or "TERM")
    end
  end

  local function simulate(options)
    options.directory = home .. "/one"
    options.store = options.store or ("%s/what%d"):format(home, math.random(1 << 40))
    local found, err = replay.simulate(options)
    assert.is_truthy(found, tostring(err))
    return found, found.store .. "/events.db"
  end

  local function head(path) return assert(event_store.verify(path)).head end

  local function first(path, kind) return each(path, { type = kind, limit = 1 }, function() return true end) end

  it("of nothing is the session itself, on paper, killed and resumed", function()
    open_exchange "--fault frame_lost:p=0.02 --fault server_error:p=0.1 --fault socket_reset:p=0.005"
    record("paper", 3)
    local found, path = simulate {}
    assert.are.equal(3, found.lives)
    assert.are.equal(assert(event_store.verify(stored())).events, found.events)
    assert.are.equal(head(stored()), head(path))
  end)

  it("of nothing stops a script where its time limit stopped it", function()
    open_exchange()
    local running = start(STUBBORN, "paper")
    wait_for_events("strategy_quarantined", 1)
    stop(running)
    local _, path = simulate {}
    assert.are.equal(head(stored()), head(path))
    -- with another parameter its calls are others, and none is stopped where another one was
    _, path = simulate { set = { patience = "1000" } }
    assert.are.equal(0, count(path, "strategy_quarantined"))
    assert.is_true(count(path, "timer_fired") > 12)
  end)

  it("of a session in earnest trades its market on paper, with its money and its fees", function()
    open_exchange "--fault frame_lost:p=0.02 --fault socket_reset:p=0.005 --fault server_error:p=0.1"
    record("coinbase", 2)
    local found, path = simulate {}
    assert.are.equal(2, found.lives)
    local real, paper = first(stored(), "session_started").body, first(path, "session_started").body
    assert.are.equal("exchange", real.mode)
    assert.are.equal("paper", paper.mode)
    for _, field in ipairs { "cash", "maker_bps", "taker_bps", "params", "configuration", "strategies", "products" } do
      assert.are.same(real[field], paper[field])
    end
    -- the same market at the same moments: the first decision, before a fill parts them, is the same to the byte
    local a, b = first(stored(), "decision"), first(path, "decision")
    assert.are.same({ a.ts_ns, a.client_order_id, a.body }, { b.ts_ns, b.client_order_id, b.body })
    assert.is_true(count(path, "order_filled") >= 8)
    assert.are.equal(0, count(path, "account_baseline"))
    assert.are.equal(1, count(path, "session_resumed"))
    assert.is_truthy(found.marks["BTC-USD"])
    assert.are.equal("session_stopped", each(path, { newest_first = true, limit = 1 }, function() return true end).type)
  end)

  it("has another strategy, parameter, limit or engine", function()
    open_exchange()
    record("coinbase")
    local _, path = simulate { strategy = "strategies/ma_cross.lua" }
    assert.are.equal("ma_cross", first(path, "session_started").body.strategies[1].name)
    assert.are.equal(0, count(path, "timer_fired"))
    _, path = simulate { set = { pause = "1s" } }
    assert.are.equal("1s", first(path, "session_started").body.params.pause)
    assert.is_true(count(path, "timer_fired") * 5 < count(stored(), "timer_fired"))
    _, path = simulate { engine = "advanced" }
    assert.are.equal("advanced", first(path, "decision").body.engine)
    _, path = simulate { set = { max_trade_value = "1" } }
    assert.are.equal(0, count(path, "order_filled"))
    assert.is_truthy(json.encode(first(path, "session_started").body.configuration):find "what%-if")
  end)

  it("has a venue that is farther away, and another queue there", function()
    open_exchange()
    record "paper"
    local _, path = simulate { latency = "20,30", queue = "probabilistic" }
    local began = first(path, "session_started").body
    assert.are.same({ "order 20000000, answer 30000000", "probabilistic" }, { began.latency, began.queue })
    assert.are.equal("risk_averse", first(stored(), "session_started").body.queue)
    local sent = first(path, "order_submitted")
    local accepted = each(path, { type = "order_accepted", order = sent.client_order_id }, function() return true end)
    assert.are.equal(50000000, accepted.ts_ns - sent.ts_ns)
  end)

  it("reads a strategy that it is given, as it is now", function()
    open_exchange()
    local mine = home .. "/mine.lua"
    program.write(mine, program.read(TRADER))
    record("paper", 1, mine)
    program.write(mine, (program.read(TRADER):gsub('why = "market"', 'why = "edited"')))
    local _, path = simulate {}
    assert.are.equal(head(stored()), head(path))
    local said = {}
    _, path = simulate { strategy = mine }
    each(path, { type = "order_intent" }, function(row) said[row.body.why] = true end)
    assert.is_true(said.edited and not said.market)
  end)

  it("goes up to a moment, and keeps nothing where it is not asked to", function()
    open_exchange()
    record "paper"
    local all, place = simulate {}, nil
    local half = each(stored(), { since = all.events // 2, limit = 1 }, function() return true end)
    local at = half.ts_ns
    local part = assert(replay.simulate({ directory = home .. "/one", until_ns = at }, function(path, result)
      place = path
      assert.are.equal(result.events, assert(event_store.verify(path)).events)
    end))
    assert.is_true(part.events < all.events and part.events > 10)
    assert.are.equal(at, part.stopped_at)
    assert.is_nil(part.store)
    assert.is_nil(files.mode(place))
  end)

  it("refuses what cannot be, with the nearest thing that can", function()
    open_exchange()
    record "paper"
    local function refusal(options)
      options.directory = options.directory or home .. "/one"
      local found, err = replay.simulate(options)
      assert.is_nil(found)
      return err
    end
    local err = refusal { set = { paus = "1s" } }
    assert.are.same({ "unknown_parameter", "pause" }, { err.code, err.nearest })
    err = refusal { engine = "advancd" }
    assert.are.same({ "not_a_choice", "advanced" }, { err.code, err.nearest })
    err = refusal { set = { max_leverag = "3" } }
    assert.are.same({ "unknown_parameter", "max_leverage" }, { err.code, err.nearest })
    assert.are.equal("wrong_type", refusal({ set = { max_leverage = "x" } }).code)
    program.write(home .. "/bad.lua", "return 1 +")
    assert.are.equal("does_not_compile", refusal({ strategy = home .. "/bad.lua" }).code)
    assert.are.equal("not_found", refusal({ strategy = home .. "/none.lua" }).code)
    assert.are.equal("not_recorded", refusal({ directory = home }).code)
    local tmpname = os.tmpname
    rawset(os, "tmpname", function() error "unable to generate a unique filename" end)
    local ok, found = pcall(refusal, {})
    rawset(os, "tmpname", tmpname)
    assert.is_true(ok, tostring(found))
    assert.are.equal("cannot_create", found.code)
    simulate { store = home .. "/kept" }
    assert.are.equal("store_exists", refusal({ store = home .. "/kept" }).code)
    assert.has_error(function() replay.simulate { directory = home, stratgy = "x" } end,
      "simulate: unknown option 'stratgy'; did you mean 'strategy'?")
  end)

  it("is not made of the part of a recording that can be read", function()
    open_exchange()
    record("paper", 2)
    local path = home .. "/one/inputs/0001.seg"
    program.write(path, "X" .. program.read(path):sub(2)) -- no life of it can be seen any more
    local found, err = replay.simulate { directory = home .. "/one", set = { pause = "1s" } }
    assert.is_nil(found)
    assert.are.equal("damaged", err.code)
    assert.is_truthy(tostring(err):find("0001.seg", 1, true), tostring(err))
  end)
end)
