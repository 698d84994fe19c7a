/* SPDX-License-Identifier: MIT */
/* server: HTTP/1.1 and WebSocket on one loopback port, with TLS or without. One thread: all calls but neap_server_wake
 * come from the thread that steps, and handlers are called only from within neap_server_step and neap_server_close. */
#ifndef NEAP_NET_SERVER_H
#define NEAP_NET_SERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"

typedef struct neap_server neap_server;
typedef struct neap_server_call neap_server_call;     /* a request that waits for its answer */
typedef struct neap_server_socket neap_server_socket; /* a WebSocket */
typedef struct neap_server_text neap_server_text;     /* a message that several sockets share */
typedef struct neap_server_timer neap_server_timer;

/* Valid within the handler that gets it. Texts end with 0; what the client did not send is "". */
typedef struct neap_server_request {
  const char *method, *path, *query; /* path: as sent, without "?" and what follows, which is query */
  const char *authorization, *content_type, *user_agent, *sandbox /* X-Sandbox */;
  const char *body; /* whole, also of a GET; chunks are joined */
  size_t length;
  const char *peer;  /* "127.0.0.1:40112" */
  const void *lines; /* for neap_server_header */
} neap_server_request;

/* The value of the first header of that name, in any case; NULL: there is none. */
const char *neap_server_header(const neap_server_request *request, const char *name);

/* NULL members: nobody listens; a request is then answered 404, a handshake accepted. */
typedef struct neap_server_handlers {
  void *self;
  /* Now or later: answer, cut or drop, once. A client's next request is told when its last one is answered. */
  void (*request)(void *self, neap_server_call *call, const neap_server_request *request);
  /* The client left before it was answered, which saying FIN is: the call is no more when this returns. */
  void (*gone)(void *self, neap_server_call *call);
  /* A handshake; false: it is refused, 403. It may send at once. */
  bool (*opened)(void *self, neap_server_socket *socket, const neap_server_request *handshake);
  /* A whole text message in UTF-8; a 0 follows that is not counted. */
  void (*message)(void *self, neap_server_socket *socket, const char *text, size_t length);
  /* Whoever ended it; heard once for each that was opened. The socket is no more when this returns. */
  void (*closed)(void *self, neap_server_socket *socket);
} neap_server_handlers;

/* 0 in each: as said. */
typedef struct neap_server_limits {
  size_t header_bytes;  /* request line and headers: 16 K, then 431 */
  size_t body_bytes;    /* 1 M, then 413 */
  size_t message_bytes; /* a whole WebSocket message: 256 K, then close 1009 */
  size_t queued_bytes;  /* per socket, not yet with the kernel: 32 M, then the connection is reset */
  size_t connections;   /* 256; those above are closed at once */
  int64_t idle_ns;      /* a connection without a request: 60 s */
  int64_t request_ns;   /* TLS handshake and one request's head: 10 s, then 408; its body: as long again */
  int64_t write_ns;     /* an answer or a close of which nothing leaves: 20 s */
} neap_server_limits;

typedef struct neap_server_options {
  const char *listen;            /* "127.0.0.1:0", "[::1]:8443", "localhost:0"; port 0: a free one */
  const char *certificate, *key; /* PEM, copied; both NULL: no TLS */
  neap_server_limits limits;
  neap_clock *clock; /* by which limits and timers go; NULL: the system's. With a simulated one step with 0. */
} neap_server_options;

/* NEAP_INVALID "bad_address", "bad_certificate", "bad_key" (also of another certificate); NEAP_REFUSED "not_loopback";
 * NEAP_IO "listen"; NEAP_MEMORY. `handlers` is copied. */
neap_status neap_server_open(const neap_server_options *options, const neap_server_handlers *handlers,
                             neap_server **out, neap_fault *fault);
/* Sends sockets a close 1001 as far as the kernel takes it; all that is open is told gone or closed. NULL is
 * accepted. Not from within a handler. */
void neap_server_close(neap_server *server);
uint16_t neap_server_port(const neap_server *server);

/* One round: what is ready and due is done. Waits up to `timeout_ms` (−1: any time) for something to be. NEAP_IO. Not
 * from within a handler. */
neap_status neap_server_step(neap_server *server, int timeout_ms, neap_fault *fault);
/* The step under way, or the next one, does not wait. From any thread or signal handler. */
void neap_server_wake(neap_server *server);

/* Calls `due` once, from a step, `delay_ns` from now or later; timers of one time in the order they were set. NULL:
 * no memory. The handle ends with the call or with cancel, and all of them with the server. */
neap_server_timer *neap_server_at(neap_server *server, int64_t delay_ns, void (*due)(void *context), void *context);
void neap_server_cancel(neap_server_timer *timer);

typedef struct neap_server_counts {
  size_t connections, calls, sockets;    /* now; connections: all of them */
  uint64_t accepted, requests, messages; /* so far; requests: that were told */
  uint64_t refused, timed_out,
      overflown; /* refused: answered 4xx or 5xx without being told; sockets over their queue */
} neap_server_counts;
void neap_server_counts_get(const neap_server *server, neap_server_counts *out);

/* --- calls -------------------------------------------------------------------------------------------------------- */

typedef struct neap_server_line {
  const char *name, *value;
} neap_server_line;

/* Content-Length, Date and Connection are made; the rest is as given. */
typedef struct neap_server_reply {
  int status;                    /* 200 … 599 */
  const char *content_type;      /* NULL: none */
  const neap_server_line *lines; /* further headers */
  size_t line_count;
  const char *body; /* left out for HEAD, 204 and 304 */
  size_t length;
} neap_server_reply;

typedef enum neap_server_end {
  NEAP_SERVER_FIN,  /* TLS and TCP end as if all were well */
  NEAP_SERVER_RESET /* a TCP reset */
} neap_server_end;

/* Copies the reply. The call is no more, also when it fails: NEAP_INVALID "bad_reply" (a status or a header that may
 * not be sent; the client gets 500), NEAP_MEMORY (the connection is reset). */
neap_status neap_server_answer(neap_server_call *call, const neap_server_reply *reply, neap_fault *fault);
/* The same bytes again behind it: a client that takes them for the answer to its next request is a request ahead. */
neap_status neap_server_answer_twice(neap_server_call *call, const neap_server_reply *reply, neap_fault *fault);
/* Promises the whole body, sends its first `bytes`, and ends the connection so. */
neap_status neap_server_answer_cut(neap_server_call *call, const neap_server_reply *reply, size_t bytes,
                                   neap_server_end end, neap_fault *fault);
void neap_server_drop(neap_server_call *call, neap_server_end end); /* no answer at all */

/* A word of the user's own for a call or a socket; NULL at first. */
void neap_server_call_set(neap_server_call *call, void *word);
void *neap_server_call_get(const neap_server_call *call);

/* --- sockets ------------------------------------------------------------------------------------------------------ */

/* Queues one text message, which is not looked at: it is UTF-8. NEAP_STOPPED: the socket is closing and nothing was
 * queued; NEAP_REFUSED: its queue would pass the limit, so it is reset and `closed` follows; NEAP_MEMORY: as that. */
neap_status neap_server_send(neap_server_socket *socket, const char *text, size_t length);
/* The same message to many: copied once, kept for as long as a queue holds it. */
neap_server_text *neap_server_text_new(const char *text, size_t length); /* NULL: no memory */
void neap_server_text_free(neap_server_text *text);                      /* lets go; NULL is accepted */
neap_status neap_server_send_text(neap_server_socket *socket, neap_server_text *text);

size_t neap_server_queued(const neap_server_socket *socket); /* bytes that are not with the kernel */
/* After what is queued: a close frame with `code` (1000 … 4999) and a `reason` of up to 123 bytes, then FIN when the
 * client has answered or in good time. `closed` follows, from a step. */
void neap_server_close_socket(neap_server_socket *socket, int code, const char *reason);
/* TCP reset. What is queued is given to the kernel first as far as it takes it, and lies before the reset on the wire:
 * send, then abort is "data and reset together". A client's kernel may throw unread data away with the reset; with
 * NEAP_SERVER_FIN it reads them, and then an end without a close frame. `closed` follows, from a step. */
void neap_server_abort(neap_server_socket *socket, neap_server_end end);
/* Silent: nothing is read or written, pings are not answered, what is sent queues; that its client has left is
 * seen. From within `message`: of what was read already, up to 4 KB of further messages are still told. */
void neap_server_pause(neap_server_socket *socket, bool paused);
void neap_server_socket_set(neap_server_socket *socket, void *word);
void *neap_server_socket_get(const neap_server_socket *socket);
const char *neap_server_socket_peer(const neap_server_socket *socket); /* "127.0.0.1:40112" */

#endif
