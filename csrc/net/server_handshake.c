/* SPDX-License-Identifier: MIT */
/* server_handshake: from HTTP to WebSocket (RFC 6455, section 4). No extension and no subprotocol is taken. */
#include <stdio.h>
#include <string.h>

#include "net/server_parts.h"
#include "net/websocket_accept.h"

bool server_handshake_asked(const server_connection *connection) {
  const server_head *head = &connection->head;
  return strcmp(head->method, "GET") == 0 && head->minor == 1 &&
         server_head_lists(server_head_find(head, "Connection"), "upgrade") &&
         server_head_lists(server_head_find(head, "Upgrade"), "websocket");
}

/* 16 bytes in base64. */
static bool is_key(const char *key) {
  static const char base64[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  return key && strlen(key) == NEAP_WEBSOCKET_KEY && strspn(key, base64) == NEAP_WEBSOCKET_KEY - 2 &&
         strcmp(key + NEAP_WEBSOCKET_KEY - 2, "==") == 0;
}

static neap_status queue_switch(server_connection *connection, const char *key) {
  char accept[NEAP_WEBSOCKET_ACCEPT + 1], head[200];
  if (!neap_websocket_accept(key, accept)) return NEAP_MEMORY;
  int length = snprintf(head, sizeof head,
                        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                        "Sec-WebSocket-Accept: %s\r\n\r\n",
                        accept);
  neap_server_text *text = server_bytes_new((size_t)length);
  if (!text) return NEAP_MEMORY;
  memcpy(text->data, head, text->size);
  neap_status status = server_queue_add(&connection->out, text);
  neap_server_text_free(text);
  return status;
}

static void refuse_version(server_connection *connection) {
  static const neap_server_line lines[] = {{"Sec-WebSocket-Version", "13"}};
  const neap_server_reply reply = {.status = 426, .lines = lines, .line_count = 1, .body = ""};
  connection->server->counts.refused++;
  connection->head.keep_alive = false;
  if (server_reply_queue(connection, &reply, 0, NULL) == NEAP_OK)
    server_connection_end(connection, NEAP_SERVER_FIN);
  else
    server_connection_die(connection, NEAP_SERVER_RESET);
}

static bool ask(server_connection *connection) {
  const neap_server_handlers *handlers = &connection->server->handlers;
  neap_server_request request;
  if (!handlers->opened) return true;
  server_http_request(connection, &request);
  return handlers->opened(handlers->self, connection->socket, &request);
}

/* The answer is queued before the handler is asked, so that what it sends comes behind; a refusal takes it all back. */
static void open_socket(server_connection *connection, const char *key) {
  size_t before = connection->out.count;
  if (queue_switch(connection, key) != NEAP_OK || server_socket_new(connection) != NEAP_OK) {
    server_connection_die(connection, NEAP_SERVER_RESET);
    return;
  }
  connection->told = true;
  connection->server->counts.sockets++;
  if (ask(connection)) return;
  connection->told = false;
  connection->server->counts.sockets--;
  if (connection->phase == SERVER_DEAD) return;
  server_queue_shorten(&connection->out, before);
  server_http_refuse(connection, 403, "the handshake was refused");
}

void server_handshake(server_connection *connection) {
  const char *key = server_head_find(&connection->head, "Sec-WebSocket-Key");
  const char *version = server_head_find(&connection->head, "Sec-WebSocket-Version");
  if (!version || strcmp(version, "13") != 0)
    refuse_version(connection);
  else if (!is_key(key))
    server_http_refuse(connection, 400, "Sec-WebSocket-Key is not 16 bytes in base64");
  else if (connection->body.size)
    server_http_refuse(connection, 400, "a handshake has no body");
  else
    open_socket(connection, key);
}
