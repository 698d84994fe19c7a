-- SPDX-License-Identifier: MIT
-- Runs the specs with busted and the C tests with ctest, and ends with one line: N passed, N failed[, N skipped].
-- run_tests.lua ROOT BUILD [live|advanced|FILE|NAME] [busted options]; NEAP_TEST_LUA names another interpreter.
local lfs = require "lfs"

local USAGE = [[
usage: neap test [live|advanced|FILE|NAME] [busted options]

Without an argument: every spec below spec/ and every C test. live and advanced: that engine's suite.
FILE is a spec or a C test (spec/decimal_spec.lua, spec/c/decimal_test.c); NAME stands for both (decimal).]]

local function quote(word) return "'" .. word:gsub("'", "'\\''") .. "'" end

local function is_mode(path, mode) return lfs.attributes(path, "mode") == mode end

local function usage_error(message)
  io.stderr:write("neap: ", message, "\n", USAGE, "\n")
  os.exit(2)
end

-- What an argument stands for: the roots that busted gets and the pattern of names that ctest gets, each or both.
local function selection(root, word)
  if word == nil then return root .. "/spec", "." end
  if word == "live" or word == "advanced" then return root .. "/spec/" .. word, "^" .. word .. "_" end
  local test_name = word:match "([^/]+_test)%.c$"
  if test_name and is_mode(word, "file") then return nil, "^" .. test_name .. "$" end
  if is_mode(word, "file") then return word, nil end
  local spec = root .. "/spec/" .. word .. "_spec.lua"
  local test = root .. "/spec/c/" .. word .. "_test.c"
  if not is_mode(spec, "file") and not is_mode(test, "file") then -- `config` is a spec, and a directory, too
    if is_mode(word, "directory") then return word, nil end
    usage_error(("no spec and no test for '%s': no file of that name, no %s"):format(word, spec))
  end
  return is_mode(spec, "file") and spec or nil, is_mode(test, "file") and "^" .. word .. "_test$" or nil
end

local function read_counts(path)
  local file <close> = assert(io.open(path))
  return file:read("n", "n", "n")
end

-- Counts of a busted run; a run that ends without writing any is one failure.
local function run_busted(root, target, options)
  if not target or not is_mode(target, "file") and not is_mode(target, "directory") then return 0, 0, 0 end
  local counts = os.tmpname()
  local lua = os.getenv "NEAP_TEST_LUA" or "lua5.4"
  -- What an operator of this machine has set is no business of the specs.
  local command = ("XDG_CONFIG_HOME=/dev/null NEAP_TEST_COUNTS=%s %s %s --ignore-lua -o %s %s %s"):format(quote(counts),
    lua, quote(root .. "/tools/busted.lua"), quote(root .. "/tools/busted_counts.lua"), options, quote(target))
  local ok = os.execute(command)
  local passed, failed, skipped = read_counts(counts)
  os.remove(counts)
  if not skipped then
    print "busted ended before its report"
    return 0, 1, 0
  end
  return passed, (ok or failed > 0) and failed or 1, skipped
end

-- Reads what `ctest -V` prints of one program: the lines of its tests (TAP), and the verdict on the whole.
local function count_line(line, now, sum)
  if line:match "^%d+: ok %d" then
    now.passed = now.passed + 1
  elseif line:match "^%d+: not ok %d+ # SKIP" then
    now.skipped = now.skipped + 1
  elseif line:match "^%d+: not ok %d" then
    now.failed = now.failed + 1
  elseif line:match "^ *%d+/%d+ Test +#%d+:" then
    local good = line:match "Passed" ~= nil
    if not good and now.failed == 0 then now.failed = 1 end
    if good and now.passed + now.skipped == 0 then now.passed = 1 end
    for key, count in pairs(now) do sum[key], now[key] = sum[key] + count, 0 end
    print((line:gsub("^ +", "")))
  end
  return now.failed > 0 or line:match "^%d+: .*[Ee]rror" ~= nil
end

local function run_ctest(build, pattern)
  if not pattern or not is_mode(build .. "/CTestTestfile.cmake", "file") then return 0, 0, 0 end
  local pipe = assert(io.popen(("CMOCKA_MESSAGE_OUTPUT=TAP ctest --test-dir %s -V -R %s 2>&1"):format(quote(build),
    quote(pattern))))
  local now, sum = { passed = 0, failed = 0, skipped = 0 }, { passed = 0, failed = 0, skipped = 0 }
  for line in pipe:lines() do
    if count_line(line, now, sum) then print(line) end
  end
  local ok = pipe:close()
  if not ok and sum.failed == 0 then sum.failed = 1 end
  return sum.passed, sum.failed, sum.skipped
end

local function main(root, build, ...)
  local words, options = {}, {}
  for _, word in ipairs { ... } do
    if word == "--help" or word == "-h" then
      print(USAGE)
      return true
    end
    local list = word:sub(1, 1) == "-" and options or words
    list[#list + 1] = list == options and quote(word) or word
  end
  if #words > 1 then usage_error "test takes one argument" end
  local target, pattern = selection(root, words[1])
  if target and target:sub(1, 1) ~= "/" then target = lfs.currentdir() .. "/" .. target end
  local is_own = not target or target:sub(1, #root + 1) == root .. "/"
  if is_own then
    target = target and target:sub(#root + 2)
    assert(lfs.chdir(root)) -- an author's spec elsewhere runs where its author is
  end
  local passed, failed, skipped = run_busted(root, target, table.concat(options, " "))
  local c_passed, c_failed, c_skipped = run_ctest(build, pattern)
  passed, failed, skipped = passed + c_passed, failed + c_failed, skipped + c_skipped
  print(("%d passed, %d failed%s"):format(passed, failed, skipped > 0 and (", %d skipped"):format(skipped) or ""))
  if passed + failed == 0 then io.stderr:write "neap: no test ran\n" end
  return failed == 0 and passed > 0
end

os.exit(main(...), true)
