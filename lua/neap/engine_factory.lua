-- SPDX-License-Identifier: MIT
-- Which engine a risk configuration asks for, and the only place that makes one.
--
-- `live`, the baseline, is made when neither risk flag is set and when there is no risk configuration. `advanced` is
-- made when enable_dynamic_position_sizing or enable_market_impact_guard is set: either is enough. To roll back to
-- `live`, clear BOTH, in the risk file or as RISK_ENABLE_DYNAMIC_POSITION_SIZING=false and
-- RISK_ENABLE_MARKET_IMPACT_GUARD=false: from both on, clearing one leaves `advanced` in place. Engines own no state,
-- so a change between two orders hands nothing over.
local factory = {}

-- Text would be true whatever it says, so it is refused.
local function check_flag(value, name)
  if not value or value == true then return end
  error(("should_use_advanced_engine: %s is %s; a flag is true or false"):format(name, type(value)), 3)
end

-- → true or false, and why. `risk` is limits of neap.limits, a policy's ctx.risk, a table with the two flags, or nil.
-- It is asked for every order, so it makes no table and no text.
function factory.should_use_advanced_engine(risk)
  if risk == nil then return false, "no risk configuration" end
  local sizing, impact = risk.enable_dynamic_position_sizing, risk.enable_market_impact_guard
  if not sizing and not impact then return false, "neither risk flag is set" end
  check_flag(sizing, "enable_dynamic_position_sizing")
  check_flag(impact, "enable_market_impact_guard")
  if not impact then return true, "enable_dynamic_position_sizing is set" end
  if not sizing then return true, "enable_market_impact_guard is set" end
  return true, "enable_dynamic_position_sizing and enable_market_impact_guard are set"
end

-- Of what the flags send to `advanced`: has a rollout in stages come to this order? → true, or false and why not. A
-- product must be among advanced_products (none: all are), and the order's share, which its id gives it for good, below
-- advanced_share. Both at their default let every order pass.
function factory.is_reached(order, risk)
  local products, share = risk.advanced_products, risk.advanced_share
  if products and not ("," .. products .. ","):find("," .. order.product .. ",", 1, true) then
    return false, "advanced_products leaves this product to live"
  end
  if share >= 1 or order.share < share:float() then return true end
  return false, "advanced_share leaves this order to live"
end

local known_parts = { limits = true, reject_on_cross = true, order_policy = true }

local function check_parts(parts)
  if type(parts) ~= "table" then error("create: parts are a table such as { limits = limits }", 3) end
  for name in pairs(parts) do
    if not known_parts[name] then
      error(("create: unknown part '%s'; known: limits, order_policy, reject_on_cross"):format(tostring(name)), 3)
    end
  end
end

-- Makes the engine "live" or "advanced" from { limits =, reject_on_cross = true }. The limits stay the caller's: the
-- engine reads them at each decision. reject_on_cross (advanced only): a post-only order that would take is refused.
-- order_policy (advanced only): one of neap.order_policy, what entries may be asked for.
function factory.create(name, parts)
  check_parts(parts)
  local engine_c = require "neap.engine_c" -- here, because a policy's cell has the decision but no engines
  local policy = parts.order_policy
  return engine_c.new(name, parts.limits, { reject_on_cross = parts.reject_on_cross,
    order_policy = policy and policy:core() })
end

-- The names of all checks and guards that stand in a table, each once: what tools/mutate-checks leaves out in turn.
function factory.checks() return require("neap.engine_c").checks() end

return factory
