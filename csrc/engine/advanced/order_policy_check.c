/* SPDX-License-Identifier: MIT */
#include "engine/advanced/order_policy_check.h"

static uint64_t recent_of(const neap_snapshot *snapshot, uint32_t product) {
  if (!snapshot->recent || snapshot->is_second_look) return 0; /* after a preview it is in its own history */
  int64_t since = snapshot->now - NEAP_RECENT_SPAN;
  return neap_recent_of_product(&snapshot->recent->journalled, product, since) +
         neap_recent_of_product(&snapshot->recent->waiting, product, since);
}

static bool add_worth(const neap_snapshot *snapshot, neap_decimal quantity, neap_decimal *sum) {
  neap_decimal worth;
  return neap_product_notional(snapshot->product, snapshot->mark, quantity, &worth) == NEAP_OK &&
         neap_decimal_add(*sum, worth, sum) == NEAP_OK;
}

/* What was traded today and what may still be: own working orders count at the mark. */
static bool traded_of(const neap_snapshot *snapshot, neap_decimal *traded) {
  *traded = snapshot->traded;
  return add_worth(snapshot, snapshot->working_buy, traded) && add_worth(snapshot, snapshot->working_sell, traded);
}

static bool position_of(const neap_snapshot *snapshot, neap_side side, neap_decimal *out) {
  neap_decimal open = side == NEAP_BUY ? snapshot->open_buy : neap_decimal_neg(snapshot->open_sell);
  return neap_decimal_add(snapshot->position, open, out) == NEAP_OK;
}

/* By amount: the quantity at the price that it is judged at. */
static bool size_of(const neap_snapshot *snapshot, const neap_ticket *ticket, neap_order_question *out) {
  neap_decimal unit, price;
  out->quantity = ticket->quantity;
  if (!neap_check_value_of(snapshot, ticket, &out->value)) return false;
  if (!out->is_by_amount) return true;
  return neap_check_price_of(snapshot, ticket, &price) &&
         neap_product_notional(snapshot->product, price, neap_decimal_from_int(1), &unit) == NEAP_OK &&
         neap_decimal_div(out->value, unit, NEAP_DECIMAL_DIGITS, NEAP_ROUND_DOWN, &out->quantity) == NEAP_OK;
}

static bool question_of(const neap_snapshot *snapshot, const neap_ticket *ticket, neap_order_question *out) {
  bool is_plain_market = ticket->type == NEAP_MARKET && ticket->time_in_force == NEAP_GTC;
  *out = (neap_order_question){.product = snapshot->product->id,
                               .type = ticket->type,
                               .time_in_force = is_plain_market ? NEAP_IOC : ticket->time_in_force,
                               .side = ticket->side,
                               .post_only = ticket->post_only,
                               .reduce_only = ticket->reduce_only,
                               .is_by_amount = ticket->sizing != NEAP_BY_QUANTITY,
                               .price = neap_decimal_is_zero(ticket->limit) ? ticket->stop : ticket->limit,
                               .recent = recent_of(snapshot, ticket->product)};
  return size_of(snapshot, ticket, out) && position_of(snapshot, ticket->side, &out->position) &&
         traded_of(snapshot, &out->traded);
}

bool neap_advanced_check_policy(const neap_engine *engine, const neap_snapshot *snapshot, neap_decision *out) {
  neap_order_question question;
  neap_order_verdict verdict;
  if (!engine->config.order_policy) return true;
  if (neap_snapshot_is_exit(snapshot, &out->ticket)) {
    neap_decision_note(out, "order_policy", NEAP_SKIPPED, NULL, NULL, "an exit passes the policy of entries");
    return true;
  }
  if (!question_of(snapshot, &out->ticket, &question))
    return neap_decision_refuse(out, "order_policy", "policy_unknown", NULL, NULL, "what it asks for cannot be valued");
  neap_order_policy_ask(engine->config.order_policy, &question, &verdict);
  if (verdict.code)
    return neap_decision_refuse(out, "order_policy", verdict.code, verdict.has_input ? &verdict.input : NULL,
                                verdict.has_limit ? &verdict.limit : NULL, verdict.note);
  neap_decision_note(out, "order_policy", NEAP_PASSED, NULL, NULL, NULL);
  return true;
}
