/* SPDX-License-Identifier: MIT */
/* loop: waits for moments, files and signals, and for no longer than it was told. */
#include "session/loop.h"

#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "support.h"

static neap_loop *open_loop(void) {
  neap_loop *loop = NULL;
  assert_int_equal(neap_loop_open(&loop, NULL), NEAP_OK);
  return loop;
}

static void wakes_when_told(void **state) {
  (void)state;
  neap_loop *loop = open_loop();
  int64_t before = neap_loop_now(), wake = before + 30 * NEAP_SECOND / 1000;
  neap_loop_turn(loop, INT64_MIN);
  assert_true(neap_loop_now() < wake);
  neap_loop_turn(loop, wake);
  assert_true(neap_loop_now() >= wake);
  neap_loop_close(loop);
  neap_loop_close(NULL);
}

typedef struct reader {
  neap_loop *loop;
  neap_watch *watch;
  int fd, calls, what;
  bool lets_go;
} reader;

static void on_ready(void *context, int what) {
  reader *self = context;
  char byte;
  self->calls++;
  self->what = what;
  if (what & NEAP_READABLE) assert_true(recv(self->fd, &byte, 1, MSG_DONTWAIT) <= 1);
  if (self->lets_go) neap_loop_poller(self->loop)->let_go(self->watch);
}

static void watch(reader *self, int wanted) {
  const neap_poller *poller = neap_loop_poller(self->loop);
  assert_int_equal(poller->watch(poller->self, self->fd, wanted, on_ready, self, &self->watch, NULL), NEAP_OK);
}

static void hears_a_file(void **state) {
  (void)state;
  int pair[2];
  assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
  reader self = {.loop = open_loop(), .fd = pair[0]};
  watch(&self, NEAP_READABLE);
  neap_loop_turn(self.loop, INT64_MIN);
  assert_int_equal(self.calls, 0);
  assert_int_equal(write(pair[1], "ab", 2), 2);
  neap_loop_turn(self.loop, INT64_MAX);
  neap_loop_turn(self.loop, INT64_MAX);
  assert_int_equal(self.calls, 2);
  assert_int_equal(neap_loop_poller(self.loop)->want(self.watch, 0, NULL), NEAP_OK);
  assert_int_equal(write(pair[1], "c", 1), 1);
  neap_loop_turn(self.loop, INT64_MIN);
  assert_int_equal(self.calls, 2);
  assert_int_equal(neap_loop_poller(self.loop)->want(self.watch, NEAP_WRITABLE, NULL), NEAP_OK);
  neap_loop_turn(self.loop, INT64_MAX);
  assert_int_equal(self.what, NEAP_WRITABLE);
  neap_loop_close(self.loop); /* with what it watches */
  close(pair[0]);
  close(pair[1]);
}

static void lets_go_from_within(void **state) {
  (void)state;
  int pair[2];
  assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
  reader self = {.loop = open_loop(), .fd = pair[0], .lets_go = true};
  watch(&self, NEAP_READABLE);
  close(pair[1]); /* the other side's end is something to read */
  neap_loop_turn(self.loop, INT64_MAX);
  neap_loop_turn(self.loop, INT64_MIN);
  assert_int_equal(self.calls, 1);
  close(pair[0]);
  neap_loop_close(self.loop);
}

static void counts_signals(void **state) {
  (void)state;
  neap_loop *loop = open_loop();
  assert_int_equal(neap_loop_hear(loop, SIGHUP, NULL), NEAP_OK);
  assert_int_equal(neap_loop_hear(loop, SIGTERM, NULL), NEAP_OK);
  raise(SIGHUP);
  neap_loop_turn(loop, INT64_MAX);
  assert_int_equal(neap_loop_heard(loop, SIGTERM), 0);
  assert_int_equal(neap_loop_heard(loop, SIGHUP), 1);
  assert_int_equal(neap_loop_heard(loop, SIGHUP), 0);
  neap_loop_close(loop);
}

/* As on a machine that is busy: the moment comes after it was asked for and before anything is waited for. */
static bool is_slow;
int __real_uv_run(void *loop, int mode);
int __wrap_uv_run(void *loop, int mode);
int __wrap_uv_run(void *loop, int mode) {
  if (is_slow) usleep(5000);
  return __real_uv_run(loop, mode);
}

static void a_moment_that_comes_while_it_begins_to_wait_ends_the_turn(void **state) {
  (void)state;
  int pair[2], status;
  assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
  pid_t child = fork(); /* which the alarm ends, where the turn does not */
  if (child == 0) {
    reader self = {.loop = open_loop(), .fd = pair[0]};
    watch(&self, NEAP_READABLE);
    alarm(20);
    is_slow = true;
    neap_loop_turn(self.loop, neap_loop_now() + NEAP_SECOND / 1000);
    _exit(0);
  }
  assert_int_equal(waitpid(child, &status, 0), child);
  assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
  close(pair[0]);
  close(pair[1]);
}

/* The first is heard; ignored, the second ends the process. */
static void second_signal_ends_the_process(void **state) {
  (void)state;
  int status;
  pid_t child = fork();
  if (child == 0) {
    neap_loop *loop = open_loop();
    neap_loop_hear(loop, SIGTERM, NULL);
    raise(SIGTERM);
    neap_loop_turn(loop, INT64_MAX);
    if (neap_loop_heard(loop, SIGTERM) != 1) _exit(1);
    neap_loop_ignore(loop, SIGTERM);
    raise(SIGTERM);
    _exit(2);
  }
  assert_int_equal(waitpid(child, &status, 0), child);
  assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(wakes_when_told),
      cmocka_unit_test(hears_a_file),
      cmocka_unit_test(lets_go_from_within),
      cmocka_unit_test(counts_signals),
      cmocka_unit_test(a_moment_that_comes_while_it_begins_to_wait_ends_the_turn),
      cmocka_unit_test(second_signal_ends_the_process),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
