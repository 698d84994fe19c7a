/* SPDX-License-Identifier: MIT */
#include "exchange_support.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

enum { ROUNDS = 40 };
#define START (INT64_C(1767225600) * NEAP_SECOND)

static void add_key(exchange_stage *stage, int index) {
  char name[32];
  uint32_t key;
  bool is_new;
  snprintf(name, sizeof name, "key-%d", index + 1);
  const neap_venue_key_options options = {.name = name,
                                          .permissions = NEAP_MAY_VIEW | NEAP_MAY_TRADE | NEAP_MAY_TRANSFER};
  assert_int_equal(neap_signer_key_new(NEAP_KEY_P256, &stage->keys[index], NULL), NEAP_OK);
  assert_int_equal(neap_exchange_add_key(stage->exchange, &options, stage->keys[index], &key, &is_new, NULL), NEAP_OK);
  neap_exchange_deposit(stage->exchange, key, "USD", neap_decimal_from_int(1000000), NULL);
  neap_exchange_deposit(stage->exchange, key, "BTC", neap_decimal_from_int(10), NULL);
}

void exchange_stage_open(exchange_stage *stage, const char *key_directory) {
  neap_exchange_options options = neap_exchange_default_options();
  *stage = (exchange_stage){.net = {.clock = neap_clock_simulated(START)}};
  options.clock = &stage->net.clock;
  options.limits_rates = false;
  options.key_directory = key_directory;
  assert_int_equal(neap_exchange_open(&options, &stage->exchange, NULL), NEAP_OK);
  stage->net.server = stage->exchange->server;
  for (int i = 0; i < EXCHANGE_KEYS; i++) add_key(stage, i);
  client_connect(&stage->client, &stage->net);
}

void exchange_stage_close(exchange_stage *stage) {
  neap_fault fault;
  client_leave(&stage->client);
  if (neap_venue_check(stage->exchange->venue, &fault) != NEAP_OK) fail_msg("%s", fault.message);
  neap_exchange_close(stage->exchange);
  for (int i = 0; i < EXCHANGE_KEYS; i++) neap_signer_key_free(stage->keys[i]);
}

uint32_t exchange_stage_fault(exchange_stage *stage, const char *text) {
  neap_fault fault;
  uint32_t id = 0;
  if (neap_exchange_add_fault(stage->exchange, text, &id, &fault) != NEAP_OK) fail_msg("%s", fault.message);
  return id;
}

void exchange_stage_turn(exchange_stage *stage) {
  for (int i = 0; i < ROUNDS; i++) assert_int_equal(neap_exchange_step(stage->exchange, 0, NULL), NEAP_OK);
}

void exchange_stage_pass(exchange_stage *stage, int64_t ns) {
  neap_clock *clock = &stage->net.clock;
  neap_clock_advance(clock, neap_clock_now(clock) + ns, NULL);
  exchange_stage_turn(stage);
}

void exchange_stage_reconnect(exchange_stage *stage) {
  client_leave(&stage->client);
  client_connect(&stage->client, &stage->net);
}

static void sign(exchange_stage *stage, uint32_t key, const char *method, const char *path, neap_buffer *out) {
  char uri[300], name[32];
  const unsigned char nonce[8] = {(unsigned char)stage->requests};
  snprintf(uri, sizeof uri, "%s 127.0.0.1:%u%.*s", method, neap_exchange_port(stage->exchange), (int)strcspn(path, "?"),
           path);
  snprintf(name, sizeof name, "key-%" PRIu32, key);
  const neap_jwt_claims claims = {
      .kid = name, .uri = uri, .now_ns = neap_clock_now(&stage->net.clock), .nonce = nonce, .nonce_size = sizeof nonce};
  neap_buffer_append_text(out, "Authorization: Bearer ");
  assert_int_equal(neap_signer_sign_jwt(stage->keys[key - 1], &claims, out, NULL), NEAP_OK);
  neap_buffer_append_text(out, "\r\n");
}

void exchange_stage_say(exchange_stage *stage, uint32_t key, const char *method, const char *path, const char *body) {
  neap_buffer text;
  neap_buffer_init(&text);
  stage->requests++;
  neap_buffer_printf(&text, "%s %s HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: %zu\r\n", method, path, strlen(body));
  if (key) sign(stage, key, method, path, &text);
  neap_buffer_printf(&text, "\r\n%s", body);
  client_forget(&stage->client);
  client_send(&stage->client, text.data, text.size);
  neap_buffer_fini(&text);
  exchange_stage_turn(stage);
}

/* Its body is there when as many bytes are as its head says. */
static void await_answer(server_client *client) {
  const char *text = client_await(client, "\r\n\r\n"), *length = strstr(text, "Content-Length: ");
  size_t head = (size_t)(strstr(text, "\r\n\r\n") + 4 - text);
  client_await_bytes(client, head + (length ? strtoul(length + 16, NULL, 10) : 0));
}

const char *exchange_stage_ask(exchange_stage *stage, uint32_t key, const char *method, const char *path,
                               const char *body) {
  exchange_stage_say(stage, key, method, path, body);
  await_answer(&stage->client);
  return client_await(&stage->client, "");
}

void exchange_stage_order(exchange_stage *stage, uint32_t key, const char *side, const char *size, const char *price) {
  char body[400];
  snprintf(body, sizeof body,
           "{\"client_order_id\":\"order-%" PRIu64 "\",\"product_id\":\"BTC-USD\",\"side\":\"%s\","
           "\"order_configuration\":{\"limit_limit_gtc\":{\"base_size\":\"%s\",\"limit_price\":\"%s\"}}}",
           stage->requests, side, size, price);
  exchange_stage_say(stage, key, "POST", ORDERS, body);
}

size_t exchange_stage_orders(const exchange_stage *stage) { return stage->exchange->venue->order_count; }

const neap_venue_order *exchange_stage_last(const exchange_stage *stage) {
  const neap_venue *venue = stage->exchange->venue;
  return venue->order_count ? venue->orders[venue->order_count - 1] : NULL;
}

bool exchange_stage_is_quiet(exchange_stage *stage) {
  unsigned char byte;
  exchange_stage_turn(stage);
  ssize_t got = recv(stage->client.fd, &byte, 1, MSG_PEEK);
  return got < 0;
}
