/* SPDX-License-Identifier: MIT */
/* What a resumed session does about that which its journal left open, case by case. */
#include "kept_journal.h"
#include "session/state.h"
#include "store/query.h"
#include "store_support.h"

static journal book;
static act play;

static const char *const calm[] = {"100 101 99 100 50", "100 101 99 100 50", "100 101 99 100 50", "100 101 99 100 50",
                                   "100 101 99 100 50"};

static neap_status buy(actor *me, neap_order_request request) {
  neap_order *order = NULL;
  request.quantity = exactly("2");
  neap_status status = neap_desk_place(me->desk, &request, &order, NULL);
  if (order) neap_desk_release(me->desk, order);
  return status;
}

static neap_status note_bar(actor *me, neap_fault *fault) {
  return neap_desk_log(me->desk, "info", "a bar", NULL, 0, fault);
}

static neap_status buys_once(actor *me, const neap_bar_event *bar, neap_fault *fault) {
  (void)fault;
  if (bar->close_time != MONDAY + HOUR) return NEAP_OK;
  return buy(me, (neap_order_request){.stop_loss = exactly("90"), .take_profit = exactly("120")});
}

static void start_play(const char *const *bars, size_t count) {
  act_init(&play);
  act_bars(&play, 0, HOUR, bars, count);
}

static void run_and_keep(actor *who) {
  act_run_well(&play, who);
  journal_keep(&book, &play);
  act_close(&play, who);
}

/* The number of events up to the nth (from 1) of a type, with it. */
static size_t through(const char *type, unsigned nth) {
  for (size_t i = 0; i < book.count; i++)
    if (strcmp(book.event[i].type, type) == 0 && --nth == 0) return i + 1;
  fail_msg("there is no such %s", type);
  return 0;
}

static void resume(const place *at, size_t count, actor *who) {
  journal_write(&book, count, at->path);
  play.options.session.store_path = at->path;
  play.options.session.resume = true;
  act_run_well(&play, who);
}

static void check_events(const char *prefix, const char *expected) {
  char text[1024];
  assert_string_equal(act_events(&play, prefix, text, sizeof text), expected);
}

static void an_entry_that_was_not_sent_is_rejected(void **state) {
  char text[512];
  actor who = {.bar = buys_once};
  start_play(calm, 5);
  run_and_keep(&who);
  resume(*state, through("decision", 1), &who);
  check_events("order_", "order_rejected");
  assert_non_null(strstr(act_event(&play, "order_rejected", 0, text, sizeof text), "\"code\":\"not_sent\""));
  act_close(&play, &who);
  remove_store(*state);
}

static void exits_that_were_not_sent_are_sent(void **state) {
  actor who = {.bar = buys_once};
  start_play(calm, 5);
  run_and_keep(&who);
  resume(*state, through("decision", 3), &who);
  check_events("order_submitted", "order_submitted order_submitted");
  check_events("order_intent", "");
  act_close(&play, &who);
  remove_store(*state);
}

static void an_entry_killed_before_its_exits_gets_them(void **state) {
  char text[512];
  actor who = {.bar = buys_once};
  start_play(calm, 5);
  run_and_keep(&who);
  resume(*state, through("order_filled", 1), &who);
  check_events("order_intent", "order_intent order_intent");
  assert_non_null(strstr(act_event(&play, "order_intent", 0, text, sizeof text), "\"why\":\"stop_loss of #1\""));
  check_events("order_acc", "order_accepted order_accepted");
  act_close(&play, &who);
  remove_store(*state);
}

static neap_status moves_its_stop(actor *me, const neap_bar_event *bar, neap_fault *fault) {
  const neap_replacement wish = {.stop = exactly("95")};
  neap_order *stop, *moved = NULL;
  if (bar->close_time == MONDAY + HOUR) return buy(me, (neap_order_request){.stop_loss = exactly("80")});
  if (bar->close_time != MONDAY + 2 * HOUR) return NEAP_OK;
  stop = neap_desk_next_order(me->desk, NULL);
  neap_status status = neap_desk_replace(me->desk, stop, &wish, &moved, fault);
  if (moved) neap_desk_release(me->desk, moved);
  return status;
}

/* The old stop is gone, the new one had not left: it leaves now, at its own price. */
static void an_exit_whose_turn_had_come_is_sent(void **state) {
  static const char *const dip[] = {"100 101 99 100 50", "100 101 99 100 50", "100 101 99 100 50", "100 101 89 100 50"};
  actor who = {.bar = moves_its_stop};
  start_play(dip, 4);
  run_and_keep(&who);
  resume(*state, through("order_cancelled", 1), &who);
  check_events("order_intent", "");
  check_events("order_s", "order_submitted");
  assert_decimal(play.totals.cash, "9990");
  act_close(&play, &who);
  remove_store(*state);
}

static void the_sibling_of_an_exit_that_filled_goes(void **state) {
  static const char *const rising[] = {"100 101 99 100 50", "100 101 99 100 50", "100 125 99 120 50",
                                       "120 121 80 120 50"};
  actor who = {.bar = buys_once};
  start_play(rising, 4);
  run_and_keep(&who);
  resume(*state, through("order_filled", 2), &who);
  check_events("order_", "order_cancel_requested order_cancelled");
  assert_decimal(play.totals.cash, "10040");
  act_close(&play, &who);
  remove_store(*state);
}

static neap_status trails(actor *me, const neap_bar_event *bar, neap_fault *fault) {
  neap_status status = note_bar(me, fault);
  if (bar->close_time != MONDAY + HOUR) return status;
  return buy(me, (neap_order_request){.trailing_stop_bps = exactly("500")});
}

static void a_trailing_stop_follows_the_bars_that_were_seen(void **state) {
  static const char *const peak[] = {"100 101 99 100 50",  "100 101 99 100 50",  "100 150 99 150 50",
                                     "150 200 149 195 50", "195 196 191 192 50", "192 193 185 186 50",
                                     "186 187 185 186 50"};
  actor who = {.bar = trails};
  start_play(peak, 7);
  run_and_keep(&who);
  neap_decimal cash = play.totals.cash;
  resume(*state, through("log", 5), &who);
  assert_int_equal(play.totals.cash.units, cash.units);
  assert_decimal(cash, "10180");
  act_close(&play, &who);
  remove_store(*state);
}

static int times_restored;
static neap_status save(void *self, neap_buffer *out, bool *changed, neap_fault *fault) {
  actor *me = self;
  (void)fault;
  *changed = me->bars > 0;
  if (*changed) neap_record_int(out, "bars", me->bars);
  return out->status;
}

static neap_status restore(void *self, const void *record, size_t size, neap_fault *fault) {
  neap_record_field field;
  (void)self;
  (void)fault;
  assert_int_equal(neap_record_find(record, size, "bars", &field), NEAP_OK);
  times_restored = (int)field.value.integer;
  return NEAP_OK;
}

static neap_status quiet_bar(actor *me, const neap_bar_event *bar, neap_fault *fault) {
  (void)me;
  (void)bar;
  (void)fault;
  return NEAP_OK;
}

static void what_a_strategy_kept_is_given_back(void **state) {
  actor who = {.bar = quiet_bar, .strategy = {.save = save, .restore = restore}}, again = who;
  start_play(calm, 5);
  run_and_keep(&who);
  resume(*state, through("state_saved", 3), &again);
  assert_int_equal(times_restored, 3);
  assert_int_equal(again.bars, 2);
  act_close(&play, &again);
  remove_store(*state);
}

static neap_status fails_once(actor *me, const neap_bar_event *bar, neap_fault *fault) {
  (void)me;
  return bar->close_time == MONDAY + 2 * HOUR ? neap_fail(fault, NEAP_INVALID, "slip", "a slip") : NEAP_OK;
}

static void quarantine_lasts_until_the_source_changes(void **state) {
  actor who = {.bar = fails_once}, same = who, mended = {.bar = quiet_bar, .strategy = {.digest = "new"}};
  start_play(calm, 5);
  play.options.session.quarantine = true;
  run_and_keep(&who);
  resume(*state, through("strategy_quarantined", 1), &same);
  assert_int_equal(same.bars, 0);
  act_close(&play, &same);
  remove_store(*state);
  resume(*state, through("strategy_quarantined", 1), &mended);
  assert_int_equal(mended.bars, 3);
  assert_int_equal(neap_session_seat_status(play.session, 0, NULL), NEAP_OK);
  act_close(&play, &mended);
  remove_store(*state);
}

static void check_misfit(const place *at, actor *who, const char *one, const char *other) {
  neap_verify_report before, after;
  journal_write(&book, book.count, at->path);
  assert_int_equal(neap_store_verify(at->path, NULL, &before, NULL), NEAP_OK);
  assert_int_equal(act_run(&play, who), NEAP_INVALID);
  assert_string_equal(play.fault.code, "other_session");
  assert_non_null(strstr(play.fault.message, one));
  assert_non_null(strstr(play.fault.message, other));
  act_close(&play, who);
  assert_int_equal(neap_store_verify(at->path, NULL, &after, NULL), NEAP_OK);
  assert_string_equal(before.head, after.head);
  remove_store(at);
}

static void a_store_of_another_session_is_left_alone(void **state) {
  const place *at = *state;
  actor who = {.bar = quiet_bar};
  start_play(calm, 5);
  run_and_keep(&who);
  play.options.session.store_path = at->path;
  play.options.session.resume = true;
  play.options.session.id = "another";
  check_misfit(at, &who, "'test'", "'another'");
  play.options.session.id = "test";
  snprintf(play.product[0].id, sizeof play.product[0].id, "ETH-USD");
  check_misfit(at, &who, "'BTC-USD'", "'ETH-USD'");
  start_play(calm, 5);
  play.options.session.store_path = at->path;
  play.options.session.resume = true;
  play.product[0].kind = NEAP_MARGIN;
  check_misfit(at, &who, "BTC-USD", "kind");
}

static neap_status apply_from(size_t first, neap_fault *fault) {
  neap_state *replayed;
  neap_status status = neap_state_new(&replayed, fault);
  for (size_t i = first; status == NEAP_OK && i < book.count; i++)
    status = neap_state_apply(replayed, &book.event[i], fault);
  neap_state_free(replayed);
  return status;
}

static neap_status apply_all(neap_fault *fault) { return apply_from(0, fault); }

static void expect_corrupt(const char *code) {
  neap_fault fault;
  assert_int_equal(apply_all(&fault), NEAP_CORRUPT);
  assert_string_equal(fault.code, code);
}

static void a_changed_snapshot_is_found(void **state) {
  (void)state;
  actor who = {.bar = buys_once};
  start_play(calm, 5);
  run_and_keep(&who);
  neap_fault fault;
  size_t differs = 0;
  const neap_event *snapshot = &book.event[through("state_snapshot", 1) - 1];
  assert_int_equal(apply_all(NULL), NEAP_OK);
  for (size_t i = 0; i < snapshot->record_size; i++) {
    unsigned char *byte = (unsigned char *)(uintptr_t)snapshot->record + i;
    const char *head = (const char *)snapshot->record + snapshot->record_size - 64;
    if ((const char *)byte >= head - 32) break; /* the chain's head is verify's */
    *byte ^= 1;
    assert_int_equal(apply_all(&fault), NEAP_CORRUPT);
    differs += strcmp(fault.code, "state_differs") == 0;
    *byte ^= 1;
  }
  assert_true(differs > snapshot->record_size / 2); /* the rest cannot be read at all */
}

static void a_changed_byte_of_any_event_breaks_nothing(void **state) {
  static const unsigned char masks[] = {1, 0x40, 0x80, 0xff};
  (void)state;
  neap_fault fault;
  actor who = {.bar = buys_once};
  start_play(calm, 5);
  run_and_keep(&who);
  for (size_t i = 0; i < book.count; i++)
    for (size_t k = 0; k < book.event[i].record_size * sizeof masks; k += journal_stride()) {
      unsigned char *byte = (unsigned char *)(uintptr_t)book.event[i].record + k / sizeof masks;
      *byte ^= masks[k % sizeof masks];
      neap_status status = apply_all(&fault);
      assert_true(status == NEAP_OK || status == NEAP_CORRUPT || status == NEAP_RANGE || status == NEAP_INVALID);
      if (strcmp(book.event[i].type, "state_snapshot") == 0) apply_from(i, NULL); /* taken over */
      *byte ^= masks[k % sizeof masks];
    }
}

static void events_that_cannot_follow_are_named(void **state) {
  (void)state;
  neap_fault fault;
  actor who = {.bar = buys_once};
  start_play(calm, 5);
  run_and_keep(&who);
  neap_event *fill = &book.event[through("order_filled", 1) - 1], kept = *fill;
  fill->type = "order_submitted", fill->version = 1;
  expect_corrupt("impossible_event");
  *fill = kept, fill->client_order_id = "nobody";
  expect_corrupt("impossible_event");
  *fill = kept, fill->seq++;
  expect_corrupt("impossible_event");
  *fill = kept, fill->version = 9;
  assert_int_equal(apply_all(&fault), NEAP_UNSUPPORTED);
  *fill = kept;
  neap_event *intent = &book.event[through("order_intent", 2) - 1];
  *intent = book.event[through("order_intent", 1) - 1];
  expect_corrupt("impossible_event");
}

static unsigned warnings;

static void count_warning(void *context, const char *level, const char *line) {
  (void)context;
  warnings += strcmp(level, "warn") == 0 && strstr(line, "slippage_bps was 0, and is 5 from here on") != NULL;
}

static void other_conditions_are_told(void **state) {
  char text[1024];
  actor who = {.bar = buys_once};
  start_play(calm, 5);
  run_and_keep(&who);
  resume(*state, through("decision", 3), &who);
  check_events("conditions", "");
  act_close(&play, &who);
  remove_store(*state);
  play.options.session.fill_model.slippage_bps = dec("5");
  play.options.session.log = count_warning;
  warnings = 0;
  resume(*state, through("decision", 3), &who);
  check_events("conditions", "conditions_changed");
  assert_non_null(strstr(act_event(&play, "conditions_changed", 0, text, sizeof text),
                         "\"slippage_bps\":\"5\",\"volume_share\":\"0\",\"changed\":[{\"name\":\"slippage_bps\","
                         "\"old\":\"0\",\"new\":\"5\"}]"));
  assert_int_equal(warnings, 1);
  act_close(&play, &who);
  remove_store(*state);
}

static neap_buffer parameters(int64_t fast) {
  neap_buffer out;
  neap_buffer_init(&out);
  neap_record_map(&out, "params");
  neap_record_int(&out, "fast", fast);
  neap_record_end(&out);
  return out;
}

static void other_parameters_are_told(void **state) {
  char text[1024];
  actor who = {.bar = buys_once};
  neap_buffer first = parameters(5), other = parameters(7);
  start_play(calm, 5);
  play.options.session.details = first.data, play.options.session.details_size = first.size;
  run_and_keep(&who);
  resume(*state, through("decision", 3), &who);
  check_events("conditions", "");
  act_close(&play, &who);
  remove_store(*state);
  play.options.session.details = other.data, play.options.session.details_size = other.size;
  resume(*state, through("decision", 3), &who);
  assert_non_null(strstr(act_event(&play, "conditions_changed", 0, text, sizeof text),
                         "\"changed\":[{\"name\":\"params\",\"old\":\"{\\\"fast\\\":5}\",\"new\":\"{"));
  act_close(&play, &who);
  remove_store(*state);
  play.options.session.details_size = 0;
  neap_buffer_fini(&first);
  neap_buffer_fini(&other);
}

#define WITH_PLACE(test) cmocka_unit_test_setup_teardown(test, make_place, remove_place)

int main(void) {
  const struct CMUnitTest tests[] = {WITH_PLACE(an_entry_that_was_not_sent_is_rejected),
                                     WITH_PLACE(exits_that_were_not_sent_are_sent),
                                     WITH_PLACE(an_entry_killed_before_its_exits_gets_them),
                                     WITH_PLACE(an_exit_whose_turn_had_come_is_sent),
                                     WITH_PLACE(the_sibling_of_an_exit_that_filled_goes),
                                     WITH_PLACE(a_trailing_stop_follows_the_bars_that_were_seen),
                                     WITH_PLACE(what_a_strategy_kept_is_given_back),
                                     WITH_PLACE(quarantine_lasts_until_the_source_changes),
                                     WITH_PLACE(a_store_of_another_session_is_left_alone),
                                     WITH_PLACE(other_parameters_are_told),
                                     WITH_PLACE(other_conditions_are_told),
                                     cmocka_unit_test(a_changed_snapshot_is_found),
                                     cmocka_unit_test(a_changed_byte_of_any_event_breaks_nothing),
                                     cmocka_unit_test(events_that_cannot_follow_are_named)};
  int failed = cmocka_run_group_tests(tests, NULL, NULL);
  journal_forget(&book);
  return failed;
}
