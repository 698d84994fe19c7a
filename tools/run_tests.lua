-- SPDX-License-Identifier: MIT
-- Runs the specs with busted and the C tests with ctest, and ends with what failed, once more and together, and one
-- line: N passed, N failed[, N skipped].
-- run_tests.lua ROOT BUILD [live|advanced|FILE|NAME] [busted options]; NEAP_TEST_LUA names another interpreter,
-- NEAP_TEST_PART a part of the specs: 2/3 is every third, from the second on.
local lfs = require "lfs"

local USAGE = [[
usage: neap test [live|advanced|FILE|NAME] [busted options]

Without an argument: every spec below spec/ and every C test. live and advanced: that engine's suite.
FILE is a spec or a C test (spec/decimal_spec.lua, spec/c/decimal_test.c); NAME stands for both
(decimal), decimal_spec and decimal_test for one of them.]]

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
  if is_mode(root .. "/spec/" .. word .. ".lua", "file") then return root .. "/spec/" .. word .. ".lua", nil end
  if is_mode(root .. "/spec/c/" .. word .. ".c", "file") then return nil, "^" .. word .. "$" end
  local spec = root .. "/spec/" .. word .. "_spec.lua"
  local test = root .. "/spec/c/" .. word .. "_test.c"
  if not is_mode(spec, "file") and not is_mode(test, "file") then -- `config` is a spec, and a directory, too
    if is_mode(word, "directory") then return word, nil end
    usage_error(("no spec and no test for '%s': no file of that name, no %s"):format(word, spec))
  end
  return is_mode(spec, "file") and spec or nil, is_mode(test, "file") and "^" .. word .. "_test$" or nil
end

-- What the end repeats of one failure: a difference of two tables may be long, and is above.
local LINES = 8

local function new_sum() return { passed = 0, failed = 0, skipped = 0, failures = {} } end

-- Counts and failures of one busted run; each failure is a list of lines, of which the first is not indented.
local function read_counts(path)
  local file <close> = io.open(path)
  if not file then return end
  local passed, failed, skipped = file:read("n", "n", "n", "l")
  local failures = {}
  for line in file:lines() do
    if line:sub(1, 2) ~= "  " then failures[#failures + 1] = {} end
    local failure = failures[#failures]
    if #failure < LINES then failure[#failure + 1] = line:sub(1, 200) end
  end
  return passed, failed, skipped, failures
end

-- What runs one spec: its path is the next word.
local function busted_command(root, options)
  local lua = os.getenv "NEAP_TEST_LUA" or "lua5.4"
  -- What an operator of this machine has set is no business of the specs.
  return ("XDG_CONFIG_HOME=/dev/null %s %s --ignore-lua -o %s %s"):format(lua, quote(root .. "/tools/busted.lua"),
    quote(root .. "/tools/busted_counts.lua"), options)
end

local function sum_counts(paths, sum)
  for _, path in ipairs(paths) do
    local passed, failed, skipped, failures = read_counts(path)
    os.remove(path)
    if not skipped then
      failures = { { "busted ended before its report: " .. path:match "[^/]+$" } }
      print(failures[1][1])
    end
    table.move(failures, 1, #failures, #sum.failures + 1, sum.failures)
    sum.passed, sum.skipped = sum.passed + (passed or 0), sum.skipped + (skipped or 0)
    sum.failed = sum.failed + (skipped and failed or 1)
  end
end

local function find_specs(directory, found)
  for name in lfs.dir(directory) do
    local path = directory .. "/" .. name
    if not name:match "^%." and is_mode(path, "directory") then find_specs(path, found) end
    if name:match "_spec%.lua$" then found[#found + 1] = path end
  end
  return found
end

-- Which specs NEAP_TEST_PART takes: each OF-th, from the PART-th on, in the order of their names.
local function read_part()
  local word = os.getenv "NEAP_TEST_PART" or "1/1"
  local part, of = word:match "^(%d+)/(%d+)$"
  part, of = math.tointeger(part), math.tointeger(of)
  if not part or part < 1 or part > of then usage_error(("NEAP_TEST_PART is like 2/3, and not '%s'"):format(word)) end
  return { from = part, step = of }
end

local function part_of(specs, part)
  local found = {}
  for i = part.from, #specs, part.step do found[#found + 1] = specs[i] end
  return found
end

-- One process for each spec, two at a time for each processor, for many mostly wait; what one printed comes when it
-- ended.
local ONE = [[unset NEAP_TEST_PART
out=$(NEAP_TEST_COUNTS="$1/$(echo "$2" | tr / _)"; export NEAP_TEST_COUNTS; %s "$2" 2>&1); code=$?
printf "%%s\n%%s\n" "$2" "$out"; exit $code]]

local function run_specs(command, directory, part, sum)
  local specs, counts, paths = find_specs(directory, {}), os.tmpname(), {}
  table.sort(specs)
  specs = part_of(specs, part)
  os.remove(counts)
  assert(lfs.mkdir(counts))
  for i, spec in ipairs(specs) do paths[i] = counts .. "/" .. spec:gsub("/", "_") end
  local pipe = assert(io.popen(("xargs -d '\\n' -n 1 -P $(($(nproc) * 2)) sh -c %s sh %s"):format(
    quote(ONE:format(command)), quote(counts)), "w"))
  pipe:write(table.concat(specs, "\n"), "\n")
  local ok = pipe:close()
  sum_counts(paths, sum)
  lfs.rmdir(counts)
  return ok
end

-- Counts of a busted run; a spec that ends without writing any is one failure.
local function run_busted(root, target, options, part)
  local is_one, sum = target and is_mode(target, "file"), new_sum()
  if not is_one and not (target and is_mode(target, "directory")) then return sum end
  local command = busted_command(root, options)
  local ok
  if is_one then
    local path = os.tmpname()
    ok = os.execute(("NEAP_TEST_COUNTS=%s %s %s"):format(quote(path), command, quote(target)))
    sum_counts({ path }, sum)
  else
    ok = run_specs(command, target, part, sum)
  end
  if not ok and sum.failed == 0 then sum.failed = 1 end
  return sum
end

-- Reads what `ctest -V` prints of one program: the lines of its tests (TAP), and the verdict on the whole.
local function count_line(line, running, sum)
  local number = line:match "^(%d+):" or line:match "Test +#(%d+):"
  local now = running[number or ""] or new_sum()
  running[number or ""] = now
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
    for _, key in ipairs { "passed", "failed", "skipped" } do sum[key] = sum[key] + now[key] end
    print((line:gsub("^ +", "")))
    if now.failed > 0 then
      local name, verdict = line:match "Test +#%d+: (%S+)[ .]*(.-) *$"
      sum.failures[#sum.failures + 1] = { name .. ": " .. verdict, table.unpack(now.failures) }
    end
    running[number] = nil
    return false
  end
  now.is_bad = now.is_bad or now.failed > 0 or line:match "ERROR: %a+Sanitizer" ~= nil
  local is_told = line:match "^%d+: " and not line:match "^%d+: Test command" and (now.is_bad or line:match "[Ee]rror")
  if is_told and #now.failures < LINES then
    now.failures[#now.failures + 1] = line:sub(1, 200):gsub("^%d+:", " ")
  end
  return is_told
end

local function run_ctest(build, pattern)
  local running, sum = {}, new_sum()
  if not pattern or not is_mode(build .. "/CTestTestfile.cmake", "file") then return sum end
  local pipe = assert(io.popen(("CMOCKA_MESSAGE_OUTPUT=TAP ctest --test-dir %s -j $(nproc) -V -R %s 2>&1"):format(
    quote(build), quote(pattern))))
  for line in pipe:lines() do
    if count_line(line, running, sum) then print(line) end
  end
  local ok = pipe:close()
  if not ok and sum.failed == 0 then sum.failed = 1 end
  return sum
end

local function print_failures(...)
  local is_first = true
  for _, sum in ipairs { ... } do
    for _, failure in ipairs(sum.failures) do
      if is_first then print "failed:" end
      is_first = false
      print("  " .. table.concat(failure, "\n  "))
    end
  end
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
  local specs, programs = run_busted(root, target, table.concat(options, " "), read_part()), run_ctest(build, pattern)
  local passed, failed, skipped = specs.passed + programs.passed, specs.failed + programs.failed,
    specs.skipped + programs.skipped
  print_failures(specs, programs)
  print(("%d passed, %d failed%s"):format(passed, failed, skipped > 0 and (", %d skipped"):format(skipped) or ""))
  if passed + failed == 0 then io.stderr:write "neap: no test ran\n" end
  return failed == 0 and passed > 0
end

os.exit(main(...), true)
