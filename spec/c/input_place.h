/* SPDX-License-Identifier: MIT */
/* input_place: a directory for a log, inputs that follow from their numbers, and a process that is killed. */
#ifndef NEAP_SPEC_INPUT_PLACE_H
#define NEAP_SPEC_INPUT_PLACE_H

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/splitmix.h"
#include "store/input_log.h"
#include "support.h"

enum { PATH = 256 };

typedef struct place {
  char root[PATH], log[PATH + 8];
} place;

static inline int setup(void **state) {
  place *self = calloc(1, sizeof *self);
  strcpy(self->root, "/tmp/neap_inputs_XXXXXX");
  if (!mkdtemp(self->root)) return -1;
  snprintf(self->log, sizeof self->log, "%s/inputs", self->root);
  *state = self;
  return 0;
}

static inline int teardown(void **state) {
  place *self = *state;
  char command[PATH + 16];
  snprintf(command, sizeof command, "rm -rf '%s'", self->root);
  int code = system(command);
  free(self);
  return code;
}

static inline void path_of(const place *self, const char *name, char out[PATH + 32]) {
  snprintf(out, PATH + 32, "%s/%s", self->log, name);
}

static inline neap_input_log *open_log(const place *self) {
  neap_fault fault = {0};
  neap_input_log *log = NULL;
  if (neap_input_log_open(self->log, &log, &fault) != NEAP_OK) fail_msg("%s (%s)", fault.message, fault.where);
  return log;
}

/* The text of input `i` and its length follow from i and a seed: what is read can be judged without a list. */
static inline size_t length_of(uint64_t seed, uint64_t i, size_t most) {
  uint64_t dice = seed * 1000003 + i;
  return (size_t)(neap_splitmix(&dice) % (most + 1));
}

static inline void fill(uint64_t i, char *text, size_t length) {
  for (size_t at = 0; at < length; at++) text[at] = (char)("{\"channel\":0123456789}"[(at * 7 + i) % 22]);
}

static inline neap_input input_of(uint64_t seed, uint64_t i, size_t most, char *text) {
  neap_input input = {.kind = i % 5 ? NEAP_INPUT_MESSAGE : NEAP_INPUT_TURN,
                      .is_within = i % 3 == 0,
                      .has_failed = i % 11 == 0,
                      .number = (uint32_t)(i * 77),
                      .time = (int64_t)i * 1000,
                      .text = text,
                      .length = length_of(seed, i, most)};
  fill(i, text, input.length);
  return input;
}

static inline void keep_range(neap_input_log *log, uint64_t seed, uint64_t from, uint64_t to, size_t most) {
  char *text = malloc(most + 1);
  for (uint64_t i = from; i <= to; i++) {
    neap_input input = input_of(seed, i, most, text);
    neap_input_log_keep(log, &input);
  }
  free(text);
}

static inline void expect_same(const neap_input *found, const neap_input *wanted) {
  assert_int_equal(found->kind, wanted->kind);
  assert_int_equal(found->is_within, wanted->is_within);
  assert_int_equal(found->has_failed, wanted->has_failed);
  assert_int_equal(found->number, wanted->number);
  assert_int_equal(found->time, wanted->time);
  assert_int_equal(found->length, wanted->length);
  if (wanted->length) assert_memory_equal(found->text, wanted->text, wanted->length);
}

/* Reads inputs from that segment on while they are as they were kept → the number of the last one; the status that
 * ended it. *first: before the first of them. */
static inline uint64_t read_from(const place *self, uint64_t seed, size_t most, unsigned from, uint64_t *first,
                                 neap_status *end, neap_fault *fault) {
  neap_input_reader *reader;
  neap_input found;
  uint64_t count = 0;
  char *text = malloc(most + 1);
  *end = neap_input_reader_open(self->log, from, &reader, fault);
  if (*end == NEAP_OK) *first = count = neap_input_reader_ordinal(reader);
  while (*end == NEAP_OK && (*end = neap_input_reader_next(reader, &found, fault)) == NEAP_OK) {
    neap_input wanted = input_of(seed, ++count, most, text);
    expect_same(&found, &wanted);
    assert_int_equal(neap_input_reader_ordinal(reader), count);
  }
  neap_input_reader_close(reader);
  free(text);
  return count;
}

/* From 1 on. */
static inline uint64_t read_all(const place *self, uint64_t seed, size_t most, neap_status *end, neap_fault *fault) {
  uint64_t first = 0, count = read_from(self, seed, most, 0, &first, end, fault);
  assert_int_equal(first, 0);
  return count;
}

static inline void expect_whole(const place *self, uint64_t seed, uint64_t count, size_t most) {
  neap_status end;
  neap_fault fault = {0};
  assert_int_equal(read_all(self, seed, most, &end, &fault), count);
  if (end != NEAP_END) fail_msg("%s (%s)", fault.message, fault.where);
}

/* Keeps inputs until it is killed, and says of each that it is kept. */
static inline void keep_for_ever(const place *self, uint64_t seed, uint64_t from, int told) {
  neap_input_log *log = open_log(self);
  for (uint64_t i = from;; i++) {
    keep_range(log, seed, i, i, 20000);
    if (write(told, &i, sizeof i) != sizeof i) _exit(1);
  }
}

static inline uint64_t kill_after(const place *self, uint64_t seed, uint64_t from, uint64_t count) {
  int ends[2], status;
  uint64_t last = from - 1;
  assert_int_equal(pipe(ends), 0);
  pid_t child = fork();
  if (child == 0) keep_for_ever(self, seed, from, ends[1]);
  close(ends[1]);
  while (last < from + count && read(ends[0], &last, sizeof last) == sizeof last) continue;
  kill(child, SIGKILL);
  waitpid(child, &status, 0);
  while (read(ends[0], &last, sizeof last) == sizeof last) continue;
  close(ends[0]);
  return last;
}

#endif
