-- SPDX-License-Identifier: MIT
-- Which engine serves an order. The answer and its reason are stored with the decision.
local factory = require "neap.engine_factory"

return function(order, ctx) -- luacheck: ignore order
  local advanced, reason = factory.should_use_advanced_engine(ctx.risk)
  return advanced and "advanced" or "live", reason
end
