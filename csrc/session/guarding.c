/* SPDX-License-Identifier: MIT */
/* guarding: what a finding holds is held before anything is written; then the finding, the mode and the cancels are one
 * piece of the journal, which leaves at once and which no failing journal holds back. */
#include "session/guarding.h"

#include <stdio.h>

#include "base/record.h"
#include "session/session_state.h"

static const int64_t METRICS_EVERY = 3600 * NEAP_SECOND;

static bool is_of_account(const neap_guard_finding *finding) {
  return finding->product < 0 || finding->guard == NEAP_GUARD_VOLATILITY;
}

static neap_mode mode_of(const neap_guard_finding *finding) {
  if (!is_of_account(finding) || finding->level < NEAP_GUARD_REDUCE_ONLY) return NEAP_MODE_NORMAL;
  return finding->level == NEAP_GUARD_HALTED ? NEAP_MODE_HALTED : NEAP_MODE_REDUCE_ONLY;
}

static const char *reason_of(const neap_guard_finding *finding) {
  if (finding->failed) return "guard_failure";
  return finding->guard == NEAP_GUARD_DAILY_LOSS ? "daily_loss_limit"
         : finding->guard == NEAP_GUARD_DRAWDOWN ? "max_drawdown"
                                                 : neap_guard_name(finding->guard);
}

static const char *action_of(const neap_guard_finding *finding) {
  if (finding->level <= NEAP_GUARD_NOTED) return "none";
  return is_of_account(finding) ? neap_guard_level_name(finding->level) : "product_reduce_only";
}

static neap_status record_finding(neap_session *session, const neap_guard_finding *finding, uint64_t *seq,
                                  neap_fault *fault) {
  static const char *const types[] = {"guard_cleared", "guard_noted", "guard_tripped", "guard_tripped",
                                      "guard_tripped"};
  neap_buffer *out = session_scratch(session);
  neap_record_text(out, "guard", neap_guard_name(finding->guard));
  neap_record_text(out, "level", neap_guard_level_name(finding->level));
  neap_record_decimal(out, "input", finding->input);
  neap_record_decimal(out, "limit", finding->limit);
  neap_record_text(out, "action", action_of(finding));
  if (finding->failed) neap_record_bool(out, "failed", true);
  return session_event(session, types[finding->level], NULL, finding->product, session->cause, out, seq, fault);
}

/* An alert comes after the act, and whatever became of the record. */
static void say(neap_session *session, const neap_guard_finding *finding) {
  char line[240], input[NEAP_DECIMAL_TEXT], limit[NEAP_DECIMAL_TEXT];
  if (finding->level <= NEAP_GUARD_NOTED || !session->log) return;
  neap_decimal_format(finding->input, input);
  neap_decimal_format(finding->limit, limit);
  snprintf(line, sizeof line, "%s%s%s: %s against a limit of %s; %s, entries are cancelled, exits go on",
           finding->failed ? "failed: " : "", neap_guard_name(finding->guard),
           finding->product < 0 ? "" : " of a product", input, limit, action_of(finding));
  session_say(session, finding->product < 0 ? "guard_manager" : session->products[finding->product].id, "alert", line);
}

/* The configuration is stricter, and may be laxer when the session is started again: not so the mode. */
static void stay_under(neap_session *session) {
  const neap_guard_manager guards = session->guards;
  char over[MODE_WHO];
  mode_name_over(guards.who, "guard_manager", over);
  mode_hold(session, guards.mode, guards.reason, over);
}

/* True: the session's mode is also this finding's from now on. */
static bool take(neap_session *session, const neap_guard_finding *finding) {
  neap_guard_manager *guards = &session->guards;
  neap_mode mode = mode_of(finding);
  neap_risk_state_trip(&guards->risk, finding->guard, finding->product, finding->level,
                       neap_clock_now(&session->clock));
  bool is_taken =
      mode > guards->mode || (mode != NEAP_MODE_NORMAL && mode == guards->mode && !mode_is_lasting(guards->who));
  bool is_under = mode != NEAP_MODE_NORMAL && mode < guards->mode && !mode_is_lasting(guards->who);
  if (is_taken) mode_hold(session, mode, reason_of(finding), "guard_manager");
  if (is_under) stay_under(session);
  return is_taken || is_under;
}

static neap_status act(neap_session *session, const neap_guard_finding *finding, neap_fault *fault) {
  uint64_t cause = session->cause;
  bool is_taken = take(session, finding);
  bool holds_product = !is_of_account(finding) && finding->level >= NEAP_GUARD_HELD;
  neap_event_store_hold(session->store);
  neap_status status = record_finding(session, finding, &session->cause, fault);
  if (is_taken) {
    neap_status told = mode_record(session, NULL, status == NEAP_OK ? fault : NULL);
    if (status == NEAP_OK) status = told;
  }
  if (is_taken || holds_product) {
    neap_status asked = entries_withdraw(session, NULL, is_taken ? -1 : finding->product,
                                         neap_guard_name(finding->guard), status == NEAP_OK ? fault : NULL);
    if (status == NEAP_OK) status = asked;
  }
  status = cancels_send(session, status, fault);
  session->cause = cause;
  say(session, finding);
  return status;
}

static neap_status keep_day(neap_session *session, const neap_guard_view *view, neap_fault *fault) {
  neap_risk_state *risk = &session->guards.risk;
  int64_t day = neap_risk_day_of(view->now, session->limits->day_start_utc);
  bool is_wanted = neap_guard_manager_is_on(NEAP_GUARD_DAILY_LOSS, session->limits);
  if (!is_wanted || (risk->has_day && day <= risk->day)) return NEAP_OK;
  neap_risk_state_day(risk, day, view->equity, view->paid);
  neap_buffer *out = session_scratch(session);
  neap_record_time(out, "day", day);
  neap_record_decimal(out, "equity", view->equity);
  neap_record_decimal(out, "paid", view->paid);
  return session_event(session, "day_started", NULL, -1, 0, out, NULL, fault);
}

static neap_status keep_peak(neap_session *session, const neap_guard_view *view, neap_fault *fault) {
  neap_risk_state *risk = &session->guards.risk;
  neap_decimal gain;
  if (!neap_guard_manager_is_on(NEAP_GUARD_DRAWDOWN, session->limits)) return NEAP_OK;
  if (neap_decimal_sub(view->equity, view->paid, &gain) != NEAP_OK || neap_decimal_cmp(gain, risk->peak) <= 0)
    return NEAP_OK;
  risk->peak = gain;
  neap_buffer *out = session_scratch(session);
  neap_record_decimal(out, "peak", gain);
  return session_event(session, "equity_peak", NULL, -1, 0, out, NULL, fault);
}

/* Figures for who looks back; nothing waits for them. */
static void write_metrics(neap_session *session, const neap_guard_view *view) {
  neap_risk_state *risk = &session->guards.risk;
  neap_risk_metrics metrics;
  if (!risk->has_day || view->now - risk->metrics_at < METRICS_EVERY || session_is_in_doubt(session)) return;
  if (neap_risk_metrics_of(view, &metrics) != NEAP_OK || neap_decimal_is_zero(metrics.total_notional)) return;
  neap_buffer *out = session_scratch(session);
  neap_record_decimal(out, "equity", metrics.equity);
  neap_record_decimal(out, "total_notional", metrics.total_notional);
  neap_record_decimal(out, "exposure_pct", metrics.exposure);
  neap_record_decimal(out, "max_leverage", metrics.max_leverage);
  neap_record_decimal(out, "daily_pnl", metrics.daily_pnl);
  neap_record_decimal(out, "daily_pnl_pct", metrics.daily_pnl_pct);
  neap_record_text(out, "mode", neap_mode_name(session->guards.mode));
  if (session_event(session, "risk_metrics", NULL, -1, 0, out, NULL, NULL) == NEAP_OK) risk->metrics_at = view->now;
}

/* Without an equity no guard can look: that is a failure of all of them. */
static neap_status cannot_look(neap_session *session, neap_fault *fault) {
  const neap_guard_finding finding = {
      .guard = NEAP_GUARD_DAILY_LOSS, .product = -1, .level = NEAP_GUARD_REDUCE_ONLY, .failed = true};
  if (session->guards.risk.account[NEAP_GUARD_DAILY_LOSS].level >= finding.level) return NEAP_OK;
  return act(session, &finding, fault);
}

/* A breaker that has cooled down says again what is in force already. */
static bool is_repeat(const neap_session *session, const neap_guard_finding *finding) {
  const neap_guard_manager *guards = &session->guards;
  neap_mode mode = mode_of(finding);
  if (finding->guard != NEAP_GUARD_VOLATILITY || mode == NEAP_MODE_NORMAL) return false;
  return guards->risk.product[finding->product][finding->guard].level >= finding->level && guards->mode >= mode &&
         mode_is_lasting(guards->who);
}

/* Each finding is acted on, whatever became of the one before; the first fault stays. */
static neap_status look(neap_session *session, const neap_guard_view *view, unsigned moment, neap_fault *fault) {
  neap_guard_finding found[NEAP_GUARD_FINDINGS];
  uint32_t count = neap_guard_manager_look(neap_guards, NEAP_GUARDS, view, moment, found);
  neap_status first = NEAP_OK;
  for (uint32_t i = 0; i < count; i++) {
    if (is_repeat(session, &found[i])) continue;
    neap_status status = act(session, &found[i], first == NEAP_OK ? fault : NULL);
    if (first == NEAP_OK) first = status;
  }
  return first;
}

/* What happened until the first look of a new day belongs to the day before; a fill within a bar that ends with the day
 * does, too. */
neap_status guards_look(neap_session *session, unsigned moment, neap_fault *fault) {
  neap_guard_manager *guards = &session->guards;
  neap_guard_view view;
  if (session->ended || !guards_can_see(session)) return NEAP_OK;
  if (guards_show(session, &view) != NEAP_OK) return cannot_look(session, fault);
  if (moment & NEAP_AT_CLOSE && neap_guard_manager_sweep_due(guards, session->limits, view.now))
    moment |= NEAP_AT_SWEEP;
  if (moment & NEAP_AT_SWEEP) guards_swept(session, view.now);
  neap_status kept = guards->risk.has_day ? NEAP_OK : keep_day(session, &view, fault);
  if (kept == NEAP_OK && moment & NEAP_AT_SWEEP) kept = keep_peak(session, &view, fault);
  neap_status status = look(session, &view, moment, kept == NEAP_OK ? fault : NULL);
  if (kept == NEAP_OK && moment != NEAP_AT_FILL) kept = keep_day(session, &view, status == NEAP_OK ? fault : NULL);
  if (moment & NEAP_AT_SWEEP) write_metrics(session, &view);
  return status != NEAP_OK ? status : kept;
}

void guards_swept(neap_session *session, int64_t now) {
  session->guards.has_sweep = true;
  session->guards.sweep = now;
}

neap_status guards_sweep(neap_session *session, neap_fault *fault) {
  int64_t now = neap_clock_now(&session->clock);
  bool is_due = session->guards.asked && neap_guard_manager_sweep_due(&session->guards, session->limits, now);
  return is_due ? guards_look(session, NEAP_AT_SWEEP, fault) : NEAP_OK;
}

/* A guard that is no longer on holds nothing. */
neap_status guards_release(neap_session *session, neap_fault *fault) {
  neap_status status = NEAP_OK;
  for (uint32_t at = 0; status == NEAP_OK && at < NEAP_GUARDS * session->product_count; at++) {
    const neap_guard_finding clear = {.guard = at % NEAP_GUARDS, .product = (int)(at / NEAP_GUARDS)};
    bool is_held = session->guards.risk.product[clear.product][clear.guard].level != NEAP_GUARD_CLEAR;
    if (is_held && !neap_guard_manager_is_on(clear.guard, session->limits)) status = act(session, &clear, fault);
  }
  return status;
}
