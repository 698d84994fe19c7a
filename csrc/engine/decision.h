/* SPDX-License-Identifier: MIT */
/* decision: what an engine answers, with every check that was made: the record that `explain` prints. */
#ifndef NEAP_ENGINE_DECISION_H
#define NEAP_ENGINE_DECISION_H

#include "account/order.h"
#include "risk/verdict.h"

enum { NEAP_DECISION_CHECKS = 64 };

typedef struct neap_decision {
  bool accepted;
  const char *engine;     /* "live", "advanced" */
  char engine_reason[96]; /* the policy's */
  bool previews;          /* accepted, and to be shown to the broker before it is sent */
  neap_ticket ticket;     /* as it will be sent */
  neap_decimal slice;     /* advised: no more than this at once (advanced); zero: no advice */
  neap_reason reason;     /* of a refusal */
  uint32_t count;
  neap_check check[NEAP_DECISION_CHECKS];
} neap_decision;

void neap_decision_init(neap_decision *decision, const char *engine, const neap_ticket *request);
/* Adds a check that passed, was adjusted or skipped. NULL input or limit: there is none. */
void neap_decision_note(neap_decision *decision, const char *name, neap_verdict verdict, const neap_decimal *input,
                        const neap_decimal *limit, const char *note);
/* Adds the failed check, fills the reason and sets accepted = false. Returns false, so that a check reads
 * `return neap_decision_refuse(…)`. */
bool neap_decision_refuse(neap_decision *decision, const char *name, const char *code, const neap_decimal *input,
                          const neap_decimal *limit, const char *note);
bool neap_decision_adjusts(const neap_decision *decision); /* the ticket is not as it was asked */
/* {accepted, engine, engine_reason, reason{}, checks[{name, verdict, input, limit, note}], ticket{}}; the ticket only
 * when a check was adjusted, for otherwise it is that of the intent */
void neap_decision_record(const neap_decision *decision, neap_buffer *out);
const char *neap_verdict_name(neap_verdict verdict);

#endif
