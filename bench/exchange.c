/* SPDX-License-Identifier: MIT */
/* exchange: what the local exchange takes for an order over TLS on ten kept connections, each with a signed token that
 * is verified, beside a request that asks for the time alone; and how long a level-2 snapshot of some 46,000 levels is
 * on its way. The exchange has one thread, the client the other. `exchange [SECONDS]` for each line. */
#include "venue/exchange.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/splitmix.h"
#include "bench/program.h"
#include "bench/tls_client.h"
#include "net/certificate.h"
#include "venue/market.h"

enum { CONNECTIONS = 10, SAMPLES = 1 << 22, BYTES = 1 << 16, SNAPSHOT_LEVELS = 23000, SNAPSHOTS = 10 };

static const char orders_path[] = "/api/v3/brokerage/orders";

typedef struct bench {
  neap_certificate identity;
  neap_clock clock;
  neap_exchange *exchange;
  neap_signer_key *key;
  char token[2048];
  atomic_bool stop;
  double seconds, *samples;
  clockid_t served; /* CPU time of the exchange's thread */
  uint64_t dice, number;
} bench;

static void *serve(void *self) {
  bench *at = self;
  while (!atomic_load(&at->stop)) neap_exchange_step(at->exchange, 50, NULL);
  return NULL;
}

static void sign(bench *at) {
  neap_fault fault = {0};
  neap_buffer token;
  unsigned char nonce[16] = "a bench's nonce";
  char uri[128];
  snprintf(uri, sizeof uri, "POST 127.0.0.1:%u%s", neap_exchange_port(at->exchange), orders_path);
  const neap_jwt_claims claims = {
      .kid = "bench", .uri = uri, .now_ns = neap_clock_now(&at->clock), .nonce = nonce, .nonce_size = sizeof nonce};
  neap_buffer_init(&token);
  bench_must(neap_signer_sign_jwt(at->key, &claims, &token, &fault), "a token", &fault);
  snprintf(at->token, sizeof at->token, "%.*s", (int)token.size, token.data);
  neap_buffer_fini(&token);
}

static void open_exchange(bench *at, const char *log) {
  neap_fault fault = {0};
  uint32_t key;
  bool is_new;
  neap_exchange_options options = neap_exchange_default_options();
  options.certificate = at->identity.certificate, options.key = at->identity.key;
  options.clock = &at->clock, options.limits_rates = false;
  bench_must(neap_exchange_open(&options, &at->exchange, &fault), "the exchange", &fault);
  if (log) bench_must(neap_exchange_log(at->exchange, log, &fault), "its log", &fault);
  const neap_venue_key_options owner = {.name = "bench", .permissions = NEAP_MAY_VIEW | NEAP_MAY_TRADE};
  bench_must(neap_exchange_add_key(at->exchange, &owner, at->key, &key, &is_new, &fault), "a key", &fault);
  static const char *const currencies[] = {"USD", "ETH"};
  for (int i = 0; i < 2; i++)
    bench_must(neap_exchange_deposit(at->exchange, key, currencies[i], neap_decimal_from_int(1000000000000), &fault),
               "money", &fault);
}

/* Limit orders around 2,000: about half of them meet one that rests. Self trades are cancelled, as orders are. */
static size_t write_order(bench *at, char *out) {
  char body[512];
  uint64_t dice = neap_splitmix(&at->dice);
  int length =
      snprintf(body, sizeof body,
               "{\"client_order_id\":\"bench-%llu\",\"product_id\":\"ETH-USD\",\"side\":\"%s\","
               "\"order_configuration\":{\"limit_limit_gtc\":{\"base_size\":\"0.%02llu\",\"limit_price\":"
               "\"%llu.%02llu\",\"post_only\":false}}}",
               (unsigned long long)at->number++, dice & 1 ? "BUY" : "SELL", (unsigned long long)(1 + (dice >> 8) % 99),
               (unsigned long long)(1995 + (dice >> 20) % 10), (unsigned long long)((dice >> 32) % 100));
  return (size_t)snprintf(out, BYTES,
                          "POST %s HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer %s\r\nContent-Type: "
                          "application/json\r\nContent-Length: %d\r\n\r\n%s",
                          orders_path, at->token, length, body);
}

static size_t write_time(bench *at, char *out) {
  (void)at;
  return (size_t)snprintf(out, BYTES, "GET /api/v3/brokerage/time HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n");
}

/* Every connection asks, then every one is read. */
static void ask_all(bench *at, const char *what, SSL **tls, size_t (*make)(bench *, char *)) {
  static char bytes[BYTES];
  double asked[CONNECTIONS], start = bench_now(), time = start, cpu = bench_clock(at->served);
  size_t done = 0, refused = 0;
  while (time < start + at->seconds && done + CONNECTIONS < SAMPLES) {
    for (int i = 0; i < CONNECTIONS; i++) {
      size_t length = make(at, bytes);
      asked[i] = bench_now();
      SSL_write(tls[i], bytes, (int)length);
    }
    for (int i = 0; i < CONNECTIONS; i++) {
      refused += !bench_read_answer(tls[i], bytes, sizeof bytes);
      time = bench_now();
      at->samples[done++] = time - asked[i];
    }
  }
  bench_print(what, CONNECTIONS, at->samples, done, time - start, bench_clock(at->served) - cpu);
  if (refused) printf("  %zu of them were not answered with 200\n", refused);
}

static void run_orders(bench *at, const char *log, const char *what) {
  SSL *tls[CONNECTIONS];
  pthread_t server;
  open_exchange(at, log);
  sign(at);
  atomic_store(&at->stop, false);
  pthread_create(&server, NULL, serve, at);
  pthread_getcpuclockid(server, &at->served);
  SSL_CTX *client = bench_client(at->identity.certificate);
  for (int i = 0; i < CONNECTIONS; i++) tls[i] = bench_connect(client, neap_exchange_port(at->exchange));
  ask_all(at, what, tls, write_order);
  if (!log) ask_all(at, "the time alone", tls, write_time);
  for (int i = 0; i < CONNECTIONS; i++) bench_disconnect(tls[i]);
  SSL_CTX_free(client);
  atomic_store(&at->stop, true);
  neap_exchange_wake(at->exchange);
  pthread_join(server, NULL);
  neap_fault fault = {0};
  bench_must(neap_venue_check(neap_exchange_venue(at->exchange), &fault), "its wallets", &fault);
  neap_exchange_close(at->exchange);
}

static void run_snapshot(bench *at) {
  static const char upgrade[] = "GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                                "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";
  static const char ask[] = "{\"type\":\"subscribe\",\"channel\":\"level2\",\"product_ids\":[\"BTC-USD\"]}";
  char text[64];
  neap_fault fault = {0};
  pthread_t server;
  open_exchange(at, NULL);
  snprintf(text, sizeof text, "generated:levels=%d", SNAPSHOT_LEVELS);
  const neap_venue_market_options market = {.product = "BTC-USD", .text = text, .speed = 1};
  bench_must(neap_venue_add_market(neap_exchange_venue(at->exchange), &market, &fault), "a market", &fault);
  atomic_store(&at->stop, false);
  pthread_create(&server, NULL, serve, at);
  SSL_CTX *client = bench_client(at->identity.certificate);
  size_t size = 0;
  for (int i = 0; i < SNAPSHOTS; i++) {
    SSL *tls = bench_connect(client, neap_exchange_port(at->exchange));
    bench_upgrade(tls, upgrade);
    double start = bench_now();
    bench_send_text(tls, ask);
    size = bench_read_frame(tls);
    at->samples[i] = bench_now() - start;
    bench_disconnect(tls);
  }
  SSL_CTX_free(client);
  atomic_store(&at->stop, true);
  neap_exchange_wake(at->exchange);
  pthread_join(server, NULL);
  neap_exchange_close(at->exchange);
  bench_sort(at->samples, SNAPSHOTS);
  printf("a level-2 snapshot of %.1f MB, from the subscription to its last byte: median %.0f ms, most %.0f ms\n",
         (double)size / 1e6, at->samples[SNAPSHOTS / 2] * 1e3, at->samples[SNAPSHOTS - 1] * 1e3);
}

int main(int count, char **words) {
  static bench at;
  neap_fault fault = {0};
  char log[] = "/tmp/neap-bench-log-XXXXXX";
  at.seconds = count > 1 ? atof(words[1]) : 5;
  at.samples = bench_room(SAMPLES, sizeof *at.samples);
  at.clock = neap_clock_real();
  bench_must(neap_certificate_make(neap_clock_now(&at.clock) - 60 * NEAP_SECOND, &at.identity, &fault), "a certificate",
             &fault);
  bench_must(neap_signer_key_new(NEAP_KEY_P256, &at.key, &fault), "a key", &fault);
  run_orders(&at, NULL, "an order");
  close(mkstemp(log));
  run_orders(&at, log, "an order, logged");
  unlink(log);
  run_snapshot(&at);
  neap_signer_key_free(at.key);
  neap_certificate_fini(&at.identity);
  free(at.samples);
}
