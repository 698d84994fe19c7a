/* SPDX-License-Identifier: MIT */
/* ring: a bounded queue of byte messages in one block; one producer and one consumer, each in a thread of its own. */
#ifndef NEAP_BASE_RING_H
#define NEAP_BASE_RING_H

#include <stddef.h>

#include "base/fault.h"

typedef struct neap_ring neap_ring;

neap_ring *neap_ring_new(size_t capacity); /* bytes, rounded up to a power of two */
void neap_ring_free(neap_ring *ring);
/* NEAP_OK, or NEAP_RANGE when there is no room now: nothing is written (the caller decides what may be lost). */
neap_status neap_ring_push(neap_ring *ring, const void *bytes, size_t count);
/* The oldest message, in place, valid until pop; NEAP_END when empty. */
neap_status neap_ring_peek(neap_ring *ring, const void **bytes, size_t *count);
void neap_ring_pop(neap_ring *ring);

#endif
