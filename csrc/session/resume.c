/* SPDX-License-Identifier: MIT */
/* resume: a session goes on from its journal: the state that replay makes becomes the session's own, strategies get
 * theirs back, and what the journal calls for and nobody did is done (debts.c). */
#include <stdio.h>
#include <string.h>

#include "base/record.h"
#include "session/account.h"
#include "session/conditions.h"
#include "session/instant.h"
#include "session/mode.h"
#include "session/slices.h"
#include "session/stop_trigger_manager.h"

static neap_status misfit(const char *what, const char *stored, const char *given, neap_fault *fault) {
  return neap_fail(fault, NEAP_INVALID, "other_session", "the store's %s is '%s', that of this session '%s'", what,
                   stored, given);
}

static bool same_rules(const neap_product *a, const neap_product *b) {
  return a->kind == b->kind && a->contract_size.units == b->contract_size.units &&
         a->price_increment.units == b->price_increment.units && a->base_increment.units == b->base_increment.units;
}

static neap_status check_products(const neap_session *session, const neap_state *state, neap_fault *fault) {
  if (state->product_count != session->product_count)
    return neap_fail(fault, NEAP_INVALID, "other_session", "the store's session trades %u products, this one %u",
                     state->product_count, session->product_count);
  for (uint32_t i = 0; i < state->product_count; i++) {
    const neap_product *stored = &state->products[i], *given = &session->products[i];
    if (strcmp(stored->id, given->id) != 0) return misfit("product", stored->id, given->id, fault);
    if (!same_rules(stored, given))
      return neap_fail(fault, NEAP_INVALID, "other_session",
                       "%s has another kind, increment or contract size in the store than in this session", given->id);
  }
  return NEAP_OK;
}

/* No cash given: what the store says. */
static neap_status check_cash(const neap_session_options *options, const neap_state *state, neap_fault *fault) {
  char what[96], stored[NEAP_DECIMAL_TEXT], given[NEAP_DECIMAL_TEXT];
  for (uint32_t i = 0; options->seats && i < options->seat_count; i++) {
    neap_decimal paid = neap_ledger_deposits(state->ledger, i), cash = options->seats[i].cash;
    if (cash.units == 0 || cash.units == paid.units) continue;
    neap_decimal_format(paid, stored);
    neap_decimal_format(cash, given);
    snprintf(what, sizeof what, "cash of %s", state->seats[i].name);
    return misfit(what, stored, given, fault);
  }
  return NEAP_OK;
}

static neap_status check_fit(const neap_session *session, const neap_state *state, neap_fault *fault) {
  if (strcmp(state->session, session->id) != 0) return misfit("session", state->session, session->id, fault);
  if (strcmp(state->currency, session->currency) != 0)
    return misfit("currency", state->currency, session->currency, fault);
  if (state->seat_count != session->desk_count)
    return neap_fail(fault, NEAP_INVALID, "other_session", "the store's session seats %u strategies, this one %u",
                     state->seat_count, session->desk_count);
  for (uint32_t i = 0; i < state->seat_count; i++)
    if (strcmp(state->seats[i].name, session->desks[i].name) != 0)
      return misfit("strategy", state->seats[i].name, session->desks[i].name, fault);
  return check_products(session, state, fault);
}

static neap_status take_books(neap_session *session, const neap_state *state, neap_fault *fault) {
  neap_status status = NEAP_OK;
  for (uint32_t i = 0; status == NEAP_OK && i < state->seat_count; i++) {
    status = neap_ledger_restore(session->ledger, i, neap_ledger_deposits(state->ledger, i),
                                 neap_ledger_position(state->ledger, i, 0), fault);
    neap_round_trips_set_tally(session->round_trips, i, neap_round_trips_tally(state->round_trips, i));
    for (uint32_t k = 0; status == NEAP_OK && k < state->product_count; k++) {
      const neap_round_trip *trip = neap_round_trips_open(state->round_trips, i, k);
      if (trip->quantity.units) status = neap_round_trips_restore(session->round_trips, trip, fault);
    }
  }
  return status;
}

/* `time`: of the clock from here on. */
static void take_counters(neap_session *session, const neap_state *state, int64_t time) {
  session->orders = state->orders;
  session->fills = state->fills;
  session->earlier_trades = state->trades;
  session->counts_trades = state->counts_trades;
  session->rejections = state->rejections;
  session->triggers_set = state->triggers_set;
  session->triggers_fired = state->triggers_fired;
  session->rejected_count = state->rejected_count;
  memcpy(session->rejected, state->rejected, sizeof session->rejected);
  session->last_seq = state->last_seq;
  session->snapshot_seq = state->snapshot_seq;
  if (!session->configuration) session->configuration = state->configuration;
  session->seen_until = time;
  session->looks_back = true;
  session->recent.journalled = state->recent;
  session->external = state->external;
  session->clock = neap_clock_simulated(time);
  for (uint32_t i = 0; i < state->product_count; i++) {
    session->markets[i].volume = state->volumes[i];
    if (state->volumes[i].used.units)
      neap_paper_restore_volume(session->paper, i, state->volumes[i].bar, state->volumes[i].used);
  }
}

/* What a person or a guard stopped stays stopped; what the configuration says is asked anew, and the journal was opened
 * anew. */
static void take_guard(neap_session *session, const neap_state *state) {
  neap_guard_manager *guards = &session->guards;
  guards->risk = state->risk;
  if (!mode_is_lasting(state->guard_who) || state->guard_mode == NEAP_MODE_NORMAL) return;
  if (state->guard_mode < guards->mode) {
    mode_name_over(guards->who, state->guard_who, guards->who);
    return;
  }
  guards->mode = state->guard_mode;
  guards->since = state->guard_since;
  snprintf(guards->reason, sizeof guards->reason, "%s", state->guard_reason);
  snprintf(guards->who, sizeof guards->who, "%s", state->guard_who);
}

static neap_status take_orders(neap_session *session, neap_state *state, neap_fault *fault) {
  session->groups = state->groups;
  state->groups = NULL;
  session->first = state->first;
  session->last = state->last;
  state->first = state->last = NULL;
  for (neap_order *order = session->first; order; order = order->next)
    if (!order_index_add(session, order)) return state_no_memory(fault);
  slices_find_next(session);
  return exposure_restore(session, fault);
}

/* Quarantine ends when the source has changed. */
static void take_desk(neap_desk *desk, state_seat *seat) {
  const char *digest = desk->strategy ? desk->strategy->digest : "";
  neap_buffer saved = desk->saved;
  desk->saved = seat->saved;
  seat->saved = saved;
  desk->timers = seat->timers;
  seat->timers = NULL;
  timers_find_next(desk);
  desk->failures = seat->failures;
  if (!seat->aside_code[0] || strcmp(seat->digest, digest) != 0) return;
  neap_fail(&desk->aside, NEAP_STOPPED, seat->aside_code, "%s", "");
  /* as it was written: neap_fail makes one line of it, and the state would be another */
  snprintf(desk->aside.message, sizeof desk->aside.message, "%s", seat->aside_message);
  desk->hooks = 0;
}

static neap_status record_resumed(neap_session *session, const neap_session_options *options, neap_fault *fault) {
  neap_buffer *out = session_scratch(session);
  neap_record_text(out, "session", session->id);
  neap_record_text(out, "version", NEAP_VERSION);
  session_record_guard(session, out);
  neap_record_bool(out, "keeps_recent", true);
  if (sizing_begins_count(session, session->limits, out)) sizing_begin_count(session);
  if (session->advanced.config.order_policy) neap_record_bool(out, "keeps_traded", true);
  neap_record_list(out, "strategies");
  for (uint32_t i = 0; i < session->desk_count; i++) {
    const neap_strategy *strategy = session->desks[i].strategy;
    neap_record_map(out, "");
    neap_record_text(out, "name", session->desks[i].name);
    neap_record_text(out, "digest", strategy ? strategy->digest : "");
    neap_record_end(out);
  }
  neap_record_end(out);
  session_record_configuration(session, options->limit_sources, out);
  return session_event(session, "session_resumed", NULL, -1, 0, out, NULL, fault);
}

static neap_status hook_start(neap_desk *desk, const void *argument, neap_fault *fault) {
  (void)argument;
  return desk->strategy->start(desk->strategy->self, true, fault);
}

static neap_status give_back(neap_desk *desk, neap_fault *fault) {
  const neap_strategy *strategy = desk->strategy;
  neap_status status = strategy->attach(strategy->self, desk, fault);
  if (status != NEAP_OK || !strategy->restore || !desk->saved.size) return status;
  return strategy->restore(strategy->self, desk->saved.data, desk->saved.size, fault);
}

neap_status desk_wake(neap_desk *desk, neap_fault *fault) {
  neap_fault detail = {0};
  if (!desk->strategy) return NEAP_OK;
  neap_status status = give_back(desk, &detail);
  if (status != NEAP_OK && desk->session->quarantine) return desk_put_aside(desk, "restore", &detail, fault);
  if (status != NEAP_OK && fault) *fault = detail;
  if (status != NEAP_OK || !(desk->hooks & NEAP_HOOK_START)) return status;
  return session_callback(desk, "on_start", hook_start, NULL, fault);
}

static neap_status take_over(neap_session *session, const neap_session_options *options, neap_state *state,
                             neap_fault *fault) {
  neap_status status = check_fit(session, state, fault);
  if (status == NEAP_OK) status = check_cash(options, state, fault);
  if (status == NEAP_OK) status = account_take(session, state, fault);
  if (status == NEAP_OK) status = take_books(session, state, fault);
  if (status != NEAP_OK) return status;
  bool goes_on_now = options->on_clock && options->start > state->time;
  take_counters(session, state, goes_on_now ? options->start : state->time);
  take_guard(session, state);
  status = take_orders(session, state, fault);
  for (uint32_t i = 0; i < session->desk_count; i++) take_desk(&session->desks[i], &state->seats[i]);
  triggers_restore(session);
  session->resumed = true;
  return status;
}

/* Otherwise it would be silent for as long as it runs. */
static void say_aside(const neap_desk *desk) {
  char line[sizeof desk->aside.message + 128];
  snprintf(line, sizeof line, "still put aside: %.*s; it is called again when its source has changed",
           (int)strcspn(desk->aside.message, "\n"), desk->aside.message);
  session_say(desk->session, desk->name, "warn", line);
}

/* It may have been stopped between a quarantine, or the failure that ended a streak, and its cancels. */
static neap_status empty_quarantine(neap_session *session, neap_fault *fault) {
  neap_status status = NEAP_OK;
  for (uint32_t i = 0; status == NEAP_OK && i < session->desk_count; i++) {
    const neap_desk *desk = &session->desks[i];
    if (desk->aside.status != NEAP_OK) {
      say_aside(desk);
      status = entries_cancel(session, desk, "quarantine", fault);
    } else if (failure_is_streak(desk))
      status = entries_cancel(session, desk, "error_streak", fault);
  }
  return status;
}

/* The mode may come from a configuration that is stricter than the one before. */
static neap_status keep_out(neap_session *session, neap_fault *fault) {
  neap_mode mode = neap_session_mode(session);
  neap_status status = NEAP_OK;
  if (mode != NEAP_MODE_NORMAL) return entries_cancel(session, NULL, neap_mode_name(mode), fault);
  for (uint32_t i = 0; status == NEAP_OK && i < session->product_count; i++)
    if (neap_guard_manager_mode_of(&session->guards, i) != NEAP_MODE_NORMAL)
      status = entries_withdraw(session, NULL, i, "guard", fault);
  return status == NEAP_OK ? order_flush(session, fault) : status;
}

static neap_status go_on(neap_session *session, const neap_session_options *options, neap_fault *fault) {
  neap_status status = record_resumed(session, options, fault);
  if (status == NEAP_OK) status = conditions_compare(session, options, fault);
  if (status == NEAP_OK) status = guards_release(session, fault);
  if (status == NEAP_OK) status = session_pay_debts(session, fault);
  if (status == NEAP_OK) status = empty_quarantine(session, fault);
  if (status == NEAP_OK) status = keep_out(session, fault);
  for (uint32_t i = 0; status == NEAP_OK && i < session->desk_count; i++) status = desk_wake(&session->desks[i], fault);
  return status == NEAP_OK ? session_settle(session, fault) : status;
}

/* A store that does not fit is left as it was. */
neap_status session_resume(neap_session *session, const neap_session_options *options, neap_fault *fault) {
  neap_state *state = NULL;
  neap_replay_report report;
  session->told = true;
  if (!options->store_path) return neap_fail(fault, NEAP_INVALID, "store", "a session is resumed from a store");
  if (options->dry_run) /* it would refuse the exits of what is held */
    return neap_fail(fault, NEAP_INVALID, "dry_run", "a session that was in earnest is not resumed as a dry run");
  neap_status status = neap_state_replay(options->store_path, 0, false, &state, &report, fault);
  if (status == NEAP_OK) status = take_over(session, options, state, fault);
  neap_state_free(state);
  if (status != NEAP_OK) return status;
  session->told = false;
  instant_begin(session);
  return instant_end(session, go_on(session, options, fault), fault);
}
