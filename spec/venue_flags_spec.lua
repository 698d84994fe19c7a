-- SPDX-License-Identifier: MIT
-- Which venue a verb talks to and with which key: flags, environment, .env.
local json = require "neap.json"
local program = require "spec.support.program"

-- What is read of words, in a process and a directory of its own → the venue, or its error; and the exit code.
local function read(words, options)
  local text, complaint, code = program.script_text(([[
    local flags, venue_flags = require "neap.cli.flags", require "neap.cli.venue_flags"
    local given = flags.parse({ usage = "", flags = venue_flags.add {} }, { %s })
    local venue, err = venue_flags.read(given)
    io.stdout:write(require("neap.json").encode(venue or err))
  ]]):format(words), options)
  assert.equal("", complaint)
  assert.equal(0, code)
  return json.decode(text)
end

describe("neap.cli.venue_flags", function()
  local directory

  setup(function() directory = program.directory() end)
  teardown(function() program.remove(directory) end)
  before_each(function() os.remove(directory .. "/.env") end)

  local function with(env) return { directory = directory, env = env } end

  it("without a word means the venue, real money and its two streams", function()
    local venue = read("", with "")
    assert.equal("https://api.coinbase.com", venue.base)
    assert.equal("armed", venue.mode)
    assert.equal("wss://advanced-trade-ws.coinbase.com", venue.stream)
    assert.equal("wss://advanced-trade-ws-user.coinbase.com", venue.user_stream)
    assert.is_nil(venue.key_file)
  end)

  it("takes a loopback address for an exchange whose stream is beside it", function()
    for _, host in ipairs { "127.0.0.1:8443", "localhost:8443", "[::1]:8443" } do
      local venue = read(([["--base", "https://%s/"]]):format(host), with "")
      assert.equal("exchange", venue.mode)
      assert.equal("https://" .. host, venue.base)
      assert.equal("wss://" .. host, venue.stream)
      assert.equal("wss://" .. host, venue.user_stream)
    end
  end)

  it("takes no other host for this machine", function()
    for _, host in ipairs { "127.0.0.1.evil.example", "localhost.example:443", "10.0.0.1" } do
      local venue = read(([["--base", "https://%s"]]):format(host), with "")
      assert.equal("armed", venue.mode)
      assert.is_nil(venue.stream)
    end
  end)

  it("refuses what is no address, has a path, a user, or goes without TLS", function()
    for _, url in ipairs { "api.coinbase.com", "https://api.coinbase.com/api/v3", "https://a@b", "ftp://x", "https://",
      "http://api.coinbase.com", "wss://api.coinbase.com" } do
      local err = read(([["--base", "%s"]]):format(url), with "")
      assert.equal("usage", err.code, url)
      assert.matches("^%-%-base: ", err.message)
    end
    assert.matches("^%-%-stream: ", read([["--stream", "https://x"]], with "").message)
  end)

  it("lets a flag win over a variable and that over .env", function()
    program.write(directory .. "/.env", "COINBASE_API_BASE=https://127.0.0.1:1\nCOINBASE_CA_FILE=/a.pem\n")
    local venue = read("", with "")
    assert.equal("https://127.0.0.1:1", venue.base)
    assert.equal(".env COINBASE_API_BASE", venue.sources.base)
    venue = read("", with "COINBASE_API_BASE=https://127.0.0.1:2")
    assert.equal("https://127.0.0.1:2", venue.base)
    assert.equal("/a.pem", venue.ca)
    venue = read([["--base", "https://127.0.0.1:3"]], with "COINBASE_API_BASE=https://127.0.0.1:2")
    assert.equal("https://127.0.0.1:3", venue.base)
    assert.equal("--base", venue.sources.base)
  end)

  it("finds a key in variables, the production one first, with the line ends that travel in them", function()
    local pem = [['-----BEGIN EC PRIVATE KEY-----\nAA==\n-----END EC PRIVATE KEY-----\n']]
    local venue = read("", with("COINBASE_CDP_API_KEY=organizations/o/apiKeys/k COINBASE_CDP_PRIVATE_KEY=" .. pem))
    local key = json.decode(venue.key)
    assert.equal("organizations/o/apiKeys/k", key.name)
    assert.equal("-----BEGIN EC PRIVATE KEY-----\\nAA==\\n-----END EC PRIVATE KEY-----\\n", key.privateKey)
    assert.equal("COINBASE_CDP_API_KEY", venue.sources.key)
    for _, seed in ipairs { ("A"):rep(86) .. "==", ("A"):rep(43) .. "=" } do
      for _, names in ipairs { { "CDP_API_KEY", "CDP_PRIVATE_KEY" }, { "API_KEY", "API_SECRET" } } do
        venue = read("", with(("COINBASE_%s='id ' COINBASE_%s=' \"%s\"\r'"):format(names[1], names[2], seed)))
        assert.same({ name = "id", privateKey = seed }, json.decode(venue.key))
        assert.is_nil(venue.legacy_key)
      end
    end
    venue = read("", with("COINBASE_CDP_API_KEY=a COINBASE_CDP_PRIVATE_KEY=b " ..
      "COINBASE_PROD_CDP_API_KEY=organizations/o/apiKeys/p COINBASE_PROD_CDP_PRIVATE_KEY=" .. pem))
    assert.equal("organizations/o/apiKeys/p", json.decode(venue.key).name)
    venue = read("", with "COINBASE_API_KEY=abc COINBASE_API_SECRET=def")
    assert.equal("abc", venue.legacy_key)
    assert.equal("def", venue.legacy_secret)
    assert.is_nil(venue.key)
  end)

  it("wants no key in variables where a file is named, and both halves where none is", function()
    local venue = read([["--key-file", "k.json"]], with "COINBASE_API_KEY=abc")
    assert.equal("k.json", venue.key_file)
    local err = read("", with "COINBASE_API_KEY=abc")
    assert.equal("COINBASE_API_KEY is set and COINBASE_API_SECRET is not", err.message)
    assert.is_nil(err.message:find("abc", 1, true))
  end)

  it("is not used by who believes to be in a sandbox", function()
    assert.matches("COINBASE_SANDBOX=1 is set", read("", with "COINBASE_SANDBOX=1").message)
    assert.equal("armed", read("", with "COINBASE_SANDBOX=0").mode)
  end)
end)
