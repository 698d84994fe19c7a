-- SPDX-License-Identifier: MIT
-- What a lock lets through: only what is as strict as itself, or stricter.
local decimal = require "neap.decimal"

local locks = {}

-- Which way is stricter. "off": lower, and zero is none at all. A field that is not here is locked to its very value.
local STRICTER = {
  max_leverage = "lower", daily_loss_limit = "lower", max_exposure_pct = "lower",
  max_position_pct_per_symbol = "lower", max_mark_staleness_seconds = "lower",
  max_intraday_volatility_threshold = "lower", guard_sweep_seconds = "lower",
  volatility_warning_threshold = "lower", volatility_reduce_only_threshold = "lower",
  volatility_kill_switch_threshold = "lower", position_sizing_multiplier = "lower", advanced_share = "lower",
  min_liquidation_buffer_pct = "higher", default_maintenance_margin_rate = "higher",
  circuit_breaker_cooldown_minutes = "higher", error_cooldown_seconds = "higher", duplicate_window_ms = "higher",
  kill_switch_enabled = "on", reduce_only_mode = "on", enable_pre_trade_liq_projection = "on",
  enable_volatility_circuit_breaker = "on", enable_order_preview = "on",
  enable_limit_orders = "no", enable_stop_orders = "no", enable_stop_limit = "no", enable_post_only = "no",
  enable_ioc = "no", enable_fok = "no", enable_gtd = "no", reject_on_cross = "on",
  sizing_max_impact_bps = "off", sizing_target_volatility = "off", sizing_fraction = "lower",
  sizing_risk_fraction = "lower", sizing_kelly_safety = "lower", sizing_kelly_min_trades = "higher",
  max_trade_value = "off", error_threshold = "off", max_orders_per_minute = "off", price_collar_bps = "off",
  max_drawdown_pct = "off", max_concentration_hhi = "off", max_correlation = "off",
  preview_timeout_seconds = "off", slippage_guard_bps = "off", max_market_impact_bps = "off",
  symbol_position_caps = "map", max_notional_per_symbol = "map", leverage_max_per_symbol = "map",
  day_leverage_max_per_symbol = "map", night_leverage_max_per_symbol = "map", trading_days = "days",
  trading_symbols = "symbols", advanced_products = "symbols",
}

local function number(value) return decimal.new(tostring(value)) end

-- No product that the lock names may lack a cap, or have a higher one.
local function is_map_within(value, lock)
  for product, cap in pairs(lock) do
    if not value[product] or number(value[product]) > number(cap) then return false end
  end
  return true
end

local function are_days_within(value, lock)
  if lock == nil then return true end
  for day in (value or "every"):gmatch "%a+" do
    if not lock:find(day, 1, true) then return false end
  end
  return true
end

-- None is all of them.
local function are_symbols_within(value, lock)
  if lock == nil then return true end
  for symbol in (value or "every"):gmatch "[^,]+" do
    if not ("," .. lock .. ","):find("," .. symbol .. ",", 1, true) then return false end
  end
  return true
end

local within = {
  lower = function(value, lock) return number(value) <= number(lock) end,
  higher = function(value, lock) return number(value) >= number(lock) end,
  on = function(value, lock) return value or not lock end,
  no = function(value, lock) return lock or not value end,
  off = function(value, lock)
    if number(lock):is_zero() then return true end
    return not number(value):is_zero() and number(value) <= number(lock)
  end,
  map = is_map_within,
  days = are_days_within,
  symbols = are_symbols_within,
}

-- Whether a value (as neap.limits gives it) is no looser than the lock's.
function locks.allow(name, value, lock)
  local rule = within[STRICTER[name]]
  if rule then return rule(value, lock) end
  return tostring(value) == tostring(lock)
end

return locks
