/* SPDX-License-Identifier: MIT */
/* input_log: what is kept is read back, whatever the sizes; what a crash cuts is cut; what is changed is named. */
#include <sys/stat.h>

#include "input_place.h"

enum { SMALL = 20000 };

/* --- sizes -------------------------------------------------------------------------------------------------------- */

static void nothing_kept_is_nothing_read(void **state) {
  const place *self = *state;
  neap_input_log_close(open_log(self), false);
  expect_whole(self, 1, 0, 0);
}

static void what_is_kept_is_read_in_order(void **state) {
  const place *self = *state;
  neap_input_log *log = open_log(self);
  keep_range(log, 2, 1, SMALL, 600);
  neap_input_log_close(log, false);
  expect_whole(self, 2, SMALL, 600);
}

/* Larger than a block, and than the tail. */
static void a_huge_input_goes_through(void **state) {
  const place *self = *state;
  enum { HUGE = 12 << 20, COUNT = 6 };
  neap_input_log *log = open_log(self);
  keep_range(log, 3, 1, COUNT, HUGE);
  neap_input_log_close(log, false);
  expect_whole(self, 3, COUNT, HUGE);
}

static void it_is_read_while_it_is_written(void **state) {
  const place *self = *state;
  neap_input_log *log = open_log(self);
  for (uint64_t i = 1; i <= 2000; i += 100) {
    keep_range(log, 4, i, i + 99, 900);
    expect_whole(self, 4, i + 99, 900);
  }
  neap_input_log_close(log, false);
}

static void each_opening_goes_on_behind_what_is_there(void **state) {
  const place *self = *state;
  for (uint64_t i = 1; i <= 1000; i += 100) {
    neap_input_log *log = open_log(self);
    keep_range(log, 5, i, i + 99, 3000);
    neap_input_log_close(log, false);
    expect_whole(self, 5, i + 99, 3000);
  }
}

static void it_is_one_writer_s(void **state) {
  const place *self = *state;
  neap_fault fault = {0};
  neap_input_log *second = NULL, *log = open_log(self);
  assert_int_equal(neap_input_log_open(self->log, &second, &fault), NEAP_IO);
  assert_string_equal(fault.code, "locked");
  neap_input_log_close(log, false);
}

static void what_is_discarded_leaves_nothing(void **state) {
  const place *self = *state;
  struct stat facts;
  neap_input_log *log = open_log(self);
  keep_range(log, 6, 1, 1000, 600);
  neap_input_log_close(log, true);
  assert_int_equal(stat(self->log, &facts), -1);
}

static void a_session_that_was_not_recorded_says_so(void **state) {
  const place *self = *state;
  neap_status end;
  neap_fault fault = {0};
  assert_int_equal(read_all(self, 1, 10, &end, &fault), 0);
  assert_int_equal(end, NEAP_NOT_FOUND);
  assert_string_equal(fault.code, "not_recorded");
}

/* --- kills -------------------------------------------------------------------------------------------------------- */

/* What was kept is there after kill -9, and the next process goes on behind it. What the killed one had kept and not
 * said is there, too, and then numbers go on behind that. */
static void what_was_kept_survives_a_kill(void **state) {
  const place *self = *state;
  uint64_t from = 1;
  for (int round = 0; round < 8; round++) {
    neap_status end;
    neap_fault fault = {0};
    uint64_t last = kill_after(self, 7, from, (uint64_t)(round * round * 60));
    uint64_t there = read_all(self, 7, 20000, &end, &fault);
    if (end != NEAP_END) fail_msg("%s (%s)", fault.message, fault.where);
    assert_true(there >= last && there <= last + 1);
    from = there + 1;
  }
}

/* --- damage ------------------------------------------------------------------------------------------------------- */

static unsigned char *load(const char *path, size_t *size) {
  FILE *file = fopen(path, "rb");
  assert_non_null(file);
  fseek(file, 0, SEEK_END);
  *size = (size_t)ftell(file);
  rewind(file);
  unsigned char *bytes = malloc(*size + 1);
  assert_int_equal(fread(bytes, 1, *size, file), *size);
  fclose(file);
  return bytes;
}

static void save(const char *path, const unsigned char *bytes, size_t size) {
  FILE *file = fopen(path, "wb");
  assert_non_null(file);
  assert_int_equal(fwrite(bytes, 1, size, file), size);
  fclose(file);
}

/* A flipped bit anywhere in a file of a recording that was closed: never read as if nothing had happened. */
static void one_changed_byte_is_named(void **state) {
  const place *self = *state;
  char path[PATH + 32];
  size_t size;
  neap_input_log *log = open_log(self);
  keep_range(log, 8, 1, 400, 3000);
  neap_input_log_close(log, false);
  path_of(self, "0001.seg", path);
  unsigned char *bytes = load(path, &size);
  size_t step = size / 400 + 1;
  for (size_t at = 0; at < size; at += at < 130 ? 1 : step) {
    neap_status end;
    neap_fault fault = {0};
    bytes[at] ^= 0x10;
    save(path, bytes, size);
    uint64_t count = read_all(self, 8, 3000, &end, &fault);
    if (end != NEAP_CORRUPT) fail_msg("byte %zu: status %d after %d inputs", at, end, (int)count);
    assert_non_null(strstr(fault.where, "0001.seg"));
    bytes[at] ^= 0x10;
  }
  save(path, bytes, size);
  expect_whole(self, 8, 400, 3000);
  free(bytes);
}

static void a_missing_segment_is_named(void **state) {
  const place *self = *state;
  char path[PATH + 32];
  neap_status end;
  neap_fault fault = {0};
  for (uint64_t i = 1; i <= 300; i += 100) {
    neap_input_log *log = open_log(self);
    keep_range(log, 9, i, i + 99, 600);
    neap_input_log_close(log, false);
  }
  path_of(self, "0002.seg", path);
  assert_int_equal(unlink(path), 0);
  assert_int_equal(read_all(self, 9, 600, &end, &fault), 100);
  assert_int_equal(end, NEAP_CORRUPT);
  assert_string_equal(fault.code, "missing_segment");
  assert_non_null(strstr(fault.message, "0002.seg"));
}

static void segments_of_another_recording_do_not_follow(void **state) {
  const place *self = *state;
  char first[PATH + 32], second[PATH + 32];
  size_t size;
  neap_status end;
  neap_fault fault = {0};
  for (uint64_t i = 1; i <= 200; i += 100) {
    neap_input_log *log = open_log(self);
    keep_range(log, 10, i, i + 99, 600);
    neap_input_log_close(log, false);
  }
  path_of(self, "0001.seg", first);
  path_of(self, "0002.seg", second);
  unsigned char *bytes = load(first, &size);
  save(second, bytes, size);
  free(bytes);
  assert_int_equal(read_all(self, 10, 600, &end, &fault), 100);
  assert_int_equal(end, NEAP_CORRUPT);
}

/* The machine's power went while a block was written: the file ends anywhere, and the tail is not of this boot. */
static void a_torn_end_is_cut(void **state) {
  const place *self = *state;
  char path[PATH + 32], tail[PATH + 32];
  size_t size;
  neap_input_log *log = open_log(self);
  keep_range(log, 11, 1, 400, 3000);
  neap_input_log_close(log, false);
  path_of(self, "0001.seg", path);
  path_of(self, "tail", tail);
  unsigned char *bytes = load(path, &size);
  for (size_t cut = 0; cut < size; cut += size / 37 + 1) {
    neap_status end;
    neap_fault fault = {0};
    save(path, bytes, cut);
    save(tail, (const unsigned char *)"of another boot", 15);
    uint64_t there = read_all(self, 11, 3000, &end, &fault);
    if (end != NEAP_END) fail_msg("cut at %zu: %s (%s)", cut, fault.message, fault.where);
    log = open_log(self);
    keep_range(log, 11, there + 1, there + 5, 3000);
    neap_input_log_close(log, false);
    expect_whole(self, 11, there + 5, 3000);
    path_of(self, "0002.seg", tail);
    unlink(tail);
    path_of(self, "tail", tail);
  }
  free(bytes);
}

int main(void) {
#define EACH(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
  const struct CMUnitTest tests[] = {
      EACH(nothing_kept_is_nothing_read),
      EACH(what_is_kept_is_read_in_order),
      EACH(a_huge_input_goes_through),
      EACH(it_is_read_while_it_is_written),
      EACH(each_opening_goes_on_behind_what_is_there),
      EACH(it_is_one_writer_s),
      EACH(what_is_discarded_leaves_nothing),
      EACH(a_session_that_was_not_recorded_says_so),
      EACH(what_was_kept_survives_a_kill),
      EACH(one_changed_byte_is_named),
      EACH(a_missing_segment_is_named),
      EACH(segments_of_another_recording_do_not_follow),
      EACH(a_torn_end_is_cut),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
