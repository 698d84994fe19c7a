-- SPDX-License-Identifier: MIT
-- neap.order_map beside the vectors of ../shared: the official client's bodies, the venue's lists, recorded answers.
local decimal = require "neap.decimal"
local json = require "neap.json"
local shared = require "spec.support.shared"

local END = 1640995200000000000 -- 2022-01-01T00:00:00Z

local function shared_json(name)
  local path = shared.path("vectors/" .. name)
  if not path then pending("../shared is absent: " .. name) end
  local file <close> = assert(io.open(path, "rb"))
  return assert(json.decode(file:read "a"))
end

describe("neap.order_map beside the vectors of ../shared", function()
  local map = require "neap.order_map"
  local KINDS = { market_market_ioc = "single market ioc", limit_limit_gtc = "single limit gtc",
    limit_limit_gtd = "single limit gtd", sor_limit_ioc = "single limit ioc", limit_limit_fok = "single limit fok",
    stop_limit_stop_limit_gtc = "single stop_limit gtc", stop_limit_stop_limit_gtd = "single stop_limit gtd",
    trigger_bracket_gtc = "bracket limit gtc", trigger_bracket_gtd = "bracket limit gtd" }

  local function order_of(body)
    local key, fields = next(body.order_configuration)
    local form, type, time = assert(KINDS[key], key):match "(%S+) (%S+) (%S+)"
    return { id = body.client_order_id, product = body.product_id, side = body.side:lower(), form = form, type = type,
      time_in_force = time, quantity = fields.base_size, notional = fields.quote_size, limit = fields.limit_price,
      stop = fields.stop_price or fields.stop_trigger_price, post_only = fields.post_only,
      good_till = fields.end_time == "2022-01-01T00:00:00Z" and END or nil }
  end

  -- What an edit says of an order of ours: a resting limit order with that size and price.
  local function edit_of(body)
    return { order_id = body.order_id, product = "BTC-USD", side = "buy", type = "limit", quantity = body.size,
      limit = body.price }
  end

  local PATHS = { ["/orders"] = { map.create, order_of, 18 }, ["/orders/preview"] = { map.preview, order_of, 18 },
    ["/orders/edit"] = { map.edit, edit_of, 1 }, ["/orders/edit_preview"] = { map.edit, edit_of, 1 } }

  it("writes every body of create, preview and edit of the official client", function()
    local counts = {}
    for _, case in ipairs(shared_json("sdk/rest_cases.json").cases) do
      local path = case.method == "POST" and case.path:match "^/api/v3/brokerage(/orders.*)"
      local encode, read = table.unpack(PATHS[path] or {})
      if encode then
        assert.same(case.body, json.decode((assert(encode(read(case.body))))), case.test)
        counts[path] = (counts[path] or 0) + 1
      end
    end
    for path, expected in pairs(PATHS) do assert.equal(expected[3], counts[path], path) end
  end)

  it("has a row for every configuration but the scaled one", function()
    local keys = {}
    for _, row in ipairs(map.rows()) do keys[row.key or ""] = true end
    for _, key in ipairs(shared_json("enums.json").OrderConfigurationKeys) do
      assert.equal(key ~= "scaled_limit_gtc", keys[key] or false, key)
    end
  end)

  it("knows every reason of the venue's lists, and no other", function()
    local enums, ours = shared_json "enums.json", map.reasons()
    for name, list in pairs(ours) do assert.same(enums[name], json.array(list), name) end
    for _, name in ipairs { "NewOrderFailureReason", "PreviewFailureReason", "EditOrderFailureReason",
      "CancelOrderFailureReason", "RejectReason" } do assert.is_truthy(ours[name], name) end
  end)

  it("knows every status of the enumerations", function()
    for _, word in ipairs(shared_json("enums.json").OrderExecutionStatus) do
      local read = assert(map.decode(json.encode { order_id = "o", product_id = "P", side = "BUY", status = word }))
      assert.equal(word ~= "UNKNOWN_ORDER_STATUS", read.status ~= nil, word)
    end
  end)

  it("reads the recorded filled order", function()
    for _, case in ipairs(shared_json("ccxt/response.json").cases) do
      if case.ccxt == "fetchClosedOrders" then
        local read = assert(map.decode(json.encode(case.response.orders[1])))
        assert.same({ "filled", "market", "ioc", "sell" }, { read.status, read.type, read.time_in_force, read.side })
        assert.same({ "10", "10", "0.392", "3.92", "0.03136" }, { tostring(read.quantity), tostring(read.filled),
          tostring(read.average_price), tostring(read.value), tostring(read.fees) })
        assert.is_nil(read.unknown or read.reason)
        return
      end
    end
    error "the recorded order is not there"
  end)

  it("reads the user channel's order", function()
    local text = json.encode(shared_json "docs/ws_examples.json")
    local at = assert(text:find('{"avg_price"', 1, true))
    local read = assert(map.decode(text:match("%b{}", at)))
    assert.same({ "filled", "limit", "gtc", "buy", false }, { read.status, read.type, read.time_in_force, read.side,
      read.post_only })
    assert.same({ decimal "0.01", decimal "50000", decimal "50000", decimal "2" },
      { read.filled, read.average_price, read.limit, read.fees })
    assert.is_nil(read.good_till or read.unknown)
  end)

  it("reads the documented answers", function()
    local seen = 0
    for _, case in ipairs(shared_json("docs/rest_bodies.json").rest) do
      if case.status == 200 and case.body.success ~= nil then
        local read = assert(map.answer(json.encode(case.body)))
        assert.equal(case.what:find "accepted" ~= nil, read.success, case.what)
        assert.equal(not read.success, (read.known and read.code) ~= nil, case.what)
        seen = seen + 1
      end
    end
    assert.equal(7, seen)
  end)
end)
