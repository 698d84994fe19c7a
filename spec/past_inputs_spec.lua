-- SPDX-License-Identifier: MIT
-- The market of a moment in the past of a recorded session: what its strategy noted then, in self.state, is what the
-- recording gives when it is played up to there.
local core = require "neap.run_c"
local exchange_program = require "spec.support.exchange_program"
local json = require "neap.json"
local neap = require "neap"
local process = require "tools.venue_sweep.process"
local program = require "spec.support.program"

-- Notes at each book and at each timer what it sees, and buys by both.
local SEER = [[local neap = require "neap"
local function note(self)
  local state = self.state
  state.bid, state.ask, state.mid = self.bid, self.ask, self.mid
  state.fast = self.fast.ready and self.fast.value or nil
  if state.fast then state.with_bars = state.with_bars + 1 end
  state.mean = self.mean.ready and self.mean.value or nil
end
return neap.strategy { name = "seer", feeds = { "book" }, warmup = 0,
  on_start = function(self, resumed)
    if not resumed then self.state.books, self.state.timers = 0, 0 end
    self.state.mid, self.state.fast, self.state.with_bars = nil, nil, 0 -- not those of an earlier life
    self.fast, self.own = self:sma(2), self:series "mids"
    self.mean = self.own:sma(4)
    self:every("act", "300ms")
  end,
  on_book = function(self)
    self.state.books = self.state.books + 1
    if self.mid then self.own:push(self.mid) end
    note(self)
    if self.state.books % 8 == 4 then self:buy { quantity = "0.001", why = "by the book" } end
  end,
  on_timer = function(self)
    self.state.timers = self.state.timers + 1
    note(self)
    if self.state.timers % 3 == 1 then self:buy { quantity = "0.001", why = "by the clock" } end
  end,
}]]

describe("the past of a recorded session", function()
  local home, exchange, started

  local function start(name, more)
    local words = ("run '%s/seer.lua' --product BTC-USD --session %s --sessions '%s' --base %s --key-file '%s' " ..
      "--no-alerts --history 0 --cash 20000 --profile dev --grace 2s --bars 1s --broker coinbase %s"):format(home, name,
      home, exchange.ready.rest, exchange.ready.key_file, more or "")
    local running = process.start(words, home .. "/" .. name .. "-life")
    started[#started + 1] = running
    local text, err = running:wait_for("ready", 120)
    assert.is_truthy(text, err)
    return running
  end

  local function path_of(name) return home .. "/" .. name end

  local function noted(name)
    local p = neap.past(path_of(name))
    return p and p.states.seer or { books = 0, timers = 0 }
  end

  local function wait_for(name, books, timers)
    for _ = 1, 1200 do
      local state = noted(name)
      if state.books >= books and state.timers >= timers and (books < 10 or state.with_bars > 5) then return end
      process.sleep(0.1)
    end
    error "the session does not go on"
  end

  local function stop(running, signal)
    running:signal(signal or "TERM")
    assert.is_true(running:wait(120))
  end

  -- One that was killed and resumed, one of the same strategy, one that was not recorded.
  setup(function()
    home, started = program.directory(), {}
    program.write(home .. "/seer.lua", SEER)
    exchange = exchange_program.start("--market BTC-USD=generated --funds USD=100000,BTC=0 --no-rate-limits", home)
    local running = start "one"
    wait_for("one", 20, 10)
    stop(running, "KILL")
    local before = noted "one"
    running = start "one"
    wait_for("one", before.books + 12, before.timers + 8)
    stop(running)
    for name, more in pairs { two = "", three = "--no-record" } do
      running = start(name, more)
      wait_for(name, 2, 2)
      stop(running)
    end
    exchange:close()
  end)

  teardown(function()
    for _, running in ipairs(started) do running:signal "KILL" end
    program.remove(home)
  end)

  local function verb(words) return program.run(("%s --sessions '%s'"):format(words, home)) end

  local function find(list, name)
    for _, indicator in ipairs(list) do
      if (indicator.series or indicator.timeframe) == name then return indicator end
    end
  end

  -- Not one that was due between two inputs, and is made by the second of them.
  local function comes_of_its_input(p) return p:input().time == p.event.time end

  -- What the strategy noted last, against what is played; nothing of the market moved since.
  local function compare(p)
    local state, seq = p.states.seer, "#" .. p.seq
    local book = assert(p:book())
    assert.are.equal(state.bid, (book:best "bid"):float(), seq)
    book:close() -- a copy
    book = assert(p:book())
    assert.are.equal(state.ask, (book:best "ask"):float(), seq)
    assert.are.equal(state.mid, p:marks()["BTC-USD"]:float(), seq)
    local own = find(p:indicators(), "mids")
    if comes_of_its_input(p) then assert.are.equal(state.mean, own.value, seq) end
    assert.are.same({ "seer", "sma", 4, own.value ~= nil }, { own.strategy, own.name, own.period, own.ready })
  end

  -- Events behind which a note is the last word.
  local function notes(p)
    local list = {}
    for _, row in ipairs(p:events { type = "state_saved" }) do
      p:seek("#" .. row.seq)
      if p.states.seer.mid then list[#list + 1] = row end
    end
    return list
  end

  it("has the book, the mark and the indicators that its strategy saw, forwards, backwards and across its lives",
    function()
      local p <close> = assert(neap.past(path_of "one"))
      local list = notes(p)
      assert.is_true(#list > 20, #list .. " notes")
      for _, row in ipairs(list) do
        p:seek("#" .. row.seq)
        compare(p)
      end
      for i = #list, 1, -7 do
        p:seek("#" .. list[i].seq)
        compare(p)
      end
    end)

  -- A book's time is when its last message came.
  it("has a frame at the nanosecond at which it came, and not at the one before", function()
    local p <close> = assert(neap.past(path_of "one"))
    local compared = 0
    for _, row in ipairs(notes(p)) do
      p:seek("#" .. row.seq)
      if comes_of_its_input(p) and (p:input().text or ""):find('"channel":"l2_data"', 1, true) then
        compared = compared + 1
        assert(p:seek(row.ts_ns - 1))
        assert.is_true(p:book():state().time < row.ts_ns)
        assert(p:seek(row.ts_ns))
        assert.are.equal(row.ts_ns, p:book():state().time)
      end
    end
    assert.is_true(compared > 3, compared .. " compared")
  end)

  it("has the indicators of its bars", function()
    local p <close> = assert(neap.past(path_of "one"))
    local compared = 0
    for _, row in ipairs(notes(p)) do
      p:seek("#" .. row.seq)
      local fast = find(p:indicators(), "1s")
      assert.are.same({ "BTC-USD", "sma", 2 }, { fast.product, fast.name, fast.period })
      if comes_of_its_input(p) then
        assert.are.equal(p.states.seer.fast, fast.value)
        compared = compared + (fast.ready and 1 or 0)
      end
    end
    assert.is_true(compared > 0, "none compared")
  end)

  it("gives a book that stays what it was", function()
    local p <close> = assert(neap.past(path_of "one"))
    local list = notes(p)
    p:seek("#" .. list[8].seq)
    local book = p:book "BTC-USD"
    local bid = p.states.seer.bid
    p:seek("#" .. list[20].seq)
    p:book()
    p:close()
    assert.are.equal(bid, (book:best "bid"):float())
    assert.is_true(#book:levels("ask", 5) > 1)
    p:close()
    assert.is_truthy(p:book())
  end)

  it("leads an order back to the frame, or to the clock", function()
    local p <close> = assert(neap.past(path_of "one"))
    local kinds = {}
    for _, row in ipairs(p:events { type = "order_intent" }) do
      local chain, damage = p:causes(row.seq)
      local input = chain[#chain]
      assert.is_nil(damage)
      assert.are.equal("input", input.type)
      kinds[row.body.why .. ", " .. input.kind] = input
      local loop <close> = assert(core.open_loop { replay = path_of "one" .. "/inputs" })
      loop:skip(input.number - 1)
      local kind, text = loop:coming()
      assert.are.equal(input.kind, kind)
      if kind == "message" then assert.are.equal(text:sub(1, 200), input.text) end
    end
    local book, clock = kinds["by the book, message"], kinds["by the clock, turn"]
    assert.is_truthy(book.text:find '^{"channel":"')
    assert.is_truthy(tostring(book):find "^input %d+ %(message%), 20.*, inputs/000[123]%.seg: {")
    assert.are.equal("message", clock.frame.kind)
    assert.is_true(clock.frame.number < clock.number)
    local filled = p:events({ type = "order_filled" })[1]
    local said = p:input(filled.seq)
    local whole = assert(core.open_loop { replay = path_of "one" .. "/inputs" })
    whole:skip((said.frame or said).number - 1)
    assert.is_truthy(select(2, whole:coming()):find(filled.client_order_id, 1, true))
    whole:close()
  end)

  it("is told by explain", function()
    local p <close> = assert(neap.past(path_of "one"))
    local story = p:explain "#1"
    assert.is_truthy(tostring(story):find("came of   input " .. story.input.number .. " (", 1, true))
    local text = verb "explain '#1' one"
    assert.is_truthy(text:find("came of   input " .. story.input.number .. " (", 1, true), text)
    local told = json.decode((verb "explain '#1' one --json"))
    assert.are.equal(story.input.number, told.input.number)
    assert.is_nil(json.decode((verb "explain '#1' three --json")).input)
  end)

  it("goes on with a session that runs", function()
    exchange = exchange_program.start("--market BTC-USD=generated --funds USD=100000,BTC=0 --no-rate-limits", home)
    local running = start "four"
    wait_for("four", 6, 2)
    local p <close> = assert(neap.past(path_of "four"))
    local list = notes(p)
    p:seek("#" .. list[#list].seq)
    compare(p)
    wait_for("four", 12, 4)
    local later = notes(neap.past(path_of "four"))
    p:seek("#" .. later[#later].seq)
    compare(p)
    stop(running)
    exchange:close()
  end)

  it("leaves nothing behind when its prompt is left by os.exit", function()
    local lines = program.write(home .. "/lines", [[
make = os.tmpname; os.tmpname = function() place = make(); return place end
#s:book("BTC-USD"):levels("bid", 1)
place
os.exit(3)
]])
    local command = program.command(("repl one --sessions '%s'"):format(home))
    local pipe = assert(io.popen(("%s <'%s'"):format(command, lines)))
    local text = pipe:read "a"
    assert.are.equal(3, select(3, pipe:close()), text)
    local place = text:match "(/tmp/%S+)"
    assert.is_truthy(place, text)
    assert.is_nil(require("lfs").attributes(place))
  end)

  it("says why it has no market", function()
    local three = assert(neap.past(path_of "three"))
    local book, err = three:book()
    assert.are.same({ nil, "not_recorded" }, { book, err.code })
    assert.are.equal("not_recorded", select(2, three:indicators()).code)
    assert.are.equal("not_recorded", select(2, three:input()).code)
    local chain, damage = three:causes()
    assert.is_nil(damage)
    assert.are_not.equal("input", chain[#chain].type)
    local one <close> = assert(neap.past(path_of "one"))
    assert.error_matches(function() one:book "BTC-USDC" end, "book: unknown product 'BTC%-USDC'; did you mean")
    assert.error_matches(function() one:book(1) end, "book: a product is wanted: one of BTC%-USD")
    assert.error_matches(function() one:input "x" end, "input: the number of an event is wanted")
  end)

  it("says what is wrong with its recording", function()
    local copy = home .. "/copy"
    os.execute(("cp -r '%s' '%s'"):format(path_of "one", copy))
    os.execute(("rm -r '%s/inputs' && cp -r '%s/inputs' '%s/inputs'"):format(copy, path_of "two", copy))
    local p <close> = assert(neap.past(copy))
    local _, err = p:marks()
    assert.are.equal("replay_differs", err.code)
    os.execute(("rm -r '%s/inputs' && cp -r '%s/inputs' '%s/inputs'"):format(copy, path_of "one", copy))
    for _, name in ipairs { "0002.seg", "0003.seg" } do os.remove(copy .. "/inputs/" .. name) end
    local gone <close> = assert(neap.past(copy))
    assert.are.equal("not_recorded", select(2, gone:book()).code)
    local list = notes(gone)
    gone:seek("#" .. list[3].seq)
    compare(gone)
    local bytes = program.read(copy .. "/inputs/0001.seg")
    local at = #bytes // 2
    program.write(copy .. "/inputs/0001.seg", bytes:sub(1, at) .. string.char(bytes:byte(at + 1) ~ 1) ..
      bytes:sub(at + 2))
    local damaged <close> = assert(neap.past(copy))
    assert.are.equal("damaged", select(2, damaged:book()).code)
    assert.are.equal("damaged", select(2, damaged:causes()).code)
    local orders = damaged:events { type = "order_intent" }
    local text = verb("explain " .. orders[#orders].client_order_id .. " copy")
    assert.is_truthy(text:find "came of   not known: ", text)
  end)
end)
