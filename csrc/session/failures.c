/* SPDX-License-Identifier: MIT */
/* failures: orders that were sent and that the broker would not take, counted in a row. What our own checks refuse does
 * not count, at the decision or at the fill. */
#include <stdio.h>
#include <string.h>

#include "base/checklist.h"
#include "session/session_state.h"

static bool is_limit(const char *code) {
  for (unsigned i = 0; neap_pretrade_name(i); i++)
    if (strcmp(neap_pretrade_name(i), code) == 0) return true;
  return strcmp(code, "exposure_unknown") == 0;
}

/* An exit that found its position gone was late, not wrong; one that is sent again is the same failure. */
bool failure_counts(const neap_order *order, const neap_report *report) {
  return order->submitted && !order->refusals && strcmp(report->code, "not_sent") != 0 &&
         strcmp(report->code, "nothing_to_reduce") != 0 && !is_limit(report->code);
}

/* Told once, by the failure that reaches the threshold. */
bool failure_add(neap_session *session, const neap_order *order, neap_fault *fault) {
  const neap_limits *limits = session->limits;
  neap_desk *desk = order_desk(session, order);
  neap_failures_add(&desk->failures, neap_clock_now(&session->clock), limits->error_cooldown_seconds * NEAP_SECOND);
  if (limits->error_threshold == 0 || desk->failures.count != limits->error_threshold) return false;
  neap_buffer *out = session_scratch(session);
  session_record_desk(desk, out);
  neap_record_int(out, "failures", desk->failures.count);
  neap_record_int(out, "threshold", limits->error_threshold);
  neap_record_int(out, "cooldown_seconds", limits->error_cooldown_seconds);
  if (session_event(session, "circuit_breaker_tripped", NULL, -1, session->last_seq, out, NULL, fault) != NEAP_OK)
    session_fail(session, fault);
  return neap_guard_is_on("error_streak_trip");
}

bool failure_is_streak(const neap_desk *desk) {
  const neap_limits *limits = desk->session->limits;
  int64_t cooldown = limits->error_cooldown_seconds * NEAP_SECOND, now = neap_clock_now(&desk->session->clock);
  return limits->error_threshold > 0 && neap_failures_at(&desk->failures, now, cooldown) >= limits->error_threshold;
}

void failure_stop(const neap_desk *desk, neap_fault *fault) {
  char line[160];
  if (entries_cancel(desk->session, desk, "error_streak", fault) != NEAP_OK) session_fail(desk->session, fault);
  snprintf(line, sizeof line, "error_streak: %d orders failed in a row; its entries are cancelled, exits go on",
           (int)desk->failures.count);
  session_say(desk->session, desk->name, "alert", line);
}
