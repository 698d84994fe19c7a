-- SPDX-License-Identifier: MIT
-- neap account against a local exchange: the words, and what becomes of them when the network does not do its part.
local exchange_program = require "spec.support.exchange_program"
local http = require "spec.support.http"
local json = require "neap.json"
local program = require "spec.support.program"

local NOWHERE = "--base http://127.0.0.1:9 --key-file /nowhere/key.json" -- the port of discard, which nobody opens

describe("neap account", function()
  local home, venue

  setup(function() home = program.directory() end)
  teardown(function() program.remove(home) end)
  after_each(function()
    if venue then venue:close() end
    venue = nil
  end)

  local function start(words)
    venue = exchange_program.start("--seed 7 --no-rate-limits --market none " .. (words or ""), home)
    assert(venue.ready.rest, "the exchange has not started")
  end

  local function run(words, key_file)
    return program.run(("account %s --base %s --key-file %s"):format(words, venue.ready.rest,
      key_file or venue.ready.key_file), { directory = home })
  end

  -- The document of a word that must do.
  local function document(words)
    local text, complaint, code = run(words .. " --json")
    assert.equal(0, code, complaint)
    local told = assert(json.decode(text))
    assert.equal("neap.account/1", told.schema)
    assert.equal("exchange", told.mode)
    return told
  end

  local function error_of(text)
    local told = assert(json.decode(text:match "[^\n]+\n?$"))
    assert.equal("neap.error/1", told.schema)
    return told.error
  end

  local function balance(currency)
    for _, row in ipairs(document("show").balances) do
      if row.currency == currency then return row.total, row.held end
    end
    return "0"
  end

  local function client()
    return assert(require("neap.coinbase").open { base = venue.ready.rest, key_file = venue.ready.key_file })
  end

  local function fault(text)
    assert.equal(200, (http.ask(venue.ready.rest, "POST", "/neap/v1/faults", { body = json.encode { fault = text } })))
  end

  local function rest(quantity, limit, id)
    local own <close> = client()
    local answer = assert(own:create_order { client_order_id = id or "by-hand", product_id = "BTC-USD", side = "BUY",
      order_configuration = { limit_limit_gtc = { base_size = quantity, limit_price = limit } } })
    return assert(answer.success_response).order_id
  end

  local function wrong(words, message, more)
    local text, complaint, code = program.run(("account %s %s"):format(words, more or NOWHERE), { directory = home })
    assert.equal(2, code, words .. "\n" .. complaint)
    assert.equal("", text)
    assert.matches(message, complaint)
  end

  it("52: is refused with exit code 2 where a word is missing or malformed", function()
    wrong("", "WORD is missing")
    wrong("shwo", "none of .*did you mean show")
    wrong("convert USD:USDC", "a word is missing")
    wrong("convert USDUSDC 5 --yes", "'USDUSDC' is not FROM:TO")
    wrong("convert USD: 5 --yes", "is not FROM:TO")
    wrong("convert USD:USDC:EUR 5 --yes", "is not FROM:TO")
    wrong("convert usd:USD 5 --yes", "from and to are both USD")
    wrong("convert US$:USDC 5 --yes", "'US%$' is no currency")
    wrong("move a:b", "a word is missing")
    wrong("move a 5 USD --yes", "'a' is not FROM_PORTFOLIO:TO_PORTFOLIO")
    wrong("move a:b 5 USD more --yes", "'more' is one word too many")
    wrong("preview", "%-%-product is missing")
    wrong("preview --product BTC-USD", "%-%-side is missing")
    wrong("preview --product BTC-USD --side buy", "%-%-type is missing")
    wrong("preview --product BTC-USD --side buy --type limit --limit 5", "%-%-quantity is missing")
    wrong("preview --product BTC-USD --side buy --type limit --quantity 1", "needs limit")
    wrong("preview --product 'BTC USD' --side buy --type market --quantity 1", "is no product")
    wrong("preview --product BTC-USD --side bye --type market --quantity 1", "not one of buy, sell")
    wrong("edit abc", "nothing would change")
    wrong("edit 'a b' --limit 5 --yes", "is no order's id")
    wrong("show --product BTC-USD", "account show takes no %-%-product")
    wrong("preview --product BTC-USD --side buy --type market --quantity 1 --notional 2", "exclude each other")
  end)

  it("52: is refused with 2 for a profile or a product that is none; help is no refusal", function()
    for words, code in pairs { ["--help"] = 0, ["account --help"] = 0, ["account preview --help"] = 0,
      ["run x.lua --data BTC-USD=x.csv --profile nope"] = 2, ["backtest x.lua --data BTC-USD=x.csv --profile nope"] = 2,
      ["run x.lua --broker coinbase --product ''"] = 2, ["account preview --product ''"] = 2 } do
      local _, complaint, got = program.run(words, { directory = home, env = "NEAP_HOME=" .. home })
      assert.equal(code, got, words .. "\n" .. complaint)
      if code == 2 then assert.matches("nope", complaint .. (words:find "nope" and "" or "nope")) end
    end
  end)

  it("53: takes no amount that is none", function()
    for _, amount in ipairs { "abc", "0", "1e3", "5,1", ".5", "0x10", "nan", "1 2" } do
      wrong(("convert USD:USDC '%s' --yes"):format(amount), "amount")
      wrong(("preview --product BTC-USD --side buy --type market --quantity '%s'"):format(amount), "amount")
      wrong(("edit abc --limit '%s' --yes"):format(amount), "amount")
    end
    wrong("convert USD:USDC -5 --yes", "")
  end)

  it("58: looks at its words before anything else: no key, no network, no answer to a question", function()
    wrong("convert USD:USDC x --yes", "not an amount", "--base http://127.0.0.1:9")
    wrong("convert USD:USDC 5 --yes", "no key", "--base http://127.0.0.1:9")
    wrong("show", "only a loopback address is asked without TLS", "--base http://example.com --key-file /x")
    wrong("convert USD:USDC 5", "say %-%-yes")
    wrong("move a:b 5 USD", "say %-%-yes")
    wrong("edit abc --limit 5", "say %-%-yes")
    wrong("show", "/nowhere/key.json")
  end)

  it("takes no key of real money that others may read: exit code 5", function()
    local path = program.write(home .. "/open.json", "{}")
    os.execute("chmod 644 " .. path)
    local text, complaint, code = program.run("account show --json --base https://localhost.invalid --key-file " ..
      path, { directory = home })
    assert.equal(5, code, complaint)
    assert.equal("key_file_open", error_of(text).code)
  end)

  it("says that the venue is not reachable with exit code 6", function()
    start()
    local key_file = home .. "/kept.json"
    os.execute(("cp %s %s"):format(venue.ready.key_file, key_file))
    local base = venue.ready.rest
    venue:close()
    venue = nil
    for _, words in ipairs { "show", "fees", "convert USD:USDC 5 --yes", "edit abc --limit 5 --yes" } do
      local text, complaint, code = program.run(("account %s --json --base %s --key-file %s"):format(words, base,
        key_file), { directory = home })
      assert.equal(6, code, complaint)
      assert.equal("unreachable", error_of(text).code)
    end
  end)

  it("show tells balances, their value, the portfolio and what the key may do", function()
    start()
    rest("0.5", "40000")
    local told = document "show"
    assert.same({ "view", "trade", "transfer" }, { table.unpack(told.permissions) })
    assert.equal("Default", told.portfolio.name)
    assert.equal("USD", told.currency)
    assert.same({ currency = "USD", available = "79760", held = "20240", total = "100000", value = "100000" },
      told.balances[3])
    local text, complaint, code = run "show"
    assert.equal(0, code, complaint)
    assert.matches("^account +exchange http://127", text)
    assert.matches("key may +view, trade, transfer", text)
    assert.matches("USD +79760 +20240 +100000 +100000", text)
  end)

  it("show tells positions of derivatives", function()
    start "--accounts 2"
    local maker <close> = assert(require("neap.coinbase").open { base = venue.ready.rest,
      key_file = venue.ready.keys[2] })
    local own <close> = client()
    for i, side in ipairs { "SELL", "BUY" } do
      local answer = assert((i == 1 and maker or own):create_order { client_order_id = "f" .. i, side = side,
        product_id = "BIP-20DEC30-CDE",
        order_configuration = { limit_limit_gtc = { base_size = "3", limit_price = "60000" } } })
      assert.is_true(answer.success)
    end
    local position = document("show").positions[1]
    assert.equal("BIP-20DEC30-CDE long 3", ("%s %s %s"):format(position.product, position.side, position.quantity))
    assert.equal("60000", position.entry)
  end)

  it("fees tells the tier", function()
    start()
    local told = document "fees"
    assert.same({ "0.006", "0.012", "60", "120", "0" }, { told.maker, told.taker, told.maker_bps, told.taker_bps,
      told.volume })
    assert.matches("taker +0.012   120 bps", (run "fees"))
  end)

  it("convert quotes, then commits", function()
    start()
    local text, complaint, code = run "convert USD:USDC 100.5 --dry-run"
    assert.equal(0, code, complaint)
    assert.matches("convert  100.5 USD to USDC", text)
    assert.not_matches("done", text)
    assert.equal("100000", (balance "USDC"))
    text, complaint, code = run "convert USD:USDC 100.5 --yes"
    assert.equal(0, code, complaint)
    assert.matches("gets     100.5 USDC.*trade    %x+%-.*done     TRADE_STATUS_STARTED", text)
    assert.equal("100100.5", (balance "USDC"))
    local told = document "convert usdc:USD 0.5 --yes"
    assert.is_true(told.committed)
    assert.equal("0.5", told.trade.total)
    assert.equal("100100", (balance "USDC"))
  end)

  it("convert tells what the venue refuses", function()
    start()
    local text, _, code = run "convert USD:USDC 1000000 --yes --json"
    assert.equal(1, code)
    assert.is_string(error_of(text).code)
    text, _, code = run "convert USD:NONE 5 --yes --json"
    assert.equal(1, code)
    assert.matches("account is not available", error_of(text).message)
    assert.equal("100000", (balance "USD"))
  end)

  it("convert whose commit was not answered is in doubt: exit code 7 and the trade's id", function()
    start()
    fault "answer_lost:path=/convert/trade,method=POST,count=1"
    local text, complaint, code = run "convert USD:USDC 100 --yes"
    assert.equal(7, code, complaint)
    local id = text:match "trade    (%S+)"
    assert.truthy(complaint:find(id, 1, true))
    assert.matches("the venue says TRADE_STATUS_", complaint)
    assert.equal("100100", (balance "USDC"))
    fault "request_lost:path=/convert/trade,method=POST,count=1"
    text, complaint, code = run "convert USD:USDC 100 --yes --json"
    assert.equal(7, code, complaint)
    assert.equal("in_doubt", error_of(text).code)
    assert.matches("the venue says TRADE_STATUS_CREATED", error_of(text).message)
    assert.equal("100100", (balance "USDC"))
  end)

  it("convert whose quote was not answered has done nothing: exit code 6", function()
    start()
    fault "answer_lost:path=/convert/quote"
    local _, complaint, code = run "convert USD:USDC 100 --yes"
    assert.equal(6, code, complaint)
    assert.equal("100000", (balance "USDC"))
  end)

  it("waits where it is told that it is too fast, and asks again after a fault of the venue's", function()
    start()
    fault "rate_limited:count=1"
    fault "bad_gateway:count=1"
    assert.equal("100000", (balance "USD"))
    fault "rate_limited:path=/convert/trade,count=1"
    assert.is_true(document("convert USD:USDC 1 --yes").committed)
    assert.equal("99999", (balance "USD"))
    fault "server_error:path=/transaction_summary"
    local _, complaint, code = run "fees"
    assert.equal(6, code, complaint)
  end)

  it("move moves between portfolios by name, and by id", function()
    start()
    do
      local own <close> = client()
      assert(own:create_portfolio { name = "Reserve" })
    end
    local text, complaint, code = run "move Default:Reserve 1500.25 USD --yes"
    assert.equal(0, code, complaint)
    assert.matches("move   1500.25 USD.*from   Default .*, has 100000\nto     Reserve .*, has 0\ndone", text)
    assert.equal("98499.75", (balance "USD"))
    local told = document "move Default:Reserve 1 USD --dry-run"
    assert.is_false(told.moved)
    assert.equal("1500.25", told.to.available)
    told = document(("move %s:%s 500.25 usd --yes"):format(told.to.uuid, told.from.uuid))
    assert.is_true(told.moved)
    assert.equal("99000", (balance "USD"))
    text, complaint, code = run "move Default:Resreve 1 USD --yes --json"
    assert.equal(1, code, complaint)
    assert.equal("Reserve", error_of(text).nearest)
    assert.equal(1, select(3, run "move Reserve:Default 5000 USD --yes"))
  end)

  it("move whose answer was lost is in doubt, and says what there is", function()
    start()
    do
      local own <close> = client()
      assert(own:create_portfolio { name = "Reserve" })
    end
    fault "answer_lost:path=/move_funds,count=1"
    local _, complaint, code = run "move Default:Reserve 10 USD --yes"
    assert.equal(7, code, complaint)
    assert.matches("it had 100000 and has 99990 now", complaint)
  end)

  it("move wants a key that may", function()
    start()
    local _, body = http.ask(venue.ready.rest, "POST", "/neap/v1/keys",
      { body = json.encode { name = "looker", permissions = { "view" }, funds = { USD = "5" } } })
    local key_file = program.write(home .. "/looker.json", body)
    local text, complaint, code = run("convert USD:USDC 1 --yes --json", key_file)
    assert.equal(1, code, complaint)
    assert.equal("permission", error_of(text).code)
    assert.equal(0, select(3, run("show", key_file)))
  end)

  it("takes no answer that is half of one", function()
    start()
    fault "answer_garbled:path=/accounts"
    fault "answer_garbled:path=/transaction_summary"
    fault "answer_garbled:path=/convert/trade,count=1"
    for _, words in ipairs { "show", "fees" } do
      local text, complaint, code = run(words .. " --json")
      assert.equal(6, code, complaint)
      assert.equal("bad_answer", error_of(text).code)
    end
    local _, complaint, code = run "convert USD:USDC 5 --yes"
    assert.equal(7, code, complaint)
  end)

  it("preview says what an order would do, and places none", function()
    start()
    rest("1", "40000")
    local told = document "preview --product BTC-USD --side buy --type limit --quantity 0.1 --limit 50000"
    assert.is_true(told.would_be_taken)
    assert.same({ "5030", "30", "0.1", "40000" }, { told.total, told.fees, told.base, told.best_bid })
    local text, complaint, code = run "preview --product BTC-USD --side sell --type market --quantity 0.5"
    assert.equal(0, code, complaint)
    assert.matches("average price +40000", text)
    text, complaint, code = run "preview --product BTC-USD --side buy --type limit --quantity 100 --limit 50000"
    assert.equal(1, code, complaint)
    assert.matches("refused +PREVIEW_INSUFFICIENT_FUND", text)
    text = run "preview --product BTC-USD --side buy --type limit --quantity 100 --limit 50000 --json"
    assert.is_false(json.decode(text).would_be_taken)
    local own <close> = client()
    assert.equal(1, #assert(own:orders {}).orders)
  end)

  it("preview knows the venue's kinds of orders", function()
    start()
    rest("1", "40000")
    for words, refusal in pairs {
      ["limit --tif gtd --good-till 2099-01-01 --limit 41000"] = "END_TIME", ["limit --post-only --limit 30000"] = "",
      ["limit --tif ioc --limit 41000"] = "", ["limit --tif fok --limit 41000"] = "", ["market --notional 100"] = "",
      ["stop_limit --stop 50000 --limit 50000"] = "", ["bracket --limit 30000 --stop 50000"] = "",
    } do
      local size = words:find "notional" and "" or "--quantity 0.1"
      local text, complaint, code = run(("preview --product BTC-USD --side buy %s --type %s"):format(size, words))
      assert.matches("preview +buy", text, words .. complaint)
      assert.matches(code == 1 and "refused +PREVIEW_.*" .. refusal or "best bid", text, words .. text)
    end
    local stop = "preview --product BTC-USD --side buy --type stop_limit --quantity 1 --limit 5 --stop 4"
    wrong(stop .. " --tif ioc", "emulated")
    wrong("preview --product BTC-USD --side buy --type market --quantity 1 --post-only", "")
    wrong("preview --product BTC-USD --side buy --type limit --limit 5 --quantity 1 --good-till soon", "good%-till")
  end)

  it("edit changes what was asked for and leaves the rest", function()
    start()
    local id = rest("0.5", "40000", "mine-1")
    local text, complaint, code = run("edit " .. id .. " --limit 41000 --dry-run")
    assert.equal(0, code, complaint)
    assert.matches("limit +41000, was 40000\nquantity +0.5\n", text)
    local told = document("edit " .. id .. " --limit 41000 --yes")
    assert.is_true(told.edited)
    assert.equal("20746", select(2, balance "USD"))
    told = document "edit mine-1 --quantity 0.4 --yes"
    assert.same({ limit = "41000", quantity = "0.4" }, told.after)
    assert.equal("16596.8", select(2, balance "USD"))
  end)

  it("edit moves stops", function()
    start()
    rest("1", "40000")
    local own <close> = client()
    assert(own:create_order { client_order_id = "taker", product_id = "BTC-USD", side = "SELL",
      order_configuration = { market_market_ioc = { base_size = "0.1" } } })
    local answer = assert(own:create_order { client_order_id = "stop-1", product_id = "BTC-USD", side = "SELL",
      order_configuration = { stop_limit_stop_limit_gtc = { base_size = "0.5", limit_price = "38000",
        stop_price = "39000", stop_direction = "STOP_DIRECTION_STOP_DOWN" } } })
    assert.is_true(answer.success)
    local told = document "edit stop-1 --stop 38500 --yes"
    assert.same({ limit = "38000", quantity = "0.5", stop = "39000" }, told.before)
    assert.same({ limit = "38000", quantity = "0.5", stop = "38500" }, told.after)
    local order = assert(own:order(told.order_id)).order
    assert.equal("38500", order.order_configuration.stop_limit_stop_limit_gtc.stop_price)
  end)

  it("edit tells why not", function()
    start()
    local id = rest("0.5", "40000", "mine-1")
    local text, _, code = run("edit " .. id .. " --limit 40000 --yes --json")
    assert.equal(1, code)
    assert.matches("EDIT_REQUEST_EQUAL_TO_ORIGINAL_REQUEST", error_of(text).message)
    text, _, code = run "edit nothing --limit 40000 --yes --json"
    assert.equal(1, code)
    assert.equal("unknown_order", error_of(text).code)
  end)

  it("edit whose answer was lost is in doubt, and says what the order is now", function()
    start()
    local id = rest("0.5", "40000", "mine-1")
    fault "answer_lost:path=/orders/edit,method=POST,after=1,count=1" -- the preview's path begins alike
    local _, complaint, code = run("edit " .. id .. " --limit 41000 --yes")
    assert.equal(7, code, complaint)
    assert.truthy(complaint:find(id, 1, true))
    assert.matches("it has limit 41000, quantity 0.5", complaint)
  end)
end)
