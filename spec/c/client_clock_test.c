/* SPDX-License-Identifier: MIT */
/* The client of the venue's API against a real server: what is signed, and by whose clock. */
#include "broker/coinbase/client.h"

#include <stdio.h>

#include "net/verifier.h"
#include "scripted_venue.h"

#define MILLISECOND INT64_C(1000000)
/* --- the clock ---------------------------------------------------------------------------------------------------- */

static void set_venue(scripted_venue *scene, int64_t off) {
  scene->clock = neap_clock_simulated(scripted_wall() + off);
}

static bool is_about(int64_t skew, int64_t seconds) {
  int64_t off = skew - seconds * NEAP_SECOND;
  return off > -2 * NEAP_SECOND && off < 2 * NEAP_SECOND;
}

static int64_t skew_of(const scripted_venue *scene) {
  bool known;
  int64_t skew = neap_coinbase_client_skew(scene->client, &known);
  assert_true(known || skew == 0);
  return skew;
}

static bool is_good_at(const scripted_venue *scene, const scripted_request *came, int64_t now) {
  char host[64];
  neap_verifier *verifier;
  snprintf(host, sizeof host, "%s", scene->base + strlen("http://"));
  assert_int_equal(neap_verifier_new(NEAP_SECOND, &verifier, NULL), NEAP_OK);
  assert_int_equal(neap_verifier_allow_host(verifier, host, NULL), NEAP_OK);
  assert_int_equal(neap_verifier_add(verifier, "key-1", scene->key, NULL), NEAP_OK);
  char kid[NEAP_KEY_NAME_SIZE];
  const char *token = came->authorization + strlen("Bearer ");
  bool is_good =
      neap_verifier_check(verifier, token, strlen(token), came->method, came->path, now, kid, NULL) == NEAP_OK;
  neap_verifier_free(verifier);
  return is_good;
}

static void tokens_are_made_by_the_venues_clock(void **state) {
  static const int64_t offs[] = {-3600, -40, 0, 40, 86400};
  (void)state;
  for (size_t i = 0; i < sizeof offs / sizeof *offs; i++) {
    scripted_venue scene;
    bool known;
    scripted_open(&scene, NULL, NULL);
    set_venue(&scene, offs[i] * NEAP_SECOND);
    neap_coinbase_client_skew(scene.client, &known);
    assert_false(known);
    for (size_t k = 1; k <= 2; k++) scripted_ask(&scene, &scripted_look), scripted_await(&scene, k);
    assert_true(is_about(skew_of(&scene), offs[i]));
    assert_true(is_good_at(&scene, &scene.came[0], scripted_wall()));
    assert_true(is_good_at(&scene, &scene.came[1], scripted_wall() + offs[i] * NEAP_SECOND));
    scripted_close(&scene);
  }
}

/* A Date is cut to its second. */
static void what_a_second_of_a_date_explains_is_no_skew(void **state) {
  static const int64_t offs[] = {-900, -100, 0, 100, 900};
  (void)state;
  for (size_t i = 0; i < sizeof offs / sizeof *offs; i++) {
    scripted_venue scene;
    scripted_open(&scene, NULL, NULL);
    set_venue(&scene, offs[i] * MILLISECOND);
    scripted_ask(&scene, &scripted_look);
    scripted_await(&scene, 1);
    assert_int_equal(skew_of(&scene), 0);
    scripted_close(&scene);
  }
}

static void a_clock_that_is_set_meanwhile_is_seen(void **state) {
  scripted_venue scene;
  (void)state;
  scripted_open(&scene, NULL, NULL);
  for (size_t i = 1; i <= 3; i++) {
    set_venue(&scene, (int64_t)i * 100 * NEAP_SECOND);
    scripted_ask(&scene, &scripted_look);
    scripted_await(&scene, i);
    assert_true(is_about(skew_of(&scene), (int64_t)i * 100));
  }
  scripted_close(&scene);
}

static void a_refusal_that_the_clock_explains_names_it(void **state) {
  static const scripted_answer script[] = {{401, "Unauthorized\n", NULL, 0}, {0}};
  neap_coinbase_client_options options = scripted_options(NULL);
  scripted_venue scene;
  (void)state;
  options.tries = 1;
  scripted_open(&scene, script, &options);
  set_venue(&scene, 40 * NEAP_SECOND);
  scripted_ask(&scene, &scripted_order);
  scripted_await(&scene, 1);
  assert_string_equal(scene.heard[0].code, "clock_skew");
  assert_int_equal(scene.heard[0].outcome, NEAP_COINBASE_UNREACHED);
  assert_non_null(strstr(scene.heard[0].message, " s behind the venue's time"));
  scripted_close(&scene);
}

/* Where tokens are judged by another clock than the one that Dates are made by. */
static void the_time_that_the_venue_says_is_believed_once_it_made_a_good_token(void **state) {
  char now[80], later[80];
  snprintf(now, sizeof now, "{\"epochMillis\":\"%lld\"}", (long long)(scripted_wall() / MILLISECOND));
  snprintf(later, sizeof later, "{\"epochMillis\":\"%lld\"}", (long long)(scripted_wall() / MILLISECOND + 300000));
  const scripted_answer script[] = {
      {401, "Unauthorized\n", NULL, 0}, {200, later, NULL, 0}, {200, "{}", NULL, 0}, {200, "{}", NULL, 0}, {0}};
  scripted_venue scene;
  (void)state;
  scripted_open(&scene, script, NULL);
  scripted_ask(&scene, &scripted_order);
  scripted_await(&scene, 1);
  assert_true(is_about(skew_of(&scene), 300));
  assert_true(is_good_at(&scene, &scene.came[2], scripted_wall() + 300 * NEAP_SECOND));
  assert_string_not_equal(scene.came[0].authorization, scene.came[2].authorization);
  scripted_close(&scene);

  const scripted_answer useless[] = {{401, "Unauthorized\n", NULL, 0},
                                     {200, later, NULL, 0},
                                     {401, "Unauthorized\n", NULL, 0},
                                     {200, "{}", NULL, 0},
                                     {0}};
  scripted_open(&scene, useless, NULL);
  scripted_ask(&scene, &scripted_order);
  scripted_await(&scene, 1);
  assert_string_equal(scene.heard[0].code, "auth");
  assert_true(is_about(skew_of(&scene), 0));
  scripted_ask(&scene, &scripted_look);
  scripted_await(&scene, 2);
  assert_true(is_good_at(&scene, &scene.came[3], scripted_wall()));
  scripted_close(&scene);
}

static void nonsense_for_a_time_changes_nothing(void **state) {
  static const char *const bodies[] = {"{}",
                                       "{\"epochMillis\":\"x\"}",
                                       "{\"epochMillis\":\"\"}",
                                       "[]",
                                       "nonsense",
                                       "{\"epochMillis\":\"99999999999999999999999\"}",
                                       "{\"epochMillis\":-5}"};
  (void)state;
  for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++) {
    const scripted_answer script[] = {{401, "Unauthorized\n", NULL, 0},
                                      {200, bodies[i], NULL, 0},
                                      {401, "Unauthorized\n", NULL, 0},
                                      {200, "{}", NULL, 0},
                                      {0}};
    scripted_venue scene;
    scripted_open(&scene, script, NULL);
    scripted_ask(&scene, &scripted_look);
    scripted_await(&scene, 1);
    assert_true(is_about(skew_of(&scene), 0));
    scripted_close(&scene);
  }
}

/* --- what is signed ----------------------------------------------------------------------------------------------- */

static void each_try_has_a_token_of_its_own(void **state) {
  static const scripted_answer script[] = {{500, "", NULL, 0}, {500, "", NULL, 0}, {0}};
  scripted_venue scene;
  neap_buffer token;
  (void)state;
  scripted_open(&scene, script, NULL);
  scripted_ask(&scene, &scripted_look);
  scripted_await(&scene, 1);
  for (size_t i = 0; i < 3; i++) {
    assert_true(is_good_at(&scene, &scene.came[i], scripted_wall()));
    for (size_t k = 0; k < i; k++) assert_string_not_equal(scene.came[i].authorization, scene.came[k].authorization);
  }
  neap_buffer_init(&token);
  assert_int_equal(neap_coinbase_client_token(scene.client, &token, NULL), NEAP_OK);
  assert_memory_equal(token.data, "eyJ", 3);
  neap_buffer_fini(&token);
  scripted_close(&scene);
}

static void a_legacy_key_signs_time_method_path_and_body(void **state) {
  static const char secret[] = "the secret";
  neap_coinbase_client_options options = scripted_options(NULL);
  neap_fault fault = {0};
  neap_buffer token;
  scripted_venue scene;
  (void)state;
  options.legacy_key = "id", options.legacy_secret = secret;
  scripted_open(&scene, NULL, &options);
  scripted_ask(&scene, &scripted_order);
  scripted_await(&scene, 1);
  const scripted_request *came = &scene.came[0];
  const neap_legacy_text text = {came->legacy[1], came->method, came->path, came->body, strlen(came->body)};
  assert_string_equal(came->legacy[0], "id");
  assert_string_equal(came->authorization, "");
  assert_int_equal(neap_signer_legacy_check(secret, strlen(secret), &text, came->legacy[2], &fault), NEAP_OK);
  neap_buffer_init(&token);
  assert_int_equal(neap_coinbase_client_token(scene.client, &token, &fault), NEAP_UNSUPPORTED);
  neap_buffer_fini(&token);
  scripted_close(&scene);
}

static void half_a_key_opens_nothing(void **state) {
  neap_coinbase_client *none;
  neap_fault fault = {0};
  neap_coinbase_client_options options = scripted_options(NULL);
  (void)state;
  options.base = "https://127.0.0.1:1";
  options.legacy_key = "id";
  assert_int_equal(neap_coinbase_client_open(&options, &none, &fault), NEAP_INVALID);
  assert_string_equal(fault.code, "legacy_key");
  options.legacy_key = NULL, options.base = "http://api.coinbase.com";
  assert_int_equal(neap_coinbase_client_open(&options, &none, &fault), NEAP_REFUSED);
  neap_coinbase_client_close(NULL);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(tokens_are_made_by_the_venues_clock),
      cmocka_unit_test(what_a_second_of_a_date_explains_is_no_skew),
      cmocka_unit_test(a_clock_that_is_set_meanwhile_is_seen),
      cmocka_unit_test(a_refusal_that_the_clock_explains_names_it),
      cmocka_unit_test(the_time_that_the_venue_says_is_believed_once_it_made_a_good_token),
      cmocka_unit_test(nonsense_for_a_time_changes_nothing),
      cmocka_unit_test(each_try_has_a_token_of_its_own),
      cmocka_unit_test(a_legacy_key_signs_time_method_path_and_body),
      cmocka_unit_test(half_a_key_opens_nothing)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
