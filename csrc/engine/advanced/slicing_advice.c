/* SPDX-License-Identifier: MIT */
#include "engine/advanced/slicing_advice.h"

#include "risk/impact.h"

typedef struct sizing { /* of an order whose impact is asked */
  neap_decimal value, price, quantity;
} sizing;

/* By amount: the quantity at the price that it is judged at. */
static bool measure(const neap_snapshot *snapshot, const neap_ticket *ticket, sizing *out) {
  neap_decimal unit;
  if (!snapshot->has_mark) return false;
  if (!neap_check_price_of(snapshot, ticket, &out->price)) out->price = snapshot->mark;
  if (!neap_check_value_of(snapshot, ticket, &out->value)) return false;
  out->quantity = ticket->quantity;
  if (ticket->sizing == NEAP_BY_QUANTITY) return true;
  return neap_product_notional(snapshot->product, out->price, neap_decimal_from_int(1), &unit) == NEAP_OK &&
         neap_decimal_div(out->value, unit, NEAP_DECIMAL_DIGITS, NEAP_ROUND_DOWN, &out->quantity) == NEAP_OK;
}

static bool is_within(const neap_impact_source *source, const neap_ticket *ticket, neap_decimal value,
                      neap_decimal max_bps) {
  neap_impact impact;
  if (source->estimate(source->self, ticket, value, &impact, NULL) != NEAP_OK) return true; /* nothing can be advised */
  return impact.is_liquid && neap_decimal_cmp(impact.bps, max_bps) <= 0;
}

static void tell(neap_decision *out, neap_decimal quantity, neap_decimal slice) {
  out->slice = slice;
  if (neap_decimal_is_zero(slice))
    neap_decision_note(out, "slicing_advice", NEAP_SKIPPED, &quantity, NULL, "no slice would stay within the limit");
  else
    neap_decision_note(out, "slicing_advice", NEAP_PASSED, &quantity, &slice, "at once no more than the limit");
}

bool neap_advanced_advise_slices(const neap_engine *engine, const neap_snapshot *snapshot, neap_decision *out) {
  const neap_limits *limits = engine->config.limits;
  const neap_ticket *ticket = &out->ticket;
  neap_decimal max_bps = limits->max_market_impact_bps;
  sizing order;
  if (!limits->enable_market_impact_guard || neap_decimal_sign(max_bps) <= 0) return true;
  if (ticket->post_only || neap_snapshot_is_exit(snapshot, ticket) || !measure(snapshot, ticket, &order)) return true;
  const neap_impact_source source = neap_check_impact_source(snapshot);
  if (is_within(&source, ticket, order.value, max_bps)) return true;
  tell(out, order.quantity,
       neap_impact_slice(&source, ticket, snapshot->product, order.price, order.quantity, max_bps));
  return true;
}
