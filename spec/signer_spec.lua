-- SPDX-License-Identifier: MIT
-- neap.signer: keys of the venue's API and what they sign.
describe("neap.signer", function()
  local signer = require "neap.signer"

  local function code(_, err) return err and err.code end

  it("adds no global", function()
    local before = {}
    for name in pairs(_G) do before[name] = true end
    package.loaded["neap.signer"] = nil
    require "neap.signer"
    for name in pairs(_G) do assert.is_true(before[name], name) end
  end)

  local SECOND, NOW = 1000000000, 1700000000 * 1000000000
  local NONCE = ("\1\2\3\4"):rep(8)
  local PATH = "/api/v3/brokerage/accounts"

  describe("keys", function()
    it("refuse what is no word, no key, no option", function()
      assert.error_matches(function() signer.new_key "p265" end, "did you mean 'p256'")
      assert.error_matches(function() signer.read_key(7) end, "string expected")
      local key = signer.new_key "p256"
      assert.error_matches(function() key:sign { now = NOW, nonse = NONCE } end, "did you mean 'nonce'")
      assert.error_matches(function() signer.new_key "p256":write { name = "k" } end, "path is needed")
      assert.equal("key_form", code(signer.read_key "hello"))
      assert.equal("not_found", code(signer.open_key "no/such/key.json"))
      local none, err = signer.open_key "no/such/key.json"
      assert.same({ nil, "the key file cannot be read: No such file or directory", "no/such/key.json" },
        { none, err.message, err.where })
      assert.equal("key_name", code(signer.new_key "p256":sign { now = NOW, nonce = NONCE }))
      assert.equal("jwt_nonce", code(signer.new_key "p256":sign { now = NOW, nonce = "short", kid = "k" }))
    end)

    it("want the time and chance handed in", function()
      local key = signer.new_key "ed25519"
      assert.error_matches(function() key:sign { kid = "k", nonce = NONCE } end, "now is needed, in ns")
      assert.error_matches(function() key:sign { kid = "k", now = NOW } end, "nonce is random bytes")
      assert.error_matches(function() key:sign { kid = "k", now = NOW, nonce = function() end } end, "nonce is random")
      local token = key:sign { kid = "k", now = NOW, nonce = NONCE }
      assert.equal(token, key:sign { kid = "k", now = NOW + SECOND - 1, nonce = function(count)
        return NONCE:sub(1, count)
      end })
      assert.not_equal(token, key:sign { kid = "k", now = NOW + SECOND, nonce = NONCE })
      assert.not_equal(token, key:sign { kid = "k", now = NOW, nonce = signer.random })
      assert.equal(32, #signer.random(32))
      assert.not_equal(signer.random(32), signer.random(32))
    end)

    it("are a file of the venue's, of which nobody is told", function()
      local path = os.tmpname()
      os.remove(path)
      for _, kind in ipairs { "p256", "ed25519" } do
        local key = signer.new_key(kind)
        assert.is_true(key:write { name = "organizations/o/apiKeys/k", path = path })
        assert.equal("exists", code(key:write { name = "again", path = path }))
        local back = signer.open_key(path)
        assert.equal("organizations/o/apiKeys/k", back:name())
        assert.equal(kind, back:kind())
        assert.equal(key:public_pem(), back:public_pem())
        assert.is_true(back:is_private())
        local file <close> = assert(io.open(path))
        local secret = file:read "a":match '"privateKey": "([^"]+)"'
        assert.is_true(#secret >= 88)
        for piece in secret:gmatch "[%w+/]+" do
          assert.is_nil(#piece > 8 and tostring(back):find(piece, 1, true) or nil)
        end
        os.remove(path)
      end
    end)

    it("print themselves, and close twice", function()
      local key = signer.new_key "p256"
      local public = signer.read_key(key:public_pem())
      assert.same({ "private key of P-256", "public key of P-256" }, { tostring(key), tostring(public) })
      assert.equal("key_public", code(public:sign { kid = "k", now = NOW, nonce = NONCE }))
      key:close()
      key:close()
      assert.equal("key, closed", tostring(key))
      assert.error_matches(function() key:sign { kid = "k", now = NOW, nonce = NONCE } end, "the key is closed")
      local other = signer.new_key "p256"
      assert.error_matches(function()
        other:sign { kid = "k", now = NOW, nonce = function()
          other:close()
          return NONCE
        end }
      end, "the key is closed")
    end)
  end)

  describe("a verifier", function()
    local key = signer.new_key "p256"

    local function verifier() return signer.verifier { skew = 2, hosts = { "127.0.0.1:8443" }, keys = { k = key } } end
    local function token(changes)
      local options = { kid = "k", now = NOW, nonce = NONCE, uri = "GET 127.0.0.1:8443" .. PATH }
      for word, value in pairs(changes or {}) do options[word] = value or nil end
      return assert(key:sign(options))
    end
    local function check(v, text, changes)
      local options = { token = text, now = NOW, method = "GET", path = PATH }
      for word, value in pairs(changes or {}) do options[word] = value or nil end
      return v:check(options)
    end

    it("refuses unknown and mistyped options", function()
      assert.error_matches(function() signer.verifier { hostss = {} } end, "did you mean 'hosts'")
      assert.error_matches(function() signer.verifier { skew = "2" } end, "skew is a integer")
      assert.error_matches(function() signer.verifier { keys = { k = 7 } } end, "signer_key expected")
      assert.error_matches(function() verifier():check { tokn = "" } end, "did you mean 'token'")
      assert.error_matches(function() verifier():check { token = "", now = 1, path = "/" } end, "both method and path")
      assert.error_matches(function() verifier():check { token = "" } end, "now is needed")
      assert.equal("bad_host", code(signer.verifier { hosts = { "http://x" } }))
      assert.equal("key_name", code(signer.verifier { keys = { [""] = key } }))
    end)

    it("tells the name of who called", function()
      assert.equal("k", check(verifier(), token()))
      assert.equal("k", check(verifier(), token { uri = "GET http://127.0.0.1:8443" .. PATH }))
      assert.equal("k", check(verifier(), token { issuer = "coinbase-cloud" }))
      assert.equal("k", check(verifier(), token { uri = false }, { method = false, path = false }))
    end)

    it("tells the rule that is broken, and never the token", function()
      local v, good = verifier(), token()
      for _, case in ipairs {
        { "jwt_uri", good, { method = "POST" } }, { "jwt_uri", good, { path = "/x" } },
        { "jwt_uri", good, { method = false, path = false } }, { "jwt_uri", token { uri = false } },
        { "jwt_expired", good, { now = NOW + 122 * SECOND } }, { "jwt_not_yet", good, { now = NOW - 3 * SECOND } },
        { "jwt_key_unknown", token { kid = "other" } }, { "jwt_issuer", token { issuer = "me" } },
        { "jwt_signature", good:gsub("%.[^.]*$", "." .. ("A"):rep(86)) .. "" }, { "jwt_parts", good .. ".x" },
        { "jwt_encoding", good .. "=" }, { "jwt_too_long", ("a"):rep(10000) },
      } do
        local kid, err = check(v, case[2], case[3])
        assert.same({ nil, case[1] }, { kid, err.code })
        assert.is_nil(tostring(err):find(case[2]:sub(1, 20), 1, true))
      end
    end)

    it("forgets a key, and closes twice", function()
      local v = verifier()
      assert.is_true(v:remove "k")
      assert.is_false(v:remove "k")
      assert.equal("jwt_key_unknown", code(check(v, token())))
      v:close()
      v:close()
      assert.equal("verifier, closed", tostring(v))
      assert.error_matches(function() v:remove "k" end, "the verifier is closed")
    end)
  end)

  describe("the tokens of the venue's own library", function()
    local json, shared = require "neap.json", require "spec.support.shared"
    local path = shared.path "vectors/sdk/jwt_vectors.json"
    if not path then return pending "../shared/vectors is not there" end
    local file <close> = assert(io.open(path))
    local vectors = {}
    for _, one in ipairs(json.decode(file:read "a", { numbers = "float" }).vectors) do vectors[one.name] = one end

    local function kid_of(one) return one.header and one.header.kid or one.claims and one.claims.sub
      or vectors.es256_rest.header.kid end
    local function public(one)
      return assert(signer.read_key(one.public_key_pem or one.secret_b64_64))
    end
    local function check(one)
      local v = signer.verifier { skew = 0, hosts = { "api.coinbase.com" }, keys = { [kid_of(one)] = public(one) } }
      local uri = (one.claims or vectors.es256_rest.claims).uri
      return v:check { token = one.token, now = NOW, method = uri and uri:match "^%S+",
        path = uri and uri:match "^%S+ [^/]+(/.*)$" }
    end
    local function bytes(hex) return (hex:gsub("..", function(two) return string.char(tonumber(two, 16)) end)) end

    it("are good", function()
      for _, name in ipairs { "es256_rest", "eddsa_rest", "es256_ws_no_uri" } do
        assert.equal(kid_of(vectors[name]), (assert(check(vectors[name]))))
      end
    end)

    it("are refused where they are to be", function()
      local seen = 0
      for name, expected in pairs { NEG_es256_der_signature = "jwt_signature", NEG_alg_none = "jwt_algorithm",
        NEG_es256_tampered_claims = "jwt_signature" } do
        assert.equal(expected, code(check(vectors[name])))
        seen = seen + 1
      end
      for name in pairs(vectors) do if name:match "^NEG" then seen = seen - 1 end end
      assert.equal(0, seen)
    end)

    it("are made byte for byte where they can be", function()
      local one = vectors.eddsa_rest
      for _, text in ipairs { one.secret_b64_64, one.secret_b64_seed32, one.secret_pkcs8_pem } do
        local token = assert(signer.read_key(text)):sign { kid = one.header.kid, now = NOW,
          nonce = bytes(one.header.nonce), uri = one.claims.uri }
        assert.equal(one.token, token)
      end
    end)

    it("are made up to the signature, which is another each time", function()
      local one = vectors.es256_rest
      for _, text in ipairs { one.private_key_sec1_pem, one.private_key_pkcs8_pem,
        (one.private_key_sec1_pem:gsub("\n", "\\n")) } do
        local key = assert(signer.read_key(text))
        assert.equal(one.public_key_pem, key:public_pem())
        local token = key:sign { kid = one.header.kid, now = NOW, nonce = bytes(one.header.nonce),
          uri = one.claims.uri }
        assert.equal(one.signing_input, token:match "^(.*)%.")
        assert.not_equal(one.token, token)
        assert.equal(one.header.kid, (assert(check { token = token, header = one.header, claims = one.claims,
          public_key_pem = one.public_key_pem })))
      end
    end)
  end)

  describe("legacy keys", function()
    local REQUEST = { secret = "key", timestamp = 1700000000, method = "GET", path = "/api/v3/brokerage/accounts" }

    local function with(changes)
      local request = {}
      for word, value in pairs(REQUEST) do request[word] = value end
      for word, value in pairs(changes) do request[word] = value ~= "" and value or nil end
      return request
    end

    it("refuse unknown options, missing and mistyped ones", function()
      assert.error_matches(function() signer.legacy_sign(with { secrt = "x" }) end, "did you mean 'secret'")
      assert.error_matches(function() signer.legacy_sign(with { secret = "" }) end, "secret is needed")
      assert.error_matches(function() signer.legacy_sign(with { timestamp = 1.5 }) end, "timestamp is a integer")
      assert.error_matches(function() signer.legacy_sign(with { channel = "user" }) end, "a channel has no method")
      assert.error_matches(function() signer.legacy_check(REQUEST) end, "signature is needed")
      assert.error_matches(function() signer.legacy_sign "GET" end, "a table is wanted")
    end)

    -- RFC 4231, test case 2: the text is in the place of a path.
    it("sign as HMAC-SHA256 does", function()
      local hex = signer.legacy_sign { secret = "Jefe", timestamp = 0, method = "", path = "" }
      assert.equal(64, #hex)
      local text = "hat do ya want for nothing?"
      assert.equal("5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
        require "neap.base.net" "signer".legacy_sign("Jefe", "w", "", text, ""))
    end)

    it("sign the body, and a WebSocket's channel with its products", function()
      local plain = signer.legacy_sign(REQUEST)
      assert.equal(plain, signer.legacy_sign(with { body = "" }))
      assert.not_equal(plain, signer.legacy_sign(with { body = "{}" }))
      assert.equal(signer.legacy_sign { secret = "k", timestamp = 7, channel = "user", products = { "A-B", "C-D" } },
        signer.legacy_sign { secret = "k", timestamp = 7, method = "user", path = "A-B,C-D" })
    end)

    it("tell a signature from any other", function()
      local good = signer.legacy_sign(REQUEST)
      assert.is_true(signer.legacy_check(with { signature = good }))
      for _, bad in ipairs { good:upper(), good:sub(1, -2), good .. "0", "0" .. good:sub(2), " ", ("0"):rep(64) } do
        assert.equal("legacy_signature", code(signer.legacy_check(with { signature = bad })))
      end
      assert.equal("legacy_signature", code(signer.legacy_check(with { signature = good, timestamp = 1700000001 })))
    end)
  end)
end)

describe("neap_net.so", function()
  it("is not loaded by what needs no network", function()
    if os.getenv "NEAP_TEST_LUA" then pending "everything is linked into the interpreter here" end
    local script = os.tmpname()
    local file <close> = assert(io.open(script, "w"))
    file:write [[
      local function is_loaded()
        for line in io.lines "/proc/self/maps" do if line:find("/neap_net.so", 1, true) then return true end end
      end
      for _, name in ipairs { "backtest", "session", "run", "cli.version" } do require("neap." .. name) end
      assert(not is_loaded(), "it is loaded")
      require "neap.signer"
      assert(is_loaded(), "it is not loaded when it is needed")
      print "good"]]
    file:close()
    local pipe = assert(io.popen("lua5.4 " .. script .. " 2>&1"))
    local text = pipe:read "a"
    pipe:close()
    os.remove(script)
    assert.equal("good\n", text)
  end)
end)
