-- SPDX-License-Identifier: MIT
-- The venue's products: lists, filters, pages, and that nothing of a real list is lost.
local exchange = require "spec.support.exchange"
local json = require "neap.json"
local shared = require "spec.support.shared"

describe("the products of a venue", function()
  local venue
  local function open(options) venue = exchange.open(options) end
  after_each(function()
    if venue then venue:close() end
    venue = nil
  end)

  local function ids(answer)
    local out = {}
    for i, product in ipairs(answer.products) do out[i] = product.product_id end
    return table.concat(out, " ")
  end
  local function listed(asked) return ids((venue:get("/products", asked))) end

  local SPOT = "BTC-USD BTC-USDC ETH-USD ETH-USDC SOL-USD SOL-USDC SHIB-USD ETH-BTC USDT-USDC MKR-USD"
  local FUTURES = "BIT-31DEC27-CDE BIP-20DEC30-CDE BTC-PERP-INTX"

  describe("of our own list", function()
    before_each(function() open() end)

    it("are spot unless something else is asked for", function()
      local answer = venue:get "/products"
      assert.equal(SPOT, ids(answer))
      assert.equal(10, answer.num_products)
      assert.same({ prev_cursor = "", next_cursor = "", has_next = false, has_prev = false }, answer.pagination)
      assert.equal(SPOT, listed { product_type = "SPOT" })
      assert.equal(SPOT, listed { product_type = "UNKNOWN_PRODUCT_TYPE" })
      assert.equal(FUTURES, listed { product_type = "FUTURE" })
      assert.equal("", listed { product_type = "EQUITY" })
      assert.equal(SPOT .. " " .. FUTURES, listed { get_all_products = "True" })
      assert.equal(SPOT, listed { get_all_products = "False" })
    end)

    it("are told to anybody by the public twin, and to a key by the other", function()
      local public = venue:get("/market/products", nil, 0)
      assert.same((venue:get "/products"), public)
      assert.same((venue:get "/products/BTC-USD"), (venue:get("/market/products/BTC-USD", nil, 0)))
      local text, status = venue:get("/products", nil, 0)
      assert.equal(401, status)
      assert.equal("Unauthorized\n", text)
      assert.equal("Unauthorized\n", venue:refused(401, "/products/BTC-USD", nil, 0))
    end)

    it("are found by id, in the order of the list, each once, whatever their type", function()
      assert.equal("BTC-USD ETH-BTC", listed { product_ids = { "ETH-BTC", "BTC-USD", "ETH-BTC", "NO-SUCH" } })
      assert.equal("BTC-USD BTC-PERP-INTX", listed { product_ids = { "BTC-PERP-INTX", "BTC-USD" } })
      assert.equal("BTC-USD", listed { product_ids = { "BTC-PERP-INTX", "BTC-USD" }, product_type = "SPOT" })
      assert.equal("", listed { product_ids = "NO-SUCH" })
    end)

    it("that expire are told until they have, unless they are asked for", function()
      local function expiring(word) return listed { product_type = "FUTURE", contract_expiry_type = word } end
      assert.equal("BIT-31DEC27-CDE BIP-20DEC30-CDE", expiring "EXPIRING")
      assert.equal("BTC-PERP-INTX", expiring "PERPETUAL")
      venue.venue:advance "2027-12-31T15:59:59Z"
      assert.equal(FUTURES, listed { product_type = "FUTURE" })
      venue.venue:advance "2027-12-31T16:00:00Z"
      assert.equal("BIP-20DEC30-CDE BTC-PERP-INTX", listed { product_type = "FUTURE" })
      local function status(word) return listed { product_type = "FUTURE", expiring_contract_status = word } end
      assert.equal("BIT-31DEC27-CDE", status "STATUS_EXPIRED")
      assert.equal("BIP-20DEC30-CDE BTC-PERP-INTX", status "STATUS_UNEXPIRED")
      assert.equal(FUTURES, status "STATUS_ALL")
      assert.equal(SPOT .. " " .. FUTURES, listed { get_all_products = "true" })
    end)

    it("come in pages, each once", function()
      local seen, cursor, pages = {}, nil, 0
      repeat
        local answer = venue:get("/products", { limit = 3, cursor = cursor })
        for _, product in ipairs(answer.products) do seen[#seen + 1] = product.product_id end
        assert.equal(#answer.products, answer.num_products)
        assert.equal(pages > 0, answer.pagination.has_prev)
        cursor, pages = answer.pagination.next_cursor, pages + 1
        assert.equal(cursor ~= "", answer.pagination.has_next)
      until cursor == ""
      assert.equal(SPOT, table.concat(seen, " "))
      assert.equal(4, pages)
      assert.equal("ETH-USDC SOL-USD", listed { limit = 2, offset = 3 })
      assert.equal("1", venue:get("/products", { limit = 2, offset = 3 }).pagination.prev_cursor)
    end)

    it("have edges: limits of nothing, beyond the end, and no numbers", function()
      assert.equal(SPOT, listed { limit = 0 })
      assert.equal(SPOT, listed { limit = 1000000 })
      assert.equal("", listed { offset = 10 })
      assert.equal("", listed { offset = 2000000 })
      local bad = { { limit = -1 }, { limit = "x" }, { limit = "1e30" }, { offset = -2 }, { cursor = "abc" } }
      for _, asked in ipairs(bad) do
        assert.equal("INVALID_ARGUMENT", venue:refused(400, "/products", asked).error)
      end
      local body = venue:refused(400, "/products", { product_type = "FUTUR" })
      assert.equal("product_type 'FUTUR' is not known; the nearest is FUTURE", body.message)
      assert.equal("INVALID_ARGUMENT", venue:refused(400, "/products", { contract_expiry_type = "NEVER" }).error)
      assert.equal("INVALID_ARGUMENT", venue:refused(400, "/products", { products_sort_order = "UP" }).error)
    end)

    it("are sorted by the volume of their day", function()
      assert.equal("BTC-USD BTC-USDC ETH-USD ETH-USDC USDT-USDC SOL-USD SOL-USDC SHIB-USD ETH-BTC MKR-USD",
        listed { products_sort_order = "PRODUCTS_SORT_ORDER_VOLUME_24H_DESCENDING" })
      assert.equal(SPOT, listed { products_sort_order = "PRODUCTS_SORT_ORDER_LIST_TIME_DESCENDING" })
      assert.equal(SPOT, listed { products_sort_order = "PRODUCTS_SORT_ORDER_UNDEFINED" })
    end)

    it("that are unknown are named, with the nearest", function()
      local body = venue:refused(404, "/products/BTC-UDS")
      assert.same({ error = "NOT_FOUND", error_details = body.message,
        message = "Product BTC-UDS not supported; the nearest is BTC-USD" }, body)
      assert.equal("Product ? not supported", venue:refused(404, "/market/products/%3f", nil, 0).message)
    end)

    it("tell what a client needs to know of an alias, a contract, and what may not be done", function()
      local alias = venue:get "/products/BTC-USDC"
      assert.same({ "BTC-USD", "USDC" }, { alias.alias, alias.quote_currency_id })
      assert.same({ "BTC-USDC" }, { table.unpack((venue:get "/products/BTC-USD").alias_to) })
      local future = venue:get "/products/BIT-31DEC27-CDE"
      assert.same({ "1", "5", "0.01", "FUTURE", "FCM" }, { future.base_increment, future.price_increment,
        future.future_product_details.contract_size, future.product_type, future.product_venue })
      assert.is_true(future.fcm_trading_session_details.is_session_open)
      assert.equal("PERPETUAL", (venue:get "/products/BTC-PERP-INTX").future_product_details.contract_expiry_type)
      local delisted = venue:get "/products/MKR-USD"
      assert.same({ "delisted", true, false }, { delisted.status, delisted.trading_disabled, delisted.is_disabled })
      assert.is_true((venue:get "/products/USDT-USDC").limit_only)
    end)

    it("tell how long a contract still lives", function()
      local function left() return (venue:get "/products/BIT-31DEC27-CDE").future_product_details.time_to_expiry_ms end
      venue.venue:advance "2027-12-31T15:59:00Z"
      assert.equal("60000", left())
      venue.venue:advance "2028-01-01"
      assert.equal("0", left())
    end)
  end)

  describe("with other flags than the list had", function()
    before_each(function() open() end)
    local function flags(id)
      local p = venue:get("/products/" .. id, { get_tradability_status = "True" })
      local set = ""
      local names = "is_disabled trading_disabled cancel_only limit_only post_only auction_mode view_only"
      for name in names:gmatch "%S+" do
        if p[name] then set = set .. name:sub(1, 1) end
      end
      return set .. " " .. p.status
    end

    it("tell them", function()
      local cases = { disabled = "t online", cancel_only = "c online", limit_only = "l online", post_only = "p online",
        auction = "a online", view_only = "v online" }
      for name, wanted in pairs(cases) do
        assert(venue.venue:set_product("ETH-BTC", { [name] = true }))
        assert.equal(wanted, flags "ETH-BTC")
      end
      assert(venue.venue:set_product("ETH-BTC", { disabled = true, delisted = true }))
      assert.equal("t delisted", flags "ETH-BTC")
      assert(venue.venue:set_product("ETH-BTC", {}))
      assert.equal(" online", flags "ETH-BTC")
      assert(venue.venue:set_product("MKR-USD", {}))
      assert.equal(" online", flags "MKR-USD")
    end)

    it("tell view_only where it was asked for alone", function()
      assert(venue.venue:set_product("ETH-BTC", { view_only = true }))
      assert.is_false((venue:get "/products/ETH-BTC").view_only)
      assert.is_true((venue:get("/products/ETH-BTC", { get_tradability_status = "true" })).view_only)
      assert.is_false(venue:get("/products", { product_ids = "ETH-BTC" }).products[1].view_only)
      assert.is_true(
        venue:get("/products", { product_ids = "ETH-BTC", get_tradability_status = 1 }).products[1].view_only)
    end)
  end)

  describe("of a list that is handed in", function()
    local function product(id, members)
      local text = { ('"product_id":"%s"'):format(id) }
      for _, member in ipairs(members or {}) do text[#text + 1] = member end
      return "{" .. table.concat(text, ",") .. "}"
    end
    local function list(...) return ('{"products":[%s]}'):format(table.concat({ ... }, ",")) end

    it("come back with each member as it was, and no other", function()
      local text = product("A-USD", { '"one":1.50', '"two":[null,{"x":"\\u00e9\\"","y":[]}]', '"price":"7"',
        '"big":123456789012345678901234567890.10' })
      open { products = list(text) }
      local status, body = venue.venue:request { path = "/api/v3/brokerage/market/products/A-USD" }
      assert.equal(200, status)
      assert.equal(text:gsub("\\u00e9", "é"), body)
    end)

    it("may be one product alone", function()
      open { products = product "A-USD" }
      assert.equal("A-USD", listed())
    end)

    it("are refused where they cannot be", function()
      local venues = require "neap.venue"
      local function refused(text)
        local none, err = venues.new { products = text }
        assert.is_nil(none)
        return err
      end
      local err = refused(list(product "A-USD", product "B-USD", product "A-USD"))
      assert.equal("duplicate_product", err.code)
      assert.matches("A%-USD", err.message)
      assert.equal("line 1", err.where)
      assert.equal("products", refused("[]").code)
      assert.equal("bad_json", refused("{").code)
      assert.equal("product_fact", refused(list(product("A-USD", { '"base_increment":"0"' }))).code)
    end)

    it("share a book with their alias only where they count as it does", function()
      local fine = '"base_increment":"0.01","price_increment":"0.01"'
      local coarse = '"base_increment":"1","price_increment":"0.01"'
      open { products = list(product("A-USD", { fine }), product("A-USDC", { fine, '"alias":"A-USD"' }),
        product("A-EUR", { coarse, '"alias":"A-USD"' }), product("A-GBP", { '"alias":"A-NONE"' }),
        product("A-CHF", { fine, '"alias":"A-USDC"' }), product("A-SGD", { fine, '"alias":"A-SGD"' })) }
      assert.equal(6, (venue:get "/products").num_products)
      assert(venue.venue:deposit(1, "A", "100"))
      local function asks(id) return #(venue:get("/product_book", { product_id = id })).pricebook.asks end
      local own = { "A-USD", "A-EUR", "A-GBP", "A-CHF", "A-SGD" }
      for i, id in ipairs(own) do
        venue:limit("SELL", "1", "7", { product_id = id })
        for j, other in ipairs(own) do assert.equal(j <= i and 1 or 0, asks(other)) end
      end
      venue:limit("SELL", "1", "8", { product_id = "A-USDC" })
      assert.same({ 2, 2 }, { asks "A-USD", asks "A-USDC" })
    end)

    it("were disabled or offline until they may be traded", function()
      open { products = list(product("A-USD", { '"status":"offline","is_disabled":true,"trading_disabled":true' })) }
      local function told()
        local of = venue:get "/products/A-USD"
        return { of.status, of.is_disabled, of.trading_disabled }
      end
      assert.same({ "offline", true, true }, told())
      assert(venue.venue:set_product("A-USD", { cancel_only = true }))
      assert.same({ "online", false, false }, told())
      assert(venue.venue:set_product("A-USD", { disabled = true }))
      assert.same({ "offline", true, true }, told())
    end)

    it("may be none", function()
      open { products = list() }
      assert.equal(0, (venue:get "/products").num_products)
      assert.equal("Product A not supported", venue:refused(404, "/products/A").message)
    end)
  end)

  describe("of the real list", function()
    local text
    local function load_list()
      local path = shared.path "data/ws_coinbase_advanced_2026_08_09/rest_products.json.gz"
      if not path then return false end
      local pipe <close> = assert(io.popen("gzip -dc " .. path))
      text = text or pipe:read "a"
      open { products = text, start = "2026-08-09T21:05:48Z" }
      return true
    end

    it("come back as they were, member by member", function()
      if not load_list() then pending "../shared is not there" return end
      local wanted, answer = json.decode(text), venue:get("/market/products", nil, 0)
      assert.equal(920, #answer.products)
      for i, product in ipairs(wanted.products) do assert.same(product, answer.products[i]) end
      assert.equal(wanted.num_products, answer.num_products)
      assert.same(wanted.pagination, answer.pagination)
    end)

    it("are found one by one", function()
      if not load_list() then pending "../shared is not there" return end
      for _, product in ipairs(json.decode(text).products) do
        assert.same(product, (venue:get("/market/products/" .. product.product_id, nil, 0)))
      end
    end)

    it("are the same by their bytes, but for the space between them", function()
      if not load_list() then pending "../shared is not there" return end
      local _, body = venue.venue:request { path = "/api/v3/brokerage/market/products" }
      assert.is_true(text:gsub(", ", ",") == body:gsub(", ", ","))
    end)
  end)
end)
