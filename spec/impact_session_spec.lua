-- SPDX-License-Identifier: MIT
-- The market impact guard of a session on a recorded book: it goes by what that book shows, and what was traded.
local recorded = require "spec.support.recorded"

-- When the order comes: asks of 2 at 100.5, 3 at 101, 1 at 102; bids of 2 at 99 and one each at 98.5, 98.
local LINES = { "1 snapshot 2@99 1@98 | 3@101 1@102", "1.5 buy 0.5@101", "2 update 1@98.5 |", "2 update | 2@100.5",
  "3 update 1@97 |" }

-- What becomes of a strategy's order under a limit: its code, and "input limit verdict" of a check of its decision.
local function try(order, max_bps, check, changes)
  local options = { engine = "advanced", set = { enable_market_impact_guard = "true",
    max_market_impact_bps = tostring(max_bps) } }
  for name, value in pairs(changes or {}) do options[name] = value end
  local printed = recorded.works(LINES, ([[ feeds = { "book" }, warmup = 0,
    on_book = function(self, book)
      local o = self.asked
      if o then
        for _, line in ipairs(o:explain().checks) do
          if line.name == "%s" then print(line.input, line.limit, line.verdict) end
        end
      elseif book.ask == 100.5 then
        self.asked = %s
        print(self.asked.status == "rejected" and self.asked.reason.code or "taken")
      end
    end ]]):format(check or "market_impact", order), options)
  return printed[1], printed[2] and printed[2]:gsub("\t", " ")
end

describe("the market impact guard on a recorded book", function()
  it("walks the book: what equals the limit passes", function()
    local code, line = try([[self:buy { quantity = 2 }]], "75.187969924812")
    assert.same({ "taken", "75.187969924812 75.187969924812 passed" }, { code, line })
    assert.equal("market_impact", (try([[self:buy { quantity = 2 }]], "75.187969924811")))
    assert.equal("taken", (try([[self:buy { quantity = 2 }]], "75.187969924812", nil, { engine = "live" })))
    assert.equal("market_impact", (try([[self:buy { quantity = 2 }]], "75.187969924811", nil, { engine = "live" })))
  end)

  it("advises the slice that would pass, under the advanced engine", function()
    local code, line = try([[self:buy { quantity = 5 }]], 80, "slicing_advice")
    assert.same({ "market_impact", "5 2.21 passed" }, { code, line })
    assert.is_nil(select(2, try([[self:buy { quantity = 5 }]], 80, "slicing_advice", { engine = "live" })))
    assert.equal("taken", (try([[self:buy { quantity = "2.21" }]], 80)))
    assert.equal("market_impact", (try([[self:buy { quantity = "2.22" }]], 80)))
  end)

  it("refuses what the book does not show, whatever the law says of the rest", function()
    local code, line = try([[self:buy { quantity = 7 }]], 10000, "slicing_advice")
    assert.same({ "insufficient_liquidity", "7 6 passed" }, { code, line })
  end)

  it("asks nothing of what rests", function()
    local code, line = try([[self:buy { quantity = 7, limit = 98, post_only = true }]], 1, "slicing_advice")
    assert.same({ "taken" }, { code, line })
  end)
end)
