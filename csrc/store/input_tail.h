/* SPDX-License-Identifier: MIT */
/* input_tail: the newest bytes of a run, in a file that is mapped: what was put there outlives the process without a
 * call of the system, however it dies; not the machine's power. One thread puts, another one takes. */
#ifndef NEAP_STORE_INPUT_TAIL_H
#define NEAP_STORE_INPUT_TAIL_H

#include <stdint.h>

#include "base/buffer.h"

typedef struct neap_input_tail neap_input_tail;

enum { NEAP_INPUT_TAIL = 4 << 20 }; /* bytes that it holds */

/* What an earlier process of this boot of the machine left in the file, from `offset` of the run on, into `out`. A tail
 * of an earlier boot, or none, has nothing. *fresh: where in the run that process began. */
neap_status neap_input_tail_left(const char *path, uint64_t offset, neap_buffer *out, uint64_t *fresh,
                                 neap_fault *fault);
/* Makes it anew, all of its blocks allocated; the run begins at `offset`. NEAP_IO "disk_full", "cannot_record". */
neap_status neap_input_tail_open(const char *path, uint64_t offset, neap_input_tail **out, neap_fault *fault);
/* Of `count` bytes as many as there is room for, which are returned. */
size_t neap_input_tail_put(neap_input_tail *tail, const void *bytes, size_t count);
/* Only now what was put is there. */
void neap_input_tail_publish(neap_input_tail *tail);
uint64_t neap_input_tail_written(const neap_input_tail *tail); /* published, of the run; any thread */
uint64_t neap_input_tail_taken(const neap_input_tail *tail);
/* Up to `count` published bytes behind what was taken, copied. */
size_t neap_input_tail_peek(const neap_input_tail *tail, void *out, size_t count);
void neap_input_tail_take(neap_input_tail *tail, size_t count);
/* `remove`: nothing is left in it. NULL is accepted. */
void neap_input_tail_close(neap_input_tail *tail, bool remove);

#endif
