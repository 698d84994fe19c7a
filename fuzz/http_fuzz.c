/* SPDX-License-Identifier: MIT */
/* http_fuzz: any bytes as HTTP. What is told has the form of a request; the same requests are told, whether the bytes
 * come in one piece or in many; nothing stays behind. */
#include "server_line.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool is_printable(const char *text) {
  while ((unsigned char)*text > ' ' && *text != 0x7f) text++;
  return *text == '\0';
}

static void request(void *self, neap_server_call *call, const neap_server_request *asked) {
  server_line *line = self;
  const neap_server_reply reply = {.status = 200, .body = "yes", .length = 3};
  must(is_printable(asked->method) && *asked->method);
  must(is_printable(asked->path) && (*asked->path == '/' || strcmp(asked->path, "*") == 0));
  must(asked->length <= 1024 && asked->body[asked->length] == '\0');
  neap_buffer_printf(&line->log, "%s %s?%s %zu ", asked->method, asked->path, asked->query, asked->length);
  neap_buffer_append(&line->log, asked->body, asked->length);
  must(neap_server_answer(call, &reply, NULL) == NEAP_OK);
}

static bool opened(void *self, neap_server_socket *socket, const neap_server_request *handshake) {
  (void)self, (void)socket, (void)handshake;
  return false;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  const neap_server_handlers handlers = {.self = &only, .request = request, .opened = opened};
  line_fuzz(&handlers, "", data, size);
  return 0;
}
