/* SPDX-License-Identifier: MIT */
/* coinbase_broker: the user stream, and everything that may befall it: orders are told of at once while it is up, and
 * nothing is missed, doubled or told in another order while it is not. */
#include "coinbase_support.h"

static bool last_is_open(const broker_stage *stage) {
  return stage->kept[stage->count - 1].order.status == NEAP_ORDER_OPEN;
}

static bool last_is_over(const broker_stage *stage) { return broker_stage_is_over(&stage->kept[stage->count - 1]); }

static int64_t now_of(broker_stage *stage) { return neap_clock_now(&stage->exchange.net.clock); }

/* How long after the trade the last order's fill was told. */
static int64_t time_to_fill(broker_stage *stage) {
  broker_stage_buy(stage, "0.01", "41000"); /* before all others */
  broker_stage_await(stage, last_is_open);
  int64_t traded = now_of(stage);
  broker_stage_other(stage, "SELL", "0.01", "41000");
  broker_stage_await(stage, last_is_over);
  return now_of(stage) - traded;
}

static void test_a_fill_is_told_at_once(void **state) {
  broker_stage stage;
  (void)state;
  broker_stage_open(&stage, true);
  broker_stage_pass(&stage, NEAP_SECOND);
  assert_true(time_to_fill(&stage) < 300 * MILLISECOND);
  broker_stage_close(&stage);
}

static void test_without_a_stream_it_is_asked_for_every_two_seconds(void **state) {
  broker_stage stage;
  (void)state;
  broker_stage_open(&stage, false);
  broker_stage_pass(&stage, NEAP_SECOND);
  assert_true(time_to_fill(&stage) < 3 * NEAP_SECOND);
  broker_stage_close(&stage);
}

/* Trades go on while it happens; afterwards the stream is up again. */
static void meet(const char *fault) {
  broker_stage stage;
  broker_stage_open(&stage, true);
  broker_stage_pass(&stage, NEAP_SECOND);
  exchange_stage_fault(&stage.exchange, fault);
  for (int i = 0; i < 6; i++) {
    broker_stage_buy(&stage, "0.02", "40000");
    broker_stage_sell(&stage, "0.02", "60000");
    broker_stage_pass(&stage, 200 * MILLISECOND);
    broker_stage_other(&stage, "SELL", "0.01", "40000");
    broker_stage_other(&stage, "BUY", "0.01", "60000");
    broker_stage_pass(&stage, 700 * MILLISECOND);
  }
  broker_stage_cancel(&stage, &stage.kept[11]);
  broker_stage_rest(&stage);
  broker_stage_pass(&stage, 60 * NEAP_SECOND);
  if (time_to_fill(&stage) > 300 * MILLISECOND) fail_msg("after %s the stream is not up", fault);
  broker_stage_close(&stage);
}

static void test_what_befalls_frames(void **state) {
  static const char *const faults[] = {"frame_lost:channel=user,p=0.5,for=8s",
                                       "frame_twice:channel=user,for=8s",
                                       "frame_swapped:channel=user,p=0.5,for=8s",
                                       "frame_cut:channel=user,p=0.5,for=8s",
                                       "frame_unknown:p=0.5,for=8s",
                                       "frame_late:channel=user,p=0.5,time=1500ms,for=8s",
                                       "frame_lost:channel=heartbeats,for=8s"};
  (void)state;
  for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) meet(faults[i]);
}

static void test_what_befalls_sockets(void **state) {
  static const char *const faults[] = {"socket_reset:channel=user,count=3",
                                       "socket_fin:channel=user,count=3",
                                       "socket_close:channel=user,count=2,number=1008",
                                       "socket_reset_with_data:channel=user,count=3",
                                       "socket_silent:channel=user,count=1,time=20s",
                                       "socket_silent:channel=user,count=1"};
  (void)state;
  for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) meet(faults[i]);
}

/* It connects again without end: these befall it while it tries. */
static void test_what_befalls_who_connects(void **state) {
  static const char *const faults[] = {"handshake_refused:count=5", "subscribe_refused:count=4",
                                       "subscribe_ignored:channel=user,count=2",
                                       "subscribe_ignored:channel=heartbeats,count=1"};
  (void)state;
  for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
    broker_stage stage;
    broker_stage_open(&stage, true);
    broker_stage_pass(&stage, NEAP_SECOND);
    exchange_stage_fault(&stage.exchange, faults[i]);
    exchange_stage_fault(&stage.exchange, "socket_reset:channel=heartbeats,count=1");
    broker_stage_pass(&stage, 5 * NEAP_SECOND);
    broker_stage_buy(&stage, "0.02", "40000");
    broker_stage_await(&stage, last_is_open);
    broker_stage_other(&stage, "SELL", "0.02", "40000");
    broker_stage_await(&stage, last_is_over);
    broker_stage_pass(&stage, 120 * NEAP_SECOND);
    if (time_to_fill(&stage) > 300 * MILLISECOND) fail_msg("after %s the stream is not up", faults[i]);
    broker_stage_close(&stage);
  }
}

/* More open orders than one frame of the snapshot has. */
static void test_a_snapshot_of_many_orders(void **state) {
  broker_stage stage;
  (void)state;
  broker_stage_open(&stage, true);
  for (int i = 0; i < 120; i++) broker_stage_buy(&stage, "0.001", "40000");
  broker_stage_rest(&stage);
  exchange_stage_fault(&stage.exchange, "socket_reset:channel=heartbeats,count=1");
  broker_stage_pass(&stage, 20 * NEAP_SECOND);
  assert_true(time_to_fill(&stage) < 300 * MILLISECOND);
  broker_stage_other(&stage, "SELL", "0.12", "40000");
  broker_stage_rest(&stage);
  broker_stage_close(&stage);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_a_fill_is_told_at_once),
      cmocka_unit_test(test_without_a_stream_it_is_asked_for_every_two_seconds),
      cmocka_unit_test(test_what_befalls_frames),
      cmocka_unit_test(test_what_befalls_sockets),
      cmocka_unit_test(test_what_befalls_who_connects),
      cmocka_unit_test(test_a_snapshot_of_many_orders),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
