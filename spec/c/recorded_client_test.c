/* SPDX-License-Identifier: MIT */
/* recorded_client: a client whose answers were recorded from a real server gives the same replies when they are played,
 * tries, pauses and times with them, without a server; and what the recording has no answer to ends when it closes. */
#include <stdio.h>

#include "input_tape.h"
#include "scripted_venue.h"

enum { ROUNDS = 100000, PAUSE = 20 };

static const neap_coinbase_question reading = {
    .method = "GET", .path = "/api/v3/brokerage/accounts", .query = "limit=1", .repeat = NEAP_REPEAT_READ};
static const neap_coinbase_question other = {
    .method = "GET", .path = "/api/v3/brokerage/accounts", .query = "limit=2", .repeat = NEAP_REPEAT_READ};

typedef struct kept_replies {
  size_t count;
  neap_coinbase_reply replies[VENUE_HEARD];
  char bodies[VENUE_HEARD][256];
} kept_replies;

static void keep_replies(const scripted_venue *scene, kept_replies *out) {
  out->count = scene->heard_count;
  memcpy(out->replies, scene->heard, sizeof out->replies);
  memcpy(out->bodies, scene->bodies, sizeof out->bodies);
}

static void open_client(scripted_venue *scene, const scripted_answer *script, neap_inputs *inputs) {
  neap_coinbase_client_options options = scripted_options(scene);
  options.inputs = inputs;
  scripted_open(scene, script, &options);
}

/* Where nothing comes for some rounds, a pause of the client's is waited for: it passes. */
static void record_round(scripted_venue *scene, neap_inputs *inputs, unsigned *quiet) {
  size_t came = scene->came_count;
  assert_int_equal(neap_server_step(scene->server, 0, NULL), NEAP_OK);
  neap_loop_turn(scene->loop, neap_loop_now() + 200000);
  int64_t left = neap_coinbase_client_next(scene->client) - scripted_now();
  if (scene->came_count != came) *quiet = 0;
  if (++*quiet > PAUSE && left > 0 && left < 30 * NEAP_SECOND) scripted_pass(left);
  neap_inputs_note(inputs, NEAP_INPUT_TURN, 0, NULL, 0);
  neap_coinbase_client_tick(scene->client);
}

static void record(input_tape *tape, const scripted_answer *script, size_t questions, size_t answers,
                   kept_replies *out) {
  scripted_venue scene;
  unsigned quiet = 0;
  neap_inputs *inputs = tape_record(tape, scripted_now, scripted_wall);
  open_client(&scene, script, inputs);
  for (size_t i = 0; i < questions; i++) {
    neap_inputs_note(inputs, NEAP_INPUT_CALL, 0, NULL, 0);
    scripted_ask(&scene, &reading);
  }
  for (int i = 0; i < ROUNDS && scene.heard_count < answers; i++) record_round(&scene, inputs, &quiet);
  assert_int_equal(scene.heard_count, answers);
  keep_replies(&scene, out);
  size_t count = tape->count; /* what its closing tells was never dealt with */
  scripted_close(&scene);
  while (tape->count > count) free((void *)(uintptr_t)tape->inputs[--tape->count].text);
  neap_inputs_free(inputs);
}

/* Makes the calls again as they come; `question` in the place of the one that was asked. */
static neap_inputs *play_as(input_tape *tape, bool is_loose, scripted_venue *scene,
                            const neap_coinbase_question *question) {
  neap_inputs *inputs = tape_play_as(tape, is_loose);
  open_client(scene, NULL, inputs);
  for (const neap_input *next = neap_inputs_peek(inputs); next; next = neap_inputs_peek(inputs)) {
    if (next->kind == NEAP_INPUT_CALL) {
      neap_inputs_pass(inputs);
      scripted_ask(scene, question);
    } else {
      if (!neap_inputs_turn(inputs)) break;
      neap_coinbase_client_tick(scene->client);
    }
  }
  return inputs;
}

static neap_inputs *play(input_tape *tape, scripted_venue *scene, const neap_coinbase_question *question) {
  return play_as(tape, false, scene, question);
}

static void expect_same(const scripted_venue *scene, const kept_replies *wanted) {
  assert_int_equal(scene->heard_count, wanted->count);
  for (size_t i = 0; i < wanted->count; i++) {
    const neap_coinbase_reply *found = &scene->heard[i], *reply = &wanted->replies[i];
    assert_int_equal(found->outcome, reply->outcome);
    assert_int_equal(found->status, reply->status);
    assert_int_equal(found->tries, reply->tries);
    assert_int_equal(found->took, reply->took);
    assert_string_equal(found->code, reply->code);
    assert_string_equal(found->message, reply->message);
    assert_string_equal(scene->bodies[i], wanted->bodies[i]);
  }
  assert_int_equal(scene->came_count, 0); /* no server was asked */
}

static void plays(const scripted_answer *script, size_t questions) {
  input_tape tape = {.count = 0};
  kept_replies wanted;
  scripted_venue scene;
  record(&tape, script, questions, questions, &wanted);
  neap_inputs *inputs = play(&tape, &scene, &reading);
  assert_null(neap_inputs_difference(inputs, NULL));
  expect_same(&scene, &wanted);
  scripted_close(&scene);
  neap_inputs_free(inputs);
  tape_free(&tape);
}

static void answers_are_the_same(void **state) {
  const scripted_answer script[] = {{.status = 200, .body = "{\"a\":1}"}, {.status = 404, .body = "{}"}, {0}};
  (void)state;
  plays(script, 5);
}

static void tries_and_pauses_are_the_same(void **state) {
  const scripted_answer script[] = {{.status = 503, .body = "{}"},
                                    {.status = 429, .body = "{}", .retry_after = "1"},
                                    {.status = 200, .end = SCRIPT_RESET},
                                    {.status = 200, .body = "{\"at\":\"last\"}"},
                                    {0}};
  (void)state;
  plays(script, 1);
}

static void another_request_is_told(void **state) {
  uint64_t at;
  input_tape tape = {.count = 0};
  kept_replies wanted;
  scripted_venue scene;
  (void)state;
  record(&tape, NULL, 1, 1, &wanted);
  neap_inputs *inputs = play(&tape, &scene, &other);
  const char *words = neap_inputs_difference(inputs, &at);
  assert_non_null(words);
  assert_non_null(strstr(words, "recorded GET /api/v3/brokerage/accounts?limit=1"));
  assert_non_null(strstr(words, "in the replay GET /api/v3/brokerage/accounts?limit=2"));
  assert_int_equal(scene.heard_count, 0);
  scripted_close(&scene);
  assert_int_equal(scene.heard_count, 1); /* in doubt: it has left, and nobody knows */
  assert_int_equal(scene.heard[0].outcome, NEAP_COINBASE_IN_DOUBT);
  neap_inputs_free(inputs);
  tape_free(&tape);
}

/* Where nothing differs, there is no network for it: it is tried again, and unreached. */
static void another_request_is_unreached_where_it_may_be(void **state) {
  input_tape tape = {.count = 0};
  kept_replies wanted;
  scripted_venue scene;
  (void)state;
  record(&tape, NULL, 1, 1, &wanted);
  const neap_input last = tape.inputs[tape.count - 1];
  for (int i = 1; i <= 60; i++) {
    neap_input turn = {.kind = NEAP_INPUT_TURN, .time = last.time + i * NEAP_SECOND, .text = ""};
    tape_keep(&tape, &turn);
  }
  neap_inputs *inputs = play_as(&tape, true, &scene, &other);
  assert_int_equal(scene.heard_count, 1);
  assert_int_equal(scene.heard[0].outcome, NEAP_COINBASE_UNREACHED);
  assert_string_equal(scene.heard[0].code, "unreachable");
  assert_in_range(scene.heard[0].tries, 2, 4);
  scripted_close(&scene);
  neap_inputs_free(inputs);
  tape_free(&tape);
}

static void what_was_under_way_ends_with_the_client(void **state) {
  const scripted_answer script[] = {{.status = 200, .body = "{}"}, {.status = 200, .end = SCRIPT_HANG}, {0}};
  input_tape tape = {.count = 0};
  kept_replies wanted;
  scripted_venue scene;
  (void)state;
  record(&tape, script, 2, 1, &wanted);
  neap_inputs *inputs = play(&tape, &scene, &reading);
  assert_null(neap_inputs_difference(inputs, NULL));
  assert_int_equal(scene.heard_count, 1);
  scripted_close(&scene);
  assert_int_equal(scene.heard_count, 2);
  assert_int_equal(scene.heard[1].outcome, NEAP_COINBASE_IN_DOUBT);
  neap_inputs_free(inputs);
  tape_free(&tape);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(answers_are_the_same),
      cmocka_unit_test(tries_and_pauses_are_the_same),
      cmocka_unit_test(another_request_is_told),
      cmocka_unit_test(another_request_is_unreached_where_it_may_be),
      cmocka_unit_test(what_was_under_way_ends_with_the_client),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
