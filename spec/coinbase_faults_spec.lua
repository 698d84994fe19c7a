-- SPDX-License-Identifier: MIT
-- neap.coinbase against a real exchange: its endpoints, and what each fault of a request comes to.
local coinbase = require "neap.coinbase"
local endpoints = require "neap.coinbase.endpoints"
local exchange_program = require "spec.support.exchange_program"
local lists = require "neap.base.lists"
local program = require "spec.support.program"

local SECOND = 1000000000

describe("neap.coinbase at an exchange", function()
  local home, run, number = nil, nil, 0

  setup(function()
    home = program.directory()
    run = exchange_program.start("--market none --no-rate-limits", home)
  end)
  teardown(function()
    run:close()
    program.remove(home)
  end)

  local function open(options)
    options = options or {}
    options.base, options.key_file = run.ready.rest, run.ready.key_file
    return assert(coinbase.open(options))
  end

  local function admin(client, method, path, body)
    return assert(client:call { method = method, path = "/neap/v1/" .. path, body = body, public = true })
  end

  local function order(client, patience)
    number = number + 1
    local id = "order-" .. number
    local answer, err = client:call { method = "POST", path = endpoints.create_order.path, patience = patience,
      body = { client_order_id = id, product_id = "BTC-USD", side = "BUY",
        order_configuration = { limit_limit_gtc = { base_size = "0.001", limit_price = "40000.00" } } } }
    return answer, err, id
  end

  local function is_made(client, id)
    for one, err in client:each "orders" {} do
      assert(one, err)
      if one.client_order_id == id then return true end
    end
    return false
  end

  it("has no endpoint that the exchange does not know", function()
    local client <close> = open { private_rate = 1000, public_rate = 1000 }
    for _, name in ipairs(lists.sorted_keys(endpoints)) do
      local given = {}
      for _, member in ipairs(endpoints[name].in_path) do given[member] = "x" end
      local _, err = client[name](client, given)
      assert.is_true(not err or (err.message ~= "route not found" and err.message ~= "method not allowed"), name)
      assert.is_true(not err or err.outcome == "refused", name)
    end
  end)

  it("trades: an order is made, seen, changed and cancelled; pages come one after the other", function()
    local client <close> = open()
    local ids = {}
    for i = 1, 5 do
      local made = assert(order(client))
      assert.is_true(made.success)
      ids[i] = made.success_response.order_id
    end
    assert.equal("40000.00", assert(client:order(ids[1])).order.order_configuration.limit_limit_gtc.limit_price)
    assert.is_true(client:edit_order { order_id = ids[1], price = "39000.00", size = "0.001" }.success)
    local seen = {}
    for one in client:each "orders" { limit = 2, order_status = { "OPEN" } } do seen[#seen + 1] = one.order_id end
    assert.equal(5, #seen)
    for _, one in ipairs(client:cancel_orders { order_ids = ids }.results) do assert.is_true(one.success) end
    local none, err = client:order "no-such-order"
    assert.same({ "not_found", 404 }, not none and { err.code, err.status })
    none, err = client:call { method = "POST", path = endpoints.create_order.path, body = { side = "BUY" } }
    assert.same({ "invalid_request", "refused" }, not none and { err.code, err.outcome })
    local refused = client:create_order { client_order_id = "x", product_id = "BTC-USX", side = "BUY",
      order_configuration = { market_market_ioc = { quote_size = "1" } } }
    assert.is_false(refused.success)
  end)

  -- What an order comes to under a fault that is always there, whether it was made; and whether a read recovers when
  -- the fault strikes once. Outcome false: it was done.
  local FAULTS = {
    { "server_error", "in_doubt", "venue_error", false }, { "bad_gateway", "in_doubt", "venue_error", false },
    { "gateway_timeout", "in_doubt", "venue_error", false }, { "unavailable", "in_doubt", "maintenance", false },
    { "rate_limited:number=1", "unreached", "rate_limited", false },
    { "unauthorized", "unreached", "auth", false }, { "forbidden", "refused", "permission", false, stays = true },
    { "not_found", "refused", "not_found", false, stays = true },
    { "request_lost", "in_doubt", "unreachable", false },
    { "request_hangs", "in_doubt", "timeout", false, waits = true },
    { "latency:time=5ms", false, nil, true }, { "request_twice", false, nil, true },
    { "answer_late:time=60s", "in_doubt", "timeout", true, waits = true },
    { "answer_never", "in_doubt", "timeout", true, waits = true },
    { "answer_lost", "in_doubt", "unreachable", true }, { "answer_closed", "in_doubt", "unreachable", true },
    { "answer_cut", "in_doubt", "unreachable", true }, { "answer_garbled", "in_doubt", "bad_answer", true },
    { "answer_error", "in_doubt", "venue_error", true },
    { "answer_error:number=503", "in_doubt", "maintenance", true }, { "answer_twice", false, nil, true },
  }

  local function with_fault(client, text, what)
    local fault = admin(client, "POST", "faults", { fault = text })
    local results = table.pack(what())
    admin(client, "DELETE", "faults/" .. fault.id)
    return table.unpack(results, 1, results.n)
  end

  local function words(text, more) return text .. (text:find ":" and "," or ":") .. more end

  for _, row in ipairs(FAULTS) do
    local text, outcome, code, made = row[1], row[2], row[3], row[4]
    it("has an order under " .. text .. (outcome and " " .. outcome or " done"), function()
      local client <close> = open { tries = 2 }
      local answer, err, id = with_fault(client, words(text, "path=/orders,method=POST"), function()
        return order(client, row.waits and 2 * SECOND or 30 * SECOND)
      end)
      if outcome then
        assert.same({ outcome, code }, { err.outcome, err.code })
        assert.equal(outcome == "unreached" and 2 or 1, err.tries)
      else
        assert.is_true(answer.success)
      end
      assert.equal(made, is_made(client, id))
    end)

    it("has a read under one " .. text .. (row.stays and " refused" or " done"), function()
      local client <close> = open()
      local answer, err = with_fault(client, words(text, "path=/accounts,count=1"), function()
        return client:call { method = "GET", path = endpoints.accounts.path,
          patience = row.waits and 6 * SECOND or nil }
      end)
      if row.stays then return assert.equal(code, err.code) end
      assert.is_table(answer and answer.accounts, tostring(err))
      assert.is_string(assert(client:time()).epochMillis) -- no answer is taken for another one
    end)
  end

  it("makes good tokens by a clock that is wrong, and says by how much", function()
    for _, off in ipairs { -30, 200 } do
      local client <close> = open()
      with_fault(client, ("clock_skew:time=%ds"):format(off), function()
        assert.is_true(assert(order(client)).success)
        assert.is_true(math.abs(client:skew() - off * SECOND) < 2 * SECOND, client:skew())
        assert(client:accounts())
      end)
      assert(client:accounts()) -- it is right again: a token of 30 s ago is still good, one of the future is not
      if off > 0 then assert.is_true(math.abs(client:skew()) < 2 * SECOND, client:skew()) end
    end
  end)

  it("is refused with a key that the exchange does not know, and says no more than that", function()
    local key = require "neap.signer".new_key "ed25519"
    local path = home .. "/strange.json"
    assert(key:write { name = "organizations/o/apiKeys/strange", path = path })
    local client <close> = assert(coinbase.open { base = run.ready.rest, key_file = path })
    local none, err = client:accounts()
    assert.same({ "auth", "unreached", 2 }, not none and { err.code, err.outcome, err.tries })
  end)

  it("stays below the venue's rates by itself", function()
    local limited <close> = exchange_program.start("--market none", home)
    local client <close> = assert(coinbase.open { base = limited.ready.rest, key_file = limited.ready.key_file })
    for _ = 1, 35 do assert(client:key_permissions()) end
    for _ = 1, 12 do assert(client:time()) end
  end)

  it("trusts the certificate that it is given, and no other", function()
    local safe <close> = exchange_program.start("--market none", home, true)
    local ready = safe.ready
    assert.matches("^https://", ready.rest)
    local client <close> = assert(coinbase.open { base = ready.rest, ca = ready.cert, key_file = ready.key_file })
    assert(client:accounts())
    local strange <close> = assert(coinbase.open { base = ready.rest, key_file = ready.key_file })
    local none, err = strange:accounts()
    assert.same({ "tls", "unreached", 1 }, not none and { err.code, err.outcome, err.tries })
  end)

  it("reaches nobody where nobody is", function()
    local client <close> = assert(coinbase.open { base = "http://127.0.0.1:1", tries = 2 })
    local none, err = client:time()
    assert.same({ "unreachable", "unreached", 2 }, not none and { err.code, err.outcome, err.tries })
    assert.is_nil(err.status)
  end)
end)
