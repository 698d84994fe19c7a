/* SPDX-License-Identifier: MIT */
/* A lock is one process's until its last thread is gone. */
#include "store/lock.h"
#include "store/machine_lock.h"

#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "store_support.h"
#include "support.h"

static int words[2], orders[2]; /* what the child says, and what it is told */
static char name[40];           /* of the machine, one for each run of this test */

/* Until it is told, or for a fifth of a second. */
static void *outlive(void *nothing) {
  struct pollfd told = {.fd = orders[0], .events = POLLIN};
  if (poll(&told, 1, nothing ? 200 : -1) >= 0) _exit(0);
  return nothing;
}

/* Holds both; as a process that was killed and whose threads are not gone yet, where it is to be one. */
static void hold(const char *path, bool is_dying) {
  neap_lock lock;
  pthread_t thread;
  int machine;
  close(orders[1]);
  if (neap_lock_take(&lock, path, NULL) != NEAP_OK || neap_machine_lock_take(name, &machine, NULL) != NEAP_OK ||
      write(words[1], "x", 1) != 1)
    _exit(1);
  if (!is_dying) outlive(NULL);
  if (pthread_create(&thread, NULL, outlive, orders) == 0) pthread_exit(NULL);
  _exit(1);
}

static pid_t hold_elsewhere(const char *path, bool is_dying) {
  char byte;
  assert_int_equal(pipe(words), 0);
  assert_int_equal(pipe(orders), 0);
  pid_t child = fork();
  assert_true(child >= 0);
  if (child == 0) hold(path, is_dying);
  assert_int_equal(read(words[0], &byte, 1), 1);
  close(orders[0]);
  return child;
}

static void let_end(pid_t child) {
  close(orders[1]);
  close(words[0]), close(words[1]);
  assert_int_equal(waitpid(child, NULL, 0), child);
}

static void one_that_lives_is_not_waited_for(void **state) {
  const place *at = *state;
  neap_lock lock;
  neap_fault fault;
  char expected[80];
  pid_t child = hold_elsewhere(at->path, false);
  assert_int_equal(neap_lock_take(&lock, at->path, &fault), NEAP_IO);
  snprintf(expected, sizeof expected, "the store is locked: process %d writes it", (int)child);
  assert_string_equal(fault.message, expected);
  let_end(child);
  assert_int_equal(neap_lock_take(&lock, at->path, &fault), NEAP_OK);
  neap_lock_drop(&lock);
}

static void await_first_thread(pid_t child) {
  char path[40], text[4096] = "";
  snprintf(path, sizeof path, "/proc/%d/status", (int)child);
  while (!strstr(text, "State:\tZ")) {
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    text[fread(text, 1, sizeof text - 1, file)] = '\0';
    fclose(file);
  }
}

static void the_threads_of_one_that_died_are(void **state) {
  const place *at = *state;
  neap_lock lock;
  pid_t child = hold_elsewhere(at->path, true);
  await_first_thread(child);
  assert_int_equal(neap_lock_take(&lock, at->path, NULL), NEAP_OK);
  let_end(child);
  neap_lock_drop(&lock);
}

static void a_name_of_the_machine_is_waited_for_likewise(void **state) {
  const place *at = *state;
  neap_fault fault;
  int machine;
  pid_t child = hold_elsewhere(at->path, false);
  assert_int_equal(neap_machine_lock_take(name, &machine, &fault), NEAP_IO);
  assert_string_equal(fault.code, "locked");
  let_end(child);
  child = hold_elsewhere(at->path, true);
  await_first_thread(child);
  assert_int_equal(neap_machine_lock_take(name, &machine, NULL), NEAP_OK);
  let_end(child);
  close(machine);
}

int main(void) {
  snprintf(name, sizeof name, "lock_test.%d", (int)getpid());
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(one_that_lives_is_not_waited_for, make_place, remove_place),
      cmocka_unit_test_setup_teardown(the_threads_of_one_that_died_are, make_place, remove_place),
      cmocka_unit_test_setup_teardown(a_name_of_the_machine_is_waited_for_likewise, make_place, remove_place)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
