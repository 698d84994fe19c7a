/* SPDX-License-Identifier: MIT */
/* journal: who waits for an event does the writer's work where its thread has not begun. */
#include <sys/socket.h>

#include "journal_support.h"

static neap_event_store *open_by_instant(const char *path, int ack) {
  return open_store((neap_event_store_options){.path = path, .by_instant = true, .ack_fd = ack});
}

/* With one write, too: of all pages of the log that a commit has. */
static void who_waits_commits_with_one_write(void **state) {
  const place *self = *state;
  long long before, after, bytes;
  if (!written_here(&before, &bytes)) skip();
  neap_event_store *store = open_by_instant(self->path, 0);
  append_sample(store, 1);
  assert_int_equal(neap_event_store_wait(store, 1, NULL), NEAP_OK); /* makes the log */
  for (uint64_t i = 2; i <= 50; i++) {
    append_sample(store, i);
    written_here(&before, &bytes);
    assert_int_equal(neap_event_store_wait(store, i, NULL), NEAP_OK);
    written_here(&after, &bytes);
    assert_int_equal(after - before, 1);
    assert_int_equal(neap_event_store_durable(store), i);
  }
  assert_int_equal(neap_event_store_close(store, NULL), NEAP_OK);
  assert_int_equal(verified(self->path).events, 50);
}

/* Units that the thread is at, or was woken for, and some that are waited for: in their order, each once. */
static void both_threads_write_one_journal(void **state) {
  const place *self = *state;
  char with[NEAP_DIGEST_TEXT], without[NEAP_DIGEST_TEXT];
  neap_event_store *store = new_store(self->path), *memory = new_store(NULL);
  srand(11);
  for (uint64_t i = 1; i <= 3000; i++) {
    append_sample(store, i);
    append_sample(memory, i);
    if (rand() % 9 == 0) assert_int_equal(neap_event_store_wait(store, i, NULL), NEAP_OK);
    if (rand() % 9 == 0) assert_int_equal(neap_event_store_wait(store, 1 + (uint64_t)rand() % i, NULL), NEAP_OK);
    if (rand() % 99 == 0) {
      assert_int_equal(neap_event_store_seal(store, NULL), NEAP_OK);
      assert_int_equal(neap_event_store_seal(memory, NULL), NEAP_OK);
      assert_int_equal(neap_event_store_durable(store), i);
    }
  }
  assert_int_equal(neap_event_store_seal(memory, NULL), NEAP_OK);
  assert_int_equal(neap_event_store_seal(store, NULL), NEAP_OK);
  neap_event_store_head(store, with);
  neap_event_store_head(memory, without);
  assert_string_equal(with, without);
  neap_event_store_close(memory, NULL);
  assert_int_equal(neap_event_store_close(store, NULL), NEAP_OK);
  assert_int_equal(verified(self->path).events, 3000);
}

/* A reader that is gone without its end being seen: the signal is the journal's affair, whoever works. */
static void an_ack_that_breaks_leaves_no_signal_behind(void **state) {
  const place *self = *state;
  int ends[2];
  sigset_t waiting;
  assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
  assert_int_equal(shutdown(ends[0], SHUT_RD), 0);
  neap_event_store *store = open_by_instant(self->path, ends[1]);
  append_sample(store, 1);
  assert_int_equal(neap_event_store_wait(store, 1, NULL), NEAP_OK); /* SIGPIPE would end the test */
  assert_int_equal(sigpending(&waiting), 0);
  assert_false(sigismember(&waiting, SIGPIPE));
  assert_int_equal(neap_event_store_close(store, NULL), NEAP_OK);
  close(ends[0]);
  close(ends[1]);
}

static volatile sig_atomic_t heard;
static void hear(int signal) { heard += signal == SIGUSR1; }

static void signals_are_this_threads_again_behind_it(void **state) {
  const place *self = *state;
  sigset_t before, after;
  neap_event_store *store = open_by_instant(self->path, 0);
  signal(SIGUSR1, hear);
  pthread_sigmask(SIG_SETMASK, NULL, &before);
  append_sample(store, 1);
  assert_int_equal(neap_event_store_wait(store, 1, NULL), NEAP_OK);
  pthread_sigmask(SIG_SETMASK, NULL, &after);
  for (int i = 1; i < SIGRTMAX; i++) assert_int_equal(sigismember(&before, i), sigismember(&after, i));
  raise(SIGUSR1);
  assert_int_equal(heard, 1);
  neap_event_store_close(store, NULL);
}

/* Once the store gave up, what it has not handed on is never durable, and waiting for it says so. */
static void what_will_never_be_written_is_not_waited_for(void **state) {
  const place *self = *state;
  neap_fault fault = {0};
  neap_event_store *store = open_by_instant(self->path, 0);
  append_sample(store, 1);
  assert_int_equal(neap_event_store_wait(store, 1, NULL), NEAP_OK);
  append_sample(store, 2);
  assert_int_equal(neap_event_store_give_up(store, "no memory for a test", NULL), NEAP_MEMORY);
  assert_int_equal(neap_event_store_wait(store, 2, &fault), NEAP_MEMORY);
  assert_non_null(strstr(fault.message, "no memory for a test"));
  assert_int_equal(neap_event_store_wait(store, 1, NULL), NEAP_OK);
  assert_int_equal(neap_event_store_durable(store), 1);
  assert_int_equal(neap_event_store_close(store, NULL), NEAP_MEMORY);
  assert_int_equal(verified(self->path).events, 1);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(who_waits_commits_with_one_write, make_place, remove_place),
      cmocka_unit_test_setup_teardown(both_threads_write_one_journal, make_place, remove_place),
      cmocka_unit_test_setup_teardown(an_ack_that_breaks_leaves_no_signal_behind, make_place, remove_place),
      cmocka_unit_test_setup_teardown(signals_are_this_threads_again_behind_it, make_place, remove_place),
      cmocka_unit_test_setup_teardown(what_will_never_be_written_is_not_waited_for, make_place, remove_place)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
