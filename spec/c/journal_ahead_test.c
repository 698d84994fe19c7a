/* SPDX-License-Identifier: MIT */
/* journal: what is waited for is durable in the reserve before the store's file has it. */
#include "journal_support.h"
#include "store/reserve.h"
#include "store/upkeep.h"

enum { RESERVE = 64 * 1024 };

static neap_event_store *open_ahead(const char *path) {
  return open_store((neap_event_store_options){.path = path, .reserve = RESERVE, .ahead = true, .by_instant = true});
}

static void append_and_wait(neap_event_store *store, uint64_t number) {
  append_sample(store, number);
  assert_int_equal(neap_event_store_wait(store, number, NULL), NEAP_OK);
}

/* Waits until the file has all. */
static void move_to_file(neap_event_store *store) {
  char head[NEAP_DIGEST_TEXT];
  neap_event_store_head(store, head);
}

static uint64_t count_rows(const char *path) {
  neap_query *query;
  neap_event_row row;
  uint64_t count = 0;
  const neap_event_filter all = {0};
  assert_int_equal(neap_query_open(path, &query, NULL), NEAP_OK);
  assert_int_equal(neap_query_events(query, &all, NULL), NEAP_OK);
  while (neap_query_next(query, &row, NULL) == NEAP_OK) assert_int_equal(row.seq, ++count);
  neap_query_close(query);
  return count;
}

static void what_is_waited_for_is_in_the_reserve_and_soon_in_the_file(void **state) {
  const place *self = *state;
  char path[PATH_SIZE + 16];
  neap_event_store *store = open_ahead(self->path);
  append_and_wait(store, 1);
  append_and_wait(store, 2);
  assert_int_equal(neap_event_store_durable(store), 2); /* nobody has asked the writer for them */
  assert_int_equal(verified(self->path).reserve, 2);
  assert_int_equal(count_rows(self->path), 2);
  neap_event_store_rest(store);
  while (verified(self->path).reserve > 0) continue; /* the writer was woken */
  assert_int_equal(count_rows(self->path), 2);
  append_and_wait(store, 3);
  assert_int_equal(verified(self->path).reserve, 1);
  assert_int_equal(count_rows(self->path), 3);
  assert_int_equal(neap_event_store_close(store, NULL), NEAP_OK);
  assert_int_equal(size_of(beside(self, "-reserve", path)), -1);
  neap_verify_report report = verified(self->path);
  assert_true(report.events == 3 && report.reserve == 0);
}

/* Of a commit of the file it would be some pages. */
static void it_is_one_write_of_little_more_than_the_event(void **state) {
  const place *self = *state;
  long long calls, bytes, calls_after, bytes_after;
  if (!written_here(&calls, &bytes)) skip();
  neap_event_store *store = open_ahead(self->path);
  for (uint64_t i = 1; i <= 200; i++) {
    append_sample(store, i);
    if (i % 20 == 0) move_to_file(store); /* else the reserve's share is full once, and the file is written here */
    written_here(&calls, &bytes);
    assert_int_equal(neap_event_store_wait(store, i, NULL), NEAP_OK);
    written_here(&calls_after, &bytes_after);
    if (i % 20 == 0) continue;
    assert_int_equal(calls_after - calls, 1);
    assert_in_range(bytes_after - bytes, 1, 400);
  }
  assert_int_equal(neap_event_store_close(store, NULL), NEAP_OK);
  assert_int_equal(verified(self->path).events, 200);
}

/* Units that are woken for, waited for, or both, sealed or left: one chain, each event once. */
static void ahead_or_not_the_journal_is_the_same(void **state) {
  const place *self = *state;
  char with[NEAP_DIGEST_TEXT], without[NEAP_DIGEST_TEXT];
  neap_event_store *store = open_ahead(self->path), *memory = new_store(NULL);
  srand(7);
  for (uint64_t i = 1; i <= 3000; i++) {
    append_sample(store, i);
    append_sample(memory, i);
    if (rand() % 3 == 0) assert_int_equal(neap_event_store_wait(store, i, NULL), NEAP_OK);
    if (rand() % 5 == 0) neap_event_store_rest(store);
    if (rand() % 99 == 0) {
      assert_int_equal(neap_event_store_seal(store, NULL), NEAP_OK);
      assert_int_equal(neap_event_store_seal(memory, NULL), NEAP_OK);
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

/* Appends and waits until it is killed, and tells through `told` what is durable. Who looks at it more slowly than it
 * writes has an end, too. */
static void append_for_ever(const char *path, int told, unsigned seed, bool resume) {
  neap_event_store *store = open_store((neap_event_store_options){
      .path = path, .reserve = RESERVE, .ahead = true, .by_instant = true, .resume = resume});
  srand(seed);
  const uint64_t before = neap_event_store_count(store);
  for (uint64_t i = before + 1;; i++) {
    while (i > before + 1500) pause();
    append_sample(store, i);
    if (rand() % 4) continue;
    if (neap_event_store_wait(store, i, NULL) != NEAP_OK || write(told, &i, sizeof i) != sizeof i) _exit(1);
    if (rand() % 4 == 0) neap_event_store_rest(store);
    if (rand() % 50 == 0) neap_event_store_seal(store, NULL);
  }
}

static pid_t start(const char *path, int told[2], unsigned seed, bool resume) {
  assert_int_equal(pipe(told), 0);
  pid_t child = fork();
  if (child == 0) append_for_ever(path, told[1], seed, resume);
  close(told[1]);
  return child;
}

static uint64_t end(pid_t child, const int told[2], uint64_t durable) {
  uint64_t seq;
  int status;
  kill(child, SIGKILL);
  while (read(told[0], &seq, sizeof seq) == sizeof seq) durable = seq;
  close(told[0]);
  assert_int_equal(waitpid(child, &status, 0), child);
  assert_true(WIFSIGNALED(status));
  return durable;
}

/* Read by another process meanwhile, too: the reserve begins again at its front under the reader's eyes. */
static void killed_anywhere_nothing_that_was_durable_is_missing(void **state) {
  const place *self = *state;
  uint64_t durable = 0, in_reserve = 0;
  for (unsigned round = 0; round < 12; round++) {
    int told[2];
    uint64_t seen = 0;
    pid_t child = start(self->path, told, round, round > 0);
    while (seen < durable + 1 + 37 * round)
      if (read(told[0], &seen, sizeof seen) != sizeof seen) fail_msg("the child has ended");
    for (int look = 0; look < 5 && round % 2; look++) {
      assert_true(verified(self->path).events >= seen);
      assert_true(count_rows(self->path) >= seen);
    }
    durable = end(child, told, seen);
    neap_verify_report report = verified(self->path);
    assert_true(report.events >= durable);
    in_reserve += report.reserve > 0;
  }
  assert_true(in_reserve > 0);
  neap_event_store *store = resume_store(self->path);
  assert_true(neap_event_store_count(store) >= durable);
  assert_int_equal(neap_event_store_close(store, NULL), NEAP_OK);
  assert_int_equal(verified(self->path).reserve, 0);
}

/* A session that is gone without its end, with events 1 to `in_file` in the file and the rest only in its reserve. */
static void leave_behind(const place *self, uint64_t in_file, uint64_t all) {
  int status;
  pid_t child = fork();
  if (child == 0) {
    neap_event_store *store = open_ahead(self->path);
    for (uint64_t i = 1; i <= all; i++) {
      append_and_wait(store, i);
      if (i == in_file) move_to_file(store);
    }
    _exit(0);
  }
  assert_int_equal(waitpid(child, &status, 0), child);
  assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static neap_status verify(const place *self, neap_verify_report *report, neap_fault *fault) {
  return neap_store_verify(self->path, NULL, report, fault);
}

static void left_records_behind_a_torn_one_are_no_damage(void **state) {
  const place *self = *state;
  char path[PATH_SIZE + 16];
  leave_behind(self, 5, 6); /* 2 to 5 follow 6 */
  neap_verify_report report = verified(self->path);
  assert_true(report.events == 6 && report.reserve == 1);
  flip_byte(beside(self, "-reserve", path), 100);
  report = verified(self->path);
  assert_true(report.events == 5 && report.reserve == 0);
  assert_int_equal(count_rows(self->path), 5);
  neap_event_store *store = resume_store(self->path);
  assert_int_equal(neap_event_store_count(store), 5);
  assert_int_equal(neap_event_store_close(store, NULL), NEAP_OK);
}

static void a_damaged_record_before_others_that_the_file_lacks_is_told(void **state) {
  const place *self = *state;
  char path[PATH_SIZE + 16];
  neap_verify_report report;
  neap_fault fault = {0};
  neap_query *query;
  neap_event_store *store = NULL;
  const neap_event_filter all = {0};
  leave_behind(self, 5, 8);
  assert_int_equal(verified(self->path).reserve, 3);
  flip_byte(beside(self, "-reserve", path), 100);
  assert_int_equal(verify(self, &report, &fault), NEAP_CORRUPT);
  assert_string_equal(fault.code, "reserve_damaged");
  assert_int_equal(neap_query_open(self->path, &query, NULL), NEAP_OK);
  assert_int_equal(neap_query_events(query, &all, &fault), NEAP_CORRUPT);
  assert_string_equal(fault.code, "reserve_damaged");
  neap_query_close(query);
  neap_event_store_options options = {.path = self->path, .resume = true};
  assert_int_equal(neap_event_store_create(&options, &store, &fault), NEAP_CORRUPT);
  assert_string_equal(fault.code, "reserve_damaged");
}

/* It would be read as if it went on behind the copy. */
static void no_copy_is_written_beside_the_reserve_of_another(void **state) {
  const place *self = *state;
  char other[PATH_SIZE + 16], reserve[PATH_SIZE + 16];
  neap_verify_report report;
  neap_fault fault = {0};
  leave_behind(self, 5, 8);
  rename(self->path, beside(self, "-one", other));
  remove(beside(self, "-wal", reserve));
  remove(beside(self, "-shm", reserve));
  remove(other);
  neap_event_store *store = new_store(other);
  append_range(store, 1, 6);
  assert_int_equal(neap_event_store_close(store, NULL), NEAP_OK);
  assert_int_equal(neap_store_backup(other, self->path, &report, &fault), NEAP_EXISTS);
  assert_string_equal(fault.code, "reserve_exists");
  assert_int_equal(size_of(self->path), -1);
  assert_int_equal(remove(beside(self, "-reserve", reserve)), 0);
  assert_int_equal(neap_store_backup(other, self->path, &report, &fault), NEAP_OK);
  assert_int_equal(verified(self->path).events, 6);
  unlink(other);
  unlink(strcat(other, "-lock"));
}

static void put_event(neap_buffer *out, uint64_t seq, size_t size) {
  static const unsigned char record[8192] = {0};
  neap_buffer packed;
  neap_buffer_init(&packed);
  const neap_packed_event event = {
      .seq = seq, .type = {"decision", 8}, .run = {"run-1", 5}, .version = 1, .record = {record, size}};
  assert_int_equal(neap_event_pack(&event, &packed, NULL), NEAP_OK);
  assert_int_equal(neap_unit_put(out, &(neap_unit){packed.data, packed.size, 1, 0}), NEAP_OK);
  neap_buffer_fini(&packed);
}

static neap_status write_events(neap_reserve *reserve, uint64_t first, uint64_t last, size_t size) {
  neap_buffer units;
  neap_buffer_init(&units);
  for (uint64_t seq = first; seq <= last; seq++) put_event(&units, seq, size);
  neap_status status = neap_reserve_write(reserve, units.data, units.size, NULL);
  neap_buffer_fini(&units);
  return status;
}

/* A part of it is on the disk, and says nothing of what lies before it. */
static void a_record_that_could_not_be_written_is_no_later_one(void **state) {
  const place *self = *state;
  char path[PATH_SIZE + 16];
  neap_reserve *reserve;
  neap_reserve_contents contents;
  assert_int_equal(neap_reserve_create(self->path, RESERVE, &reserve, NULL), NEAP_OK);
  assert_int_equal(write_events(reserve, 1, 4, 600), NEAP_OK);
  limit_files(8192);
  assert_int_equal(write_events(reserve, 5, 9, 2000), NEAP_IO);
  limit_files(0);
  neap_reserve_rewind(reserve); /* the file has 1 to 4, and fails at 5 */
  assert_int_equal(write_events(reserve, 5, 5, 600), NEAP_OK);
  neap_reserve_close(reserve);
  assert_int_equal(neap_reserve_read(self->path, &contents, NULL), NEAP_OK);
  assert_true(contents.events == 1 && contents.first_seq == 5);
  neap_reserve_contents_fini(&contents);
  flip_byte(beside(self, "-reserve", path), 100); /* as if the power had gone on the way */
  assert_int_equal(neap_reserve_read(self->path, &contents, NULL), NEAP_OK);
  assert_int_equal(contents.events, 0);
  assert_int_equal(neap_reserve_check_behind(&contents, self->path, 4, NULL), NEAP_OK);
  neap_reserve_contents_fini(&contents);
}

/* The disk ends: what went ahead is in the reserve already, and what comes then follows it there. */
static void when_the_file_fails_the_reserve_has_what_went_ahead(void **state) {
  const place *self = *state;
  for (uint64_t rest = 1; rest <= 9; rest++) { /* how often the writer is woken */
    neap_event_store *store = open_ahead(self->path);
    uint64_t seq = 0;
    limit_files(100 * 1024);
    while (neap_event_store_state(store, NULL) == NEAP_JOURNAL_WRITES) {
      append_and_wait(store, ++seq);
      if (seq % rest == 0) neap_event_store_rest(store);
    }
    for (int i = 0; i < 10; i++) append_and_wait(store, ++seq);
    limit_files(0);
    assert_int_equal(neap_event_store_state(store, NULL), NEAP_JOURNAL_RESERVE);
    assert_int_equal(neap_event_store_durable(store), seq);
    assert_int_equal(neap_event_store_close(store, NULL), NEAP_OK);
    neap_verify_report report = verified(self->path);
    assert_int_equal(report.events, seq);
    assert_true(report.reserve >= 10);
    store = resume_store(self->path);
    assert_int_equal(neap_event_store_count(store), seq);
    assert_int_equal(neap_event_store_close(store, NULL), NEAP_OK);
    assert_int_equal(verified(self->path).reserve, 0);
    remove_store(self);
  }
}

/* The file goes on without it. */
static void without_room_in_the_reserve_the_file_is_waited_for(void **state) {
  const place *self = *state;
  neap_event_store *store =
      open_store((neap_event_store_options){.path = self->path, .reserve = 4096, .ahead = true, .by_instant = true});
  for (uint64_t i = 1; i <= 100; i++) append_and_wait(store, i);
  assert_in_range(verified(self->path).reserve, 0, 5);
  assert_int_equal(neap_event_store_close(store, NULL), NEAP_OK);
  assert_int_equal(verified(self->path).events, 100);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(what_is_waited_for_is_in_the_reserve_and_soon_in_the_file, make_place,
                                      remove_place),
      cmocka_unit_test_setup_teardown(it_is_one_write_of_little_more_than_the_event, make_place, remove_place),
      cmocka_unit_test_setup_teardown(ahead_or_not_the_journal_is_the_same, make_place, remove_place),
      cmocka_unit_test_setup_teardown(killed_anywhere_nothing_that_was_durable_is_missing, make_place, remove_place),
      cmocka_unit_test_setup_teardown(left_records_behind_a_torn_one_are_no_damage, make_place, remove_place),
      cmocka_unit_test_setup_teardown(a_damaged_record_before_others_that_the_file_lacks_is_told, make_place,
                                      remove_place),
      cmocka_unit_test_setup_teardown(no_copy_is_written_beside_the_reserve_of_another, make_place, remove_place),
      cmocka_unit_test_setup_teardown(a_record_that_could_not_be_written_is_no_later_one, make_place, remove_place),
      cmocka_unit_test_setup_teardown(when_the_file_fails_the_reserve_has_what_went_ahead, make_place, remove_place),
      cmocka_unit_test_setup_teardown(without_room_in_the_reserve_the_file_is_waited_for, make_place, remove_place)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
