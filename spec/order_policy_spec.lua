-- SPDX-License-Identifier: MIT
-- neap.order_policy: the standard matrix, the rules of a policy's data, the recommender, the rate limiter.

describe("neap.order_policy", function()
  local order_policy = require "neap.order_policy"
  local SECOND = 1000000000

  -- The code of the refusal, or nil; a limit order of 0.002 BTC with changes.
  local function refusal(policy, changes)
    local asked = { product = "BTC-USD", type = "limit", time_in_force = "gtc", quantity = "0.002" }
    for name, value in pairs(changes) do asked[name] = value end
    local ok, err = policy:validate(asked)
    return not ok and err.code or nil, err
  end

  -- A policy of one product and limit/gtc, market/ioc, with changes of both.
  local function one(symbol, capability)
    local kinds = { { type = "limit", time_in_force = "gtc" }, { type = "limit", time_in_force = "ioc" },
      { type = "market", time_in_force = "ioc", post_only = false },
      { type = "stop", time_in_force = "gtd" } }
    for name, value in pairs(capability or {}) do kinds[1][name] = value end
    return assert(order_policy.new { capabilities = kinds, symbols = { ["BTC-USD"] = symbol or {} } })
  end

  it("adds no global", function()
    local before = {}
    for name in pairs(_G) do before[name] = true end
    package.loaded["neap.order_policy"] = nil
    require "neap.order_policy"
    for name in pairs(_G) do assert.is_true(before[name], name) end
  end)

  it("refuses unknown options, with the nearest, and bad arguments", function()
    local policy = one()
    assert.error_matches(function() policy:validate { product = "X", tipe = "limit" } end, "did you mean 'type'")
    assert.error_matches(function() policy:recommend { product = "X", urgent = true } end, "did you mean 'urgency'")
    assert.error_matches(function() policy:recommend { product = "X", urgency = "very" } end, "urgent or patient")
    assert.error_matches(function() policy:validate {} end, "product is needed")
    assert.error_matches(function() policy:validate "BTC-USD" end, "a table is wanted")
    assert.error_matches(function() refusal(policy, { type = "limt" }) end, "did you mean 'limit'")
    assert.error_matches(function() refusal(policy, { quantity = 0.5 }) end, "float")
    assert.error_matches(function() order_policy.load(1) end, "a path is wanted")
  end)

  it("tells every problem of its data at once, by name", function()
    local policy, err = order_policy.new {
      sybmols = {},
      capabilities = { { type = "limit" }, { type = "limit", time_in_force = "gtc", min_quantity = 2, max_quantity = 1,
        rate_per_minute = 0, post_only = "yes" }, { type = "limit", time_in_force = "gtc" } },
      symbols = { ["BTC-USD"] = { min_order_size = 3, max_order_size = "2", size_increment = 0, price_increment = -1,
        trading_enabld = true, max_position_size = 0.5 } },
    }
    assert.is_nil(policy)
    assert.equal("bad_policy", err.code)
    for _, words in ipairs { "'sybmols' is not known, did you mean 'symbols'", "capability 1: time_in_force is needed",
      "capability 2: min_quantity 2 is over max_quantity 1", "rate_per_minute is a whole number from 1",
      "capability 2: post_only is true or false", "capability 3: limit/gtc stands twice",
      "BTC%-USD: min_order_size 3 is over max_order_size 2", "size_increment is over zero",
      "price_increment is an amount", "did you mean 'trading_enabled'", "max_position_size is an amount" } do
      assert.matches(words, err.message)
    end
    assert.equal(11, #err.problems)
  end)

  it("reads a file that is data alone", function()
    local path = os.tmpname()
    local function load_text(text)
      local file <close> = assert(io.open(path, "w"))
      file:write(text)
      file:close()
      return order_policy.load(path)
    end
    assert.matches("bad_policy", select(2, order_policy.load(path .. ".none")).code)
    assert.matches("data only", select(2, load_text "return { doc = os.time() }").message)
    assert.matches("does not end", select(2, load_text "while true do end").message)
    assert.matches("policy is a table", select(2, load_text "return 5").message)
    local policy = assert(load_text "return { capabilities = {}, symbols = {} }")
    assert.matches("0 products", tostring(policy))
    os.remove(path)
  end)

  it("has the same digest for the same policy, however it is written", function()
    assert.equal(one({ max_order_size = "5" }):digest(), one({ max_order_size = 5 }):digest())
    assert.not_equal(one({ max_order_size = 5 }):digest(), one({ max_order_size = 6 }):digest())
  end)

  it("H9.125 the standard matrix, bounds included", function()
    local policy = order_policy.standard()
    local market = { type = "market", time_in_force = "ioc" }
    assert.is_nil((refusal(policy, { price = 50000 })))
    assert.equal("quantity_increment", (refusal(policy, { quantity = "0.0015" })))
    assert.equal("quantity_min", (refusal(policy, { quantity = "0.0005" })))
    assert.is_nil((refusal(policy, { quantity = "0.001" })))
    assert.equal("quantity_max", (refusal(policy, { quantity = 1001 })))
    assert.is_nil((refusal(policy, { quantity = 1000 })))
    local code, err = refusal(policy, { price = "50000.5" })
    assert.same({ "price_increment", "50000" }, { code, tostring(err.limit) })
    assert.equal("no_capability", (refusal(policy, { type = "market" })))
    assert.equal("gated", (refusal(policy, { time_in_force = "gtd" })))
    market.post_only = true
    assert.equal("post_only_unsupported", (refusal(policy, market)))
    market.post_only = nil
    assert.is_nil((refusal(policy, market)))
    assert.equal("no_policy", (refusal(policy, { product = "DOGE-USD" })))
    assert.equal("standard", policy:name())
    assert.matches("4 products, 11 kinds", tostring(policy))
  end)

  it("is at hand at the REPL: of the standard policy", function()
    local neap = require "neap"
    assert.equal("market", neap.order_policy.recommend { product = "BTC-USD", quantity = "0.01", urgency = "urgent",
      liquidity = "good" }.type)
    local _, err = neap.order_policy.validate { product = "BTC-USD", type = "limit", time_in_force = "gtc",
      quantity = 5000 }
    assert.equal("quantity_max", err.code)
    assert.error_matches(function() return neap.order_polcy end, "did you mean 'order_policy'")
  end)

  it("H9.126 lets GTD through once it is enabled, and says whether anything changed", function()
    local policy = order_policy.standard()
    assert.is_true(policy:enable_gtd())
    assert.is_nil((refusal(policy, { time_in_force = "gtd" })))
    assert.is_nil((refusal(policy, { type = "stop", time_in_force = "gtd" })))
    assert.is_false(policy:enable_gtd())
    assert.equal("gated", (refusal(order_policy.standard(), { time_in_force = "gtd" })))
  end)

  it("asks in the order of B8.3", function()
    local policy = one({ trading_enabled = false, min_order_size = 1 }, { support = "unsupported" })
    assert.equal("no_capability", (refusal(policy, { time_in_force = "fok" })))
    assert.equal("trading_disabled", (refusal(policy, {})))
    policy = one({ min_order_size = 1 }, { support = "unsupported" })
    assert.equal("unsupported", (refusal(policy, {})))
    policy = one({ min_order_size = 1 }, { min_quantity = 2 })
    assert.equal("quantity_min", (refusal(policy, {})))
    assert.equal("capability_min", (refusal(policy, { quantity = "1.999" })))
  end)

  it("keeps the bounds of a kind: quantity, value, flags", function()
    local policy = one({}, { max_quantity = 2, max_notional = 150, reduce_only = false })
    assert.is_nil((refusal(policy, { quantity = 2, price = 75 })))
    assert.equal("capability_max", (refusal(policy, { quantity = "2.001" })))
    assert.equal("capability_notional", (refusal(policy, { quantity = 2, price = "75.001" })))
    assert.is_nil((refusal(policy, { quantity = 2 })))
    assert.equal("reduce_only_unsupported", (refusal(policy, { reduce_only = true })))
  end)

  it("holds no stop until a date where the market is simulated", function()
    local data = { paper = true, symbols = { ["BTC-USD"] = {} }, capabilities = {
      { type = "stop", time_in_force = "gtd" }, { type = "limit", time_in_force = "gtd" } } }
    local policy = assert(order_policy.new(data))
    assert.equal("paper_gtd_stop", (refusal(policy, { type = "stop", time_in_force = "gtd" })))
    assert.is_nil((refusal(policy, { time_in_force = "gtd" })))
    data.paper = false
    assert.is_nil((refusal(assert(order_policy.new(data)), { type = "stop", time_in_force = "gtd" })))
  end)

  it("enforces what the reference only stored", function()
    local policy = one { max_position_size = 5, max_daily_volume = 1000 }
    assert.is_nil((refusal(policy, { quantity = 5, price = 1 })))
    assert.equal("max_position_size", (refusal(policy, { quantity = 3, position = 3, price = 1 })))
    assert.is_nil((refusal(policy, { quantity = 8, position = 3, side = "sell", price = 1 })))
    assert.equal("max_position_size", (refusal(policy, { quantity = 9, position = 3, side = "sell", price = 1 })))
    assert.is_nil((refusal(policy, { quantity = 1, price = 400, traded = 600 })))
    assert.equal("max_daily_volume", (refusal(policy, { quantity = 1, price = "400.001", traded = 600 })))
    assert.equal("max_daily_volume", (refusal(policy, { quantity = 1 })))
    assert.is_nil((refusal(policy, { quantity = 9, price = 900, traded = 600, reduce_only = true })))
    assert.equal("policy_reduce_only", (refusal(one { reduce_only_mode = true }, {})))
    assert.is_nil((refusal(one { reduce_only_mode = true }, { reduce_only = true })))
    assert.equal("requires_post_only", (refusal(one { requires_post_only = true }, {})))
    assert.is_nil((refusal(one { requires_post_only = true }, { post_only = true })))
    assert.is_nil((refusal(one { requires_post_only = true }, { reduce_only = true })))
  end)

  it("counts a rate that it is told, and takes nothing of it", function()
    local policy = one({}, { rate_per_minute = 2 })
    assert.is_nil((refusal(policy, { recent = 1 })))
    assert.equal("rate_limit", (refusal(policy, { recent = 2 })))
    for _ = 1, 10 do
      assert(policy:recommend { product = "BTC-USD", quantity = 1 })
      assert.is_nil((refusal(policy, { recent = 1 })))
    end
  end)

  it("H9.127 a rate of 2 a minute: two, then a wait of 60 s; at 60 s not yet, at 61 s again", function()
    local limiter = order_policy.rate_limiter()
    assert.is_true(limiter:take("BTC-USD", 2, 0))
    assert.is_true(limiter:take("BTC-USD", 2, 0))
    local allowed, wait = limiter:take("BTC-USD", 2, 0)
    assert.same({ false, 60 * SECOND }, { allowed, wait })
    assert.is_true(limiter:ask("ETH-USD", 2, 0))
    assert.is_false((limiter:ask("BTC-USD", 2, 60 * SECOND)))
    assert.is_true(limiter:ask("BTC-USD", 2, 61 * SECOND))
    for _ = 1, 5 do assert.is_true(limiter:ask("BTC-USD", 2, 61 * SECOND)) end
    assert.is_true(limiter:take("BTC-USD", 2, 61 * SECOND))
    assert.is_true(limiter:take("BTC-USD", 2, 61 * SECOND))
    assert.is_false((limiter:take("BTC-USD", 2, 5))) -- a clock that goes back frees nothing
    assert.error_matches(function() limiter:take("BTC-USD", 0, 1) end, "from 1")
    assert.error_matches(function() limiter:ask("BTC-USD", 1, 0.5) end, "integer")
  end)

  local function advise(changes, policy)
    local asked = { product = "BTC-USD", quantity = "0.002" }
    for name, value in pairs(changes) do asked[name] = value end
    local advice, err = (policy or order_policy.standard()):recommend(asked)
    if not advice then return nil, err.code end
    return ("%s/%s%s"):format(advice.type, advice.time_in_force, advice.post_only and "/post-only" or ""), advice
  end

  it("H9.128 recommends by urgency, spread and volatility", function()
    assert.equal("limit/gtc", (advise {}))
    assert.equal("market/ioc", (advise { urgency = "urgent", liquidity = "good" }))
    assert.equal("market/ioc", (advise { urgency = "urgent", liquidity = "excellent" }))
    assert.equal("limit/ioc", (advise { urgency = "urgent", liquidity = "poor" }))
    assert.equal("limit/ioc", (advise { urgency = "urgent" }))
    assert.equal("limit/gtc/post-only", (advise { urgency = "patient" }))
    assert.equal("limit/gtc", (advise { spread_bps = 20 }))
    assert.equal("limit/gtc/post-only", (advise { spread_bps = "20.001" }))
    assert.equal("limit/gtc", (advise { volatility_percentile = 90 }))
    assert.equal("limit/ioc", (advise { volatility_percentile = 91 }))
  end)

  it("does not contradict itself where the reference did: no post-only order that may not rest", function()
    assert.equal("limit/ioc", (advise { urgency = "urgent", liquidity = "good", spread_bps = 30 }))
    local kind, advice = advise { urgency = "patient", volatility_percentile = 99 }
    assert.equal("limit/gtc/post-only", kind)
    assert.equal("patient; volatile, but it is to rest", table.concat(advice.why, "; "))
  end)

  it("minds a report of neap.impact: its slice, its condition, its spread", function()
    local book, impact = require "neap.book", require "neap.impact"
    local b = assert(book.new { price_increment = 1, size_increment = "0.001" })
    assert(b:snapshot { bids = { { 49999, 1 }, { 49990, 9 } }, asks = { { 50001, 1 }, { 50010, 9 } } })
    local report = impact.estimate { book = b, side = "buy", quantity = 5, max_bps = 1 }
    local kind, advice = advise { quantity = 5, liquidity = report }
    assert.equal("limit/gtc/post-only", kind)
    assert.equal(tostring(report.max_slice_size), tostring(advice.slice))
    assert.equal("market/ioc", (advise { quantity = 5, liquidity = report, urgency = "urgent" }))
  end)

  it("minds the policy: rests where only resting orders are taken, reduces where only that is", function()
    assert.equal("limit/gtc/post-only", (advise({ urgency = "urgent", liquidity = "good" },
      one { requires_post_only = true })))
    local _, advice = advise({}, one { reduce_only_mode = true })
    assert.is_true(advice.reduce_only)
  end)

  it("falls back on limit/gtc where that passes, and else says why nothing does", function()
    local data = { symbols = { ["BTC-USD"] = {} }, capabilities = { { type = "limit", time_in_force = "gtc" } } }
    local kind, advice = advise({ urgency = "urgent", liquidity = "good" }, assert(order_policy.new(data)))
    assert.same({ "limit/gtc", "no_capability" }, { kind, advice.fallback })
    assert.equal("quantity_max", select(2, advise({ quantity = 2000 })))
    assert.equal("no_policy", select(2, advise { product = "DOGE-USD" }))
    assert.equal("trading_disabled", select(2, advise({}, one { trading_enabled = false })))
  end)

  it("never recommends what it would refuse, nor post-only with a time that cannot rest (property)", function()
    math.randomseed(17)
    local function pick(list) return list[math.random(#list)] end
    for _ = 1, 2000 do
      local policy = one({ reduce_only_mode = pick { true, false }, requires_post_only = pick { true, false },
        spread_threshold_bps = pick { 0, 20 } })
      local advice = policy:recommend { product = "BTC-USD", quantity = pick { "0.001", 1, 50 },
        urgency = pick { "normal", "urgent", "patient" }, liquidity = pick { "good", "poor", "critical" },
        spread_bps = pick { 1, 20, 30 }, volatility_percentile = pick { 10, 90, 95 }, price = 100,
        reduce_only = pick { true, false } }
      if advice then
        assert.is_false(advice.post_only and advice.time_in_force ~= "gtc")
        assert.is_false(advice.post_only and advice.type == "market")
        assert.is_true(advice.type ~= "market" or advice.time_in_force == "ioc")
        assert.is_nil((refusal(policy, { type = advice.type, time_in_force = advice.time_in_force, quantity = 1,
          post_only = advice.post_only, reduce_only = advice.reduce_only })))
      end
    end
  end)
end)
