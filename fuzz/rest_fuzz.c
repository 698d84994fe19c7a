/* SPDX-License-Identifier: MIT */
/* rest_fuzz: any lines as requests to a venue where something was traded: each is answered with a status of the venue's
 * and JSON, and all money is there afterwards. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "venue/venue_state.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool truth) {
  if (!truth) abort();
}

enum { LINE = 4096, KEYS = 3 };

static bool is_status(int status) {
  static const int known[] = {200, 400, 401, 403, 404, 405};
  for (size_t i = 0; i < sizeof known / sizeof *known; i++)
    if (status == known[i]) return true;
  return false;
}

static void check_answer(const neap_venue_answer *answer) {
  neap_json *json;
  must(is_status(answer->status));
  if (answer->status == 401) return;
  must(neap_json_parse((const char *)answer->body.data, answer->body.size, &json, NULL) == NEAP_OK);
  neap_json_free(json);
}

static void ask(neap_venue *venue, uint32_t key, const char *method, char *path, const char *body) {
  neap_venue_answer answer;
  char *query = strchr(path, '?');
  if (query) *query++ = '\0';
  neap_venue_request request = {.method = method, .path = path, .query = query ? query : "", .body = body};
  request.length = strlen(body), request.key = key, request.now = neap_venue_now(venue) + 1000000;
  neap_venue_answer_init(&answer);
  neap_venue_request_do(venue, &request, &answer);
  check_answer(&answer);
  neap_venue_answer_fini(&answer);
}

static void order(neap_venue *venue, uint32_t key, const char *side, const char *price) {
  char path[] = "/api/v3/brokerage/orders", body[256];
  snprintf(body, sizeof body,
           "{\"client_order_id\":\"%s%s\",\"product_id\":\"BTC-USD\",\"side\":\"%s\",\"order_configuration\":"
           "{\"limit_limit_gtc\":{\"base_size\":\"1\",\"limit_price\":\"%s\"}}}",
           side, price, side, price);
  ask(venue, key, "POST", path, body);
}

static neap_venue *open_venue(void) {
  static const char *const names[KEYS] = {"one", "two", "viewer"};
  neap_venue_options options = neap_venue_default_options();
  neap_venue *venue;
  options.start = INT64_C(1767225600000000000);
  must(neap_venue_new(&options, &venue, NULL) == NEAP_OK);
  for (uint32_t key, i = 0; i < KEYS; i++) {
    neap_venue_key_options one = {.name = names[i], .permissions = i == 2 ? NEAP_MAY_VIEW : 7};
    must(neap_venue_add_key(venue, &one, &key, NULL) == NEAP_OK);
    must(neap_venue_deposit(venue, key, "USD", neap_decimal_from_int(100000), NULL) == NEAP_OK);
    must(neap_venue_deposit(venue, key, "BTC", neap_decimal_from_int(100), NULL) == NEAP_OK);
  }
  order(venue, 1, "SELL", "100"), order(venue, 2, "BUY", "100");
  order(venue, 1, "SELL", "101"), order(venue, 2, "BUY", "99");
  return venue;
}

/* "KMpath?query body": K the key's digit, M the method's first letter. */
static void ask_line(neap_venue *venue, const uint8_t *line, size_t length) {
  static const char *const methods[] = {"GET", "POST", "DELETE", "PUT"};
  char text[LINE];
  const char *method = NULL;
  if (length < 3 || length >= sizeof text || memchr(line, '\0', length)) return;
  memcpy(text, line, length);
  text[length] = '\0';
  for (size_t i = 0; i < sizeof methods / sizeof *methods; i++)
    if (text[1] == methods[i][0]) method = methods[i];
  char *body = strchr(text, ' ');
  if (body) *body++ = '\0';
  if (method) ask(venue, (uint32_t)(text[0] - '0') & 7, method, text + 2, body ? body : "");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  neap_venue *venue = open_venue();
  while (size > 0) {
    const uint8_t *end = memchr(data, '\n', size);
    size_t length = end ? (size_t)(end - data) : size, whole = length + (end ? 1 : 0);
    ask_line(venue, data, length);
    data += whole, size -= whole;
  }
  must(!venue->has_failed && neap_venue_check(venue, NULL) == NEAP_OK);
  neap_venue_free(venue);
  return 0;
}
