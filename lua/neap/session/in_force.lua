-- SPDX-License-Identifier: MIT
-- Which fields of the risk configuration a check goes by, and what they were, and why, at a moment of a session.
local in_force = {}

-- By the names of checks in decisions (docs/reference/engine.md). A check that is not here goes by no field.
in_force.of_check = {
  mode = { "kill_switch_enabled", "reduce_only_mode" },
  account = { "collateral_assets" },
  mark = { "max_mark_staleness_seconds" },
  slippage = { "slippage_guard_bps", "slippage_multipliers" },
  preview = { "enable_order_preview", "preview_timeout_seconds", "slippage_guard_bps" },
  funds = { "max_leverage" },
  circuit_breaker = { "error_threshold", "error_cooldown_seconds" },
  max_trade_value = { "max_trade_value" },
  position_limit = { "symbol_position_caps" },
  price_collar = { "price_collar_bps" },
  duplicate_order = { "duplicate_window_ms" },
  order_rate = { "max_orders_per_minute" },
  market_impact = { "max_market_impact_bps", "enable_market_impact_guard" },
  leverage_symbol = { "leverage_max_per_symbol", "day_leverage_max_per_symbol", "night_leverage_max_per_symbol",
    "daytime_start_utc", "daytime_end_utc", "max_leverage" },
  leverage_global = { "max_leverage" },
  liquidation_buffer = { "min_liquidation_buffer_pct", "max_leverage" },
  notional_cap = { "max_notional_per_symbol" },
  symbol_exposure = { "max_position_pct_per_symbol" },
  total_exposure = { "max_exposure_pct" },
  liquidation_projection = { "min_liquidation_buffer_pct", "default_maintenance_margin_rate", "day_mmr_per_symbol",
    "night_mmr_per_symbol" },
  trading_symbols = { "trading_symbols" },
  entry_time_in_force = { "entry_time_in_force" },
  risk = {}, execution = {}, -- by the order alone
  order_kind = { "enable_limit_orders", "enable_stop_orders", "enable_stop_limit", "enable_post_only", "enable_ioc",
    "enable_fok", "enable_gtd" },
  order_policy = {}, broker_adapter = {}, -- by a file of its own; by what a broker has
  slicing_advice = { "max_market_impact_bps", "enable_market_impact_guard" },
  sizing_advice = { "enable_dynamic_position_sizing", "position_sizing_method", "position_sizing_multiplier",
    "sizing_mode", "sizing_max_impact_bps", "sizing_fraction", "sizing_risk_fraction", "sizing_kelly_safety",
    "sizing_kelly_min_trades", "sizing_target_volatility", "max_leverage" },
  post_only_cross = { "reject_on_cross" },
  session_window = { "trading_days", "trading_start_utc", "trading_end_utc" },
}

-- The types of events that say what is in force.
in_force.types = { "session_started", "session_resumed", "configuration_changed" }

local function is_older(a, b) return a.seq < b.seq end

-- Fields that a list does not name are at their default.
local function set_all(list)
  local all = {}
  for _, entry in ipairs(list) do all[entry.name] = { value = entry.value, source = entry.source } end
  return all
end

-- Rows of those events and the number of a decision → { name = { value, source } } of what was not at its default, and
-- the number of the configuration; nil when the events do not go back that far.
function in_force.at(rows, seq)
  local all, number
  table.sort(rows, is_older)
  for _, row in ipairs(rows) do
    local body = row.body or {}
    if row.seq > seq then break end
    if body.configuration then all, number = set_all(body.configuration), body.configuration_number end
    for _, change in ipairs(all and body.changed or {}) do
      all[change.name] = { value = change.new, source = change.source }
    end
    if all and row.type == "configuration_changed" then number = body.number end
  end
  return all, number
end

local function default_of(name)
  local limits = require("neap.limits").new()
  for _, field in ipairs(limits:fields()) do
    if field.name == name then return field.value end
  end
end

-- The fields that the checks of a decision went by, in the order of the checks: { { name, value, source }, … }.
function in_force.used(checks, all)
  local list, seen = {}, {}
  for _, check in ipairs(checks or {}) do
    for _, name in ipairs(in_force.of_check[check.name] or {}) do
      if not seen[name] then
        local set = all[name]
        seen[name] = true
        list[#list + 1] = { name = name, value = set and set.value or default_of(name),
          source = set and set.source or "default" }
      end
    end
  end
  return list
end

return in_force
