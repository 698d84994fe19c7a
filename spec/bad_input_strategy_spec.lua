-- SPDX-License-Identifier: MIT
-- Strategies and orders that cannot be: one line that says what and where, and nothing half-written.
local hostile = require "spec.support.hostile"

local function strategy(fields) return 'return require "neap".strategy { name = "t", ' .. fields .. " }" end
local function on_bar(body) return strategy("on_bar = function(self, bar) " .. body .. " end") end

-- The text of a file → what the line says.
local texts = {
  ["nothing"] = { "", "returns no strategy; it ends with" },
  ["a file that returns nothing"] = { "local x = 1", "returns no strategy" },
  ["a number"] = { "return 42", "returns no strategy" },
  ["a bare table"] = { "return { name = 'x' }", "returns no strategy" },
  ["what does not compile"] = { "return { name = ", "unexpected symbol near <eof>" },
  ["bytecode"] = { string.dump(function() end), "this is compiled Lua" },
  ["binary data"] = { "\1\2\0\255", "this is binary data" },
  ["UTF-16"] = { "\xff\xfer\0e\0", "this is UTF%-16 text" },
  ["more than 1 MiB"] = { ("-"):rep(1100000), "is over 1 MiB" },
  ["no name"] = { 'return require "neap".strategy { on_bar = function() end }', "name must be text" },
  ["a hook misspelt"] = { strategy "on_baar = function() end", "unknown hook 'on_baar'; did you mean 'on_bar'%?" },
  ["a hook that is a number"] = { strategy "on_bar = 5", "on_bar must be a function" },
  ["a key of a parameter misspelt"] = { strategy "params = { n = { 5, mni = 1 } }", "'mni'; did you mean 'min'%?" },
  ["a default out of range"] = { strategy "params = { n = { 5, min = 10 } }", "below its minimum 10" },
  ["a default that is no number"] = { strategy "params = { n = { 0/0 } }", "must be a number" },
  ["an unknown type"] = { strategy "params = { n = { 5, type = 'intger' } }", "did you mean 'integer'%?" },
  ["a parameter read by a wrong name"] = { strategy [[params = { num = { 5 } },
    on_bar = function(s) return s.params.nmu end]], "params has no 'nmu'; did you mean 'num'%?" },
  ["a raise at load"] = { "error 'boom'", "boom %(bad%.lua:1%)" },
  ["a raise in on_start"] = { strategy "on_start = function() error 'boom' end", "boom %(bad%.lua:1%)" },
  ["a raise in on_bar"] = { on_bar "local x = nil; return x.y", "index a nil value %(local 'x'%) %(bad%.lua:1%)" },
  ["a raise in on_stop"] = { strategy "on_stop = function() error 'boom' end", "boom %(bad%.lua:1%)" },
  ["a raise without a place"] = { on_bar "error('no place', 0)", "no place %(bad%.lua%)" },
  ["a raise of several lines"] = { on_bar "error('a\\nb\\27[31m', 0)", "a%?b%?%[31m %(bad%.lua%)" },
  ["a raised table"] = { on_bar "error { secret = 1 }", "a table was raised as an error" },
  ["a raise of 100,000 bytes"] = { on_bar "error(('x'):rep(100000), 0)", "xxx" },
  ["a loop"] = { on_bar "while true do end", "over the time limit of 100ms .*%(bad%.lua:1%)" },
  ["a tail call without end"] = { on_bar "local function f() return f() end return f()",
    "^neap: stopped: over the time" },
  ["recursion"] = { on_bar "local function f() return 1 + f() end f()", "stopped: over the %a+ limit" },
  ["memory without end"] = { on_bar "local s = 'x' while true do s = s .. s end",
    "stopped: over the %a+ limit of .*%(bad%.lua" }, -- of memory, or on a slow machine of time
  ["a new global"] = { on_bar "counter = 1", "'counter' is a new global, which a script may not make" },
  ["a new global function"] = { "function helper() end return {}", "'helper' is a new global" },
  ["a global never set"] = { on_bar "return counnt", "unknown global 'counnt'" },
  ["opening a file"] = { on_bar "io.open '/etc/passwd'", "'io' is not available" },
  ["running a program"] = { on_bar "os.execute 'id'", "os.execute is not available" },
  ["loading a file"] = { "dofile '/etc/passwd'", "'dofile' is not available" },
  ["requiring what it may not"] = { "require 'neap.cli.main'", "may not be used in a script" },
  ["requiring by a path"] = { "require '../../etc/passwd'", "is not a module's name" },
  ["requiring what is not there"] = { "require 'io'", "there is no 'io'" },
}

-- The body of an order → what the line says.
local orders = {
  ["quantity = 0"] = "quantity must be more than zero, not 0",
  ["quantity = -1"] = "quantity must be more than zero, not %-1",
  ["quantity = 1e30"] = "quantity: .*out of range",
  ["quantity = 0/0"] = "quantity is not a finite number",
  ["quantity = -1/0"] = "quantity is not a finite number",
  ["quantity = 'abc'"] = "quantity: 'abc' is not a number",
  ["quantity = '1,5'"] = "quantity: '1,5' is not a number",
  ["quantity = '1e400'"] = "quantity: 1e400 is out of range",
  ["quantity = ('9'):rep(400)"] = "quantity: 9+ is out of range",
  ["quantity = '1.23456789012345678901'"] = "more than 16 fractional digits; nearest: 1.2345678901234567",
  ["quantity = {}"] = "quantity must be a number, a decimal or text, not table",
  ["quantity = true"] = "quantity must be a number, a decimal or text, not boolean",
  ["quantity = 1, limit = -5"] = "limit must be more than zero, not %-5",
  ["quantity = 1, limit = 0/0"] = "limit is not a finite number",
  ["quantity = 1, stop = 'x'"] = "stop: 'x' is not a number",
  ["fraction = -1"] = "fraction must be more than zero",
  ["notional = 1e30"] = "notional: .*out of range",
  ["quantity = 1, notional = 5"] = "more than one size",
  [""] = "no size: give exactly one",
  ["quantiy = 1"] = "unknown option 'quantiy'; did you mean 'quantity'%?",
  ["quantity = 1, time_in_force = 'gtx'"] = "did you mean 'gtc'%?",
  ["quantity = 1, post_only = 'yes'"] = "post_only must be true or false",
  ["quantity = 1, tag = ('x'):rep(1000)"] = "tag is over 63 bytes",
  ["quantity = 1, product = 'ETH-USD'"] = "unknown product 'ETH%-USD'",
  ["quantity = 1, good_till = 'x'"] = "good_till: 'x' is not a time",
}

-- --param → what the line says, of { n = 1 … 10, share = 0 … 1, side, flag, wait }.
local params = {
  ["n=11"] = "n: 11 is above its maximum 10", ["n=0"] = "n: 0 is below its minimum 1", ["n=abc"] = "whole number",
  ["n=nan"] = "whole number", ["n=1e400"] = "whole number", ["n="] = "whole number", ["n=5.5"] = "whole number",
  ["share=nan"] = "a number is wanted", ["share=0,5"] = "a number is wanted", ["share=2"] = "above its maximum",
  ["side=lnog"] = "did you mean long%?", ["flag=maybe"] = "true or false is wanted", ["wait=5x"] = "a duration like",
  ["shar=1"] = "unknown parameter 'shar'; did you mean 'share'%?", ["=5"] = "is not NAME=VALUE",
  ["n"] = "not NAME=VALUE",
  ["z=1"] = "unknown parameter 'z'; it has flag, n",
  ["n=5 --param n=6"] = "n is given twice",
}

describe("a strategy that cannot run:", function()
  local place
  local DATA = " --data BTC-USD_1h.csv"

  setup(function()
    place = hostile.new()
    place:write("takes.lua", strategy [[params = { n = { 5, min = 1, max = 10 }, share = { 0.5, min = 0, max = 1 },
      side = { "long", choices = { "long", "short" } }, flag = { true }, wait = { "5m", type = "duration" } },
      on_bar = function() end]])
  end)
  teardown(function() place:remove() end)

  for what, case in pairs(texts) do
    it(what, function()
      place:write("bad.lua", case[1])
      local fault = place:refuses(1, case[2], "backtest bad.lua" .. DATA)
      assert.matches("bad%.lua", fault.message .. (fault.where or ""))
    end)
  end

  for order, pattern in pairs(orders) do
    it("buy { " .. order .. " }", function()
      place:write("order.lua", on_bar("self:buy { " .. order .. " }"))
      assert.equal("order.lua:1", place:refuses(1, "buy: .*" .. pattern, "backtest order.lua" .. DATA).where)
    end)
  end

  for param, pattern in pairs(params) do
    it("--param " .. param, function() place:refuses(2, pattern, "backtest takes.lua --param " .. param .. DATA) end)
  end

  it("a file that is none", function()
    assert(place:shell "mkdir -p dir.lua 'a b' && mkfifo pipe.lua && ln -sf nowhere.lua link.lua")
    assert.equal("takes.lua", place:refuses(1, "there is no file", "backtest take.lua" .. DATA).nearest)
    assert.equal("takes.lua", place:refuses(1, "there is no file", "backtest takes" .. DATA).nearest)
    assert.equal("ma_cross.lua", place:refuses(1, "there is no file", "backtest ma_crss.lua" .. DATA).nearest)
    place:refuses(1, "Is a directory; name a file in it", "backtest dir.lua" .. DATA)
    place:refuses(1, "is a named pipe, not a file", "backtest pipe.lua" .. DATA)
    place:refuses(1, "the link leads to no file", "backtest link.lua" .. DATA)
    place:refuses(1, "is a char device", "backtest /dev/zero" .. DATA)
    place:refuses(2, "not an empty word", "backtest ''" .. DATA)
  end)

  it("a path with a blank is named with its line", function()
    assert(place:shell "mkdir -p 'a b'")
    place:write("a b/bad.lua", on_bar "error 'boom'")
    assert.equal("a b/bad.lua:1", place:refuses(1, "^neap: boom", "backtest 'a b/bad.lua'" .. DATA).where)
  end)

  it("an order finer than the increment is refused by the engine, and the run goes on", function()
    place:write("fine.lua", on_bar "if self.flat then self:buy { quantity = '0.000000001' } end")
    local text, _, code = place:run("backtest fine.lua --quiet" .. DATA)
    assert.equal(0, code)
    assert.matches("60 rejected: quantity_increment 60", text)
  end)
end)
