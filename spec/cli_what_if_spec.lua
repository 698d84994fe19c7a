-- SPDX-License-Identifier: MIT
-- neap replay --with, --set, --engine: sessions at a local exchange are recorded by the real program, on paper and in
-- earnest, and what-ifs of them are printed beside what was recorded.
local clock = require "neap.clock"
local decimal = require "neap.decimal"
local event_store = require "neap.event_store"
local exchange_program = require "spec.support.exchange_program"
local files = require "neap.base.files"
local json = require "neap.json"
local process = require "tools.venue_sweep.process"
local program = require "spec.support.program"

local TRADER = "tools/venue_sweep/trader.lua"
local FIGURES = { "orders", "refused", "fills", "realized", "fees", "funding", "unrealized", "net" }

describe("neap replay, what if", function()
  local home, exchange

  local function first(path, filter)
    filter.limit = 1
    local rows <close> = assert(event_store.events(path, filter))
    return rows:next()
  end

  local function count(path, kind)
    local sum = 0
    for _ in assert(event_store.events(path, { type = kind })) do sum = sum + 1 end
    return sum
  end

  local function stored(name) return ("%s/%s/events.db"):format(home, name) end

  local function has_cancelled(path)
    for row in assert(event_store.events(path, { type = "order_cancel_requested" })) do
      if row.body.why:find "^cancel" then return true end
    end
    return false
  end

  -- Between its first fill and its last one: on a slow machine many may come at once.
  local function has_traded(path)
    local from = first(path, { type = "order_filled" })
    local till = from and first(path, { type = "order_filled", newest_first = true })
    return till and till.ts_ns - from.ts_ns > 1000000000 and count(path, "order_filled") >= 8
  end

  local function wait_until_traded(path)
    for _ = 1, 600 do
      if files.mode(path) and has_traded(path) and has_cancelled(path) then return end
      process.sleep(0.2)
    end
    error "it did not trade"
  end

  local function record(broker, name)
    name = name or broker
    local running = process.start(("run %s --product BTC-USD --session %s --sessions '%s' --base %s --key-file '%s' " ..
      "--no-alerts --history 0 --cash 20000 --profile dev --grace 2s --on-stop flatten --broker %s"):format(TRADER,
      name, home, exchange.ready.rest, exchange.ready.key_file, broker), home .. "/life",
      ("RISK_CONFIG_PATH='%s/risk.json'"):format(home))
    running:wait_for("ready", 120)
    local ok, err = pcall(wait_until_traded, stored(name))
    running:signal "TERM"
    assert.is_true(running:wait(120))
    assert.is_true(ok, tostring(err) .. table.concat({ running:said() }))
  end

  lazy_setup(function()
    home = program.directory()
    program.write(home .. "/risk.json", json.encode { enable_dynamic_position_sizing = false,
      position_sizing_method = "fixed", slippage_guard_bps = 0, daily_loss_limit = 100000 })
    exchange = exchange_program.trading(home)
    record "paper"
    record "coinbase"
  end)

  lazy_teardown(function()
    exchange:close()
    program.remove(home)
  end)

  local function verb(words) return program.run(("replay --sessions '%s' %s"):format(home, words)) end

  local function what_if(words)
    local text, complaint, code = verb(words .. " --json")
    assert.are.equal(0, code, text .. complaint)
    local told = json.decode(text)
    assert.are.equal("neap.what_if/1", told.schema)
    return told
  end

  -- What the session itself says at its end.
  local function own_profit(path)
    local stop = first(path, { type = "session_stopped", newest_first = true }).body
    return tostring(decimal(stop.equity) - decimal "20000")
  end

  local function same_sums(a, b)
    for _, name in ipairs(FIGURES) do assert.are.equal(a[name], b[name], name) end
  end

  it("prints what both came to, and the first decision that differs", function()
    local kept = home .. "/kept"
    local told = what_if(("paper --set pause=300ms --store '%s'"):format(kept))
    for name, path in pairs { recorded = stored "paper", what_if = kept .. "/events.db" } do
      local sums = told[name]
      assert.are.equal(own_profit(path), sums.net)
      assert.are.equal(count(path, "order_intent"), sums.orders)
      assert.are.equal(count(path, "order_filled"), sums.fills)
      assert.are.equal(count(path, "order_rejected"), sums.refused)
      assert.are.equal(decimal(sums.net), decimal(sums.realized) - decimal(sums.fees) + decimal(sums.unrealized))
    end
    assert.are.same({ "paper", kept, "300ms" }, { told.mode, told.store, told.set.pause })
    assert.is_nil(told.unchanged)
    assert.are.equal(0, select(3, program.run(("positions '%s'"):format(kept))))
    told = what_if "paper --set pause=1h"
    local decision = first(stored "paper", { type = "order_intent" })
    assert.are.same({ 1, decision.time, decision.client_order_id }, { told.difference.number, told.difference.time,
      told.difference.before.order })
    assert.is_nil(told.difference.after)
    assert.are.equal(0, told.what_if.orders)
  end)

  it("finds no difference where a change changes nothing", function()
    local told = what_if "paper --set pause=100ms"
    assert.is_nil(told.difference)
    same_sums(told.recorded, told.what_if)
    local text = verb "paper --set pause=100ms"
    assert.is_truthy(text:find("\nno decision differs from those of the recorded session\n", 1, true), text)
  end)

  it("stops both at the same moment", function()
    local all = what_if "paper --set pause=100ms"
    -- behind a timer that is due before the next input, and makes its orders when that comes
    for _, later in ipairs { 0, 1, 50, 99 } do
      local ts_ns = first(stored "paper", { type = "order_filled" }).ts_ns + later * 1000000
      local told = what_if("paper --set pause=100ms --until " .. clock.format(ts_ns))
      assert.is_nil(told.difference)
      same_sums(told.recorded, told.what_if)
      assert.is_true(told.recorded.orders > 0 and told.recorded.fills < all.recorded.fills)
      assert.are.equal(clock.format(ts_ns), told["until"])
    end
  end)

  it("marks what is open with one price in both", function()
    local fill = first(stored "paper", { type = "order_filled" })
    local told = what_if("paper --set max_trade_value=1 --until " .. clock.format(fill.ts_ns + 200000000))
    for row in assert(event_store.events(stored "paper", { type = "order_filled" })) do
      if row.ts_ns <= clock.parse(told.at) then fill = row end
    end
    local worth = decimal(told.marks["BTC-USD"]) * decimal(fill.body.position) - decimal(fill.body.cost)
    assert.are.equal(worth, decimal(told.recorded.unrealized))
    assert.are.equal("0", told.what_if.net)
  end)

  it("sets a session in earnest beside itself on paper, too", function()
    local kept = home .. "/refused.db"
    local told = what_if(("coinbase --set max_trade_value=1 --store '%s'"):format(kept))
    assert.are.equal("exchange", told.mode)
    assert.is_true(told.what_if.refused > 0)
    assert.are.equal(count(kept, "order_rejected"), told.what_if.refused)
    assert.are.equal(own_profit(stored "coinbase"), told.recorded.net)
    assert.is_true(told.unchanged.fills > 0)
    assert.are.equal(0, told.what_if.fills)
    local found = told.own_difference
    assert.are.same({ "accepted", "refused", "max_trade_value" }, { found.before.verdict, found.after.verdict,
      found.after.reason })
    told = what_if "coinbase --set pause=100ms"
    assert.is_nil(told.own_difference)
    same_sums(told.unchanged, told.what_if)
    assert.are.same(told.simulator_difference, told.difference)
    local text = verb "coinbase --set max_trade_value=1"
    assert.is_truthy(text:find "^coinbase, what if: max_trade_value=1\n +recorded  unchanged  what%-if +change\n")
    assert.is_truthy(text:find "\n  unchanged  buy .-: accepted.-\n  what%-if    buy .-: refused, max_trade_value")
  end)

  it("plays another strategy, and asks what it did and not why", function()
    local mine = home .. "/mine.lua"
    program.write(mine, (program.read(TRADER):gsub('why = "', 'why = "edited ')))
    local told = what_if(("paper --with '%s'"):format(mine))
    assert.is_nil(told.difference)
    program.write(mine, (program.read(TRADER):gsub('%("0%.%%04d"%):format%(self%.random%(1, 40%)%)',
      'self.random(1, 40) and "0.0123"')))
    told = what_if(("paper --with '%s'"):format(mine))
    assert.are.equal("0.0123", told.difference.after.quantity)
    assert.are.equal(told.difference.before.time, told.difference.after.time)
    local text = verb "paper --with ma_cross.lua --engine advanced"
    assert.is_truthy(text:find("paper, what if: ma_cross.lua, engine advanced\n", 1, true), text)
    assert.is_truthy(text:find("\n  what-if    nothing from there on\n", 1, true), text)
  end)

  it("knows a cancel for a decision", function()
    local mine = home .. "/patient.lua"
    program.write(mine, (program.read(TRADER):gsub("self:cancel_all%(%)", "")
      :gsub("(working%b[]):cancel%(%)", "tostring(%1)")))
    local found = what_if(("paper --with '%s'"):format(mine)).difference
    assert.are.equal("cancel", found.before.action)
    assert.is_truthy(found.before.why:find "^cancel")
    local text = verb(("paper --with '%s'"):format(mine))
    assert.is_truthy(text:find("\n  recorded   cancels order " .. found.before.order:sub(1, 8), 1, true), text)
  end)

  it("says of a strategy that failed that it did nothing any more", function()
    local mine = home .. "/broken.lua"
    program.write(mine, [[
return require("neap").strategy { name = "broken", on_start = function() error "no luck" end }]])
    local words = ("paper --with '%s'"):format(mine)
    local failed = what_if(words).put_aside
    assert.are.same({ 1, "broken", "no luck" }, { #failed, failed[1].strategy, failed[1].message:match "no luck$" })
    local text = verb(words)
    assert.is_truthy(text:find "\nwhat%-if: broken failed at [^\n]* and was put aside: [^\n]*no luck", text)
    assert.are.same({}, what_if("paper --set pause=1s").put_aside)
  end)

  it("counts of the session what its recording has", function()
    record("coinbase", "twice")
    local once = what_if "twice --set pause=1s"
    local events = assert(event_store.verify(stored "twice")).events
    record("coinbase", "twice")
    local both = what_if "twice --set pause=1s"
    assert.are.same({ 1, 2 }, { once.lives, both.lives })
    assert.is_nil(both.left_out)
    os.remove(home .. "/twice/inputs/0002.seg")
    local part = what_if "twice --set pause=1s"
    assert.are.equal(assert(event_store.verify(stored "twice")).events - events, part.left_out)
    assert.are.equal(once.recorded.orders, part.recorded.orders)
    assert.is_truthy(verb("twice --set pause=1s"):find "\nplayed up to [^\n]*, where the recording ends; later events")
  end)

  it("tells each flag once in its help", function()
    local text = verb "--help"
    for _, name in ipairs { "with", "set", "engine", "store", "until", "profile" } do
      assert.are.equal(1, select(2, text:gsub("\n  %-%-" .. name .. " ", "")), name)
    end
  end)

  it("refuses with the nearest word and its exit code", function()
    local function refused(words, code, error_code, nearest)
      local text, complaint, got = verb(words .. " --json")
      local err = json.decode(text).error
      assert.are.same({ code, error_code, nearest }, { got, err.code, err.nearest }, complaint)
      assert.are.equal(1, select(2, complaint:gsub("\n", "")))
    end
    program.write(home .. "/bad.lua", "return 1 +")
    refused("paper --set paus=1s", 2, "unknown_parameter", "pause")
    refused("paper --set pause=soon", 2, "bad_parameter")
    refused("paper --set max_drawdown_pct=20", 2, "not_a_fraction", "0.20")
    refused("paper --set position_sizing_method=fast", 2, "unknown_method")
    refused("paper extra", 2, "usage")
    refused("paper --set max_leverage=x", 2, "wrong_type")
    refused("paper --set pause", 2, "usage")
    refused("paper --engine advancd", 2, "usage", "advanced")
    refused("paper --store x", 2, "usage")
    refused(("paper --with '%s/bad.lua'"):format(home), 1, "does_not_compile")
    refused("paper --with no_such_file.lua", 1, "not_found")
    refused("paper --set pause=1s --until 2001-01-01", 1, "not_recorded")
    refused(("paper --set pause=1s --store '%s/paper'"):format(home), 1, "store_exists")
    refused("papr --set pause=1s", 4, "no_such_session", "paper")
  end)
end)
