/* SPDX-License-Identifier: MIT */
/* replay_check: the first event of a replay that is not the stored one is named, with both; copy: the beginning of a
 * store goes on as the store did. */
#include "session/replay_check.h"
#include "store/query.h"
#include "store/upkeep.h"
#include "store_support.h"

enum { EVENTS = 200 };

static int64_t no_time(void) { return 1; }

/* A sample is appended to a store of memory, whose observer the check is. */
typedef struct replay {
  neap_inputs *inputs;
  neap_replay_check *check;
  neap_event_store *store;
} replay;

static void store_samples(const char *path, uint64_t last) {
  neap_event_store *store;
  const neap_event_store_options options = {.path = path, .run = "run-1"};
  assert_int_equal(neap_event_store_create(&options, &store, NULL), NEAP_OK);
  for (uint64_t i = 1; i <= last; i++) {
    append_sample(store, i);
    if (i == 30 || i == 90) assert_int_equal(neap_event_store_seal(store, NULL), NEAP_OK);
  }
  assert_int_equal(neap_event_store_close(store, NULL), NEAP_OK);
}

static void open_replay(replay *self, const char *path, uint64_t after, uint64_t until) {
  const neap_inputs_options inputs = {.now = no_time, .wall = no_time};
  assert_int_equal(neap_inputs_new(&inputs, &self->inputs, NULL), NEAP_OK);
  assert_int_equal(neap_replay_check_open(path, after, until, self->inputs, &self->check, NULL), NEAP_OK);
  const neap_observer *observer = neap_replay_check_observer(self->check);
  const neap_event_store_options options = {.run = "run-1", .see = observer->see, .see_context = observer->context};
  assert_int_equal(neap_event_store_create(&options, &self->store, NULL), NEAP_OK);
}

static void close_replay(replay *self) {
  neap_event_store_close(self->store, NULL);
  neap_replay_check_close(self->check);
  neap_inputs_free(self->inputs);
}

static neap_replay_result result_of(const replay *self) {
  neap_replay_result found;
  neap_replay_check_result(self->check, &found);
  return found;
}

static void the_same_events_are_the_same(void **state) {
  const place *self = *state;
  replay again;
  store_samples(self->path, EVENTS);
  open_replay(&again, self->path, 0, EVENTS);
  for (uint64_t i = 1; i <= EVENTS; i++) append_sample(again.store, i);
  neap_replay_result found = result_of(&again);
  assert_false(found.differs);
  assert_int_equal(found.compared, EVENTS);
  assert_int_equal(found.beyond, 0);
  close_replay(&again);
}

static void a_life_is_compared_behind_where_it_began(void **state) {
  const place *self = *state;
  replay again;
  store_samples(self->path, EVENTS);
  open_replay(&again, self->path, 50, 120);
  for (uint64_t i = 51; i <= 130; i++) append_sample(again.store, i);
  neap_replay_result found = result_of(&again);
  assert_false(found.differs);
  assert_int_equal(found.compared, 70);
  assert_int_equal(found.beyond, 10);
  close_replay(&again);
}

static void the_first_that_differs_is_told_with_both(void **state) {
  const place *self = *state;
  replay again;
  store_samples(self->path, EVENTS);
  open_replay(&again, self->path, 0, EVENTS);
  for (uint64_t i = 1; i <= EVENTS; i++) {
    neap_inputs_note(again.inputs, NEAP_INPUT_TURN, 0, NULL, 0);
    append_sample(again.store, i == 78 ? 1000 : i);
  }
  neap_replay_result found = result_of(&again);
  assert_true(found.differs);
  assert_int_equal(found.compared, 77);
  assert_int_equal(found.seq, 78);
  assert_int_equal(found.input, 79); /* the machine's time was noted before the first */
  assert_string_equal(found.stored.type, "order_intent");
  assert_string_equal(found.replayed.type, "decision");
  assert_int_equal(found.stored.ts_ns, 78000);
  assert_non_null(strstr(found.stored.body, "\"price\":\"78\""));
  assert_non_null(strstr(found.replayed.body, "\"price\":\"1000\""));
  close_replay(&again);
}

static void more_events_than_were_stored_differ(void **state) {
  const place *self = *state;
  replay again;
  store_samples(self->path, 10);
  open_replay(&again, self->path, 0, 12);
  for (uint64_t i = 1; i <= 12; i++) append_sample(again.store, i);
  neap_replay_result found = result_of(&again);
  assert_true(found.differs);
  assert_int_equal(found.seq, 11);
  assert_string_equal(found.stored.type, "");
  close_replay(&again);
}

/* --- copies ------------------------------------------------------------------------------------------------------- */

static void go_on(const char *path, char head[NEAP_DIGEST_TEXT]) {
  neap_event_store *store;
  const neap_event_store_options options = {.path = path, .run = "run-1", .resume = true};
  assert_int_equal(neap_event_store_create(&options, &store, NULL), NEAP_OK);
  for (uint64_t i = neap_event_store_count(store) + 1; i <= EVENTS; i++) {
    append_sample(store, i);
    if (i == 30 || i == 90) assert_int_equal(neap_event_store_seal(store, NULL), NEAP_OK);
  }
  assert_int_equal(neap_event_store_seal(store, NULL), NEAP_OK);
  neap_event_store_head(store, head);
  assert_int_equal(neap_event_store_close(store, NULL), NEAP_OK);
}

static void a_copy_goes_on_as_the_store_did(void **state) {
  const place *self = *state;
  char to[PATH_SIZE + 8], whole[NEAP_DIGEST_TEXT], head[NEAP_DIGEST_TEXT];
  const uint64_t untils[] = {1, 29, 30, 31, 64, 89, 90, 91, 154, 155, EVENTS};
  neap_fault fault = {0};
  store_samples(self->path, EVENTS);
  go_on(self->path, whole);
  snprintf(to, sizeof to, "%s-one", self->path);
  for (size_t i = 0; i < sizeof untils / sizeof *untils; i++) {
    neap_verify_report report;
    if (neap_store_copy(self->path, to, untils[i], NULL, &fault) != NEAP_OK) fail_msg("%s", fault.message);
    if (neap_store_verify(to, NULL, &report, &fault) != NEAP_OK) fail_msg("%s", fault.message);
    assert_int_equal(report.events, untils[i]);
    go_on(to, head);
    assert_string_equal(head, whole);
    unlink(to);
  }
  assert_int_equal(neap_store_copy(self->path, to, EVENTS + 1, NULL, &fault), NEAP_NOT_FOUND);
}

int main(void) {
#define EACH(test) cmocka_unit_test_setup_teardown(test, make_place, remove_place)
  const struct CMUnitTest tests[] = {
      EACH(the_same_events_are_the_same),
      EACH(a_life_is_compared_behind_where_it_began),
      EACH(the_first_that_differs_is_told_with_both),
      EACH(more_events_than_were_stored_differ),
      EACH(a_copy_goes_on_as_the_store_did),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
