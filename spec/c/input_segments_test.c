/* SPDX-License-Identifier: MIT */
/* segments of an input_log: it is read from any of them on, a life has its own, and the first ones may go. */
#include <sys/resource.h>

#include "input_place.h"
#include "store/input_parts.h"
#include "store/lock.h"
#include "store/segment.h"

enum { HALF_BLOCK = 64 };

static size_t list_segments(const place *self, neap_segment_facts **out) {
  size_t count;
  neap_fault fault = {0};
  if (neap_segment_list(self->log, out, &count, &fault) != NEAP_OK) fail_msg("%s (%s)", fault.message, fault.where);
  return count;
}

/* From each segment on the inputs that begin there are the same, with the same numbers. */
static void expect_each(const place *self, uint64_t seed, uint64_t last, size_t most) {
  neap_segment_facts *list;
  size_t count = list_segments(self, &list);
  uint64_t before = 0;
  for (size_t i = 0; i < count; i++) {
    neap_status end;
    neap_fault fault = {0};
    uint64_t first = 0;
    assert_int_equal(read_from(self, seed, most, list[i].number, &first, &end, &fault), last);
    if (end != NEAP_END) fail_msg("%s (%s)", fault.message, fault.where);
    assert_int_equal(first, list[i].mark);
    assert_true(first >= before); /* in one that a kill left there may begin none */
    before = first;
  }
  free(list);
}

static void record(const place *self, uint64_t seed, uint64_t from, uint64_t to, size_t most) {
  neap_input_log *log = open_log(self);
  keep_range(log, seed, from, to, most);
  neap_input_log_close(log, false);
}

static void it_is_read_from_any_segment_on(void **state) {
  const place *self = *state;
  for (uint64_t i = 1; i <= 1000; i += 100) record(self, 12, i, i + 99, 3000);
  expect_each(self, 12, 1000, 3000);
}

/* What does not shrink, so that there are several in one life, and inputs that lie in two of them. */
static void inputs_of_noise(neap_input_log *log, uint64_t from, uint64_t to, char *text, size_t length) {
  for (uint64_t i = from; i <= to; i++) {
    uint64_t dice = i;
    for (size_t at = 0; at + 8 <= length; at += 8) input_put((unsigned char *)text + at, neap_splitmix(&dice), 8);
    neap_input input = {.kind = NEAP_INPUT_MESSAGE, .time = (int64_t)i, .text = text, .length = length};
    neap_input_log_keep(log, &input);
  }
}

static void an_input_that_lies_in_two_segments_is_of_the_first(void **state) {
  const place *self = *state;
  enum { LENGTH = 3 << 20, COUNT = 5 };
  char *text = malloc(LENGTH);
  neap_input_log *log = open_log(self);
  inputs_of_noise(log, 1, COUNT, text, LENGTH);
  neap_input_log_close(log, false);
  neap_segment_facts *list;
  size_t count = list_segments(self, &list);
  assert_int_equal(count, 4);
  for (size_t i = 0; i < count; i++) {
    neap_input_reader *reader;
    neap_input found;
    neap_fault fault = {0};
    assert_int_equal(neap_input_reader_open(self->log, list[i].number, &reader, &fault), NEAP_OK);
    if (neap_input_reader_next(reader, &found, &fault) != NEAP_OK) fail_msg("%s (%s)", fault.message, fault.where);
    assert_int_equal(neap_input_reader_ordinal(reader), list[i].mark + 1);
    assert_int_equal(found.time, list[i].mark + 1);
    assert_int_equal(neap_input_reader_segment(reader), list[i].number);
    neap_input_reader_close(reader);
  }
  free(list);
  free(text);
}

static void trim(const place *self, unsigned first) {
  neap_fault fault = {0};
  if (neap_input_log_trim(self->log, first, &fault) != NEAP_OK) fail_msg("%s (%s)", fault.message, fault.where);
}

static uint64_t expect_from(const place *self, uint64_t seed, uint64_t last, size_t most) {
  neap_status end;
  neap_fault fault = {0};
  uint64_t first = 0;
  assert_int_equal(read_from(self, seed, most, 0, &first, &end, &fault), last);
  if (end != NEAP_END) fail_msg("%s (%s)", fault.message, fault.where);
  return first;
}

/* The beginning may go, also while somebody records; what is left is numbered as it was. */
static void what_is_trimmed_is_not_missed(void **state) {
  const place *self = *state;
  for (uint64_t i = 1; i <= 300; i += 100) record(self, 13, i, i + 99, 3000);
  neap_input_log *log = open_log(self);
  trim(self, 3);
  assert_int_equal(expect_from(self, 13, 300, 3000), 200);
  keep_range(log, 13, 301, 400, 3000);
  neap_input_log_close(log, false);
  assert_int_equal(expect_from(self, 13, 400, 3000), 200);
  expect_each(self, 13, 400, 3000);
  trim(self, 2); /* has gone already */
  assert_int_equal(expect_from(self, 13, 400, 3000), 200);
}

static void all_may_be_trimmed_and_it_goes_on_behind_that(void **state) {
  const place *self = *state;
  for (uint64_t i = 1; i <= 300; i += 100) record(self, 14, i, i + 99, 3000);
  for (uint64_t last = 300; last <= 500; last += 100) {
    trim(self, 0);
    assert_int_equal(expect_from(self, 14, last, 3000), last);
    record(self, 14, last + 1, last + 100, 3000);
    assert_int_equal(expect_from(self, 14, last + 100, 3000), last);
  }
}

static void nothing_is_trimmed_that_somebody_records(void **state) {
  const place *self = *state;
  neap_fault fault = {0};
  neap_input_log *log = open_log(self);
  keep_range(log, 15, 1, 100, 3000);
  assert_int_equal(neap_input_log_trim(self->log, 0, &fault), NEAP_IO);
  assert_string_equal(fault.code, "locked");
  neap_input_log_close(log, false);
  expect_whole(self, 15, 100, 3000);
}

static void a_segment_behind_what_was_trimmed_is_missed(void **state) {
  const place *self = *state;
  char path[PATH + 32];
  neap_status end;
  neap_fault fault = {0};
  uint64_t first = 0;
  for (uint64_t i = 1; i <= 300; i += 100) record(self, 16, i, i + 99, 600);
  trim(self, 2);
  path_of(self, "0002.seg", path);
  assert_int_equal(unlink(path), 0);
  read_from(self, 16, 600, 0, &first, &end, &fault);
  assert_int_equal(end, NEAP_CORRUPT);
  assert_string_equal(fault.code, "missing_segment");
}

static void put_file(const place *self, const char *name, const void *bytes, size_t count) {
  char path[PATH + 32];
  path_of(self, name, path);
  FILE *file = fopen(path, "wb");
  assert_non_null(file);
  assert_int_equal(fwrite(bytes, 1, count, file), count);
  fclose(file);
}

/* As a writer leaves it for a moment: the header of a block, and not yet its bytes. */
static void put_half_block(const place *self, const char *name) {
  static const unsigned char half[HALF_BLOCK] = "NEAPBLK1";
  char path[PATH + 32];
  path_of(self, name, path);
  FILE *file = fopen(path, "ab");
  assert_non_null(file);
  assert_int_equal(fwrite(half, 1, sizeof half, file), sizeof half);
  fclose(file);
}

/* Where it begins must not go back to what the other has removed. */
static void two_do_not_trim_at_once(void **state) {
  const place *self = *state;
  char path[PATH + 32];
  neap_fault fault = {0};
  neap_lock other;
  for (uint64_t i = 1; i <= 300; i += 100) record(self, 20, i, i + 99, 600);
  path_of(self, "trimmed", path);
  assert_int_equal(neap_lock_take(&other, path, &fault), NEAP_OK);
  for (unsigned first = 0; first <= 2; first += 2) {
    assert_int_equal(neap_input_log_trim(self->log, first, &fault), NEAP_IO);
    assert_string_equal(fault.code, "locked");
  }
  neap_lock_drop(&other);
  assert_int_equal(expect_from(self, 20, 300, 600), 0);
  trim(self, 2);
  assert_int_equal(expect_from(self, 20, 300, 600), 100);
}

#define NARROW ((rlim_t)2 << 30)

/* A sanitizer's own addresses are more than that. */
static bool may_be_narrowed(void) {
  long pages = 0;
  FILE *file = fopen("/proc/self/statm", "r");
  assert_non_null(file);
  assert_int_equal(fscanf(file, "%ld", &pages), 1);
  fclose(file);
  return (rlim_t)pages * (rlim_t)sysconf(_SC_PAGESIZE) < NARROW;
}

/* Memory is asked for by what is there: by its name alone this one wants 32 GB. */
static void a_stray_file_with_a_great_number_costs_nothing(void **state) {
  const place *self = *state;
  neap_segment_facts *list;
  struct rlimit before;
  if (!may_be_narrowed()) skip();
  for (uint64_t i = 1; i <= 300; i += 100) record(self, 18, i, i + 99, 600);
  put_file(self, "999999999.seg", "", 0);
  assert_int_equal(getrlimit(RLIMIT_AS, &before), 0);
  const struct rlimit narrow = {.rlim_cur = NARROW, .rlim_max = before.rlim_max};
  assert_int_equal(setrlimit(RLIMIT_AS, &narrow), 0);
  size_t count = list_segments(self, &list);
  assert_int_equal(setrlimit(RLIMIT_AS, &before), 0);
  assert_int_equal(count, 3);
  free(list);
}

/* Of two that trim at once, each with the list that it saw, the other was first: what this one means is gone, or is not
 * yet there, and the segment that is written now is not touched. */
static void a_segment_that_is_not_there_is_not_looked_for_in_what_is_written(void **state) {
  const place *self = *state;
  neap_fault fault = {0};
  neap_segment_facts *list;
  for (uint64_t i = 1; i <= 200; i += 100) record(self, 19, i, i + 99, 600);
  size_t count = list_segments(self, &list);
  assert_int_equal(count, 2);
  uint64_t bytes = list[1].bytes;
  free(list);
  put_half_block(self, "0002.seg");
  assert_int_equal(neap_input_log_trim(self->log, 3, &fault), NEAP_INVALID);
  assert_string_equal(fault.code, "bad_segment");
  count = list_segments(self, &list);
  assert_int_equal(count, 2);
  assert_int_equal(list[1].bytes, bytes + HALF_BLOCK);
  free(list);
}

/* Whoever was killed left its newest inputs in the tail, or all of them. */
static void a_life_begins_a_segment_of_its_own(void **state) {
  const place *self = *state;
  neap_segment_facts *list;
  uint64_t last = kill_after(self, 17, 1, 3);
  neap_input_log *log = open_log(self);
  neap_status end;
  neap_fault fault = {0};
  uint64_t there = read_all(self, 17, 20000, &end, &fault);
  assert_true(there >= last);
  keep_range(log, 17, there + 1, there + 10, 20000);
  neap_input_log_close(log, false);
  size_t count = list_segments(self, &list);
  assert_true(count >= 2);
  assert_true(list[count - 1].is_fresh);
  assert_int_equal(list[count - 1].mark, there);
  free(list);
  expect_each(self, 17, there + 10, 20000);
}

int main(void) {
#define EACH(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
  const struct CMUnitTest tests[] = {
      EACH(it_is_read_from_any_segment_on),
      EACH(an_input_that_lies_in_two_segments_is_of_the_first),
      EACH(what_is_trimmed_is_not_missed),
      EACH(all_may_be_trimmed_and_it_goes_on_behind_that),
      EACH(nothing_is_trimmed_that_somebody_records),
      EACH(a_segment_behind_what_was_trimmed_is_missed),
      EACH(two_do_not_trim_at_once),
      EACH(a_stray_file_with_a_great_number_costs_nothing),
      EACH(a_segment_that_is_not_there_is_not_looked_for_in_what_is_written),
      EACH(a_life_begins_a_segment_of_its_own),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
