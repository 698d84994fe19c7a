/* SPDX-License-Identifier: MIT */
/* risk_state: names, days, holds. */
#include "risk/risk_state.h"

#include <string.h>

#include "base/clock.h"

static const int64_t DAY = 86400 * NEAP_SECOND;

static const char *const names[NEAP_HOLDERS] = {
    "daily_loss",    "drawdown",    "liquidation_buffer", "mark_staleness", "volatility_circuit_breaker",
    "concentration", "correlation", "reconcile"};

const char *neap_guard_name(neap_guard_id guard) { return guard < NEAP_HOLDERS ? names[guard] : "unknown"; }

const char *neap_guard_level_name(neap_guard_level level) {
  static const char *const words[NEAP_GUARD_LEVELS] = {"clear", "noted", "held", "reduce_only", "halted"};
  return level < NEAP_GUARD_LEVELS ? words[level] : "unknown";
}

int neap_guard_find(const char *name) {
  for (int i = 0; i < NEAP_GUARDS; i++)
    if (strcmp(names[i], name) == 0) return i;
  return -1;
}

/* The limits' own check has seen the text. */
static int64_t offset_of(const char *clock) {
  if (strlen(clock) != 5) return 0;
  int64_t hours = (clock[0] - '0') * 10 + (clock[1] - '0'), minutes = (clock[3] - '0') * 10 + (clock[4] - '0');
  return (hours * 60 + minutes) * 60 * NEAP_SECOND;
}

int64_t neap_risk_day_of(int64_t now, const char *clock) {
  int64_t since = now - offset_of(clock), rest = since % DAY;
  return now - (rest < 0 ? rest + DAY : rest);
}

void neap_risk_state_day(neap_risk_state *state, int64_t day, neap_decimal equity, neap_decimal paid) {
  state->has_day = true;
  state->day = day;
  state->day_equity = equity;
  state->day_paid = paid;
  neap_risk_state_clear(state, NEAP_GUARD_DAILY_LOSS, -1);
}

neap_guard_hold *neap_risk_state_hold(neap_risk_state *state, neap_guard_id guard, int product) {
  return product < 0 ? &state->account[guard] : &state->product[product][guard];
}

void neap_risk_state_trip(neap_risk_state *state, neap_guard_id guard, int product, neap_guard_level level,
                          int64_t now) {
  *neap_risk_state_hold(state, guard, product) =
      (neap_guard_hold){.level = level, .since = level == NEAP_GUARD_CLEAR ? 0 : now};
}

void neap_risk_state_clear(neap_risk_state *state, neap_guard_id guard, int product) {
  *neap_risk_state_hold(state, guard, product) = (neap_guard_hold){.level = NEAP_GUARD_CLEAR};
}

void neap_risk_state_resume(neap_risk_state *state) { memset(state->account, 0, sizeof state->account); }

neap_guard_id neap_risk_state_held_by(const neap_risk_state *state, uint32_t product) {
  neap_guard_id strictest = NEAP_HOLDERS;
  neap_guard_level level = NEAP_GUARD_NOTED;
  for (neap_guard_id i = 0; i < NEAP_HOLDERS; i++) {
    if (i == NEAP_GUARD_VOLATILITY || state->product[product][i].level <= level) continue; /* its trips are modes */
    strictest = i;
    level = state->product[product][i].level;
  }
  return strictest;
}
