-- SPDX-License-Identifier: MIT
-- neap.coinbase: the client of the venue's API, against a server that writes down what came.
local examples = require "spec.support.examples"
local json = require "neap.json"
local program = require "spec.support.program"
local recording_server = require "spec.support.recording_server"
local shared = require "spec.support.shared"

describe("neap.coinbase", function()
  local coinbase, signer = require "neap.coinbase", require "neap.signer"
  local endpoints = require "neap.coinbase.endpoints"
  local PREFIX = "/api/v3/brokerage"

  it("adds no global", function()
    local before = {}
    for name in pairs(_G) do before[name] = true end
    package.loaded["neap.coinbase"] = nil
    require "neap.coinbase"
    for name in pairs(_G) do assert.is_true(before[name], name) end
  end)

  local server, key, key_file = recording_server.start(), signer.new_key "p256", os.tmpname()
  os.remove(key_file)
  assert(key:write { name = "organizations/o/apiKeys/k", path = key_file })
  if not server then return pending "the C tests are not built: no server that writes down" end

  teardown(function()
    server:close()
    os.remove(key_file)
  end)

  local function open(options)
    options = options or { key_file = key_file }
    options.base = options.base or server.base
    return assert(coinbase.open(options))
  end

  local function one_request()
    local list = server:requests()
    assert.equal(1, #list)
    return list[1]
  end

  local function answered(status, body) server:answer(status, body) end

  before_each(function()
    server:requests()
    answered(200, "{}")
  end)

  describe("opening", function()
    it("refuses what is no option, two keys, half a key, what is no address", function()
      assert.error_matches(function() coinbase.open { key_fiel = "x" } end, "did you mean 'key_file'")
      assert.error_matches(function() coinbase.open { base = 7 } end, "base is a string, not integer")
      assert.error_matches(function() coinbase.open { key = "x", key_file = "y" } end, "one of key, key_file")
      assert.error_matches(function() coinbase.open { legacy_key = "x" } end, "go together")
      assert.error_matches(function() coinbase.open { tries = -1 } end, "tries is from 1")
      local none, err = coinbase.open { base = "http://api.coinbase.com" }
      assert.equal("not_safe", not none and err.code)
      none, err = coinbase.open { key_file = "no/such/key.json" }
      assert.equal("not_found", not none and err.code)
      none, err = coinbase.open { key = "hello" }
      assert.equal("key_form", not none and err.code)
    end)

    it("refuses a key file that others may read, but for a local exchange", function()
      os.execute("chmod 640 " .. key_file)
      for _, base in ipairs { "https://api.coinbase.com", "https://127.0.0.1.example.com", "https://localhost.com" } do
        local none, err = coinbase.open { base = base, key_file = key_file }
        assert.equal("key_file_open", not none and err.code)
        assert.matches("chmod 600", err.message)
      end
      open():close()
      os.execute("chmod 600 " .. key_file)
      assert(coinbase.open { key_file = key_file }):close()
    end)

    it("refuses a key that could sign nothing: a public half, one without a name", function()
      local opened <close> = signer.open_key(key_file)
      local none, err = coinbase.open { key = opened:public_pem(), key_name = "k" }
      assert.equal("key_public", not none and err.code)
      local bare = json.decode(program.read(key_file)).privateKey
      none, err = coinbase.open { key = bare }
      assert.equal("key_name", not none and err.code)
      open({ key = bare, key_name = "k" }):close()
    end)

    it("prints its address, its key's name and no secret, and closes twice", function()
      local client = open()
      assert.equal("organizations/o/apiKeys/k", client:key_name())
      assert.equal("client of " .. server.base, tostring(client))
      client:close()
      client:close()
      assert.matches("closed", tostring(client))
      assert.error_matches(function() client:time() end, "the client is closed")
      assert.error_matches(function() client:skew() end, "the client is closed")
    end)

    it("knows the name of any key, and none where there is none", function()
      local legacy <close> = open { legacy_key = "id7", legacy_secret = "s" }
      assert.equal("id7", legacy:key_name())
      local public <close> = open {}
      assert.is_nil(public:key_name())
    end)

    it("goes on a loop that is handed in", function()
      local loop = require "neap.run_c".open_loop()
      local client <close> = open { key_file = key_file, loop = loop }
      assert.same({}, client:time())
      client:close()
      loop:close()
    end)
  end)

  describe("a call", function()
    it("sends what was given: no body with a GET, repeated keys for lists", function()
      local client <close> = open()
      client:call { method = "GET", path = PREFIX .. "/orders/historical/batch",
        query = { product_ids = { "A-B", "C D" }, limit = 3, sort = true } }
      local came = one_request()
      assert.equal("limit=3&product_ids=A-B&product_ids=C%20D&sort=true", came.query)
      assert.equal("", came.body)
      assert.equal("neap/" .. require "neap.cli.main".version, came["User-Agent"])
    end)

    it("takes money as text and decimals, never as a float", function()
      local client <close> = open()
      local decimal = require "neap.decimal"
      client:move_funds { funds = { value = decimal "1.10", currency = "USD" }, source_portfolio_uuid = "a",
        target_portfolio_uuid = "b" }
      assert.equal("1.1", json.decode(one_request().body).funds.value)
      assert.error_matches(function() client:move_funds { funds = { value = 1.1 } } end, "funds.value: money is text")
      assert.error_matches(function() client:orders { limit = 1.5 } end, "limit: text, a whole number")
      assert.same({}, server:requests())
    end)

    it("gives numbers that are not whole as they were written", function()
      local client <close> = open()
      answered(200, '{"a":0.10000000000000000000001,"b":1e3,"c":"1.50","d":7,"e":null,"f":99999999999999999999}')
      local got = assert(client:time())
      assert.same({ "0.10000000000000000000001", "1e3", "1.50", 7, json.null, "99999999999999999999" },
        { got.a, got.b, got.c, got.d, got.e, got.f })
    end)

    it("is misuse where an option is unknown, missing or no text", function()
      local client <close> = open()
      assert.error_matches(function() client:order {} end, "order: order_id is needed")
      assert.error_matches(function() client:order "" end, "order: order_id is needed")
      assert.error_matches(function() client:orders { product_id = "X" } end, "did you mean 'product_ids'")
      assert.error_matches(function() client:accounts "x" end, "a table is wanted")
      assert.error_matches(function() client:order(7) end, "a table is wanted")
      assert.error_matches(function() client:acounts() end, "did you mean 'accounts'")
      assert.error_matches(function() client:call { method = "GET" } end, "method and path are needed")
      assert.error_matches(function() client:call { method = "GET", path = "/", repeat_ = "raed" } end, "'read'")
      assert.error_matches(function() client:each "order" end, "did you mean 'orders'")
    end)

    it("is refused where what is asked for is private and there is no key", function()
      local client <close> = open {}
      assert.same({}, client:time())
      assert.equal("", one_request().authorization)
      local none, err = client:accounts()
      assert.equal("no_key", not none and err.code)
      assert.same({}, server:requests())
    end)

    it("cannot leave its path through an id", function()
      local client <close> = open()
      client:order "../accounts?x=1#/ é"
      assert.equal(PREFIX .. "/orders/historical/..%2Faccounts%3Fx%3D1%23%2F%20%C3%A9", one_request().path)
    end)

    it("says what went wrong, in the venue's words, and what came of it", function()
      local client <close> = open { key_file = key_file, tries = 1 }
      answered(400, '{"error":"INVALID_ARGUMENT","error_details":"too many","message":"too many"}')
      local none, err = client:candles { product_id = "BTC-USD", granularity = "ONE_MINUTE" }
      assert.is_nil(none)
      assert.same({ "invalid_request", "too many", "INVALID_ARGUMENT", 400, "refused", 1 },
        { err.code, err.message, err.reason, err.status, err.outcome, err.tries })
      assert.equal("GET /api/v3/brokerage/products/BTC-USD/candles", err.where)
      answered(502, "<html></html>")
      none, err = client:create_order { client_order_id = "1" }
      assert.same({ "venue_error", "in_doubt" }, not none and { err.code, err.outcome })
    end)

    it("takes no number, text or null for an answer", function()
      local client <close> = open { key_file = key_file, tries = 1 }
      for i, body in ipairs { "null", "7", '"hello"', "true" } do
        answered(200, body .. (" "):rep(i))
        local none, err = client:transaction_summary()
        assert.same({ "bad_answer", "in_doubt" }, not none and { err.code, err.outcome })
        assert.equal("the answer, HTTP 200, is no object", err.message)
      end
      answered(200, ' {"a":1}')
      assert.same({ a = 1 }, client:transaction_summary())
    end)

    it("takes no other product for the one that was asked for", function()
      local client <close> = open()
      answered(200, '{"product_id":"ETH-USD"}')
      local none, err = require("neap.coinbase_session").products(client, { "BTC-USD" })
      assert.same({ "bad_answer", "asked for BTC-USD the venue tells ETH-USD" }, not none and { err.code, err.message })
    end)

    it("tells no token, whatever the venue says back", function()
      local client <close> = open { key_file = key_file, tries = 1 }
      client:time()
      local token = one_request().authorization:match "Bearer (.*)"
      for _, body in ipairs { token, '{"error":"' .. token .. '","message":"no ' .. token .. '"}' } do
        answered(403, body)
        local _, err = client:accounts()
        for _, text in pairs(err) do assert.is_nil(tostring(text):find("eyJ", 1, true)) end
      end
    end)
  end)

  describe("signing", function()
    local function check_token(came, public, kid)
      local verifier <close> = signer.verifier { skew = 60, hosts = { server.base:match "//(.*)" },
        keys = { [kid] = public } }
      local request = { token = came.authorization:match "^Bearer (.*)$", now = require "neap.clock".real():now(),
        method = came.method, path = came.path }
      return assert.equal(kid, (assert(verifier:check(request))))
    end

    it("makes a token for each request", function()
      local client <close> = open()
      for _ = 1, 3 do client:accounts { limit = 1 } end
      local list, seen = server:requests(), {}
      for _, came in ipairs(list) do
        check_token(came, key, "organizations/o/apiKeys/k")
        assert.is_nil(seen[came.authorization])
        seen[came.authorization] = true
      end
    end)

    it("takes the keys of the venue's own library, in all their forms", function()
      local path = shared.path "vectors/sdk/jwt_vectors.json"
      if not path then return pending "../shared/vectors is not there" end
      local vectors = {}
      local read = assert(json.decode(program.read(path), { numbers = "float" }))
      for _, one in ipairs(read.vectors) do vectors[one.name] = one end
      local pem, ed = vectors.es256_rest, vectors.eddsa_rest
      local forms = { { pem, pem.private_key_sec1_pem }, { pem, pem.private_key_pkcs8_pem },
        { pem, (pem.private_key_sec1_pem:gsub("\n", "\\n")) }, { ed, ed.secret_b64_64 },
        { ed, json.encode { id = ed.claims.sub, privateKey = ed.secret_b64_64 } } }
      for _, form in ipairs(forms) do
        local client <close> = open { key = form[2], key_name = form[1].claims.sub }
        assert(client:accounts())
        check_token(one_request(), assert(signer.read_key(form[2])), form[1].claims.sub)
      end
    end)

    it("signs with a legacy key in its own way", function()
      local client <close> = open { legacy_key = "id", legacy_secret = "secret" }
      client:edit_order { order_id = "1" }
      local came = one_request()
      assert.equal("", came.authorization)
      assert.equal("id", came["CB-ACCESS-KEY"])
      assert.is_true(signer.legacy_check { secret = "secret", timestamp = math.tointeger(came["CB-ACCESS-TIMESTAMP"]),
        method = "POST", path = came.path, body = came.body, signature = came["CB-ACCESS-SIGN"] })
    end)
  end)

  describe("each", function()
    local function page(list, cursor, more, count)
      local items = {}
      for i = 1, count or 2 do items[i] = { id = cursor .. i } end
      return json.encode { [list] = json.array(items), cursor = cursor, has_next = more }
    end

    local function walk(client, list, bodies)
      local seen, number = {}, 1
      answered(200, bodies[1])
      for item, err in client:each(list) { limit = 2 } do
        if err then return seen, err end
        seen[#seen + 1] = item.id
        if #seen % 2 == 0 then
          number = number + 1
          answered(200, bodies[number] or "{}")
        end
      end
      return seen
    end

    it("goes through pages until the last, with what was given", function()
      local client <close> = open()
      assert.same({ "a1", "a2", "b1", "b2" }, walk(client, "orders", { page("orders", "a", true),
        page("orders", "b", false) }))
      local came = server:requests()
      assert.same({ "limit=2", "limit=2&cursor=a" }, { came[1].query, came[2].query })
      assert.same({ "a1", "a2", "1", "2" }, walk(client, "fills", { page("fills", "a"), page("fills", "") }))
      assert.same({ "a1", "a2" }, walk(client, "fills", { page("fills", "a"), page("fills", "b", nil, 0) }))
      assert.same({ "a1", "a2" }, walk(client, "products", { page("products", "a", false) }))
    end)

    it("does not go round in circles, and tells a page that failed", function()
      local client <close> = open { key_file = key_file, tries = 1 }
      local seen, err = walk(client, "accounts", { page("accounts", "a", true), page("accounts", "a", true) })
      assert.same({ "a1", "a2" }, seen)
      assert.equal("bad_answer", err.code)
      seen, err = walk(client, "orders", { page("orders", "a", true), page("orders", "b", true),
        page("orders", "a", true), page("orders", "b", false) })
      assert.same({ { "a1", "a2", "b1", "b2" }, "bad_answer" }, { seen, err.code })
      seen, err = walk(client, "accounts", { page("accounts", "a", true), "{}" })
      assert.same({ { "a1", "a2" }, "bad_answer" }, { seen, err.code })
      for _, body in ipairs { '{"accounts":[null]}', '{"accounts":[{},7]}', '{"accounts":["x"]}' } do
        seen, err = walk(client, "accounts", { body })
        assert.same({ {}, "bad_answer" }, { seen, err.code })
      end
      answered(404, "gone")
      local next_item = client:each "orders" {}
      local item
      item, err = next_item()
      assert.same({ false, "not_found" }, { item, err.code })
      assert.is_nil(next_item())
    end)
  end)

  -- ---- what the venue's own library sends --------------------------------------------------------------------------

  describe("sends what the venue's library sends", function()
    if not shared.path "vectors/sdk/rest_cases.json" then return pending "../shared/vectors is not there" end

    local function pattern_of(endpoint)
      return "^" .. endpoint.path:gsub("[%-%.]", "%%%0"):gsub("{[%w_]+}", "([^/]+)") .. "$"
    end

    -- The endpoint whose path has the fewest members of those that fit, and its members.
    local function find(case)
      local best, members
      for _, endpoint in pairs(endpoints) do
        local found = { case.path:match(pattern_of(endpoint)) }
        if endpoint.method == case.method and found[1] and (not best or #endpoint.in_path < #best.in_path) then
          best, members = endpoint, found
        end
      end
      return best, members
    end

    local function add(given, name, value)
      if value == "True" or value == "False" then value = value == "True" end
      local before = given[name]
      if before == nil then given[name] = value
      elseif type(before) == "table" then before[#before + 1] = value
      else given[name] = { before, value } end
    end

    local function given_of(case, endpoint, members)
      local given = {}
      for i, name in ipairs(endpoint.in_path) do given[name] = members[i] end
      for _, pair in ipairs(case.query) do add(given, pair[1], pair[2]) end
      for name, value in pairs(case.method == "GET" and {} or case.body) do given[name] = value end
      return given
    end

    local function query_of(case)
      local query = {}
      for _, pair in ipairs(case.query) do add(query, pair[1], pair[2]) end
      return query
    end

    local function pairs_of(text)
      local list = {}
      for pair in text:gmatch "[^&]+" do list[#list + 1] = pair:gsub("%%(%x%x)", function(hex)
        return string.char(tonumber(hex, 16))
      end) end
      table.sort(list)
      return list
    end

    local function expected_pairs(case)
      local list = {}
      for _, pair in ipairs(case.query) do
        local value = pair[2]
        if value == "True" or value == "False" then value = value:lower() end
        list[#list + 1] = pair[1] .. "=" .. value
      end
      table.sort(list)
      return list
    end

    local function run(client, case)
      if case.test:find "test_rest_base" then
        return client:call { method = case.method, path = case.path, query = query_of(case),
          body = case.method ~= "GET" and case.body or nil, public = not case.authorized or nil }
      end
      local endpoint, members = find(case)
      assert(endpoint, case.method .. " " .. case.path)
      return client[endpoint.name](client, given_of(case, endpoint, members))
    end

    for _, case in ipairs(examples.calls()) do
      it(case.test, function()
        local client <close> = open(case.authorized and { key_file = key_file } or {})
        assert(run(client, case))
        local came = one_request()
        assert.same({ case.method, case.path }, { came.method, came.path })
        assert.same(expected_pairs(case), pairs_of(came.query))
        assert.equal(case.authorized, came.authorization ~= "")
        if case.method == "GET" then return assert.equal("", came.body) end
        assert.equal("application/json", came["Content-Type"])
        assert.same(case.body, json.decode(came.body))
      end)
    end
  end)

  -- ---- what the venue answers --------------------------------------------------------------------------------------

  describe("decodes", function()
    local list = examples.all()
    if not list then return pending "../shared is not there" end

    it("every answer that was recorded or documented, and tells those that are a no", function()
      local client <close> = open { key_file = key_file, tries = 1, private_rate = 1000 }
      local count = 0
      for _, one in ipairs(list) do
        local status = math.tointeger(one.status) or 200
        if one.tree ~= nil then
          local body = type(one.tree) == "string" and one.tree or json.encode(one.tree)
          answered(status, body)
          local got, err = client:accounts()
          count = count + 1
          if status < 400 then
            assert.is_nil(err, one.name)
            assert.same(json.decode(body, { numbers = "text" }), got, one.name)
          else
            assert.equal(status, err.status, one.name)
            local said = type(one.tree) == "string" and one.tree:match "^%s*(.-)%s*$" or one.tree.message
              or one.tree.errors[1].message
            local is_bare = said == "Unauthorized" -- it is told what that means
            assert.equal(said, is_bare and err.message:match "^%a+" or err.message, one.name)
          end
        end
      end
      assert.is_true(count > 80, count)
    end)
  end)
end)
