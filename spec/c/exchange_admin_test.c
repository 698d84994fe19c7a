/* SPDX-License-Identifier: MIT */
/* exchange_admin: the paths below /neap/v1/: what each does to the exchange, and what it says to who slips. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "exchange_support.h"

#define ADMIN "/neap/v1/"

static bool has(const char *text, const char *part) { return strstr(text, part); }

static const char *ask(exchange_stage *stage, const char *method, const char *path, const char *body) {
  return exchange_stage_ask(stage, 0, method, path, body);
}

static void refused(exchange_stage *stage, const char *request, const char *body, const char *status,
                    const char *words) {
  char method[8], path[100];
  assert_int_equal(sscanf(request, "%7s %99s", method, path), 2);
  const char *answer = ask(stage, method, path, body);
  if (!has(answer, status) || !has(answer, words)) fail_msg("%s %s: %s", request, body, answer);
  assert_true(has(answer, "{\"error\":{\"code\":\""));
}

static void test_what_is_refused(void **state) {
  static const struct {
    const char *request, *body, *status, *words;
  } cases[] = {
      {"GET " ADMIN "fault", "", " 404 ", "\"nearest\":\"faults\""},
      {"GET " ADMIN, "", " 404 ", "unknown_path"},
      {"PUT " ADMIN "faults", "", " 405 ", "bad_method"},
      {"POST " ADMIN "faults", "{\"fault\":\"latancy:time=1s\"}", " 400 ", "\"nearest\":\"latency\""},
      {"POST " ADMIN "faults", "{\"falt\":\"latency:time=1s\"}", " 400 ", "\"nearest\":\"fault\""},
      {"POST " ADMIN "faults", "{\"fault\":1}", " 400 ", "bad_member"},
      {"POST " ADMIN "faults", "", " 400 ", "bad_member"},
      {"POST " ADMIN "faults", "{\"fault\"", " 400 ", "bad_json"},
      {"POST " ADMIN "faults", "[]", " 400 ", "bad_body"},
      {"POST " ADMIN "faults", "{\"fault\":\"halt:product=BTC-USX\"}", " 404 ", "\"nearest\":\"BTC-USD\""},
      {"DELETE " ADMIN "faults/9", "", " 404 ", "unknown_fault"},
      {"DELETE " ADMIN "faults/x", "", " 400 ", "bad_id"},
      {"POST " ADMIN "products/BTC-USX", "{}", " 404 ", "\"nearest\":\"BTC-USD\""},
      {"POST " ADMIN "products/BTC-USD", "{\"cancel_onyl\":true}", " 400 ", "\"nearest\":\"cancel_only\""},
      {"POST " ADMIN "products/BTC-USD", "{\"cancel_only\":1}", " 400 ", "true or false"},
      {"POST " ADMIN "clock", "{\"advance\":\"soon\"}", " 400 ", "error"},
      {"POST " ADMIN "clock", "{\"advance\":\"9999w\"}", " 400 ", "ten years"},
      {"POST " ADMIN "deposit", "{\"key\":\"key-9\",\"currency\":\"USD\",\"amount\":\"1\"}", " 404 ", "unknown_key"},
      {"POST " ADMIN "deposit", "{\"key\":-1,\"currency\":\"USD\",\"amount\":\"1\"}", " 404 ", "unknown_key"},
      {"POST " ADMIN "deposit", "{\"key\":1,\"currency\":\"USD\",\"amount\":\"much\"}", " 400 ", "an amount"},
      {"POST " ADMIN "deposit", "{\"key\":1,\"amount\":\"1\"}", " 400 ", "currency is needed"},
      {"POST " ADMIN "deposit", "{\"key\":1,\"currency\":\"USD\",\"amount\":\"-9999999\"}", " 403 ", "not_enough"},
      {"POST " ADMIN "keys", "{\"kind\":\"es265\"}", " 400 ", "\"nearest\":\"es256\""},
      {"POST " ADMIN "keys", "{\"permissions\":[\"veiw\"]}", " 400 ", "\"nearest\":\"view\""},
      {"POST " ADMIN "keys", "{\"permissions\":\"view\"}", " 400 ", "a list of"},
      {"POST " ADMIN "keys", "{\"funds\":\"USD=1\"}", " 400 ", "an object"},
      {"POST " ADMIN "keys", "{\"funds\":{\"USD\":\"-1\"}}", " 400 ", "cannot be"},
      {"POST " ADMIN "keys", "{\"name\":\"key-1\"}", " 409 ", "duplicate_key"},
      {"POST " ADMIN "keys", "{\"name\":\"\"}", " 400 ", "1 to 255"}};
  exchange_stage stage;
  (void)state;
  exchange_stage_open(&stage, NULL);
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
    refused(&stage, cases[i].request, cases[i].body, cases[i].status, cases[i].words);
  assert_int_equal(stage.exchange->venue->key_count, EXCHANGE_KEYS);
  assert_null(neap_fault_plan_get(stage.exchange->plan, 0));
  exchange_stage_close(&stage);
}

static void test_faults(void **state) {
  exchange_stage stage;
  (void)state;
  exchange_stage_open(&stage, NULL);
  assert_true(has(ask(&stage, "POST", ADMIN "faults", "{\"fault\":\"unavailable:path=/time\"}"),
                  "{\"id\":1,\"fault\":\"unavailable:path=/time\"}"));
  assert_true(has(ask(&stage, "POST", ADMIN "faults", "{\"fault\":\"halt\"}"), "{\"id\":2,"));
  assert_true(has(ask(&stage, "GET", "/api/v3/brokerage/time", ""), " 503 "));
  const char *list = ask(&stage, "GET", ADMIN "faults", "");
  assert_true(has(list, "{\"id\":1,\"fault\":\"unavailable:path=/time\",\"seen\":1,\"struck\":1}"));
  assert_true(has(list, "{\"id\":2,\"fault\":\"halt\",\"seen\":0,\"struck\":1,\"on\":true}"));
  assert_false(has(ask(&stage, "DELETE", ADMIN "faults/1", ""), "unavailable"));
  assert_true(has(ask(&stage, "GET", "/api/v3/brokerage/time", ""), " 200 "));
  ask(&stage, "POST", ADMIN "faults", "{\"fault\":\"unavailable\"}");
  assert_true(has(ask(&stage, "DELETE", ADMIN "faults", ""), "{\"faults\":[]}"));
  assert_int_equal(neap_venue_product_named(stage.exchange->venue, "ETH-USD")->facts.flags, 0);
  assert_true(has(ask(&stage, "GET", "/api/v3/brokerage/time", ""), " 200 "));
  exchange_stage_close(&stage);
}

/* These paths are no subject of faults: else nobody could take them back. */
static void test_faults_do_not_strike_these_paths(void **state) {
  exchange_stage stage;
  (void)state;
  exchange_stage_open(&stage, NULL);
  exchange_stage_fault(&stage, "request_lost");
  exchange_stage_fault(&stage, "answer_lost");
  assert_true(has(ask(&stage, "GET", ADMIN "status", ""), " 200 "));
  exchange_stage_close(&stage);
}

static void test_the_venue_is_steered(void **state) {
  exchange_stage stage;
  (void)state;
  exchange_stage_open(&stage, NULL);
  const neap_venue *venue = stage.exchange->venue;
  assert_true(has(ask(&stage, "POST", ADMIN "products/BTC-USD", "{\"cancel_only\":true,\"auction\":false}"), "ok"));
  assert_int_equal(neap_venue_product_named(venue, "BTC-USD")->facts.flags, NEAP_PRODUCT_CANCEL_ONLY);
  assert_true(has(ask(&stage, "POST", ADMIN "products/BTC-USD", "{\"delisted\":true}"), "ok"));
  assert_true(neap_venue_product_named(venue, "BTC-USD")->is_delisted);
  assert_true(has(ask(&stage, "POST", ADMIN "products/BTC-USD", ""), "ok"));
  assert_int_equal(neap_venue_product_named(venue, "BTC-USD")->facts.flags, 0);
  assert_true(has(ask(&stage, "POST", ADMIN "clock", "{\"advance\":\"1h30m\"}"), "\"2026-01-01T01:30:00Z\""));
  assert_true(has(ask(&stage, "GET", "/api/v3/brokerage/time", ""), "\"2026-01-01T01:30:00Z\""));
  assert_true(has(ask(&stage, "POST", ADMIN "deposit", "{\"key\":2,\"currency\":\"USDC\",\"amount\":\"12.5\"}"), "ok"));
  assert_true(
      has(ask(&stage, "POST", ADMIN "deposit", "{\"key\":\"key-2\",\"currency\":\"USDC\",\"amount\":5}"), "ok"));
  assert_true(has(exchange_stage_ask(&stage, 2, "GET", "/api/v3/brokerage/accounts", ""), "\"17.5\""));
  assert_true(has(ask(&stage, "GET", ADMIN "check", ""), "{\"ok\":true}"));
  exchange_stage_close(&stage);
}

static void test_status_and_stop(void **state) {
  exchange_stage stage;
  (void)state;
  exchange_stage_open(&stage, NULL);
  const char *status = ask(&stage, "GET", ADMIN "status", "");
  assert_true(
      has(status, "{\"time\":\"2026-01-01T00:00:00Z\",\"seed\":\"1\",\"late_ms\":0,\"connections\":1,\"sockets\":0,"));
  assert_true(has(status, "\"requests\":1,"));
  assert_false(neap_exchange_is_stopping(stage.exchange));
  assert_true(has(ask(&stage, "POST", ADMIN "stop", ""), "{\"ok\":true}"));
  assert_true(neap_exchange_is_stopping(stage.exchange));
  exchange_stage_close(&stage);
}

static void test_a_page_is_not_let_in(void **state) {
  exchange_stage stage;
  (void)state;
  exchange_stage_open(&stage, NULL);
  client_say(&stage.client, "POST " ADMIN "stop HTTP/1.1\r\nHost: x\r\nOrigin: http://elsewhere\r\n"
                            "Content-Length: 0\r\n\r\n");
  client_await(&stage.client, "HTTP/1.1 403 ");
  assert_false(neap_exchange_is_stopping(stage.exchange));
  exchange_stage_close(&stage);
}

/* --- keys --------------------------------------------------------------------------------------------------------- */

/* Who has the file that was told may trade. */
static void trade_with(exchange_stage *stage, const char *answer, const char *name) {
  neap_signer_key *key;
  const char *file = strstr(answer, "\r\n\r\n") + 4;
  assert_int_equal(neap_signer_key_read(file, strlen(file), &key, NULL), NEAP_OK);
  assert_string_equal(neap_signer_key_name(key), name);
  neap_buffer text;
  neap_buffer_init(&text);
  char uri[100];
  snprintf(uri, sizeof uri, "GET 127.0.0.1:%u/api/v3/brokerage/accounts", neap_exchange_port(stage->exchange));
  const neap_jwt_claims claims = {.uri = uri,
                                  .now_ns = neap_clock_now(&stage->net.clock),
                                  .nonce = (const unsigned char *)"12345678",
                                  .nonce_size = 8};
  neap_buffer_append_text(&text, "GET /api/v3/brokerage/accounts HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ");
  assert_int_equal(neap_signer_sign_jwt(key, &claims, &text, NULL), NEAP_OK);
  neap_buffer_append_text(&text, "\r\n\r\n");
  client_forget(&stage->client);
  client_send(&stage->client, text.data, text.size);
  client_await(&stage->client, "HTTP/1.1 200 ");
  client_await(&stage->client, "\"250.5\"");
  neap_buffer_fini(&text);
  neap_signer_key_free(key);
}

static void test_a_key_is_made(void **state) {
  exchange_stage stage;
  (void)state;
  exchange_stage_open(&stage, NULL);
  const char *answer = ask(&stage, "POST", ADMIN "keys", "{\"funds\":{\"USD\":\"250.5\"}}");
  trade_with(&stage, answer, "organizations/neap/apiKeys/1");
  answer = ask(&stage, "POST", ADMIN "keys", "{\"kind\":\"ed25519\",\"name\":\"mine\",\"funds\":{\"USD\":250.5}}");
  trade_with(&stage, answer, "mine");
  answer = ask(&stage, "POST", ADMIN "keys", "{\"permissions\":[\"view\"],\"funds\":{\"USD\":\"250.5\"}}");
  trade_with(&stage, answer, "organizations/neap/apiKeys/2");
  const neap_venue *venue = stage.exchange->venue;
  assert_int_equal(neap_venue_key_of(venue, 5)->permissions, NEAP_MAY_VIEW);
  assert_int_not_equal(neap_venue_key_of(venue, 5)->user, neap_venue_key_of(venue, 3)->user);
  exchange_stage_close(&stage);
}

static void test_a_key_is_kept_in_its_directory(void **state) {
  char directory[] = "/tmp/neap-keys-XXXXXX", path[64];
  exchange_stage stage;
  neap_signer_key *key;
  (void)state;
  assert_non_null(mkdtemp(directory));
  exchange_stage_open(&stage, directory);
  for (int i = 0; i < 2; i++) assert_true(has(ask(&stage, "POST", ADMIN "keys", ""), " 200 "));
  snprintf(path, sizeof path, "%s/key-2.json", directory);
  assert_int_equal(neap_signer_key_open(path, &key, NULL), NEAP_OK);
  assert_string_equal(neap_signer_key_name(key), "organizations/neap/apiKeys/2");
  neap_signer_key_free(key);
  unlink(path);
  snprintf(path, sizeof path, "%s/key-1.json", directory);
  unlink(path);
  exchange_stage_close(&stage);
  assert_int_equal(rmdir(directory), 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_what_is_refused),
                                     cmocka_unit_test(test_faults),
                                     cmocka_unit_test(test_faults_do_not_strike_these_paths),
                                     cmocka_unit_test(test_the_venue_is_steered),
                                     cmocka_unit_test(test_status_and_stop),
                                     cmocka_unit_test(test_a_page_is_not_let_in),
                                     cmocka_unit_test(test_a_key_is_made),
                                     cmocka_unit_test(test_a_key_is_kept_in_its_directory)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
