-- SPDX-License-Identifier: MIT
-- Forks: a recorded session that is another one from a moment on. Sessions at a local exchange, on paper and in
-- earnest, are recorded by the real program; each is killed once and begun again.
local event_store = require "neap.event_store"
local events = require "spec.support.events"
local exchange_program = require "spec.support.exchange_program"
local files = require "neap.base.files"
local json = require "neap.json"
local neap = require "neap"
local process = require "tools.venue_sweep.process"
local program = require "spec.support.program"

-- Its round of orders goes by what only the running script knows; some rest, some have a stop.
local WALKER = [[local neap = require "neap"
return neap.strategy { name = "walker", feeds = { "book" }, warmup = 0,
  params = { pause = { "150ms", type = "duration" } },
  on_start = function(self, resumed)
    self.turns = 0
    if not resumed then self.state.acts = 0 end
    self.fast = self:sma(2)
    self:every("act", self.params.pause)
  end,
  on_timer = function(self)
    self.turns = self.turns + 1
    self.state.acts = self.state.acts + 1
    local turn = self.turns % 6
    if not self.mid then return end
    if turn == 1 then self:buy { quantity = "0.002", why = "takes" }
    elseif turn == 2 then self:buy { quantity = "0.001", limit = self.mid * 0.99, why = "rests" }
    elseif turn == 3 then
      self:buy { quantity = "0.001", stop_loss = self.mid * 0.9, take_profit = self.mid * 1.1, why = "protected" }
    elseif turn == 4 then self:buy { quantity = "0.001", limit = self.bid, post_only = true, why = "at the bid" }
    elseif turn == 5 and #self.orders > 3 then self.orders[1]:cancel()
    elseif turn == 0 then self:sell { quantity = "0.001", why = "a little" } end
  end,
}]]

-- Says what it finds when it begins, and trades no more.
local HEIR = [[local neap = require "neap"
return neap.strategy { name = "heir", timeframes = { "2s" }, warmup = 0, params = { note = { "none" } },
  on_start = function(self, resumed)
    local state, fast = self.state, self:sma(2)
    state.resumed, state.orders, state.held = resumed, #self.orders, tostring(self.position.quantity)
    state.fast = fast.ready and fast.value or nil
    state.longer, state.note, state.bars = self:bars("2s").count, self.params.note, 0
  end,
  on_bar = function(self, bar)
    self.state.bars = self.state.bars + 1
    self.state.frame = (bar.close_time - bar.time) // 1000000000
  end,
}]]

local rows, plain = events.list, events.plain

describe("a fork", function()
  local home, exchange

  local function path_of(name) return home .. "/" .. name .. "/one" end
  local function stored(name) return path_of(name) .. "/events.db" end

  local function start(broker)
    return exchange:run(home .. "/walker.lua", "--no-alerts --history 0 --cash 20000 --profile dev --grace 2s " ..
      "--bars 1s --on-stop flatten --broker " .. broker, { env = ("RISK_CONFIG_PATH='%s/risk.json'"):format(home),
      sessions = home .. "/" .. broker })
  end

  local function has_bars(name)
    local p <close> = neap.past(path_of(name))
    for _, indicator in ipairs(p and p:indicators() or {}) do
      if indicator.previous then return true end -- of two bars: there are three
    end
  end

  local function wait_until(is_so)
    for _ = 1, 600 do
      if is_so() then return end
      process.sleep(0.2)
    end
    error "the session does not go on"
  end

  local function record(broker)
    local running = start(broker)
    wait_until(function() return #rows(stored(broker), { type = "timer_fired" }) > 20 and has_bars(broker) end)
    running:signal "KILL"
    assert.is_true(running:wait(120))
    os.execute(("cp -r '%s/%s' '%s/%s-cut'"):format(home, broker, home, broker))
    local before = #rows(stored(broker), { type = "timer_fired" })
    running = start(broker)
    wait_until(function() return #rows(stored(broker), { type = "timer_fired" }) > before + 12 end)
    running:signal "TERM"
    assert.is_true(running:wait(120))
  end

  lazy_setup(function()
    home = program.directory()
    program.write(home .. "/walker.lua", WALKER)
    program.write(home .. "/heir.lua", HEIR)
    program.write(home .. "/risk.json", json.encode { enable_dynamic_position_sizing = false,
      position_sizing_method = "fixed", slippage_guard_bps = 0, daily_loss_limit = 100000 })
    exchange = exchange_program.trading(home, "--fault frame_lost:p=0.02 --fault socket_reset:p=0.01 " ..
      "--fault server_error:p=0.05")
    record "paper"
    record "coinbase"
    exchange:close()
  end)

  lazy_teardown(function() program.remove(home) end)

  local function past(name, where)
    local p = assert(neap.past(path_of(name)))
    if where then assert(p:seek(where)) end
    return p
  end

  local function fork(p, options)
    local f, err = p:fork(options)
    assert.is_truthy(f, tostring(err))
    return f, f:events { type = "session_forked" }[1]
  end

  local function events_of(f) return rows(f.comparison.store .. "/events.db") end

  -- An event of both; behind the fork's own the numbers are one more.
  local function is_same(a, b, shifted_from)
    local cause = a.cause_seq and a.cause_seq >= shifted_from and a.cause_seq + 1 or a.cause_seq
    return a.type == b.type and a.ts_ns == b.ts_ns and a.json == b.json and cause == b.cause_seq and
      a.client_order_id == b.client_order_id and a.product == b.product and a.version == b.version
  end

  local function find_resumed(name) return rows(stored(name), { type = "session_resumed" })[1] end

  -- Behind it the first life has only the beginning of what it was killed over.
  local function last_of_killed(name, resumed)
    local p <close> = assert(neap.past(path_of(name)))
    local seq, made, err = resumed.seq
    repeat
      seq = seq - 1
      assert(p:seek("#" .. seq))
      made, err = p:fork { until_ns = p.now }
    until made or err.code ~= "killed"
    return seq
  end

  -- Moments of both lives, between them, and between two events.
  local function moments(name)
    local all, resumed, list = rows(stored(name)), find_resumed(name), { "#1" }
    local stop, last = #all, last_of_killed(name, resumed)
    while all[stop].ts_ns == all[#all].ts_ns do stop = stop - 1 end
    local function is_whole(i) return i <= last or i >= resumed.seq end
    for i = 7, stop, 61 do
      if is_whole(i) then list[#list + 1] = "#" .. i end
    end
    for i = 30, stop - 1, 97 do
      if is_whole(i) and is_whole(i + 1) then list[#list + 1] = (all[i].ts_ns + all[i + 1].ts_ns) // 2 end
    end
    list[#list + 1] = last == resumed.seq - 1 and (all[last].ts_ns + resumed.ts_ns) // 2 or nil
    for _, more in ipairs { "#" .. last, "#" .. resumed.seq } do
      list[#list + 1] = more
    end
    return list
  end

  -- The session's own events up to there; then one that says of which session, where, and what came before.
  local function check_beginning(name, f, forked)
    local all, own = rows(stored(name)), events_of(f)
    for i = 1, forked.seq - 1 do
      if not is_same(all[i], own[i], #all) then assert.are.same(all[i], own[i]) end
    end
    assert.are.same({ "one", forked.seq - 1, "paper" }, { forked.body.session, forked.body.event, forked.body.mode })
    assert.is_truthy(forked.body.chain:find "^%x+$")
    assert.is_truthy(event_store.verify(f.comparison.store .. "/events.db"))
    return all, own
  end

  it("without a change is the rest of a session on paper, event by event, also behind its killed life", function()
    for _, where in ipairs(moments "paper") do
      local p <close> = past("paper", where)
      local f <close>, forked = fork(p)
      local all, own = check_beginning("paper", f, forked)
      assert.is_true(forked.seq > p.seq, where)
      assert.are.equal(#all + 1, #own, where)
      for i = forked.seq, #all do
        local is_own = is_same(all[i], own[i + 1], forked.seq) or all[i].type == "state_snapshot"
        if not is_own then assert.are.same(all[i], own[i + 1], where) end
      end
      assert.is_nil(f.comparison.difference)
      assert.is_nil(f.comparison.unchanged)
      assert.are.same(f.comparison.recorded, f.comparison.what_if)
    end
  end)

  it("begins with what the session held, wanted and kept, on paper and in earnest", function()
    local working, stops = 0, 0
    for _, name in ipairs { "paper", "coinbase" } do
      for _, where in ipairs(moments(name)) do
        local p <close> = past(name, where)
        local f <close>, forked = fork(p, { set = { pause = "1h" } })
        check_beginning(name, f, forked)
        p:seek("#" .. forked.body.event)
        f:seek("#" .. forked.seq)
        for _, field in ipairs { "positions", "orders", "states", "cash", "trading", "counts", "timers", "ended" } do
          assert.are.same(plain(p[field]), plain(f[field]), field .. " " .. where)
        end
        working = working + #f.orders
        for _, order in ipairs(f.orders) do stops = stops + (order.stop and 1 or 0) end
        assert.are.equal("paper", f.mode)
      end
    end
    assert.is_true(working > 50 and stops > 0, working .. " " .. stops)
  end)

  it("has another strategy in the same seat, with what the first one kept and the bars that it saw", function()
    for _, name in ipairs { "paper", "coinbase" } do
      local resumed = find_resumed(name)
      local p <close> = past(name, "#" .. last_of_killed(name, resumed))
      local f <close>, forked = fork(p, { with = home .. "/heir.lua", set = { note = "hello" } })
      check_beginning(name, f, forked)
      assert.are.equal("heir", forked.body.strategies[1].name)
      assert.are.equal("hello", forked.body.params.note)
      p:seek("#" .. forked.body.event)
      local fast = p:indicators()[1]
      local told = f:events { type = "state_saved", since = forked.seq, limit = 1000 }[1].body
      assert.are.equal("heir", told.strategy)
      local state = told.state
      assert.are.same({ true, #p.orders, tostring(p.positions[1].quantity), p.states.walker.acts, "hello" },
        { state.resumed, state.orders, state.held, state.acts, state.note })
      assert.are.equal(fast.value, tonumber(tostring(state.fast))) -- a whole number is no decimal
      assert.is_true(state.longer >= 1, tostring(state.longer))
      for _, intent in ipairs(f:events { type = "order_intent", since = forked.seq }) do -- or a stop of what fills
        assert.is_truthy(intent.body.parent or intent.body.why:find "^flatten", intent.json)
      end
      -- it is there in the life behind the killed one, too
      local again = f:events { type = "session_resumed" }[1]
      assert.are.equal("heir", again.body.strategies[1].name)
      assert.is_true(#f:events { type = "state_saved", since = again.seq } > 0)
      assert.are.equal(p.states.walker.acts, f.states.heir.acts)
    end
  end)

  -- Those of a kind before and behind the fork's event.
  local function split(f, forked, kind)
    return f:events { type = kind, limit = 100000 }, f:events { type = kind, since = forked.seq }
  end

  it("has another engine, limit or parameter from then on, and not before", function()
    for _, name in ipairs { "paper", "coinbase" } do
      local p <close> = past(name, "#90")
      local f <close>, forked = fork(p, { engine = "advanced" })
      local all, behind = split(f, forked, "decision")
      for i, row in ipairs(all) do
        assert.are.equal(i > #all - #behind and "advanced" or "live", row.body.engine, row.seq)
      end
      assert.is_true(#behind > 5 and #all > #behind)
      local limited <close>, at = fork(p, { set = { max_trade_value = 1 } })
      local changed = limited:events { type = "configuration_changed" }[1]
      assert.are.equal(at.seq + 1, changed.seq)
      assert.are.same({ name = "max_trade_value", old = "0", new = "1", source = "what-if" }, changed.body.changed[1])
      all, behind = split(limited, at, "decision")
      for i, row in ipairs(all) do
        local is_refused = row.body.reason and row.body.reason.code == "max_trade_value"
        if i <= #all - #behind then assert.is_falsy(is_refused, row.json) end
      end
      assert.is_true(limited.comparison.what_if.refused > limited.comparison.recorded.refused)
      assert.is_true(limited.comparison.difference.ts_ns > p.now)
      local slow <close> = fork(p, { set = { pause = "1h" } })
      assert.is_true(slow.comparison.what_if.orders < slow.comparison.recorded.orders)
    end
  end)

  it("of a session in earnest has its fills up to there, then the simulator's, and is set beside one without a change",
    function()
      local p <close> = past("coinbase", "#150")
      local f <close>, forked = fork(p, { set = { pause = "400ms" } })
      local told = f.comparison
      assert.are.equal("exchange", told.mode)
      local fills = p:events { type = "order_filled" }
      f:seek("#" .. forked.seq)
      assert.are.same(plain(fills), plain(f:events { type = "order_filled" }))
      assert(f:seek "2100-01-01")
      assert.are.equal(0, #f:events { type = "account_baseline", since = forked.seq })
      assert.is_true(#f:events { type = "order_filled", since = forked.seq } > 0)
      assert.is_truthy(told.unchanged)
      local plainly <close> = fork(p)
      assert.are.same(told.unchanged, plainly.comparison.what_if)
      assert.is_nil(plainly.comparison.own_difference)
      assert.is_true(told.own_difference.ts_ns > p.now)
      assert.is_true(plainly.ended)
    end)

  it("of a session in earnest has its working orders at the simulator, which ends each that is cancelled", function()
    local resumed, all, working = find_resumed "coinbase", rows(stored "coinbase"), 0
    local seq = resumed.seq + 20
    while seq < #all and all[seq].ts_ns < all[#all].ts_ns - 700000000 do -- not while it is left
      local p <close> = past("coinbase", "#" .. seq)
      local f <close>, forked = fork(p, { set = { pause = "1h" } })
      assert.are.equal(0, #f:events { type = "order_cancel_refused", since = forked.seq }, seq)
      assert.are.equal(0, #f:events { type = "transition_refused", since = forked.seq }, seq)
      for _, order in ipairs(f.orders) do -- what was sent last has no answer when the market ends
        assert.are.equal("submitted", order.status, ("%d of %d: %s"):format(seq, #all, tostring(order)))
      end
      assert.is_true(f.ended)
      f:seek("#" .. forked.seq)
      working, seq = working + #f.orders, seq + 25
    end
    assert.is_true(working > 3, tostring(working))
  end)

  it("stops where it is told to, and at a moment that lies between two events has the market of that moment", function()
    local all = rows(stored "paper")
    local p <close> = past("paper", (all[80].ts_ns + all[81].ts_ns) // 2)
    local f <close> = fork(p, { until_ns = all[140].ts_ns })
    assert.is_false(f.ended)
    assert.is_true(f.seq <= 142 and f.now <= all[140].ts_ns)
    assert.are.equal(all[140].ts_ns, f.comparison.stopped_at)
    assert.are.equal((all[80].ts_ns + all[81].ts_ns) // 2, f.comparison.from.moment)
  end)

  it("is kept where it is told, and else gone with its past", function()
    os.execute(("mkdir '%s/kept'"):format(home))
    local kept = path_of "kept"
    local p <close> = past("paper", "#60")
    local f = fork(p, { store = kept })
    f:close()
    local text, complaint, code = program.run(("verify --sessions '%s/kept'"):format(home))
    assert.are.equal(0, code, text .. complaint)
    local again <close> = past "kept"
    assert.are.equal(#rows(stored "paper") + 1, again.seq)
    local _, err = p:fork { store = kept }
    assert.are.equal("store_exists", err.code)
    assert.are.equal(#rows(stored "paper") + 1, #rows(stored "kept"))
    f = fork(p, { store = home .. "/alone.db" })
    f:close()
    assert.are.equal("file", files.mode(home .. "/alone.db"))
    for _, way in ipairs { "close", "collect" } do
      f = fork(p)
      local place = f.comparison.store
      assert.are.equal("directory", files.mode(place), way)
      if way == "close" then f:close() end
      f = nil
      collectgarbage()
      collectgarbage()
      assert.is_nil(files.mode(place), way)
      assert.is_nil(files.mode(place:match "^(.*)/"), way)
    end
    assert.is_nil(f)
  end)

  it("says what is wrong, with the nearest word, and leaves nothing", function()
    local p <close> = past("paper", "#60")
    local function misuse(words, options)
      local ok, message = pcall(p.fork, p, options)
      assert.is_false(ok)
      assert.is_truthy(tostring(message):find(words, 1, true), message)
    end
    misuse("unknown option 'wih'; did you mean 'with'?", { wih = "x.lua" })
    misuse("'advance' is not one of live, advanced; did you mean 'advanced'?", { engine = "advance" })
    misuse("set is a table, not string", { set = "pause=1s" })
    misuse("set is a table of values by name, not by number", { set = { "pause" } })
    misuse("with is a string, not number", { with = 3 })
    misuse("until_ns is an integer, not float", { until_ns = 1.5 })
    misuse("until_ns is an integer, not string", { until_ns = "2100-01-01" })
    misuse("a table is wanted, not number", 3)
    local function refused(code, near, options)
      options.store = home .. "/none"
      local f, err = p:fork(options)
      assert.is_nil(f)
      assert.are.same({ code, near }, { err.code, err.nearest }, tostring(err))
      assert.is_nil(files.mode(options.store))
    end
    refused("unknown_parameter", "pause", { set = { paus = "1s" } })
    refused("unknown_parameter", "max_trade_value", { set = { max_trade_valu = 1 } })
    refused("wrong_type", nil, { set = { max_trade_value = "x" } })
    refused("bad_parameter", nil, { set = { pause = "never" } })
    refused("not_found", nil, { with = home .. "/nowhere.lua" })
    program.write(home .. "/bad.lua", "return 3 3")
    refused("does_not_compile", nil, { with = home .. "/bad.lua" })
    program.write(home .. "/frames.lua", HEIR:gsub('"2s"', '"1500ms"'))
    refused("timeframe", nil, { with = home .. "/frames.lua" })
    refused("before_all", nil, { until_ns = p.now - 1 })
    assert.are.equal(#rows(stored "paper"), past("paper").seq)
  end)

  it("is of a moment at which the session ran, and its recording goes on", function()
    local p <close> = past "paper"
    local _, err = p:fork()
    assert.are.equal("ended", err.code)
    assert.is_nil(p:seek "1999-01-01")
    assert.are.equal("ended", select(2, p:fork()).code) -- it stands where it was
    local cut <close> = past "paper-cut"
    local last = cut.seq
    cut:seek "2100-01-01"
    local left <close>, nothing = cut:fork() -- of a session that had made durable all that it did there is no rest
    assert.are.equal(left and 0 or "recording_ends", nothing and nothing.code or #left.comparison.put_aside)
    assert.are.equal("ended", select(2, past("paper", "#" .. #rows(stored "paper") - 1):fork()).code)
    cut:seek("#" .. last // 2)
    local f <close> = fork(cut)
    assert.is_false(f.ended)
    local told, kept = f.comparison.difference, rows(stored "paper-cut") -- what it was killed over is in no event
    assert.is_true(not told or not told.before and told.ts_ns >= kept[#kept].ts_ns, json.encode(told))
    -- of another session's recording
    local copy = path_of "copy"
    os.execute(("cp -r '%s/paper' '%s/copy' && rm -r '%s/inputs' && cp -r '%s/inputs' '%s'"):format(home, home, copy,
      path_of "coinbase", copy))
    local other <close> = past("copy", "#60")
    assert.are.equal("replay_differs", select(2, other:fork()).code)
    os.execute(("rm -r '%s/inputs'"):format(copy))
    assert.are.equal("not_recorded", select(2, other:fork()).code)
  end)

  local function replay(words) return program.run(("replay --sessions '%s/coinbase' one %s"):format(home, words)) end

  it("is made on the command line, of an event's number or a time, in words and as JSON", function()
    local p <close> = past("coinbase", "#120")
    local f <close>, forked = fork(p, { set = { pause = "400ms" } })
    local event = forked.body.event
    local text, complaint, code = replay "--from 120 --set pause=400ms"
    assert.are.equal(0, code, complaint)
    assert.are.equal(tostring(f.comparison), (text:gsub("\n$", "")))
    assert.is_truthy(text:find(("^one, fork from %%S+, behind event %d: pause=400ms\n"):format(event)), text)
    assert.is_truthy(text:find("recorded  unchanged", 1, true), text)
    text = replay(("--from %s --set pause=400ms --json"):format(p.event.time))
    local told = json.decode(text)
    assert.are.equal("neap.what_if/1", told.schema)
    assert.are.same({ event = event, time = p.event.time }, told.from)
    assert.are.equal(f.comparison.what_if.net, told.what_if.net)
    for words, answer in pairs { ["--from 0"] = 2, ["--from 99999999"] = 2, ["--from 1999-01-01"] = 2,
      ["--from soon"] = 2, ["--from 120 --set paus=1s"] = 2, ["--from 120 --engine slow"] = 2,
      ["--from 120 --until 1999-01-01"] = 2 } do
      text, complaint, code = replay(words)
      assert.are.same({ "", answer }, { text, code }, words .. complaint)
    end
  end)

  it("is made in the REPL, and shows what it came to", function()
    local lines = program.write(home .. "/lines", 's:seek "#60"\nf = s:fork { set = { pause = "1h" } }\nf\n' ..
      "f.comparison\ns:fork { wih = 1 }\n")
    local pipe = io.popen(("%s <'%s' 2>'%s/complaint'"):format(program.command(("repl one --sessions '%s/paper'")
      :format(home)), lines, home))
    local text = pipe:read "a"
    local _, _, code = pipe:close()
    local complaint = program.read(home .. "/complaint")
    assert.are.equal(1, code)
    assert.is_truthy(text:find "\nfork of one: behind event #%d+", text)
    assert.is_truthy(text:find "\none, fork from %S+, behind event %d+: pause=1h\n", text)
    assert.is_truthy(text:find "\nthe first decision that differs from the recorded session's: number", text)
    assert.is_truthy(complaint:find("did you mean 'with'?", 1, true), complaint)
  end)
end)
