/* SPDX-License-Identifier: MIT */
/* reconcile_settle: a person reads what differs, and says what it was. */
#include <stdio.h>
#include <string.h>

#include "base/record.h"
#include "session/mode.h"
#include "session/reconcile_watch.h"

neap_reconcile_view neap_session_reconciliation(const neap_session *session) {
  const external_book *book = &session->external;
  const reconcile_watch *watch = session->account_watch;
  neap_reconcile_view view = {.is_outside = watch != NULL,
                              .has_baseline = book->has_baseline,
                              .baseline_at = book->baseline_at,
                              .rows = book->part_count};
  for (uint32_t i = 0; i < book->part_count; i++) view.open += book->part[i].difference != 0;
  if (!watch) return view;
  view.looked_at = watch->looked_at == INT64_MIN ? 0 : watch->looked_at;
  view.external = watch->policy;
  view.orders = (uint32_t)watch->order_count;
  return view;
}

bool neap_session_reconcile_row(const neap_session *session, uint32_t i, neap_reconcile_row *out) {
  if (i >= session->external.part_count) return false;
  const external_part *part = &session->external.part[i];
  const reconcile_watch *watch = session->account_watch;
  *out = (neap_reconcile_row){.currency = part->currency,
                              .external = part->external,
                              .allowed = part->allowed,
                              .id = part->difference,
                              .difference = part->missing,
                              .since = part->since};
  external_ours(session->ledger, session->products, session->product_count, session->desk_count, part->currency,
                &out->ours);
  out->has_venue = watch && watch->look[i].has_venue;
  if (out->has_venue) out->venue = watch->look[i].venue;
  return true;
}

const neap_foreign_order *neap_session_foreign_order(const neap_session *session, uint32_t i) {
  const reconcile_watch *watch = session->account_watch;
  return watch && i < watch->order_count ? &watch->orders[i] : NULL;
}

void neap_session_reconcile_look(neap_session *session) {
  if (session->broker->look) session->broker->look(session->broker->self, NULL);
}

static external_part *find_open(neap_session *session, uint64_t id, neap_fault *fault) {
  external_book *book = &session->external;
  for (uint32_t i = 0; id && i < book->part_count; i++)
    if (book->part[i].difference == id) return &book->part[i];
  neap_fail(fault, NEAP_NOT_FOUND, "no_difference", "no difference %llu is open", (unsigned long long)id);
  return NULL;
}

/* The product whose base is missing or too many; UINT32_MAX: it is money. */
static uint32_t product_of(const neap_session *session, const external_part *part) {
  for (uint32_t i = 0; i < session->product_count; i++)
    if (session->products[i].kind == NEAP_SPOT && strcmp(session->products[i].base, part->currency) == 0) return i;
  return UINT32_MAX;
}

/* What is booked to the operator's desk for it: a fill at the mark, and the money for it. */
typedef struct contribution {
  bool is_wanted;
  neap_foreign_fill fill;
  neap_decimal deposit;
} contribution;

static neap_status check_desk(const neap_session *session, const neap_foreign_fill *fill, neap_fault *fault) {
  uint32_t desk = session->account_watch->operator_desk;
  neap_decimal held = neap_ledger_position(session->ledger, desk, fill->product)->quantity;
  if (!session->markets[fill->product].has_mark)
    return neap_fail(fault, NEAP_REFUSED, "no_mark", "%s has no mark yet: what it is worth is not known",
                     session->products[fill->product].id);
  if (fill->side == NEAP_BUY || neap_decimal_cmp(held, fill->quantity) >= 0) return NEAP_OK;
  return neap_fail(fault, NEAP_REFUSED, "operator_holds_less",
                   "the operator's desk holds less than is missing: dismiss it, and the external part takes it");
}

static neap_status prepare(const neap_session *session, const external_part *part, neap_settlement how,
                           contribution *out, neap_fault *fault) {
  const reconcile_watch *watch = session->account_watch;
  *out = (contribution){.is_wanted = false};
  uint32_t product = product_of(session, part);
  if (how != NEAP_SETTLE_ADOPT || !watch || watch->policy != NEAP_EXTERNAL_ADOPT || product == UINT32_MAX ||
      neap_decimal_is_zero(part->missing))
    return NEAP_OK;
  neap_foreign_fill *fill = &out->fill;
  bool is_more = neap_decimal_sign(part->missing) > 0;
  *fill = (neap_foreign_fill){.product = product,
                              .side = is_more ? NEAP_BUY : NEAP_SELL,
                              .quantity = neap_decimal_abs(part->missing),
                              .price = session->marks[product],
                              .time = session->clock.latest};
  snprintf(fill->trade_id, sizeof fill->trade_id, "%s/difference/%llu", session->id,
           (unsigned long long)part->difference);
  neap_status status = check_desk(session, fill, fault);
  if (status != NEAP_OK) return status;
  out->is_wanted = true;
  status = neap_product_notional(&session->products[product], fill->price, fill->quantity, &out->deposit);
  if (!is_more) out->deposit = neap_decimal_neg(out->deposit);
  return status == NEAP_OK ? status : neap_fail(fault, status, "overflow", "its value does not fit a decimal");
}

static void record_settled(neap_session *session, const external_part *part, neap_settlement how,
                           const contribution *with, const char *why, const char *who) {
  neap_buffer *out = session_scratch(session);
  bool has_gone = neap_decimal_is_zero(part->missing);
  neap_record_int(out, "id", (int64_t)part->difference);
  neap_record_text(out, "currency", part->currency);
  neap_record_decimal(out, "difference", part->missing);
  neap_record_text(out, "how", how == NEAP_SETTLE_ADOPT ? "adopt" : "dismiss");
  neap_record_text(out, "to", with->is_wanted ? "operator" : has_gone ? "nothing" : "external");
  if (with->is_wanted) neap_record_int(out, "seat", session->account_watch->operator_desk);
  if (with->is_wanted) neap_record_decimal(out, "deposit", with->deposit);
  neap_record_text(out, "who", who);
  neap_record_text(out, "why", why);
}

static neap_status close_it(neap_session *session, external_part *part, neap_settlement how, const contribution *with,
                            const char *why, const char *who, neap_fault *fault) {
  bool takes = !with->is_wanted && !neap_decimal_is_zero(part->missing);
  record_settled(session, part, how, with, why, who);
  neap_status status = external_settle(part, takes);
  if (status != NEAP_OK) return neap_fail(fault, status, "overflow", "the external part does not fit a decimal");
  status = session_event(session, "reconcile_settled", NULL, -1, 0, &session->scratch, NULL, fault);
  if (status == NEAP_OK && with->is_wanted)
    status = neap_ledger_deposit(session->ledger, session->account_watch->operator_desk, with->deposit, fault);
  external_hold(&session->external, session->products, session->product_count, session->clock.latest,
                &session->guards.risk);
  return status == NEAP_OK && with->is_wanted ? reconcile_adopt(session, &with->fill, 0, fault) : status;
}

/* What the configuration or a person holds stays. */
static neap_status lift_mode(neap_session *session, const char *why, const char *who, neap_fault *fault) {
  bool is_open = neap_session_reconciliation(session).open > 0;
  bool is_ours = session->guards.mode == NEAP_MODE_REDUCE_ONLY && strcmp(session->guards.who, "reconcile") == 0;
  bool is_asked_for = neap_guard_manager_configured(session->limits) != NEAP_MODE_NORMAL;
  if (is_open || !is_ours || is_asked_for) return NEAP_OK;
  return mode_change(session, NEAP_MODE_NORMAL, why, who, fault);
}

static neap_status check(neap_session *session, const char *why, neap_fault *fault) {
  if (!why[strspn(why, " \t\r\n")])
    return neap_fail(fault, NEAP_INVALID, "why_needed", "a difference is settled with words that say why");
  if (session->ended) return neap_fail(fault, NEAP_REFUSED, "stopping", "the session has ended");
  if (session_is_in_doubt(session))
    return neap_fail(fault, NEAP_REFUSED, "journal", "the journal cannot be written: nothing is settled");
  return NEAP_OK;
}

static neap_status settle(neap_session *session, external_part *part, neap_settlement how, const char *why,
                          const char *who, neap_fault *fault) {
  contribution with;
  neap_status status = prepare(session, part, how, &with, fault);
  if (status != NEAP_OK) return status;
  session->account_watch->look[part - session->external.part].has_gap = false;
  neap_event_store_hold(session->store);
  session->gathers = true;
  status = close_it(session, part, how, &with, why, who, fault);
  session->gathers = false;
  neap_event_store_release(session->store);
  if (status == NEAP_OK && session->outbox.count) status = order_flush(session, fault);
  if (status == NEAP_OK) status = lift_mode(session, why, who, fault);
  neap_status told = session_settle(session, status == NEAP_OK ? fault : NULL);
  if (status == NEAP_OK) status = told;
  neap_status kept = neap_event_store_wait(session->store, session->last_seq, status == NEAP_OK ? fault : NULL);
  return session_watch(session, status != NEAP_OK ? status : kept, fault);
}

neap_status neap_session_settle_difference(neap_session *session, uint64_t id, neap_settlement how, const char *why,
                                           const char *who, neap_fault *fault) {
  neap_status status = check(session, why, fault);
  external_part *part = status == NEAP_OK ? find_open(session, id, fault) : NULL;
  if (!part) return status == NEAP_OK ? NEAP_NOT_FOUND : status;
  return settle(session, part, how, why, who, fault);
}
