/* SPDX-License-Identifier: MIT */
/* control_ask: the client's side of a control socket, without a loop. */
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "session/control.h"
#include "session/control_socket.h"
#include "session/loop.h"

enum { CHUNK = 1 << 16 };

typedef struct question {
  int fd;
  int64_t until;
  const char *where;
  neap_fault *fault;
} question;

static neap_status fail(const question *self, const char *code, const char *what) {
  neap_fail(self->fault, NEAP_IO, code, "%s", what);
  neap_fault_set_where(self->fault, "%s", self->where);
  return NEAP_IO;
}

static neap_status wait_for(const question *self, short what) {
  struct pollfd file = {.fd = self->fd, .events = what};
  int64_t left = (self->until - neap_loop_now()) / 1000000;
  int count = left <= 0 ? 0 : poll(&file, 1, left > 86400000 ? 86400000 : (int)left);
  if (count > 0 || (count < 0 && errno == EINTR)) return NEAP_OK;
  return fail(self, "no_answer", "the session does not answer");
}

static neap_status say(const question *self, const char *bytes, size_t length) {
  neap_status status = NEAP_OK;
  while (status == NEAP_OK && length > 0) {
    ssize_t count = send(self->fd, bytes, length, MSG_NOSIGNAL);
    if (count > 0) {
      bytes += count;
      length -= (size_t)count;
    } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
      status = wait_for(self, POLLOUT);
    } else if (errno != EINTR) {
      status = fail(self, "no_answer", strerror(errno));
    }
  }
  return status;
}

static neap_status hear(const question *self, neap_buffer *answer) {
  for (neap_status status = NEAP_OK; status == NEAP_OK;) {
    unsigned char *room = neap_buffer_reserve(answer, CHUNK);
    if (!room) return neap_fail(self->fault, NEAP_MEMORY, "memory", "no memory for an answer");
    ssize_t count = recv(self->fd, room, CHUNK, 0);
    if (count == 0) return fail(self, "no_answer", "the session ended before it answered");
    if (count > 0) {
      answer->size += (size_t)count;
      if (answer->data[answer->size - 1] == '\n') return answer->size--, NEAP_OK;
    } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
      status = wait_for(self, POLLIN);
      if (status != NEAP_OK) return status;
    } else if (errno != EINTR) {
      return fail(self, "no_answer", strerror(errno));
    }
  }
  return NEAP_IO;
}

neap_status neap_control_ask(const char *directory, const char *line, size_t length, int64_t patience,
                             neap_buffer *answer, neap_fault *fault) {
  question self = {.until = neap_loop_now() + patience, .where = directory, .fault = fault};
  neap_status status = control_socket_connect(directory, &self.fd, fault);
  if (status != NEAP_OK) return status;
  status = say(&self, line, length);
  if (status == NEAP_OK) status = say(&self, "\n", 1);
  if (status == NEAP_OK) status = hear(&self, answer);
  close(self.fd);
  return status;
}

bool neap_control_is_served(const char *directory) {
  int fd;
  if (control_socket_connect(directory, &fd, NULL) != NEAP_OK) return false;
  close(fd);
  return true;
}
