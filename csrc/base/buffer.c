/* SPDX-License-Identifier: MIT */
/* buffer: bytes that grow. */
#include "base/buffer.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST_CAPACITY = 64 };

void neap_buffer_init(neap_buffer *buffer) { *buffer = (neap_buffer){0}; }

void neap_buffer_fini(neap_buffer *buffer) {
  free(buffer->data);
  *buffer = (neap_buffer){0};
}

void neap_buffer_clear(neap_buffer *buffer) {
  buffer->size = 0;
  buffer->status = NEAP_OK;
}

static unsigned char *grow_to(neap_buffer *buffer, size_t needed) {
  size_t capacity = buffer->capacity ? buffer->capacity : FIRST_CAPACITY;
  while (capacity < needed && capacity <= SIZE_MAX / 2) capacity *= 2;
  unsigned char *data = capacity < needed ? NULL : realloc(buffer->data, capacity);
  if (!data) {
    buffer->status = NEAP_MEMORY;
    return NULL;
  }
  buffer->data = data;
  buffer->capacity = capacity;
  return data + buffer->size;
}

unsigned char *neap_buffer_grow(neap_buffer *buffer, size_t extra) {
  if (buffer->status != NEAP_OK) return NULL;
  return grow_to(buffer, extra > SIZE_MAX - buffer->size ? SIZE_MAX : buffer->size + extra);
}

void neap_buffer_append(neap_buffer *buffer, const void *bytes, size_t count) {
  if (count == 0) return;
  unsigned char *place = neap_buffer_reserve(buffer, count);
  if (!place) return;
  memcpy(place, bytes, count);
  buffer->size += count;
}

void neap_buffer_append_text(neap_buffer *buffer, const char *text) { neap_buffer_append(buffer, text, strlen(text)); }

void neap_buffer_printf(neap_buffer *buffer, const char *format, ...) {
  va_list arguments, again;
  va_start(arguments, format);
  va_copy(again, arguments);
  int length = vsnprintf(NULL, 0, format, arguments);
  va_end(arguments);
  unsigned char *place = length < 0 ? NULL : neap_buffer_reserve(buffer, (size_t)length + 1);
  if (place) {
    vsnprintf((char *)place, (size_t)length + 1, format, again);
    buffer->size += (size_t)length;
  }
  va_end(again);
}
