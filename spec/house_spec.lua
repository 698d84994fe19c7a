-- SPDX-License-Identifier: MIT
-- The rules of the house. Each check is run on this tree and on one that breaks the rule.
local clocks = require "spec.house.clocks"
local decisions = require "spec.house.decisions"
local documents = require "spec.house.documents"
local files = require "spec.house.files"
local includes = require "spec.house.includes"
local modules = require "spec.house.modules"
local symbols = require "spec.house.symbols"
local tree = require "spec.house.tree"

local SPDX = "SPDX-License-Identifier: MIT\n"

local function holds(check) assert.same({}, check(".")) end

-- Runs the check on a made-up tree, and expects as many problems as patterns, in order.
local function sees(check, planted, ...)
  local root = tree.plant(planted)
  local problems = check(root)
  os.execute("rm -rf " .. root)
  local patterns = { ... }
  assert.equal(#patterns, #problems, table.concat(problems, "\n"))
  for i, pattern in ipairs(patterns) do assert.matches(pattern, problems[i]) end
end

describe("the house: who may include whom", function()
  it("holds", function() holds(includes.problems) end)

  it("sees a room that looks up", function()
    sees(includes.problems, {
      ["csrc/base/a.c"] = '#include "market/m.h"\n', ["csrc/market/m.h"] = '#include "base/b.h"\n',
      ["csrc/base/b.h"] = "", ["csrc/match/m.c"] = '#  include "engine/e.h"\n', ["csrc/engine/e.h"] = "",
    }, "^csrc/base/a.c:1 includes market/m.h: base may include nothing$", "^csrc/match/m.c:1 includes engine/e.h: ")
  end)

  it("sees the engines include each other, and lets only the outbox see store and broker", function()
    sees(includes.problems, {
      ["csrc/engine/live/l.c"] = '#include "engine/advanced/a.h"\n', ["csrc/engine/advanced/a.h"] = "",
      ["csrc/engine/advanced/a.c"] = '#include "engine/live/l.h"\n', ["csrc/engine/live/l.h"] = "",
      ["csrc/engine/outbox.c"] = '#include "store/s.h"\n#include "broker/broker.h"\n', ["csrc/store/s.h"] = "",
      ["csrc/engine/policy.c"] = '#include "store/s.h"\n', ["csrc/broker/broker.h"] = "",
    }, "engine/advanced/a.c:1 .*never", "engine/live/l.c:1 .*never", "engine/policy.c:1 includes store/s.h")
  end)

  it("sees a broker behind its contract, a room without a rule, a header that is not there", function()
    sees(includes.problems, {
      ["csrc/session/s.c"] = '#include "broker/paper/p.h"\n#include "broker/coinbase/c.h"\n#include "net/n.h"\n',
      ["csrc/broker/paper/p.h"] = '#include "broker/broker.h"\n#include "s.h"\n', ["csrc/broker/broker.h"] = "",
      ["csrc/broker/coinbase/c.h"] = "", ["csrc/net/n.h"] = "", ["csrc/attic/a.c"] = '#include "net/n.h"\n',
    }, "room 'attic' is not", "paper/p.h:2 includes s.h: no such file", "s.c:2 includes broker/coinbase/c.h",
      "s.c:3 includes net/n.h")
  end)

  it("sees a foreign header outside its place", function()
    sees(includes.problems, {
      ["csrc/lua/l.c"] = "#include <lua.h>\n",
      ["csrc/session/feed_gz.c"] = "#include <zlib.h>\n#include <stdio.h>\n",
      ["csrc/session/loop.c"] = "#include <uv.h>\n#include <sys/time.h>\n",
      ["csrc/market/m.c"] = "#include <lua.h>\n",
      ["csrc/session/session.c"] = "#include <zlib.h>\n#include <sqlite3.h>\n",
      ["csrc/net/h.c"] = "#include <curl/curl.h>\n",
      ["csrc/net/json_frames.cpp"] = "#include <simdjson.h>\n#include <new>\n",
      ["csrc/net/other.cpp"] = "#include <simdjson.h>\n",
      ["csrc/store/store.c"] = "#include <sqlite3.h>\n#include <glib.h>\n",
      ["csrc/base/digest.c"] = "#include <openssl/evp.h>\n",
    }, "market/m.c:1 includes lua.h: lua.h only in lua/", "net/other.cpp:1 includes simdjson.h",
      "session.c:1 includes zlib.h",
      "session.c:2 includes sqlite3.h", "store.c:2 includes glib.h: this foreign header has no place")
  end)
end)

describe("the house: files", function()
  it("are short enough to sit down with", function() holds(files.too_long) end)

  it("sees one that is too long", function()
    sees(files.too_long, { ["csrc/base/a.c"] = ("\n"):rep(501), ["lua/neap/b.lua"] = ("\n"):rep(500) },
      "csrc/base/a.c has 501 lines")
  end)

  it("carry the license line", function() holds(files.without_license) end)

  it("sees one without", function()
    sees(files.without_license, {
      ["csrc/a.c"] = "int a;\n", ["csrc/b.c"] = "/* " .. SPDX,
      ["tools/t.sh"] = "#!/bin/sh\n# " .. SPDX, ["neap"] = "#!/bin/sh\n",
    }, "^csrc/a.c$", "^neap$")
  end)

  it("name no path of one machine", function() holds(files.machine_paths) end)

  it("sees one that does", function()
    local home = "/ho" .. "me"
    local page = "fine: net/workflow $HOME" .. home .. "ly\nin " .. home .. "/me/x\n"
    sees(files.machine_paths, { ["docs/a.md"] = page }, "^docs/a.md:2 names " .. home)
  end)
end)

describe("the house: modules", function()
  it("each have a spec and a reference page", function() holds(modules.without_spec_or_page) end)

  it("sees one without", function()
    sees(modules.without_spec_or_page, {
      ["csrc/lua/lgood.c"] = "int luaopen_neap_good(lua_State *L);\nint luaopen_neap_good(lua_State *L) {\n",
      ["spec/good_spec.lua"] = "", ["docs/reference/good.md"] = "",
      ["csrc/lua/lbad.c"] = "int luaopen_neap_bad(lua_State *L) {\n",
      ["csrc/lua/lhalf.c"] = "int luaopen_neap_half_c(lua_State *L) {\n", ["lua/neap/init.lua"] = "",
    }, "^neap has no spec/neap_spec", "^neap has no docs", "^bad has no spec", "^bad has no docs", "^half_c is half")
  end)

  it("add no global", function() holds(modules.with_globals) end)

  it("sees one that does, and one that does not load", function()
    sees(modules.with_globals, {
      ["lua/neap/leaky.lua"] = "leaked = 1 return {}\n", ["lua/neap/torn.lua"] = "error 'x'\n",
    }, "neap.leaky adds the global leaked", "neap.torn does not load")
  end)

  it("lie in the shared object that loads them", function() holds(modules.in_the_wrong_object) end)

  it("sees one in the other", function()
    sees(modules.in_the_wrong_object, {
      ["CMakeLists.txt"] = 'set(NEAP_NET_BINDINGS "/l(signer|venue)[a-z_]*\\\\.c$")\n',
      ["csrc/lua/lsigner.c"] = '#include "net/signer.h"\nint luaopen_neap_signer_c(lua_State *L) {\n',
      ["csrc/lua/lvenue_tables.c"] = "int luaopen_neap_venue(lua_State *L) {\n",
      ["csrc/lua/lhttp.c"] = '#include "net/http.h"\nint luaopen_neap_http_c(lua_State *L) {\n',
    }, "lhttp.c is not in NEAP_NET_BINDINGS", "^venue lies in neap_net.so")
  end)

  it("make no engine but in the factory", function() holds(modules.makers_of_engines) end)

  it("sees one that does", function()
    sees(modules.makers_of_engines, {
      ["lua/neap/engine_factory.lua"] = 'require "neap.engine_c"\n',
      ["lua/neap/cli/run.lua"] = 'require "neap.engine_c"\n',
      ["csrc/session/s.c"] = "neap_live_engine(NULL);\n", ["csrc/lua/lengine.c"] = "neap_live_engine(NULL);\n",
    }, "cli/run.lua makes an engine", "session/s.c makes an engine")
  end)
end)

describe("the house: writable data", function()
  it("does not exist in the core", function()
    if os.getenv "NEAP_TEST_LUA" then pending "the core may be linked into the interpreter here" end
    for _, name in ipairs { "neap", "neap_net" } do
      local object = assert(package.searchpath(name, package.cpath), "not on package.cpath: " .. name)
      assert.same({}, symbols.writable(object))
    end
  end)

  it("is seen where it is: initialized, zero, in a function, per thread; constants are not", function()
    local root = tree.plant { ["a.c"] = [[
      static int counted = 1; int shared_zero; static __thread int each = 2;
      static const char *const names[] = {"a", "b"}; static const int table[] = {1, 2};
      int bump(int i) { static int calls; return ++calls + counted++ + each++ + table[i & 1] + names[i & 1][0]; }
    ]] }
    assert(os.execute(("cc -shared -fPIC -o %s/a.so %s/a.c"):format(root, root)))
    local problems = symbols.writable(root .. "/a.so")
    os.execute("rm -rf " .. root)
    table.sort(problems)
    assert.equal(4, #problems, table.concat(problems, "\n"))
    assert.matches("calls.*counted.*each.*shared_zero", table.concat(problems, "\n"))
  end)
end)

describe("the house: what a start loads", function()
  it("is neither C++ nor what speaks to the network", function()
    if os.getenv "NEAP_TEST_LUA" then pending "the core may be linked into the interpreter here" end
    local object = assert(package.searchpath("neap", package.cpath))
    for _, name in ipairs(symbols.needed(object)) do
      for _, late in ipairs { "stdc++", "simdjson", "curl", "wslay", "ssl" } do
        assert(not name:find("lib" .. late, 1, true), object .. " needs " .. name)
      end
    end
    local net = table.concat(symbols.needed(assert(package.searchpath("neap_net", package.cpath))), " ")
    assert.matches("libsimdjson", net)
  end)
end)

describe("the house: time and randomness", function()
  it("are handed in", function() holds(clocks.read_elsewhere) end)

  it("sees a clock that is read, and chance that is taken", function()
    sees(clocks.read_elsewhere, {
      ["csrc/session/s.c"] = "neap_clock(a); x->time(b);\n  now = time(NULL);\n/* time(NULL) */\n",
      ["csrc/base/clock.c"] = "clock_gettime(a, b);\n", ["lua/neap/x.lua"] = "local r = math.random(6)\n",
    }, "csrc/session/s.c:2 calls time", "lua/neap/x.lua:1 calls math.random")
  end)
end)

describe("the house: documents", function()
  it("have Lua blocks that run", function() holds(documents.failing_blocks) end)

  it("sees a block that fails or does not compile, with its line", function()
    local page = "# t\n```lua\nassert(1 == 1)\n```\ntext\n```lua\nerror 'boom'\n```\n"
      .. "```lua\nx =\n```\n```lua\n-- not run\nx =\n```\n"
    sees(documents.failing_blocks, { ["docs/reference/a.md"] = page }, "a.md:6: docs/reference/a.md:7: boom",
      "a.md:9: ")
  end)

  it("has the launcher's packages in the Dockerfile", function() holds(documents.packages_that_differ) end)

  it("sees packages that differ", function()
    sees(documents.packages_that_differ, {
      neap = 'RUN_PACKAGES="lua5.4 \\\ngcc"\nTEST_PACKAGES="libcmocka-dev"\n',
      Dockerfile = "RUN apt-get update && apt-get install -y --no-install-recommends lua5.4 \\\n  gcc-12 libcmocka-dev "
        .. "&& true\n",
    }, "^gcc is in the launcher", "^gcc%-12 is in the Dockerfile")
  end)
end)

describe("the house: decisions", function()
  local HEAD = "# ADR-%s: a thing\n\n**Status.** %s\n**Date.** %s\n**Deciders.** The founding engineers\n"
    .. "**Technical story.** Issue 2: a story\n"
  local BODY = "## Context\nc\n## Decision\nd\n## Rationale\nr\n## Consequences\ne\n## Alternatives\na\n"
    .. "## Related decisions\nNone.\n## References\n`csrc/a.c`\n"
  local ROW = "| [ADR-%s](%s) | a thing | %s | 2026-11-28 |\n"

  local function decision(number, status, body)
    return HEAD:format(number, status or "Accepted", "2026-11-28") .. (body or BODY)
  end

  it("have one shape", function() holds(decisions.misshapen) end)

  it("sees what is out of shape", function()
    sees(decisions.misshapen, {
      ["docs/adr/ADR-001-a.md"] = decision "001", ["docs/adr/ADR-001-b.md"] = decision "001",
      ["docs/adr/ADR-002-c.md"] = decision("003", "Maybe"), ["docs/adr/ADR-004-d.md"] = "# ADR-004: torn",
      ["docs/adr/ADR-005-e.md"] = HEAD:format("005", "Superseded by [ADR-001](ADR-001-a.md)", "2026-13-01")
        .. BODY:gsub("## Rationale\nr\n", ""):gsub("\nd\n", "\n\n"),
    }, "ADR%-001%-b.md: its number is that of ADR%-001%-a.md", "ADR%-002%-c.md: title", "ADR%-002%-c.md: status",
      "004%-d.md: empty line", "004%-d.md: status", "004%-d.md: date", "004%-d.md: deciders", "004%-d.md: technical",
      "004%-d.md: its headings are: $", "005%-e.md: date", "005%-e.md: its headings are: Context, Decision, Conse",
      "005%-e.md: nothing under Decision")
  end)

  it("name what exists", function() holds(decisions.dead_references) end)

  it("sees what does not", function()
    sees(decisions.dead_references, {
      ["docs/adr/ADR-001-a.md"] = decision("001", nil, BODY:gsub("None%.", "[b](ADR-002-b.md) [old](ADR-009-x.md)")),
      ["docs/adr/ADR-002-b.md"] = decision("002", nil, BODY:gsub("csrc/a.c", "csrc/gone.c"):gsub("None%.", "many")),
      ["docs/adr/ADR-003-c.md"] = decision("003", nil, BODY:gsub("`csrc/a.c`", "[page](../reference/a.md#b)")),
      ["docs/adr/ADR-004-d.md"] = decision("004", nil, BODY:gsub("`csrc/a.c`", "somewhere")), ["csrc/a.c"] = "",
    }, "001%-a.md links to ADR%-009%-x.md", "002%-b.md refers to csrc/gone.c", "002%-b.md: related decisions are links",
      "003%-c.md links to ../reference/a.md#b", "004%-d.md refers to no file")
  end)

  it("are in the index, each once, in order", function() holds(decisions.index_problems) end)

  it("sees one that is missing, out of order, twice, not there, of another status; a number not said to be empty",
    function()
      local one, two = ROW:format("001", "ADR-001-a.md", "Accepted"), ROW:format("003", "ADR-003-b.md", "Accepted")
      local function index(text, pattern, ...)
        sees(decisions.index_problems, { ["docs/adr/ADR-001-a.md"] = decision "001", ["docs/adr/README.md"] = text,
          ["docs/adr/ADR-003-b.md"] = decision "003" }, pattern, ...)
      end
      local empty = "stay empty: 002.\n"
      index(empty .. one .. two)
      index(empty .. one, "has 'nothing' where '003 ADR%-003%-b.md, Accepted, 2026%-11%-28' is expected")
      index(empty .. two .. one, "has '003")
      index(empty .. one .. one .. two, "has '001")
      index(empty .. one .. two .. ROW:format("004", "ADR-004-c.md", "Accepted"), "where 'no row' is expected")
      index(empty .. one .. two:gsub("Accepted", "Proposed"), "003%-b.md, Proposed")
      index(one .. two, "never used are '002', the index says ''")
    end)
end)
