-- SPDX-License-Identifier: MIT
-- A fork that is left in its turn, replayed and looked at. The session that all come of is recorded in earnest at a
-- local exchange by the real program, is killed once and begun again.
local event_store = require "neap.event_store"
local events = require "spec.support.events"
local exchange_program = require "spec.support.exchange_program"
local files = require "neap.base.files"
local json = require "neap.json"
local neap = require "neap"
local process = require "tools.venue_sweep.process"
local program = require "spec.support.program"
local replay = require "neap.replay"

local WALKER = [[local neap = require "neap"
return neap.strategy { name = "walker", feeds = { "book" }, warmup = 0,
  params = { pause = { "150ms", type = "duration" }, most = { 2 } },
  on_start = function(self, resumed)
    if not resumed then self.state.acts = 0 end
    self.fast = self:sma(2)
    self:every("act", self.params.pause)
  end,
  on_timer = function(self)
    local state = self.state
    state.acts = state.acts + 1
    if not self.mid then return end
    local turn = state.acts % 4
    if turn == 1 then self:buy { quantity = "0.002", why = "takes" }
    elseif turn == 2 and #self.orders < self.params.most then
      self:buy { quantity = "0.001", limit = self.mid * 0.99, why = "rests" }
    elseif turn == 3 then self:sell { quantity = "0.001", why = "a little" }
    elseif self.long then self:close { why = "out" } end
  end,
}]]

-- Has a part of its own, and a byte that is no UTF-8.
local HEIR = [[local neap = require "neap"
local size = require "size" -- gr]] .. "\xfc" .. [[n
return neap.strategy { name = "heir", feeds = { "book" }, warmup = 0, params = { times = { 1 } },
  on_start = function(self) self:every("act", "200ms") end,
  on_timer = function(self)
    self.state.acts = self.state.acts + 1
    if self.flat then self:buy { quantity = size(self.params.times), why = "in" } else self:close { why = "out" } end
  end,
}]]

local plain = events.plain

describe("a fork of a fork", function()
  local home, forks = nil, 0

  local function stored(path) return path:find "%.db$" and path or path .. "/events.db" end

  local function rows(path, filter) return events.list(stored(path), filter) end

  local function root() return home .. "/one" end

  local function wait_until(is_so)
    for _ = 1, 900 do
      if is_so() then return end
      process.sleep(0.2)
    end
    error "the session does not go on"
  end

  lazy_setup(function()
    home = program.directory()
    program.write(home .. "/walker.lua", WALKER)
    program.write(home .. "/heir.lua", HEIR)
    os.execute(("mkdir '%s/lib'"):format(home))
    program.write(home .. "/lib/size.lua", [[return function(times) return ("0.%03d"):format(times) end]])
    program.write(home .. "/risk.json", json.encode { enable_dynamic_position_sizing = false,
      position_sizing_method = "fixed", slippage_guard_bps = 0, daily_loss_limit = 100000 })
    local exchange <close> = exchange_program.trading(home)
    local function start()
      return exchange:run(home .. "/walker.lua", "--no-alerts --history 0 --cash 20000 --profile dev --grace 2s " ..
        "--bars 1s --on-stop flatten --broker coinbase", { env = ("RISK_CONFIG_PATH='%s/risk.json'"):format(home) })
    end
    local function fills() return #rows(root(), { type = "order_filled" }) end
    local running = start()
    wait_until(function() return fills() > 8 end)
    running:signal "KILL"
    assert.is_true(running:wait(120))
    running = start()
    local before = fills()
    wait_until(function() return fills() > before + 8 end)
    running:signal "TERM"
    assert.is_true(running:wait(120))
  end)

  lazy_teardown(function() program.remove(home) end)

  local function past(path, seq)
    local p = assert(neap.past(path))
    if seq then assert(p:seek("#" .. seq)) end
    return p
  end

  -- → the fork, the event that says so, where it is kept
  local function fork(p, options, path)
    forks = forks + 1
    options = options or {}
    options.store = path or ("%s/%d.db"):format(home, forks)
    local f, err = p:fork(options)
    assert.is_truthy(f, tostring(err))
    local all = rows(options.store, { type = "session_forked" })
    return f, all[#all], options.store
  end

  -- Of its first life, some way behind its beginning.
  local function early() return rows(root(), { type = "order_filled" })[3].seq end

  local function resumed_in(path) return rows(path, { type = "session_resumed" })[1].seq end

  local function is_same(a, b, from)
    local cause = a.cause_seq and a.cause_seq >= from and a.cause_seq + 1 or a.cause_seq
    return a.type == b.type and a.ts_ns == b.ts_ns and a.json == b.json and cause == b.cause_seq and
      a.client_order_id == b.client_order_id and a.product == b.product
  end

  -- Without a change: the same events, with one more between them.
  local function assert_is_rest(first, second, forked)
    local all, own = rows(first), rows(second)
    assert.are.equal(#all + 1, #own)
    for i = 1, forked.seq - 1 do
      if not is_same(all[i], own[i], #all) then assert.are.same(all[i], own[i]) end
    end
    for i = forked.seq, #all do
      local is_own = is_same(all[i], own[i + 1], forked.seq) or all[i].type == "state_snapshot"
      if not is_own then assert.are.same(all[i], own[i + 1]) end
    end
  end

  local function middle(path, since, till) return (since + (till or #rows(path))) // 2 end

  it("is, without a change, the rest of that one, event by event, in each of its lives", function()
    local p <close> = past(root(), early())
    local f <close>, born, path = fork(p, { set = { pause = "100ms" } })
    local resumed = resumed_in(path)
    assert.is_true(born.seq < resumed)
    for _, seq in ipairs { born.seq, middle(path, born.seq, resumed), resumed, middle(path, resumed) } do
      f:seek("#" .. seq)
      local second <close>, forked, its = fork(f)
      assert.is_true(forked.body.event >= seq and forked.seq > born.seq)
      assert_is_rest(path, its, forked)
      assert.is_nil(second.comparison.difference)
      assert.is_nil(second.comparison.unchanged)
      assert.are.same(second.comparison.recorded, second.comparison.what_if)
      assert.is_truthy(tostring(second.comparison):find(("one (a fork behind event %d), fork from"):format(
        born.body.event), 1, true), tostring(second.comparison))
      assert.is_truthy(event_store.verify(its))
    end
  end)

  it("begins with what that one held, and has what is given, and what was given before", function()
    local p <close> = past(root(), early())
    local f <close>, born, path = fork(p, { set = { pause = "100ms", max_trade_value = 100000 } })
    local at = middle(path, born.seq, resumed_in(path))
    f:seek("#" .. at)
    local second <close>, forked = fork(f, { set = { most = "4" }, engine = "advanced" })
    assert.are.same({ "100ms", "4" }, { forked.body.params.pause, tostring(forked.body.params.most) })
    f:seek("#" .. forked.body.event)
    second:seek("#" .. forked.seq)
    for _, field in ipairs { "positions", "orders", "states", "cash", "timers", "counts" } do
      assert.are.same(plain(f[field]), plain(second[field]), field)
    end
    assert.is_truthy(tostring(second):find "^fork of a fork of one: behind event #")
    second:seek "2100-01-01"
    local decisions = second:events { type = "decision", since = forked.seq }
    assert.is_true(#decisions > 0)
    for _, row in ipairs(decisions) do assert.are.equal("advanced", row.body.engine) end
    local changed = second:events { type = "configuration_changed" }
    assert.are.same({ "max_trade_value", 1 }, { changed[1].body.changed[1].name, #changed[1].body.changed })
    assert.are.same({ 2, {}, "advanced" }, { #changed, changed[2].body.changed or {}, changed[2].body.engine_after })
  end)

  it("has the strategy that the first one was given, whatever has become of its file", function()
    local p <close> = past(root(), early())
    local f <close>, born, path = fork(p, { with = home .. "/heir.lua", set = { times = 2 } })
    local resumed = resumed_in(path)
    program.write(home .. "/heir.lua", "this is no strategy any more")
    os.rename(home .. "/lib/size.lua", home .. "/lib/gone.lua")
    for _, seq in ipairs { middle(path, born.seq, resumed), middle(path, resumed) } do
      f:seek("#" .. seq)
      local second <close>, forked, its = fork(f)
      assert_is_rest(path, its, forked)
      local third <close>, other = fork(second:seek("#" .. forked.seq), { set = { times = 3 } })
      assert.are.same({ "heir", "3" }, { other.body.strategies[1].name, tostring(other.body.params.times) })
      assert.is_true(third.comparison.difference ~= nil)
    end
    assert.is_true(replay.run({ directory = path }).same)
    program.write(home .. "/heir.lua", HEIR)
    os.rename(home .. "/lib/gone.lua", home .. "/lib/size.lua")
  end)

  it("of a moment before it was born is a fork of the one that it comes of", function()
    local p <close> = past(root(), early())
    local f <close>, born, path = fork(p, { set = { pause = "100ms" } })
    f:seek("#" .. early() - 4)
    p:seek("#" .. early() - 4)
    local mine <close>, one = fork(f, { set = { most = "3" } })
    local its <close>, other = fork(p, { set = { most = "3" } })
    assert.are.same(other.body, one.body)
    assert.are.same(its.comparison.recorded, mine.comparison.recorded)
    assert.are.same(its.comparison.unchanged, mine.comparison.unchanged)
    assert.is_truthy(tostring(mine.comparison):find("this moment is before that fork was made", 1, true))
    -- of a fork's fork the first one, whose rest is nowhere: it is made once more
    f:seek("#" .. middle(path, born.seq))
    local second <close> = fork(f, { set = { most = "4" } })
    second:seek("#" .. born.seq + 3)
    local again <close> = fork(second)
    f:seek "2100-01-01"
    assert.are.equal(f.comparison.what_if.net, again.comparison.recorded.net)
    assert.is_nil(again.comparison.difference)
  end)

  it("goes on behind the end of one that stopped at a moment", function()
    local p <close> = past(root(), early())
    local f <close>, born, path = fork(p, { until_ns = rows(root())[early() + 20].ts_ns })
    assert.is_false(f.ended)
    assert.is_true(replay.run({ directory = path }).same)
    local second <close>, forked = fork(f)
    assert.is_true(second.ended and forked.seq > born.seq)
  end)

  it("is replayed to the byte, with its books, marks, indicators and the input of each event", function()
    local p <close> = past(root(), early())
    local f <close>, born, path = fork(p, { set = { pause = "100ms" } })
    f:seek("#" .. middle(path, born.seq))
    local second <close>, forked, its = fork(f, { with = home .. "/heir.lua" })
    for _, store in ipairs { path, its } do
      local found = assert(replay.run { directory = store })
      assert.is_true(found.same, store)
      assert.are.same({ #rows(store), 2 }, { found.events, found.lives })
    end
    f:seek("#" .. born.seq)
    p:seek("#" .. born.body.event)
    assert.are.equal(tostring(p:book()), tostring(f:book()))
    assert.are.same({ f:indicators()[1].value, tostring(f:marks()["BTC-USD"]) },
      { p:indicators()[1].value, tostring(p:marks()["BTC-USD"]) })
    local intent = second:seek("#" .. #rows(its)):events { type = "order_intent", since = forked.seq }[1]
    second:seek("#" .. intent.seq)
    local there = f:seek(intent.ts_ns):book()
    assert.are.equal(tostring(there), tostring(second:book()))
    local chain, err = second:causes()
    assert.is_nil(err)
    assert.are.equal("input", chain[#chain].type)
    assert.is_truthy(tostring(second:explain(intent.client_order_id)):find("came of", 1, true))
    -- back again: the session itself
    second:seek("#" .. born.body.event)
    assert.are.equal(tostring(p:book()), tostring(second:book()))
  end)

  it("is reported with what each was given, and with both moments", function()
    local p <close> = past(root(), early())
    local f <close>, born, path = fork(p, { set = { pause = "100ms" } })
    f:seek("#" .. middle(path, born.seq))
    local second <close>, forked, its = fork(f)
    local text, told = assert(require("neap.report").html(its))
    assert.are.same({ "paper", "100ms" }, { told.mode, told.params.pause })
    for _, words in ipairs { ("This is a fork: up to event %d, at "):format(born.body.event),
      "it is the session one itself, mode exchange;", ("left in its turn: behind event %d, at "):format(
      forked.body.event) } do
      assert.is_truthy(text:find(words, 1, true), words)
    end
    assert.is_nil(second.comparison.difference)
  end)

  it("needs the recording that it comes of, wherever both are, and says where it lay", function()
    os.execute(("mkdir '%s/moved' && cp -r '%s' '%s/moved/'"):format(home, root(), home))
    local p <close> = past(home .. "/moved/one", early())
    os.execute(("mkdir '%s/moved/fork'"):format(home))
    local f = fork(p, { set = { pause = "100ms" } }, home .. "/moved/fork")
    f:close()
    os.rename(home .. "/moved", home .. "/elsewhere")
    local again <close> = past(home .. "/elsewhere/fork")
    again:seek("#" .. again:events { type = "session_forked" }[1].seq)
    local second <close> = fork(again)
    assert.is_nil(second.comparison.difference)
    os.rename(home .. "/elsewhere/one", home .. "/elsewhere/hidden")
    local none, err = again:fork()
    assert.is_nil(none)
    assert.are.equal("not_recorded", err.code)
    assert.is_truthy(err.message:find("a fork of one from event %d+ on, whose recording does not lie in "), err.message)
    assert.is_truthy(err.message:find(home .. "/moved/one any more, nor beside the fork", 1, true), err.message)
    os.execute(("cp -r '%s' '%s/elsewhere/one' && rm -r '%s/elsewhere/one/inputs'"):format(root(), home, home))
    assert.are.equal("not_recorded", select(2, again:book()).code)
  end)

  it("is asked for on the command line; what can be asked of a whole session alone is refused, with what can be",
    function()
      os.execute(("mkdir '%s/kept'"):format(home))
      local p <close> = past(root(), early())
      local f <close>, born = fork(p, { set = { pause = "100ms" } }, home .. "/kept")
      local function run(words) return program.run(("%s"):format(words)) end
      local text, complaint, code = run(("replay '%s/kept'"):format(home))
      assert.are.equal(0, code, complaint)
      assert.is_truthy(text:find("^kept: the same, %d+ events of %d+ inputs in 2 lives\n"), text)
      text, complaint, code = run(("replay '%s/kept' --from %d --set most=5"):format(home, born.seq))
      assert.are.equal(0, code, complaint)
      assert.is_truthy(text:find(("^kept %%(a fork behind event %d%%), fork from"):format(born.body.event)), text)
      for words, hint in pairs { ["replay '%s/kept' --set most=5"] = ("--from %d, or later"):format(born.seq),
        ["drift '%s/kept'"] = "--against" } do
        text, complaint, code = run(words:format(home))
        assert.are.same({ "", 1 }, { text, code }, complaint)
        assert.is_truthy(complaint:find(hint, 1, true), complaint)
        assert.is_truthy(complaint:find(("a fork of one from event %d on"):format(born.body.event), 1, true), complaint)
      end
      text, complaint, code = run(("drift '%s/kept' --against '%s'"):format(home, root()))
      assert.are.equal(0, code, complaint .. text)
      assert.are.equal("directory", files.mode(home .. "/kept"))
      f:close()
    end)
end)
