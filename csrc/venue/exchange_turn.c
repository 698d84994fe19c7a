/* SPDX-License-Identifier: MIT */
/* exchange_turn: what befalls the venue itself: its products for a time, orders that it cancels, its clock. Products
 * and orders change by deeds, so the log has them. */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "venue/exchange_state.h"
#include "venue/orders.h"

#define DELISTED (UINT32_C(1) << 31) /* beside the product's flags */

/* --- products ----------------------------------------------------------------------------------------------------- */

static uint32_t flag_of(neap_fault_kind kind) {
  switch (kind) {
  case NEAP_FAULT_CANCEL_ONLY:
    return NEAP_PRODUCT_CANCEL_ONLY;
  case NEAP_FAULT_LIMIT_ONLY:
    return NEAP_PRODUCT_LIMIT_ONLY;
  case NEAP_FAULT_POST_ONLY:
    return NEAP_PRODUCT_POST_ONLY;
  case NEAP_FAULT_AUCTION:
    return NEAP_PRODUCT_AUCTION;
  case NEAP_FAULT_HALT:
    return NEAP_PRODUCT_DISABLED;
  default:
    return DELISTED;
  }
}

static uint32_t flags_of(const neap_venue_product *product) {
  return product->facts.flags | (product->is_delisted ? DELISTED : 0);
}

static void set_flags(neap_exchange *exchange, uint32_t index, uint32_t flags) {
  const neap_venue_product *product = &exchange->venue->products[index];
  if (flags != flags_of(product))
    neap_exchange_set_product(exchange, product->facts.id, flags & ~DELISTED, flags & DELISTED, NULL);
}

static void turn_product(neap_exchange *exchange, uint32_t index, uint32_t fault, uint32_t flag) {
  uint32_t flags = flags_of(&exchange->venue->products[index]);
  neap_exchange_turned *turned =
      neap_venue_push(&exchange->turned, &exchange->turned_count, &exchange->turned_size, sizeof *turned);
  if (!turned) return;
  *turned = (neap_exchange_turned){.fault = fault, .product = index, .flag = flag, .was_set = flags & flag};
  set_flags(exchange, index, flags | flag);
}

/* What another fault holds stays, and is its to give back. */
static void turn_back(neap_exchange *exchange, size_t i) {
  const neap_exchange_turned over = exchange->turned[i];
  exchange->turned[i] = exchange->turned[--exchange->turned_count];
  if (over.was_set) return;
  for (size_t other = 0; other < exchange->turned_count; other++) {
    neap_exchange_turned *turned = &exchange->turned[other];
    if (turned->product != over.product || turned->flag != over.flag) continue;
    turned->was_set = false;
    return;
  }
  set_flags(exchange, over.product, flags_of(&exchange->venue->products[over.product]) & ~over.flag);
}

static void begin(neap_exchange *exchange, const neap_planned_fault *fault) {
  const neap_venue *venue = exchange->venue;
  for (uint32_t i = 0; i < venue->product_count; i++)
    if (!*fault->product || !strcmp(fault->product, venue->products[i].facts.id))
      turn_product(exchange, i, fault->id, flag_of(fault->kind));
}

static void end(neap_exchange *exchange, uint32_t fault) {
  for (size_t i = exchange->turned_count; i-- > 0;)
    if (exchange->turned[i].fault == fault) turn_back(exchange, i);
}

void neap_exchange_turn_back(neap_exchange *exchange) {
  while (exchange->turned_count) turn_back(exchange, exchange->turned_count - 1);
}

/* --- orders ------------------------------------------------------------------------------------------------------- */

/* Whether it is done with. */
static bool look_at(neap_exchange *exchange, const neap_exchange_watch *watch) {
  const neap_venue_order *order = neap_venue_order_named(exchange->venue, watch->order_id);
  if (!order || neap_venue_order_is_over(order)) return true;
  bool is_due = watch->if_filled ? order->filled > 0 : neap_clock_now(exchange->options.clock) >= watch->due;
  if (is_due) neap_exchange_end_order(exchange, watch->order_id, "Cancelled by the venue", NULL);
  return is_due;
}

void neap_exchange_look_at_orders(neap_exchange *exchange) {
  for (size_t i = exchange->watch_count; i-- > 0;)
    if (look_at(exchange, &exchange->watches[i])) exchange->watches[i] = exchange->watches[--exchange->watch_count];
}

void neap_exchange_watch_order(neap_exchange *exchange, const char *order_id, int64_t due, bool if_filled) {
  neap_exchange_watch *watch =
      neap_venue_push(&exchange->watches, &exchange->watch_count, &exchange->watch_size, sizeof *watch);
  if (!watch) return;
  *watch = (neap_exchange_watch){.due = due, .if_filled = if_filled};
  neap_text_copy(watch->order_id, sizeof watch->order_id, order_id);
  neap_exchange_look_at_orders(exchange);
}

/* --- time --------------------------------------------------------------------------------------------------------- */

void neap_exchange_turn(neap_exchange *exchange) {
  const neap_planned_fault *fault;
  bool begins;
  int64_t now = neap_clock_now(exchange->options.clock);
  while ((fault = neap_fault_plan_turn(exchange->plan, now, &begins))) {
    if (fault->kind == NEAP_FAULT_CLOCK_SKEW)
      exchange->skew += begins ? fault->time : -fault->time;
    else if (begins)
      begin(exchange, fault);
    else
      end(exchange, fault->id);
  }
  neap_exchange_look_at_orders(exchange);
}

int64_t neap_exchange_turns_at(const neap_exchange *exchange) {
  int64_t next = neap_fault_plan_next(exchange->plan);
  for (size_t i = 0; i < exchange->watch_count; i++)
    if (!exchange->watches[i].if_filled && exchange->watches[i].due < next) next = exchange->watches[i].due;
  return next;
}
