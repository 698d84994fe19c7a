-- SPDX-License-Identifier: MIT
-- Words that cannot be, streams that are closed or full, a locale with a comma, a broken risk file.
local hostile = require "spec.support.hostile"
local program = require "spec.support.program"

local GOOD = "backtest ok.lua --data BTC-USD_1h.csv "

-- Words → what the line says; exit code 2.
local words = {
  ["bactest"] = "unknown verb 'bactest'; did you mean backtest%?", ["BACKTEST"] = "did you mean backtest%?",
  ["''"] = "unknown verb ''", ["--jsno"] = "a verb comes first", ["attach x"] = "not in this version",
  ["backtest"] = "STRATEGY is missing", ["backtest ok.lua"] = "%-%-data is missing",
  [GOOD .. "extra"] = "one word too many",
  [GOOD .. "--bogus"] = "unknown flag", [GOOD .. "--cahs 5"] = "did you mean %-%-cash%?",
  [GOOD .. "-z"] = "unknown flag '%-z'",
  [GOOD .. "--cash"] = "%-%-cash needs a value", [GOOD .. "--cash --quiet"] = "%-%-cash needs a value",
  [GOOD .. "--cash 1 --cash 2"] = "given twice", [GOOD .. "--quiet=5"] = "takes no value",
  [GOOD .. "--cash="] = "'' is not a number", [GOOD .. "--cash nan"] = "'nan' is not a number",
  [GOOD .. "--cash 1e400"] = "out of range", [GOOD .. "--cash " .. ("9"):rep(400)] = "out of range",
  [GOOD .. "--cash -5"] = "cannot be negative", [GOOD .. "--cash 0"] = "above zero",
  [GOOD .. "--cash 1,5"] = "not a number",
  [GOOD .. "--fee-bps 1e5"] = "at most 10000", [GOOD .. "--from x"] = "not a time",
  [GOOD .. "--from 2025-13-45"] = "not a time",
  [GOOD .. "--engine lvie"] = "did you mean live%?", [GOOD .. "--profile nope"] = "unknown profile",
  [GOOD .. "--set seed=1.5"] = "no whole number", [GOOD .. "--set sede=1"] = "did you mean seed%?",
  [GOOD .. "--product x"] = "is not ID:FACT=VALUE", [GOOD .. "--product ETH-USD:kind=spot"] = "which has no data",
  [GOOD .. "--product BTC-USD:kind=margn"] = "did you mean margin%?",
  [GOOD .. "--product BTC-USD:base_increment=0"] = "not above zero",
  [GOOD .. "--product BTC-USD:base_increment=nan"] = "'nan' is not a number",
  [GOOD .. "--product BTC-USD:base_increment=1e-30"] = "more than 16 fractional digits",
  [GOOD .. "--product BTC-USD:price_increment=1e30"] = "out of range",
  ["backtest ok.lua --data other.csv"] = "which product is other.csv%?",
  ["backtest ok.lua --data BTC_USD=x.csv"] = "'BTC_USD' is not a product id",
  ["backtest ok.lua --data BTC-USD="] = "lacks its file",
  ["events --limit x"] = "not a whole number", ["events --since x"] = "not a time",
  ["explain x"] = "too short for an order",
  ["verify a b"] = "one word too many", ["verify --head xyz"] = "64 hexadecimal digits",
  ["new strategy ../x"] = "is no name",
}

describe("the command line refuses", function()
  local place

  setup(function() place = hostile.new() end)
  teardown(function() place:remove() end)

  for given, pattern in pairs(words) do
    it(#given > 60 and given:sub(1, 60) or given, function() place:refuses(2, pattern, given) end)
  end

  it("a period without a bar, and one that ends before all time", function()
    place:refuses(1, "no bar of BTC%-USD lies in the period", GOOD .. "--from 2030-01-01")
    place:refuses(1, "no bar of BTC%-USD lies in the period", GOOD .. "--to 1900-01-01")
    place:refuses(1, "no bar of BTC%-USD lies in the period", GOOD .. "--to 1970-01-01")
  end)

  it("bytes that are no text, which reach no terminal", function()
    local _, complaint = place:run(GOOD .. "'--\xff\xc2\x9b'")
    assert.matches("^neap: unknown flag '%-%-%?+'\n$", complaint)
  end)

  it("a risk file that is none", function()
    assert(place:shell "mkdir -p dir.json && mkfifo pipe.json")
    place:write("bad.json", "{bad")
    place:write("slip.json", '{"max_levrage": 2}')
    for path, pattern in pairs { ["bad.json"] = "bad.json: line 1", ["slip.json"] = "did you mean",
      ["none.json"] = "No such file",
      ["dir.json"] = "dir.json: is a directory", ["pipe.json"] = "is a named pipe", ["/dev/zero"] = "is a char device",
      [""] = "RISK_CONFIG_PATH is empty" } do
      place:refuses(1, pattern, GOOD, { env = "RISK_CONFIG_PATH=" .. path })
    end
  end)

  it("to call it a success when the output could not be written", function()
    assert(place:run(GOOD .. "--store out.db"))
    for _, given in ipairs { GOOD, GOOD .. "--json", "version", "help", "verify out.db", "events out.db",
      "explain '#1' out.db" } do
      for where, why in pairs { [">/dev/full"] = "No space left on device", [">&-"] = "Bad file descriptor" } do
        local _, _, code = place:shell(("env %s 2>errors %s"):format(program.command(given), where))
        assert.equal(1, code, given .. where)
        local complaint = program.read(place:path "errors")
        assert.equal("neap: cannot write the output: " .. why .. "\n", complaint, given .. where)
      end
    end
  end)

  it("nothing when other streams are closed; and no stream is written into a store", function()
    for i, closed in ipairs { "<&-", "2>&-", "<&- 2>&-", "2>/dev/full" } do
      assert(place:shell(("env %s >printed %s"):format(program.command(GOOD .. "--store c" .. i .. ".db"), closed)))
      assert.equal(0, select(3, place:run("verify c" .. i .. ".db")))
    end
    place:shell("env " .. program.command(GOOD .. "--store none.db") .. " <&- >&- 2>&-")
    assert.equal(0, select(3, place:run "verify none.db"))
  end)

  it("nothing when the file of --ack-fd is not open for writing: its lines would go into the store", function()
    for fd = 3, 9 do
      local given = ("%s--store ack%d.db --ack-fd %d "):format(GOOD, fd, fd)
      local _, complaint, code = place:run(given .. ("%d>&-"):format(fd))
      assert.equal(2, code)
      assert.matches(("ack_fd %d is not open for writing"):format(fd), complaint)
    end
    local _, complaint, code = place:run(GOOD .. "--store own.db --ack-fd 9 9>own.db")
    assert.equal(2, code)
    assert.matches("ack_fd 9 is the store itself", complaint)
    assert.equal(0, select(3, place:run(GOOD .. "--store full.db --ack-fd 9 9>/dev/full")))
  end)

  it("Ctrl-C outside of a run ends it with 130 and one line", function()
    if os.getenv "NEAP_TEST_LUA" then return end -- an interpreter that reads no LUA_INIT
    local hook = [[LUA_INIT_5_4="debug.sethook(function() debug.sethook() error('interrupted!', 2) end, '', 3000)"]]
    local _, complaint, code = place:run(GOOD, { env = hook })
    assert.same({ "neap: interrupted\n", 130 }, { complaint, code })
  end)

  it("a reader that left ends it without a word", function()
    local _, complaint = place:run(GOOD .. "| true")
    assert.equal("", complaint)
  end)
end)

describe("a host whose locale has a comma", function()
  local place

  setup(function() place = hostile.new() end)
  teardown(function() place:remove() end)

  it("gets the same numbers, events and text", function()
    if not place:shell "localedef -i de_DE -f UTF-8 ./de_DE.UTF-8 >/dev/null 2>&1" then
      pending "no localedef, or no source of a locale"
      return
    end
    place:write("floats.lua", [[return require "neap".strategy { name = "floats", params = { x = { 0.25 } },
      on_bar = function(self, bar) if self.flat then
        self:buy { fraction = self.params.x, limit = bar.close * 1.01, why = "at " .. bar.close * 0.3 }
      else self:close {} end end }]])
    place:write("host.lua", [[
      if arg[1] then assert(os.setlocale(arg[1])) assert(tostring(1.5) == "1,5") end
      local r = assert(require "neap".backtest { strategy = "floats.lua", data = "BTC-USD_1h.csv",
        params = { x = 0.75 }, cash = 1000.5, fee_bps = 2.5, impact = 0.1, env = {} })
      io.write(r.event_hash, " ", tostring(r.final_equity))]])
    local host = program.command "":gsub("%S+main%.lua%s*$", "host.lua")
    local function ask(locale)
      local own_leak = "ASAN_OPTIONS=detect_leaks=0" -- glibc never frees what it made of LOCPATH
      assert(place:shell(("env LOCPATH=. %s %s %s >answer"):format(own_leak, host, locale)))
      return program.read(place:path "answer")
    end
    assert.equal(ask "", ask "de_DE.UTF-8")
    if os.getenv "NEAP_TEST_LUA" then return end -- an interpreter that knows no -e
    local main = program.command(GOOD .. "--cash 1000.5")
      :gsub("(%S+main%.lua)", "-e \"assert(os.setlocale('de_DE.UTF-8'))\" %1", 1)
    assert(place:shell("env LOCPATH=. " .. main .. " >answer"))
    assert.equal(place:run(GOOD .. "--cash 1000.5"), program.read(place:path "answer"))
  end)
end)
