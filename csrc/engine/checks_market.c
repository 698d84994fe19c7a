/* SPDX-License-Identifier: MIT */
/* checks_market: what the market would do to an order; and how an accepted one leaves. */
#include "engine/checks.h"
#include "risk/slippage.h"

bool neap_check_value_of(const neap_snapshot *snapshot, const neap_ticket *ticket, neap_decimal *value) {
  neap_decimal price;
  if (ticket->sizing == NEAP_BY_NOTIONAL) return *value = ticket->notional, true;
  if (ticket->sizing == NEAP_BY_FRACTION)
    return neap_decimal_mul(ticket->fraction, snapshot->equity, NEAP_DECIMAL_DIVISION, NEAP_ROUND_UP, value) == NEAP_OK;
  return neap_check_price_of(snapshot, ticket, &price) &&
         neap_product_notional(snapshot->product, price, ticket->quantity, value) == NEAP_OK;
}

static bool refuse_unknown(neap_status status, neap_decision *out, const neap_decimal *guard) {
  return neap_decision_refuse(out, "slippage", "no_liquidity", NULL, guard,
                              status == NEAP_END ? "the book does not hold the order"
                                                 : "nothing is known of what would meet the order");
}

static neap_status expect_slippage(const neap_limits *limits, const neap_snapshot *snapshot, const neap_ticket *ticket,
                                   neap_decimal *bps) {
  const char *product = snapshot->product->id;
  neap_decimal value;
  if (!neap_check_value_of(snapshot, ticket, &value)) return NEAP_NOT_FOUND;
  return snapshot->walk ? neap_slippage_walked(limits, product, snapshot->walk, ticket, value, snapshot->mark, bps)
                        : neap_slippage_expected(limits, product, &snapshot->liquidity, ticket->side, value, bps);
}

static bool judge_slippage(const neap_limits *limits, const neap_snapshot *snapshot, const neap_decimal *guard,
                           neap_decision *out) {
  const neap_ticket *ticket = &out->ticket;
  neap_decimal bps;
  neap_status status = expect_slippage(limits, snapshot, ticket, &bps);
  if (status != NEAP_OK) return refuse_unknown(status, out, guard);
  const char *note = snapshot->walk ? "bps: the book, walked from its middle"
                     : snapshot->liquidity.source == NEAP_LIQUIDITY_BOOK
                         ? "bps: spread and impact on the book"
                         : "bps: spread and impact by the model of the last bar";
  if (neap_decimal_cmp(bps, *guard) > 0) return neap_decision_refuse(out, "slippage", "slippage", &bps, guard, note);
  neap_decision_note(out, "slippage", NEAP_PASSED, &bps, guard, note);
  return true;
}

bool neap_check_slippage(const neap_engine *engine, const neap_snapshot *snapshot, neap_decision *out) {
  const neap_limits *limits = engine->config.limits;
  if (limits->slippage_guard_bps <= 0) return true;
  neap_decimal guard = neap_decimal_from_int(limits->slippage_guard_bps);
  bool is_exit = neap_snapshot_is_exit(snapshot, &out->ticket);
  bool in_slices = out->ticket.execution != NEAP_WHOLE; /* each is judged by its own size */
  if (!is_exit && !out->ticket.post_only && !in_slices) return judge_slippage(limits, snapshot, &guard, out);
  neap_decision_note(out, "slippage", NEAP_SKIPPED, NULL, &guard,
                     is_exit     ? "an exit"
                     : in_slices ? "each slice is asked"
                                 : "post-only takes nothing");
  return true;
}

bool neap_check_final_reduce_only(const neap_engine *engine, const neap_snapshot *snapshot, neap_decision *out) {
  (void)engine;
  neap_ticket *ticket = &out->ticket;
  if (snapshot->mode == NEAP_MODE_NORMAL || ticket->reduce_only) return true;
  ticket->reduce_only = true;
  neap_decision_note(out, "final_reduce_only", NEAP_ADJUSTED, NULL, NULL, "in this mode orders leave as reduce-only");
  return true;
}

bool neap_check_preview(const neap_engine *engine, const neap_snapshot *snapshot, neap_decision *out) {
  if (!engine->config.limits->enable_order_preview || snapshot->is_second_look) return true;
  if (out->ticket.execution != NEAP_WHOLE) return true; /* its slices are shown */
  out->previews = !neap_snapshot_is_exit(snapshot, &out->ticket);
  if (out->previews)
    neap_decision_note(out, "preview", NEAP_PASSED, NULL, NULL, "shown to the broker before it is sent");
  else
    neap_decision_note(out, "preview", NEAP_SKIPPED, NULL, NULL, "an exit");
  return true;
}
