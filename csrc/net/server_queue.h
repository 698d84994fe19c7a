/* SPDX-License-Identifier: MIT */
/* server_queue: what waits to be written to one connection, in order. */
#ifndef NEAP_NET_SERVER_QUEUE_H
#define NEAP_NET_SERVER_QUEUE_H

#include "net/server.h"

/* Bytes as they go on the wire, held by each queue they wait in. A frame to a client is not masked, so that one is the
 * same for all. */
struct neap_server_text {
  size_t holders, size;
  unsigned char data[];
};

neap_server_text *server_bytes_new(size_t size); /* one holder; NULL: no memory */

typedef struct server_queue {
  neap_server_text **items;
  size_t head, count, room;
  size_t gone;  /* bytes of the first that were written */
  size_t bytes; /* to be written, of all */
} server_queue;

void server_queue_fini(server_queue *queue);
neap_status server_queue_add(server_queue *queue, neap_server_text *text); /* holds it; NEAP_MEMORY */
void server_queue_shorten(server_queue *queue, size_t count);              /* to its first `count` items */
/* Up to `room` bytes from the front, in place when one item has enough, else gathered in `scratch`. */
const unsigned char *server_queue_front(const server_queue *queue, unsigned char *scratch, size_t room, size_t *count);
void server_queue_written(server_queue *queue, size_t count);

#endif
