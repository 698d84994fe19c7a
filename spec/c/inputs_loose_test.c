/* SPDX-License-Identifier: MIT */
/* A recording that is played to another session: who asks for what was recorded gets its answer, whenever he asks;
 * what nobody asks for is passed over; nothing differs. */
#include <stdio.h>

#include "input_tape.h"

static int64_t now_at, wall_at;

static int64_t now(void) { return now_at; }
static int64_t wall(void) { return wall_at; }

typedef struct scene {
  input_tape tape;
  neap_inputs *inputs;
} scene;

static void begin(scene *made) {
  *made = (scene){.tape.count = 0};
  now_at = 1000, wall_at = INT64_C(5000000000000);
  made->inputs = tape_record(&made->tape, now, wall);
}

static void play(scene *made) {
  neap_inputs_free(made->inputs);
  made->inputs = tape_play_as(&made->tape, true);
}

static void end(scene *made) {
  assert_null(neap_inputs_difference(made->inputs, NULL));
  neap_inputs_free(made->inputs);
  tape_free(&made->tape);
}

static void note(scene *made, neap_input_kind kind, uint32_t number, const char *text) {
  neap_inputs_note(made->inputs, kind, number, text, text ? strlen(text) : 0);
}

static void turn(scene *made, int64_t at) {
  now_at = at;
  note(made, NEAP_INPUT_TURN, 0, NULL);
}

typedef struct asker {
  neap_input_source source;
  char heard[200];
} asker;

static void hear(void *self, const neap_input *input) {
  asker *own = self;
  size_t length = strlen(own->heard);
  snprintf(own->heard + length, sizeof own->heard - length, "%.*s ", (int)input->length, input->text);
}

static void ask(scene *made, neap_input_kind kind, asker *who, const char *text) {
  *who = (asker){.source = {.self = who, .take = hear}};
  neap_status status = neap_inputs_expect_source(made->inputs, kind, &who->source, text, strlen(text), NULL);
  assert_int_equal(status, NEAP_OK);
}

static void an_answer_goes_to_who_asked_the_same(void **state) {
  scene made;
  asker b, other;
  (void)state;
  begin(&made);
  turn(&made, 2000);
  note(&made, NEAP_INPUT_ASKED, 1, "GET /a");
  note(&made, NEAP_INPUT_ASKED, 2, "GET /b");
  note(&made, NEAP_INPUT_ANSWER, 1, "of a");
  note(&made, NEAP_INPUT_ANSWER, 2, "of b");
  turn(&made, 3000);
  play(&made);
  assert_true(neap_inputs_turn(made.inputs));
  ask(&made, NEAP_INPUT_ASKED, &other, "GET /c");
  ask(&made, NEAP_INPUT_ASKED, &b, "GET /b");
  assert_int_equal(b.source.number, 2);
  assert_true(neap_inputs_turn(made.inputs));
  assert_string_equal(b.heard, "of b ");
  assert_string_equal(other.heard, "");
  assert_int_equal(other.source.number, 0);
  end(&made);
}

static void who_asks_sooner_waits_until_it_was_asked(void **state) {
  scene made;
  asker a;
  (void)state;
  begin(&made);
  turn(&made, 2000);
  turn(&made, 3000);
  note(&made, NEAP_INPUT_ASKED, 7, "GET /a");
  turn(&made, 4000);
  note(&made, NEAP_INPUT_ANSWER, 7, "of a");
  turn(&made, 5000);
  play(&made);
  assert_true(neap_inputs_turn(made.inputs));
  ask(&made, NEAP_INPUT_ASKED, &a, "GET /a");
  assert_int_equal(a.source.number, 0);
  assert_true(neap_inputs_turn(made.inputs));
  assert_true(neap_inputs_turn(made.inputs));
  assert_int_equal(a.source.number, 7);
  assert_true(neap_inputs_turn(made.inputs));
  assert_string_equal(a.heard, "of a ");
  end(&made);
}

/* Up to half a minute: what is older says how things stood then. */
static void who_asks_later_gets_the_answer_that_came(void **state) {
  static const int64_t waits[] = {INT64_C(29000000000), INT64_C(31000000000)};
  for (int i = 0; i < 2; i++) {
    scene made;
    asker a;
    (void)state;
    begin(&made);
    turn(&made, 2000);
    note(&made, NEAP_INPUT_ASKED, 7, "GET /a");
    note(&made, NEAP_INPUT_ANSWER, 7, "of a");
    turn(&made, 3000);
    turn(&made, 3000 + waits[i]);
    play(&made);
    for (int k = 0; k < 3; k++) assert_true(neap_inputs_turn(made.inputs));
    ask(&made, NEAP_INPUT_ASKED, &a, "GET /a");
    assert_string_equal(a.heard, "");
    neap_inputs_play_tick(made.inputs, 0);
    assert_string_equal(a.heard, i == 0 ? "of a " : "");
    end(&made);
  }
}

/* Both have one address: the later one of a moment is the market's. */
static void a_socket_that_nobody_opened_is_not_heard(void **state) {
  scene made;
  asker market;
  (void)state;
  begin(&made);
  turn(&made, 2000);
  note(&made, NEAP_INPUT_SOCKET, 3, "ws://venue");
  note(&made, NEAP_INPUT_SOCKET, 4, "ws://venue");
  note(&made, NEAP_INPUT_MESSAGE, 3, "order");
  note(&made, NEAP_INPUT_MESSAGE, 4, "book");
  turn(&made, 3000);
  neap_inputs_tick_begin(made.inputs);
  note(&made, NEAP_INPUT_MESSAGE, 3, "fill");
  note(&made, NEAP_INPUT_MESSAGE, 4, "trade");
  neap_inputs_tick_end(made.inputs);
  turn(&made, 4000);
  play(&made);
  assert_true(neap_inputs_turn(made.inputs));
  ask(&made, NEAP_INPUT_SOCKET, &market, "ws://venue");
  assert_int_equal(market.source.number, 4);
  assert_true(neap_inputs_turn(made.inputs));
  neap_inputs_play_tick(made.inputs, 0);
  assert_string_equal(market.heard, "book ");
  neap_inputs_play_tick(made.inputs, 4);
  assert_string_equal(market.heard, "book trade ");
  assert_true(neap_inputs_turn(made.inputs));
  end(&made);
}

static void what_no_tick_took_comes_with_the_next_turn(void **state) {
  scene made;
  asker market;
  (void)state;
  begin(&made);
  turn(&made, 2000);
  note(&made, NEAP_INPUT_SOCKET, 4, "ws://venue");
  turn(&made, 3000);
  neap_inputs_tick_begin(made.inputs);
  note(&made, NEAP_INPUT_MESSAGE, 4, "book");
  note(&made, NEAP_INPUT_MESSAGE, 3, "fill");
  neap_inputs_tick_end(made.inputs);
  turn(&made, 4000);
  play(&made);
  assert_true(neap_inputs_turn(made.inputs));
  ask(&made, NEAP_INPUT_SOCKET, &market, "ws://venue");
  for (int i = 0; i < 2; i++) assert_true(neap_inputs_turn(made.inputs));
  assert_string_equal(market.heard, "book ");
  assert_null(neap_inputs_peek(made.inputs));
  end(&made);
}

static void a_failure_of_that_moment_is_met(void **state) {
  scene made;
  asker a = {.source = {.take = hear}};
  neap_fault why, met = {0};
  (void)state;
  begin(&made);
  turn(&made, 2000);
  neap_fail(&why, NEAP_IO, "connect", "nobody is there");
  neap_inputs_note_failure(made.inputs, NEAP_INPUT_SOCKET, 3, &why);
  neap_inputs_note_failure(made.inputs, NEAP_INPUT_SENT, 9, &why);
  turn(&made, 3000);
  play(&made);
  assert_true(neap_inputs_turn(made.inputs));
  assert_int_equal(neap_inputs_expect_source(made.inputs, NEAP_INPUT_SOCKET, &a.source, "ws://v", 6, &met), NEAP_IO);
  assert_string_equal(met.message, "nobody is there");
  assert_int_equal(neap_inputs_expect(made.inputs, NEAP_INPUT_SENT, 8, NULL, 0, NULL), NEAP_OK);
  assert_int_equal(neap_inputs_expect(made.inputs, NEAP_INPUT_SENT, 9, NULL, 0, NULL), NEAP_IO);
  end(&made);
}

static void a_file_is_what_it_was_when_it_was_last_read(void **state) {
  static const char first[] = "/x/a.lua\0one", second[] = "/x/a.lua\0two", other[] = "/x/b.lua\0three";
  scene made;
  const char *text;
  size_t length;
  (void)state;
  begin(&made);
  note(&made, NEAP_INPUT_LIFE, 0, "{}");
  neap_inputs_note(made.inputs, NEAP_INPUT_FILE, 1, first, sizeof first - 1);
  neap_inputs_note(made.inputs, NEAP_INPUT_FILE, 1, other, sizeof other - 1);
  neap_inputs_note(made.inputs, NEAP_INPUT_FILE, 1, second, sizeof second - 1);
  note(&made, NEAP_INPUT_LIFE, 0, "{}");
  play(&made);
  assert_int_equal(neap_inputs_peek(made.inputs)->kind, NEAP_INPUT_LIFE);
  neap_inputs_pass(made.inputs);
  assert_true(neap_inputs_find_file(made.inputs, "/x/a.lua", &text, &length));
  assert_int_equal(length, 3);
  assert_memory_equal(text, "two", 3);
  assert_false(neap_inputs_find_file(made.inputs, "/x/c.lua", &text, &length));
  assert_string_equal(neap_inputs_file_path(made.inputs, "b.lua"), "/x/b.lua");
  assert_null(neap_inputs_file_path(made.inputs, "c.lua"));
  assert_int_equal(neap_inputs_peek(made.inputs)->kind, NEAP_INPUT_LIFE);
  neap_inputs_pass(made.inputs);
  assert_false(neap_inputs_find_file(made.inputs, "/x/a.lua", &text, &length));
  end(&made);
}

/* Strict at first: what is asked has the numbers of the recording. */
static void what_plays_strictly_becomes_loose(void **state) {
  static const char file[] = "/x/a.lua\0one";
  scene made;
  asker early = {.source = {.number = 1, .self = &early, .take = hear}}, late;
  const char *text;
  size_t length;
  neap_input_stop stop = {.call = 4, .touches = 2};
  (void)state;
  begin(&made);
  note(&made, NEAP_INPUT_LIFE, 0, "{}");
  neap_inputs_note(made.inputs, NEAP_INPUT_FILE, 5, file, sizeof file - 1);
  note(&made, NEAP_INPUT_ASKED, 1, "GET /a");
  turn(&made, 2000);
  neap_inputs_note_stop(made.inputs, 9, &stop);
  note(&made, NEAP_INPUT_ASKED, 2, "GET /never");
  note(&made, NEAP_INPUT_ANSWER, 1, "of a");
  turn(&made, 3000);
  note(&made, NEAP_INPUT_ASKED, 3, "GET /b");
  note(&made, NEAP_INPUT_ANSWER, 3, "of b");
  turn(&made, 4000);
  neap_inputs_free(made.inputs);
  made.inputs = tape_play_with(&made.tape, (neap_inputs_options){.may_loosen = true});
  assert_int_equal(neap_inputs_peek(made.inputs)->kind, NEAP_INPUT_LIFE);
  neap_inputs_pass(made.inputs);
  assert_int_equal(neap_inputs_expect(made.inputs, NEAP_INPUT_FILE, 5, file, sizeof file - 1, NULL), NEAP_OK);
  assert_int_equal(neap_inputs_expect_source(made.inputs, NEAP_INPUT_ASKED, &early.source, "GET /a", 6, NULL), NEAP_OK);
  assert_true(neap_inputs_turn(made.inputs));
  assert_false(neap_inputs_is_loose(made.inputs));
  neap_inputs_peek(made.inputs); /* the stop is ahead */
  neap_inputs_loosen(made.inputs, true);
  assert_true(neap_inputs_is_loose(made.inputs));
  assert_false(neap_inputs_take_stop(made.inputs, 9, 4, &stop));
  assert_true(neap_inputs_find_file(made.inputs, "/x/a.lua", &text, &length));
  assert_memory_equal(text, "one", 3);
  assert_true(neap_inputs_turn(made.inputs)); /* though nobody asked what was asked */
  assert_string_equal(early.heard, "of a ");
  ask(&made, NEAP_INPUT_ASKED, &late, "GET /b");
  assert_true(neap_inputs_turn(made.inputs));
  assert_string_equal(late.heard, "of b ");
  end(&made);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(an_answer_goes_to_who_asked_the_same),
      cmocka_unit_test(who_asks_sooner_waits_until_it_was_asked),
      cmocka_unit_test(who_asks_later_gets_the_answer_that_came),
      cmocka_unit_test(a_socket_that_nobody_opened_is_not_heard),
      cmocka_unit_test(what_no_tick_took_comes_with_the_next_turn),
      cmocka_unit_test(a_failure_of_that_moment_is_met),
      cmocka_unit_test(a_file_is_what_it_was_when_it_was_last_read),
      cmocka_unit_test(what_plays_strictly_becomes_loose),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
