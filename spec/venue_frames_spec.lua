-- SPDX-License-Identifier: MIT
-- The venue's frames beside those of the real one: recorded from its feed, and from its documents.
local json = require "neap.json"
local shapes = require "spec.support.shapes"
local shared = require "spec.support.shared"
local trader = require "spec.support.venue_trader"

local START = "2026-08-09T21:05:48.228568804Z"
local RECORDING = "data/ws_coinbase_advanced_2026_08_09/frames_trimmed.jsonl.gz"

describe("neap.venue frames", function()
  local venues = require "neap.venue"

  local function set(list)
    local out = {}
    for _, word in ipairs(list) do out[word] = true end
    return out
  end

  -- What a frame is: "l2_data snapshot", "heartbeats".
  local function kind_of(text)
    if text:find '^%s*{%s*"type"' then return "error" end
    local kind = text:match '"events"%s*:%s*%[%s*{%s*"type"%s*:%s*"(%a+)"'
    return text:match '"channel"%s*:%s*"([%w_]+)"' .. (kind and " " .. kind or "")
  end

  local function add(kinds, text)
    local kind, shape = kind_of(text), shapes.of(text)
    kinds[kind] = kinds[kind] and shapes.merge(kinds[kind], shape) or shape
  end

  -- One who trades in everything, and what all channels tell meanwhile. Answers kinds and the texts in order.
  local function live(options)
    options.start = START
    local venue <close> = assert(venues.new(options))
    local ann = trader.new(venue, "ann", { USD = "100000000", BTC = "1000", ETH = "1000", USDC = "100000000" })
    local bob = trader.new(venue, "bob", { USD = "100000000", BTC = "1000", ETH = "1000", USDC = "100000000" })
    local function trade(product, price, size)
      ann.product, bob.product = product, product
      ann:limit("SELL", size, price)
      bob:limit("BUY", size, price)
      venue:advance(venue:now() + 333333333)
    end
    local function trade_all()
      trade("BTC-USD", "65083.67", "0.00064389")
      trade("ETH-USD", "1919.41", "0.03225021")
      trade("BIT-31DEC27-CDE", "66935", "2")
      trade("BTC-PERP-INTX", "65000", "0.5")
      ann.product = "BTC-USD"
      ann:cancel((ann:limit("BUY", "1", "64000")))
      ann:limit("BUY", "0.20371215", "65083.66")
      ann:place("SELL", "stop_limit_stop_limit_gtd", { base_size = "1", limit_price = "60000", stop_price = "60100",
        stop_direction = "STOP_DIRECTION_STOP_DOWN", end_time = "2027-01-01T00:00:00Z" })
      bob.product = "BTC-USD"
      bob:place("SELL", "market_market_ioc", { base_size = "0.1" })
      venue:advance(venue:now() + 7777777777)
    end
    trade_all()
    local stream, ids = venue:connect(), { "BTC-USD", "ETH-USD" }
    for _, channel in ipairs { "market_trades", "candles", "ticker", "ticker_batch", "level2", "status" } do
      stream:send(json.encode { type = "subscribe", product_ids = ids, channel = channel, jwt = "1" })
    end
    for _, channel in ipairs { "heartbeats", "user", "futures_balance_summary" } do
      stream:send(json.encode { type = "subscribe", channel = channel, jwt = "1" })
    end
    stream:send '{"type":"subscribe","channel":"user","jwt":"9"}'
    trade_all()
    local kinds = {}
    for _, text in ipairs(stream:frames()) do add(kinds, text) end
    return kinds
  end

  local function compare(kinds, known, rules, wanted)
    local problems, seen = {}, {}
    for kind, shape in pairs(known) do
      assert(kinds[kind], "the venue has told no " .. kind)
      seen[#seen + 1] = kind
      for _, problem in ipairs(shapes.problems(kinds[kind], shape, kind, rules)) do
        problems[#problems + 1] = problem
      end
    end
    table.sort(seen)
    assert.same(wanted, seen)
    assert.same({}, problems)
  end

  it("tell all kinds that there are", function()
    local names = {}
    for kind in pairs(live {}) do names[#names + 1] = kind end
    table.sort(names)
    assert.same({ "candles snapshot", "candles update", "error", "futures_balance_summary snapshot",
      "futures_balance_summary update", "heartbeats", "l2_data snapshot", "l2_data update", "market_trades snapshot",
      "market_trades update", "status snapshot", "status update", "subscriptions", "ticker snapshot", "ticker update",
      "ticker_batch snapshot", "ticker_batch update", "user snapshot", "user update" }, names)
  end)

  it("have the shape of every kind of the recorded feed: members, their order, forms, words", function()
    local text = shared.text(RECORDING)
    if not text then return pending "../shared is absent" end
    local known = {}
    for line in text:gmatch "[^\n]+" do
      local frame = line:match '"dir":"recv","frame":(.*)}$'
      if frame then add(known, frame) end
    end
    compare(live {}, known, { words = { type = true, side = true, channel = true }, open = { subscriptions = true } },
      { "candles snapshot", "candles update", "heartbeats", "l2_data snapshot", "l2_data update",
        "market_trades snapshot", "market_trades update", "subscriptions", "ticker snapshot", "ticker update" })
  end)

  -- The texts of the JSON objects in a text that have a channel or are errors.
  local function frames_in(text)
    local list, at = {}, 1
    while true do
      local first = text:find("{%s*\"channel\"", at) or text:find("{%s*\"type\"%s*:%s*\"error\"", at)
      if not first then return list end
      local frame = text:match("^%b{}", first)
      list[#list + 1], at = frame, first + #frame
    end
  end

  it("have the shape of the documents' examples, with their client_id", function()
    local text, enums = shared.text "vectors/docs/ws_examples.json", shared.text "vectors/enums.json"
    if not text or not enums then return pending "../shared is absent" end
    local known, words = {}, assert(json.decode(enums))
    for _, frame in ipairs(frames_in(text)) do add(known, frame) end
    known["user update"] = known["user snapshot"] -- not in the documents: as the snapshot is
    known["futures_balance_summary update"] = known["futures_balance_summary snapshot"]
    compare(live { names_client = true }, known, {
      words = { side = set { "bid", "offer", "Long", "Short" }, order_side = set(words.OrderSide),
        order_type = set { "Market", "Limit", "Stop Limit", "Bracket", "TWAP", "Scaled" },
        status = set(words.OrderExecutionStatus), time_in_force = set(words.TimeInForceType),
        trigger_status = set(words.StopTriggerStatus), product_type = set(words.ProductType),
        contract_expiry_type = set(words.ContractExpiryType), risk_managed_by = set(words.RiskManagedBy),
        post_only = set { "true", "false" }, margin_window_type = set(words.FCMMarginWindowType),
        margin_level = set(words.MarginLevel), position_side = set { "Long", "Short" } },
      forms = { limit_price = "empty", stop_price = "decimal", cancel_reason = "word", daily_realized_pnl = "padded" },
    }, { "error", "futures_balance_summary snapshot", "futures_balance_summary update", "heartbeats", "l2_data update",
      "user snapshot", "user update" })
  end)

  it("have the shape of the documents' examples of the channels that nobody recorded", function()
    local known, folder = {}, "data/fixtures_coinbase/coinbase_net/Subscriptions_"
    for _, name in ipairs { "Symbol", "BatchTicker", "Klines" } do
      local text = shared.text(folder .. name .. ".txt")
      if not text then return pending "../shared is absent" end
      for _, frame in ipairs(frames_in(text)) do add(known, frame) end
    end
    known.subscriptions = nil
    compare(live { names_client = true }, known, { words = { channel = true, status = true } },
      { "candles snapshot", "status snapshot", "ticker_batch snapshot" })
  end)

  it("have the shape of a peer's recorded sessions, in their order", function()
    local text = shared.text "vectors/ccxt/ws.json"
    if not text then return pending "../shared is absent" end
    local known, kinds = {}, live {}
    for _, frame in ipairs(frames_in(text)) do add(known, frame) end
    compare(kinds, known, { words = { type = true, channel = true }, open = { subscriptions = true } },
      { "market_trades snapshot", "market_trades update", "subscriptions", "ticker snapshot", "ticker update" })
    for _, session in ipairs(json.decode(text).sessions) do
      local venue <close> = assert(venues.new {})
      local stream = venue:connect()
      for _, message in ipairs(session.sent) do stream:send(json.encode(message)) end
      for i, ours in ipairs(stream:frames()) do
        local theirs = session.received[i]
        assert.same({ theirs.channel, theirs.sequence_num, theirs.events[1].type, theirs.events[1].subscriptions },
          { kind_of(ours):match "^%S+", json.decode(ours).sequence_num, json.decode(ours).events[1].type,
            json.decode(ours).events[1].subscriptions })
      end
    end
  end)

  it("answer the recorded subscribes with the recorded snapshots and acknowledgements", function()
    local text = shared.text(RECORDING)
    if not text then return pending "../shared is absent" end
    local venue <close> = assert(venues.new { start = START })
    local stream = venue:connect()
    local theirs, ours = {}, {}
    local function note(list, frame)
      local kind = kind_of(frame)
      if kind == "subscriptions" then
        local listed = json.decode(frame).events[1].subscriptions
        for _, ids in pairs(listed) do table.sort(ids) end
        list[#list + 1] = json.encode(listed)
      elseif kind:find "snapshot" then
        list[#list + 1] = kind
      end
    end
    for line in text:gmatch "[^\n]+" do
      local frame = line:match '"dir":"%a+","frame":(.*)}$'
      if line:find('"dir":"send"', 1, true) then stream:send(frame) else note(theirs, frame) end
    end
    for _, frame in ipairs(stream:frames()) do note(ours, frame) end
    assert.same(theirs, ours)
  end)
end)
