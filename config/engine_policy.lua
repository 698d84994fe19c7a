-- SPDX-License-Identifier: MIT
-- Which engine serves an order. The answer and its reason are stored with the decision.
local factory = require "neap.engine_factory"

return function(order, ctx)
  local advanced, reason = factory.should_use_advanced_engine(ctx.risk)
  if not advanced then return "live", reason end
  local reached, left_out = factory.is_reached(order, ctx.risk)
  return reached and "advanced" or "live", left_out or reason
end
