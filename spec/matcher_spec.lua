-- SPDX-License-Identifier: MIT
-- The pattern matcher of a cell beside the one of stock Lua.
local cell = require "neap.cell"
local patterns = require "spec.support.patterns"

local SECOND = 1000000000
local COUNT = math.tointeger(tonumber(os.getenv "NEAP_PATTERNS" or 20000))
local SEED = 20250101

local function write(path, text)
  local file <close> = assert(io.open(path, "wb"))
  file:write(text)
end

-- The lines that a cell prints for this text.
local function printed(text)
  local path = os.tmpname()
  write(path, text)
  local c <close> = assert(cell.new { lib_root = "spec", time_limit = 3600 * SECOND, memory_limit = 1 << 30 })
  local ok, err = c:load(path)
  os.remove(path)
  assert(ok, tostring(err))
  return c:printed()
end

local function stock(call)
  local ok, a, b, c = pcall(assert(load("return " .. call)))
  if not ok then a = a:gsub("^.-:%d+: ", "") end
  return ("%s %s %s %s"):format(ok, tostring(a), tostring(b), tostring(c))
end

local function same(calls)
  local body = { "local function shown(ok, a, b, c) if not ok then a = a:gsub('^.-:%d+: ', '') end "
    .. "print(('%s %s %s %s'):format(ok, tostring(a), tostring(b), tostring(c))) end" }
  for i, call in ipairs(calls) do body[i + 1] = ("shown(pcall(assert(load(%q))))"):format("return " .. call) end
  local lines = printed(table.concat(body, "\n"))
  for i, call in ipairs(calls) do assert.equal(stock(call), lines[i], call) end
end

-- Prints the first case that differs.
local function show_difference(chunk)
  local ours = printed(([[
    local n = 0
    require("support.patterns").each(%d, %d, function(text)
      n = n + 1
      if n > %d then print((("%%q"):format(text):gsub("\n", "n"))) end
    end)
  ]]):format(SEED, math.min(chunk * 1000, COUNT), (chunk - 1) * 1000))
  local n = 0
  patterns.each(SEED, math.min(chunk * 1000, COUNT), function(text)
    n = n + 1
    local at = n - (chunk - 1) * 1000
    if at > 0 then assert.equal((("%q"):format(text):gsub("\n", "n")), ours[at]) end
  end)
end

describe("the matcher of a cell", function()
  it("agrees with stock Lua on " .. COUNT .. " random patterns", function()
    local theirs = patterns.sums(SEED, COUNT)
    local ours = printed(("for _, sum in ipairs(require('support.patterns').sums(%d, %d)) do print(sum) end")
      :format(SEED, COUNT))
    assert.equal(#theirs, #ours)
    for chunk, sum in ipairs(theirs) do
      if tostring(sum) ~= ours[chunk] then show_difference(chunk) end
    end
  end)

  it("agrees on what chance does not find", function()
    same {
      "('x'):rep(300):find(('x?'):rep(198))", "('x'):rep(300):find(('x?'):rep(199))",
      "('x'):rep(300):find(('x?'):rep(200))", "('x'):rep(300):find(('x?'):rep(201))", "(''):find(('x?'):rep(300))",
      "('a'):rep(40):find(('(a)'):rep(32))", "('a'):rep(40):find(('(a)'):rep(33))",
      "('a'):rep(40):find(('()'):rep(33))",
      "('abc'):find('b', -1)", "('abc'):find('', 4)", "('abc'):find('', 5)", "('abc'):find('', -9)",
      "('a\\0b'):find('%z')", "('a\\0b'):find('\\0', 1, true)", "('abc'):gsub('%w', '%0%0', 2)",
      "('abc'):gsub('', '-')", "('hello world'):gsub('o', { o = 0 })", "('abc'):gsub('(b)', function() return {} end)",
      "('abc'):gsub('b', true)", "('abc'):gsub('b', {}, 'x')", "('abc'):gsub()", "('abc'):find {}", "string.match()",
      "(12345):rep(2):gsub(3, 4)", "('f(a(b)c)d'):match '%b()'", "('THE (quick) fox'):find '%f[%a]%a+%f[%A]'",
      "('  x  '):match '^%s*(.-)%s*$'", "('k = v'):match '^(%w+)%s*=%s*(%w+)$'", "('aaa'):gsub('^a', 'b')",
      "('abc'):gsub('(a)(b)(c)', '%3%2%1')", "('x'):gsub('.', '%9')", "('abc'):gmatch('b', 9)()",
      "('abc'):gmatch '^a'()", "('a.b'):gsub('%.', '%%')", "('abcabc'):match('(a)(b)(c)%1%2%3')", "('()'):find('()%1')",
    }
  end)

  it("looks at every byte as in the C locale", function()
    local calls = {}
    for _, class in ipairs { "a", "c", "d", "g", "l", "p", "s", "u", "w", "x", "A", "P", "S", "X" } do
      calls[#calls + 1] = ("(function() local o = {} "
        .. "for i = 0, 255 do o[#o + 1] = string.char(i):find '%%%s' and 1 or 0 "
        .. "end return table.concat(o) end)()"):format(class)
    end
    same(calls)
  end)
end)
