-- SPDX-License-Identifier: MIT
-- neap report --pack and neap verify FILE.pack, as programs: exit codes, what is printed, a session that runs, a disk
-- without room.
local bars = require "spec.support.bars"
local json = require "neap.json"
local packs = require "spec.support.packs"
local program = require "spec.support.program"
local running = require "spec.support.running"

describe("neap report --pack", function()
  local home, process
  local _ -- what nobody looks at

  before_each(function()
    home = program.directory()
    packs.trader(home, "one")
    program.write(home .. "/BTC-USD_1h.csv", bars.csv(bars.walk(60)))
  end)
  after_each(function()
    if process then process:finish() end
    process = nil
    program.remove(home)
  end)

  local function neap(words, prefix)
    local options = { directory = home, env = ("NEAP_HOME='%s'"):format(home) }
    if prefix then
      local script = program.write(home .. "/script.sh", prefix .. "\nexec env " .. program.command(words) .. "\n")
      local errors = os.tmpname()
      local pipe = io.popen(("cd '%s' && NEAP_HOME='%s' sh '%s' 2>%s"):format(home, home, script, errors))
      local text = pipe:read "a"
      local _, _, code = pipe:close()
      local complaint = program.read(errors)
      os.remove(errors)
      return text, complaint, code
    end
    return program.run(words, options)
  end

  local function run(words)
    return neap("run one.lua --data BTC-USD_1h.csv --speed max --no-alerts --cash 100000 " .. (words or ""))
  end

  it("packs what neap run kept: options, text, data; and verify prints what it checked", function()
    assert.equal(0, select(3, run()))
    local text, _, code = neap "report one --pack --with-inputs --json"
    assert.equal(0, code)
    local said = json.decode(text)
    assert.equal("neap.report_pack/1", said.schema)
    assert.equal(home .. "/sessions/one/proof.pack", said.file)
    os.rename(said.file, home .. "/x.pack")
    program.remove(home .. "/sessions")
    text, _, code = neap("verify x.pack --head " .. said.head)
    assert.equal(0, code)
    for _, words in ipairs { "^x.pack: good\n", "\nmanifest +session one, mode paper", "the text of 2\n",
      "1 file by digest, 1 of them in the pack\n", "fills alone, to the last digit\n", "\nBTC%-USD ",
      "\npack " .. said.pack .. "\n$" } do
      assert.matches(words, text)
    end
    local options = json.decode((require("neap.pack").read(home .. "/x.pack", "options.json")), { numbers = "float" })
    assert.equal("one", options.session)
    text = neap("verify x.pack --json --pack " .. said.pack)
    local document = json.decode(text, { numbers = "float" })
    assert.equal("neap.verify_pack/1", document.schema)
    assert.is_true(document.verified)
    assert.equal(10, #document.checks)
    assert.equal(said.pack, document.digest)
    assert.equal("BTC-USD", document.result.products[1].product)
    assert.equal("", (neap "verify x.pack --quiet"))
  end)

  it("packs a session that runs, and one that was killed", function()
    process = running.start("one.lua --data BTC-USD_1h.csv --speed 36000 --no-alerts --cash 100000", { home = home })
    process:await(function(status) return status.bars >= 3 end)
    local text, complaint, code = neap "report one --pack --out live.pack"
    assert.equal(0, code, complaint)
    assert.matches("^live.pack: %d+ events", text)
    assert.equal(0, select(3, neap("verify live.pack --head " .. text:match "head (%x+)")))
    process:await(function(status) return status.bars >= 6 end)
    process:finish()
    process = nil
    text, complaint, code = neap "report one --pack"
    assert.equal(0, code, complaint)
    assert.matches("proof.pack: %d+ events", text)
    text, _, code = neap("verify sessions/one/proof.pack --head " .. text:match "head (%x+)")
    assert.equal(0, code)
    assert.matches("profit and loss", text)
  end)

  it("says what is wrong with a file, and ends with 1", function()
    run()
    neap "report one --pack --out x.pack"
    local good = program.read(home .. "/x.pack")
    local at = good:find('"schema": "neap.pack_result/1"', 1, true)
    program.write(home .. "/y.pack", good:sub(1, at) .. "S" .. good:sub(at + 2))
    local text, complaint, code = neap "verify y.pack"
    assert.equal(1, code)
    assert.matches("part result.json: the manifest says digest %x+, its bytes have %x+ %(y.pack%)", complaint)
    assert.matches("manifest", text)
    text, _, code = neap "verify y.pack --json"
    assert.equal(1, code)
    assert.equal("part_differs", json.decode(text).error.code)
    program.write(home .. "/y.pack", good:sub(1, #good // 2))
    assert.equal(1, select(3, neap "verify y.pack"))
    assert.equal(1, select(3, neap("verify x.pack --pack " .. ("0"):rep(64))))
    assert.equal(1, select(3, neap("verify x.pack --head " .. ("0"):rep(64))))
    assert.equal(2, select(3, neap "verify x.pack --pack 12"))
    assert.equal(4, select(3, neap "verify z.pack"))
    program.write(home .. "/y.pack", program.read(home .. "/sessions/one/events.db"))
    _, complaint, code = neap "verify y.pack"
    assert.equal(1, code)
    assert.matches("a store of events and no proof pack", complaint)
  end)

  it("writes over nothing unasked, and says what goes with what", function()
    run()
    assert.equal(0, select(3, neap "report one --pack"))
    local complaint, code
    _, complaint, code = neap "report one --pack"
    assert.equal(1, code)
    assert.matches("name another, or %-%-replace a pack", complaint)
    assert.equal(0, select(3, neap "report one --pack --replace"))
    _, complaint, code = neap "report one --no-code"
    assert.equal(2, code)
    assert.matches("%-%-no%-code goes with %-%-pack", complaint)
    _, complaint, code = neap "report one --pack --out nowhere/x.pack"
    assert.equal(1, code)
    assert.matches("there is no directory nowhere", complaint)
    program.remove(home .. "/one.lua")
    _, complaint, code = neap "report one --pack --replace"
    assert.equal(0, code)
    assert.matches("no file is found that is the strategy one", complaint)
  end)

  it("leaves nothing behind where the room ends", function()
    run()
    local function files() return (neap("version", "ls -A; ls -A sessions/one")) end
    files()
    local before = files()
    for _, blocks in ipairs { 8, 100, 200 } do
      local complaint, code = select(2, neap("report one --pack", "trap '' XFSZ; ulimit -f " .. blocks))
      assert.equal(1, code)
      assert.matches("cannot write the pack.*proof.pack", complaint)
      assert.equal(before, files())
    end
  end)
end)
