/* SPDX-License-Identifier: MIT */
/* ring: a lock-free queue for one producer and one consumer. A message is its length and its bytes, padded to 8; one
 * that would cross the end of the block is preceded by a skip mark and starts over at the front, so that it is always
 * in one piece. */
#include "base/ring.h"

#include <stdalign.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { LINE = 64, HEAD = 8, SMALLEST = 64 };
#define SKIP UINT64_MAX

/* Positions count bytes for ever and are masked on use. Each side keeps its last view of the other's, so that a cache
 * line changes hands only when that view is used up. */
struct neap_ring {
  alignas(LINE) _Atomic uint64_t written;
  uint64_t seen_read; /* the producer's */
  alignas(LINE) _Atomic uint64_t read;
  uint64_t seen_written; /* the consumer's */
  alignas(LINE) size_t capacity;
  alignas(LINE) unsigned char data[];
};

neap_ring *neap_ring_new(size_t capacity) {
  size_t size = SMALLEST;
  while (size < capacity && size <= SIZE_MAX / 4) size *= 2;
  if (size < capacity) return NULL;
  neap_ring *ring = aligned_alloc(LINE, sizeof *ring + size);
  if (!ring) return NULL;
  atomic_init(&ring->written, 0);
  atomic_init(&ring->read, 0);
  ring->seen_read = ring->seen_written = 0;
  ring->capacity = size;
  return ring;
}

void neap_ring_free(neap_ring *ring) { free(ring); }

static bool has_room(neap_ring *ring, uint64_t written, size_t needed) {
  if (ring->capacity - (size_t)(written - ring->seen_read) >= needed) return true;
  ring->seen_read = atomic_load_explicit(&ring->read, memory_order_acquire);
  return ring->capacity - (size_t)(written - ring->seen_read) >= needed;
}

neap_status neap_ring_push(neap_ring *ring, const void *bytes, size_t count) {
  if (count > ring->capacity - HEAD) return NEAP_RANGE;
  size_t size = HEAD + ((count + HEAD - 1) & ~(size_t)(HEAD - 1));
  uint64_t written = atomic_load_explicit(&ring->written, memory_order_relaxed), length = count;
  size_t at = (size_t)written & (ring->capacity - 1), tail = ring->capacity - at;
  size_t skipped = size > tail ? tail : 0;
  if (!has_room(ring, written, skipped + size)) return NEAP_RANGE;
  if (skipped) {
    memcpy(ring->data + at, &(uint64_t){SKIP}, HEAD);
    at = 0;
  }
  memcpy(ring->data + at, &length, HEAD);
  if (count > 0) memcpy(ring->data + at + HEAD, bytes, count);
  atomic_store_explicit(&ring->written, written + skipped + size, memory_order_release);
  return NEAP_OK;
}

/* The head of the oldest message, past a skip mark. The caller knows that there is one. */
static unsigned char *oldest(neap_ring *ring, uint64_t *read, uint64_t *length) {
  unsigned char *head = ring->data + (*read & (ring->capacity - 1));
  memcpy(length, head, HEAD);
  if (*length != SKIP) return head;
  *read += ring->capacity - (*read & (ring->capacity - 1));
  memcpy(length, ring->data, HEAD);
  return ring->data;
}

neap_status neap_ring_peek(neap_ring *ring, const void **bytes, size_t *count) {
  uint64_t read = atomic_load_explicit(&ring->read, memory_order_relaxed), length;
  if (read == ring->seen_written) {
    ring->seen_written = atomic_load_explicit(&ring->written, memory_order_acquire);
    if (read == ring->seen_written) return NEAP_END;
  }
  *bytes = oldest(ring, &read, &length) + HEAD;
  *count = (size_t)length;
  return NEAP_OK;
}

void neap_ring_pop(neap_ring *ring) {
  uint64_t read = atomic_load_explicit(&ring->read, memory_order_relaxed), length;
  const void *bytes;
  size_t count;
  if (neap_ring_peek(ring, &bytes, &count) != NEAP_OK) return; /* nothing to pop */
  oldest(ring, &read, &length);
  uint64_t size = HEAD + ((length + HEAD - 1) & ~(uint64_t)(HEAD - 1));
  atomic_store_explicit(&ring->read, read + size, memory_order_release);
}
