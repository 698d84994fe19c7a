-- SPDX-License-Identifier: MIT
-- The command line as a process: verbs, flags, errors, exit codes; events, explain and verify on a session.
local decimal = require "neap.decimal"
local json = require "neap.json"
local store = require "neap.event_store"

local LUA = os.getenv "NEAP_TEST_LUA" or "lua5.4"
local FIRST, SECOND = "3f2a9c1e-1111-5222-8333-444455556666", "3f2a9c2e-1111-5222-8333-444455556666"

local function quote(word) return "'" .. word:gsub("'", "'\\''") .. "'" end

-- stdout, stderr, exit code of a call.
local function neap(...)
  local errors = os.tmpname()
  local words = {}
  for i, word in ipairs { ... } do words[i] = quote(word) end
  local pipe = assert(io.popen(("%s lua/neap/cli/main.lua %s 2>%s </dev/null"):format(LUA, table.concat(words, " "),
    errors)))
  local out = pipe:read "a"
  local _, _, code = pipe:close()
  local file <close> = assert(io.open(errors))
  os.remove(errors)
  return out, file:read "a", code
end

local function write_order(writer, number, id, accepted)
  local function append(type, record, cause)
    return assert(writer:append { ts_ns = 1713459600000000000, type = type, product = "BTC-USD", client_order_id = id,
      cause_seq = cause, record = record })
  end
  local intent = append("order_intent", { number = number, order = number, strategy = "ma_cross", side = "buy",
    why = "fast over slow \27[31m", type = "limit", quantity = decimal "0.02", limit = decimal "42001.5" })
  local decision = append("decision", { accepted = accepted, engine = "live", engine_reason = "baseline",
    reason = not accepted and { code = "insufficient_funds", check = "funds", input = "840", limit = "10" } or nil,
    checks = { { name = "funds", verdict = accepted and "passed" or "failed", input = decimal "840",
      limit = decimal "10" } },
    ticket = { side = "buy", type = "limit", quantity = decimal "0.02", limit = decimal "42001" } }, intent)
  if not accepted then return append("order_rejected", { code = "insufficient_funds" }, decision) end
  append("order_submitted", nil, decision)
  append("order_filled", { price = decimal "42000", quantity = decimal "0.02", notional = decimal "840",
    fee = decimal "0.84", status = "filled" }, decision)
end

describe("the command line", function()
  local directory, path, head

  setup(function()
    local pipe = assert(io.popen "mktemp -d")
    directory = pipe:read "l"
    pipe:close()
    path = directory .. "/events.db"
    local writer <close> = assert(store.create { path = path })
    writer:append { ts_ns = 1713459000000000000, type = "run_described", record = { mode = "backtest" } }
    write_order(writer, 1, FIRST, true)
    write_order(writer, 2, SECOND, false)
    assert(writer:seal())
    head = writer:head()
    assert(writer:close())
  end)

  teardown(function() os.execute("rm -r " .. quote(directory)) end)

  it("prints the version that the build has", function()
    local file <close> = assert(io.open "CMakeLists.txt")
    local version = file:read "a":match "project%(neap VERSION ([%d.]+)"
    assert.equal("neap " .. version .. "\n", (neap "version"))
    assert.equal(version, json.decode((neap("version", "--json"))).version)
  end)

  it("refuses unknown verbs and flags by name, with the nearest", function()
    local _, err, code = neap "verfy"
    assert.equal(2, code)
    assert.equal("neap: unknown verb 'verfy'; did you mean verify?\n", err)
    _, err, code = neap("events", "--limt", "3", path)
    assert.equal(2, code)
    assert.matches("did you mean %-%-limit", err)
    local out
    out, _, code = neap("verfy", "--json")
    assert.equal(2, code)
    local document = json.decode(out)
    assert.equal("neap.error/1", document.schema)
    assert.equal("verify", document.error.nearest)
  end)

  it("knows the verbs and flags that are to come", function()
    local _, err, code = neap "attach"
    assert.equal(2, code)
    assert.matches("not in this version", err)
    _, err, code = neap("events", "--follow")
    assert.equal(2, code)
    assert.matches("not in this version", err)
  end)

  it("refuses what it cannot use", function()
    for _, words in ipairs { { "events", "--limit", "x" }, { "events", "--limit", "0" }, { "events", "--limit" },
      { "events", path, "more" }, { "explain" }, { "explain", "3f" }, { "verify", "--head", "12" }, { "--limit" },
      { "events", path, "--since", "2024-13-01" }, { "events", "--json=yes" } } do
      local out, err, code = neap(table.unpack(words))
      assert.equal(2, code, table.concat(words, " "))
      assert.equal("", out)
      assert.matches("^neap: .", err)
    end
  end)

  it("helps", function()
    local out, _, code = neap "help"
    assert.equal(0, code)
    assert.matches("verify +Checks", out)
    out, _, code = neap("events", "--help")
    assert.equal(0, code)
    assert.matches("usage: neap events", out)
    assert.matches("%-%-since TIME|SEQ", out)
    local _, _, usage = neap()
    assert.equal(2, usage)
  end)

  it("prints events, chosen by type, product, number and time", function()
    local out, _, code = neap("events", directory)
    assert.equal(0, code)
    local lines = {}
    for line in out:gmatch "[^\n]+" do lines[#lines + 1] = line end
    assert.equal(9, #lines)
    assert.is_nil(out:find("\27", 1, true))
    local none, complaint, wrong = neap("events", path, "--type", "order_filed")
    assert.are.same({ "", 2 }, { none, wrong })
    assert.is_truthy(complaint:find("there is no event of type 'order_filed'; did you mean order_filled?", 1, true))
    assert.are.equal(0, select(3, neap("events", path, "--type", "liquidation")))
    local document = json.decode((neap("events", path, "--json", "--type", "decision", "--limit", "1")))
    assert.equal("neap.events/1", document.schema)
    assert.equal(1, #document.events)
    assert.equal(FIRST, document.events[1].client_order_id)
    assert.equal("live", document.events[1].body.engine)
    assert.equal(3, #json.decode((neap("events", path, "--json", "--since", "6"))).events)
    assert.equal(7, #json.decode((neap("events", path, "--json", "--since", "2024-04-18T17:00:00Z"))).events)
    assert.equal(0, #json.decode((neap("events", path, "--json", "--product", "ETH-USD"))).events)
  end)

  it("explains an order by id, beginning or number", function()
    for _, word in ipairs { FIRST, "3f2a9c1", "#1" } do
      local out, _, code = neap("explain", word, directory)
      assert.equal(0, code)
      for _, part in ipairs { "(#1)", "buy 0.02 BTC-USD, limit at 42001.5", "why       fast over slow ?",
        "live: baseline", "accepted", "limit from 42001.5 to 42001", "funds  passed     840     10", "order_submitted",
        "quantity 0.02  price 42000", "quantity 0.02 at 42000, notional 840, fees 0.84", "0.02, cost 840",
        "state     filled" } do
        assert.is_truthy(out:find(part, 1, true), part)
      end
      assert.is_nil(out:find("\27", 1, true))
    end
    local refused = json.decode((neap("explain", SECOND, path, "--json")))
    assert.equal("neap.explain/1", refused.schema)
    assert.equal("rejected", refused.state)
    assert.equal("insufficient_funds", refused.decision.reason.code)
  end)

  it("does not guess an order", function()
    local _, err, code = neap("explain", "3f2a9c", path)
    assert.equal(1, code)
    assert.matches("2 orders begin", err)
    _, err, code = neap("explain", "3f2a9c3e-1111-5222-8333-444455556666", path)
    assert.equal(1, code)
    assert.matches("did you mean 3f2a9c", err)
    _, _, code = neap("explain", "#9", path)
    assert.equal(1, code)
  end)

  it("verifies", function()
    local out, _, code = neap("verify", directory)
    assert.equal(0, code)
    assert.matches(head, out)
    local document = json.decode((neap("verify", path, "--head", head, "--json")))
    assert.is_true(document.verified)
    assert.equal(8, document.events)
    local _, err, bad = neap("verify", path, "--head", ("0"):rep(64))
    assert.equal(1, bad)
    assert.matches("never had the given head", err)
    _, _, bad = neap("verify", "README.md")
    assert.equal(1, bad)
  end)

  it("copies a session, puts the copy elsewhere, and writes over nothing", function()
    local copy, place = directory .. "/copy.db", directory .. "/place.db"
    local out, _, code = neap("backup", directory, "--out", copy)
    assert.equal(0, code)
    assert.matches("8 events, verified\nhead " .. head, out)
    assert.equal(8, json.decode((neap("restore", copy, "--out", place, "--json"))).events)
    local _, err, bad = neap("restore", copy, "--out", place)
    assert.equal(1, bad)
    assert.matches("nothing is written over", err)
    _, err, bad = neap("backup", directory)
    assert.equal(2, bad)
    assert.matches("%-%-out FILE", err)
    _, _, bad = neap("backup", directory .. "/none.db", "--out", place)
    assert.equal(4, bad)
    _, _, bad = neap("restore", "README.md", "--out", directory .. "/new.db")
    assert.equal(1, bad)
  end)

  it("trims a session at a snapshot, when told that it may", function()
    local file = directory .. "/long.db"
    local writer <close> = assert(store.create { path = file })
    for day = 1, 6 do
      if day % 2 == 0 then
        writer:seal()
        writer:append { type = "state_snapshot", ts_ns = day * 86400000000000, record = { chain_head = writer:head() } }
      else
        writer:append { type = "log", ts_ns = day * 86400000000000 }
      end
    end
    assert(writer:close())
    local function trim(...) return neap("trim", file, ...) end
    for _, words in ipairs { {}, { "--before", "1970-01-03" }, { "--before", "x", "--yes" }, { "--keep", "x", "--yes" },
      { "--keep", "1d", "--before", "1970-01-03", "--yes" } } do
      local _, err, code = trim(table.unpack(words))
      assert.equal(2, code, err)
    end
    local out, _, code = trim("--before", "1970-01-02", "--yes")
    assert.equal(0, code)
    assert.matches("nothing was removed", out)
    assert.matches("1 events removed; begins with event 2", (trim("--before", "1970-01-03", "--yes")))
    assert.equal(4, json.decode((trim("--keep", "1d", "--yes", "--json"))).first_seq)
    assert.equal(4, store.verify(file).first_seq)
  end)

  it("finds sessions by path, by name, and the latest", function()
    local sessions = directory .. "/sessions"
    assert(os.execute(("mkdir -p %s/one && cp %s %s/one"):format(quote(sessions), quote(path), quote(sessions))))
    local _, _, code = neap("verify", "one", "--sessions", sessions)
    assert.equal(0, code)
    _, _, code = neap("verify", "--sessions", sessions)
    assert.equal(0, code)
    local _, err, absent = neap("verify", "onw", "--sessions", sessions)
    assert.equal(4, absent)
    assert.matches("did you mean one", err)
    _, _, absent = neap("verify", "--sessions", directory .. "/nowhere")
    assert.equal(4, absent)
    _, err, absent = neap("verify", directory .. "/event.db")
    assert.equal(4, absent)
    assert.matches("did you mean .*events.db", err)
  end)
end)
