/* SPDX-License-Identifier: MIT */
/* last_word: what the session itself says of an order that its engine accepted. It comes last, so that the record shows
 * what the engine would have done. */
#include <stdio.h>

#include "base/checklist.h"
#include "broker/broker_adapter.h"
#include "session/reconcile_watch.h"
#include "session/venue_size.h"
#include "session/window.h"

static bool in_window(const neap_session *session, bool is_exit, neap_decision *decision) {
  if (is_exit || !neap_window_is_set(session->limits) || neap_window_is_open(session->limits, session->clock.latest))
    return true;
  return neap_decision_refuse(decision, "session_window", "session_window", NULL, NULL,
                              "outside the trading window nothing is opened");
}

static bool is_tradable(const neap_session *session, bool is_exit, neap_decision *decision) {
  const char *list = session->limits->trading_symbols;
  if (is_exit || !list[0] || neap_limits_list_has(list, session->products[decision->ticket.product].id)) return true;
  return neap_decision_refuse(decision, "trading_symbols", "not_tradable", NULL, NULL,
                              "the configuration does not list this product");
}

static bool has_size(const neap_session *session, bool is_exit, neap_decision *decision) {
  (void)is_exit;
  return venue_size_resolve(session, decision);
}

/* Exits, too: what the broker has not, and nothing stands in for, cannot be sent. */
static bool has_broker(const neap_session *session, bool is_exit, neap_decision *decision) {
  neap_broker_plan plan;
  neap_fault fault = {0};
  (void)is_exit;
  if (neap_broker_adapter_plan(session->broker, &decision->ticket, &plan, &fault) == NEAP_OK) {
    if (plan.watched)
      neap_decision_note(decision, "broker_adapter", NEAP_PASSED, NULL, NULL,
                         "emulated: the broker has no such order, a trigger of ours watches the price");
    return true;
  }
  neap_decision_refuse(decision, "broker_adapter", fault.code, NULL, NULL, "the broker has no such order");
  snprintf(decision->reason.input, sizeof decision->reason.input, "%.63s", fault.message);
  return false;
}

/* Of a stop that we watch for, what leaves is judged by the venue when it does. */
static bool is_open_at_venue(const neap_session *session, bool is_exit, neap_decision *decision) {
  const char *why = is_exit ? NULL : session_trading_forbids(session, &decision->ticket);
  return !why || neap_decision_refuse(decision, "venue_trading", why, NULL, NULL,
                                      "the venue does not take such an order of this product now");
}

static bool is_let_in(const neap_session *session, bool is_exit, neap_decision *decision) {
  const reconcile_watch *watch = session->account_watch;
  if (is_exit || !watch || !watch->is_shut_out) return true;
  return neap_decision_refuse(decision, "venue_access", "auth_failed", NULL, NULL,
                              "the venue does not let the key in now");
}

static bool is_in_earnest(const neap_session *session, bool is_exit, neap_decision *decision) {
  (void)is_exit;
  if (!session->dry_run) return true;
  return neap_decision_refuse(decision, "dry_run", "dry_run", NULL, NULL, "a dry run sends nothing");
}

typedef struct last_check {
  const char *name;
  bool (*ask)(const neap_session *session, bool is_exit, neap_decision *decision);
} last_check;

static const last_check checks[] = {{"trading_symbols", is_tradable}, {"session_window", in_window},
                                    {"venue_access", is_let_in},      {"venue_trading", is_open_at_venue},
                                    {"venue_size", has_size},         {"broker_adapter", has_broker},
                                    {"dry_run", is_in_earnest}};

enum { CHECKS = sizeof checks / sizeof *checks };

const char *neap_session_check_name(unsigned i) { return i < CHECKS ? checks[i].name : NULL; }

void session_last_word(const neap_session *session, bool is_exit, neap_decision *decision) {
  for (size_t i = 0; decision->accepted && i < CHECKS; i++)
    if (neap_check_is_on(checks[i].name)) checks[i].ask(session, is_exit, decision);
}
