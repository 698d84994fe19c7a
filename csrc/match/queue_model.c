/* SPDX-License-Identifier: MIT */
#include "match/queue_model.h"

#include <stdlib.h>

enum { FIRST_SIZE = 64 };

struct neap_queue_model {
  neap_queue_options options;
  neap_price_book book;
  neap_passive_order *orders;
  neap_passive_fill *fills;
  size_t *live; /* those that rest: bids, then asks, the best first, at a price who came first */
  size_t order_count, order_size, fill_count, fill_size, live_count, first_unsettled;
  size_t message, trade, trades_at_message; /* next of the recording; first trade after the last message */
  int64_t now, last_arrival;
  uint64_t latency_state, queue_state;
};

neap_status neap_queue_model_new(const neap_queue_options *options, neap_queue_model **out, neap_fault *fault) {
  neap_status status = neap_latency_check(&options->latency, fault);
  if (status != NEAP_OK) return status;
  neap_queue_model *model = calloc(1, sizeof *model);
  if (!model) return neap_fail(fault, NEAP_MEMORY, "no_memory", "no memory for a queue model");
  *model = (neap_queue_model){.options = *options,
                              .now = INT64_MIN,
                              .last_arrival = INT64_MIN,
                              .latency_state = options->seed,
                              .queue_state = ~options->seed};
  const neap_recording *recording = options->recording;
  status = neap_price_book_init(&model->book, recording->price_increment, recording->size_increment, fault);
  if (status == NEAP_OK)
    *out = model;
  else
    free(model);
  return status;
}

void neap_queue_model_free(neap_queue_model *model) {
  if (!model) return;
  neap_price_book_fini(&model->book);
  free(model->orders);
  free(model->fills);
  free(model->live);
  free(model);
}

/* Room for an order, which is then live at most once. */
static neap_status grow_orders(neap_queue_model *model) {
  if (model->order_count < model->order_size) return NEAP_OK;
  size_t size = model->order_size ? model->order_size * 2 : FIRST_SIZE;
  neap_passive_order *orders = realloc(model->orders, size * sizeof *orders);
  if (orders) model->orders = orders;
  size_t *live = realloc(model->live, size * sizeof *live);
  if (live) model->live = live;
  if (!orders || !live) return NEAP_MEMORY;
  model->order_size = size;
  return NEAP_OK;
}

static neap_status add_fill(neap_queue_model *model, size_t number, int64_t quantity, neap_fill_cause cause) {
  if (model->fill_count == model->fill_size) {
    size_t size = model->fill_size ? model->fill_size * 2 : FIRST_SIZE;
    neap_passive_fill *fills = realloc(model->fills, size * sizeof *fills);
    if (!fills) return NEAP_MEMORY;
    model->fills = fills;
    model->fill_size = size;
  }
  model->fills[model->fill_count++] =
      (neap_passive_fill){.order = number, .time = model->now, .quantity = quantity, .cause = cause};
  neap_passive_order *order = &model->orders[number];
  order->left -= quantity;
  if (order->left == 0) order->status = NEAP_PASSIVE_FILLED, order->ended = model->now;
  return NEAP_OK;
}

static bool stands_before(const neap_passive_order *a, const neap_passive_order *b) {
  if (a->place.side != b->place.side) return a->place.side < b->place.side;
  return neap_queue_compare(a->place.side, a->place.price, b->place.price) <= 0;
}

static void make_live(neap_queue_model *model, size_t number) {
  size_t at = model->live_count++;
  for (; at > 0 && !stands_before(&model->orders[model->live[at - 1]], &model->orders[number]); at--)
    model->live[at] = model->live[at - 1];
  model->live[at] = number;
}

/* Takes those that have ended out of the live ones. */
static void sweep(neap_queue_model *model) {
  size_t kept = 0;
  for (size_t i = 0; i < model->live_count; i++)
    if (model->orders[model->live[i]].status == NEAP_PASSIVE_RESTS) model->live[kept++] = model->live[i];
  model->live_count = kept;
}

/* What was traded at a price since the last message: the book does not show it yet. */
static int64_t traded_since(const neap_queue_model *model, neap_book_side side, int64_t price) {
  const neap_market_trade *trades = model->options.recording->trades;
  int64_t sum = 0;
  for (size_t i = model->trades_at_message; i < model->trade; i++)
    if (trades[i].taken == side && trades[i].price == price && __builtin_add_overflow(sum, trades[i].size, &sum))
      return INT64_MAX;
  return sum;
}

static void arrive(neap_queue_model *model, size_t number) {
  neap_passive_order *order = &model->orders[number];
  if (!model->book.whole || neap_queue_place_is_reached(&order->place, &model->book)) {
    order->status = NEAP_PASSIVE_REFUSED, order->ended = order->arrives;
    return;
  }
  order->status = NEAP_PASSIVE_RESTS;
  neap_queue_place_join(&order->place, &model->book, traded_since(model, order->place.side, order->place.price));
  make_live(model, number);
}

static void cancel_arrives(neap_passive_order *order) {
  if (order->status != NEAP_PASSIVE_RESTS) return;
  order->status = NEAP_PASSIVE_CANCELLED, order->ended = order->cancel;
}

/* Orders and cancels that reach the venue until `time`, in the order in which they arrive, which is that of sending. */
static void land(neap_queue_model *model, int64_t time) {
  for (;;) {
    size_t next = model->order_count;
    int64_t first = time;
    bool is_cancel = false;
    for (size_t i = model->first_unsettled; i < model->order_count; i++) {
      const neap_passive_order *order = &model->orders[i];
      bool comes = order->status == NEAP_PASSIVE_SENT, goes = order->status == NEAP_PASSIVE_RESTS;
      int64_t at = comes ? order->arrives : goes ? order->cancel : INT64_MAX;
      if (at > time || (next < model->order_count && at >= first)) continue;
      next = i, first = at, is_cancel = goes;
    }
    if (next == model->order_count) break;
    if (is_cancel)
      cancel_arrives(&model->orders[next]);
    else
      arrive(model, next);
  }
  sweep(model);
  while (model->first_unsettled < model->order_count &&
         model->orders[model->first_unsettled].status >= NEAP_PASSIVE_FILLED)
    model->first_unsettled++;
}

static int64_t least(int64_t a, int64_t b) { return a < b ? a : b; }

/* What of the trade's `*size` meets the order, which comes after those before it. */
static neap_status meet_trade(neap_queue_model *model, size_t number, const neap_market_trade *trade, int64_t *size) {
  neap_passive_order *order = &model->orders[number];
  int64_t quantity = least(order->left, neap_queue_place_trade(&order->place, trade, *size));
  if (quantity == 0) return NEAP_OK;
  *size -= quantity;
  return add_fill(model, number, quantity, order->place.price == trade->price ? NEAP_FILL_QUEUE : NEAP_FILL_BEYOND);
}

static neap_status take_trade(neap_queue_model *model) {
  const neap_market_trade *trade = &model->options.recording->trades[model->trade++];
  int64_t size = trade->size;
  neap_status status = NEAP_OK;
  for (size_t i = 0; status == NEAP_OK && i < model->live_count; i++)
    status = meet_trade(model, model->live[i], trade, &size);
  sweep(model);
  return status;
}

static neap_status take_message(neap_queue_model *model, neap_fault *fault) {
  neap_status status = neap_recording_apply(model->options.recording, model->message++, &model->book, fault);
  model->trades_at_message = model->trade;
  for (size_t i = 0; status == NEAP_OK && i < model->live_count; i++) {
    neap_passive_order *order = &model->orders[model->live[i]];
    neap_queue_place_message(&order->place, &model->book, model->options.queue, &model->queue_state);
    if (neap_queue_place_is_reached(&order->place, &model->book))
      status = add_fill(model, model->live[i], order->left, NEAP_FILL_THROUGH);
  }
  sweep(model);
  return status;
}

neap_status neap_queue_model_step(neap_queue_model *model, neap_fault *fault) {
  const neap_recording *recording = model->options.recording;
  bool has_trade = model->trade < recording->trade_count, has_message = model->message < recording->message_count;
  if (!has_trade && !has_message) return NEAP_END;
  int64_t trade = has_trade ? recording->trades[model->trade].time : INT64_MAX;
  int64_t message = has_message ? recording->messages[model->message].time : INT64_MAX;
  bool is_trade = has_trade && trade <= message;
  int64_t time = is_trade ? trade : message;
  land(model, time);
  model->now = time > model->now ? time : model->now;
  neap_status status = is_trade ? take_trade(model) : take_message(model, fault);
  return status == NEAP_MEMORY ? neap_fail(fault, status, "no_memory", "no memory for a fill") : status;
}

static int64_t next_arrival(neap_queue_model *model) {
  int64_t start = model->now == INT64_MIN ? 0 : model->now;
  return neap_latency_arrival(&model->options.latency, &model->latency_state, start, &model->last_arrival);
}

neap_status neap_queue_model_place(neap_queue_model *model, neap_book_side side, int64_t price, int64_t quantity,
                                   size_t *number, neap_fault *fault) {
  if (price <= 0 || quantity <= 0)
    return neap_fail(fault, NEAP_INVALID, "bad_order", "price and quantity are over zero");
  if (grow_orders(model) != NEAP_OK) return neap_fail(fault, NEAP_MEMORY, "no_memory", "no memory for an order");
  *number = model->order_count++;
  model->orders[*number] = (neap_passive_order){.place = {.side = side, .price = price},
                                                .quantity = quantity,
                                                .left = quantity,
                                                .sent = model->now,
                                                .arrives = next_arrival(model),
                                                .cancel = INT64_MAX};
  return NEAP_OK;
}

bool neap_queue_model_cancel(neap_queue_model *model, size_t number) {
  if (number >= model->order_count) return false;
  neap_passive_order *order = &model->orders[number];
  if (order->status > NEAP_PASSIVE_RESTS || order->cancel != INT64_MAX) return false;
  order->cancel = next_arrival(model);
  return true;
}

int64_t neap_queue_model_now(const neap_queue_model *model) { return model->now; }

const neap_price_book *neap_queue_model_book(const neap_queue_model *model) { return &model->book; }

const neap_passive_order *neap_queue_model_order(const neap_queue_model *model, size_t number) {
  return number < model->order_count ? &model->orders[number] : NULL;
}

const neap_passive_fill *neap_queue_model_fills(const neap_queue_model *model, size_t *count) {
  *count = model->fill_count;
  return model->fills;
}
