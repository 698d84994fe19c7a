-- SPDX-License-Identifier: MIT
-- Attempts to get out of a cell, to run on, to take memory, to be different in each run, to break the session through
-- the
-- API. Each has a name; none gets out, and none takes more than twice the time that a call has.
local abuse = require "spec.support.abuse"

local function each(attempts, try)
  for _, attempt in ipairs(attempts) do
    it(attempt[1], function() try(table.unpack(attempt, 2)) end)
  end
end

local STOPPED, FULL = "^time_limit: ", "^memory_limit: "

describe("out of a cell:", function()
  each({
    { "opens a file", "'io' is not available", "io.open('/etc/passwd')" },
    { "runs a program", "os.execute is not available", "os.execute('true')" },
    { "ends the process", "os.exit is not available", "os.exit(1)" },
    { "reads the environment", "os.getenv is not available", "return os.getenv 'HOME'" },
    { "removes a file", "os.remove is not available", "os.remove '/tmp/x'" },
    { "loads a library", "'package' is not available", "package.loadlib('libc.so.6', 'system')" },
    { "uses debug", "'debug' is not available", "debug.getregistry()" },
    { "runs a file", "'dofile' is not available", "dofile '/etc/hostname'" },
    { "collects garbage", "'collectgarbage' is not available", "collectgarbage 'count'" },
    { "requires ffi", "no lib directory", "require 'ffi'" },
    { "requires a path", "not a module's name", "require '../../etc/passwd'", { lib_root = "spec" } },
    { "requires the event store", "may not be used in a script", "require 'neap.event_store'", { lua_root = "lua" } },
    { "loads bytecode", "gives nil", "return (load('\\27Lua\\x54\\0'))" },
    { "asks load for bytecode", "only text is loaded", "load('x', 'x', 'b')" },
    { "dumps bytecode", "nil value", "string.dump(print)" },
    { "finds the globals under another name", "'io' is not available", "return _G._G['io']" },
    { "loads a chunk with globals of its own", "nil value %(global 'io'%)",
      "return load('return io.open', 'x', 't', {})()" },
    { "makes a global", "'x' is a new global.*write 'local x'", "x = 1" },
    { "takes the fence off the globals", "protected metatable", "setmetatable(_G, nil)" },
    { "reads the fence of the globals", "gives globals", "return getmetatable(_G)" },
    { "reads the metatable of texts", "gives string", "return getmetatable ''" },
    { "writes into the metatable of decimals", "index a string",
      "getmetatable(require 'neap.decimal' '1').__gc = print" },
    { "writes into the metatable of null", "gives neap.json.null", "return getmetatable(require 'neap.json'.null)" },
    { "writes into the metatable of arrays", "gives neap.json.array",
      "return getmetatable(require 'neap.json'.array {})" },
    { "calls a finalizer through arrays", "without a metatable",
      "require 'neap.json'.array(setmetatable({}, { __index = print }))" },
  }, abuse.of_cell)
end)

describe("a cell that would differ from run to run:", function()
  each({
    { "sets a finalizer", "__gc is not available", "setmetatable({}, { __gc = print })" },
    { "sets a finalizer raw", "rawset: __gc is not available", "rawset({}, '__gc', print)" },
    { "sets a weak table", "__mode is not available", "setmetatable({}, { __mode = 'k' })" },
    { "sets a weak table afterwards", "__mode is not available", "local m = {} setmetatable({}, m) m.__mode = 'k'" },
    { "sets it in a field that was there", "__mode is not available",
      "local m = { __mode = 1 } m.__mode = nil setmetatable({}, m) m['__mo' .. 'de'] = 'k'" },
    { "sets it in a class that inherits", "__mode is not available",
      "local c = setmetatable({}, { __index = {} }) setmetatable({}, c) c.__mode = 'k'" },
    { "takes the guard off a metatable first", "__mode is not available", "local m = {} setmetatable({}, m) "
      .. "setmetatable(m, {}) setmetatable(m, nil) assert(getmetatable(m) == nil) m.__mode = 'k'" },
    { "prints an address", "gives table function", "return ('%s %s'):format({}, print)" },
    { "prints a pointer behind a zero byte", "%%p is not available", "return ('\\0%p'):format({})" },
    { "prints an address through a decimal", "gives 1table", "return require 'neap.decimal' '1' .. {}" },
    { "raises an address", "a table was raised as an error", "error({})" },
    { "raises a function", "a function was raised as an error", "error(print)" },
    { "raises nothing", "a nil was raised as an error", "error()" },
    { "seeds the random numbers", "seeds math.random", "math.randomseed(os)" },
    { "reads the clock", "os.clock is not available", "os.clock()" },
    { "goes through tables as keys", "has no order that two runs share", "for k in pairs { [{}] = 1 } do end" },
    { "names files in the order of a directory", "'io' is not available", "io.popen 'ls'" },
  }, abuse.of_cell)
end)

describe("a cell that runs on:", function()
  each({
    { "loops", STOPPED, "while true do end" },
    { "loops by goto", STOPPED, "::top:: goto top" },
    { "catches its stop", STOPPED, "while true do pcall(function() while true do end end) end" },
    { "handles its stop", STOPPED, "xpcall(function() while true do end end, function() while true do end end)" },
    { "loops in __close", STOPPED,
      "local x <close> = setmetatable({}, { __close = function() while true do end end }) while true do end" },
    { "loops in __close of a coroutine", STOPPED, "local co = coroutine.wrap(function() local x <close> = "
      .. "setmetatable({}, { __close = function() while true do end end }) error 'x' end) pcall(co)" },
    { "loops in the text of an error", STOPPED,
      "error(setmetatable({}, { __tostring = function() while true do end end }))" },
    { "loops in a coroutine", STOPPED,
      "while true do coroutine.wrap(function() pcall(function() while true do end end) end)() end" },
    { "hides behind a coroutine that it cannot close", STOPPED,
      "xpcall(coroutine.close, function() while true do end end, coroutine.running())" },
    { "hides behind the coroutine that resumed it", STOPPED, "local a a = coroutine.create(function() coroutine.resume("
      .. "coroutine.create(function() xpcall(coroutine.close, function() while true do end end, a) end)) end) "
      .. "coroutine.resume(a)" },
    { "backtracks", STOPPED, "return ('a'):rep(1000000):find(('a*'):rep(20) .. 'b')" },
    { "backtracks lazily", STOPPED, "return ('a'):rep(1000000):match(('a-'):rep(20) .. 'b')" },
    { "searches frontiers", STOPPED, "return ('a'):rep(1000000):find('%f[' .. ('b'):rep(100000) .. ']')" },
    { "replaces in a function of C", STOPPED, "while true do ('a'):rep(1000000):gsub('.', tostring) end" },
    { "replaces by a megabyte", "limit: ", "return #('x'):rep(1000000):gsub('', ('y'):rep(1000000))" },
    { "sorts without a rule", STOPPED, "local t = {} for i = 1, 1000000 do t[i] = -i end table.sort(t, rawequal) "
      .. "while true do table.sort(t, math.ult) end" },
    { "goes through a large table again and again", STOPPED,
      "local t = {} for i = 1, 200000 do t['k' .. i] = i end while true do for k in pairs(t) do break end end" },
    { "steps with next", STOPPED, "local t = {} for i = 1, 100000 do t[-i] = i end while true do next(t, -5) end" },
    { "joins an endless list", STOPPED,
      "table.concat(setmetatable({}, { __index = function() return '' end }), '', 1, math.maxinteger)" },
    { "joins with a list of C functions", STOPPED, "local t = {} for i = 1, 100000 do t[i] = '' end "
      .. "setmetatable(t, { __index = table.concat }) table.unpack(t, 100001, 900000)" },
    { "moves endlessly", STOPPED,
      "table.move(setmetatable({}, { __index = rawlen, __newindex = rawequal }), 1, 1 << 60, 2)" },
    { "inserts at the front of a large list", STOPPED,
      "local t = {} for i = 1, 1000000 do t[i] = i end while true do table.insert(t, 1, 0) table.remove(t, 1) end" },
    { "compares long texts", STOPPED, "local a = ('x'):rep(1 << 20):rep(1) a = a .. a .. a .. a .. a .. a "
      .. "while true do local b = a .. 'y' < a .. 'z' end" },
    { "walks metatables", STOPPED,
      "local t = setmetatable({}, {}) getmetatable(t).__index = function(_, k) return t[k] end "
      .. "while true do pcall(function() return t.x end) end" },
    { "compares through metamethods", STOPPED,
      "local m = { __lt = function() while true do end end } return setmetatable({}, m) < setmetatable({}, m)" },
    { "measures through metamethods", STOPPED,
      "return table.concat(setmetatable({}, { __len = function() while true do end end }))" },
    { "formats through metamethods", STOPPED,
      "return ('%s'):format(setmetatable({}, { __tostring = function() while true do end end }))" },
    { "compiles labels", STOPPED, "local t = {} for i = 1, 3000 do t[i] = '::a' .. i .. '::' end "
      .. "t = table.concat(t) while true do load(t) end" },
    { "compiles ten thousand gotos", "load: over 32768 bytes",
      "load(('goto a '):rep(10000) .. '::a::')" },
    { "decodes a million brackets", "gives nil", "return (require 'neap.json'.decode(('['):rep(1000000)))" },
    { "decodes half a million numbers", STOPPED,
      "local s = '[' .. ('1,'):rep(500000) .. '1]' while true do require 'neap.json'.decode(s) end" },
    { "decodes two megabytes", "over 1048576 bytes",
      "local s = (' '):rep(1 << 20) require 'neap.json'.decode(s .. s)" },
    { "encodes a tree of shared branches", "over 1048576 bytes|limit: ",
      "local t = {} for i = 1, 60 do t = { t, t } end require 'neap.json'.encode(t)" },
    { "encodes itself", "deeper than 64 levels", "local t = {} t.t = t require 'neap.json'.encode(t)" },
    { "measures utf8", STOPPED,
      "local s = ('x'):rep(1 << 20) s = s .. s s = s .. s s = s .. s while true do utf8.len(s) end" },
  }, abuse.of_cell)
end)

describe("a cell that takes memory:", function()
  each({
    { "doubles a text", "limit: ", "local s = ('x'):rep(1 << 20) while true do s = s .. s end" },
    { "repeats a text", "over 1 MiB", "return ('x'):rep(1 << 40)" },
    { "packs a gigabyte", FULL, "return string.pack('c1000000000', 'x')" },
    { "grows a list", "limit: ", "local t = {} while true do t[#t + 1] = #t end" },
    { "grows a map", "limit: ", "local t, i = {}, 0 while true do i = i + 1 t['k' .. i] = i end" },
    { "keeps coroutines", "limit: ",
      "local t = {} while true do t[#t + 1] = coroutine.create(print) coroutine.resume(t[#t]) end" },
    { "keeps closures", "limit: ", "local t = {} while true do local x = {} t[#t + 1] = function() return x end end" },
    { "catches the end of its memory", "limit: ",
      "while true do pcall(function() local t = {} while true do t[#t + 1] = ('x'):rep(100000) .. #t end end) end" },
    { "makes indicators of a million values", FULL,
      "local I, t = require 'neap.indicator', {} for i = 1, 1000 do t[i] = I.sma(1000000) end" },
    { "drops indicators of a million values", FULL .. "|gives 1",
      "local I = require 'neap.indicator' for i = 1, 1000 do I.highest(1000000) end return 1" },
    { "lets an indicator keep a million values", FULL,
      "local I, t = require 'neap.indicator', {} for i = 1, 1000 do t[i] = I.sma(2):keep(1000000) end" },
    { "unpacks a million", "too many results", "return table.unpack({}, 1, 1000001)" },
    { "recurses", "stack overflow|limit: ", "local function f() return 1 + f() end f()" },
    { "recurses in C", "C stack overflow", "local function f(s) return (s:gsub('.', f)) end f 'x'" },
    { "recurses through coroutines", "C stack overflow|lua_error",
      "local function f() return coroutine.wrap(f)() end f()" },
    { "recurses through pcall", "gives false",
      "local function f() return pcall(f) end local t = { f() } return t[#t - 1]" },
    { "recurses through __index", "C stack overflow",
      "local m = {} m.__index = function(t, k) return setmetatable({}, m)[k] end return setmetatable({}, m).x" },
    { "closes coroutines in each other's handlers", "gives false", "local function make(after) "
      .. "local co = coroutine.create(function() local x <close> = setmetatable({}, { __close = function() "
      .. "if after then assert(coroutine.close(after)) end end }) coroutine.yield() end) coroutine.resume(co)"
        .. " return co end "
      .. "local co for i = 1, 500 do co = make(co) end return (coroutine.close(co))" },
    { "nests a pattern", "pattern too complex", "return ('x'):rep(300):find(('x?'):rep(250))" },
    { "nests parentheses", "C stack overflow|C levels",
      "assert(load('return ' .. ('('):rep(1000) .. '1' .. (')'):rep(1000)))" },
  }, abuse.of_cell)
end)

describe("through the API:", function()
  each({
    { "raises in an option table", "boom", "self:buy(setmetatable({}, { __index = function() error 'boom' end }))" },
    { "loops in an option table", STOPPED,
      "self:buy(setmetatable({}, { __index = function() while true do end end }))" },
    { "loops in a target", STOPPED, "self:target(setmetatable({}, { __index = function() while true do end end }))" },
    { "loops in a timer's options", STOPPED,
      "self:daily('x', setmetatable({}, { __index = function() while true do end end }))" },
    { "orders while an option is read", "a result",
      "if N > 0 then return end N = 1 self:buy(setmetatable({ quantity = 1 }, "
      .. "{ __index = function() self:cancel_all() end }))" },
    { "asks for an option of a megabyte", "unknown option", "self:buy { quantity = 1, [('x'):rep(1000000)] = 1 }" },
    { "replaces a word of self", "belongs to the strategy's words", "self.buy = print" },
    { "replaces the metatable of self", "protected metatable", "setmetatable(self, {})" },
    { "makes self a metatable", "cannot be a metatable", "setmetatable({}, self)" },
    { "makes the globals a metatable", "cannot be a metatable", "setmetatable({}, _G)" },
    { "reads the metatables of what it is handed", "self bar order product", "local o = self:buy { quantity = 0.001 } "
      .. "error(table.concat({ getmetatable(self), getmetatable(bar), getmetatable(o), "
      .. "getmetatable(self:product 'BTC-USD') }, ' '))" },
    { "sets a field of a bar", "read%-only", "bar.close = 1" },
    { "sets a field of a bar raw", "table expected", "rawset(bar, 'close', 1)" },
    { "sets a parameter", "read%-only", "self.params.x = 1" },
    { "calls a word on something else", "with ':'", "self.buy({}, { quantity = 1 })" },
    { "calls a word on nothing", "with ':'", "self.buy()" },
    { "calls a handle's method on a number", "neap.order expected", "local o = self:buy { quantity = 1 } o.cancel(1)" },
    { "keeps orders that are over", "a result",
      "local T = rawget(_G, 'T') or {} rawset(_G, 'T', T) for _, o in ipairs(T) do o:cancel() local s = o.status, "
      .. "o.filled, tostring(o) end T[#T + 1] = self:buy { quantity = 0.001 }" },
    { "keeps a bar that is over", "a result",
      "if rawget(_G, 'B') then local x = B.close + B.time end rawset(_G, 'B', bar)" },
    { "keeps the API in a coroutine", "a result",
      "local C = rawget(_G, 'C') or coroutine.wrap(function(s, b) while true do "
      .. "s:buy { quantity = 0.001, why = tostring(b.close) } coroutine.yield() end end) "
      .. "rawset(_G, 'C', C) C(self, bar)" },
    { "yields out of a hook", "outside a coroutine", "coroutine.yield(self)" },
    { "raises self", "lua_error", "error(self)" },
    { "raises an order", "lua_error", "error((self:buy { quantity = 1 }))" },
    { "raises a loop", STOPPED, "error(setmetatable({}, { __tostring = function() while true do end end }))" },
    { "tags with a megabyte", "tag is over", "self:buy { quantity = 1, tag = ('x'):rep(1000000) }" },
    { "explains with a megabyte", "why is over", "self:buy { quantity = 1, why = ('x'):rep(1000000) }" },
    { "logs a megabyte", "over 65536 bytes", "self:info(('x'):rep(1000000))" },
    { "prints a megabyte", "over 65536 bytes", "print(('x'):rep(1000000))" },
    { "logs a field of a megabyte", "over 65536 bytes", "self:info('x', { y = ('x'):rep(1000000) })" },
    { "storms the log", "over 10000 log lines", "for i = 1, 1000000 do self:info 'x' end" },
    { "storms the log by print", "over 10000 log lines", "while true do print 'x' end" },
    { "replaces the sort that the log needs", "a result", "table.sort = function(t) t[1], t[2] = {}, nil end "
      .. "self:info('x', { a = 1, b = 2 })" },
    { "replaces require and explains", "lua_error|a result",
      "require = function() return { decode = function() end } end self:buy { quantity = 1 }:explain()" },
    { "replaces the methods of texts", "a result",
      "string.rep = error string.format = error self:buy { quantity = '1' }" },
    { "orders a million times", STOPPED, "for i = 1, 1000000 do self:buy { quantity = 0.001, limit = 1 } end" },
    { "is refused a million times", STOPPED, "for i = 1, 1000000 do self:sell { quantity = 1e9 } end" },
    { "closes a million times", STOPPED, "for i = 1, 1000000 do self:close {} end" },
    { "sets a million timers", STOPPED, "for i = 1, 1000000 do self:after('t' .. i, '1h') end" },
    { "sets one timer a million times", STOPPED, "for i = 1, 1000000 do self:after('t', '1h') end" },
    { "names a timer by a megabyte", "1 to 63 characters", "self:after(('x'):rep(1000000), '1h')" },
    { "makes a million series", "limit: ", "for i = 1, 1000000 do self:series('s' .. i):push(1) end" },
    { "makes indicators of huge periods", FULL, "for i = 1, 1000 do self:highest(1000000 - i) end" },
    { "asks for a negative period", "whole number", "self:sma(-1)" },
    { "feeds an indicator of the session", "takes no push", "self:sma(2):push(1)" },
    { "sorts its orders on every turn", STOPPED,
      "for i = 1, 2000 do self:buy { quantity = 0.001, limit = 1 } end while true do local x = self.orders end" },
    { "orders nan", "not a finite number", "self:buy { quantity = 0 / 0 }" },
    { "orders infinity", "not a finite number", "self:buy { quantity = math.huge }" },
    { "orders text with a zero byte", "quantity", "self:buy { quantity = '1\\0' }" },
    { "names a product with a zero byte", "unknown product|another product|has no|read%-only",
      "self:product 'BTC-USD\\0X'.id = 1" },
    { "requires a file inside a hook", "hook may not load it", "require 'helper'" },
    { "fills its memory", FULL .. "|" .. STOPPED, "local t = {} while true do t[#t + 1] = { self, bar } end" },
    { "encodes self", "json|not in this version|deeper|a result|text", "require 'neap.json'.encode { self }" },
    { "uses a decimal that overflows", "overflow",
      "local d = require 'neap.decimal' '1' for i = 1, 200 do d = d * 1000 end" },
  }, abuse.of_bar)

  each({
    { "orders from each order, for a while", "a result",
      "on_order = function(self, o) N = N + 1 if N < 90 then self:buy { quantity = 0.001 } end end, "
      .. "on_bar = function(self) self:buy { quantity = 0.001 } end" },
    { "orders from each order", "callback_storm", "on_order = function(self) self:buy { quantity = 0.001 } end, "
      .. "on_bar = function(self) self:buy { quantity = 0.001 } end" },
    { "two orders from each order", "callback_storm",
      "on_order = function(self) for i = 1, 2 do self:buy { quantity = 0.001 } end end, "
      .. "on_bar = function(self) self:buy { quantity = 0.001 } end" },
    { "orders from each fill", "a result", "on_fill = function(self) self:buy { quantity = 0.001 } end, "
      .. "on_bar = function(self) self:buy { quantity = 0.001 } end" },
    { "orders from each refusal", "callback_storm", "on_reject = function(self) self:sell { quantity = 1e9 } end, "
      .. "on_bar = function(self) self:sell { quantity = 1e9 } end" },
    { "sets a timer from each timer", "at least 100ms", "on_start = function(self) self:after('t', 1) end, "
      .. "on_timer = function(self) N = N + 1 if N < 1000 then self:after('t', 1) end end" },
    { "ticks each nanosecond", "at least 100ms", "on_start = function(self) self:every('t', 1) end, "
      .. "on_timer = function(self) end" },
    { "loops when it is stopped", STOPPED, "on_stop = function() while true do end end" },
    { "loops on a fill", STOPPED, "on_fill = function() while true do end end, "
      .. "on_bar = function(self) self:buy { quantity = 0.001 } end" },
  }, abuse.of_hooks)

  each({
    { "answers for the checks of its declaration", "bad_strategy",
      "require = function() return { configure = function() local p = {} for i = 1, 100000 do p[i] = 'A-B' end "
        .. "return { name = 'x', products = p, timeframes = {}, hooks = {}, params = {}, record = {} } end }"
        .. " end return {}" },
    { "answers with texts in the place of lists", "bad_strategy",
      "require = function() return { configure = function() return { name = 1, products = ('x'):rep(100),"
        .. " timeframes = 'x', "
        .. "hooks = 'x', record = 'xxx' } end } end return {}" },
    { "answers with endless lists", "bad_strategy",
      "require = function() return { configure = function() return { products = {}, timeframes = {}, hooks = {}, "
        .. "record = { 1, 2, 3 } } end } end return {}" },
    { "answers with more time frames than there are", "bad_strategy",
      "require = function() return { configure = function() return { products = {}, timeframes = { 1, 2, 3,"
        .. " 4, 5, 6, 7, 8, 9, "
        .. "10, 11, 12 }, hooks = {}, record = {} } end } end return {}" },
    { "refuses itself with a megabyte", "x",
      "require = function() return { configure = function() local s = ('x'):rep(1000000) return nil, { code ="
        .. " s, message = s, "
        .. "nearest = s } end } end return {}" },
    { "returns a table that answers for itself", "bad_strategy|no_strategy",
      "return setmetatable({}, { __index = error })" },
    { "writes into neap", "a result|bad_strategy|nil value",
      "local neap = require 'neap' neap.decimal = nil rawset(neap, 'strategy', neap.strategy) "
        .. "return neap.strategy { name = 'x', on_bar = function() end }" },
  }, abuse.of_file)
end)
