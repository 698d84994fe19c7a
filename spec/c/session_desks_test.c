/* SPDX-License-Identifier: MIT */
/* Several strategies in one session: what each has is its own, and one that fails harms no other. */
#include <stdio.h>

#include "session_support.h"

enum { STORY = 1 << 16 };

static const char *const bars[] = {"100 102 98 101 500", "101 103 100 102 500", "102 104 101 103 500",
                                   "103 104 99 100 500", "100 101 94 95 500",   "95 97 90 96 500",
                                   "96 99 95 98 500",    "98 104 97 103 500"};

static neap_status note_fill(actor *me, neap_order *order, const neap_fill *fill, neap_fault *fault) {
  (void)fault;
  char at[16], price[NEAP_DECIMAL_TEXT], quantity[NEAP_DECIMAL_TEXT];
  neap_decimal_format(fill->price, price);
  neap_decimal_format(fill->quantity, quantity);
  actor_note(me, "%s %s %s @ %s", instant(fill->time, at), neap_side_name(fill->side), quantity, price);
  assert_int_equal(order->ticket.strategy, fill->strategy);
  return NEAP_OK;
}

/* In, out, in again with exits, and a timer. */
static neap_status steady(actor *me, const neap_bar_event *bar, neap_fault *fault) {
  (void)bar;
  const neap_order_request entry = {.side = NEAP_BUY,
                                    .quantity = exactly("2"),
                                    .stop_loss = exactly("97"),
                                    .take_profit = exactly("120"),
                                    .tag = "in"};
  const neap_order_request deep = {.side = NEAP_BUY, .quantity = exactly("1"), .limit = exactly("91"), .tag = "deep"};
  if (me->bars == 1) assert_int_equal(neap_desk_every(me->desk, "hourly", HOUR, fault), NEAP_OK);
  if (me->bars == 1) actor_place(me, &deep, NULL);
  return me->bars == 1 || me->bars == 6 ? actor_place(me, &entry, NULL) : NEAP_OK;
}

static neap_status note_timer(actor *me, const neap_timer_event *timer, neap_fault *fault) {
  return neap_desk_log(me->desk, "info", timer->name, NULL, 0, fault);
}

static neap_status bad(neap_fault *fault) { return neap_fail(fault, NEAP_INVALID, "own_mistake", "a line of its own"); }

static neap_status fail_on_bar(actor *me, const neap_bar_event *bar, neap_fault *fault) {
  neap_status status = steady(me, bar, fault);
  if (me->bars != 3) return status;
  const neap_order_request more = {.side = NEAP_BUY, .quantity = exactly("3")};
  actor_place(me, &more, NULL);
  return bad(fault);
}

static neap_status fail_on_fill(actor *me, neap_order *order, const neap_fill *fill, neap_fault *fault) {
  note_fill(me, order, fill, fault);
  return bad(fault);
}

static neap_status note_order(actor *me, neap_order *order, neap_fault *fault) {
  (void)fault;
  actor_note(me, "%s", neap_order_status_name(order->status));
  return NEAP_OK;
}

static neap_status fail_on_order(actor *me, neap_order *order, neap_fault *fault) {
  (void)me;
  return order->status == NEAP_ORDER_FILLED ? bad(fault) : NEAP_OK;
}

static neap_status fail_on_timer(actor *me, const neap_timer_event *timer, neap_fault *fault) {
  (void)me, (void)timer;
  return bad(fault);
}

static neap_status fail_on_stop(actor *me, const char *reason, neap_fault *fault) {
  (void)reason;
  actor_note(me, "stopped");
  return bad(fault);
}

static actor make(const char *name, actor with) {
  snprintf(with.strategy.name, sizeof with.strategy.name, "%s", name);
  if (!with.bar) with.bar = steady;
  if (!with.timer) with.timer = note_timer;
  if (!with.fill) with.fill = note_fill;
  return with;
}

static void close_all(act *play, actor *const *who, uint32_t count) {
  for (uint32_t i = count; i-- > 0;) {
    for (unsigned k = 0; k < who[i]->held_count; k++) neap_desk_release(who[i]->desk, who[i]->held[k]);
    who[i]->held_count = 0;
  }
  neap_session_close(play->session);
  play->session = NULL;
}

static void set_up(act *play) {
  act_init(play);
  play->options.session.quarantine = true;
  play->options.session.fees = (neap_fee_schedule){.maker_bps = dec("0"), .taker_bps = dec("10")};
  act_bars(play, 0, HOUR, bars, sizeof bars / sizeof *bars);
}

static void run_all(act *play, actor *const *who, uint32_t count) {
  set_up(play);
  neap_status status = act_run_all(play, who, count);
  if (status != NEAP_OK) print_error("%s: %s\n", play->fault.code, play->fault.message);
  assert_int_equal(status, NEAP_OK);
}

static neap_status own_things_only(actor *me, const neap_bar_event *bar, neap_fault *fault) {
  if (me->bars == 1) return steady(me, bar, fault);
  unsigned count = 0;
  for (neap_order *at = NULL; (at = neap_desk_next_order(me->desk, at)) != NULL; count++)
    assert_string_equal(neap_order_status_name(at->status), "open");
  assert_true(count <= 3);
  return me->bars == 3 ? neap_desk_cancel_all(me->desk, -1, fault) : NEAP_OK;
}

static void what_a_strategy_has_is_its_own(void **state) {
  (void)state;
  static act play;
  static actor first, second;
  first = make("first", (actor){.bar = own_things_only}), second = make("second", (actor){0});
  run_all(&play, (actor *const[]){&first, &second}, 2);
  /* the same tags at both desks; the first gave up its exits and kept its two, the second was stopped out */
  assert_string_equal(first.log, "01 01:00 buy 2 @ 101\n");
  assert_string_equal(second.log, "01 01:00 buy 2 @ 101\n01 04:00 sell 2 @ 97\n01 05:00 buy 1 @ 91\n"
                                  "01 06:00 buy 2 @ 96\n01 06:00 sell 2 @ 96\n");
  assert_decimal(neap_desk_position(first.desk, 0)->quantity, "2");
  assert_decimal(neap_desk_position(second.desk, 0)->quantity, "1");
  neap_decimal one, two;
  assert_int_equal(neap_desk_equity(first.desk, &one), NEAP_OK);
  assert_int_equal(neap_desk_equity(second.desk, &two), NEAP_OK);
  assert_int_equal(neap_decimal_add(one, two, &one), NEAP_OK);
  assert_int_equal(neap_decimal_cmp(one, play.totals.equity), 0);
  close_all(&play, (actor *const[]){&first, &second}, 2);
}

static neap_status close_early(actor *me, const neap_bar_event *bar, neap_fault *fault) {
  neap_order *order = NULL;
  if (me->bars != 2) return me->bars == 1 ? steady(me, bar, fault) : NEAP_OK;
  neap_status status = neap_desk_close(me->desk, 0, "early", "", &order, fault);
  me->held[me->held_count++] = order;
  return status;
}

static void one_that_closes_leaves_the_others_exits(void **state) {
  (void)state;
  static act play;
  static actor first, second;
  first = make("first", (actor){.bar = close_early}), second = make("second", (actor){0});
  run_all(&play, (actor *const[]){&first, &second}, 2);
  assert_string_equal(first.log, "01 01:00 buy 2 @ 101\n01 02:00 sell 2 @ 102\n01 05:00 buy 1 @ 91\n");
  assert_non_null(strstr(second.log, "01 01:00 buy 2 @ 101\n01 04:00 sell 2 @ 97\n"));
  close_all(&play, (actor *const[]){&first, &second}, 2);
}

static neap_status note_bar(actor *me, const neap_bar_event *bar, neap_fault *fault) {
  char at[16];
  neap_stream *stream = NULL;
  if (neap_desk_bars(me->desk, bar->product, bar->frame, &stream, fault) != NEAP_OK) return NEAP_INVALID;
  assert_ptr_not_equal(neap_stream_bar(stream, 0), NULL);
  actor_note(me, "%s %dh", instant(bar->candle->time, at), (int)(bar->frame / HOUR));
  return NEAP_OK;
}

static neap_status note_slice(actor *me, const neap_bar_event *slice, uint32_t count, neap_fault *fault) {
  (void)slice, (void)fault;
  actor_note(me, "slice of %u", count);
  return NEAP_OK;
}

static neap_status wait_for_average(actor *me, neap_fault *fault) {
  neap_stream *stream = NULL;
  neap_indicator *average = NULL;
  neap_status status = neap_desk_bars(me->desk, 0, 0, &stream, fault);
  return status == NEAP_OK ? neap_stream_indicator(stream, NEAP_SMA, 7, &average, fault) : status;
}

static void each_has_its_frames_and_its_warmup(void **state) {
  (void)state;
  static act play;
  static actor hours, longer, late;
  hours = make("hours", (actor){.bar = note_bar}), longer = make("longer", (actor){.bar = note_bar});
  late = make("late", (actor){.start = wait_for_average, .bar = note_bar});
  longer.slice = note_slice;
  longer.strategy.timeframe = 4 * HOUR;
  longer.strategy.frames[longer.strategy.frame_count++] = 8 * HOUR;
  hours.strategy.warmup = longer.strategy.warmup = 0;
  late.strategy.warmup = -1;
  run_all(&play, (actor *const[]){&late, &hours, &longer}, 3);
  assert_string_equal(hours.log, "01 00:00 1h\n01 01:00 1h\n01 02:00 1h\n01 03:00 1h\n01 04:00 1h\n01 05:00 1h\n"
                                 "01 06:00 1h\n01 07:00 1h\n");
  assert_string_equal(longer.log, "01 00:00 4h\nslice of 1\n01 04:00 4h\n01 00:00 8h\nslice of 2\n");
  assert_string_equal(late.log, "01 06:00 1h\n01 07:00 1h\n");
  close_all(&play, (actor *const[]){&late, &hours, &longer}, 3);
}

static void each_sees_the_products_that_it_declares(void **state) {
  (void)state;
  static act play;
  static actor both, one;
  both = make("both", (actor){.bar = note_bar, .slice = note_slice});
  one = make("one", (actor){.bar = note_bar, .slice = note_slice});
  snprintf(one.strategy.products[one.strategy.product_count++], 40, "ETH-USD");
  set_up(&play);
  act_product(&play, "ETH-USD:price_increment=0.01");
  act_bars(&play, 1, HOUR, bars, 2);
  assert_int_equal(act_run_all(&play, (actor *const[]){&both, &one}, 2), NEAP_OK);
  assert_string_equal(one.log, "01 00:00 1h\nslice of 1\n01 01:00 1h\nslice of 1\n");
  assert_memory_equal(both.log, "01 00:00 1h\n01 00:00 1h\nslice of 2\n01 01:00 1h\n", 47);
  close_all(&play, (actor *const[]){&both, &one}, 2);
}

static void journals_name_the_strategies(void **state) {
  (void)state;
  static act play;
  static actor first, second;
  char started[4096];
  first = make("first", (actor){0}), second = make("second", (actor){0});
  run_all(&play, (actor *const[]){&first, &second}, 2);
  act_event(&play, "session_started", 0, started, sizeof started);
  assert_non_null(strstr(started, "\"strategies\":[{\"name\":\"first\",\"digest\":\"\",\"cash\":\"10000\"},{\"name\":"
                                  "\"second\",\"digest\":\"\",\"cash\":\"10000\"}]"));
  assert_non_null(strstr(started, "\"cash\":\"20000\""));
  assert_non_null(strstr(act_event(&play, "timer_set", 1, started, sizeof started), "\"strategy\":\"second\""));
  close_all(&play, (actor *const[]){&first, &second}, 2);
}

static void two_of_one_name_are_refused(void **state) {
  (void)state;
  static act play;
  static actor first, second;
  first = make("same", (actor){0}), second = make("same", (actor){0});
  set_up(&play);
  assert_int_equal(act_run_all(&play, (actor *const[]){&first, &second}, 2), NEAP_INVALID);
  assert_string_equal(play.fault.code, "strategy_name");
  close_all(&play, (actor *const[]){&first, &second}, 2);
}

/* The siblings' stories are those of a run in which the failing strategy was not. */
static void play_failure(actor failing, const char *hook, const char *log) {
  static act play;
  static actor before, after, bad_one;
  static char with[2][STORY], without[2][STORY], text[STORY];
  before = make("before", (actor){0}), after = make("after", (actor){0});
  run_all(&play, (actor *const[]){&before, &after}, 2);
  act_story(&play, "before", without[0], STORY);
  act_story(&play, "after", without[1], STORY);
  close_all(&play, (actor *const[]){&before, &after}, 2);
  before = make("before", (actor){0}), after = make("after", (actor){0}), bad_one = make("failing", failing);
  run_all(&play, (actor *const[]){&before, &bad_one, &after}, 3);
  assert_string_equal(act_story(&play, "before", with[0], STORY), without[0]);
  assert_string_equal(act_story(&play, "after", with[1], STORY), without[1]);
  assert_true(strlen(without[0]) > 2000);
  act_event(&play, "strategy_quarantined", 0, text, STORY);
  char expected[128];
  snprintf(expected, sizeof expected, "{\"strategy\":\"failing\",\"hook\":\"%s\",\"code\":\"own_mistake\"", hook);
  assert_memory_equal(text, expected, strlen(expected));
  assert_string_equal(act_event(&play, "strategy_quarantined", 1, text, STORY), "");
  assert_string_equal(bad_one.log, log);
  neap_fault why = {0};
  assert_int_equal(neap_session_seat_status(play.session, 0, &why), NEAP_OK);
  assert_int_equal(neap_session_seat_status(play.session, 1, &why), NEAP_INVALID);
  assert_string_equal(why.code, "own_mistake");
  if (strcmp(hook, "on_stop") != 0) { /* its stop closed what it held, its deep entry never filled */
    assert_true(neap_decimal_is_zero(neap_desk_position(bad_one.desk, 0)->quantity));
    assert_null(strstr(act_story(&play, "failing", text, STORY), "\"price\":\"91\",\"quantity\":\"1\""));
    assert_non_null(strstr(text, "order_cancel_requested BTC-USD {\"why\":\"quarantine\"}"));
    assert_non_null(strstr(text, "\"side\":\"sell\",\"price\":\"97\",\"quantity\":\"2\""));
    assert_null(strstr(strstr(text, "strategy_quarantined"), "timer_fired"));
  }
  close_all(&play, (actor *const[]){&before, &bad_one, &after}, 3);
}

static void failing_in_on_bar_harms_no_sibling(void **state) {
  (void)state;
  play_failure((actor){.bar = fail_on_bar}, "on_bar", "01 01:00 buy 2 @ 101\n");
}

static void failing_in_on_fill_harms_no_sibling(void **state) {
  (void)state;
  play_failure((actor){.fill = fail_on_fill, .order = note_order}, "on_fill", "open\nopen\n01 01:00 buy 2 @ 101\n");
}

static void failing_in_on_order_harms_no_sibling(void **state) {
  (void)state;
  play_failure((actor){.order = fail_on_order}, "on_order", "01 01:00 buy 2 @ 101\n");
}

static void failing_in_on_timer_harms_no_sibling(void **state) {
  (void)state;
  play_failure((actor){.timer = fail_on_timer}, "on_timer", "01 01:00 buy 2 @ 101\n");
}

static void failing_in_on_stop_is_told_and_the_session_finishes(void **state) {
  (void)state;
  play_failure((actor){.stop = fail_on_stop}, "on_stop",
               "01 01:00 buy 2 @ 101\n01 04:00 sell 2 @ 97\n01 05:00 buy 1 @ 91\n01 06:00 buy 2 @ 96\n"
               "01 06:00 sell 2 @ 96\nstopped\n");
}

typedef struct lines {
  char text[1024];
} lines;

static void keep_line(void *context, const char *level, const char *line) {
  lines *kept = context;
  if (strcmp(level, "alert") != 0) return;
  size_t at = strlen(kept->text);
  snprintf(kept->text + at, sizeof kept->text - at, "%s\n", line);
}

static void a_quarantine_is_an_alert(void **state) {
  (void)state;
  static act play;
  static actor failing, other;
  lines kept = {0};
  failing = make("failing", (actor){.bar = fail_on_bar}), other = make("other", (actor){0});
  set_up(&play);
  play.options.session.log = keep_line;
  play.options.session.log_context = &kept;
  assert_int_equal(act_run_all(&play, (actor *const[]){&failing, &other}, 2), NEAP_OK);
  assert_non_null(strstr(kept.text, " alert failing #"));
  assert_non_null(strstr(kept.text, ": on_bar failed: a line of its own; put aside, its entries are cancelled, its "
                                    "exits stay\n"));
  close_all(&play, (actor *const[]){&failing, &other}, 2);
}

static void without_quarantine_the_run_fails_and_the_journal_says_so(void **state) {
  (void)state;
  static act play;
  static actor failing, other;
  char text[512];
  failing = make("failing", (actor){.bar = fail_on_bar}), other = make("other", (actor){0});
  set_up(&play);
  play.options.session.quarantine = false;
  assert_int_equal(act_run_all(&play, (actor *const[]){&failing, &other}, 2), NEAP_INVALID);
  assert_string_equal(play.fault.code, "own_mistake");
  assert_string_equal(act_event(&play, "session_failed", 0, text, sizeof text),
                      "{\"code\":\"own_mistake\",\"message\":\"a line of its own\",\"where\":\"\"}");
  assert_string_equal(act_event(&play, "session_failed", 1, text, sizeof text), "");
  close_all(&play, (actor *const[]){&failing, &other}, 2);
}

static neap_status buy_some(neap_desk *desk, const void *argument, neap_fault *fault) {
  const neap_order_request entry = {.side = NEAP_BUY, .quantity = exactly("1")};
  neap_order *order = NULL;
  neap_status status = neap_desk_place(desk, &entry, &order, fault);
  if (order) neap_desk_release(desk, order);
  return status == NEAP_OK && argument ? bad(fault) : status;
}

static void operate(neap_session *session) {
  neap_fault fault = {0};
  assert_int_equal(neap_session_act(session, 1, buy_some, NULL, &fault), NEAP_OK);
  assert_int_equal(neap_session_act(session, 1, buy_some, "fail", &fault), NEAP_INVALID);
  assert_string_equal(fault.code, "own_mistake");
  assert_int_equal(neap_session_act(session, 2, buy_some, NULL, &fault), NEAP_INVALID);
  assert_string_equal(fault.code, "seat");
}

static void the_operator_acts_at_a_desk_of_its_own(void **state) {
  (void)state;
  static act play;
  static actor one;
  char text[STORY];
  one = make("one", (actor){0});
  set_up(&play);
  neap_feed *feed = NULL;
  assert_int_equal(neap_feed_from_bars(play.bar[0], play.count[0], NULL, &feed, NULL), NEAP_OK);
  act_seat(&one);
  const neap_session_seat seats[] = {{&one.strategy, dec("500")}, {NULL, dec("1000")}};
  play.options.feeds = &feed;
  play.options.session.products = play.product;
  play.options.session.product_count = 1;
  play.options.session.seats = seats;
  play.options.session.seat_count = 2;
  neap_backtest *run = NULL;
  assert_int_equal(neap_backtest_open(&play.options, &run, &play.fault), NEAP_OK);
  assert_int_equal(neap_backtest_step(run, 2, &play.fault), NEAP_OK);
  play.session = neap_backtest_session(run);
  operate(play.session);
  assert_int_equal(neap_backtest_step(run, 99, &play.fault), NEAP_END);
  assert_int_equal(neap_backtest_finish(run, "done", &play.fault), NEAP_OK);
  act_story(&play, "operator", text, sizeof text);
  assert_non_null(strstr(text, "order_filled BTC-USD {\"order\":-,\"trade\":-,\"seat\":-,\"side\":\"buy\","
                               "\"price\":\"102\",\"quantity\":\"1\""));
  assert_non_null(strstr(text, "callback_failed  {\"strategy\":\"operator\",\"hook\":\"act\",\"code\":\"own_mistake\","
                               "\"message\":\"a line of its own\",\"stopped\":false,\"entries_dropped\":1}"));
  neap_fault fault = {0};
  assert_int_equal(neap_session_act(play.session, 1, buy_some, NULL, &fault), NEAP_REFUSED);
  assert_int_equal(neap_session_seat_status(play.session, 1, NULL), NEAP_OK);
  for (unsigned i = 0; i < one.held_count; i++) neap_desk_release(one.desk, one.held[i]);
  neap_backtest_close(run);
  neap_feed_close(feed);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(what_a_strategy_has_is_its_own),
      cmocka_unit_test(one_that_closes_leaves_the_others_exits),
      cmocka_unit_test(each_has_its_frames_and_its_warmup),
      cmocka_unit_test(each_sees_the_products_that_it_declares),
      cmocka_unit_test(journals_name_the_strategies),
      cmocka_unit_test(two_of_one_name_are_refused),
      cmocka_unit_test(failing_in_on_bar_harms_no_sibling),
      cmocka_unit_test(failing_in_on_fill_harms_no_sibling),
      cmocka_unit_test(failing_in_on_order_harms_no_sibling),
      cmocka_unit_test(failing_in_on_timer_harms_no_sibling),
      cmocka_unit_test(failing_in_on_stop_is_told_and_the_session_finishes),
      cmocka_unit_test(a_quarantine_is_an_alert),
      cmocka_unit_test(without_quarantine_the_run_fails_and_the_journal_says_so),
      cmocka_unit_test(the_operator_acts_at_a_desk_of_its_own),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
