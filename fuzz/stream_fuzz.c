/* SPDX-License-Identifier: MIT */
/* stream_fuzz: any lines as a client's messages, with time between them: each is answered with frames and errors that
 * are JSON, in the order of their numbers, and the venue goes on. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "venue/venue_state.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool truth) {
  if (!truth) abort();
}

typedef struct ear {
  long long next;
} ear;

static void hear(void *self, const char *text, size_t length) {
  ear *me = self;
  neap_json *json;
  must(neap_json_parse(text, length, &json, NULL) == NEAP_OK);
  const neap_json_value *number = neap_json_get(neap_json_root(json), "sequence_num");
  if (number)
    must(strtoll(number->text, NULL, 10) == me->next++);
  else
    must(neap_json_get(neap_json_root(json), "message") != NULL);
  neap_json_free(json);
}

/* A token of one letter is the key of its number. */
static neap_status check(void *self, const char *token, size_t length, int64_t now, uint32_t *key, neap_fault *fault) {
  (void)self, (void)now, (void)fault;
  if (length != 1) return NEAP_REFUSED;
  return *key = (uint32_t)(token[0] - '0'), NEAP_OK;
}

#define PRODUCT(base, quote, alias)                                                                                    \
  "{\"product_id\":\"" base "-" quote                                                                                  \
  "\",\"price\":\"100\",\"price_increment\":\"0.01\",\"base_increment\":\"0.0001\","                                   \
  "\"quote_increment\":\"0.01\",\"status\":\"online\",\"product_type\":\"SPOT\",\"base_currency_id\":\"" base          \
  "\",\"quote_currency_id\":\"" quote "\",\"alias\":\"" alias "\"}"

/* Three products, so that opening it is no matter. */
static const char products[] = "{\"products\":[" PRODUCT("BTC", "USD", "") "," PRODUCT("ETH", "USD", "") "," PRODUCT(
    "BTC", "USDC", "BTC-USD") "]}";

static neap_venue *open_venue(void) {
  neap_venue_options options = neap_venue_default_options();
  neap_venue *venue;
  uint32_t key;
  options.products = products;
  options.products_length = sizeof products - 1;
  options.gate.check = check;
  must(neap_venue_new(&options, &venue, NULL) == NEAP_OK);
  neap_venue_key_options one = {.name = "one", .permissions = NEAP_MAY_VIEW}, two = {.name = "two"};
  must(neap_venue_add_key(venue, &one, &key, NULL) == NEAP_OK);
  must(neap_venue_add_key(venue, &two, &key, NULL) == NEAP_OK);
  return venue;
}

/* The first byte of a line says how much time passes before it, in steps of 60 ms. */
static void talk(neap_venue_stream *stream, const uint8_t *data, size_t size) {
  int64_t now = 0;
  while (size > 0) {
    const uint8_t *end = memchr(data, '\n', size);
    size_t length = end ? (size_t)(end - data) : size;
    now += length ? (int64_t)data[0] * 60000000 : 0;
    if (length) neap_venue_stream_message(stream, (const char *)data + 1, length - 1, now);
    size_t whole = length + (end ? 1 : 0);
    data += whole, size -= whole;
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  neap_venue *venue = open_venue();
  neap_venue_stream *stream;
  ear me = {0};
  neap_venue_sink sink = {hear, &me};
  must(neap_venue_stream_open(venue, &sink, 0, &stream, NULL) == NEAP_OK);
  talk(stream, data, size);
  neap_venue_advance(venue, neap_venue_now(venue) + 6000000000);
  must(!venue->has_failed);
  neap_venue_stream_free(stream);
  for (size_t i = 0; i < venue->product_count; i++) must(venue->products[i].feed == NULL);
  neap_venue_free(venue);
  return 0;
}
