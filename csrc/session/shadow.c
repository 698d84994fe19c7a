/* SPDX-License-Identifier: MIT */
/* shadow: asks, compares, writes down. */
#include "session/shadow.h"

#include <string.h>

#include "base/record.h"
#include "base/text.h"
#include "engine/checks.h"

enum { BASIS_POINTS = 10000 };

static bool equal(neap_decimal a, neap_decimal b) { return a.units == b.units; }

static unsigned compare_tickets(const neap_decision *ours, const neap_decision *other) {
  const neap_ticket *a = &ours->ticket, *b = &other->ticket;
  unsigned found = NEAP_SAME;
  if (a->sizing != b->sizing || !equal(a->quantity, b->quantity) || !equal(a->notional, b->notional) ||
      !equal(a->fraction, b->fraction))
    found |= NEAP_DIFFERS_QUANTITY;
  if (a->type != b->type || !equal(a->limit, b->limit) || !equal(a->stop, b->stop) ||
      !equal(a->trail_bps, b->trail_bps))
    found |= NEAP_DIFFERS_PRICE;
  if (a->time_in_force != b->time_in_force || a->good_till != b->good_till || a->post_only != b->post_only ||
      a->reduce_only != b->reduce_only || ours->previews != other->previews)
    found |= NEAP_DIFFERS_TERMS;
  return found;
}

unsigned neap_shadow_compare(const neap_decision *ours, const neap_decision *other) {
  if (ours->accepted != other->accepted) return NEAP_DIFFERS_ACCEPTED;
  if (ours->accepted) return compare_tickets(ours, other);
  return strcmp(ours->reason.code, other->reason.code) == 0 ? NEAP_SAME : NEAP_DIFFERS_REASON;
}

static bool has_adjusted(const neap_decision *decision, const neap_check *wanted) {
  for (uint32_t i = 0; i < decision->count; i++) {
    const neap_check *check = &decision->check[i];
    if (check->verdict == NEAP_ADJUSTED && strcmp(check->name, wanted->name) == 0 && equal(check->limit, wanted->limit))
      return true;
  }
  return false;
}

/* The first change that only one of them made. */
static const char *find_change(const neap_decision *one, const neap_decision *other) {
  for (uint32_t i = 0; i < one->count; i++)
    if (one->check[i].verdict == NEAP_ADJUSTED && !has_adjusted(other, &one->check[i])) return one->check[i].name;
  return NULL;
}

const char *neap_shadow_check(const neap_decision *ours, const neap_decision *other) {
  if (neap_shadow_compare(ours, other) == NEAP_SAME) return NULL;
  if (!other->accepted) return other->reason.check;
  if (!ours->accepted) return ours->reason.check;
  const char *name = find_change(ours, other);
  return name ? name : find_change(other, ours);
}

/* What the order is expected to cost beside its value: the slippage that its slippage check expects, and the taker's
 * fee; quote currency. Written only where it can be told. */
static void record_cost(const neap_snapshot *snapshot, const neap_decision *decision, const char *key,
                        neap_buffer *out) {
  neap_decimal value, bps = snapshot->taker_bps, cost;
  if (!decision->accepted || !neap_check_value_of(snapshot, &decision->ticket, &value)) return;
  for (uint32_t i = 0; i < decision->count; i++)
    if (strcmp(decision->check[i].name, "slippage") == 0 && decision->check[i].has_input &&
        neap_decimal_add(bps, decision->check[i].input, &bps) != NEAP_OK)
      return;
  if (neap_decimal_mul(value, bps, NEAP_DECIMAL_DIGITS, NEAP_ROUND_HALF_EVEN, &cost) == NEAP_OK &&
      neap_decimal_div(cost, neap_decimal_from_int(BASIS_POINTS), NEAP_DECIMAL_DIVISION, NEAP_ROUND_HALF_EVEN, &cost) ==
          NEAP_OK)
    neap_record_decimal(out, key, cost);
}

static void record_difference(const neap_snapshot *snapshot, const neap_decision *ours, const neap_decision *other,
                              unsigned found, neap_buffer *out) {
  static const char *const names[] = {"accepted", "reason", "quantity", "price", "terms"};
  const char *check = neap_shadow_check(ours, other);
  neap_record_list(out, "differs");
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    if (found >> i & 1) neap_record_text(out, "", names[i]);
  neap_record_end(out);
  if (check) neap_record_text(out, "check", check);
  record_cost(snapshot, ours, "own_cost", out);
  record_cost(snapshot, other, "cost", out);
  neap_record_map(out, "ticket"); /* also of one that changed nothing: the order's intent is what ours made of it */
  neap_ticket_record(&other->ticket, out);
  neap_record_end(out);
  neap_record_map(out, "decision");
  neap_decision_record(other, out);
  neap_record_end(out);
}

void shadow_record(neap_session *session, const neap_order *order, const neap_snapshot *snapshot, bool is_exit,
                   const neap_decision *decision, neap_buffer *out) {
  const neap_engine *engine = strcmp(decision->engine, "live") == 0 ? &session->advanced : &session->live;
  neap_decision other;
  neap_decision_init(&other, engine->name, &order->ticket);
  neap_text_copy(other.engine_reason, sizeof other.engine_reason, "shadow");
  order_judge(session, engine, order, snapshot, is_exit, &other);
  unsigned found = neap_shadow_compare(decision, &other);
  neap_record_map(out, "shadow");
  neap_record_text(out, "engine", engine->name);
  neap_record_bool(out, "same", found == NEAP_SAME);
  if (found != NEAP_SAME) record_difference(snapshot, decision, &other, found, out);
  neap_record_end(out);
}
