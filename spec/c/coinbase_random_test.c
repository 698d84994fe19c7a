/* SPDX-License-Identifier: MIT */
/* coinbase_broker: random orders, trades, cancels, resizes, faults and deaths of the process, from a seed; after each
 * run the books of the receiver are the venue's, order by order and in both currencies. */
#include <stdio.h>
#include <stdlib.h>

#include "base/splitmix.h"
#include "coinbase_support.h"

enum { SCENARIOS = 12, STEPS = 60, LONG_STEPS = 400, FAULTS_MOST = 4 };

static uint64_t draw(broker_stage *stage, uint64_t below) { return neap_splitmix(&stage->dice) % below; }

static void quantity(broker_stage *stage, char out[32]) { snprintf(out, 32, "0.%03u", 1 + (unsigned)draw(stage, 50)); }

static void price(broker_stage *stage, bool is_buy, char out[32]) {
  unsigned away = (unsigned)draw(stage, 8);
  snprintf(out, 32, "%u", is_buy ? 50000 - away : 50001 + away);
}

static void place(broker_stage *stage) {
  char size[32], limit[32];
  bool buys = draw(stage, 2);
  if (stage->count >= BROKER_ORDERS - 1) return;
  quantity(stage, size);
  price(stage, buys, limit);
  const char *at = draw(stage, 4) ? limit : NULL;
  if (!draw(stage, 12))
    broker_stage_spend(stage, "125.5");
  else if (buys)
    broker_stage_buy(stage, size, at);
  else
    broker_stage_sell(stage, size, at);
}

static kept_order *pick(broker_stage *stage) {
  if (!stage->count) return NULL;
  kept_order *kept = &stage->kept[draw(stage, stage->count)];
  return broker_stage_is_over(kept) || kept->order.status == NEAP_ORDER_CANCEL_PENDING ? NULL : kept;
}

static void cancel(broker_stage *stage) {
  kept_order *kept = pick(stage);
  if (kept) broker_stage_cancel(stage, kept);
}

/* As the session does: never below what is known to have filled. */
static void resize(broker_stage *stage) {
  kept_order *kept = pick(stage);
  char size[32], text[NEAP_DECIMAL_TEXT];
  if (!kept || kept->order.ticket.sizing != NEAP_BY_QUANTITY || kept->order.ticket.side == NEAP_BUY) return;
  quantity(stage, size);
  neap_decimal wanted = {kept->order.filled.units + dec(size).units};
  neap_decimal_format(wanted, text);
  neap_status status = broker_stage_resize(stage, kept, text);
  assert_true(status == NEAP_OK || status == NEAP_REFUSED);
}

static void trade(broker_stage *stage) {
  char size[32], limit[32];
  bool buys = draw(stage, 2);
  quantity(stage, size);
  price(stage, !buys, limit);
  broker_stage_other(stage, buys ? "BUY" : "SELL", size, limit);
}

/* --- what goes wrong ---------------------------------------------------------------------------------------------- */

static void hurt(broker_stage *stage) {
  static const char *const faults[] = {"answer_lost:p=0.3,count=3",
                                       "answer_cut:p=0.3,count=3",
                                       "answer_garbled:p=0.3,count=3",
                                       "answer_closed:p=0.3,count=3",
                                       "answer_error:p=0.3,count=3",
                                       "answer_late:p=0.5,count=5,time=400ms,spread=exponential",
                                       "answer_twice:p=0.3,count=3",
                                       "request_lost:p=0.3,count=3",
                                       "request_twice:p=0.3,count=3",
                                       "latency:p=0.5,count=5,time=300ms,spread=uniform",
                                       "latency:method=POST,path=/orders,count=1,time=4s",
                                       "rate_limited:p=0.4,count=5",
                                       "server_error:p=0.4,count=3",
                                       "bad_gateway:method=POST,count=2",
                                       "unavailable:p=0.7,for=5s",
                                       "gateway_timeout:p=0.3,count=3",
                                       "answer_lost:method=POST,path=/orders,count=2",
                                       "request_lost:method=POST,path=/orders,count=2",
                                       "partial_then_cancel:count=1",
                                       "venue_cancel:count=1,time=1s",
                                       "frame_lost:channel=user,p=0.3,count=5",
                                       "frame_twice:channel=user,p=0.3,count=5",
                                       "frame_swapped:channel=user,p=0.3,count=5",
                                       "frame_late:channel=user,p=0.3,count=5,time=2s",
                                       "socket_reset:channel=user,p=0.3,count=1",
                                       "socket_silent:channel=user,p=0.3,count=1,time=15s",
                                       "subscribe_refused:count=1",
                                       "handshake_refused:count=2"};
  const char *fault = faults[draw(stage, sizeof faults / sizeof *faults)];
  if (stage->faults < FAULTS_MOST) stage->fault_ids[stage->faults++] = exchange_stage_fault(&stage->exchange, fault);
}

static void heal(broker_stage *stage) {
  while (stage->faults) neap_exchange_remove_fault(stage->exchange.exchange, stage->fault_ids[--stage->faults], NULL);
}

static void die(broker_stage *stage) {
  broker_stage_die(stage);
  heal(stage);
  while (draw(stage, 2)) trade(stage);
  broker_stage_connect(stage);
  broker_stage_restore(stage);
}

/* --- runs --------------------------------------------------------------------------------------------------------- */

static void step(broker_stage *stage) {
  switch (draw(stage, 16)) {
  case 0:
  case 1:
  case 2:
  case 3:
    place(stage);
    break;
  case 4:
  case 5:
  case 6:
  case 7:
    trade(stage);
    break;
  case 8:
  case 9:
    cancel(stage);
    break;
  case 10:
    resize(stage);
    break;
  case 11:
    hurt(stage);
    break;
  case 12:
    if (draw(stage, 3) == 0) heal(stage);
    break;
  case 13:
    if (draw(stage, 4) == 0) die(stage);
    break;
  default:
    broker_stage_pass(stage, (int64_t)draw(stage, 1500) * MILLISECOND);
  }
  for (uint64_t rounds = draw(stage, 12); rounds; rounds--) broker_stage_turn(stage);
}

static void run(uint64_t seed, bool with_stream) {
  broker_stage stage;
  if (getenv("NEAP_SEED"))
    print_message("seed %llu, %s a stream\n", (unsigned long long)seed, with_stream ? "with" : "without");
  broker_stage_open(&stage, with_stream);
  stage.dice = seed;
  broker_stage_venue(&stage)->cancel_after = (int64_t)draw(&stage, 3) * 200 * MILLISECOND;
  broker_stage_venue(&stage)->visible_after = (int64_t)draw(&stage, 3) * 300 * MILLISECOND;
  broker_stage_venue(&stage)->refuses_reused_ids = draw(&stage, 2);
  for (int i = 0; i < (seed % 10 ? STEPS : LONG_STEPS); i++) step(&stage);
  heal(&stage);
  broker_stage_close(&stage);
}

static void test_random_scenarios(void **state) {
  const char *seed = getenv("NEAP_SEED"), *runs = getenv("NEAP_RUNS");
  uint64_t first = seed ? strtoull(seed, NULL, 10) : 1, count = runs ? strtoull(runs, NULL, 10) : SCENARIOS;
  (void)state;
  for (uint64_t i = 0; i < count; i++) run(first + i, (first + i) % 3);
}

/* Each of these has found something: a cancel of what never came, an answer that was another order's, a look that
 * nobody renewed, fills out of turn. */
static void test_scenarios_that_found_something(void **state) {
  static const uint64_t seeds[] = {101, 225, 325, 2020};
  (void)state;
  for (size_t i = 0; i < sizeof seeds / sizeof *seeds; i++) run(seeds[i], seeds[i] % 3);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_scenarios_that_found_something),
                                     cmocka_unit_test(test_random_scenarios)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
