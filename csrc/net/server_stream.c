/* SPDX-License-Identifier: MIT */
/* server_stream: reads and writes that do not wait, with TLS or without. */
#include <errno.h>
#include <openssl/err.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/server_parts.h"

enum { WRITE_MOST = 1 << 20 };

static int tls_outcome(server_connection *connection, int done, bool reads) {
  int why = SSL_get_error(connection->tls, done);
  if (reads) connection->read_wants_write = why == SSL_ERROR_WANT_WRITE;
  if (why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE) return SERVER_LATER;
  if (why == SSL_ERROR_ZERO_RETURN) return 0;
  ERR_clear_error();
  return SERVER_BROKEN;
}

int server_stream_shake(server_connection *connection) {
  ERR_clear_error();
  int done = SSL_do_handshake(connection->tls);
  if (done == 1) return connection->read_wants_write = false, 1;
  int outcome = tls_outcome(connection, done, true);
  return outcome == 0 ? SERVER_BROKEN : outcome;
}

static int plain_outcome(ssize_t done) {
  if (done >= 0) return (int)done;
  return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR ? SERVER_LATER : SERVER_BROKEN;
}

int server_stream_read(server_connection *connection, void *out, int room) {
  if (!connection->tls) return plain_outcome(recv(connection->fd, out, (size_t)room, 0));
  ERR_clear_error();
  int done = SSL_read(connection->tls, out, room);
  if (done > 0) return connection->read_wants_write = false, done;
  return tls_outcome(connection, done, true);
}

static int write_some(server_connection *connection, const unsigned char *bytes, size_t count) {
  if (count > WRITE_MOST) count = WRITE_MOST;
  if (!connection->tls) return plain_outcome(send(connection->fd, bytes, count, MSG_NOSIGNAL));
  ERR_clear_error();
  int done = SSL_write(connection->tls, bytes, (int)count);
  if (done > 0) return done;
  return tls_outcome(connection, done, false) == SERVER_LATER ? SERVER_LATER : SERVER_BROKEN;
}

/* A TLS write that was put off is tried again with the same bytes, and perhaps more: the front of the queue never
 * shrinks but by what was written. */
int64_t server_stream_write(server_connection *connection) {
  int64_t written = 0;
  while (connection->out.bytes) {
    size_t count;
    const unsigned char *bytes =
        server_queue_front(&connection->out, connection->server->gathered, SERVER_WRITE_ROOM, &count);
    int done = write_some(connection, bytes, count);
    if (done == SERVER_BROKEN) return SERVER_BROKEN;
    if (done <= 0) break;
    server_queue_written(&connection->out, (size_t)done);
    written += done;
  }
  return written;
}

void server_stream_finish(server_connection *connection) {
  if (connection->tls && SSL_is_init_finished(connection->tls)) {
    ERR_clear_error();
    SSL_shutdown(connection->tls);
    ERR_clear_error();
  }
  shutdown(connection->fd, SHUT_WR);
}

void server_stream_close(server_connection *connection, neap_server_end end) {
  const struct linger reset = {.l_onoff = 1, .l_linger = 0};
  if (connection->fd < 0) return;
  if (end == NEAP_SERVER_RESET) setsockopt(connection->fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
  SSL_free(connection->tls);
  connection->tls = NULL;
  close(connection->fd);
  connection->fd = -1;
}
