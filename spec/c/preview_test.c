/* SPDX-License-Identifier: MIT */
/* preview: an answer that comes later, as a venue's does: the second look sees the market of that moment, and an answer
 * that nobody waits for changes nothing. */
#include <stdio.h>

#include "session/configure.h"
#include "session/mode.h"
#include "session/session_state.h"
#include "session/state.h"
#include "session_support.h"
#include "store_support.h"

typedef struct venue { /* takes orders at once, and is silent when it is asked */
  neap_broker broker;
  const neap_broker *simulator;
  unsigned asked;
  neap_ticket sent; /* the latest */
} venue;

static neap_status submit(void *self, const neap_ticket *ticket, int64_t now, neap_fault *fault) {
  const neap_broker *to = ((venue *)self)->simulator;
  ((venue *)self)->sent = *ticket;
  return to->submit(to->self, ticket, now, fault);
}

static neap_status cancel(void *self, uint64_t order, int64_t now, neap_fault *fault) {
  const neap_broker *to = ((venue *)self)->simulator;
  return to->cancel(to->self, order, now, fault);
}

static neap_status preview(void *self, const neap_ticket *ticket, int64_t now, neap_fault *fault) {
  (void)ticket, (void)now, (void)fault;
  ((venue *)self)->asked++;
  return NEAP_OK;
}

static const neap_broker *make(void *self, const neap_broker *simulator, const neap_broker_sink *sink) {
  venue *at = self;
  (void)sink;
  at->simulator = simulator;
  at->broker = (neap_broker){.self = at, .name = "venue", .submit = submit, .cancel = cancel, .preview = preview};
  return &at->broker;
}

static void answer(actor *me, const neap_order *order, const char *price, const char *code) {
  neap_report report = {.kind = NEAP_REPORT_PREVIEWED, .order = order->ticket.number};
  if (price) report.preview.price = dec(price);
  if (code) snprintf(report.code, sizeof report.code, "%s", code);
  session_report(me->desk->session, &report);
}

static neap_order *first(const actor *me) { return me->held[0]; }

static void play_on(act *play, actor *who, venue *at, const char *last) {
  play->limits.enable_order_preview = true;
  play->options.session.broker = (neap_broker_maker){.self = at, .make = make};
  act_bar(play, 0, 0, "100 101 99 100 50");
  act_bar(play, 0, HOUR, "100 101 99 100 50");
  act_bar(play, 0, 2 * HOUR, last);
  act_run_well(play, who);
}

static void play_three(act *play, actor *who, venue *at, const char *last) {
  act_init(play);
  play_on(play, who, at, last);
}

static neap_status buy_first(actor *me, const char *quantity) {
  neap_order_request request = {.side = NEAP_BUY, .quantity = exactly(quantity)};
  return me->bars == 1 ? actor_place(me, &request, NULL) : NEAP_OK;
}

static neap_status buy_then_answer(actor *me, const neap_bar_event *bar, neap_fault *fault) {
  (void)bar, (void)fault;
  if (me->bars == 2) answer(me, first(me), "100", NULL);
  return buy_first(me, "60");
}

static void a_good_answer_sends_the_order(void **state) {
  (void)state;
  static act play;
  actor who = {.bar = buy_then_answer};
  venue at = {.asked = 0};
  char text[1024];
  play_three(&play, &who, &at, "100 101 99 100 50");
  assert_int_equal(at.asked, 1);
  assert_string_equal(act_events(&play, "order_", text, sizeof text),
                      "order_intent order_preview order_previewed order_submitted order_accepted order_filled");
  act_close(&play, &who);
}

static neap_status answer_after_the_rise(actor *me, const neap_bar_event *bar, neap_fault *fault) {
  (void)bar, (void)fault;
  if (me->bars == 3) answer(me, first(me), "200", NULL);
  return buy_first(me, "60");
}

static void the_second_look_sees_the_market_of_that_moment(void **state) {
  (void)state;
  static act play;
  actor who = {.bar = answer_after_the_rise};
  venue at = {.asked = 0};
  char text[2048];
  play_three(&play, &who, &at, "100 201 99 200 50");
  assert_string_equal(act_events(&play, "order_", text, sizeof text),
                      "order_intent order_preview order_previewed order_rejected");
  const char *second = act_event(&play, "decision", 1, text, sizeof text);
  assert_non_null(strstr(second, "\"after_preview\":true"));
  assert_non_null(strstr(second, "\"code\":\"insufficient_funds\""));
  assert_int_equal(first(&who)->status, NEAP_ORDER_REJECTED);
  assert_string_equal(first(&who)->reason.code, "insufficient_funds");
  assert_int_equal(play.totals.rejections, 1);
  act_close(&play, &who);
}

static neap_status answer_twice(actor *me, const neap_bar_event *bar, neap_fault *fault) {
  (void)bar, (void)fault;
  if (me->bars == 2) {
    answer(me, first(me), "100", NULL);
    answer(me, first(me), NULL, "TOO_LATE");
  }
  return buy_first(me, "1");
}

static void an_answer_that_nobody_waits_for_changes_nothing(void **state) {
  (void)state;
  static act play;
  actor who = {.bar = answer_twice};
  venue at = {.asked = 0};
  char text[1024];
  play_three(&play, &who, &at, "100 101 99 100 50");
  assert_int_equal(first(&who)->status, NEAP_ORDER_FILLED);
  assert_non_null(strstr(act_event(&play, "transition_refused", 0, text, sizeof text), "no preview of it was asked"));
  assert_int_equal(play.totals.rejections, 0);
  act_close(&play, &who);
}

static neap_status cancel_then_answer(actor *me, const neap_bar_event *bar, neap_fault *fault) {
  (void)bar;
  if (me->bars == 2) return neap_desk_cancel(me->desk, first(me), fault);
  if (me->bars == 3) answer(me, first(me), "100", NULL);
  return buy_first(me, "1");
}

static void an_answer_after_the_cancel_sends_nothing(void **state) {
  (void)state;
  static act play;
  actor who = {.bar = cancel_then_answer};
  venue at = {.asked = 0};
  char text[1024];
  play_three(&play, &who, &at, "100 101 99 100 50");
  assert_string_equal(act_events(&play, "order_", text, sizeof text),
                      "order_intent order_preview order_cancel_requested order_cancelled");
  assert_string_equal(first(&who)->reason.code, "not_sent");
  act_close(&play, &who);
}

/* A sale that waits for its answer was to open; meanwhile a purchase filled, and it would close. */
static neap_status sell_buy_stop(actor *me, const neap_bar_event *bar, neap_fault *fault) {
  (void)bar;
  neap_order_request sale = {.side = NEAP_SELL, .quantity = exactly("1")};
  neap_order_request purchase = {.side = NEAP_BUY, .quantity = exactly("1")};
  if (me->bars == 1) actor_place(me, &sale, NULL);
  if (me->bars == 1) actor_place(me, &purchase, NULL);
  if (me->bars == 2) answer(me, me->held[1], "100", NULL);
  if (me->bars != 3) return NEAP_OK;
  assert_decimal(neap_desk_position(me->desk, 0)->quantity, "1");
  return neap_session_set_mode(me->desk->session, NEAP_MODE_HALTED, "stop", "ann", fault);
}

static void what_waits_for_its_answer_goes_with_a_stop(void **state) {
  (void)state;
  static act play;
  actor who = {.bar = sell_buy_stop};
  venue at = {.asked = 0};
  act_init(&play);
  play.product[0].kind = NEAP_MARGIN;
  play.limits.enable_order_preview = true;
  play.options.session.broker = (neap_broker_maker){.self = &at, .make = make};
  for (int i = 0; i < 4; i++) act_bar(&play, 0, i * HOUR, "100 101 99 100 50");
  act_run_well(&play, &who);
  assert_int_equal(first(&who)->status, NEAP_ORDER_CANCELLED);
  assert_string_equal(first(&who)->reason.code, "not_sent");
  assert_int_equal(first(&who)->updated, MONDAY + 3 * HOUR);
  act_close(&play, &who);
}

/* Between the order and its answer, entries become what is filled at once or not at all. */
static neap_status answer_after_a_change(actor *me, const neap_bar_event *bar, neap_fault *fault) {
  (void)bar;
  neap_session *session = me->desk->session;
  neap_limits limits = *session->limits;
  const neap_configuration to = {.limits = &limits};
  if (me->bars != 2) return buy_first(me, "60");
  snprintf(limits.entry_time_in_force, sizeof limits.entry_time_in_force, "IOC");
  assert_int_equal(neap_session_configure(session, &to, fault), NEAP_OK);
  answer(me, first(me), "100", NULL);
  return NEAP_OK;
}

static void it_leaves_as_the_second_look_says(void **state) {
  static act play;
  const place *store = *state;
  actor who = {.bar = answer_after_a_change};
  venue at = {.asked = 0};
  char text[4096], hash[NEAP_DIGEST_TEXT];
  neap_replay_report replayed;
  neap_state *again;
  act_init(&play);
  play.options.session.store_path = store->path;
  play.options.session.snapshot_every = 1;
  play_on(&play, &who, &at, "100 101 99 100 50");
  assert_int_equal(at.sent.time_in_force, NEAP_IOC);
  assert_int_equal(first(&who)->ticket.time_in_force, NEAP_IOC);
  const char *second = act_event(&play, "decision", 1, text, sizeof text);
  assert_non_null(strstr(second, "\"after_preview\":true,\"order\":1,"));
  assert_non_null(strstr(second, "\"time_in_force\":\"ioc\"}"));
  assert_int_equal(neap_session_state_hash(play.session, hash, NULL), NEAP_OK);
  act_close(&play, &who);
  assert_int_equal(neap_state_replay(store->path, 0, true, &again, &replayed, NULL), NEAP_OK);
  assert_string_equal(replayed.hash, hash);
  neap_state_free(again);
}

static neap_status note_refusal(actor *me, neap_order *order, neap_fault *fault) {
  (void)fault;
  char at[16];
  actor_note(me, "%s #%d %s", instant(neap_desk_now(me->desk), at), (int)order->ticket.number, order->reason.code);
  return NEAP_OK;
}

static void nobody_waits_longer_than_is_said(void **state) {
  static act play;
  const place *store = *state;
  actor who = {.bar = buy_then_answer, .reject = note_refusal};
  venue at = {.asked = 0};
  char text[1024], hash[NEAP_DIGEST_TEXT];
  neap_replay_report replayed;
  neap_state *again;
  act_init(&play);
  play.limits.preview_timeout_seconds = 600;
  play.options.session.store_path = store->path;
  play.options.session.snapshot_every = 1;
  play_on(&play, &who, &at, "100 101 99 100 50");
  assert_string_equal(who.log, "01 01:10 #1 preview_timeout\n");
  assert_string_equal(act_events(&play, "order_", text, sizeof text), "order_intent order_preview order_rejected");
  assert_non_null(strstr(act_event(&play, "order_rejected", 0, text, sizeof text), "\"limit\":\"600\""));
  assert_non_null(strstr(act_event(&play, "transition_refused", 0, text, sizeof text), "no working order"));
  assert_int_equal(neap_session_state_hash(play.session, hash, NULL), NEAP_OK);
  act_close(&play, &who);
  assert_int_equal(neap_state_replay(store->path, 0, true, &again, &replayed, NULL), NEAP_OK);
  assert_string_equal(replayed.hash, hash);
  neap_state_free(again);
}

/* The first is answered at once, and its moment passes without a word; the second waits, and the wait is cut short. */
static neap_status answer_one_of_two(actor *me, const neap_bar_event *bar, neap_fault *fault) {
  (void)bar;
  neap_order_request request = {.side = NEAP_BUY, .quantity = exactly("1"), .limit = exactly("50")};
  neap_session *session = me->desk->session;
  neap_limits limits = *session->limits;
  const neap_configuration to = {.limits = &limits};
  if (me->bars == 1) {
    actor_place(me, &request, NULL);
    request.limit = exactly("51");
    return actor_place(me, &request, NULL);
  }
  if (me->bars == 2) answer(me, first(me), "50", NULL);
  limits.preview_timeout_seconds = 60;
  return me->bars == 2 ? neap_session_configure(session, &to, fault) : NEAP_OK;
}

static void a_wait_may_be_cut_short(void **state) {
  (void)state;
  static act play;
  actor who = {.bar = answer_one_of_two, .reject = note_refusal};
  venue at = {.asked = 0};
  act_init(&play);
  play.limits.preview_timeout_seconds = 5400;
  play_on(&play, &who, &at, "100 101 99 100 50");
  assert_string_equal(who.log, "01 02:00 #2 preview_timeout\n");
  assert_int_equal(at.sent.number, 1);
  act_close(&play, &who);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_good_answer_sends_the_order),
      cmocka_unit_test(the_second_look_sees_the_market_of_that_moment),
      cmocka_unit_test(an_answer_that_nobody_waits_for_changes_nothing),
      cmocka_unit_test(an_answer_after_the_cancel_sends_nothing),
      cmocka_unit_test(what_waits_for_its_answer_goes_with_a_stop),
      cmocka_unit_test_setup_teardown(it_leaves_as_the_second_look_says, make_place, remove_place),
      cmocka_unit_test_setup_teardown(nobody_waits_longer_than_is_said, make_place, remove_place),
      cmocka_unit_test(a_wait_may_be_cut_short)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
