/* SPDX-License-Identifier: MIT */
/* round_trip: entries in parts, exits in parts, flips that share a fee, and sums that equal the ledger's. */
#include "account/round_trip.h"

#include <stdio.h>

#include "decimals.h"
#include "support.h"

typedef struct fixture {
  neap_product products[2];
  neap_ledger *ledger;
  neap_round_trips *trips;
  int64_t time;
} fixture;

static int set_up(void **state) {
  static fixture f;
  f = (fixture){0};
  for (unsigned i = 0; i < 2; i++) {
    f.products[i] = (neap_product){.id = "X-USD", .quote = "USD", .kind = i ? NEAP_FUTURE : NEAP_MARGIN};
    f.products[i].price_increment = dec("0.01");
    f.products[i].base_increment = dec("0.001");
    f.products[i].contract_size = dec(i ? "0.1" : "1");
  }
  *state = &f;
  if (neap_ledger_new("USD", f.products, 2, 2, &f.ledger, NULL) != NEAP_OK) return -1;
  return neap_round_trips_new(2, 2, &f.trips, NULL) == NEAP_OK ? 0 : -1;
}

static int tear_down(void **state) {
  fixture *f = *state;
  neap_ledger_free(f->ledger);
  neap_round_trips_free(f->trips);
  return 0;
}

static const neap_round_trip *trade(fixture *f, uint32_t product, neap_side side, const char *quantity,
                                    const char *price, const char *fee) {
  const neap_round_trip *closed = NULL;
  neap_booking booking;
  neap_fill fill = {.order = 1,
                    .trade = 1,
                    .strategy = 1,
                    .product = product,
                    .side = side,
                    .price = dec(price),
                    .quantity = dec(quantity),
                    .fee = dec(fee),
                    .liquidity = *fee == '-' ? NEAP_MAKER : NEAP_TAKER,
                    .time = ++f->time};
  assert_int_equal(neap_ledger_apply(f->ledger, &fill, &booking, NULL), NEAP_OK);
  assert_int_equal(neap_round_trips_apply(f->trips, &fill, &booking, &closed, NULL), NEAP_OK);
  return closed;
}

static void parts_become_one_trade(void **state) {
  fixture *f = *state;
  assert_null(trade(f, 0, NEAP_BUY, "1", "100", "1"));
  assert_null(trade(f, 0, NEAP_BUY, "2", "103", "2"));
  assert_null(trade(f, 0, NEAP_SELL, "1", "110", "0.5"));
  const neap_round_trip *trip = trade(f, 0, NEAP_SELL, "2", "99", "0.5");
  assert_non_null(trip);
  assert_int_equal(trip->side, NEAP_BUY);
  assert_int_equal(trip->strategy, 1);
  assert_int_equal(trip->entry_time, 1);
  assert_int_equal(trip->exit_time, 4);
  assert_decimal(trip->quantity, "3");
  assert_decimal(trip->fees, "4");
  assert_decimal(trip->pnl, "-2");
  assert_decimal(neap_round_trip_entry_price(trip, &f->products[0]), "102");
  assert_decimal(neap_round_trip_exit_price(trip, &f->products[0]), "102.666666666667");
  assert_true(neap_round_trip_return(trip) == -2.0 / 306.0);
}

/* A third of what the venue pays for the fill that turns belongs to what it closes. */
static void a_flip_shares_what_a_maker_is_paid(void **state) {
  fixture *f = *state;
  assert_null(trade(f, 0, NEAP_SELL, "1", "100", "0"));
  const neap_round_trip *trip = trade(f, 0, NEAP_BUY, "3", "90", "-0.9");
  assert_decimal(trip->fees, "-0.3");
  assert_decimal(trip->pnl, "10.3");
  trip = trade(f, 0, NEAP_SELL, "2", "90", "0");
  assert_decimal(trip->pnl, "0.6");
}

static void flip_closes_one_and_opens_the_next(void **state) {
  fixture *f = *state;
  assert_null(trade(f, 0, NEAP_SELL, "1", "100", "0"));
  const neap_round_trip *trip = trade(f, 0, NEAP_BUY, "3", "90", "1");
  assert_non_null(trip);
  assert_int_equal(trip->side, NEAP_SELL);
  assert_decimal(trip->fees, "0.333333333333");
  assert_decimal(trip->pnl, "9.666666666667");
  trip = trade(f, 0, NEAP_SELL, "2", "95", "0");
  assert_non_null(trip);
  assert_int_equal(trip->side, NEAP_BUY);
  assert_int_equal(trip->entry_time, 2);
  assert_decimal(trip->quantity, "2");
  assert_decimal(trip->fees, "0.666666666667");
  assert_decimal(trip->pnl, "9.333333333333");
}

static void contract_size_is_in_the_notional_not_in_the_price(void **state) {
  fixture *f = *state;
  assert_null(trade(f, 1, NEAP_BUY, "10", "80", "0"));
  const neap_round_trip *trip = trade(f, 1, NEAP_SELL, "10", "81", "0");
  assert_non_null(trip);
  assert_decimal(trip->entry_notional, "80");
  assert_decimal(neap_round_trip_entry_price(trip, &f->products[1]), "80");
  assert_decimal(neap_round_trip_exit_price(trip, &f->products[1]), "81");
  assert_decimal(trip->pnl, "1");
}

static void trades_sum_to_the_ledger(void **state) {
  fixture *f = *state;
  uint64_t seed = 99;
  neap_decimal pnl = NEAP_ZERO;
  char quantity[NEAP_DECIMAL_TEXT], price[NEAP_DECIMAL_TEXT];
  const neap_round_trip *trip;
  for (unsigned i = 0; i < 5000; i++) {
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    snprintf(quantity, sizeof quantity, "0.%03u", 1 + (unsigned)(seed >> 33) % 999);
    snprintf(price, sizeof price, "%u.%02u", 1 + (unsigned)(seed >> 40) % 500, (unsigned)(seed >> 50) % 100);
    trip = trade(f, 0, seed >> 63 ? NEAP_BUY : NEAP_SELL, quantity, price, "0.01");
    if (trip) assert_int_equal(neap_decimal_add(pnl, trip->pnl, &pnl), NEAP_OK);
  }
  neap_decimal held = neap_ledger_position(f->ledger, 1, 0)->quantity;
  neap_decimal_format(neap_decimal_abs(held), quantity);
  if (held.units) {
    trip = trade(f, 0, held.units > 0 ? NEAP_SELL : NEAP_BUY, quantity, "100", "0");
    assert_non_null(trip);
    assert_int_equal(neap_decimal_add(pnl, trip->pnl, &pnl), NEAP_OK);
  }
  assert_true(pnl.units == neap_ledger_cash(f->ledger, 1).units);
}

static void strangers_are_refused(void **state) {
  fixture *f = *state;
  const neap_round_trip *closed;
  neap_fault fault;
  const neap_fill fill = {.strategy = 2};
  const neap_booking booking = {.fee = NEAP_ZERO};
  assert_int_equal(neap_round_trips_apply(f->trips, &fill, &booking, &closed, &fault), NEAP_INVALID);
  assert_string_equal(fault.code, "unknown_product");
}

#define WITH_TRIPS(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(a_flip_shares_what_a_maker_is_paid, set_up, tear_down),
      WITH_TRIPS(parts_become_one_trade),
      WITH_TRIPS(flip_closes_one_and_opens_the_next),
      WITH_TRIPS(contract_size_is_in_the_notional_not_in_the_price),
      WITH_TRIPS(trades_sum_to_the_ledger),
      WITH_TRIPS(strangers_are_refused),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
