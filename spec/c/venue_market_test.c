/* SPDX-License-Identifier: MIT */
/* markets of the venue: the same for the same seed however time is cut; recordings that come back; where a participant
 * stands. A participant is an order of the house that its markets did not make. */
#include "venue/market.h"

#include <stdlib.h>

#include "base/clock.h"
#include "dice.h"
#include "support.h"
#include "venue/orders.h"
#include "venue/trades.h"

#define START (INT64_C(1704067200) * NEAP_SECOND)
#define HOUR (3600 * NEAP_SECOND)

static neap_venue *open_venue(void) {
  neap_venue_options options = neap_venue_default_options();
  neap_venue *venue = NULL;
  neap_fault fault;
  options.start = START;
  if (neap_venue_new(&options, &venue, &fault) != NEAP_OK) fail_msg("%s", fault.message);
  return venue;
}

static void add(neap_venue *venue, const char *product, const char *text, const char *data, const char *trades) {
  neap_fault fault;
  neap_venue_market_options options = {.product = product, .text = text, .data = data, .trades = trades};
  options.data_length = data ? strlen(data) : 0;
  options.trades_length = trades ? strlen(trades) : 0;
  if (neap_venue_add_market(venue, &options, &fault) != NEAP_OK) fail_msg("%s: %s", fault.code, fault.message);
}

static neap_venue_product *bitcoin(neap_venue *venue) { return neap_venue_product_named(venue, "BTC-USD"); }

static int64_t best(neap_venue *venue, neap_side side) {
  neap_match_level level;
  return neap_order_book_levels(bitcoin(venue)->book, side, 1, &level) ? level.price : 0;
}

static int64_t quantity_at(neap_venue *venue, neap_side side, int64_t price) {
  neap_match_level level[32];
  size_t count = neap_order_book_levels(bitcoin(venue)->book, side, 32, level);
  for (size_t i = 0; i < count; i++)
    if (level[i].price == price) return level[i].quantity;
  return 0;
}

/* --- generated ---------------------------------------------------------------------------------------------------- */

static void mix(uint64_t *hash, int64_t value) { *hash = dice_mix(*hash ^ (uint64_t)value); }

static void mix_product(uint64_t *hash, const neap_venue_product *product) {
  neap_match_level level[64];
  for (size_t i = 0; i < product->bar_count; i++) {
    const neap_venue_bar *bar = &product->bars[i];
    mix(hash, bar->time), mix(hash, bar->open), mix(hash, bar->high), mix(hash, bar->low), mix(hash, bar->close);
    mix(hash, (int64_t)bar->volume);
  }
  for (size_t i = 0; i < neap_venue_trades_kept(product); i++) {
    const neap_venue_trade *trade = neap_venue_trade_before(product, i);
    mix(hash, (int64_t)trade->number), mix(hash, trade->price), mix(hash, trade->size), mix(hash, trade->time);
    mix(hash, trade->maker_side);
  }
  for (int side = 0; side < 2; side++) {
    size_t count = product->book ? neap_order_book_levels(product->book, (neap_side)side, 64, level) : 0;
    for (size_t i = 0; i < count; i++) mix(hash, level[i].price), mix(hash, level[i].quantity);
  }
}

enum cut { AT_ONCE, AT_RANDOM, AT_EACH_EVENT };

/* Half an hour of all products that the venue has, with everything that may happen. */
static uint64_t hash_of_a_run(const char *text, enum cut cut) {
  neap_venue *venue = open_venue();
  uint64_t hash = 0, dice = 11;
  int64_t end = START + HOUR / 2;
  neap_fault fault;
  add(venue, NULL, text, NULL, NULL);
  while (venue->now < end) {
    int64_t until = end;
    if (cut == AT_RANDOM) until = venue->now + 1 + (int64_t)dice_roll(&dice, 7000000000);
    if (cut == AT_EACH_EVENT) until = neap_venue_next(venue);
    neap_venue_advance(venue, until < end ? until : end);
  }
  for (size_t i = 0; i < venue->product_count; i++) mix_product(&hash, &venue->products[i]);
  if (neap_venue_check(venue, &fault) != NEAP_OK) fail_msg("%s", fault.message);
  assert_false(venue->has_failed);
  neap_venue_free(venue);
  return hash;
}

#define LIVELY "generated:seed=7,gaps=48,crashes=24"

/* The number is the same with every compiler and machine. */
static void is_the_same_however_time_is_cut(void **unused) {
  (void)unused;
  uint64_t hash = hash_of_a_run(LIVELY, AT_ONCE);
  assert_true(hash == hash_of_a_run(LIVELY, AT_RANDOM));
  assert_true(hash == hash_of_a_run(LIVELY, AT_EACH_EVENT));
  assert_true(hash != hash_of_a_run("generated:seed=8,gaps=48,crashes=24", AT_ONCE));
  assert_true(hash == UINT64_C(0x179edb33349f0e4a));
}

static void keeps_as_many_levels_as_are_asked_for(void **unused) {
  (void)unused;
  static neap_match_level level[24000];
  neap_venue *venue = open_venue();
  add(venue, "BTC-USD", "generated:levels=23000", NULL, NULL);
  neap_venue_advance(venue, START + 60 * NEAP_SECOND);
  for (int side = 0; side < 2; side++) {
    size_t count = neap_order_book_levels(bitcoin(venue)->book, (neap_side)side, 24000, level);
    assert_in_range(count, 22950, 23050);
    assert_true(level[count - 1].price > 0);
  }
  neap_venue_free(venue);
}

/* A price of some increments does not fall to nothing. */
static void quotes_tiny_prices(void **unused) {
  (void)unused;
  int64_t lowest = 1000;
  neap_venue *venue = open_venue();
  add(venue, "BTC-USD", "generated:price=0.05,volatility=100,crashes=100", NULL, NULL);
  for (int i = 1; i <= 60; i++) {
    neap_venue_advance(venue, START + i * 60 * NEAP_SECOND);
    assert_true(best(venue, NEAP_SELL) >= 4);
    lowest = best(venue, NEAP_SELL) < lowest ? best(venue, NEAP_SELL) : lowest;
  }
  assert_in_range(lowest, 4, 5);
  assert_true(bitcoin(venue)->trade_count > 100);
  neap_venue_free(venue);
}

static void buy(neap_venue *venue, int64_t price, int64_t size) {
  neap_match_order order = {.id = NEAP_HOUSE_ORDER | UINT64_C(1) << 62 | (uint64_t)price,
                            .owner = NEAP_HOUSE_TAKER,
                            .side = NEAP_BUY,
                            .type = NEAP_LIMIT,
                            .time_in_force = NEAP_IOC,
                            .self_trade = NEAP_SELF_TRADE_ALLOW,
                            .price = price,
                            .quantity = size};
  assert_int_equal(neap_venue_house_submit(venue, bitcoin(venue), &order), NEAP_OK);
}

/* Two venues of one seed part when somebody buys 3 percent of a day's volume: by the law of the root, 0.17 of a day's
 * deviation of 3 percent, half a percent. */
static void moves_where_somebody_trades(void **unused) {
  (void)unused;
  neap_venue *moved = open_venue(), *left_alone = open_venue();
  add(moved, "BTC-USD", "generated:levels=2000", NULL, NULL);
  add(left_alone, "BTC-USD", "generated:levels=2000", NULL, NULL);
  neap_venue_advance(moved, START + 10 * NEAP_SECOND);
  neap_venue_advance(left_alone, START + 10 * NEAP_SECOND);
  buy(moved, 2 * best(moved, NEAP_SELL), INT64_C(8600000000));
  neap_venue_advance(moved, START + 30 * NEAP_SECOND);
  neap_venue_advance(left_alone, START + 30 * NEAP_SECOND);
  int64_t by = (best(moved, NEAP_BUY) - best(left_alone, NEAP_BUY)) * 10000 / best(left_alone, NEAP_BUY);
  assert_in_range(by, 45, 60);
  neap_venue_free(moved);
  neap_venue_free(left_alone);
}

/* Within an hour of one that crashes a hundred times a day the book is thin, and the price far below. */
static void crashes_with_a_thin_book(void **unused) {
  (void)unused;
  neap_venue *venue = open_venue();
  size_t least = 50;
  add(venue, "BTC-USD", "generated:crashes=100,thin=20,trend=0,gaps=0", NULL, NULL);
  int64_t first = best(venue, NEAP_BUY), lowest = first;
  for (int i = 1; i <= 3600; i++) {
    neap_venue_advance(venue, START + i * NEAP_SECOND);
    size_t count = neap_order_book_count(bitcoin(venue)->book);
    least = count < least ? count : least;
    int64_t bid = best(venue, NEAP_BUY); /* 0: taken away for a moment */
    lowest = bid > 0 && bid < lowest ? bid : lowest;
  }
  assert_in_range(least, 5, 15);
  assert_true(lowest < first - first / 25);
  neap_venue_free(venue);
}

/* The second in which a book first has less than half of its orders. */
static int first_thin(neap_venue *venue, const char *product) {
  for (int i = 1; i <= 3600; i++) {
    neap_venue_advance(venue, START + i * NEAP_SECOND);
    if (neap_order_book_count(neap_venue_product_named(venue, product)->book) < 25) return i;
  }
  return -1;
}

static void crashes_everywhere_at_once(void **unused) {
  (void)unused;
  const char *const products[] = {"BTC-USD", "ETH-USD", "SHIB-USD"};
  int second[3];
  for (int i = 0; i < 3; i++) {
    neap_venue *venue = open_venue();
    add(venue, products[i], "generated:crashes=30,gaps=0,seed=9", NULL, NULL);
    second[i] = first_thin(venue, products[i]);
    neap_venue_free(venue);
  }
  assert_true(second[0] > 1);
  for (int i = 1; i < 3; i++) assert_in_range(second[i], second[0] - 2, second[0] + 2);
}

/* A gap is a move without a trade between: two prints that lie further apart than any book is deep. */
static void jumps(void **unused) {
  (void)unused;
  size_t gaps[2] = {0};
  for (int i = 0; i < 2; i++) {
    neap_venue *venue = open_venue();
    add(venue, "BTC-USD", i ? "generated:gaps=240,crashes=0" : "generated:gaps=0,crashes=0", NULL, NULL);
    int64_t last = bitcoin(venue)->last;
    uint64_t seen = 0;
    for (int second = 1; second <= 3600; second++) {
      neap_venue_advance(venue, START + second * NEAP_SECOND);
      for (; seen < bitcoin(venue)->trade_count; seen++) {
        int64_t price = neap_venue_trade_before(bitcoin(venue), bitcoin(venue)->trade_count - 1 - seen)->price;
        if (llabs(price - last) * 1000 > 2 * last) gaps[i]++;
        last = price;
      }
    }
    neap_venue_free(venue);
  }
  assert_int_equal(gaps[0], 0);
  assert_in_range(gaps[1], 4, 25);
}

/* --- replays ------------------------------------------------------------------------------------------------------ */

static const char bars_text[] = "time,open,high,low,close,volume\n"
                                "1704067200,42000.00,42100.50,41900.01,42050.25,12.5\n"
                                "1704067260,42050.25,42050.25,42050.25,42050.25,0\n"
                                "1704067320,42060.00,42060.00,41000.00,41500.00,0.00000002\n"
                                "1704067440,41500.00,41700.00,41500.00,41700.00,3\n";

static void expect_bar(const neap_venue_bar *bar, const int64_t wanted[6]) {
  assert_int_equal(bar->time / NEAP_SECOND, wanted[0]);
  assert_int_equal(bar->open, wanted[1]);
  assert_int_equal(bar->high, wanted[2]);
  assert_int_equal(bar->low, wanted[3]);
  assert_int_equal(bar->close, wanted[4]);
  assert_int_equal((int64_t)bar->volume, wanted[5]);
}

/* A bar without a move and volume has no print; one with too little volume has four of the least size. */
static void gives_bars_back(void **unused) {
  (void)unused;
  const int64_t wanted[3][6] = {{1704067200, 4200000, 4210050, 4190001, 4205025, 1250000000},
                                {1704067320, 4206000, 4206000, 4100000, 4150000, 4},
                                {1704067440, 4150000, 4170000, 4150000, 4170000, 300000000}};
  neap_venue *venue = open_venue();
  add(venue, "BTC-USDC", "candles:prints=20", bars_text, NULL);
  neap_venue_advance(venue, START + HOUR);
  assert_int_equal(bitcoin(venue)->bar_count, 3);
  for (int i = 0; i < 3; i++) expect_bar(&bitcoin(venue)->bars[i], wanted[i]);
  assert_true(best(venue, NEAP_BUY) > 0); /* it stays */
  assert_int_equal(neap_venue_next(venue), INT64_MAX);
  neap_venue_free(venue);
}

static void ends_as_was_said(void **unused) {
  (void)unused;
  neap_venue *venue = open_venue();
  add(venue, "BTC-USD", "candles:end=loops", bars_text, NULL);
  neap_venue_advance(venue, START + 3 * 300 * NEAP_SECOND - 1);
  assert_int_equal(bitcoin(venue)->bar_count, 9);
  assert_int_equal(bitcoin(venue)->bars[3].time, START + 300 * NEAP_SECOND);
  assert_int_equal(bitcoin(venue)->bars[8].close, 4170000);
  neap_venue_free(venue);
  venue = open_venue();
  add(venue, "BTC-USD", "candles:end=halts,from=2024-01-01T00:04:00Z", bars_text, NULL);
  neap_venue_advance(venue, START + HOUR);
  assert_int_equal(bitcoin(venue)->bar_count, 1);
  assert_int_equal(neap_order_book_count(bitcoin(venue)->book), 0);
  assert_true(bitcoin(venue)->facts.flags & NEAP_PRODUCT_DISABLED);
  neap_venue_free(venue);
}

static const char trades_text[] = "time,price,size,taker_side\n"
                                  "1000.5,42000.00,0.5,buy\n"
                                  "1001,41999.99,0.25,sell\n"
                                  "1001,42010.00,20,buy\n"
                                  "1031,41000.00,0.00000001,sell\n";

static void expect_trade(neap_venue *venue, size_t back, const int64_t wanted[4]) {
  const neap_venue_trade *trade = neap_venue_trade_before(bitcoin(venue), back);
  assert_int_equal(trade->time - START, wanted[0]);
  assert_int_equal(trade->price, wanted[1]);
  assert_int_equal(trade->size, wanted[2]);
  assert_int_equal(trade->maker_side, wanted[3]);
}

/* Ten times as fast. */
static void gives_trades_back_at_their_times(void **unused) {
  (void)unused;
  const int64_t wanted[4][4] = {{0, 4200000, 50000000, NEAP_SELL},
                                {50000000, 4199999, 25000000, NEAP_BUY},
                                {50000000, 4201000, 2000000000, NEAP_SELL},
                                {3050000000, 4100000, 1, NEAP_BUY}};
  neap_venue *venue = open_venue();
  neap_fault fault;
  neap_venue_market_options options = {"BTC-USD", "trades", trades_text, NULL, sizeof trades_text - 1, 0, 10};
  assert_int_equal(neap_venue_add_market(venue, &options, &fault), NEAP_OK);
  neap_venue_advance(venue, START + 1);
  assert_int_equal(best(venue, NEAP_BUY), 4199999); /* around the next one */
  neap_venue_advance(venue, START + HOUR);
  assert_int_equal(bitcoin(venue)->trade_count, 4);
  for (size_t i = 0; i < 4; i++) expect_trade(venue, 3 - i, wanted[i]);
  neap_venue_free(venue);
}

/* --- a recorded book ---------------------------------------------------------------------------------------------- */

static const char book_text[] = "time,type,side,price,qty\n"
                                "100,snapshot,bid,10.00,5\n"
                                "100,snapshot,bid,9.99,7\n"
                                "100,snapshot,ask,10.02,4\n"
                                "101,update,bid,10.00,2\n" /* behind and before a participant */
                                "102,update,bid,10.00,6\n"
                                "104,update,ask,10.02,1\n" /* what the trade left of it */
                                "105,update,ask,10.02,0\n"
                                "105,update,ask,9.99,3\n" /* it falls through the participant's price */
                                "105,update,bid,10.00,0\n"
                                "105,update,bid,9.99,0\n"
                                "105,update,bid,9.98,8\n"
                                "106,update,ask,9.99,3\n";

static void rest(neap_venue *venue, neap_side side, int64_t price, int64_t size) {
  neap_match_order order = {.id = NEAP_HOUSE_ORDER | UINT64_C(1) << 62,
                            .owner = NEAP_HOUSE_TAKER,
                            .side = side,
                            .type = NEAP_LIMIT,
                            .price = price,
                            .quantity = size};
  assert_int_equal(neap_venue_house_submit(venue, bitcoin(venue), &order), NEAP_OK);
}

static neap_match_place place_of(neap_venue *venue) {
  neap_match_place place = {.left = 0};
  neap_order_book_find(bitcoin(venue)->book, NEAP_HOUSE_ORDER | UINT64_C(1) << 62, &place);
  return place;
}

static void go(neap_venue *venue, int64_t milliseconds) { neap_venue_advance(venue, START + milliseconds * 1000000); }

#define LOTS INT64_C(100000000)

static void rests_what_was_recorded(void **unused) {
  (void)unused;
  neap_venue *venue = open_venue();
  add(venue, "BTC-USD", "book", book_text, "time,price,size,taker_side\n103,10.02,3,buy\n");
  assert_int_equal(quantity_at(venue, NEAP_BUY, 1000), 5 * LOTS);
  assert_int_equal(quantity_at(venue, NEAP_SELL, 1002), 4 * LOTS);
  go(venue, 1000);
  assert_int_equal(quantity_at(venue, NEAP_BUY, 1000), 2 * LOTS);
  go(venue, 2000);
  assert_int_equal(quantity_at(venue, NEAP_BUY, 1000), 6 * LOTS);
  go(venue, 4000);
  assert_int_equal(bitcoin(venue)->trade_count, 1);
  assert_int_equal(quantity_at(venue, NEAP_SELL, 1002), 1 * LOTS);
  go(venue, 6000);
  assert_int_equal(bitcoin(venue)->trade_count, 1);
  assert_int_equal(quantity_at(venue, NEAP_SELL, 999), 3 * LOTS);
  assert_int_equal(best(venue, NEAP_BUY), 998);
  assert_int_equal(quantity_at(venue, NEAP_BUY, 998), 8 * LOTS);
  neap_venue_free(venue);
}

/* Five were before him, two of them are left: it was those behind that he could not see, or those before. He waits for
 * the two, and what comes later comes behind him. When the market falls through his price he is filled, and the rest of
 * him is a wall that what is recorded there runs against. */
static void keeps_a_participant_in_his_place(void **unused) {
  (void)unused;
  neap_venue *venue = open_venue();
  add(venue, "BTC-USD", "book", book_text, NULL);
  rest(venue, NEAP_BUY, 1000, 5 * LOTS);
  assert_int_equal(place_of(venue).ahead, 5 * LOTS);
  go(venue, 1000);
  assert_int_equal(place_of(venue).ahead, 2 * LOTS);
  go(venue, 2000);
  assert_int_equal(place_of(venue).ahead, 2 * LOTS);
  assert_int_equal(quantity_at(venue, NEAP_BUY, 1000), 11 * LOTS);
  go(venue, 5000);
  assert_int_equal(bitcoin(venue)->trade_count, 1);
  assert_int_equal(bitcoin(venue)->last, 1000);
  assert_int_equal(place_of(venue).left, 2 * LOTS);
  assert_int_equal(best(venue, NEAP_SELL), 0); /* three came, three were his */
  go(venue, 6000);
  assert_int_equal(place_of(venue).left, 0);
  assert_int_equal(quantity_at(venue, NEAP_SELL, 999), 1 * LOTS);
  neap_venue_free(venue);
}

/* A trade that is recorded before its message: the better price is gone by then, and comes back with the message. */
static void trades_at_the_recorded_price(void **unused) {
  (void)unused;
  neap_venue *venue = open_venue();
  add(venue, "BTC-USD", "book", book_text, "time,price,size,taker_side\n100.5,10.05,9,buy\n100.6,9.99,1,buy\n");
  go(venue, 550);
  assert_int_equal(bitcoin(venue)->last, 1005);
  assert_true(neap_venue_trade_before(bitcoin(venue), 0)->size == 9 * LOTS);
  assert_int_equal(best(venue, NEAP_SELL), 0);
  go(venue, 700); /* at the price of a bid that must be stale */
  assert_int_equal(bitcoin(venue)->last, 999);
  assert_int_equal(best(venue, NEAP_BUY), 0);
  go(venue, 1000);
  assert_int_equal(quantity_at(venue, NEAP_BUY, 1000), 2 * LOTS);
  assert_int_equal(quantity_at(venue, NEAP_BUY, 999), 7 * LOTS);
  assert_int_equal(quantity_at(venue, NEAP_SELL, 1002), 4 * LOTS);
  neap_venue_free(venue);
}

/* A snapshot is everything: what it does not name is gone; so it is where a recording is played again. */
static void begins_anew_with_a_snapshot(void **unused) {
  (void)unused;
  const char *text = "time,type,side,price,qty\n100,snapshot,bid,10.00,5\n100,snapshot,ask,10.02,4\n"
                     "101,snapshot,bid,8.00,1\n101,snapshot,ask,9.00,2\n102,update,ask,9.50,7\n";
  neap_venue *venue = open_venue();
  add(venue, "BTC-USD", "book:end=loops", text, NULL);
  for (int64_t round = 0; round < 3; round++) {
    assert_int_equal(neap_order_book_count(bitcoin(venue)->book), 2);
    assert_int_equal(quantity_at(venue, NEAP_BUY, 1000), 5 * LOTS);
    go(venue, round * 2000 + 1000);
    assert_int_equal(neap_order_book_count(bitcoin(venue)->book), 2);
    assert_int_equal(quantity_at(venue, NEAP_SELL, 900), 2 * LOTS);
    go(venue, round * 2000 + 1999);
    assert_int_equal(quantity_at(venue, NEAP_SELL, 950), 0);
    go(venue, round * 2000 + 2000);
  }
  assert_int_equal(bitcoin(venue)->trade_count, 0);
  neap_venue_free(venue);
}

/* What was before `from` is noted, and what is at it happens at once. */
static void begins_where_it_is_told(void **unused) {
  (void)unused;
  neap_venue *venue = open_venue();
  add(venue, "BTC-USD", "book:from=1970-01-01T00:01:42Z", book_text, "time,price,size,taker_side\n101.5,10.02,3,buy\n");
  assert_int_equal(quantity_at(venue, NEAP_BUY, 1000), 2 * LOTS);
  go(venue, 0);
  assert_int_equal(quantity_at(venue, NEAP_BUY, 1000), 6 * LOTS);
  go(venue, 3000);
  assert_int_equal(best(venue, NEAP_SELL), 999);
  assert_int_equal(bitcoin(venue)->trade_count, 0);
  neap_venue_free(venue);
}

/* A product that is closed for a while comes back with the book that is recorded by then. */
static void waits_while_its_product_is_closed(void **unused) {
  (void)unused;
  neap_venue *venue = open_venue();
  add(venue, "BTC-USD", "book", book_text, "time,price,size,taker_side\n103,10.02,3,buy\n");
  neap_venue_set_product(venue, "BTC-USD", NEAP_PRODUCT_CANCEL_ONLY, false, NULL);
  go(venue, 5000);
  assert_int_equal(bitcoin(venue)->trade_count, 0);
  assert_int_equal(quantity_at(venue, NEAP_BUY, 1000), 5 * LOTS);
  neap_venue_set_product(venue, "BTC-USD", 0, false, NULL);
  go(venue, 6000);
  assert_int_equal(best(venue, NEAP_BUY), 998);
  assert_int_equal(quantity_at(venue, NEAP_SELL, 999), 3 * LOTS);
  assert_int_equal(neap_order_book_count(bitcoin(venue)->book), 2);
  neap_venue_free(venue);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(is_the_same_however_time_is_cut),
      cmocka_unit_test(keeps_as_many_levels_as_are_asked_for),
      cmocka_unit_test(quotes_tiny_prices),
      cmocka_unit_test(moves_where_somebody_trades),
      cmocka_unit_test(crashes_with_a_thin_book),
      cmocka_unit_test(crashes_everywhere_at_once),
      cmocka_unit_test(jumps),
      cmocka_unit_test(gives_bars_back),
      cmocka_unit_test(ends_as_was_said),
      cmocka_unit_test(gives_trades_back_at_their_times),
      cmocka_unit_test(rests_what_was_recorded),
      cmocka_unit_test(keeps_a_participant_in_his_place),
      cmocka_unit_test(trades_at_the_recorded_price),
      cmocka_unit_test(begins_anew_with_a_snapshot),
      cmocka_unit_test(begins_where_it_is_told),
      cmocka_unit_test(waits_while_its_product_is_closed),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
