/* SPDX-License-Identifier: MIT */
/* order_exit: the attached exits of a position in a derivative. Nothing is held for what takes a position back: so they
 * may together never be filled with more than there is to take back. Whatever closes the position otherwise trims them,
 * the youngest first; only what one and the same taker gets from both is theirs, since a book does not stop midway. */
#include "venue/orders_state.h"
#include "venue/wallet.h"

static const char closed_otherwise[] = "The position was closed otherwise";

static bool is_exit(const neap_venue *venue, const neap_venue_order *order) {
  return order->is_attached && neap_order_is_derivative(&venue->products[order->product]);
}

static int64_t open_of(const neap_venue_order *order) {
  int64_t open = neap_venue_order_is_over(order) ? 0 : neap_order_open(order);
  return open > 0 ? open : 0;
}

static int64_t to_take_back(const neap_venue *venue, uint32_t portfolio, uint32_t product, neap_side side) {
  const neap_venue_portfolio *owner = &venue->portfolios[portfolio];
  for (size_t i = 0; i < owner->position_count; i++) {
    int64_t contracts = owner->positions[i].contracts;
    if (owner->positions[i].product == product) return side == NEAP_SELL ? contracts : -contracts;
  }
  return 0;
}

int64_t neap_exit_room(const neap_venue *venue, const neap_venue_order *order) {
  const neap_venue_portfolio *owner = &venue->portfolios[order->portfolio];
  if (!is_exit(venue, order)) return INT64_MAX;
  int64_t room = to_take_back(venue, order->portfolio, order->product, order->side);
  for (size_t i = 0; i < owner->live_count; i++) {
    const neap_venue_order *other = venue->orders[owner->live[i] - 1];
    bool is_other = other != order && other->product == order->product && other->side == order->side;
    if (is_other && is_exit(venue, other)) room -= open_of(other);
  }
  return room > 0 ? room : 0;
}

bool neap_venue_exit_fits(const neap_venue *venue, const neap_venue_order *order) {
  return open_of(order) <= neap_exit_room(venue, order);
}

void neap_exit_took(neap_venue_order *order) {
  int64_t done = order->filled + order->removed;
  if (order->is_attached && order->workable < done) order->workable = done;
}

/* --- trimmed ------------------------------------------------------------------------------------------------------ */

static void trim(neap_venue *venue, neap_venue_order *order, int64_t by) {
  uint64_t *trimmed = neap_venue_push(&venue->trimmed, &venue->trimmed_count, &venue->trimmed_size, sizeof *trimmed);
  order->workable -= by, order->is_trimmed = true;
  if (trimmed)
    *trimmed = order->number;
  else
    venue->has_failed = true;
}

void neap_exits_trim(neap_venue *venue, uint32_t portfolio, uint32_t product) {
  neap_venue_portfolio *owner = &venue->portfolios[portfolio];
  int64_t room[] = {[NEAP_BUY] = to_take_back(venue, portfolio, product, NEAP_BUY),
                    [NEAP_SELL] = to_take_back(venue, portfolio, product, NEAP_SELL)};
  neap_venue_prune_live(venue, owner);
  for (size_t i = 0; i < owner->live_count; i++) {
    neap_venue_order *order = venue->orders[owner->live[i] - 1];
    if (order->product != product || !is_exit(venue, order)) continue;
    int64_t open = open_of(order), kept = room[order->side] > 0 ? room[order->side] : 0;
    if (open > kept) trim(venue, order, open - kept);
    room[order->side] -= open;
  }
}

/* What its book has of it becomes what it may still get. An order whose parent still works may grow again. */
static void shrink(neap_venue *venue, neap_venue_order *order) {
  bool is_last = neap_venue_order_is_over(venue->orders[order->parent - 1]);
  int64_t open = open_of(order);
  if (neap_venue_order_is_over(order)) return;
  if (is_last) order->size = order->workable;
  if (!open)
    neap_order_pull(venue, order);
  else if (order->in_auction)
    order->left = open;
  else if (order->is_resting && order->left > open)
    neap_order_amend(venue, order, order->booked_price, open);
  if (!open && is_last)
    neap_order_finish(venue, order, NEAP_VENUE_CANCELLED, closed_otherwise);
  else
    neap_order_changed(venue, order);
}

void neap_exits_shrink(neap_venue *venue) {
  while (venue->trimmed_count) shrink(venue, venue->orders[venue->trimmed[--venue->trimmed_count] - 1]);
}

void neap_exit_settle(neap_venue *venue, neap_venue_order *order) {
  if (neap_venue_order_is_over(order)) return;
  order->size = order->workable;
  if (neap_order_open(order) > 0) return;
  if (order->is_trimmed)
    neap_order_finish(venue, order, NEAP_VENUE_CANCELLED, closed_otherwise);
  else if (!order->size)
    neap_order_finish(venue, order, NEAP_VENUE_CANCELLED, "The originating order was not filled");
  else
    neap_order_finish(venue, order, NEAP_VENUE_FILLED, "");
}
