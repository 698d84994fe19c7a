/* SPDX-License-Identifier: MIT */
/* order_match: between orders and books. What a book tells is collected while it works and applied when it is done,
 * event by event; what that starts elsewhere (a stop, an attached exit) waits among the chores until the venue is at
 * rest, so that no book is called from within a book. */
#include "venue/orders_state.h"
#include "venue/stream.h"

static void collect(void *self, const neap_match_event *event) {
  neap_venue *venue = self;
  neap_match_event *kept =
      neap_venue_push(&venue->events, &venue->event_count, &venue->event_size, sizeof *venue->events);
  if (kept)
    *kept = *event;
  else
    venue->has_failed = true;
}

static neap_venue_order *order_of(const neap_venue *venue, uint64_t id) {
  return id & NEAP_HOUSE_ORDER ? NULL : venue->orders[id - 1];
}

static void apply_rest(neap_venue *venue, const neap_match_event *event) {
  neap_venue_order *order = order_of(venue, event->order);
  if (!order) return;
  order->is_resting = true, order->left = event->left;
  neap_order_opened(venue, order);
}

static void apply_amendment(const neap_venue *venue, const neap_match_event *event) {
  neap_venue_order *order = order_of(venue, event->order);
  if (order) order->left = event->left, order->is_resting = event->kept;
}

/* Lost to the prevention of self-trades. What is bought for money loses what it would have cost. */
static void lose(neap_venue *venue, neap_venue_order *order, int64_t left) {
  int64_t lost = order->left - left;
  if (venue->stepping == order->number) {
    neap_decimal value = neap_order_value(&venue->products[order->product], order->booked_price, lost);
    order->budget.units -= neap_order_with_fee(value, order->rates.taker_bps).units;
  }
  order->removed += lost, order->left = left;
  neap_exit_took(order);
  neap_order_rehold(venue, order);
}

static void apply_reduction(neap_venue *venue, const neap_match_event *event) {
  neap_venue_order *order = order_of(venue, event->order);
  if (!order) return;
  lose(venue, order, event->left);
  neap_order_changed(venue, order);
}

static const char *message_of(neap_match_reason reason) {
  static const char *const messages[] = {
      "", "", "", "The order could not be filled as a whole", "A post-only order would take", "Self-trade prevention"};
  return messages[reason];
}

/* A cancel is the venue's own doing, and so is the end of a piece of a market buy: whoever asked for it goes on. */
static bool was_expected(const neap_venue *venue, const neap_match_event *event) {
  if (event->reason == NEAP_MATCH_CANCELLED) return true;
  if (event->order != venue->stepping) return false;
  return event->reason == NEAP_MATCH_IMMEDIATE || venue->options.self_trade == NEAP_SELF_TRADE_DECREMENT;
}

static bool has_left_book(const neap_venue_order *order, const neap_match_event *event) {
  if (order) return order->is_resting;
  return event->reason != NEAP_MATCH_IMMEDIATE && event->reason != NEAP_MATCH_UNFILLABLE &&
         event->reason != NEAP_MATCH_WOULD_TAKE;
}

static void apply_end(neap_venue *venue, neap_venue_product *book, const neap_match_event *event) {
  neap_venue_order *order = order_of(venue, event->order);
  if (has_left_book(order, event) && event->price) neap_stream_level_changed(venue, book, event->side, event->price);
  if (!order) return;
  order->is_resting = false;
  if (event->reason == NEAP_MATCH_SELF_TRADE && event->order == venue->stepping) lose(venue, order, 0);
  if (was_expected(venue, event)) return;
  order->left = 0;
  neap_order_finish(venue, order, NEAP_VENUE_CANCELLED, message_of(event->reason));
}

static void apply(neap_venue *venue, neap_venue_product *book, const neap_match_event *event) {
  switch (event->kind) {
  case NEAP_MATCH_TRADE:
    neap_stream_level_changed(venue, book, neap_other_side(event->side), event->price);
    neap_order_trade(venue, book, event);
    return;
  case NEAP_MATCH_RESTS:
    neap_stream_level_changed(venue, book, event->side, event->price);
    apply_rest(venue, event);
    return;
  case NEAP_MATCH_AMENDED:
    neap_stream_level_changed(venue, book, event->side, event->price);
    apply_amendment(venue, event);
    return;
  case NEAP_MATCH_REDUCED:
    if (event->price) neap_stream_level_changed(venue, book, event->side, event->price);
    apply_reduction(venue, event);
    return;
  case NEAP_MATCH_ENDED:
    apply_end(venue, book, event);
    return;
  }
}

static void apply_all(neap_venue *venue, neap_venue_product *book) {
  for (size_t i = 0; i < venue->event_count; i++) apply(venue, book, &venue->events[i]);
  venue->event_count = 0;
  neap_exits_shrink(venue);
}

static neap_time_in_force force_of(const neap_venue *venue, const neap_venue_order *order) {
  if (venue->stepping == order->number || order->kind == NEAP_MARKET_IOC || order->kind == NEAP_SOR_LIMIT_IOC)
    return NEAP_IOC;
  return order->kind == NEAP_MARKET_FOK || order->kind == NEAP_LIMIT_FOK ? NEAP_FOK : NEAP_GTC;
}

static neap_match_order entry_of(const neap_venue *venue, const neap_venue_order *order, int64_t size, int64_t price) {
  uint32_t user = venue->portfolios[order->portfolio].user;
  return (neap_match_order){.id = order->number,
                            .owner = venue->users[user].owner,
                            .side = order->side,
                            .type = price ? NEAP_LIMIT : NEAP_MARKET,
                            .time_in_force = force_of(venue, order),
                            .post_only = order->post_only,
                            .self_trade = venue->options.self_trade,
                            .price = price,
                            .quantity = size};
}

void neap_order_submit(neap_venue *venue, neap_venue_order *order, int64_t size, int64_t price) {
  neap_venue_product *book = neap_order_book_of(venue, order);
  neap_match_order entry = entry_of(venue, order, size, price);
  neap_match_sink sink = {collect, venue};
  order->booked = order->left = size, order->booked_price = price;
  order->in_auction = neap_auction_takes(venue, book, &entry);
  if (order->in_auction) return;
  neap_status status = neap_order_book_submit(book->book, &entry, venue->now, &sink, NULL);
  apply_all(venue, book);
  if (status == NEAP_OK) return;
  order->left = 0;
  if (status == NEAP_MEMORY) venue->has_failed = true;
  neap_order_finish(venue, order, NEAP_VENUE_FAILED, "");
}

void neap_order_pull(neap_venue *venue, neap_venue_order *order) {
  neap_venue_product *book = neap_order_book_of(venue, order);
  neap_match_sink sink = {collect, venue};
  if (order->in_auction) neap_auction_drop(book, order->number), order->in_auction = false;
  if (order->is_resting) neap_order_book_cancel(book->book, order->number, venue->now, &sink, NULL);
  apply_all(venue, book);
  order->is_resting = false, order->left = 0;
}

neap_status neap_order_amend(neap_venue *venue, neap_venue_order *order, int64_t price, int64_t left) {
  neap_venue_product *book = neap_order_book_of(venue, order);
  neap_match_sink sink = {collect, venue};
  int64_t size = order->booked - order->left + left, before = order->booked_price;
  neap_status status = neap_order_book_amend(book->book, order->number, price, size, venue->now, &sink, NULL);
  if (status == NEAP_OK) {
    order->booked = size, order->booked_price = price;
    if (before != price) neap_stream_level_changed(venue, book, order->side, before);
  }
  apply_all(venue, book);
  return status;
}

neap_status neap_venue_house_submit(neap_venue *venue, neap_venue_product *product, const neap_match_order *order) {
  neap_match_sink sink = {collect, venue};
  if (neap_auction_takes(venue, product, order)) return NEAP_OK;
  neap_status status = neap_order_book_submit(product->book, order, venue->now, &sink, NULL);
  apply_all(venue, product);
  neap_order_chores(venue);
  return status;
}

void neap_venue_house_cancel(neap_venue *venue, neap_venue_product *product, uint64_t id) {
  neap_match_sink sink = {collect, venue};
  if (product->auction_count) neap_auction_drop(product, id);
  neap_order_book_cancel(product->book, id, venue->now, &sink, NULL);
  apply_all(venue, product);
}

void neap_venue_house_reduce(neap_venue *venue, neap_venue_product *product, uint64_t id, int64_t left) {
  neap_match_sink sink = {collect, venue};
  neap_match_place place;
  if (left <= 0 || neap_order_book_find(product->book, id, &place) != NEAP_OK || place.left <= left) return;
  int64_t quantity = place.order.quantity - place.left + left;
  neap_order_book_amend(product->book, id, place.order.price, quantity, venue->now, &sink, NULL);
  apply_all(venue, product);
}

void neap_order_chore(neap_venue *venue, const neap_venue_order *order) {
  uint64_t *chore = neap_venue_push(&venue->chores, &venue->chore_count, &venue->chore_size, sizeof *chore);
  if (chore)
    *chore = order->number;
  else
    venue->has_failed = true;
}

void neap_order_chores(neap_venue *venue) {
  for (size_t i = 0; i < venue->chore_count; i++) neap_order_work(venue, venue->orders[venue->chores[i] - 1]);
  venue->chore_count = 0;
}
