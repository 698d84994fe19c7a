-- SPDX-License-Identifier: MIT
-- Why the venue refuses an order, in which member of the answer it says so, and what a preview says of the same.
local json = require "neap.json"
local shared = require "spec.support.shared"
local trader = require "spec.support.venue_trader"
local venues = require "neap.venue"

describe("the venue's refusals", function()
  local venue, user, ids
  local START, SOON = "2026-01-01T12:00:00Z", "2026-01-01T13:00:00Z"

  setup(function()
    venue = assert(venues.new { seed = 7, start = START, price_band = "0.9" })
    local maker = trader.new(venue, "maker", { USD = "10000000", BTC = "100" })
    user = trader.new(venue, "user", { USD = "1000", BTC = "0.01" })
    maker:limit("SELL", "1", "65100")
    maker:limit("BUY", "1", "65000")
    -- The last trade: 65,100.
    local contract = { product_id = "BIP-20DEC30-CDE" }
    maker:place("SELL", "limit_limit_gtc", { base_size = "3", limit_price = "65100" }, contract)
    user:place("BUY", "market_market_ioc", { base_size = "0.0001" })
    venue:set_product("MKR-USD", { delisted = true })
    ids = 0
  end)
  teardown(function()
    assert(venue:check())
    venue:close()
  end)

  local NONE, NO_PREVIEW = "UNKNOWN_FAILURE_REASON", "UNKNOWN_PREVIEW_FAILURE_REASON"
  -- Which members are filled: by the stage at which the venue notices.
  local STAGES = {
    entry = function(new) return { new, NO_PREVIEW, new } end,
    preview = function(_, preview) return { NONE, preview, NONE } end,
    funds = function(new, preview) return { new, preview, NONE } end,
    matching = function(new) return { NONE, NO_PREVIEW, new } end,
  }

  local function body(case)
    ids = ids + 1
    return { client_order_id = "refused-" .. ids, product_id = case.product or "BTC-USD", side = case.side or "BUY",
      order_configuration = case.all or { [case[1]] = case[2] }, leverage = case.leverage,
      margin_type = case.margin_type, attached_order_configuration = case.attached }
  end

  -- { configuration, fields, stage, new_order word, preview word (the same with PREVIEW_ where it is not said) }
  local limit, market, stop, bracket = "limit_limit_gtc", "market_market_ioc", "stop_limit_stop_limit_gtc",
    "trigger_bracket_gtc"
  local FINE = { base_size = "0.001", limit_price = "60000" }
  local function with(more, base)
    local out = {}
    for name, value in pairs(base or FINE) do out[name] = value end
    for name, value in pairs(more) do
      if value == "" then out[name] = nil else out[name] = value end
    end
    return out
  end
  local STOP = { base_size = "0.001", limit_price = "66500", stop_price = "66000",
    stop_direction = "STOP_DIRECTION_STOP_UP" }
  local BRACKET = { base_size = "0.001", limit_price = "70000", stop_trigger_price = "60000" }
  local TWAP = { base_size = "0.002", limit_price = "60000", start_time = START, end_time = SOON, number_buckets = "4",
    bucket_size = "0.0005", bucket_duration = "900s" }
  local SCALE = { base_size = "0.003", num_orders = 3, min_price = "50000", max_price = "60000",
    price_distribution = "FLAT", size_distribution = "EVENLY_SPLIT" }
  local function exit(more)
    return { trigger_bracket_gtc = with(more or {}, { limit_price = "70000", stop_trigger_price = "50000" }) }
  end
  local CONFIGURATION = { "UNSUPPORTED_ORDER_CONFIGURATION", "PREVIEW_INVALID_ORDER_CONFIG" }

  local CASES = {
    { limit, FINE, "entry", "INVALID_PRODUCT_ID", product = "BTC-UDS" },
    { limit, FINE, "entry", "INVALID_SIDE", side = "buy" },
    { limit, FINE, "entry", "UNTRADABLE_PRODUCT", product = "MKR-USD" },
    { "limit_limit_gtcc", FINE, "entry", CONFIGURATION[1], CONFIGURATION[2] },
    { limit, FINE, "entry", CONFIGURATION[1], CONFIGURATION[2], all = { [limit] = FINE, [market] = FINE } },
    { limit, FINE, "entry", CONFIGURATION[1], CONFIGURATION[2], all = {} },
    { "market_market_fok", { base_size = "0.001" }, "entry", "UNSUPPORTED_ORDER_CONFIGURATION",
      "PREVIEW_FOK_ONLY_ALLOWED_ON_LIMIT_ORDERS" },
    { market, { base_size = "1", product = "USDT-USDC" }, "entry", "UNSUPPORTED_ORDER_CONFIGURATION",
      "PREVIEW_NOT_ALLOWED_BY_MARKET_STATE", product = "USDT-USDC" },
    { market, { base_size = "0.001", limit_price = "1" }, "entry", "PRICE_NOT_ALLOWED_FOR_MARKET_ORDERS" },
    { market, { base_size = "0.001", reduce_only = true }, "entry", "REDUCE_ONLY_NOT_ALLOWED_ON_SPOT_PRODUCTS" },
    { limit, { base_size = "1", limit_price = "65000", reduce_only = true }, "entry", CONFIGURATION[1],
      CONFIGURATION[2], product = "BIP-20DEC30-CDE" },
    { "limit_limit_fok", with { post_only = true }, "entry", "POST_ONLY_NOT_ALLOWED_WITH_FOK" },
    { limit, FINE, "entry", "INVALID_LEVERAGE", leverage = "3" },
    { limit, FINE, "entry", "INVALID_LEVERAGE", leverage = "many" },
    { limit, FINE, "entry", "INVALID_MARGIN_TYPE", margin_type = "BOTH" },
    { market, {}, "entry", CONFIGURATION[1], CONFIGURATION[2] },
    { market, { base_size = "0.001", quote_size = "10" }, "entry", CONFIGURATION[1], CONFIGURATION[2] },
    { market, { quote_size = "10" }, "entry", CONFIGURATION[1], CONFIGURATION[2], side = "SELL" },
    { market, { quote_size = "10" }, "entry", "QUOTE_ORDERS_NOT_ALLOWED_FOR_PRODUCT",
      product = "BIP-20DEC30-CDE" },
    { bracket, with({ base_size = "", quote_size = "50" }, BRACKET), "entry",
      "QUOTE_SIZE_NOT_ALLOWED_FOR_BRACKET", side = "SELL" },
    { limit, with { base_size = "1e-3" }, "preview", nil, "PREVIEW_NON_NUMERIC_ORDER_SIZE" },
    { limit, with { base_size = "lots" }, "preview", nil, "PREVIEW_NON_NUMERIC_ORDER_SIZE" },
    { market, { quote_size = "1,000" }, "preview", nil, "PREVIEW_NON_NUMERIC_ORDER_SIZE" },
    { limit, with { limit_price = "6e4" }, "preview", nil, "PREVIEW_INVALID_LIMIT_PRICE" },
    { limit, with { limit_price = "" }, "preview", nil, "PREVIEW_INVALID_LIMIT_PRICE" },
    { limit, with { limit_price = "-5" }, "preview", nil, "PREVIEW_INVALID_LIMIT_PRICE" },
    { limit, with { limit_price = "0" }, "preview", nil, "PREVIEW_INVALID_LIMIT_PRICE" },
    { limit, with { base_size = "0.000000001" }, "preview", nil, "PREVIEW_INVALID_SIZE_PRECISION" },
    { limit, with { base_size = "0.00100000000000000001" }, "preview", nil, "PREVIEW_INVALID_SIZE_PRECISION" },
    { market, { quote_size = "10.001" }, "preview", nil, "PREVIEW_INVALID_QUOTE_SIZE_PRECISION" },
    { limit, with { limit_price = "60000.001" }, "preview", nil, "PREVIEW_INVALID_PRICE_PRECISION" },
    { stop, with({ stop_price = "66000.001" }, STOP), "preview", nil, "PREVIEW_INVALID_STOP_PRICE_PRECISION" },
    { bracket, with({ limit_price = "70000.001" }, BRACKET), "preview", nil,
      "PREVIEW_INVALID_BRACKET_LIMIT_PRICE_PRECISION", side = "SELL" },
    { bracket, with({ stop_trigger_price = "60000.001" }, BRACKET), "preview", nil,
      "PREVIEW_INVALID_STOP_TRIGGER_PRICE_PRECISION", side = "SELL" },
    { limit, with { base_size = "0" }, "preview", nil, "PREVIEW_INVALID_BASE_SIZE_TOO_SMALL" },
    { limit, with { base_size = "-1" }, "preview", nil, "PREVIEW_INVALID_BASE_SIZE_TOO_SMALL" },
    { limit, with { base_size = "3400.00000001" }, "preview", nil, "PREVIEW_INVALID_BASE_SIZE_TOO_LARGE" },
    { market, { quote_size = "0.99" }, "preview", nil, "PREVIEW_INVALID_QUOTE_SIZE_TOO_SMALL" },
    { market, { quote_size = "150000000.01" }, "preview", nil, "PREVIEW_INVALID_QUOTE_SIZE_TOO_LARGE" },
    { limit, with { base_size = "3400", limit_price = "999999999999" }, "preview", nil,
      "PREVIEW_INVALID_QUOTE_SIZE_TOO_LARGE" },
    { limit, with { limit_price = "1" }, "preview", nil, "PREVIEW_LIMIT_PRICE_TOO_FAR_FROM_MARKET" },
    { limit, with { limit_price = "123690.01" }, "preview", nil, "PREVIEW_LIMIT_PRICE_TOO_FAR_FROM_MARKET" },
    { limit, with { limit_price = "65100", post_only = true }, "matching",
      "INVALID_LIMIT_PRICE_POST_ONLY" },
    { limit, with { limit_price = "65000", post_only = true }, "matching",
      "INVALID_LIMIT_PRICE_POST_ONLY", "PREVIEW_INVALID_LIMIT_PRICE_POST_ONLY", side = "SELL" },
    { market, { base_size = "1" }, "preview", nil, "PREVIEW_INVALID_NO_LIQUIDITY", product = "ETH-USD" },
    { stop, with({ stop_direction = "STOP_UP" }, STOP), "preview", nil, "PREVIEW_INVALID_STOP_PRICE" },
    { stop, with({ stop_price = "" }, STOP), "preview", nil, "PREVIEW_INVALID_STOP_PRICE" },
    { stop, with({ stop_price = "65100" }, STOP), "preview", nil, "PREVIEW_STOP_PRICE_BELOW_LAST_TRADE_PRICE" },
    { stop, with({ stop_direction = "STOP_DIRECTION_STOP_DOWN" }, STOP), "preview", nil,
      "PREVIEW_STOP_PRICE_ABOVE_LAST_TRADE_PRICE" },
    { stop, with({ limit_price = "65999.99" }, STOP), "preview", nil, "PREVIEW_STOP_PRICE_ABOVE_LIMIT_PRICE" },
    { stop, STOP, "preview", nil, "PREVIEW_STOP_PRICE_BELOW_LIMIT_PRICE", side = "SELL" },
    { bracket, with({ stop_trigger_price = "70000" }, BRACKET), "preview", nil, "PREVIEW_INVALID_BRACKET_PRICES",
      side = "SELL" },
    { bracket, with({ limit_price = "65100" }, BRACKET), "preview", nil, "PREVIEW_INVALID_BRACKET_LIMIT_PRICE",
      side = "SELL" },
    { bracket, with({ stop_trigger_price = "65100" }, BRACKET), "preview", nil,
      "PREVIEW_INVALID_BRACKET_STOP_TRIGGER_PRICE", side = "SELL" },
    { "limit_limit_gtd", FINE, "preview", nil, "PREVIEW_GTD_ORDERS_MUST_HAVE_END_TIME" },
    { "limit_limit_gtd", with { end_time = "soon" }, "preview", nil, "PREVIEW_INVALID_END_TIME" },
    { "limit_limit_gtd", with { end_time = START }, "preview", nil, "PREVIEW_END_TIME_IS_IN_THE_PAST" },
    { "limit_limit_gtd", with { end_time = "2028-01-01" }, "preview", nil, "PREVIEW_END_TIME_TOO_FAR_IN_FUTURE" },
    { "twap_limit_gtd", with({ start_time = "" }, TWAP), "preview", nil, "PREVIEW_START_TIME_MUST_BE_SPECIFIED" },
    { "twap_limit_gtd", with({ number_buckets = "none" }, TWAP), "preview", nil, "PREVIEW_NON_NUMERIC_ORDER_SIZE" },
    { "twap_limit_gtd", with({ start_time = SOON }, TWAP), "preview", nil, "PREVIEW_DURATION_TOO_SMALL" },
    { "twap_limit_gtd", with({ bucket_duration = "0.5s" }, TWAP), "preview", nil, "PREVIEW_NON_NUMERIC_ORDER_SIZE" },
    { "twap_limit_gtd", with({ bucket_duration = "500ms" }, TWAP), "preview", nil, "PREVIEW_DURATION_TOO_SMALL" },
    { "twap_limit_gtd", with({ bucket_duration = "901s" }, TWAP), "preview", nil, "PREVIEW_DURATION_TOO_LARGE" },
    { "twap_limit_gtd", with({ base_size = "0.00000003" }, TWAP), "preview", nil,
      "PREVIEW_BUCKET_SIZE_SMALLER_THAN_BASE_MIN" },
    { "twap_limit_gtd", with({ base_size = "", quote_size = "1", number_buckets = "3600", bucket_duration = "1s" },
      TWAP), "preview", nil, "PREVIEW_BUCKET_SIZE_SMALLER_THAN_QUOTE_MIN" },
    { "twap_limit_gtd", with({ base_size = "", quote_size = "10", number_buckets = "11", bucket_duration = "1s" },
      TWAP), "preview", nil, "PREVIEW_BUCKET_SIZE_SMALLER_THAN_QUOTE_MIN" },
    { "scaled_limit_gtc", with({ num_orders = 1 }, SCALE), "preview", nil, "PREVIEW_SCALED_PARAM_INFEASIBLE" },
    { "scaled_limit_gtc", with({ min_price = "60000" }, SCALE), "preview", nil, "PREVIEW_SCALED_PARAM_INFEASIBLE" },
    { "scaled_limit_gtc", with({ size_distribution = "EVEN" }, SCALE), "preview", nil,
      "PREVIEW_SCALED_PARAM_INFEASIBLE" },
    { "scaled_limit_gtc", with({ price_distribution = "CUSTOM_PRICE_DISTRIBUTION" }, SCALE), "preview", nil,
      "PREVIEW_SCALED_PARAM_INFEASIBLE" },
    { "scaled_limit_gtc", with({ base_size = "0.00000002" }, SCALE), "preview", nil,
      "PREVIEW_SCALED_MIN_ORDER_VIOLATION" },
    { "scaled_limit_gtc", { base_size = "1", orders = { FINE, FINE } }, "preview", nil,
      "PREVIEW_SCALED_PARAM_DISCREPANCY" },
    { "scaled_limit_gtc", { orders = { FINE, with { base_size = "3401" } } }, "preview", nil,
      "PREVIEW_INVALID_BASE_SIZE_TOO_LARGE" },
    { stop, STOP, "preview", nil, "PREVIEW_ATTACHED_ORDERS_ONLY_ALLOWED_ON_MARKET_LIMIT", attached = exit() },
    { limit, FINE, "preview", nil, "PREVIEW_INVALID_ORDER_TYPE_FOR_ATTACHED",
      attached = { trigger_bracket_gtd = { limit_price = "70000", stop_trigger_price = "50000" } } },
    { limit, FINE, "preview", nil, "PREVIEW_ATTACHED_ORDER_SIZE_MUST_BE_NIL", attached = exit { base_size = "0.001" } },
    { limit, FINE, "preview", nil, "PREVIEW_ATTACHED_ORDER_MUST_HAVE_POSITIVE_PRICES",
      attached = exit { limit_price = "-1" } },
    { limit, FINE, "preview", nil, "PREVIEW_INVALID_ORDER_SIDE_FOR_ATTACHED_TPSL", attached = exit(), side = "SELL" },
    { limit, FINE, "preview", nil, "PREVIEW_INVALID_ATTACHED_TAKE_PROFIT_PRICE",
      attached = exit { limit_price = "60000" } },
    { limit, FINE, "preview", nil, "PREVIEW_INVALID_ATTACHED_STOP_LOSS_PRICE",
      attached = exit { stop_trigger_price = "60000" } },
    { limit, FINE, "preview", nil, "PREVIEW_INVALID_ATTACHED_TAKE_PROFIT_PRICE_PRECISION",
      attached = exit { limit_price = "70000.001" } },
    { limit, FINE, "preview", nil, "PREVIEW_INVALID_ATTACHED_STOP_LOSS_PRICE_PRECISION",
      attached = exit { stop_trigger_price = "50000.001" } },
    { limit, with { base_size = "0.1" }, "funds", "INSUFFICIENT_FUND" },
    { market, { quote_size = "5000" }, "funds", "INSUFFICIENT_FUND" },
    { limit, with { base_size = "0.1", limit_price = "66000" }, "funds", "INSUFFICIENT_FUND",
      "PREVIEW_INSUFFICIENT_FUND", side = "SELL" },
    { "scaled_limit_gtc", with({ base_size = "0.3" }, SCALE), "funds", "INSUFFICIENT_FUND" },
    { market, { base_size = "3" }, "funds", "INSUFFICIENT_FUND", "PREVIEW_INSUFFICIENT_FUNDS_FOR_FUTURES",
      product = "BIP-20DEC30-CDE" },
  }

  local function name_of(case)
    return ("%s: %s"):format(case[3], case[5] or case[4])
  end

  for number, case in ipairs(CASES) do
    case[5] = case[5] or "PREVIEW_" .. case[4]
    it(("%d, %s"):format(number, name_of(case)), function()
      local answer = user:post("/orders", body(case))
      assert.is_false(answer.success)
      local why = answer.error_response
      assert.same(STAGES[case[3]](case[4], case[5]),
        { why.error, why.preview_failure_reason, why.new_order_failure_reason })
      assert.is_string(why.message)
      assert.is_nil(answer.success_response)
      local preview = user:post("/orders/preview", body(case))
      assert.same({ case[5] }, preview.errs)
    end)
  end

  it("change nothing: no order, no hold", function()
    local before, orders = user:balance "USD", #user:get("/orders/historical/batch").orders
    for _, case in ipairs(CASES) do user:post("/orders", body(case)) end
    assert.equal(before, user:balance "USD")
    assert.equal(orders, #user:get("/orders/historical/batch").orders)
  end)

  it("say that a wallet is missing, where it is not the money in it", function()
    local function details(product, side)
      local told = user:post("/orders", body { limit, with { base_size = "100" }, product = product, side = side })
      assert.equal("PREVIEW_INSUFFICIENT_FUND", told.error_response.preview_failure_reason)
      assert.equal("Insufficient balance in source account", told.error_response.message)
      return told.error_response.error_details
    end
    assert.same({ "", "account is not available" }, { details "BTC-USD", details "BTC-USDC" })
    assert(venue:deposit(user.key, "USDC", "1"))
    assert.equal("", details "BTC-USDC")
  end)

  it("say the nearest product", function()
    local answer = user:post("/orders", body { limit, FINE, product = "BTC-UDS" })
    assert.equal("unknown product BTC-UDS, the nearest is BTC-USD", answer.error_response.error_details)
  end)

  describe("of a body that is none of an order", function()
    local function told(change)
      local sent = body { limit, FINE }
      change(sent)
      local status, tree = user:ask("POST", "/orders", sent)
      return status, tree.error, tree.message
    end

    it("are HTTP 400 and name the member", function()
      for member, change in pairs {
        client_order_id = function(sent) sent.client_order_id = nil end,
        product_id = function(sent) sent.product_id = nil end,
        side = function(sent) sent.side = nil end,
        order_configuration = function(sent) sent.order_configuration = "limit_limit_gtc" end,
        limit_limit_gtc = function(sent) sent.order_configuration = { limit_limit_gtc = "0.1" } end,
        post_only = function(sent) sent.order_configuration = { limit_limit_gtc = with { post_only = "true" } } end,
        attached_order_configuration = function(sent) sent.attached_order_configuration = "none" end,
        ["post_only is"] = function(sent)
          sent.order_configuration = { scaled_limit_gtc = { orders = { FINE, with { post_only = "true" } } } }
        end,
        orders = function(sent) sent.order_configuration = { scaled_limit_gtc = { orders = { FINE, "0.1" } } } end,
      } do
        local status, error, message = told(change)
        assert.same({ 400, "INVALID_ARGUMENT" }, { status, error }, member)
        assert.matches(member, message)
      end
    end)

    it("so are JSON numbers where decimals stand as text", function()
      local text = '{"client_order_id":"n","product_id":"BTC-USD","side":"BUY","order_configuration":'
        .. '{"limit_limit_gtc":{"base_size":0.001,"limit_price":"60000"}}}'
      local status, answer = venue:request { method = "POST", path = "/api/v3/brokerage/orders", body = text,
        key = user.key }
      assert.equal(400, status)
      assert.matches("base_size is a string", answer)
    end)

    it("of cancels and edits, too", function()
      assert.equal(400, (user:ask("POST", "/orders/batch_cancel", { order_ids = "x" })))
      assert.equal(400, (user:ask("POST", "/orders/batch_cancel", { order_ids = { 1 } })))
      assert.equal(400, (user:ask("POST", "/orders/edit", { size = "1" })))
      assert.equal(400, (user:ask("POST", "/orders/edit", { order_id = "x", size = 1 })))
      assert.equal(400, (user:ask("POST", "/orders/edit", { order_id = "x", cancel_attached_order = "true" })))
      assert.equal(400, (user:ask("POST", "/orders/close_position", { client_order_id = "x", product_id = 1 })))
      local status, answer = user:ask("POST", "/orders/close_position", { product_id = "BIP-20DEC30-CDE" })
      assert.equal(400, status)
      assert.matches("client_order_id is a string", answer.message)
    end)
  end)

  describe("are the venue's own words", function()
    local enums

    local function read(path)
      local file <close> = assert(io.open(path, "rb"))
      return file:read "a"
    end

    setup(function()
      local path = shared.path "vectors/enums.json"
      enums = path and json.decode(read(path), { numbers = "float" })
    end)

    -- Every word in quotes of a source is in one of the lists, or it is no reason.
    local function check(source, lists, others)
      if not enums then return pending "the vectors are not here" end
      local known, count = {}, 0
      for _, word in ipairs(others or {}) do known[word] = true end
      for _, list in ipairs(lists) do
        for _, word in ipairs(enums[list]) do known[word] = true end
      end
      for same, word in read("csrc/venue/" .. source):gmatch '([%u]*)%(?"([%u_]+)"' do
        assert.is_true(known[word], source .. ": " .. word)
        if same == "SAME" then assert.is_true(known["PREVIEW_" .. word], word) end
        count = count + 1
      end
      assert.is_true(count > 3)
    end

    it("of orders", function()
      check("order_reasons.c", { "NewOrderFailureReason", "PreviewFailureReason" }, { "PREVIEW_" })
    end)
    it("of edits", function() check("order_edit.c", { "EditOrderFailureReason" }) end)
    it("of cancels", function() check("order_cancel.c", { "CancelOrderFailureReason" }) end)
  end)
end)
