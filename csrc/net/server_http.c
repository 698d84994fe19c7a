/* SPDX-License-Identifier: MIT */
/* server_http: one request after the other: its head, its body, the handler, the answer. */
#include <stdio.h>
#include <string.h>

#include "net/server_parts.h"

enum { KEEP_MOST = 64 * 1024 };

void server_http_begin(server_connection *connection) {
  const neap_server_limits *limits = &connection->server->limits;
  const char *in;
  bool idle = server_connection_input(connection, &in) == 0;
  connection->phase = SERVER_HEAD;
  connection->seen = 0;
  server_connection_until(connection, idle ? limits->idle_ns : limits->request_ns);
}

/* A refusal ends the connection: where the next request begins is not known, or not worth knowing. */
void server_http_refuse(server_connection *connection, int status, const char *why) {
  char body[160];
  const neap_server_reply reply = {.status = status,
                                   .content_type = "text/plain; charset=utf-8",
                                   .body = body,
                                   .length = (size_t)snprintf(body, sizeof body, "%d: %s\n", status, why)};
  connection->server->counts.refused++;
  connection->head.method = "";
  connection->head.keep_alive = false;
  if (server_reply_queue(connection, &reply, reply.length, NULL) == NEAP_OK)
    server_connection_end(connection, NEAP_SERVER_FIN);
  else
    server_connection_die(connection, NEAP_SERVER_RESET);
}

const char *neap_server_header(const neap_server_request *request, const char *name) {
  return server_head_find(request->lines, name);
}

static const char *line_or_empty(const server_head *head, const char *name) {
  const char *value = server_head_find(head, name);
  return value ? value : "";
}

void server_http_request(const server_connection *connection, neap_server_request *out) {
  const server_head *head = &connection->head;
  *out = (neap_server_request){.method = head->method,
                               .path = head->path,
                               .query = head->query,
                               .authorization = line_or_empty(head, "Authorization"),
                               .content_type = line_or_empty(head, "Content-Type"),
                               .user_agent = line_or_empty(head, "User-Agent"),
                               .sandbox = line_or_empty(head, "X-Sandbox"),
                               .body = (const char *)connection->body.data,
                               .length = connection->body.size,
                               .peer = connection->peer,
                               .lines = head};
}

/* --- the head ----------------------------------------------------------------------------------------------------- */

static size_t skip_empty_lines(server_connection *connection, const char **in) {
  size_t count = server_connection_input(connection, in);
  while (count >= 2 && memcmp(*in, "\r\n", 2) == 0) {
    server_connection_took(connection, 2);
    count = server_connection_input(connection, in);
  }
  return count;
}

static bool is_known(const char *method) {
  static const char *const known[] = {"GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"};
  for (size_t i = 0; i < sizeof known / sizeof *known; i++)
    if (strcmp(known[i], method) == 0) return true;
  return false;
}

/* Sent only to who still holds his body back. */
static void invite(server_connection *connection) {
  static const char line[] = "HTTP/1.1 100 Continue\r\n\r\n";
  const char *in;
  if (!connection->head.continues || server_connection_input(connection, &in)) return;
  if (!connection->head.chunked && !connection->head.length) return;
  neap_server_text *text = server_bytes_new(sizeof line - 1);
  if (text) memcpy(text->data, line, text->size), server_queue_add(&connection->out, text);
  neap_server_text_free(text);
}

static void begin_body(server_connection *connection) {
  neap_buffer_clear(&connection->body);
  connection->chunks = (server_chunks){.at = SERVER_CHUNK_SIZE};
  connection->phase = SERVER_BODY;
  server_connection_until(connection, connection->server->limits.request_ns);
  invite(connection);
}

static void read_head(server_connection *connection, const char *in, size_t length) {
  const char *why;
  neap_buffer *text = &connection->head_text;
  neap_buffer_clear(text);
  neap_buffer_append(text, in, length);
  server_connection_took(connection, length);
  if (text->status != NEAP_OK) {
    server_connection_die(connection, NEAP_SERVER_RESET);
    return;
  }
  int status = server_head_parse((char *)text->data, length, &connection->head, &why);
  if (status)
    server_http_refuse(connection, status, why);
  else if (!is_known(connection->head.method))
    server_http_refuse(connection, 501, "this method is not known here");
  else if (connection->head.length > connection->server->limits.body_bytes)
    server_http_refuse(connection, 413, "the body is too large");
  else
    begin_body(connection);
}

/* Its time runs from the first byte, however slowly the others come. */
static void await_head(server_connection *connection, const char *in, size_t count) {
  if ((unsigned char)*in <= ' ' && *in != '\r')
    server_http_refuse(connection, 400, "this is not HTTP");
  else if (count >= connection->server->limits.header_bytes)
    server_http_refuse(connection, 431, "the request line and headers are too large");
  else if (!connection->seen)
    server_connection_until(connection, connection->server->limits.request_ns);
  connection->seen = count;
}

static bool take_head(server_connection *connection) {
  const char *in;
  size_t count = skip_empty_lines(connection, &in), most = connection->server->limits.header_bytes;
  if (!count) return false;
  size_t end = server_head_end(in, count < most ? count : most, connection->seen);
  if (end)
    read_head(connection, in, end);
  else
    await_head(connection, in, count);
  return end > 0;
}

/* --- the body ----------------------------------------------------------------------------------------------------- */

static void tell(server_connection *connection) {
  neap_server *server = connection->server;
  neap_server_request request;
  connection->phase = SERVER_WAITING;
  server_connection_until(connection, SERVER_NEVER);
  connection->told = true;
  connection->call.word = NULL;
  server->counts.calls++, server->counts.requests++;
  server_http_request(connection, &request);
  if (server->handlers.request)
    server->handlers.request(server->handlers.self, &connection->call, &request);
  else
    neap_server_answer(&connection->call, &(neap_server_reply){.status = 404, .body = "", .content_type = NULL}, NULL);
}

static void whole(server_connection *connection) {
  neap_buffer *body = &connection->body;
  neap_buffer_append(body, "", 1);
  if (body->status != NEAP_OK) {
    server_connection_die(connection, NEAP_SERVER_RESET);
    return;
  }
  body->size--;
  if (server_handshake_asked(connection))
    server_handshake(connection);
  else
    tell(connection);
  if (body->capacity > KEEP_MOST) neap_buffer_fini(body), neap_buffer_init(body);
}

static bool take_chunks(server_connection *connection) {
  const char *in, *why;
  size_t taken, count = server_connection_input(connection, &in);
  int status = server_chunks_take(&connection->chunks, in, count, connection->server->limits.body_bytes,
                                  &connection->body, &taken, &why);
  server_connection_took(connection, taken);
  if (status)
    server_http_refuse(connection, status, why);
  else if (connection->chunks.at == SERVER_CHUNK_DONE)
    whole(connection);
  return taken > 0;
}

static bool take_length(server_connection *connection) {
  const char *in;
  size_t count = server_connection_input(connection, &in), left = connection->head.length - connection->body.size;
  if (count > left) count = left;
  neap_buffer_append(&connection->body, in, count);
  server_connection_took(connection, count);
  if (count < left) return false;
  whole(connection);
  return true;
}

bool server_http_take(server_connection *connection) {
  if (connection->phase == SERVER_HEAD) return take_head(connection);
  return connection->head.chunked ? take_chunks(connection) : take_length(connection);
}

/* --- the answer --------------------------------------------------------------------------------------------------- */

/* The connection whose call it was; NULL: its client left, and nobody was told yet. */
static server_connection *release(neap_server_call *call) {
  server_connection *connection = call->connection;
  connection->told = false;
  connection->server->counts.calls--;
  return connection->phase == SERVER_DEAD ? NULL : connection;
}

static neap_status queue_or_excuse(server_connection *connection, const neap_server_reply *reply, size_t bytes,
                                   neap_fault *fault) {
  static const neap_server_reply excuse = {.status = 500, .body = ""};
  neap_status status = server_reply_queue(connection, reply, bytes, fault);
  if (status == NEAP_INVALID && server_reply_queue(connection, &excuse, 0, NULL) != NEAP_OK) status = NEAP_MEMORY;
  if (status == NEAP_MEMORY) server_connection_die(connection, NEAP_SERVER_RESET);
  return status;
}

static neap_status answer(neap_server_call *call, const neap_server_reply *reply, int times, neap_fault *fault) {
  server_connection *connection = release(call);
  if (!connection) return NEAP_OK;
  neap_status status = NEAP_OK;
  for (int i = 0; i < times && status == NEAP_OK; i++)
    status = queue_or_excuse(connection, reply, reply->length, fault);
  if (status == NEAP_MEMORY) return status;
  server_connection_dirty(connection);
  if (connection->head.keep_alive)
    server_http_begin(connection);
  else
    server_connection_end(connection, NEAP_SERVER_FIN);
  return status;
}

neap_status neap_server_answer(neap_server_call *call, const neap_server_reply *reply, neap_fault *fault) {
  return answer(call, reply, 1, fault);
}

neap_status neap_server_answer_twice(neap_server_call *call, const neap_server_reply *reply, neap_fault *fault) {
  return answer(call, reply, 2, fault);
}

neap_status neap_server_answer_cut(neap_server_call *call, const neap_server_reply *reply, size_t bytes,
                                   neap_server_end end, neap_fault *fault) {
  server_connection *connection = release(call);
  if (!connection) return NEAP_OK;
  neap_status status = queue_or_excuse(connection, reply, bytes, fault);
  if (status != NEAP_MEMORY) server_connection_end(connection, status == NEAP_OK ? end : NEAP_SERVER_FIN);
  return status;
}

void neap_server_drop(neap_server_call *call, neap_server_end end) {
  server_connection *connection = release(call);
  if (connection) server_connection_end(connection, end);
}

void neap_server_call_set(neap_server_call *call, void *word) { call->word = word; }
void *neap_server_call_get(const neap_server_call *call) { return call->word; }
