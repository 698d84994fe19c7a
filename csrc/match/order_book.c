/* SPDX-License-Identifier: MIT */
#include <inttypes.h>

#include "match/order_book_state.h"

const char *const neap_self_trade_words[] = {"cancel_newest", "cancel_oldest", "cancel_both",
                                             "decrement",     "allow",         NULL};

/* The order that comes, while it takes. */
typedef struct taking {
  const neap_match_order *order;
  int64_t left;
  bool is_over; /* it has been told so */
  const neap_match_sink *sink;
} taking;

const char *neap_match_kind_name(neap_match_kind kind) {
  static const char *const names[] = {"trade", "rests", "amended", "reduced", "ended"};
  return names[kind];
}

const char *neap_match_reason_name(neap_match_reason reason) {
  static const char *const names[] = {"cancelled", "expired", "immediate", "unfillable", "would_take", "self_trade"};
  return names[reason];
}

static void tell(const neap_match_sink *sink, const neap_match_event *event) {
  if (sink) sink->tell(sink->self, event);
}

static neap_match_event event_of(neap_match_kind kind, const neap_match_order *order, int64_t left) {
  int64_t price = order->type == NEAP_LIMIT ? order->price : 0;
  return (neap_match_event){
      .kind = kind, .order = order->id, .owner = order->owner, .side = order->side, .price = price, .left = left};
}

static void tell_end(const neap_match_sink *sink, const neap_match_order *order, int64_t left,
                     neap_match_reason reason) {
  neap_match_event event = event_of(NEAP_MATCH_ENDED, order, left);
  event.reason = reason;
  tell(sink, &event);
}

static neap_side other(neap_side side) { return side == NEAP_BUY ? NEAP_SELL : NEAP_BUY; }

static bool would_take(const neap_match_order *order, int64_t price) {
  if (order->type == NEAP_MARKET) return true;
  return order->side == NEAP_BUY ? price <= order->price : price >= order->price;
}

static bool takes_now(const neap_order_book *book, const neap_match_order *order) {
  uint32_t queue = neap_order_book_best(book, other(order->side));
  return queue != NEAP_NO_SLOT && would_take(order, book->queues[queue].price);
}

static void end_resting(neap_order_book *book, uint32_t slot, neap_match_reason reason, const neap_match_sink *sink) {
  neap_match_order order = book->orders[slot].order;
  int64_t left = book->orders[slot].left;
  neap_order_book_remove(book, slot);
  tell_end(sink, &order, left, reason);
}

static void end_taking(taking *taker, neap_match_reason reason) {
  tell_end(taker->sink, taker->order, taker->left, reason);
  taker->is_over = true;
}

static void trade(neap_order_book *book, taking *taker, uint32_t slot) {
  neap_resting *maker = &book->orders[slot];
  int64_t quantity = maker->left < taker->left ? maker->left : taker->left;
  neap_match_event event = event_of(NEAP_MATCH_TRADE, taker->order, taker->left -= quantity);
  event.maker = maker->order.id, event.maker_owner = maker->order.owner;
  event.price = maker->order.price, event.quantity = quantity;
  event.maker_left = maker->left - quantity;
  if (event.maker_left)
    neap_order_book_reduce(book, slot, quantity);
  else
    neap_order_book_remove(book, slot);
  tell(taker->sink, &event);
}

/* Both lose the smaller quantity; who has nothing left has ended with that quantity. */
static void decrement(neap_order_book *book, taking *taker, uint32_t slot) {
  int64_t mine = book->orders[slot].left, quantity = mine < taker->left ? mine : taker->left;
  neap_match_event event = event_of(NEAP_MATCH_REDUCED, &book->orders[slot].order, mine - quantity);
  if (mine == quantity) {
    end_resting(book, slot, NEAP_MATCH_SELF_TRADE, taker->sink);
  } else {
    neap_order_book_reduce(book, slot, quantity);
    tell(taker->sink, &event);
  }
  if (taker->left == quantity) {
    end_taking(taker, NEAP_MATCH_SELF_TRADE);
    return;
  }
  event = event_of(NEAP_MATCH_REDUCED, taker->order, taker->left -= quantity);
  tell(taker->sink, &event);
}

static void prevent(neap_order_book *book, taking *taker, uint32_t slot) {
  neap_self_trade rule = taker->order->self_trade;
  if (rule == NEAP_SELF_TRADE_DECREMENT) {
    decrement(book, taker, slot);
    return;
  }
  if (rule != NEAP_SELF_TRADE_CANCEL_NEWEST) end_resting(book, slot, NEAP_MATCH_SELF_TRADE, taker->sink);
  if (rule != NEAP_SELF_TRADE_CANCEL_OLDEST) end_taking(taker, NEAP_MATCH_SELF_TRADE);
}

static void take(neap_order_book *book, taking *taker) {
  neap_side side = other(taker->order->side);
  while (taker->left > 0 && !taker->is_over) {
    uint32_t queue = neap_order_book_best(book, side);
    if (queue == NEAP_NO_SLOT || !would_take(taker->order, book->queues[queue].price)) return;
    uint32_t slot = book->queues[queue].first;
    bool is_own = book->orders[slot].order.owner == taker->order->owner;
    if (is_own && taker->order->self_trade != NEAP_SELF_TRADE_ALLOW)
      prevent(book, taker, slot);
    else
      trade(book, taker, slot);
  }
}

/* Takes from `*wanted` what the queue would give; false where the order's own stands in the way. */
static bool count_queue(const neap_order_book *book, const neap_match_order *order, const neap_queue *queue,
                        int64_t *wanted) {
  for (uint32_t slot = queue->first; slot != NEAP_NO_SLOT && *wanted > 0; slot = book->orders[slot].next) {
    const neap_resting *maker = &book->orders[slot];
    bool is_own = maker->order.owner == order->owner && order->self_trade != NEAP_SELF_TRADE_ALLOW;
    if (is_own && order->self_trade != NEAP_SELF_TRADE_CANCEL_OLDEST) return false;
    if (!is_own) *wanted -= maker->left < *wanted ? maker->left : *wanted;
  }
  return true;
}

static bool can_fill(const neap_order_book *book, const neap_match_order *order) {
  const neap_levels *side = &book->side[other(order->side)];
  neap_levels_cursor at = {side->first, 0};
  int64_t key, queue, wanted = order->quantity;
  while (wanted > 0 && neap_levels_next(side, &at, &key, &queue)) {
    if (!would_take(order, book->queues[queue].price)) return false;
    if (!count_queue(book, order, &book->queues[queue], &wanted)) return false;
  }
  return wanted == 0;
}

static void rest(neap_order_book *book, const taking *taker) {
  neap_match_event event = event_of(NEAP_MATCH_RESTS, taker->order, taker->left);
  neap_order_book_add(book, taker->order, taker->left);
  tell(taker->sink, &event);
}

/* There is room for it. */
static void enter(neap_order_book *book, const neap_match_order *order, int64_t left, const neap_match_sink *sink) {
  taking taker = {.order = order, .left = left, .sink = sink};
  if (order->post_only && takes_now(book, order)) {
    end_taking(&taker, NEAP_MATCH_WOULD_TAKE);
  } else if (order->time_in_force == NEAP_FOK && !can_fill(book, order)) {
    end_taking(&taker, NEAP_MATCH_UNFILLABLE);
  } else {
    take(book, &taker);
  }
  if (taker.is_over || taker.left == 0) return;
  if (order->time_in_force == NEAP_IOC)
    end_taking(&taker, NEAP_MATCH_IMMEDIATE);
  else
    rest(book, &taker);
}

neap_status neap_order_book_advance(neap_order_book *book, int64_t now, const neap_match_sink *sink,
                                    neap_fault *fault) {
  if (now < book->now) return neap_fail(fault, NEAP_INVALID, "time_order", "the order book's time does not go back");
  book->now = now;
  while (book->heap_count && book->orders[book->heap[0]].order.good_till <= now)
    end_resting(book, book->heap[0], NEAP_MATCH_EXPIRED, sink);
  return NEAP_OK;
}

static const char *what_is_wrong(const neap_match_order *order, int64_t now) {
  bool is_market = order->type == NEAP_MARKET, at_once = order->time_in_force >= NEAP_IOC;
  if (order->id == 0) return "an order's id is not 0";
  if (!is_market && order->type != NEAP_LIMIT) return "an order is a market or a limit order";
  if (order->quantity <= 0) return "a quantity is over zero";
  if (!is_market && order->price <= 0) return "a price is over zero";
  if (is_market && !at_once) return "a market order is immediate-or-cancel or fill-or-kill";
  if (order->post_only && at_once)
    return "a post-only order may rest: it is neither market, immediate-or-cancel nor fill-or-kill";
  if (order->time_in_force == NEAP_GTD && order->good_till <= now) return "good_till is in the future";
  return NULL;
}

/* Whether a price's queue would still fit. */
static neap_status check_sum(const neap_order_book *book, neap_side side, int64_t price, int64_t more,
                             neap_fault *fault) {
  uint32_t queue = neap_order_book_queue(book, side, price);
  int64_t sum;
  if (queue == NEAP_NO_SLOT || !__builtin_add_overflow(book->queues[queue].quantity, more, &sum)) return NEAP_OK;
  return neap_fail(fault, NEAP_RANGE, "overflow", "the quantity at this price would not fit");
}

neap_status neap_order_book_submit(neap_order_book *book, const neap_match_order *order, int64_t now,
                                   const neap_match_sink *sink, neap_fault *fault) {
  neap_status status = neap_order_book_advance(book, now, sink, fault);
  if (status != NEAP_OK) return status;
  const char *wrong = what_is_wrong(order, now);
  if (wrong) return neap_fail(fault, NEAP_INVALID, "bad_order", "%s", wrong);
  if (neap_order_book_slot(book, order->id) != NEAP_NO_SLOT)
    return neap_fail(fault, NEAP_EXISTS, "duplicate_id", "an order %" PRIu64 " rests already", order->id);
  if (order->type == NEAP_LIMIT) status = check_sum(book, order->side, order->price, order->quantity, fault);
  if (status != NEAP_OK) return status;
  if (neap_order_book_reserve(book, order->side) != NEAP_OK)
    return neap_fail(fault, NEAP_MEMORY, "no_memory", "no memory for an order");
  enter(book, order, order->quantity, sink);
  return NEAP_OK;
}

static neap_status find_slot(const neap_order_book *book, uint64_t id, uint32_t *slot, neap_fault *fault) {
  *slot = neap_order_book_slot(book, id);
  if (*slot != NEAP_NO_SLOT) return NEAP_OK;
  return neap_fail(fault, NEAP_NOT_FOUND, "unknown_order", "no order %" PRIu64 " rests", id);
}

neap_status neap_order_book_cancel(neap_order_book *book, uint64_t id, int64_t now, const neap_match_sink *sink,
                                   neap_fault *fault) {
  uint32_t slot;
  neap_status status = neap_order_book_advance(book, now, sink, fault);
  if (status == NEAP_OK) status = find_slot(book, id, &slot, fault);
  if (status == NEAP_OK) end_resting(book, slot, NEAP_MATCH_CANCELLED, sink);
  return status;
}

static void tell_amended(const neap_match_order *order, int64_t left, bool kept, const neap_match_sink *sink) {
  neap_match_event event = event_of(NEAP_MATCH_AMENDED, order, left);
  event.kept = kept;
  tell(sink, &event);
}

/* At the end of a queue, as if it came now. */
static neap_status come_anew(neap_order_book *book, uint32_t slot, const neap_match_order *order, int64_t left,
                             const neap_match_sink *sink, neap_fault *fault) {
  neap_status status = check_sum(book, order->side, order->price, left, fault);
  if (status != NEAP_OK) return status;
  if (order->post_only && takes_now(book, order))
    return neap_fail(fault, NEAP_REFUSED, "would_take", "a post-only order would take at this price");
  if (neap_order_book_reserve(book, order->side) != NEAP_OK)
    return neap_fail(fault, NEAP_MEMORY, "no_memory", "no memory for an order");
  neap_order_book_remove(book, slot);
  tell_amended(order, left, false, sink);
  enter(book, order, left, sink);
  return NEAP_OK;
}

neap_status neap_order_book_amend(neap_order_book *book, uint64_t id, int64_t price, int64_t quantity, int64_t now,
                                  const neap_match_sink *sink, neap_fault *fault) {
  uint32_t slot;
  neap_status status = neap_order_book_advance(book, now, sink, fault);
  if (status == NEAP_OK) status = find_slot(book, id, &slot, fault);
  if (status != NEAP_OK) return status;
  neap_resting *resting = &book->orders[slot];
  neap_match_order order = resting->order;
  int64_t left = quantity - (order.quantity - resting->left), less = resting->left - left;
  if (price <= 0 || quantity <= 0)
    return neap_fail(fault, NEAP_INVALID, "bad_order", "price and quantity are over zero");
  if (left <= 0) return neap_fail(fault, NEAP_REFUSED, "already_filled", "that much of the order is gone already");
  bool keeps = price == order.price && less >= 0;
  order.price = price, order.quantity = quantity;
  if (!keeps) return come_anew(book, slot, &order, left, sink, fault);
  if (less) neap_order_book_reduce(book, slot, less);
  resting->order = order;
  tell_amended(&order, left, true, sink);
  return NEAP_OK;
}
