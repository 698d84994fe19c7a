-- SPDX-License-Identifier: MIT
-- The local Coinbase behind its port, as a program that a client meets.
local exchange_program = require "spec.support.exchange_program"
local http = require "spec.support.http"
local json = require "neap.json"
local program = require "spec.support.program"

local PREFIX = "/api/v3/brokerage"

describe("neap.exchange", function()
  local before = {}
  for name in pairs(_G) do before[name] = true end
  local exchange = require "neap.exchange"
  local signer = require "neap.signer"
  local home

  setup(function() home = program.directory() end)
  teardown(function() program.remove(home) end)

  it("adds no global", function()
    for name in pairs(_G) do assert.is_true(before[name], name) end
  end)

  local function start(words) return exchange_program.start(words, home) end

  local function sign(ready, method, path)
    local key = assert(signer.open_key(ready.key_file))
    local uri = ("%s %s%s"):format(method, ready.rest:gsub("^http://", ""), path)
    return "Authorization: Bearer " .. assert(key:sign { now = require("neap.clock").real():now(), uri = uri,
      nonce = signer.random(16) })
  end

  it("replays a file as it is told to", function()
    local path = home .. "/bars.csv"
    local bars = { "time,open,high,low,close,volume" }
    for i = 0, 3 do bars[#bars + 1] = ("%d,5__,5__,5__,5__,5"):gsub("__", "0" .. i):format(1770298200 + i * 900) end
    program.write(path, table.concat(bars, "\n") .. "\n")
    for words, price in pairs { ["candles:from=2026-02-05T13:45:00Z"] = "501", ["BTC-USD=candles:prints=4"] = "500" } do
      local run <close> = start(("--speed 0 --from BTC-USD=%s --market %s"):format(path, words))
      local _, text = http.ask(run.ready.rest, "GET", PREFIX .. "/market/products/BTC-USD/ticker?limit=1", {})
      assert.truthy(json.decode(text).best_bid, text)
      assert.equal(price, json.decode(text).best_ask:match "^%d+", text)
    end
    for words, wanted in pairs { ["ETH-USD=candles:prints=4"] = "is of no file: --from ETH-USD=candles:FILE",
      ["trades:from=2026-02-05"] = "is of no file: --from PRODUCT=trades:FILE",
      ["candles:print=4"] = "unknown word 'print'", some = "is neither generated" } do
      local _, complaint, code = program.run(("exchange --plain --from BTC-USD=%s --market %s"):format(path, words))
      assert.equal(2, code)
      assert.truthy(complaint:find(wanted, 1, true), complaint)
    end
  end)

  it("answers at a speed that the machine cannot keep, and says how late it is", function()
    local run <close> = start "--market generated --speed 1000000 --start 2026-02-05T00:00:00Z --no-rate-limits"
    local times = {}
    for i = 1, 3 do
      local status, text = http.ask(run.ready.rest, "GET", PREFIX .. "/time", {})
      assert.equal(200, status)
      times[i] = tonumber(json.decode(text).epochMillis)
    end
    assert.is_true(times[1] < times[2] and times[2] < times[3])
    local _, text = http.ask(run.ready.rest, "GET", "/neap/v1/status")
    assert.is_true(tonumber(json.decode(text).late_ms) > 0, text)
  end)

  describe("refuses", function()
    local function refused(options, code)
      local made, err = exchange.open(options)
      assert.is_nil(made)
      assert.equal(code, err.code)
      return err
    end

    it("unknown options, with the nearest", function()
      assert.error_matches(function() exchange.open { sede = 1 } end, "unknown option 'sede'; did you mean 'seed'")
    end)

    it("an address that is not its own machine's", function()
      refused({ listen = "0.0.0.0:0", plain = true, market = { "none" } }, "not_loopback")
      refused({ listen = "127.0.0.1", plain = true, market = { "none" } }, "bad_address")
    end)

    it("amounts, speeds and files that are none", function()
      refused({ plain = true, market = { "none" }, funds = "USD=much" }, "usage")
      refused({ plain = true, market = { "none" }, funds = "usd" }, "usage")
      refused({ plain = true, market = { "none" }, speed = "fast" }, "usage")
      refused({ plain = true, market = { "none" }, speed = "0x2" }, "usage")
      refused({ plain = true, market = { "some" } }, "usage")
      refused({ plain = true, market = { "none" }, start = "yesterday" }, "usage")
      refused({ plain = true, market = { "none" }, price_band = "wide" }, "usage")
      refused({ plain = true, market = { "none" }, price_band = "-0.5" }, "usage")
      for _, name in ipairs { "visible_after", "cancel_after", "silence" } do
        assert.matches("^" .. name, refused({ plain = true, market = { "none" }, [name] = "soon" }, "usage").message)
      end
      refused({ plain = true, trades = { "BTC-USD=trades.csv" } }, "usage")
      assert.matches("nowhere.json", refused({ plain = true, products = "/nowhere.json" }, "cannot_read").message)
    end)

    it("them on the command line, too, and leaves nothing behind", function()
      local _, complaint, code = program.run("exchange --plain --listen 10.0.0.1:80", { directory = home })
      assert.matches("not an address of this machine alone", complaint)
      assert.equal(2, code)
      for _, words in ipairs { "--market generated:levels=0", "--market generated:trnd=1",
        "--market XYZ-USD=generated" } do
        assert.equal(2, select(3, program.run("exchange --plain " .. words, { directory = home })), words)
      end
      _, complaint, code = program.run("exchange --sede 3", { directory = home })
      assert.matches("did you mean %-%-seed", complaint)
      assert.equal(2, code)
    end)
  end)

  it("tells one line when it is ready, and goes without a trace", function()
    local key_file
    do
      local run <close> = start "--market none"
      assert.matches("^http://127.0.0.1:%d+$", run.ready.rest)
      assert.matches("^ws://127.0.0.1:%d+$", run.ready.ws)
      key_file = run.ready.key_file
      assert.equal("rw-------", require("lfs").attributes(key_file, "permissions"))
    end
    assert.is_nil(require("lfs").attributes(key_file, "mode"))
  end)

  it("lets nobody in who did not sign, and says only that", function()
    local run <close> = start "--market none --no-rate-limits"
    local path = PREFIX .. "/orders/historical/batch"
    local status, body = http.ask(run.ready.rest, "GET", path)
    assert.same({ 401, "Unauthorized\n" }, { status, body })
    local good = sign(run.ready, "GET", path)
    local let_in = http.ask(run.ready.rest, "GET", path, { headers = { good } })
    assert.equal(200, let_in)
    status, body = http.ask(run.ready.rest, "GET", path, { headers = { good:sub(1, -3) .. "AA" } })
    assert.same({ 401, "Unauthorized\n" }, { status, body })
    local other = sign(run.ready, "GET", PREFIX .. "/orders/historical/fills")
    assert.equal(401, (http.ask(run.ready.rest, "GET", path, { headers = { other } })))
  end)

  it("takes a cancel before it is done, where it is told to", function()
    local run <close> = start "--market none --speed 0 --no-rate-limits --cancel-after 300ms"
    local function ask(method, path, body)
      local _, text = http.ask(run.ready.rest, method, PREFIX .. path,
        { headers = { sign(run.ready, method, PREFIX .. path) }, body = body and json.encode(body) })
      return assert(json.decode(text))
    end
    local id = ask("POST", "/orders", { client_order_id = "c", product_id = "BTC-USD", side = "BUY",
      order_configuration = { limit_limit_gtc = { base_size = "0.01", limit_price = "60000" } } })
      .success_response.order_id
    assert.is_true(ask("POST", "/orders/batch_cancel", { order_ids = { id } }).results[1].success)
    local queued = ask("GET", "/orders/historical/" .. id).order
    assert.same({ "CANCEL_QUEUED", true }, { queued.status, queued.pending_cancel })
    http.ask(run.ready.rest, "POST", "/neap/v1/clock", { body = '{"advance":"300ms"}' })
    assert.equal("CANCELLED", ask("GET", "/orders/historical/" .. id).order.status)
  end)

  it("counts what is asked in a second", function()
    local run <close> = start "--market none"
    local answers = http.burst(run.ready.rest, PREFIX .. "/time", 25)
    assert.matches("HTTP/1.1 200", answers)
    assert.matches("HTTP/1.1 429", answers)
    assert.matches("rate_limit_exceeded", answers)
    assert.matches("[Rr]etry%-[Aa]fter: 1", answers)
  end)

  it("goes on from its state, and with no other settings", function()
    local state, name = home .. "/state", "resting"
    local path = PREFIX .. "/orders"
    local body = json.encode { client_order_id = name, product_id = "BTC-USD", side = "BUY", order_configuration = {
      limit_limit_gtc = { base_size = "0.01", limit_price = "40000.00", post_only = false } } }
    local first, second
    do
      local run <close> = start("--market none --state " .. state)
      first = run.ready
      local status, text = http.ask(first.rest, "POST", path, { headers = { sign(first, "POST", path) }, body = body })
      assert.equal(200, status)
      assert.is_true(json.decode(text).success, text)
    end
    do
      local run <close> = start("--state " .. state)
      second = run.ready
      local list = PREFIX .. "/orders/historical/batch"
      local _, text = http.ask(second.rest, "GET", list, { headers = { sign(second, "GET", list) } })
      local orders = json.decode(text).orders
      assert.same({ 1, name, "OPEN" }, { #orders, orders[1].client_order_id, orders[1].status })
      local out, complaint, code = program.run("exchange --plain --state " .. state, { directory = home })
      assert.equal("", out)
      assert.matches("another exchange", complaint)
      assert.equal(1, code)
    end
    assert.equal(first.key_file, second.key_file)
    local _, complaint, code = program.run("exchange --plain --seed 9 --state " .. state, { directory = home })
    assert.matches("made with no %-%-seed", complaint)
    assert.equal(1, code)
  end)

  it("is not bound by a start that failed, and takes no log without what it was made with", function()
    local state = home .. "/bound"
    local function complain(words)
      local all = "exchange --plain --until-input-ends --state %s %s </dev/null"
      return select(2, program.run(all:format(state, words), { directory = home }))
    end
    assert.matches("nowhere.json", complain "--products nowhere.json")
    local products = program.write(home .. "/products.json", '{"products":[{"product_id":"XRP-USD","price":"2",' ..
      '"base_increment":"0.01","quote_increment":"0.01","price_increment":"0.01","product_type":"SPOT",' ..
      '"status":"online","base_currency_id":"XRP","quote_currency_id":"USD"}],"num_products":1}')
    assert.matches("ended by input", complain("--market none --products " .. products))
    assert.matches("ended by input", complain "")
    program.write(products, program.read(products) .. " ")
    assert.matches("is another", complain "")
    os.remove(state .. "/exchange.json")
    assert.matches("no exchange.json", complain "")
  end)

  it("begins when it is told to, and its markets rest while it is away", function()
    local state, path = home .. "/away", PREFIX .. "/market/products/BTC-USD/candles"
    local began = 1767225600 -- 2026-01-01
    local function get(ready, place)
      local _, text = http.ask(ready.rest, "GET", place)
      return json.decode(text)
    end
    local function time(ready) return get(ready, PREFIX .. "/time").iso end
    do
      local run <close> = start("--no-rate-limits --start 2026-01-01 --state " .. state)
      assert.matches("^2026%-01%-01T00:00:%d%d", time(run.ready))
    end
    local run <close> = start("--no-rate-limits --state " .. state)
    assert.equal(os.date "!%Y-%m-%d", time(run.ready):sub(1, 10))
    local days = ("?granularity=ONE_DAY&start=%d&end=%d"):format(began + 86400, began + 300 * 86400)
    assert.same({}, get(run.ready, path .. days).candles)
  end)

  it("tells places that hold from any directory", function()
    local run <close> = start "--market none --state near"
    assert.equal(home .. "/near/key-1.json", run.ready.key_file)
    assert.equal(home .. "/near", run.ready.state)
  end)

  it("is not disturbed by a second one on its state", function()
    local state = home .. "/two"
    local running = assert(exchange.open { state = state, market = { "none" }, funds = "" })
    local certificate = program.read(running.cert)
    local none, err = exchange.open { state = state }
    assert.is_nil(none)
    assert.equal("locked", err.code)
    assert.equal(certificate, program.read(running.cert))
    running:close()
  end)

  it("writes down nothing that nobody may do", function()
    local state = home .. "/unsigned"
    local run <close> = start("--market none --no-rate-limits --state " .. state)
    local size = #program.read(state .. "/venue.log")
    local body = ("x"):rep(10000)
    assert.equal(401, (http.ask(run.ready.rest, "POST", PREFIX .. "/orders", { body = body })))
    assert.equal(size, #program.read(state .. "/venue.log"))
  end)

  it("loses nothing of a log that was cut in an entry, and takes no other file for one", function()
    local state = home .. "/cut"
    start("--market none --state " .. state):close()
    local log = program.read(state .. "/venue.log")
    program.write(state .. "/venue.log", log .. log:sub(9, 20))
    do
      local run <close> = start("--state " .. state)
      assert.matches("^http", run.ready.rest or "it did not start")
    end
    program.write(state .. "/venue.log", "something else entirely")
    local _, complaint, code = program.run("exchange --plain --state " .. state, { directory = home })
    assert.matches("not as it was written", complaint)
    assert.equal(1, code)
  end)

  it("is stepped in the process of its user, and closed twice", function()
    local running = assert(exchange.open { plain = true, market = { "none" }, funds = "", accounts = 2 })
    assert.equal(2, #running.keys)
    assert.is_true(running:step(0))
    assert.is_true(running:check())
    assert.matches("^exchange at http://127", tostring(running))
    running:close()
    running:close()
  end)
end)
