/* SPDX-License-Identifier: MIT */
/* server_client: clients of the server that is under test, in its thread. */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "server_support.h"

enum { ROUNDS_MOST = 60000 };

void client_connect_raw(server_client *client, server_stage *stage, int receive_room) {
  struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons(neap_server_port(stage->server))};
  const int on = 1;
  at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  *client = (server_client){.stage = stage, .fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  neap_buffer_init(&client->in);
  if (receive_room) setsockopt(client->fd, SOL_SOCKET, SO_RCVBUF, &receive_room, sizeof receive_room);
  setsockopt(client->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  assert_int_equal(connect(client->fd, (const struct sockaddr *)&at, sizeof at), 0);
  fcntl(client->fd, F_SETFL, O_NONBLOCK);
}

void client_shake(server_client *client) {
  int done = 0;
  client->tls = SSL_new(client->stage->tls);
  SSL_set_fd(client->tls, client->fd);
  X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(client->tls), "127.0.0.1");
  for (int i = 0; i < ROUNDS_MOST && done != 1; i++) {
    done = SSL_connect(client->tls);
    if (done != 1) assert_int_equal(SSL_get_error(client->tls, done), SSL_ERROR_WANT_READ);
    neap_server_step(client->stage->server, 1, NULL);
  }
  assert_int_equal(done, 1);
}

void client_connect(server_client *client, server_stage *stage) {
  client_connect_raw(client, stage, 0);
  if (stage->tls) client_shake(client);
}

/* Bytes; 0: not now. Sets what ended. */
static size_t read_some(server_client *client, unsigned char *out, size_t room) {
  ssize_t done = client->tls ? SSL_read(client->tls, out, (int)room) : recv(client->fd, out, room, 0);
  if (done > 0) return (size_t)done;
  int why = client->tls ? SSL_get_error(client->tls, (int)done) : 0;
  if (client->tls ? why == SSL_ERROR_WANT_READ : done < 0 && errno == EAGAIN) return 0;
  client->ended = true;
  client->reset = client->tls ? why != SSL_ERROR_ZERO_RETURN : done < 0;
  ERR_clear_error();
  return 0;
}

static void read_all(server_client *client) {
  unsigned char bytes[65536];
  for (size_t count; !client->ended && (count = read_some(client, bytes, sizeof bytes)) > 0;)
    neap_buffer_append(&client->in, bytes, count);
}

static ssize_t send_some(server_client *client, const unsigned char *bytes, size_t count) {
  ssize_t done = client->tls ? SSL_write(client->tls, bytes, (int)count) : send(client->fd, bytes, count, MSG_NOSIGNAL);
  if (done > 0) return done;
  bool later = client->tls ? SSL_get_error(client->tls, (int)done) == SSL_ERROR_WANT_WRITE : errno == EAGAIN;
  return later ? 0 : -1;
}

void client_send(server_client *client, const void *bytes, size_t count) {
  const unsigned char *at = bytes;
  for (int i = 0; i < ROUNDS_MOST && count; i++) {
    ssize_t done = send_some(client, at, count);
    if (done < 0) {
      client->cannot_send = true;
      return;
    }
    at += done, count -= (size_t)done;
    neap_server_step(client->stage->server, done > 0 ? 0 : 1, NULL);
  }
}

void client_say(server_client *client, const char *text) { client_send(client, text, strlen(text)); }

static const char *text_of(server_client *client) {
  neap_buffer_append(&client->in, "", 1);
  client->in.size--;
  return (const char *)client->in.data;
}

static bool holds(const server_client *client, const char *text) {
  return client->in.size && memmem(client->in.data, client->in.size, text, strlen(text));
}

/* What came is looked at before the server has its round, which may wait for a moment. */
static void round_of(server_client *client) {
  neap_server_step(client->stage->server, 1, NULL);
  read_all(client);
}

const char *client_await(server_client *client, const char *text) {
  read_all(client);
  for (int i = 0; i < ROUNDS_MOST && !client->ended && !holds(client, text); i++) round_of(client);
  if (holds(client, text)) return text_of(client);
  fail_msg("'%s' did not come, but '%s'%s", text, text_of(client), client->ended ? " and the end" : "");
  return NULL;
}

void client_await_bytes(server_client *client, size_t count) {
  read_all(client);
  for (int i = 0; i < ROUNDS_MOST && !client->ended && client->in.size < count; i++) round_of(client);
  assert_true(client->in.size >= count);
}

void client_take_bytes(server_client *client, size_t count) {
  unsigned char bytes[65536];
  for (int i = 0; i < ROUNDS_MOST && !client->ended && count; i++) {
    size_t done = read_some(client, bytes, count < sizeof bytes ? count : sizeof bytes);
    count -= done;
    neap_server_step(client->stage->server, done ? 0 : 1, NULL);
  }
  assert_int_equal(count, 0);
}

void client_await_end(server_client *client) {
  read_all(client);
  for (int i = 0; i < ROUNDS_MOST && !client->ended; i++) round_of(client);
  if (!client->ended) fail_msg("no end after '%s'", text_of(client));
}

void client_forget(server_client *client) { neap_buffer_clear(&client->in); }

void client_leave(server_client *client) {
  SSL_free(client->tls);
  close(client->fd);
  neap_buffer_fini(&client->in);
}

void client_leave_hard(server_client *client) {
  const struct linger reset = {.l_onoff = 1, .l_linger = 0};
  setsockopt(client->fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
  client_leave(client);
}

/* --- WebSocket ---------------------------------------------------------------------------------------------------- */

void client_upgrade(server_client *client, const char *path) {
  char text[300];
  snprintf(text, sizeof text,
           "GET %s HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
           "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
           path);
  client_say(client, text);
  client_await(client, "\r\n\r\n");
  client_forget(client);
}

size_t frame_make(unsigned char *out, unsigned first, const void *payload, size_t length) {
  static const unsigned char mask[4] = {0x11, 0x22, 0x33, 0x44};
  const unsigned char *bytes = payload;
  size_t wide = length < 126 ? 0 : length < 65536 ? 2 : 8, at = 2 + wide;
  out[0] = (unsigned char)first;
  out[1] = (unsigned char)(0x80 | (wide == 0 ? length : wide == 2 ? 126 : 127));
  for (size_t i = 0; i < wide; i++) out[2 + i] = (unsigned char)((uint64_t)length >> 8 * (wide - 1 - i));
  memcpy(out + at, mask, 4);
  for (size_t i = 0; i < length; i++) out[at + 4 + i] = bytes[i] ^ mask[i % 4];
  return at + 4 + length;
}

void client_frame(server_client *client, unsigned first, const void *payload, size_t length) {
  neap_buffer bytes;
  neap_buffer_init(&bytes);
  unsigned char *out = neap_buffer_reserve(&bytes, length + 14);
  client_send(client, out, frame_make(out, first, payload, length));
  neap_buffer_fini(&bytes);
}

void server_pair_open(server_pair *pair, const neap_server_limits *limits, const server_identity *identity) {
  server_stage_open(&pair->stage, limits, identity);
  client_connect(&pair->client, &pair->stage);
}

void server_pair_close(server_pair *pair) {
  client_leave(&pair->client);
  server_stage_close(&pair->stage);
}

void client_exchange(server_stage *stage, const char *sent, const char *expected, bool ends) {
  server_client client;
  client_connect(&client, stage);
  client_say(&client, sent);
  client_await(&client, expected);
  if (ends) {
    client_await_end(&client);
    assert_false(client.reset);
  } else {
    client_say(&client, GET("/alive"));
    client_await(&client, "GET /alive []\n");
  }
  client_leave(&client);
}
