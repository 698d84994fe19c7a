/* SPDX-License-Identifier: MIT */
/* operations: copies of events in another thread: all of them arrive or are counted, nobody waits, the end is orderly.
 */
#include "lua/operations.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/record.h"
#include "support.h"

enum { TEXT = 1 << 20 };

static char directory[] = "/tmp/neap-operations-XXXXXX", path[sizeof directory + 8];

static int make_place(void **state) {
  (void)state;
  if (!mkdtemp(directory)) return -1;
  snprintf(path, sizeof path, "%s/a.log", directory);
  return 0;
}

static int remove_place(void **state) {
  (void)state;
  return rmdir(directory);
}

static neap_operations *open_with(const char *config, size_t room) {
  neap_operations *operations;
  neap_fault fault = {0};
  const neap_operations_options options = {.lua_root = NEAP_LUA_ROOT, .config = config, .room = room};
  if (neap_operations_open(&options, &operations, &fault) != NEAP_OK) fail_msg("%s", fault.message);
  return operations;
}

static neap_operations *open_log(size_t room) {
  char config[200];
  snprintf(config, sizeof config, "{\"channels\":[{\"type\":\"log\",\"path\":\"%s\"}],\"cooldown\":0}", path);
  return open_with(config, room);
}

static void see(neap_operations *operations, const char *type, const char *mode, const char *why, int64_t second) {
  neap_buffer record;
  neap_buffer_init(&record);
  neap_record_text(&record, "mode", mode);
  neap_record_text(&record, "reason", why);
  const neap_event event = {.ts_ns = second * INT64_C(1000000000),
                            .type = type,
                            .product = "",
                            .client_order_id = "",
                            .record = record.data,
                            .record_size = record.size};
  neap_operations_see(operations, &event);
  neap_buffer_fini(&record);
}

static neap_operations_counts counts_of(const neap_operations *operations) {
  neap_operations_counts counts;
  neap_operations_counts_get(operations, &counts);
  return counts;
}

static size_t read_log(char *text) {
  FILE *file = fopen(path, "rb");
  size_t size = file ? fread(text, 1, TEXT - 1, file) : 0;
  text[size] = '\0';
  if (file) fclose(file);
  remove(path);
  return size;
}

static size_t count_lines(const char *text) {
  size_t lines = 0;
  for (; *text; text++) lines += *text == '\n';
  return lines;
}

static void what_went_in_is_dealt_with_before_the_end(void **state) {
  (void)state;
  char text[4096];
  neap_operations *operations = open_log(0);
  see(operations, "session_started", "normal", "", 1);
  see(operations, "mode_changed", "reduce_only", "first", 2);
  see(operations, "mode_changed", "halted", "second", 3);
  neap_operations_close(operations);
  assert_int_equal(counts_of(operations).seen, 3);
  assert_int_equal(counts_of(operations).dropped + counts_of(operations).failed, 0);
  neap_operations_free(operations);
  FILE *file = fopen(path, "rb");
  assert_non_null(file);
  text[fread(text, 1, sizeof text - 1, file)] = '\0';
  fclose(file);
  remove(path);
  assert_non_null(strstr(text, "ERROR    mode_changed session: reduce_only: first"));
  assert_non_null(strstr(text, "CRITICAL mode_changed session: halted: second"));
  assert_int_equal(count_lines(text), 2);
}

static void kinds_that_nobody_looks_at_take_no_room(void **state) {
  (void)state;
  neap_operations *operations = open_with("{\"channels\":[]}", 0);
  for (int i = 0; i < 1000; i++) see(operations, "order_accepted", "normal", "", i);
  see(operations, "order_filled", "normal", "", 1000);
  neap_operations_close(operations);
  assert_int_equal(counts_of(operations).seen, 0);
  neap_operations_free(operations);
}

/* The log is a pipe that nobody reads: the thread waits in it, the session does not. */
static void a_full_ring_is_counted_and_said(void **state) {
  (void)state;
  char *text = malloc(TEXT);
  assert_int_equal(mkfifo(path, 0600), 0);
  neap_operations *operations = open_log(4096);
  for (int i = 0; i < 1000; i++) see(operations, "mode_changed", i % 2 ? "normal" : "halted", "flicker", i);
  neap_operations_counts counts = counts_of(operations);
  int reader = open(path, O_RDWR); /* now there is one; it takes all that fits into a pipe */
  assert_true(reader >= 0);
  neap_operations_close(operations);
  neap_operations_free(operations);
  fcntl(reader, F_SETFL, O_NONBLOCK);
  ssize_t size = read(reader, text, TEXT - 1);
  close(reader);
  remove(path); /* before anything is judged: the next test writes there */
  assert_int_equal(counts.seen + counts.dropped, 1000);
  assert_in_range(counts.dropped, 800, 999);
  assert_true(size > 0);
  text[size] = '\0';
  assert_non_null(strstr(text, "WARNING  alerts_dropped operations: "));
  assert_non_null(strstr(text, " events were not looked at"));
  free(text);
}

static void a_command_goes_there_and_its_answer_comes_back(void **state) {
  (void)state;
  neap_buffer answer;
  neap_buffer_init(&answer);
  neap_operations *operations = open_log(0);
  assert_int_equal(neap_operations_next(operations, &answer), NEAP_END);
  see(operations, "mode_changed", "halted", "why", 1);
  assert_int_equal(neap_operations_tell(operations, "{\"command\":\"ack\",\"code\":\"mode_changed\",\"who\":\"ann\"}"),
                   NEAP_OK);
  assert_int_equal(neap_operations_tell(operations, "not json"), NEAP_OK);
  neap_operations_close(operations);
  assert_int_equal(neap_operations_tell(operations, "{}"), NEAP_RANGE);
  assert_int_equal(neap_operations_next(operations, &answer), NEAP_OK);
  neap_buffer_append(&answer, "", 1);
  assert_non_null(strstr((const char *)answer.data, "\"acknowledged\":1"));
  assert_int_equal(neap_operations_next(operations, &answer), NEAP_END);
  assert_int_equal(counts_of(operations).failed, 1); /* what was no JSON */
  neap_operations_free(operations);
  neap_buffer_fini(&answer);
  remove(path);
}

static void nothing_is_lost_while_both_work(void **state) {
  (void)state;
  char *text = malloc(TEXT);
  neap_operations *operations = open_log(1 << 20);
  see(operations, "session_started", "normal", "", 0);
  for (int i = 1; i <= 2000; i++) {
    see(operations, "mode_changed", i % 2 ? "halted" : "normal", "flicker", i);
    if (i % 64 == 0) /* now and then it falls asleep */
      while (neap_operations_tell(operations, "{\"command\":\"none\"}") != NEAP_OK) continue;
  }
  neap_operations_close(operations);
  assert_int_equal(counts_of(operations).seen, 2001);
  assert_int_equal(counts_of(operations).dropped, 0);
  neap_operations_free(operations);
  read_log(text);
  assert_int_equal(count_lines(text), 1000);
  free(text);
}

static void it_ends_once_and_is_refused_where_it_cannot_begin(void **state) {
  (void)state;
  neap_operations *operations = open_with("{}", 0);
  neap_fault fault = {0};
  neap_operations_close(operations);
  neap_operations_close(operations);
  see(operations, "mode_changed", "halted", "", 1);
  assert_int_equal(counts_of(operations).seen, 0);
  neap_operations_free(operations);
  neap_operations_free(NULL);
  const neap_operations_options bad = {.lua_root = NEAP_LUA_ROOT, .config = "{\"channels\":[{\"type\":\"smoke\"}]}"};
  assert_int_not_equal(neap_operations_open(&bad, &operations, &fault), NEAP_OK);
  assert_null(operations);
  assert_non_null(strstr(fault.message, "'smoke' is no channel"));
  const neap_operations_options nowhere = {.lua_root = "/no/such/place", .config = "{}"};
  assert_int_not_equal(neap_operations_open(&nowhere, &operations, &fault), NEAP_OK);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(what_went_in_is_dealt_with_before_the_end),
                                     cmocka_unit_test(kinds_that_nobody_looks_at_take_no_room),
                                     cmocka_unit_test(a_full_ring_is_counted_and_said),
                                     cmocka_unit_test(a_command_goes_there_and_its_answer_comes_back),
                                     cmocka_unit_test(nothing_is_lost_while_both_work),
                                     cmocka_unit_test(it_ends_once_and_is_refused_where_it_cannot_begin)};
  return cmocka_run_group_tests(tests, make_place, remove_place);
}
