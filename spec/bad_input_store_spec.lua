-- SPDX-License-Identifier: MIT
-- Places where no store can be, and stores that cannot be read: one line, and nothing half-written.
local bars = require "spec.support.bars"
local hostile = require "spec.support.hostile"
local program = require "spec.support.program"

describe("a store that cannot be:", function()
  local place
  local RUN = "backtest ok.lua --data BTC-USD_1h.csv --quiet --store "
  local READERS = { "verify %s", "events %s", "explain '#1' %s" }

  setup(function()
    place = hostile.new()
    assert.equal(0, select(3, place:run(RUN .. "good.db")))
    assert(place:shell [[mkdir -p dir.db empty 'a b' 'ünï' && mkfifo pipe.db && ln -sf loop.db loop.db &&
      ln -sf nowhere/x.db dangling.db && echo hi >text.db && echo hi >file && head -c 100 good.db >cut.db &&
      head -c 6000 good.db >half.db && head -c 5000 /dev/urandom >random.db && : >zero.db]])
    assert(place:shell [[cp good.db newer.db && printf '\000\000\003\347' |
      dd of=newer.db bs=1 seek=60 conv=notrunc 2>/dev/null]])
  end)
  teardown(function() place:remove() end)

  local function refuses(pattern, path, options) return place:refuses(1, pattern, RUN .. path, options) end

  it("a run lies there already, or something else does", function()
    local fault = refuses("a run that ended lies there, .*: name another path, or remove it", "good.db")
    assert.equal("good.db", fault.where)
    refuses("a file that is no event store lies there", "text.db")
    refuses("a file that is no event store lies there", "random.db")
    refuses("a store that cannot be read lies there", "half.db")
    refuses("this is a named pipe", "pipe.db")
    refuses("the link leads to no file", "loop.db")
    refuses("the link leads to no file", "dangling.db")
    refuses("a directory, or a file that ends in .db; this is neither", "file")
    place:refuses(2, "not an empty word", RUN .. "''")
  end)

  it("there is no such directory, or no right to write in it", function()
    assert.equal("empty", refuses("there is no directory emty", "emty/x.db").nearest)
    refuses("No such file or directory", "none/x")
    refuses("file is not a directory", "file/x.db")
    refuses("File name too long", ("a"):rep(300) .. ".db")
    refuses("File name too long", ("a/"):rep(3000) .. "x.db")
    refuses("No such file or directory", "/proc/x.db")
    refuses("No such file or directory", "/proc/x")
  end)

  it("the disk is full, or a file may grow no more: what is left verifies, or nothing is left", function()
    place:write("BTC-USD_long.csv", bars.csv(bars.walk(3000)))
    local long = program.command "backtest ok.lua --data BTC-USD_long.csv --quiet --store big.db"
    local done, how, code = place:shell("ulimit -f 100; env " .. long .. " 2>errors")
    assert.same({ "exit", 1 }, { how, code }, tostring(done))
    assert.matches("^neap: [^\n]*big%.db[^\n]*\n$", program.read(place:path "errors"))
    local verified = select(3, place:run "verify big.db")
    assert.is_true(verified == 0 or verified == 4 and not place:list():find("big.db", 1, true))
    assert(place:shell "rm -f big.db* errors")
    local before = place:list()
    done, how, code = place:shell("ulimit -f 1; env " .. long .. " 2>/dev/null")
    assert.same({ "exit", 1 }, { how, code }, tostring(done))
    assert.equal(before, place:list())
  end)

  it("a small disk that is full, and one that is read-only", function()
    local mounted = place:shell "mkdir -p small && mount -t tmpfs -o size=60k none small 2>/dev/null"
    if not mounted then
      pending "no right to mount"
      return
    end
    finally(function() place:shell "umount small" end)
    refuses("disk is full", "small/x.db")
    refuses("disk is full", "small/x")
    assert(place:shell "mount -o remount,ro small")
    refuses("Read%-only file system", "small/x.db")
    refuses("Read%-only file system", "small/x")
  end)

  it("but an empty file, an odd name and a directory are places for one", function()
    for _, path in ipairs { "zero.db", "dir.db/x.db", "empty", "'a b/s.db'", "'ünï/s.db'", "'ünï/n\nl'",
      "':memory:.db'" } do
      local _, complaint, code = place:run(RUN .. path)
      assert.equal(0, code, complaint)
    end
  end)

  local broken = {
    ["text.db"] = "is not a Neap event store", ["random.db"] = "is not a Neap event store", ["cut.db"] = "is damaged",
    ["half.db"] = "is damaged", ["newer.db"] = "written by a newer program", ["/dev/null"] = "not a regular file",
    ["file"] = "is not a Neap event store",
  }

  for path, pattern in pairs(broken) do
    it(path .. " is not read", function()
      for _, reader in ipairs(READERS) do
        assert.equal(path, place:refuses(1, pattern, reader:format(path)).where)
      end
    end)
  end

  it("a store that is not there, exit code 4", function()
    for _, reader in ipairs(READERS) do
      assert.equal("good.db", place:refuses(4, "no file of that name", reader:format "goof.db").nearest)
      assert.equal("good.db", place:refuses(4, "no such session: good.dbb", reader:format "good.dbb").nearest)
      place:refuses(4, "leads to no file", reader:format "dangling.db")
      place:refuses(4, "the directory holds no events.db", reader:format ".")
    end
    local fault = place:refuses(4, "no such session: nowhere %(~/%.local/state/neap/sessions",
      "verify nowhere", { env = "-u NEAP_HOME -u XDG_STATE_HOME HOME=/nowhere/somebody" })
    assert.is_nil(fault.where:find("somebody", 1, true))
  end)
end)
