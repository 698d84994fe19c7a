/* SPDX-License-Identifier: MIT */
/* To a broker outside of this process an order leaves when its instant is durable as a whole: killed at any moment at
 * which something leaves, no strategy has lost a call. */
#include "base/record.h"
#include "kept_journal.h"
#include "session/session_state.h"

enum { SEATS = 2, MOMENTS = 256 };

static struct {
  neap_broker broker;
  const neap_broker *simulator;
  neap_session *session;
  uint64_t durable[MOMENTS]; /* when an order left */
  unsigned sent;
} outside;

static neap_status submit(void *self, const neap_ticket *ticket, int64_t now, neap_fault *fault) {
  (void)self;
  const neap_order *order = order_find(outside.session, ticket->number);
  uint64_t durable = neap_event_store_durable(outside.session->store);
  if (outside.session->instant_depth && order->decision_seq > durable) fail_msg("an order leaves unwritten");
  if (outside.session->instant_depth && outside.sent < MOMENTS) outside.durable[outside.sent++] = durable;
  return outside.simulator->submit(outside.simulator->self, ticket, now, fault);
}

static const neap_broker *make(void *self, const neap_broker *simulator, const neap_broker_sink *sink) {
  (void)self;
  outside.session = sink->context;
  outside.simulator = simulator;
  outside.broker = *simulator;
  outside.broker.submit = submit;
  outside.broker.abilities |= NEAP_BROKER_EXTERNAL;
  return &outside.broker;
}

/* What it heard is in self.state: bars, and in calls its fills; dice: what of that was saved. */
static uint64_t heard(const actor *me) { return (uint64_t)me->bars * 1000 + me->calls; }

static neap_status save(void *self, neap_buffer *out, bool *changed, neap_fault *fault) {
  actor *me = self;
  (void)fault;
  *changed = me->dice != heard(me);
  if (!*changed) return NEAP_OK;
  neap_record_int(out, "bars", me->bars);
  neap_record_int(out, "fills", me->calls);
  me->dice = heard(me);
  return NEAP_OK;
}

static neap_status restore(void *self, const void *record, size_t size, neap_fault *fault) {
  actor *me = self;
  neap_record_field bars, fills;
  (void)fault;
  assert_int_equal(neap_record_find(record, size, "bars", &bars), NEAP_OK);
  assert_int_equal(neap_record_find(record, size, "fills", &fills), NEAP_OK);
  me->bars = (unsigned)bars.value.integer, me->calls = (unsigned)fills.value.integer;
  me->dice = heard(me);
  return NEAP_OK;
}

static neap_status on_bar(actor *me, const neap_bar_event *bar, neap_fault *fault) {
  neap_order_request request = {.side = NEAP_BUY, .quantity = exactly("0.5"), .stop_loss = exactly("80")};
  neap_order *order = NULL;
  (void)fault;
  int64_t hour = bar->close_time / HOUR;
  neap_status status = NEAP_OK;
  if (hour % 3 == 0) status = neap_desk_place(me->desk, &request, &order, NULL);
  if (hour % 3 == 2) status = neap_desk_close(me->desk, 0, "", "", &order, NULL);
  if (order) neap_desk_release(me->desk, order);
  return status;
}

static neap_status on_fill(actor *me, neap_order *order, const neap_fill *fill, neap_fault *fault) {
  (void)order, (void)fill, (void)fault;
  me->calls++;
  return NEAP_OK;
}

static void begin(act *play, actor *who, const place *at, bool resumes) {
  char text[64];
  act_init(play);
  play->options.session.broker = (neap_broker_maker){.make = make};
  play->options.session.store_path = at->path;
  play->options.session.resume = resumes;
  play->options.session.cash = dec("20000");
  for (int i = 0; i < 30; i++) {
    snprintf(text, sizeof text, "%d 112 97 %d 50", 100 + i % 7, 100 + (i + 1) % 7);
    act_bar(play, 0, i * HOUR, text);
  }
  for (int i = 0; i < SEATS; i++) {
    who[i] = (actor){.bar = on_bar, .fill = on_fill, .strategy = {.save = save, .restore = restore}};
    snprintf(who[i].strategy.name, sizeof who[i].strategy.name, "seat%d", i);
  }
}

static void run(act *play, actor *who) {
  actor *all[SEATS] = {&who[0], &who[1]};
  if (act_run_all(play, all, SEATS) != NEAP_OK) fail_msg("%s: %s", play->fault.code, play->fault.message);
}

static void check_heard(const act *play, const actor *who, uint64_t count) {
  for (int i = 0; i < SEATS; i++)
    if (who[i].bars != play->count[0])
      fail_msg("behind event %d seat %d heard %d bars of %d", (int)count, i, (int)who[i].bars, (int)play->count[0]);
  if (who[0].calls + who[1].calls != play->totals.fills)
    fail_msg("behind event %d %d fills of %d were heard", (int)count, (int)(who[0].calls + who[1].calls),
             (int)play->totals.fills);
}

static void whatever_is_durable_when_an_order_leaves_is_whole(void **state) {
  static act play;
  static journal book;
  const place *at = *state;
  actor who[SEATS];
  memset(&outside, 0, sizeof outside);
  begin(&play, who, at, false);
  run(&play, who);
  check_heard(&play, who, 0);
  journal_keep(&book, &play);
  act_close(&play, &who[0]);
  remove_store(at);
  const unsigned count = outside.sent;
  assert_true(count > 20);
  for (unsigned i = 0; i < count; i++) {
    uint64_t durable = outside.durable[i];
    if (i > 0 && durable == outside.durable[i - 1]) continue;
    journal_write(&book, durable, at->path);
    outside.sent = MOMENTS;
    begin(&play, who, at, true);
    run(&play, who);
    check_heard(&play, who, durable);
    act_close(&play, &who[0]);
    remove_store(at);
  }
  journal_forget(&book);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(whatever_is_durable_when_an_order_leaves_is_whole, make_place, remove_place)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
