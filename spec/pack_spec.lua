-- SPDX-License-Identifier: MIT
-- neap.pack: a pack is made of any session, and says good of nothing that was changed.
local bars = require "spec.support.bars"
local core = require "neap.pack_c"
local decimal = require "neap.decimal"
local event_store = require "neap.event_store"
local json = require "neap.json"
local manifest = require "neap.pack.manifest"
local neap = require "neap"
local packs = require "spec.support.packs"
local program = require "spec.support.program"

describe("neap.pack", function()
  local pack = require "neap.pack"
  local directory, store, place

  before_each(function()
    directory = program.directory()
    store, place = directory .. "/s.db", directory .. "/s.pack"
  end)
  after_each(function() program.remove(directory) end)

  local function check_of(report, name)
    for _, check in ipairs(report.checks) do
      if check.check == name then return check.found end
    end
  end

  local function make(kinds, seed, options, count)
    local result = packs.session(directory, store, kinds or { "spot" }, seed or 1, count)
    options = options or {}
    options.strategies = { directory .. "/one.lua", directory .. "/two.lua" }
    return assert(pack.write(store, place, options)), result
  end

  local function names_in(path)
    local names = {}
    for name in require("lfs").dir(path) do
      if name ~= "." and name ~= ".." then names[#names + 1] = name end
    end
    table.sort(names)
    return table.concat(names, " ")
  end

  it("adds no global", function()
    local before = {}
    for name in pairs(_G) do before[name] = true end
    package.loaded["neap.pack"] = nil
    require "neap.pack"
    for name in pairs(_G) do assert.is_true(before[name], name) end
  end)

  it("is written by one at a time", function()
    packs.session(directory, store, { "spot" }, 1)
    local other <close> = assert(require("neap.account_lock_c").take(place))
    local theirs = program.write(place .. "-packing", "what the other one has so far")
    local found, err = pack.write(store, place, { strategies = { directory .. "/one.lua", directory .. "/two.lua" } })
    assert.are.same({ nil, "locked" }, { found, err.code })
    assert.error_matches(function() error(tostring(err)) end, "process %d+ is packing to that name")
    assert.are.equal("what the other one has so far", program.read(theirs))
    other:close()
    assert(pack.write(store, place, { strategies = { directory .. "/one.lua", directory .. "/two.lua" } }))
    assert.is_nil(names_in(directory):find("-", 1, true), names_in(directory))
  end)

  it("refuses what it does not know, by name", function()
    assert.error_matches(function() pack.write(store, place, { codes = false }) end, "did you mean 'code'")
    assert.error_matches(function() pack.write(store, place, { code = 1 }) end, "code is a boolean, not number")
    assert.error_matches(function() pack.write(store) end, "a path is wanted, not nil")
    assert.error_matches(function() pack.verify(place, { head = "abc" }) end, "head is the 64 hexadecimal digits")
    assert.error_matches(function() pack.verify(place, { haed = ("0"):rep(64) }) end, "did you mean 'head'")
  end)

  it("computes as decimals do, by other means", function()
    local exact = require "neap.pack.exact"
    math.randomseed(7)
    local function any()
      local digits = math.random(0, 8)
      local text = ("%d"):format(math.random(0, 10 ^ math.random(1, 9) // 1))
      if digits > 0 then text = ("%s.%0" .. digits .. "d"):format(text, math.random(0, 10 ^ digits // 1 - 1)) end
      return (math.random(2) == 1 and "-" or "") .. text
    end
    for _ = 1, 3000 do
      local a, b = any(), any()
      local x, y = decimal(a), decimal(b)
      local function same(wanted, number, what)
        assert.equal(tostring(wanted), exact.text(number), ("%s %s %s"):format(a, what, b))
      end
      local p, q = exact.parse(a), exact.parse(b)
      same(x + y, exact.add(p, q), "+")
      same(x - y, exact.subtract(p, q), "-")
      same(x * y, exact.multiply(p, q, 16), "*")
      same((x * y):round(12), exact.multiply(exact.multiply(p, q, 16), exact.parse "1", 12), "* and round")
      if not y:is_zero() then same(x / y, exact.share(p, exact.parse "1", q, 12), "/") end
      assert.equal(x < y, exact.is_less(p, q))
    end
    -- halves go to the even side; the product is whole before it is divided
    assert.equal("0.000000000002", exact.text(exact.share(exact.parse "0.000000000003", exact.parse "1",
      exact.parse "2", 12)))
    assert.equal("0.000000000002", exact.text(exact.share(exact.parse "0.000000000005", exact.parse "1",
      exact.parse "2", 12)))
    assert.equal("0.0000000000000001", exact.text(exact.share(exact.parse "0.0000000000000003",
      exact.parse "0.0000000000000003", exact.parse "0.0000000000000009", 16)))
    for _, text in ipairs { "", "1e5", ".5", "5.", "x", "1.00000000000000001" } do
      assert.has_error(function() exact.parse(text) end)
    end
  end)

  it("packs sessions of every kind of product, and its figures are those of the run", function()
    local number = 0
    for seed, kinds in ipairs { { "spot" }, { "margin" }, { "perpetual" }, { "future" },
      { "spot", "perpetual", "future" }, { "margin", "spot" } } do
      os.remove(store)
      local report, result = make(kinds, seed, { over = seed > 1 }, 100)
      local figures = report.figures
      assert.equal(tostring(result.final_equity), figures.equity)
      assert.equal(tostring(result.final_cash), figures.cash)
      assert.equal(tostring(result.fees), figures.fees)
      assert.equal(tostring(result.funding), figures.funding)
      assert.equal(result.fills, figures.fills)
      assert.equal(#result.trades, figures.trades)
      assert.equal(figures.profit, tostring(result.final_equity - decimal(figures.paid)))
      assert.equal(#kinds, #figures.products)
      if kinds[1] == "perpetual" then assert.is_false(decimal(figures.funding):is_zero()) end
      number = number + figures.fills
    end
    assert.is_true(number > 500, number)
  end)

  it("is judged without the session, and by what was noted elsewhere", function()
    local report = make()
    local away = program.directory()
    assert(os.rename(place, away .. "/x.pack"))
    program.remove(directory)
    local again = assert(pack.verify(away .. "/x.pack", { head = report.chain.head, pack = report.digest:upper() }))
    assert.same(report.figures, again.figures)
    assert.same(report.manifest, again.manifest)
    assert.equal("spot", again.figures.products[1].kind)
    local _, other = pack.verify(away .. "/x.pack", { head = ("0"):rep(64) })
    assert.equal("head_differs", other.code)
    _, other = pack.verify(away .. "/x.pack", { pack = ("0"):rep(64) })
    assert.equal("pack_differs", other.code)
    assert.is_true(pack.is_pack(away .. "/x.pack"))
    program.remove(away)
  end)

  it("is the same pack each time, and one of a pack is that pack", function()
    local report = make()
    local second = assert(pack.write(store, directory .. "/t.pack", { strategies = { directory .. "/one.lua",
      directory .. "/two.lua" } }))
    assert.equal(report.digest, second.digest)
    assert(pack.write(place, directory .. "/u.pack", { code = false }))
    local names = select(2, packs.parts(place))
    assert.same({ "code.json", "code/1/one.lua", "code/2/two.lua", "code/3/engine_policy.lua", "configuration.json",
      "inputs.json", "result.json" }, names)
  end)

  it("reads as a store: events, replay, report, a copy that is a plain store again", function()
    local report = make()
    local count = 0
    for _ in event_store.events(place) do count = count + 1 end
    assert.equal(report.chain.events, count)
    assert.equal(report.state.state_hash, event_store.replay(place).state_hash)
    assert(require("neap.report").html(place))
    assert(event_store.backup(place, directory .. "/copy.db"))
    assert.is_false(pack.is_pack(directory .. "/copy.db"))
    assert.equal(report.chain.head, event_store.verify(directory .. "/copy.db").head)
    local _, refused = event_store.create { path = place, resume = true }
    assert.equal("is_a_pack", refused.code)
    _, refused = event_store.trim(place, math.maxinteger)
    assert.equal("is_a_pack", refused.code)
    assert(pack.verify(place))
  end)

  it("writes over nothing unasked, and then over a pack alone", function()
    make()
    local _, err = pack.write(store, place)
    assert.equal("file_exists", err.code)
    assert(pack.write(store, place, { over = true }))
    program.write(directory .. "/note.txt", "mine")
    _, err = pack.write(store, directory .. "/note.txt", { over = true })
    assert.equal("file_exists", err.code)
    _, err = pack.write(store, store, { over = true })
    assert.equal("file_exists", err.code)
    _, err = pack.write(store, directory, { over = true })
    assert.equal("file_exists", err.code)
    assert.equal("mine", program.read(directory .. "/note.txt"))
  end)

  it("leaves nothing half-written, and takes away what a killed packer left", function()
    packs.session(directory, store, { "spot" }, 1)
    local before = names_in(directory)
    local _, err = pack.write(store, directory .. "/none/x.pack")
    assert.equal("cannot_write", err.code)
    assert.matches("no directory", err.message)
    program.write(directory .. "/empty.db", "")
    _, err = pack.write(directory .. "/empty.db", place)
    assert.equal("not_a_store", err.code)
    os.remove(directory .. "/empty.db")
    assert.equal(before, names_in(directory))
    for _, ending in ipairs { "-packing", "-packing-journal", "-packing-partial" } do
      program.write(place .. ending, "torn")
    end
    assert(pack.write(store, place))
    assert.equal("one.lua s.db s.pack two.lua", names_in(directory))
  end)

  it("keeps a key out, whichever text it stands in", function()
    local path = packs.trader(directory, "one")
    program.write(path, program.read(path) .. "-- -----BEGIN EC PRIVATE KEY-----\n")
    assert(neap.backtest { strategy = path, data = { ["BTC-USD"] = bars.walk(20) }, env = {}, store = store })
    local report, err = pack.write(store, place, { strategies = { path } })
    assert.is_nil(report)
    assert.equal("secret_found", err.code)
    assert.matches("code/1/one.lua holds a private key", err.message)
    assert.equal("one.lua s.db", names_in(directory))
    assert(pack.write(store, place, { strategies = { path }, code = false }))
    assert.is_nil(pack.read(place, "code/1/one.lua"))
  end)

  it("has the texts of a strategy with what it requires, and knows when they are not found", function()
    assert(require("lfs").mkdir(directory .. "/lib"))
    program.write(directory .. "/lib/half.lua", "return require 'deep' / 2\n")
    program.write(directory .. "/lib/deep.lua", "return 3\n")
    local path = program.write(directory .. "/user.lua", [[
local half = require "half"
local deep = require("deep")
return require "neap".strategy { name = "user", on_bar = function(self) self:buy { quantity = half + deep } end }
]])
    assert(neap.backtest { strategy = path, data = { ["BTC-USD"] = bars.walk(5) }, env = {}, store = store })
    local report = assert(pack.write(store, place, { strategies = { path } }))
    assert.matches("the text of 2", check_of(report, "code"))
    local names = select(2, packs.parts(place))
    assert.same({ "code.json", "code/1/lib/deep.lua", "code/1/lib/half.lua", "code/1/user.lua" },
      table.move(names, 1, 4, 1, {}))
    program.write(directory .. "/lib/deep.lua", "return 4\n")
    report = assert(pack.write(store, place, { strategies = { path }, over = true }))
    assert.matches("the text of 1", check_of(report, "code"))
  end)

  it("has the policy that chose engines; an engine that was asked for by name has none", function()
    make()
    local entries = json.decode(pack.read(place, "code.json")).code
    assert.same({ "engine_policy", require("neap.digest").sha256_file "config/engine_policy.lua", 1 },
      { entries[3].policy, entries[3].digest, entries[3].since })
    os.remove(store)
    assert(neap.backtest { strategy = directory .. "/one.lua", data = { ["BTC-USD"] = bars.walk(5) }, env = {},
      store = store, engine = "advanced" })
    assert(pack.write(store, place, { over = true }))
    assert.equal(1, #json.decode(pack.read(place, "code.json")).code)
  end)

  it("states every file below inputs/ of a session's directory, and has them if asked", function()
    local own = directory .. "/session"
    assert(os.execute(("mkdir -p '%s/inputs/a'"):format(own)))
    packs.session(directory, own .. "/events.db", { "spot" }, 1)
    program.write(own .. "/inputs/a/0001.seg", ("\0\1\2"):rep(500000))
    program.write(own .. "/inputs/index", "")
    local report = assert(pack.write(own .. "/events.db", place))
    assert.matches("2 files by digest, 0 of them in the pack", check_of(report, "inputs"))
    local said = json.decode(pack.read(place, "inputs.json")).files
    assert.same({ "inputs/a/0001.seg", 1500000 }, { said[1].name, said[1].bytes })
    assert.equal(require("neap.digest").sha256(("\0\1\2"):rep(500000)), said[1].sha256)
    report = assert(pack.write(own .. "/events.db", place, { inputs = true, over = true }))
    assert.matches("2 of them in the pack", check_of(report, "inputs"))
    assert.equal(("\0\1\2"):rep(500000), pack.read(place, "inputs/a/0001.seg"))
    assert.equal("", pack.read(place, "inputs/index"))
  end)

  it("knows a file of bars that is, to the last byte, what was read", function()
    local file = program.write(directory .. "/BTC-USD_1h.csv", bars.csv(bars.walk(50)))
    assert(neap.backtest { strategy = packs.trader(directory, "one"), data = { file }, env = {}, store = store })
    assert(pack.write(store, place, { data = { file } }))
    assert.is_true(json.decode(pack.read(place, "inputs.json")).files[1].is_what_was_read)
    program.write(file, bars.csv(bars.walk(51)))
    assert(pack.write(store, place, { data = { file }, over = true }))
    assert.is_nil(json.decode(pack.read(place, "inputs.json")).files[1].is_what_was_read)
  end)

  it("packs a session of several lives, one that was trimmed, one that does not trade", function()
    local data = { ["BTC-USD"] = bars.walk(120) }
    local function live(count, resume)
      local session <close> = assert(neap.session { data = data, env = {}, store = store, resume = resume,
        strategy = packs.trader(directory, "one"), cash = 1000000, seed = 3 })
      session:step(count)
      session:stop()
    end
    live(40)
    live(40, true)
    local report = assert(pack.write(store, place))
    assert.equal(2, #json.decode(pack.read(place, "configuration.json")).lives)
    assert(report.figures.fills > 10)
    local trimmed = assert(event_store.trim(store, math.maxinteger))
    assert.is_true(trimmed.first_seq > 1)
    local after = assert(pack.write(store, place, { over = true }))
    for _, name in ipairs { "cash", "realized", "fees", "fills", "trades" } do
      assert.equal(report.figures[name], after.figures[name], name)
    end
    os.remove(store)
    local still <close> = assert(neap.session { data = data, env = {}, store = store, cash = 500 })
    still:stop()
    local empty = assert(pack.write(store, place, { over = true }))
    assert.equal("500", empty.figures.equity)
    assert.equal(0, empty.figures.fills)
    assert.is_nil(empty.figures.products[1].mark)
  end)

  it("refuses a store that is no session's, and one without events", function()
    for _, events in ipairs { 0, 3 } do
      os.remove(store)
      local writer <close> = assert(event_store.create { path = store, run = "r" })
      for i = 1, events do assert(writer:append { ts_ns = i, type = "marked", record = {} }) end
      writer:close()
      local report, err = pack.write(store, place)
      assert.is_nil(report)
      assert.equal(events == 0 and "no_events" or "no_session", err.code)
    end
  end)

  describe("finds", function()
    local forged

    before_each(function()
      make({ "spot", "perpetual" }, 2)
      forged = directory .. "/forged.pack"
    end)

    local function finds(code, words, options)
      packs.forge(place, forged, options or {})
      local report, err = pack.verify(forged)
      assert.is_nil(report, words)
      assert.equal(code, err.code, err.message)
      assert.matches(words, err.message)
      return err
    end

    it("nothing in a pack that was put together again as it was", function()
      packs.forge(place, forged, {})
      assert(pack.verify(forged))
    end)

    -- `change` of the result, with a manifest and a label that fit it.
    local function in_result(change)
      return { change = function(texts)
        local document = json.decode(texts["result.json"])
        change(document)
        texts["result.json"] = json.encode(document)
      end }
    end

    it("any figure of the result that the fills do not make", function()
      local stated = json.decode(pack.read(place, "result.json"))
      local function more(value)
        return math.type(value) == "integer" and value + 1 or tostring(decimal(value) + decimal "0.0000000000000001")
      end
      for _, name in ipairs { "paid", "cash", "realized", "fees", "funding", "unrealized", "profit", "equity", "fills",
        "trades", "orders" } do
        finds("result_differs", ("^result, %s: it says %s, the session's books make"):format(name,
          tostring(more(stated[name])):gsub("%p", "%%%0")),
          in_result(function(document) document[name] = more(document[name]) end))
      end
      for _, name in ipairs { "quantity", "cost", "realized", "fees", "funding", "unrealized", "profit", "mark",
        "fills", "trades" } do
        finds("result_differs", "P2%-USD " .. name .. ": it says",
          in_result(function(document) document.products[2][name] = more(document.products[2][name]) end))
      end
      finds("result_differs", "it has 1 products, .* 2",
        in_result(function(document) table.remove(document.products, 1) end))
    end)

    it("a changed, a missing and an added part, by its name", function()
      local function keep(change) return { keep_list = true, change = change } end
      for name in pairs((packs.parts(place))) do
        finds("part_differs", "part " .. name:gsub("%p", "%%%0") .. ": the manifest says digest",
          keep(function(texts) texts[name] = texts[name]:sub(1, -2) .. "x" end))
        finds("part_missing", "part " .. name:gsub("%p", "%%%0"), keep(function(texts) texts[name] = nil end))
      end
      finds("part_added", "part z", keep(function(texts) texts.z = "" end))
      finds("part_differs", "there are", keep(function(texts) texts["code.json"] = "" end))
    end)

    it("a manifest that is gone, of another pack, of other events, or none", function()
      local text = pack.read(place, manifest.NAME)
      finds("manifest_differs", "the label says digest", { text = text .. " ", label = manifest.label(text) })
      finds("manifest_missing", "manifest.json", { text = false })
      finds("bad_manifest", "cannot be read", { text = "{" })
      finds("bad_manifest", "has no 'chain'", { manifest = function(document) document.chain = nil end })
      finds("bad_pack", "label is none", { label = "neap.pack/1 xyz" })
      finds("bad_pack", "label is none", { label = "" })
      local other = directory .. "/other.db"
      packs.session(directory, other, { "spot", "perpetual" }, 5)
      assert(pack.write(other, directory .. "/other.pack"))
      finds("part_differs", "part code.json: the manifest says %d+ bytes",
        { text = pack.read(directory .. "/other.pack", manifest.NAME) })
      for name, words in pairs { head = "chain head", tail = "chain tail", events = "chain events" } do
        finds("manifest_wrong", words, { manifest = function(document) document.chain[name] = "0" end })
      end
      finds("manifest_wrong", "state", { manifest = function(document) document.state.hash = "0" end })
      for _, name in ipairs { "session", "mode", "first_time", "last_time", "engine", "currency", "last_event" } do
        finds("manifest_wrong", "manifest, " .. name,
          { manifest = function(document) document[name] = "other" end })
      end
    end)

    it("a configuration, a list of strategies or of inputs that the events do not tell", function()
      local function in_document(name, pattern, replacement)
        return { change = function(texts)
          local text, count = texts[name]:gsub(pattern, replacement, 1)
          assert(count == 1)
          texts[name] = text
        end }
      end
      finds("part_differs", "part configuration.json, configuration: it says",
        in_document("configuration.json", '"taker_bps": "%d+"', '"taker_bps": "77"'))
      finds("part_differs", "part code.json, entry 1, digest",
        in_document("code.json", '"digest": "%x', '"digest": "'))
      finds("code_differs", "part code/1/one.lua: code.json says",
        in_document("code.json", '"sha256": "%x', '"sha256": "'))
      finds("code_differs", "part code/1/one.lua", in_document("code/1/one.lua", "math.random", "math.rndaom"))
      finds("part_differs", "part inputs.json, read", in_document("inputs.json", '"blake2b": "%x', '"blake2b": "'))
    end)

    it("a text that is not the one which ran, though all digests fit it", function()
      finds("code_differs", "strategy one: the events say digest", { change = function(texts)
        local before = texts["code/1/one.lua"]
        texts["code/1/one.lua"] = before:gsub("<= 3", "<= 4")
        local document = json.decode(texts["code.json"])
        document.code[1].files[1].sha256 = require("neap.digest").sha256(texts["code/1/one.lua"])
        texts["code.json"] = json.encode(document)
      end })
    end)

    it("a pack of a newer Neap, which it names", function()
      local err = finds("newer_pack", "a newer Neap wrote this pack: its format is neap.pack/2", {
        label = "neap.pack/2 " .. ("0"):rep(64) })
      assert.equal(forged, err.where)
    end)

    it("what is no pack: a store, text, nothing, a directory", function()
      for bytes, code in pairs { ["no pack\n"] = "not_a_store", [""] = "not_a_store" } do
        program.write(forged, bytes)
        assert.equal(code, select(2, pack.verify(forged)).code)
      end
      assert.equal("not_a_pack", select(2, pack.verify(store)).code)
      assert.equal("not_a_store", select(2, pack.verify(directory)).code)
      assert.equal("no_such_store", select(2, pack.verify(directory .. "/s.pakc")).code)
    end)

    it("a file that was cut anywhere", function()
      local good = program.read(place)
      for size = 0, #good - 1, 8192 do
        program.write(forged, good:sub(1, size))
        assert.is_nil((pack.verify(forged)), size)
      end
    end)

    it("each changed byte, also of those that hold nothing, and each that was added", function()
      local good = program.read(place)
      local function fault_of(bytes, at)
        local report, err = pack.verify(program.write(forged, bytes))
        assert.is_nil(report, "byte " .. at)
        return err.code
      end
      local by_file = 0
      for _, from in ipairs { 50, #good - 80 } do
        for at = from, #good, from == 50 and #good // 120 or 1 do
          local changed = good:sub(1, at - 1) .. string.char(good:byte(at) ~ 4) .. good:sub(at + 1)
          by_file = by_file + (fault_of(changed, at) == "file_differs" and 1 or 0)
        end
      end
      assert.is_true(by_file > 81) -- more than those of its end
      for _, more in ipairs { "x", good, ("\0"):rep(4096), good:sub(-81) } do
        assert.equal("file_differs", fault_of(good .. more, "behind it"))
      end
      assert.matches("^%d+ bytes", assert(pack.verify(program.write(forged, good))).checks[1].found)
    end)

    -- The chain written anew with another fee: it holds in itself, and the head is another.
    it("a fill that was changed in a chain written anew", function()
      local other = directory .. "/anew.db"
      local writer <close> = assert(event_store.create { path = other, run = "r" })
      local is_changed = false
      for row in event_store.events(store) do
        local body = row.body
        if row.type == "order_filled" and not is_changed then body.price, is_changed = "1", true end
        assert(writer:append { ts_ns = row.ts_ns, type = row.type, product = row.product, version = row.version,
          client_order_id = row.client_order_id, cause_seq = row.cause_seq, record = body })
      end
      writer:close()
      local ok, err = pack.write(other, directory .. "/anew.pack")
      assert.is_nil(ok)
      assert.equal("impossible_event", err.code)
      local fine, told = pcall(require("neap.pack.result").of_fills, other)
      assert.is_false(fine)
      assert.equal("pnl_differs", told.code)
      assert.matches("^event %d+, order_filled: it says notional", told.message)
      assert(core.check(directory .. "/anew.pack", false))
    end)
  end)
end)
