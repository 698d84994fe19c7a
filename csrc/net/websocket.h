/* SPDX-License-Identifier: MIT */
/* websocket: a WebSocket client over TLS on the caller's loop: libcurl connects (one configuration of TLS, proxy and
 * time limits for REST and feed), the handshake is ours, wslay reads frames. TLS is always verified. One thread;
 * handlers are called from within the poller and neap_websocket_tick. */
#ifndef NEAP_NET_WEBSOCKET_H
#define NEAP_NET_WEBSOCKET_H

#include <stdint.h>

#include "base/poller.h"

typedef struct neap_websocket neap_websocket;

typedef enum neap_websocket_end {
  NEAP_WEBSOCKET_FAILED, /* it never opened: "resolve" "connect" "tls" "timeout" "reset"; "refused": the server gave
                          * another answer, whose HTTP status is in the place of the close code (else it is 0);
                          * "bad_handshake": what it answered is no WebSocket's handshake */
  NEAP_WEBSOCKET_CLOSED, /* the server closed: "closed" with its close code (1005: it gave none) and its reason; 1006
                          * without a close frame: "cut", "reset", "unread" */
  NEAP_WEBSOCKET_BROKEN  /* a frame that may not be: "protocol" 1002, "binary" 1003, "not_utf8" 1007, "too_large" 1009;
                          * "no_memory" 1011. The server was told the code */
} neap_websocket_end;

/* Any may be NULL. */
typedef struct neap_websocket_handlers {
  void *context;
  void (*opened)(void *context);
  /* A whole text message in UTF-8; NEAP_WEBSOCKET_PADDING zeros behind it may be read (simdjson wants that). */
  void (*message)(void *context, const char *text, size_t length);
  /* All that had come was told: nothing more can be read without waiting. Called after messages only. */
  void (*drained)(void *context);
  /* Heard once; nothing follows. The socket may be closed from within, and has to be at some time. */
  void (*ended)(void *context, neap_websocket_end end, int close_code, const char *code, const char *message);
} neap_websocket_handlers;

typedef struct neap_websocket_options {
  const char *url;         /* "wss://advanced-trade-ws.coinbase.com"; ws only to loopback addresses */
  const char *authorities; /* a PEM file to trust instead of the system's; NULL: the system's */
  const char *user_agent;  /* NULL: none */
  const neap_poller *poller;
  int64_t (*now)(void); /* monotonic ns */
  int64_t connect_ns;   /* until it is open; 0: 10 s */
  size_t message_bytes; /* the most that a message may have; 0: 32 MB */
  const char *header;   /* one more header line of the handshake ("x-cb-retry-counter: 1"); NULL: none */
} neap_websocket_options;

enum { NEAP_WEBSOCKET_PADDING = 64 };

/* Begins to connect. NEAP_INVALID "bad_url", "bad_header" (also a user agent); NEAP_REFUSED "not_safe"; NEAP_MEMORY.
 * Texts and handlers are copied; no handler is called before this returns. */
neap_status neap_websocket_open(const neap_websocket_options *options, const neap_websocket_handlers *handlers,
                                neap_websocket **out, neap_fault *fault);
/* One text message in UTF-8, which is not looked at; header and payload leave in one write. NEAP_STOPPED: it is not
 * open; NEAP_REFUSED "unread": 16 MB wait, because the server does not read; NEAP_MEMORY. Nothing was sent then. */
neap_status neap_websocket_send(neap_websocket *socket, const char *text, size_t length, neap_fault *fault);
/* Closes it (1000) as far as the kernel takes that, without waiting; `ended` is not called. NULL is accepted. Also from
 * within a handler. */
void neap_websocket_close(neap_websocket *socket);
int64_t neap_websocket_next(const neap_websocket *socket); /* when tick is to be called at the latest; INT64_MAX */
void neap_websocket_tick(neap_websocket *socket);          /* may be called at any time; of no effect from a handler */

#endif
