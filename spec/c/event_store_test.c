/* SPDX-License-Identifier: MIT */
/* event_store: the chain's bytes, groups, what memory keeps, refusals, and what is left after a crash. */
#include "store/event_store.h"

#include <sys/stat.h>
#include <sys/wait.h>

#include "store/query.h"
#include "store/recent.h"
#include "store_support.h"

static void digest_of(const unsigned char *before, const void *bytes, size_t count, unsigned char *out) {
  neap_digest *digest = neap_digest_new();
  if (before) neap_digest_update(digest, before, NEAP_DIGEST_SIZE);
  neap_digest_update(digest, bytes, count);
  neap_digest_finish(digest, out);
  neap_digest_free(digest);
}

static void chain_is_the_one_that_the_header_describes(void **state) {
  (void)state;
  static const unsigned char packed[] = "\1\0\0\0\0\0\0\0"
                                        "\xff\xff\xff\xff\xff\xff\xff\xff"
                                        "\2\1"
                                        "\3\0\0\0\0\0\0\0"
                                        "\2\0ok"
                                        "\1\0r"
                                        "\3\0A-B"
                                        "\0\0"
                                        "\2\0\0\0\0\0";
  unsigned char head[NEAP_DIGEST_SIZE];
  char expected[NEAP_DIGEST_TEXT], found[NEAP_DIGEST_TEXT];
  neap_event_store_options options = {.run = "r"};
  neap_event_store *store;
  assert_int_equal(neap_event_store_create(&options, &store, NULL), NEAP_OK);
  digest_of(NULL, "neap.chain/1", 12, head);
  neap_digest_hex(head, expected);
  neap_event_store_head(store, found);
  assert_string_equal(found, expected);
  neap_event event = {
      .ts_ns = -1, .type = "ok", .version = 258, .cause_seq = 3, .product = "A-B", .record = "\0\0", .record_size = 2};
  assert_int_equal(neap_event_store_append(store, &event, NULL, NULL), NEAP_OK);
  assert_int_equal(neap_event_store_seal(store, NULL), NEAP_OK);
  digest_of(head, packed, sizeof packed - 1, head);
  neap_digest_hex(head, expected);
  neap_event_store_head(store, found);
  assert_string_equal(found, expected);
  neap_event_store_close(store, NULL);
}

static void head_is_the_same_with_and_without_a_path(void **state) {
  const place *self = *state;
  for (uint64_t count = 0; count < 200; count += 33) {
    char with[NEAP_DIGEST_TEXT], without[NEAP_DIGEST_TEXT];
    neap_event_store *store = new_store(NULL);
    fill(store, count, without);
    neap_event_store_close(store, NULL);
    write_store(self->path, count, with);
    assert_string_equal(with, without);
    unlink(self->path);
  }
}

static void a_group_ends_when_full_and_at_seal(void **state) {
  (void)state;
  char before[NEAP_DIGEST_TEXT], after[NEAP_DIGEST_TEXT];
  neap_event_store *store = new_store(NULL);
  neap_event_store_head(store, before);
  for (uint64_t i = 1; i < 64; i++) append_sample(store, i);
  neap_event_store_head(store, after);
  assert_string_equal(before, after);
  append_sample(store, 64);
  neap_event_store_head(store, after);
  assert_string_not_equal(before, after);
  assert_int_equal(neap_event_store_seal(store, NULL), NEAP_OK);
  neap_event_store_head(store, before);
  assert_string_equal(before, after); /* an empty group is none */
  assert_int_equal(neap_event_store_count(store), 64);
  neap_event_store_close(store, NULL);
}

typedef struct seen {
  uint64_t first, last, count;
} seen;

static bool see(void *context, const neap_event *event) {
  seen *self = context;
  if (self->count == 0)
    self->first = event->seq;
  else
    assert_int_equal(event->seq, self->last + 1);
  self->last = event->seq;
  self->count++;
  assert_string_equal(event->run, "run-1");
  assert_int_equal(event->ts_ns, event->seq * 1000);
  assert_string_equal(event->product, event->seq % 5 ? "BTC-USD" : "");
  neap_record_field field;
  assert_int_equal(neap_record_find(event->record, event->record_size, "price", &field), NEAP_OK);
  return true;
}

static void memory_keeps_the_latest_four_megabytes(void **state) {
  (void)state;
  neap_event_store *store = new_store(NULL);
  seen all = {0}, some = {0};
  for (uint64_t i = 1; i <= 100; i++) append_sample(store, i);
  neap_event_store_each(store, see, &all);
  assert_int_equal(all.first, 1);
  assert_int_equal(all.count, 100);
  for (uint64_t i = 101; i <= 60000; i++) append_sample(store, i);
  neap_event_store_each(store, see, &some);
  assert_int_equal(some.last, 60000);
  assert_in_range(some.count, 20000, 59000);
  neap_event_store_close(store, NULL);
}

typedef struct model {
  size_t next; /* number of the next message that must come */
} model;

static bool follow(void *context, const unsigned char *bytes, size_t count) {
  model *self = context;
  size_t number;
  memcpy(&number, bytes, sizeof number);
  if (self->next != 0) assert_int_equal(number, self->next);
  for (size_t i = sizeof number; i < count; i++) assert_int_equal(bytes[i], (unsigned char)number);
  self->next = number + 1;
  return true;
}

static void recent_keeps_an_unbroken_end(void **state) {
  (void)state;
  unsigned char message[2048];
  neap_recent recent;
  srand(7);
  assert_int_equal(neap_recent_init(&recent, 1000, NULL), NEAP_OK);
  for (size_t number = 1; number < 20000; number++) {
    size_t size = sizeof number + (size_t)rand() % (number % 500 == 0 ? 1500 : 300);
    memset(message, (unsigned char)number, size);
    memcpy(message, &number, sizeof number);
    neap_recent_push(&recent, message, size);
    model self = {0};
    neap_recent_each(&recent, follow, &self);
    if (size + 4 <= 1000)
      assert_int_equal(self.next, number + 1);
    else
      assert_int_equal(self.next, 0);
  }
  neap_recent_fini(&recent);
}

static neap_status create_at(const char *path, neap_fault *fault) {
  neap_event_store *store = NULL;
  neap_event_store_options options = {.path = path, .run = "run-1"};
  neap_status status = neap_event_store_create(&options, &store, fault);
  if (status == NEAP_OK) neap_event_store_close(store, NULL);
  return status;
}

static void never_writes_over_what_is_there(void **state) {
  const place *self = *state;
  neap_fault fault;
  fclose(fopen(self->path, "w"));
  assert_int_equal(create_at(self->path, &fault), NEAP_OK); /* an empty file is none */
  assert_int_equal(create_at(self->path, &fault), NEAP_EXISTS);
  assert_string_equal(fault.code, "store_exists");
  assert_int_equal(create_at(self->directory, &fault), NEAP_EXISTS);
  assert_int_equal(create_at("no/such/directory/x.db", &fault), NEAP_IO);
  assert_non_null(strstr(fault.message, "No such file or directory"));
  assert_string_equal(fault.where, "./no/such/directory/x.db");
}

static void a_failed_write_sticks(void **state) {
  const place *self = *state;
  neap_fault fault = {0};
  neap_event_store *store = new_store(self->path);
  neap_event bad = {.ts_ns = 1, .type = "log", .version = 1, .record = "\xff", .record_size = 1};
  append_sample(store, 1);
  assert_int_equal(neap_event_store_append(store, &bad, NULL, &fault), NEAP_OK);
  assert_int_equal(neap_event_store_seal(store, &fault), NEAP_CORRUPT);
  assert_string_equal(fault.code, "corrupt_record");
  memset(&fault, 0, sizeof fault);
  assert_int_equal(neap_event_store_append(store, &bad, NULL, &fault), NEAP_CORRUPT);
  assert_string_equal(fault.code, "corrupt_record");
  assert_int_equal(neap_event_store_close(store, &fault), NEAP_CORRUPT);
  neap_verify_report report;
  assert_int_equal(neap_store_verify(self->path, NULL, &report, &fault), NEAP_OK);
  assert_in_range(report.events, 0, 1); /* by what was committed before */
}

static void too_long_a_text_is_refused_and_nothing_else(void **state) {
  (void)state;
  neap_fault fault;
  char *type = calloc(1, 70000);
  memset(type, 'x', 69999);
  neap_event_store *store = new_store(NULL);
  neap_event event = {.type = type, .version = 1};
  assert_int_equal(neap_event_store_append(store, &event, NULL, &fault), NEAP_RANGE);
  append_sample(store, 1);
  assert_int_equal(neap_event_store_count(store), 1);
  neap_event_store_close(store, NULL);
  free(type);
}

static void run_and_die(const char *path) {
  neap_event_store *store = new_store(path);
  for (uint64_t i = 1; i <= 138; i++) append_sample(store, i);
  if (neap_event_store_wait(store, 130, NULL) != NEAP_OK) _exit(1);
  _exit(0); /* no close, no seal */
}

static void what_was_durable_survives_a_crash(void **state) {
  const place *self = *state;
  neap_verify_report report;
  neap_fault fault;
  int status;
  pid_t child = fork();
  if (child == 0) run_and_die(self->path);
  assert_int_equal(waitpid(child, &status, 0), child);
  assert_int_equal(status, 0);
  assert_int_equal(neap_store_verify(self->path, NULL, &report, &fault), NEAP_OK);
  assert_in_range(report.events, 130, 138);
  assert_int_equal(report.groups, 2);
  assert_int_equal(report.open, report.events - 128);
}

static void reads_while_it_is_written(void **state) {
  const place *self = *state;
  neap_verify_report report;
  neap_query *query;
  neap_event_row row;
  neap_event_filter filter = {.type = "order_filled", .since_seq = 10, .limit = 3};
  neap_event_store *store = new_store(self->path);
  fill(store, 100, NULL);
  assert_int_equal(neap_store_verify(self->path, NULL, &report, NULL), NEAP_OK);
  assert_int_equal(report.events, 100);
  assert_int_equal(neap_query_open(self->path, &query, NULL), NEAP_OK);
  assert_int_equal(neap_query_events(query, &filter, NULL), NEAP_OK);
  for (uint64_t seq = 11; seq <= 17; seq += 3) {
    assert_int_equal(neap_query_next(query, &row, NULL), NEAP_OK);
    assert_int_equal(row.seq, seq);
    assert_string_equal(row.type, "order_filled");
  }
  assert_int_equal(neap_query_next(query, &row, NULL), NEAP_END);
  neap_query_close(query);
  assert_int_equal(neap_event_store_close(store, NULL), NEAP_OK);
}

static void closing_nothing_is_nothing(void **state) {
  (void)state;
  assert_int_equal(neap_event_store_close(NULL, NULL), NEAP_OK);
  neap_query_close(NULL);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(chain_is_the_one_that_the_header_describes),
      cmocka_unit_test_setup_teardown(head_is_the_same_with_and_without_a_path, make_place, remove_place),
      cmocka_unit_test(a_group_ends_when_full_and_at_seal),
      cmocka_unit_test(memory_keeps_the_latest_four_megabytes),
      cmocka_unit_test(recent_keeps_an_unbroken_end),
      cmocka_unit_test_setup_teardown(never_writes_over_what_is_there, make_place, remove_place),
      cmocka_unit_test_setup_teardown(a_failed_write_sticks, make_place, remove_place),
      cmocka_unit_test(too_long_a_text_is_refused_and_nothing_else),
      cmocka_unit_test_setup_teardown(what_was_durable_survives_a_crash, make_place, remove_place),
      cmocka_unit_test_setup_teardown(reads_while_it_is_written, make_place, remove_place),
      cmocka_unit_test(closing_nothing_is_nothing)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
