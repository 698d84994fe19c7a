/* SPDX-License-Identifier: MIT */
/* outbox: written before sent, what a failed callback leaves, and the order of letters. */
#include <stdio.h>

#include "base/record.h"
#include "engine/outbox.h"
#include "journal_support.h"

typedef struct office { /* a broker that writes down what it gets, a journal, and what happened in order */
  neap_outbox outbox;
  neap_event_store *store;
  neap_clock clock;
  neap_product product;
  neap_broker broker;
  neap_order order[4];
  bool deaf;
  neap_status answer; /* of submit and preview; NEAP_OK: they take it */
  const char *path;   /* of the store that is looked into at each submit; NULL: none */
  uint64_t last_seq;
  const char *expected; /* code of a refusal; NULL: the broker's */
  char log[1024];
} office;

static void note(office *at, const char *word, uint64_t number) {
  size_t length = strlen(at->log);
  snprintf(at->log + length, sizeof at->log - length, "%s%d ", word, (int)number);
}

/* What another program finds in the file, were this one to die now. */
static bool is_durable(const char *path, uint64_t orders) {
  neap_query *query;
  neap_event_row row;
  uint64_t found = 0;
  assert_int_equal(neap_query_open(path, &query, NULL), NEAP_OK);
  assert_int_equal(neap_query_events(query, &(neap_event_filter){.type = "order_intent"}, NULL), NEAP_OK);
  while (neap_query_next(query, &row, NULL) == NEAP_OK) found++;
  neap_query_close(query);
  return found == orders;
}

static neap_status take(void *self, const neap_ticket *ticket, int64_t now, neap_fault *fault) {
  office *at = self;
  (void)now;
  if (at->deaf) return neap_fail(fault, NEAP_IO, "no_line", "nobody answers");
  if (at->path) assert_true(is_durable(at->path, 2));
  note(at, "submit", ticket->number);
  return at->answer == NEAP_OK ? NEAP_OK : neap_fail(fault, at->answer, "venue_says", "no");
}

static neap_status show(void *self, const neap_ticket *ticket, int64_t now, neap_fault *fault) {
  office *at = self;
  (void)now;
  note(at, "preview", ticket->number);
  return at->answer == NEAP_OK ? NEAP_OK : neap_fail(fault, at->answer, "venue_says", "no");
}

static void withdrawn(void *context, neap_order *order, const char *why) {
  office *at = context;
  assert_string_equal(why, "changed my mind");
  order->status = NEAP_ORDER_CANCELLED;
  note(at, "withdrawn", order->ticket.number);
}

static neap_status take_back(void *self, uint64_t order, int64_t now, neap_fault *fault) {
  office *at = self;
  (void)now;
  if (at->deaf) return neap_fail(fault, NEAP_IO, "no_line", "nobody answers");
  note(at, "cancel", order);
  return NEAP_OK;
}

static void refused(void *context, neap_order *order, const neap_fault *fault) {
  office *at = context;
  assert_string_equal(fault->code, at->expected ? at->expected : "order_exception");
  note(context, "refused", order->ticket.number);
}

static void dropped(void *context, neap_order *order) { note(context, "dropped", order->ticket.number); }

static void open_office_with(office *at, const char *path) {
  memset(at, 0, sizeof *at);
  neap_outbox_init(&at->outbox);
  const neap_event_store_options options = {.path = path, .run = "test"};
  at->path = path;
  assert_int_equal(neap_event_store_create(&options, &at->store, NULL), NEAP_OK);
  at->clock = neap_clock_simulated(NEAP_SECOND);
  assert_int_equal(neap_product_init(&at->product, "BTC-USD", NULL), NEAP_OK);
  at->broker = (neap_broker){.self = at, .name = "office", .submit = take, .cancel = take_back};
  for (int i = 0; i < 4; i++) {
    at->order[i].ticket.number = (uint64_t)i + 1;
    at->order[i].status = NEAP_ORDER_PENDING;
  }
}

static void open_office(office *at) { open_office_with(at, NULL); }

static void close_office(office *at) {
  neap_outbox_fini(&at->outbox);
  assert_int_equal(neap_event_store_close(at->store, NULL), NEAP_OK);
}

static neap_status sliced(void *context, neap_order *order, neap_letter_kind kind, const char *why, neap_fault *fault) {
  static const char *const words[] = {[NEAP_LETTER_SUBMIT] = "begin",
                                      [NEAP_LETTER_CANCEL] = "withdraw",
                                      [NEAP_LETTER_PAUSE] = "pause",
                                      [NEAP_LETTER_RESUME] = "resume"};
  (void)why, (void)fault;
  note(context, words[kind], order->ticket.number);
  return NEAP_OK;
}

static neap_status flush(office *at) {
  const neap_outbox_route route = {.store = at->store,
                                   .broker = &at->broker,
                                   .clock = &at->clock,
                                   .products = &at->product,
                                   .strategies = (const char *const[]){"test"},
                                   .last_seq = &at->last_seq,
                                   .withdrawn = withdrawn,
                                   .context = at,
                                   .sliced = sliced};
  return neap_outbox_flush(&at->outbox, &route, refused, at, NULL);
}

static void put(office *at, int i, bool exit) {
  neap_buffer decision;
  neap_buffer_init(&decision);
  neap_record_int(&decision, "of", i + 1);
  assert_int_equal(neap_outbox_submit(&at->outbox, &at->order[i], exit, &decision), NEAP_OK);
  neap_buffer_fini(&decision);
}

static bool add_type(void *context, const neap_event *event) {
  strcat(strcat(context, event->type), " ");
  return true;
}

static void all_intents_are_journalled_before_the_first_leaves(void **state) {
  (void)state;
  office at;
  char types[512] = "";
  open_office(&at);
  put(&at, 0, false);
  put(&at, 1, true);
  assert_string_equal(at.log, "");
  assert_int_equal(flush(&at), NEAP_OK);
  neap_event_store_each(at.store, add_type, types);
  assert_string_equal(types, "order_intent decision order_intent decision order_submitted order_submitted ");
  assert_string_equal(at.log, "submit1 submit2 ");
  assert_int_equal(at.order[0].status, NEAP_ORDER_SUBMITTED);
  assert_int_equal(at.order[1].decision_seq, 4);
  assert_int_equal(flush(&at), NEAP_OK); /* nothing is left */
  assert_string_equal(at.log, "submit1 submit2 ");
  close_office(&at);
}

static void for_a_broker_outside_intents_are_durable_before_they_leave(void **state) {
  const place *at_disk = *state;
  office at;
  open_office_with(&at, at_disk->path);
  at.broker.abilities = NEAP_BROKER_EXTERNAL;
  put(&at, 0, false);
  put(&at, 1, true);
  assert_int_equal(flush(&at), NEAP_OK);
  assert_string_equal(at.log, "submit1 submit2 ");
  close_office(&at);
}

/* An office whose journal is in its reserve: the file ends at what it has. */
static void fill_disk(office *at, const char *path, size_t reserve) {
  neap_event event = {.ts_ns = 1, .type = "log", .version = 1};
  open_office(at);
  neap_event_store_close(at->store, NULL);
  at->store = open_store((neap_event_store_options){.path = path, .run = "test", .reserve = reserve});
  limit_files(90 * 1024);
  while (neap_event_store_state(at->store, NULL) == NEAP_JOURNAL_WRITES) {
    assert_int_equal(neap_event_store_append(at->store, &event, NULL, NULL), NEAP_OK);
    assert_int_equal(neap_event_store_wait(at->store, UINT64_MAX, NULL), NEAP_OK);
  }
}

static void with_the_journal_in_its_reserve_entries_stop_and_the_rest_goes(void **state) {
  const place *at_disk = *state;
  office at;
  uint64_t orders = 0;
  fill_disk(&at, at_disk->path, 65536);
  at.broker.abilities = NEAP_BROKER_EXTERNAL;
  at.expected = "journal_failed";
  at.order[2].status = NEAP_ORDER_OPEN;
  put(&at, 0, false);
  put(&at, 1, true);
  assert_int_equal(neap_outbox_cancel(&at.outbox, &at.order[2], ""), NEAP_OK);
  assert_int_equal(flush(&at), NEAP_OK);
  limit_files(0);
  assert_string_equal(at.log, "refused1 submit2 cancel3 ");
  assert_int_equal(at.order[1].status, NEAP_ORDER_SUBMITTED);
  assert_true(neap_event_store_durable(at.store) >= at.order[1].decision_seq);
  close_office(&at);
  neap_query *query;
  neap_event_row row;
  assert_int_equal(neap_query_open(at_disk->path, &query, NULL), NEAP_OK);
  assert_int_equal(neap_query_events(query, &(neap_event_filter){.type = "order_intent"}, NULL), NEAP_OK);
  while (neap_query_next(query, &row, NULL) == NEAP_OK) orders++;
  neap_query_close(query);
  assert_int_equal(orders, 2); /* that of the refused entry, too */
}

static void with_the_journal_lost_only_cancels_leave(void **state) {
  const place *at_disk = *state;
  office at;
  neap_event event = {.ts_ns = 1, .type = "log", .version = 1};
  for (int external = 0; external < 2; external++) {
    fill_disk(&at, at_disk->path, 4096);
    while (neap_event_store_append(at.store, &event, NULL, NULL) == NEAP_OK) continue;
    at.broker.abilities = external ? NEAP_BROKER_EXTERNAL : 0;
    at.expected = "journal_lost";
    at.order[2].status = NEAP_ORDER_OPEN;
    put(&at, 0, false);
    put(&at, 1, true);
    assert_int_equal(neap_outbox_cancel(&at.outbox, &at.order[2], ""), NEAP_OK);
    assert_int_equal(flush(&at), NEAP_IO);
    limit_files(0);
    assert_string_equal(at.log, "refused1 refused2 cancel3 ");
    assert_int_equal(at.outbox.count, 0);
    neap_outbox_fini(&at.outbox);
    neap_event_store_close(at.store, NULL);
    remove_store(at_disk);
  }
}

static void a_journal_that_is_lost_while_orders_wait_stops_them(void **state) {
  const place *at_disk = *state;
  office at;
  open_office(&at);
  neap_event_store_close(at.store, NULL);
  at.store = open_store((neap_event_store_options){.path = at_disk->path, .run = "test"});
  at.broker.abilities = NEAP_BROKER_EXTERNAL;
  at.order[2].status = NEAP_ORDER_OPEN;
  put(&at, 0, true);
  assert_int_equal(neap_outbox_cancel(&at.outbox, &at.order[2], ""), NEAP_OK);
  at.expected = "journal_lost";
  limit_files(10); /* nothing was written before: the failure comes while the outbox waits */
  assert_int_equal(flush(&at), NEAP_IO);
  limit_files(0);
  assert_string_equal(at.log, "refused1 cancel3 ");
  neap_outbox_fini(&at.outbox);
  neap_event_store_close(at.store, NULL);
}

/* It is told to who makes its slices, and the broker hears nothing. */
static void what_leaves_in_slices_is_never_sent(void **state) {
  (void)state;
  office at;
  char types[512] = "";
  open_office(&at);
  at.order[0].ticket.execution = NEAP_TWAP;
  put(&at, 0, false);
  assert_int_equal(neap_outbox_hold(&at.outbox, &at.order[0], NEAP_LETTER_PAUSE), NEAP_OK);
  assert_int_equal(neap_outbox_hold(&at.outbox, &at.order[0], NEAP_LETTER_RESUME), NEAP_OK);
  assert_int_equal(neap_outbox_cancel(&at.outbox, &at.order[0], NULL), NEAP_OK);
  assert_int_equal(flush(&at), NEAP_OK);
  assert_string_equal(at.log, "begin1 pause1 resume1 withdraw1 ");
  neap_event_store_each(at.store, add_type, types);
  assert_string_equal(types, "order_intent decision slices_paused slices_resumed order_cancel_requested ");
  close_office(&at);
}

static void a_failed_callback_pauses_and_does_not_resume(void **state) {
  (void)state;
  office at;
  open_office(&at);
  for (int i = 0; i < 3; i++) at.order[i].ticket.execution = NEAP_TWAP;
  at.order[0].status = at.order[1].status = NEAP_ORDER_OPEN;
  put(&at, 2, false);
  assert_int_equal(neap_outbox_hold(&at.outbox, &at.order[0], NEAP_LETTER_PAUSE), NEAP_OK);
  assert_int_equal(neap_outbox_hold(&at.outbox, &at.order[1], NEAP_LETTER_RESUME), NEAP_OK);
  assert_int_equal(neap_outbox_hold(&at.outbox, &at.order[2], NEAP_LETTER_PAUSE), NEAP_OK);
  neap_outbox_drop_entries(&at.outbox, dropped, &at);
  assert_int_equal(flush(&at), NEAP_OK);
  assert_string_equal(at.log, "dropped3 pause1 ");
  close_office(&at);
}

static void a_failed_callback_drops_entries_with_their_cancels(void **state) {
  (void)state;
  office at;
  open_office(&at);
  at.order[2].status = NEAP_ORDER_OPEN;
  put(&at, 0, false);
  put(&at, 1, true);
  assert_int_equal(neap_outbox_cancel(&at.outbox, &at.order[0], "changed my mind"), NEAP_OK);
  assert_int_equal(neap_outbox_cancel(&at.outbox, &at.order[2], NULL), NEAP_OK);
  put(&at, 3, false);
  neap_outbox_drop_entries(&at.outbox, dropped, &at);
  assert_int_equal(flush(&at), NEAP_OK);
  assert_string_equal(at.log, "dropped1 dropped4 submit2 cancel3 ");
  assert_int_equal(at.order[2].status, NEAP_ORDER_CANCEL_PENDING);
  close_office(&at);
}

static void put_again(office *at, int i) {
  neap_buffer decision;
  neap_buffer_init(&decision);
  neap_record_bool(&decision, "after_preview", true);
  assert_int_equal(neap_outbox_send(&at->outbox, &at->order[i], false, &decision), NEAP_OK);
  neap_buffer_fini(&decision);
}

static void show_first(office *at) {
  open_office(at);
  at->broker.preview = show;
  at->order[0].previews = true;
  put(at, 0, false);
  assert_int_equal(flush(at), NEAP_OK);
  assert_string_equal(at->log, "preview1 ");
  assert_int_equal(at->order[0].status, NEAP_ORDER_PREVIEW);
}

static void an_order_that_previews_is_shown_and_leaves_when_it_may(void **state) {
  (void)state;
  office at;
  char types[512] = "";
  show_first(&at);
  put_again(&at, 0);
  assert_int_equal(flush(&at), NEAP_OK);
  assert_string_equal(at.log, "preview1 submit1 ");
  assert_int_equal(at.order[0].status, NEAP_ORDER_SUBMITTED);
  neap_event_store_each(at.store, add_type, types);
  assert_string_equal(types, "order_intent decision order_preview decision order_submitted ");
  assert_int_equal(at.order[0].decision_seq, 4);
  close_office(&at);
}

static void a_cancel_of_what_was_only_shown_never_reaches_the_broker(void **state) {
  (void)state;
  office at;
  show_first(&at);
  assert_int_equal(neap_outbox_cancel(&at.outbox, &at.order[0], "changed my mind"), NEAP_OK);
  put_again(&at, 0); /* the answer came in the same moment */
  assert_int_equal(flush(&at), NEAP_OK);
  assert_string_equal(at.log, "preview1 withdrawn1 ");
  close_office(&at);
}

static void a_preview_that_cannot_be_asked_for_sends_nothing(void **state) {
  (void)state;
  office at;
  for (int offered = 0; offered < 2; offered++) {
    open_office(&at);
    at.broker.preview = offered ? show : NULL;
    at.expected = offered ? "preview_failed" : "preview_unavailable";
    at.answer = NEAP_IO;
    at.order[0].previews = true;
    put(&at, 0, false);
    assert_int_equal(flush(&at), NEAP_OK);
    assert_string_equal(at.log, offered ? "preview1 refused1 " : "refused1 ");
    close_office(&at);
  }
}

static void with_the_journal_in_its_reserve_what_was_shown_stays_here(void **state) {
  const place *at_disk = *state;
  office at;
  fill_disk(&at, at_disk->path, 65536);
  at.order[0].status = NEAP_ORDER_PREVIEW;
  at.expected = "journal_failed";
  put_again(&at, 0);
  assert_int_equal(flush(&at), NEAP_OK);
  limit_files(0);
  assert_string_equal(at.log, "refused1 ");
  close_office(&at);
}

/* H5.70, H5.71: what a broker answers has a code each. */
static void each_answer_of_a_broker_has_its_code(void **state) {
  (void)state;
  static const struct {
    neap_status answer;
    const char *code;
  } cases[] = {{NEAP_REFUSED, "venue_says"}, {NEAP_INVALID, "venue_says"},
               {NEAP_EXISTS, "venue_says"},  {NEAP_NOT_FOUND, "order_placement_failed"},
               {NEAP_IO, "order_exception"}, {NEAP_MEMORY, "order_exception"}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    office at;
    open_office(&at);
    at.answer = cases[i].answer;
    at.expected = cases[i].code;
    put(&at, 0, false);
    put(&at, 1, false);
    assert_int_equal(flush(&at), NEAP_OK); /* the next is sent all the same */
    assert_string_equal(at.log, "submit1 refused1 submit2 refused2 ");
    close_office(&at);
  }
}

static void a_letter_can_be_sent_last(void **state) {
  (void)state;
  office at;
  open_office(&at);
  at.order[1].status = NEAP_ORDER_OPEN;
  put(&at, 0, true);
  assert_int_equal(neap_outbox_cancel(&at.outbox, &at.order[1], "close"), NEAP_OK);
  assert_true(at.order[1].cancel_waits);
  assert_false(at.order[0].cancel_waits);
  neap_outbox_send_last(&at.outbox, &at.order[0]);
  neap_outbox_send_last(&at.outbox, &at.order[3]); /* not there */
  assert_int_equal(flush(&at), NEAP_OK);
  assert_string_equal(at.log, "cancel2 submit1 ");
  assert_false(at.order[1].cancel_waits);
  close_office(&at);
}

static void what_the_broker_does_not_take_is_told(void **state) {
  (void)state;
  office at;
  open_office(&at);
  at.deaf = true;
  at.order[1].status = NEAP_ORDER_OPEN;
  put(&at, 0, false);
  assert_int_equal(neap_outbox_cancel(&at.outbox, &at.order[1], ""), NEAP_OK);
  assert_int_equal(flush(&at), NEAP_OK);
  assert_string_equal(at.log, "refused1 ");
  assert_int_equal(at.order[1].status, NEAP_ORDER_OPEN); /* and may be cancelled again */
  close_office(&at);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(all_intents_are_journalled_before_the_first_leaves),
      cmocka_unit_test_setup_teardown(for_a_broker_outside_intents_are_durable_before_they_leave, make_place,
                                      remove_place),
      cmocka_unit_test_setup_teardown(with_the_journal_in_its_reserve_entries_stop_and_the_rest_goes, make_place,
                                      remove_place),
      cmocka_unit_test_setup_teardown(with_the_journal_lost_only_cancels_leave, make_place, remove_place),
      cmocka_unit_test_setup_teardown(a_journal_that_is_lost_while_orders_wait_stops_them, make_place, remove_place),
      cmocka_unit_test(what_leaves_in_slices_is_never_sent),
      cmocka_unit_test(a_failed_callback_pauses_and_does_not_resume),
      cmocka_unit_test(a_failed_callback_drops_entries_with_their_cancels),
      cmocka_unit_test(an_order_that_previews_is_shown_and_leaves_when_it_may),
      cmocka_unit_test(a_cancel_of_what_was_only_shown_never_reaches_the_broker),
      cmocka_unit_test(a_preview_that_cannot_be_asked_for_sends_nothing),
      cmocka_unit_test_setup_teardown(with_the_journal_in_its_reserve_what_was_shown_stays_here, make_place,
                                      remove_place),
      cmocka_unit_test(each_answer_of_a_broker_has_its_code),
      cmocka_unit_test(a_letter_can_be_sent_last),
      cmocka_unit_test(what_the_broker_does_not_take_is_told),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
