/* SPDX-License-Identifier: MIT */
/* server_parts: what the parts of the server know of each other. A connection goes from phase to phase; API calls and
 * events change it and put it on the dirty list; a step settles what is dirty: takes input, tells handlers, writes,
 * ends, and says to epoll what it waits for. Only there are handlers called and connections freed. */
#ifndef NEAP_NET_SERVER_PARTS_H
#define NEAP_NET_SERVER_PARTS_H

#include <openssl/ssl.h>

#include "base/buffer.h"
#include "net/server.h"
#include "net/server_head.h"
#include "net/server_queue.h"

#define SERVER_NEVER INT64_MAX

enum {
  SERVER_READ_ROOM = 17 * 1024,  /* more than a TLS record: nothing stays behind in OpenSSL */
  SERVER_WRITE_ROOM = 16 * 1024, /* small messages are gathered into one record */
  SERVER_PEER_TEXT = 64
};

typedef struct server_timers {
  neap_server_timer **heap;
  size_t count, room;
  uint64_t set; /* so far: orders those of one time */
} server_timers;

typedef enum server_phase {
  SERVER_TLS,       /* shakes hands */
  SERVER_HEAD,      /* reads a head, or waits for one */
  SERVER_BODY,      /* reads its body */
  SERVER_WAITING,   /* was told; the answer is awaited, and the end of the connection */
  SERVER_SOCKET,    /* a WebSocket */
  SERVER_ENDING,    /* writes what is queued, then ends as `end` says */
  SERVER_LINGERING, /* has said FIN, and waits for the client's, so that a reset does not overtake what was written */
  SERVER_DEAD       /* the file is closed; to be told and freed */
} server_phase;

typedef struct server_connection server_connection;

struct neap_server_call {
  server_connection *connection;
  void *word;
};

struct server_connection {
  neap_server *server;
  server_connection *next, *before; /* all of the server's */
  server_connection *next_dirty;
  bool dirty, told; /* told: a call or a socket that the handlers know of */
  int fd;
  SSL *tls; /* NULL: plain */
  bool read_wants_write, ended /* the client's FIN was read */;
  server_phase phase;
  neap_server_end end;
  uint32_t armed;   /* what epoll waits for */
  int64_t deadline; /* SERVER_NEVER: none */
  server_queue out;
  neap_buffer in;
  size_t taken, seen; /* of `in`: done with; looked at for the end of a head */
  /* HTTP */
  neap_buffer head_text, body;
  server_head head;
  server_chunks chunks;
  neap_server_call call;
  /* WebSocket */
  neap_server_socket *socket;
  char peer[SERVER_PEER_TEXT];
};

struct neap_server {
  neap_server_handlers handlers;
  neap_server_limits limits;
  neap_clock own_clock, *clock;
  int epoll, listener, waker, spare; /* spare: given up to refuse a client when there are no files left */
  uint16_t port;
  SSL_CTX *tls;
  BIO_METHOD *bio;
  server_connection *connections, *dirty;
  server_timers timers;
  int64_t sweep_at; /* no deadline is before that */
  neap_server_counts counts;
  unsigned char room[SERVER_READ_ROOM], gathered[SERVER_WRITE_ROOM];
};

/* server_timer */
void server_timers_run(neap_server *server, int64_t now);
int64_t server_timers_next(const neap_server *server);
void server_timers_fini(neap_server *server);

/* server_listen: NEAP_INVALID, NEAP_REFUSED, NEAP_IO. */
neap_status server_listen(neap_server *server, const char *where, neap_fault *fault);
void server_accept(neap_server *server); /* all that wait */

/* server_tls */
neap_status server_tls_init(neap_server *server, const neap_server_options *options, neap_fault *fault);
void server_tls_fini(neap_server *server);
SSL *server_tls_new(neap_server *server, int fd); /* NULL: no memory */

/* server_stream: bytes of one connection. */
enum { SERVER_LATER = -1, SERVER_BROKEN = -2 };
int server_stream_shake(server_connection *connection);                     /* 1, SERVER_LATER, SERVER_BROKEN */
int server_stream_read(server_connection *connection, void *out, int room); /* bytes; 0: FIN; or as above */
/* Writes what the kernel takes of the queue. Bytes written, or SERVER_BROKEN. */
int64_t server_stream_write(server_connection *connection);
void server_stream_finish(server_connection *connection); /* the end of what we write */
void server_stream_close(server_connection *connection, neap_server_end end);

/* server_connection. `fd` is the server's from here on; NEAP_MEMORY. */
neap_status server_connection_new(neap_server *server, int fd, const char *peer);
void server_connection_free(server_connection *connection);
void server_connection_ready(server_connection *connection, uint32_t what);
void server_connection_settle(server_connection *connection);
void server_connection_expire(server_connection *connection);
void server_connection_dirty(server_connection *connection);
void server_connection_until(server_connection *connection, int64_t delay_ns); /* SERVER_NEVER: no deadline */
void server_connection_die(server_connection *connection, neap_server_end end);
void server_connection_end(server_connection *connection, neap_server_end end); /* after what is queued */
size_t server_connection_input(const server_connection *connection, const char **out);
void server_connection_took(server_connection *connection, size_t count);

/* server_http */
void server_http_begin(server_connection *connection); /* waits for a request */
bool server_http_take(server_connection *connection);  /* whether there was something to do */
void server_http_refuse(server_connection *connection, int status, const char *why);
void server_http_request(const server_connection *connection, neap_server_request *out);

/* server_reply: queues a whole answer, or its first `bytes` of body. NEAP_INVALID "bad_reply"; NEAP_MEMORY. */
neap_status server_reply_queue(server_connection *connection, const neap_server_reply *reply, size_t bytes,
                               neap_fault *fault);

/* server_socket, server_handshake */
bool server_handshake_asked(const server_connection *connection);
void server_handshake(server_connection *connection);
neap_status server_socket_new(server_connection *connection);
bool server_socket_take(server_connection *connection);
void server_socket_expire(server_connection *connection);
bool server_socket_reads(const server_connection *connection);
bool server_socket_writes(const server_connection *connection);
void server_socket_leave(server_connection *connection); /* close 1001, as far as the kernel takes it */
void server_socket_free(neap_server_socket *socket);

#endif
