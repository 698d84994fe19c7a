/* SPDX-License-Identifier: MIT */
/* reconcile: the first look makes a baseline of what is not ours; every later one is compared with it. A difference
 * counts when two looks in a row find it; what our books claim and the account lacks counts at the first look of a
 * process. */
#include "session/reconcile.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/record.h"
#include "session/reconcile_watch.h"

static uint32_t find_operator(const neap_session *session) {
  for (uint32_t i = 0; i < session->desk_count; i++)
    if (!session->desks[i].strategy) return i;
  return UINT32_MAX;
}

neap_status reconcile_open(neap_session *session, const neap_session_options *options, neap_fault *fault) {
  if (!(session->broker->abilities & NEAP_BROKER_EXTERNAL)) return NEAP_OK;
  reconcile_watch *watch = calloc(1, sizeof *watch);
  if (!watch) return neap_fail(fault, NEAP_MEMORY, "memory", "no memory for an account");
  session->account_watch = watch;
  watch->policy = options->external;
  watch->operator_desk = find_operator(session);
  watch->is_awaited = session->broker->look != NULL;
  watch->looked_at = INT64_MIN;
  if (watch->policy != NEAP_EXTERNAL_ADOPT || watch->operator_desk != UINT32_MAX) return NEAP_OK;
  return neap_fail(fault, NEAP_INVALID, "external", "what is adopted is the operator's: the session has no such desk");
}

void reconcile_free(neap_session *session) {
  if (session->account_watch) free(session->account_watch->orders);
  free(session->account_watch);
}

static neap_decimal total_of(const neap_account_view *view, const char *currency) {
  for (size_t i = 0; i < view->balance_count; i++)
    if (strcmp(view->balances[i].currency, currency) == 0) return view->balances[i].total;
  return NEAP_ZERO;
}

static neap_status does_not_fit(neap_fault *fault) {
  return neap_fail(fault, NEAP_RANGE, "overflow", "what the account holds does not fit a decimal");
}

static neap_status ours_of(const neap_session *session, const char *currency, neap_decimal *out) {
  return external_ours(session->ledger, session->products, session->product_count, session->desk_count, currency, out);
}

static neap_status record_part(neap_session *session, external_part *part, const neap_account_view *view,
                               neap_buffer *out) {
  neap_decimal ours, venue = total_of(view, part->currency);
  neap_status status = ours_of(session, part->currency, &ours);
  if (status == NEAP_OK) status = neap_decimal_sub(venue, ours, &part->external);
  neap_record_map(out, "");
  neap_record_text(out, "currency", part->currency);
  neap_record_decimal(out, "ours", ours);
  neap_record_decimal(out, "venue", venue);
  neap_record_decimal(out, "external", part->external);
  neap_record_end(out);
  return status;
}

static neap_status take_baseline(neap_session *session, const neap_account_view *view, neap_fault *fault) {
  external_book *book = &session->external;
  neap_status status = NEAP_OK;
  external_name_parts(book, session->currency, session->products, session->product_count);
  neap_buffer *out = session_scratch(session);
  neap_record_list(out, "parts");
  for (uint32_t i = 0; status == NEAP_OK && i < book->part_count; i++)
    status = record_part(session, &book->part[i], view, out);
  neap_record_end(out);
  if (status != NEAP_OK) return does_not_fit(fault);
  book->has_baseline = true;
  book->baseline_at = neap_clock_now(&session->clock);
  return session_event(session, "account_baseline", NULL, -1, 0, out, NULL, fault);
}

/* An alert comes after the act. */
static void say(neap_session *session, const external_part *part) {
  char line[320], missing[NEAP_DECIMAL_TEXT], ours[NEAP_DECIMAL_TEXT], venue[NEAP_DECIMAL_TEXT];
  neap_decimal_format(part->missing, missing);
  neap_decimal_format(part->ours, ours);
  neap_decimal_format(part->venue, venue);
  if (neap_decimal_is_zero(part->missing))
    snprintf(line, sizeof line, "difference %llu in %s has gone; its products stay reduce-only until it is dismissed",
             (unsigned long long)part->difference, part->currency);
  else
    snprintf(line, sizeof line,
             "difference %llu: %s %s at the venue that nothing explains (ours %s, there %s); its products are "
             "reduce-only until it is settled: neap reconcile",
             (unsigned long long)part->difference, missing, part->currency, ours, venue);
  session_say(session, "reconcile", "alert", line);
}

static neap_status record_difference(neap_session *session, const external_part *part, neap_fault *fault) {
  neap_buffer *out = session_scratch(session);
  neap_record_int(out, "id", (int64_t)part->difference);
  neap_record_text(out, "currency", part->currency);
  neap_record_decimal(out, "ours", part->ours);
  neap_record_decimal(out, "external", external_explains(part));
  neap_record_decimal(out, "venue", part->venue);
  neap_record_decimal(out, "difference", part->missing);
  neap_record_list(out, "products");
  for (uint32_t i = 0; i < session->product_count; i++)
    if (external_concerns(part, &session->products[i])) neap_record_text(out, "", session->products[i].id);
  neap_record_end(out);
  return session_event(session, "reconcile_difference", NULL, -1, 0, out, NULL, fault);
}

static neap_status withdraw_entries(neap_session *session, const external_part *part, neap_fault *fault) {
  neap_status status = NEAP_OK;
  for (uint32_t i = 0; status == NEAP_OK && i < session->product_count; i++)
    if (external_concerns(part, &session->products[i])) status = entries_withdraw(session, NULL, i, "reconcile", fault);
  return status;
}

/* What it holds is held before anything is written; then it and the cancels are one piece of the journal. */
static neap_status differ(neap_session *session, external_part *part, neap_decimal ours, neap_decimal venue,
                          neap_decimal gap, neap_fault *fault) {
  int64_t now = neap_clock_now(&session->clock);
  external_differ(&session->external, part, ours, venue, gap, now);
  bool is_new =
      external_hold(&session->external, session->products, session->product_count, now, &session->guards.risk);
  neap_event_store_hold(session->store);
  neap_status status = record_difference(session, part, fault);
  if (is_new) {
    neap_status asked = withdraw_entries(session, part, status == NEAP_OK ? fault : NULL);
    if (status == NEAP_OK) status = asked;
  }
  status = cancels_send(session, status, fault);
  say(session, part);
  return status;
}

/* Twice the same, or at once where it cannot wait. */
static bool counts(const external_part *part, reconcile_look *look, neap_decimal gap, bool at_once) {
  bool is_known = part->difference ? gap.units == part->missing.units : neap_decimal_is_zero(gap);
  bool again = look->has_gap && look->gap.units == gap.units;
  look->has_gap = !is_known;
  look->gap = gap;
  return !is_known && (again || at_once);
}

static neap_status compare_part(neap_session *session, uint32_t i, const neap_account_view *view, bool is_first,
                                bool *lacks, neap_fault *fault) {
  external_part *part = &session->external.part[i];
  reconcile_look *look = &session->account_watch->look[i];
  neap_decimal ours, gap, venue = total_of(view, part->currency);
  look->has_venue = true;
  look->venue = venue;
  neap_status status = ours_of(session, part->currency, &ours);
  if (status == NEAP_OK) status = external_gap(part, ours, venue, &gap);
  if (status != NEAP_OK) return does_not_fit(fault);
  bool at_once = is_first && neap_decimal_sign(gap) < 0;
  *lacks |= at_once;
  return counts(part, look, gap, at_once) ? differ(session, part, ours, venue, gap, fault) : NEAP_OK;
}

neap_status reconcile_take_mode(neap_session *session, neap_mode mode, const char *reason, neap_fault *fault) {
  const neap_guard_manager *guards = &session->guards;
  bool is_kept = guards->mode > mode || (guards->mode == mode && mode_is_lasting(guards->who));
  if (is_kept) return NEAP_OK;
  neap_status status = mode_change(session, mode, reason, "reconcile", fault);
  char line[200];
  snprintf(line, sizeof line, "%s: the session is %s, entries are cancelled, exits go on", reason,
           neap_mode_name(mode));
  session_say(session, "reconcile", "alert", line);
  return status;
}

static neap_status start_without_entries(neap_session *session, neap_fault *fault) {
  neap_buffer *out = session_scratch(session);
  neap_record_text(out, "message", "the account has less than our books claim");
  neap_status status = session_event(session, "startup_reconcile_failed", NULL, -1, 0, out, NULL, fault);
  if (status != NEAP_OK) return status;
  return reconcile_take_mode(session, NEAP_MODE_REDUCE_ONLY, "startup_reconcile_failed", fault);
}

static neap_status compare(neap_session *session, const neap_account_view *view, bool is_first, neap_fault *fault) {
  neap_status status = NEAP_OK;
  bool lacks = false;
  for (uint32_t i = 0; status == NEAP_OK && i < session->external.part_count; i++)
    status = compare_part(session, i, view, is_first, &lacks, fault);
  return status == NEAP_OK && lacks ? start_without_entries(session, fault) : status;
}

static neap_status look_at(neap_session *session, const neap_account_view *view, neap_fault *fault) {
  reconcile_watch *watch = session->account_watch;
  bool is_first = watch->looked_at == INT64_MIN;
  watch->looked_at = view->time;
  neap_status status = session->external.has_baseline ? NEAP_OK : take_baseline(session, view, fault);
  if (status == NEAP_OK) status = compare(session, view, is_first, fault);
  if (status == NEAP_OK) status = reconcile_note_orders(session, view, fault);
  if (status == NEAP_OK) status = reconcile_note_edits(session, view, fault);
  watch->is_awaited = watch->is_awaited && status != NEAP_OK;
  return status;
}

/* The reserve of a journal that fails is for exits. */
void reconcile_account(void *context, const neap_account_view *view) {
  neap_session *session = context;
  const reconcile_watch *watch = session->account_watch;
  neap_fault fault = {0};
  bool is_new = watch && view->settled && view->time != watch->looked_at;
  if (!is_new || session->ended || session_is_in_doubt(session)) return;
  if (look_at(session, view, &fault) != NEAP_OK) session_fail(session, &fault);
}

static neap_status take_fees(neap_session *session, neap_decimal maker, neap_decimal taker, neap_fault *fault) {
  const neap_decimal ten_thousand = neap_decimal_from_int(10000);
  neap_fee_schedule fees = session->fees;
  neap_status status =
      neap_decimal_mul(maker, ten_thousand, NEAP_DECIMAL_DIGITS, NEAP_ROUND_HALF_EVEN, &fees.maker_bps);
  if (status == NEAP_OK)
    status = neap_decimal_mul(taker, ten_thousand, NEAP_DECIMAL_DIGITS, NEAP_ROUND_HALF_EVEN, &fees.taker_bps);
  if (status != NEAP_OK) return neap_fail(fault, status, "overflow", "a fee does not fit a decimal");
  session->account_watch->has_fees = true;
  if (fees.maker_bps.units == session->fees.maker_bps.units && fees.taker_bps.units == session->fees.taker_bps.units)
    return NEAP_OK;
  session->fees = fees;
  neap_paper_charge(session->paper, &session->fees);
  neap_buffer *out = session_scratch(session);
  neap_record_decimal(out, "maker_bps", fees.maker_bps);
  neap_record_decimal(out, "taker_bps", fees.taker_bps);
  return session_event(session, "fees_changed", NULL, -1, 0, out, NULL, fault);
}

void reconcile_fees(void *context, neap_decimal maker, neap_decimal taker) {
  neap_session *session = context;
  neap_fault fault = {0};
  if (!session->account_watch || session->ended || session_is_in_doubt(session)) return;
  if (take_fees(session, maker, taker, &fault) != NEAP_OK) session_fail(session, &fault);
}

bool reconcile_has_fees(const neap_session *session) {
  return session->account_watch && session->account_watch->has_fees;
}
