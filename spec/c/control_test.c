/* SPDX-License-Identifier: MIT */
/* control: real sockets, and clients that do what they should not. Both sides are in this process and neither waits. */
#include "session/control.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "session/control_socket.h"
#include "session/loop.h"
#include "support.h"

typedef struct stage {
  char directory[64], path[96];
  neap_loop *loop;
  neap_control *control;
  neap_control_request request;
} stage;

static int set(void **state) {
  stage *self = calloc(1, sizeof *self);
  snprintf(self->directory, sizeof self->directory, "/tmp/neap_control_XXXXXX");
  if (!mkdtemp(self->directory)) return -1;
  snprintf(self->path, sizeof self->path, "%s/control.sock", self->directory);
  *state = self;
  if (neap_loop_open(&self->loop, NULL) != NEAP_OK) return -1;
  return neap_control_open(neap_loop_poller(self->loop), self->directory, &self->control, NULL) == NEAP_OK ? 0 : -1;
}

static int clear(void **state) {
  stage *self = *state;
  neap_control_close(self->control);
  neap_loop_close(self->loop);
  int left = rmdir(self->directory); /* fails while the socket is there */
  free(self);
  return left;
}

static int join(stage *self) {
  int fd = -1;
  assert_int_equal(control_socket_connect(self->directory, &fd, NULL), NEAP_OK);
  neap_loop_turn(self->loop, INT64_MIN);
  return fd;
}

static void say(stage *self, int fd, const char *text) {
  assert_int_equal(send(fd, text, strlen(text), MSG_NOSIGNAL), (ssize_t)strlen(text));
  neap_loop_turn(self->loop, INT64_MIN);
}

static const char *next(stage *self) {
  return neap_control_next(self->control, &self->request) ? self->request.line : NULL;
}

static void answer(stage *self, const char *text) {
  neap_control_answer(self->control, self->request.client, text, strlen(text));
}

static void expect(int fd, const char *text) {
  char got[256] = "";
  ssize_t count = recv(fd, got, sizeof got - 1, 0);
  assert_true(count >= 0);
  assert_string_equal(got, text);
}

/* Let go: whatever was owed was sent, and the socket is at its end. */
static bool is_let_go(stage *self, int fd) {
  static char bytes[1 << 16];
  ssize_t count;
  for (int i = 0; i < 200; i++) {
    neap_loop_turn(self->loop, INT64_MIN);
    while ((count = recv(fd, bytes, sizeof bytes, 0)) > 0) continue;
    if (count == 0 || errno == ECONNRESET) return true;
  }
  return false;
}

static void is_the_owners_only(void **state) {
  stage *self = *state;
  struct stat facts;
  assert_int_equal(stat(self->path, &facts), 0);
  assert_int_equal(facts.st_mode & 0777, 0600);
  neap_fault fault;
  neap_control *other;
  chmod(self->directory, 0755);
  assert_int_equal(neap_control_open(neap_loop_poller(self->loop), self->directory, &other, &fault), NEAP_REFUSED);
  assert_string_equal(fault.code, "open_directory");
  chmod(self->directory, 0700);
}

static void names_who_speaks(void **state) {
  stage *self = *state;
  char end[32];
  int fd = join(self);
  say(self, fd, "x\n");
  assert_non_null(next(self));
  snprintf(end, sizeof end, "@%d", (int)getpid());
  assert_non_null(strstr(self->request.who, end));
  close(fd);
}

static void lines_come_whole(void **state) {
  stage *self = *state;
  int fd = join(self);
  say(self, fd, "{\"command\"");
  assert_null(next(self));
  assert_false(neap_control_is_waiting(self->control));
  say(self, fd, ":\"a\"}\n{\"b");
  assert_true(neap_control_is_waiting(self->control));
  assert_string_equal(next(self), "{\"command\":\"a\"}");
  assert_null(next(self));
  answer(self, "one");
  expect(fd, "one\n");
  say(self, fd, "\"}\n\n");
  assert_string_equal(next(self), "{\"b\"}");
  answer(self, "two");
  assert_string_equal(next(self), "");
  assert_int_equal(self->request.length, 0);
  answer(self, "three");
  expect(fd, "two\nthree\n");
  close(fd);
}

static void a_zero_byte_is_part_of_its_line(void **state) {
  stage *self = *state;
  int fd = join(self);
  assert_int_equal(send(fd, "a\0b\n", 4, 0), 4);
  neap_loop_turn(self->loop, INT64_MIN);
  assert_string_equal(next(self), "a");
  assert_int_equal(self->request.length, 3);
  close(fd);
}

static void clients_take_turns(void **state) {
  stage *self = *state;
  int one = join(self), two = join(self);
  say(self, one, "1\n1\n1\n");
  say(self, two, "2\n");
  assert_string_equal(next(self), "1");
  assert_string_equal(next(self), "2");
  answer(self, "two");
  assert_string_equal(next(self), "1");
  assert_string_equal(next(self), "1");
  expect(two, "two\n");
  close(one);
  close(two);
}

static void one_that_hangs_up_is_forgotten(void **state) {
  stage *self = *state;
  int fd = join(self);
  say(self, fd, "a\nhalf");
  assert_non_null(next(self));
  close(fd);
  neap_loop_turn(self->loop, INT64_MIN);
  answer(self, "to nobody");
  neap_loop_turn(self->loop, INT64_MIN);
  assert_null(next(self));
  self->request.client = 4711;
  answer(self, "to nobody");
}

static void a_line_too_long_is_refused(void **state) {
  stage *self = *state;
  static char chunk[1 << 16];
  char got[256] = "";
  int fd = join(self);
  memset(chunk, 'x', sizeof chunk);
  for (int i = 0; i < 40 && got[0] == '\0'; i++) {
    send(fd, chunk, sizeof chunk, MSG_NOSIGNAL);
    neap_loop_turn(self->loop, INT64_MIN);
    recv(fd, got, sizeof got - 1, 0);
  }
  assert_non_null(strstr(got, "too_long"));
  assert_true(is_let_go(self, fd));
  assert_null(next(self));
  close(fd);
}

static void one_that_never_reads_is_let_go(void **state) {
  stage *self = *state;
  static char much[1 << 20];
  int fd = join(self), other = join(self);
  memset(much, 'y', sizeof much - 1);
  for (int i = 0; i < 8; i++) {
    send(fd, "more\n", 5, MSG_NOSIGNAL);
    neap_loop_turn(self->loop, INT64_MIN);
    if (next(self)) answer(self, much);
  }
  assert_true(is_let_go(self, fd));
  say(self, other, "still here\n");
  assert_string_equal(next(self), "still here");
  close(fd);
  close(other);
}

/* Nothing more is read of it while its lines wait: what it writes stays in its own socket. */
static void one_that_floods_waits(void **state) {
  stage *self = *state;
  static char lines[1 << 16];
  int fd = join(self), lines_seen = 0;
  memset(lines, '\n', sizeof lines);
  ssize_t sent = 0, count;
  for (int i = 0; i < 100 && (count = send(fd, lines, sizeof lines, MSG_NOSIGNAL)) > 0; i++) {
    sent += count;
    neap_loop_turn(self->loop, INT64_MIN);
  }
  assert_true(sent < 100 * (ssize_t)sizeof lines);
  while (next(self)) lines_seen++;
  assert_true(lines_seen <= 1 << 17);
  close(fd);
}

static void the_silent_one_makes_room(void **state) {
  stage *self = *state;
  int fd[NEAP_CONTROL_CLIENTS];
  for (int i = 0; i < NEAP_CONTROL_CLIENTS; i++) fd[i] = join(self);
  say(self, fd[0], "I speak\n");
  assert_non_null(next(self));
  answer(self, "so you do");
  int late = join(self);
  say(self, late, "kill\n");
  assert_string_equal(next(self), "kill");
  assert_true(is_let_go(self, fd[1]));
  expect(fd[0], "so you do\n");
  for (int i = 0; i < NEAP_CONTROL_CLIENTS; i++) close(fd[i]);
  close(late);
}

static void is_replaced_when_nobody_serves_it(void **state) {
  stage *self = *state;
  neap_fault fault;
  neap_buffer heard;
  neap_control_close(self->control);
  self->control = NULL;
  assert_false(neap_control_is_served(self->directory));
  neap_buffer_init(&heard);
  assert_int_equal(neap_control_ask(self->directory, "x", 1, NEAP_SECOND, &heard, &fault), NEAP_NOT_FOUND);
  assert_string_equal(fault.code, "not_running");
  FILE *left = fopen(self->path, "w"); /* as a killed session leaves it */
  fclose(left);
  assert_int_equal(neap_control_open(neap_loop_poller(self->loop), self->directory, &self->control, NULL), NEAP_OK);
  assert_true(neap_control_is_served(self->directory));
  neap_buffer_fini(&heard);
}

static void a_directory_may_have_a_long_name(void **state) {
  stage *self = *state;
  char path[512];
  neap_control *control = NULL;
  snprintf(path, sizeof path, "%s/%0200d", self->directory, 7);
  assert_int_equal(mkdir(path, 0700), 0);
  assert_int_equal(neap_control_open(neap_loop_poller(self->loop), path, &control, NULL), NEAP_OK);
  assert_true(neap_control_is_served(path));
  assert_true(neap_control_is_served(self->directory)); /* another one */
  neap_control_close(control);
  assert_false(neap_control_is_served(path));
  assert_int_equal(rmdir(path), 0);
}

static void one_who_waits_is_not_kept(void **state) {
  stage *self = *state;
  neap_fault fault;
  neap_buffer heard;
  neap_buffer_init(&heard);
  assert_int_equal(neap_control_ask(self->directory, "x", 1, NEAP_SECOND / 100, &heard, &fault), NEAP_IO);
  assert_string_equal(fault.code, "no_answer");
  neap_buffer_fini(&heard);
}

int main(void) {
#define CASE(name) cmocka_unit_test_setup_teardown(name, set, clear)
  const struct CMUnitTest tests[] = {
      CASE(is_the_owners_only),
      CASE(names_who_speaks),
      CASE(lines_come_whole),
      CASE(a_zero_byte_is_part_of_its_line),
      CASE(clients_take_turns),
      CASE(one_that_hangs_up_is_forgotten),
      CASE(a_line_too_long_is_refused),
      CASE(one_that_never_reads_is_let_go),
      CASE(one_that_floods_waits),
      CASE(the_silent_one_makes_room),
      CASE(is_replaced_when_nobody_serves_it),
      CASE(one_who_waits_is_not_kept),
      CASE(a_directory_may_have_a_long_name),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
