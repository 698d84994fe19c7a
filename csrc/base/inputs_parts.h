/* SPDX-License-Identifier: MIT */
/* inputs_parts: the insides of inputs, for what notes them and what plays them. */
#ifndef NEAP_BASE_INPUTS_PARTS_H
#define NEAP_BASE_INPUTS_PARTS_H

#include "base/buffer.h"
#include "base/inputs.h"

enum { STOPS = 16, WORDS = 480 };

typedef struct inputs_loose inputs_loose;

typedef struct inputs_file {
  char *path; /* and behind its zero the text */
  size_t length;
  struct inputs_file *next;
} inputs_file;

/* The newest first. */
typedef struct inputs_files {
  inputs_file *recorded; /* in this life */
  inputs_file *own;      /* of the session that hears this recording; of each path one */
  bool are_new;          /* what is read next is read from the disk */
} inputs_files;

struct neap_inputs {
  neap_inputs_options options;
  int64_t now, ahead; /* ahead: what the machine's time is more than the monotonic one */
  bool knows_wall;
  uint64_t count;
  uint32_t last_number;
  unsigned depth; /* of ticks */
  neap_input_source *sources;
  neap_buffer scratch;
  /* when it plays */
  neap_input next;
  bool has_next, has_ended;
  int64_t hold; /* later than that nothing comes yet */
  neap_status damaged;
  neap_fault damage;
  struct {
    uint32_t number;
    neap_input_stop stop;
  } stops[STOPS]; /* that are ahead in the recording */
  unsigned stop_count;
  char difference[WORDS];
  uint64_t differs_at;
  bool is_loose;
  inputs_loose *loose; /* NULL: it is strict, and stays so */
};

/* Whether it has a moment of its own, unless it comes within a tick. */
static inline bool inputs_comes(neap_input_kind kind) { return kind <= NEAP_INPUT_ANSWER; }

/* Of the network: what goes to a source. */
static inline bool inputs_is_brought(neap_input_kind kind) {
  return kind >= NEAP_INPUT_OPENED && kind <= NEAP_INPUT_ANSWER;
}

/* What belongs to an input has that one's moment. */
static inline bool inputs_is_later(const neap_inputs *inputs, const neap_input *input) {
  return input->time > inputs->hold;
}

/* inputs_play.c */
const neap_input *inputs_peek_life(neap_inputs *inputs); /* NULL: nothing comes in this life */
neap_input_source *inputs_source(const neap_inputs *inputs, uint32_t number);
neap_status inputs_read_failure(const neap_input *input, neap_fault *fault);

/* inputs_loose.c */
neap_status inputs_loose_new(inputs_loose **out, neap_fault *fault);
void inputs_loose_free(inputs_loose *loose); /* NULL is accepted */
void inputs_loose_begin_life(inputs_loose *loose);
void inputs_loose_note(neap_inputs *inputs, const neap_input *input); /* what belongs to the input before it */
inputs_files *inputs_loose_files(inputs_loose *loose);
void inputs_loose_tick(neap_inputs *inputs, uint32_t socket);
bool inputs_loose_turn(neap_inputs *inputs);
neap_status inputs_loose_expect(neap_inputs *inputs, neap_input_kind kind, uint32_t number, neap_fault *fault);
neap_status inputs_loose_ask(neap_inputs *inputs, neap_input_kind kind, neap_input_source *source, const void *text,
                             size_t length, neap_fault *fault);

/* inputs_files.c */
void inputs_files_free(inputs_file **list);
void inputs_files_record(inputs_files *files, const neap_input *input); /* of other kinds: nothing */

#endif
