/* SPDX-License-Identifier: MIT */
/* server_connection: from phase to phase. */
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "base/text.h"
#include "net/server_parts.h"

enum {
  TLS_RECORD = 16384,
  READS_MOST = 4,        /* in a row, then others have their turn */
  OUT_MOST = 64 * 1024,  /* a client that does not read its answers gets no further ones */
  KEEP_MOST = 64 * 1024, /* larger buffers are given back */
  LINGER_MOST = 16 * 1024 * 1024
};
#define LINGER_NS (2 * NEAP_SECOND)

static void list(server_connection *connection) {
  neap_server *server = connection->server;
  connection->next = server->connections;
  if (connection->next) connection->next->before = connection;
  server->connections = connection;
  server->counts.connections++;
}

static void unlist(server_connection *connection) {
  neap_server *server = connection->server;
  if (connection->before)
    connection->before->next = connection->next;
  else
    server->connections = connection->next;
  if (connection->next) connection->next->before = connection->before;
  server->counts.connections--;
}

static void begin(server_connection *connection) {
  if (!connection->tls) {
    server_http_begin(connection);
    return;
  }
  connection->phase = SERVER_TLS;
  server_connection_until(connection, connection->server->limits.request_ns);
}

neap_status server_connection_new(neap_server *server, int fd, const char *peer) {
  server_connection *connection = calloc(1, sizeof *connection);
  SSL *tls = connection && server->tls ? server_tls_new(server, fd) : NULL;
  struct epoll_event event = {.events = EPOLLIN, .data.ptr = connection};
  if (!connection || (server->tls && !tls) || epoll_ctl(server->epoll, EPOLL_CTL_ADD, fd, &event) != 0) {
    SSL_free(tls);
    free(connection);
    close(fd);
    return NEAP_MEMORY;
  }
  connection->server = server, connection->fd = fd, connection->tls = tls;
  connection->armed = EPOLLIN, connection->call.connection = connection;
  neap_text_copy(connection->peer, sizeof connection->peer, peer);
  list(connection);
  begin(connection);
  return NEAP_OK;
}

void server_connection_free(server_connection *connection) {
  unlist(connection);
  server_stream_close(connection, NEAP_SERVER_FIN);
  server_queue_fini(&connection->out);
  neap_buffer_fini(&connection->in);
  neap_buffer_fini(&connection->head_text);
  neap_buffer_fini(&connection->body);
  server_socket_free(connection->socket);
  free(connection);
}

void server_connection_dirty(server_connection *connection) {
  if (connection->dirty) return;
  connection->dirty = true;
  connection->next_dirty = connection->server->dirty;
  connection->server->dirty = connection;
}

void server_connection_until(server_connection *connection, int64_t delay_ns) {
  neap_server *server = connection->server;
  int64_t now = neap_clock_now(server->clock);
  connection->deadline = delay_ns > SERVER_NEVER - now ? SERVER_NEVER : now + delay_ns;
  if (connection->deadline < server->sweep_at) server->sweep_at = connection->deadline;
}

void server_connection_die(server_connection *connection, neap_server_end end) {
  server_stream_close(connection, end);
  connection->phase = SERVER_DEAD;
  connection->deadline = SERVER_NEVER;
  server_connection_dirty(connection);
}

void server_connection_end(server_connection *connection, neap_server_end end) {
  if (connection->phase == SERVER_DEAD) return;
  connection->phase = SERVER_ENDING;
  connection->end = end;
  server_connection_until(connection, connection->server->limits.write_ns);
  server_connection_dirty(connection);
}

/* --- input -------------------------------------------------------------------------------------------------------- */

size_t server_connection_input(const server_connection *connection, const char **out) {
  *out = connection->in.data ? (const char *)connection->in.data + connection->taken : "";
  return connection->in.size - connection->taken;
}

static void give_back(neap_buffer *buffer) {
  if (buffer->capacity > KEEP_MOST)
    neap_buffer_fini(buffer), neap_buffer_init(buffer);
  else
    neap_buffer_clear(buffer);
}

void server_connection_took(server_connection *connection, size_t count) {
  connection->taken += count;
  connection->seen = 0;
  if (connection->taken < connection->in.size) return;
  give_back(&connection->in);
  connection->taken = 0;
}

static void make_compact(server_connection *connection) {
  neap_buffer *in = &connection->in;
  if (!connection->taken) return;
  memmove(in->data, in->data + connection->taken, in->size - connection->taken);
  in->size -= connection->taken;
  connection->taken = 0;
}

static void keep(server_connection *connection, const unsigned char *bytes, int count) {
  make_compact(connection);
  neap_buffer_append(&connection->in, bytes, (size_t)count);
  if (connection->in.status != NEAP_OK) server_connection_die(connection, NEAP_SERVER_RESET);
}

/* The client's end: what it sent before is still answered, if the answer comes at once. */
static void ended(server_connection *connection, int outcome) {
  connection->ended = true;
  if (outcome == SERVER_BROKEN || connection->phase == SERVER_SOCKET || connection->phase == SERVER_LINGERING)
    server_connection_die(connection, outcome == SERVER_BROKEN ? NEAP_SERVER_RESET : NEAP_SERVER_FIN);
}

static bool wants_input(const server_connection *connection) {
  if (connection->ended) return false;
  if (connection->phase == SERVER_SOCKET) return server_socket_reads(connection);
  return connection->phase == SERVER_LINGERING ||
         ((connection->phase == SERVER_HEAD || connection->phase == SERVER_BODY) && !connection->out.bytes);
}

/* What a lingering client still sends is thrown away, up to a limit. A read of less than a TLS record was the last:
 * what comes later makes the file ready again. */
static void read_on(server_connection *connection) {
  int count = TLS_RECORD;
  for (int i = 0; i < READS_MOST && count >= TLS_RECORD && wants_input(connection); i++) {
    count = server_stream_read(connection, connection->server->room, SERVER_READ_ROOM);
    if (count == SERVER_LATER) return;
    if (count <= 0) {
      ended(connection, count);
    } else if (connection->phase == SERVER_LINGERING) {
      connection->seen += (size_t)count;
      if (connection->seen > LINGER_MOST) server_connection_die(connection, NEAP_SERVER_RESET);
    } else {
      keep(connection, connection->server->room, count);
    }
  }
}

static void shake(server_connection *connection) {
  int done = server_stream_shake(connection);
  if (done == SERVER_BROKEN) server_connection_die(connection, NEAP_SERVER_FIN);
  if (done == 1) server_http_begin(connection);
}

void server_connection_ready(server_connection *connection, uint32_t what) {
  if (connection->phase == SERVER_DEAD) return;
  server_connection_dirty(connection);
  if (connection->phase == SERVER_TLS) shake(connection);
  if (wants_input(connection))
    read_on(connection);
  else if (what & (EPOLLERR | EPOLLHUP | EPOLLRDHUP))
    server_connection_die(connection, NEAP_SERVER_RESET);
}

/* --- settling ----------------------------------------------------------------------------------------------------- */

static bool take(server_connection *connection) {
  if (connection->phase == SERVER_SOCKET) return server_socket_take(connection);
  if (connection->phase != SERVER_HEAD && connection->phase != SERVER_BODY) return false;
  return connection->out.bytes < OUT_MOST && server_http_take(connection);
}

static void finish(server_connection *connection) {
  if (connection->end == NEAP_SERVER_RESET) {
    server_connection_die(connection, NEAP_SERVER_RESET);
    return;
  }
  server_stream_finish(connection);
  if (connection->ended) {
    server_connection_die(connection, NEAP_SERVER_FIN);
    return;
  }
  connection->phase = SERVER_LINGERING;
  connection->seen = 0;
  server_connection_until(connection, LINGER_NS);
}

static bool writes(const server_connection *connection) {
  if (!connection->out.bytes || connection->phase == SERVER_LINGERING || connection->phase == SERVER_DEAD) return false;
  return connection->phase != SERVER_SOCKET || server_socket_writes(connection);
}

/* Whether something left. An answer that makes no headway is given up; a socket has its queue's limit for that. */
static bool flush(server_connection *connection) {
  if (!writes(connection)) return false;
  int64_t written = server_stream_write(connection);
  if (written == SERVER_BROKEN)
    server_connection_die(connection, NEAP_SERVER_RESET);
  else if (connection->phase == SERVER_ENDING || connection->phase == SERVER_HEAD) {
    if (written) server_connection_until(connection, connection->server->limits.write_ns);
    if (connection->phase == SERVER_HEAD && !connection->out.bytes) server_http_begin(connection);
  }
  return written > 0;
}

static uint32_t wanted(const server_connection *connection) {
  if (connection->phase == SERVER_TLS) return connection->read_wants_write ? EPOLLOUT : EPOLLIN;
  uint32_t what = writes(connection) ? EPOLLOUT : 0;
  if (wants_input(connection)) what |= connection->read_wants_write ? EPOLLIN | EPOLLOUT : EPOLLIN;
  bool is_deaf = connection->phase == SERVER_SOCKET && !connection->ended && !server_socket_reads(connection);
  return connection->phase == SERVER_WAITING || is_deaf ? what | EPOLLRDHUP : what;
}

static void arm(server_connection *connection) {
  struct epoll_event event = {.events = wanted(connection), .data.ptr = connection};
  if (event.events == connection->armed) return;
  if (epoll_ctl(connection->server->epoll, EPOLL_CTL_MOD, connection->fd, &event) != 0)
    server_connection_die(connection, NEAP_SERVER_RESET);
  else
    connection->armed = event.events;
}

static void tell_end(server_connection *connection) {
  neap_server *server = connection->server;
  if (!connection->told) return;
  connection->told = false;
  if (connection->socket) {
    server->counts.sockets--;
    if (server->handlers.closed) server->handlers.closed(server->handlers.self, connection->socket);
  } else {
    server->counts.calls--;
    if (server->handlers.gone) server->handlers.gone(server->handlers.self, &connection->call);
  }
}

/* The client has ended and nothing it sent is left to be answered. */
static void after_end(server_connection *connection) {
  if (connection->phase == SERVER_WAITING) server_connection_die(connection, NEAP_SERVER_RESET);
  if (connection->phase == SERVER_HEAD || connection->phase == SERVER_BODY)
    server_connection_end(connection, NEAP_SERVER_FIN);
}

void server_connection_settle(server_connection *connection) {
  bool again = true;
  while (again && connection->phase != SERVER_DEAD) {
    again = take(connection);
    again |= flush(connection);
  }
  if (connection->ended) after_end(connection);
  if (connection->phase == SERVER_ENDING && !connection->out.bytes) finish(connection);
  if (connection->phase != SERVER_DEAD) arm(connection);
  if (connection->phase != SERVER_DEAD) return;
  tell_end(connection);
  if (!connection->dirty) server_connection_free(connection);
}

void server_connection_expire(server_connection *connection) {
  const char *in;
  connection->server->counts.timed_out++;
  if (connection->phase == SERVER_SOCKET)
    server_socket_expire(connection);
  else if (connection->phase == SERVER_BODY ||
           (connection->phase == SERVER_HEAD && !connection->out.bytes && server_connection_input(connection, &in)))
    server_http_refuse(connection, 408, "the request did not come whole in time");
  else if (connection->phase == SERVER_HEAD && !connection->out.bytes)
    server_connection_end(connection, NEAP_SERVER_FIN);
  else
    server_connection_die(connection, connection->phase == SERVER_TLS ? NEAP_SERVER_FIN : NEAP_SERVER_RESET);
}
