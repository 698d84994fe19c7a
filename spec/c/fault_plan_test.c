/* SPDX-License-Identifier: MIT */
/* fault_plan: what a person may write and is told where he slips; whom and when a fault strikes; chance by seed. */
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "support.h"
#include "venue/fault_plan.h"

static const neap_fault_subject orders = {
    .method = "POST", .path = "/api/v3/brokerage/orders", .query = "", .channel = "", .text = ""};

static neap_fault_plan *new_plan(uint64_t seed) {
  neap_fault_plan *plan;
  assert_int_equal(neap_fault_plan_new(seed, &plan, NULL), NEAP_OK);
  return plan;
}

static uint32_t add(neap_fault_plan *plan, const char *text, int64_t now) {
  neap_fault fault;
  uint32_t id;
  if (neap_fault_plan_add(plan, text, now, &id, &fault) != NEAP_OK) fail_msg("%s: %s", text, fault.message);
  return id;
}

static const neap_planned_fault *strike(neap_fault_plan *plan, neap_fault_place place, int64_t now) {
  size_t cursor = 0;
  return neap_fault_plan_strike(plan, place, &orders, now, &cursor);
}

/* --- reading ------------------------------------------------------------------------------------------------------ */

static void test_what_is_refused(void **state) {
  static const struct {
    const char *text, *code, *nearest, *words;
  } cases[] = {{"latancy:time=1s", "fault_kind", "latency", "'latancy'"},
               {"", "fault_kind", "", "''"},
               {"socket_closed", "fault_kind", "socket_close", "'socket_closed'"},
               {"latency:tme=1s", "fault_word", "time", "latency has no 'tme'"},
               {"latency:time", "fault_word", "time", "'time' without a value"},
               {"latency", "fault_value", "", "latency needs a time"},
               {"frame_late:p=0.5", "fault_value", "", "frame_late needs a time"},
               {"latency:time=1s,channel=user", "fault_word", "", "latency has no 'channel'"},
               {"socket_reset:method=GET", "fault_word", "", "socket_reset has no 'method'"},
               {"handshake_refused:product=BTC-USD", "fault_word", "", "has no 'product'"},
               {"halt:p=0.5", "fault_word", "", "halt has no 'p'; it has at, for, product"},
               {"clock_skew:time=1s,product=BTC-USD", "fault_word", "", "has no 'product'"},
               {"server_error:number=500", "fault_word", "", "has no 'number'"},
               {"server_error:time=1s", "fault_word", "", "has no 'time'"},
               {"server_error:p=1.1", "fault_value", "", "p=1.1 is not a chance from 0 to 1"},
               {"server_error:p=-0.1", "fault_value", "", "p=-0.1"},
               {"server_error:p=often", "fault_value", "", "p=often"},
               {"server_error:for=0s", "fault_value", "", "for=0s is not longer than nothing"},
               {"server_error:for=-1s", "fault_value", "", "for=-1s"},
               {"server_error:at=soon", "fault_value", "", "a duration"},
               {"server_error:at=9999w", "fault_value", "", "shorter than ten years"},
               {"server_error:count=1.5", "fault_value", "", "count=1.5"},
               {"server_error:after=-1", "fault_value", "", "after=-1"},
               {"server_error:path=", "fault_value", "", "path="},
               {"server_error:method=PROPPATCH_AND_MORE", "fault_value", "", "no method"},
               {"latency:time=-1s", "fault_value", "", "time=-1s"},
               {"latency:time=1s,spread=normal", "fault_value", "", "fixed, uniform, exponential or pareto"},
               {"socket_close:number=999", "fault_value", "", "a close code"},
               {"socket_close:number=5000", "fault_value", "", "a close code"},
               {"answer_error:number=200", "fault_value", "", "a status from 400 to 599"},
               {"answer_cut:number=99999999999", "fault_value", "", "a whole number"}};
  neap_fault_plan *plan = new_plan(1);
  (void)state;
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    neap_fault fault = {.nearest = ""};
    uint32_t id;
    assert_int_equal(neap_fault_plan_add(plan, cases[i].text, 0, &id, &fault), NEAP_INVALID);
    assert_string_equal(fault.code, cases[i].code);
    assert_string_equal(fault.nearest, cases[i].nearest);
    if (!strstr(fault.message, cases[i].words)) fail_msg("%s: %s", cases[i].text, fault.message);
  }
  assert_null(neap_fault_plan_get(plan, 0));
  neap_fault_plan_free(plan);
}

static void test_every_kind_is_read_by_its_name(void **state) {
  neap_fault_plan *plan = new_plan(1);
  char text[64];
  (void)state;
  for (int kind = 0; kind < NEAP_FAULT_KINDS; kind++) {
    snprintf(text, sizeof text, "%s:at=1s", neap_fault_kind_name((neap_fault_kind)kind));
    uint32_t id;
    if (neap_fault_plan_add(plan, text, 0, &id, NULL) != NEAP_OK) strcat(text, ",time=2s"), add(plan, text, 0);
    const neap_planned_fault *made = neap_fault_plan_get(plan, (size_t)kind);
    assert_int_equal(made->kind, kind);
    assert_int_equal(made->id, kind + 1);
    assert_string_equal(made->text, text);
    assert_int_equal(made->from, NEAP_SECOND);
    assert_true(made->until == INT64_MAX);
  }
  assert_int_equal(NEAP_FAULT_KINDS, 43);
  neap_fault_plan_free(plan);
}

static void test_a_plan_has_an_end(void **state) {
  neap_fault_plan *plan = new_plan(1);
  neap_fault fault;
  uint32_t id;
  char text[400];
  (void)state;
  for (int i = 0; i < 256; i++) add(plan, "server_error", 0);
  assert_int_equal(neap_fault_plan_add(plan, "server_error", 0, &id, &fault), NEAP_INVALID);
  assert_string_equal(fault.code, "too_many");
  assert_int_equal(neap_fault_plan_remove(plan, 7, NULL), NEAP_OK);
  assert_int_equal(add(plan, "server_error", 0), 257);
  assert_int_equal(neap_fault_plan_remove(plan, 7, &fault), NEAP_NOT_FOUND);
  assert_string_equal(fault.code, "unknown_fault");
  snprintf(text, sizeof text, "%0399d", 0);
  assert_int_equal(neap_fault_plan_add(plan, text, 0, &id, &fault), NEAP_INVALID);
  neap_fault_plan_free(plan);
}

/* --- striking ----------------------------------------------------------------------------------------------------- */

static void test_after_and_count(void **state) {
  neap_fault_plan *plan = new_plan(1);
  (void)state;
  add(plan, "server_error:after=2,count=3", 0);
  for (int i = 0; i < 10; i++) assert_int_equal(strike(plan, NEAP_BEFORE_CALL, 0) != NULL, i >= 2 && i < 5);
  assert_int_equal(neap_fault_plan_get(plan, 0)->seen, 10);
  assert_int_equal(neap_fault_plan_get(plan, 0)->struck, 3);
  assert_null(strike(plan, NEAP_AFTER_CALL, 0));
  neap_fault_plan_free(plan);
}

static void test_a_window_has_its_first_instant_and_not_its_last(void **state) {
  neap_fault_plan *plan = new_plan(1);
  (void)state;
  add(plan, "server_error:at=5s,for=1s", 100);
  const int64_t begin = 100 + 5 * NEAP_SECOND, end = begin + NEAP_SECOND;
  assert_null(strike(plan, NEAP_BEFORE_CALL, begin - 1));
  assert_non_null(strike(plan, NEAP_BEFORE_CALL, begin));
  assert_non_null(strike(plan, NEAP_BEFORE_CALL, end - 1));
  assert_null(strike(plan, NEAP_BEFORE_CALL, end));
  assert_int_equal(neap_fault_plan_get(plan, 0)->seen, 2);
  neap_fault_plan_free(plan);
}

static void draw(uint64_t seed, char out[201]) {
  neap_fault_plan *plan = new_plan(seed);
  add(plan, "server_error:p=0.25", 0);
  for (int i = 0; i < 200; i++) out[i] = strike(plan, NEAP_BEFORE_CALL, 0) ? 'x' : '.';
  out[200] = 0;
  neap_fault_plan_free(plan);
}

static void test_chance_is_of_the_seed(void **state) {
  char first[201], again[201], other[201];
  int struck = 0;
  (void)state;
  draw(7, first), draw(7, again), draw(8, other);
  assert_string_equal(first, again);
  assert_string_not_equal(first, other);
  for (int i = 0; i < 200; i++) struck += first[i] == 'x';
  assert_in_range(struck, 30, 70);
}

static void test_never_and_always(void **state) {
  neap_fault_plan *plan = new_plan(1);
  (void)state;
  add(plan, "server_error:p=0", 0);
  for (int i = 0; i < 1000; i++) assert_null(strike(plan, NEAP_BEFORE_CALL, 0));
  add(plan, "unavailable:p=1", 0);
  for (int i = 0; i < 1000; i++) assert_int_equal(strike(plan, NEAP_BEFORE_CALL, 0)->kind, NEAP_FAULT_UNAVAILABLE);
  neap_fault_plan_free(plan);
}

static bool is_struck(const char *text, neap_fault_place place, const neap_fault_subject *subject) {
  neap_fault_plan *plan = new_plan(1);
  size_t cursor = 0;
  add(plan, text, 0);
  bool struck = neap_fault_plan_strike(plan, place, subject, 0, &cursor);
  neap_fault_plan_free(plan);
  return struck;
}

static void test_whom(void **state) {
  static const char text[] = "{\"channel\":\"l2_data\",\"product_id\":\"BTC-USD\"}", usdc[] = "[\"BTC-USDC\"]";
  const neap_fault_subject frame = {
      .method = "", .path = "", .query = "", .channel = "level2", .text = text, .length = sizeof text - 1};
  const neap_fault_subject other = {.method = "GET",
                                    .path = "/a/ETH-USD",
                                    .query = "x=SOL-USD&y",
                                    .channel = "",
                                    .text = usdc,
                                    .length = sizeof usdc - 1};
  (void)state;
  assert_true(is_struck("frame_lost:channel=level2", NEAP_AT_FRAME, &frame));
  assert_true(is_struck("frame_lost:channel=l2_data", NEAP_AT_FRAME, &frame));
  assert_false(is_struck("frame_lost:channel=ticker", NEAP_AT_FRAME, &frame));
  assert_true(is_struck("frame_lost:product=BTC-USD", NEAP_AT_FRAME, &frame));
  assert_false(is_struck("frame_lost:product=BTC-US", NEAP_AT_FRAME, &frame));
  assert_true(is_struck("server_error:product=ETH-USD", NEAP_BEFORE_CALL, &other));
  assert_true(is_struck("server_error:product=SOL-USD", NEAP_BEFORE_CALL, &other));
  assert_true(is_struck("server_error:product=BTC-USDC", NEAP_BEFORE_CALL, &other));
  assert_false(is_struck("server_error:product=BTC-USD", NEAP_BEFORE_CALL, &other));
  assert_true(is_struck("server_error:method=GET,path=/a/", NEAP_BEFORE_CALL, &other));
  assert_false(is_struck("server_error:method=GET,path=/b/", NEAP_BEFORE_CALL, &other));
  assert_false(is_struck("server_error:method=POST", NEAP_BEFORE_CALL, &other));
}

/* --- time --------------------------------------------------------------------------------------------------------- */

static void test_turns(void **state) {
  neap_fault_plan *plan = new_plan(1);
  bool begins;
  (void)state;
  assert_true(neap_fault_plan_next(plan) == INT64_MAX);
  uint32_t halt = add(plan, "halt:at=5s,for=5s", 0);
  uint32_t skew = add(plan, "clock_skew:time=1s", 0);
  add(plan, "server_error:at=1s", 0); /* does not turn */
  assert_int_equal(neap_fault_plan_turn(plan, 0, &begins)->id, skew);
  assert_true(begins);
  assert_null(neap_fault_plan_turn(plan, 5 * NEAP_SECOND - 1, &begins));
  assert_int_equal(neap_fault_plan_next(plan), 5 * NEAP_SECOND);
  assert_int_equal(neap_fault_plan_turn(plan, 5 * NEAP_SECOND, &begins)->id, halt);
  assert_int_equal(neap_fault_plan_next(plan), 10 * NEAP_SECOND);
  assert_int_equal(neap_fault_plan_turn(plan, 10 * NEAP_SECOND, &begins)->id, halt);
  assert_false(begins);
  assert_null(neap_fault_plan_turn(plan, 11 * NEAP_SECOND, &begins));
  assert_int_equal(neap_fault_plan_remove(plan, skew, NULL), NEAP_OK);
  assert_true(neap_fault_plan_next(plan) == INT64_MIN);
  assert_int_equal(neap_fault_plan_turn(plan, 11 * NEAP_SECOND, &begins)->id, skew);
  assert_false(begins);
  assert_null(neap_fault_plan_turn(plan, 11 * NEAP_SECOND, &begins));
  assert_true(neap_fault_plan_next(plan) == INT64_MAX);
  assert_int_equal(neap_fault_plan_remove(plan, skew, NULL), NEAP_NOT_FOUND);
  neap_fault_plan_free(plan);
}

/* One that was missed altogether, between two looks, does not begin. */
static void test_a_window_between_two_looks(void **state) {
  neap_fault_plan *plan = new_plan(1);
  bool begins;
  (void)state;
  add(plan, "halt:at=5s,for=5s", 0);
  assert_null(neap_fault_plan_turn(plan, 20 * NEAP_SECOND, &begins));
  assert_true(neap_fault_plan_next(plan) == INT64_MAX);
  neap_fault_plan_free(plan);
}

static double mean_of(const char *text, int64_t *least, int64_t *most) {
  neap_fault_plan *plan = new_plan(3);
  double sum = 0;
  add(plan, text, 0);
  *least = INT64_MAX, *most = 0;
  for (int i = 0; i < 20000; i++) {
    int64_t time = neap_fault_plan_time(plan, neap_fault_plan_get(plan, 0));
    sum += (double)time;
    *least = time < *least ? time : *least, *most = time > *most ? time : *most;
  }
  neap_fault_plan_free(plan);
  return sum / 20000 / 1e6; /* ms */
}

static void test_spreads(void **state) {
  int64_t least, most;
  (void)state;
  assert_true(mean_of("latency:time=100ms", &least, &most) == 100 && least == most);
  double mean = mean_of("latency:time=100ms,spread=uniform", &least, &most);
  assert_true(mean > 98 && mean < 102 && least >= 0 && most <= 200000000);
  mean = mean_of("latency:time=100ms,spread=exponential", &least, &most);
  assert_true(mean > 97 && mean < 103 && least >= 0 && most > 500000000);
  mean = mean_of("latency:time=100ms,spread=pareto", &least, &most);
  assert_true(mean > 250 && mean < 320 && least >= 100000000 && most <= 10000000000);
}

static void test_it_is_written(void **state) {
  neap_fault_plan *plan = new_plan(1);
  neap_buffer out;
  bool begins;
  (void)state;
  neap_buffer_init(&out);
  add(plan, "server_error:count=1", 0);
  add(plan, "halt", 0);
  strike(plan, NEAP_BEFORE_CALL, 0), strike(plan, NEAP_BEFORE_CALL, 0);
  neap_fault_plan_turn(plan, 0, &begins);
  neap_fault_plan_write(plan, &out);
  neap_buffer_append(&out, "", 1);
  assert_string_equal(out.data, "{\"faults\":[{\"id\":1,\"fault\":\"server_error:count=1\",\"seen\":2,\"struck\":1},"
                                "{\"id\":2,\"fault\":\"halt\",\"seen\":0,\"struck\":1,\"on\":true}]}");
  neap_buffer_fini(&out);
  neap_fault_plan_free(plan);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_what_is_refused),
                                     cmocka_unit_test(test_every_kind_is_read_by_its_name),
                                     cmocka_unit_test(test_a_plan_has_an_end),
                                     cmocka_unit_test(test_after_and_count),
                                     cmocka_unit_test(test_a_window_has_its_first_instant_and_not_its_last),
                                     cmocka_unit_test(test_chance_is_of_the_seed),
                                     cmocka_unit_test(test_never_and_always),
                                     cmocka_unit_test(test_whom),
                                     cmocka_unit_test(test_turns),
                                     cmocka_unit_test(test_a_window_between_two_looks),
                                     cmocka_unit_test(test_spreads),
                                     cmocka_unit_test(test_it_is_written)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
