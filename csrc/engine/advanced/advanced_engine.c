/* SPDX-License-Identifier: MIT */
/* advanced_engine: normalize, quantize, look whether a post-only order would cross, then what every order must pass.
 * Sizing by risk and order workflows come with later versions. */
#include "engine/checks.h"

/* An order without an id of its own could be sent twice and never be asked about. */
static bool normalize(const neap_engine *engine, const neap_snapshot *snapshot, neap_decision *out) {
  (void)engine, (void)snapshot;
  if (out->ticket.id[0] == '\0')
    return neap_decision_refuse(out, "normalize", "no_order_id", NULL, NULL, "a client order id is needed");
  neap_decision_note(out, "normalize", NEAP_PASSED, NULL, NULL, "client order id is present");
  return true;
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

static const neap_check_entry checks[] = {
    {"mode", neap_check_mode},
    {"normalize", normalize},
    {"product", neap_check_product},
    {"risk", neap_check_risk},
    {"sizing", neap_check_sizing},
    {"order_type", neap_check_order_type},
    {"entry_time_in_force", neap_check_entry_time_in_force},
    {"time_in_force", neap_check_time_in_force},
    {"product_status", neap_check_product_status},
    {"reduce_only", neap_check_reduce_only},
    {"quantity", neap_check_quantity},
    {"prices", neap_check_prices},
    {"post_only_cross", check_cross},
    {"notional", neap_check_notional},
    {"mark", neap_check_mark},
    {"slippage", neap_check_slippage},
    {"position", neap_check_position},
    {"funds", neap_check_funds},
    {"limits", neap_check_limits},
    {"final_reduce_only", neap_check_final_reduce_only},
    {"preview", neap_check_preview},
};

static neap_status decide(const neap_engine *engine, const neap_snapshot *snapshot, const neap_ticket *request,
                          neap_decision *out, neap_fault *fault) {
  (void)fault;
  neap_decision_init(out, engine->name, request);
  neap_checks_run(engine, snapshot, out);
  return NEAP_OK;
}

neap_engine neap_advanced_engine(const neap_engine_config *config) {
  return (neap_engine){.name = "advanced",
                       .config = *config,
                       .checks = checks,
                       .check_count = sizeof checks / sizeof *checks,
                       .decide = decide};
}
