/* SPDX-License-Identifier: MIT */
/* raw_server: sockets and nothing else. */
#include "raw_server.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/websocket_accept.h"

void raw_open(raw_server *self) {
  struct sockaddr_in at = {.sin_family = AF_INET};
  socklen_t size = sizeof at;
  at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  *self = (raw_server){.listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), .fd = -1};
  neap_buffer_init(&self->in);
  assert_int_equal(bind(self->listener, (const struct sockaddr *)&at, sizeof at), 0);
  assert_int_equal(listen(self->listener, 8), 0);
  getsockname(self->listener, (struct sockaddr *)&at, &size);
  snprintf(self->url, sizeof self->url, "ws://127.0.0.1:%u/path?a=b", ntohs(at.sin_port));
}

void raw_leave(raw_server *self) {
  if (self->fd >= 0) close(self->fd);
  self->fd = -1;
}

void raw_close(raw_server *self) {
  raw_leave(self);
  close(self->listener);
  neap_buffer_fini(&self->in);
}

void raw_turn(raw_server *self) {
  char bytes[65536];
  const int on = 1;
  ssize_t count;
  if (self->fd < 0 && !self->ended) {
    self->fd = accept4(self->listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (self->fd >= 0) setsockopt(self->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  }
  if (self->fd < 0) return;
  while ((count = recv(self->fd, bytes, sizeof bytes, 0)) > 0) neap_buffer_append(&self->in, bytes, (size_t)count);
  self->ended |= count == 0;
}

bool raw_was_asked(const raw_server *self) {
  return self->in.size && memmem(self->in.data, self->in.size, "\r\n\r\n", 4);
}

size_t raw_answer(const raw_server *self, char *out, size_t room, const char *extra) {
  static const char name[] = "Sec-WebSocket-Key: ";
  char accept[NEAP_WEBSOCKET_ACCEPT + 1], key[NEAP_WEBSOCKET_KEY + 1] = {0};
  const char *at = memmem(self->in.data, self->in.size, name, sizeof name - 1);
  assert_non_null(at);
  memcpy(key, at + sizeof name - 1, NEAP_WEBSOCKET_KEY);
  assert_true(neap_websocket_accept(key, accept));
  int length = snprintf(out, room,
                        "HTTP/1.1 101 Switching Protocols\r\nupgrade: WebSocket\r\nCONNECTION: keep-alive, Upgrade\r\n"
                        "Sec-WebSocket-Accept: %s\r\n%s\r\n",
                        accept, extra);
  assert_true((size_t)length < room);
  return (size_t)length;
}

void raw_say(raw_server *self, const void *bytes, size_t count) {
  assert_int_equal(send(self->fd, bytes, count, MSG_NOSIGNAL), (ssize_t)count);
}

static size_t wide_length(const unsigned char *at, size_t wide) {
  size_t length = 0;
  for (size_t i = 0; i < wide; i++) length = length << 8 | at[i];
  return length;
}

bool raw_frame(raw_server *self, unsigned *first, char *payload, size_t room, size_t *length) {
  const unsigned char *at = self->in.data;
  size_t wide = self->in.size < 2 ? 0 : (at[1] & 0x7f) == 126 ? 2 : (at[1] & 0x7f) == 127 ? 8 : 0, head = 6 + wide;
  if (self->in.size < head) return false;
  *length = wide ? wide_length(at + 2, wide) : at[1] & 0x7fu;
  if (self->in.size < head + *length) return false;
  assert_true(at[1] & 0x80); /* a client masks */
  assert_true(*length < room);
  *first = at[0];
  for (size_t i = 0; i < *length; i++) payload[i] = (char)(at[head + i] ^ at[2 + wide + i % 4]);
  payload[*length] = '\0';
  self->in.size -= head + *length;
  memmove(self->in.data, at + head + *length, self->in.size);
  return true;
}
