/* SPDX-License-Identifier: MIT */
/* checks_limits: asks the limits of entries, and writes what they say into the decision. */
#include <assert.h>

#include "engine/checks.h"

/* What the snapshot knows of liquidity. What cannot take moves nothing. */
static neap_status estimate(const void *self, const neap_ticket *ticket, neap_decimal value, neap_impact *out,
                            neap_fault *fault) {
  const neap_snapshot *snapshot = self;
  neap_decimal spread;
  *out = (neap_impact){.is_liquid = true};
  if (ticket->post_only) return NEAP_OK;
  neap_status status = neap_liquidity_expect(&snapshot->liquidity, ticket->side == NEAP_BUY, value, &spread, &out->bps);
  return status == NEAP_OK ? status : neap_fail(fault, status, "impact_estimator", "nothing is known of the market");
}

neap_impact_source neap_check_impact_source(const neap_snapshot *snapshot) {
  return snapshot->impact ? *snapshot->impact : (neap_impact_source){snapshot, estimate};
}

static void question_of(const neap_engine *engine, const neap_snapshot *snapshot, const neap_impact_source *impact,
                        const neap_ticket *ticket, neap_pretrade *out) {
  *out = (neap_pretrade){.limits = engine->config.limits,
                         .ticket = ticket,
                         .now = snapshot->now,
                         .own = &snapshot->own,
                         .account = snapshot->has_account ? &snapshot->account : NULL,
                         .recent = snapshot->is_second_look ? NULL : snapshot->recent,
                         .failures = snapshot->failures,
                         .impact = impact};
}

/* The lines are in the decision; the one that refused is written anew, as a refusal. */
static bool tell(const neap_pretrade_answer *answer, neap_decision *out) {
  out->count += answer->count;
  if (!answer->code) return true;
  const neap_check last = out->check[--out->count];
  return neap_decision_refuse(out, last.name, answer->code, last.has_input ? &last.input : NULL,
                              last.has_limit ? &last.limit : NULL, last.note);
}

bool neap_check_limits(const neap_engine *engine, const neap_snapshot *snapshot, neap_decision *out) {
  neap_pretrade question;
  neap_pretrade_answer answer = {.line = &out->check[out->count]};
  assert(out->count + NEAP_PRETRADE_LINES <= NEAP_DECISION_CHECKS);
  if (neap_snapshot_is_exit(snapshot, &out->ticket)) {
    neap_decision_note(out, "limits", NEAP_SKIPPED, NULL, NULL, "an exit passes the limits of entries");
    return true;
  }
  const neap_impact_source source = neap_check_impact_source(snapshot);
  question_of(engine, snapshot, &source, &out->ticket, &question);
  neap_pretrade_ask(&question, &answer);
  return tell(&answer, out);
}
