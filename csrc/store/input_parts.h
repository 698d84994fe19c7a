/* SPDX-License-Identifier: MIT */
/* input_parts: the layout of an input in a log, for who writes and who reads it. */
#ifndef NEAP_STORE_INPUT_PARTS_H
#define NEAP_STORE_INPUT_PARTS_H

#include <string.h>

#include "base/inputs.h"

enum { INPUT_HEAD = 24, INPUT_WITHIN = 1, INPUT_FAILED = 2, INPUT_PATH = 600 };
#define INPUT_LONGEST ((uint32_t)1 << 30)

static inline void input_put(unsigned char *out, uint64_t value, int bytes) {
  for (int i = 0; i < bytes; i++) out[i] = (unsigned char)(value >> (8 * i));
}

static inline uint64_t input_take(const unsigned char *bytes, int count) {
  uint64_t value = 0;
  for (int i = 0; i < count; i++) value |= (uint64_t)bytes[i] << (8 * i);
  return value;
}

static inline void input_head_write(const neap_input *input, unsigned char out[INPUT_HEAD]) {
  memset(out, 0, INPUT_HEAD);
  input_put(out, input->length + INPUT_HEAD, 4);
  input_put(out + 4, input->number, 4);
  input_put(out + 8, (uint64_t)input->time, 8);
  out[16] = (unsigned char)input->kind;
  out[17] = (unsigned char)((input->is_within ? INPUT_WITHIN : 0) | (input->has_failed ? INPUT_FAILED : 0));
}

/* False: no input begins so. Its text is not looked at. */
static inline bool input_head_read(const unsigned char *bytes, neap_input *out) {
  uint64_t size = input_take(bytes, 4);
  *out = (neap_input){.kind = (neap_input_kind)bytes[16],
                      .is_within = bytes[17] & INPUT_WITHIN,
                      .has_failed = bytes[17] & INPUT_FAILED,
                      .number = (uint32_t)input_take(bytes + 4, 4),
                      .time = (int64_t)input_take(bytes + 8, 8),
                      .length = size - INPUT_HEAD};
  return size >= INPUT_HEAD && size <= INPUT_LONGEST && bytes[16] > 0 && bytes[16] < NEAP_INPUT_KINDS &&
         input_take(bytes + 18, 6) == 0;
}

#endif
