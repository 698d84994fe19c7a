-- SPDX-License-Identifier: MIT
-- neap.order_map: our orders as Coinbase's order configurations, and the venue's orders as ours.
local decimal = require "neap.decimal"
local json = require "neap.json"
local products = require "neap.product"

local END, START = 1640995200000000000, 1640991600000000000 -- 2022-01-01T00:00:00Z, and an hour before

local function merged(base, changes)
  for name, value in pairs(changes or {}) do base[name] = value end
  return base
end

local function order(changes)
  return merged({ id = "client_order_id_1", product = "BTC-USD", side = "buy", type = "limit", quantity = "1",
    limit = "100" }, changes)
end

local function perpetual() return assert(products.parse "BTC-PERP:kind=perpetual,base_increment=0.01") end

local function venue_order(changes)
  return json.encode(merged({ order_id = "o-1", product_id = "BTC-USD", side = "BUY", status = "OPEN",
    client_order_id = "c-1", order_configuration = { limit_limit_gtc = { base_size = "2", limit_price = "100" } } },
    changes))
end

describe("neap.order_map", function()
  local map = require "neap.order_map"

  local function refused(code, where, nearest, changes, how)
    local body, err = map[how or "create"](order(changes))
    assert.is_nil(body)
    assert.same({ code, where, nearest }, { err.code, err.where, err.nearest })
    return err
  end

  local function configuration(changes)
    local body = assert(json.decode((assert(map.create(order(changes))))))
    return body.order_configuration, body
  end

  it("adds no global", function()
    local before = {}
    for name in pairs(_G) do before[name] = true end
    package.loaded["neap.order_map"] = nil
    require "neap.order_map"
    for name in pairs(_G) do assert.is_true(before[name], name) end
  end)

  it("has closed option sets", function()
    assert.error_matches(function() map.create(order { quantty = "1" }) end, "did you mean 'quantity'")
    assert.error_matches(function() map.create(order { type = "stop_limt" }) end, "did you mean 'stop_limit'")
    assert.error_matches(function() map.create(order { form = "brackt" }) end, "did you mean 'bracket'")
    assert.error_matches(function() map.create(order { margin_type = "crss" }) end, "did you mean 'cross'")
  end)

  it("refuses bad arguments", function()
    assert.has_error(function() map.create() end)
    assert.has_error(function() map.create(order { side = 1 }) end)
    assert.error_matches(function() map.create(order { quantity = 0.5 }) end, "not a float")
    assert.error_matches(function() map.create(order { notional = "5" }) end, "only one of")
    assert.error_matches(function() map.create(order { id = ("x"):rep(37) }) end, "36 bytes")
    assert.error_matches(function() map.create(order { product = "A\0B" }) end, "zero byte")
    assert.error_matches(function() map.create(order { buckets = -1 }) end, "count")
    assert.has_error(function() map.decode() end)
    assert.has_error(function() map.answer {} end)
  end)

  it("has a row for every type and time in force, with a key or what stands in for it", function()
    local seen = {}
    for _, row in ipairs(map.rows()) do
      local name = row.form .. " " .. row.type .. " " .. row.time_in_force
      assert.is_nil(seen[name], name)
      seen[name] = true
      assert.is_truthy(row.key or (row.instead and row.note), name)
    end
    for _, kind in ipairs { "single market", "single limit", "single stop", "single stop_limit",
      "single trailing_stop", "bracket limit", "twap limit" } do
      for _, time in ipairs { "gtc", "gtd", "ioc", "fok" } do assert.is_true(seen[kind .. " " .. time]) end
    end
  end)

  it("writes a market order by quote or base", function()
    assert.equal('{"client_order_id":"c","product_id":"BTC-USD","side":"BUY",'
      .. '"order_configuration":{"market_market_ioc":{"quote_size":"10.5"}}}',
      (map.create { id = "c", product = "BTC-USD", side = "buy", notional = "10.50", time_in_force = "ioc" }))
    local body, note = map.create { id = "c", product = "BTC-USD", side = "sell", quantity = "0.0000001" }
    assert.is_truthy(body:find('"market_market_ioc":{"base_size":"0.0000001"}', 1, true))
    assert.matches("does not rest", note)
  end)

  it("writes the post-only flag either way, where the venue has it", function()
    assert.is_true(configuration({ post_only = true }).limit_limit_gtc.post_only)
    assert.is_false(configuration().limit_limit_gtc.post_only)
    local gtd = { post_only = true, time_in_force = "gtd", good_till = END }
    assert.is_true(configuration(gtd).limit_limit_gtd.post_only)
    refused("post_only_not_at_venue", "post_only", "limit gtc", { post_only = true, time_in_force = "ioc" })
    refused("post_only_not_at_venue", "post_only", "limit gtc", { post_only = true, time_in_force = "fok" })
    refused("post_only_not_at_venue", "post_only", "limit gtc", { post_only = true, type = "stop_limit", stop = "9" })
  end)

  it("gives a stop the direction of its side", function()
    local stop = { type = "stop_limit", stop = "90" }
    assert.equal("STOP_DIRECTION_STOP_UP", configuration(stop).stop_limit_stop_limit_gtc.stop_direction)
    stop.side = "sell"
    assert.equal("STOP_DIRECTION_STOP_DOWN", configuration(stop).stop_limit_stop_limit_gtc.stop_direction)
  end)

  it("writes no exponent and no rounding, however large or small", function()
    assert.same({ limit_limit_gtc = { base_size = "0.0000000000000001", limit_price = "10000000000000000000000",
      post_only = false } }, (configuration { quantity = "1e-16", limit = "1e22" }))
  end)

  it("refuses by name what the venue does not have, and says what stands in", function()
    for _, time in ipairs { "gtc", "gtd", "ioc", "fok" } do
      local err = refused("not_at_venue", "type", "emulated", { type = "stop", stop = "9", time_in_force = time })
      assert.matches("stop " .. time .. ": a trigger of ours", err.message)
      refused("not_at_venue", "type", "emulated", { type = "trailing_stop", trail_bps = "9", time_in_force = time })
    end
    refused("not_at_venue", "type", "emulated", { type = "stop_limit", stop = "9", time_in_force = "ioc" })
    refused("not_at_venue", "type", "market ioc", { type = "market", time_in_force = "gtd", good_till = END })
    refused("not_at_venue", "type", "bracket gtc", { form = "bracket", stop = "9", time_in_force = "fok" })
    refused("not_at_venue", "type", "twap gtd", { form = "twap" })
    refused("not_at_venue", "type", "limit", { form = "bracket", type = "stop", stop = "9" })
  end)

  it("sends market fok, leverage and margin type for derivatives only", function()
    local fok = { type = "market", time_in_force = "fok", limit = "0" }
    refused("not_at_venue", "type", "limit fok", fok)
    fok.product = perpetual()
    assert.is_truthy(configuration(fok).market_market_fok)
    refused("leverage_not_at_venue", "leverage", nil, { leverage = "2" })
    refused("leverage_not_at_venue", "margin_type", nil, { margin_type = "cross" })
    local _, body = configuration { product = perpetual(), leverage = "2.50", margin_type = "isolated" }
    assert.same({ "2.5", "ISOLATED" }, { body.leverage, body.margin_type })
  end)

  it("sizes in quote only where the venue does", function()
    local function no(where, nearest, changes)
      local body, err = map.create(merged({ id = "c", product = "BTC-USD", side = "sell" }, changes))
      assert.is_nil(body)
      assert.same({ "sizing_not_at_venue", where, nearest }, { err.code, err.where, err.nearest })
    end
    no("notional", "quantity", { notional = "5" })
    no("notional", "quantity", { notional = "5", side = "buy", product = perpetual() })
    no("notional", "quantity", { notional = "5", side = "buy", type = "stop_limit", limit = "9", stop = "9" })
    no("fraction", "notional", { fraction = "0.1", side = "buy" })
    assert.is_truthy(map.create { id = "c", product = "BTC-USD", side = "sell", type = "limit", notional = "5",
      limit = "9" })
    local _, err = map.create { id = "c", product = assert(products.parse "BTC-USD:quote_increment=0.01"), side = "buy",
      notional = "5.009" }
    assert.same({ "quote_increment", "notional", "5" }, { err.code, err.where, err.nearest })
    _, err = map.edit { order_id = "o", product = "BTC-USD", side = "buy", type = "limit", notional = "5", limit = "9" }
    assert.same({ "edit_not_at_venue", "notional" }, { err.code, err.where })
  end)

  it("never sends reduce_only: the venue's create has no such member", function()
    assert.is_nil(assert(map.create(order { reduce_only = true, product = perpetual() })):find "reduce")
  end)

  it("leaves nothing out in silence", function()
    refused("field_not_at_venue", "limit", nil, { type = "market" })
    refused("field_not_at_venue", "stop", nil, { stop = "9" })
    refused("field_not_at_venue", "good_till", nil, { good_till = END })
    refused("field_not_at_venue", "trail_bps", nil, { trail_bps = "9" })
    refused("field_not_at_venue", "start", nil, { start = START })
    refused("field_not_at_venue", "bucket_size", nil, { bucket_size = "1" })
  end)

  it("misses what a row needs", function()
    refused("missing_field", "limit", nil, { limit = "0" })
    refused("missing_field", "limit", nil, { limit = "-1" })
    refused("missing_field", "quantity", nil, { quantity = "-1" })
    refused("missing_field", "stop", nil, { type = "stop_limit" })
    refused("missing_field", "good_till", nil, { time_in_force = "gtd" })
    refused("missing_field", "id", nil, { id = "" })
    refused("missing_field", "product", nil, { product = "" })
    refused("missing_field", "buckets", nil, { form = "twap", time_in_force = "gtd", good_till = END, start = START })
    refused("missing_field", "order_id", nil, {}, "edit")
  end)

  it("keeps the product's steps", function()
    local product = assert(products.parse
      "BTC-USD:base_increment=0.01,price_increment=0.5,quote_increment=0.01,base_max_size=5")
    assert.is_truthy(map.create(order { product = product, limit = "100.5" }))
    refused("price_increment", "limit", "100", { product = product, limit = "100.2" })
    refused("price_increment", "stop", "90", { product = product, type = "stop_limit", stop = "90.1" })
    refused("quantity_increment", "quantity", "1", { product = product, quantity = "1.001" })
    refused("quantity_max", "quantity", "5", { product = product, quantity = "6" })
  end)

  it("writes the whole of an edit, where the venue edits", function()
    local stop = order { order_id = "o-1", type = "stop_limit", stop = "90" }
    assert.equal('{"order_id":"o-1","size":"1","price":"100","stop_price":"90"}', (map.edit(stop)))
    local again = "cancel and place again"
    refused("edit_not_at_venue", "time_in_force", again,
      { order_id = "o-1", time_in_force = "gtd", good_till = END }, "edit")
    refused("edit_not_at_venue", "time_in_force", again, { order_id = "o-1", time_in_force = "ioc" }, "edit")
  end)
end)

describe("neap.order_map, reading", function()
  local map = require "neap.order_map"

  local function fails(code, where, changes)
    local read, err = map.decode(venue_order(changes))
    assert.is_nil(read)
    assert.same({ code, where }, { err.code, err.where })
  end

  it("knows the status by the fills, as the venue has no partially filled", function()
    local function status(word, changes)
      return assert(map.decode(venue_order(merged({ status = word }, changes)))).status
    end
    local some = { filled_size = "1" }
    for word, ours in pairs { PENDING = "submitted", QUEUED = "submitted", OPEN = "open", EDIT_QUEUED = "open",
      FILLED = "filled", CANCELLED = "cancelled", CANCEL_QUEUED = "cancel_pending", EXPIRED = "expired",
      FAILED = "rejected" } do assert.equal(ours, status(word), word) end
    assert.equal("partially_filled", status("OPEN", some))
    assert.equal("partially_filled", status("EDIT_QUEUED", some))
    assert.equal("cancel_pending", status("OPEN", { pending_cancel = true }))
    assert.equal("cancelled", status("FAILED", some))
  end)

  it("names words that it does not know, and goes on", function()
    local read = assert(map.decode(venue_order { status = "PAUSED", side = "HOLD", margin_type = "PART",
      trigger_status = "MAYBE", reject_reason = "MOON", order_configuration = { pegged_gtc = { base_size = "1" } } }))
    for _, name in ipairs { "status", "side", "type", "time_in_force" } do assert.is_nil(read[name], name) end
    assert.equal("side=HOLD,order_configuration=pegged_gtc,status=PAUSED,margin_type=PART,trigger_status=MAYBE,"
      .. "reject_reason=MOON", read.unknown)
    assert.same({ "moon", "MOON" }, { read.code, read.reason })
    assert.equal("scaled_limit_gtc",
      assert(map.decode(venue_order { order_configuration = { scaled_limit_gtc = {} } })).unknown:match "=(.*)")
  end)

  it("takes a stop of the other direction for none of ours", function()
    local read = assert(map.decode(venue_order { order_configuration = { stop_limit_stop_limit_gtc = {
      base_size = "1", limit_price = "9", stop_price = "8", stop_direction = "STOP_DIRECTION_STOP_DOWN" } } }))
    assert.is_nil(read.type)
    assert.equal("stop_direction=STOP_DIRECTION_STOP_DOWN", read.unknown)
  end)

  it("takes empty text and null for absent, and numbers for text", function()
    local read = assert(map.decode('{"order_id":"o","product_id":"P","side":"SELL","status":"OPEN","leverage":"",'
      .. '"filled_size":0.25,"average_filled_price":null,"created_time":"0001-01-01T00:00:00Z",'
      .. '"order_configuration":null,"order_type":"Limit","time_in_force":"GOOD_UNTIL_CANCELLED","post_only":"true"}'))
    assert.equal(decimal "0.25", read.filled)
    assert.same({ "limit", "gtc", true }, { read.type, read.time_in_force, read.post_only })
    assert.is_nil(read.average_price or read.created or read.leverage or read.unknown)
  end)

  it("cuts figures beyond 16 digits and says so", function()
    local read = assert(map.decode(venue_order { filled_size = "0.12345678901234567" }))
    assert.same({ decimal "0.1234567890123456", 1 }, { read.filled, read.truncated })
  end)

  it("refuses what is no order", function()
    fails("missing_field", "order_id", { order_id = "" })
    fails("missing_field", "product_id", { product_id = json.null })
    fails("wrong_type", "filled_size", { filled_size = { 1 } })
    fails("wrong_type", "filled_size", { filled_size = true })
    fails("wrong_type", "pending_cancel", { pending_cancel = "perhaps" })
    fails("wrong_type", "order_id", { order_id = "a\0b" })
    fails("not_a_number", "total_fees", { total_fees = "1,5" })
    fails("overflow", "filled_size", { filled_size = ("9"):rep(40) })
    fails("overflow", "filled_size", { filled_size = "1e999" })
    fails("negative", "filled_size", { filled_size = "-1" })
    fails("too_long", "client_order_id", { client_order_id = ("x"):rep(129) })
    fails("not_a_time", "created_time", { created_time = "yesterday" })
    fails("one_configuration", "order_configuration", { order_configuration = { a = {}, b = {} } })
    fails("one_configuration", "order_configuration", { order_configuration = "limit" })
    fails("wrong_type", "limit_limit_gtc", { order_configuration = { limit_limit_gtc = 5 } })
  end)

  it("refuses text that is no JSON object, and keys that come twice", function()
    for text, code in pairs { [""] = "bad_json", ["[]"] = "wrong_type", ["5"] = "wrong_type", ['{"order":5}'] =
      "wrong_type", ['{"order_id":"a","order_id":"b"}'] = "duplicate_key", ['{"order_id":'] = "bad_json" } do
      local read, err = map.decode(text)
      assert.is_nil(read)
      assert.equal(code, err.code, text)
    end
  end)

  it("keeps a foreign client's long id whole", function()
    local id = "ccxt-853bb1f7-8f1a-4749-bb20-54d1c6b2e7de"
    assert.equal(id, assert(map.decode(venue_order { client_order_id = id })).id)
  end)

  it("reads why the venue said no: the first member that says something", function()
    local function no(fields) return assert(map.answer(json.encode(merged({ success = false }, fields)))) end
    local funds = no { error_response = { error = "INSUFFICIENT_FUND", message = "Insufficient balance",
      preview_failure_reason = "PREVIEW_INSUFFICIENT_FUND", new_order_failure_reason = "UNKNOWN_FAILURE_REASON" } }
    assert.same({ success = false, code = "insufficient_funds", reason = "PREVIEW_INSUFFICIENT_FUND",
      message = "Insufficient balance", known = true }, funds)
    assert.equal("post_only_would_cross", no({ error_response = { error = "UNKNOWN_FAILURE_REASON",
      new_order_failure_reason = "INVALID_LIMIT_PRICE_POST_ONLY" } }).code)
    assert.equal("only_limit_order_edits_supported", no({ errors = { { edit_failure_reason =
      "ONLY_LIMIT_ORDER_EDITS_SUPPORTED", preview_failure_reason = "UNKNOWN_PREVIEW_FAILURE_REASON" } } }).code)
    assert.equal("unknown_order", no({ failure_reason = "UNKNOWN_CANCEL_ORDER" }).code)
    local new = no { error_response = { new_order_failure_reason = "MOON_TOO_FULL" } }
    assert.same({ "moon_too_full", false }, { new.code, new.known })
    assert.equal("unspecified", no({}).code)
  end)

  it("looks for no reason in a success", function()
    assert.same({ success = true, order_id = "o-1" }, map.answer('{"success":true,"order_id":"o-0",'
      .. '"failure_reason":"UNKNOWN_FAILURE_REASON","success_response":{"order_id":"o-1"}}'))
    assert.same({ success = true }, map.answer '{"success":true,"failure_reason":"UNKNOWN_CANCEL_FAILURE_REASON"}')
    assert.same({ success = true }, map.answer '{"errs":[],"order_total":"5"}')
    assert.equal("invalid_side", map.answer('{"errs":["PREVIEW_INVALID_SIDE"]}').code)
  end)

  it("refuses an answer that does not say whether", function()
    assert.equal("missing_field", select(2, map.answer "{}").code)
    assert.equal("wrong_type", select(2, map.answer '{"success":"true"}').code)
    assert.equal("duplicate_key", select(2, map.answer '{"success":true,"success":false}').code)
  end)
end)

describe("neap.order_map, there and back", function()
  local map = require "neap.order_map"
  local NAMES = { "product", "side", "form", "type", "time_in_force", "quantity", "notional", "limit", "stop",
    "good_till", "post_only", "start", "buckets", "bucket_size", "bucket_duration", "leverage", "margin_type" }

  -- Always the same numbers for the same seed.
  local function numbers(state)
    return function(low, high)
      state = (state * 6364136223846793005 + 1442695040888963407) & 0x7fffffffffffffff
      return low + (state >> 20) % (high - low + 1)
    end
  end

  -- An order as the row wants it, with numbers of all sizes.
  local function order_of(row, side, by, random)
    local function amount()
      return decimal(("%d.%0" .. random(1, 16) .. "d"):format(random(0, 99999), random(1, 9)))
    end
    local takes = row.takes
    local made = { id = "c", product = takes.only_derivatives and perpetual() or "BTC-USD", side = side,
      form = row.form, type = row.type, time_in_force = row.time_in_force, post_only = takes.post_only or false }
    made[by] = takes.only_derivatives and decimal "3" or amount()
    if takes.limit then made.limit = amount() end
    if takes.stop or takes.trigger then made.stop = amount() end
    if takes.good_till then made.good_till = END + random(0, 999999999) end
    if takes.only_derivatives then made.leverage, made.margin_type = decimal "2.5", "cross" end
    if takes.slices then
      made.start, made.buckets, made.bucket_size, made.bucket_duration = START, random(1, 99), amount(), 300000000000
    end
    return made
  end

  local function echo(body)
    local sent = assert(json.decode(body))
    sent.order_id, sent.status = "o-1", "OPEN"
    return assert(map.decode(json.encode { order = sent }))
  end

  local function round_trip(row, made)
    local read = echo(assert(map.create(made)))
    made.product = read.product
    if row.type == "market" and row.time_in_force == "gtc" then made.time_in_force = "ioc" end -- what the venue does
    for _, name in ipairs(NAMES) do assert.equal(made[name], read[name], row.key .. " " .. name) end
    assert.equal("c", read.id)
    assert.is_nil(read.unknown)
  end

  it("gives the same ticket for every row, side and size", function()
    local random, tried = numbers(7), 0
    for _, row in ipairs(map.rows()) do
      for _, side in ipairs { "buy", "sell" } do
        for _, by in ipairs(row.key and { "quantity", "notional" } or {}) do
          local can = row.takes[by] and not (by == "notional"
            and (row.takes.only_derivatives or (row.takes.notional_only_buys and side == "sell")))
          for _ = 1, can and 25 or 0 do
            round_trip(row, order_of(row, side, by, random))
            tried = tried + 1
          end
        end
      end
    end
    assert.equal(25 * 36, tried)
  end)
end)
