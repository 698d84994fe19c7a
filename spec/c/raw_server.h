/* SPDX-License-Identifier: MIT */
/* raw_server: a server of plain WebSockets that says whatever it is told to, byte by byte where that is wanted. */
#ifndef NEAP_SPEC_RAW_SERVER_H
#define NEAP_SPEC_RAW_SERVER_H

#include "base/buffer.h"
#include "support.h"

typedef struct raw_server {
  int listener, fd; /* -1: nobody has come, or was left */
  char url[64];
  neap_buffer in; /* what the client said: its handshake, then frames */
  bool ended;     /* the client left */
} raw_server;

void raw_open(raw_server *self);
void raw_close(raw_server *self);
void raw_turn(raw_server *self);            /* takes a client, reads what there is */
bool raw_was_asked(const raw_server *self); /* the handshake is here */
/* The answer that a good server gives, up to and with its empty line. `extra`: further headers, each with its end. */
size_t raw_answer(const raw_server *self, char *out, size_t room, const char *extra);
void raw_say(raw_server *self, const void *bytes, size_t count);
void raw_leave(raw_server *self);
/* Takes the client's next frame out of what came, unmasked, and zero behind it; false: it is not whole. */
bool raw_frame(raw_server *self, unsigned *first, char *payload, size_t room, size_t *length);

#endif
