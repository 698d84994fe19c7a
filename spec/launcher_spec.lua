-- SPDX-License-Identifier: MIT
-- The launcher in a tree of its own: a core of one function, a main.lua that prints what it was given.
local lfs = require "lfs"

local ROOT = lfs.currentdir()

local MAIN = [[
print(arg[0])
for i, word in ipairs(arg) do print(i, word) end
print("core", require("neap.tiny").answer)
]]

local CORE = [[
#include <lua.h>
__attribute__((visibility("default"))) int luaopen_neap_tiny(lua_State *L) {
  lua_newtable(L);
  lua_pushinteger(L, ANSWER);
  lua_setfield(L, -2, "answer");
  return 1;
}
]]

local CMAKE = [[
cmake_minimum_required(VERSION 3.25)
project(tiny LANGUAGES C)
find_package(PkgConfig REQUIRED)
pkg_check_modules(LUA REQUIRED lua5.4)
add_library(neap MODULE csrc/tiny.c)
set_target_properties(neap PROPERTIES PREFIX "")
target_include_directories(neap PRIVATE ${LUA_INCLUDE_DIRS})
]]

local function write(path, text)
  local file <close> = assert(io.open(path, "w"))
  file:write(text)
end

local function sh(command)
  local pipe = assert(io.popen("(" .. command .. ") 2>&1 </dev/null"))
  local text = pipe:read "a"
  local _, _, code = pipe:close()
  return text, code
end

local function new_tree()
  local tree = sh("mktemp -d"):gsub("\n", "")
  assert(os.execute(("cd %s && mkdir -p csrc spec/c lua/neap/cli bin && cp %s/neap neap"):format(tree, ROOT)))
  write(tree .. "/lua/neap/cli/main.lua", MAIN)
  write(tree .. "/csrc/tiny.c", (CORE:gsub("ANSWER", "42")))
  write(tree .. "/CMakeLists.txt", CMAKE)
  return tree
end

-- A PATH on which only these commands are found: the tools of an essential Debian system, and `more`.
local function bare_path(tree, more)
  local names = "sh cat find grep id mkdir mktemp mv nproc readlink rm env flock " .. (more or "")
  for name in names:gmatch "%S+" do
    assert(os.execute(("ln -sf $(command -v %s) %s/bin/%s"):format(name, tree, name)))
  end
  return ("PATH=%s/bin"):format(tree)
end

describe("launcher", function()
  local tree

  setup(function()
    tree = new_tree()
    assert.matches("core\t42", (sh(tree .. "/neap version")))
  end)

  teardown(function() os.execute("rm -rf " .. tree) end)

  it("hands its arguments over untouched", function()
    local text, code = sh(tree .. "/neap explain 'two words' '' '*' --json")
    assert.equal(0, code)
    assert.matches("1\texplain\n2\ttwo words\n3\t\n4\t%*\n5\t%-%-json\n", text)
  end)

  it("works from any directory, by a relative path and through symbolic links", function()
    os.execute(("ln -sf %s/neap %s/bin/first && ln -sf first %s/bin/second"):format(tree, tree, tree))
    for _, command in ipairs { "cd / && %s/neap x", "cd %s/lua && ../neap x", "cd %s && sh neap x", "%s/bin/second x",
                               "cd %s && PATH=.:$PATH && neap x" } do
      assert.matches("core\t42\n$", (sh((command:format(tree)))))
    end
  end)

  it("needs no environment, and is not led astray by one", function()
    assert.matches("core\t42", (sh(("env -i PATH=$PATH %s/neap x"):format(tree))))
    assert.matches("core\t42", (sh(("LUA_INIT='error(1)' LUA_PATH_5_4=/x LUA_CPATH=/y %s/neap x"):format(tree))))
  end)

  it("builds again when a source changes, and only then", function()
    local own = new_tree()
    sh(own .. "/neap x")
    local built = lfs.attributes(own .. "/build/release/neap.so", "modification")
    write(own .. "/csrc/tiny.c", (CORE:gsub("ANSWER", "43")))
    assert(os.execute(("touch -d '1 minute ago' %s/build/release/stamp"):format(own)))
    assert.matches("core\t43", (sh(own .. "/neap x")))
    assert.is_true(lfs.attributes(own .. "/build/release/neap.so", "modification") >= built)
    assert.equal("", (sh(("find %s/csrc -newer %s/build/release/stamp"):format(own, own))))
    os.execute("rm -rf " .. own)
  end)

  it("shows the compiler's words when the core does not build, and says so in JSON", function()
    local own = new_tree()
    write(own .. "/csrc/tiny.c", "int broken(\n")
    local text, code = sh(own .. "/neap x")
    assert.equal(1, code)
    assert.matches("tiny.c:1", text)
    assert.matches("neap: the core does not build", text)
    text = sh(own .. "/neap x --json 2>/dev/null")
    assert.equal("build_failed", require("cjson").decode(text).error.code)
    os.execute("rm -rf " .. own)
  end)

  it("follows a tree that was moved after its build", function()
    local own = new_tree()
    sh(own .. "/neap x")
    assert(os.execute(("mv %s %s.moved && touch %s.moved/csrc/tiny.c"):format(own, own, own)))
    assert.matches("core\t42", (sh(own .. ".moved/neap x")))
    os.execute("rm -rf " .. own .. ".moved")
  end)

  it("names what is missing and the command, and installs nothing, for a plain verb", function()
    local text, code = sh(("%s %s/neap backtest"):format(bare_path(tree), tree))
    assert.equal(1, code)
    assert.matches("missing packages: lua5%.4 .*apt%-get install %-y %-%-no%-install%-recommends lua5%.4", text)
  end)

  it("installs nothing with NEAP_NO_SETUP=1, and says so", function()
    for _, verb in ipairs { "demo", "test", "setup" } do
      local text, code = sh(("NEAP_NO_SETUP=1 %s %s/neap %s"):format(bare_path(tree), tree, verb))
      assert.equal(1, code)
      assert.matches("NEAP_NO_SETUP forbids installing them; run: .*apt%-get install", text)
    end
  end)

  it("names the packages where there is no apt-get", function()
    local text, code = sh(("%s %s/neap demo"):format(bare_path(tree), tree))
    assert.equal(1, code)
    assert.matches("missing, by their Debian names: lua5%.4", text)
  end)

  it("asks apt-get for exactly what is missing, without a terminal", function()
    local own = new_tree()
    local path = bare_path(own, "lua5.4 cmake cc c++ ninja ln touch")
    write(own .. "/bin/apt-get", ([[#!/bin/sh
echo "$DEBIAN_FRONTEND $*" >>%s/asked
case $* in *install*) ln -sf /usr/bin/pkg-config %s/bin/pkg-config ;; esac
]]):format(own, own))
    write(own .. "/bin/sudo", "#!/bin/sh\n[ \"$1\" != -n ] || shift\nexec \"$@\"\n")
    assert(os.execute(("chmod +x %s/bin/apt-get %s/bin/sudo"):format(own, own)))
    sh(("%s %s/neap demo"):format(path, own))
    local asked = assert(io.open(own .. "/asked")):read "a"
    assert.equal("noninteractive -o DPkg::Lock::Timeout=300 update\n"
      .. "noninteractive -o DPkg::Lock::Timeout=300 install -y --no-install-recommends pkg-config\n", asked)
    os.execute("rm -rf " .. own)
  end)

  it("setup --check only reports: 0 when all is there, 1 when something is not", function()
    local document = require("cjson").decode((sh(tree .. "/neap setup --check --json")))
    assert.same({ schema = "neap.setup/1", missing = {}, built = true }, document)
    local text, code = sh(("%s %s/neap setup --check"):format(bare_path(tree), tree))
    assert.equal(1, code)
    assert.matches("^packages: missing: lua5%.4", text)
  end)

  it("refuses a word that setup does not know", function()
    local text, code = sh(tree .. "/neap setup --chekc")
    assert.equal(2, code)
    assert.matches("unknown argument '%-%-chekc'", text)
  end)

  it("refuses a directory that Lua cannot load from", function()
    local own = tree .. "/a;b"
    assert(os.execute(("mkdir '%s' && cp neap '%s'"):format(own, own)))
    local text, code = sh(("'%s/neap' x"):format(own))
    assert.equal(1, code)
    assert.matches("move Neap", text)
  end)

  it("tests: refuses a name for which there is no spec", function()
    local text, code = sh(("lua5.4 %s/tools/run_tests.lua %s %s nonesuch"):format(ROOT, ROOT, tree))
    assert.equal(2, code)
    assert.matches("no spec and no test for 'nonesuch'", text)
  end)

  it("tests: one failing, one passing and one pending spec are counted, and the exit says no", function()
    write(tree .. "/three_spec.lua", [[it("a", function() end) it("b", function() error "x" end) pending "c"]])
    local text, code = sh(("lua5.4 %s/tools/run_tests.lua %s %s %s/three_spec.lua"):format(ROOT, ROOT, tree, tree))
    assert.equal(1, code)
    assert.matches("\nfailed:\n  [^\n]*three_spec.lua:1: b\n    [^\n]*three_spec.lua:1: x\n"
      .. "1 passed, 1 failed, 1 skipped\n$", text)
  end)

  it("tests: of a directory each spec is a process, and one that ends it is named", function()
    assert(os.execute(("mkdir -p '%s/many'"):format(tree)))
    write(tree .. "/many/a_spec.lua", [[it("a", function() os.exit(0) end)]])
    write(tree .. "/many/b_spec.lua", [[it("b", function() end) it("c", function() error "x" end)]])
    local text, code = sh(("lua5.4 %s/tools/run_tests.lua %s %s %s/many"):format(ROOT, ROOT, tree, tree))
    assert.equal(1, code)
    assert.matches("busted ended before its report: [%w_.]*many_a_spec.lua\n", text)
    assert.matches("\nfailed:\n  busted ended before its report: [%w_.]*many_a_spec.lua\n"
      .. "  [^\n]*b_spec.lua:1: c\n    [^\n]*x\n1 passed, 2 failed\n$", text)
  end)

  it("tests: what a C test said when it failed is there again at the end", function()
    assert(os.execute(("mkdir -p '%s/programs' && : >'%s/spec/c/b_test.c'"):format(tree, tree)))
    write(tree .. "/programs/CTestTestfile.cmake", [[
add_test(b_test sh -c "echo 1..2; echo ok 1 - good; echo not ok 2 - bad; echo '# error 1 != 2'; exit 1")]])
    local text, code = sh(("lua5.4 %s/tools/run_tests.lua %s %s/programs b"):format(ROOT, tree, tree))
    assert.equal(1, code)
    assert.matches("\nfailed:\n  b_test: %*%*%*Failed +[%d.]+ sec\n"
      .. " *not ok 2 %- bad\n *# error 1 != 2\n1 passed, 1 failed\n$", text)
  end)

  it("tests: NEAP_TEST_PART takes every n-th spec of a directory, and one that is no part is told", function()
    assert(os.execute(("mkdir -p '%s/parts'"):format(tree)))
    for name in ("abcde"):gmatch "." do
      write(("%s/parts/%s_spec.lua"):format(tree, name),
        ([[it("%s", function() assert.is_nil(os.getenv "NEAP_TEST_PART") print "ran:%s" end)]]):format(name, name))
    end
    local function run(part)
      local text, code = sh(("NEAP_TEST_PART=%s lua5.4 %s/tools/run_tests.lua %s %s %s/parts"):format(part, ROOT, ROOT,
        tree, tree))
      local ran = {}
      for name in text:gmatch "ran:(%a)" do ran[#ran + 1] = name end
      table.sort(ran)
      return table.concat(ran), code, text
    end
    for part, names in pairs { ["2/3"] = "be", ["1/1"] = "abcde" } do
      local ran, code = run(part)
      assert.equal(names, ran)
      assert.equal(0, code)
    end
    for _, part in ipairs { "0/3", "4/3", "2", "x" } do
      local _, code, text = run(part)
      assert.equal(2, code)
      assert.matches("NEAP_TEST_PART is like 2/3, and not '" .. part .. "'", text)
    end
  end)

  it("tests: a spec that ends the process is a failure", function()
    write(tree .. "/exit_spec.lua", [[it("a", function() os.exit(0) end)]])
    local text, code = sh(("lua5.4 %s/tools/run_tests.lua %s %s %s/exit_spec.lua"):format(ROOT, ROOT, tree, tree))
    assert.equal(1, code)
    assert.matches("\n0 passed, 1 failed\n$", text)
  end)
end)
