-- SPDX-License-Identifier: MIT
-- neap doctor, against a real exchange over TLS and against nobody.
local exchange_program = require "spec.support.exchange_program"
local http = require "spec.support.http"
local json = require "neap.json"
local lfs = require "lfs"
local program = require "spec.support.program"
local receiver = require "spec.support.receiver"

describe("neap doctor", function()
  local home, venue

  setup(function() home = program.directory() end)
  teardown(function() program.remove(home) end)
  after_each(function()
    if venue then venue:close() end
    venue = nil
  end)

  local function run(words, env)
    return program.run("doctor " .. words, { directory = home, env = ("NEAP_HOME='%s' %s"):format(home, env or "") })
  end

  -- The document, with its rows by name.
  local function document(words, env)
    local text, complaint, code = run(words .. " --json", env)
    assert.equal("", complaint)
    local told = assert(json.decode(text))
    assert.equal("neap.doctor/1", told.schema)
    assert.equal(told.well and 0 or 1, code)
    local rows = {}
    for _, row in ipairs(told.checks) do rows[row.name] = row end
    return rows, told
  end

  local function start(words, is_safe)
    venue = exchange_program.start("--seed 7 --market none " .. (words or ""), home, is_safe)
    assert(venue.ready.rest, "the exchange has not started")
    local ca = venue.ready.cert and " --ca " .. venue.ready.cert or ""
    return ("--base %s%s "):format(venue.ready.rest, ca)
  end

  it("looks at the machine without a network", function()
    local rows, told = document "--offline"
    assert.equal("armed", told.mode)
    assert.equal("ok", rows.build.state)
    assert.matches("a durable write takes [%d.]+ ms", rows.disk.text)
    assert.matches("%d+ MB are free", rows.room.text)
    assert.equal("warn", rows.key.state)
    assert.matches("COINBASE_KEY_FILE", rows.key.remedy)
    assert.equal("skip", rows.venue.state)
    assert.equal("skip", rows.alerts.state)
  end)

  it("prints a line for each, and with --quiet only what is not well", function()
    local text = run "--offline"
    assert.matches("ok +build +neap", text)
    assert.matches("warn +key +none was named; %-%-key%-file FILE", text)
    assert.matches("doctor: %d+ ok, %d+ warn, %d+ fail\n$", text)
    text = run "--offline --quiet"
    assert.is_nil(text:find("ok    build", 1, true))
    assert.matches("warn +key", text)
  end)

  it("verifies the venue's certificate, its clock and what the key may", function()
    local words = start("", true)
    local rows = document(words .. "--key-file " .. venue.ready.key_file)
    assert.equal("https://127.0.0.1", rows.venue.text:match "^%a+://[%d.]+")
    assert.matches("its certificate is good", rows.venue.text)
    assert.equal("ok", rows.clock.state)
    assert.equal("ok", rows.key.state)
    assert.equal("warn", rows.permissions.state)
    assert.matches("move money away", rows.permissions.text)
  end)

  it("fails where nobody vouches for the certificate, and says what to do", function()
    start("", true)
    local rows, told = document("--base " .. venue.ready.rest)
    assert.is_false(told.well)
    assert.equal("fail", rows.venue.state)
    assert.matches("%(tls%)", rows.venue.text)
    assert.matches("%-%-ca FILE", rows.venue.remedy)
  end)

  it("names a clock that is wrong: the venue would refuse its tokens", function()
    local words = start "--fault clock_skew:time=8s"
    local rows = document(words)
    assert.equal("fail", rows.clock.state)
    assert.matches("^%-[78]%.%d+ s to the venue's", rows.clock.text)
    assert.matches("chrony", rows.clock.remedy)
  end)

  it("fails where a venue that was named is not reached", function()
    local rows, told = document "--base http://127.0.0.1:9"
    assert.is_false(told.well)
    assert.equal("fail", rows.venue.state)
    assert.matches("is it running", rows.venue.remedy)
    assert.is_nil(rows.clock)
  end)

  it("looks at the key file: who may read it, and what it is", function()
    start()
    local key = home .. "/key.json"
    os.execute(("cp '%s' '%s' && chmod 644 '%s'"):format(venue.ready.key_file, key, key))
    local rows, told = document("--offline --key-file " .. key)
    assert.is_false(told.well)
    assert.equal("fail", rows["key file"].state)
    assert.equal("chmod 600 " .. key, rows["key file"].remedy)
    lfs.touch(key)
    os.execute(("chmod 600 '%s'"):format(key))
    rows = document("--offline --key-file " .. key)
    assert.matches("^p256, from %-%-key%-file", rows.key.text)
    program.write(key, "no key")
    rows = document("--offline --key-file " .. key)
    assert.equal("fail", rows.key.state)
    rows = document("--offline --key-file " .. home .. "/absent.json")
    assert.equal("fail", rows.key.state)
  end)

  it("knows a key that was revoked or is another's, and one that may only look", function()
    local words = start()
    local status, body = http.ask(venue.ready.rest, "POST", "/neap/v1/keys",
      { body = json.encode { permissions = json.array { "view" } } })
    assert.equal(200, status)
    program.write(home .. "/view.json", body)
    os.execute(("chmod 600 '%s/view.json'"):format(home))
    local rows = document(words .. "--key-file " .. home .. "/view.json")
    assert.equal("warn", rows.permissions.state)
    assert.matches("may not trade", rows.permissions.text)
    local key = require("neap.signer").new_key "p256"
    os.remove(home .. "/strange.json")
    assert(key:write { name = "organizations/o/apiKeys/strange", path = home .. "/strange.json" })
    rows = document(words .. "--key-file " .. home .. "/strange.json")
    assert.equal("fail", rows.permissions.state)
    assert.matches("revoked", rows.permissions.remedy)
  end)

  it("posts a test to the alert channels, and tells no address", function()
    local words = start()
    local server <close> = receiver.start "200 404"
    local rows = document(words, ("NEAP_ALERT_WEBHOOK=%s/s3cret"):format(server.url))
    assert.equal("ok", rows.alerts.state)
    assert.equal(server.url .. "/**** took a test alert", rows.alerts.text)
    assert.equal("test", server:heard()[1].body.code)
    local told
    rows, told = document(words .. "--alert-webhook " .. server.url .. "/s3cret")
    assert.is_false(told.well)
    assert.equal(server.url .. "/****: it answered 404", rows.alerts.text)
    rows = document(words .. "--alert-webhook '${NO_SUCH_HOOK}'")
    assert.equal("warn", rows.alerts.state)
    assert.equal(2, #server:heard())
  end)

  it("sees what a machine has too little of", function()
    local command = ("cd '%s' && ulimit -n 60 && ulimit -c 1 && env NEAP_HOME='%s/absent/x' %s"):format(home, home,
      program.command "doctor --offline --json")
    local text = io.popen(command):read "a"
    local rows = {}
    for _, row in ipairs(assert(json.decode(text)).checks) do rows[row.name] = row end
    assert.equal("fail", rows.files.state)
    assert.matches("LimitNOFILE=256", rows.files.remedy)
    assert.equal("ok", rows["core dumps"].state) -- the program forbids them itself, and the kernel says so
    assert.matches("^forbidden: ", rows["core dumps"].text)
    assert.truthy(rows.disk.text:find("in " .. home, 1, true))
    assert.is_nil(lfs.attributes(home .. "/absent"))
  end)

  it("fails where the memory of the process would be written down", function()
    local asked = "require 'neap.cli.doctor'.run { '--offline', '--json' }" -- without the program around it
    local pattern = program.read "/proc/sys/kernel/core_pattern"
    for limit, state in pairs { [1] = "fail", [0] = pattern:find "^|" and "fail" or "warn" } do
      local path = program.write(home .. "/limited.sh", ("ulimit -c %d\nexec env \"$@\"\n"):format(limit))
      local sanitizer = "ASAN_OPTIONS=disable_coredump=0" -- it would take the limit away itself
      local text = program.script_text(asked, { env = ("NEAP_HOME='%s' %s sh '%s'"):format(home, sanitizer, path) })
      local row
      for _, one in ipairs(assert(json.decode(text)).checks) do row = one.name == "core dumps" and one or row end
      assert.equal(state, row.state)
      assert.matches("key", row.text)
    end
  end)

  it("is used wrongly with an address that is none", function()
    local _, complaint, code = run "--base api.coinbase.com"
    assert.equal(2, code)
    assert.matches("%-%-base: 'api.coinbase.com' is not https://HOST", complaint)
  end)
end)
