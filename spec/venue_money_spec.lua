-- SPDX-License-Identifier: MIT
-- The venue's accounts: wallets, portfolios, conversions, futures and perpetuals, what a trade costs.
local json = require "neap.json"
local clients = require "spec.support.venue_client"
local decimal = require "neap.decimal"
local streams = require "spec.support.streams"
local trader = require "spec.support.venue_trader"
local venues = require "neap.venue"

local START = "2026-01-01T12:00:00Z"

describe("the venue's money", function()
  local venue, user
  before_each(function()
    venue = assert(venues.new { seed = 7, start = START })
    user = clients.new(venue, { name = "user" })
    assert(venue:deposit(user.key, "USD", "1000"))
    assert(venue:deposit(user.key, "BTC", "0.5"))
    assert(venue:deposit(user.key, "USDC", "10.000001"))
  end)
  after_each(function()
    assert(venue:check())
    venue:close()
  end)

  local function refused(status, message, method, path, body)
    local got, tree = user:ask(method, path, body)
    assert.equal(status, got)
    assert.matches(message, tree.message)
    assert.is_string(tree.error)
    assert.is_string(tree.error_details)
  end

  local function default() return user:get("/portfolios").portfolios[1].uuid end

  describe("accounts", function()
    it("are the portfolio's wallets, oldest first", function()
      local list = user:get "/accounts"
      assert.equal(3, list.size)
      assert.is_false(list.has_next)
      assert.equal("", list.cursor)
      local first = list.accounts[1]
      assert.same({ "USD", "USD Wallet", "ACCOUNT_TYPE_FIAT" }, { first.currency, first.name, first.type })
      assert.same({ value = "1000", currency = "USD" }, first.available_balance)
      assert.same({ value = "0", currency = "USD" }, first.hold)
      assert.equal("ACCOUNT_TYPE_CRYPTO", list.accounts[2].type)
      assert.equal(json.null, first.deleted_at)
      assert.equal(START, first.created_at)
      assert.equal(default(), first.retail_portfolio_id)
    end)

    it("come in pages that hold each of them once", function()
      local seen, cursor, pages = {}, "", 0
      repeat
        local page = user:get("/accounts?limit=2&cursor=" .. cursor)
        for _, account in ipairs(page.accounts) do seen[#seen + 1] = account.currency end
        assert.equal(#page.accounts, page.size)
        cursor, pages = page.cursor, pages + 1
        assert.equal(cursor ~= "", page.has_next)
      until not page.has_next
      assert.same({ "USD", "BTC", "USDC" }, seen)
      assert.equal(2, pages)
      assert.equal(3, user:get("/accounts?limit=100000").size)
      assert.equal(0, user:get("/accounts?cursor=99").size)
      refused(400, "limit must be", "GET", "/accounts?limit=none")
      assert.equal(3, user:get("/accounts?limit=0").size)
    end)

    it("are found by their id, by their own user alone", function()
      local uuid = user:get("/accounts").accounts[2].uuid
      assert.equal("BTC", user:get("/accounts/" .. uuid).account.currency)
      refused(404, "account not found", "GET", "/accounts/nothing")
      local other = clients.new(venue, { name = "other" })
      assert.equal(404, (other:ask("GET", "/accounts/" .. uuid)))
      assert.equal(0, other:get("/accounts").size)
    end)

    it("say what a key may do, and have a bank", function()
      local viewer = clients.new(venue, { name = "viewer", permissions = { "view" }, beside = user.key })
      assert.same({ can_view = true, can_trade = false, can_transfer = false, portfolio_uuid = default(),
        portfolio_type = "DEFAULT" }, viewer:get "/key_permissions")
      assert.equal(3, viewer:get("/accounts").size)
      local method = user:get("/payment_methods").payment_methods[1]
      assert.equal("USD", method.currency)
      assert.same(method, user:get("/payment_methods/" .. method.id).payment_method)
      refused(404, "payment method not found", "GET", "/payment_methods/nothing")
    end)
  end)

  describe("portfolios", function()
    it("are made, named and deleted, never while they hold money", function()
      local made = user:post("/portfolios", { name = "Second" }).portfolio
      assert.same({ "Second", "CONSUMER", false }, { made.name, made.type, made.deleted })
      assert.equal("Third", user:put("/portfolios/" .. made.uuid, { name = "Third" }).portfolio.name)
      assert.equal(2, #user:get("/portfolios").portfolios)
      assert.equal(1, #user:get("/portfolios?portfolio_type=CONSUMER").portfolios)
      assert.equal(0, #user:get("/portfolios?portfolio_type=INTX").portfolios)
      local move = { funds = { value = "1", currency = "USD" }, source_portfolio_uuid = default(),
        target_portfolio_uuid = made.uuid }
      user:post("/portfolios/move_funds", move)
      refused(400, "must be empty", "DELETE", "/portfolios/" .. made.uuid)
      move.source_portfolio_uuid, move.target_portfolio_uuid = made.uuid, default()
      user:post("/portfolios/move_funds", move)
      assert.same({}, user:delete("/portfolios/" .. made.uuid))
      assert.equal(1, #user:get("/portfolios").portfolios)
      refused(404, "portfolio not found", "GET", "/portfolios/" .. made.uuid)
      refused(400, "default portfolio cannot", "DELETE", "/portfolios/" .. default())
    end)

    it("have names of their own", function()
      refused(400, "name must be", "POST", "/portfolios", {})
      refused(400, "name must be", "POST", "/portfolios", { name = "" })
      refused(400, "name must be", "POST", "/portfolios", { name = ("x"):rep(64) })
      refused(400, "exists already", "POST", "/portfolios", { name = "Default" })
      assert.equal("Default", user:put("/portfolios/" .. default(), { name = "Default" }).portfolio.name)
      local other = clients.new(venue, { name = "other" })
      assert.equal(404, (other:ask("PUT", "/portfolios/" .. default(), { name = "mine" })))
      assert.equal(404, (other:ask("GET", "/portfolios/" .. default())))
    end)

    it("give money to one another, exactly", function()
      local second = user:post("/portfolios", { name = "Second" }).portfolio.uuid
      local function move(value, currency, from, to)
        return { funds = { value = value, currency = currency }, source_portfolio_uuid = from,
          target_portfolio_uuid = to }
      end
      local path = "/portfolios/move_funds"
      assert.same({ source_portfolio_uuid = default(), target_portfolio_uuid = second },
        user:post(path, move("0.00000001", "BTC", default(), second)))
      assert.equal("0.49999999", (user:balance "BTC"))
      local refusals = {
        { 400, "Insufficient balance in source account", move("1000.01", "USD", default(), second) },
        { 400, "Insufficient balance in source account", move("1", "DOGE", default(), second) },
        { 400, "same", move("1", "USD", default(), default()) },
        { 404, "portfolio not found", move("1", "USD", default(), "nothing") },
        { 404, "portfolio not found", move("1", "USD", nil, second) },
        { 400, "amount over zero", move("-1", "USD", default(), second) },
        { 400, "amount over zero", move("0", "USD", default(), second) },
        { 400, "amount over zero", move("much", "USD", default(), second) },
        { 400, "funds must be", move("1", nil, default(), second) },
        { 400, "funds must be", { source_portfolio_uuid = default() } },
      }
      for _, case in ipairs(refusals) do refused(case[1], case[2], "POST", path, case[3]) end
      assert.equal("1000", (user:balance "USD"))
      local broker = clients.new(venue, { name = "trader", permissions = { "view", "trade" }, beside = user.key })
      local status, tree = broker:ask("POST", path, move("1", "USD", default(), second))
      assert.same({ 403, "PERMISSION_DENIED" }, { status, tree.error })
    end)

    it("are worth what the last prices say", function()
      local breakdown = user:get("/portfolios/" .. default()).breakdown
      local balances = breakdown.portfolio_balances
      assert.same({ value = "1010.000001", currency = "USD" }, balances.total_cash_equivalent_balance)
      assert.equal("32543.09", balances.total_crypto_balance.value)
      assert.equal("33553.090001", balances.total_balance.value)
      local bitcoin = breakdown.spot_positions[2]
      assert.same({ "BTC", false }, { bitcoin.asset, bitcoin.is_cash })
      assert.equal("32543.09", tostring(bitcoin.total_balance_fiat))
      local told = user:get("/portfolios/" .. default() .. "?currency=BTC").breakdown.portfolio_balances
      assert.equal("BTC", told.total_balance.currency)
      assert.equal("0.5", told.total_crypto_balance.value)
    end)
  end)

  describe("conversions", function()
    local function quote(from, to, amount)
      return { from_account = from, to_account = to, amount = amount }
    end

    it("are quoted, committed once and completed", function()
      local quoted = user:post("/convert/quote", quote("USD", "USDC", "100.123")).trade
      assert.equal("TRADE_STATUS_CREATED", quoted.status)
      assert.same({ value = "100.123", currency = "USDC" }, quoted.total)
      assert.equal("1000", (user:balance "USD"))
      local path = "/convert/trade/" .. quoted.id
      assert.equal("TRADE_STATUS_STARTED", user:post(path, quote("USD", "USDC")).trade.status)
      assert.equal("TRADE_STATUS_STARTED", user:post(path, quote("USD", "USDC")).trade.status)
      assert.same({ "899.877", "110.123001" }, { (user:balance "USD"), (user:balance "USDC") })
      venue:advance "2026-01-01T12:00:01Z"
      assert.equal("TRADE_STATUS_COMPLETED", user:get(path .. "?from_account=USD&to_account=USDC").trade.status)
    end)

    it("take the book's price, rounded to what the currency has", function()
      local quoted = user:post("/convert/quote", quote("BTC", "USD", "0.00012345")).trade
      assert.equal("8.03", quoted.total.value)
      assert.equal("65086.18", quoted.exchange_rate.value)
      local wallets = user:get("/accounts").accounts
      assert.same({ wallets[2].uuid, wallets[1].uuid }, { quoted.source_id, quoted.target_id })
      assert.equal("0.00015364", user:post("/convert/quote", quote("USD", "BTC", "10")).trade.total.value)
      local by_id = user:post("/convert/quote", quote(wallets[1].uuid, wallets[2].uuid, "10")).trade
      assert.same({ "USD", "BTC" }, { by_id.source_currency, by_id.target_currency })
    end)

    it("expire, and are refused where they cannot be", function()
      local id = user:post("/convert/quote", quote("USD", "USDC", "1000")).trade.id
      refused(404, "trade not found", "GET", "/convert/trade/nothing")
      refused(400, "between other accounts", "POST", "/convert/trade/" .. id, quote("USD", "BTC"))
      refused(400, "account is not available", "POST", "/convert/quote", quote("USD", "NOTHING", "1"))
      refused(400, "account is not available", "POST", "/convert/quote", { amount = "1" })
      refused(400, "same currency", "POST", "/convert/quote", quote("USD", "USD", "1"))
      refused(400, "amount must be", "POST", "/convert/quote", quote("USD", "USDC", "0"))
      refused(400, "cannot be converted", "POST", "/convert/quote", quote("BTC", "USD", "0.0000000001"))
      refused(400, "Insufficient balance", "POST", "/convert/quote", quote("USD", "USDC", "1000.01"))
      local other = clients.new(venue, { name = "other" })
      assert.equal(404, (other:ask("GET", "/convert/trade/" .. id)))
      assert(venue:deposit(user.key, "USD", "-1"))
      refused(400, "Insufficient balance", "POST", "/convert/trade/" .. id, {})
      venue:advance "2026-01-01T12:10:00Z"
      refused(400, "has expired", "POST", "/convert/trade/" .. id, {})
      assert.equal("TRADE_STATUS_CANCELED", user:get("/convert/trade/" .. id).trade.status)
    end)
  end)

  it("tells the fee tier, and volumes as numbers", function()
    local summary = user:get "/transaction_summary"
    assert.same({ 0, 0 }, { summary.total_volume, summary.advanced_trade_only_fees })
    assert.equal("33553.090001", summary.total_balance)
    local tier = summary.fee_tier
    assert.same({ "Advanced 1", "0", "1000", "0.012", "0.006" },
      { tier.pricing_tier, tier.usd_from, tier.usd_to, tier.taker_fee_rate, tier.maker_fee_rate })
  end)

  describe("futures", function()
    it("are backed by all of the dollars", function()
      local summary = user:get("/cfm/balance_summary").balance_summary
      assert.equal("1000", summary.futures_buying_power.value)
      assert.equal("1000", summary.cbi_usd_balance.value)
      assert.same({ value = "0", currency = "USD" }, summary.initial_margin)
      assert.same({}, user:get("/cfm/positions").positions)
      refused(404, "position not found", "GET", "/cfm/positions/BIP-20DEC30-CDE")
      refused(404, "position not found", "GET", "/cfm/positions/nothing")
    end)

    it("sweep once at a time, at the next payout", function()
      refused(400, "Insufficient balance", "POST", "/cfm/sweeps/schedule", { usd_amount = "1000.01" })
      refused(400, "usd_amount must be", "POST", "/cfm/sweeps/schedule", { usd_amount = "some" })
      assert.same({ success = true }, user:post("/cfm/sweeps/schedule", { usd_amount = "5" }))
      local sweep = user:get("/cfm/sweeps").sweeps[1]
      assert.same({ "5", false, "PENDING", "2026-01-01T17:00:00Z" },
        { sweep.requested_amount.value, sweep.should_sweep_all, sweep.status, sweep.scheduled_time })
      refused(400, "pending already", "POST", "/cfm/sweeps/schedule", {})
      assert.same({ success = true }, user:delete "/cfm/sweeps")
      assert.same({ success = false }, user:delete "/cfm/sweeps")
      assert.same({ success = true }, user:post("/cfm/sweeps/schedule", {}))
      assert.is_true(user:get("/cfm/sweeps").sweeps[1].should_sweep_all)
      venue:advance "2026-01-01T17:00:00Z"
      assert.same({}, user:get("/cfm/sweeps").sweeps)
      user:post("/cfm/sweeps/schedule", {})
      assert.equal("2026-01-02T17:00:00Z", user:get("/cfm/sweeps").sweeps[1].scheduled_time)
    end)

    it("keep the margin setting, and tell the window", function()
      local path = "/cfm/intraday/margin_setting"
      assert.equal("INTRADAY_MARGIN_SETTING_STANDARD", user:get(path).setting)
      assert.same({}, user:post(path, { setting = "INTRADAY_MARGIN_SETTING_INTRADAY" }))
      assert.equal("INTRADAY_MARGIN_SETTING_INTRADAY", user:get(path).setting)
      refused(400, "setting must be", "POST", path, { setting = "setting_1" })
      local window = user:get("/cfm/intraday/current_margin_window").margin_window
      assert.same({ "FCM_MARGIN_WINDOW_TYPE_OVERNIGHT", "2026-01-01T13:00:00Z" },
        { window.margin_window_type, window.end_time })
      venue:advance "2026-01-01T13:00:00Z"
      assert.same({ margin_window_type = "FCM_MARGIN_WINDOW_TYPE_INTRADAY", end_time = "2026-01-01T21:00:00Z" },
        user:get("/cfm/intraday/current_margin_window").margin_window)
      venue:advance "2026-01-01T21:00:00Z"
      assert.equal("2026-01-02T13:00:00Z",
        user:get("/cfm/intraday/current_margin_window").margin_window.end_time)
    end)
  end)

  describe("perpetuals", function()
    it("are backed by the portfolio's USDC", function()
      local tree = user:get("/intx/portfolio/" .. default())
      assert.equal("10.000001", tree.summary.total_balance.value)
      assert.equal("10.000001", tree.portfolios[1].collateral)
      assert.same({}, user:get("/intx/positions/" .. default()).positions)
      refused(404, "position not found", "GET", "/intx/positions/" .. default() .. "/BTC-PERP-INTX")
      refused(404, "portfolio not found", "GET", "/intx/positions/nothing")
      local balances = user:get("/intx/balances/" .. default()).portfolio_balances[1].balances
      assert.same({ "USDC", "10.000001", "1" },
        { balances[3].asset.asset_id, balances[3].quantity, balances[3].collateral_weight })
    end)

    it("are allocated money, and keep the collateral setting", function()
      local ask = { portfolio_uuid = default(), symbol = "BTC-PERP-INTX", amount = "10", currency = "USDC" }
      assert.same({}, user:post("/intx/allocate", ask))
      ask.amount = "11"
      refused(400, "Insufficient balance", "POST", "/intx/allocate", ask)
      ask.symbol = "BTC-USD"
      refused(400, "must be a perpetual", "POST", "/intx/allocate", ask)
      local path = "/intx/multi_asset_collateral"
      assert.is_true(user:post(path, { portfolio_uuid = default(), multi_asset_collateral_enabled = true })
        .cross_collateral_enabled)
      refused(400, "must be true or false", "POST", path, { portfolio_uuid = default() })
    end)
  end)

  it("takes amounts as plain decimals in strings alone", function()
    local ask = { amount = "1", currency = "USDC", from_account = "USD", to_account = "USDC",
      portfolio_uuid = default(),
      symbol = "BTC-PERP-INTX", source_portfolio_uuid = default(),
      target_portfolio_uuid = user:post("/portfolios", { name = "second" }).portfolio.uuid }
    for _, amount in ipairs { 1, 0.5, "1e1", "+1", " 1", "1 ", "-1", "0", true } do
      ask.amount, ask.funds, ask.usd_amount = amount, { value = amount, currency = "USD" }, amount
      for _, path in ipairs { "/convert/quote", "/portfolios/move_funds", "/cfm/sweeps/schedule", "/intx/allocate" } do
        refused(400, "must be an amount over zero", "POST", path, ask)
      end
    end
  end)

  it("refuses words that the venue does not have, and passes over those for none", function()
    for name, path in pairs { portfolio_type = "/portfolios", product_type = "/transaction_summary",
      contract_expiry_type = "/transaction_summary", product_venue = "/transaction_summary",
      margin_profile_type = "/cfm/intraday/current_margin_window" } do
      refused(400, name .. " 'SOMETHING' is not known", "GET", ("%s?%s=SOMETHING"):format(path, name))
    end
    assert.same(user:get "/transaction_summary", user:get("/transaction_summary?product_type=UNKNOWN_PRODUCT_TYPE"
      .. "&contract_expiry_type=UNKNOWN_CONTRACT_EXPIRY_TYPE&product_venue=UNKNOWN_VENUE_TYPE"))
    assert.equal(1, #user:get("/portfolios?portfolio_type=UNDEFINED").portfolios)
    assert.equal(0, #user:get("/portfolios?portfolio_type=INTX").portfolios)
    assert.is_table(user:get("/cfm/intraday/current_margin_window?margin_profile_type=MARGIN_PROFILE_TYPE_UNSPECIFIED"))
  end)

  describe("the older API", function()
    it("says what is wrong in a form of its own", function()
      local blind = clients.new(venue, { name = "blind", permissions = { "trade" } })
      for _, case in ipairs {
        { 404, "not_found", user, "GET", "/v2/nothing" },
        { 405, "method_not_allowed", user, "POST", "/v2/time" },
        { 403, "invalid_scope", blind, "GET", "/v2/accounts" },
      } do
        local status, tree = case[3]:ask(case[4], case[5])
        assert.same({ case[1], case[2] }, { status, tree.errors[1].id })
        assert.is_string(tree.errors[1].message)
      end
    end)

    it("tells currencies, rates and the time without a key", function()
      local nobody = clients.new(venue, 0)
      assert.same({ { id = "USD", name = "US Dollar", min_size = "0.01000000" } }, nobody:get("/v2/currencies").data)
      local names = {}
      for _, asset in ipairs(nobody:get("/v2/currencies/crypto").data) do names[asset.code] = asset.name end
      assert.same({ "Bitcoin", "Ethereum" }, { names.BTC, names.ETH })
      assert.is_nil(names.BIP)
      local rates = nobody:get("/v2/exchange-rates").data
      assert.same({ "USD", "1", "1" }, { rates.currency, rates.rates.USD, rates.rates.USDC })
      assert.equal("65086.18", nobody:get("/v2/exchange-rates?currency=BTC").data.rates.USD)
      local status, tree = nobody:ask("GET", "/v2/exchange-rates?currency=NOTHING")
      assert.same({ 400, "invalid_request" }, { status, tree.errors[1].id })
      assert.same({ iso = START, epoch = 1767268800 }, nobody:get("/v2/time").data)
    end)

    it("pages through wallets for whoever may see them", function()
      assert.equal(401, (clients.new(venue, 0):ask("GET", "/v2/accounts")))
      local page = user:get "/v2/accounts?limit=2"
      assert.same({ "fiat", "1000" }, { page.data[1].type, page.data[1].balance.amount })
      local rest = user:get(page.pagination.next_uri)
      assert.equal("USDC", rest.data[1].balance.currency)
      assert.equal(json.null, rest.pagination.next_uri)
      local status, tree = user:ask("GET", "/v2/accounts?limit=none")
      assert.same({ 400, "Limit is invalid" }, { status, tree.errors[1].message })
    end)
  end)

  describe("after trades", function()
    local maker, FUTURE, PERPETUAL = nil, { product_id = "BIP-20DEC30-CDE" }, { product_id = "BTC-PERP-INTX" }
    before_each(function()
      maker = trader.new(venue, "maker", { USD = "1000000", USDC = "1000000", BTC = "10" })
      user = setmetatable({ key = user.key, venue = venue, name = "user", sent = 0, product = "BTC-USD" }, trader)
    end)

    local function quote(side, size, price, more)
      maker:place(side, "limit_limit_gtc", { base_size = size, limit_price = price }, more)
    end
    local function take(side, size, more) user:place(side, "market_market_ioc", { base_size = size }, more) end

    it("the summary has their volume and fees, and the tier follows with the hour", function()
      quote("BUY", "0.5", "60000")
      take("SELL", "0.1")
      local summary = user:get "/transaction_summary"
      assert.same({ 6000, 72, 6000, "Advanced 1" }, { summary.total_volume, summary.total_fees,
        summary.volume_breakdown[1].volume, summary.fee_tier.pricing_tier })
      assert.equal("6928", (user:balance "USD"))
      assert.equal(0, user:get("/transaction_summary?product_type=FUTURE").total_volume)
      -- of FUTURE alone
      assert.equal(6000, user:get("/transaction_summary?contract_expiry_type=PERPETUAL").total_volume)
      assert.equal(0, user:get("/transaction_summary?product_venue=INTX").total_volume)
      assert.equal(6000, user:get("/transaction_summary?product_type=SPOT&product_venue=CBE").total_volume)
      venue:advance "2026-01-01T13:00:00Z"
      assert.equal("Advanced 2", user:get("/transaction_summary").fee_tier.pricing_tier)
      take("SELL", "0.1") -- 0.6 % now
      assert.equal("12892", (user:balance "USD"))
      venue:advance "2026-01-31T13:00:00Z"
      assert.equal("Advanced 2", user:get("/transaction_summary").fee_tier.pricing_tier)
      venue:advance "2026-01-31T14:00:01Z"
      summary = user:get "/transaction_summary"
      assert.same({ 0, "Advanced 1" }, { summary.total_volume, summary.fee_tier.pricing_tier })
    end)

    it("a future is told with its gain, its margin and its fees", function()
      quote("SELL", "4", "60000", FUTURE) -- a hundredth of a bitcoin each
      quote("BUY", "1", "59000", FUTURE)
      assert(venue:deposit(user.key, "USD", "9000"))
      take("BUY", "4", FUTURE)
      take("SELL", "1", FUTURE) -- realizes 590 - 600
      local position = user:get("/cfm/positions/BIP-20DEC30-CDE").position
      assert.same({ "LONG", "3", "60000", "59000", "-30", "-10" }, { position.side, position.number_of_contracts,
        position.avg_entry_price, position.current_price, position.unrealized_pnl, position.daily_realized_pnl })
      assert.same({ "35.88", "1770", "1" },
        { position.total_fees.value, position.im_contribution.value, position.leverage })
      assert.same({ position }, user:get("/cfm/positions").positions)
      local summary = user:get("/cfm/balance_summary").balance_summary
      assert.same({ "9954.12", "-30", "-10", "1770", "8154.12" }, { summary.total_usd_balance.value,
        summary.unrealized_pnl.value, summary.daily_realized_pnl.value, summary.initial_margin.value,
        summary.futures_buying_power.value })
      refused(400, "Insufficient balance", "POST", "/cfm/sweeps/schedule", { usd_amount = "8154.13" })
      local short = maker:get("/cfm/positions/BIP-20DEC30-CDE").position
      assert.same({ "SHORT", "3" }, { short.side, short.number_of_contracts })
      quote("BUY", "3", "59000", FUTURE)
      take("SELL", "3", FUTURE)
      assert.same({}, user:get("/cfm/positions").positions)
      assert.equal("9902.88", (user:balance "USD"))
    end)

    it("streams tell the same balance, in cents", function()
      quote("SELL", "4", "60000", FUTURE)
      assert(venue:deposit(user.key, "USD", "9000"))
      take("BUY", "4", FUTURE)
      user:place("BUY", "limit_limit_gtc", { base_size = "1", limit_price = "50000" }, FUTURE)
      local client = streams.connect(venue)
      client:subscribe("futures_balance_summary", nil, tostring(user.key))
      local told = client:frames("futures_balance_summary")[1].events[1].fcm_balance_summary
      client:close()
      local compared = 0
      for name, amount in pairs(user:get("/cfm/balance_summary").balance_summary) do
        if amount.currency then
          assert.equal(decimal(amount.value):round(2), decimal(told[name]), name)
          compared = compared + 1
        end
      end
      assert.equal(11, compared)
    end)

    it("a perpetual asks for its value by its leverage, and its profit may not be moved", function()
      assert(venue:deposit(user.key, "USDC", "989.999999"))
      quote("SELL", "0.05", "60000", PERPETUAL)
      user:place("BUY", "market_market_ioc", { base_size = "0.05" },
        { product_id = "BTC-PERP-INTX", leverage = "5", margin_type = "CROSS" })
      quote("BUY", "1", "60100", PERPETUAL)
      local third = trader.new(venue, "third", { USDC = "1000" })
      third:place("SELL", "market_market_ioc", { base_size = "0.01" }, PERPETUAL)
      local tree = user:get("/intx/positions/" .. default() .. "/BTC-PERP-INTX").position
      assert.same({ "POSITION_SIDE_LONG", "0.05", "60000", "60100", "5", "5", "601" }, { tree.position_side,
        tree.net_size, tree.vwap.value, tree.mark_price.value, tree.unrealized_pnl.value, tree.leverage,
        tree.im_notional.value })
      local summary = user:get("/intx/portfolio/" .. default()).portfolios[1]
      -- 1000 less the fee of 36; what is asked for is 601.
      assert.same({ "964", "969", "363", "368" }, { summary.collateral, summary.total_balance.value,
        summary.max_withdrawal.value, summary.buying_power.value })
      local second = user:post("/portfolios", { name = "Second" }).portfolio.uuid
      local move = { funds = { value = "363.01", currency = "USDC" }, source_portfolio_uuid = default(),
        target_portfolio_uuid = second }
      refused(400, "Insufficient balance", "POST", "/portfolios/move_funds", move)
      move.funds.value = "363"
      user:post("/portfolios/move_funds", move)
      local breakdown = user:get("/portfolios/" .. default()).breakdown
      assert.equal("5", breakdown.portfolio_balances.perp_unrealized_pnl.value)
      assert.equal("0.05", breakdown.perp_positions[1].net_size)
    end)
  end)
end)
