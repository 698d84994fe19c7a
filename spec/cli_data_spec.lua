-- SPDX-License-Identifier: MIT
-- neap data fetch against a local exchange, whose own candles and trades are what the file must have.
local decimal = require "neap.decimal"
local exchange_program = require "spec.support.exchange_program"
local http = require "spec.support.http"
local json = require "neap.json"
local program = require "spec.support.program"

local START = 1767225600 -- 2026-01-01

describe("neap data fetch", function()
  local home, venue

  before_each(function() home = program.directory() end)
  after_each(function()
    if venue then venue:close() end
    venue = nil
    program.remove(home)
  end)

  local function advance(by)
    assert.equal(200, (http.ask(venue.ready.rest, "POST", "/neap/v1/clock", { body = json.encode { advance = by } })))
  end

  -- A market that ran for so long.
  local function start(long, words)
    venue = exchange_program.start("--seed 7 --no-rate-limits --start 2026-01-01 --speed 0 --market none " ..
      (words or "--market BTC-USD=generated --market ETH-USD=generated"), home)
    assert(venue.ready.rest, "the exchange has not started")
    advance(long)
    advance "5s" -- it is final then
  end

  local function fault(text)
    local _, body = http.ask(venue.ready.rest, "POST", "/neap/v1/faults", { body = json.encode { fault = text } })
    return assert(json.decode(body).id, body)
  end

  local function run(words)
    return program.run(("data fetch --base %s %s"):format(venue.ready.rest, words), { directory = home })
  end
  local function fetch(words)
    local text, complaint, code = run(words .. " --json")
    assert.equal(0, code, complaint)
    local told = assert(json.decode(text))
    assert.equal("neap.data/1", told.schema)
    return told, complaint
  end
  local function read(name) return program.read(home .. "/" .. name) end
  local function is_there(name) return require("lfs").attributes(home .. "/" .. name) ~= nil end

  local function ask(path)
    local status, body = http.ask(venue.ready.rest, "GET", "/api/v3/brokerage/market" .. path)
    assert.equal(200, status, body)
    return json.decode(body)
  end

  -- The exchange's own candles of up to 350 minutes, as the file has them.
  local function candles(minutes, product)
    local lines = { "time,open,high,low,close,volume" }
    local told = ask(("/products/%s/candles?start=%d&end=%d&granularity=ONE_MINUTE"):format(product or "BTC-USD", START,
      START + 60 * (minutes - 1))).candles
    for i = #told, 1, -1 do
      local c = told[i]
      lines[#lines + 1] = ("%s,%s,%s,%s,%s,%s"):format(c.start, decimal(c.open), decimal(c.high), decimal(c.low),
        decimal(c.close), decimal(c.volume))
    end
    return table.concat(lines, "\n") .. "\n"
  end

  it("has the venue's candles, of whole frames that are over", function()
    start "2h30m30s"
    local told, complaint = fetch "--product BTC-USD --bars 1m --from 2026-01-01"
    assert.equal("", complaint) -- no progress where there is no terminal
    assert.equal(candles(150), read "BTC-USD_1m.csv")
    assert.same({ 150, 150, 0, "2026-01-01T00:00:00Z", "2026-01-01T02:29:00Z", "bars", "1m" }, { told.rows, told.new,
      told.gaps, told.first, told.last, told.kind, told.frame })
    assert.is_false(is_there "BTC-USD_1m.csv.part")
  end)

  it("is what backtest reads", function()
    start "6h"
    fetch "--product BTC-USD --bars 1m --from 2026-01-01"
    local _, complaint, code = program.run("backtest ma_cross.lua --quiet --data BTC-USD_1m.csv", { directory = home })
    assert.equal(0, code, complaint)
  end)

  it("goes on behind what is there: the bytes are those of one go", function()
    start "11h"
    local words = "--product BTC-USD --bars 1m --from 2026-01-01 --out "
    fetch(words .. "a.csv --to 2026-01-01T01:40")
    assert.equal(560, fetch(words .. "a.csv").new)
    fetch(words .. "b.csv")
    assert.equal(read "b.csv", read "a.csv")
    local told = fetch "--product BTC-USD --bars 1m --out a.csv" -- --from is the file's own
    assert.same({ 660, 0 }, { told.rows, told.new })
    assert.equal(read "b.csv", read "a.csv")
    advance "1h"
    assert.equal(60, fetch("--product BTC-USD --bars 1m --out a.csv").new)
    assert.equal(select(2, read("b.csv"):gsub("\n", "")) + 60, select(2, read("a.csv"):gsub("\n", "")))
  end)

  it("keeps what it has when the network is lost, and goes on from there", function()
    start "24h"
    local words = "--product BTC-USD --bars 1m --from 2026-01-01 --out "
    fetch(words .. "whole.csv")
    local id = fault "request_lost:path=/candles,after=2"
    local text, complaint, code = run(words .. "cut.csv --json")
    assert.equal(6, code, complaint)
    assert.matches("600 rows are in cut.csv.part, and the same command goes on behind them",
      json.decode(text).error.message)
    local part = read "cut.csv.part"
    assert.equal(read "whole.csv":sub(1, #part), part)
    assert.is_false(is_there "cut.csv")
    http.ask(venue.ready.rest, "DELETE", "/neap/v1/faults/" .. id)
    fetch(words .. "cut.csv")
    assert.equal(read "whole.csv", read "cut.csv")
    assert.is_false(is_there "cut.csv.part")
  end)

  it("drops a row that a kill has cut, wherever it was", function()
    start "3h"
    local words = "--product BTC-USD --bars 1m --from 2026-01-01 --out "
    fetch(words .. "whole.csv")
    local whole = read "whole.csv"
    for _, size in ipairs { 0, 36, 37, 60, 300, 301, 2000, #whole - 1, #whole } do
      if size == 0 or whole:sub(1, size):find "\n" then
        program.write(home .. "/cut.csv.part", whole:sub(1, size))
        fetch(words .. "cut.csv")
        assert.equal(whole, read "cut.csv", size)
        os.remove(home .. "/cut.csv")
      end
    end
  end)

  it("is the same when it was interrupted or killed at any moment, and continued", function()
    start "24h"
    fault "latency:path=/candles,time=60ms"
    local words = ("data fetch --product BTC-USD --bars 1m --from 2026-01-01 --base %s --out "):format(venue.ready.rest)
    local function start_and_stop(signal, after)
      os.execute(("cd '%s' && timeout -s %s %s sh -c \"exec env %s\" >/dev/null 2>&1"):format(home, signal, after,
        program.command(words .. "cut.csv")))
    end
    for i, signal in ipairs { "INT", "KILL", "TERM", "KILL", "INT" } do
      start_and_stop(signal, ("0.%d"):format(i + 1))
    end
    fetch "--product BTC-USD --bars 1m --from 2026-01-01 --out cut.csv"
    fetch "--product BTC-USD --bars 1m --from 2026-01-01 --out whole.csv"
    assert.equal(read "whole.csv", read "cut.csv")
    assert.is_false(is_there "cut.csv.part")
  end)

  it("tells gaps, and that a listing is later than --from", function()
    local lines = { "time,open,high,low,close,volume" }
    for minute = 0, 199 do
      if minute % 50 < 45 then lines[#lines + 1] = ("%d,100,101,99,100,5"):format(START + 60 * minute) end
    end
    program.write(home .. "/BTC-USD_in.csv", table.concat(lines, "\n") .. "\n")
    start("4h", "--from BTC-USD_in.csv")
    local told = fetch "--product BTC-USD --bars 1m --from 2020-01-01 --to 2026-01-01T03:20"
    assert.equal(candles(200), read "BTC-USD_1m.csv")
    local first, last = read("BTC-USD_1m.csv"):match "\n(%d+),.*\n(%d+),[^\n]*\n$"
    assert.equal((last - first) // 60 + 1 - told.rows, told.missing)
    assert.is_true(told.gaps >= 3)
    assert.matches("^2026%-01%-01T00:", told.first_gap)
    local text, complaint, code = run "--product BTC-USD --bars 1m --from 2020-01-01 --to 2026-01-01T03:20"
    assert.equal(0, code, complaint)
    assert.matches("bars are missing in %d+ gaps, the first at 2026%-01%-01T00:", text)
  end)

  it("waits where it is told that it is too fast, and asks again after a fault of the venue's", function()
    start "6h"
    fault "rate_limited:path=/candles,count=1"
    fault "bad_gateway:path=/candles,count=1"
    fault "answer_lost:path=/candles,count=1"
    fetch "--product BTC-USD --bars 1m --from 2026-01-01T00:10"
    assert.equal(select(2, candles(350):gsub("\n", "")), select(2, read("BTC-USD_1m.csv"):gsub("\n", "")))
  end)

  it("has the market's trades, by the taker's side", function()
    start("3m", "--market BTC-USD=generated:rate=3")
    local told = fetch "--product BTC-USD --trades --from 2026-01-01"
    assert.equal("trades", told.kind)
    local all = ask("/products/BTC-USD/ticker?limit=1000&end=2026-01-01T00:02:59.999999999Z").trades
    local lines = { "time,price,size,taker_side,trade_id" }
    for i = #all, 1, -1 do
      local trade = all[i]
      local at = require("neap.clock").parse(trade.time)
      local time = ("%d.%09d"):format(at // 1000000000, at % 1000000000):gsub("0+$", ""):gsub("%.$", "")
      lines[#lines + 1] = table.concat({ time, trade.price, trade.size, trade.side == "BUY" and "sell" or "buy",
        trade.trade_id }, ",")
    end
    assert.is_true(#all > 20 and #all < 1000)
    assert.equal(table.concat(lines, "\n") .. "\n", read "BTC-USD_trades.csv")
    local whole = read "BTC-USD_trades.csv"
    for _, size in ipairs { 100, 500, 1000, #whole } do
      program.write(home .. "/cut.csv.part", whole:sub(1, size))
      fetch "--product BTC-USD --trades --from 2026-01-01 --out cut.csv"
      assert.equal(whole, read "cut.csv", size)
      os.remove(home .. "/cut.csv")
    end
    local made = assert(require("neap.recording").new { price_increment = "0.01", size_increment = "0.00000001",
      trades = whole })
    assert.equal(#all, made:counts().trades)
  end)

  it("goes into no file of something else", function()
    start "3h"
    local words = "--product BTC-USD --bars 1m --from 2026-01-01 --out f.csv"
    local function refused(code, words_of, content)
      if content then program.write(home .. "/f.csv", content) end
      local text, _, exit = run(words_of .. " --json")
      assert.equal(1, exit)
      assert.equal(code, json.decode(text).error.code)
      if content then assert.equal(content, read "f.csv") end
      assert.is_false(is_there "f.csv.part")
    end
    refused("other_file", words, "a,b,c\n1,2,3\n")
    refused("torn", words, "time,open,high,low,close,volume\n1767225600,1,1,1,1,1")
    refused("bad_row", words, "time,open,high,low,close,volume\n1767225601,1,1,1,1,1\n")
    refused("bad_row", words, "time,open,high,low,close,volume\n1767225660,1,1,1,1,1\n1767225660,1,1,1,1,1\n")
    refused("differs", words, "time,open,high,low,close,volume\n1767225660,1,1,1,1,1\n")
    os.remove(home .. "/f.csv")
    fetch(words)
    refused("differs", "--product ETH-USD --bars 1m --out f.csv", read "f.csv")
    refused("bad_row", "--product BTC-USD --bars 5m --out f.csv", read "f.csv")
    assert(require("lfs").mkdir(home .. "/d.csv"))
    refused("not_a_file", "--product BTC-USD --bars 5m --from 2026-01-01 --out d.csv")
    refused("cannot_write", "--product BTC-USD --bars 5m --from 2026-01-01 --out nowhere/d.csv")
  end)

  it("says what the venue has not", function()
    start "3h"
    local text, _, code = run "--product BTC-UDS --bars 1m --from 2026-01-01 --json"
    assert.equal(1, code)
    assert.equal("not_found", json.decode(text).error.code)
    text, _, code = run "--product BTC-USD --bars 1m --from 2026-01-01T05:00 --json"
    assert.equal(1, code)
    assert.equal("no_data", json.decode(text).error.code)
    assert.is_false(is_there "BTC-USD_1m.csv.part")
    _, _, code = run "--product BTC-USD --bars 1m"
    assert.equal(2, code)
  end)

  it("58: looks at its words before any network access", function()
    for words, message in pairs {
      [""] = "%-%-product is missing", ["--product ''"] = "'' is none", ["--product 'A B' --bars 1m"] = "is none",
      ["--product BTC-USD"] = "%-%-bars FRAME or %-%-trades", ["--product BTC-USD --bars 7m"] = "none of 1m, 5m",
      ["--product BTC-USD --bars 1m --trades"] = "exclude", ["--product BTC-USD --bars 1m --from soon"] = "%-%-from",
      ["--product BTC-USD --bars 1m --from 2026-01-02 --to 2026-01-01"] = "not before",
      ["--product BTC-USD --bars 1m --from 2026-01-02 --out x.csv.gz"] = "gz",
      ["--product BTC-USD --bars 1m --from 2026-01-02 --out ''"] = "names no file",
      ["--product BTC-USD --bars 1m --from 2026-01-02 --base ftp://x"] = "is not https",
    } do
      local _, complaint, code = program.run("data fetch " .. words .. " --ca /nowhere", { directory = home })
      assert.equal(2, code, complaint)
      assert.matches(message, complaint)
    end
    local _, complaint, code = program.run("data fetch --product BTC-USD --bars 1m --from 2026-01-01 --base " ..
      "http://127.0.0.1:9", { directory = home })
    assert.equal(6, code, complaint)
    assert.same({ 2, 2 }, { select(3, program.run "data import x"), select(3, program.run "data fetsh") })
  end)
end)
