-- SPDX-License-Identifier: MIT
-- Canary: production with little money. What is locked here is loosened by nothing: no file, no variable, no flag, no
-- operator. Stricter is always let through. For a canary that may open positions copy this file under another name and
-- take reduce_only_mode out of its locks. Data only: this file runs in an empty environment.
return {
  doc = "Canary: small limits that nothing loosens, reduce-only among them.",
  risk_file = "config/risk/prod.json",
  risk = {
    max_leverage = 1,
    reduce_only_mode = true,
    entry_time_in_force = "IOC",
    daily_loss_limit = 10,
    max_trade_value = 100,
    max_notional_per_symbol = { ["BTC-USD"] = 500 },
    symbol_position_caps = { ["BTC-USD"] = "0.01" },
    max_orders_per_minute = 2,
    max_drawdown_pct = "0.02",
    error_threshold = 3,
    max_mark_staleness_seconds = 60,
    trading_symbols = "BTC-USD",
    trading_days = "mon,tue,wed,thu,fri,sat,sun",
    trading_start_utc = "00:00",
    trading_end_utc = "23:59",
  },
  locks = {
    "max_leverage", "reduce_only_mode", "entry_time_in_force", "daily_loss_limit", "max_trade_value",
    "max_notional_per_symbol", "symbol_position_caps", "max_orders_per_minute", "max_drawdown_pct", "error_threshold",
    "max_mark_staleness_seconds", "trading_days", "trading_start_utc", "trading_end_utc",
  },
  -- What users of a canary have been told they get and this version has no mechanism for; `config check` says it.
  absent = {
    "at most 20 orders an hour and 50 a day", "30 s between two orders", "a stop after 2 losses in a row",
    "at most 5 USD of loss an hour", "a trailing stop of 1 % on every position", "a least balance of 100 USD",
    "a dead man's switch", "a daily report",
  },
}
