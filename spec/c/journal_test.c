/* SPDX-License-Identifier: MIT */
/* journal: what is durable after a kill, going on behind the last event, one writer, the lines of the ack. */
#include <dirent.h>
#include <sched.h>
#include <sqlite3.h>
#include <time.h>

#include "journal_support.h"

static void resumed_the_chain_goes_on(void **state) {
  const place *self = *state;
  char with[NEAP_DIGEST_TEXT], without[NEAP_DIGEST_TEXT];
  neap_event_store *memory = new_store(NULL), *store = new_store(self->path);
  for (uint64_t first = 1; first <= 300; first += 100) {
    assert_int_equal(neap_event_store_count(store), first - 1);
    append_range(store, first, first + 99);
    append_range(memory, first, first + 99);
    assert_int_equal(neap_event_store_seal(memory, NULL), NEAP_OK);
    assert_int_equal(neap_event_store_close(store, NULL), NEAP_OK);
    assert_int_equal(verified(self->path).events, first + 99);
    store = resume_store(self->path);
  }
  neap_event_store_head(store, with);
  neap_event_store_head(memory, without);
  assert_string_equal(with, without);
  neap_event_store_close(store, NULL);
  neap_event_store_close(memory, NULL);
  assert_int_equal(size_of(self->path) % 4096, 0);
  char other[PATH_SIZE + 16];
  static const char *const endings[] = {"-wal", "-shm", "-lock", "-reserve", "-new"};
  for (size_t i = 0; i < 5; i++) assert_int_equal(size_of(beside(self, endings[i], other)), -1);
}

static void a_seal_reaches_events_that_are_durable_already(void **state) {
  const place *self = *state;
  char with[NEAP_DIGEST_TEXT], without[NEAP_DIGEST_TEXT];
  neap_event_store *memory = new_store(NULL), *store = new_store(self->path);
  for (uint64_t i = 1; i <= 20; i++) {
    append_sample(store, i);
    append_sample(memory, i);
    assert_int_equal(neap_event_store_wait(store, i, NULL), NEAP_OK);
    assert_int_equal(neap_event_store_durable(store), i);
    if (i % 7 == 0) {
      assert_int_equal(neap_event_store_seal(store, NULL), NEAP_OK);
      assert_int_equal(neap_event_store_seal(memory, NULL), NEAP_OK);
    }
    neap_verify_report report = verified(self->path);
    assert_int_equal(report.events, i);
    assert_int_equal(report.open, i % 7);
    neap_event_store_head(store, with);
    neap_event_store_head(memory, without);
    assert_string_equal(with, without);
    assert_string_equal(report.head, with);
  }
  neap_event_store_close(store, NULL);
  neap_event_store_close(memory, NULL);
}

/* Appends units of `unit` events until it is killed. */
static void run_for_ever(const char *path, int ack, uint64_t unit, bool resume) {
  neap_event_store *store =
      open_store((neap_event_store_options){.path = path, .ack_fd = ack, .resume = resume, .reserve = 8192});
  for (;;) {
    uint64_t count = neap_event_store_count(store);
    neap_event_store_hold(store);
    append_range(store, count + 1, count + unit);
    neap_event_store_release(store);
    if (count % 77 == 0) neap_event_store_seal(store, NULL);
  }
}

static uint64_t read_ack(int fd) {
  char line[64] = "";
  for (size_t i = 0; i < sizeof line - 1 && read(fd, &line[i], 1) == 1 && line[i] != '\n'; i++) continue;
  return strncmp(line, "durable ", 8) == 0 ? strtoull(line + 8, NULL, 10) : 0;
}

static uint64_t kill_after(const char *path, int lines, uint64_t unit, bool resume) {
  int ends[2], status;
  uint64_t seen = 0, last;
  assert_int_equal(pipe(ends), 0);
  pid_t child = fork();
  if (child == 0) run_for_ever(path, ends[1], unit, resume);
  close(ends[1]);
  for (int i = 0; i < lines; i++) seen = read_ack(ends[0]);
  kill(child, SIGKILL);
  assert_int_equal(waitpid(child, &status, 0), child);
  assert_true(WIFSIGNALED(status));
  while ((last = read_ack(ends[0])) > 0) seen = last; /* what was said before it died */
  close(ends[0]);
  return seen;
}

static void whatever_was_acknowledged_survives_a_kill(void **state) {
  const place *self = *state;
  srand(3);
  for (int i = 0; i < 25; i++) {
    uint64_t unit = 1 + (uint64_t)rand() % 100, before = i % 5 ? verified(self->path).events : 0;
    if (i % 5 == 0) remove_store(self);
    uint64_t acknowledged = kill_after(self->path, 1 + rand() % 20, unit, i % 5 != 0);
    neap_verify_report report = verified(self->path);
    assert_true(acknowledged > 0 && report.events >= acknowledged);
    assert_int_equal((report.events - before) % unit, 0); /* units are whole */
  }
  neap_event_store_close(resume_store(self->path), NULL);
  verified(self->path);
}

static uint64_t newest(const char *path) {
  neap_query *query;
  neap_event_row row = {0};
  neap_event_filter filter = {.newest_first = true, .limit = 1};
  assert_int_equal(neap_query_open(path, &query, NULL), NEAP_OK);
  assert_int_equal(neap_query_events(query, &filter, NULL), NEAP_OK);
  assert_int_equal(neap_query_next(query, &row, NULL), NEAP_OK);
  neap_query_close(query);
  return row.seq;
}

static void the_ack_is_never_ahead_of_the_file(void **state) {
  const place *self = *state;
  int ends[2];
  uint64_t told = 0;
  assert_int_equal(pipe(ends), 0);
  neap_event_store *store = open_store((neap_event_store_options){.path = self->path, .ack_fd = ends[1]});
  while (told < 3000) {
    uint64_t count = neap_event_store_count(store);
    append_range(store, count + 1, count + 50);
    uint64_t now = read_ack(ends[0]);
    assert_true(now > told && now <= neap_event_store_durable(store));
    assert_true(newest(self->path) >= now);
    told = now;
  }
  assert_int_equal(neap_event_store_close(store, NULL), NEAP_OK);
  close(ends[0]);
  close(ends[1]);
}

static void an_ack_that_nobody_reads_hurts_nobody(void **state) {
  const place *self = *state;
  int full[2], gone[2];
  char block[4096] = {0};
  assert_int_equal(pipe(full), 0);
  assert_int_equal(pipe(gone), 0);
  close(gone[0]);
  fcntl(full[1], F_SETFL, O_NONBLOCK);
  while (write(full[1], block, sizeof block) > 0) continue;
  fcntl(full[1], F_SETFL, 0);
  const int fds[] = {full[1], gone[1]};
  for (int i = 0; i < 2; i++) {
    neap_event_store *store = open_store((neap_event_store_options){.path = self->path, .ack_fd = fds[i]});
    fill(store, 200, NULL);
    assert_int_equal(neap_event_store_close(store, NULL), NEAP_OK);
    assert_int_equal(verified(self->path).events, 200);
    unlink(self->path);
  }
  close(full[0]);
  close(full[1]);
  close(gone[1]);
}

static void an_ack_that_is_not_open_for_writing_is_refused(void **state) {
  const place *self = *state;
  neap_fault fault;
  int own = open(self->path, O_RDWR | O_CREAT, 0600), ends[2];
  assert_int_equal(pipe(ends), 0);
  const int fds[] = {own, 987, ends[0]};
  for (int i = 0; i < 3; i++) {
    neap_event_store *store = NULL;
    neap_event_store_options options = {.path = self->path, .ack_fd = fds[i]};
    assert_int_equal(neap_event_store_create(&options, &store, &fault), NEAP_INVALID);
    assert_string_equal(fault.code, "not_open");
    unlink(self->path);
    close(fds[i]);
  }
  close(ends[1]);
}

static void what_is_held_is_not_waited_for(void **state) {
  const place *self = *state;
  neap_fault fault;
  neap_event_store *store = new_store(self->path);
  append_sample(store, 1);
  neap_event_store_hold(store);
  neap_event_store_hold(store);
  append_sample(store, 2);
  neap_event_store_release(store);
  append_sample(store, 3);
  assert_int_equal(neap_event_store_wait(store, 1, NULL), NEAP_OK);
  assert_int_equal(neap_event_store_wait(store, 2, &fault), NEAP_INVALID);
  assert_string_equal(fault.code, "held");
  assert_int_equal(neap_event_store_seal(store, &fault), NEAP_INVALID);
  assert_int_equal(verified(self->path).events, 1);
  neap_event_store_release(store);
  assert_int_equal(neap_event_store_wait(store, 99, NULL), NEAP_OK); /* there is no 99: all that is there */
  assert_int_equal(verified(self->path).events, 3);
  neap_event_store_release(store); /* one too many is none */
  neap_event_store_hold(store);
  append_sample(store, 4);
  assert_int_equal(neap_event_store_close(store, NULL), NEAP_OK); /* never released: never happened */
  assert_int_equal(verified(self->path).events, 3);
}

static uint64_t durable_now(const neap_event_store *store) {
  neap_event_store_wait((neap_event_store *)store, 1, NULL);
  return neap_event_store_durable(store);
}

static void append_at(neap_event_store *store, int64_t ts_ns) {
  const neap_event event = {.ts_ns = ts_ns, .type = "tested", .version = 1};
  assert_int_equal(neap_event_store_append(store, &event, NULL, NULL), NEAP_OK);
}

/* Nothing of an instant reaches the file before it is over: neither what is released in it, nor what waits. */
static void an_instant_is_committed_whole(void **state) {
  const place *self = *state;
  neap_event_store *store;
  const neap_event_store_options options = {.path = self->path, .run = "run", .by_instant = true};
  assert_int_equal(neap_event_store_create(&options, &store, NULL), NEAP_OK);
  append_at(store, 10);
  append_at(store, 20);
  neap_event_store_hold(store);
  append_at(store, 20);
  neap_event_store_release(store);
  append_at(store, 20);
  assert_int_equal(durable_now(store), 1);
  neap_event_store_hold(store);
  append_at(store, 30); /* what was held before this hold goes without it */
  assert_int_equal(neap_event_store_wait(store, 4, NULL), NEAP_OK);
  append_at(store, 40); /* a hold stays whole, though time goes on in it */
  neap_event_store_release(store);
  assert_int_equal(durable_now(store), 4);
  append_at(store, 40);
  assert_int_equal(neap_event_store_wait(store, 5, NULL), NEAP_OK);
  assert_int_equal(neap_event_store_durable(store), 7); /* who waits gets what there is */
  append_at(store, 40);
  neap_event_store_rest(store);
  append_at(store, 40);
  assert_int_equal(neap_event_store_close(store, NULL), NEAP_OK);
  assert_int_equal(verified(self->path).events, 9);
}

static void a_large_instant_goes_in_pieces(void **state) {
  const place *self = *state;
  neap_event_store *store;
  const neap_event_store_options options = {.path = self->path, .run = "run", .by_instant = true};
  const neap_event event = {.ts_ns = 1, .type = "tested", .version = 1};
  assert_int_equal(neap_event_store_create(&options, &store, NULL), NEAP_OK);
  for (int i = 0; i < 40000; i++) assert_int_equal(neap_event_store_append(store, &event, NULL, NULL), NEAP_OK);
  assert_int_equal(neap_event_store_wait(store, 1, NULL), NEAP_OK);
  assert_true(neap_event_store_durable(store) >= 1000 && neap_event_store_durable(store) < 40000);
  assert_int_equal(neap_event_store_close(store, NULL), NEAP_OK);
  assert_int_equal(verified(self->path).events, 40000);
}

static void one_writer_at_a_time_and_any_number_of_readers(void **state) {
  const place *self = *state;
  neap_event_store *second = NULL, *store = new_store(self->path);
  neap_event_store_options options = {.path = self->path, .resume = true};
  neap_fault fault;
  append_range(store, 1, 10);
  assert_int_equal(neap_event_store_create(&options, &second, &fault), NEAP_IO);
  assert_string_equal(fault.code, "locked");
  assert_non_null(strstr(fault.message, "process"));
  pid_t child = fork();
  if (child == 0) _exit(neap_event_store_create(&options, &second, &fault) == NEAP_IO ? 0 : 1);
  int status;
  assert_int_equal(waitpid(child, &status, 0), child);
  assert_int_equal(status, 0);
  neap_query *query;
  neap_event_row row;
  assert_int_equal(neap_event_store_wait(store, 10, NULL), NEAP_OK);
  assert_int_equal(neap_query_open(self->path, &query, NULL), NEAP_OK);
  assert_int_equal(neap_query_events(query, &(neap_event_filter){0}, NULL), NEAP_OK);
  assert_int_equal(neap_query_next(query, &row, NULL), NEAP_OK);
  append_range(store, 11, 3000); /* the reader stands in the middle */
  assert_int_equal(neap_event_store_seal(store, NULL), NEAP_OK);
  neap_query_close(query);
  assert_int_equal(neap_event_store_close(store, NULL), NEAP_OK);
  assert_int_equal(verified(self->path).events, 3000);
}

static void a_database_that_another_locks_is_said_to_be_locked(void **state) {
  const place *self = *state;
  sqlite3 *other;
  neap_event_store *store = NULL;
  neap_event_store_options options = {.path = self->path, .resume = true};
  neap_verify_report report;
  neap_fault fault;
  write_store(self->path, 10, NULL);
  assert_int_equal(sqlite3_open(self->path, &other), SQLITE_OK);
  assert_int_equal(sqlite3_exec(other, "BEGIN EXCLUSIVE", NULL, NULL, NULL), SQLITE_OK);
  assert_int_equal(neap_event_store_create(&options, &store, &fault), NEAP_IO);
  assert_string_equal(fault.code, "locked");
  assert_int_equal(neap_store_verify(self->path, NULL, &report, &fault), NEAP_IO);
  assert_string_equal(fault.code, "locked");
  sqlite3_close(other);
}

/* Threads of this process that block all signals but those that cannot be blocked. */
static int count_deaf_threads(void) {
  char path[300], line[200];
  int count = 0;
  DIR *threads = opendir("/proc/self/task");
  for (struct dirent *entry; (entry = readdir(threads));) {
    snprintf(path, sizeof path, "/proc/self/task/%s/status", entry->d_name);
    FILE *file = entry->d_name[0] == '.' ? NULL : fopen(path, "r");
    while (file && fgets(line, sizeof line, file))
      if (strncmp(line, "SigBlk:", 7) == 0 && strstr(line, "fffffffe7ffbfeff")) count++;
    if (file) fclose(file);
  }
  closedir(threads);
  return count;
}

static void the_thread_takes_no_signal(void **state) {
  const place *self = *state;
  const char *preloaded = getenv("LD_PRELOAD");
  if (preloaded && strstr(preloaded, "vgpreload")) skip(); /* valgrind shows its own mask, not the thread's */
  int before = count_deaf_threads();
  neap_event_store *store = new_store(self->path);
  append_sample(store, 1);
  assert_int_equal(neap_event_store_seal(store, NULL), NEAP_OK);
  for (time_t end = time(NULL) + 10; count_deaf_threads() == before && time(NULL) < end;) sched_yield(); /* its turn */
  assert_int_equal(count_deaf_threads(), before + 1);
  neap_event_store_close(store, NULL);
}

static void what_another_run_left_is_not_written_over(void **state) {
  const place *self = *state;
  neap_event_store *store = NULL;
  neap_event_store_options options = {.path = self->path};
  neap_fault fault;
  assert_true(kill_after(self->path, 2, 50, false) > 0);
  unlink(self->path);
  assert_int_equal(neap_event_store_create(&options, &store, &fault), NEAP_EXISTS);
  assert_string_equal(fault.code, "log_exists");
}

static void what_is_not_a_store_is_not_resumed(void **state) {
  const place *self = *state;
  neap_event_store *store = NULL;
  neap_event_store_options options = {.path = self->path, .resume = true};
  neap_fault fault;
  assert_int_equal(neap_event_store_create(&options, &store, &fault), NEAP_NOT_FOUND);
  assert_string_equal(fault.code, "no_such_store");
  fclose(fopen(self->path, "w"));
  assert_int_equal(neap_event_store_create(&options, &store, &fault), NEAP_CORRUPT);
  FILE *file = fopen(self->path, "w");
  for (int i = 0; i < 999; i++) fputs("a,b,c\n", file);
  fclose(file);
  assert_int_equal(neap_event_store_create(&options, &store, &fault), NEAP_CORRUPT);
  assert_string_equal(fault.code, "not_a_store");
  assert_int_equal(size_of(self->path), 5994);
}

static void a_spoilt_end_is_not_written_on(void **state) {
  const place *self = *state;
  static const char *const changes[] = {"DELETE FROM event WHERE seq > 80", "UPDATE event SET ts_ns = 1 WHERE seq = 95",
                                        "DELETE FROM event WHERE seq = 90",
                                        "UPDATE meta SET value = 'x' WHERE key = 'tail'"};
  for (size_t i = 0; i < 4; i++) {
    sqlite3 *database;
    neap_event_store *store = NULL;
    neap_event_store_options options = {.path = self->path, .resume = true};
    remove_store(self);
    assert_true(kill_after(self->path, 2, 100, false) > 0);
    assert_int_equal(sqlite3_open(self->path, &database), SQLITE_OK);
    sqlite3_exec(database, "DELETE FROM event WHERE seq > 100", NULL, NULL, NULL);
    assert_int_equal(sqlite3_exec(database, changes[i], NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(database);
    assert_int_equal(neap_event_store_create(&options, &store, NULL), NEAP_CORRUPT);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(resumed_the_chain_goes_on, make_place, remove_place),
      cmocka_unit_test_setup_teardown(a_seal_reaches_events_that_are_durable_already, make_place, remove_place),
      cmocka_unit_test_setup_teardown(whatever_was_acknowledged_survives_a_kill, make_place, remove_place),
      cmocka_unit_test_setup_teardown(the_ack_is_never_ahead_of_the_file, make_place, remove_place),
      cmocka_unit_test_setup_teardown(an_ack_that_nobody_reads_hurts_nobody, make_place, remove_place),
      cmocka_unit_test_setup_teardown(an_ack_that_is_not_open_for_writing_is_refused, make_place, remove_place),
      cmocka_unit_test_setup_teardown(what_is_held_is_not_waited_for, make_place, remove_place),
      cmocka_unit_test_setup_teardown(an_instant_is_committed_whole, make_place, remove_place),
      cmocka_unit_test_setup_teardown(a_large_instant_goes_in_pieces, make_place, remove_place),
      cmocka_unit_test_setup_teardown(one_writer_at_a_time_and_any_number_of_readers, make_place, remove_place),
      cmocka_unit_test_setup_teardown(a_database_that_another_locks_is_said_to_be_locked, make_place, remove_place),
      cmocka_unit_test_setup_teardown(the_thread_takes_no_signal, make_place, remove_place),
      cmocka_unit_test_setup_teardown(what_another_run_left_is_not_written_over, make_place, remove_place),
      cmocka_unit_test_setup_teardown(what_is_not_a_store_is_not_resumed, make_place, remove_place),
      cmocka_unit_test_setup_teardown(a_spoilt_end_is_not_written_on, make_place, remove_place)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
