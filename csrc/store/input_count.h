/* SPDX-License-Identifier: MIT */
/* input_count: how many inputs the bytes of a log have, and where in them one begins: with that a reader can begin at
 * any segment. A segment's mark is the number of inputs before the first one that begins in it (0: not known, unless it
 * is the first segment); a block's flags have, from NEAP_SEGMENT_PLACE on, 1 more than the place at which the first one
 * begins in it (0: none does, or it is not known). */
#ifndef NEAP_STORE_INPUT_COUNT_H
#define NEAP_STORE_INPUT_COUNT_H

#include "store/input_parts.h"
#include "store/segment.h"

typedef struct input_count {
  uint64_t begun; /* inputs, so far */
  uint64_t left;  /* bytes of the newest one that are still to come */
  unsigned has;   /* bytes of its head that came, while that is not whole */
  unsigned char head[INPUT_HEAD];
  bool is_lost; /* what came is no log: nothing is counted any more */
} input_count;

/* Counts the block's bytes, and sets its mark and the place in its flags, which say already whether it is fresh. */
void input_count_block(input_count *count, neap_segment_block *block);
/* Of what lies in the directory's segments. */
void input_count_read(input_count *count, const char *directory);
/* Where in that block of a log the first input begins; its count: none does, or it is not known. */
size_t input_count_place(const neap_segment_block *block);

#endif
