/* SPDX-License-Identifier: MIT */
/* inputs_parts: the insides of inputs, for what notes them and what plays them. */
#ifndef NEAP_BASE_INPUTS_PARTS_H
#define NEAP_BASE_INPUTS_PARTS_H

#include "base/buffer.h"
#include "base/inputs.h"

enum { STOPS = 16, WORDS = 480 };

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
};

/* Whether it has a moment of its own, unless it comes within a tick. */
static inline bool inputs_comes(neap_input_kind kind) { return kind <= NEAP_INPUT_ANSWER; }

#endif
