/* SPDX-License-Identifier: MIT */
/* upkeep: copies taken while a session writes, and stores that begin with a snapshot. */
#include "store/upkeep.h"

#include <sqlite3.h>

#include "journal_support.h"

static const char *copy_path(const place *self, char out[PATH_SIZE + 16]) { return beside(self, "-one", out); }

static void a_copy_while_it_is_written_is_whole(void **state) {
  const place *self = *state;
  char to[PATH_SIZE + 16], partial[PATH_SIZE + 32];
  neap_verify_report report;
  neap_fault fault;
  int status;
  pid_t child = fork();
  if (child == 0) {
    neap_event_store *store = new_store(self->path);
    for (uint64_t i = 1;; i++) {
      append_sample(store, i);
      neap_event_store_wait(store, i, NULL);
    }
  }
  while (size_of(self->path) < 0) continue;
  for (uint64_t before = 0, i = 0; i < 8; i++) {
    if (neap_store_backup(self->path, copy_path(self, to), &report, &fault) != NEAP_OK) fail_msg("%s", fault.message);
    assert_true(report.events >= before);
    before = report.events;
    assert_int_equal(verified(to).events, report.events);
    assert_int_equal(neap_store_backup(self->path, to, NULL, &fault), NEAP_EXISTS);
    snprintf(partial, sizeof partial, "%s-partial", to);
    assert_int_equal(size_of(partial), -1);
    unlink(to);
  }
  kill(child, SIGKILL);
  waitpid(child, &status, 0);
  assert_true(WIFSIGNALED(status));
  verified(self->path);
}

static void a_copy_has_the_events_of_the_reserve(void **state) {
  const place *self = *state;
  char to[PATH_SIZE + 16];
  neap_verify_report report;
  uint64_t seq = 0;
  neap_event_store *store = open_store((neap_event_store_options){.path = self->path, .reserve = 65536});
  limit_files(100 * 1024);
  while (seq < 60) {
    append_sample(store, ++seq);
    assert_int_equal(neap_event_store_wait(store, seq, NULL), NEAP_OK);
  }
  limit_files(0);
  assert_int_equal(neap_event_store_state(store, NULL), NEAP_JOURNAL_RESERVE);
  assert_int_equal(neap_store_backup(self->path, copy_path(self, to), &report, NULL), NEAP_OK);
  assert_int_equal(report.events, 60);
  assert_int_equal(report.reserve, 0);
  assert_int_equal(neap_event_store_close(store, NULL), NEAP_OK);
  neap_event_store *resumed = resume_store(to);
  assert_int_equal(neap_event_store_count(resumed), 60);
  neap_event_store_close(resumed, NULL);
}

static void nothing_is_left_of_a_copy_that_fails(void **state) {
  const place *self = *state;
  char to[PATH_SIZE + 16], partial[PATH_SIZE + 32];
  neap_fault fault;
  write_store(self->path, 300, NULL);
  copy_path(self, to);
  snprintf(partial, sizeof partial, "%s-partial", to);
  limit_files(30000);
  assert_int_equal(neap_store_backup(self->path, to, NULL, &fault), NEAP_IO);
  limit_files(0);
  assert_int_equal(size_of(to), -1);
  assert_int_equal(size_of(partial), -1);
  flip_byte(self->path, size_of(self->path) - 100);
  assert_int_equal(neap_store_backup(self->path, to, NULL, &fault), NEAP_CORRUPT);
  assert_int_equal(size_of(to), -1);
  assert_int_equal(neap_store_backup("no/such.db", to, NULL, &fault), NEAP_NOT_FOUND);
  assert_int_equal(neap_store_backup(self->path, "no/such/place.db", NULL, &fault), NEAP_IO);
}

/* A seal, and a snapshot that carries the head, as a session writes them. */
static void append_snapshot(neap_event_store *store, int64_t ts_ns, const char *false_head) {
  char head[NEAP_DIGEST_TEXT];
  neap_buffer record;
  assert_int_equal(neap_event_store_seal(store, NULL), NEAP_OK);
  neap_event_store_head(store, head);
  neap_buffer_init(&record);
  neap_record_text(&record, "chain_head", false_head ? false_head : head);
  neap_event event = {.ts_ns = ts_ns, .type = "state_snapshot", .version = 1};
  event.record = record.data;
  event.record_size = record.size;
  assert_int_equal(neap_event_store_append(store, &event, NULL, NULL), NEAP_OK);
  neap_buffer_fini(&record);
}

/* Snapshots are events 101, 201, 301 of 370; event n is at n µs. */
static void write_with_snapshots(const char *path, char head[NEAP_DIGEST_TEXT]) {
  neap_event_store *store = new_store(path);
  for (uint64_t i = 1; i <= 370; i++) {
    if (i % 100 == 1 && i > 1)
      append_snapshot(store, (int64_t)i * 1000, NULL);
    else
      append_sample(store, i);
  }
  assert_int_equal(neap_event_store_seal(store, NULL), NEAP_OK);
  neap_event_store_head(store, head);
  assert_int_equal(neap_event_store_close(store, NULL), NEAP_OK);
}

static void a_trimmed_store_begins_with_its_snapshot(void **state) {
  const place *self = *state;
  char head[NEAP_DIGEST_TEXT];
  neap_trim_report trimmed;
  neap_verify_report report;
  write_with_snapshots(self->path, head);
  assert_int_equal(neap_store_trim(self->path, 100 * 1000, &trimmed, NULL), NEAP_OK);
  assert_true(trimmed.removed == 0 && trimmed.first_seq == 0);
  off_t size = size_of(self->path);
  assert_int_equal(neap_store_trim(self->path, 300 * 1000, &trimmed, NULL), NEAP_OK);
  assert_true(trimmed.removed == 200 && trimmed.first_seq == 201);
  assert_true(size_of(self->path) < size);
  assert_int_equal(neap_store_verify(self->path, head, &report, NULL), NEAP_OK);
  assert_true(report.first_seq == 201 && report.events == 170);
  assert_int_equal(neap_store_trim(self->path, 250 * 1000, &trimmed, NULL), NEAP_OK);
  assert_int_equal(trimmed.removed, 0);
  neap_event_store *store = resume_store(self->path);
  assert_int_equal(neap_event_store_count(store), 370);
  append_sample(store, 371);
  assert_int_equal(neap_event_store_close(store, NULL), NEAP_OK);
  assert_int_equal(verified(self->path).events, 171);
  assert_int_equal(neap_store_trim(self->path, INT64_MAX, &trimmed, NULL), NEAP_OK);
  assert_int_equal(trimmed.first_seq, 301);
  store = resume_store(self->path);
  assert_int_equal(neap_event_store_count(store), 371);
  neap_event_store_close(store, NULL);
  verified(self->path);
}

static void only_the_snapshot_alone_is_left_and_can_be_resumed(void **state) {
  const place *self = *state;
  neap_trim_report trimmed;
  neap_event_store *store = new_store(self->path);
  append_range(store, 1, 5);
  append_snapshot(store, 6000, NULL);
  assert_int_equal(neap_event_store_wait(store, 6, NULL), NEAP_OK);
  assert_int_equal(neap_store_trim(self->path, INT64_MAX, &trimmed, NULL), NEAP_IO); /* it is being written */
  assert_int_equal(neap_event_store_close(store, NULL), NEAP_OK);
  assert_int_equal(neap_store_trim(self->path, INT64_MAX, &trimmed, NULL), NEAP_OK);
  assert_int_equal(trimmed.first_seq, 6);
  assert_int_equal(verified(self->path).events, 1);
  store = resume_store(self->path);
  append_range(store, 7, 100);
  assert_int_equal(neap_event_store_close(store, NULL), NEAP_OK);
  assert_int_equal(verified(self->path).events, 95);
}

static void a_snapshot_that_lies_is_not_trimmed_to(void **state) {
  const place *self = *state;
  char other[NEAP_DIGEST_TEXT];
  neap_trim_report trimmed;
  memset(other, 'a', sizeof other - 1);
  other[sizeof other - 1] = '\0';
  neap_event_store *store = new_store(self->path);
  append_range(store, 1, 9);
  append_snapshot(store, 10000, NULL);
  append_range(store, 11, 20);
  append_snapshot(store, 21000, other);
  assert_int_equal(neap_event_store_close(store, NULL), NEAP_OK);
  assert_int_equal(neap_store_trim(self->path, INT64_MAX, &trimmed, NULL), NEAP_OK);
  assert_int_equal(trimmed.first_seq, 10);
}

static void a_trimmed_store_that_was_tampered_with_is_found(void **state) {
  const place *self = *state;
  char head[NEAP_DIGEST_TEXT], good[PATH_SIZE + 16];
  neap_trim_report trimmed;
  neap_verify_report report;
  static const char *const changes[] = {
      "DELETE FROM event WHERE seq = 201",
      "DELETE FROM event WHERE seq < 210",
      "UPDATE event SET ts_ns = 1 WHERE seq = 201",
      "UPDATE event SET type = 'state_snapshot' WHERE seq = 202",
      "UPDATE event SET (record, body) = (SELECT record, body FROM event WHERE seq = 301) WHERE seq = 201",
      "DELETE FROM event WHERE seq = 202",
      "UPDATE event SET type = 'x' WHERE seq = 201"};
  write_with_snapshots(self->path, head);
  assert_int_equal(neap_store_trim(self->path, 300 * 1000, &trimmed, NULL), NEAP_OK);
  copy_file(self->path, beside(self, "-two", good));
  for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
    sqlite3 *database;
    copy_file(good, self->path);
    assert_int_equal(sqlite3_open(self->path, &database), SQLITE_OK);
    assert_int_equal(sqlite3_exec(database, changes[i], NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(database);
    if (neap_store_verify(self->path, NULL, &report, NULL) != NEAP_CORRUPT) fail_msg("%s", changes[i]);
    assert_int_equal(neap_store_trim(self->path, INT64_MAX, &trimmed, NULL), NEAP_CORRUPT);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(a_copy_while_it_is_written_is_whole, make_place, remove_place),
      cmocka_unit_test_setup_teardown(a_copy_has_the_events_of_the_reserve, make_place, remove_place),
      cmocka_unit_test_setup_teardown(nothing_is_left_of_a_copy_that_fails, make_place, remove_place),
      cmocka_unit_test_setup_teardown(a_trimmed_store_begins_with_its_snapshot, make_place, remove_place),
      cmocka_unit_test_setup_teardown(only_the_snapshot_alone_is_left_and_can_be_resumed, make_place, remove_place),
      cmocka_unit_test_setup_teardown(a_snapshot_that_lies_is_not_trimmed_to, make_place, remove_place),
      cmocka_unit_test_setup_teardown(a_trimmed_store_that_was_tampered_with_is_found, make_place, remove_place)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
