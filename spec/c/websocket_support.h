/* SPDX-License-Identifier: MIT */
/* websocket_support: one WebSocket client on a loop, and what it heard. */
#ifndef NEAP_SPEC_WEBSOCKET_SUPPORT_H
#define NEAP_SPEC_WEBSOCKET_SUPPORT_H

#include "base/buffer.h"
#include "net/websocket.h"
#include "session/loop.h"
#include "support.h"

enum { EAR_ROUNDS = 60000 };

typedef enum ear_moment { EAR_OPENED = 1, EAR_MESSAGE = 2, EAR_DRAINED = 4, EAR_ENDED = 8 } ear_moment;

typedef struct ear {
  neap_loop *loop;
  neap_websocket *socket; /* NULL: closed */
  neap_buffer log;        /* "+\n" "> text\n" (long ones: their size) ".\n" (drained) "- closed 1000 reason\n" */
  size_t opened, messages, drained, ended;
  size_t bytes; /* of the last message */
  neap_websocket_end how;
  int close_code;
  char code[48];
  unsigned closes_in;            /* moments in which it closes its socket */
  const char *says;              /* when it is open */
  void (*others)(void *context); /* what has its turn beside it */
  void *context;
} ear;

void ear_init(ear *self, neap_loop *loop);
void ear_fini(ear *self); /* closes the socket */
/* With a limit of 60 s for what the options leave open. The loop and the handlers are the ear's. */
void ear_open(ear *self, neap_websocket_options options);
void ear_turn(ear *self);
void ear_await(ear *self, const size_t *what, size_t number);
const char *ear_log(ear *self); /* and it is empty again: valid until the next turn */
void ear_send(ear *self, const char *text);

#endif
