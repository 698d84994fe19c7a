-- SPDX-License-Identifier: MIT
-- A fork that is kept: what is read of it afterwards. The session it comes of is recorded in earnest at a local
-- exchange by the real program; its strategy fails on the way.
local event_store = require "neap.event_store"
local exchange_program = require "spec.support.exchange_program"
local neap = require "neap"
local process = require "tools.venue_sweep.process"
local program = require "spec.support.program"
local report = require "neap.report"

local FAILS = [[local neap = require "neap"
return neap.strategy { name = "fails", feeds = { "book" }, warmup = 0, params = { most = { 12 } },
  on_start = function(self) self.turns = 0 self:every("act", "200ms") end,
  on_timer = function(self)
    self.turns = self.turns + 1
    if self.turns > self.params.most then error "it is too much" end
    if self.flat then self:buy { quantity = "0.002", why = "in" } else self:close { why = "out" } end
  end,
}]]

local MENDED = [[local neap = require "neap"
return neap.strategy { name = "mended", feeds = { "book" }, warmup = 0, params = { note = { "none" } },
  on_start = function(self) self:every("act", "200ms") end,
  on_timer = function(self) self:buy { quantity = "0.001", why = "mended" } end,
}]]

describe("a fork that is kept", function()
  local home, forks = nil, 0

  local function failures()
    local list = {}
    local rows <close> = event_store.events(home .. "/one/events.db", { type = "strategy_quarantined" })
    for row in rows or function() end do list[#list + 1] = row end
    return list
  end

  lazy_setup(function()
    home = program.directory()
    program.write(home .. "/fails.lua", FAILS)
    program.write(home .. "/mended.lua", MENDED)
    local exchange <close> = exchange_program.trading(home)
    local running = exchange:run(home .. "/fails.lua",
      "--no-alerts --history 0 --cash 20000 --profile dev --grace 2s --on-stop flatten --broker coinbase")
    for _ = 1, 600 do
      if #failures() > 0 then break end
      process.sleep(0.2)
    end
    process.sleep(1)
    running:signal "TERM"
    assert.is_true(running:wait(120))
  end)

  lazy_teardown(function() program.remove(home) end)

  local function past(seq)
    local p = assert(neap.past(home .. "/one"))
    assert(p:seek("#" .. seq))
    return p
  end

  -- → the fork, and the file of its events.
  local function kept(p, options, path)
    forks = forks + 1
    options.store = path or ("%s/%d.db"):format(home, forks)
    local f, err = p:fork(options)
    assert.is_truthy(f, tostring(err))
    return f, options.store
  end

  it("is reported as what it is: on paper, with its own strategy and parameters, from where on", function()
    local p <close> = past(60)
    local f <close>, path = kept(p, { with = home .. "/mended.lua", set = { note = "hello" } })
    local forked = f:events { type = "session_forked" }[1]
    local text, told = assert(report.html(path))
    assert.are.same({ "paper", { "mended", "operator" }, "hello" }, { told.mode, told.strategies, told.params.note })
    for _, words in ipairs { "<h1>mended, operator</h1>", "mode paper ·", "note hello",
      ("This is a fork: up to event %d, at "):format(forked.body.event), "it is the session one itself, mode exchange;",
      "<td>session_forked</td>" } do
      assert.is_truthy(text:find(words, 1, true), words)
    end
    local same <close>, unchanged = kept(p, {})
    told = select(2, assert(report.html(unchanged)))
    assert.are.same({ "paper", { "fails", "operator" } }, { told.mode, told.strategies })
    assert.are.equal(same.comparison.session, told.fork.session)
    assert.is_truthy(told.params.most)
    text = assert(report.html(home .. "/one/events.db"))
    for _, words in ipairs { "mode exchange ·", "most 12" } do
      assert.is_truthy(text:find(words, 1, true), words)
    end
    assert.is_nil(text:find("This is a fork", 1, true))
  end)

  it("has the recording of the session beside which it lies, and is not taken for that session", function()
    local p <close> = past(60)
    local intent = p:events { type = "order_intent" }[1]
    local beside = home .. "/one/fork.db"
    local f <close> = kept(p, { set = { most = 3 } }, beside)
    local again <close> = assert(neap.past(beside))
    for _, of in ipairs { f, again } do
      assert(of:seek "#60")
      assert.are.equal(tostring(p:book()), tostring(of:book()))
      local chain, err = of:causes()
      assert.are.equal("input", chain[#chain].type)
      assert.is_nil(err)
      assert.are.equal(tostring(p:explain("#" .. intent.body.number)), tostring(of:explain("#" .. intent.body.number)))
    end
    local text, complaint, code = program.run(("replay '%s'"):format(beside))
    assert.are.equal(0, code, complaint)
    assert.is_truthy(text:find(("fork.db: the same, %d events"):format(assert(neap.past(beside)).seq), 1, true), text)
    os.remove(beside)
  end)

  it("with another strategy from the event on that the recorded one failed with is not said to have failed", function()
    local p <close> = past(failures()[1].seq)
    local f <close> = kept(p, { with = home .. "/mended.lua" })
    assert.are.equal(p.seq, f.comparison.from.event)
    assert.are.same({}, f.comparison.put_aside)
    assert.is_true(#f:events { type = "order_intent", since = p.seq } > 1)
    local same <close> = kept(p, {})
    assert.are.equal(1, #same.comparison.put_aside)
  end)

  it("is not made where there is no place for it, and that is said", function()
    local script = program.write(home .. "/full.lua", ([[
      local p = assert(require "neap".past "%s/one")
      assert(p:seek "#60")
      local files = {}
      for i = 1, 100 do files[i] = io.open "/dev/null" end
      local made, err = p:fork()
      for _, file in ipairs(files) do file:close() end
      print(made, err.code, err.message)]]):format(home))
    local pipe = io.popen("ulimit -n 60; " .. (program.command("x"):gsub("%S+ x$", script)) .. " 2>&1")
    local text = pipe:read "a"
    pipe:close()
    assert.are.equal("nil\tcannot_create\tno place for a fork: /tmp takes no file\n", text)
  end)
end)
