/* SPDX-License-Identifier: MIT */
/* recorded_socket: what is played is told once and in its order, also to who looks at what comes next, as a cell does
 * before each of its calls. */
#include <stdio.h>

#include "input_tape.h"
#include "net/recorded_socket.h"

#define URL "wss://127.0.0.1:1/"

static int64_t now_at;

static int64_t now(void) { return now_at += 1000; }

typedef struct listener {
  neap_inputs *inputs;
  char words[100];
} listener;

static void hear(listener *own, const char *word) {
  neap_inputs_peek(own->inputs);
  size_t length = strlen(own->words);
  snprintf(own->words + length, sizeof own->words - length, "%s ", word);
}

static void on_opened(void *context) { hear(context, "opened"); }
static void on_drained(void *context) { hear(context, "drained"); }

static void on_message(void *context, const char *text, size_t length) {
  char word[20];
  snprintf(word, sizeof word, "%.*s", (int)length, text);
  hear(context, word);
}

static void on_ended(void *context, neap_websocket_end end, int close_code, const char *code, const char *message) {
  (void)end, (void)close_code, (void)code, (void)message;
  hear(context, "ended");
}

static void record(input_tape *tape) {
  static const neap_input_kind kinds[] = {NEAP_INPUT_OPENED, NEAP_INPUT_MESSAGE, NEAP_INPUT_DRAINED, NEAP_INPUT_MESSAGE,
                                          NEAP_INPUT_ENDED};
  neap_inputs *inputs = tape_record(tape, now, now);
  uint32_t number = neap_inputs_number(inputs);
  neap_inputs_note(inputs, NEAP_INPUT_SOCKET, number, URL, sizeof URL - 1);
  for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) neap_inputs_note(inputs, kinds[i], number, "text", 4);
  neap_inputs_note(inputs, NEAP_INPUT_TURN, 0, NULL, 0);
  neap_inputs_free(inputs);
}

static void each_is_told_once(void **state) {
  input_tape tape = {.count = 0};
  neap_recorded_socket *socket;
  const neap_websocket_options options = {.url = URL};
  (void)state;
  record(&tape);
  listener own = {.inputs = tape_play(&tape)};
  const neap_websocket_handlers handlers = {
      .context = &own, .opened = on_opened, .message = on_message, .drained = on_drained, .ended = on_ended};
  assert_int_equal(neap_recorded_socket_open(&options, &handlers, own.inputs, &socket, NULL), NEAP_OK);
  assert_true(neap_inputs_turn(own.inputs));
  assert_string_equal(own.words, "opened text drained text ended ");
  assert_null(neap_inputs_difference(own.inputs, NULL));
  neap_recorded_socket_close(socket);
  neap_inputs_free(own.inputs);
  tape_free(&tape);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(each_is_told_once)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
