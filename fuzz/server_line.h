/* SPDX-License-Identifier: MIT */
/* server_line: bytes into a real server by a pair of sockets, in pieces, and what it was told of them. */
#ifndef NEAP_FUZZ_SERVER_LINE_H
#define NEAP_FUZZ_SERVER_LINE_H

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/server_parts.h"

typedef struct server_line {
  neap_server *server;
  neap_clock clock;
  neap_buffer log; /* what the handlers heard */
} server_line;

static inline void must(bool truth) {
  if (!truth) abort();
}

static inline void line_open(server_line *self, const neap_server_handlers *handlers) {
  const neap_server_limits limits = {.header_bytes = 512, .body_bytes = 1024, .message_bytes = 512};
  self->clock = neap_clock_simulated(NEAP_SECOND);
  neap_buffer_init(&self->log);
  const neap_server_options options = {.listen = "127.0.0.1:0", .limits = limits, .clock = &self->clock};
  must(neap_server_open(&options, handlers, &self->server, NULL) == NEAP_OK);
}

static inline void line_close(server_line *self) {
  neap_server_close(self->server);
  neap_buffer_fini(&self->log);
}

/* What the server writes is read and forgotten, so that it is never in its own way. */
static inline void line_turn(server_line *self, int fd) {
  char bytes[4096];
  for (int i = 0; i < 2; i++) {
    must(neap_server_step(self->server, 0, NULL) == NEAP_OK);
    while (recv(fd, bytes, sizeof bytes, MSG_DONTWAIT) > 0) continue;
  }
}

static inline void line_pieces(server_line *self, int fd, const uint8_t *data, size_t size, size_t piece) {
  for (size_t at = 0; at < size; at += piece) {
    size_t length = size - at < piece ? size - at : piece;
    if (send(fd, data + at, length, MSG_NOSIGNAL | MSG_DONTWAIT) < 0) return;
    line_turn(self, fd);
  }
}

/* A client who says `start` in one piece, then the data in pieces, and leaves. */
static inline void line_run(server_line *self, const char *start, const uint8_t *data, size_t size, size_t piece) {
  int ends[2];
  neap_server_counts counts;
  neap_buffer_clear(&self->log);
  must(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends) == 0);
  must(server_connection_new(self->server, ends[1], "fuzz") == NEAP_OK);
  line_pieces(self, ends[0], (const uint8_t *)start, strlen(start), 4096);
  line_pieces(self, ends[0], data, size, piece);
  close(ends[0]);
  must(neap_server_step(self->server, 0, NULL) == NEAP_OK);
  must(neap_server_step(self->server, 0, NULL) == NEAP_OK);
  neap_server_counts_get(self->server, &counts);
  must(counts.connections == 0 && counts.calls == 0 && counts.sockets == 0);
}

static server_line only; /* the program's own, opened by its first bytes */

static inline void line_leave(void) { line_close(&only); }

/* The first byte says how long a piece is; the others come in one and in many, and the same must be told of them. The
 * handlers' `self` is &only. */
static inline void line_fuzz(const neap_server_handlers *handlers, const char *start, const uint8_t *data,
                             size_t size) {
  neap_buffer whole;
  if (size < 2) return;
  if (!only.server) line_open(&only, handlers), atexit(line_leave);
  line_run(&only, start, data + 1, size - 1, size);
  whole = only.log;
  neap_buffer_init(&only.log);
  line_run(&only, start, data + 1, size - 1, 1 + data[0] % 64u + size / 64);
  must(only.log.size == whole.size && (whole.size == 0 || memcmp(only.log.data, whole.data, whole.size) == 0));
  neap_buffer_fini(&whole);
}

#endif
