/* SPDX-License-Identifier: MIT */
/* inputs: what was noted plays as it came, with its moments; a replay that does otherwise is told where. The recording
 * lies in memory. */
#include <stdio.h>

#include "input_tape.h"

static int64_t now_at, wall_at;

static int64_t now(void) { return now_at; }
static int64_t wall(void) { return wall_at; }

static neap_inputs *recording(input_tape *kept) {
  now_at = 1000, wall_at = INT64_C(5000000000000);
  return tape_record(kept, now, wall);
}

typedef struct heard {
  neap_inputs *inputs;
  char words[400];
} heard;

static void hear(void *self, const neap_input *input) {
  heard *own = self;
  size_t length = strlen(own->words);
  snprintf(own->words + length, sizeof own->words - length, "%s:%.*s@%lld ", neap_input_kind_name(input->kind),
           (int)input->length, input->text, (long long)neap_inputs_now(own->inputs));
}

static void a_moment_stands_until_the_next_input(void **state) {
  input_tape kept = {.count = 0};
  neap_inputs *inputs = recording(&kept);
  (void)state;
  assert_int_equal(neap_inputs_now(inputs), 1000);
  now_at = 2000;
  assert_int_equal(neap_inputs_now(inputs), 1000);
  neap_inputs_note(inputs, NEAP_INPUT_TURN, 0, NULL, 0);
  assert_int_equal(neap_inputs_now(inputs), 2000);
  neap_inputs_note(inputs, NEAP_INPUT_TURN, 0, NULL, 0); /* within the same nanosecond */
  assert_int_equal(neap_inputs_now(inputs), 2001);
  now_at = 9000;
  neap_inputs_tick_begin(inputs);
  neap_inputs_note(inputs, NEAP_INPUT_MESSAGE, 1, "x", 1);
  neap_inputs_tick_end(inputs);
  neap_inputs_note(inputs, NEAP_INPUT_ASKED, 1, "x", 1);
  assert_int_equal(neap_inputs_now(inputs), 2001);
  neap_inputs_free(inputs);
  tape_free(&kept);
}

static void the_machine_s_time_is_noted_where_it_was_set(void **state) {
  input_tape kept = {.count = 0};
  neap_inputs *inputs = recording(&kept);
  (void)state;
  for (int i = 0; i < 10; i++) {
    now_at += 1000, wall_at += 1000;
    if (i == 5) wall_at += INT64_C(3000000000);
    neap_inputs_note(inputs, NEAP_INPUT_TURN, 0, NULL, 0);
  }
  int64_t end = neap_inputs_wall(inputs);
  assert_int_equal(end, wall_at);
  assert_int_equal(kept.count, 12); /* at the first, and at the sixth */
  neap_inputs_free(inputs);
  inputs = tape_play(&kept);
  for (int i = 0; i < 10; i++) assert_true(neap_inputs_turn(inputs));
  assert_int_equal(neap_inputs_wall(inputs), end);
  neap_inputs_free(inputs);
  tape_free(&kept);
}

static void what_came_comes_again_at_its_moment(void **state) {
  input_tape kept = {.count = 0};
  neap_inputs *inputs = recording(&kept);
  (void)state;
  now_at = 2000;
  neap_inputs_note(inputs, NEAP_INPUT_MESSAGE, 4, "a", 1);
  now_at = 3000;
  neap_inputs_note(inputs, NEAP_INPUT_MESSAGE, 5, "b", 1);
  now_at = 4000;
  neap_inputs_note(inputs, NEAP_INPUT_TURN, 0, NULL, 0);
  neap_inputs_tick_begin(inputs);
  neap_inputs_note(inputs, NEAP_INPUT_MESSAGE, 5, "c", 1);
  neap_inputs_note(inputs, NEAP_INPUT_MESSAGE, 5, "d", 1);
  neap_inputs_tick_end(inputs);
  neap_inputs_free(inputs);

  inputs = tape_play(&kept);
  heard first = {.inputs = inputs}, second = {.inputs = inputs};
  neap_input_source four = {.number = 4, .self = &first, .take = hear},
                    five = {.number = 5, .self = &second, .take = hear};
  neap_inputs_add(inputs, &four);
  neap_inputs_add(inputs, &five);
  assert_true(neap_inputs_turn(inputs));
  assert_string_equal(first.words, "message:a@2000 ");
  assert_string_equal(second.words, "message:b@3000 ");
  neap_inputs_play_tick(inputs, 4);
  assert_string_equal(first.words, "message:a@2000 ");
  neap_inputs_play_tick(inputs, 5);
  assert_string_equal(second.words, "message:b@3000 message:c@4000 message:d@4000 ");
  assert_false(neap_inputs_turn(inputs));
  assert_null(neap_inputs_difference(inputs, NULL));
  neap_inputs_free(inputs);
  tape_free(&kept);
}

static void what_is_later_waits_until_it_may_come(void **state) {
  input_tape kept = {.count = 0};
  neap_inputs *inputs = recording(&kept);
  (void)state;
  for (int i = 0; i < 3; i++) {
    now_at = 2000 + i * 1000;
    neap_inputs_note(inputs, NEAP_INPUT_MESSAGE, 4, (const char *[]){"a", "b", "c"}[i], 1);
  }
  now_at = 5000;
  neap_inputs_note(inputs, NEAP_INPUT_TURN, 0, NULL, 0);
  now_at = 6000;
  neap_inputs_note(inputs, NEAP_INPUT_MESSAGE, 4, "d", 1);
  neap_inputs_free(inputs);

  inputs = tape_play(&kept);
  heard all = {.inputs = inputs};
  neap_input_source four = {.number = 4, .self = &all, .take = hear};
  neap_inputs_add(inputs, &four);
  neap_inputs_hold(inputs, 3000);
  assert_false(neap_inputs_turn(inputs));
  assert_true(neap_inputs_is_held(inputs));
  assert_string_equal(all.words, "message:a@2000 message:b@3000 ");
  neap_inputs_hold(inputs, 4999);
  assert_false(neap_inputs_turn(inputs));
  assert_true(neap_inputs_is_held(inputs));
  assert_string_equal(all.words, "message:a@2000 message:b@3000 message:c@4000 ");
  assert_int_equal(neap_inputs_now(inputs), 4000);
  neap_inputs_hold(inputs, INT64_MAX);
  assert_true(neap_inputs_turn(inputs));
  assert_int_equal(neap_inputs_now(inputs), 5000);
  assert_false(neap_inputs_is_held(inputs));
  neap_inputs_free(inputs);
  tape_free(&kept);
}

static void an_input_is_from_its_own_moment_on(void **state) {
  const neap_input came = {.kind = NEAP_INPUT_MESSAGE, .time = 5}, within = {NEAP_INPUT_MESSAGE, true, .time = 5},
                   asked = {.kind = NEAP_INPUT_ASKED, .time = 5};
  (void)state;
  assert_true(neap_input_is_from(&came, 5));
  assert_false(neap_input_is_from(&came, 6));
  assert_false(neap_input_is_from(&within, 5));
  assert_false(neap_input_is_from(&asked, 5));
}

/* Without a word of those that stopped scripts meanwhile, however many they were. */
static void what_is_skipped_is_told_to_nobody(void **state) {
  input_tape kept = {.count = 0};
  neap_inputs *inputs = recording(&kept);
  (void)state;
  for (uint64_t i = 0; i < 10; i++) {
    neap_inputs_note(inputs, NEAP_INPUT_TURN, 0, NULL, 0);
    for (uint32_t cell = 1; cell <= 3; cell++)
      neap_inputs_note_stop(inputs, cell, &(neap_input_stop){.call = i, .words = "x"});
  }
  neap_inputs_note(inputs, NEAP_INPUT_CALL, 0, "last", 4);
  neap_inputs_free(inputs);
  inputs = tape_play(&kept);
  for (int i = 0; i < 10; i++) neap_inputs_skip(inputs);
  assert_int_equal(neap_inputs_peek(inputs)->kind, NEAP_INPUT_CALL);
  assert_null(neap_inputs_difference(inputs, NULL));
  neap_inputs_free(inputs);
  tape_free(&kept);
}

static void who_asks_for_something_else_differs(void **state) {
  uint64_t at = 0;
  input_tape kept = {.count = 0};
  neap_inputs *inputs = recording(&kept);
  (void)state;
  neap_inputs_note(inputs, NEAP_INPUT_TURN, 0, NULL, 0);
  neap_inputs_note(inputs, NEAP_INPUT_ASKED, 1, "GET /a", 6);
  neap_inputs_note(inputs, NEAP_INPUT_ASKED, 2, "GET /b", 6);
  neap_inputs_free(inputs);
  inputs = tape_play(&kept);
  assert_true(neap_inputs_turn(inputs));
  assert_int_equal(neap_inputs_expect(inputs, NEAP_INPUT_ASKED, 1, "GET /a", 6, NULL), NEAP_OK);
  assert_int_equal(neap_inputs_expect(inputs, NEAP_INPUT_ASKED, 2, "GET /c", 6, NULL), NEAP_END);
  assert_string_equal(neap_inputs_difference(inputs, &at), "request: recorded GET /b, in the replay GET /c");
  assert_int_equal(at, 3); /* a WALL is noted with the first */
  assert_null(neap_inputs_peek(inputs));
  neap_inputs_free(inputs);
  tape_free(&kept);
}

static void a_failure_is_met_again(void **state) {
  input_tape kept = {.count = 0};
  neap_fault why, met = {0};
  neap_inputs *inputs = recording(&kept);
  (void)state;
  neap_fail(&why, NEAP_REFUSED, "unread", "16 MB wait");
  neap_inputs_note_failure(inputs, NEAP_INPUT_SENT, 3, &why);
  neap_inputs_free(inputs);
  inputs = tape_play(&kept);
  assert_int_equal(neap_inputs_expect(inputs, NEAP_INPUT_SENT, 3, NULL, 0, &met), NEAP_REFUSED);
  assert_string_equal(met.code, "unread");
  assert_string_equal(met.message, "16 MB wait");
  neap_inputs_free(inputs);
  tape_free(&kept);
}

static void a_stop_is_found_by_its_call(void **state) {
  input_tape kept = {.count = 0};
  neap_input_stop found = {0};
  const neap_input_stop inner = {.call = 9, .touches = 0, .words = "policy.lua:1: stopped"},
                        outer = {.call = 70, .touches = 3, .words = "a.lua:12: stopped: over it"};
  neap_inputs *inputs = recording(&kept);
  (void)state;
  neap_inputs_note(inputs, NEAP_INPUT_TURN, 0, NULL, 0);
  neap_inputs_note_stop(inputs, 1, &inner);
  neap_inputs_note_stop(inputs, 2, &outer);
  neap_inputs_note(inputs, NEAP_INPUT_TURN, 0, NULL, 0);
  neap_inputs_free(inputs);
  inputs = tape_play(&kept);
  assert_true(neap_inputs_turn(inputs));
  assert_false(neap_inputs_take_stop(inputs, 2, 69, &found));
  assert_true(neap_inputs_take_stop(inputs, 2, 70, &found));
  assert_int_equal(found.touches, 3);
  assert_string_equal(found.words, outer.words);
  assert_false(neap_inputs_take_stop(inputs, 2, 70, &found));
  assert_true(neap_inputs_take_stop(inputs, 1, 9, &found));
  assert_true(neap_inputs_turn(inputs));
  neap_inputs_free(inputs);
  tape_free(&kept);
}

/* Another process knows nothing of the numbers of the one before. */
static void a_life_ends_where_the_next_begins(void **state) {
  input_tape kept = {.count = 0};
  neap_inputs *inputs = recording(&kept);
  (void)state;
  neap_inputs_note(inputs, NEAP_INPUT_LIFE, 0, "{}", 2);
  neap_inputs_note(inputs, NEAP_INPUT_TURN, 0, NULL, 0);
  neap_inputs_note(inputs, NEAP_INPUT_LIFE, 0, "{}", 2);
  neap_inputs_free(inputs);
  inputs = tape_play(&kept);
  assert_int_equal(neap_inputs_peek(inputs)->kind, NEAP_INPUT_LIFE);
  neap_inputs_pass(inputs);
  assert_int_equal(neap_inputs_number(inputs), 1);
  assert_true(neap_inputs_turn(inputs));
  assert_false(neap_inputs_turn(inputs));
  assert_int_equal(neap_inputs_expect(inputs, NEAP_INPUT_ASKED, 2, "x", 1, NULL), NEAP_END);
  assert_null(neap_inputs_difference(inputs, NULL));
  neap_inputs_pass(inputs);
  assert_int_equal(neap_inputs_number(inputs), 1);
  neap_inputs_free(inputs);
  tape_free(&kept);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_moment_stands_until_the_next_input),
      cmocka_unit_test(the_machine_s_time_is_noted_where_it_was_set),
      cmocka_unit_test(what_came_comes_again_at_its_moment),
      cmocka_unit_test(what_is_later_waits_until_it_may_come),
      cmocka_unit_test(an_input_is_from_its_own_moment_on),
      cmocka_unit_test(what_is_skipped_is_told_to_nobody),
      cmocka_unit_test(who_asks_for_something_else_differs),
      cmocka_unit_test(a_failure_is_met_again),
      cmocka_unit_test(a_stop_is_found_by_its_call),
      cmocka_unit_test(a_life_ends_where_the_next_begins),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
