/* SPDX-License-Identifier: MIT */
/* control_fuzz: any bytes in pieces of any length, as a client writes them: the lines that come out are those that went
 * in, each is answered in its order, and what is no whole line is no line. */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "session/control.h"
#include "session/control_socket.h"
#include "session/loop.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool truth) {
  if (!truth) abort();
}

typedef struct stage {
  char directory[32];
  neap_loop *loop;
  neap_control *control;
} stage;

static stage only; /* one for all inputs: each brings a client of its own */

static void leave_stage(void) {
  neap_control_close(only.control);
  neap_loop_close(only.loop);
  rmdir(only.directory);
}

static stage *the_stage(void) {
  if (only.control) return &only;
  atexit(leave_stage);
  strcpy(only.directory, "/tmp/neap_fuzz_XXXXXX");
  must(mkdtemp(only.directory) != NULL);
  must(neap_loop_open(&only.loop, NULL) == NEAP_OK);
  must(neap_control_open(neap_loop_poller(only.loop), only.directory, &only.control, NULL) == NEAP_OK);
  return &only;
}

/* The next line that is due: it ends before *at. */
static void expect_line(const neap_control_request *request, const uint8_t *data, size_t size, size_t *at) {
  const uint8_t *end = memchr(data + *at, '\n', size - *at);
  must(end != NULL);
  size_t length = (size_t)(end - (data + *at));
  must(request->length == length && memcmp(request->line, data + *at, length) == 0 && request->line[length] == '\0');
  *at += length + 1;
}

static void expect_answer(int fd) {
  char answer[8] = "";
  must(recv(fd, answer, 4, 0) == 4 && strcmp(answer, "yes\n") == 0);
}

static void serve(stage *self, int fd, const uint8_t *data, size_t size, size_t *at) {
  neap_control_request request;
  neap_loop_turn(self->loop, INT64_MIN);
  while (neap_control_next(self->control, &request)) {
    expect_line(&request, data, size, at);
    neap_control_answer(self->control, request.client, "yes", 3);
    expect_answer(fd);
  }
}

static int join(stage *self) {
  int fd = -1;
  must(control_socket_connect(self->directory, &fd, NULL) == NEAP_OK);
  neap_loop_turn(self->loop, INT64_MIN);
  return fd;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (size < 2) return 0;
  stage *self = the_stage();
  size_t piece = data[0] ? data[0] : 4096, at = 0, sent = 0;
  int fd = join(self);
  for (data++, size--; sent < size; sent += piece) {
    size_t length = size - sent < piece ? size - sent : piece;
    must(send(fd, data + sent, length, MSG_NOSIGNAL) == (ssize_t)length);
    serve(self, fd, data, size, &at);
  }
  must(memchr(data + at, '\n', size - at) == NULL);
  close(fd);
  neap_loop_turn(self->loop, INT64_MIN);
  return 0;
}
