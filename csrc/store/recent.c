/* SPDX-License-Identifier: MIT */
/* recent: messages one behind the other, each in one piece; what does not fit before the block's end begins at its
 * start. */
#include "store/recent.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { LENGTH_SIZE = sizeof(uint32_t) };

neap_status neap_recent_init(neap_recent *recent, size_t capacity, neap_fault *fault) {
  *recent = (neap_recent){.block = malloc(capacity), .capacity = capacity, .end = capacity};
  if (!recent->block) return neap_fail(fault, NEAP_MEMORY, "no_memory", "no memory for %zu bytes of events", capacity);
  return NEAP_OK;
}

void neap_recent_fini(neap_recent *recent) {
  free(recent->block);
  *recent = (neap_recent){0};
}

static void forget_all(neap_recent *recent) {
  recent->head = recent->tail = recent->count = 0;
  recent->end = recent->capacity;
}

static size_t size_at(const neap_recent *recent, size_t at) {
  uint32_t size;
  memcpy(&size, recent->block + at, LENGTH_SIZE);
  return LENGTH_SIZE + size;
}

static void drop_oldest(neap_recent *recent) {
  recent->head += size_at(recent, recent->head);
  if (--recent->count == 0) {
    forget_all(recent);
  } else if (recent->head == recent->end) {
    recent->head = 0;
    recent->end = recent->capacity;
  }
}

static bool is_wrapped(const neap_recent *recent) { return recent->count > 0 && recent->tail <= recent->head; }

static void wrap(neap_recent *recent) {
  recent->end = recent->tail;
  recent->tail = 0;
}

/* Makes `size` bytes free behind the newest message, dropping old ones as needed. */
static void make_room(neap_recent *recent, size_t size) {
  for (;;) {
    size_t limit = is_wrapped(recent) ? recent->head : recent->capacity;
    if (limit - recent->tail >= size) return;
    if (is_wrapped(recent))
      drop_oldest(recent);
    else
      wrap(recent);
  }
}

void neap_recent_push(neap_recent *recent, const void *bytes, size_t count) {
  size_t size = LENGTH_SIZE + count;
  if (size > recent->capacity || count > UINT32_MAX) {
    forget_all(recent);
    return;
  }
  make_room(recent, size);
  uint32_t length = (uint32_t)count;
  memcpy(recent->block + recent->tail, &length, LENGTH_SIZE);
  memcpy(recent->block + recent->tail + LENGTH_SIZE, bytes, count);
  recent->tail += size;
  recent->count++;
}

void neap_recent_each(const neap_recent *recent, bool (*visit)(void *context, const unsigned char *bytes, size_t count),
                      void *context) {
  size_t at = recent->head;
  for (size_t i = 0; i < recent->count; i++) {
    if (at == recent->end) at = 0;
    size_t size = size_at(recent, at);
    if (!visit(context, recent->block + at + LENGTH_SIZE, size - LENGTH_SIZE)) return;
    at += size;
  }
}
