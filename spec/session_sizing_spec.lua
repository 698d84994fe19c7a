-- SPDX-License-Identifier: MIT
-- `risk` in buy{} and sell{}: the quantity that loses a share of equity at stop_loss, under either engine.
local decimal = require "neap.decimal"
local neap = require "neap"
local program = require "spec.support.program"
local trading = require "spec.support.trading"

local perpetual = { products = { ["BTC-USD"] = { kind = "perpetual" } } }


-- Two bars in: the mark is 102, equity 10,000, no fees.
local function place(order, changes, side)
  local s = trading.open(changes)
  local placed = s[side or "buy"](s, order)
  local told = assert(s:explain(placed))
  local quantity, reason = placed.quantity, placed.reason
  s:close()
  return reason and reason.code or tostring(quantity), told, reason
end

local function quantity(order, changes, side) return (place(order, changes, side)) end

local function misuse(pattern, order)
  local s = trading.open()
  local ok, message = pcall(s.buy, s, order)
  s:close()
  assert.is_false(ok)
  assert.matches(pattern, message)
end

describe("risk", function()
  it("is one of the sizes, for an order and for no target", function()
    misuse("more than one size: give exactly one of quantity, notional, fraction, risk",
      { risk = "0.01", quantity = 1, stop_loss = 95 })
    misuse("no size: give exactly one of quantity, notional, fraction, risk", {})
    local s = trading.open()
    local ok, message = pcall(s.target, s, { risk = "0.01" })
    s:close()
    assert.is_false(ok)
    assert.matches("unknown option 'risk'", message)
  end)

  it("needs a stop_loss, and is a share", function()
    misuse("risk is lost at stop_loss: give one", { risk = "0.01" })
    misuse("risk is a share of equity: at most 1", { risk = "1.01", stop_loss = 95 })
    misuse("risk is a share of equity: at most 1", { risk = 1.01, stop_loss = 95 })
    misuse("risk must be more than zero", { risk = 0, stop_loss = 95 })
    misuse("reduce_only orders open nothing", { risk = "0.01", stop_loss = 95, reduce_only = true })
  end)

  it("loses that share of equity from the mark to the stop", function()
    assert.equal("20", quantity { risk = "0.01", stop_loss = 97 })
    assert.equal("20", quantity { risk = 0.01, stop_loss = 97 })
    assert.equal("14.28571428", quantity { risk = "0.01", stop_loss = 95 }) -- 14.285714285…
  end)

  it("counts from the limit, else from the stop's trigger", function()
    assert.equal("50", quantity { risk = "0.01", limit = 99, stop_loss = 97 })
    assert.equal("10", quantity { risk = "0.01", stop = 107, stop_loss = 97 })
    assert.equal("25", quantity { risk = "0.01", stop = 110, limit = 101, stop_loss = 97 })
  end)

  it("has the fees of both ways in it: the taker's, or the maker's for what rests", function()
    assert.equal("19.23446816", quantity({ risk = "0.01", stop_loss = 97 }, { fee_bps = 10 })) -- 100 ÷ 5.199
    local fees = { fee_bps = 10, maker_fee_bps = 0 }
    assert.equal("47.68717215", quantity({ risk = "0.01", limit = 99, stop_loss = 97, post_only = true }, fees))
    assert.equal("45.53734061", quantity({ risk = "0.01", limit = 99, stop_loss = 97 }, fees))
  end)

  it("counts a contract's size, and rounds down to the increment", function()
    local facts = { kind = "future", contract_size = "0.01", base_increment = "1" }
    assert.equal("2000", quantity({ risk = "0.01", stop_loss = 97 }, { products = { ["BTC-USD"] = facts } }))
    facts.contract_size = "3"
    assert.equal("6", quantity({ risk = "0.01", stop_loss = 97 }, { products = { ["BTC-USD"] = facts } }))
  end)

  it("works short, with the stop over the price", function()
    assert.equal("20", quantity({ risk = "0.01", stop_loss = 107 }, perpetual, "sell"))
    local code, _, reason = place({ risk = "0.01", stop_loss = 97 }, perpetual, "sell")
    assert.same({ "stop_loss_side", "97", "102" }, { code, reason.input, reason.limit })
  end)

  it("is refused where no quantity can be found: a stop on the wrong side or at the price, too small", function()
    assert.equal("stop_loss_side", quantity { risk = "0.01", stop_loss = 103 })
    assert.equal("stop_loss_side", quantity { risk = "0.01", stop_loss = 102 })
    assert.equal("stop_loss_side", quantity { risk = "0.01", limit = 96, stop_loss = 97 })
    local coarse = { products = { ["BTC-USD"] = { base_increment = "1" } } }
    assert.equal("too_small", quantity({ risk = "0.0001", stop_loss = 97 }, coarse)) -- 1 USD at 5 a unit
    local least = { products = { ["BTC-USD"] = { base_increment = "0.1", base_min_size = "0.3" } } }
    local code, _, reason = place({ risk = "0.0001", stop_loss = 97 }, least)
    assert.same({ "too_small", "0.0001", "0.3" }, { code, reason.input, reason.limit })
    assert.equal("0.3", quantity({ risk = "0.00015", stop_loss = 97 }, least))
  end)

  it("is refused while no price is known", function()
    local s = assert(neap.session(trading.options()))
    assert.equal("no_mark", s:buy({ risk = "0.01", stop_loss = 97 }).reason.code)
    s:close()
  end)

  it("does not lift a limit: what it asks for must be paid for", function()
    assert.equal("insufficient_funds", quantity { risk = "0.01", stop_loss = "101.5" }) -- 200 × 102
  end)

  it("is written into the decision, and the same under the advanced engine", function()
    for _, engine in ipairs { "live", "advanced" } do
      local env = { RISK_ENABLE_MARKET_IMPACT_GUARD = tostring(engine == "advanced") }
      local code, told = place({ risk = "0.01", stop_loss = 97 }, { env = env, fee_bps = 10 })
      assert.equal("19.23446816", code)
      assert.matches("engine +" .. engine, tostring(told))
      local lines = {}
      for _, check in ipairs(told.decision.checks) do
        if check.name == "risk" then lines[#lines + 1] = ("%s %s"):format(check.input, check.limit) end
      end
      assert.same({ "102 97", "0.01 19.23446816" }, lines)
    end
  end)

  it("may be replaced, and may leave in slices", function()
    local s <close> = trading.open { env = { RISK_ENABLE_MARKET_IMPACT_GUARD = "true" } }
    local order = s:buy { risk = "0.01", limit = 90, stop_loss = 80 }
    local other = order:replace { limit = 85 }
    s:step(1)
    assert.same({ "10", "10", "85" }, { tostring(order.quantity), tostring(other.quantity), tostring(other.limit) })
    other:cancel()
    local whole = s:buy { risk = "0.01", stop_loss = 93, execution = "twap", over = "4h", slices = 4 }
    assert.equal("10", tostring(whole.quantity)) -- 100 ÷ (103 − 93)
    s:step(6)
    assert.same({ "filled", "10" }, { whole.status, tostring(whole.filled) })
  end)

  it("loses that share when the stop strikes at its price, and keeps its stop", function()
    local bars = trading.bars(6)
    bars[4].low, bars[4].close = 97, 98
    local s = trading.open { data = { ["BTC-USD"] = bars }, fee_bps = 10 }
    local order = s:buy { risk = "0.01", stop_loss = 97 }
    s:step(3)
    assert.equal("filled", order.status)
    assert.is_true(s.positions[1] == nil or s.positions[1].quantity:is_zero())
    local lost = (decimal "10000" - s.equity):float()
    s:close()
    assert.is_true(lost > 99.9 and lost < 100.1, lost) -- the entry is at 102, the exit at 97
  end)

  it("reaches on_reject of a strategy", function()
    local directory = program.directory()
    local path = program.write(directory .. "/risks.lua", [[
      return require "neap".strategy { name = "risks",
        on_bar = function(self)
          if not self.asked then self.asked = self:buy { risk = "0.01", stop_loss = 100000, why = "too high" } end
        end,
        on_reject = function(self, o) self.state.code = o.reason.code end,
      }]])
    local result = assert(neap.backtest { strategy = path, data = { ["BTC-USD"] = trading.bars(5) }, cash = 10000,
      env = {} })
    program.remove(directory)
    assert.same({ stop_loss_side = 1 }, result.rejections)
  end)
end)
