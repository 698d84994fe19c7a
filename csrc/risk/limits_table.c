/* SPDX-License-Identifier: MIT */
/* limits_table: the fields of the risk configuration, in the reference's order, with its defaults. */
#include "risk/limits_table.h"

static const char *const methods[] = {"fixed",       "fraction", "risk_to_stop", "kelly", "volatility_target",
                                      "intelligent", NULL};
static const char *const modes[] = {"conservative", "strict", "aggressive", NULL};

#define CHOICE(member, variable_name, words, value)                                                                    \
  {                                                                                                                    \
    .name = #member, .variable = variable_name, .type = NEAP_FIELD_CHOICE, .offset = offsetof(neap_limits, member),    \
    .choices = words, .standard = value                                                                                \
  }
#define FIELD(member, variable_name, kind, low, high, value)                                                           \
  {                                                                                                                    \
    .name = #member, .variable = variable_name, .type = NEAP_FIELD_##kind, .offset = offsetof(neap_limits, member),    \
    .lowest = low, .highest = high, .standard = value                                                                  \
  }

const neap_limit_field neap_limit_fields[NEAP_LIMIT_FIELDS] = {
    /* clang-format off */
    FIELD(max_leverage, "RISK_MAX_LEVERAGE", INT, "1", "1000", "5"),
    FIELD(leverage_max_per_symbol, "RISK_LEVERAGE_MAX_PER_SYMBOL", MAP_INT, "1", "1000", NULL),
    FIELD(daytime_start_utc, "RISK_DAYTIME_START_UTC", CLOCK, NULL, NULL, ""),
    FIELD(daytime_end_utc, "RISK_DAYTIME_END_UTC", CLOCK, NULL, NULL, ""),
    FIELD(day_leverage_max_per_symbol, "RISK_DAY_LEVERAGE_MAX_PER_SYMBOL", MAP_INT, "1", "1000", NULL),
    FIELD(night_leverage_max_per_symbol, "RISK_NIGHT_LEVERAGE_MAX_PER_SYMBOL", MAP_INT, "1", "1000", NULL),
    FIELD(day_mmr_per_symbol, "RISK_DAY_MMR_PER_SYMBOL", MAP_FRACTION, "0", "1", NULL),
    FIELD(night_mmr_per_symbol, "RISK_NIGHT_MMR_PER_SYMBOL", MAP_FRACTION, "0", "1", NULL),
    FIELD(min_liquidation_buffer_pct, "RISK_MIN_LIQUIDATION_BUFFER_PCT", FRACTION, "0", "1", "0.15"),
    FIELD(enable_pre_trade_liq_projection, "RISK_ENABLE_PRE_TRADE_LIQ_PROJECTION", BOOL, NULL, NULL, "true"),
    FIELD(default_maintenance_margin_rate, "RISK_DEFAULT_MMR", FRACTION, "0", "1", "0.005"),
    FIELD(daily_loss_limit, "RISK_DAILY_LOSS_LIMIT", DECIMAL, "0", "1000000000000", "100"),
    FIELD(max_exposure_pct, "RISK_MAX_EXPOSURE_PCT", OPEN_FRACTION, "0", "1", "0.8"),
    FIELD(max_position_pct_per_symbol, "RISK_MAX_POSITION_PCT_PER_SYMBOL", OPEN_FRACTION, "0", "1", "0.2"),
    FIELD(max_notional_per_symbol, "RISK_MAX_NOTIONAL_PER_SYMBOL", MAP_DECIMAL, "0", "1000000000000", NULL),
    FIELD(slippage_guard_bps, "RISK_SLIPPAGE_GUARD_BPS", INT, "0", "10000", "50"),
    FIELD(kill_switch_enabled, "RISK_KILL_SWITCH_ENABLED", BOOL, NULL, NULL, "false"),
    FIELD(reduce_only_mode, "RISK_REDUCE_ONLY_MODE", BOOL, NULL, NULL, "false"),
    FIELD(max_mark_staleness_seconds, "RISK_MAX_MARK_STALENESS_SECONDS", INT, "1", "604800", "180"),
    FIELD(enable_market_impact_guard, "RISK_ENABLE_MARKET_IMPACT_GUARD", BOOL, NULL, NULL, "false"),
    FIELD(max_market_impact_bps, "RISK_MAX_MARKET_IMPACT_BPS", DECIMAL, "0", "10000", "50"),
    FIELD(enable_dynamic_position_sizing, "RISK_ENABLE_DYNAMIC_POSITION_SIZING", BOOL, NULL, NULL, "false"),
    CHOICE(position_sizing_method, "RISK_POSITION_SIZING_METHOD", methods, "intelligent"),
    FIELD(position_sizing_multiplier, "RISK_POSITION_SIZING_MULTIPLIER", DECIMAL, "0.0001", "100", "1"),
    FIELD(enable_volatility_circuit_breaker, "RISK_ENABLE_VOLATILITY_CB", BOOL, NULL, NULL, "false"),
    FIELD(max_intraday_volatility_threshold, "RISK_MAX_INTRADAY_VOL", FRACTION, "0", "1", "0.15"),
    FIELD(volatility_window_periods, "RISK_VOL_WINDOW_PERIODS", INT, "3", "100000", "20"),
    FIELD(circuit_breaker_cooldown_minutes, "RISK_CB_COOLDOWN_MIN", INT, "0", "10080", "30"),
    FIELD(volatility_warning_threshold, "RISK_VOL_WARNING_THRESH", FRACTION, "0", "1", "0.15"),
    FIELD(volatility_reduce_only_threshold, "RISK_VOL_REDUCE_ONLY_THRESH", FRACTION, "0", "1", "0.20"),
    FIELD(volatility_kill_switch_threshold, "RISK_VOL_KILL_SWITCH_THRESH", FRACTION, "0", "1", "0.25"),
    /* beyond the reference's */
    FIELD(max_trade_value, "RISK_MAX_TRADE_VALUE", DECIMAL, "0", "1000000000000", "0"),
    FIELD(symbol_position_caps, "RISK_SYMBOL_POSITION_CAPS", MAP_DECIMAL, "0", "1000000000000", NULL),
    FIELD(error_threshold, "RISK_ERROR_THRESHOLD", INT, "0", "1000", "5"),
    FIELD(error_cooldown_seconds, "RISK_ERROR_COOLDOWN_SECONDS", INT, "0", "604800", "300"),
    FIELD(max_orders_per_minute, "RISK_MAX_ORDERS_PER_MINUTE", INT, "0", "1000", "0"),
    FIELD(duplicate_window_ms, "RISK_DUPLICATE_WINDOW_MS", INT, "0", "60000", "0"),
    FIELD(price_collar_bps, "RISK_PRICE_COLLAR_BPS", INT, "0", "10000", "0"),
    FIELD(max_drawdown_pct, "RISK_MAX_DRAWDOWN_PCT", FRACTION, "0", "1", "0"),
    FIELD(day_start_utc, "RISK_DAY_START_UTC", CLOCK, NULL, NULL, "00:00"),
    FIELD(max_concentration_hhi, "RISK_MAX_CONCENTRATION_HHI", FRACTION, "0", "1", "0"),
    FIELD(max_correlation, "RISK_MAX_CORRELATION", FRACTION, "0", "1", "0"),
    FIELD(guard_sweep_seconds, "RISK_GUARD_SWEEP_SECONDS", INT, "1", "86400", "60"),
    FIELD(slippage_multipliers, "RISK_SLIPPAGE_MULTIPLIERS", MAP_DECIMAL, "0.01", "1000", NULL),
    FIELD(volatility_periods_per_year, "RISK_VOL_PERIODS_PER_YEAR", INT, "0", "1000000000", "0"),
    FIELD(enable_order_preview, "RISK_ENABLE_ORDER_PREVIEW", BOOL, NULL, NULL, "false"),
    FIELD(preview_timeout_seconds, "RISK_PREVIEW_TIMEOUT_SECONDS", INT, "0", "86400", "60"),
    FIELD(trading_symbols, "RISK_TRADING_SYMBOLS", PRODUCTS, NULL, NULL, ""),
    FIELD(trading_days, "RISK_TRADING_DAYS", DAYS, NULL, NULL, ""),
    FIELD(trading_start_utc, "RISK_TRADING_START_UTC", CLOCK, NULL, NULL, ""),
    FIELD(trading_end_utc, "RISK_TRADING_END_UTC", CLOCK, NULL, NULL, ""),
    FIELD(entry_time_in_force, "RISK_ENTRY_TIME_IN_FORCE", TIME_IN_FORCE, NULL, NULL, ""),
    FIELD(enable_limit_orders, "RISK_ENABLE_LIMIT_ORDERS", BOOL, NULL, NULL, "true"),
    FIELD(enable_stop_orders, "RISK_ENABLE_STOP_ORDERS", BOOL, NULL, NULL, "true"),
    FIELD(enable_stop_limit, "RISK_ENABLE_STOP_LIMIT", BOOL, NULL, NULL, "true"),
    FIELD(enable_post_only, "RISK_ENABLE_POST_ONLY", BOOL, NULL, NULL, "true"),
    FIELD(enable_ioc, "RISK_ENABLE_IOC", BOOL, NULL, NULL, "true"),
    FIELD(enable_fok, "RISK_ENABLE_FOK", BOOL, NULL, NULL, "true"),
    FIELD(enable_gtd, "RISK_ENABLE_GTD", BOOL, NULL, NULL, "true"),
    FIELD(reject_on_cross, "RISK_REJECT_ON_CROSS", BOOL, NULL, NULL, "true"),
    CHOICE(sizing_mode, "RISK_SIZING_MODE", modes, "conservative"),
    FIELD(sizing_max_impact_bps, "RISK_SIZING_MAX_IMPACT_BPS", DECIMAL, "0", "10000", "0"),
    FIELD(sizing_fraction, "RISK_SIZING_FRACTION", FRACTION, "0", "1", "0.1"),
    FIELD(sizing_risk_fraction, "RISK_SIZING_RISK_FRACTION", FRACTION, "0", "1", "0.01"),
    FIELD(sizing_kelly_safety, "RISK_SIZING_KELLY_SAFETY", FRACTION, "0", "1", "0.5"),
    FIELD(sizing_kelly_min_trades, "RISK_SIZING_KELLY_MIN_TRADES", INT, "1", "100000", "30"),
    FIELD(sizing_target_volatility, "RISK_SIZING_TARGET_VOLATILITY", DECIMAL, "0", "10", "0"),
    FIELD(collateral_assets, "RISK_COLLATERAL_ASSETS", ASSETS, NULL, NULL, ""),
    FIELD(advanced_share, "RISK_ADVANCED_SHARE", FRACTION, "0", "1", "1"),
    FIELD(advanced_products, "RISK_ADVANCED_PRODUCTS", PRODUCTS, NULL, NULL, ""),
    FIELD(enable_shadow_engine, "RISK_ENABLE_SHADOW_ENGINE", BOOL, NULL, NULL, "false"),
    /* clang-format on */
};
