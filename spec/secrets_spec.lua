-- SPDX-License-Identifier: MIT
-- Planted keys and a planted webhook are looked for in every byte that sessions and verbs leave, core dumps too; TLS is
-- verified whatever is set.
local exchange_program = require "spec.support.exchange_program"
local http = require "spec.support.http"
local json = require "neap.json"
local process = require "tools.venue_sweep.process"
local program = require "spec.support.program"
local receiver = require "spec.support.receiver"
local signer = require "neap.signer"

local HOOK, LEGACY = "T0planted0hook0secret", "planted0legacy0secret0of0an0old0key"
local TOKEN = "t0planted0token0of0the0header"
local PROFILE = [[return { doc = "", alerts = { channels = {
  { type = "webhook", url = "${TEAM_HOOK}", authorization = "Bearer ${TEAM_TOKEN}", min = "info" } } } }]]
local FAULTS = "--fault unauthorized:p=0.15 --fault answer_garbled:p=0.05 --fault answer_lost:p=0.05 " ..
  "--fault socket_reset:p=0.01"
local RUN = "run %s/tools/venue_sweep/trader.lua --product BTC-USD --broker coinbase --cash 20000 " ..
  "--history 0 --grace 2s --set slippage_guard_bps=0 --sessions '%s' --base %s "
local WINDOW = 20 -- so many characters of a key in a row are a leak

local function add_windows(needles, text)
  for at = 1, #text - WINDOW + 1 do needles[#needles + 1] = text:sub(at, at + WINDOW - 1) end
end

-- Of a key file: its base64, in any part, and the 32 secret bytes as they are and in hex.
local function needles_of(key_file)
  local pem = json.decode(program.read(key_file)).privateKey
  local body = pem:gsub("%-%-%-%-%-[^\n]+", ""):gsub("%s", "")
  local pipe <close> = assert(io.popen(("printf %%s '%s' | base64 -d | od -An -v -tx1"):format(body)))
  local hex = pipe:read "a":gsub("%s", ""):match "^30..0201010420(.*)":sub(1, 64)
  local needles = { hex, (hex:gsub("..", function(pair) return string.char(tonumber(pair, 16)) end)) }
  add_windows(needles, body)
  return needles
end

-- Where `text` has one of them, or a token → a few words, or nil.
local function leak_in(text, needles)
  for _, needle in ipairs(needles) do
    if text:find(needle, 1, true) then return "a part of a secret" end
  end
  return text:find "eyJ[%w_%-]+%.[%w_%-]+%.[%w_%-]+" and "a token"
end

-- The leaks in all files below `directory`, and how many files there were.
local function leaks(directory, needles)
  local found, count = {}, 0
  local pipe <close> = assert(io.popen(("find '%s' -type f"):format(directory)))
  for path in pipe:lines() do
    local what = leak_in(program.read(path), needles)
    count = count + 1
    if what then found[#found + 1] = path .. ": " .. what end
  end
  return found, count
end

describe("secrets", function()
  local home, keys, exchange, hook, needles, number

  local function keep(text)
    number = number + 1
    program.write(("%s/said-%d"):format(home, number), text)
  end

  -- A verb whose words are kept, whatever its code is.
  local function verb(words, env)
    local text, complaint, code = program.run(words, { directory = keys, env = env })
    keep(text .. complaint)
    return text, code
  end

  local function plant(text) add_windows(needles, text) end

  before_each(function()
    home, keys, needles, number = program.directory(), program.directory(), {}, 0
    exchange = exchange_program.trading(home)
    hook = receiver.start "500 200"
    for _, needle in ipairs(needles_of(exchange.ready.key_file)) do needles[#needles + 1] = needle end
    plant(HOOK)
    plant(LEGACY)
    plant(TOKEN)
  end)

  after_each(function()
    hook:close()
    exchange:close()
    program.remove(home)
    program.remove(keys)
  end)

  local function start(more, environment)
    local words, told = RUN:format(program.root, home, exchange.ready.rest), "--alert-webhook '%s/%s?k=%s' "
    if not more:find "%-%-profile" then more = more .. " --profile dev" end
    return process.start(words .. told:format(hook.url, HOOK, HOOK) .. more, home .. "/life", environment)
  end

  local function fault_all()
    for text in FAULTS:gmatch "%-%-fault (%S+)" do
      local body = json.encode { fault = text }
      assert.equal(200, (http.ask(exchange.ready.rest, "POST", "/neap/v1/faults", { body = body })))
    end
  end

  local function ask_all(name, key, env)
    local at = (" --sessions '%s'"):format(home)
    for _, words in ipairs { "status %s", "status %s --json", "events %s", "events %s --json", "orders %s", "fills %s",
      "positions %s", "explain '#1' %s", "verify %s", "report %s" } do
      verb(words:format(name) .. at, env)
    end
    for _, words in ipairs { "account show", "account show --json", "account fees", "doctor", "preflight" } do
      verb(("%s --base %s %s"):format(words, exchange.ready.rest, key), env)
    end
  end

  -- A session that trades among faults and is told of, then killed by hand.
  local function live(name, key, env)
    local running = start(("--session %s %s"):format(name, key), env)
    assert(running:wait_for("ready", 120))
    fault_all()
    process.sleep(3)
    ask_all(name, key, env)
    verb(("kill %s --why planted --sessions '%s'"):format(name, home))
    process.sleep(0.5)
    running:signal "TERM"
    assert.is_true(running:wait(120))
    assert.is_truthy(program.read(home .. "/" .. name .. "/run.log"):find "mode_changed")
  end

  local function nothing_leaked(least)
    local found, count = leaks(home, needles)
    assert.same({}, found)
    assert.is_true(count >= least)
  end

  -- What left the machine: where it went, and with which header, only its receiver knows.
  local function nothing_was_posted(least)
    local heard = hook:heard()
    assert.is_true(#heard >= least)
    for _, one in ipairs(heard) do assert.is_nil(leak_in(json.encode(one.body), needles)) end
    return heard
  end

  it("would be found where they are", function()
    local pem = json.decode(program.read(exchange.ready.key_file)).privateKey
    for i, text in ipairs { pem:gsub("\n", "\\n"), pem:sub(60, 90), needles[1], needles[2], "url /" .. HOOK,
      "Bearer eyJhbGciOiJF.eyJzdWIi.c2ln" } do
      program.write(home .. "/planted", "before\0" .. tostring(text) .. "\0behind")
      assert.equal(1, #leaks(home, needles), i)
    end
  end)

  it("are in nothing that a session with a key file leaves", function()
    live("one", "--key-file " .. exchange.ready.key_file)
    nothing_was_posted(1)
    nothing_leaked(20)
  end)

  it("are in no alert: neither the key nor the webhook's own address and header", function()
    os.execute(("mkdir -p '%s/config/profiles'"):format(home))
    program.write(home .. "/config/profiles/hooked.lua", PROFILE)
    local env = ("-C '%s' TEAM_HOOK='%s/team/%s' TEAM_TOKEN=%s"):format(home, hook.url, HOOK, TOKEN)
    live("one", "--profile hooked --key-file " .. exchange.ready.key_file, env)
    local lines, tokens = {}, 0
    for _, one in ipairs(nothing_was_posted(2)) do
      lines[one.line:match "^POST /(%w+)"] = true
      tokens = tokens + (one.authorization == "Bearer " .. TOKEN and 1 or 0)
    end
    assert.is_true(lines.team and lines[HOOK] and tokens > 0)
    assert.truthy(program.read(home .. "/one/run.log"):find "mode_changed")
    nothing_leaked(20)
  end)

  it("are in nothing that a session with a key in the environment leaves", function()
    local key = json.decode(program.read(exchange.ready.key_file))
    live("one", "", ("COINBASE_API_KEY='%s' COINBASE_API_SECRET='%s'"):format(key.name,
      key.privateKey:gsub("\n", "\\n")))
    nothing_leaked(20)
  end)

  it("are in nothing that is said of a legacy key, a strange key and one that is broken", function()
    local env = ("COINBASE_API_KEY=planted COINBASE_API_SECRET=%s"):format(LEGACY)
    local running = start("--session one", env)
    assert.is_true(running:wait(120))
    ask_all("one", "", env)
    local strange, broken, text = keys .. "/strange.json", keys .. "/broken.json", program.read(exchange.ready.key_file)
    assert(assert(signer.new_key "p256"):write { name = "organizations/x/apiKeys/y", path = strange })
    for _, needle in ipairs(needles_of(strange)) do needles[#needles + 1] = needle end
    ask_all("one", "--key-file " .. strange)
    for _, wrong in ipairs { text:sub(1, #text // 2), (text:gsub("MH", "MI")), text:gsub("BEGIN", "BEGUN") } do
      program.write(broken, wrong)
      local _, code = verb(("account show --base %s --key-file %s"):format(exchange.ready.rest, broken))
      assert.is_true(code ~= 0)
    end
    nothing_leaked(15)
  end)

  -- What a shell puts before a command so that a core may be written, into `keys`.
  local function with_cores(more)
    return ([[sh -c 'ulimit -c unlimited; cd "%s"; exec env "$@"' sh %s]]):format(keys, more or "")
  end

  local function cores()
    local pipe <close> = assert(io.popen(("find '%s' -name 'core*' -type f"):format(keys)))
    return pipe:read "a"
  end

  it("are in no core dump: a session leaves none, though it may", function()
    local running = start("--session one --key-file " .. exchange.ready.key_file, with_cores())
    assert(running:wait_for("ready", 120))
    local pipe <close> = io.popen(("prlimit --core --noheadings --raw -o SOFT,HARD --pid %s 2>&1"):format(running.pid))
    local limits = pipe:read "a"
    running:signal "ABRT"
    assert.is_true(running:wait(60))
    assert.equal("", cores())
    if limits:find "^%d" or limits:find "^unl" then assert.equal("0 0\n", limits) end
    os.execute(("env %s sh -c 'kill -ABRT $$' >/dev/null 2>&1"):format(with_cores()))
    if cores() == "" then pending "this system writes no core at all: only the limit was seen" end
  end)
end)

describe("TLS", function()
  local home, running, ready

  setup(function()
    home = program.directory()
    running = process.start(("exchange --market none --state '%s/state'"):format(home), home .. "/exchange")
    ready = json.decode(assert(running:wait_for("}\n", 120)))
  end)
  teardown(function()
    running:signal "TERM"
    running:wait(60)
    program.remove(home)
  end)

  local function show(base, more, env)
    return program.run(("account show --base %s --key-file %s %s"):format(base, ready.key_file, more or ""),
      { directory = home, env = env })
  end

  it("takes the exchange's certificate where it is named, and without that refuses it on loopback too", function()
    assert.equal(0, select(3, show(ready.rest, "--ca " .. ready.cert)))
    local _, complaint, code = show(ready.rest)
    assert.equal(6, code)
    assert.matches("certificate", complaint)
  end)

  it("is verified whatever the environment and the files of other programs say", function()
    program.write(home .. "/.curlrc", "insecure\n")
    for _, env in ipairs { "CURL_INSECURE=1", "NODE_TLS_REJECT_UNAUTHORIZED=0", "PYTHONHTTPSVERIFY=0",
      "GIT_SSL_NO_VERIFY=1", "CURL_CA_BUNDLE=", "REQUESTS_CA_BUNDLE=", "NEAP_INSECURE=1 NEAP_NO_VERIFY=1",
      "COINBASE_INSECURE=1 COINBASE_CA_FILE=", ("HOME='%s' CURL_HOME='%s'"):format(home, home) } do
      local _, complaint, code = show(ready.rest, "", env)
      assert.is_true(code ~= 0, env)
      assert.matches("[Cc]ertificate", complaint)
    end
  end)

  it("has no flag that turns it off", function()
    for _, flag in ipairs { "--insecure", "-k", "--no-verify", "--no-tls", "--ca ''", "--ca /dev/null" } do
      assert.is_true(select(3, show(ready.rest, flag)) ~= 0, flag)
    end
  end)

  it("wants the name of a host that is not loopback in the certificate, trusted or not", function()
    local name
    for line in io.lines "/etc/hosts" do
      local other = line:match "^127%S+%s+(%S+)"
      if other and not other:find "^localhost" then name = other end
    end
    if not name then return pending "no other name of this machine in /etc/hosts" end
    local base = ready.rest:gsub("127%.0%.0%.1", name)
    for _, more in ipairs { "", "--ca " .. ready.cert } do
      local _, complaint, code = show(base, more)
      assert.equal(6, code, complaint)
      assert.matches("certificate", complaint)
    end
    local _, complaint, code = show((base:gsub("^https", "http")))
    assert.equal(2, code)
    assert.matches("without TLS", complaint)
  end)

  it("is turned off nowhere in the source", function()
    local pipe <close> = assert(io.popen(("grep -rhE 'VERIFYPEER|VERIFYHOST|VERIFY_NONE' '%s/csrc'"):format(
      program.root)))
    for line in pipe:lines() do assert.matches("VERIFYPEER, 1L%)", (line:gsub("HOST, 2L", "PEER, 1L"))) end
  end)
end)
