/* SPDX-License-Identifier: MIT */
/* order_book: random operations with a walk over everything, quantities conserved, and what a sink is told. */
#include "match/order_book.h"

#include "support.h"

enum { OPERATIONS = 100000, OWNERS = 5 };

typedef struct ear {
  uint64_t trades;
  int64_t traded, ended; /* quantity taken off makers and takers alike */
} ear;

static void hear(void *self, const neap_match_event *event) {
  ear *me = self;
  assert_true(event->left >= 0);
  if (event->kind == NEAP_MATCH_TRADE) {
    assert_true(event->quantity > 0 && event->maker_left >= 0 && event->order != event->maker);
    me->trades++;
    me->traded += event->quantity;
  }
  if (event->kind == NEAP_MATCH_ENDED) me->ended += event->left;
}

static uint64_t next_random(uint64_t *state) {
  *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
  return *state >> 33;
}

static neap_match_order random_order(uint64_t *state, uint64_t id, int64_t now) {
  neap_match_order order = {.id = id,
                            .owner = (uint32_t)(next_random(state) % OWNERS),
                            .side = (neap_side)(next_random(state) % 2),
                            .type = NEAP_LIMIT,
                            .price = 1000 + (int64_t)(next_random(state) % 60),
                            .quantity = 1 + (int64_t)(next_random(state) % 50),
                            .self_trade = (neap_self_trade)(next_random(state) % 5),
                            .good_till = now + 1 + (int64_t)(next_random(state) % 500)};
  order.time_in_force = (neap_time_in_force)(next_random(state) % 4);
  order.post_only = order.time_in_force < NEAP_IOC && next_random(state) % 4 == 0;
  return order;
}

static void is_sound_over_random_operations(void **unused) {
  (void)unused;
  uint64_t state = 3;
  ear me = {0};
  neap_match_sink sink = {hear, &me};
  neap_order_book *book;
  neap_fault fault;
  assert_int_equal(neap_order_book_new(&book), NEAP_OK);
  for (uint64_t i = 1; i <= OPERATIONS; i++) {
    int64_t now = (int64_t)i;
    uint64_t known = i - next_random(&state) % (i < 500 ? i : 500), what = next_random(&state) % 10;
    if (what < 7) {
      neap_match_order order = random_order(&state, i, now);
      assert_int_equal(neap_order_book_submit(book, &order, now, &sink, &fault), NEAP_OK);
    } else if (what < 8) {
      neap_order_book_cancel(book, known, now, &sink, &fault);
    } else {
      neap_order_book_amend(book, known, 1000 + (int64_t)(next_random(&state) % 60),
                            1 + (int64_t)(next_random(&state) % 50), now, &sink, &fault);
    }
    if (i % 100 == 0 && neap_order_book_check(book, &fault) != NEAP_OK)
      fail_msg("operation %d: %s", (int)i, fault.message);
  }
  assert_true(me.trades > OPERATIONS / 10);
  assert_int_equal(neap_order_book_advance(book, INT64_MAX, NULL, &fault), NEAP_OK);
  assert_int_equal(neap_order_book_check(book, &fault), NEAP_OK);
  neap_order_book_free(book);
}

/* Decrements and amendments aside, what was sent is traded twice over, ended, or rests. */
static void conserves_quantity(void **unused) {
  (void)unused;
  uint64_t state = 9;
  int64_t sent = 0, rests = 0;
  ear me = {0};
  neap_match_sink sink = {hear, &me};
  neap_match_level level[60];
  neap_order_book *book;
  neap_fault fault;
  assert_int_equal(neap_order_book_new(&book), NEAP_OK);
  for (uint64_t i = 1; i <= OPERATIONS; i++) {
    neap_match_order order = random_order(&state, i, (int64_t)i);
    if (order.self_trade == NEAP_SELF_TRADE_DECREMENT) order.self_trade = NEAP_SELF_TRADE_ALLOW;
    sent += order.quantity;
    assert_int_equal(neap_order_book_submit(book, &order, (int64_t)i, &sink, &fault), NEAP_OK);
  }
  for (int side = 0; side < 2; side++)
    for (size_t i = 0, count = neap_order_book_levels(book, (neap_side)side, 60, level); i < count; i++)
      rests += level[i].quantity;
  assert_int_equal(sent, 2 * me.traded + me.ended + rests);
  neap_order_book_free(book);
}

/* A market that comes and goes for ever, and ids that never come again. */
static void outlives_millions_of_ids(void **unused) {
  (void)unused;
  neap_order_book *book;
  assert_int_equal(neap_order_book_new(&book), NEAP_OK);
  for (uint64_t i = 1; i <= 500000; i++) {
    neap_match_order order = {.id = i * UINT64_C(0x100000001),
                              .side = NEAP_BUY,
                              .type = NEAP_LIMIT,
                              .price = (int64_t)i,
                              .quantity = INT64_MAX / 2,
                              .owner = 1};
    assert_int_equal(neap_order_book_submit(book, &order, 0, NULL, NULL), NEAP_OK);
    if (i > 60)
      assert_int_equal(neap_order_book_cancel(book, (i - 60) * UINT64_C(0x100000001), 0, NULL, NULL), NEAP_OK);
  }
  assert_int_equal(neap_order_book_count(book), 60);
  assert_int_equal(neap_order_book_check(book, NULL), NEAP_OK);
  neap_order_book_free(book);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(is_sound_over_random_operations),
                                     cmocka_unit_test(conserves_quantity), cmocka_unit_test(outlives_millions_of_ids)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
