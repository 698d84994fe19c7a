/* SPDX-License-Identifier: MIT */
/* order_answer: did the venue take it, and if not, why not. */
#include <string.h>

#include "base/text.h"
#include "broker/coinbase/order_map.h"
#include "broker/coinbase/order_read.h"

typedef neap_coinbase_reading reading;
typedef neap_coinbase_answer answer;

static const neap_json_value *first_of(const neap_json_value *object, const char *key) {
  const neap_json_value *list = neap_json_get(object, key);
  return list && list->kind == NEAP_JSON_ARRAY ? list->first : NULL;
}

/* UNKNOWN_FAILURE_REASON and its kin say nothing; UNKNOWN_CANCEL_ORDER does. */
static bool says_nothing(const char *word) {
  static const char end[] = "_FAILURE_REASON";
  size_t length = strlen(word);
  return length == 0 || (strncmp(word, "UNKNOWN_", 8) == 0 && length >= sizeof end &&
                         strcmp(word + length - (sizeof end - 1), end) == 0);
}

static void take_reason(const char *word, answer *out) {
  if (!out->reason[0] && !says_nothing(word)) neap_text_copy(out->reason, sizeof out->reason, word);
}

/* Each stage of the venue fills another member and leaves the rest UNKNOWN_: the first that says something counts. */
static void take_reasons(reading *r, const neap_json_value *object, answer *out) {
  static const char *const members[] = {"new_order_failure_reason", "edit_order_failure_reason",
                                        "edit_failure_reason",      "preview_failure_reason",
                                        "failure_reason",           "error"};
  r->object = object;
  for (size_t i = 0; i < sizeof members / sizeof *members; i++) {
    const neap_json_value *value = neap_json_get(object, members[i]);
    if (value && value->kind != NEAP_JSON_OBJECT) take_reason(neap_coinbase_word(r, members[i]), out);
  }
  neap_coinbase_sentence(r, "message|error_details", out->message, sizeof out->message);
}

static void read_refusal(reading *r, const neap_json_value *root, answer *out) {
  const neap_json_value *error = neap_json_get(root, "error_response"), *listed = first_of(root, "errs");
  const neap_json_value *inner = neap_json_get(root, "error");
  if (error && error->kind == NEAP_JSON_OBJECT) take_reasons(r, error, out);
  if (inner && inner->kind == NEAP_JSON_OBJECT) {
    take_reasons(r, inner, out);
    take_reason(neap_coinbase_word(r, "status"), out); /* as gRPC's gateways say it */
  }
  if (first_of(root, "errors")) take_reasons(r, first_of(root, "errors"), out);
  if (first_of(root, "errors")) take_reason(neap_coinbase_word(r, "id"), out); /* as the older API says it */
  if (listed && listed->kind == NEAP_JSON_STRING) take_reason(listed->text, out);
  take_reasons(r, root, out);
  neap_coinbase_reason_code(out->reason, out->code);
  out->known = neap_coinbase_reason_is_known(out->reason);
}

/* A preview says no by a list of errors that is not empty, everything else by `success`. */
static void read_success(reading *r, const neap_json_value *root, answer *out) {
  const neap_json_value *success = neap_json_get(root, "success"), *errors = neap_json_get(root, "errs");
  if (!errors) errors = neap_json_get(root, "errors");
  if (success && success->kind == NEAP_JSON_BOOL)
    out->success = success->boolean;
  else if (!success && errors && errors->kind == NEAP_JSON_ARRAY)
    out->success = errors->count == 0;
  else if (!success)
    neap_coinbase_fail(r, NEAP_INVALID, "missing_field", "success", "is missing");
  else
    neap_coinbase_fail(r, NEAP_INVALID, "wrong_type", "success", "is neither true nor false");
}

static void read_id(reading *r, const neap_json_value *root, answer *out) {
  const neap_json_value *success = neap_json_get(root, "success_response");
  r->object = root;
  neap_coinbase_text(r, "order_id", out->order_id, sizeof out->order_id);
  r->object = success;
  neap_coinbase_text(r, "order_id", out->order_id, sizeof out->order_id);
}

neap_status neap_coinbase_decode_answer(const char *text, size_t length, neap_coinbase_answer *out, neap_fault *fault) {
  neap_json *json;
  answer read = {.success = false};
  reading r = {NULL, neap_json_parse(text, length, &json, fault), fault, NULL, 0, 0};
  if (r.status != NEAP_OK) return r.status;
  read_success(&r, neap_json_root(json), &read);
  read_id(&r, neap_json_root(json), &read);
  if (!read.success) read_refusal(&r, neap_json_root(json), &read);
  neap_json_free(json);
  if (r.status == NEAP_OK) *out = read;
  return r.status;
}

neap_status neap_coinbase_decode_refusal(const char *text, size_t length, neap_coinbase_answer *out,
                                         neap_fault *fault) {
  neap_json *json;
  answer read = {.success = false};
  reading r = {NULL, neap_json_parse(text, length, &json, fault), fault, NULL, 0, 0};
  if (r.status != NEAP_OK) return r.status;
  read_refusal(&r, neap_json_root(json), &read);
  neap_json_free(json);
  if (r.status == NEAP_OK) *out = read;
  return r.status;
}
