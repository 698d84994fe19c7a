/* SPDX-License-Identifier: MIT */
/* guard_manager: the table of the guards, the one runner that asks them, and what is refused. */
#include "engine/guard_manager.h"

#include <stdio.h>
#include <string.h>

#include "base/checklist.h"
#include "base/clock.h"
#include "engine/checks.h"

const char *neap_mode_name(neap_mode mode) {
  static const char *const names[] = {"normal", "reduce_only", "halted"};
  size_t index = (size_t)mode;
  return index < sizeof names / sizeof *names ? names[index] : "unknown";
}

static void set_mode(neap_guard_manager *manager, neap_mode mode, const char *reason) {
  manager->mode = mode;
  snprintf(manager->reason, sizeof manager->reason, "%s", reason);
  snprintf(manager->who, sizeof manager->who, "configuration");
}

neap_mode neap_guard_manager_configured(const neap_limits *limits) {
  if (limits->kill_switch_enabled) return NEAP_MODE_HALTED;
  return limits->reduce_only_mode ? NEAP_MODE_REDUCE_ONLY : NEAP_MODE_NORMAL;
}

void neap_guard_manager_init(neap_guard_manager *manager, const neap_limits *limits) {
  memset(manager, 0, sizeof *manager);
  if (limits->kill_switch_enabled)
    set_mode(manager, NEAP_MODE_HALTED, "kill_switch_enabled");
  else if (limits->reduce_only_mode)
    set_mode(manager, NEAP_MODE_REDUCE_ONLY, "reduce_only_mode");
  else
    set_mode(manager, NEAP_MODE_NORMAL, "");
}

neap_mode neap_guard_manager_mode(const neap_guard_manager *manager) { return manager->mode; }

neap_mode neap_guard_manager_mode_of(const neap_guard_manager *manager, uint32_t product) {
  bool is_held = product < NEAP_RISK_PRODUCTS && neap_risk_state_held_by(&manager->risk, product) != NEAP_HOLDERS;
  return manager->mode == NEAP_MODE_NORMAL && is_held ? NEAP_MODE_REDUCE_ONLY : manager->mode;
}

/* A limit at the top of its range is none. */
static bool has_loss_limit(const neap_limits *limits) {
  return neap_decimal_cmp(limits->daily_loss_limit, neap_decimal_from_int(INT64_C(1000000000000))) < 0;
}

static bool has_drawdown_limit(const neap_limits *limits) { return !neap_decimal_is_zero(limits->max_drawdown_pct); }
static bool has_buffer(const neap_limits *limits) { return !neap_decimal_is_zero(limits->min_liquidation_buffer_pct); }
static bool has_age(const neap_limits *limits) { return limits->max_mark_staleness_seconds < 604800; }
static bool has_breaker(const neap_limits *limits) { return limits->enable_volatility_circuit_breaker; }
static bool has_hhi(const neap_limits *limits) { return !neap_decimal_is_zero(limits->max_concentration_hhi); }
static bool has_correlation(const neap_limits *limits) { return !neap_decimal_is_zero(limits->max_correlation); }

enum { MONEY = NEAP_AT_MARK | NEAP_AT_FILL | NEAP_AT_CLOSE };

const neap_guard neap_guards[NEAP_GUARDS] = {
    {"daily_loss", NEAP_GUARD_DAILY_LOSS, false, MONEY, has_loss_limit, neap_guard_daily_loss},
    {"drawdown", NEAP_GUARD_DRAWDOWN, false, MONEY, has_drawdown_limit, neap_guard_drawdown},
    {"liquidation_buffer", NEAP_GUARD_LIQUIDATION, true, MONEY, has_buffer, neap_guard_liquidation},
    {"mark_staleness", NEAP_GUARD_STALENESS, true, 0, has_age, neap_guard_staleness},
    {"volatility_circuit_breaker", NEAP_GUARD_VOLATILITY, true, NEAP_AT_CLOSE, has_breaker, neap_guard_volatility},
    {"concentration", NEAP_GUARD_CONCENTRATION, true, NEAP_AT_FILL, has_hhi, neap_guard_concentration},
    {"correlation", NEAP_GUARD_CORRELATION, true, 0, has_correlation, neap_guard_correlation},
};

bool neap_guard_manager_is_on(neap_guard_id guard, const neap_limits *limits) {
  return neap_guards[guard].is_on(limits);
}

void neap_guard_manager_configure(neap_guard_manager *manager, const neap_limits *limits, uint32_t product_count,
                                  bool has_clock) {
  manager->asked = 0;
  for (uint32_t i = 0; i < NEAP_GUARDS; i++) {
    bool is_idle = neap_guards[i].id == NEAP_GUARD_STALENESS && product_count < 2 && !has_clock;
    if (!is_idle && neap_guards[i].is_on(limits))
      manager->asked |= neap_guards[i].moments | NEAP_AT_CLOSE | NEAP_AT_SWEEP;
  }
}

bool neap_guard_manager_sweep_due(const neap_guard_manager *manager, const neap_limits *limits, int64_t now) {
  return !manager->has_sweep || now - manager->sweep >= limits->guard_sweep_seconds * NEAP_SECOND;
}

/* Of the account nothing is lifted but by a person or a new day; a breaker cools down; what holds a product goes when
 * its reason has gone. */
static bool is_news(const neap_guard_view *view, const neap_guard *guard, const neap_guard_hold *before,
                    neap_guard_level level) {
  if (guard->id == NEAP_GUARD_VOLATILITY)
    return neap_breaker_trips(before, level, view->now, view->limits->circuit_breaker_cooldown_minutes);
  return guard->of_product ? level != before->level : level > before->level;
}

static bool ask(const neap_guard *guard, const neap_guard_view *view, int product, neap_guard_finding *out) {
  const neap_risk_state *state = view->state;
  const neap_guard_hold *before = product < 0 ? &state->account[guard->id] : &state->product[product][guard->id];
  neap_guard_verdict verdict;
  memset(&verdict, 0, sizeof verdict);
  bool failed = guard->look(view, product < 0 ? 0 : (uint32_t)product, &verdict) != NEAP_OK;
  bool is_mode = product < 0 || guard->id == NEAP_GUARD_VOLATILITY;
  if (failed) verdict.level = is_mode ? NEAP_GUARD_REDUCE_ONLY : NEAP_GUARD_HELD;
  *out = (neap_guard_finding){.guard = guard->id,
                              .product = product,
                              .level = verdict.level,
                              .input = verdict.input,
                              .limit = verdict.limit,
                              .failed = failed};
  return is_news(view, guard, before, verdict.level);
}

uint32_t neap_guard_manager_look(const neap_guard *guards, uint32_t count, const neap_guard_view *view, unsigned moment,
                                 neap_guard_finding out[NEAP_GUARD_FINDINGS]) {
  uint32_t found = 0;
  for (uint32_t i = 0; i < count; i++) {
    const neap_guard *guard = &guards[i];
    bool is_asked = moment & NEAP_AT_SWEEP || guard->moments & moment;
    if (!is_asked || !guard->is_on(view->limits) || !neap_guard_is_on(guard->name)) continue;
    int last = guard->of_product ? (int)view->product_count - 1 : -1;
    for (int product = guard->of_product ? 0 : -1; product <= last; product++)
      found += ask(guard, view, product, &out[found]);
  }
  return found;
}

/* The name of the guard is the check's, and its reason the note. */
static bool check_product(const neap_guard_manager *manager, const neap_snapshot *snapshot, neap_decision *out) {
  uint32_t product = out->ticket.product;
  neap_guard_id guard = product < NEAP_RISK_PRODUCTS ? neap_risk_state_held_by(&manager->risk, product) : NEAP_HOLDERS;
  if (guard == NEAP_HOLDERS || !neap_guard_is_on("product_guard")) return true;
  if (neap_snapshot_is_exit(snapshot, &out->ticket)) {
    neap_decision_note(out, neap_guard_name(guard), NEAP_PASSED, NULL, NULL, "an exit passes a guard");
    return true;
  }
  return neap_decision_refuse(out, neap_guard_name(guard), "guard_tripped", NULL, NULL,
                              "the guard holds this product: only exits pass");
}

/* Whoever took the mode said why. */
static void name_reason(const neap_guard_manager *manager, neap_decision *out) {
  if (out->count > 0 && strcmp(manager->who, "configuration") != 0) out->check[out->count - 1].note = manager->reason;
}

bool neap_guard_manager_check(const neap_guard_manager *manager, const neap_snapshot *snapshot,
                              const neap_ticket *request, neap_decision *out) {
  neap_decision_init(out, "guard_manager", request);
  bool passes = !neap_check_is_on("mode") || neap_check_mode_is(manager->mode, snapshot, out);
  if (!passes) name_reason(manager, out);
  return passes && check_product(manager, snapshot, out);
}
