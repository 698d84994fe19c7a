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

/* splitmix64 (Steele, Lea and Flood 2014) */
static uint64_t draw(uint64_t *state) {
  uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);
  z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
  z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
  return z ^ z >> 31;
}

static int64_t draw_latency(neap_queue_model *model) {
  const neap_latency *latency = &model->options.latency;
  if (latency->count == 1) return latency->quantile[0];
  uint64_t place = (draw(&model->latency_state) >> 32) * (latency->count - 1), from = place >> 32;
  int64_t low = latency->quantile[from], high = latency->quantile[from + 1];
  return low + (int64_t)((__int128)(high - low) * (int64_t)(place & UINT32_MAX) >> 32);
}

static neap_status check_latency(const neap_latency *latency, neap_fault *fault) {
  bool good = latency->count > 0 && latency->count <= NEAP_LATENCY_POINTS && latency->quantile[0] >= 0;
  for (size_t i = 1; good && i < latency->count; i++) good = latency->quantile[i] >= latency->quantile[i - 1];
  return good ? NEAP_OK
              : neap_fail(fault, NEAP_INVALID, "latency", "a latency has 1 to %d points, from zero, that do not fall",
                          NEAP_LATENCY_POINTS);
}

neap_status neap_queue_model_new(const neap_queue_options *options, neap_queue_model **out, neap_fault *fault) {
  neap_status status = check_latency(&options->latency, fault);
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

/* −1: a is better than b. */
static int compare_prices(neap_book_side side, int64_t a, int64_t b) {
  int rises = (a > b) - (a < b);
  return side == NEAP_BID ? -rises : rises;
}

static bool stands_before(const neap_passive_order *a, const neap_passive_order *b) {
  if (a->side != b->side) return a->side < b->side;
  return compare_prices(a->side, a->price, b->price) <= 0;
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

static bool is_reached(const neap_price_book *book, const neap_passive_order *order) {
  neap_book_level best;
  neap_book_side other = order->side == NEAP_BID ? NEAP_ASK : NEAP_BID;
  if (neap_price_book_best(book, other, &best) != NEAP_OK) return false;
  return compare_prices(order->side, order->price, best.price) <= 0;
}

static void arrive(neap_queue_model *model, size_t number) {
  neap_passive_order *order = &model->orders[number];
  if (!model->book.whole || is_reached(&model->book, order)) {
    order->status = NEAP_PASSIVE_REFUSED, order->ended = order->arrives;
    return;
  }
  order->status = NEAP_PASSIVE_RESTS;
  order->resting = neap_price_book_at(&model->book, order->side, order->price);
  order->traded = traded_since(model, order->side, order->price);
  order->ahead = order->resting > order->traded ? order->resting - order->traded : 0;
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
  int away = compare_prices(order->side, order->price, trade->price);
  if (order->side != trade->taken || away > 0) return NEAP_OK;
  int64_t reaches = *size;
  if (away == 0) {
    int64_t passed = least(order->ahead, *size);
    order->ahead -= passed;
    reaches -= passed;
    if (__builtin_add_overflow(order->traded, trade->size, &order->traded)) order->traded = INT64_MAX;
  }
  int64_t quantity = least(order->left, reaches);
  if (quantity == 0) return NEAP_OK;
  *size -= quantity;
  return add_fill(model, number, quantity, away == 0 ? NEAP_FILL_QUEUE : NEAP_FILL_BEYOND);
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

/* Whether what was cancelled stood ahead. */
static bool leaves_ahead(neap_queue_model *model, int64_t ahead, int64_t behind) {
  if (model->options.queue == NEAP_QUEUE_RISK_AVERSE || ahead == 0) return false;
  return draw(&model->queue_state) % (uint64_t)(ahead + behind) < (uint64_t)ahead;
}

static void take_cancels(neap_queue_model *model, neap_passive_order *order) {
  int64_t resting = neap_price_book_at(&model->book, order->side, order->price);
  int64_t before = order->resting > order->traded ? order->resting - order->traded : 0;
  if (before > resting) {
    int64_t gone = before - resting, behind = before > order->ahead ? before - order->ahead : 0;
    int64_t from_behind =
        leaves_ahead(model, order->ahead, behind) ? gone - least(gone, order->ahead) : least(gone, behind);
    order->ahead -= least(order->ahead, gone - from_behind);
  }
  order->ahead = least(order->ahead, resting);
  order->resting = resting, order->traded = 0;
}

static neap_status take_message(neap_queue_model *model, neap_fault *fault) {
  neap_status status = neap_recording_apply(model->options.recording, model->message++, &model->book, fault);
  model->trades_at_message = model->trade;
  for (size_t i = 0; status == NEAP_OK && i < model->live_count; i++) {
    neap_passive_order *order = &model->orders[model->live[i]];
    take_cancels(model, order);
    if (is_reached(&model->book, order)) status = add_fill(model, model->live[i], order->left, NEAP_FILL_THROUGH);
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
  int64_t arrival, start = model->now == INT64_MIN ? 0 : model->now;
  if (__builtin_add_overflow(start, draw_latency(model), &arrival)) arrival = INT64_MAX - 1;
  model->last_arrival = arrival > model->last_arrival ? arrival : model->last_arrival;
  return model->last_arrival;
}

neap_status neap_queue_model_place(neap_queue_model *model, neap_book_side side, int64_t price, int64_t quantity,
                                   size_t *number, neap_fault *fault) {
  if (price <= 0 || quantity <= 0)
    return neap_fail(fault, NEAP_INVALID, "bad_order", "price and quantity are over zero");
  if (grow_orders(model) != NEAP_OK) return neap_fail(fault, NEAP_MEMORY, "no_memory", "no memory for an order");
  *number = model->order_count++;
  model->orders[*number] = (neap_passive_order){.side = side,
                                                .price = price,
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
