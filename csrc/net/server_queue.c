/* SPDX-License-Identifier: MIT */
/* server_queue: a ring of held blocks. */
#include "net/server_queue.h"

#include <stdlib.h>
#include <string.h>

enum { FIRST_ROOM = 8 };

neap_server_text *server_bytes_new(size_t size) {
  if (size > SIZE_MAX - sizeof(neap_server_text)) return NULL;
  neap_server_text *text = malloc(sizeof *text + size);
  if (text) text->holders = 1, text->size = size;
  return text;
}

void neap_server_text_free(neap_server_text *text) {
  if (text && --text->holders == 0) free(text);
}

static neap_server_text **item(const server_queue *queue, size_t index) {
  return &queue->items[(queue->head + index) % queue->room];
}

void server_queue_shorten(server_queue *queue, size_t count) {
  while (queue->count > count) {
    neap_server_text *last = *item(queue, --queue->count);
    queue->bytes -= queue->count ? last->size : last->size - queue->gone;
    neap_server_text_free(last);
  }
  if (!queue->count) queue->gone = 0;
}

void server_queue_fini(server_queue *queue) {
  server_queue_shorten(queue, 0);
  free(queue->items);
  queue->items = NULL;
  queue->room = 0;
}

static neap_status grow(server_queue *queue) {
  size_t room = queue->room ? queue->room * 2 : FIRST_ROOM;
  neap_server_text **items = malloc(room * sizeof(neap_server_text *));
  if (!items) return NEAP_MEMORY;
  for (size_t i = 0; i < queue->count; i++) items[i] = *item(queue, i);
  free(queue->items);
  queue->items = items;
  queue->room = room;
  queue->head = 0;
  return NEAP_OK;
}

neap_status server_queue_add(server_queue *queue, neap_server_text *text) {
  if (queue->count == queue->room && grow(queue) != NEAP_OK) return NEAP_MEMORY;
  *item(queue, queue->count++) = text;
  text->holders++;
  queue->bytes += text->size;
  return NEAP_OK;
}

static size_t gather(const server_queue *queue, unsigned char *scratch, size_t room) {
  size_t count = 0, from = queue->gone;
  for (size_t i = 0; i < queue->count && count < room; i++, from = 0) {
    const neap_server_text *text = *item(queue, i);
    size_t part = text->size - from < room - count ? text->size - from : room - count;
    memcpy(scratch + count, text->data + from, part);
    count += part;
  }
  return count;
}

const unsigned char *server_queue_front(const server_queue *queue, unsigned char *scratch, size_t room, size_t *count) {
  const neap_server_text *first = *item(queue, 0);
  size_t left = first->size - queue->gone;
  if (left >= room || queue->count == 1) return *count = left, first->data + queue->gone;
  return *count = gather(queue, scratch, room), scratch;
}

void server_queue_written(server_queue *queue, size_t count) {
  queue->bytes -= count;
  queue->gone += count;
  while (queue->count && queue->gone >= (*item(queue, 0))->size) {
    queue->gone -= (*item(queue, 0))->size;
    neap_server_text_free(*item(queue, 0));
    queue->head = (queue->head + 1) % queue->room;
    queue->count--;
  }
}
