/* SPDX-License-Identifier: MIT */
/* exchange_call: a request from its handler to its answer: faults before it, who asks, how often, the venue, faults
 * behind it. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "venue/exchange_state.h"
#include "venue/rest.h"

enum { SIGNED_RATE = 30, PUBLIC_RATE = 10, ID_LINES = 1, RATE_LINES = 3 };

static const char plain[] = "text/plain; charset=utf-8", json[] = "application/json; charset=utf-8";

static void reply(neap_exchange_errand *errand, int status, const char *type, const char *body) {
  errand->reply = (neap_server_reply){.status = status,
                                      .content_type = type,
                                      .lines = errand->left.lines,
                                      .line_count = ID_LINES,
                                      .body = body,
                                      .length = strlen(body)};
}

/* Who signed: 0 and NEAP_OK where nobody says that he did. NEAP_REFUSED. */
static neap_status judge(neap_exchange *exchange, const neap_server_request *request, uint32_t *key) {
  static const char bearer[] = "Bearer ";
  char kid[NEAP_KEY_NAME_SIZE];
  const char *given = request->authorization;
  *key = 0;
  if (!*given) return NEAP_OK;
  if (strncmp(given, bearer, sizeof bearer - 1) != 0) return NEAP_REFUSED;
  given += sizeof bearer - 1;
  int64_t now = neap_clock_now(exchange->options.clock) + exchange->skew;
  neap_status status =
      neap_verifier_check(exchange->verifier, given, strlen(given), request->method, request->path, now, kid, NULL);
  if (status == NEAP_OK) *key = neap_venue_key_named(exchange->venue, kid);
  return status;
}

/* The counter of a key; 0: of those without. */
static neap_rate_limit *rate_of(neap_exchange *exchange, uint32_t key) {
  while (exchange->rate_count <= key)
    if (!neap_venue_push(&exchange->rates, &exchange->rate_count, &exchange->rate_size, sizeof *exchange->rates))
      return NULL;
  return &exchange->rates[key];
}

static bool take(neap_exchange *exchange, uint32_t key, neap_exchange_allowance *out) {
  int64_t now = neap_clock_now(exchange->options.clock);
  uint32_t most = key ? SIGNED_RATE : PUBLIC_RATE;
  neap_rate_limit *rate = rate_of(exchange, key);
  bool may = rate && neap_rate_limit_take(rate, now, most);
  snprintf(out->limit, sizeof out->limit, "%u", most);
  snprintf(out->remaining, sizeof out->remaining, "%u", rate ? most - rate->count : 0);
  out->lines[1] = (neap_server_line){"x-ratelimit-limit", out->limit};
  out->lines[2] = (neap_server_line){"x-ratelimit-remaining", out->remaining};
  out->lines[3] = (neap_server_line){"x-ratelimit-reset", "1"};
  out->lines[4] = (neap_server_line){"Retry-After", "1"};
  return may;
}

static void refuse_rate(neap_exchange_errand *errand) {
  reply(errand, 429, json, "{\"errors\":[{\"id\":\"rate_limit_exceeded\",\"message\":\"Too many requests\"}]}");
  errand->reply.line_count = ID_LINES + RATE_LINES + 1;
}

/* A clock that is off tells itself. */
static void tell_time(neap_exchange *exchange, const neap_server_request *request) {
  neap_json_writer writer;
  if (!exchange->skew || strcmp(request->path, "/api/v3/brokerage/time") != 0 || exchange->answer.status != 200) return;
  neap_buffer_clear(&exchange->answer.body);
  neap_json_begin(&writer, &exchange->answer.body);
  neap_rest_write_now(&writer, neap_venue_now(exchange->venue) + exchange->skew);
}

neap_status neap_exchange_put(neap_exchange *exchange, const neap_server_request *request, uint32_t key,
                              neap_fault *fault) {
  neap_venue_entry entry = {.deed = NEAP_DEED_REQUEST,
                            .now = neap_exchange_now(exchange),
                            .key = key,
                            .text = {request->method, request->path, request->query, request->body},
                            .length = {0, 0, 0, request->length}};
  if (neap_venue_is_change(request->method, request->path) &&
      neap_venue_allows(exchange->venue, request->method, request->path, key))
    return neap_exchange_do(exchange, &entry, fault);
  const neap_venue_request asked = {.method = request->method,
                                    .path = request->path,
                                    .query = request->query,
                                    .body = request->body,
                                    .length = request->length,
                                    .key = key,
                                    .now = entry.now};
  neap_venue_request_do(exchange->venue, &asked, &exchange->answer);
  tell_time(exchange, request);
  return NEAP_OK;
}

static void reply_as_the_venue(neap_exchange_errand *errand) {
  const neap_venue_answer *made = &errand->exchange->answer;
  bool is_limited = errand->exchange->options.limits_rates;
  errand->reply = (neap_server_reply){.status = made->status,
                                      .content_type = made->content_type,
                                      .lines = errand->left.lines,
                                      .line_count = is_limited ? ID_LINES + RATE_LINES : ID_LINES,
                                      .body = (const char *)made->body.data,
                                      .length = made->body.size};
}

/* Fills the reply where the venue is not asked. */
static bool may_pass(neap_exchange_errand *errand, uint32_t *key) {
  neap_exchange *exchange = errand->exchange;
  const neap_server_request *request = &errand->request;
  neap_status status = judge(exchange, request, key);
  if (exchange->options.limits_rates && !take(exchange, *key, &errand->left)) return refuse_rate(errand), false;
  if (status == NEAP_OK || !neap_venue_is_signed(request->method, request->path)) return true;
  return reply(errand, 401, plain, "Unauthorized\n"), false;
}

static void handle(neap_exchange_errand *errand) {
  uint32_t key;
  bool passed = may_pass(errand, &key);
  bool was_put = passed && neap_exchange_put(errand->exchange, &errand->request, key, NULL) == NEAP_OK;
  if (passed && !was_put)
    reply(errand, 503, json,
          "{\"error\":\"UNAVAILABLE\",\"error_details\":\"\",\"message\":\"the venue cannot write\"}");
  neap_exchange_fault_after(errand, key, was_put);
  neap_exchange_look_at_orders(errand->exchange);
  if (was_put) reply_as_the_venue(errand);
  neap_exchange_errand_pass(errand, neap_exchange_fault_answer);
}

static void begin(neap_exchange_errand *errand) {
  if (errand->before != NEAP_FAULT_KINDS)
    neap_exchange_fault_instead(errand);
  else
    handle(errand);
}

void neap_exchange_on_request(void *self, neap_server_call *call, const neap_server_request *request) {
  neap_exchange_errand errand = {
      .exchange = self, .call = call, .request = *request, .before = NEAP_FAULT_KINDS, .after = NEAP_FAULT_KINDS};
  if (neap_exchange_is_admin(request->path)) {
    neap_exchange_administer(self, call, request);
    return;
  }
  snprintf(errand.left.id, sizeof errand.left.id, "%" PRIu64, ++errand.exchange->requests);
  errand.left.lines[0] = (neap_server_line){"x-request-id", errand.left.id};
  neap_exchange_fault_before(&errand);
  neap_exchange_errand_pass(&errand, begin);
}
