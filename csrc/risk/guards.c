/* SPDX-License-Identifier: MIT */
/* guards: of money and of marks. Those of positions are in guards_position.c. */
#include "risk/guards.h"

#include "base/clock.h"

enum { DIGITS = 12 };

static neap_decimal seconds(int64_t ns) {
  return (neap_decimal){(__int128)ns * (neap_decimal_from_int(1).units / NEAP_SECOND)};
}

neap_status neap_guard_daily_loss(const neap_guard_view *view, uint32_t product, neap_guard_verdict *out) {
  neap_decimal gain_then, gain_now;
  (void)product;
  *out = (neap_guard_verdict){.limit = view->limits->daily_loss_limit};
  if (!view->state->has_day) return NEAP_OK;
  neap_status status = neap_decimal_sub(view->state->day_equity, view->state->day_paid, &gain_then);
  if (status == NEAP_OK) status = neap_decimal_sub(view->equity, view->paid, &gain_now);
  if (status == NEAP_OK) status = neap_decimal_sub(gain_then, gain_now, &out->input);
  if (status == NEAP_OK && neap_decimal_cmp(out->input, out->limit) > 0) out->level = NEAP_GUARD_REDUCE_ONLY;
  return status;
}

neap_status neap_guard_drawdown(const neap_guard_view *view, uint32_t product, neap_guard_verdict *out) {
  neap_decimal peak, fall;
  (void)product;
  *out = (neap_guard_verdict){.limit = view->limits->max_drawdown_pct};
  neap_status status = neap_decimal_add(view->state->peak, view->paid, &peak);
  if (status == NEAP_OK) status = neap_decimal_sub(peak, view->equity, &fall);
  if (status != NEAP_OK || neap_decimal_sign(fall) <= 0 || neap_decimal_sign(peak) <= 0) return status;
  status = neap_decimal_div(fall, peak, DIGITS, NEAP_ROUND_UP, &out->input);
  if (status == NEAP_OK && neap_decimal_cmp(out->input, out->limit) > 0) out->level = NEAP_GUARD_REDUCE_ONLY;
  return status;
}

/* Lifted only when it is fresh again. */
neap_status neap_guard_staleness(const neap_guard_view *view, uint32_t product, neap_guard_verdict *out) {
  const neap_guard_product *market = &view->products[product];
  int64_t age = view->now - market->mark_time - market->frame, most = view->limits->max_mark_staleness_seconds;
  bool was_held = view->state->product[product][NEAP_GUARD_STALENESS].level >= NEAP_GUARD_HELD;
  *out = (neap_guard_verdict){.limit = neap_decimal_from_int(2 * most)};
  if (!market->has_mark) return NEAP_OK; /* an order without a mark is refused as that */
  out->input = seconds(age < 0 ? 0 : age);
  if (age > 2 * most * NEAP_SECOND)
    out->level = NEAP_GUARD_HELD;
  else if (age > most * NEAP_SECOND)
    out->level = was_held ? NEAP_GUARD_HELD : NEAP_GUARD_NOTED;
  if (out->level == NEAP_GUARD_NOTED) out->limit = neap_decimal_from_int(most);
  return NEAP_OK;
}

static neap_guard_level level_of(const neap_limits *limits, neap_decimal volatility, neap_decimal *limit) {
  static const neap_guard_level levels[] = {NEAP_GUARD_HALTED, NEAP_GUARD_REDUCE_ONLY, NEAP_GUARD_NOTED};
  const neap_decimal thresholds[] = {limits->volatility_kill_switch_threshold, limits->volatility_reduce_only_threshold,
                                     limits->volatility_warning_threshold};
  for (int i = 0; i < 3; i++) {
    *limit = thresholds[i];
    if (neap_decimal_cmp(volatility, thresholds[i]) >= 0) return levels[i];
  }
  return NEAP_GUARD_CLEAR;
}

neap_status neap_guard_volatility(const neap_guard_view *view, uint32_t product, neap_guard_verdict *out) {
  const neap_guard_product *market = &view->products[product];
  int64_t periods = view->limits->volatility_periods_per_year;
  double value;
  *out = (neap_guard_verdict){.level = NEAP_GUARD_CLEAR};
  if (!market->closes) return NEAP_OK;
  if (!neap_volatility(market->closes, periods ? (double)periods : neap_periods_per_year(market->frame), &value))
    return NEAP_OK;
  neap_status status = neap_decimal_from_double(value, DIGITS, &out->input, NULL);
  if (status == NEAP_OK) out->level = level_of(view->limits, out->input, &out->limit);
  return status;
}
