-- SPDX-License-Identifier: MIT
-- Back-tests: no risk file, both flags off, limits so wide that they never bind. Data only: this file runs in an empty
-- environment.
return {
  doc = "Back-test: no risk file, flags off, wide limits.",
  risk = {
    max_leverage = 100,
    daily_loss_limit = 1000000000000,
    max_exposure_pct = 1000, -- no limit
    max_position_pct_per_symbol = 1000,
    error_threshold = 0,
    min_liquidation_buffer_pct = 0,
    enable_pre_trade_liq_projection = false,
    slippage_guard_bps = 0,
    max_mark_staleness_seconds = 604800,
    max_market_impact_bps = 10000,
    enable_dynamic_position_sizing = false,
    enable_market_impact_guard = false,
    volatility_warning_threshold = 1,
    volatility_reduce_only_threshold = 1,
    volatility_kill_switch_threshold = 1,
  },
}
