-- SPDX-License-Identifier: MIT
-- neap.queue_model: when passive orders would have filled on a recorded book.
local shared = require "spec.support.shared"

describe("neap.queue_model", function()
  local queue_model = require "neap.queue_model"
  local recording = require "neap.recording"

  local function code(_, err) return err and err.code end

  -- A recording of lines: "TIME bid|ask PRICE SIZE" is a change, "TIME buy|sell PRICE SIZE" a trade by that taker. It
  -- begins with 10 at 100 and 10 at 101, at time 0.
  local function recorded(...)
    local r = assert(recording.new { price_increment = 1, size_increment = 1 })
    assert(r:add_change { time = 0, snapshot = true, side = "bid", price = 100, size = 10 })
    assert(r:add_change { time = 0, snapshot = true, side = "ask", price = 101, size = 10 })
    for _, text in ipairs { ... } do
      local time, side, price, size = text:match "(%d+) (%a+) (%d+) (%d+)"
      local event = { time = math.tointeger(time), side = side, price = price, size = size }
      if side == "bid" or side == "ask" then assert(r:add_change(event)) else assert(r:add_trade(event)) end
    end
    return r
  end

  -- Buys 5 at 100 after the snapshot, under the queue model, with no latency unless it is given.
  local function bought(r, queue, latency, seed)
    local model = assert(queue_model.new { recording = r, queue = queue, latency = latency, seed = seed })
    assert(model:step())
    assert(model:place { side = "buy", price = 100, quantity = 5 })
    return model
  end

  local function run(model)
    repeat local time, err = model:step() until not time or err
    return model
  end

  local function fills(model)
    local out = {}
    for i, fill in ipairs(model:fills()) do
      out[i] = ("%d: %s at %s, %s"):format(fill.time, fill.quantity, fill.price, fill.cause)
    end
    return out
  end

  local function filled(...) return fills(run(bought(recorded(...)))) end

  it("adds no global", function()
    local before = {}
    for name in pairs(_G) do before[name] = true end
    package.loaded["neap.queue_model"] = nil
    require "neap.queue_model"
    for name in pairs(_G) do assert.is_true(before[name], name) end
  end)

  it("refuses unknown options and bad arguments", function()
    local r = recorded()
    assert.error_matches(function() queue_model.new { recordin = r } end, "did you mean 'recording'")
    assert.error_matches(function() queue_model.new { recording = r, queue = "risk_avers" } end,
      "did you mean 'risk_averse'")
    assert.error_matches(function() queue_model.new { recording = r, latency = 0.5 } end, "latency is")
    assert.has_error(function() queue_model.new { recording = 5 } end)
    assert.equal("latency", code(queue_model.new { recording = r, latency = -1 }))
    assert.equal("latency", code(queue_model.new { recording = r, latency = { 5, 4 } }))
    local model = bought(r)
    assert.error_matches(function() model:order(2) end, "no such order")
    assert.error_matches(function() model:place { side = "buy", price = "1.5", quantity = 1 } end, "multiple")
    assert.equal("bad_order", code(model:place { side = "buy", price = 1, quantity = 0 }))
  end)

  it("stands behind what rests, and fills when trades have come as far", function()
    assert.same({}, filled("10 sell 100 10"))
    assert.same({ "10: 2 at 100, queue" }, filled("10 sell 100 12"))
    assert.same({ "20: 1 at 100, queue", "30: 4 at 100, queue" },
      filled("10 sell 100 4", "20 sell 100 7", "30 sell 100 9"))
  end)

  it("takes a trade and the message that shows it for one thing", function()
    assert.same({ "30: 1 at 100, queue" }, filled("10 sell 100 4", "20 bid 100 6", "30 sell 100 7"))
  end)

  it("is met first by a trade beyond its price, and gone through by the other side", function()
    assert.same({ "10: 3 at 100, beyond" }, filled("10 sell 99 3"))
    assert.same({ "10: 5 at 100, through" }, filled("10 bid 100 0", "10 ask 100 4"))
    assert.same({}, filled("10 buy 101 30"))
  end)

  it("counts what was traded but not yet shown when it arrives", function()
    local model = bought(recorded("5 sell 100 4", "10 sell 100 6", "20 sell 100 5"), nil, 7)
    assert.same({ "20: 5 at 100, queue" }, fills(run(model)))
  end)

  it("risk-averse: cancels come from behind, as long as the queue ahead still fits", function()
    local function ahead(...)
      return tostring(run(bought(recorded(...))):order(1).ahead)
    end
    assert.equal("10", ahead("10 bid 100 15"))
    assert.equal("10", ahead("10 bid 100 15", "20 bid 100 12"))
    assert.equal("8", ahead("10 bid 100 15", "20 bid 100 8"))
  end)

  it("probabilistic: cancels come from ahead as often as the share ahead says", function()
    local lines, mean, tries = { "10 bid 100 40", "20 bid 100 39" }, 0, 400
    for seed = 1, tries do
      local ahead = run(bought(recorded(table.unpack(lines)), "probabilistic", 0, seed)):order(1).ahead
      assert.is_true(ahead == require("neap.decimal")(9) or ahead == require("neap.decimal")(10))
      mean = mean + ahead:float() / tries
    end
    assert.is_true(math.abs(mean - 9.75) < 0.07, mean) -- a quarter was ahead
  end)

  it("never stands better under the risk-averse model", function()
    local lines = {}
    for i = 1, 200 do
      lines[i] = ("%d bid 100 %d"):format(i * 10, 5 + (i * 7919) % 40)
    end
    local averse = bought(recorded(table.unpack(lines)))
    local likely = bought(recorded(table.unpack(lines)), "probabilistic", 0, 3)
    while averse:step() and likely:step() do
      local a, b = averse:order(1), likely:order(1)
      if a.ahead then assert.is_true(a.ahead >= b.ahead) end
    end
  end)

  it("arrives after its latency, and is refused where it would then take", function()
    local model = bought(recorded("10 ask 100 1", "10 bid 100 0"), nil, 15)
    assert.equal("sent", model:order(1).status)
    run(model)
    assert.equal("sent", model:order(1).status) -- nothing came after it
    model = run(bought(recorded("10 ask 100 1", "10 bid 100 0", "20 ask 100 2"), nil, 15))
    assert.equal("refused", model:order(1).status)
    assert.equal(15, model:order(1).ended)
  end)

  it("can be filled until its cancel arrives", function()
    local function cancelled(latency)
      local model = bought(recorded("50 bid 99 1", "60 sell 100 12", "70 bid 99 2"), nil, latency)
      assert(model:step())
      assert.is_true(model:cancel(1))
      assert.is_false(model:cancel(1))
      return run(model)
    end
    assert.equal("cancelled", cancelled(9):order(1).status)
    assert.same({}, fills(cancelled(9)))
    assert.same({ "60: 2 at 100, queue" }, fills(cancelled(11)))
    assert.is_false(cancelled(9):cancel(1))
  end)

  it("shares a trade among its own orders, the better price and the earlier one first", function()
    local model = bought(recorded("10 bid 100 30", "20 sell 99 100"))
    assert(model:step())
    local second = assert(model:place { side = "buy", price = 100, quantity = 2 })
    run(model)
    assert.equal("filled", model:order(1).status)
    assert.equal("filled", model:order(second).status)
    model = bought(recorded("10 sell 100 12"))
    assert(model:place { side = "buy", price = 100, quantity = 5 })
    assert.same({ "10: 2 at 100, queue" }, fills(run(model)))
    assert.equal(1, model:fills()[1].order)
    -- The trade that fills the first one is no cancel before the second.
    model = bought(recorded("10 sell 100 10", "20 bid 100 4", "30 sell 100 5", "40 bid 100 3", "50 bid 100 2"))
    assert(model:step() and model:step())
    second = assert(model:place { side = "buy", price = 100, quantity = 5 })
    assert(model:step() and model:step())
    assert.equal("filled", model:order(1).status)
    assert.equal("3", tostring(model:order(second).ahead))
  end)

  it("draws latencies between the quantiles, the same for the same seed", function()
    local function arrivals(seed)
      local model = bought(recorded("10 bid 99 1"), nil, { 100, 200, 1000 }, seed)
      local out = {}
      for i = 1, 200 do
        out[i] = model:order(assert(model:place { side = "buy", price = 90, quantity = 1 })).arrives
      end
      return out
    end
    local one = arrivals(5)
    assert.same(one, arrivals(5))
    assert.are_not.same(one, arrivals(6))
    for i, at in ipairs(one) do
      assert.is_true(at >= 100 and at <= 1000)
      assert.is_true(i == 1 or at >= one[i - 1]) -- none overtakes another
    end
  end)

  it("stops where the book is in doubt", function()
    local model = bought(recorded("10 ask 100 5"))
    assert.equal("crossed", code(model:step()))
  end)

  local function unpacked(name)
    return shared.text("data/l2_binance_spot_2024_08_08/" .. name .. ".csv.gz") or pending "../shared is absent"
  end

  it("follows the touch of the recorded book: the same fills twice, more when less careful", function()
    local study = require "spec.support.queue_study"
    local r = assert(recording.new { price_increment = "0.01", size_increment = "0.00000001",
      changes = unpacked "BTCUSDT_l2", trades = unpacked "BTCUSDT_trades" })
    local function at_touch(queue)
      return study.run { recording = r, queue = queue, latency = 5000000, seed = 1, quantity = "0.01" }
    end
    local averse, again, likely = at_touch "risk_averse", at_touch "risk_averse", at_touch "probabilistic"
    assert.same(averse, again)
    assert.is_true(averse.fills > 50, averse.fills)
    assert.is_true(likely.filled >= averse.filled)
  end)

  it("comes near what a quoter gets in a market whose queues are real", function()
    if os.getenv "NEAP_TEST_LUA" then pending "an instrumented interpreter is slow" end
    local market, study = require "tools.queue_market", require "spec.support.queue_study"
    local averse, likely, truth = 0, 0, 0
    for seed = 2, 4 do
      local r = market.record(seed, 200)
      local function under(queue)
        return study.run({ recording = r, queue = queue, latency = 5000000, seed = 1, quantity = 2 }).filled
      end
      local _, quoter = market.record(seed, 200, { quantity = 2, latency = 5000000 })
      averse, likely, truth = averse + under "risk_averse", likely + under "probabilistic", truth + quoter.filled
    end
    local text = ("%g and %g of %g"):format(averse, likely, truth)
    assert.is_true(0.8 * truth < averse and averse < likely and likely < 1.1 * truth, text)
  end)

  it("made the plot of the guide, byte for byte", function()
    if os.getenv "NEAP_TEST_LUA" then pending "the tool loads build/release" end
    local file <close> = assert(io.open "docs/guide/images/queue_models.svg")
    local made <close> = assert(io.popen "lua5.4 tools/queue_models.lua 2>/dev/null")
    assert.equal(file:read "a", made:read "a")
  end)

  it("closes twice", function()
    local model = bought(recorded())
    model:close()
    model:close()
    assert.equal("queue model: closed", tostring(model))
    assert.error_matches(function() model:step() end, "closed")
  end)
end)
