/* SPDX-License-Identifier: MIT */
/* The running sums of what is held and works, against the ledger and a walk over all orders, under strategies that do
 * anything at random. */
#include "random_support.h"
#include "session/session_state.h"

enum { SEEDS = 200 };

static void check_row(const neap_session *session, uint32_t row, uint32_t product, neap_decimal position) {
  neap_holding made = {.position = position};
  for (const neap_order *order = session->first; order; order = order->next) {
    bool counts = order->counted && order->ticket.product == product;
    if (counts && (row == session->desk_count || order->ticket.strategy == row))
      assert_int_equal(neap_holding_add(&made, &session->products[product], order), NEAP_OK);
  }
  assert_memory_equal(&made, &desk_holdings(session, row)[product], sizeof made);
}

/* Every order that works is counted, and no other. */
static void check_all(const neap_session *session) {
  for (const neap_order *order = session->first; order; order = order->next)
    assert_true(order->counted == (order->status != NEAP_ORDER_NEW && !neap_order_is_terminal(order->status)));
  for (uint32_t k = 0; k < session->product_count; k++) {
    neap_decimal sum = NEAP_ZERO;
    for (uint32_t i = 0; i < session->desk_count; i++) {
      neap_decimal held = neap_ledger_position(session->ledger, i, k)->quantity;
      assert_int_equal(neap_decimal_add(sum, held, &sum), NEAP_OK);
      check_row(session, i, k, held);
    }
    check_row(session, session->desk_count, k, sum);
  }
}

static neap_status slice(actor *me, const neap_bar_event *bars, uint32_t count, neap_fault *fault) {
  (void)bars, (void)count, (void)fault;
  check_all(me->desk->session);
  me->calls++;
  return NEAP_OK;
}

static void sums_are_those_of_the_orders_and_the_account_is_its_strategies(void **state) {
  (void)state;
  static act play;
  static actor unused, one, two;
  unsigned looks = 0;
  for (uint64_t seed = 0; seed < SEEDS; seed++) {
    random_play(&play, &unused, seed);
    play.options.session.quarantine = true;
    one = random_actor("one", seed * 3 + 1), two = random_actor("two", seed * 5 + 7);
    one.slice = two.slice = slice;
    actor *who[] = {&one, &two};
    if (act_run_all(&play, who, 2) != NEAP_OK) fail_msg("seed %d: %s", (int)seed, play.fault.message);
    check_all(play.session);
    looks += one.calls + two.calls;
    for (unsigned i = 0; i < 2; i++)
      for (; who[i]->held_count; who[i]->held_count--)
        neap_desk_release(who[i]->desk, who[i]->held[who[i]->held_count - 1]);
    neap_session_close(play.session);
  }
  assert_true(looks > 1000);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(sums_are_those_of_the_orders_and_the_account_is_its_strategies)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
