/* SPDX-License-Identifier: MIT */
/* decision: writes down what an engine checked and answers. */
#include "engine/decision.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/record.h"

enum {
  VERDICT = 8,    /* bytes of the longest */
  LINE_SIZE = 128 /* a check's record takes less, without name and note */
};

#define WORD(text)                                                                                                     \
  { text, sizeof text - 1 }

static const struct {
  char word[VERDICT + 1];
  unsigned char length;
} verdicts[] = {WORD("passed"), WORD("adjusted"), WORD("failed"), WORD("skipped")};

const char *neap_verdict_name(neap_verdict verdict) {
  size_t index = (size_t)verdict;
  return index < sizeof verdicts / sizeof *verdicts ? verdicts[index].word : "unknown";
}

/* The checks stay as they are: `count` says how many of them mean something. */
void neap_decision_init(neap_decision *decision, const char *engine, const neap_ticket *request) {
  decision->accepted = true;
  decision->previews = false;
  decision->engine = engine;
  decision->engine_reason[0] = '\0';
  decision->ticket = *request;
  decision->slice = NEAP_ZERO;
  decision->reason.code[0] = decision->reason.check[0] = decision->reason.input[0] = decision->reason.limit[0] = '\0';
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

/* Always as many bytes as the longest takes: what is behind the word is written over. */
static unsigned char *put_verdict(unsigned char *at, neap_verdict verdict) {
  at = neap_put_head(at, NEAP_RECORD_TEXT, "verdict");
  neap_store_length(at, verdicts[verdict].length);
  memcpy(at + NEAP_RECORD_LENGTH, verdicts[verdict].word, VERDICT);
  return at + NEAP_RECORD_LENGTH + verdicts[verdict].length;
}

/* Into a place that has room for all of it: an order has twenty of these lines. */
static void record_check(const neap_check *check, neap_buffer *out) {
  size_t name = strlen(check->name), note = check->note ? strlen(check->note) : 0;
  unsigned char *at = neap_buffer_reserve(out, LINE_SIZE + name + note);
  if (!at) return;
  at = neap_put_head(at, NEAP_RECORD_MAP, "");
  at = neap_put_bytes(at, "name", check->name, name);
  at = put_verdict(at, check->verdict);
  if (check->has_input) at = neap_put_decimal(at, "input", check->input);
  if (check->has_limit) at = neap_put_decimal(at, "limit", check->limit);
  if (check->note) at = neap_put_bytes(at, "note", check->note, note);
  *at++ = NEAP_RECORD_END;
  out->size = (size_t)(at - out->data);
}

bool neap_decision_adjusts(const neap_decision *decision) {
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
  if (!neap_decision_adjusts(decision)) return;
  neap_record_map(out, "ticket");
  neap_ticket_record(&decision->ticket, out);
  neap_record_end(out);
}
