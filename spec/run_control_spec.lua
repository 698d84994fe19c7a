-- SPDX-License-Identifier: MIT
-- The owner's word at a running session: the protocol, and the verbs that speak it.
local bars = require "spec.support.bars"
local core = require "neap.run_c"
local json = require "neap.json"
local program = require "spec.support.program"
local running = require "spec.support.running"

local HOLDS = [[
return require "neap".strategy {
  name = "holds",
  on_start = function(self) self:every("beat", "1m") end,
  on_bar = function(self, bar)
    if self.flat then self:buy { fraction = "0.1", stop_loss = bar.close * 0.5, why = "in" } end
    if not self.below then self.below = self:buy { quantity = "0.001", limit = bar.close * 0.6, tag = "below" } end
  end,
}
]]

describe("the control socket", function()
  local home, process

  local function verb(words) return running.verb(words, { home = home }) end

  local function document(words)
    local text, complaint, code = verb(words .. " --json")
    return json.decode(text, { numbers = "float" }), code, complaint
  end

  local function ask(request) return process:ask(request) end

  setup(function()
    home = program.directory()
    program.write(home .. "/holds.lua", HOLDS)
    program.write(home .. "/BTC-USD_1h.csv", bars.csv(bars.walk(20000)))
    process = running.start("holds.lua --data BTC-USD_1h.csv --speed 36000 --quiet", { home = home })
    process:await(function(status) return status.open_orders == 2 end)
  end)
  teardown(function()
    process:finish()
    program.remove(home)
  end)

  it("answers what is no command with an error, and goes on", function()
    for line, code in pairs {
      ["garbage"] = "bad_command", [""] = "bad_command", ["[]"] = "bad_command", ["[1]"] = "bad_command",
      ["3"] = "bad_command", ["null"] = "bad_command", ["{}"] = "bad_command", ['{"command":4}'] = "bad_command",
      ['{"command":"dance"}'] = "bad_command", ['{"command":"kill","why":5}'] = "bad_command",
      ['{"command":"kill","wye":"x"}'] = "bad_command", ['{"command":"resume"}'] = "bad_command",
      ['{"command":"reduce_only"}'] = "bad_command", ['{"command":"stop","on_stop":"panic"}'] = "bad_command",
      ['{"command":"status"'] = "bad_command", ["\0\255\1"] = "bad_command",
      ['{"command":"ack","code":"x"}'] = "bad_command",
      ['{"command":"cancel_all","product":"ETH-USD"}'] = "bad_command",
      [("["):rep(200000)] = "bad_command",
    } do
      local answer = ask(line)
      assert.is_nil(answer.ok, line:sub(1, 40))
      assert.equal(code, answer.error.code, line:sub(1, 40))
    end
    assert.equal("kill", ask({ command = "kil" }).error.nearest)
    assert.equal("running", ask({ command = "status" }).state)
  end)

  it("answers whatever comes with one object", function()
    math.randomseed(11)
    local words = { "command", "status", "why", "product", "on", "exits", "BTC-USD", "fills", "reload", "", "id" }
    local function value(depth)
      local kind = math.random(depth > 2 and 5 or 7)
      if kind == 1 then return math.random(0, 1) == 1 end
      if kind == 2 then return math.random(-9, 9) end
      if kind <= 5 then return words[math.random(#words)] end
      local made = {}
      for i = 1, math.random(0, 3) do made[kind == 6 and i or words[math.random(#words)]] = value(depth + 1) end
      return made
    end
    for _ = 1, 400 do
      local line = json.encode(value(0))
      if math.random(3) == 1 then line = line:sub(1, math.random(#line)) end
      if math.random(3) == 1 then line = '{"command":"' .. words[math.random(#words)] .. '",' .. line:sub(2) end
      local answer = ask(line)
      assert.is_true(answer.ok == true or type(answer.error.code) == "string", line)
      assert.is_true(answer.ok == true or answer.error.code ~= "internal", line)
    end
    assert.equal("normal", ask({ command = "status" }).trading)
  end)

  it("gives back the id of a question", function()
    assert.equal("a7", ask({ command = "status", id = "a7" }).id)
    assert.equal("a8", ask({ command = "dance", id = "a8" }).id)
  end)

  it("is for the owner alone", function()
    local lfs = require "lfs"
    assert.equal("rw-------", lfs.attributes(process.directory .. "/control.sock", "permissions"))
    assert.equal("rwx------", lfs.attributes(process.directory, "permissions"))
  end)

  it("shows status, positions, orders and fills as text and as JSON with the same columns", function()
    local text = verb "status"
    for _, pattern in ipairs { "^session +holds\n", "\nstate +running  pid " .. process.pid, "\nmode +paper  engine ",
      "\ntrading +normal", "\norders +2  working", "\nstrategy +holds  cash " } do assert.matches(pattern, text) end
    assert.equal("neap.status/1", document("status").schema)
    assert.truthy((verb "status --json"):find('"holds":[]', 1, true)) -- a list, though nothing is held
    for what, names in pairs {
      positions = { "product", "strategy", "side", "quantity", "entry_price", "mark", "unrealized", "realized",
        "fees" },
      orders = { "order", "product", "side", "type", "quantity", "filled", "status" },
      fills = { "time", "order", "side", "product", "quantity", "price", "fee", "liquidity", "why" },
    } do
      local rows = document(what)[what]
      assert.is_true(#rows >= 1, what)
      for _, name in ipairs(names) do assert.is_string(rows[1][name], what .. "." .. name) end
      assert.matches("product", (verb(what):match "^[^\n]*"))
      assert.same({}, document(what .. " --product ETH-USD")[what])
    end
    assert.matches("no fills", (verb "fills --since 2031-01-01"))
  end)

  it("halts, and records who and why; resume demands a why", function()
    local answer = document 'kill --why "feed looks wrong"'
    assert.equal("halted", answer.trading)
    assert.equal("neap.kill/1", answer.schema)
    local orders = document("orders").orders
    assert.equal(1, #orders)
    assert.equal("stop", orders[1].type) -- the exit stays
    local _, complaint, code = verb "resume"
    assert.equal(2, code)
    assert.matches("%-%-why is missing", complaint)
    _, complaint, code = verb "resume --why '  '"
    assert.equal(2, code, "blanks are no words")
    assert.matches("%-%-why is missing", complaint)
    assert.matches("^holds: normal", (verb 'resume --why "it was right"'))
    local told = {}
    for _, row in ipairs(document("events --type mode_changed").events) do
      told[#told + 1] = row.body.mode .. " " .. row.body.reason
      assert.matches("^[%w_]+@%d+$", row.body.who)
    end
    assert.same({ "halted feed looks wrong", "normal it was right" }, told)
  end)

  it("only reduces, and opens again", function()
    local _, complaint, code = verb "reduce-only maybe"
    assert.equal(2, code, complaint)
    assert.matches("reduce_only", (verb "reduce-only on --why x"))
    assert.equal("reduce_only", document("status").trading)
    for _, words in ipairs { "", " --why ' '" } do
      _, complaint, code = verb("reduce-only off" .. words)
      assert.equal(2, code, "off is laxer: it needs a why")
      assert.matches("%-%-why is missing", complaint)
    end
    assert.equal("why_needed", ask({ command = "reduce_only", on = false }).error.code)
    assert.equal("why_needed", ask({ command = "resume", why = " \t\n" }).error.code)
    assert.equal("reduce_only", document("status").trading)
    assert.matches("normal", (verb "reduce-only off --why y"))
  end)

  it("cancels everything, exits too, when it is told so", function()
    process:await(function(status) return status.open_orders >= 1 end)
    assert.is_true(document("cancel-all --why tidy").cancelled >= 1)
    assert.equal(0, document("status").open_orders)
    local rows = document("events --type operator_command").events
    local row = rows[#rows]
    assert.same({ "cancel_all", "tidy" }, { row.body.command, row.body.why })
  end)

  it("closes every position at the next price", function()
    process:await(function() return #ask({ command = "positions" }).positions > 0 end)
    assert.equal(1, document("flatten --why weekend").closing)
    process:await(function()
      for _, fill in ipairs(ask({ command = "fills" }).fills) do
        if (fill.why or ""):find "weekend" then return true end
      end
    end)
  end)

  it("kill --exits leaves no order at all", function()
    ask { command = "cancel_all" }
    process:await(function(status) return status.open_orders > 0 end)
    assert.equal("halted", document("kill --exits").trading)
    assert.equal(0, document("status").open_orders)
    verb "resume --why on"
  end)

  it("means the only session that runs, and wants a name where there are two", function()
    local other <close> = setmetatable({}, { __close = function(self) self.process:finish() end })
    other.process = running.start("holds.lua --data BTC-USD_1h.csv --speed 1 --quiet --session other", { home = home })
    local _, complaint, code = verb "kill"
    assert.equal(2, code)
    assert.matches("2 sessions run: name one, or say %-%-all: holds, other", complaint)
    assert.equal("halted", document("kill other").trading)
    assert.equal("normal", document("status holds").trading)
    local text = verb "reduce-only off --all --why both"
    assert.matches("holds: normal\n", text)
    assert.matches("stopped, equity", (verb "stop other"))
    assert.equal(0, select(2, other.process:wait()))
  end)

  it("says that it does not run, or that there is none: code 4", function()
    for words, pattern in pairs { ["kill other"] = "does not run", ["stop nobody"] = "no such session: nobody" } do
      local _, complaint, code = verb(words)
      assert.equal(4, code, words)
      assert.matches(pattern, complaint)
    end
    local _, _, code = running.verb("kill", { home = program.root .. "/spec" })
    assert.equal(4, code)
  end)

  it("stops, answers when it has, and leaves what is then read from the store", function()
    local before = document "positions"
    local answer = document 'stop --why "enough" --on-stop keep'
    assert.equal("stopped", answer.state)
    local text, code = process:wait()
    assert.equal(0, code)
    assert.matches("stopped: enough", text)
    local status = document "status holds"
    assert.same({ "stopped", "enough" }, { status.state, status.ended_because })
    local after = document "positions holds"
    assert.equal(#before.positions, #after.positions)
    for i, held in ipairs(after.positions) do
      assert.equal(before.positions[i].product, held.product)
      assert.is_nil(held.mark)
    end
    assert.equal(0, select(3, verb "verify holds"))
    assert.is_false(core.is_served(process.directory))
  end)
end)
