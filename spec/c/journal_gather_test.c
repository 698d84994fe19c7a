/* SPDX-License-Identifier: MIT */
/* journal: the log's pages that are gathered into one write: what others see of it, units of any size, writes that
 * fail. */
#include "journal_support.h"

enum { SHOWN = 400 };

/* Verifies what there is, again and again, until all events are there. */
static int watch(const char *path, int ready) {
  char byte;
  uint64_t seen = 0;
  if (read(ready, &byte, 1) != 1) return 2;
  while (seen < SHOWN) {
    neap_verify_report report = {0};
    neap_fault fault;
    if (neap_store_verify(path, NULL, &report, &fault) != NEAP_OK) {
      fprintf(stderr, "%s: %s\n", fault.code, fault.message);
      return 1;
    }
    if (report.events < seen || report.events % 4 != 0) return 3;
    seen = report.events;
  }
  return 0;
}

/* The other process is there before the store is open: what SQLite notes of its locks is not inherited. */
static void another_process_always_sees_whole_commits(void **state) {
  const place *self = *state;
  int ready[2], status;
  assert_int_equal(pipe(ready), 0);
  pid_t child = fork();
  if (child == 0) _exit(watch(self->path, ready[0]));
  neap_event_store *store = new_store(self->path);
  for (uint64_t first = 1; first <= SHOWN; first += 4) {
    neap_event_store_hold(store);
    append_range(store, first, first + 3);
    neap_event_store_release(store);
    assert_int_equal(neap_event_store_wait(store, first + 3, NULL), NEAP_OK);
    if (first == 1) assert_int_equal(write(ready[1], "", 1), 1);
  }
  assert_int_equal(waitpid(child, &status, 0), child);
  assert_int_equal(status, 0);
  assert_int_equal(neap_event_store_close(store, NULL), NEAP_OK);
  close(ready[0]);
  close(ready[1]);
}

static void append_unit(neap_event_store *store, uint64_t count) {
  uint64_t before = neap_event_store_count(store);
  neap_event_store_hold(store);
  append_range(store, before + 1, before + count);
  neap_event_store_release(store);
}

/* Some larger than what is gathered, some than what SQLite keeps of a transaction in memory, and reads again. */
static void units_of_any_size_are_written(void **state) {
  const place *self = *state;
  static const uint64_t sizes[] = {1, 40, 300, 1000, 9000, 2, 1};
  neap_event_store *store = new_store(self->path);
  for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
    append_unit(store, sizes[i]);
    assert_int_equal(neap_event_store_wait(store, UINT64_MAX, NULL), NEAP_OK);
    assert_int_equal(verified(self->path).events, neap_event_store_count(store));
  }
  assert_int_equal(neap_event_store_close(store, NULL), NEAP_OK);
  verified(self->path);
}

/* An id of an index whose pages have room for four. */
static void append_wide(neap_event_store *store, uint64_t where) {
  char id[900];
  memset(id, 'x', sizeof id - 1);
  id[sizeof id - 1] = '\0';
  id[snprintf(id, 20, "%06llu", (unsigned long long)where)] = '-';
  const neap_event event = {.ts_ns = 1, .type = "tested", .version = 1, .client_order_id = id};
  assert_int_equal(neap_event_store_append(store, &event, NULL, NULL), NEAP_OK);
}

/* Within one transaction places of the index are visited in turns. When they are a few more than SQLite keeps pages of,
 * each page goes into the log and is read from there a moment later. How many SQLite keeps is for it to know. */
static void pages_that_come_and_go_within_a_unit_are_whole(void **state) {
  const place *self = *state;
  for (uint64_t places = 200; places <= 480; places += 10) {
    remove_store(self);
    neap_event_store *store = new_store(self->path);
    neap_event_store_hold(store);
    for (uint64_t i = 0; i < 4 * places; i++) append_wide(store, i % places);
    neap_event_store_release(store);
    assert_int_equal(neap_event_store_close(store, NULL), NEAP_OK);
    assert_int_equal(verified(self->path).events, 4 * places);
  }
}

/* The disk ends somewhere within the unit's pages, or behind them. Gives whether the unit is there. */
static bool write_on_a_small_disk(const place *self, uint64_t count, rlim_t room) {
  char log[PATH_SIZE + 16];
  remove_store(self);
  neap_event_store *store = new_store(self->path);
  append_unit(store, 10);
  assert_int_equal(neap_event_store_wait(store, 10, NULL), NEAP_OK);
  limit_files((rlim_t)size_of(beside(self, "-wal", log)) + room);
  append_unit(store, count);
  bool is_written = neap_event_store_wait(store, 10 + count, NULL) == NEAP_OK;
  assert_int_equal(neap_event_store_state(store, NULL), is_written ? NEAP_JOURNAL_WRITES : NEAP_JOURNAL_LOST);
  assert_int_equal(verified(self->path).events, is_written ? 10 + count : 10);
  limit_files(0);
  assert_int_equal(neap_event_store_close(store, NULL), is_written ? NEAP_OK : NEAP_IO);
  assert_int_equal(verified(self->path).events, is_written ? 10 + count : 10);
  return is_written;
}

static void a_unit_is_whole_or_not_there_wherever_the_disk_ends(void **state) {
  const place *self = *state;
  static const struct {
    uint64_t events;
    rlim_t most, parts;
  } disks[] = {{5, 60000, 10}, {700, 900000, 10}, {8000, 9000000, 4}};
  for (size_t i = 0; i < sizeof disks / sizeof *disks; i++) {
    rlim_t written = 0;
    for (rlim_t part = 0; part <= disks[i].parts; part++)
      written += write_on_a_small_disk(self, disks[i].events, disks[i].most * part / disks[i].parts);
    assert_in_range(written, 1, disks[i].parts);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(another_process_always_sees_whole_commits, make_place, remove_place),
      cmocka_unit_test_setup_teardown(units_of_any_size_are_written, make_place, remove_place),
      cmocka_unit_test_setup_teardown(pages_that_come_and_go_within_a_unit_are_whole, make_place, remove_place),
      cmocka_unit_test_setup_teardown(a_unit_is_whole_or_not_there_wherever_the_disk_ends, make_place, remove_place)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
