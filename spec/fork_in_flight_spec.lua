-- SPDX-License-Identifier: MIT
-- Forks at every moment of a session whose orders are hardly ever at rest: sent and not answered, in doubt, to be
-- cancelled, replaced, sized anew, shown and not answered, half cut in slices, a protected entry half way. It is
-- recorded in earnest at a slow local exchange that loses answers.
local decimal = require "neap.decimal"
local event_store = require "neap.event_store"
local events = require "spec.support.events"
local exchange_program = require "spec.support.exchange_program"
local json = require "neap.json"
local neap = require "neap"
local process = require "tools.venue_sweep.process"
local program = require "spec.support.program"
local replay = require "neap.replay"

local CASH = decimal(20000)

local BUSY = [[local neap = require "neap"
return neap.strategy { name = "busy", feeds = { "book" }, warmup = 0,
  params = { pause = { "120ms", type = "duration" } },
  on_start = function(self)
    self.state.acts = self.state.acts or 0
    self:every("act", self.params.pause)
  end,
  on_timer = function(self)
    if not self.mid then return end
    self.state.acts = self.state.acts + 1
    local turn, rests = self.state.acts % 9, nil
    for _, o in ipairs(self.orders) do
      if o.type == "limit" and o.side == "buy" then rests = rests or o end
    end
    if turn == 1 then
      self:buy { quantity = "0.002", stop_loss = self.mid * 0.99, take_profit = self.mid * 1.01, why = "protected" }
    elseif turn == 2 then self:buy { quantity = "0.001", limit = self.mid * 0.999, why = "rests" }
    elseif turn == 3 and rests then rests:replace { limit = self.mid * 0.998 }
    elseif turn == 4 then self:buy { quantity = "0.003", execution = "twap", over = "2s", slices = 2, why = "slices" }
    elseif turn == 5 and rests then rests:cancel()
    elseif turn == 6 and self.long then self:sell { quantity = "0.001", why = "a little" }
    elseif turn == 7 then self:buy { quantity = "0.001", limit = self.ask, time_in_force = "ioc", why = "at once" }
    elseif turn == 8 then self:buy { quantity = "0.001", stop = self.ask * 1.002, why = "breaks out" }
    elseif turn == 0 and self.long then self:close { why = "out" } end
  end,
}]]

local rows, plain = events.list, events.plain

describe("a fork with orders in flight", function()
  local home, all

  local function stored() return home .. "/one/events.db" end

  local function has_seen()
    local seen = {}
    for _, row in ipairs(rows(stored())) do seen[row.type] = (seen[row.type] or 0) + 1 end
    return (seen.order_in_doubt or 0) > 1 and (seen.slice_cut or 0) > 3 and (seen.order_filled or 0) > 6 and
      (seen.order_preview or 0) > 8 and (seen.order_cancel_requested or 0) > 5 and (seen.order_released or 0) > 0
  end

  lazy_setup(function()
    home = program.directory()
    program.write(home .. "/busy.lua", BUSY)
    program.write(home .. "/risk.json", json.encode { enable_dynamic_position_sizing = false,
      position_sizing_method = "fixed", slippage_guard_bps = 0, daily_loss_limit = 100000,
      enable_order_preview = true, preview_timeout_seconds = 1 })
    local exchange <close> = exchange_program.trading(home, "--cancel-after 150ms " ..
      "--fault latency:time=90ms,path=/orders,p=0.8 --fault answer_never:path=/orders,method=POST,p=0.05 " ..
      "--fault answer_lost:path=/orders,method=POST,p=0.1 --fault server_error:p=0.03")
    local running = exchange:run(home .. "/busy.lua", "--no-alerts --history 0 --cash 20000 --profile dev " ..
      "--engine advanced --grace 2s --bars 1s --on-stop flatten --broker coinbase",
      { env = ("RISK_CONFIG_PATH='%s/risk.json'"):format(home) })
    for _ = 1, 300 do
      if has_seen() then break end
      process.sleep(0.2)
    end
    assert.is_true(has_seen())
    running:signal "TERM"
    assert.is_true(running:wait(120))
    all = rows(stored())
  end)

  lazy_teardown(function() program.remove(home) end)

  -- Behind that event; until_ns nil: to the market's end → the fork's past; or nil and a fault.
  local function fork(p, set, until_ns)
    local path = home .. "/fork.db"
    for _, ending in ipairs { "", "-wal", "-shm", "-reserve", "-lock" } do os.remove(path .. ending) end
    local made, err = replay.simulate { directory = home .. "/one", store = path, set = set, until_ns = until_ns,
      from = { moment = p.now, seq = p.seq, event_ns = p.now } }
    if not made then return nil, err end
    return assert(neap.past(path)), path
  end

  -- Each until it stops → visit(p, seq)
  local function each_moment(step, visit)
    local p <close> = assert(neap.past(home .. "/one"))
    for seq = 1, #all, step do
      assert(p:seek("#" .. seq))
      if p.ended then break end
      visit(p, seq)
    end
  end

  -- Was its last word that nobody knows?
  local function in_doubt(p)
    local count = 0
    for _, order in ipairs(p.orders) do
      local own = p:events { order = order.id, limit = 1 }[1]
      if own and own.type == "order_in_doubt" then count = count + 1 end
    end
    return count
  end

  it("begins with the books of that moment, whatever is on its way", function()
    local seen = { in_doubt = 0, exits = 0, replacing = 0 }
    each_moment(1, function(p, seq)
      local f <close>, path = fork(p, nil, p.now)
      if not f then
        assert.are.equal("ended", path.code, seq)
        return
      end
      local forked = rows(path, { type = "session_forked" })[1]
      assert(f:seek("#" .. forked.seq))
      assert(p:seek("#" .. forked.body.event))
      for _, field in ipairs { "positions", "orders", "states", "cash", "trading", "counts", "timers", "ended" } do
        assert.are.same(plain(p[field]), plain(f[field]), field .. " " .. seq)
      end
      for _, order in ipairs(f.orders) do
        seen[order.status] = (seen[order.status] or 0) + 1
        if order.parent then seen.exits = seen.exits + 1 end
        if order.replaces then seen.replacing = seen.replacing + 1 end
      end
      seen.in_doubt = seen.in_doubt + in_doubt(p)
    end)
    for _, word in ipairs { "submitted", "preview", "cancel_pending", "watched", "partially_filled", "pending", "open",
      "in_doubt", "exits", "replacing" } do
      assert.is_true((seen[word] or 0) > 0, word)
    end
  end)

  local function sum_fills(path)
    local cash, held, by_order = CASH, decimal(0), {}
    for _, row in ipairs(rows(path, { type = "order_filled" })) do
      local fill = row.body
      local signed = fill.side == "buy" and decimal(fill.quantity) or -decimal(fill.quantity)
      cash, held = cash - signed * decimal(fill.price) - decimal(fill.fee), held + signed
      by_order[row.client_order_id] = (by_order[row.client_order_id] or decimal(0)) + decimal(fill.quantity)
    end
    return cash, held, by_order
  end

  local function check_money(f, path, seq)
    local cash, held, by_order = sum_fills(path)
    local sum, own = decimal(0), decimal(0)
    for _, position in ipairs(f.positions) do sum = sum + position.quantity end
    for _, amount in pairs(f.cash) do own = own + decimal(tostring(amount)) end
    assert.are.same({ tostring(held), tostring(cash) }, { tostring(sum), tostring(own) }, seq)
    for _, row in ipairs(rows(path, { type = "order_intent" })) do
      local filled, wanted = by_order[row.client_order_id], row.body.quantity
      assert.is_true(not filled or not wanted or filled <= decimal(wanted), row.client_order_id .. " " .. seq)
    end
  end

  -- What protects a position stays when a session is left; what moved while it was left may have no answer when its
  -- market ends.
  local function may_be_left(f, order, since)
    local word = f:events { order = order.id, limit = 1 }[1]
    return order.parent and not f.positions[1].quantity:is_zero() or word.ts_ns >= since
  end

  local NEVER = { "session_failed", "strategy_quarantined", "callback_failed", "order_in_doubt",
    "reconcile_difference" }

  it("leaves none of them in flight for ever, and ends with the money that its fills say", function()
    local flattened = rows(stored(), { type = "flatten_requested" })[1].ts_ns
    for i, set in ipairs { {}, { pause = "1h" } } do
      each_moment(9, function(p, seq)
        if seq % 2 ~= i % 2 then return end
        local f <close>, path = fork(p, set)
        if not f then
          assert.are.equal("ended", path.code, seq)
          return
        end
        local forked = rows(path, { type = "session_forked" })[1]
        assert.is_true(f.ended)
        for _, order in ipairs(f.orders) do
          local is_done = may_be_left(f, order, flattened) or forked.ts_ns >= flattened
          assert.is_true(is_done, ("%d: %s"):format(seq, tostring(order)))
        end
        check_money(f, path, seq)
        for _, kind in ipairs(NEVER) do
          assert.are.equal(0, #rows(path, { type = kind, since = forked.seq }), kind .. " " .. seq)
        end
        assert.is_truthy(event_store.verify(path))
      end)
    end
  end)
end)
