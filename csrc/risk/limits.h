/* SPDX-License-Identifier: MIT */
/* limits: the risk configuration: every field of the reference, read from JSON with exact numbers, checked, and
 * overridden by RISK_* variables. */
#ifndef NEAP_RISK_LIMITS_H
#define NEAP_RISK_LIMITS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/decimal.h"

enum {
  NEAP_LIMITS_PRODUCTS = 64,
  NEAP_LIMITS_ID = 40,
  NEAP_LIMITS_ASSETS = 96,
  NEAP_LIMITS_UNBOUND = 1000,
  NEAP_LIMITS_LIST = 512,
  NEAP_LIMITS_CHOICE = 24
};

typedef struct neap_limit_map { /* a value per product */
  uint32_t count;
  struct {
    char product[NEAP_LIMITS_ID];
    neap_decimal value;
  } item[NEAP_LIMITS_PRODUCTS];
} neap_limit_map;

typedef struct neap_limits {
  int64_t max_leverage;
  neap_limit_map leverage_max_per_symbol, day_leverage_max_per_symbol, night_leverage_max_per_symbol;
  neap_limit_map day_mmr_per_symbol, night_mmr_per_symbol, max_notional_per_symbol;
  char daytime_start_utc[8], daytime_end_utc[8];                            /* "HH:MM" or "" */
  neap_decimal min_liquidation_buffer_pct, default_maintenance_margin_rate; /* fractions */
  bool enable_pre_trade_liq_projection;
  neap_decimal daily_loss_limit;                              /* account currency */
  neap_decimal max_exposure_pct, max_position_pct_per_symbol; /* of equity; NEAP_LIMITS_UNBOUND: no limit */
  int64_t slippage_guard_bps;
  bool kill_switch_enabled, reduce_only_mode;
  int64_t max_mark_staleness_seconds;
  bool enable_market_impact_guard;
  neap_decimal max_market_impact_bps;
  bool enable_dynamic_position_sizing;
  char position_sizing_method[NEAP_LIMITS_CHOICE];
  neap_decimal position_sizing_multiplier;
  bool enable_volatility_circuit_breaker;
  neap_decimal max_intraday_volatility_threshold;
  int64_t volatility_window_periods, circuit_breaker_cooldown_minutes;
  neap_decimal volatility_warning_threshold, volatility_reduce_only_threshold, volatility_kill_switch_threshold;
  neap_decimal max_trade_value;        /* of one order, quote; 0: off */
  neap_limit_map symbol_position_caps; /* base */
  int64_t error_threshold, error_cooldown_seconds, max_orders_per_minute, duplicate_window_ms, price_collar_bps;
  neap_decimal max_drawdown_pct; /* fraction; 0: off */
  char day_start_utc[8];
  neap_decimal max_concentration_hhi, max_correlation;      /* 0: off */
  int64_t guard_sweep_seconds, volatility_periods_per_year; /* 0: by the bar's length */
  neap_limit_map slippage_multipliers;
  bool enable_order_preview;
  int64_t preview_timeout_seconds;               /* an answer is waited for no longer; 0: until it comes */
  char trading_days[32];                         /* "mon,tue", in the week's order, or "": every day */
  char trading_start_utc[8], trading_end_utc[8]; /* "HH:MM" or "" */
  char entry_time_in_force[8];                   /* of every entry, whatever it asks for; "": as it asks */
  /* what entries may ask for; exits ask for what they like */
  bool enable_limit_orders, enable_stop_orders, enable_stop_limit, enable_post_only, enable_ioc, enable_fok, enable_gtd;
  char sizing_mode[NEAP_LIMITS_CHOICE];       /* "conservative" "strict" "aggressive" */
  neap_decimal sizing_max_impact_bps;         /* intelligent: of an entry; 0: no part of it */
  neap_decimal sizing_fraction;               /* of equity, by fraction */
  neap_decimal sizing_risk_fraction;          /* of equity, lost at the stop */
  neap_decimal sizing_kelly_safety;           /* share of what Kelly says */
  int64_t sizing_kelly_min_trades;            /* closed ones, before Kelly says anything */
  neap_decimal sizing_target_volatility;      /* of a year, a fraction; 0: no part of intelligent */
  bool reject_on_cross;                       /* advanced: a post-only order that would take is refused here already */
  char trading_symbols[NEAP_LIMITS_LIST];     /* "BTC-USD,ETH-USD" that may be entered; "": all */
  char collateral_assets[NEAP_LIMITS_ASSETS]; /* "USD,USDC"; "": USD, USDC and the account's currency */
  neap_decimal advanced_share;                /* of the orders that may go by the advanced engine: 0 none, 1 all */
  char advanced_products[NEAP_LIMITS_LIST];   /* that may; "": all */
  bool enable_shadow_engine; /* the engine that does not decide is asked, too, and its answer recorded */
} neap_limits;

static inline bool neap_limit_is_unbound(neap_decimal value) {
  return value.units == neap_decimal_from_int(NEAP_LIMITS_UNBOUND).units;
}

void neap_limits_default(neap_limits *limits); /* the reference's defaults */
/* Changes the fields that the JSON object names. Unknown keys, wrong types, values out of range and contradictions: all
 * problems at once, one per line, in `problems`; then NEAP_INVALID and `limits` is untouched. `where` names the file in
 * the messages. Keys that start with "_" are comments. */
neap_status neap_limits_read_json(neap_limits *limits, const char *json, size_t length, const char *where,
                                  neap_buffer *problems, neap_fault *fault);
/* Sets one field by its name from text, as a variable gives it: bool true|1|yes|on / false|0|no|off, maps
 * "SYM:v,SYM:v". */
neap_status neap_limits_set(neap_limits *limits, const char *field, const char *text, neap_fault *fault);
/* Cross-field rules; appends a line per problem. */
neap_status neap_limits_check(const neap_limits *limits, neap_buffer *problems, neap_fault *fault);
/* Field i (0…) with its name, variable name and present value as text; false after the last. For `config show`. */
bool neap_limits_field(const neap_limits *limits, unsigned i, const char **name, const char **variable,
                       neap_buffer *value);

typedef enum neap_limit_kind {
  NEAP_LIMIT_INT,
  NEAP_LIMIT_BOOL,
  NEAP_LIMIT_DECIMAL,
  NEAP_LIMIT_TEXT,
  NEAP_LIMIT_MAP
} neap_limit_kind;

typedef struct neap_limit_value {
  neap_limit_kind kind;
  int64_t integer;           /* INT, BOOL */
  neap_decimal decimal;      /* DECIMAL */
  const char *text;          /* TEXT; "" is none */
  const neap_limit_map *map; /* MAP */
} neap_limit_value;

/* Field i by its kind; false after the last. For Lua. */
bool neap_limits_value(const neap_limits *limits, unsigned i, neap_limit_value *out);
/* Whether a list of the limits, such as trading_symbols, has this id. */
bool neap_limits_list_has(const char *list, const char *id);
/* Index of a field or of its variable; -1 when unknown, then *nearest (may be NULL) is the nearest name or NULL. */
int neap_limits_find(const char *name, const char **nearest);

#endif
