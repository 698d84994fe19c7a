-- SPDX-License-Identifier: MIT
-- neap.cell: a script in a state of its own: fenced, deterministic, limited. Every script here is run from a file.
local cell = require "neap.cell"

local MS = 1000000

local function write(path, text)
  local file = assert(io.open(path, "wb"))
  file:write(text)
  file:close()
end

-- What cell:load gives for a script of this text.
local function run(text, options)
  local path = os.tmpname()
  write(path, text)
  local c <close> = assert(cell.new(options))
  local ok, result = c:load(path)
  os.remove(path)
  return ok, result
end

local function gives(expected, text, options)
  local ok, result = run(text, options)
  assert(ok, tostring(result))
  assert.equal(expected, result)
end

local function fails(pattern, text, options)
  local ok, err = run(text, options)
  assert.is_nil(ok)
  assert.matches(pattern, err.message)
  return err
end

describe("neap.cell", function()
  it("has a closed set of options and refuses bad ones", function()
    assert.error_matches(function() cell.new { memory_limt = 1 } end, "did you mean 'memory_limit'")
    assert.error_matches(function() cell.new { memory_limit = -1 } end, "memory_limit")
    assert.error_matches(function() cell.new { seed = "x" } end, "seed")
    assert.error_matches(function() cell.new { lib_root = 1 } end, "lib_root")
    local c, err = cell.new { memory_limit = 1000 }
    assert.is_nil(c)
    assert.equal("memory_limit", err.code)
  end)

  it("says why a file cannot be run", function()
    local c <close> = assert(cell.new())
    assert.equal("not_found", select(2, c:load "no/such/file.lua").code)
    assert.equal("unreadable", select(2, c:load "spec").code)
    local _, err = run "local x =\n= 1"
    assert.equal("does_not_compile", err.code)
    assert.matches(":2$", err.where)
    assert.equal("does_not_compile", select(2, run "\27Lua").code)
  end)

  it("gives only what is safe", function()
    for _, word in ipairs { "io", "debug", "package", "dofile", "loadfile", "collectgarbage", "warn" } do
      fails("'" .. word .. "' is not available", "return " .. word)
    end
    fails("os%.getenv is not available", "return os.getenv 'HOME'")
    fails("os%.clock is not available", "return os.clock()")
    fails("attempt to call a nil value %(field 'dump'%)", "return string.dump(print)")
    fails("__gc is not available", "setmetatable({}, { __gc = print })")
    fails("__mode is not available", "setmetatable({}, { __mode = 'k' })")
    fails("seeds math.random", "math.randomseed(1)")
    fails("unknown global 'prnt'; did you mean 'print'", "prnt(1)")
  end)

  it("loads text, never bytecode", function()
    gives(3, "return load('return 1 + 2')()")
    gives(7, "return load('return x', 'c', 't', { x = 7 })()")
    gives(true, "return load('\\27Lua') == nil")
    fails("only text is loaded", "load('return 1', 'c', 'b')")
  end)

  it("requires neap.* of a list, and files below lib", function()
    gives("1.5", "return tostring(require 'neap.decimal' '1.50')")
    gives("1.5", "return tostring(require('neap').decimal '1.50')")
    fails("may not be used in a script", "require 'neap.event_store'", { lua_root = "lua" })
    fails("may not be used in a script", "require 'neap.cli.main'", { lua_root = "lua" })
    fails("no lib directory", "require 'socket'")
    for _, name in ipairs { "../x", "a..b", ".a", "a.", "/etc/passwd", "" } do
      fails("not a module's name", ("require '%s'"):format(name), { lib_root = "spec" })
    end
  end)

  it("loads a file of lib once, and its bytes are in the digest", function()
    local root = os.tmpname()
    os.remove(root)
    assert(os.execute("mkdir -p " .. root .. "/deep"))
    write(root .. "/deep/part.lua", "return { name = ... }")
    write(root .. "/main.lua", "local a = require 'deep.part' assert(a == require 'deep.part') return a.name")
    write(root .. "/self.lua", "return require 'self'")
    local function load(file)
      local c <close> = assert(cell.new { lib_root = root })
      local ok, result = c:load(root .. "/" .. file)
      return ok and result or result.message, c:digest()
    end
    local name, before = load "main.lua"
    assert.equal("deep.part", name)
    write(root .. "/deep/part.lua", "return { name = ... } ")
    local _, after = load "main.lua"
    assert.not_equal(before, after)
    assert.equal(64, #before)
    assert.matches("requires itself", (load "self.lua"))
    assert(os.execute("rm -r " .. root))
  end)

  it("goes through tables in the order of their keys", function()
    local keys = "{ z = 1, a = 1, [3] = 1, [1] = 1, [2.5] = 1, [true] = 1, [-7] = 1, [false] = 1 }"
    local loop = "local o = {} for k in %s do o[#o + 1] = tostring(k) end return table.concat(o, ' ')"
    gives("-7 1 2.5 3 a z false true", loop:format("pairs(" .. keys .. ")"))
    gives("-7 1 2.5 3 a z false true", loop:format("next, " .. keys))
    gives("a b d ", "local o, t = '', { a = 1, b = 1, c = 1, d = 1 } "
      .. "for k in pairs(t) do t.c = nil o = o .. k .. ' ' end return o")
    gives(true, "return next {} == nil")
    fails("has no order that two runs share", "for _ in pairs { [{}] = 1 } do end")
  end)

  it("goes through ten thousand keys in the order of a sort", function()
    gives(true, [[
      local t, n = {}, 0
      for i = 1, 10000 do t["k" .. math.random(1, 1000000)] = i end
      local last = ""
      for k in pairs(t) do assert(last < k) last = k n = n + 1 end
      local m = 0
      for _ in next, { 1, 2, 3 } do m = m + 1 end
      return n > 9000 and m == 3
    ]], { time_limit = 2000 * MS })
  end)

  it("sorts stably, with any comparison", function()
    gives(1000, [[
      local t = {}
      for i = 1, 1000 do t[i] = { i % 7, i } end
      table.sort(t, function(a, b) return a[1] < b[1] end)
      for i = 2, 1000 do
        assert(t[i - 1][1] < t[i][1] or t[i - 1][1] == t[i][1] and t[i - 1][2] < t[i][2])
      end
      return #t
    ]])
    gives("2,5,9", "local t = { 5, 2, 9 } table.sort(t) return table.concat(t, ',')")
    gives("3,2,1", "local t = { 1, 2, 3 } table.sort(t, function(a, b) return a > b end) return table.concat(t, ',')")
    gives(50, "local t = {} for i = 1, 50 do t[i] = i end table.sort(t, function() return true end) return #t")
  end)

  it("shows no address", function()
    gives("tablefunctionthread", "return tostring({}) .. tostring(print) .. tostring(coroutine.create(print))")
    gives("table function", "return string.format('%s %s', {}, print)")
    fails("%%p is not available", "return string.format('%p', {})")
    fails("^a table was raised as an error", "error {}")
  end)

  it("repeats its random numbers, by the seed", function()
    local _, first = run("return math.random(1, 1 << 40)", { seed = 7 })
    gives(first, "return math.random(1, 1 << 40)", { seed = 7 })
    assert.not_equal(first, select(2, run("return math.random(1, 1 << 40)", { seed = 8 })))
  end)

  it("knows the time of its session only, in UTC", function()
    local now = { now = 1700000000123456789 }
    gives(1700000000, "return os.time()", now)
    gives("2023-11-14 22:13:20", "return os.date('%F %T', os.time())", now)
    gives("2023-11-14 22:13:20", "return os.date('!%F %T')", now)
    gives(1704067200, "return os.time { year = 2024, month = 1, day = 1, hour = 0 }")
    gives(2024, "return os.date('*t', 1704067200).year")
    fails("no time here", "return os.time()")
    fails("'%%c' is not available", "return os.date('%c', 0)")
  end)

  it("stops what runs too long, and lets nothing catch it", function()
    for _, text in ipairs {
      "while true do end",
      "while true do pcall(function() while true do end end) end",
      "local f function f() return xpcall(f, f) end while true do f() end",
      "xpcall(function() while true do end end, function() while true do end end)",
      "while true do local co = coroutine.create(function() while true do end end) coroutine.resume(co) end",
      "local co = coroutine.wrap(function() while true do pcall(function() while true do end end) end end) "
        .. "while true do pcall(co) end",
      "local t <close> = setmetatable({}, { __close = function() while true do end end }) while true do end",
      "local t = setmetatable({}, { __index = function(t, k) return t[k + 1] end }) while true do pcall(rawget, t) end",
      "local t = {} for i = 1, 1e7 do t[i] = i end table.sort(t, function(a, b) return a > b end) while true do end",
    } do
      local ok, err = run(text, { time_limit = 30 * MS, memory_limit = 512 << 20 })
      assert.is_nil(ok, text)
      assert.equal("time_limit", err.code, text)
      assert.matches("30ms of CPU time", err.message)
    end
  end)

  it("stops what takes too much memory, and lets nothing catch it", function()
    local grow = "local t = {} local function grow() while true do t[#t + 1] = ('x'):rep(1000) .. #t end end "
    for _, text in ipairs { "grow()", "while true do pcall(grow) end", "while true do coroutine.wrap(grow)() end",
      "while true do coroutine.resume(coroutine.create(function() pcall(grow) end)) end" } do
      local ok, err = run(grow .. text, { time_limit = 5000 * MS, memory_limit = 4 << 20 })
      assert.is_nil(ok)
      assert.equal("memory_limit", err.code)
      assert.equal("stopped: over the memory limit of 4 MiB", err.message:match "^[^\n]*")
    end
  end)

  it("runs again after a stop", function()
    local c <close> = assert(cell.new { time_limit = 20 * MS })
    local path = os.tmpname()
    write(path, "local G = coroutine.wrap(function() while true do end end) G()")
    assert.equal("time_limit", select(2, c:load(path)).code)
    write(path, "local n = 0 for i = 1, 1000 do n = n + i end return n")
    local ok, result = c:load(path)
    assert.is_true(ok)
    assert.equal(500500, result)
    os.remove(path)
  end)

  it("bounds the loops of the C library", function()
    gives("", "return (''):rep(1 << 60)")
    fails("over 1 MiB", "return ('x'):rep(1 << 30)")
    local endless = "setmetatable({}, { __index = function() return '' end, __len = function() return 1 << 60 end })"
    for _, call in ipairs { "concat(%s)", "concat(%s, '', 1, 1 << 60)", "insert(%s, 1, 1)", "remove(%s, 1)",
      "move(%s, 1, 1 << 60, 2)" } do
      local _, err = run(("table." .. call):format(endless), { time_limit = 30 * MS })
      assert.equal("time_limit", err.code, call)
    end
    fails("too many results", "table.unpack(" .. endless .. ")")
  end)

  it("keeps what Lua promises of pcall, xpcall and coroutines", function()
    gives("2 42", [[
      local co = coroutine.create(function(a) local b = coroutine.yield(a + 1) return b * 2 end)
      local _, x = coroutine.resume(co, 1)
      local _, y = coroutine.resume(co, 21)
      return x .. " " .. y
    ]])
    gives("false z", [[
      local co = coroutine.wrap(function()
        local ok, e = pcall(function() coroutine.yield(1) error("z", 0) end)
        return tostring(ok) .. " " .. e
      end)
      co()
      return co()
    ]])
    gives("q!", "return select(2, xpcall(error, function(m) return m .. '!' end, 'q'))")
    gives(3, "return select('#', pcall(function() return 1, 2 end))")
    gives("dead false", [[
      local co = coroutine.create(function() error "x" end)
      local ok = coroutine.resume(co)
      return coroutine.status(co) .. " " .. tostring(ok)
    ]])
    gives(false, "return (coroutine.resume(coroutine.wrap(print) and coroutine.create(error)))")
    gives(true, "local co = coroutine.create(print) return coroutine.close(co)")
  end)

  it("prints to its owner", function()
    local path = os.tmpname()
    write(path, "print('a', 1, nil, {}) print()")
    local c <close> = assert(cell.new())
    assert(c:load(path))
    assert.same({ "a\t1\tnil\ttable", "" }, c:printed())
    os.remove(path)
  end)

  it("closes twice", function()
    local c = assert(cell.new())
    assert.matches("^cell of %d+ bytes$", tostring(c))
    assert.is_true(c:memory() > 0)
    c:close()
    c:close()
    assert.equal("cell (closed)", tostring(c))
    assert.error_matches(function() c:load "x" end, "closed")
  end)
end)
