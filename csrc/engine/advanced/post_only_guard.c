/* SPDX-License-Identifier: MIT */
/* post_only_guard: the limit against the other side's best price. */
#include "engine/advanced/post_only_guard.h"

static bool crosses(const neap_snapshot *snapshot, const neap_ticket *ticket) {
  return ticket->side == NEAP_BUY ? neap_decimal_cmp(ticket->limit, snapshot->ask) >= 0
                                  : neap_decimal_cmp(ticket->limit, snapshot->bid) <= 0;
}

static bool judge_without_quote(const neap_snapshot *snapshot, neap_decision *out) {
  const neap_ticket *ticket = &out->ticket;
  if (snapshot->is_quoted && !neap_snapshot_is_exit(snapshot, ticket))
    return neap_decision_refuse(out, "post_only_cross", "no_quote", &ticket->limit, NULL,
                                "no quote is known at the moment: the order might take");
  neap_decision_note(out, "post_only_cross", NEAP_SKIPPED, &ticket->limit, NULL, "no quote is known");
  return true;
}

bool neap_advanced_check_cross(const neap_engine *engine, const neap_snapshot *snapshot, neap_decision *out) {
  const neap_ticket *ticket = &out->ticket;
  bool looks = engine->config.reject_on_cross && engine->config.limits->reject_on_cross;
  if (!looks || !ticket->post_only || ticket->type != NEAP_LIMIT) return true;
  if (!snapshot->has_quote) return judge_without_quote(snapshot, out);
  const neap_decimal *other = ticket->side == NEAP_BUY ? &snapshot->ask : &snapshot->bid;
  if (crosses(snapshot, ticket))
    return neap_decision_refuse(out, "post_only_cross", "post_only_cross", &ticket->limit, other,
                                "the order would take, not rest");
  neap_decision_note(out, "post_only_cross", NEAP_PASSED, &ticket->limit, other, NULL);
  return true;
}
