-- SPDX-License-Identifier: MIT
-- Values that are allowed and doubtful all the same: what a careful person would ask about.
local decimal = require "neap.decimal"

local RULES = {
  { "max_leverage", "over", 20 }, { "slippage_guard_bps", "over", 500 },
  { "daily_loss_limit", "is", 0, "no loss is allowed at all" },
  { "min_liquidation_buffer_pct", "under", "0.05" }, { "max_position_pct_per_symbol", "over", "1" },
  { "max_mark_staleness_seconds", "over", 3600 }, { "max_market_impact_bps", "over", 500 },
  { "sizing_risk_fraction", "over", "0.05" }, { "sizing_kelly_safety", "over", "0.5" },
  { "sizing_target_volatility", "over", "1" },
}

local holds = {
  over = function(value, bound) return value > bound end,
  under = function(value, bound) return value < bound end,
  is = function(value, bound) return value == bound end,
}

-- Lines on values that a person said; what a profile or a default says was thought about.
return function(loaded)
  local lines = {}
  for _, rule in ipairs(RULES) do
    local name, how, bound, why = table.unpack(rule, 1, 4)
    local words = loaded.words[name]
    local layer = words[#words].layer
    local is_said = layer ~= "default" and layer ~= "profile" and layer ~= "lock"
    if is_said and holds[how](decimal.new(tostring(loaded.limits[name])), decimal.new(bound)) then
      lines[#lines + 1] = ("%s = %s (%s): %s"):format(name, tostring(loaded.limits[name]), words[#words].source,
        why or ("%s %s is unusual"):format(how, bound))
    end
  end
  return lines
end
