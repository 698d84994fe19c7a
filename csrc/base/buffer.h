/* SPDX-License-Identifier: MIT */
/* buffer: bytes that grow. The only growing byte array in the tree. */
#ifndef NEAP_BASE_BUFFER_H
#define NEAP_BASE_BUFFER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/fault.h"

typedef struct neap_buffer {
  unsigned char *data; /* owned; NULL while empty */
  size_t size, capacity;
  neap_status status; /* the first failure (NEAP_MEMORY) sticks: append freely, look once at the end */
} neap_buffer;

void neap_buffer_init(neap_buffer *buffer);
void neap_buffer_fini(neap_buffer *buffer);
void neap_buffer_clear(neap_buffer *buffer); /* keeps the memory; forgets a failure */
/* Room for `extra` more bytes, or NULL; the caller writes there and adds to size. */
static inline unsigned char *neap_buffer_reserve(neap_buffer *buffer, size_t extra);
void neap_buffer_append(neap_buffer *buffer, const void *bytes, size_t count);
void neap_buffer_append_text(neap_buffer *buffer, const char *text);
void neap_buffer_printf(neap_buffer *buffer, const char *format, ...) __attribute__((format(printf, 2, 3)));

unsigned char *neap_buffer_grow(neap_buffer *buffer, size_t extra); /* as _reserve, which there is no room for */

static inline unsigned char *neap_buffer_reserve(neap_buffer *buffer, size_t extra) {
  bool fits = buffer->status == NEAP_OK && buffer->data && extra <= buffer->capacity - buffer->size;
  return fits ? buffer->data + buffer->size : neap_buffer_grow(buffer, extra);
}

#endif
