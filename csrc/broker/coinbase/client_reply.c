/* SPDX-License-Identifier: MIT */
#include "broker/coinbase/client_reply.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/text.h"
#include "base/utf8.h"
#include "broker/coinbase/order_map.h"

typedef neap_coinbase_reply reply;
typedef neap_coinbase_verdict verdict;

typedef struct meaning {
  int from, to;
  const char *code;
  neap_coinbase_outcome outcome;
  verdict verdict;
} meaning;

/* The first row that fits. A redirection is followed by nobody: who knows what a proxy did before. */
static const meaning meanings[] = {{401, 401, "auth", NEAP_COINBASE_UNREACHED, NEAP_VERDICT_TOKEN},
                                   {403, 403, "permission", NEAP_COINBASE_REFUSED, NEAP_VERDICT_FINAL},
                                   {404, 404, "not_found", NEAP_COINBASE_REFUSED, NEAP_VERDICT_FINAL},
                                   {408, 408, "timeout", NEAP_COINBASE_IN_DOUBT, NEAP_VERDICT_DOUBT},
                                   {429, 429, "rate_limited", NEAP_COINBASE_UNREACHED, NEAP_VERDICT_RATE},
                                   {400, 499, "invalid_request", NEAP_COINBASE_REFUSED, NEAP_VERDICT_FINAL},
                                   {503, 503, "maintenance", NEAP_COINBASE_IN_DOUBT, NEAP_VERDICT_DOUBT},
                                   {500, 599, "venue_error", NEAP_COINBASE_IN_DOUBT, NEAP_VERDICT_DOUBT},
                                   {0, 999, "bad_answer", NEAP_COINBASE_IN_DOUBT, NEAP_VERDICT_DOUBT}};

static const meaning *meaning_of(int status) {
  const meaning *found = meanings;
  while (status < found->from || status > found->to) found++;
  return found;
}

/* --- sentences ---------------------------------------------------------------------------------------------------- */

/* One line of UTF-8, and no token: whoever says one back, it ends where "eyJ" stands, with which each begins. */
static void make_clean(char *sentence) {
  char *token = strstr(sentence, "eyJ");
  if (token) *token = '\0';
  const unsigned char *end = (unsigned char *)sentence + strlen(sentence);
  for (unsigned char *at = (unsigned char *)sentence; at < end;) {
    size_t length = neap_utf8_length(at, end);
    if (length == 0 || *at < ' ' || *at == 127) *at = ' ';
    at += length ? length : 1;
  }
  for (size_t length = strlen(sentence); length && sentence[length - 1] == ' ';) sentence[--length] = '\0';
}

/* Plain text is the sentence; a proxy's page says nothing. */
static void read_plain(const neap_http_answer *answer, reply *out) {
  const char *text = answer->body + strspn(answer->body, " \t\r\n");
  if (*text && !strchr("<{[", *text)) neap_text_copy(out->message, sizeof out->message, text);
}

/* A reason that is in the venue's lists has our word for it; an older API said this one in a sentence. */
static void name_reason(const neap_coinbase_answer *said, reply *out) {
  if (out->outcome != NEAP_COINBASE_REFUSED) return;
  if (said->known)
    neap_text_copy(out->code, sizeof out->code, said->code);
  else if (strcasestr(said->message, "post only would cross"))
    neap_text_copy(out->code, sizeof out->code, "post_only_would_cross");
}

/* Where the venue has no words. */
static void say_why(const neap_http_answer *answer, reply *out) {
  int64_t seconds = answer->retry_after / NEAP_SECOND;
  if (answer->status == 429 && seconds > 0)
    snprintf(out->message, sizeof out->message, "too many requests: it asks to wait for %lld s", (long long)seconds);
  else
    snprintf(out->message, sizeof out->message, "the answer, HTTP %d, has no words for it", answer->status);
}

static void read_words(const neap_http_answer *answer, reply *out) {
  neap_coinbase_answer said;
  if (neap_coinbase_decode_refusal(answer->body, answer->length, &said, NULL) == NEAP_OK) {
    neap_text_copy(out->reason, sizeof out->reason, said.reason);
    neap_text_copy(out->message, sizeof out->message, *said.message ? said.message : said.reason);
    name_reason(&said, out);
  }
  if (!*out->message) read_plain(answer, out);
  make_clean(out->message);
  make_clean(out->reason);
  if (!*out->message) say_why(answer, out);
  if (answer->status == 401 && !strcmp(out->message, "Unauthorized"))
    neap_text_copy(out->message, sizeof out->message,
                   "Unauthorized: the key is not known there, was revoked, or may not be used from this address");
}

/* --- the taxonomy ------------------------------------------------------------------------------------------------- */

static const char *code_of_silence(const char *code) {
  static const char *const words[][2] = {
      {"timeout", "timeout"}, {"tls", "tls"}, {"too_large", "bad_answer"}, {"answer_twice", "bad_answer"}};
  for (size_t i = 0; i < sizeof words / sizeof *words; i++)
    if (!strcmp(words[i][0], code)) return words[i][1];
  return "unreachable";
}

/* A certificate that is not trusted does not become so. */
static verdict read_silence(const neap_http_answer *answer, reply *out) {
  bool is_unsent = answer->end == NEAP_HTTP_UNSENT;
  out->outcome = is_unsent ? NEAP_COINBASE_UNREACHED : NEAP_COINBASE_IN_DOUBT;
  neap_text_copy(out->code, sizeof out->code, code_of_silence(answer->code));
  neap_text_copy(out->message, sizeof out->message, answer->message);
  make_clean(out->message);
  if (!is_unsent) return NEAP_VERDICT_DOUBT;
  return strcmp(answer->code, "tls") == 0 ? NEAP_VERDICT_FINAL : NEAP_VERDICT_UNSENT;
}

static bool is_json(const neap_http_answer *answer, neap_fault *fault) {
  neap_json *json = NULL;
  bool is_good = neap_json_parse(answer->body, answer->length, &json, fault) == NEAP_OK;
  neap_json_free(json);
  return is_good;
}

static verdict read_success(const neap_http_answer *answer, bool may_be_empty, reply *out) {
  neap_fault fault = {0};
  if ((answer->length == 0 && may_be_empty) || is_json(answer, &fault)) return NEAP_VERDICT_FINAL;
  out->outcome = NEAP_COINBASE_IN_DOUBT;
  neap_text_copy(out->code, sizeof out->code, "bad_answer");
  snprintf(out->message, sizeof out->message, "HTTP %d without JSON: %.80s, %.40s", answer->status, fault.message,
           fault.where);
  return NEAP_VERDICT_DOUBT;
}

verdict neap_coinbase_reply_read(const neap_http_answer *answer, bool may_be_empty, reply *out) {
  *out = (reply){.status = answer->status, .body = answer->body, .length = answer->length};
  if (answer->end != NEAP_HTTP_ANSWERED) return read_silence(answer, out);
  if (answer->status >= 200 && answer->status < 300) return read_success(answer, may_be_empty, out);
  const meaning *found = meaning_of(answer->status);
  out->outcome = found->outcome;
  neap_text_copy(out->code, sizeof out->code, found->code);
  read_words(answer, out);
  return found->verdict;
}
