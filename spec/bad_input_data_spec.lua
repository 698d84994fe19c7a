-- SPDX-License-Identifier: MIT
-- Data that cannot be: one line that says what and in which row, and nothing is run.
local hostile = require "spec.support.hostile"

local HEAD = "time,open,high,low,close,volume\n"
local ROW = 12 -- where the bad bar stands: a head and ten good bars before it

local function bar(i, changes)
  local b = { time = 1735689600 + 3600 * i, open = 100, high = 110, low = 90, close = 105, volume = 10 }
  for name, value in pairs(changes or {}) do b[name] = value end
  return ("%s,%s,%s,%s,%s,%s"):format(b.time, b.open, b.high, b.low, b.close, b.volume)
end

local function lines(changes, count)
  local list = {}
  for i = 0, (count or 20) - 1 do list[#list + 1] = bar(i, i == 10 and changes or nil) end
  return list
end

local function good(separator) return HEAD .. table.concat(lines(), separator or "\n") .. "\n" end

local function utf16(text, first, second)
  return (text:gsub(".", function(c) return (first .. c .. second) end))
end

-- What is wrong in one bar → what the line says.
local rows = {
  ["a price that is not a number"] = { { close = "NaN" }, "close 'NaN' is not a number" },
  ["infinity"] = { { high = "inf" }, "high 'inf' is not a number" },
  ["the word infinity"] = { { high = "Infinity" }, "high 'Infinity' is not a number" },
  ["a negative price"] = { { low = -5 }, "low %-5 is negative" },
  ["text"] = { { open = "cheap" }, "open 'cheap' is not a number" },
  ["a price of zero"] = { { low = 0 }, "low 0 is no price" },
  ["no price"] = { { close = "" }, "close '' is not a number" },
  ["a negative volume"] = { { volume = -1 }, "volume %-1 is negative" },
  ["high below low"] = { { open = 85, high = 80, low = 90, close = 85 }, "high 80 is below open 85" },
  ["close outside of the range"] = { { close = 150 }, "high 110 is below close 150" },
  ["time that goes back"] = { { time = 1735689600 }, "time goes back: .* %(line 11%)" },
  ["a time twice"] = { { time = 1735689600 + 3600 * 9 }, "a second bar of .*the first is line 11" },
  ["a bar of another length"] = { { time = 1735689600 + 3600 * 9 + 1800 },
    "before the 1h bar .* has ended; .*one length" },
  ["1e400"] = { { high = "1e400" }, "high '1e400' is too large" },
  ["400 digits"] = { { high = ("9"):rep(400) }, "high '9+' is too large" },
  ["a hexadecimal number"] = { { high = "0x6e" }, "high '0x6e' is not a number" },
  ["a zero byte"] = { { high = "110\0" }, "high '110%?' is not a number" },
  ["a color of the terminal"] = { { open = "\27[31m100" }, "open '%?%[31m100' is not a number" },
  ["a word for a time"] = { { time = "yesterday" }, "time 'yesterday' is not a time" },
  ["a time of 30 digits"] = { { time = ("9"):rep(30) }, "is not a time between 1990 and 2200" },
  ["a decimal comma"] = { { close = "105,5" }, "7 columns where 6 are expected %(a decimal comma" },
  ["a quote that does not end"] = { { open = '"100' }, "open '\"100' is not a number" },
}

-- Whole files → what the line says.
local files = {
  ["nothing"] = { "", "the file is empty" },
  ["empty lines"] = { "\n\n\n", "the file is empty" },
  ["a header alone"] = { HEAD, "a header line and no bars" },
  ["random bytes"] = { "\1\2\3\255\254binary\0\0\0", "this is binary data" },
  ["a picture"] = { "\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "this is binary data" },
  ["JSON"] = { '{"open": 1}', "this is JSON" },
  ["a web page"] = { "<!DOCTYPE html><html>", "this is a web page" },
  ["UTF-16 with its mark"] = { "\xff\xfe" .. utf16(good(), "", "\0"), "UTF%-16" },
  ["UTF-16 without, low byte first"] = { utf16(good(), "", "\0"), "UTF%-16 text: save it as UTF%-8" },
  ["UTF-16 without, high byte first"] = { utf16(good(), "\0", ""), "UTF%-16 text: save it as UTF%-8" },
  ["lines that end with a carriage return alone"] = { good():gsub("\n", "\r"), "carriage return alone" },
  ["a line without an end"] = { good() .. ("1"):rep(300000), "a line of over 262144 bytes" },
  ["a first line without an end"] = { ("1,"):rep(200000), "columns; at most 64" },
  ["a last line that is cut off"] = { good():sub(1, -9), "columns where 6 are expected %(was the line cut off" },
  ["empty lines without end"] = { good() .. ("\n"):rep(200000), "100000 empty lines" },
  ["decimal commas"] = { (good():gsub(",", ";"):gsub("105", "105,5")), "decimal comma; write a point" },
}

describe("data that cannot be read:", function()
  local place

  setup(function() place = hostile.new() end)
  teardown(function() place:remove() end)

  local function refuses(pattern, file) return place:refuses(1, pattern, "backtest ok.lua --data BTC-USD=" .. file) end

  for what, case in pairs(rows) do
    it(what .. " is told with its row", function()
      place:write("bad.csv", HEAD .. table.concat(lines(case[1]), "\n") .. "\n")
      assert.matches("^bad%.csv:" .. ROW .. "$", refuses(case[2], "bad.csv").where)
    end)
  end

  for what, case in pairs(files) do
    it(what .. " is told with its file", function()
      place:write("bad.csv", case[1])
      assert.matches("^bad%.csv", refuses(case[2], "bad.csv").where)
    end)
  end

  it("archives that are cut off, damaged, or hold no end of empty lines", function()
    place:write("long.csv", HEAD .. table.concat(lines(nil, 20000), "\n") .. "\n")
    place:write("blank.csv", good() .. ("\n"):rep(200000))
    assert(place:shell [[gzip -k long.csv blank.csv && head -c 40000 long.csv.gz > cut.csv.gz &&
      { head -c 5000 long.csv.gz; printf 'XXXX'; tail -c +5005 long.csv.gz; } > damaged.csv.gz]])
    refuses("the file is cut off", "cut.csv.gz")
    refuses("the gzip data is damaged", "damaged.csv.gz")
    refuses("100000 empty lines", "blank.csv.gz")
  end)

  it("what is no file", function()
    assert(place:shell "mkdir -p dir.csv && ln -sf loop.csv loop.csv && ln -sf nowhere dangling.csv && mkfifo pipe.csv")
    refuses("'dir.csv' is a directory", "dir.csv")
    refuses("symbolic links", "loop.csv")
    assert.is_nil(refuses("the link 'dangling.csv' leads to no file", "dangling.csv").nearest)
    refuses("nobody writes into the pipe", "pipe.csv")
    refuses("is a device", "/dev/zero")
    refuses("is a device", "/dev/null")
    assert.equal("BTC-USD_1h.csv", refuses("there is no file", "BTC-USD_1hh.csv").nearest)
  end)

  it("but a byte order mark, CRLF, a missing last end of line, one bar and a pipe are read", function()
    place:write("mark.csv", "\xef\xbb\xbf" .. good())
    place:write("crlf.csv", (good():gsub("\n", "\r\n")))
    place:write("open.csv", good():sub(1, -2))
    place:write("one.csv", HEAD .. bar(0) .. "\n")
    for _, file in ipairs { "mark.csv", "crlf.csv", "open.csv", "one.csv" } do
      local _, complaint, code = place:run("backtest ok.lua --data BTC-USD=" .. file)
      assert.equal(0, code, complaint)
    end
    local program = require "spec.support.program"
    assert(place:shell("cat open.csv | env " .. program.command "backtest ok.lua --data BTC-USD=/dev/stdin >read.txt"))
  end)

  it("a price below the price increment is told with its row", function()
    local fault = place:refuses(1, "below the price_increment of 100000",
      "backtest ok.lua --data BTC-USD_1h.csv --product BTC-USD:price_increment=100000")
    assert.equal("BTC-USD_1h.csv:2", fault.where)
  end)

  it("a bad bar in row 5000 leaves a store that verifies and ends with session_failed", function()
    local list = lines(nil, 6000)
    list[4999] = "not,a,bar"
    place:write("late.csv", HEAD .. table.concat(list, "\n") .. "\n")
    local words = "backtest ok.lua --data BTC-USD=late.csv --store late.db"
    local _, complaint, code = place:run(words)
    assert.equal(1, code)
    assert.matches("late.csv:5000", complaint)
    assert.equal(0, select(3, place:run "verify late.db"))
    local events = place:run "events late.db"
    assert.matches("session_failed[^\n]*\n$", events)
    assert.matches("late.csv:5000", events)
    place:refuses(1, "a run that failed lies there, .*name another path, or remove it", words)
  end)

  it("100,000 rows are read with little memory", function()
    if os.getenv "NEAP_TEST_LUA" then return pending "an instrumented interpreter takes memory of its own" end
    local list = lines(nil, 100000)
    place:write("many.csv", HEAD .. table.concat(list, "\n") .. "\n")
    place:write("idle.lua", 'return require "neap".strategy { name = "idle", on_bar = function() end }')
    local program = require "spec.support.program"
    assert(place:shell("ulimit -v 400000; env " .. program.command
      "backtest idle.lua --data BTC-USD=many.csv > many.txt"))
    assert.matches("100,000 bars", program.read(place:path "many.txt"))
  end)
end)
