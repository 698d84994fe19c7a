-- SPDX-License-Identifier: MIT
-- Random patterns and subjects, and what string.find, match, gmatch and gsub make of them, as text. It uses only what
-- is the same in plain Lua and in a cell, and no random numbers but its own.
local patterns = {}

local function generator(seed)
  local state = seed
  return function(n)
    state = (state * 6364136223846793005 + 1442695040888963407)
    return (state >> 33) % n
  end
end

local SUBJECT = { "a", "b", "a", "b", "c", "A", "Z", "0", "7", " ", "\n", "\0", ".", "%", "(", ")", "[", "]", "-", "_",
  "\200", "ab", "aba", "(a)", "x=1" }
local CLASS = { "a", "b", ".", "%a", "%d", "%s", "%w", "%p", "%c", "%l", "%u", "%x", "%g", "%A", "%D", "%S", "%W", "%%",
  "%.",
  "\0", "[ab]", "[^a]", "[a-c]", "[%a_]", "[%w-]", "[]x]", "[^]]", "[a%]]", "[%-a]", "[^%s]", "\200", "[\0-\31]",
  "[a-]", "[-b]", "[%a-z]", "[^^]", "%z", "%Z", "A", "0" }
local QUANTIFIER = { "", "", "", "*", "+", "-", "?" }
local ODD = { "(", ")", "()", "%1", "%2", "%b()", "%bab", "%baa", "%f[%a]", "%f[^\0]", "%f", "%b", "%bx", "[", "[^",
  "[a",
  "[%", "%", "^", "$", "(a)", "(.-)", "(%w+)", "((a)(b))", "%0", "[]", "[^]", "*", "+", "-" }
local REPLACEMENT = { "", "x", "%0", "<%1>", "%%", "%2", "%", "%a", "[%0%0]", "a%1b" }

local function pick(below, list) return list[below(#list) + 1] end

local function subject_of(below)
  local parts = {}
  for i = 1, below(12) do parts[i] = pick(below, SUBJECT) end
  return table.concat(parts)
end

local function pattern_of(below)
  local parts = { below(6) == 0 and "^" or "" }
  for i = 2, below(6) + 1 do
    local odd = below(4) == 0
    parts[i] = odd and pick(below, ODD) or pick(below, CLASS) .. pick(below, QUANTIFIER)
  end
  return table.concat(parts) .. (below(8) == 0 and "$" or "")
end

-- All values of a call as one text; of an error its message without the place.
local function shown(ok, ...)
  local out = { ok and "=" or "!" }
  for i = 1, select("#", ...) do
    local value = select(i, ...)
    out[i + 1] = math.type(value) == "integer" and ("#%d"):format(value) or tostring(value):gsub("^[^:]*:%d+: ", "")
  end
  return table.concat(out, "|")
end

local function all(subject, pattern, init)
  local out = {}
  for a, b in subject:gmatch(pattern, init) do
    out[#out + 1] = tostring(a) .. "," .. tostring(b)
    if #out > 40 then break end
  end
  return table.concat(out, ";")
end

local function replacement_of(below)
  local kind = below(4)
  if kind == 0 then return { a = "1", b = 2, ab = false, [1] = "one", [2] = "two" } end
  if kind == 1 then return function(a, b) return b and tostring(b) .. tostring(a) end end
  if kind == 2 then return below(9) end
  return pick(below, REPLACEMENT)
end

local function one_case(below)
  local subject, pattern = subject_of(below), pattern_of(below)
  local init = below(3) == 0 and below(16) - 8 or nil
  local limit = below(5) == 0 and below(4) - 1 or nil
  return table.concat({ subject, pattern, tostring(init), shown(pcall(string.find, subject, pattern, init)),
    shown(pcall(string.find, subject, pattern, init, true)), shown(pcall(string.match, subject, pattern, init)),
    shown(pcall(all, subject, pattern, init)),
    shown(pcall(string.gsub, subject, pattern, replacement_of(below), limit)) }, "\1")
end

-- Hands the texts of `count` cases to `take`.
function patterns.each(seed, count, take)
  local below = generator(seed)
  for _ = 1, count do take(one_case(below)) end
end

-- One number per thousand cases.
function patterns.sums(seed, count)
  local sums, sum, done = {}, 0, 0
  patterns.each(seed, count, function(text)
    for i = 1, #text, 4 do
      local a, b, c, d = text:byte(i, i + 3)
      sum = sum * 1000003 + a + (b or 0) * 257 + (c or 0) * 65537 + (d or 0) * 16777259
    end
    done = done + 1
    if done % 1000 == 0 or done == count then sums[#sums + 1] = sum end
  end)
  return sums
end

return patterns
