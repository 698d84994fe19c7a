/* SPDX-License-Identifier: MIT */
/* A session whose journal cannot be written any more: entries stop, exits and cancels go on; when the reserve is full,
 * too, everything is cancelled and the session says what is open. */
#include <stdio.h>

#include "journal_support.h"
#include "session_support.h"

enum { LIMIT = 160 * 1024 };

static act *now_playing; /* whose journal a callback fills up */

static neap_event_store *store_of(const act *play) { return (neap_event_store *)neap_session_store(play->session); }

/* The disk is full from here on. The driver gives the session away at its end only: the desk leads to it. */
static void fill_disk(neap_desk *desk, neap_journal_state until) {
  neap_fault fault = {0};
  limit_files(LIMIT);
  for (int i = 0; i < 20000; i++) {
    neap_fault why = {0};
    neap_desk_log(desk, "info", "a line that takes room in the journal until there is no more of it", NULL, 0, &fault);
    neap_event_store *store = store_of(now_playing);
    neap_event_store_wait(store, neap_event_store_count(store), NULL);
    if (neap_event_store_state(store, &why) >= until) return;
  }
  fail_msg("the journal still writes");
}

static const char *const bars[] = {"100 102 98 101 500", "101 103 100 102 500", "102 104 101 103 500",
                                   "103 104 99 100 500", "100 101 98 99 500",   "99 100 90 96 500",
                                   "96 99 95 98 500",    "98 104 97 103 500"};

static neap_status note_fill(actor *me, neap_order *order, const neap_fill *fill, neap_fault *fault) {
  (void)fault;
  char price[NEAP_DECIMAL_TEXT], quantity[NEAP_DECIMAL_TEXT];
  neap_decimal_format(fill->price, price);
  neap_decimal_format(fill->quantity, quantity);
  actor_note(me, "%s %s @ %s %s", neap_side_name(order->ticket.side), quantity, price, order->why);
  return NEAP_OK;
}

static neap_status note_order(actor *me, neap_order *order, neap_fault *fault) {
  (void)fault;
  if (order->status == NEAP_ORDER_CANCELLED) actor_note(me, "cancelled %s", order->tag);
  return NEAP_OK;
}

static neap_status note_reject(actor *me, neap_order *order, neap_fault *fault) {
  (void)fault;
  actor_note(me, "refused %s by %s", order->reason.code, order->reason.check);
  return NEAP_OK;
}

static neap_order_request buy_one(void) { return (neap_order_request){.side = NEAP_BUY, .quantity = exactly("1")}; }

static void enter(actor *me) {
  neap_order_request entry = buy_one(), deep = buy_one();
  entry.quantity = exactly("2");
  entry.stop_loss = exactly("95");
  deep.limit = exactly("50");
  snprintf(deep.tag, sizeof deep.tag, "deep");
  actor_place(me, &entry, NULL);
  actor_place(me, &deep, NULL);
}

static neap_status lose_the_file(actor *me, const neap_bar_event *bar, neap_fault *fault) {
  (void)bar;
  const neap_order_request more = buy_one();
  neap_order_request part = {.side = NEAP_SELL, .quantity = exactly("1"), .reduce_only = true};
  (void)fault;
  if (me->bars == 1) enter(me);
  if (me->bars == 3) fill_disk(me->desk, NEAP_JOURNAL_RESERVE);
  if (me->bars == 3 || me->bars == 5) actor_place(me, &more, NULL);
  if (me->bars == 4) actor_place(me, &part, NULL);
  if (me->bars > 3) assert_int_equal(neap_desk_mode(me->desk), NEAP_MODE_REDUCE_ONLY);
  return NEAP_OK;
}

typedef struct alerts {
  char text[4096];
} alerts;

static void keep_alert(void *context, const char *level, const char *line) {
  alerts *kept = context;
  size_t at = strlen(kept->text);
  if (strcmp(level, "alert") == 0) snprintf(kept->text + at, sizeof kept->text - at, "%s\n", line);
}

/* The driver in steps, so that callbacks know the session. */
static neap_status run_on(act *play, actor *who, const char *path, size_t reserve, alerts *kept) {
  neap_feed *feed = NULL;
  neap_backtest *run = NULL;
  act_init(play);
  act_bars(play, 0, HOUR, bars, sizeof bars / sizeof *bars);
  assert_int_equal(neap_feed_from_bars(play->bar[0], play->count[0], NULL, &feed, NULL), NEAP_OK);
  act_seat(who);
  play->options.feeds = &feed;
  play->options.session.products = play->product;
  play->options.session.product_count = 1;
  play->options.session.strategy = &who->strategy;
  play->options.session.store_path = path;
  play->options.session.reserve = reserve;
  play->options.session.log = keep_alert;
  play->options.session.log_context = kept;
  now_playing = play;
  neap_status status = neap_backtest_open(&play->options, &run, &play->fault);
  play->session = neap_backtest_session(run);
  if (status == NEAP_OK) status = neap_backtest_step(run, UINT64_MAX, &play->fault);
  if (status == NEAP_END) status = neap_backtest_finish(run, "done", &play->fault);
  limit_files(0);
  for (unsigned i = 0; i < who->held_count; i++) {
    if (status == NEAP_IO && reserve) assert_true(neap_order_is_terminal(who->held[i]->status));
    neap_desk_release(who->desk, who->held[i]);
  }
  if (status == NEAP_OK) assert_int_equal(neap_session_totals_get(play->session, &play->totals, NULL), NEAP_OK);
  neap_feed_close(feed);
  neap_backtest_close(run);
  return status;
}

static void in_its_reserve_exits_go_on_and_entries_stop(void **state) {
  const place *self = *state;
  static act play;
  static actor who;
  static alerts kept;
  neap_query *query;
  neap_event_row row;
  char kinds[4096] = "";
  who = (actor){.bar = lose_the_file, .fill = note_fill, .order = note_order, .reject = note_reject};
  neap_status status = run_on(&play, &who, self->path, 64 * 1024, &kept);
  if (status != NEAP_OK) fail_msg("%s: %s", play.fault.code, play.fault.message);
  assert_string_equal(who.log, "buy 2 @ 101 \nrefused journal_failed by journal\ncancelled deep\n"
                               "sell 1 @ 100 \nrefused journal_failed by journal\n"
                               "sell 1 @ 95 stop_loss of #1\ncancelled \ncancelled \n"); /* its other half is gone */
  assert_non_null(strstr(kept.text, " alert journal #"));
  assert_non_null(strstr(kept.text, "; entries stop, exits and cancels go on in its reserve\n"));
  assert_int_equal(neap_query_open(self->path, &query, NULL), NEAP_OK); /* reads the reserve, too */
  neap_event_filter all = {0};
  assert_int_equal(neap_query_events(query, &all, NULL), NEAP_OK);
  while (neap_query_next(query, &row, NULL) == NEAP_OK)
    if (strcmp(row.type, "log") != 0) {
      size_t at = strlen(kinds);
      snprintf(kinds + at, sizeof kinds - at, "%s\n", row.type);
      if (strcmp(row.type, "mode_changed") == 0)
        assert_non_null(strstr(row.body, "\"mode\":\"reduce_only\",\"reason\":\"journal\",\"who\":\"session\""));
    }
  neap_query_close(query);
  assert_non_null(strstr(kinds, "order_cancel_requested\norder_cancelled\nmode_changed\n"));
  assert_null(strstr(kinds, "order_rejected")); /* what stays here takes no room from exits */
  assert_non_null(strstr(kinds, "order_cancelled\ndata_read\nsession_stopped\n"));
}

static neap_status lose_all(actor *me, const neap_bar_event *bar, neap_fault *fault) {
  (void)bar, (void)fault;
  neap_order_request part = {.side = NEAP_SELL, .quantity = exactly("0.01"), .reduce_only = true};
  if (me->bars == 1) enter(me);
  if (me->bars != 3) return NEAP_OK;
  fill_disk(me->desk, NEAP_JOURNAL_RESERVE);
  for (int i = 0; i < 20; i++) actor_place(me, &part, NULL); /* they fill the reserve */
  return NEAP_OK;
}

static void lost_everything_is_cancelled_and_what_is_open_is_said(void **state) {
  const place *self = *state;
  static act play;
  static actor who;
  static alerts kept;
  who = (actor){.bar = lose_all, .fill = note_fill, .order = note_order, .stop = NULL};
  assert_int_equal(run_on(&play, &who, self->path, 4096, &kept), NEAP_IO);
  assert_string_equal(play.fault.code, "journal_lost");
  const char *end = strstr(play.fault.message, "; the session halts");
  assert_non_null(end);
  assert_string_equal(end, "; the session halts, all orders were told to go; actor is long 2 BTC-USD without a stop");
  assert_non_null(strstr(kept.text, end));
  /* whether it is told of that cancel depends on when the writer finds the reserve full */
  if (strcmp(who.log, "buy 2 @ 101 \n") != 0) assert_string_equal(who.log, "buy 2 @ 101 \ncancelled deep\n");
  assert_int_equal(who.bars, 3);
  verified(self->path);
}

static void without_a_reserve_the_run_ends_with_the_stores_fault(void **state) {
  const place *self = *state;
  static act play;
  static actor who;
  static alerts kept;
  who = (actor){.bar = lose_the_file, .fill = note_fill};
  who.calls = NEAP_JOURNAL_LOST;
  assert_int_equal(run_on(&play, &who, self->path, 0, &kept), NEAP_IO);
  assert_string_not_equal(play.fault.code, "journal_lost");
  assert_string_equal(kept.text, "");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(in_its_reserve_exits_go_on_and_entries_stop, make_place, remove_place),
      cmocka_unit_test_setup_teardown(lost_everything_is_cancelled_and_what_is_open_is_said, make_place, remove_place),
      cmocka_unit_test_setup_teardown(without_a_reserve_the_run_ends_with_the_stores_fault, make_place, remove_place),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
