/* SPDX-License-Identifier: MIT */
/* websocket_handshake: from HTTP to WebSocket (RFC 6455, section 4), the client's side. No extension and no subprotocol
 * is offered. */
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <string.h>
#include <strings.h>

#include "net/server_head.h"
#include "net/websocket_parts.h"

enum { HEAD_BYTES = 16384, SWITCHING = 101, NONCE = 16 };

/* --- asking ------------------------------------------------------------------------------------------------------- */

static bool make_key(char key[NEAP_WEBSOCKET_KEY + 1]) {
  unsigned char nonce[NONCE];
  return RAND_bytes(nonce, NONCE) == 1 && EVP_EncodeBlock((unsigned char *)key, nonce, NONCE) == NEAP_WEBSOCKET_KEY;
}

neap_status websocket_handshake_ask(neap_websocket *socket, const char *host, size_t host_length, const char *path,
                                    const neap_websocket_options *options) {
  neap_buffer *out = &socket->after;
  char key[NEAP_WEBSOCKET_KEY + 1];
  if (!make_key(key) || !neap_websocket_accept(key, socket->accept)) return NEAP_MEMORY;
  neap_buffer_printf(out, "GET %s HTTP/1.1\r\nHost: %.*s\r\n", path, (int)host_length, host);
  neap_buffer_printf(out, "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n");
  neap_buffer_printf(out, "Sec-WebSocket-Key: %s\r\n", key);
  if (options->user_agent) neap_buffer_printf(out, "User-Agent: %s\r\n", options->user_agent);
  if (options->header) neap_buffer_printf(out, "%s\r\n", options->header);
  neap_buffer_append_text(out, "\r\n");
  return out->status;
}

/* --- the answer --------------------------------------------------------------------------------------------------- */

static void refuse(neap_websocket *socket, const char *why) {
  websocket_end(socket, NEAP_WEBSOCKET_FAILED, 0, "bad_handshake", why);
}

/* The header that has to be there, once. */
static const char *only(const server_head *head, const char *name) {
  const char *found = NULL;
  for (size_t i = 0; i < head->count; i++) {
    if (strcasecmp(head->lines[i].name, name) != 0) continue;
    if (found) return NULL;
    found = head->lines[i].value;
  }
  return found;
}

static const char *what_is_wrong(const neap_websocket *socket, const server_head *head) {
  const char *upgrade = only(head, "Upgrade"), *accept = only(head, "Sec-WebSocket-Accept");
  if (head->minor != 1) return "HTTP/1.0 cannot switch";
  if (!upgrade || strcasecmp(upgrade, "websocket") != 0) return "the server switches, and not to a WebSocket";
  if (!server_head_lists(server_head_find(head, "Connection"), "upgrade")) return "Connection: Upgrade is missing";
  if (!accept || strcmp(accept, socket->accept) != 0) return "Sec-WebSocket-Accept is not that of our key";
  if (server_head_find(head, "Sec-WebSocket-Extensions")) return "an extension that was not offered";
  if (server_head_find(head, "Sec-WebSocket-Protocol")) return "a subprotocol that was not offered";
  return NULL;
}

static void judge(neap_websocket *socket, size_t length) {
  const char *why = "";
  server_head head;
  int status = server_head_parse_answer((char *)socket->head.data, length, &head, &why);
  if (status && status != SWITCHING) {
    char words[64];
    snprintf(words, sizeof words, "the server answers HTTP %d to the handshake", status);
    websocket_end(socket, NEAP_WEBSOCKET_FAILED, status, "refused", words);
    return;
  }
  const char *wrong = status ? what_is_wrong(socket, &head) : why;
  if (wrong) {
    refuse(socket, wrong);
    return;
  }
  socket->phase = WEBSOCKET_OPEN;
  if (socket->handlers.opened) socket->handlers.opened(socket->handlers.context);
}

/* What stands behind the head stays in the socket's room. */
void websocket_handshake_take(neap_websocket *socket) {
  neap_buffer *head = &socket->head;
  size_t seen = head->size, count = socket->end - socket->at;
  if (count > HEAD_BYTES - seen) count = HEAD_BYTES - seen;
  neap_buffer_append(head, socket->in + socket->at, count);
  if (head->status != NEAP_OK) {
    websocket_end(socket, NEAP_WEBSOCKET_FAILED, 0, "no_memory", "no memory for the answer to the handshake");
    return;
  }
  size_t length = server_head_end((const char *)head->data, head->size, seen);
  socket->at += length ? length - seen : count;
  if (length) {
    judge(socket, length);
    neap_buffer_fini(head);
  } else if (head->size == HEAD_BYTES) {
    refuse(socket, "the answer's headers have more than 16 KB");
  }
}
