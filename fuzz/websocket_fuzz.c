/* SPDX-License-Identifier: MIT */
/* websocket_fuzz: a handshake, then any bytes as frames. What is told is UTF-8 and within the limit; the same messages
 * are told, whether the bytes come in one piece or in many; nothing stays behind. */
#include "base/utf8.h"
#include "server_line.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char handshake[] = "GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                                "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";

static bool is_utf8(const char *text, size_t length) {
  const unsigned char *at = (const unsigned char *)text, *end = at + length;
  for (size_t step = 1; step && at < end; at += step) step = neap_utf8_length(at, end);
  return at == end;
}

static void message(void *self, neap_server_socket *socket, const char *text, size_t length) {
  server_line *line = self;
  must(length <= 512 && text[length] == '\0' && is_utf8(text, length));
  neap_buffer_printf(&line->log, "%zu ", length);
  neap_buffer_append(&line->log, text, length);
  must(neap_server_send(socket, text, length) == NEAP_OK);
  if (length == 7) neap_server_close_socket(socket, 4000, "seven");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  const neap_server_handlers handlers = {.self = &only, .message = message};
  line_fuzz(&handlers, handshake, data, size);
  return 0;
}
