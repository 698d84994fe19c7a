/* SPDX-License-Identifier: MIT */
/* What an order costs in memory: once a session has seen a few rounds of orders, none takes any more: neither where it
 * is placed nor on its way through journal, simulator and ledger. The linker counts (bench/allocations.h). */
#include "allocations.h"
#include "session_support.h"

enum { BARS = 60, WARM_UP = 12, LIMITS_A_BAR = 40 };

typedef struct tally {
  uint64_t placed, accepted, refused, fills;
  uint64_t placing; /* allocations within place, behind the warm-up */
  uint64_t at, all; /* of the thread: when the warm-up was over; since then */
} tally;

static tally seen;

static bool is_warm(const actor *me) { return me->bars > WARM_UP; }

static void place(actor *me, const neap_order_request *request) {
  neap_order *order;
  neap_fault fault;
  uint64_t before = allocations_here();
  assert_int_equal(neap_desk_place(me->desk, request, &order, &fault), NEAP_OK);
  if (is_warm(me)) seen.placing += allocations_here() - before;
  seen.placed++;
  if (order->status == NEAP_ORDER_REJECTED)
    seen.refused++;
  else
    seen.accepted++;
  neap_desk_release(me->desk, order);
}

static neap_amount away(const char *from, int64_t cents) {
  const neap_decimal cent = dec("0.01");
  return (neap_amount){NEAP_AMOUNT_EXACT, {dec(from).units + cents * cent.units}, 0};
}

/* Orders that work until the next bar takes them back. */
static void place_working(actor *me) {
  for (int i = 0; i < LIMITS_A_BAR; i++) {
    place(me, &(neap_order_request){.side = NEAP_BUY, .quantity = exactly("0.01"), .limit = away("50", i)});
    place(me, &(neap_order_request){.side = NEAP_SELL, .quantity = exactly("0.01"), .stop = away("40", i)});
  }
}

/* In with exits around it, and out; and two that are refused. */
static void place_fleeting(actor *me) {
  const neap_order_request in = {
      .side = NEAP_BUY, .notional = exactly("200"), .stop_loss = exactly("60"), .take_profit = exactly("190")};
  const neap_order_request out = {.side = NEAP_SELL, .quantity = exactly("2"), .reduce_only = true};
  const neap_order_request fine = {.side = NEAP_BUY, .quantity = exactly("0.00000001"), .limit = exactly("50")};
  const neap_order_request vast = {.side = NEAP_BUY, .quantity = exactly("1000000"), .limit = exactly("50")};
  place(me, me->bars % 2 ? &in : &out);
  place(me, &fine);
  place(me, &vast);
}

static neap_status trade(actor *me, const neap_bar_event *bar, neap_fault *fault) {
  (void)bar;
  if (me->bars == WARM_UP + 1) seen.at = allocations_here();
  if (is_warm(me)) seen.all = allocations_here() - seen.at;
  neap_status status = neap_desk_cancel_all(me->desk, -1, fault);
  if (status != NEAP_OK) return status;
  place_working(me);
  place_fleeting(me);
  return NEAP_OK;
}

static neap_status count_fill(actor *me, neap_order *order, const neap_fill *fill, neap_fault *fault) {
  (void)me, (void)order, (void)fill, (void)fault;
  seen.fills++;
  return NEAP_OK;
}

static void play(const char *engine) {
  static act play;
  actor who = {.bar = trade, .fill = count_fill};
  act_init(&play);
  assert_int_equal(neap_product_parse("BTC-USD:kind=margin,base_increment=0.0001", &play.product[0], NULL), NEAP_OK);
  assert_int_equal(neap_policy_fixed(engine, &play.options.session.policy, NULL), NEAP_OK);
  play.options.session.snapshot_every = UINT64_MAX; /* every 10,000 events, and no part of an order */
  for (int64_t i = 0; i < BARS; i++) act_bar(&play, 0, i * MINUTE, "100 105 95 100 5000");
  seen = (tally){0};
  assert_int_equal(act_run(&play, &who), NEAP_OK);
  act_close(&play, &who);
  assert_int_equal(seen.placed, BARS * (2 * LIMITS_A_BAR + 3));
  assert_in_range(seen.refused, 2 * BARS, 2 * BARS);
  assert_true(seen.fills > BARS / 2);
  assert_int_equal(seen.placing, 0);
  assert_int_equal(seen.all, 0);
}

static void the_counter_counts(void **state) {
  (void)state;
  uint64_t before = allocations_here();
  neap_buffer buffer = {0};
  neap_buffer_append(&buffer, "x", 1);
  neap_buffer_fini(&buffer);
  assert_int_equal(allocations_here() - before, 1);
}

static void an_order_takes_no_memory_under_live(void **state) {
  (void)state;
  play("live");
}

static void an_order_takes_no_memory_under_advanced(void **state) {
  (void)state;
  play("advanced");
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(the_counter_counts),
                                     cmocka_unit_test(an_order_takes_no_memory_under_live),
                                     cmocka_unit_test(an_order_takes_no_memory_under_advanced)};
  allocations_count_openssl();
  return cmocka_run_group_tests(tests, NULL, NULL);
}
