/* SPDX-License-Identifier: MIT */
/* The client of the venue's API against a real server: what each answer comes to, what is asked again and what never.
 */
#include "broker/coinbase/client.h"

#include <stdio.h>

#include "scripted_venue.h"

static void what_is_asked_is_sent_and_answered(void **state) {
  static const scripted_answer script[] = {
      {200, "{\"orders\":[]}", NULL, 0}, {200, "{\"success\":true}", NULL, 0}, {0}};
  scripted_venue scene;
  (void)state;
  scripted_open(&scene, script, NULL);
  scripted_ask(&scene, &scripted_look);
  assert_int_equal(neap_coinbase_client_under_way(scene.client), 1);
  scripted_await(&scene, 1);
  scripted_ask(&scene, &scripted_order);
  scripted_await(&scene, 2);
  assert_string_equal(scene.came[0].method, "GET");
  assert_string_equal(scene.came[0].path, scripted_look.path);
  assert_string_equal(scene.came[0].query, "a=1&b=%20");
  assert_string_equal(scene.came[0].body, "");
  assert_string_equal(scene.came[1].body, "{\"x\":1}");
  assert_string_equal(scene.bodies[0], "{\"orders\":[]}");
  assert_int_equal(scene.heard[1].outcome, NEAP_COINBASE_DONE);
  assert_int_equal(scene.heard[1].status, 200);
  assert_int_equal(scene.heard[1].tries, 1);
  assert_string_equal(scene.heard[1].code, "");
  assert_int_equal(neap_coinbase_client_under_way(scene.client), 0);
  scripted_close(&scene);
}

/* --- the taxonomy ------------------------------------------------------------------------------------------------- */

typedef struct expected {
  scripted_answer said; /* to every try */
  neap_coinbase_outcome outcome;
  const char *code, *reason, *message; /* message: a part */
  unsigned order_tries, look_tries;
} expected;

static const expected taxonomy[] = {
    {{400, "{\"error\":\"INVALID_ARGUMENT\",\"error_details\":\"too many\",\"message\":\"\"}", NULL, 0},
     NEAP_COINBASE_REFUSED,
     "invalid_request",
     "INVALID_ARGUMENT",
     "too many",
     1,
     1},
    {{400, "{\"error\":\"x\",\"preview_failure_reason\":\"PREVIEW_INSUFFICIENT_FUND\",\"message\":\"Poor\"}", NULL, 0},
     NEAP_COINBASE_REFUSED,
     "insufficient_funds",
     "PREVIEW_INSUFFICIENT_FUND",
     "Poor",
     1,
     1},
    {{400, "{\"error\":\"bad\",\"code\":3,\"message\":\"m\",\"details\":[{\"type_url\":\"t\",\"value\":\"v\"}]}", NULL,
      0},
     NEAP_COINBASE_REFUSED,
     "invalid_request",
     "bad",
     "m",
     1,
     1},
    {{400, "{\"errors\":[{\"id\":\"not_that\",\"message\":\"Not that\"}]}", NULL, 0},
     NEAP_COINBASE_REFUSED,
     "invalid_request",
     "not_that",
     "Not that",
     1,
     1},
    {{400, "{\"error\":{\"code\":3,\"message\":\"Deep\",\"status\":\"INVALID_ARGUMENT\"}}", NULL, 0},
     NEAP_COINBASE_REFUSED,
     "invalid_request",
     "INVALID_ARGUMENT",
     "Deep",
     1,
     1},
    {{400, "{\"error\":\"x\",\"message\":\"post only would cross\"}", NULL, 0},
     NEAP_COINBASE_REFUSED,
     "post_only_would_cross",
     "x",
     "post only",
     1,
     1},
    {{400, "Bad\r\nrequest \n", NULL, 0}, NEAP_COINBASE_REFUSED, "invalid_request", "", "Bad  request", 1, 1},
    {{400, "", NULL, 0}, NEAP_COINBASE_REFUSED, "invalid_request", "", "HTTP 400", 1, 1},
    {{403, "{\"error\":\"PERMISSION_DENIED\",\"error_details\":\"Missing required scopes\"}", NULL, 0},
     NEAP_COINBASE_REFUSED,
     "permission",
     "PERMISSION_DENIED",
     "Missing required scopes",
     1,
     1},
    {{403, "<html>blocked</html>", NULL, 0}, NEAP_COINBASE_REFUSED, "permission", "", "HTTP 403", 1, 1},
    {{404, "{\"error\":\"unknown\",\"message\":\"order with this orderID was not found\"}", NULL, 0},
     NEAP_COINBASE_REFUSED,
     "not_found",
     "unknown",
     "not found",
     1,
     1},
    {{401, "Unauthorized\n", NULL, 0}, NEAP_COINBASE_UNREACHED, "auth", "", "Unauthorized: the key is not known", 2, 2},
    {{429, "{\"errors\":[{\"id\":\"rate_limit_exceeded\",\"message\":\"Too many requests\"}]}", NULL, 0},
     NEAP_COINBASE_UNREACHED,
     "rate_limited",
     "rate_limit_exceeded",
     "Too many requests",
     4,
     4},
    {{408, "", NULL, 0}, NEAP_COINBASE_IN_DOUBT, "timeout", "", "", 1, 4},
    {{500, "{\"error\":\"INTERNAL\",\"message\":\"oh\"}", NULL, 0},
     NEAP_COINBASE_IN_DOUBT,
     "venue_error",
     "INTERNAL",
     "oh",
     1,
     4},
    {{500, "{\"error\":\"x\",\"message\":\"post only would cross\"}", NULL, 0},
     NEAP_COINBASE_IN_DOUBT,
     "venue_error",
     "x",
     "post only",
     1,
     4},
    {{502, "<html></html>", NULL, 0}, NEAP_COINBASE_IN_DOUBT, "venue_error", "", "HTTP 502", 1, 4},
    {{520, "", NULL, 0}, NEAP_COINBASE_IN_DOUBT, "venue_error", "", "", 1, 4},
    {{503, "upstream connect error", NULL, 0}, NEAP_COINBASE_IN_DOUBT, "maintenance", "", "upstream", 1, 4},
    {{302, "", NULL, 0}, NEAP_COINBASE_IN_DOUBT, "bad_answer", "", "", 1, 4},
    {{200, "{\"success\":tr", NULL, 0}, NEAP_COINBASE_IN_DOUBT, "bad_answer", "", "without JSON", 1, 4},
    {{200, "", NULL, 0}, NEAP_COINBASE_IN_DOUBT, "bad_answer", "", "without JSON", 1, 4},
    {{200, "{}", NULL, SCRIPT_RESET}, NEAP_COINBASE_IN_DOUBT, "unreachable", "", "", 1, 4},
    {{200, "{}", NULL, SCRIPT_FIN}, NEAP_COINBASE_IN_DOUBT, "unreachable", "", "", 1, 4},
    {{200, "{}", NULL, SCRIPT_CUT}, NEAP_COINBASE_IN_DOUBT, "unreachable", "", "", 1, 4}};

static void check(const neap_coinbase_reply *heard, const expected *row, unsigned tries) {
  assert_int_equal(heard->outcome, row->outcome);
  assert_string_equal(heard->code, row->code);
  assert_string_equal(heard->reason, row->reason);
  assert_non_null(strstr(heard->message, row->message));
  assert_int_equal(heard->tries, tries);
}

static void one_answer(const expected *row) {
  const scripted_answer script[] = {row->said, row->said, row->said, row->said, row->said, {0}};
  const neap_coinbase_question *const questions[] = {&scripted_order, &scripted_look, &scripted_cancel};
  for (int i = 0; i < 3; i++) {
    scripted_venue scene;
    unsigned tries = i == 0 ? row->order_tries : row->look_tries;
    scripted_open(&scene, script, NULL);
    scripted_ask(&scene, questions[i]);
    scripted_await(&scene, 1);
    check(&scene.heard[0], row, tries);
    size_t asked_time = row->said.status == 401; /* what its clock says, before the fresh token */
    assert_int_equal(scene.came_count, tries + asked_time);
    scripted_close(&scene);
  }
}

static void each_answer_comes_to_what_it_must(void **state) {
  (void)state;
  for (size_t i = 0; i < sizeof taxonomy / sizeof *taxonomy; i++) one_answer(&taxonomy[i]);
}

/* --- what is asked again ------------------------------------------------------------------------------------------ */

static void an_order_is_sent_again_only_where_it_surely_was_not_done(void **state) {
  static const scripted_answer script[] = {{429, "", NULL, 0},
                                           {401, "Unauthorized\n", NULL, 0},
                                           {200, "{\"epochMillis\":\"1767225600000\"}", NULL, 0},
                                           {200, "{\"success\":true}", NULL, 0},
                                           {0}};
  scripted_venue scene;
  (void)state;
  scripted_open(&scene, script, NULL);
  scripted_ask(&scene, &scripted_order);
  scripted_await(&scene, 1);
  assert_int_equal(scene.heard[0].outcome, NEAP_COINBASE_DONE);
  assert_int_equal(scene.heard[0].tries, 3);
  assert_string_equal(scene.came[2].path, "/api/v3/brokerage/time");
  assert_string_equal(scene.came[2].authorization, "");
  assert_string_equal(scene.came[3].path, scripted_order.path);
  scripted_close(&scene);
}

/* Whose texts are gone by then. */
static void what_is_asked_again_is_the_same_request(void **state) {
  static const scripted_answer script[] = {{500, "", NULL, 0}, {200, "{}", NULL, 0}, {0}};
  scripted_venue scene;
  char method[] = "GET", path[] = "/api/v3/brokerage/accounts", query[] = "limit=1";
  const neap_coinbase_question asked = {.method = method, .path = path, .query = query};
  (void)state;
  scripted_open(&scene, script, NULL);
  scripted_ask(&scene, &asked);
  memset(method, 'x', strlen(method)), memset(path, 'x', strlen(path)), memset(query, 'x', strlen(query));
  scripted_await(&scene, 1);
  assert_int_equal(scene.heard[0].tries, 2);
  for (int i = 0; i < 2; i++) {
    assert_string_equal(scene.came[i].method, "GET");
    assert_string_equal(scene.came[i].path, "/api/v3/brokerage/accounts");
    assert_string_equal(scene.came[i].query, "limit=1");
  }
  scripted_close(&scene);
}

static void what_left_a_doubt_keeps_it(void **state) {
  static const scripted_answer script[] = {
      {200, "", NULL, SCRIPT_RESET}, {429, "", NULL, 0}, {429, "", NULL, 0}, {429, "", NULL, 0}, {0}};
  scripted_venue scene;
  (void)state;
  scripted_open(&scene, script, NULL);
  scripted_ask(&scene, &scripted_cancel);
  scripted_await(&scene, 1);
  assert_int_equal(scene.heard[0].outcome, NEAP_COINBASE_IN_DOUBT);
  assert_string_equal(scene.heard[0].code, "rate_limited");
  scripted_close(&scene);
}

static void nobody_there_is_unreached_and_asked_again(void **state) {
  scripted_venue scene;
  (void)state;
  scripted_open(&scene, NULL, NULL);
  neap_server_close(scene.server);
  scene.server = NULL;
  scripted_ask(&scene, &scripted_order);
  scripted_await(&scene, 1);
  assert_int_equal(scene.heard[0].outcome, NEAP_COINBASE_UNREACHED);
  assert_string_equal(scene.heard[0].code, "unreachable");
  assert_int_equal(scene.heard[0].status, 0);
  assert_int_equal(scene.heard[0].tries, 4);
  scripted_close(&scene);
}

static void no_answer_in_time_is_in_doubt_for_an_order_and_asked_again_for_a_look(void **state) {
  static const scripted_answer script[] = {{200, NULL, NULL, SCRIPT_HANG}, {200, NULL, NULL, SCRIPT_HANG}, {0}};
  neap_coinbase_question hasty = scripted_order, patient = scripted_look;
  scripted_venue scene;
  (void)state;
  scripted_open(&scene, script, NULL);
  hasty.patience = NEAP_SECOND, patient.patience = 10 * NEAP_SECOND;
  scripted_ask(&scene, &hasty);
  scripted_await(&scene, 1);
  assert_int_equal(scene.heard[0].outcome, NEAP_COINBASE_IN_DOUBT);
  assert_string_equal(scene.heard[0].code, "timeout");
  assert_int_equal(scene.heard[0].tries, 1);
  scripted_ask(&scene, &patient);
  scripted_await(&scene, 2);
  assert_int_equal(scene.heard[1].outcome, NEAP_COINBASE_DONE);
  assert_int_equal(scene.heard[1].tries, 2);
  scripted_close(&scene);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(what_is_asked_is_sent_and_answered),
      cmocka_unit_test(each_answer_comes_to_what_it_must),
      cmocka_unit_test(an_order_is_sent_again_only_where_it_surely_was_not_done),
      cmocka_unit_test(what_is_asked_again_is_the_same_request),
      cmocka_unit_test(what_left_a_doubt_keeps_it),
      cmocka_unit_test(nobody_there_is_unreached_and_asked_again),
      cmocka_unit_test(no_answer_in_time_is_in_doubt_for_an_order_and_asked_again_for_a_look)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
