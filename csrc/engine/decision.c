/* SPDX-License-Identifier: MIT */
/* decision: writes down what an engine checked and answers. */
#include "engine/decision.h"

#include <assert.h>
#include <stdio.h>

#include "base/record.h"

const char *neap_verdict_name(neap_verdict verdict) {
  static const char *const names[] = {"passed", "adjusted", "failed", "skipped"};
  size_t index = (size_t)verdict;
  return index < sizeof names / sizeof *names ? names[index] : "unknown";
}

/* The checks stay as they are: `count` says how many of them mean something. */
void neap_decision_init(neap_decision *decision, const char *engine, const neap_ticket *request) {
  decision->accepted = true;
  decision->previews = false;
  decision->engine = engine;
  decision->engine_reason[0] = '\0';
  decision->ticket = *request;
  decision->slice = NEAP_ZERO;
  decision->reason = (neap_reason){{0}, {0}, {0}, {0}};
  decision->count = 0;
}

void neap_decision_note(neap_decision *decision, const char *name, neap_verdict verdict, const neap_decimal *input,
                        const neap_decimal *limit, const char *note) {
  assert(decision->count < NEAP_DECISION_CHECKS);
  decision->check[decision->count++] = (neap_check){.name = name,
                                                    .verdict = verdict,
                                                    .has_input = input != NULL,
                                                    .has_limit = limit != NULL,
                                                    .input = input ? *input : NEAP_ZERO,
                                                    .limit = limit ? *limit : NEAP_ZERO,
                                                    .note = note};
}

static void write_amount(char *out, size_t size, const neap_decimal *amount) {
  char text[NEAP_DECIMAL_TEXT] = "";
  if (amount) neap_decimal_format(*amount, text);
  snprintf(out, size, "%s", text);
}

bool neap_decision_refuse(neap_decision *decision, const char *name, const char *code, const neap_decimal *input,
                          const neap_decimal *limit, const char *note) {
  neap_decision_note(decision, name, NEAP_FAILED, input, limit, note);
  neap_reason *reason = &decision->reason;
  snprintf(reason->code, sizeof reason->code, "%s", code);
  snprintf(reason->check, sizeof reason->check, "%s", name);
  write_amount(reason->input, sizeof reason->input, input);
  write_amount(reason->limit, sizeof reason->limit, limit);
  decision->accepted = false;
  return false;
}

static void record_check(const neap_check *check, neap_buffer *out) {
  neap_record_map(out, "");
  neap_record_text(out, "name", check->name);
  neap_record_text(out, "verdict", neap_verdict_name(check->verdict));
  if (check->has_input) neap_record_decimal(out, "input", check->input);
  if (check->has_limit) neap_record_decimal(out, "limit", check->limit);
  if (check->note) neap_record_text(out, "note", check->note);
  neap_record_end(out);
}

static bool is_adjusted(const neap_decision *decision) {
  for (uint32_t i = 0; i < decision->count; i++)
    if (decision->check[i].verdict == NEAP_ADJUSTED) return true;
  return false;
}

void neap_decision_record(const neap_decision *decision, neap_buffer *out) {
  neap_record_bool(out, "accepted", decision->accepted);
  neap_record_text(out, "engine", decision->engine);
  neap_record_text(out, "engine_reason", decision->engine_reason);
  if (!decision->accepted) {
    neap_record_map(out, "reason");
    neap_reason_record(&decision->reason, out);
    neap_record_end(out);
  }
  neap_record_list(out, "checks");
  for (uint32_t i = 0; i < decision->count; i++) record_check(&decision->check[i], out);
  neap_record_end(out);
  if (!is_adjusted(decision)) return;
  neap_record_map(out, "ticket");
  neap_ticket_record(&decision->ticket, out);
  neap_record_end(out);
}
