/* SPDX-License-Identifier: MIT */
/* reserve: where events go when the store's file cannot be written, and how they come back. */
#include <sqlite3.h>

#include "journal_support.h"

enum { LIMIT = 100 * 1024, RESERVE = 48 * 1024 };

static neap_event_store *store_with_reserve(const place *self, size_t reserve, bool resume) {
  return open_store((neap_event_store_options){.path = self->path, .reserve = reserve, .resume = resume});
}

/* Appends events until the file is full, and then `more`, each waited for; gives the number of the last. */
static uint64_t fill_up(neap_event_store *store, uint64_t more) {
  uint64_t seq = neap_event_store_count(store);
  neap_fault why = {0};
  limit_files(LIMIT);
  while (neap_event_store_state(store, &why) == NEAP_JOURNAL_WRITES) {
    append_sample(store, ++seq);
    assert_int_equal(neap_event_store_wait(store, seq, NULL), NEAP_OK);
  }
  if (strcmp(why.code, "disk_full") != 0 && strcmp(why.code, "database_failed") != 0) fail_msg("%s", why.code);
  for (uint64_t i = 0; i < more; i++) {
    append_sample(store, ++seq);
    assert_int_equal(neap_event_store_wait(store, seq, NULL), NEAP_OK);
  }
  limit_files(0);
  assert_int_equal(neap_event_store_state(store, NULL), NEAP_JOURNAL_RESERVE);
  return seq;
}

static uint64_t count_rows(const char *path, neap_event_filter filter, uint64_t *first, uint64_t *last) {
  neap_query *query;
  neap_event_row row;
  uint64_t count = 0;
  assert_int_equal(neap_query_open(path, &query, NULL), NEAP_OK);
  assert_int_equal(neap_query_events(query, &filter, NULL), NEAP_OK);
  while (neap_query_next(query, &row, NULL) == NEAP_OK) {
    if (count++ == 0) *first = row.seq;
    *last = row.seq;
    assert_string_equal(row.run, "run-1");
    assert_true(row.record_size > 0 && row.body[0] == '{' && row.ts_ns == (int64_t)row.seq * 1000);
  }
  neap_query_close(query);
  return count;
}

static void it_is_there_from_the_start_and_gone_at_the_end(void **state) {
  const place *self = *state;
  char path[PATH_SIZE + 16];
  struct stat found;
  neap_event_store *store = store_with_reserve(self, RESERVE, false);
  assert_int_equal(stat(beside(self, "-reserve", path), &found), 0);
  assert_int_equal(found.st_size, RESERVE);
  assert_true(found.st_blocks * 512 >= RESERVE);
  fill(store, 10, NULL);
  assert_int_equal(neap_event_store_close(store, NULL), NEAP_OK);
  assert_int_equal(size_of(path), -1);
}

static void events_that_find_no_room_go_there_and_come_back(void **state) {
  const place *self = *state;
  char head[NEAP_DIGEST_TEXT], expected[NEAP_DIGEST_TEXT], path[PATH_SIZE + 16];
  uint64_t first, last;
  neap_event_store *store = store_with_reserve(self, RESERVE, false), *memory = new_store(NULL);
  uint64_t count = fill_up(store, 70);
  assert_int_equal(neap_event_store_seal(store, NULL), NEAP_OK);
  append_sample(store, ++count);
  assert_int_equal(neap_event_store_close(store, NULL), NEAP_OK);
  neap_verify_report report = verified(self->path);
  assert_int_equal(report.events, count);
  assert_in_range(report.reserve, 71, 80);
  assert_int_equal(count_rows(self->path, (neap_event_filter){0}, &first, &last), count);
  assert_true(first == 1 && last == count);
  assert_int_equal(count_rows(self->path, (neap_event_filter){.newest_first = true, .limit = 75}, &first, &last), 75);
  assert_true(first == count && last == count - 74);
  neap_event_filter few = {.type = "order_filled", .product = "BTC-USD", .since_seq = count - 70, .cause_seq = 0};
  assert_in_range(count_rows(self->path, few, &first, &last), 15, 24);
  store = store_with_reserve(self, RESERVE, true);
  assert_int_equal(neap_event_store_count(store), count);
  assert_int_equal(neap_event_store_state(store, NULL), NEAP_JOURNAL_WRITES);
  append_sample(store, count + 1);
  assert_int_equal(neap_event_store_seal(store, NULL), NEAP_OK);
  neap_event_store_head(store, head);
  assert_int_equal(neap_event_store_close(store, NULL), NEAP_OK);
  assert_int_equal(size_of(beside(self, "-reserve", path)), -1);
  report = verified(self->path);
  assert_true(report.events == count + 1 && report.reserve == 0);
  append_range(memory, 1, count - 1);
  neap_event_store_seal(memory, NULL);
  append_sample(memory, count);
  neap_event_store_seal(memory, NULL);
  append_sample(memory, count + 1);
  neap_event_store_seal(memory, NULL);
  neap_event_store_head(memory, expected);
  assert_string_equal(head, expected);
  neap_event_store_close(memory, NULL);
}

static void when_it_is_full_too_the_journal_is_lost(void **state) {
  const place *self = *state;
  neap_fault fault = {0};
  neap_event_store *store = store_with_reserve(self, 4096, false);
  uint64_t count = fill_up(store, 0);
  limit_files(LIMIT);
  while (neap_event_store_state(store, NULL) != NEAP_JOURNAL_LOST) {
    append_sample(store, ++count);
    if (neap_event_store_wait(store, count, &fault) != NEAP_OK) break;
  }
  limit_files(0);
  assert_string_equal(fault.code, "journal_lost");
  neap_event event = {.ts_ns = 1, .type = "log", .version = 1};
  assert_int_equal(neap_event_store_append(store, &event, NULL, &fault), NEAP_IO);
  assert_string_equal(fault.code, "journal_lost");
  assert_int_equal(neap_event_store_durable(store), count - 1);
  assert_int_equal(neap_event_store_close(store, &fault), NEAP_IO);
  assert_int_equal(verified(self->path).events, count - 1);
  store = store_with_reserve(self, RESERVE, true);
  assert_int_equal(neap_event_store_count(store), count - 1);
  assert_int_equal(neap_event_store_close(store, NULL), NEAP_OK);
}

static void without_it_the_first_failure_sticks(void **state) {
  const place *self = *state;
  neap_fault fault = {0};
  neap_event_store *store = new_store(self->path);
  uint64_t count = 0;
  limit_files(LIMIT);
  do append_sample(store, ++count);
  while (neap_event_store_wait(store, count, &fault) == NEAP_OK);
  limit_files(0);
  assert_true(strcmp(fault.code, "disk_full") == 0 || strcmp(fault.code, "database_failed") == 0);
  assert_int_equal(neap_event_store_state(store, NULL), NEAP_JOURNAL_LOST);
  assert_int_equal(neap_event_store_seal(store, &fault), NEAP_IO);
  assert_int_equal(neap_event_store_close(store, NULL), NEAP_IO);
  assert_int_equal(verified(self->path).events, count - 1);
}

static void nothing_is_left_of_a_store_for_which_there_is_no_room(void **state) {
  const place *self = *state;
  char path[PATH_SIZE + 16];
  static const char *const endings[] = {"", "-wal", "-shm", "-lock", "-reserve", "-new", "-new-journal"};
  for (rlim_t limit = 1; limit < 80000; limit += 4000) {
    neap_event_store *store = NULL;
    neap_fault fault = {0};
    neap_event_store_options options = {.path = self->path, .reserve = 70000};
    limit_files(limit);
    neap_status status = neap_event_store_create(&options, &store, &fault);
    limit_files(0);
    if (status == NEAP_OK) neap_event_store_close(store, NULL);
    assert_true(status == NEAP_OK ? limit >= 70000 : status == NEAP_IO && fault.where[0]);
    for (size_t i = status == NEAP_OK; i < 7; i++) assert_int_equal(size_of(beside(self, endings[i], path)), -1);
    unlink(self->path);
  }
}

/* A store of events 1 to *count whose last ones lie in the reserve; the files are kept as copies. */
static void make_two(const place *self, uint64_t *count, char store_copy[PATH_SIZE + 16],
                     char reserve_copy[PATH_SIZE + 16]) {
  char path[PATH_SIZE + 16];
  neap_event_store *store = store_with_reserve(self, RESERVE, false);
  *count = fill_up(store, 20);
  assert_int_equal(neap_event_store_close(store, NULL), NEAP_OK);
  copy_file(self->path, beside(self, "-one", store_copy));
  copy_file(beside(self, "-reserve", path), beside(self, "-two", reserve_copy));
}

static void an_import_can_be_repeated(void **state) {
  const place *self = *state;
  char store_copy[PATH_SIZE + 16], reserve_copy[PATH_SIZE + 16], path[PATH_SIZE + 16];
  uint64_t count, tries = 0;
  make_two(self, &count, store_copy, reserve_copy);
  neap_event_store_close(resume_store(self->path), NULL);
  copy_file(reserve_copy, beside(self, "-reserve", path)); /* as if it had been killed before the reserve went */
  assert_int_equal(verified(self->path).reserve, 0);
  assert_int_equal(verified(self->path).events, count);
  neap_event_store_close(resume_store(self->path), NULL);
  assert_int_equal(verified(self->path).events, count);
  for (long pause = 0; pause < 40; pause++) { /* killed anywhere inside */
    copy_file(store_copy, self->path);
    copy_file(reserve_copy, beside(self, "-reserve", path));
    int status;
    pid_t child = fork();
    if (child == 0) {
      resume_store(self->path);
      _exit(0);
    }
    for (volatile long spin = 0; spin < pause * 60000; spin++) continue;
    kill(child, SIGKILL);
    waitpid(child, &status, 0);
    if (WIFSIGNALED(status)) tries++;
    assert_int_equal(verified(self->path).events, count);
    neap_event_store_close(resume_store(self->path), NULL);
    assert_int_equal(verified(self->path).events, count);
    char rest[PATH_SIZE + 16];
    unlink(beside(self, "-wal", rest));
    unlink(beside(self, "-shm", rest));
  }
  assert_true(tries > 5);
}

static void a_torn_end_is_cut_and_a_damaged_middle_is_told(void **state) {
  const place *self = *state;
  char store_copy[PATH_SIZE + 16], reserve_copy[PATH_SIZE + 16], path[PATH_SIZE + 16];
  uint64_t count, cut = 0, damaged = 0;
  make_two(self, &count, store_copy, reserve_copy);
  beside(self, "-reserve", path);
  neap_verify_report report;
  neap_fault fault;
  for (long at = 0; at < 9000; at += 53) {
    copy_file(reserve_copy, path);
    flip_byte(path, at);
    neap_status status = neap_store_verify(self->path, NULL, &report, &fault);
    if (status == NEAP_OK && report.open > 0) cut++; /* the last one, the seal, looks torn */
    if (status == NEAP_CORRUPT) damaged++;
    if (status == NEAP_CORRUPT) assert_string_equal(fault.code, "reserve_damaged");
  }
  assert_in_range(cut, 1, 10);
  assert_true(damaged > 50);
  for (off_t size = 0; size < 9000; size += 97) {
    copy_file(reserve_copy, path);
    assert_int_equal(truncate(path, size), 0);
    assert_true(verified(self->path).events <= count);
  }
  assert_int_equal(truncate(path, 3000), 0);
  uint64_t left = verified(self->path).events;
  neap_event_store_close(resume_store(self->path), NULL);
  assert_int_equal(verified(self->path).events, left);
  assert_true(left < count && left > 10);
}

static void the_reserve_of_a_store_that_is_gone_is_not_written_over(void **state) {
  const place *self = *state;
  char store_copy[PATH_SIZE + 16], reserve_copy[PATH_SIZE + 16];
  uint64_t count;
  neap_event_store *store = NULL;
  neap_event_store_options options = {.path = self->path};
  neap_fault fault;
  make_two(self, &count, store_copy, reserve_copy);
  unlink(self->path);
  assert_int_equal(neap_event_store_create(&options, &store, &fault), NEAP_EXISTS);
  assert_string_equal(fault.code, "reserve_exists");
}

static void the_reserve_of_another_store_is_not_imported(void **state) {
  const place *self = *state;
  char store_copy[PATH_SIZE + 16], reserve_copy[PATH_SIZE + 16];
  uint64_t count;
  neap_event_store *store = NULL;
  neap_event_store_options options = {.path = self->path, .resume = true};
  neap_fault fault;
  make_two(self, &count, store_copy, reserve_copy);
  remove(beside(self, "-reserve", store_copy));
  unlink(self->path);
  write_store(self->path, 2, NULL);
  copy_file(reserve_copy, store_copy);
  assert_int_equal(neap_event_store_create(&options, &store, &fault), NEAP_CORRUPT);
  assert_string_equal(fault.code, "reserve_differs");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(it_is_there_from_the_start_and_gone_at_the_end, make_place, remove_place),
      cmocka_unit_test_setup_teardown(events_that_find_no_room_go_there_and_come_back, make_place, remove_place),
      cmocka_unit_test_setup_teardown(when_it_is_full_too_the_journal_is_lost, make_place, remove_place),
      cmocka_unit_test_setup_teardown(without_it_the_first_failure_sticks, make_place, remove_place),
      cmocka_unit_test_setup_teardown(nothing_is_left_of_a_store_for_which_there_is_no_room, make_place, remove_place),
      cmocka_unit_test_setup_teardown(an_import_can_be_repeated, make_place, remove_place),
      cmocka_unit_test_setup_teardown(a_torn_end_is_cut_and_a_damaged_middle_is_told, make_place, remove_place),
      cmocka_unit_test_setup_teardown(the_reserve_of_a_store_that_is_gone_is_not_written_over, make_place,
                                      remove_place),
      cmocka_unit_test_setup_teardown(the_reserve_of_another_store_is_not_imported, make_place, remove_place)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
