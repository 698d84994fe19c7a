/* SPDX-License-Identifier: MIT */
/* recording_server DIR: a server for the specs of a client. It says its port on one line, appends to DIR/requests each
 * request as a line of JSON, and answers with what DIR/answer has at that moment, a status on its first line and then
 * the body; {} where there is none. It ends with its standard input. */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/json.h"
#include "net/server.h"

enum { ROUND_MS = 50, MOST = 64 << 20 };

typedef struct recorder {
  char requests[4096], answer[4096];
  unsigned answers;
} recorder;

static void write_request(neap_buffer *line, const neap_server_request *request) {
  static const char *const headers[] = {"Content-Type", "User-Agent", "CB-ACCESS-KEY", "CB-ACCESS-TIMESTAMP",
                                        "CB-ACCESS-SIGN"};
  neap_json_writer writer;
  neap_json_begin(&writer, line);
  neap_json_object(&writer, NULL);
  neap_json_string(&writer, "method", request->method);
  neap_json_string(&writer, "path", request->path);
  neap_json_string(&writer, "query", request->query);
  neap_json_string(&writer, "authorization", request->authorization);
  neap_json_text(&writer, "body", request->body, request->length);
  for (size_t i = 0; i < sizeof headers / sizeof *headers; i++)
    neap_json_string(&writer, headers[i], neap_server_header(request, headers[i]));
  neap_json_end_object(&writer);
  neap_buffer_append(line, "\n", 1);
}

static void record(const recorder *self, const neap_server_request *request) {
  neap_buffer line;
  neap_buffer_init(&line);
  write_request(&line, request);
  FILE *file = fopen(self->requests, "ab");
  if (!file || fwrite(line.data, 1, line.size, file) != line.size) exit(EXIT_FAILURE);
  fclose(file);
  neap_buffer_fini(&line);
}

static size_t read_answer(const recorder *self, char **text) {
  size_t size = 0;
  FILE *file = fopen(self->answer, "rb");
  *text = calloc(1, MOST);
  if (!*text) exit(EXIT_FAILURE);
  if (!file) return 0;
  size = fread(*text, 1, MOST - 1, file);
  fclose(file);
  return size;
}

static void on_request(void *context, neap_server_call *call, const neap_server_request *request) {
  char *text;
  recorder *self = context;
  record(self, request);
  size_t size = read_answer(self, &text), head = strcspn(text, "\n");
  char number[24];
  snprintf(number, sizeof number, "%u", ++self->answers);
  const neap_server_line line = {"x-request-id", number};
  neap_server_reply reply = {
      .status = 200, .content_type = "application/json", .lines = &line, .line_count = 1, .body = "{}", .length = 2};
  if (size > head) {
    reply.status = atoi(text);
    reply.body = text + head + 1, reply.length = size - head - 1;
  }
  neap_server_answer(call, &reply, NULL);
  free(text);
}

static bool has_input_ended(void) {
  char bytes[64];
  struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};
  return poll(&input, 1, 0) > 0 && read(STDIN_FILENO, bytes, sizeof bytes) <= 0 && errno != EINTR;
}

int main(int count, char **words) {
  recorder self = {0};
  neap_server *server;
  neap_fault fault = {0};
  const neap_server_handlers handlers = {.self = &self, .request = on_request};
  const neap_server_options options = {.listen = "127.0.0.1:0"};
  if (count != 2) return EXIT_FAILURE;
  snprintf(self.requests, sizeof self.requests, "%s/requests", words[1]);
  snprintf(self.answer, sizeof self.answer, "%s/answer", words[1]);
  if (neap_server_open(&options, &handlers, &server, &fault) != NEAP_OK) return EXIT_FAILURE;
  printf("%u\n", neap_server_port(server));
  fflush(stdout);
  while (!has_input_ended() && neap_server_step(server, ROUND_MS, &fault) == NEAP_OK) {
  }
  neap_server_close(server);
  return EXIT_SUCCESS;
}
