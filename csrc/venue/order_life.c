/* SPDX-License-Identifier: MIT */
/* order_life: how an order starts to work, changes and ends. */
#include <stdlib.h>
#include <string.h>

#include "venue/orders_state.h"
#include "venue/stream.h"
#include "venue/wallet.h"

neap_venue_product *neap_order_book_of(neap_venue *venue, const neap_venue_order *order) {
  return neap_venue_product_book(venue, &venue->products[order->product]);
}

void neap_order_changed(neap_venue *venue, neap_venue_order *order) {
  order->updated = venue->now;
  neap_stream_order_changed(venue, order);
}

void neap_order_opened(neap_venue *venue, neap_venue_order *order) {
  if (order->status >= NEAP_VENUE_OPEN) return;
  order->status = NEAP_VENUE_OPEN;
  neap_order_changed(venue, order);
}

void neap_order_finish(neap_venue *venue, neap_venue_order *order, neap_venue_status status, const char *message) {
  if (neap_venue_order_is_over(order)) return;
  if (order->in_quote && neap_kind_is_market(order->kind)) order->size = order->filled;
  order->status = status, order->cancel_message = message;
  order->is_resting = false, order->left = 0;
  neap_order_rehold(venue, order);
  venue->portfolios[order->portfolio].open[order->product]--;
  neap_order_changed(venue, order);
  neap_family_over(venue, order);
}

static void end_legs(neap_venue *venue, neap_venue_order *order, neap_venue_status status, const char *message) {
  if (order->kind != NEAP_SCALED_GTC) return;
  for (uint64_t i = 0; i < order->buckets; i++)
    neap_order_end(venue, venue->orders[order->child + i - 1], status, message);
}

void neap_order_end(neap_venue *venue, neap_venue_order *order, neap_venue_status status, const char *message) {
  if (neap_venue_order_is_over(order)) return;
  end_legs(venue, order, status, message);
  neap_order_pull(venue, order);
  neap_order_finish(venue, order, status, message);
}

/* --- how it starts ----------------------------------------------------------------------------------------------- */

/* What the money that is left buys at a price, at most `most`: value and fee are in it. */
static int64_t affordable(const neap_venue *venue, const neap_venue_order *order, int64_t price, int64_t most) {
  const neap_venue_product *product = &venue->products[order->product];
  neap_decimal money = neap_venue_order_needs(venue, order), lots;
  neap_decimal lot = neap_order_with_fee(neap_order_value(product, price, 1), order->rates.taker_bps);
  int64_t count = 0;
  if (!order->in_quote && neap_order_open(order) < most) most = neap_order_open(order);
  if (neap_decimal_div(money, lot, 0, NEAP_ROUND_DOWN, &lots) != NEAP_OK) return 0;
  if (neap_decimal_cmp(lots, neap_decimal_from_int(most)) >= 0) return most;
  return neap_decimal_to_int(lots, &count, NULL) == NEAP_OK ? count : 0;
}

/* A market buy takes level by level what its money pays for. It is filled when less than one increment is left to
 * buy, and cancelled when the book is empty before that. */
static void buy(neap_venue *venue, neap_venue_order *order) {
  const neap_order_book *book = neap_order_book_of(venue, order)->book;
  neap_match_level best, before = {0, 0, 0};
  venue->stepping = order->number;
  while (!neap_venue_order_is_over(order)) {
    bool has_more = neap_order_book_levels(book, NEAP_SELL, 1, &best) > 0;
    bool is_stuck = best.price == before.price && best.quantity == before.quantity && best.orders == before.orders;
    if (!has_more || is_stuck) break;
    int64_t size = affordable(venue, order, best.price, best.quantity);
    if (size <= 0) {
      bool is_spent = order->in_quote && order->filled;
      neap_order_finish(venue, order, is_spent ? NEAP_VENUE_FILLED : NEAP_VENUE_CANCELLED, "");
      break;
    }
    before = best;
    neap_order_submit(venue, order, size, best.price);
  }
  venue->stepping = 0;
  neap_order_finish(venue, order, NEAP_VENUE_CANCELLED, "");
}

static void expire(neap_venue *venue, uint64_t number) {
  neap_order_end(venue, venue->orders[number - 1], NEAP_VENUE_EXPIRED, "");
  neap_order_chores(venue);
}

static bool is_market_buy(const neap_venue *venue, const neap_venue_order *order) {
  return neap_kind_is_market(order->kind) && order->side == NEAP_BUY &&
         !neap_order_is_derivative(&venue->products[order->product]);
}

static void start_legs(neap_venue *venue, const neap_venue_order *order) {
  for (uint64_t i = 0; i < order->buckets; i++) neap_order_chore(venue, venue->orders[order->child + i - 1]);
}

void neap_order_start(neap_venue *venue, neap_venue_order *order) {
  if (order->end_time) neap_venue_at(venue, order->end_time, expire, order->number);
  if (is_market_buy(venue, order))
    buy(venue, order);
  else if (order->kind == NEAP_TWAP_GTD)
    neap_twap_start(venue, order);
  else if (order->kind == NEAP_SCALED_GTC)
    start_legs(venue, order);
  else if (order->stop)
    neap_stop_wait(venue, order), neap_order_work(venue, order);
  else
    neap_order_submit(venue, order, order->size, order->limit);
  neap_order_opened(venue, order);
}

/* --- what it does later ------------------------------------------------------------------------------------------ */

/* The price at which it should rest now; 0: not at all. */
static int64_t price_now(const neap_venue_order *order) {
  if (neap_kind_is_bracket(order->kind)) return order->is_triggered ? order->exit : order->limit;
  return neap_kind_is_stop(order->kind) && !order->is_triggered ? 0 : order->limit;
}

void neap_order_work(neap_venue *venue, neap_venue_order *order) {
  int64_t price = price_now(order), open = neap_order_open(order);
  if (neap_venue_order_is_over(order) || order->in_auction || !price || open <= 0) return;
  if (order->is_resting && order->booked_price != price) neap_order_pull(venue, order);
  if (!order->is_resting)
    neap_order_submit(venue, order, open, price);
  else if (order->left < open)
    neap_order_amend(venue, order, price, open);
  if (!neap_venue_order_is_over(order)) neap_order_opened(venue, order);
}

void neap_venue_free_orders(neap_venue *venue) {
  for (size_t i = 0; i < venue->order_count; i++) neap_order_free(venue->orders[i]);
  for (size_t i = 0; i < venue->product_count; i++) {
    neap_venue_product *product = &venue->products[i];
    free(product->stops), free(product->falls), free(product->auction);
    product->stops = product->falls = NULL, product->auction = NULL;
  }
  for (size_t i = 0; i < venue->portfolio_count; i++) free(venue->portfolios[i].open), venue->portfolios[i].open = NULL;
  free(venue->orders), free(venue->order_ids), free(venue->client_ids);
  free(venue->events), free(venue->chores), free(venue->trimmed);
  venue->orders = NULL, venue->order_count = 0;
}
