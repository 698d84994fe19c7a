-- SPDX-License-Identifier: MIT
-- The slippage guard of a session on a recorded book: what an order would take is walked, level by level.
local recorded = require "spec.support.recorded"

-- Two basis points wide, with little at the best prices: asks of 0.1 at 10001 and 10 at 10001.2, of 100 at 10011.
local LINES = { "1 snapshot 0.1@9999 10@9998.8 100@9989 | 0.1@10001 10@10001.2 100@10011", "1.5 buy 0.5@10001",
  "2 update 1@9000 |", "3 update 1@8000 |" }

-- What becomes of an order that the n-th call of a hook makes (on_book's first): its code, and "input limit verdict
-- note" of the check.
local function try(order, set, lines, hook, n)
  local options = { engine = "live", cash = 10000000, set = set or { slippage_guard_bps = "50" } }
  local printed = recorded.works(lines or LINES, ([[ feeds = { "book" }, warmup = 0,
    %s = function(self)
      self.calls = (self.calls or 0) + 1
      if self.calls < %d then return end
      local o = self.asked
      if o then
        for _, line in ipairs(o:explain().checks) do
          if line.name == "slippage" then print(line.input, line.limit, line.verdict, line.note) end
        end
      else
        self.asked = %s
        print(self.asked.status == "rejected" and self.asked.reason.code or "taken")
      end
    end ]]):format(hook or "on_book", n or 1, order), options)
  return printed[1], printed[2] and printed[2]:gsub("\t", " ")
end

local WALKED = "bps: the book, walked from its middle"

describe("the slippage guard on a recorded book", function()
  it("walks the levels: 5,000 on a book of 2 bps with little at its best price", function()
    local code, line = try "self:buy { quantity = 0.5 }"
    assert.same({ "taken", "1.16 50 passed " .. WALKED }, { code, line })
    assert.equal("taken", (try "self:buy { notional = 5000 }"))
  end)

  it("refuses what walks too far, at the limit of the guard to the digit", function()
    local code, line = try("self:buy { quantity = 60.1 }", { slippage_guard_bps = "9" })
    assert.same({ "slippage", "9.352745424293 9 failed " .. WALKED }, { code, line })
    assert.equal("taken", (try("self:buy { quantity = 60.1 }", { slippage_guard_bps = "10" })))
  end)

  it("refuses what the book does not hold", function()
    local code, line = try "self:buy { quantity = 200 }"
    assert.equal("no_liquidity", code)
    assert.matches("the book does not hold the order", line)
  end)

  it("takes nothing beyond a limit", function()
    local code, line = try "self:buy { quantity = 200, limit = 10003 }"
    assert.same({ "taken", "3 50 passed " .. WALKED }, { code, line })
    assert.equal("0 50 passed " .. WALKED, (select(2, try "self:buy { quantity = 200, limit = 9990 }")))
    assert.equal("1.16 50 passed " .. WALKED, (select(2, try "self:buy { quantity = 0.5, limit = 10100 }")))
  end)

  it("holds a limit order to its limit also where nothing is known of the trades", function()
    local lines = { LINES[1], LINES[3], LINES[4], "5 buy 0.5@10001" }
    assert.equal("3 50 passed " .. WALKED, (select(2, try("self:buy { quantity = 200, limit = 10003 }", nil, lines))))
    local code, line = try("self:buy { quantity = 200 }", nil, lines)
    assert.same({ "no_liquidity", "nil 50 failed the book does not hold the order" }, { code, line })
  end)

  it("refuses a limit order, too, while the book has lost one of its sides", function()
    local lines = { LINES[1], LINES[2], "2 update | 0@10001 0@10001.2 0@10011", "3 update | 10@10001" }
    for _, order in ipairs { "self:buy { quantity = 0.5, limit = 10003 }",
      "self:sell { quantity = 0.5, limit = 9990 }" } do
      local code, line = try(order, nil, lines, "on_feed", 2)
      assert.same({ "no_liquidity", "nil 50 failed nothing is known of what would meet the order" }, { code, line })
    end
  end)

  it("multiplies by the product's slippage_multipliers", function()
    local _, line = try("self:buy { quantity = 0.5 }",
      { slippage_guard_bps = "50", slippage_multipliers = "BTC-USD:10" })
    assert.equal("11.6 50 passed " .. WALKED, line)
  end)
end)
