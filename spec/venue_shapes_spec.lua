-- SPDX-License-Identifier: MIT
-- Every example of an answer or frame of the venue in ../shared against what ours answers: members, types, words.
local busy_venue = require "spec.support.busy_venue"
local examples = require "spec.support.examples"
local json = require "neap.json"
local likeness = require "spec.support.likeness"
local streams = require "spec.support.streams"

local function set(...)
  local out = {}
  for _, name in ipairs { ... } do out[name] = true end
  return out
end

-- --- how each answer is asked for ------------------------------------------------------------------------------------

local function get(path, who)
  return function(world)
    local named = path:gsub("{(%w+)}", world)
    return world[who or "user"]:ask("GET", named)
  end
end

local function post(path, body)
  return function(world)
    local asked = type(body) == "function" and body(world) or body or {}
    return world.user:ask("POST", (path:gsub("{(%w+)}", world)), asked)
  end
end

local function order(product, side, kind, fields)
  return function(world)
    world.count = world.count + 1
    return { client_order_id = "shape-" .. world.count, product_id = product, side = side,
      order_configuration = { [kind] = fields } }
  end
end

local BUY = post("/orders", order("BTC-USD", "BUY", "market_market_ioc", { quote_size = "10" }))
local TICKER = { ask = get "/products/BTC-USDC/ticker?limit=1", rules = { enums = { side = "OrderSide" } } }
local FILLS = { ask = get "/orders/historical/fills" }
local POSITION_SIDE = { "POSITION_SIDE_LONG", "POSITION_SIDE_SHORT" }
local BREAKDOWN_SIDE = { "FUTURES_POSITION_SIDE_LONG", "FUTURES_POSITION_SIDE_SHORT" }
local MARGIN_TYPE = { "MARGIN_TYPE_CROSS", "MARGIN_TYPE_ISOLATED" }
local ORDER_WORDS = { status = "OrderExecutionStatus" }
local TRADE = { enums = { status = "ConvertTradeStatus" }, empty = set("user_warnings", "tax_details") }
local CFM = { plain_money = true, enums = { side = "FCMPositionSide" } }
local PERPETUAL = { enums = { position_side = POSITION_SIDE, margin_type = MARGIN_TYPE } }
local CONTRACTS = { enums = { status = { "" } }, empty = set "alias_to", loose = set "funding_time",
  any = set "funding_time", null = set "maintenance" }
local PRODUCTS = { enums = { status = { "online", "delisted", "" } } }
-- Examples of orders that show all of both answers, or members that the venue no longer has.
local ONE_ANSWER = set("error_response", "success_response", "errors")

local OTHER_API = { elsewhere = "of Coinbase Exchange, another venue with another API" }
local WALLET_API = { elsewhere = "of banks and chains, of which a local venue has none" }

local CASES = {
  ["docs: create accepted (older"] = { ask = BUY },
  ["docs: create accepted, 2024-05"] = { ask = BUY, rules = { absent = set("failure_reason", "order_id") } },
  ["docs: create rejected: funds"] = {
    ask = post("/orders", order("BTC-USD", "BUY", "market_market_ioc", { quote_size = "50000000" })),
    rules = { enums = { error = "NewOrderFailureReason" } } },
  ["docs: create rejected: stop price"] = {
    ask = post("/orders", order("BTC-USD", "BUY", "stop_limit_stop_limit_gtc",
      { base_size = "0.1", limit_price = "100", stop_price = "90", stop_direction = "STOP_DIRECTION_STOP_UP" })),
    rules = { enums = { error = "NewOrderFailureReason" } } },
  ["docs: create rejected: post-only"] = {
    ask = post("/orders", order("BTC-USD", "BUY", "limit_limit_gtc",
      { base_size = "0.1", limit_price = "66000", post_only = true })),
    rules = { enums = { error = "NewOrderFailureReason" } } },
  ["docs: batch_cancel mixed"] = {
    ask = post("/orders/batch_cancel", function(world) return { order_ids = { world.open, "1111-111111" } } end) },
  ["docs: edit accepted"] = {
    ask = post("/orders/edit", function(world) return { order_id = world.open, price = "64001", size = "0.5" } end) },
  ["docs: edit rejected"] = {
    ask = post("/orders/edit", function(world) return { order_id = world.filled, price = "1", size = "1" } end) },
  ["docs: unauthenticated"] = { ask = get("/accounts", "nobody") },
  ["docs: missing permission"] = {
    ask = function(world) return world.viewer:ask("POST", "/orders/batch_cancel", { order_ids = {} }) end,
    rules = { enums = { error = { "PERMISSION_DENIED" } } } },
  ["docs: order not found"] = { ask = get "/orders/historical/nothing" },
  ["docs: too many candles"] = {
    ask = get "/products/BTC-USD/candles?start=1767000000&end=1767268800&granularity=ONE_MINUTE" },
  ["docs: rate limited"] = { elsewhere = "of the exchange before the venue, which counts requests: exchange_spec" },
  ["docs: spec'd generic error"] = { elsewhere = "no answer of the venue: a form of the gateway before it" },

  ["ccxt: transfer"] = {
    ask = post("/portfolios/move_funds", function(world)
      return { funds = { value = "1", currency = "USD" }, source_portfolio_uuid = world.default,
        target_portfolio_uuid = world.second }
    end) },
  ["ccxt: fetchTicker"] = TICKER,
  ["ccxt: fetchMyTrades spot"] = FILLS,
  ["ccxt: fetchMyTrades swap"] = { ask = get "/orders/historical/fills?product_ids=BTC-PERP-INTX" },
  ["ccxt: fetchClosedOrders"] = {
    ask = get "/orders/historical/batch?order_status=FILLED&limit=1", rules = { enums = ORDER_WORDS } },
  ["ccxt: fetchPositions"] = { ask = get "/intx/positions/{default}", rules = PERPETUAL },

  ["net: Account_AllocatePortfolio"] = {
    ask = post("/intx/allocate", function(world)
      return { portfolio_uuid = world.default, symbol = "BTC-PERP-INTX", amount = "1", currency = "USDC" }
    end) },
  ["net: Account_CommitConvertTrade"] = {
    ask = post("/convert/trade/{quoted}", function(world) return world.convert end), rules = TRADE },
  ["net: Account_CreateConvertQuote"] = {
    ask = post("/convert/quote", function(world) return world.convert end), rules = TRADE },
  ["net: Account_GetConvertTrade"] = { ask = get "/convert/trade/{quoted}", rules = TRADE },
  ["net: Account_CreatePortfolio"] = { ask = post("/portfolios", { name = "Third" }), rules = {
    enums = { type = "PortfolioType" } } },
  ["net: Account_DeletePortfolio"] = {
    ask = function(world) return world.user:ask("DELETE", "/portfolios/" .. world.second) end },
  ["net: Account_EditPortfolio"] = {
    ask = function(world) return world.user:ask("PUT", "/portfolios/" .. world.second, { name = "Other" }) end,
    rules = { enums = { type = "PortfolioType" } } },
  ["net: Account_GetAccounts"] = { ask = get "/accounts", rules = { enums = { type = "AccountType" } } },
  ["net: Account_GetApiKeyInfo"] = { ask = get "/key_permissions" },
  ["net: Account_GetFeeInfo"] = { ask = get "/transaction_summary" },
  ["net: Account_GetFuturesBalanceSummary"] = { ask = get "/cfm/balance_summary", rules = CFM },
  ["net: Account_GetFuturesCurrentMarginWindow"] = { ask = get "/cfm/intraday/current_margin_window" },
  ["net: Account_GetIntradayMarginSetting"] = { ask = get "/cfm/intraday/margin_setting" },
  ["net: Account_SetIntradayMarginSetting"] = {
    ask = post("/cfm/intraday/margin_setting", { setting = "INTRADAY_MARGIN_SETTING_INTRADAY" }) },
  ["net: Account_SetPerpetualMultiAssetCollateralMode"] = {
    ask = post("/intx/multi_asset_collateral", function(world)
      return { portfolio_uuid = world.default, multi_asset_collateral_enabled = true }
    end) },
  ["net: Account_GetPaymentMethods"] = { ask = get "/payment_methods" },
  ["net: Account_GetPerpetualBalances"] = { ask = get "/intx/balances/{default}" },
  ["net: Account_GetPortfolio "] = { ask = get "/portfolios/{default}", rules = {
    enums = { type = "PortfolioType", position_side = BREAKDOWN_SIDE, side = BREAKDOWN_SIDE,
      margin_type = MARGIN_TYPE } } },
  ["net: Account_GetPortfolios "] = { ask = get "/portfolios", rules = { enums = { type = "PortfolioType" } } },
  ["net: Account_TransferPortfolioFunds"] = {
    ask = post("/portfolios/move_funds", function(world)
      return { funds = { value = "0.5", currency = "BTC" }, source_portfolio_uuid = world.default,
        target_portfolio_uuid = world.second }
    end) },
  ["net: ExchangeData_GetAggregatedOrderBook"] = OTHER_API,
  ["net: ExchangeData_GetAssets"] = OTHER_API,
  ["net: ExchangeData_GetCryptoAssets"] = { ask = get("/v2/currencies/crypto", "nobody") },
  ["net: ExchangeData_GetExchangeRates"] = {
    ask = get("/v2/exchange-rates?currency=BTC", "nobody"),
    rules = { absent = set("AED", "AFN", "ALL", "AMD", "ANG", "AOA", "ARS", "AUD", "AWG", "AZN", "BAM") } },
  ["net: ExchangeData_GetFiatAssets"] = { ask = get("/v2/currencies", "nobody") },
  ["net: ExchangeData_GetKlines"] = {
    ask = get("/market/products/BTC-USD/candles?start=1767268000&end=1767270000&granularity=ONE_MINUTE", "nobody") },
  ["net: ExchangeData_GetOrderBook"] = { ask = get("/market/product_book?product_id=BTC-USD&limit=5", "nobody") },
  ["net: ExchangeData_GetSymbols"] = {
    ask = get("/market/products?product_type=FUTURE", "nobody"), rules = CONTRACTS },
  ["net: ExchangeData_GetTradeHistory"] = { ask = get("/market/products/BTC-USD/ticker?limit=10", "nobody") },
  ["net: Trading_CancelOrders"] = {
    ask = post("/orders/batch_cancel", function(world) return { order_ids = { world.open } } end) },
  ["net: Trading_ClosePosition"] = {
    ask = post("/orders/close_position", { client_order_id = "close", product_id = "BIP-20DEC30-CDE", size = "1" }),
    rules = { absent = ONE_ANSWER } },
  ["net: Trading_EditOrder"] = {
    ask = post("/orders/edit", function(world) return { order_id = world.filled, price = "1", size = "1" } end),
    rules = { absent = ONE_ANSWER, either = set "errors" } },
  ["net: Trading_GetFuturesPositions"] = { ask = get "/cfm/positions", rules = CFM },
  ["net: Trading_GetOrder "] = { ask = get "/orders/historical/{open}", rules = { enums = ORDER_WORDS } },
  ["net: Trading_GetOrders "] = {
    ask = get "/orders/historical/batch?order_ids={open}", rules = { enums = ORDER_WORDS } },
  ["net: Trading_GetPerpetualPosition"] = {
    ask = get "/intx/positions/{default}/BTC-PERP-INTX", rules = PERPETUAL },
  ["net: Trading_GetUserTrades"] = FILLS,
  ["net: Trading_PlaceOrder"] = { ask = BUY, rules = { absent = ONE_ANSWER } },

  ["nautilus: http_accounts"] = {
    ask = get "/accounts", rules = { enums = { type = "AccountType" } } },
  ["nautilus: http_candles"] = {
    ask = get "/products/BTC-USD/candles?start=1767268000&end=1767270000&granularity=ONE_MINUTE" },
  ["nautilus: http_cfm_balance_summary"] = { ask = get "/cfm/balance_summary", rules = CFM },
  ["nautilus: http_cfm_position "] = { ask = get "/cfm/positions/BIP-20DEC30-CDE", rules = CFM },
  ["nautilus: http_cfm_positions "] = { ask = get "/cfm/positions", rules = CFM },
  ["nautilus: http_fills"] = FILLS,
  ["nautilus: http_order "] = { ask = get "/orders/historical/{open}", rules = { enums = ORDER_WORDS } },
  ["nautilus: http_orders_list"] = {
    ask = get "/orders/historical/batch?limit=2", rules = { enums = ORDER_WORDS } },
  ["nautilus: http_product "] = { ask = get "/products/BTC-USD", rules = PRODUCTS },
  ["nautilus: http_product_book"] = { ask = get "/product_book?product_id=BTC-USD&limit=5" },
  ["nautilus: http_products "] = { ask = get "/products?product_ids=BTC-USD", rules = PRODUCTS },
  ["nautilus: http_products_future"] = {
    ask = get "/products?product_type=FUTURE&product_ids=BIP-20DEC30-CDE", rules = CONTRACTS },
  ["nautilus: http_ticker"] = { ask = get "/products/BTC-USD/ticker?limit=5" },

  ["ccxt file: exchange_candles"] = OTHER_API,
  ["ccxt file: exchange_ticker"] = OTHER_API,
  ["ccxt file: exchange_trades"] = OTHER_API,
  ["ccxt file: fills_spot"] = FILLS,
  ["ccxt file: orders_spot_closed"] = {
    ask = get "/orders/historical/batch?order_status=FILLED&limit=1", rules = { enums = ORDER_WORDS } },
  ["ccxt file: ticker_spot"] = TICKER,
}

for _, name in ipairs { "CreateDepositAddress", "Deposit ", "GetAddressTransactions", "GetDeposit ",
  "GetDepositAddress ", "GetDepositAddresses ", "GetDeposits ", "GetTransaction ", "GetTransactions ", "GetWithdrawal ",
  "GetWithdrawals ", "Transfer ", "Withdraw ", "WithdrawCrypto " } do
  CASES["net: Account_" .. name] = WALLET_API
end

-- The case whose name an example's begins with; a name that ends with a space is whole.
local function case_of(example)
  local found, count = nil, 0
  for name, case in pairs(CASES) do
    if (example.name .. " "):sub(1, #name) == name then found, count = case, count + 1 end
  end
  return found, count
end

-- --- frames ----------------------------------------------------------------------------------------------------------

local ASKED_AS = { l2_data = "level2" }
local FRAME_RULES = {
  user = { enums = { status = "OrderExecutionStatus", order_type = false, margin_type = false, side = false } },
  market_trades = { enums = { side = "OrderSide" } },
  l2_data = { enums = { side = { "bid", "offer" } } },
  status = { enums = { status = { "online", "delisted", "" } } },
  subscriptions = { any = set("futures_balance_summary", "user") },
  heartbeats = { loose = set "current_time" },
}

local function channels_of(frame)
  if frame.channel ~= "subscriptions" then return { ASKED_AS[frame.channel] or frame.channel } end
  local names = {}
  for name in pairs(frame.events[1].subscriptions) do names[#names + 1] = name end
  return names
end

-- What is told to one who subscribes to its orders without a token.
local function differences_of_error(world, frame, enums)
  local stream <close> = world.venue:connect()
  stream:send(streams.message("subscribe", "user"))
  local ours = json.decode(stream:frames()[1])
  assert.equal(frame.message, ours.message)
  return likeness.differences(frame, ours, nil, enums)
end

-- Ours of the same channel and type that differs least.
local function differences_of_frame(world, frame, enums)
  if frame.type == "error" then return differences_of_error(world, frame, enums) end
  local channel, best = frame.channel, nil
  for _, ours in ipairs(world:frames(channels_of(frame))) do
    if ours.channel == channel and ours.events[1].type == frame.events[1].type then
      local found = likeness.differences(frame, ours, FRAME_RULES[channel], enums)
      if not best or #found < #best then best = found end
    end
  end
  return best or { "no such frame" }
end

-- --- the comparer ----------------------------------------------------------------------------------------------------

describe("shapes of answers", function()
  local words = { Color = { "RED", "BLUE" }, OrderConfigurationKeys = { "limit", "market" } }
  local function found(example, ours, rules)
    return table.concat(likeness.differences(example, ours, rules, words), "; ")
  end

  it("of the same members, types and kinds of text are alike", function()
    assert.equal("", found({ a = "1.5", b = true, c = 3, t = "2026-01-01T00:00:00Z" },
      { a = "99", b = false, c = 4, t = "2027-01-01T00:00:00.5Z", more = "x" }))
    assert.equal("", found({ list = { { a = "1" } } }, { list = { { a = "2" }, { a = "" } } }))
    assert.equal("", found({ a = json.null }, { a = { b = 1 } }))
  end)

  it("differ by what is absent, of another kind, or not compared", function()
    assert.equal("a.b: is absent", found({ a = { b = 1, c = 2 } }, { a = { c = 2 } }))
    assert.equal("a: is string, not number", found({ a = 1 }, { a = "1" }))
    assert.equal("a: is number, not string", found({ a = "1" }, { a = 1 }))
    assert.equal("a: is null, not string", found({ a = "1" }, { a = json.null }))
    assert.equal("a: 'x' is no amount, as '1' is", found({ a = "1" }, { a = "x" }))
    assert.equal("a: '7' is no time, as '2026-01-01T00:00:00Z' is", found({ a = "2026-01-01T00:00:00Z" }, { a = "7" }))
    assert.equal("list: is empty, and so not compared", found({ list = { 1 } }, { list = {} }))
    assert.equal("list: is an object, not an array", found({ list = { 1 } }, { list = { a = 1 } }))
    assert.equal("list[2].b: is absent",
      found({ list = { { a = 1, b = 1 } } }, { list = { { a = 1, b = 2 }, { a = 1 } } }))
  end)

  it("hold words to their enumeration", function()
    local rules = { enums = { color = "Color", size = { "BIG" } } }
    assert.equal("", found({ color = "RED", size = "BIG" }, { color = "BLUE", size = "" }, rules))
    assert.equal("color: 'GREEN' is no Color", found({ color = "RED" }, { color = "GREEN" }, rules))
    assert.matches("'SMALL' is no", found({ size = "BIG" }, { size = "SMALL" }, rules))
  end)

  it("of an order have one configuration", function()
    local example = { order_configuration = { limit = { price = "1", quote_size = "2" },
      market = { base_size = "1" } } }
    assert.equal("", found(example, { order_configuration = { limit = { price = "3" } } }))
    assert.equal("order_configuration: 2 configurations",
      found(example, { order_configuration = { limit = {}, market = {} } }))
    assert.equal("order_configuration: 'odd' is no configuration",
      found(example, { order_configuration = { odd = {} } }))
    assert.equal("order_configuration.limit.price: is number, not string",
      found(example, { order_configuration = { limit = { price = 3 } } }))
  end)

  it("may be told to differ", function()
    local rules = { absent = { a = true }, empty = { b = true }, null = { c = true }, loose = { d = true },
      any = { e = true }, either = { f = true }, plain_money = true }
    local money = { value = "1", currency = "X" }
    assert.equal("", found({ a = 1, b = { 1 }, c = "1", d = 1, e = "1", f = { g = 1 }, h = money },
      { b = {}, c = json.null, d = "1", e = "x", f = { { g = 2 } }, h = "1" }, rules))
  end)
end)

-- --- the specs -------------------------------------------------------------------------------------------------------

describe("the venue's answers have the shape of", function()
  local list = examples.all()
  if not list then
    pending "every example: ../shared is absent"
    return
  end
  local enums, world = examples.enums(), nil
  before_each(function() world = busy_venue.open() end)
  after_each(function()
    world.venue:check()
    world.venue:close()
  end)

  it("calls of the SDK: each has a route", function()
    for _, call in ipairs(examples.calls()) do
      local parts = {}
      for i, pair in ipairs(call.query) do parts[i] = pair[1] .. "=" .. pair[2] end
      local path = call.path:gsub("^/api/v3/brokerage", "") .. "?" .. table.concat(parts, "&")
      local status, tree = world.user:ask(call.method, path, call.body)
      local told = type(tree) == "table" and tree.message or ""
      assert.is_true(status ~= 405 and status < 500 and told ~= "route not found", call.method .. " " .. path)
    end
  end)

  for _, example in ipairs(list) do
    local case, count = case_of(example)
    if example.frame then
      it(example.name, function() assert.same({}, differences_of_frame(world, example.frame, enums)) end)
    elseif not case or not case.elsewhere then
      it(example.name, function()
        assert.equal(1, count, "one case is of this example")
        local status, ours = case.ask(world)
        if type(example.tree) ~= "table" then return assert.equal(example.tree, ours) end
        assert.equal(example.status or 200, status, type(ours) == "table" and json.encode(ours) or ours)
        assert.same({}, likeness.differences(example.tree, ours, case.rules, enums))
      end)
    end
  end

  it("nothing that is not there: each case has an example", function()
    for name in pairs(CASES) do
      local has_one = false
      for _, example in ipairs(list) do has_one = has_one or (example.name .. " "):sub(1, #name) == name end
      assert.is_true(has_one, name)
    end
  end)
end)
