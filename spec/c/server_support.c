/* SPDX-License-Identifier: MIT */
/* server_support: both ends in one thread; neither waits. */
#include "server_support.h"

#include <openssl/pem.h>

#include "base/text.h"
#include "net/certificate.h"

enum { ROUNDS_MOST = 60000 };
#define START (INT64_C(1700000000) * NEAP_SECOND)

/* --- the identity ------------------------------------------------------------------------------------------------- */

void server_identity_make(server_identity *out) {
  neap_clock clock = neap_clock_real();
  neap_certificate made;
  assert_int_equal(neap_certificate_make(neap_clock_now(&clock) - 60 * NEAP_SECOND, &made, NULL), NEAP_OK);
  neap_text_copy(out->certificate, sizeof out->certificate, made.certificate);
  neap_text_copy(out->key, sizeof out->key, made.key);
  neap_certificate_fini(&made);
}

/* Clients trust this one certificate, and look. */
static SSL_CTX *trust(const server_identity *identity) {
  SSL_CTX *tls = SSL_CTX_new(TLS_client_method());
  BIO *pem = BIO_new_mem_buf(identity->certificate, -1);
  X509 *certificate = PEM_read_bio_X509(pem, NULL, NULL, NULL);
  assert_true(X509_STORE_add_cert(SSL_CTX_get_cert_store(tls), certificate));
  SSL_CTX_set_verify(tls, SSL_VERIFY_PEER, NULL);
  SSL_CTX_set_mode(tls, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  X509_free(certificate);
  BIO_free(pem);
  return tls;
}

/* --- the stage ---------------------------------------------------------------------------------------------------- */

static void answer_with(neap_server_call *call, const char *text, size_t length) {
  const neap_server_reply reply = {.status = 200, .content_type = "text/plain", .body = text, .length = length};
  assert_int_equal(neap_server_answer(call, &reply, NULL), NEAP_OK);
}

static void request(void *self, neap_server_call *call, const neap_server_request *asked) {
  server_stage *stage = self;
  size_t from = stage->log.size;
  assert_int_equal(strlen(asked->body) <= asked->length, 1);
  neap_buffer_printf(&stage->log, "%s %s%s%s [%s]\n", asked->method, asked->path, *asked->query ? "?" : "",
                     asked->query, asked->length < 200 ? asked->body : "long");
  if (!stage->holds) {
    answer_with(call, (const char *)stage->log.data + from, stage->log.size - from);
    return;
  }
  assert_true(stage->call_count < STAGE_CALLS);
  stage->calls[stage->call_count++] = call;
  if (stage->on_request) stage->on_request(stage);
}

static void gone(void *self, neap_server_call *call) {
  server_stage *stage = self;
  for (size_t i = 0; i < stage->call_count; i++)
    if (stage->calls[i] == call) stage->calls[i] = stage->calls[--stage->call_count];
  stage->gone++;
}

static bool opened(void *self, neap_server_socket *socket, const neap_server_request *handshake) {
  server_stage *stage = self;
  neap_buffer_printf(&stage->log, "+ %s\n", handshake->path);
  if (stage->refuses) return false;
  assert_true(stage->socket_count < STAGE_SOCKETS);
  stage->sockets[stage->socket_count++] = socket;
  neap_server_socket_set(socket, stage);
  return true;
}

static void message(void *self, neap_server_socket *socket, const char *text, size_t length) {
  server_stage *stage = self;
  assert_int_equal(text[length], '\0');
  if (length < 100)
    neap_buffer_printf(&stage->log, "> %s\n", text);
  else
    neap_buffer_printf(&stage->log, "> %zu bytes\n", length);
  if (stage->on_message) stage->on_message(stage, socket);
  if (stage->echoes) neap_server_send(socket, text, length);
}

static void closed(void *self, neap_server_socket *socket) {
  server_stage *stage = self;
  assert_ptr_equal(neap_server_socket_get(socket), stage);
  for (size_t i = 0; i < stage->socket_count; i++)
    if (stage->sockets[i] == socket) stage->sockets[i] = stage->sockets[--stage->socket_count];
  stage->closed++;
}

void server_stage_open(server_stage *stage, const neap_server_limits *limits, const server_identity *identity) {
  memset(stage, 0, sizeof *stage);
  neap_buffer_init(&stage->log);
  stage->clock = neap_clock_simulated(START);
  const neap_server_handlers handlers = {
      .self = stage, .request = request, .gone = gone, .opened = opened, .message = message, .closed = closed};
  const neap_server_options options = {.listen = "127.0.0.1:0",
                                       .certificate = identity ? identity->certificate : NULL,
                                       .key = identity ? identity->key : NULL,
                                       .limits = limits ? *limits : (neap_server_limits){0},
                                       .clock = &stage->clock};
  neap_fault fault;
  if (neap_server_open(&options, &handlers, &stage->server, &fault) != NEAP_OK) fail_msg("%s", fault.message);
  if (identity) stage->tls = trust(identity);
}

void server_stage_close(server_stage *stage) {
  neap_server_close(stage->server);
  assert_int_equal(stage->call_count, 0);
  assert_int_equal(stage->socket_count, 0);
  SSL_CTX_free(stage->tls);
  neap_buffer_fini(&stage->log);
}

void server_stage_turn(server_stage *stage) { assert_int_equal(neap_server_step(stage->server, 0, NULL), NEAP_OK); }

void server_stage_pass(server_stage *stage, int64_t ns) {
  server_stage_turn(stage);
  neap_clock_advance(&stage->clock, neap_clock_now(&stage->clock) + ns, NULL);
  server_stage_turn(stage);
}

const char *server_stage_log(server_stage *stage) {
  neap_buffer_append(&stage->log, "", 1);
  stage->log.size = 0;
  return (const char *)stage->log.data;
}

void server_stage_await(server_stage *stage, const size_t *what, size_t number) {
  for (int i = 0; i < ROUNDS_MOST && *what != number; i++) neap_server_step(stage->server, 1, NULL);
  assert_int_equal(*what, number);
}

neap_server_counts server_stage_counts(const server_stage *stage) {
  neap_server_counts counts;
  neap_server_counts_get(stage->server, &counts);
  return counts;
}

void server_stage_answer(server_stage *stage, size_t index, const char *body) {
  const neap_server_reply reply = {.status = 200, .body = body, .length = strlen(body)};
  neap_server_call *call = stage->calls[index];
  for (size_t i = index + 1; i < stage->call_count; i++) stage->calls[i - 1] = stage->calls[i];
  stage->call_count--;
  assert_int_equal(neap_server_answer(call, &reply, NULL), NEAP_OK);
}
