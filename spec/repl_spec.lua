-- SPDX-License-Identifier: MIT
local complete = require "neap.repl.complete"
local help = require "neap.repl.help"
local program = require "spec.support.program"
local show = require "neap.repl.show"

local directory

-- Types the lines into `neap repl`: stdout, stderr, exit code.
local function typed(lines, arguments, shell)
  local input = program.write(directory .. "/input", table.concat(lines, "\n") .. "\n")
  local errors = directory .. "/errors"
  local command = program.command("repl " .. (arguments or ""))
  if shell then command = shell(command) end
  local pipe = assert(io.popen(("env -u RISK_CONFIG_PATH XDG_STATE_HOME='%s/state' TERM=xterm %s <%s 2>%s"):format(
    directory, command, input, errors)))
  local text = pipe:read "a"
  local _, _, code = pipe:close()
  return text, program.read(errors), code
end

-- The same on a pseudo-terminal.
local function on_terminal(lines, arguments)
  return typed(lines, arguments, function(command)
    local script = program.write(directory .. "/command", "exec env " .. command .. "\n")
    return ("script -qec 'sh %s' /dev/null"):format(script)
  end)
end

local function clean(text) return (text:gsub("\27%[[0-9;?]*%a", ""):gsub("\r", "")) end

local DEMO = "--profile demo"

describe("neap.repl", function()
  setup(function() directory = program.directory() end)
  teardown(function() program.remove(directory) end)

  it("adds no global of its own, and its words are gone when it ends", function()
    local text = typed({ "for name in pairs(_G) do io.write(name, ' ') end" }, DEMO)
    local known = {}
    for name in ("_G _VERSION arg assert collectgarbage coroutine debug dofile error getmetatable io ipairs load " ..
      "loadfile math next os package pairs pcall print rawequal rawget rawlen rawset require select setmetatable " ..
      "string table tonumber tostring type utf8 warn xpcall xpcall neap help s"):gmatch "%S+" do known[name] = true end
    for name in text:gmatch "%S+" do assert.is_true(known[name], name) end
    assert.is_nil(rawget(_G, "help"))
  end)

  it("refuses unknown options and flags with the nearest", function()
    assert.error_matches(function() require("neap").repl { sesion = 1 } end, "did you mean 'session'")
    local _, complaint, code = typed({}, "--dta x")
    assert.same({ 2, "neap: unknown flag '--dta'; did you mean --data?\n" }, { code, complaint })
    _, complaint, code = typed({}, "--resume --data BTC-USD=x.csv")
    assert.equal(2, code)
    assert.matches("give it with %-%-store", complaint)
    _, complaint, code = typed({}, "--data BTC-USD=nowhere.csv")
    assert.equal(1, code)
    assert.matches("nowhere.csv", complaint)
  end)

  it("prints the values of expressions and what statements print", function()
    local text, complaint, code = typed { "1 + 1", "= 2 ^ 3", "x = 5", "x, 'text', nil", "for i = 1, 2 do", "print(i)",
      "end", "-- a remark", "", "nil", "{ 1, 2 }", "{ a = 'b' }", "{}", "function f() end", "f()", "f" }
    assert.equal("2\n8.0\n5  text\n1\n2\nnil\n1\n2\na  \"b\"\n{} (empty)\na function; help(…) says what it does\n",
      text)
    assert.same({ "", 0 }, { complaint, code })
  end)

  it("ends at the first error from a pipe: one line, code 1", function()
    for _, case in ipairs {
      { "hlep()", "attempt to call a nil value %(global 'hlep'%); did you mean 'help'%?" },
      { "error 'boom'", "boom" }, { "error { code = 'x', message = 'bad', where = 'there' }", "bad %(there%)" },
      { "1 +* 2", "unexpected symbol" }, { "x = 'abc", "unfinished string" },
      { "s:orders", "function arguments expected" },
      { "for i = 1, 2 do", "the last lines are not finished" }, { "return nil .. 1", "attempt to concatenate" },
      { "neap.session { dta = 1 }", "did you mean 'data'" }, { "neap.sesion {}", "did you mean 'session'" },
      { "help 'sesion'", "did you mean 'session'" }, { "help(nil, 1) help({})", "no help on this table" },
      { "setmetatable({}, { __tostring = function() error 'words' end })", "words" },
      { "setmetatable({}, { __len = function() error 'no length' end })", "no length" },
      { "error(setmetatable({}, { __tostring = function() error 'words' end }))", "words" },
      { "return nil, setmetatable({}, { __index = function() error 'no field' end })", "no field" },
      { "s = neap.session { data = 'BTC-USD_no.csv' }", "there is no file 'BTC%-USD_no.csv'" },
      { "local ok, err = neap.session { data = 'BTC-USD_no.csv' }", "there is no file" },
    } do
      local text, complaint, code = typed { case[1], "print 'never'" }
      assert.equal(1, code, case[1])
      assert.matches("^error: .*" .. case[2], complaint)
      assert.equal(1, select(2, complaint:gsub("\n", "\n")), complaint)
      assert.is_nil(text:find "never")
    end
  end)

  it("names the line in a chunk of several", function()
    local _, complaint = typed { "for i = 1, 1 do", "  local x", "  x()", "end" }
    assert.matches("^error: line 3: attempt to call a nil value %(local 'x'%)\n$", complaint)
  end)

  it("has a session in s with data, and shows what is in it", function()
    local text, complaint, code = typed({ "s:step(2)", "o = s:buy { quantity = '0.05', stop_loss = 40000, tag = 'a' }",
      "o", "s:step(1)", "s.positions", "s.orders", "s.fills", "s:close()", "s:step(1)", "s.trades", "s:explain(o)",
      "s:events { type = 'order_filled' }", "s.strategies", "s.products", "s.now", "s:stop()", "s" }, DEMO)
    assert.same({ "", 0 }, { complaint, code })
    for _, pattern in ipairs {
      "^2\norder [%x-]+ buy 0.05 BTC%-USD open\n1\n", "product  strategy  side  quantity +entry +mark +unrealized",
      "BTC%-USD  operator  long +0.05", "id +side  type  product  quantity   stop  status", "stop_loss of #1",
      "time +order  side +product +quantity +price +fee  liquidity", "decision  accepted\n",
      "seq +time +type +product +order +body", "name +cash +equity\noperator", "price by 0.01 USD",
      "%d+  %(2025%-01%-01T04:00:00Z%)", "final equity", "assumptions", "session session%-%x+: stopped, mode paper",
    } do assert.matches(pattern, text) end
  end)

  it("takes a strategy, and money for the operator", function()
    local text, complaint = typed({ "s:step(200)", "s.strategies", "s:buy { quantity = '0.001' }.status" },
      DEMO .. " ma_cross.lua --operator-cash 1000")
    assert.equal("", complaint)
    assert.matches("ma_cross +%d", text)
    assert.matches("operator +1000 +1000\nopen\n$", text)
  end)

  it("is ended by Ctrl-C in a loop, in a protected loop, in a session: in order", function()
    local interrupt = "os.execute 'kill -INT $PPID' "
    for _, line in ipairs { "while true do end", "while true do pcall(function() while true do end end) end",
      "while true do s:step(1) end", "coroutine.wrap(function() while true do end end)()",
      "s:run() for i = 1, 1e9 do end" } do
      local _, complaint, code = typed({ interrupt .. line, "print 'never'" }, DEMO)
      assert.same({ "interrupted\n", 130 }, { complaint, code }, line)
    end
  end)

  it("shows long lists cut, with a remark, and wide lines cut", function()
    local list = {}
    for i = 1, 100 do list[i] = { n = i, text = ("é"):rep(100) } end
    local text = show(list, 50)
    assert.matches("\n… 70 of 100 are left out; %[11%] is the next\n", text)
    for line in text:gmatch "[^\n]+" do assert.is_true(utf8.len(line) <= 58, line) end
    local numbers = {}
    for i = 1, 50 do numbers[i] = i end
    assert.matches("… 20 of 50 are left out$", show(numbers))
    assert.equal('k  "a\\nb"', show { k = "a\nb" })
    assert.equal("1\nx  ", (show { 1, { } }:gsub("{}", "x  ")))
  end)

  it("helps: overview, pages, sections, words, functions", function()
    assert.matches("Neap at your keys", help.text())
    for _, page in ipairs(help.pages()) do assert.is_string(help.text(page), page) end
    assert.matches("operator_cash", help.text "session options")
    assert.matches("quarantined", help.text "session the object")
    assert.matches("^session\n  s:buy{}", help.text "buy")
    assert.matches("^session\n  s:kill%(why%)", help.text(require("neap.session").methods.kill))
    assert.same({ nil, "session options" }, { help.text "session optoins" })
    local none, near = help.text "sesion"
    assert.same({ nil, "session" }, { none, near })
    for line in help.text("strategy", 80):gmatch "[^\n]+" do
      assert.is_true(utf8.len(line) <= 80 or line:match "^    " ~= nil, line)
    end
    local text = typed { "? session options", "help(neap.session)", "help" }
    assert.matches("operator_cash", text)
    assert.matches("neap.session", text)
  end)

  it("completes words, fields, methods, options, pages and files", function()
    local function of(text)
      local _, found = complete.candidates(text)
      return found
    end
    assert.same({ "coroutine" }, of "x = corou")
    assert.same({ "string" }, of "strin")
    assert.same({ "format" }, of "string.form")
    assert.same({ "while" }, of "whil")
    local neap = require "neap"
    local s = assert(neap.session { profile = "demo", env = {} })
    rawset(_G, "spec_session", s)
    s:step(1)
    rawset(_G, "spec_order", s:buy { quantity = 1, limit = 5 })
    assert.same({ "state_hash", "step", "stop" }, of "spec_session:st")
    assert.same({ "orders" }, of "spec_session.orde")
    assert.same({}, of "spec_session:orde")
    assert.same({ "cancel" }, of "spec_order:canc")
    assert.same({ "status", "stop" }, of "spec_session.orders[1].st")
    assert.same({ "stop = ", "stop_loss = " }, of "spec_session:buy { quantity = 1, sto")
    assert.same({ "operator_cash = " }, of "neap.session { data = 'x', oper")
    assert.same({}, of "spec_session:buy { quantity = qua")
    assert.same({ 'session"' }, of 'help "sessi')
    rawset(_G, "spec_session", nil)
    rawset(_G, "spec_order", nil)
    program.write(directory .. "/BTC-USD_x.csv", "")
    assert.same({ 'BTC-USD_x.csv"' }, of('data = "' .. directory .. "/BTC"))
    assert.same({ 'BTC-USD_x.csv"' }, of('data = "BTC-USD=' .. directory .. "/BTC"))
    assert.same({ "ma_cross.lua'" }, of "strategy = 'ma_c")
    assert.same({}, of "unknown_thing.fo")
    assert.same({}, of "unknown_thing().xpc")
    assert.same({ "pcall", "print" }, { of "x = 1 ..pc"[1], of "-- done.\nprin"[1] })
    rawset(_G, "spec_trap", { t = setmetatable({}, { __index = function() error "trap" end }) })
    assert.same({}, of "spec_trap.t[1].fo")
    rawset(_G, "spec_trap", setmetatable({ same = 1 }, { __index = { same = 2 } }))
    assert.same({ "same" }, of "spec_trap.sa")
    rawset(_G, "spec_trap", nil)
    assert.same({}, of "")
    assert.same({ "g" }, { complete.line("strin", 80) })
    assert.matches("^byte +char +dump\n", (select(2, complete.line("string.", 32))))
  end)

  it("edits, remembers and completes on a terminal", function()
    if not os.execute "script -qec true /dev/null </dev/null >/dev/null 2>&1" then
      pending "no script (util-linux), or no terminal to be had"
    end
    local text = clean((on_terminal({ "x = 40 + 2", "x", "strin\t.form\t('%d', x + 1)", "local y = 1", "'done'",
      "hlep" }, "")))
    assert.matches("Neap. A line is Lua", text)
    assert.matches("\n42\n", text)
    assert.matches("\n43\n", text)
    assert.matches("a local ends with its line", text)
    assert.matches("did you mean 'help'", text)
    local path = directory .. "/state/neap/repl_history"
    local pipe = assert(io.popen("stat -c %a " .. path))
    assert.equal("600", pipe:read "l")
    pipe:close()
    assert.matches("string.format", program.read(path))
    local up = ("\27[A"):rep(4) -- in the history of before
    assert.matches("string.format%('%%d', x %+ 1%)\nerror: .*global 'x'", clean((on_terminal({ up }, ""))))
  end)
end)
