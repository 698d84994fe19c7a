/* SPDX-License-Identifier: MIT */
/* advanced_engine: normalize, quantize, look whether a post-only order would cross, then what every order must pass.
 * Sizing by risk and order workflows come with later versions. */
#include "engine/checks.h"

/* An order without an id of its own could be sent twice and never be asked about. */
static bool normalize(const neap_snapshot *snapshot, neap_decision *out) {
  if (out->ticket.id[0] == '\0')
    return neap_decision_refuse(out, "normalize", "no_order_id", NULL, NULL, "a client order id is needed");
  neap_decision_note(out, "normalize", NEAP_PASSED, NULL, NULL, "client order id is present");
  return neap_check_request(snapshot, out);
}

static bool quantize(const neap_snapshot *snapshot, neap_decision *out) {
  return neap_check_reduce_only(snapshot, out) && neap_check_quantity(snapshot, out) &&
         neap_check_prices(snapshot, out);
}

static bool crosses(const neap_snapshot *snapshot, const neap_ticket *ticket) {
  return ticket->side == NEAP_BUY ? neap_decimal_cmp(ticket->limit, snapshot->ask) >= 0
                                  : neap_decimal_cmp(ticket->limit, snapshot->bid) <= 0;
}

static bool check_cross(const neap_engine *engine, const neap_snapshot *snapshot, neap_decision *out) {
  const neap_ticket *ticket = &out->ticket;
  if (!ticket->post_only || ticket->type != NEAP_LIMIT || !engine->config.reject_on_cross) return true;
  if (!snapshot->has_quote) {
    neap_decision_note(out, "post_only_cross", NEAP_SKIPPED, &ticket->limit, NULL, "no quote is known");
    return true;
  }
  const neap_decimal *other = ticket->side == NEAP_BUY ? &snapshot->ask : &snapshot->bid;
  if (crosses(snapshot, ticket))
    return neap_decision_refuse(out, "post_only_cross", "post_only_cross", &ticket->limit, other,
                                "the order would take, not rest");
  neap_decision_note(out, "post_only_cross", NEAP_PASSED, &ticket->limit, other, NULL);
  return true;
}

static void run(const neap_engine *engine, const neap_snapshot *snapshot, neap_decision *out) {
  (void)(neap_check_mode(snapshot->mode, snapshot, out) && normalize(snapshot, out) &&
         neap_check_product_status(snapshot, out) && quantize(snapshot, out) && check_cross(engine, snapshot, out) &&
         neap_check_notional(snapshot, out) && neap_check_mark(snapshot, out) && neap_check_position(snapshot, out) &&
         neap_check_funds(snapshot, engine->config.limits, out));
}

static neap_status decide(const neap_engine *engine, const neap_snapshot *snapshot, const neap_ticket *request,
                          neap_decision *out, neap_fault *fault) {
  (void)fault;
  neap_decision_init(out, engine->name, request);
  run(engine, snapshot, out);
  return NEAP_OK;
}

neap_engine neap_advanced_engine(const neap_engine_config *config) {
  return (neap_engine){.name = "advanced", .config = *config, .decide = decide};
}
