/* SPDX-License-Identifier: MIT */
/* server_support: a real server on a simulated clock, and real clients of it, in one thread. Nothing is waited for by
 * time: a client awaits bytes or an end, and the server steps until they are there. */
#ifndef NEAP_SPEC_SERVER_SUPPORT_H
#define NEAP_SPEC_SERVER_SUPPORT_H

#include <openssl/ssl.h>
#include <stdbool.h>

#include "base/buffer.h"
#include "net/server.h"
#include "support.h"

enum { STAGE_CALLS = 64, STAGE_SOCKETS = 64 };

typedef struct server_stage {
  neap_server *server;
  neap_clock clock;
  SSL_CTX *tls; /* the clients'; NULL: plain */
  bool holds;   /* calls are kept, not answered; else answered with what was asked */
  bool refuses; /* handshakes */
  bool echoes;  /* messages */
  neap_server_call *calls[STAGE_CALLS];
  neap_server_socket *sockets[STAGE_SOCKETS];
  size_t call_count, socket_count, gone, closed;
  neap_buffer log;                                /* "GET /a?b [body]\n" of each request, "> text\n" of each message */
  void (*on_request)(struct server_stage *stage); /* with the call kept */
  void (*on_message)(struct server_stage *stage, neap_server_socket *socket);
} server_stage;

typedef struct server_client {
  server_stage *stage;
  int fd;
  SSL *tls;
  neap_buffer in;
  bool ended, reset;
  bool cannot_send; /* it was tried, after the server had closed its file */
} server_client;

typedef struct server_identity {
  char certificate[2048], key[1024]; /* PEM */
} server_identity;

void server_identity_make(server_identity *out); /* for 127.0.0.1 */

/* `limits` and `identity` may be NULL: the usual ones; no TLS. */
void server_stage_open(server_stage *stage, const neap_server_limits *limits, const server_identity *identity);
void server_stage_close(server_stage *stage);
void server_stage_turn(server_stage *stage);             /* a round */
void server_stage_pass(server_stage *stage, int64_t ns); /* time passes, and what is due happens */
const char *server_stage_log(server_stage *stage);       /* and it is empty again: valid until the next message */
/* Rounds until the number is that. */
void server_stage_await(server_stage *stage, const size_t *what, size_t number);
neap_server_counts server_stage_counts(const server_stage *stage);

/* 200 to the call of that index, which is then none that is kept. */
void server_stage_answer(server_stage *stage, size_t index, const char *body);

#define GET(path) "GET " path " HTTP/1.1\r\nHost: x\r\n\r\n"

void client_connect(server_client *client, server_stage *stage); /* with TLS where the stage has it */
void client_connect_raw(server_client *client, server_stage *stage, int receive_room /* 0: the usual */);
void client_shake(server_client *client); /* TLS, after client_connect_raw */
void client_send(server_client *client, const void *bytes, size_t count);
void client_say(server_client *client, const char *text);
/* Until the bytes that came hold the text, which they must before the end; they are told from their beginning. */
const char *client_await(server_client *client, const char *text);
void client_await_bytes(server_client *client, size_t count);
void client_take_bytes(server_client *client, size_t count); /* reads no more than that, and forgets them */
void client_await_end(server_client *client);                /* FIN or reset */
void client_forget(server_client *client);                   /* what came so far */
void client_leave(server_client *client);                    /* FIN, and the file is closed */
void client_leave_hard(server_client *client);               /* reset */

/* A stage and a client of it, which leaves before the stage closes. */
typedef struct server_pair {
  server_stage stage;
  server_client client;
} server_pair;

void server_pair_open(server_pair *pair, const neap_server_limits *limits, const server_identity *identity);
void server_pair_close(server_pair *pair);
/* On a connection of its own: what is sent, what must come, and whether the connection then ends or serves on. */
void client_exchange(server_stage *stage, const char *sent, const char *expected, bool ends);

/* WebSocket: a handshake to the end, a frame as a client masks it. */
void client_upgrade(server_client *client, const char *path);
void client_frame(server_client *client, unsigned first, const void *payload, size_t length);
size_t frame_make(unsigned char *out, unsigned first, const void *payload, size_t length); /* length + 14 bytes */

#endif
