/* SPDX-License-Identifier: MIT */
/* input_tape: inputs recorded in memory and played from there. */
#ifndef NEAP_SPEC_INPUT_TAPE_H
#define NEAP_SPEC_INPUT_TAPE_H

#include <stdlib.h>

#include "base/inputs.h"
#include "support.h"

enum { TAPE = 512 };

typedef struct input_tape {
  neap_input inputs[TAPE]; /* whose texts are copies */
  size_t count, at;
} input_tape;

static inline void tape_keep(void *self, const neap_input *input) {
  input_tape *tape = self;
  assert_true(tape->count < TAPE);
  neap_input *copy = &tape->inputs[tape->count++];
  *copy = *input;
  char *text = malloc(input->length + 1);
  if (input->length) memcpy(text, input->text, input->length);
  copy->text = text;
}

static inline neap_status tape_next(void *self, neap_input *out, neap_fault *fault) {
  input_tape *tape = self;
  (void)fault;
  if (tape->at == tape->count) return NEAP_END;
  *out = tape->inputs[tape->at++];
  return NEAP_OK;
}

static inline void tape_free(input_tape *tape) {
  for (size_t i = 0; i < tape->count; i++) free((void *)(uintptr_t)tape->inputs[i].text);
}

static inline neap_inputs *tape_record(input_tape *tape, int64_t (*now)(void), int64_t (*wall)(void)) {
  neap_inputs *made;
  const neap_inputs_options options = {.now = now, .wall = wall, .self = tape, .keep = tape_keep};
  assert_int_equal(neap_inputs_new(&options, &made, NULL), NEAP_OK);
  return made;
}

static inline neap_inputs *tape_play_with(input_tape *tape, neap_inputs_options options) {
  neap_inputs *made;
  options.self = tape;
  options.next = tape_next;
  tape->at = 0;
  assert_int_equal(neap_inputs_new(&options, &made, NULL), NEAP_OK);
  return made;
}

static inline neap_inputs *tape_play_as(input_tape *tape, bool is_loose) {
  return tape_play_with(tape, (neap_inputs_options){.is_loose = is_loose});
}

static inline neap_inputs *tape_play(input_tape *tape) { return tape_play_as(tape, false); }

#endif
