/* SPDX-License-Identifier: MIT */
/* ring: a lock-free queue for one producer and one consumer. A message is its length and its bytes, padded to 8. One
 * that begins before the end of the block runs on into a second half that nothing else uses: it is always in one piece.
 */
#include "base/ring.h"

#include <stdalign.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { LINE = 64, HEAD = 8, SMALLEST = 64 };

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
  while (size < capacity && size <= SIZE_MAX / 8) size *= 2;
  if (size < capacity) return NULL;
  neap_ring *ring = aligned_alloc(LINE, sizeof *ring + 2 * size);
  if (!ring) return NULL;
  atomic_init(&ring->written, 0);
  atomic_init(&ring->read, 0);
  ring->seen_read = ring->seen_written = 0;
  ring->capacity = size;
  return ring;
}

void neap_ring_free(neap_ring *ring) { free(ring); }

static size_t padded(size_t count) { return HEAD + ((count + HEAD - 1) & ~(size_t)(HEAD - 1)); }

static unsigned char *place(neap_ring *ring, uint64_t position) {
  return ring->data + ((size_t)position & (ring->capacity - 1));
}

static bool has_room(neap_ring *ring, uint64_t written, size_t needed) {
  if (ring->capacity - (size_t)(written - ring->seen_read) >= needed) return true;
  ring->seen_read = atomic_load_explicit(&ring->read, memory_order_acquire);
  return ring->capacity - (size_t)(written - ring->seen_read) >= needed;
}

neap_status neap_ring_push(neap_ring *ring, const void *bytes, size_t count) {
  uint64_t written = atomic_load_explicit(&ring->written, memory_order_relaxed), length = count;
  if (count > ring->capacity - HEAD || !has_room(ring, written, padded(count))) return NEAP_RANGE;
  unsigned char *head = place(ring, written);
  memcpy(head, &length, HEAD);
  if (count > 0) memcpy(head + HEAD, bytes, count);
  atomic_store_explicit(&ring->written, written + padded(count), memory_order_release);
  return NEAP_OK;
}

neap_status neap_ring_peek(neap_ring *ring, const void **bytes, size_t *count) {
  uint64_t read = atomic_load_explicit(&ring->read, memory_order_relaxed), length;
  if (read == ring->seen_written) {
    ring->seen_written = atomic_load_explicit(&ring->written, memory_order_acquire);
    if (read == ring->seen_written) return NEAP_END;
  }
  unsigned char *head = place(ring, read);
  memcpy(&length, head, HEAD);
  *bytes = head + HEAD;
  *count = (size_t)length;
  return NEAP_OK;
}

void neap_ring_pop(neap_ring *ring) {
  const void *bytes;
  size_t count;
  if (neap_ring_peek(ring, &bytes, &count) != NEAP_OK) return;
  uint64_t read = atomic_load_explicit(&ring->read, memory_order_relaxed);
  atomic_store_explicit(&ring->read, read + padded(count), memory_order_release);
}
