/* SPDX-License-Identifier: MIT */
/* control: the socket on which a running session takes orders from its owner: lines in, for each one line out, in
 * order; several clients. What a line says is the caller's matter. */
#ifndef NEAP_SESSION_CONTROL_H
#define NEAP_SESSION_CONTROL_H

#include "base/buffer.h"
#include "base/poller.h"

typedef struct neap_control neap_control;

enum {
  NEAP_CONTROL_LINE = 1 << 20,   /* bytes; a longer line is refused, and its client let go */
  NEAP_CONTROL_UNREAD = 4 << 20, /* of answers: a client that does not read them is let go */
  NEAP_CONTROL_CLIENTS = 16      /* one more: the one that was silent for longest is let go */
};

typedef struct neap_control_request {
  uint64_t client;
  const char *line; /* without its newline, ends with a zero byte; valid until the next call */
  size_t length;
  char who[64]; /* "user@pid", as the system says it */
} neap_control_request;

/* Listens at DIRECTORY/control.sock, for processes of this user (and root) only; the directory must be the user's own
 * and closed to others. A socket that nobody serves is replaced. The poller outlives it. */
neap_status neap_control_open(const neap_poller *poller, const char *directory, neap_control **out, neap_fault *fault);
/* A line that has come, from each client in turn; false: there is none. */
bool neap_control_next(neap_control *control, neap_control_request *out);
bool neap_control_is_waiting(const neap_control *control); /* next would give one */
/* `text` is without newlines. Of a client that has gone: nothing. */
void neap_control_answer(neap_control *control, uint64_t client, const char *text, size_t length);
void neap_control_close(neap_control *control); /* removes the socket; NULL is accepted */

/* The other side: one line there, one back, within `patience` ns. NEAP_NOT_FOUND "not_running": nobody serves it;
 * NEAP_IO. */
neap_status neap_control_ask(const char *directory, const char *line, size_t length, int64_t patience,
                             neap_buffer *answer, neap_fault *fault);
bool neap_control_is_served(const char *directory);

#endif
