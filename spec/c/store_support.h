/* SPDX-License-Identifier: MIT */
/* store_support: stores of known events in a directory of the test's own. */
#ifndef NEAP_SPEC_STORE_SUPPORT_H
#define NEAP_SPEC_STORE_SUPPORT_H

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/record.h"
#include "store/event_store.h"
#include "support.h"

enum { PATH_SIZE = 256 };

typedef struct place {
  char directory[PATH_SIZE], path[PATH_SIZE];
  unsigned char *good; /* the bytes of a good store, for tests that spoil copies of it */
  size_t good_size;
} place;

static inline int make_place(void **state) {
  place *self = calloc(1, sizeof *self);
  const char *base = getenv("TMPDIR") ? getenv("TMPDIR") : "/tmp";
  snprintf(self->directory, PATH_SIZE, "%.200s/neap_store_XXXXXX", base);
  if (!mkdtemp(self->directory)) return -1;
  snprintf(self->path, PATH_SIZE, "%.240s/events.db", self->directory);
  *state = self;
  return 0;
}

static inline void remove_store(const place *self) {
  static const char *const endings[] = {"", "-wal", "-shm", "-journal", "-lock", "-reserve", "-new", "-one", "-two"};
  for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
    char path[PATH_SIZE + 16];
    snprintf(path, sizeof path, "%s%s", self->path, endings[i]);
    unlink(path);
  }
}

static inline int remove_place(void **state) {
  place *self = *state;
  remove_store(self);
  rmdir(self->directory);
  free(self->good);
  free(self);
  return 0;
}

/* The number decides everything about an event. */
static inline void append_sample(neap_event_store *store, uint64_t number) {
  static const char *const types[] = {"order_intent", "decision", "order_filled"};
  neap_buffer record;
  char id[40], why[40];
  neap_fault fault;
  neap_buffer_init(&record);
  snprintf(id, sizeof id, "order-%llu", (unsigned long long)(number / 3));
  snprintf(why, sizeof why, "reason \"%llu\"", (unsigned long long)number);
  neap_record_decimal(&record, "price", neap_decimal_from_int((int64_t)number));
  neap_record_text(&record, "why", why);
  neap_record_number(&record, "sma", 0.1 * (double)number);
  neap_event event = {.ts_ns = (int64_t)number * 1000,
                      .type = types[number % 3],
                      .version = 1,
                      .cause_seq = number > 1 ? number - 1 : 0,
                      .product = number % 5 ? "BTC-USD" : "",
                      .client_order_id = number % 7 ? id : "",
                      .record = record.data,
                      .record_size = record.size};
  assert_int_equal(neap_event_store_append(store, &event, NULL, &fault), NEAP_OK);
  neap_buffer_fini(&record);
}

static inline neap_event_store *new_store(const char *path) {
  neap_event_store *store = NULL;
  neap_fault fault;
  neap_event_store_options options = {.path = path, .run = "run-1"};
  if (neap_event_store_create(&options, &store, &fault) != NEAP_OK) fail_msg("%s (%s)", fault.message, fault.where);
  return store;
}

/* Events 1 to `count`; every 50th ends a group. Gives the head. */
static inline void fill(neap_event_store *store, uint64_t count, char head[NEAP_DIGEST_TEXT]) {
  for (uint64_t i = 1; i <= count; i++) {
    append_sample(store, i);
    if (i % 50 == 0) assert_int_equal(neap_event_store_seal(store, NULL), NEAP_OK);
  }
  assert_int_equal(neap_event_store_seal(store, NULL), NEAP_OK);
  if (head) neap_event_store_head(store, head);
}

static inline void write_store(const char *path, uint64_t count, char head[NEAP_DIGEST_TEXT]) {
  neap_event_store *store = new_store(path);
  fill(store, count, head);
  assert_int_equal(neap_event_store_close(store, NULL), NEAP_OK);
}

#endif
